"""Who is polled, and when to come back. Pure: the present, the jitter and what happened come in.

A source is never asked sooner than its own minimum, whatever the clock of the machine does; it is slowed down while it
fails, and never given up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import blake2b

from msgspec import Struct
from msgspec.structs import replace

from crawlers.sources import Politeness, Source, SourceFile
from crawlers.urls import host_of
from db.errors import no_such_source
from db.records import Moment, PollOutcome, PollState

LONGEST_INTERVAL = timedelta(days=7)  # a failing source is still tried once a week
GONE_INTERVAL = timedelta(days=28)  # and one whose page is gone for good, once in four weeks
LONGEST_RETRY_AFTER = timedelta(days=31)
TRUTH_CHECK = timedelta(days=31)  # a server that says "not modified" for so long is asked once for the whole page
JITTER_SHARE = 0.1  # of the interval: sources that began together do not stay together
FAILURES: frozenset[PollOutcome] = frozenset({"failed", "challenged", "refused"})
HARD, SOFT = 1.0, 0.5  # what a failure weighs; a soft one is a server that is busy or slow
GONE_POLLS = 2  # consecutive answers 410 that confirm it
ABSENT_POLLS, ABSENT_FOR = 5, timedelta(days=14)  # consecutive answers 404, and over how long, that are as good as 410
_GRAIN = timedelta(seconds=1)  # instants are stored to the second
_NOTHING = timedelta()
_BROKEN_OFF = timedelta(minutes=15)  # a poll that never came to its end may have waited so long before it asked


class Happened(Struct, frozen=True):
    """What a poll met, as far as it tells when to come back."""

    outcome: PollOutcome
    strikes: float = 0.0  # failures in a row by their weight, this one included
    retry_after: timedelta | None = None
    fresh: timedelta | None = None  # how long the server says that its answer holds
    told_to_slow_down: bool = False  # 429
    gone: bool = False


def next_poll_at(now: datetime, every: timedelta, happened: Happened, *, jitter: float) -> datetime:
    """When the source is due again: after its interval, longer while it fails, never sooner than it or the server asks.

    The interval doubles with each hard failure after the first, up to a week. `jitter` between 0 and 1 adds up to a
    tenth.
    """
    wait = every
    if happened.outcome in FAILURES:
        slowed = every * (2.0 ** min(max(happened.strikes - 1.0, 0.0), 16.0)) * (2 if happened.told_to_slow_down else 1)
        wait = min(slowed, max(every, LONGEST_INTERVAL))
    if happened.gone:
        wait = max(every, GONE_INTERVAL)
    wait = max(wait, min(happened.fresh or _NOTHING, LONGEST_INTERVAL))
    wait += wait * (JITTER_SHARE * min(max(jitter, 0.0), 1.0))
    return now + max(wait, min(happened.retry_after or _NOTHING, LONGEST_RETRY_AFTER))


def again_at(now: datetime, due: datetime, failures: int) -> datetime:
    """When a source that is due then is tried again, where nobody was asked because no server at all was reached.

    In an hour, each further time twice as late, never later than it is due anyway.
    """
    return min(due, now + timedelta(hours=2 ** min(max(failures - 1, 0), 16)))


def is_gone(status: int | None, polls: int, since: datetime | None, now: datetime) -> bool:
    """Whether so many answers in a row that there is no such page, the newest with this status, confirm it."""
    if since is None:
        return False
    return (status == 410 and polls >= GONE_POLLS) or (polls >= ABSENT_POLLS and now - since >= ABSENT_FOR)


def interval(source: Source, politeness: Politeness) -> timedelta:
    """How often this source is polled at most: its own `every_hours`, else everyone's."""
    own = source.parsed_options().every_hours
    return _hours(politeness.every_hours if own is None else own)


def longest_interval(source: Source, politeness: Politeness) -> timedelta:
    """How often this source is polled at least, while it answers: its own `at_least_every_hours`, else everyone's."""
    own = source.parsed_options().at_least_every_hours
    return _hours(politeness.at_least_every_hours if own is None else own)


