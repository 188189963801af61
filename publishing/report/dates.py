"""Months and days in the words of the form, and the date that a title names.

Pure, and the same in every locale. A date that a text does not give is None, never guessed.
"""

from __future__ import annotations

import calendar
import re
from datetime import date

from msgspec import Struct

from db.errors import ReportError
from db.records import PublishedDate

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


class Span(Struct, frozen=True):
    """From a first to a last day, both included."""

    first: date
    last: date

    def inside(self, other: Span) -> bool:
        """Whether no day of it lies outside the other."""
        return other.first <= self.first and self.last <= other.last


class NamedDate(Struct, frozen=True):
    """A date found in a text, as printed; `span` is None where the year is not said."""

    text: str
    span: Span | None


def month_span(month: str) -> Span:
    """The days of a month YYYY-MM; ReportError when there is no such month."""
    match = re.fullmatch(r"([12][0-9]{3})-([0-9]{2})", month)
    span = _span(int(match[1]), int(match[2]), None, None) if match else None
    if span is None:
        raise ReportError(f"{month!r} is not a month; write it as 2020-11")
    return span


def period_months(period: str) -> tuple[str, str]:
    """The first and the last month of a period such as `2020-11..2021-02`; ReportError when it is none."""
    start, dots, end = (part.strip() for part in period.partition(".."))
    if not dots:
        raise ReportError(f"{period!r} is not a period; write its first and last month as 2020-11..2021-02")
    if month_span(start).first > month_span(end).first:
        raise ReportError(f"the period {period} ends before it begins")
    return start, end


def period_span(start: str, end: str) -> Span:
    """The days of a period of months."""
    return Span(month_span(start).first, month_span(end).last)


def month_label(month: str) -> str:
    """`2020-11` as `November 2020`."""
    first = month_span(month).first
    return f"{MONTHS[first.month - 1]} {first.year}"


def day_label(day: str | None) -> str:
    """`2021-02-10` as `February 10, 2021`; empty when no day of the calendar is given."""
    try:
        parsed = date.fromisoformat(day or "")
    except ValueError:
        return ""
    return f"{MONTHS[parsed.month - 1]} {parsed.day}, {parsed.year}"


def published_span(published: PublishedDate) -> Span | None:
    """The days that a publication date may mean; None when it is not known."""
    try:
        day = date.fromisoformat(published.on or "")
    except ValueError:
        return None
    if published.precision == "day":
        return Span(day, day)
    return _span(day.year, day.month if published.precision == "month" else None, None, None)


_YEAR = r"(?P<year>(?:19|20)[0-9]{2})"
_MONTH = r"(?P<name>" + "|".join(f"{name[:3]}(?:{name[3:]})?" for name in MONTHS) + r"|Sept)\b\.?"
_DAYS = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?(?:\s*(?:[-–—~&]|to|and)\s*(?P<day2>[0-9]{1,2})(?:st|nd|rd|th)?)?"
_NUMBER = r"(?P<month>[0-9]{1,2})"
# From the most to the least exact; the first row that finds something wins, and in it the last find: the form puts
# the date at the end of the title.
_PATTERNS = tuple(
    tuple(re.compile(pattern, re.IGNORECASE) for pattern in row)
    for row in (
        (
            rf"\b{_MONTH}\s*{_DAYS},?\s+{_YEAR}\b",
            rf"\b{_DAYS}\s+{_MONTH},?\s+{_YEAR}\b",
            rf"(?<![0-9]){_YEAR}\s*[-./年년]\s*{_NUMBER}\s*[-./月월]\s*(?P<day>[0-9]{{1,2}})(?![0-9])",
            rf"(?<![0-9]){_YEAR}\s+оны\s+{_NUMBER}(?:\s+\w+)?\s+сарын\s+(?P<day>[0-9]{{1,2}})(?![0-9])",
        ),
        (
            rf"\b{_MONTH},?\s+{_YEAR}\b",
            rf"(?<![0-9]){_YEAR}\s*[年년]\s*{_NUMBER}\s*[月월]",
            rf"(?<![0-9]){_YEAR}\s+оны\s+{_NUMBER}(?:\s+\w+)?\s+сар",
        ),
        (rf"\b{_MONTH}\s*{_DAYS}\b", rf"\b{_DAYS}\s+{_MONTH}"),
        (rf"\b(?:in|during|throughout)\s+{_YEAR}\b", rf"{_YEAR}(?=\s*[年년])", rf"(?<![0-9–-]){_YEAR}(?=\W*$)"),
    )
)


def named_date(text: str) -> NamedDate | None:
    """The date of the event that a title names, in English, Chinese, Japanese, Korean or Mongolian; None when none."""
    years = set(re.findall(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])", text))
    only_year = int(years.pop()) if len(years) == 1 else None
    for row in _PATTERNS:
        matches = sorted((match for pattern in row for match in pattern.finditer(text)), key=lambda match: match.end())
        named = [found for match in matches if (found := _named(match, only_year)) is not None]
        if named:
            return named[-1]
    return None


def _named(match: re.Match[str], only_year: int | None) -> NamedDate | None:
    groups = match.groupdict()
    numbers = {key: int(value) for key, value in groups.items() if value and key != "name"}
    month = _month_number(groups["name"]) if groups.get("name") else numbers.get("month")
    year = numbers.get("year", only_year)
    text = match[0].strip()
    if year is None:
        return NamedDate(text, None)
    span = _span(year, month, numbers.get("day"), numbers.get("day2"))
    return NamedDate(text, span) if span is not None else None


def _month_number(name: str) -> int:
    return next(number for number, full in enumerate(MONTHS, 1) if full[:3].lower() == name[:3].lower())


def _span(year: int, month: int | None, day: int | None, last_day: int | None) -> Span | None:
    """The days meant; None when the calendar has no such days."""
    try:
        first = date(year, month or 1, day or 1)
        end_month = month or 12
        last = date(year, end_month, last_day or day or calendar.monthrange(year, end_month)[1])
    except ValueError:  # calendar.IllegalMonthError is one, too
        return None
    return Span(first, max(first, last))
