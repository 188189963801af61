"""When to come back: never too soon, slower while it fails, never given up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.schedule import LONGEST_RETRY_AFTER, due_sources, interval, jitter_of, next_poll_at
from crawlers.sources import Politeness, Source
from db.records import PollOutcome, PollState

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
    ("outcome", "failures", "retry_after", "jitter", "wait"),
    [
        pytest.param("new", 0, None, 0.0, 12 * HOUR, id="after news, the interval"),
        pytest.param("not_modified", 0, None, 1.0, 13.2 * HOUR, id="jitter adds a tenth at most"),
        pytest.param("empty", 3, None, 0.0, 12 * HOUR, id="an empty page is no failure"),
        pytest.param("failed", 1, None, 0.0, 12 * HOUR, id="first failure, the interval"),
        pytest.param("failed", 3, None, 0.0, 48 * HOUR, id="third failure, four times as long"),
        pytest.param("challenged", 40, None, 0.0, 7 * DAY, id="once a week for ever"),
        pytest.param("failed", 1, 20 * DAY, 0.0, 20 * DAY, id="the server's wish is longer"),
        pytest.param("failed", 1, HOUR, 0.0, 12 * HOUR, id="the server's wish is shorter"),
        pytest.param("failed", 1, 400 * DAY, 0.0, 31 * DAY, id="the server's wish is absurd"),
    ],
)
def test_next_poll(
    outcome: PollOutcome, failures: int, retry_after: timedelta | None, jitter: float, wait: timedelta
) -> None:
    due = next_poll_at(NOW, 12 * HOUR, outcome, failures=failures, retry_after=retry_after, jitter=jitter)
    assert due - NOW == wait


@given(
    st.sampled_from(OUTCOMES),
    st.integers(0, 10_000),
    st.floats(0.25, 10_000),
    st.floats(-1, 2),
    st.none() | st.timedeltas(timedelta(days=-1), timedelta(days=4000)),
)
def test_next_poll_is_neither_early_nor_never(
    outcome: PollOutcome, failures: int, hours: float, jitter: float, retry_after: timedelta | None
) -> None:
    every = timedelta(hours=hours)
    due = next_poll_at(NOW, every, outcome, failures=failures, retry_after=retry_after, jitter=jitter)
    assert every <= due - NOW <= max(1.1 * max(every, 7 * DAY), LONGEST_RETRY_AFTER) + timedelta(seconds=1)


def test_jitter_is_the_same_when_asked_again() -> None:
    day = date(2021, 2, 10)
    assert jitter_of("ndl-en", day) == jitter_of("ndl-en", day)
    assert jitter_of("ndl-en", day) != jitter_of("ndl-en", date(2021, 2, 11))
    assert all(0 <= jitter_of(str(number), day) <= 1 for number in range(100))


def test_due_sources_are_enabled_and_their_time_has_come() -> None:
    sources = [source("never-polled"), source("past"), source("now"), source("future"), source("off", enabled=False)]
    states = {
        name: PollState(name, next_poll_at=NOW + wait)
        for name, wait in (("past", -HOUR), ("now", timedelta()), ("future", timedelta(seconds=1)))
    }
    assert [found.id for found in due_sources(sources, states, NOW)] == ["never-polled", "past", "now"]


def test_interval_is_the_sources_own_where_it_has_one() -> None:
    politeness = Politeness(every_hours=6)
    assert interval(source("a"), politeness) == 6 * HOUR
    assert interval(source("b", every_hours=24), politeness) == 24 * HOUR
