"""When the event that a title speaks of takes place, kept apart from the day of publication."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from crawlers.pages.date_forms import DateRules
from crawlers.pages.date_text import fold
from crawlers.pages.dates import read_date
from db.records import NO_DATE, PublishedDate

_AHEAD = timedelta(days=730)
_NAME = r"[^\W\d_]{3,12}\.?"
_TO = r"\s?(?:-|~|〜|to|and|&|至|到)\s?"
_TH = r"(?:st|nd|rd|th)?"
# A span as a page prints it, and its first day as one would print that alone.
_SPANS = tuple(
    (re.compile(pattern, re.IGNORECASE), first)
    for pattern, first in (
        (
            rf"({_NAME}\s\d{{1,2}}){_TH}{_TO}(?:{_NAME}\s)?\d{{1,2}}{_TH}(\s?,?\s\d{{4}})",
            r"\1\2",
        ),  # December 8-10, 2020
        (rf"(?<!\d)(\d{{1,2}}){_TH}{_TO}\d{{1,2}}{_TH}(\s{_NAME}\s?,?\s?\d{{4}})", r"\1\2"),  # 8-10 December 2020
        (rf"(?<!\d)(\d{{1,2}}{_TH}\s{_NAME}){_TO}\d{{1,2}}{_TH}\s{_NAME}(\s?,?\s?\d{{4}})", r"\1\2"),
        (
            r"(\d{4}\s?[年년]\s?\d{1,2}\s?[月월]\s?\d{1,2})\s?[日일]?\s?[-~〜至到]\s?(?:\d{1,2}\s?[月월]\s?)?\d{1,2}(?:\s?[日일])?",
            r"\1日",
        ),
        (r"(\d{4}([-./])\d{1,2}\2)(\d{1,2})\s?[-~〜至到]\s?\d{1,2}(?![\d./-])", r"\1\3"),  # 2020.12.8-10
    )
)


def event_date(title: str, rules: DateRules) -> PublishedDate:
    """The first day of the event in a title such as "Seminar on December 8-10, 2020"; NO_DATE when it names none.

    Its text is the whole span as printed. An event may be two years ahead.
    """
    folded = fold(title)
    printed = title if len(title) == len(folded) else folded
    later = replace(rules, today=rules.today + _AHEAD)
    for pattern, first in _SPANS:
        match = pattern.search(folded)
        found = read_date(match.expand(first), "text", later) if match else NO_DATE
        if match and found.precision == "day":
            return replace(found, text=printed[match.start() : match.end()][:80])
    found = read_date(folded, "text", later)
    return found if re.search(r"\d{4}|[元]", found.text) else NO_DATE
