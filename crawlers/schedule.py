"""Who is polled, and when to come back. Pure: the present, the jitter and what happened come in.

A source is never asked sooner than its own interval, slowed down while it fails, and never given up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import blake2b

from crawlers.sources import Politeness, Source, SourceFile
from db.errors import SourceError
from db.records import PollOutcome, PollState

LONGEST_INTERVAL = timedelta(days=7)  # a failing source is still tried once a week
LONGEST_RETRY_AFTER = timedelta(days=31)
JITTER_SHARE = 0.1  # of the interval: sources that began together do not stay together
FAILURES: frozenset[PollOutcome] = frozenset({"failed", "challenged", "refused"})


def next_poll_at(
    now: datetime,
    every: timedelta,
    outcome: PollOutcome,
    *,
    failures: int,
    retry_after: timedelta | None,
    jitter: float,
) -> datetime:
    """When the source is due again: after its interval, doubled with each of the `failures` in a row up to a week.

    `jitter` between 0 and 1 adds up to a tenth. A `retry_after` of the server lengthens the wait, it never shortens it.
    """
    wait = every
    if outcome in FAILURES:
        wait = min(every * 2 ** min(max(failures - 1, 0), 16), max(every, LONGEST_INTERVAL))
    wait += wait * JITTER_SHARE * min(max(jitter, 0.0), 1.0)
    if retry_after is not None:
        wait = max(wait, min(retry_after, LONGEST_RETRY_AFTER))
    return now + wait


def interval(source: Source, politeness: Politeness) -> timedelta:
    """How often this source is polled at most: its own `every_hours`, else everyone's."""
    own = source.parsed_options().every_hours
    return timedelta(hours=politeness.every_hours if own is None else own)


def jitter_of(source_id: str, day: date) -> float:
    """A number from 0 to 1 that differs between sources and days, and is the same when computed again."""
    digest = blake2b(f"{source_id} {day.isoformat()}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def is_due(state: PollState | None, now: datetime) -> bool:
    """Whether the source may be polled: it never was, or its time has come."""
    return state is None or state.next_poll_at is None or state.next_poll_at <= now


def wanted_sources(loaded: SourceFile, only: Sequence[str]) -> tuple[Source, ...]:
    """The named sources in the order of the file, without names all enabled ones; SourceError for an unknown name."""
    known = {source.id for source in loaded.sources}
    for name in only:
        if name not in known:
            raise SourceError(f"there is no such source; there are: {', '.join(sorted(known))}", source_id=name)
    return tuple(source for source in loaded.sources if (source.id in only if only else source.enabled))


def due_sources(sources: Iterable[Source], states: Mapping[str, PollState], now: datetime) -> tuple[Source, ...]:
    """The enabled sources whose time has come, in their own order."""
    return tuple(source for source in sources if source.enabled and is_due(states.get(source.id), now))
