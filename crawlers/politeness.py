"""One request at a time for each host, with a pause after it, and only what robots.txt and the host itself allow.

Clock and sleep come in, so that weeks of behaviour can be tried in a second.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct, field

from crawlers.access import Access
from crawlers.clock import Clock
from crawlers.fetch import NO_VALIDATORS, Client, Fetched, Limits, NotModified
from crawlers.hosts import HeldError, Hosts
from crawlers.reading import Readers
from crawlers.robots import RobotsCache, RobotsError, may_fetch
from crawlers.urls import host_of
from db.errors import FetchError
from db.records import Validators

if TYPE_CHECKING:
    from crawlers.kinds import newsletter

PAUSE_FACTOR = 2.0  # a server is left alone at least this many times as long as it took to answer
MAX_OWN_PAUSE_SECONDS = 60.0  # though an answer that took minutes does not make a pass wait for hours

Result = TypeVar("Result")


class _Host(Struct):
    lock: threading.Lock = field(default_factory=threading.Lock)
    ended: float | None = None  # when the last request ended
    took: float = 0.0  # how long its answer took


class _Turn(Struct):
    """Held during one request to a host."""

    host: _Host
    pause_seconds: float
    clock: Clock
    began: float = 0.0

    def __enter__(self) -> None:
        host, clock = self.host, self.clock
        host.lock.acquire()
        try:
            now = clock.monotonic()
            if host.ended is not None and (left := host.ended + self._pause() - now) > 0:
                clock.sleep(left)
                now = clock.monotonic()
        except BaseException:
            host.lock.release()
            raise
        self.began = now

    def __exit__(self, *exc_info: object) -> None:
        host = self.host
        host.ended = self.clock.monotonic()
        host.took = host.ended - self.began
        host.lock.release()

    def _pause(self) -> float:
        own = min(PAUSE_FACTOR * self.host.took, MAX_OWN_PAUSE_SECONDS)
        return max(self.pause_seconds, own) if self.pause_seconds else 0.0


class HostGate:
    """Lets one request at a time through to each host, and the next only after the pause; shared by all threads."""

    def __init__(self, clock: Clock, seconds_since: Callable[[str], float | None] = lambda host: None) -> None:
        self._clock = clock
        self._seconds_since = seconds_since  # how long ago an earlier process asked this host
        self._hosts: dict[str, _Host] = {}

    def turn(self, host: str, pause_seconds: float) -> AbstractContextManager[None]:
        """Held during one request to this host; begins after the pause since the end of the one before.

        The pause is `pause_seconds`, or longer where the last answer took long; 0 means none at all.
        """
        known = self._hosts.get(host) or self._hosts.setdefault(host, self._met(host))
        return _Turn(known, pause_seconds, self._clock)

    def _met(self, host: str) -> _Host:
        passed = self._seconds_since(host)
        return _Host(ended=None if passed is None else self._clock.monotonic() - passed)


class _Shared(Struct):
    """An address that several sources read, and what it answered in this pass."""

    conditional: bool  # they all know the same of it
    lock: threading.Lock = field(default_factory=threading.Lock)
    answer: Fetched | NotModified | FetchError | None = None


class PoliteWeb:
    """The web as a poll sees it: each request, redirects included, asks robots.txt and waits for its turn.

    Shared by all threads of a pass.
    """

    def __init__(
        self,
        client: Client,
        clock: Clock,
        *,
        pause_seconds: float,
        readers: Readers | None = None,
        hosts: Hosts | None = None,
        access: Access | None = None,
    ) -> None:
        self.access = access or Access()
        self._client = client
        self._readers = readers
        self._hosts = hosts or Hosts(clock.moment, client.user_agent)
        client.on_exchange = self._hosts.note
        self._gate = HostGate(clock, self._hosts.seconds_since)
        self._pause_seconds = pause_seconds
        self._robots = RobotsCache(self._ask_robots, self._hosts, clock.now)
        self._shared: dict[str, _Shared] = {}

    def share(self, addresses: Mapping[str, bool]) -> None:
        """Each of these addresses is asked once and everyone gets the answer; only with True for what changed."""
        self._shared = {url: _Shared(conditional) for url, conditional in addresses.items()}

    def get(
        self, url: str, limits: Limits, validators: Validators = NO_VALIDATORS, *, token: str | None = None
    ) -> Fetched | NotModified:
        """The page, or NotModified; RobotsError where the site forbids it, FetchError where there is none."""
        if token is not None or (shared := self._shared.get(url)) is None:
            return self._fetch(url, limits, validators, token)
        with shared.lock:
            if shared.answer is None:
                shared.answer = self._answer(url, limits, validators if shared.conditional else NO_VALIDATORS)
        if isinstance(shared.answer, FetchError):
            raise shared.answer
        return shared.answer

    def _answer(self, url: str, limits: Limits, validators: Validators) -> Fetched | NotModified | FetchError:
        try:
            return self._fetch(url, limits, validators)
        except FetchError as error:
            return error

    def _fetch(
        self, url: str, limits: Limits, validators: Validators, token: str | None = None
    ) -> Fetched | NotModified:
        try:
            return self._client.fetch(url, validators, limits=limits, enter=self._enter, token=token)
        except HeldError as error:
            if host_of(error.url) == host_of(url):
                raise
            # It was asked, and leads to a host that wants to be left alone.
            wait = error.retry_after_seconds
            raise FetchError(error.message, url=error.url, retry_after_seconds=wait, timed_out=True) from None

    def leads_to(self, url: str, limits: Limits) -> str:
        """Where the redirects of an address end; what stands there is not loaded, and need not answer."""
        last = url

        @contextmanager
        def enter(hop: str) -> Iterator[None]:
            nonlocal last
            last = hop
            with self._enter(hop):
                yield

        try:
            self._client.fetch(url, limits=limits, enter=enter, body=False)
        except FetchError:
            if last == url:
                raise
        return last

    def letters(
        self, url: str, options: newsletter.Options, limits: Limits, validators: Validators, today: date
    ) -> Fetched | NotModified:
        """What came into a mailbox, one reader at a time."""
        with self._gate.turn(url, 0):
            return self.access.letters(url, options, limits, validators, today)

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

    def expect(self, pages: int) -> None:
        """So many pages are likely to be read."""
        if self._readers is not None:
            self._readers.expect(pages)

    def parse(self, read: Callable[[], Result]) -> Result:
        """What reading a page gives, done where the pass has its pages read."""
        return read() if self._readers is None else self._readers.read(read)

    def _ask_robots(self, address: str, validators: Validators) -> Fetched | NotModified:
        return self._client.fetch(address, validators, enter=self._enter_unasked)

    def _enter(self, url: str) -> AbstractContextManager[None]:
        self._hosts.check(url)
        rules = self._robots.rules(url)
        if not may_fetch(rules, url):
            self._hosts.keep_back(url)
            raise RobotsError("robots.txt asks us not to fetch this page", url=url)
        self._hosts.check(url)  # once more: it may have said so when it was asked for robots.txt
        return self._gate.turn(host_of(url), max(self._pause_seconds, rules.crawl_delay))

    def _enter_unasked(self, url: str) -> AbstractContextManager[None]:
        self._hosts.check(url)
        return self._gate.turn(host_of(url), self._pause_seconds)
