"""One request at a time for each host, with a pause after it, and only what robots.txt allows.

Clock and sleep come in, so that weeks of behaviour can be tried in a second.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from crawlers.fetch import NO_VALIDATORS, Client, Fetched, Limits, NotModified
from crawlers.robots import RobotsCache, RobotsError, crawl_delay, may_fetch
from crawlers.urls import host_of
from db.records import Validators

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Clock:
    """The time of day for what is recorded, a clock that never jumps for pauses, and a way to wait."""

    now: Callable[[], datetime]  # aware, UTC
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]


def system_clock() -> Clock:
    """The clock of this machine."""
    return Clock(now=lambda: datetime.now(UTC), monotonic=time.monotonic, sleep=time.sleep)


@dataclass(slots=True)
class _Turn:
    lock: threading.Lock = field(default_factory=threading.Lock)
    ended: float | None = None  # when the last request ended


class HostGate:
    """Lets one request at a time through to each host, and the next only after the pause; shared by all threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._turns: dict[str, _Turn] = {}

    @contextmanager
    def turn(self, host: str, pause_seconds: float) -> Iterator[None]:
        """Held during one request to this host; begins `pause_seconds` after the end of the one before."""
        turn = self._turns.setdefault(host, _Turn())
        with turn.lock:
            if turn.ended is not None and (left := turn.ended + pause_seconds - self._clock.monotonic()) > 0:
                self._clock.sleep(left)
            try:
                yield
            finally:
                turn.ended = self._clock.monotonic()


class PoliteWeb:
    """The web as a poll sees it: each request, redirects included, asks robots.txt and waits for its turn.

    Shared by all threads of a pass.
    """

    def __init__(self, client: Client, clock: Clock, *, pause_seconds: float, parsing: Executor | None = None) -> None:
        self._client = client
        self._parsing = parsing
        self._gate = HostGate(clock)
        self._pause_seconds = pause_seconds
        self._robots = RobotsCache(lambda url: client.fetch(url, enter=self._enter_unasked))

    def get(self, url: str, limits: Limits, validators: Validators = NO_VALIDATORS) -> Fetched | NotModified:
        """The page, or NotModified; RobotsError where the site forbids it, FetchError where there is none."""
        return self._client.fetch(url, validators, limits=limits, enter=self._enter)

    def rendered(self, url: str, limits: Limits) -> Fetched:
        """The page after its scripts have run; what they ask for is bound by robots.txt and to the page's own site."""
        from crawlers.render import render, same_site

        page = self.get(url, limits)
        assert isinstance(page, Fetched)  # nothing conditional was asked

        @contextmanager
        def enter(hop: str) -> Iterator[None]:
            if not same_site(hop, page.url) or not may_fetch(self._robots.rules(hop), hop):
                raise RobotsError("not asked for a script of another site", url=hop)
            yield

        def part(address: str) -> Fetched:
            found = self._client.fetch(address, limits=limits, enter=enter)
            assert isinstance(found, Fetched)
            return found

        return render(page, part, limits)

    def parse(self, read: Callable[[], Result]) -> Result:
        """What reading a page gives, done in the executor that the pass keeps for it."""
        return read() if self._parsing is None else self._parsing.submit(read).result()

    @contextmanager
    def _enter(self, url: str) -> Iterator[None]:
        rules = self._robots.rules(url)
        if not may_fetch(rules, url):
            raise RobotsError("robots.txt asks us not to fetch this page", url=url)
        with self._gate.turn(host_of(url), max(self._pause_seconds, crawl_delay(rules))):
            yield

    @contextmanager
    def _enter_unasked(self, url: str) -> Iterator[None]:
        with self._gate.turn(host_of(url), self._pause_seconds):
            yield
