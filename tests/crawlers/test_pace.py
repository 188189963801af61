"""How often a source is polled, by how often it publishes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.pace import Pace, in_words, pace_of

TODAY = date(2021, 2, 10)  # a Wednesday
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def every(gap: int, count: int = 12, *, last: date = TODAY, times: int = 1) -> list[str]:
    return [(last - timedelta(days=gap * number)).isoformat() for number in range(count) for _ in range(times)]


def weekdays(count: int) -> list[str]:
    days = (TODAY - timedelta(days=number) for number in range(3 * count))
    return [day.isoformat() for day in days if day.weekday() < 5][:count]


def pace(days: list[str], today: date = TODAY) -> Pace:
    return pace_of(days, today, at_most=12 * HOUR, at_least=72 * HOUR)


@pytest.mark.parametrize(
    ("days", "hours", "why"),
    [
        pytest.param([], 12, "too few items to know its rhythm; polled every 12 hours", id="nothing known"),
        pytest.param(every(1, 4), 12, "too few items to know its rhythm; polled every 12 hours", id="too little known"),
        pytest.param(every(1, times=4), 12, "about 4 items a day; polled every 12 hours", id="several a day"),
        pytest.param(every(3), 12, "about 2 items a week; polled every 12 hours", id="twice a week"),
        pytest.param(every(7), 16.8, "about 1 item a week; polled every 17 hours", id="weekly"),
        pytest.param(every(60), 72, "about 7 items a year; polled every 3 days", id="every other month"),
        pytest.param(every(1000), 72, "less than one item a year; polled every 3 days", id="hardly ever"),
        pytest.param(
            weekdays(25), 12, "about 5 items a week, mostly on weekdays; polled every 12 hours", id="weekdays"
        ),
        pytest.param(
            every(1, last=TODAY - 60 * DAY),
            48,
            "about 1 item a day, nothing for 60 days; polled every 2 days",
            id="silent for two months",
        ),
    ],
)
def test_pace(days: list[str], hours: float, why: str) -> None:
    found = pace(days)
    assert found.every / HOUR == pytest.approx(hours)
    assert found.why == why


def test_days_of_the_week_without_news_are_asked_half_as_often() -> None:
    days = weekdays(25)
    saturday = date(2021, 2, 13)
    usual, weekend = (pace_of(days, day, at_most=2 * HOUR, at_least=72 * HOUR) for day in (TODAY, saturday))
    assert weekend.every == 2 * usual.every


def test_news_of_the_future_tells_nothing() -> None:
    assert pace(every(1, last=TODAY + 400 * DAY)).every == 12 * HOUR


@given(
    st.lists(st.dates(date(1990, 1, 1), date(2031, 1, 1)).map(date.isoformat), max_size=120),
    st.dates(date(2000, 1, 1), date(2031, 1, 1)),
    st.timedeltas(HOUR / 4, 100 * DAY),
    st.timedeltas(HOUR / 4, 100 * DAY),
)
def test_pace_stays_within_its_bounds(days: list[str], today: date, at_most: timedelta, at_least: timedelta) -> None:
    found = pace_of(days, today, at_most=at_most, at_least=at_least)
    assert at_most <= found.every <= max(at_most, at_least)
    assert in_words(found.every) in found.why


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (HOUR / 4, "15 minutes"),
        (HOUR, "hour"),
        (12 * HOUR, "12 hours"),
        (36 * HOUR, "36 hours"),
        (2.5 * DAY, "2.5 days"),
    ],
)
def test_spans_are_told_as_a_person_would(span: timedelta, words: str) -> None:
    assert in_words(span) == words
