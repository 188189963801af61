"""A pass over the sources: who is due, hosts side by side, each poll saved whole, articles saved as they come.

Threads ask the web and read pages; the thread that calls `crawl` alone touches the database. A source that fails is
recorded and the others go on; whatever is outside the family of errors is a bug and is raised, after the others were
served.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Literal

import httpx

from crawlers.access import Access
from crawlers.backfill import Trail, begin_trail, reaches
from crawlers.batches import Elsewhere, Here, Way, Workers
from crawlers.changes import distinct
from crawlers.clock_change import mend_waits
from crawlers.comeback import come_back, wants_truth
from crawlers.enrich import ArticleFailure, ArticleVisit, read_article_page, summary_of
from crawlers.events import with_events
from crawlers.fetch import Client, Limits, user_agent
from crawlers.guardian import memory_from_json, memory_to_json, remember
from crawlers.held import FEWEST, why_held
from crawlers.hosts import Hosts
from crawlers.kinds import Listing
from crawlers.known import mark_all, what_is_new
from crawlers.lanes import Job, Lanes
from crawlers.moved import moved_proposal
from crawlers.pace import Pace, pace_of
from crawlers.politeness import Clock, PoliteWeb
from crawlers.poll import (
    MAX_PAGES_SINCE,
    Answer,
    Failure,
    Reading,
    Same,
    Visit,
    fingerprint,
    limits_for,
    memory_for,
    next_state,
    outcome_of,
    read_older_page,
    settled_rung,
    shared_addresses,
    wants_older,
)
from crawlers.reading import Readers
from crawlers.remedies import read_or_search
from crawlers.repair import overridden
from crawlers.schedule import FAILURES, due_sources, interval, longest_interval, wanted_sources, was_broken_off
from crawlers.sources import Politeness, Source, SourceFile
from crawlers.stopping import Stop
from crawlers.tls import with_legacy_hosts
from crawlers.urls import host_of, words_of
from db.backfills import BackfillPage
from db.connect import file_of, refusals, transaction
from db.health import (
    KeptPage,
    keep_page,
    last_doubt,
    overrides,
    save_memory,
    save_proposal,
    source_memories,
    waiting_proposal,
)
from db.held import poll_history
from db.hosts import host_memories, robots_files, save_host_news
from db.items import publishing_days, save_article, save_article_failure, save_poll, unread_articles
from db.records import Article, Changes, ParsedItem, Poll, PollOutcome, PollState
from db.sources import poll_states, register_sources, save_begun, save_poll_state
from db.tasks import save_tasks

PAST_THE_END = frozenset({400, 404, 410})  # how sites answer for a page after the last one; WordPress's REST says 400
ARTICLES_PER_PASS = 200  # of one source; the rest waits for the next pass
LOST = "the process that asked ended before it could answer"
MAX_SILENCES = 3  # article pages of a host without an answer, one after the other, then it is left alone for this pass


@dataclass(frozen=True, slots=True)
class CrawlRequest:
    """What a pass is asked to do; by itself it polls every enabled source that is due."""

    only: tuple[str, ...] = ()  # these sources alone, due or not, switched off or not
    all_: bool = False  # those that are not due, too
    since: date | None = None  # read on through older pages to this day; those that are not due, too


@dataclass(frozen=True, slots=True)
class CrawlEvent:
    """Something that has been done and saved: a poll, one article page, or a poll put off for a host that asked so."""

    kind: Literal["poll", "article", "held"]
    source_id: str
    outcome: PollOutcome | None = None  # this one and the next four: of a poll
    http_status: int | None = None
    items_seen: int = 0
    items_new: int = 0
    seconds: float = 0.0
    url: str | None = None  # of an article
    done: int = 0  # articles of this source read or failed so far, of `total`
    total: int = 0
    error: str | None = None  # why it did not work
    note: str | None = None  # what should be known although it worked


@dataclass(frozen=True, slots=True)
class CrawlProgress:
    """How far a pass is at this moment."""

    done: int  # sources polled, of `total`
    total: int
    items_new: int
    asking: tuple[tuple[str, float], ...] = ()  # sources under way with their seconds so far, the slowest first


@dataclass(frozen=True, slots=True)
class CrawlSummary:
    """What came of a pass."""

    outcomes: Mapping[PollOutcome, int]  # how many polls ended so
    failed: tuple[str, ...]  # ids of the sources whose poll did not work
    not_due: int
    next_due_at: datetime | None  # of the sources that were not due, the soonest
    items_new: int
    articles_read: int
    articles_failed: int
    articles_left: int  # for the next pass, because their host does not answer now
    seconds: float
    off: tuple[str, ...] = ()  # sources that cannot be asked without a token, and which one
    unpolled: int = 0  # sources that were due and wait for the next pass, because this one was told to stop


def crawl(
    conn: sqlite3.Connection,
    loaded: SourceFile,
    request: CrawlRequest,
    *,
    transport: httpx.BaseTransport,
    clock: Clock,
    on_event: Callable[[CrawlEvent], None] = lambda event: None,
    on_progress: Callable[[CrawlProgress], None] = lambda progress: None,
    stop: Stop | None = None,
    workers: Workers | None = None,
    access: Access | None = None,
) -> CrawlSummary:
    """Every source that was asked for and is due has been polled, and unread articles have been read.

    With `workers` these ask the web, a host each at a time, and this process only saves; else its own threads do. A
    source whose worker died counts as failed, for nobody knows what it was asked. Told to stop, it begins nothing more;
    a poll that does not end in time is given up and nothing of it is saved.
    SourceError for an unknown id, StoreError when the database refuses; a source that fails only shows in its poll.
    """
    wanted = wanted_sources(loaded, request.only)
    politeness = loaded.politeness
    limits = Limits(politeness.connect_timeout_seconds, politeness.timeout_seconds, politeness.max_bytes)
    agent, transport = user_agent(politeness.contact), with_legacy_hosts(transport, wanted)
    with refusals(file_of(conn)), Client(transport, agent, limits, now=clock.now) as client:
        mark_all(conn)
        register_sources(conn, (source.row() for source in loaded.sources), loaded.regions())
        mend_waits(conn, clock.moment())
        taken = overrides(conn)
        wanted = tuple(overridden(source, taken.get(source.id)) for source in wanted)
        access = (access or Access()).narrowed(wanted)
        lacking = {source.id: access.lacking(source) for source in wanted}
        usable = tuple(source for source in wanted if lacking[source.id] is None)
        off = tuple(f"{name} (${variable} is not set)" for name, variable in lacking.items() if variable is not None)
        with _threads(politeness.max_hosts_at_once) as visiting, closing(Readers()) as readers:
            hosts = Hosts(clock.moment, agent, hosts=host_memories(conn), robots=robots_files(conn))
            packing: Here | Elsewhere
            if workers is None:
                pause = politeness.pause_seconds
                web = PoliteWeb(client, clock, pause_seconds=pause, readers=readers, hosts=hosts, access=access)
                executor, at_once, packing = visiting, politeness.max_hosts_at_once, Here(web)
            else:
                packing = Elsewhere(Way(workers.connect, agent, limits, politeness.pause_seconds, access), hosts)
                executor, at_once = workers.executor, workers.at_once
            lanes = Lanes(executor, at_once, stop=stop, waiting=lambda: under_way.tell(), packing=packing)
            under_way = _Pass(conn, politeness, clock, packing, hosts, lanes, on_event, on_progress)
            return replace(under_way.run(usable, request), off=off)


@contextmanager
def _threads(number: int) -> Iterator[Executor]:
    executor = ThreadPoolExecutor(number, thread_name_prefix="crawl")
    try:
        yield executor
    finally:
        executor.shutdown(wait=False, cancel_futures=True)  # what is still under way after an error is not waited for


@dataclass(slots=True)
class _Walk:
    """A poll under way: its first page, and the older ones so far."""

    visit: Visit
    before: PollState  # as it was until this poll began
    since: date | None
    started_at: datetime
    started: float
    answer: Answer | None = None
    items: list[ParsedItem] = field(default_factory=list)
    read: set[str] = field(default_factory=set)  # addresses of the pages
    pages: int = 0
    stale: int = 0  # pages in a row that held nothing that this poll had not met
    note: str | None = None
    trail: Trail | None = None  # of a walk back to a day
    complete: bool = True  # nothing is left for another walk to go on with


@dataclass(slots=True)
class _Progress:
    total: int
    done: int = 0


@dataclass(slots=True)
class _Tally:
    outcomes: Counter[PollOutcome] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    not_due: int = 0
    next_due_at: datetime | None = None
    items_new: int = 0
    articles_read: int = 0
    articles_failed: int = 0
    articles_left: int = 0


class _Pass:
    """One pass, in the thread that owns the database."""

    def __init__(
        self,
        conn: sqlite3.Connection,
        politeness: Politeness,
        clock: Clock,
        packing: Here | Elsewhere,
        hosts: Hosts,
        lanes: Lanes,
        on_event: Callable[[CrawlEvent], None],
        on_progress: Callable[[CrawlProgress], None],
    ) -> None:
        self._conn = conn
        self._politeness = politeness
        self._clock = clock
        self._packing = packing
        self._hosts = hosts
        self._lanes = lanes
        self._on_event = on_event
        self._on_progress = on_progress
        self._total = 0
        self._together: dict[str, list[str]] = {}  # address → the sources that are due there
        self._asking: dict[str, float] = {}  # sources under way, and since when
        self._memories = source_memories(conn)
        self._tally = _Tally()
        self._silences: Counter[str] = Counter()
        self._bug: Exception | None = None

    def run(self, wanted: Sequence[Source], request: CrawlRequest) -> CrawlSummary:
        began, now = self._clock.monotonic(), self._clock.moment()
        states = poll_states(self._conn)
        forced = bool(request.only) or request.all_ or request.since is not None
        due = wanted if forced else due_sources(wanted, states, now, self._politeness, held=self._hosts.held())
        self._packing.share(shared_addresses((source, states.get(source.id)) for source in due))
        broken_off = (source for source in wanted if source.id in states and was_broken_off(states[source.id], now))
        self._hosts.presume_asked(host_of(source.url) for source in broken_off)
        due_ids = {source.id for source in due}
        for source in due:
            self._together.setdefault(source.url, []).append(source.id)
        self._total = len(due)
        for source in wanted:
            state = states.get(source.id, PollState(source.id))
            if source.id in due_ids:
                self._add_poll(source, state, request.since)
            else:
                self._leave(source, state)
        self._lanes.run()
        save_host_news(self._conn, self._hosts.take_news())
        if self._bug is not None:
            raise self._bug
        return self._summary(self._clock.monotonic() - began)

    def tell(self) -> None:
        """Whoever watches knows how far the pass is."""
        now = self._clock.monotonic()
        asking = sorted(((source_id, now - since) for source_id, since in self._asking.items()), key=lambda of: -of[1])
        polled = sum(self._tally.outcomes.values())
        self._on_progress(CrawlProgress(polled, self._total, self._tally.items_new, tuple(asking)))

    def _leave(self, source: Source, state: PollState) -> None:
        """The source is not polled, but the articles that an earlier pass did not come to are read."""
        self._tally.not_due += 1
        soonest = self._tally.next_due_at
        if state.next_poll_at is not None and (soonest is None or state.next_poll_at < soonest):
            self._tally.next_due_at = state.next_poll_at
        self._add_articles(source, state)

    def _add_poll(self, source: Source, state: PollState, since: date | None) -> None:
        now = self._clock.now()
        kept = self._memories.get(source.id)
        memory = None if kept is None else memory_from_json(kept)
        whole = wants_truth(state, now)
        visit = Visit(source, state, self._politeness, now.date(), since is not None, memory, whole)
        walk = _Walk(visit, state, since, started_at=now, started=self._clock.monotonic())
        self._lanes.add(
            Job(
                host_of(source.url),
                partial(read_or_search, visit),
                partial(self._first_page, walk),
                partial(self._broken_poll, walk),
                starting=partial(self._start, walk),
                lost=partial(self._first_page, walk, Failure("failed", LOST)),
                unstarted=partial(self._unstarted, walk),
            )
        )

    def _start(self, walk: _Walk) -> None:
        begun, visit = self._clock.moment(), walk.visit
        walk.started_at, walk.started = begun.at, begun.uptime
        walk.visit = replace(visit, state=replace(visit.state, begun=begun))
        # The address is asked for all of them: if the others' polls are lost, it is still too soon to ask again.
        for source_id in self._together[visit.source.url]:
            save_begun(self._conn, source_id, begun)
        self._asking[walk.visit.source.id] = walk.started

    def _unstarted(self, walk: _Walk) -> None:
        """Nothing was asked, so that the source is as due as before."""
        save_poll_state(self._conn, walk.before)
        self._asking.pop(walk.visit.source.id, None)

    def _first_page(self, walk: _Walk, answer: Answer) -> None:
        walk.answer = answer
        if isinstance(answer, Reading):
            walk.read |= {answer.asked_url, answer.page_url}
            if walk.since is not None:
                source = walk.visit.source
                walk.trail = begin_trail(self._conn, source, fingerprint(source.rungs[answer.rung]))
            self._page_came(walk, answer.rung, answer.asked_url, answer.listing)
        elif isinstance(answer, Failure) and answer.held:
            self._put_off(walk, answer)
        else:
            self._finish(walk, answer)

    def _put_off(self, walk: _Walk, answer: Failure) -> None:
        """Nothing was asked, because the host wants to be left alone: the source is due when it no longer does."""
        due = self._clock.now() + timedelta(seconds=answer.retry_after_seconds or 0)
        with transaction(self._conn):
            save_poll_state(self._conn, replace(walk.before, next_poll_at=due))
        self._asking.pop(walk.visit.source.id, None)
        self._total -= 1
        self._tally.not_due += 1
        self._on_event(CrawlEvent("held", walk.visit.source.id, note=answer.error))

    def _older_page(self, walk: _Walk, rung: int, url: str, answer: Listing | Failure) -> None:
        if isinstance(answer, Listing):
            self._page_came(walk, rung, url, answer)
            return
        if answer.status not in PAST_THE_END:
            walk.note = f"older pages could not be read: {answer.error}"
            walk.complete = walk.trail is None or walk.trail.place is not None  # an open gap is walked anew
        self._finish(walk, walk.answer)

    def _page_came(self, walk: _Walk, rung: int, url: str, listing: Listing) -> None:
        """The page's items belong to the poll, and the next older page is asked for if it may hold more."""
        met = {item.canonical_url for item in walk.items}
        fresh = any(item.canonical_url not in met for item in listing.items)
        # Asked only where it decides something: it costs as much as saving the poll does.
        known = (listing.next_url is not None or walk.trail is not None) and self._knows(walk.visit.source, listing)
        walk.items += listing.items
        walk.pages += 1
        walk.stale = 0 if fresh else walk.stale + 1
        options = walk.visit.source.rungs[rung].parsed_options()
        # The page of a year may begin with what the newest page had, and hold no more than that.
        older = (fresh or (walk.since is not None and walk.stale == 1)) and wants_older(
            listing, read=walk.read, known=known, pages=walk.pages, max_pages=options.max_pages, since=walk.since
        )
        next_url = listing.next_url if older else None
        if walk.trail is not None and walk.since is not None:
            walk.trail.waiting += listing.items
            next_url = self._further(walk, walk.trail, url, next_url, known=known, passed=reaches(listing, walk.since))
        if next_url is None:
            self._finish(walk, walk.answer)
            return
        walk.read.add(next_url)
        self._lanes.add(
            first=True,
            job=Job(
                host_of(next_url),
                partial(read_older_page, walk.visit, rung=rung, url=next_url),
                partial(self._older_page, walk, rung, next_url),
                partial(self._broken_poll, walk),
                continues=True,
                lost=partial(self._older_page, walk, rung, next_url, Failure("failed", LOST)),
                unstarted=partial(self._older_page, walk, rung, next_url, Failure("failed", LOST)),
            ),
        )

    def _further(
        self, walk: _Walk, trail: Trail, url: str, next_url: str | None, *, known: bool, passed: bool
    ) -> str | None:
        """Where a walk to a day goes on; how far it has come is saved."""
        assert isinstance(walk.answer, Reading)
        if walk.pages >= MAX_PAGES_SINCE and not passed:
            walk.complete = trail.place is not None
            walk.note = f"{walk.pages} pages were read; the same command goes on from there"
            return None
        next_url = trail.following(next_url, known=known, passed=passed)
        if next_url is None:
            walk.complete = trail.place is None  # else an earlier walk, to an earlier day, may still go on
        else:
            state = next_state(walk.visit, walk.answer, walk.visit.state.next_poll_at)
            trail.keep(self._conn, BackfillPage(url, next_url), state, walk.started_at)
        return next_url

    def _knows(self, source: Source, listing: Listing) -> bool:
        """Whether the page reaches back to what was known: an item of this source, or nothing but items of others."""
        changes = what_is_new(self._conn, source, distinct(listing.items))
        return changes.own_met or not changes.new

    def _broken_poll(self, walk: _Walk, error: Exception) -> None:
        self._bug = self._bug or error
        self._finish(walk, Failure("failed", f"a fault of ours: {type(error).__name__}: {error}"))

    def _finish(self, walk: _Walk, answer: Answer | None) -> None:
        """The poll is saved, and the articles of what it found wait to be read."""
        assert answer is not None
        source, items = walk.visit.source, () if isinstance(answer, Failure) else distinct(walk.items)
        with transaction(self._conn):
            changes = with_events(what_is_new(self._conn, source, items), source, walk.visit.today)
            poll = self._poll(walk, answer, items, changes)
            if walk.trail is not None and walk.complete and not isinstance(answer, Failure):
                walk.trail.end(self._conn)
            save_poll(self._conn, poll, changes, language=source.language, country=source.country)
            self._guard(walk.visit, answer)
            self._propose_move(source, poll, items)
            if isinstance(answer, Reading) and answer.listing.partial:
                save_tasks(self._conn, source.id, answer.listing.tasks, news=bool(items), now=walk.started_at)
            save_host_news(self._conn, self._hosts.take_news())
        self._tell_poll(walk, poll)
        if not isinstance(answer, Failure) and poll.state is not None:
            self._add_articles(source, poll.state)

    def _guard(self, visit: Visit, answer: Answer) -> None:
        """What a good page looks like is remembered; what failed or is doubtful is kept, with the repair proposed."""
        if isinstance(answer, Same):
            return
        if isinstance(answer, Reading) and answer.doubt is None:
            way = fingerprint(visit.source.rungs[answer.rung])
            if (memory := remember(memory_for(visit, answer.rung), answer.look, way)) is not None:
                save_memory(self._conn, visit.source.id, memory_to_json(memory))
        elif answer.page is not None:
            page = KeptPage(answer.page.url, answer.page.body, answer.page.content_type)
            keep_page(self._conn, visit.source.id, page, now=self._clock.now())
        if answer.proposal is not None:
            save_proposal(self._conn, visit.source.id, answer.proposal, now=self._clock.now())

    def _propose_move(self, source: Source, poll: Poll, items: Sequence[ParsedItem]) -> None:
        """A new address waits for a yes, unless another repair does."""
        proposal = None if poll.state is None or poll.error else moved_proposal(source, poll.state, items)
        if proposal is not None and waiting_proposal(self._conn, source.id) is None:
            save_proposal(self._conn, source.id, proposal, now=self._clock.now())

    def _poll(self, walk: _Walk, answer: Answer, items: Sequence[ParsedItem], changes: Changes) -> Poll:
        now, source = self._clock.now(), walk.visit.source
        items_new = len(changes.new) + (walk.trail.items_new if walk.trail is not None and items else 0)
        outcome = outcome_of(answer, items, items_new)
        if isinstance(answer, Failure) and answer.retry_after_seconds:
            self._hosts.hold(host_of(source.url), answer.retry_after_seconds, f"answered {answer.status}")
        new = [item for item, _ in changes.new]
        partial = isinstance(answer, Reading) and answer.listing.partial
        held = None if partial else self._why_held(walk, new, len(items), now)
        pace = self._pace(source, new, now)
        # Told by the state before this poll, because that knows when the server was asked last.
        state = come_back(replace(walk.visit, state=walk.before), answer, outcome, new, pace=pace, now=now)
        assert state.next_poll_at is not None
        return Poll(
            source.id,
            walk.started_at,
            outcome,
            duration_ms=round((self._clock.monotonic() - walk.started) * 1000),
            next_poll_at=state.next_poll_at,
            http_status=answer.status,
            items_seen=len(items),
            items_new=items_new,
            error=answer.error if isinstance(answer, Failure) else None,
            state=replace(state, begun=walk.visit.state.begun),
            doubt=last_doubt(self._conn, source.id) if isinstance(answer, Same) else answer.doubt,
            held=held,
        )

    def _why_held(self, walk: _Walk, new: Sequence[ParsedItem], seen: int, now: datetime) -> str | None:
        """Why the new items wait for a look; what was asked for by a day never does."""
        if walk.since is not None or len(new) < FEWEST:
            return None
        source_id = walk.visit.source.id
        held = why_held(poll_history(self._conn, source_id), new, seen, now)
        if held is not None:
            walk.note = f"{held}; they are held aside: `convenor sources release {source_id}`"
        return held

    def _pace(self, source: Source, new: Sequence[ParsedItem], now: datetime) -> Pace:
        days = [item.published.on or f"{now:%Y-%m-%d}" for item in new]
        return pace_of(
            [*publishing_days(self._conn, source.id), *days],
            now.date(),
            at_most=interval(source, self._politeness),
            at_least=longest_interval(source, self._politeness),
        )

    def _tell_poll(self, walk: _Walk, poll: Poll) -> None:
        self._asking.pop(poll.source_id, None)
        self._tally.outcomes[poll.outcome] += 1
        self._tally.items_new += poll.items_new
        if poll.outcome in FAILURES:
            self._tally.failed.append(poll.source_id)
        self._on_event(
            CrawlEvent(
                "poll",
                poll.source_id,
                outcome=poll.outcome,
                http_status=poll.http_status,
                items_seen=poll.items_seen,
                items_new=poll.items_new,
                seconds=poll.duration_ms / 1000,
                error=poll.error,
                note=walk.note,
            )
        )

    def _add_articles(self, source: Source, state: PollState) -> None:
        options = source.rungs[settled_rung(source, state) or 0].parsed_options()
        if options.articles == "none":
            return
        limits, today = limits_for(options, self._politeness), self._clock.now().date()
        missing_only = options.articles == "missing"
        unread = unread_articles(self._conn, source.id, limit=ARTICLES_PER_PASS, missing_only=missing_only)
        progress = _Progress(len(unread))
        for article in unread:
            visit = ArticleVisit(source, options, article, limits, today)
            self._lanes.add(
                Job(
                    host_of(article.url),
                    partial(read_article_page, visit),
                    partial(self._article, visit, progress),
                    partial(self._broken_article, visit, progress),
                    optional=True,
                    lost=partial(self._article, visit, progress, ArticleFailure(LOST, busy=True)),
                )
            )

    def _article(self, visit: ArticleVisit, progress: _Progress, answer: Article | ArticleFailure) -> None:
        item_id, host = visit.article.item_id, host_of(visit.article.url)
        if isinstance(answer, Article):
            save_article(
                self._conn,
                item_id,
                answer,
                now=self._clock.now(),
                summary=summary_of(answer.text),
                stopgap_title=words_of(visit.article.url),
            )
            self._tell_article(visit, progress, None)
        else:
            if not answer.busy:
                save_article_failure(self._conn, item_id, answer.error)
            self._tell_article(visit, progress, answer.error)
        silent = isinstance(answer, ArticleFailure) and answer.no_answer
        self._silences[host] = self._silences[host] + 1 if silent else 0
        if self._silences[host] >= MAX_SILENCES or (isinstance(answer, ArticleFailure) and answer.busy):
            self._tally.articles_left += self._lanes.drop_optional(host)

    def _broken_article(self, visit: ArticleVisit, progress: _Progress, error: Exception) -> None:
        self._bug = self._bug or error
        sentence = f"a fault of ours: {type(error).__name__}: {error}"
        save_article_failure(self._conn, visit.article.item_id, sentence)
        self._tell_article(visit, progress, sentence)

    def _tell_article(self, visit: ArticleVisit, progress: _Progress, error: str | None) -> None:
        progress.done += 1
        self._tally.articles_read += error is None
        self._tally.articles_failed += error is not None
        self._on_event(
            CrawlEvent(
                "article",
                visit.source.id,
                url=visit.article.url,
                done=progress.done,
                total=progress.total,
                error=error,
            )
        )

    def _summary(self, seconds: float) -> CrawlSummary:
        tally = self._tally
        return CrawlSummary(
            dict(tally.outcomes),
            tuple(tally.failed),
            tally.not_due,
            tally.next_due_at,
            tally.items_new,
            tally.articles_read,
            tally.articles_failed,
            tally.articles_left,
            seconds,
            unpolled=self._total - sum(tally.outcomes.values()),
        )
