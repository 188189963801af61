"""How often a source is polled, by how often it publishes, and a sentence that says so. Pure.

A source is polled about ten times between two days with news, within the bounds that are set for it. One whose silence
grows longer than usual is polled more rarely, one that never publishes on some days of the week half as often on them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from operator import sub
from statistics import median

from msgspec import Struct

POLLS_A_GAP = 10  # so that news waits for a tenth of the usual gap at most, and half of that on average
SILENCE_SHARE = 3  # a silence counts as a gap once it is this many times as long
_FEWEST_DAYS = 5  # with news; with fewer the rhythm is not known
_FEWEST_FOR_WEEK = 20  # dated items that tell on which days of the week there is never any
_SATURDAY = 5
_HOUR = timedelta(hours=1)


class Pace(Struct, frozen=True):
    """How often, and why."""

    every: timedelta
    why: str


def pace_of(days: Sequence[str], today: date, *, at_most: timedelta, at_least: timedelta) -> Pace:
    """The pace for a source that published items on these days, a day for each item, in any order.

    It is polled at most every `at_most` and at least every `at_least`, the first where they contradict each other.
    """
    published, present = list(map(date.fromisoformat, days)), today.toordinal()
    known = sorted({day for day in map(date.toordinal, published) if day <= present})
    if len(known) < _FEWEST_DAYS:
        return Pace(at_most, f"too few items to know its rhythm; polled every {in_words(at_most)}")
    gap = median(map(sub, known[1:], known))
    silence = present - known[-1]
    every = timedelta(days=max(gap, silence / SILENCE_SHARE) / POLLS_A_GAP)
    weekdays = Counter(map(date.weekday, published))
    silent_days = _silent_days(weekdays)
    if today.weekday() in silent_days:
        every *= 2
    every = max(min(every, at_least), at_most)
    rhythm = _rhythm(len(published), known[-1] - known[0] + 1)
    late = f", nothing for {silence} days" if silence > SILENCE_SHARE * gap and silence > 14 else ""
    return Pace(every, f"{rhythm}{_on_which_days(weekdays)}{late}; polled every {in_words(every)}")


def in_words(span: timedelta) -> str:
    """The span as a person says it: 45 minutes, 12 hours, 3 days."""
    hours = span / _HOUR
    if hours < 1:
        return f"{round(hours * 60)} minutes"
    if hours < 48:
        return "hour" if round(hours) == 1 else f"{round(hours)} hours"
    days = round(hours / 24, 1)
    return f"{days:g} days"


def _rhythm(items: int, days: int) -> str:
    for name, length in (("day", 1), ("week", 7), ("month", 30), ("year", 365)):
        if (count := items * length / days) >= 0.9:
            return f"about {max(round(count), 1)} item{'s' if round(count) > 1 else ''} a {name}"
    return "less than one item a year"


def _silent_days(weekdays: Counter[int]) -> frozenset[int]:
    """The days of the week on which nothing is ever published; none when most are silent."""
    if weekdays.total() < _FEWEST_FOR_WEEK:
        return frozenset()
    silent = frozenset(range(7)) - frozenset(weekdays)
    return silent if len(silent) <= 3 else frozenset()


def _on_which_days(weekdays: Counter[int]) -> str:
    if weekdays.total() < _FEWEST_FOR_WEEK:
        return ""
    share = sum(number for day, number in weekdays.items() if day < _SATURDAY) / weekdays.total()
    return ", mostly on weekdays" if share >= 0.9 else ""