@cache
def _hours(number: float) -> timedelta:
    return timedelta(hours=number)


def jitter_of(source_id: str, day: date) -> float:
    """A number from 0 to 1 that differs between sources and days, and is the same when computed again."""
    digest = blake2b(f"{source_id} {day.isoformat()}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def elapsed(since: Moment, now: Moment) -> timedelta:
    """How much time has passed: what the machine measured itself, else what its clock says; may be negative."""
    if since.boot and since.boot == now.boot:
        return timedelta(seconds=now.uptime - since.uptime)
    return now.at - since.at


def is_due(state: PollState | None, now: Moment, minimum: timedelta) -> bool:
    """Whether the source may be polled: it never was, or its wait has passed, which is never below the minimum."""
    if state is None or state.begun is None:
        return state is None or state.next_poll_at is None or state.next_poll_at <= now.at
    return elapsed(state.begun, now) >= wait_of(state, minimum + _GRAIN)


def wait_of(state: PollState, minimum: timedelta) -> timedelta:
    """From the beginning of the newest poll to the next one."""
    if state.begun is None or state.next_poll_at is None or has_no_end(state):
        return minimum + _BROKEN_OFF
    return max(state.next_poll_at - state.begun.at, minimum)


def was_broken_off(state: PollState, now: Moment) -> bool:
    """Whether the newest poll began not long ago and never came to its end."""
    return state.begun is not None and has_no_end(state) and elapsed(state.begun, now) <= timedelta(hours=1)


def has_no_end(state: PollState) -> bool:
    """Whether the source is said to be due before its newest poll began."""
    return state.begun is not None and (state.next_poll_at is None or state.next_poll_at <= state.begun.at)


def after_clock_change(state: PollState, now: Moment) -> PollState:
    """The state, mended where the clock was set back behind the newest poll: the whole wait begins anew.

    How much time has really passed since that poll nobody knows, unless the machine measured it itself.
    """
    if state.begun is None or elapsed(state.begun, now) >= _NOTHING:
        return state
    due = None if has_no_end(state) else now.at + min(wait_of(state, _NOTHING), LONGEST_RETRY_AFTER)
    return replace(state, begun=now, next_poll_at=due)


def wanted_sources(loaded: SourceFile, only: Sequence[str]) -> tuple[Source, ...]:
    """The named sources in the order of the file, without names all enabled ones; SourceError for an unknown name."""
    known = {source.id for source in loaded.sources}
    for name in only:
        if name not in known:
            raise no_such_source(name, known)
    return tuple(source for source in loaded.sources if (source.id in only if only else source.enabled))


def next_polls(
    sources: Iterable[Source], states: Mapping[str, PollState], politeness: Politeness
) -> dict[str, datetime]:
    """By address, when it is asked next: sources with one address wait for the last of them. Without what never was.

    One whose newest poll was broken off waits from its beginning.
    """
    found: dict[str, datetime] = {}
    for source in sources:
        state = states.get(source.id)
        if state is None:
            continue
        due = state.next_poll_at
        if state.begun is not None and has_no_end(state):
            due = state.begun.at + wait_of(state, interval(source, politeness))
        if due is not None:
            found[source.url] = max(due, found.get(source.url, due))
    return found


def due_sources(
    sources: Iterable[Source],
    states: Mapping[str, PollState],
    now: Moment,
    politeness: Politeness,
    *,
    held: Collection[str] = (),
) -> tuple[Source, ...]:
    """The enabled sources whose time has come, in their own order; none of a host that is `held`.

    Sources with one address come due together, so that one request serves them all.
    """
    enabled = [source for source in sources if source.enabled]
    waiting = {
        source.url
        for source in enabled
        if (state := states.get(source.id)) is not None and not is_due(state, now, interval(source, politeness))
    }
    return tuple(source for source in enabled if source.url not in waiting and host_of(source.url) not in held)
