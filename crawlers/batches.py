"""The work of one host as a batch that any executor may do: in a thread, in another process, on another machine.

A batch is a function of its inputs alone: what to ask, what is known of the host, how to connect. It touches no
database; what it learned comes back with its answers, and the one writer saves it. A batch is all of a host's work, so
that politeness holds wherever it is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor
from functools import partial
from typing import Any

from msgspec import Struct, field

from crawlers.access import Access
from crawlers.clock import system_clock
from crawlers.fetch import Client, Limits
from crawlers.hosts import Hosts
from crawlers.messages import Transport
from crawlers.politeness import PoliteWeb
from crawlers.tls import with_legacy_hosts
from crawlers.urls import host_of
from db.hosts import HostMemory, HostNews, RobotsFile

Work = Callable[[PoliteWeb], Any]


class Way(Struct, frozen=True):
    """How a batch reaches the web."""

    connect: Callable[[], Transport]
    user_agent: str
    limits: Limits
    pause_seconds: float
    access: Access = field(default_factory=Access)
    legacy_hosts: frozenset[str] = frozenset()  # may be asked over an old TLS


class Workers(Struct, frozen=True):
    """Who does batches, how many at once, and how they connect; all of it goes to other processes."""

    executor: Executor
    at_once: int
    connect: Callable[[], Transport]


class Batch(Struct, frozen=True):
    """What to ask of one host, with all that is needed to ask it politely."""

    works: tuple[Work, ...]
    way: Way
    hosts: Mapping[str, HostMemory]
    robots: Mapping[str, RobotsFile]
    shared: Mapping[str, bool]  # addresses that several sources read


class Done(Struct, frozen=True):
    """What came of each piece of work, an exception where it raised one, and what was learned of servers."""

    outcomes: tuple[Any, ...]
    news: HostNews


def do_batch(batch: Batch) -> Done:
    """The work has been done, one piece after the other."""
    clock, way = system_clock(), batch.way
    hosts = Hosts(clock.moment, way.user_agent, hosts=batch.hosts, robots=batch.robots)
    transport = with_legacy_hosts(way.connect(), way.legacy_hosts)
    with Client(transport, way.user_agent, way.limits, now=clock.now) as client:
        web = PoliteWeb(client, clock, pause_seconds=way.pause_seconds, hosts=hosts, access=way.access)
        web.share(batch.shared)
        return Done(tuple(_outcome(work, web) for work in batch.works), hosts.take_news())


def _outcome(work: Work, web: PoliteWeb) -> Any:
    try:
        return work(web)
    except Exception as error:  # one bug does not take the answers of the others with it
        return error


class Here:
    """Work is done in a thread of this process, piece by piece, over the one web of the pass."""

    together = 1

    def __init__(self, web: PoliteWeb) -> None:
        self._web = web

    def share(self, addresses: Mapping[str, bool]) -> None:
        """As for the web: each of these addresses is asked once for all that read it."""
        self._web.share(addresses)

    def expect(self, pages: int) -> None:
        """So many pages are likely to be read."""
        self._web.expect(pages)

    def packed(self, lane: str, works: Sequence[Work]) -> Callable[[], Any]:
        return partial(works[0], self._web)

    def unpacked(self, result: Any) -> Sequence[Any]:
        return (result,)

    def is_loss(self, error: BaseException) -> bool:
        return False


class Elsewhere:
    """Work is done in batches by processes that may die."""

    together = 200

    def __init__(self, way: Way, hosts: Hosts) -> None:
        self._way = way
        self._hosts = hosts
        self._shared: Mapping[str, bool] = {}

    def share(self, addresses: Mapping[str, bool]) -> None:
        """As for the web: each of these addresses is asked once for all that read it."""
        self._shared = addresses

    def expect(self, pages: int) -> None:
        """Nothing is done: pages are read by the workers that ask for them."""

    def packed(self, lane: str, works: Sequence[Work]) -> Callable[[], Done]:
        """Only what belongs to the host goes along."""
        hosts, robots = self._hosts.known_of(lane)
        shared = {url: same for url, same in self._shared.items() if host_of(url) == lane}
        return partial(do_batch, Batch(tuple(works), self._way, hosts, robots, shared))

    def unpacked(self, result: Done) -> Sequence[Any]:
        self._hosts.learn(result.news)
        return result.outcomes

    def is_loss(self, error: BaseException) -> bool:
        """Whether the process is gone that did the work, so that nobody knows how far it came."""
        return isinstance(error, BrokenExecutor) or type(error).__module__.startswith("distributed")
