"""Announced events as iCalendar (RFC 5545), so that a calendar program can follow them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from db.instants import from_text
from db.text_language import language_of
from publishing import wording
from publishing.report.text import clean
from publishing.reuse.addresses import lasting_name, whole

ICALENDAR = "text/calendar"
Row = Mapping[str, Any]


def calendar(address: str, title: str, rows: Sequence[Row]) -> bytes:
    """The events of these activities, whole days each. One whose days make no sense is left out."""
    from icalendar import Calendar

    told = Calendar()
    told.add("prodid", "-//convenor//EN")
    told.add("version", "2.0")
    name = wording.plain(title)
    told.add("name", name)  # RFC 7986, and the older name that programs know
    told.add("x-wr-calname", name)
    told.add("refresh-interval", timedelta(days=1), parameters={"VALUE": "DURATION"})
    for row in rows:
        if days := _days(row):
            told.add_component(_event(address, row, *days))
    body: bytes = told.to_ical()
    return body


def _days(row: Row) -> tuple[date, date] | None:
    try:
        start, end = (date.fromisoformat(row[name]) for name in ("event_start_on", "event_end_on"))
        return start, max(start, end) + timedelta(days=1)  # RFC 5545, 3.6.1: the day after the last one
    except (TypeError, ValueError, OverflowError):
        return None


def _event(address: str, row: Row, start: date, end: date) -> Any:
    from icalendar import Event

    path, changed = wording.activity_path(row["id"]), from_text(row["updated_at"])
    event = Event()
    event.add("uid", lasting_name(address, path))
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("dtstart", start)
    event.add("dtend", end)
    language = language_of(row["title"], row["language"])
    event.add("summary", wording.plain(row["title"]), parameters={"LANGUAGE": language} if language else {})
    facts = (row["country_name"], row["source"], wording.outward(row["url"]))
    text = [clean(row["summary"]).strip(), "\n".join(wording.plain(fact) for fact in facts if fact)]
    event.add("description", "\n\n".join(part for part in text if part))
    event.add("url", whole(address, path))
    event.add("categories", [wording.plain(word) for word in (row["country_name"], *row["tags"].split(", ")) if word])
    event.add("transp", "TRANSPARENT")
    return event
