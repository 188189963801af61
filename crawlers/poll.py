"""One visit to one source: which way to read it, what its first page says, and which older pages follow.

The functions that ask the web depend on their arguments alone and touch no database, so that a pass may run them in
any thread. A source is read by the rung of its ladder that worked before; without one, from the top down.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from hashlib import blake2b

from crawlers.challenge import ChallengeError
from crawlers.fetch import NO_VALIDATORS, Fetched, Limits, NotModified
from crawlers.guardian import Look, Memory, judge, look_at
from crawlers.kinds import Listing, Page, kind_module
from crawlers.politeness import PoliteWeb
from crawlers.repair import Patient, declared, propose
from crawlers.robots import RobotsError
from crawlers.sources import CommonOptions, Politeness, Rung, Source
from crawlers.urls import host_of
from db.errors import FetchError, ParseError
from db.health import Proposal
from db.records import ParsedItem, PollOutcome, PollState, Validators

MAX_DISCOVERED = 8  # addresses that a page or a custom may name as its feed
MAX_PAGES_SINCE = 500  # a calendar may offer older pages for ever
_MAX_ERROR_CHARACTERS = 1_000


@dataclass(frozen=True, slots=True)
class Visit:
    """A source to be polled, with all that its pages are read by."""

    source: Source
    state: PollState
    politeness: Politeness
    today: date
    fresh: bool = False  # read the page also when it did not change
    memory: Memory | None = None  # what the good pages of this source looked like


@dataclass(frozen=True, slots=True)
class Reading:
    """A first page that could be read; it may list nothing."""

    rung: int
    asked_url: str  # what to ask next time: the rung's own address, or one that was discovered
    page_url: str  # what answered, after redirects
    listing: Listing
    status: int
    validators: Validators
    body_hash: str
    look: Look
    page: Page
    doubt: str | None = None  # what is no longer found, although the items are believed
    proposal: Proposal | None = None


@dataclass(frozen=True, slots=True)
class Same:
    """A first page that says what it said before: 304, or 200 with the same bytes."""

    status: int
    validators: Validators


@dataclass(frozen=True, slots=True)
class Failure:
    """A page that could not be had or read, with a sentence saying why."""

    outcome: PollOutcome
    error: str
    status: int | None = None
    retry_after_seconds: int | None = None
    doubt: str | None = None  # why the page that came is not the one we know
    page: Page | None = None  # that page
    proposal: Proposal | None = None  # another way to read it


class UnreadableError(ParseError):
    """A page that its kind cannot read, with the page."""

    def __init__(self, message: str, *, page: Page) -> None:
        super().__init__(message, url=page.url)
        self.page = page


Answer = Reading | Same | Failure


def read_first_page(visit: Visit, web: PoliteWeb) -> Answer:
    """What the newest page of the source says, read the way that worked before or else the first that works now.

    A page that is not what the source's pages were is a Failure that says why, with another way to read it if any.
    """
    rung = settled_rung(visit.source, visit.state)
    if rung is None:
        return _climb(visit, web)
    url = visit.state.settled_url or _own_url(visit.source.rungs[rung])
    try:
        answer = _read(visit, web, rung, url, conditional=not visit.fresh)
    except UnreadableError as error:
        failure = replace(as_failure([error]), doubt=error.message)
        return replace(failure, page=error.page, proposal=_proposal(visit, web, rung, error.page))
    except (FetchError, ParseError) as error:
        return as_failure([error])
    return _judged(visit, web, answer) if isinstance(answer, Reading) else answer


def _judged(visit: Visit, web: PoliteWeb, reading: Reading) -> Reading | Failure:
    memory = memory_for(visit, reading.rung)
    doubt = None if memory is None else judge(memory, reading.look)
    if doubt is None:
        return reading
    proposal = _proposal(visit, web, reading.rung, reading.page)
    if not doubt.grave:
        return replace(reading, doubt=doubt.why, proposal=proposal)
    return Failure("failed", doubt.why, reading.status, doubt=doubt.why, page=reading.page, proposal=proposal)


def memory_for(visit: Visit, rung: int) -> Memory | None:
    """What good pages looked like when they were read by this rung as it is now."""
    memory = visit.memory
    return memory if memory is not None and memory.of == fingerprint(visit.source.rungs[rung]) else None


def _proposal(visit: Visit, web: PoliteWeb, rung: int, page: Page) -> Proposal | None:
    memory = memory_for(visit, rung)
    if memory is None:
        return None
    way = visit.source.rungs[rung]
    patient = Patient(visit.source, way, memory, visit.today)
    found = web.parse(partial(propose, patient, page))
    assert found is None or isinstance(found, Proposal)
    return found


def read_older_page(visit: Visit, web: PoliteWeb, rung: int, url: str) -> Listing | Failure:
    """What an older page of the list says."""
    try:
        return _listing(visit, web, rung, _page(visit, web, rung, url))[1]
    except (FetchError, ParseError) as error:
        return as_failure([error])


def settled_rung(source: Source, state: PollState) -> int | None:
    """The rung that worked before, None when there is none or its block says something else now."""
    if state.settled is None or state.settled >= len(source.rungs):
        return None
    return state.settled if state.settled_for == fingerprint(source.rungs[state.settled]) else None


def fingerprint(rung: Rung) -> str:
    """What a rung says, short: it differs as soon as kind, address or any option does."""
    options = json.dumps(rung.options, sort_keys=True, default=str)
    return f"{rung.kind} {rung.url} {blake2b(options.encode(), digest_size=8).hexdigest()}"


def wants_older(
    listing: Listing, *, read: Collection[str], known: bool, pages: int, max_pages: int, since: date | None
) -> bool:
    """Whether the next older page should be read too.

    Without `since` only while nothing on the page was known before; with it until a page reaches back to that day.
    `read` are the addresses of the pages already read: a list that leads back to one of them is at its end.
    """
    if listing.next_url is None or listing.next_url in read or not listing.items:
        return False
    if since is None:
        return not known and pages < max_pages
    days = [item.published.on for item in listing.items if item.published.on is not None]
    return (not days or min(days) >= since.isoformat()) and pages < MAX_PAGES_SINCE


def outcome_of(reading: Answer, items: Sequence[ParsedItem], new: int) -> PollOutcome:
    """The one word for what a poll met."""
    if isinstance(reading, Failure):
        return reading.outcome
    if isinstance(reading, Same):
        return "not_modified" if reading.status == 304 else "unchanged"
    if not items:
        return "empty"
    return "new" if new else "unchanged"


def next_state(visit: Visit, reading: Answer, due: datetime | None) -> PollState:
    """What is remembered of the source from now on; only a page with items settles how the source is read."""
    state = replace(visit.state, next_poll_at=due)
    if isinstance(reading, Failure):
        return replace(state, failures=state.failures + 1)
    if isinstance(reading, Same):
        return replace(state, failures=0, validators=reading.validators)
    if not reading.listing.items:
        settled = settled_rung(visit.source, visit.state) is not None
        return replace(state, failures=0, validators=reading.validators if settled else NO_VALIDATORS, body_hash=None)
    rung = visit.source.rungs[reading.rung]
    return PollState(
        source_id=visit.source.id,
        validators=reading.validators,
        body_hash=reading.body_hash,
        settled=reading.rung,
        settled_url=None if reading.asked_url == _own_url(rung) else reading.asked_url,
        settled_for=fingerprint(rung),
        next_poll_at=due,
    )


def limits_for(options: CommonOptions, politeness: Politeness) -> Limits:
    """The limits of a source: its own where it names them, else everyone's."""
    return Limits(
        connect_timeout_seconds=options.connect_timeout_seconds or politeness.connect_timeout_seconds,
        timeout_seconds=options.timeout_seconds or politeness.timeout_seconds,
        max_bytes=politeness.max_bytes,
    )


