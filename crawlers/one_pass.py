"""A pass over sources that are due: hosts side by side, each poll saved whole, articles saved as they come.

    one_pass ─→ lanes ─→ poll (in threads or elsewhere: batches)  asks the web and reads pages
      ├─→ walk ─→ backfill             one poll under way, its older pages
      ├─→ saving                       the polls that have ended, in one transaction
      ├─→ articles                     the pages behind its items
      └─→ tally                        what came of it all

Threads ask the web and read pages; the thread that calls `make_pass` alone touches the database. A source that fails is
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

from msgspec.structs import replace

from crawlers.answers import Answer, Failure, Reading, Same, Visit
from crawlers.articles import Articles
from crawlers.batches import Elsewhere, Here, Way, Workers
from crawlers.clock import Clock
from crawlers.comeback import wants_truth
from crawlers.crawl import Plan
from crawlers.fetch import Client, Limits, user_agent
from crawlers.hosts import Hosts
from crawlers.kinds import Listing
from crawlers.lanes import Job, Lanes
from crawlers.messages import Transport
from crawlers.politeness import PoliteWeb
from crawlers.poll import read_older_page, read_or_search
from crawlers.reading import Readers
from crawlers.saving import Saver
from crawlers.schedule import again_at, next_polls, was_broken_off
from crawlers.sources import Source
from crawlers.stopping import Stop
from crawlers.tally import CrawlSummary, Tally
from crawlers.tls import legacy_hosts, with_legacy_hosts
from crawlers.urls import host_of
from crawlers.walk import Walk
from crawlers.ways import shared_addresses
from db.connect import explain, file_of, transaction
from db.health import source_memories
from db.hosts import robots_files, save_host_news
from db.records import Moment, Poll, PollState
from db.sources import save_begun, save_poll_state

_MOST_TOGETHER = 16  # polls of one transaction: little enough to hold no lock for long
_SAVE_BEHIND_SECONDS = 0.5  # that a poll which has ended waits for others
_INDEX_BEHIND_SECONDS = 5.0
LOST = "the process that asked ended before it could answer"


def make_pass(
    conn: sqlite3.Connection,
    plan: Plan,
    tally: Tally,
    *,
    connect: Callable[[], Transport],
    clock: Clock,
    stop: Stop | None,
    workers: Workers | None,
    readers: Readers | None,
) -> CrawlSummary:
    """What the plan says has been done."""
    politeness = plan.politeness
    limits = Limits(politeness.connect_timeout_seconds, politeness.timeout_seconds, politeness.max_bytes)
    agent, old = user_agent(politeness.contact), legacy_hosts(plan.wanted)
    with (
        Client(with_legacy_hosts(connect(), old), agent, limits, now=clock.now) as client,
        _threads(politeness.max_hosts_at_once) as visiting,
        closing(readers or Readers()) as reading,
    ):
        # Somebody who asks for a poll has perhaps just mended what kept us from asking.
        robots = robots_files(conn, readable_alone=plan.request.forced)
        hosts = Hosts(clock.moment, agent, hosts=plan.hosts, robots=robots)
        packing: Here | Elsewhere
        if workers is None:
            pause = politeness.pause_seconds
            web = PoliteWeb(client, clock, pause_seconds=pause, readers=reading, hosts=hosts, access=plan.access)
            executor, at_once, packing = visiting, politeness.max_hosts_at_once, Here(web)
        else:
            way = Way(workers.connect, agent, limits, politeness.pause_seconds, plan.access, old)
            packing = Elsewhere(way, hosts)
            executor, at_once = workers.executor, workers.at_once
        lanes = Lanes(
            executor,
            at_once,
            stop=stop,
            waiting=lambda: one_pass.glance(),
            beginning=lambda: one_pass.beginning(),
            packing=packing,
        )
        saver = Saver(conn, politeness, clock, hosts)
        one_pass = _Pass(packing, lanes, tally, saver, articles=plan.request.articles)
        return one_pass.run(plan)


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
        self._unanswered: list[tuple[PollState, PollState]] = []  # states of sources before and after their poll

    def run(self, plan: Plan) -> CrawlSummary:
        began, now, due, states = self._clock.monotonic(), self._clock.moment(), plan.due, plan.states
        hosts = self._saver.hosts
        self._packing.share(shared_addresses((source, states.get(source.id)) for source in due))
        # What never gave a page has none that may turn out not to have changed.
        self._packing.expect(sum(source.id not in states or states[source.id].body_hash is None for source in due))
        broken_off = (
            source for source in plan.wanted if source.id in states and was_broken_off(states[source.id], now)
        )
        hosts.presume_asked(host_of(source.url) for source in broken_off)
        due_ids = {source.id for source in due}
        self._memories = source_memories(self._conn, due_ids)
        for source in due:
            self._together.setdefault(source.url, []).append(source.id)
        self._tally.total = len(due)
        due_at = next_polls(plan.wanted, states, plan.politeness)
        for source in plan.wanted:
            state = states.get(source.id, PollState(source.id))
            if source.id in due_ids:
                self._add_poll(source, state, plan.request.since)
            else:
                self._tally.leave(due_at.get(source.url))
                self._articles.add(source, state, lost=LOST, read=False)  # that an earlier pass did not come to
        self._lanes.run()
        self._save()
        self._come_back_soon()
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

    def _come_back_soon(self) -> None:
        """Where no server at all was reached, nobody was asked: no source has failed, and none waits its whole time."""
        if self._saver.hosts.nobody_reached:
            now = self._clock.now()
            with transaction(self._conn):
                for before, after in self._unanswered:
                    due = again_at(now, after.next_poll_at or now, after.failures)
                    save_poll_state(
                        self._conn, replace(after, begun=before.begun, strikes=before.strikes, next_poll_at=due)
                    )

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
                if poll.state is not None and poll.outcome == "failed" and poll.http_status is None:
                    self._unanswered.append((walk.before, poll.state))
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
