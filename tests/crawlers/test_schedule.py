"""When to come back: never too soon, slower while it fails, never given up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from crawlers.schedule import (
    LONGEST_RETRY_AFTER,
    Happened,
    after_clock_change,
    due_sources,
    interval,
    is_due,
    is_gone,
    jitter_of,
    next_poll_at,
    next_polls,
)
from crawlers.sources import Politeness, Source
from db.records import Moment, PollOutcome, PollState

NOW = datetime(2021, 2, 10, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
OUTCOMES: list[PollOutcome] = ["new", "unchanged", "not_modified", "empty", "failed", "challenged", "refused"]


def source(source_id: str, *, enabled: bool = True, **options: object) -> Source:
    return Source(
        id=source_id,
        name="News",
        institution="Library",
        country="MN",
        sub_region="north-east-asia",
        language="mn",
        kind="list_page",
        url="https://library.example/news",
        options=options,
        enabled=enabled,
    )


@pytest.mark.parametrize(
    ("happened", "jitter", "wait"),
    [
        pytest.param(Happened("new"), 0.0, 12 * HOUR, id="after news, the interval"),
        pytest.param(Happened("not_modified"), 1.0, 13.2 * HOUR, id="jitter adds a tenth at most"),
        pytest.param(Happened("empty", 3), 0.0, 12 * HOUR, id="an empty page is no failure"),
        pytest.param(Happened("failed", 1), 0.0, 12 * HOUR, id="first failure, the interval"),
        pytest.param(Happened("failed", 3), 0.0, 48 * HOUR, id="third failure, four times as long"),
        pytest.param(Happened("failed", 1.5), 0.0, 2**0.5 * 12 * HOUR, id="three soft failures weigh less than two"),
        pytest.param(Happened("challenged", 40), 0.0, 7 * DAY, id="once a week for ever"),
        pytest.param(Happened("failed", 1, 20 * DAY), 0.0, 20 * DAY, id="the server's wish is longer"),
        pytest.param(Happened("failed", 1, HOUR), 0.0, 12 * HOUR, id="the server's wish is shorter"),
        pytest.param(Happened("failed", 1, 400 * DAY), 0.0, 31 * DAY, id="the server's wish is absurd"),
        pytest.param(Happened("failed", 0.5, told_to_slow_down=True), 0.0, 24 * HOUR, id="429 slows down at once"),
        pytest.param(Happened("new", fresh=2 * DAY), 0.0, 2 * DAY, id="the answer holds longer"),
        pytest.param(Happened("new", fresh=HOUR), 0.0, 12 * HOUR, id="the answer holds shorter"),
        pytest.param(Happened("new", fresh=400 * DAY), 0.0, 7 * DAY, id="the answer is said to hold for ever"),
        pytest.param(Happened("failed", 2, gone=True), 0.0, 28 * DAY, id="gone is still tried"),
    ],
)
def test_next_poll(happened: Happened, jitter: float, wait: timedelta) -> None:
    assert next_poll_at(NOW, 12 * HOUR, happened, jitter=jitter) - NOW == wait


@given(
    st.builds(
        Happened,
        st.sampled_from(OUTCOMES),
        st.floats(0, 10_000),
        st.none() | st.timedeltas(timedelta(days=-1), timedelta(days=4000)),
        st.none() | st.timedeltas(timedelta(days=-1), timedelta(days=4000)),
        told_to_slow_down=st.booleans(),
        gone=st.booleans(),
    ),
    st.floats(0.25, 10_000),
    st.floats(-1, 2),
)
def test_next_poll_is_neither_early_nor_never(happened: Happened, hours: float, jitter: float) -> None:
    every = timedelta(hours=hours)
    due = next_poll_at(NOW, every, happened, jitter=jitter)
    assert every <= due - NOW <= 1.1 * max(every, LONGEST_RETRY_AFTER) + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("status", "polls", "since", "gone"),
    [
        pytest.param(200, 0, None, False, id="it is there"),
        pytest.param(410, 1, NOW, False, id="410 once"),
        pytest.param(410, 2, NOW - DAY, True, id="410 twice"),
        pytest.param(404, 4, NOW - 60 * DAY, False, id="404 a few times"),
        pytest.param(404, 9, NOW - 13 * DAY, False, id="404 for some days"),
        pytest.param(404, 5, NOW - 14 * DAY, True, id="404 again and again"),
    ],
)
def test_gone_is_confirmed(status: int, polls: int, since: datetime | None, gone: bool) -> None:
    assert is_gone(status, polls, since, NOW) == gone


def test_jitter_is_the_same_when_asked_again() -> None:
    day = date(2021, 2, 10)
    assert jitter_of("ndl-en", day) == jitter_of("ndl-en", day)
    assert jitter_of("ndl-en", day) != jitter_of("ndl-en", date(2021, 2, 11))
    assert all(0 <= jitter_of(str(number), day) <= 1 for number in range(100))


def test_due_sources_are_enabled_and_their_time_has_come() -> None:
    sources = [source("never-polled"), source("past"), source("now"), source("future"), source("off", enabled=False)]
    sources = [one.changed(url=f"https://{one.id}.example/news") for one in sources]
    states = {
        name: PollState(name, next_poll_at=NOW + wait)
        for name, wait in (("past", -HOUR), ("now", timedelta()), ("future", timedelta(seconds=1)))
    }
    due = due_sources(sources, states, Moment(NOW), Politeness())
    assert [found.id for found in due] == ["never-polled", "past", "now"]
    held = due_sources(sources, states, Moment(NOW), Politeness(), held={"past.example"})
    assert [found.id for found in held] == ["never-polled", "now"]


def test_sources_with_one_address_come_due_together() -> None:
    sources = [source("early"), source("late")]
    states = {"early": PollState("early", next_poll_at=NOW - DAY), "late": PollState("late", next_poll_at=NOW + HOUR)}
    assert due_sources(sources, states, Moment(NOW), Politeness()) == ()
    later = Moment(NOW + HOUR)
    assert [found.id for found in due_sources(sources, states, later, Politeness())] == ["early", "late"]
    assert next_polls(sources, states, Politeness()) == {sources[0].url: NOW + HOUR}


def test_poll_that_was_broken_off_is_made_up_for_after_the_whole_wait() -> None:
    sources = [source("first"), source("again").changed(url="https://again.example/news")]
    states = {name: PollState(name, begun=Moment(NOW)) for name in ("first", "again")}
    states["again"] = replace(states["again"], next_poll_at=NOW - HOUR)
    found = next_polls(sources, states, Politeness(every_hours=6))
    assert set(found.values()) == {NOW + timedelta(hours=6, minutes=15)}
    for due_at in found.values():
        assert due_sources(sources, states, Moment(due_at - HOUR / 60), Politeness(every_hours=6)) == ()
        assert len(due_sources(sources, states, Moment(due_at + HOUR / 60), Politeness(every_hours=6))) == 2


@pytest.mark.parametrize(
    ("begun", "due_in", "now", "due"),
    [
        pytest.param(Moment(NOW - 13 * HOUR), timedelta(), Moment(NOW), True, id="the wait has passed"),
        pytest.param(Moment(NOW - 12 * HOUR), timedelta(), Moment(NOW), False, id="perhaps a second too soon"),
        pytest.param(Moment(NOW - HOUR), -HOUR, Moment(NOW), False, id="the poll never came to its end"),
        pytest.param(Moment(NOW - 13 * HOUR), -13 * HOUR, Moment(NOW), True, id="it never did, long ago"),
        pytest.param(Moment(NOW - 2 * DAY, 50, "a"), -DAY, Moment(NOW, 90, "a"), False, id="a clock set forward"),
        pytest.param(Moment(NOW - 2 * DAY, 50, "a"), -DAY, Moment(NOW, 90, "b"), True, id="another start: believed"),
        pytest.param(Moment(NOW + DAY, 0, "a"), 2 * DAY, Moment(NOW, 90_000, "a"), True, id="set back, but measured"),
        pytest.param(Moment(NOW + DAY, 0, "a"), 2 * DAY, Moment(NOW, 90, "b"), False, id="a clock set back"),
    ],
)
def test_no_clock_makes_a_poll_come_too_soon(begun: Moment, due_in: timedelta, now: Moment, due: bool) -> None:
    state = PollState("num", begun=begun, next_poll_at=NOW + due_in)
    assert is_due(state, now, 12 * HOUR) == due


@given(st.timedeltas(-400 * DAY, 400 * DAY), st.timedeltas(timedelta(), 60 * DAY))
def test_wait_is_bounded_after_a_clock_change(back: timedelta, wait: timedelta) -> None:
    state = PollState("num", begun=Moment(NOW + back), next_poll_at=NOW + back + wait)
    mended = after_clock_change(state, Moment(NOW))
    assert not is_due(mended, Moment(NOW), 12 * HOUR) or back < timedelta()
    assert is_due(mended, Moment(NOW + max(wait, 12 * HOUR) + HOUR), 12 * HOUR)


def test_poll_that_was_broken_off_still_has_no_end_after_a_clock_change() -> None:
    mended = after_clock_change(PollState("num", begun=Moment(NOW + DAY), next_poll_at=NOW), Moment(NOW))
    one = source("num")
    assert next_polls([one], {"num": mended}, Politeness()) == {one.url: NOW + timedelta(hours=12, minutes=15)}


def test_interval_is_the_sources_own_where_it_has_one() -> None:
    politeness = Politeness(every_hours=6)
    assert interval(source("a"), politeness) == 6 * HOUR
    assert interval(source("b", every_hours=24), politeness) == 24 * HOUR
