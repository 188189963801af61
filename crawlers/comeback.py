"""What is remembered of a source after a poll, and when it is due again. Pure: the present and the pace come in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from crawlers.answers import EMPTY, Answer, Failure, Reading, Same, Visit
from crawlers.fetch import NO_VALIDATORS
from crawlers.http_times import http_date
from crawlers.kinds import kind_module
from crawlers.pace import Pace
from crawlers.schedule import (
    FAILURES,
    HARD,
    SOFT,
    TRUTH_CHECK,
    Happened,
    is_gone,
    jitter_of,
    next_poll_at,
)
from crawlers.ways import asked_url, settled_rung
from db.records import ParsedItem, PollOutcome, PollState, Validators

_ABSENT = frozenset({404, 410})


def wants_truth(state: PollState, now: datetime) -> bool:
    """Whether it is time to ask for the whole page, though the server says that it did not change."""
    return state.lied_at is None and state.whole_at is not None and now - state.whole_at >= TRUTH_CHECK


def come_back(
    visit: Visit, answer: Answer, outcome: PollOutcome, new: Sequence[ParsedItem], *, pace: Pace, now: datetime
) -> PollState:
    """What is remembered from now on, the next poll included; `new` are the items that it found."""
    state = next_state(visit, answer, None)
    state = _weighed(state, answer, outcome)
    state = _absence(visit, state, answer, now)
    state = _truth(visit, state, answer, new, now)
    happened = Happened(
        outcome,
        state.strikes,
        _seconds(answer.retry_after_seconds if isinstance(answer, Failure) else None),
        _seconds(None if isinstance(answer, Failure) and answer.came is None else state.fresh_seconds),
        told_to_slow_down=answer.status == 429,
        gone=is_gone(answer.status, state.absent_polls, state.absent_since, now),
    )
    due = next_poll_at(now, pace.every, happened, jitter=jitter_of(visit.source.id, now.date()))
    return replace(state, next_poll_at=due, every=pace.why)


def next_state(visit: Visit, reading: Answer, due: datetime | None) -> PollState:
    """What is remembered of the source from now on; only a page with items settles how the source is read."""
    if isinstance(reading, Failure):
        failures = visit.state.failures + 1
        return _after_failure(
            visit, reading, replace(visit.state, next_poll_at=due, pages=reading.pages, failures=failures)
        )
    fresh = reading.fresh_seconds
    state = replace(
        visit.state,
        next_poll_at=due,
        pages=reading.pages,
        failures=0,
        validators=reading.validators,
        fresh_seconds=visit.state.fresh_seconds if fresh is None and isinstance(reading, Same) else fresh,
        body_hash=visit.state.body_hash if isinstance(reading, Same) else reading.body_hash,
        moved_to=reading.moved_to,
        moved_polls=_polls_moved(visit.state, reading.moved_to),
    )
    if isinstance(reading, Same):
        return state
    if not reading.listing.items and not reading.listing.partial:
        settled = settled_rung(visit.source, visit.state) is not None
        return replace(state, verdict=EMPTY) if settled else replace(state, validators=NO_VALIDATORS, body_hash=None)
    rung = visit.source.rungs[reading.rung]
    return replace(
        state,
        verdict=None,
        settled=reading.rung,
        settled_url=None if reading.asked_url == asked_url(rung) else reading.asked_url,
        settled_for=rung.fingerprint,
    )


def _after_failure(visit: Visit, failure: Failure, state: PollState) -> PollState:
    """A page that came is known again when it comes again; otherwise the newest one that came is still the newest."""
    came = failure.came
    if came is None:
        return replace(state, pages={**visit.state.pages, **failure.pages})
    return replace(
        state,
        validators=came.validators,
        body_hash=came.body_hash,
        verdict=failure.error,
        fresh_seconds=came.fresh_seconds,
        moved_to=came.moved_to,
        moved_polls=_polls_moved(state, came.moved_to),
    )


def _polls_moved(state: PollState, moved_to: str | None) -> int:
    """How many polls in a row were led to this address."""
    return 0 if moved_to is None else state.moved_polls + 1 if moved_to == state.moved_to else 1


def _weighed(state: PollState, answer: Answer, outcome: PollOutcome) -> PollState:
    if outcome not in FAILURES:
        return replace(state, strikes=0.0) if state.strikes else state
    soft = isinstance(answer, Failure) and answer.soft
    return replace(state, strikes=state.strikes + (SOFT if soft else HARD))


def _absence(visit: Visit, state: PollState, answer: Answer, now: datetime) -> PollState:
    # The services of some kinds answer 404 while they are out of order.
    outages: frozenset[int] = getattr(kind_module(visit.source.kind), "OUTAGES", frozenset())
    if answer.status in _ABSENT - outages and isinstance(answer, Failure):
        return replace(state, absent_polls=state.absent_polls + 1, absent_since=state.absent_since or now)
    if not state.absent_polls and state.absent_since is None:
        return state
    if isinstance(answer, Failure) and answer.came is None:
        return state  # a server that was busy in between did not say that the page is there again
    return replace(state, absent_polls=0, absent_since=None)


def _truth(visit: Visit, state: PollState, answer: Answer, new: Sequence[ParsedItem], now: datetime) -> PollState:
    whole = visit.whole or state.whole_at is None or state.whole_at > now or _came_whole(answer)
    state = replace(state, whole_at=now) if whole else state
    lied = visit.whole and isinstance(answer, Reading) and _lied(visit.state, state, new)
    return replace(state, lied_at=now) if lied else state


def _came_whole(answer: Answer) -> bool:
    if isinstance(answer, Same):
        return answer.status != 304
    return isinstance(answer, Reading) or (answer.came is not None and answer.status != 304)


def _lied(before: PollState, after: PollState, new: Sequence[ParsedItem]) -> bool:
    """Whether news stood on the page while the server said "not modified".

    It did if the page is recognised by the same as before, or if it, or an item on it, is older than that answer.
    """
    if not new or before.begun is None:
        return False
    said_at = before.begun.at
    if any(old != NO_VALIDATORS and old == new for old, new in _recognised(before, after)):
        return True
    modified = http_date(after.validators.last_modified or "")
    if modified is not None and modified < said_at - timedelta(hours=1):
        return True
    day_before = (said_at - timedelta(days=2)).date().isoformat()
    return any(item.published.on is not None and item.published.on <= day_before for item in new)


def _recognised(before: PollState, after: PollState) -> Iterator[tuple[Validators, Validators]]:
    yield before.validators, after.validators
    for key, page in after.pages.items():
        if key in before.pages and before.pages[key].body_hash != page.body_hash:
            yield before.pages[key].validators, page.validators


def _seconds(number: int | None) -> timedelta | None:
    return None if number is None else timedelta(seconds=number)