def body_hash(body: bytes) -> str:
    """A digest by which an unchanged page is known without reading it."""
    return blake2b(body, digest_size=16).hexdigest()


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
    )


def _climb(visit: Visit, web: PoliteWeb) -> Answer:
    """The first rung whose page lists items, else one that lists nothing, else why none of them works."""
    errors: list[FetchError | ParseError] = []
    silent: set[str] = set()  # hosts that gave no answer at all: asking for another page there only costs time
    empty: Reading | None = None
    for number, rung in enumerate(visit.source.rungs):
        if host_of(rung.url) in silent:
            continue
        try:
            reading = _try_rung(visit, web, number)
        except (FetchError, ParseError) as error:
            errors.append(error)
            if isinstance(error, FetchError) and error.status == 429:
                break
            if isinstance(error, FetchError) and error.status is None and not isinstance(error, RobotsError):
                silent.add(host_of(error.url))
            continue
        if reading.listing.items:
            return reading
        empty = empty or reading
    return empty or as_failure(errors)


def _try_rung(visit: Visit, web: PoliteWeb, number: int) -> Reading:
    rung = visit.source.rungs[number]
    if getattr(rung.parsed_options(), "autodiscover", False):
        return _discover(visit, web, number, rung)
    return _read_new(visit, web, number, _own_url(rung))


