"""A pass over the sources: who is due, hosts side by side, each poll saved whole, articles saved as they come.

    crawl ─→ lanes ─→ poll (in threads or elsewhere: batches)     asks the web and reads pages
      ├─→ walk ─→ backfill          one poll under way, its older pages
      ├─→ saving                    the polls that have ended, in one transaction
      ├─→ articles                  the pages behind its items
      └─→ tally                     what came of it all

Threads ask the web and read pages; the thread that calls `crawl` alone touches the database. A source that fails is
recorded and the others go on; whatever is outside the family of errors is a bug and is raised, after the others were
served.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import date, timedelta
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from crawlers.access import Access
from crawlers.answers import Answer, Failure, Reading, Same, Visit
from crawlers.articles import Articles
from crawlers.batches import Elsewhere, Here, Way, Workers
from crawlers.clock_change import mend_waits
from crawlers.comeback import wants_truth
from crawlers.fetch import Client, Limits, user_agent
from crawlers.hosts import Hosts
from crawlers.kinds import Listing
from crawlers.known import mark_all
from crawlers.lanes import Job, Lanes
from crawlers.messages import Transport
from crawlers.politeness import Clock, PoliteWeb
from crawlers.poll import read_older_page, read_or_search
from crawlers.reading import Readers
from crawlers.repair import overridden
from crawlers.saving import Saver
from crawlers.schedule import due_sources, wanted_sources, was_broken_off
from crawlers.sources import Source, SourceFile
from crawlers.stopping import Stop
from crawlers.tally import CrawlEvent, CrawlProgress, CrawlSummary, Tally
from crawlers.tls import legacy_hosts, with_legacy_hosts
from crawlers.urls import host_of
from crawlers.walk import Walk
from crawlers.ways import shared_addresses
from db.connect import explain, file_of, refusals, transaction
from db.health import overrides, source_memories
from db.hosts import host_memories, robots_files, save_host_news
from db.records import Moment, Poll, PollState
from db.sources import poll_states, regions_stand, register_sources, save_begun, save_poll_state

_MOST_TOGETHER = 16  # polls of one transaction: little enough to hold no lock for long
_SAVE_BEHIND_SECONDS = 0.5  # that a poll which has ended waits for others
_INDEX_BEHIND_SECONDS = 5.0
LOST = "the process that asked ended before it could answer"


class CrawlRequest(Struct, frozen=True):
    """What a pass is asked to do; by itself it polls every enabled source that is due."""

    only: tuple[str, ...] = ()  # these sources alone, due or not, switched off or not
    all_: bool = False  # those that are not due, too
    since: date | None = None  # read on through older pages to this day; those that are not due, too
    articles: bool = True  # read the page behind each item that lacks a summary or a day; else only those without a day


def crawl(
    conn: sqlite3.Connection,
    loaded: SourceFile,
    request: CrawlRequest,
    *,
    transport: Transport,
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
    politeness = loaded.politeness
    limits = Limits(politeness.connect_timeout_seconds, politeness.timeout_seconds, politeness.max_bytes)
    agent, old = user_agent(politeness.contact), legacy_hosts(wanted)
    transport = with_legacy_hosts(transport, old)
    with refusals(file_of(conn)), Client(transport, agent, limits, now=clock.now) as client:
        mark_all(conn)
        _register(conn, loaded)
        mend_waits(conn, clock.moment())
        taken = overrides(conn)
        wanted = tuple(overridden(source, taken.get(source.id)) for source in wanted)
        access = (access or Access()).narrowed(wanted)
        lacking = {source.id: access.lacking(source) for source in wanted}
        usable = tuple(source for source in wanted if lacking[source.id] is None)
        off = tuple(f"{name} (${variable} is not set)" for name, variable in lacking.items() if variable is not None)
        with _threads(politeness.max_hosts_at_once) as visiting, closing(readers or Readers()) as reading:
            hosts = Hosts(clock.moment, agent, hosts=host_memories(conn), robots=robots_files(conn))
            packing: Here | Elsewhere
            if workers is None:
                pause = politeness.pause_seconds
                web = PoliteWeb(client, clock, pause_seconds=pause, readers=reading, hosts=hosts, access=access)
                executor, at_once, packing = visiting, politeness.max_hosts_at_once, Here(web)
            else:
                way = Way(workers.connect, agent, limits, politeness.pause_seconds, access, old)
                packing = Elsewhere(way, hosts)
                executor, at_once = workers.executor, workers.at_once
            tally, saver = Tally(on_event, on_progress), Saver(conn, politeness, clock, hosts)
            lanes = Lanes(
                executor,
                at_once,
                stop=stop,
                waiting=lambda: one_pass.glance(),
                beginning=lambda: one_pass.beginning(),
                packing=packing,
            )
            one_pass = _Pass(packing, lanes, tally, saver, articles=request.articles)
            return replace(one_pass.run(usable, request), off=off)


def _register(conn: sqlite3.Connection, loaded: SourceFile) -> None:
    mark = loaded.regions_mark()
    regions = None if regions_stand(conn, mark) else loaded.regions()
    register_sources(conn, (source.row() for source in loaded.sources), regions, mark=mark)


@contextmanager
def _threads(number: int) -> Iterator[Executor]:
    executor = ThreadPoolExecutor(number, thread_name_prefix="crawl")
    try:
        yield executor
    finally:
        executor.shutdown(wait=False, cancel_futures=True)  # what is still under way after an error is not waited for


class _Pass:
    """One pass, in the thread that owns the database."""

    def __init__(self, packing: Here | Elsewhere, lanes: Lanes, tally: Tally, saver: Saver, *, articles: bool) -> None:
        self._conn = saver.conn
        self._clock = saver.clock
        self._packing = packing
        self._lanes = lanes
        self._tally = tally
        self._saver = saver
        self._articles = Articles(saver.conn, saver.politeness, saver.clock, lanes, tally, all_=articles)
        self._begun: list[tuple[str, Moment]] = []  # sources whose polls begin now
        self._memories: dict[str, str] = {}  # what the good pages of sources that are still to be polled look like
        self._together: dict[str, list[str]] = {}  # address → the sources that are due there
        self._ended: list[tuple[Walk, Answer]] = []  # polls that are to be saved
        self._ended_since = 0.0

    def run(self, wanted: Sequence[Source], request: CrawlRequest) -> CrawlSummary:
        began, now = self._clock.monotonic(), self._clock.moment()
        states, hosts, politeness = poll_states(self._conn), self._saver.hosts, self._saver.politeness
        forced = bool(request.only) or request.all_ or request.since is not None
        due = wanted if forced else due_sources(wanted, states, now, politeness, held=hosts.held())
        self._packing.share(shared_addresses((source, states.get(source.id)) for source in due))
        # What never gave a page has none that may turn out not to have changed.
        self._packing.expect(sum(source.id not in states or states[source.id].body_hash is None for source in due))
        broken_off = (source for source in wanted if source.id in states and was_broken_off(states[source.id], now))
        hosts.presume_asked(host_of(source.url) for source in broken_off)
        due_ids = {source.id for source in due}
        self._memories = source_memories(self._conn, due_ids)
        for source in due:
            self._together.setdefault(source.url, []).append(source.id)
        self._tally.total = len(due)
        for source in wanted:
            state = states.get(source.id, PollState(source.id))
            if source.id in due_ids:
                self._add_poll(source, state, request.since)
            else:
                self._tally.leave(state.next_poll_at)
                self._articles.add(source, state, lost=LOST, read=False)  # that an earlier pass did not come to
        self._lanes.run()
        self._save()
        save_host_news(self._conn, hosts.take_news())
        self._index()
        if self._tally.fault is not None:
            raise self._tally.fault
        return self._tally.summary(self._clock.monotonic() - began)

    def _add_poll(self, source: Source, state: PollState, since: date | None) -> None:
        now = self._clock.now()
        whole = wants_truth(state, now)
        visit = Visit(source, state, self._saver.politeness, now.date(), since is not None, whole=whole)
        walk = Walk(visit, state, since, started_at=now, started=self._clock.monotonic())
        self._lanes.add(
            Job(
                host_of(source.url),
                partial(self._start, walk),
                partial(self._first_page, walk),
                partial(self._broken_poll, walk),
                lost=partial(self._first_page, walk, Failure("failed", LOST)),
                unstarted=partial(self._unstarted, walk),
            )
        )

    @contextmanager
    def beginning(self) -> Iterator[None]:
        """What begins meanwhile is noted together, before anything of it is asked."""
        yield
        begun, self._begun = self._begun, []
        save_begun(self._conn, begun)

    def _start(self, walk: Walk) -> Callable[[PoliteWeb], Answer]:
        begun, visit = self._clock.moment(), walk.visit
        walk.started_at, walk.started = begun.at, begun.uptime
        memory = self._memories.pop(visit.source.id, None)
        walk.visit = replace(visit, state=replace(visit.state, begun=begun), memory=memory)
        # The address is asked for all of them: if the others' polls are lost, it is still too soon to ask again.
        self._begun += [(source_id, begun) for source_id in self._together[visit.source.url]]
        self._tally.begin(visit.source.id, walk.started)
        return partial(read_or_search, walk.visit)

    def _unstarted(self, walk: Walk) -> None:
        """Nothing was asked, so that the source is as due as before."""
        save_poll_state(self._conn, walk.before)
        self._tally.give_back(walk.visit.source.id)

    def _first_page(self, walk: Walk, answer: Answer) -> None:
        walk.answer = answer
        if isinstance(answer, Reading):
            self._follow(walk, answer.rung, walk.set_out(self._conn, answer))
        elif isinstance(answer, Failure) and answer.held:
            self._put_off(walk, answer)
        else:
            self._finish(walk, answer)

    def _put_off(self, walk: Walk, answer: Failure) -> None:
        """Nothing was asked, because the host wants to be left alone: the source is due when it no longer does."""
        due = self._clock.now() + timedelta(seconds=answer.retry_after_seconds or 0)
        with transaction(self._conn):
            save_poll_state(self._conn, replace(walk.before, next_poll_at=due))
        self._tally.put_off(walk.visit.source.id, answer.error)

    def _older_page(self, walk: Walk, rung: int, url: str, answer: Listing | Failure) -> None:
        if isinstance(answer, Listing):
            self._follow(walk, rung, walk.go_on(self._conn, rung, url, answer))
        else:
            walk.break_off(answer)
            self._finish(walk, walk.answer)

    def _follow(self, walk: Walk, rung: int, url: str | None) -> None:
        """The next older page is asked for; without one the poll has ended."""
        if url is None:
            self._finish(walk, walk.answer)
            return
        assert isinstance(walk.answer, Reading)
        # To a day it is read even then: from the page of one year, the next link leads to another one.
        first = walk.answer.body_hash if walk.since is None else None
        gone = partial(self._older_page, walk, rung, url, Failure("failed", LOST))
        work = partial(read_older_page, walk.visit, rung=rung, url=url, first=first)
        self._lanes.add(
            first=True,
            job=Job(
                host_of(url),
                lambda: work,
                partial(self._older_page, walk, rung, url),
                partial(self._broken_poll, walk),
                continues=True,
                lost=gone,
                unstarted=gone,
            ),
        )

    def _broken_poll(self, walk: Walk, error: Exception) -> None:
        self._finish(walk, Failure("failed", self._tally.break_down(error)))

    def _refused(self, error: Exception) -> str:
        """Why a poll could not be saved, as by a full disk; it is raised once the others were served."""
        sentence = self._tally.break_down(error)
        if not isinstance(error, sqlite3.DatabaseError):
            return sentence
        return f"what it answered could not be saved: {explain(error, file_of(self._conn))} ({error})"

    def _finish(self, walk: Walk, answer: Answer | None) -> None:
        """The poll is going to be saved with those that end at the same time."""
        assert answer is not None
        if not self._ended:
            self._ended_since = self._clock.monotonic()
        self._ended.append((walk, answer))

    def glance(self) -> None:
        """What ended is saved and its articles wait to be read; whoever watches knows how far the pass is."""
        waited = self._clock.monotonic() - self._ended_since
        if len(self._ended) >= _MOST_TOGETHER or waited >= _SAVE_BEHIND_SECONDS or self._lanes.idle:
            self._save()
        self._index(behind=_INDEX_BEHIND_SECONDS)
        self._tally.tell(self._clock.monotonic())

    def _index(self, *, behind: float = 0.0) -> None:
        try:
            self._saver.index(behind=behind)
        except sqlite3.DatabaseError as error:  # what was saved is safe, and is indexed when there is room for it
            self._tally.break_down(error)

    def _save(self) -> None:
        while self._ended:
            ended, self._ended = self._ended[:_MOST_TOGETHER], self._ended[_MOST_TOGETHER:]
            for (walk, answer), poll in zip(ended, self._saved(ended), strict=True):
                self._tally.poll(poll, walk.note)
                if poll.error is None and poll.state is not None:
                    self._articles.add(walk.visit.source, poll.state, lost=LOST, read=not isinstance(answer, Same))

    def _saved(self, ended: Sequence[tuple[Walk, Answer]]) -> list[Poll]:
        """The polls as they are saved: together, or else each by itself, or else that it could not be."""
        if not ended:
            return []
        try:
            return self._saver.save(ended)
        except Exception as error:  # raised at once only where not even that can be saved
            if len(ended) > 1:
                return [poll for one in ended for poll in self._saved([one])]
            ((walk, answer),) = ended
            return self._saver.save([(walk, Failure("failed", self._refused(error), answer.status))])
