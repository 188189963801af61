"""Servers that ask to be left alone, and the sums of what they were asked."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from crawlers.clock_change import mend_waits
from crawlers.fetch import Exchange
from crawlers.hosts import SLOW_DOWN_SECONDS, HeldError, Hosts
from db.hosts import HostDay, host_days, host_memories, robots_files, save_host_news
from db.records import Moment

START = datetime(2021, 2, 10, 8, 0, tzinfo=UTC)
PAGE = "https://a.example/news"


class Desk:
    """Hosts by a clock that is set by hand."""

    def __init__(self) -> None:
        self.now = Moment(START, 100.0, "boot")
        self.hosts = Hosts(lambda: self.now, "convenor/1 (+https://desk.example)")

    def later(self, **span: float) -> None:
        passed = timedelta(**span)
        self.now = replace(self.now, at=self.now.at + passed, uptime=self.now.uptime + passed.total_seconds())

    def answers(self, status: int | None, retry_after: int | None = None, url: str = PAGE) -> None:
        self.hosts.note(Exchange(url, status, 1000, False, retry_after))

    def is_left_alone(self, url: str) -> bool:
        try:
            self.hosts.check(url)
        except HeldError:
            return True
        return False


@pytest.mark.parametrize(
    ("status", "retry_after", "seconds"),
    [
        pytest.param(429, 7200, 7200, id="429 with a time"),
        pytest.param(503, 7200, 7200, id="503 with a time"),
        pytest.param(429, None, SLOW_DOWN_SECONDS, id="429 without"),
        pytest.param(429, 0, 0, id="429, at once"),
        pytest.param(503, None, 0, id="503 without"),
        pytest.param(None, None, 0, id="no answer"),
        pytest.param(200, None, 0, id="a page"),
    ],
)
def test_host_is_left_alone_as_long_as_it_asks(status: int | None, retry_after: int | None, seconds: int) -> None:
    desk = Desk()
    desk.answers(status, retry_after)
    assert desk.is_left_alone(PAGE) == (seconds > 0)
    desk.later(seconds=seconds - 1)
    assert desk.is_left_alone("https://a.example/other") == (seconds > 0)
    desk.later(seconds=2)
    assert not desk.is_left_alone(PAGE)


def test_only_that_host_and_port_is_left_alone() -> None:
    desk = Desk()
    desk.answers(429, 7200)
    assert desk.is_left_alone("http://a.example/")
    for url in ("https://a.example:8443/", "https://b.example/", "https://www.a.example/"):
        assert not desk.is_left_alone(url)


def test_shorter_wait_does_not_end_a_longer_one() -> None:
    desk = Desk()
    desk.answers(503, 7200)
    desk.answers(503, 60)
    desk.later(hours=1)
    assert desk.is_left_alone(PAGE)


def test_sentence_says_who_asked_and_until_when() -> None:
    desk = Desk()
    desk.answers(429, 7200)
    with pytest.raises(HeldError, match=r"a\.example answered 429 and .* until 2021-02-10 10:00 UTC") as caught:
        desk.hosts.check(PAGE)
    assert caught.value.retry_after_seconds == 7200


def test_clock_set_forward_ends_no_wait() -> None:
    desk = Desk()
    desk.answers(429, 7200)
    desk.now = replace(desk.now, at=desk.now.at + timedelta(days=3))
    assert desk.is_left_alone(PAGE)


def test_clock_set_back_prolongs_no_wait_for_ever(conn: sqlite3.Connection) -> None:
    desk = Desk()
    desk.answers(429, 7200)
    save_host_news(conn, desk.hosts.take_news())
    desk.now = Moment(START - timedelta(days=400), 5.0, "next boot")
    mend_waits(conn, desk.now)
    desk.hosts = Hosts(lambda: desk.now, hosts=host_memories(conn))
    assert desk.is_left_alone(PAGE)
    desk.later(hours=3)
    assert not desk.is_left_alone(PAGE)


def test_day_is_summed_up_and_grows(conn: sqlite3.Connection) -> None:
    desk = Desk()
    desk.answers(200, url="https://a.example/robots.txt")
    desk.answers(304)
    save_host_news(conn, desk.hosts.take_news())
    desk.answers(429)
    desk.answers(None)
    desk.hosts.keep_back(PAGE)
    desk.later(days=1)
    desk.answers(500)
    save_host_news(conn, desk.hosts.take_news())
    save_host_news(conn, desk.hosts.take_news())  # what was told is not told again
    assert host_days(conn, "a.example") == (
        ("2021-02-10", HostDay(4, 1, 0, 1, 4000, refused=1, failed=1, kept_back=1)),
        ("2021-02-11", HostDay(1, 0, 0, 0, 1000, failed=1)),
    )
    assert host_memories(conn)["a.example"].user_agent == "convenor/1 (+https://desk.example)"
    assert robots_files(conn) == {}


def test_pause_is_known_from_an_earlier_process(conn: sqlite3.Connection) -> None:
    desk = Desk()
    desk.answers(200)
    save_host_news(conn, desk.hosts.take_news())
    desk.later(seconds=1.5)
    later = Hosts(lambda: desk.now, hosts=host_memories(conn))
    assert later.seconds_since("a.example") == pytest.approx(1.5)
    assert later.seconds_since("b.example") is None
    desk.later(hours=2)
    assert later.seconds_since("a.example") is None
    later.presume_asked(["a.example"])
    assert later.seconds_since("a.example") == 0.0
