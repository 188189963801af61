"""Days of events in titles, for what a poll adds: kept with the item and apart from the day of publication."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from msgspec.structs import replace

from crawlers.sources import Source
from db.records import Changes, EventDays, PublishedDate

if TYPE_CHECKING:
    from crawlers.pages.date_forms import DateRules

_YEAR = re.compile(r"\d{4}|[元〇零○一二三四五六七八九十]\s?年")  # a title without one names no day in full


def with_events(changes: Changes, source: Source, today: date) -> Changes:
    """The changes with the days that titles speak of; the day of publication in a title is none of an event."""
    if not any(_YEAR.search(title) for title in _titles(changes)):
        return changes
    from crawlers.pages.date_forms import DateRules

    rules = DateRules(source.language, source.country, today, source.parsed_options().date_order)
    new = tuple(
        (replace(item, event=event) if (event := _event(item.title, item.published, rules)) else item, digest)
        for item, digest in changes.new
    )
    changed = tuple(replace(one, event=_event(one.title, one.published, rules)) for one in changes.changed)
    return replace(changes, new=new, changed=changed)


def _titles(changes: Changes) -> list[str]:
    return [*(item.title for item, _ in changes.new), *(one.title for one in changes.changed)]


def _event(title: str, published: PublishedDate, rules: DateRules) -> EventDays | None:
    if not _YEAR.search(title):
        return None
    from crawlers.pages.event_days import event_days

    found = event_days(title, rules)
    return None if found is None or found == EventDays(published.on or "", published.on or "") else found
