"""Polls that have ended are saved: their items, their rows, the states of their sources, and what guards these then.

Those that ended together are saved in one transaction, in the thread that owns the database. The index of words follows
some seconds behind, for it is several times cheaper to fill with many items at once: what it lacks is known from the
database, so that the next pass takes it up where one was killed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from crawlers.answers import Answer, Failure, Reading, Same, Visit, outcome_of
from crawlers.clock import Clock
from crawlers.comeback import come_back
from crawlers.entries import distinct
from crawlers.events import with_events
from crawlers.held import FEWEST, why_held
from crawlers.hosts import Hosts
from crawlers.known import what_is_new
from crawlers.moved import moved_proposal
from crawlers.pace import Pace, pace_of
from crawlers.schedule import interval, longest_interval
from crawlers.sources import Politeness, Source
from crawlers.urls import host_of
from crawlers.walk import Walk
from db.connect import transaction
from db.health import KeptPage, keep_page, last_doubts, save_memories, save_proposal, waiting_proposal
from db.held import poll_history
from db.hosts import save_host_news
from db.items import NO_CHANGES, publishing_days, save_changes, save_poll, save_polls
from db.progress import waiting_for_index
from db.records import Changes, ParsedItem, Poll, Words
from db.search.put import index_newest
from db.tasks import save_tasks

_MANY = 1_000  # items whose words wait for the index
_LOOK_SECONDS = 0.2  # between two looks at how many words wait, while a pass goes on


class _Together(Struct):
    """What is read and saved for some polls at once, because that costs less than one by one."""

    days: Mapping[str, Sequence[str]]  # on which each source published what is stored of it
    doubts: Mapping[str, str]  # of the polls before
    polls: list[Poll] = field(default_factory=list)  # that no other row refers to
    words: list[Words | None] = field(default_factory=list)  # of new items, for the index


class Saver(Struct):
    """Saves the polls of one pass."""

    conn: sqlite3.Connection
    politeness: Politeness
    clock: Clock
    hosts: Hosts
    _indexed: float = 0.0  # when the index last had all words
    _looked: float = float("-inf")  # when it was last asked what it lacks

    def save(self, ended: Sequence[tuple[Walk, Answer]]) -> list[Poll]:
        """The polls as they are saved, with their items and all that their answers tell of their sources."""
        ids = [walk.visit.source.id for walk, _ in ended]
        with self._all_or_nothing():
            together = _Together(publishing_days(self.conn, ids), last_doubts(self.conn, ids))
            save_memories(self.conn, dict(_memories(ended)))
            saved = [self._save(walk, answer, together) for walk, answer in ended]
            save_polls(self.conn, together.polls)
            index_newest(self.conn, together.words)
        return saved

    def index(self, *, behind: float = 0.0) -> None:
        """The index has all words, if it lacked those of many items or was so many seconds behind."""
        now = self.clock.monotonic()
        if now - self._looked < min(behind, _LOOK_SECONDS):
            return
        self._looked, waiting = now, waiting_for_index(self.conn)
        if not waiting or (waiting < _MANY and now - self._indexed < behind):
            return
        from db.search.items import index_everything  # its tables of letters take longer to load than many a pass

        self._indexed = now
        index_everything(self.conn)

    def _save(self, walk: Walk, answer: Answer, together: _Together) -> Poll:
        """The poll with its items is saved but for what is saved together."""
        source, entries = walk.visit.source, () if isinstance(answer, Failure) else distinct(walk.entries)
        changes = with_events(what_is_new(self.conn, source, entries), source, walk.visit.today)
        items = [entry.item for entry in entries]
        poll = self._poll(walk, answer, items, changes, together)
        if walk.trail is not None and walk.complete and not isinstance(answer, Failure):
            walk.trail.end(self.conn)
        if poll.held is None and not changes.changed:
            together.polls.append(poll)
            if changes != NO_CHANGES:
                save_changes(
                    self.conn,
                    source.id,
                    changes,
                    now=poll.started_at,
                    language=source.language,
                    country=source.country,
                )
        else:
            save_poll(self.conn, poll, changes, language=source.language, country=source.country)
        together.words += changes.words
        self._guard(walk.visit, answer)
        self._propose_move(source, poll, items)
        if isinstance(answer, Reading) and answer.listing.partial:
            save_tasks(self.conn, source.id, answer.listing.tasks, news=bool(items), now=walk.started_at)
        return poll

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        """What is written meanwhile is saved with what was learned of servers, or that waits for the next poll."""
        news = None
        try:
            with transaction(self.conn):
                yield
                news = self.hosts.take_news()
                save_host_news(self.conn, news)
        except BaseException:
            if news is not None:
                self.hosts.give_back(news)
            raise

    def _guard(self, visit: Visit, answer: Answer) -> None:
        """A page that failed, is doubtful or empty is kept, a repair proposed."""
        if isinstance(answer, Same):
            return
        if not _is_good(answer) and answer.page is not None:
            page = KeptPage(answer.page.url, answer.page.body, answer.page.content_type)
            keep_page(self.conn, visit.source.id, page, now=self.clock.now())
        if answer.proposal is not None:
            save_proposal(self.conn, visit.source.id, answer.proposal, now=self.clock.now())

    def _propose_move(self, source: Source, poll: Poll, items: Sequence[ParsedItem]) -> None:
        """A new address waits for a yes, unless another repair does."""
        proposal = None if poll.state is None or poll.error else moved_proposal(source, poll.state, items)
        if proposal is not None and waiting_proposal(self.conn, source.id) is None:
            save_proposal(self.conn, source.id, proposal, now=self.clock.now())

    def _poll(
        self, walk: Walk, answer: Answer, items: Sequence[ParsedItem], changes: Changes, together: _Together
    ) -> Poll:
        now, source = self.clock.now(), walk.visit.source
        items_new = len(changes.new) + (walk.trail.items_new if walk.trail is not None and items else 0)
        outcome = outcome_of(answer, items, items_new)
        if isinstance(answer, Failure) and answer.retry_after_seconds:
            self.hosts.hold(host_of(source.url), answer.retry_after_seconds, f"answered {answer.status}")
        new = [item for item, _ in changes.new]
        partial = isinstance(answer, Reading) and answer.listing.partial
        held = None if partial else self._why_held(walk, new, len(items), now)
        pace = self._pace(source, together.days[source.id], new, now)
        # Told by the state before this poll, because that knows when the server was asked last.
        state = come_back(replace(walk.visit, state=walk.before), answer, outcome, new, pace=pace, now=now)
        assert state.next_poll_at is not None
        return Poll(
            source.id,
            walk.started_at,
            outcome,
            duration_ms=round((self.clock.monotonic() - walk.started) * 1000),
            next_poll_at=state.next_poll_at,
            http_status=answer.status,
            items_seen=len(items),
            items_new=items_new,
            error=answer.error if isinstance(answer, Failure) else None,
            state=replace(state, begun=walk.visit.state.begun),
            doubt=together.doubts.get(source.id) if isinstance(answer, Same) else answer.doubt,
            held=held,
        )

    def _why_held(self, walk: Walk, new: Sequence[ParsedItem], seen: int, now: datetime) -> str | None:
        """Why the new items wait for a look; what was asked for by a day never does."""
        if walk.since is not None or len(new) < FEWEST:
            return None
        source_id = walk.visit.source.id
        held = why_held(poll_history(self.conn, source_id), new, seen, now)
        if held is not None:
            walk.note = f"{held}; they are held aside: `convenor sources release {source_id}`"
        return held

    def _pace(self, source: Source, stored: Sequence[str], new: Sequence[ParsedItem], now: datetime) -> Pace:
        days = [item.published.on or now.date().isoformat() for item in new]
        return pace_of(
            [*stored, *days],
            now.date(),
            at_most=interval(source, self.politeness),
            at_least=longest_interval(source, self.politeness),
        )


def _is_good(answer: Answer) -> bool:
    """Whether a page came that is what the pages of its source are."""
    return isinstance(answer, Reading) and answer.doubt is None and bool(answer.look.items or answer.listing.partial)


def _memories(ended: Sequence[tuple[Walk, Answer]]) -> Iterator[tuple[str, str]]:
    """What the good pages of sources look like, of those that gave one."""
    for walk, answer in ended:
        if isinstance(answer, Reading) and answer.memory is not None and _is_good(answer):
            yield walk.visit.source.id, answer.memory
