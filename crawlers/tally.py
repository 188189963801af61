"""What came of a pass so far: counted, told to whoever watches, summed up at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from crawlers.schedule import FAILURES
from db.records import Poll, PollOutcome


class CrawlEvent(Struct, frozen=True):
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


class CrawlProgress(Struct, frozen=True):
    """How far a pass is at this moment."""

    done: int  # sources polled, of `total`
    total: int
    items_new: int
    asking: tuple[tuple[str, float], ...] = ()  # sources under way with their seconds so far, the slowest first


class CrawlSummary(Struct, frozen=True):
    """What came of a pass."""

    outcomes: Mapping[PollOutcome, int]  # how many polls ended so
    failed: tuple[str, ...]  # ids of the sources whose poll did not work
    not_due: int
    next_due_at: datetime | None  # of the sources that were not due, the soonest
    items_new: int
    articles_read: int
    articles_failed: int
    articles_left: int  # for the next pass, because their host does not answer now
    articles_waiting: int  # for a pass that is asked to read them
    seconds: float
    off: tuple[str, ...] = ()  # sources that cannot be asked without a token, and which one
    unanswered: int = 0  # polls that failed without any answer from a server
    held: int = 0  # sources that were not asked, because their host wants to be left alone
    unpolled: int = 0  # sources that were due and wait for the next pass, because this one was told to stop


class Tally:
    """The counts of one pass, kept by the thread that owns the database."""

    def __init__(self, on_event: Callable[[CrawlEvent], None], on_progress: Callable[[CrawlProgress], None]) -> None:
        self._on_event = on_event
        self._on_progress = on_progress
        self._asking: dict[str, float] = {}  # sources under way, and since when
        self._outcomes: Counter[PollOutcome] = Counter()
        self._failed: list[str] = []
        self._next_due_at: datetime | None = None
        self._items_new = 0
        self._unanswered = 0
        self._articles: Counter[bool] = Counter()  # whether it was read → how many
        self.total = 0  # sources to be polled
        self.not_due = 0
        self.held = 0
        self.articles_left = 0
        self.articles_waiting = 0
        self.fault: Exception | None = None  # of ours, the first one

    def leave(self, next_poll_at: datetime | None) -> None:
        """A source is not due before then."""
        self.not_due += 1
        if next_poll_at is not None and (self._next_due_at is None or next_poll_at < self._next_due_at):
            self._next_due_at = next_poll_at

    def begin(self, source_id: str, at: float) -> None:
        """A source is under way since then."""
        self._asking[source_id] = at

    def give_back(self, source_id: str) -> None:
        """Nothing was asked after all."""
        self._asking.pop(source_id, None)

    def put_off(self, source_id: str, why: str) -> None:
        """Nothing was asked, because the host wants to be left alone."""
        self.give_back(source_id)
        self.total -= 1
        self.held += 1
        self._on_event(CrawlEvent("held", source_id, note=why))

    def poll(self, poll: Poll, note: str | None) -> None:
        """A poll is saved."""
        self.give_back(poll.source_id)
        self._outcomes[poll.outcome] += 1
        self._items_new += poll.items_new
        self._unanswered += poll.outcome == "failed" and poll.http_status is None
        if poll.outcome in FAILURES:
            self._failed.append(poll.source_id)
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
                note=note,
            )
        )

    def article(self, source_id: str, url: str, *, done: int, total: int, error: str | None) -> None:
        """An article page is saved, or why it could not be read; it is one of `total` of its source."""
        self._articles[error is None] += 1
        self._on_event(CrawlEvent("article", source_id, url=url, done=done, total=total, error=error))

    def break_down(self, error: Exception) -> str:
        """A fault of ours is raised once the others were served; the sentence that tells of it."""
        self.fault = self.fault or error
        return f"a fault of ours: {type(error).__name__}: {error}"

    def tell(self, now: float) -> None:
        """Whoever watches knows how far the pass is."""
        asking = sorted(((source_id, now - since) for source_id, since in self._asking.items()), key=lambda of: -of[1])
        self._on_progress(CrawlProgress(self._outcomes.total(), self.total, self._items_new, tuple(asking)))

    def summary(self, seconds: float) -> CrawlSummary:
        """What came of the pass, which took so long."""
        return CrawlSummary(
            dict(self._outcomes),
            tuple(self._failed),
            self.not_due,
            self._next_due_at,
            self._items_new,
            self._articles[True],
            self._articles[False],
            self.articles_left,
            self.articles_waiting,
            seconds,
            unanswered=self._unanswered,
            held=self.held,
            unpolled=self.total - self._outcomes.total(),
        )
