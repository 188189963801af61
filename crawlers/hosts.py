"""What is known of the servers that a pass meets, and what it learns: holds, the newest request, the day's sums.

Shared by all threads of a pass; nothing here touches a database. What was learned is taken away by `take_news` and
saved with the next poll.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from crawlers.schedule import elapsed
from crawlers.urls import host_of
from db.errors import FetchError
from db.hosts import Hold, HostDay, HostMemory, HostNews, RobotsFile, days_of
from db.records import Moment

if TYPE_CHECKING:
    from crawlers.fetch import Exchange

SLOW_DOWN_SECONDS = 3600  # how long a server is left alone that asks us to come less often, but not how long
_REFUSING = frozenset({401, 403, 429, 503})


class HeldError(FetchError):
    """The server asked us to stay away, and the time is not over: nothing was sent."""


class Hosts:
    """The servers of a pass, by host name and port."""

    def __init__(
        self,
        moment: Callable[[], Moment],
        user_agent: str = "",
        *,
        hosts: Mapping[str, HostMemory] | None = None,
        robots: Mapping[str, RobotsFile] | None = None,
    ) -> None:
        self._moment = moment
        self._user_agent = user_agent
        self._known = dict(hosts or {})
        self._robots = dict(robots or {})
        self._reached: bool | None = None
        self._lock = threading.Lock()
        self._changed: set[str] = set()
        self._days: dict[tuple[str, str], HostDay] = {}
        self._changed_robots: set[str] = set()

    def note(self, exchange: Exchange) -> None:
        """A request was made: it counts, and the server is left alone where it asked for that."""
        now, host = self._moment(), host_of(exchange.url)
        with self._lock:
            self._reached = self._reached or not exchange.nowhere
            _count(self._day(host, now), exchange)
            known = self._known.get(host)
            self._remember(host, HostMemory(now, self._user_agent, None if known is None else known.hold))
        if (wait := _wait_of(exchange)) is not None:
            self.hold(host, wait, f"answered {exchange.status}")

    @property
    def nobody_reached(self) -> bool:
        """Whether there was no way to any server that was asked: this machine itself is not connected, most likely."""
        return self._reached is False

    def hold(self, host: str, seconds: int, why: str) -> None:
        """The server is left alone for so long; a longer wait that it asked for before still holds."""
        now = self._moment()
        with self._lock:
            known = self._memory(host, now)
            if seconds > 0 and (known.hold is None or left_of(known.hold, now) < timedelta(seconds=seconds)):
                self._remember(host, replace(known, hold=Hold(now, seconds, why)))

    def keep_back(self, url: str) -> None:
        """A request was not sent, because robots.txt forbids it."""
        with self._lock:
            self._day(host_of(url), self._moment()).kept_back += 1

    def check(self, url: str) -> None:
        """HeldError while the server wants to be left alone."""
        known = self._known.get(host_of(url))
        if known is None or known.hold is None:
            return
        now = self._moment()
        if (left := left_of(known.hold, now)) <= timedelta():
            return
        until = now.at + left
        sentence = f"{host_of(url)} {known.hold.why} and asked us to stay away until {until:%Y-%m-%d %H:%M} UTC"
        raise HeldError(sentence, url=url, retry_after_seconds=max(int(left.total_seconds()), 1))

    def held(self) -> dict[str, timedelta]:
        """The servers that want to be left alone now, and for how long still."""
        return held_hosts(self._known, self._moment())

    def seconds_since(self, host: str) -> float | None:
        """How long ago a request to this server ended that an earlier process made; None: long ago or never."""
        known = self._known.get(host)
        passed = None if known is None else elapsed(known.asked, self._moment()).total_seconds()
        return None if passed is None or passed > 3600 else max(passed, 0.0)

    def presume_asked(self, hosts: Iterable[str]) -> None:
        """These servers may just have been asked by a process that had no time to note it."""
        now = self._moment()
        with self._lock:
            self._known.update((host, replace(self._memory(host, now), asked=now)) for host in hosts)

    def robots(self, address: str) -> RobotsFile | None:
        """What this robots.txt said last."""
        return self._robots.get(address)

    def save_robots(self, address: str, file: RobotsFile, *, lasting: bool = True) -> None:
        """This is what the robots.txt says from now on, or for this pass alone."""
        with self._lock:
            self._robots[address] = file
            if lasting:
                self._changed_robots.add(address)

    def take_news(self) -> HostNews:
        """What was learned since the last time; it is told once."""
        with self._lock:
            hosts = {host: self._known[host] for host in self._changed}
            robots = {address: self._robots[address] for address in self._changed_robots}
            news = HostNews(hosts, self._days, robots)
            self._changed, self._days, self._changed_robots = set(), {}, set()
        return news

    def give_back(self, news: HostNews) -> None:
        """This news could not be saved and is told with the next."""
        with self._lock:
            self._changed |= news.hosts.keys()
            self._changed_robots |= news.robots.keys()
            self._add_days(news)

    def known_of(self, host: str) -> tuple[dict[str, HostMemory], dict[str, RobotsFile]]:
        """What is known of this server alone."""
        with self._lock:
            hosts = {host: self._known[host]} if host in self._known else {}
            robots = {address: file for address, file in self._robots.items() if host_of(address) == host}
        return hosts, robots

    def learn(self, news: HostNews) -> None:
        """What a batch elsewhere learned is known here."""
        with self._lock:
            self._reached = True  # as far as this machine can tell
            for host, memory in news.hosts.items():
                self._remember(host, memory)
            self._robots.update(news.robots)
            self._changed_robots |= news.robots.keys()
            self._add_days(news)

    def _add_days(self, news: HostNews) -> None:
        for key, day in news.days.items():
            self._days[key] = days_of([("", self._days.get(key, HostDay())), ("", day)])

    def _memory(self, host: str, now: Moment) -> HostMemory:
        return self._known.get(host) or HostMemory(now, self._user_agent)

    def _remember(self, host: str, memory: HostMemory) -> None:
        self._known[host] = memory
        self._changed.add(host)

    def _day(self, host: str, now: Moment) -> HostDay:
        return self._days.setdefault((host, now.at.date().isoformat()), HostDay())


def left_of(hold: Hold, now: Moment) -> timedelta:
    """How much of the wait is left, never more than all of it."""
    wait = timedelta(seconds=hold.seconds)
    return min(wait - elapsed(hold.told, now), wait)


def held_hosts(hosts: Mapping[str, HostMemory], now: Moment) -> dict[str, timedelta]:
    """The servers that want to be left alone now, and for how long still."""
    waits = {host: left_of(known.hold, now) for host, known in hosts.items() if known.hold is not None}
    return {host: left for host, left in waits.items() if left > timedelta()}


def _wait_of(exchange: Exchange) -> int | None:
    if exchange.status == 429 and exchange.retry_after_seconds is None:
        return SLOW_DOWN_SECONDS
    return exchange.retry_after_seconds


def _count(day: HostDay, exchange: Exchange) -> None:
    status = exchange.status
    day.requests += 1
    day.robots_requests += exchange.url.endswith("/robots.txt")
    day.conditional += exchange.conditional
    day.not_modified += status == 304
    day.bytes += exchange.wire_bytes
    day.refused += status in _REFUSING
    day.failed += status is None or (status >= 400 and status not in _REFUSING)
