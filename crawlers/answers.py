"""What a visit to a source is given and what it gives: records, and the words for how it ended.

`Visit` goes in, one of `Reading`, `Same` and `Failure` comes out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct, field

from crawlers.challenge import ChallengeError
from crawlers.guardian import Look
from crawlers.hosts import HeldError
from crawlers.kinds import Listing, Page
from crawlers.robots import RobotsError
from crawlers.sources import Politeness, Source
from db.errors import FetchError, ParseError
from db.health import Proposal
from db.records import Entry, PageMemory, PollOutcome, PollState, Validators

EMPTY = "empty"  # the verdict on a page that was read and lists nothing
_MAX_ERROR_CHARACTERS = 1_000
_SOFT = frozenset({429, 502, 503, 504})  # a server that is busy, not one that has no page


class Visit(Struct, frozen=True):
    """A source to be polled, with all that its pages are read by."""

    source: Source
    state: PollState
    politeness: Politeness
    today: date
    fresh: bool = False  # read the page also when it did not change
    memory: str | None = None  # what the good pages of this source looked like, as it is kept
    whole: bool = False  # ask for the whole page, to see whether "not modified" was true
    notes: dict[str, PageMemory] = field(default_factory=dict)  # filled while it is read: pages asked beside


class Reading(Struct, frozen=True):
    """A first page that could be read; it may list nothing."""

    rung: int
    asked_url: str  # what to ask next time: the rung's own address, or one that was discovered
    page_url: str  # what answered, after redirects
    listing: Listing
    entries: Sequence[Entry]  # of the listing
    status: int
    validators: Validators
    body_hash: str
    look: Look
    page: Page
    memory: str | None = None  # what the good pages of the source look like, if this is one of them
    doubt: str | None = None  # what is no longer found, although the items are believed
    proposal: Proposal | None = None
    fresh_seconds: int | None = None
    moved_to: str | None = None
    pages: Mapping[str, PageMemory] = field(default_factory=dict)


class Same(Struct, frozen=True):
    """A first page that says what it said before: 304, or 200 with the same bytes."""

    status: int
    validators: Validators
    fresh_seconds: int | None = None
    moved_to: str | None = None
    verdict: str | None = None
    pages: Mapping[str, PageMemory] = field(default_factory=dict)


class Came(Struct, frozen=True):
    """A page that came, though it cannot be read, with what to recognise it by."""

    validators: Validators
    body_hash: str
    fresh_seconds: int | None = None
    moved_to: str | None = None


class Failure(Struct, frozen=True):
    """A page that could not be had or read, with a sentence saying why."""

    outcome: PollOutcome
    error: str
    status: int | None = None
    retry_after_seconds: int | None = None
    doubt: str | None = None  # why the page that came is not the one we know
    page: Page | None = None  # that page, or what came instead of one
    proposal: Proposal | None = None  # another way to read it
    soft: bool = False  # the server is busy or slow: it weighs less
    held: bool = False  # nothing was asked, because the server wants to be left alone
    came: Came | None = None  # what to recognise the unreadable page by, when it comes again
    pages: Mapping[str, PageMemory] = field(default_factory=dict)


class UnreadableError(ParseError):
    """A page that its kind cannot read, with the page."""

    def __init__(self, message: str, *, page: Page, came: Came) -> None:
        super().__init__(message, url=page.url)
        self.page = page
        self.came = came


Answer = Reading | Same | Failure


def outcome_of(reading: Answer, items: Sequence[object], new: int) -> PollOutcome:
    """The one word for what a poll met."""
    if isinstance(reading, Failure):
        return reading.outcome
    if isinstance(reading, Same):
        return "empty" if reading.verdict == EMPTY else "not_modified" if reading.status == 304 else "unchanged"
    if not items and not reading.listing.partial:
        return "empty"
    return "new" if new else "unchanged"


def as_failure(errors: Sequence[FetchError | ParseError]) -> Failure:
    """One failure with the reasons of all: refused if robots.txt forbids every way, challenged if one asks proof."""
    outcome: PollOutcome = "failed"
    if any(isinstance(error, ChallengeError) for error in errors):
        outcome = "challenged"
    elif all(isinstance(error, RobotsError) for error in errors):
        outcome = "refused"
    fetches = [error for error in errors if isinstance(error, FetchError)]
    return Failure(
        outcome,
        "; ".join(str(error) for error in errors)[:_MAX_ERROR_CHARACTERS],
        status=next((error.status for error in reversed(fetches) if error.status is not None), None),
        retry_after_seconds=max((error.retry_after_seconds or 0 for error in fetches), default=0) or None,
        soft=all(isinstance(error, FetchError) and (error.timed_out or error.status in _SOFT) for error in errors),
        held=all(isinstance(error, HeldError) for error in errors),
        page=next((page for error in reversed(errors) if (page := _page_of(error)) is not None), None),
    )


def _page_of(error: FetchError | ParseError) -> Page | None:
    """What came although it is no page of news."""
    if isinstance(error, UnreadableError):
        return error.page
    return Page(error.url, error.body, error.content_type) if isinstance(error, FetchError) and error.body else None
