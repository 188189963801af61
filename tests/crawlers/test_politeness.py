"""One request at a time for each host, pauses counted from the end of the last request. The clock is simulated."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from crawlers.clock import Clock
from crawlers.fetch import Client, Limits
from crawlers.messages import Request, Response
from crawlers.politeness import MAX_OWN_PAUSE_SECONDS, PAUSE_FACTOR, HostGate, PoliteWeb
from crawlers.robots import RobotsError
from db.errors import FetchError
from tests.crawlers.fake_network import FakeTransport, path_of, reply

LIMITS = Limits()


class SimulatedTime:
    """A clock that moves only when somebody sleeps or works."""

    def __init__(self) -> None:
        self.seconds = 1_000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    @property
    def clock(self) -> Clock:
        start = datetime(2021, 2, 10, tzinfo=UTC)
        return Clock(lambda: start + timedelta(seconds=self.seconds), lambda: self.seconds, self.sleep)


def test_pause_counts_from_the_end_of_the_last_request() -> None:
    time = SimulatedTime()
    gate = HostGate(time.clock)
    with gate.turn("a.example", 2):
        time.seconds += 0.9
    time.seconds += 0.5
    with gate.turn("a.example", 2):
        assert time.slept == [1.5]


def test_slow_answer_makes_a_longer_pause() -> None:
    time = SimulatedTime()
    gate = HostGate(time.clock)
    with gate.turn("a.example", 2):
        time.seconds += 10
    with gate.turn("a.example", 2):
        assert time.slept == [PAUSE_FACTOR * 10]
        time.seconds += 3600
    with gate.turn("a.example", 2):
        assert time.slept[1:] == [MAX_OWN_PAUSE_SECONDS]


def test_no_pause_is_none_at_all() -> None:
    time = SimulatedTime()
    gate = HostGate(time.clock)
    for _ in range(2):
        with gate.turn("a.example", 0):
            time.seconds += 10
    assert time.slept == []


def test_pause_holds_over_a_restart() -> None:
    time = SimulatedTime()
    gate = HostGate(time.clock, seconds_since=lambda host: 0.5 if host == "a.example" else None)
    for host in ("a.example", "b.example"):
        with gate.turn(host, 2):
            pass
    assert time.slept == [1.5]


def test_first_request_and_other_hosts_do_not_wait() -> None:
    time = SimulatedTime()
    gate = HostGate(time.clock)
    for host in ("a.example", "b.example", "a.example:8080"):
        with gate.turn(host, 2):
            pass
    assert time.slept == []


def test_failed_request_counts_too() -> None:
    time = SimulatedTime()
    gate = HostGate(time.clock)
    with pytest.raises(FetchError), gate.turn("a.example", 2):
        raise FetchError("no", url="https://a.example/")
    with gate.turn("a.example", 2):
        assert time.slept == [2]


def test_one_host_is_never_asked_twice_at_once() -> None:
    gate = HostGate(SimulatedTime().clock)
    inside, together = threading.Semaphore(1), list[bool]()

    def visit() -> None:
        with gate.turn("a.example", 0):
            together.append(not inside.acquire(blocking=False))
            inside.release()

    threads = [threading.Thread(target=visit) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == [False] * 20


def polite_web(time: SimulatedTime, answer: Callable[[Request], Response], pause: float = 2) -> PoliteWeb:
    client = Client(FakeTransport(answer), "convenor/test (+https://library.example)", LIMITS)
    return PoliteWeb(client, time.clock, pause_seconds=pause)


def test_robots_comes_first_and_forbids() -> None:
    seen: list[str] = []

    def answer(request: Request) -> Response:
        seen.append(path_of(request))
        return reply(200, content="User-agent: *\nDisallow: /private")

    web = polite_web(SimulatedTime(), answer)
    with pytest.raises(RobotsError, match=r"robots\.txt asks us not to"):
        web.get("https://a.example/private/1", LIMITS)
    web.get("https://a.example/news", LIMITS)
    assert seen == ["/robots.txt", "/news"]


def test_crawl_delay_lengthens_the_pause() -> None:
    time = SimulatedTime()
    web = polite_web(time, lambda request: reply(200, content="User-agent: *\nCrawl-delay: 7"))
    web.get("https://a.example/1", LIMITS)
    web.get("https://a.example/2", LIMITS)
    assert time.slept == [7, 7]


def test_redirect_asks_robots_of_the_other_host() -> None:
    def answer(request: Request) -> Response:
        if path_of(request) == "/robots.txt":
            rule = "Disallow: /" if urlsplit(request.url).hostname == "b.example" else "Allow: /"
            return reply(200, content=f"User-agent: *\n{rule}")
        return reply(302, headers={"Location": "https://b.example/"})

    with pytest.raises(RobotsError):
        polite_web(SimulatedTime(), answer).get("https://a.example/", LIMITS)


def test_redirect_on_the_same_host_waits_for_its_turn() -> None:
    time = SimulatedTime()

    def answer(request: Request) -> Response:
        if path_of(request) == "/old":
            return reply(301, headers={"Location": "/new"})
        return reply(404 if path_of(request) == "/robots.txt" else 200)

    polite_web(time, answer).get("https://a.example/old", LIMITS)
    assert time.slept == [2, 2]


def test_silent_robots_means_nothing_is_asked() -> None:
    seen: list[str] = []

    def answer(request: Request) -> Response:
        seen.append(path_of(request))
        return reply(500)

    with pytest.raises(FetchError, match=r"robots\.txt cannot be read now"):
        polite_web(SimulatedTime(), answer).get("https://a.example/", LIMITS)
    assert seen == ["/robots.txt"]
