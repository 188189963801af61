"""Dates that software wrote: instants in full. Most feeds have no others, and then nothing else of dates is loaded."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from crawlers.pages.date_forms import DateRules, whole_instant
from db.records import DateSource, PublishedDate

EARLIEST = date(1990, 1, 1)


def read_instant(text: str, source: DateSource, rules: DateRules) -> PublishedDate | None:
    """What `read_date` finds in a text that is one instant and nothing else, as software writes it; None for others."""
    instant = whole_instant(text, rules)
    if instant and EARLIEST <= instant[0] <= latest_day(rules.today):
        return PublishedDate(instant[0].isoformat(), "day", source, instant[1])
    return None


@lru_cache(maxsize=8)  # of all pages that are read in a day it is the same
def latest_day(today: date) -> date:
    """The last day that something can be dated by: clocks differ, and so do days around the world."""
    return today + timedelta(days=2)
