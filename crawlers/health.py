"""How a source does, in one word and one sentence: derived from its polls and from how often it publishes. Pure.

Broken and quiet are never confused: a source that answers well but publishes nothing is quiet, then late, measured by
its own gaps; whether it is broken is told by its polls alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise
from statistics import median
from typing import Literal

from msgspec import Struct

from crawlers.pace import in_words
from crawlers.schedule import is_gone
from db.health import SourceFacts

Word = Literal["ok", "quiet", "late", "empty", "layout_changed", "challenged", "unreachable", "gone"]
BROKEN: frozenset[Word] = frozenset({"layout_changed", "challenged", "unreachable", "gone"})
_TIMES_EMPTY = 2  # a list that was empty before may be so for this many times as long
_FEWEST_GAPS = 4  # with fewer the rhythm is not known
_QUIET_DAYS, _LATE_DAYS = 14, 45  # nobody is quiet or late sooner
_UNKNOWN_RHYTHM = (90, 400)  # days until quiet and late where the rhythm is not known


class Rhythm(Struct, frozen=True):
    """After how many days without news a source is quiet, and after how many late."""

    median_gap: float | None  # between two days with news; None: too few to know
    quiet_after: float
    late_after: float


class Health(Struct, frozen=True):
    """The word, why, since when, and whether somebody must do something."""

    word: Word
    why: str
    since: datetime | None = None  # of trouble; None when there is none
    broken: bool = False


def rhythm_of(days: Sequence[str]) -> Rhythm:
    """The rhythm of a source that published on these days, in any order."""
    known = sorted({date.fromisoformat(day) for day in days})
    gaps = [(later - earlier).days for earlier, later in pairwise(known)]
    if len(gaps) < _FEWEST_GAPS:
        return Rhythm(None, *_UNKNOWN_RHYTHM)
    usual, longest = median(gaps), max(gaps)
    return Rhythm(usual, max(3 * usual, _QUIET_DAYS), max(5 * usual, 2 * longest, _LATE_DAYS))


def health_of(facts: SourceFacts, now: datetime) -> Health:
    """How the source does now."""
    if facts.polled_at is None:
        return Health("ok", "never polled yet")
    if facts.doubt is not None:
        return Health("layout_changed", facts.doubt, facts.trouble_since, broken=True)
    if facts.error is not None:
        return _failing(facts, facts.error, now)
    if facts.outcome == "empty":
        return _empty(facts, now)
    return _publishing(facts, now)


def _failing(facts: SourceFacts, error: str, now: datetime) -> Health:
    if facts.outcome == "challenged":
        return Health("challenged", error, facts.trouble_since, broken=True)
    if is_gone(facts.http_status, facts.absent_polls, facts.absent_since, now):
        return Health("gone", f"{error}; it is still tried every four weeks", facts.trouble_since, broken=True)
    return Health("unreachable", error, facts.trouble_since, broken=True)


def _empty(facts: SourceFacts, now: datetime) -> Health:
    """A list without entries that always had some is broken at once; one that was empty before is given more time."""
    since = facts.trouble_since or now
    if facts.believed_at is not None and facts.believed_at >= since:
        return Health(
            "empty", f"the list has no entries; on {facts.believed_at:%Y-%m-%d} that was said to be right", since
        )
    listed = facts.items + facts.others
    if not listed:
        return Health("empty", "the page was read, but it never listed anything", since, broken=True)
    longest = facts.empty_before
    if not longest:
        why = f"the list has no entries, where it always had some ({listed} items so far)"
        return Health("empty", why, since, broken=True)
    why = f"the list has no entries; it was empty before, for up to {in_words(longest)}"
    return Health("empty", why, since, broken=now - since > _TIMES_EMPTY * longest)


def _publishing(facts: SourceFacts, now: datetime) -> Health:
    if not facts.days:
        return Health("ok", "the page answers; nothing has been published yet")
    newest, rhythm = facts.days[0], rhythm_of(facts.days)
    age = (now.date() - date.fromisoformat(newest)).days
    usual = "" if rhythm.median_gap is None else f", usually {_every(round(rhythm.median_gap))}"
    why = f"newest of {newest}{usual}" + ("" if facts.items else "; other sources had all of it first")
    since = datetime.fromisoformat(f"{newest}T00:00:00+00:00")
    if age > rhythm.late_after:
        return Health("late", f"answers, but has no news for {age} days: {why}", since)
    if age > rhythm.quiet_after:
        return Health("quiet", f"no news for {age} days: {why}", since)
    return Health("ok", why)


def _every(days: int) -> str:
    return f"every {days} days" if days > 1 else "every day"
