"""A pass over the sources: who is due is known first, so that what asks and reads is loaded where there is work for it.

A machine that looks every hour seldom finds any.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from crawlers.access import Access
from crawlers.clock import Clock
from crawlers.clock_change import mend_waits
from crawlers.hosts import held_hosts
from crawlers.schedule import due_sources, next_polls, wanted_sources
from crawlers.sources import Politeness, Source, SourceFile
from crawlers.stopping import Stop
from crawlers.tally import CrawlEvent, CrawlProgress, CrawlSummary, Tally
from crawlers.unread import UnreadArticles
from db.connect import file_of, refusals
from db.health import overrides
from db.hosts import HostMemory, host_memories
from db.identities import unmarked_items
from db.progress import waiting_for_index
from db.records import PollState
from db.sources import poll_states, regions_stand, register_sources

if TYPE_CHECKING:
    from crawlers.batches import Workers
    from crawlers.messages import Transport
    from crawlers.reading import Readers


class CrawlRequest(Struct, frozen=True):
    """What a pass is asked to do; by itself it polls every enabled source that is due."""

    only: tuple[str, ...] = ()  # these sources alone, due or not, switched off or not
    all_: bool = False  # those that are not due, too
    since: date | None = None  # read on through older pages to this day; those that are not due, too
    articles: bool = True  # read the page behind each item that lacks a summary or a day; else only those without a day

    @property
    def forced(self) -> bool:
        """Whether it polls sources that are not due."""
        return bool(self.only) or self.all_ or self.since is not None


class Plan(Struct, frozen=True):
    """Who is polled in a pass, and what is known before anybody is."""

    request: CrawlRequest
    politeness: Politeness
    wanted: tuple[Source, ...]  # those that are not due, too
    due: tuple[Source, ...]
    states: Mapping[str, PollState]  # of those that were ever polled
    hosts: Mapping[str, HostMemory]
    access: Access


def crawl(
    conn: sqlite3.Connection,
    loaded: SourceFile,
    request: CrawlRequest,
    *,
    connect: Callable[[], Transport],
    clock: Clock,
    on_event: Callable[[CrawlEvent], None] = lambda event: None,
    on_progress: Callable[[CrawlProgress], None] = lambda progress: None,
    stop: Stop | None = None,
    workers: Workers | None = None,
    access: Access | None = None,
    readers: Readers | None = None,
) -> CrawlSummary:
    """Every source that was asked for and is due has been polled, and the articles that wait and are wanted were read.

    With `workers` these ask the web, a host each at a time, and this process only saves; else its own threads do, and
    have pages read by `readers`, which are closed then. A source whose worker died counts as failed, for nobody knows
    what it was asked. Told to stop, it begins nothing more; a poll that does not end in time is given up and nothing of
    it is saved.
    SourceError for an unknown id, StoreError when the database refuses; a source that fails only shows in its poll.
    """
    wanted = wanted_sources(loaded, request.only)
    with refusals(file_of(conn)):
        _mark_all(conn)
        _register(conn, loaded)
        mend_waits(conn, clock.moment())
        wanted = _overridden(conn, wanted)
        access = (access or Access()).narrowed(wanted)
        lacking = {source.id: access.lacking(source) for source in wanted}
        usable = tuple(source for source in wanted if lacking[source.id] is None)
        off = tuple(f"{name} (${variable} is not set)" for name, variable in lacking.items() if variable is not None)
        plan = _planned(conn, usable, request, loaded.politeness, clock, access)
        tally = Tally(on_event, on_progress)
        summary = _nothing_to_do(conn, plan, tally, clock)
        if summary is None:
            from crawlers.one_pass import make_pass

            summary = make_pass(
                conn, plan, tally, connect=connect, clock=clock, stop=stop, workers=workers, readers=readers
            )
        return replace(summary, off=off)


def _mark_all(conn: sqlite3.Connection) -> None:
    if unmarked_items(conn, limit=1):
        from crawlers.known import mark_all

        mark_all(conn)


def _register(conn: sqlite3.Connection, loaded: SourceFile) -> None:
    mark = loaded.regions_mark()
    regions = None if regions_stand(conn, mark) else loaded.regions()
    register_sources(conn, (source.row() for source in loaded.sources), regions, mark=mark)


def _overridden(conn: sqlite3.Connection, wanted: tuple[Source, ...]) -> tuple[Source, ...]:
    taken = overrides(conn)
    if not taken:
        return wanted
    from crawlers.repair import overridden

    return tuple(overridden(source, taken.get(source.id)) for source in wanted)


def _planned(
    conn: sqlite3.Connection,
    wanted: tuple[Source, ...],
    request: CrawlRequest,
    politeness: Politeness,
    clock: Clock,
    access: Access,
) -> Plan:
    states, hosts, now = poll_states(conn), host_memories(conn), clock.moment()
    due = wanted if request.forced else due_sources(wanted, states, now, politeness, held=held_hosts(hosts, now))
    return Plan(request, politeness, wanted, due, states, hosts, access)


def _nothing_to_do(conn: sqlite3.Connection, plan: Plan, tally: Tally, clock: Clock) -> CrawlSummary | None:
    """The summary of a pass that has nobody to ask; None where it has."""
    began = clock.monotonic()
    if plan.due or waiting_for_index(conn):
        return None
    articles = UnreadArticles(conn, all_=plan.request.articles)
    unread = [articles.of(source, plan.states.get(source.id), read=False) for source in plan.wanted]
    if any(one.wanted for one in unread):
        return None
    due_at = next_polls(plan.wanted, plan.states, plan.politeness)
    for source, one in zip(plan.wanted, unread, strict=True):
        tally.leave(due_at.get(source.url))
        tally.articles_waiting += one.left
    return tally.summary(clock.monotonic() - began)
