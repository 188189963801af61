"""When the event that a title speaks of takes place, kept apart from the day of publication."""

from __future__ import annotations

import re
from datetime import timedelta

from msgspec.structs import replace

from crawlers.pages.date_forms import DateRules
from crawlers.pages.date_text import fold
from crawlers.pages.dates import read_date
from db.records import EventDays

_NUMBER = re.compile(r"\d")
_IN_FULL = re.compile(r"\d{4}\D*\d|\d\D*\d{4}|元")  # a year and another number
_AHEAD = timedelta(days=730)
_NAME = r"[^\W\d_]{3,12}\.?"
_TO = r"\s?(?:-|~|〜|to|and|&|至|到)\s?"
_TH = r"(?:st|nd|rd|th)?"
# A span as a page prints it, and its first and last day as one would print those alone.
_SPANS = tuple(
    (re.compile(pattern, re.IGNORECASE), first, last)
    for pattern, first, last in (
        (  # December 8-10, 2020; January 30 to February 2, 2021
            rf"({_NAME})\s(\d{{1,2}}){_TH}{_TO}(?:({_NAME})\s)?(\d{{1,2}}){_TH}(\s?,?\s\d{{4}})",
            "{1} {2}{5}",
            "{3|1} {4}{5}",
        ),
        (  # 8-10 December 2020
            rf"(?<!\d)(\d{{1,2}}){_TH}{_TO}(\d{{1,2}}){_TH}(\s{_NAME}\s?,?\s?\d{{4}})",
            "{1}{3}",
            "{2}{3}",
        ),
        (  # 28 February - 2 March 2021
            rf"(?<!\d)(\d{{1,2}}{_TH}\s{_NAME}){_TO}(\d{{1,2}}{_TH}\s{_NAME})(\s?,?\s?\d{{4}})",
            "{1}{3}",
            "{2}{3}",
        ),
        (  # 2020年12月8日～10日
            r"(\d{4}\s?[年년])(\s?\d{1,2}\s?[月월])(\s?\d{1,2})\s?[日일]?\s?[-~〜至到]\s?(\d{1,2}\s?[月월]\s?)?(\d{1,2})(?:\s?[日일])?",
            "{1}{2}{3}日",
            "{1}{4|2}{5}日",
        ),
        (r"(\d{4}([-./])\d{1,2}\2)(\d{1,2})\s?[-~〜至到]\s?(\d{1,2})(?![\d./-])", "{1}{3}", "{1}{4}"),  # 2020.12.8-10
    )
)


def event_days(title: str, rules: DateRules) -> EventDays | None:
    """The first and last day of the event in a title such as "Seminar on December 8-10, 2020"; None when it names none.

    Only days that are printed in full count, and an event may be two years ahead.
    """
    if not _NUMBER.search(title):
        return None
    folded = fold(title)
    if not _IN_FULL.search(folded):
        return None
    later = replace(rules, today=rules.today + _AHEAD)
    for pattern, first, last in _SPANS:
        if match := pattern.search(folded):
            days = [_day(_printed(match, form), later) for form in (first, last)]
            if days[0] and days[1] and days[0] <= days[1]:
                return EventDays(days[0], days[1])
    found = read_date(folded, "text", later)
    if found.on is None or found.precision != "day" or not re.search(r"\d{4}|[元]", found.text):
        return None
    return EventDays(found.on, found.on)


def _printed(match: re.Match[str], form: str) -> str:
    """The form with its groups: {3|1} is the third, or the first where that is missing."""
    return re.sub(
        r"\{(\d)(?:\|(\d))?\}", lambda wanted: match[int(wanted[1])] or match[int(wanted[2] or wanted[1])] or "", form
    )


def _day(text: str, rules: DateRules) -> str | None:
    found = read_date(text, "text", rules)
    return found.on if found.precision == "day" else None