def _discover(visit: Visit, web: PoliteWeb, number: int, rung: Rung) -> Reading:
    """The page itself if it is a feed, else the first with items of those it announces and of the usual places."""
    feeds = kind_module(rung.kind)
    page = _page(visit, web, number, feeds.discovery_url(rung.url) if hasattr(feeds, "discovery_url") else rung.url)
    errors: list[FetchError | ParseError] = []
    empty: Reading | None = None
    try:
        return _reading(visit, web, number, rung.url, page)
    except ParseError as error:
        errors.append(error)
    named = [*feeds.discovered_feeds(_as_page(page)), *feeds.well_known_feeds(rung.url)]
    named = [_own_url(rung.model_copy(update={"url": url})) for url in named]
    for url in list(dict.fromkeys(named))[:MAX_DISCOVERED]:
        try:
            reading = _read_new(visit, web, number, url)
        except (FetchError, ParseError) as error:
            errors.append(error)
            continue
        if reading.listing.items:
            return reading
        empty = empty or reading
    if empty is None:
        raise ParseError(f"no feed found ({'; '.join(str(error) for error in errors)})", url=rung.url)
    return empty


def _read(visit: Visit, web: PoliteWeb, rung: int, url: str, *, conditional: bool) -> Reading | Same:
    validators = visit.state.validators if conditional else NO_VALIDATORS
    answer = _answer(visit, web, rung, url, validators)
    if isinstance(answer, NotModified):
        return Same(304, answer.validators)
    if conditional and body_hash(answer.body) == visit.state.body_hash:
        return Same(answer.status, answer.validators)
    return _reading(visit, web, rung, url, answer)


def _read_new(visit: Visit, web: PoliteWeb, rung: int, url: str) -> Reading:
    return _reading(visit, web, rung, url, _page(visit, web, rung, url))


def _reading(visit: Visit, web: PoliteWeb, rung: int, url: str, page: Fetched) -> Reading:
    page, listing = _listing(visit, web, rung, page)
    read = _as_page(page, visit.source.rungs[rung].parsed_options())
    look = web.parse(partial(look_at, read, listing, visit.source.rungs[rung].kind))
    digest = body_hash(page.body)
    return Reading(rung, url, page.url, listing, page.status, page.validators, digest, look, _as_page(page))


def _page(visit: Visit, web: PoliteWeb, rung: int, url: str) -> Fetched:
    answer = _answer(visit, web, rung, url, NO_VALIDATORS)
    assert isinstance(answer, Fetched)  # nothing conditional was asked
    return answer


def _answer(visit: Visit, web: PoliteWeb, rung: int, url: str, validators: Validators) -> Fetched | NotModified:
    """What the server says; a page whose list is made by script never says by itself that nothing changed."""
    limits = _limits(visit, rung)
    if visit.source.rungs[rung].parsed_options().browser:
        return web.rendered(url, limits)
    return web.get(url, limits, validators)


def _listing(visit: Visit, web: PoliteWeb, rung: int, page: Fetched) -> tuple[Fetched, Listing]:
    """The page that lists items, and what it lists: where the kind knows indexes, a page that an index names."""
    kind, options = kind_module(visit.source.rungs[rung].kind), visit.source.rungs[rung].parsed_options()
    child = web.parse(partial(kind.child_url, _as_page(page), options)) if hasattr(kind, "child_url") else None
    if child is None:
        return page, _parse(visit, web, rung, page)
    listed = _page(visit, web, rung, child[0])
    # An index that did not change says nothing of the pages below it, so nothing of its answer is kept.
    found = replace(listed, url=page.url, validators=NO_VALIDATORS)
    return found, replace(_parse(visit, web, rung, listed), next_url=child[1])


def _parse(visit: Visit, web: PoliteWeb, rung: int, page: Fetched) -> Listing:
    options = visit.source.rungs[rung].parsed_options()
    parse = kind_module(visit.source.rungs[rung].kind).parse
    try:
        listing = web.parse(partial(parse, _as_page(page, options), visit.source, options, visit.today))
    except ParseError as error:
        raise UnreadableError(error.message, page=_as_page(page)) from error.__cause__
    assert isinstance(listing, Listing)
    return listing


def _as_page(page: Fetched, options: CommonOptions | None = None) -> Page:
    return Page(page.url, page.body, declared(page.content_type, options.encoding if options else None))


def _own_url(rung: Rung) -> str:
    """The address that a rung asks: the one it names, unless its kind makes another of it."""
    first_url = getattr(kind_module(rung.kind), "first_url", None)
    return str(first_url(rung.url, rung.parsed_options())) if first_url is not None else rung.url


def _limits(visit: Visit, rung: int) -> Limits:
    return limits_for(visit.source.rungs[rung].parsed_options(), visit.politeness)
