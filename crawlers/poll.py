"""One visit to one source: which way to read it, what its first page says, and which older pages follow.

The functions that ask the web depend on their arguments alone and touch no database, so that a pass may run them in
any thread. A source is read by the rung of its ladder that worked before; without one, from the top down.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from hashlib import blake2b

from crawlers.challenge import ChallengeError
from crawlers.fetch import NO_VALIDATORS, Fetched, Limits, NotModified
from crawlers.guardian import Look, Memory, judge, look_at
from crawlers.hosts import HeldError
from crawlers.kinds import Listing, Page, kind_module, newsletter
from crawlers.politeness import PoliteWeb
from crawlers.repair import Patient, declared, propose
from crawlers.robots import RobotsError
from crawlers.sources import CommonOptions, Politeness, Rung, Source
from crawlers.urls import host_of
from db.errors import FetchError, ParseError
from db.health import Proposal
from db.records import PageMemory, ParsedItem, PollOutcome, PollState, Validators

MAX_DISCOVERED = 8  # addresses that a page or a custom may name as its feed
MAX_LED_ON = 200  # redirects of newsletters that one poll follows
MAX_PAGES_SINCE = 500  # a calendar may offer older pages for ever
_MAX_ERROR_CHARACTERS = 1_000
_MAX_PAGES_KNOWN = 16  # of one source, beside the settled one
_SOFT = frozenset({429, 502, 503, 504})  # a server that is busy, not one that has no page
EMPTY = "empty"  # the verdict on a page that was read and lists nothing


@dataclass(frozen=True, slots=True)
class Visit:
    """A source to be polled, with all that its pages are read by."""

    source: Source
    state: PollState
    politeness: Politeness
    today: date
    fresh: bool = False  # read the page also when it did not change
    memory: Memory | None = None  # what the good pages of this source looked like
    whole: bool = False  # ask for the whole page, to see whether "not modified" was true
    notes: dict[str, PageMemory] = field(default_factory=dict)  # filled while it is read: pages asked beside


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
    fresh_seconds: int | None = None
    moved_to: str | None = None
    pages: Mapping[str, PageMemory] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Same:
    """A first page that says what it said before: 304, or 200 with the same bytes."""

    status: int
    validators: Validators
    fresh_seconds: int | None = None
    moved_to: str | None = None
    verdict: str | None = None
    pages: Mapping[str, PageMemory] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Came:
    """A page that came, though it cannot be read, with what to recognise it by."""

    validators: Validators
    body_hash: str
    fresh_seconds: int | None = None
    moved_to: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
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


def read_first_page(visit: Visit, web: PoliteWeb) -> Answer:
    """What the newest page of the source says, read the way that worked before or else the first that works now.

    A page that is not what the source's pages were is a Failure that says why, with another way to read it if any.
    """
    visit = replace(visit, notes={})
    answer = _first_page(visit, web)
    return replace(answer, pages=dict(list(visit.notes.items())[:_MAX_PAGES_KNOWN]))


def _first_page(visit: Visit, web: PoliteWeb) -> Answer:
    rung = settled_rung(visit.source, visit.state)
    if rung is None:
        return _climb(visit, web)
    url = _settled_url(visit.source, visit.state, rung)
    try:
        answer = _read(visit, web, rung, url)
    except UnreadableError as error:
        failure = replace(as_failure([error]), doubt=error.message, came=error.came)
        return replace(failure, page=error.page, proposal=_proposal(visit, web, rung, error.page))
    except (FetchError, ParseError) as error:
        return as_failure([error])
    return _judged(visit, web, answer) if isinstance(answer, Reading) else _as_before(visit, answer)


def _as_before(visit: Visit, answer: Same) -> Same | Failure:
    """A page that did not change is what it was: read, empty, or not readable."""
    verdict = answer.verdict or visit.state.verdict
    if verdict in (None, EMPTY):
        return replace(answer, verdict=verdict)
    came = Came(answer.validators, visit.state.body_hash or "", answer.fresh_seconds, answer.moved_to)
    return Failure("failed", verdict, answer.status, doubt=verdict, came=came)


def _judged(visit: Visit, web: PoliteWeb, reading: Reading) -> Reading | Failure:
    memory = memory_for(visit, reading.rung)
    doubt = None if memory is None or reading.listing.partial else judge(memory, reading.look)
    if doubt is None:
        return reading
    proposal = _proposal(visit, web, reading.rung, reading.page)
    if not doubt.grave:
        return replace(reading, doubt=doubt.why, proposal=proposal)
    came = Came(reading.validators, reading.body_hash, reading.fresh_seconds, reading.moved_to)
    return Failure(
        "failed", doubt.why, reading.status, doubt=doubt.why, page=reading.page, proposal=proposal, came=came
    )


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
        return _listing(visit, web, rung, _page(visit, web, rung, url))
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
        return "empty" if reading.verdict == EMPTY else "not_modified" if reading.status == 304 else "unchanged"
    if not items and not reading.listing.partial:
        return "empty"
    return "new" if new else "unchanged"


def next_state(visit: Visit, reading: Answer, due: datetime | None) -> PollState:
    """What is remembered of the source from now on; only a page with items settles how the source is read."""
    state = replace(visit.state, next_poll_at=due, pages=reading.pages)
    if isinstance(reading, Failure):
        return _after_failure(visit, reading, replace(state, failures=state.failures + 1))
    state = _moved(replace(state, failures=0, validators=reading.validators), reading.moved_to)
    if isinstance(reading, Same):
        kept = reading.fresh_seconds if reading.fresh_seconds is not None else state.fresh_seconds
        return replace(state, fresh_seconds=kept)
    state = replace(state, body_hash=reading.body_hash, fresh_seconds=reading.fresh_seconds)
    if not reading.listing.items and not reading.listing.partial:
        settled = settled_rung(visit.source, visit.state) is not None
        return replace(state, verdict=EMPTY) if settled else replace(state, validators=NO_VALIDATORS, body_hash=None)
    rung = visit.source.rungs[reading.rung]
    return replace(
        state,
        verdict=None,
        settled=reading.rung,
        settled_url=None if reading.asked_url == asked_url(rung) else reading.asked_url,
        settled_for=fingerprint(rung),
    )


def _after_failure(visit: Visit, failure: Failure, state: PollState) -> PollState:
    """A page that came is known again when it comes again; otherwise the newest one that came is still the newest."""
    came = failure.came
    if came is None:
        return replace(state, pages={**visit.state.pages, **failure.pages})
    state = replace(state, validators=came.validators, body_hash=came.body_hash, verdict=failure.error)
    return _moved(replace(state, fresh_seconds=came.fresh_seconds), came.moved_to)


def _moved(state: PollState, moved_to: str | None) -> PollState:
    polls = 0 if moved_to is None else state.moved_polls + 1 if moved_to == state.moved_to else 1
    return replace(state, moved_to=moved_to, moved_polls=polls)


def shared_addresses(polled: Iterable[tuple[Source, PollState | None]]) -> dict[str, bool]:
    """The first addresses that more than one of these sources asks, and whether all of them know the same of it."""
    known: dict[str, list[Hashable]] = {}
    for source, state in polled:
        rung = None if state is None else settled_rung(source, state)
        if state is None or rung is None:
            for url in dict.fromkeys(asked_url(way) for way in source.rungs):
                known.setdefault(url, []).append(source.id)
        else:
            pages = frozenset((key.rpartition(" ")[2], page) for key, page in state.pages.items())
            url = _settled_url(source, state, rung)
            known.setdefault(url, []).append((state.validators, state.body_hash, pages))
    return {url: len(set(given)) == 1 for url, given in known.items() if len(given) > 1}


def _settled_url(source: Source, state: PollState, rung: int) -> str:
    return state.settled_url or asked_url(source.rungs[rung])


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
        soft=all(isinstance(error, FetchError) and (error.timed_out or error.status in _SOFT) for error in errors),
        held=all(isinstance(error, HeldError) for error in errors),
        page=next((page for error in reversed(errors) if (page := _page_of(error)) is not None), None),
    )


def _page_of(error: FetchError | ParseError) -> Page | None:
    """What came although it is no page of news."""
    if isinstance(error, UnreadableError):
        return error.page
    return Page(error.url, error.body, error.content_type) if isinstance(error, FetchError) and error.body else None


def _climb(visit: Visit, web: PoliteWeb) -> Answer:
    """The first rung whose page lists items, else one that lists nothing, else why none of them works."""
    errors: list[FetchError | ParseError] = []
    silent: set[str] = set()  # hosts that gave no answer at all: asking for another page there only costs time
    empty: Reading | Same | None = None
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
        if isinstance(reading, Same) and reading.verdict not in (None, EMPTY):
            errors.append(ParseError(reading.verdict or "", url=rung.url))
            continue
        if isinstance(reading, Reading) and (reading.listing.items or reading.listing.partial):
            return reading
        empty = empty or reading
    return empty or as_failure(errors)


def _try_rung(visit: Visit, web: PoliteWeb, number: int) -> Reading | Same:
    rung = visit.source.rungs[number]
    if getattr(rung.parsed_options(), "autodiscover", False):
        return _discover(visit, web, number, rung)
    return _read_new(visit, web, number, asked_url(rung))


def _discover(visit: Visit, web: PoliteWeb, number: int, rung: Rung) -> Reading | Same:
    """The page itself if it is a feed, else the first with items of those it announces and of the usual places."""
    feeds = kind_module(rung.kind)
    asked = feeds.discovery_url(rung.url) if hasattr(feeds, "discovery_url") else rung.url
    key = _key(visit, number, asked)
    page = _asked_again(visit, web, number, asked)
    if isinstance(page, Same):
        leads_to = visit.notes[key].leads_to
        return page if leads_to is None else _read_new(visit, web, number, leads_to[0])
    errors: list[FetchError | ParseError] = []
    empty: Reading | Same | None = None
    try:
        return _noted(visit, number, asked, page, lambda: _reading(visit, web, number, rung.url, page))
    except ParseError as error:
        errors.append(error)
    named = [*feeds.discovered_feeds(_as_page(page)), *feeds.well_known_feeds(rung.url)]
    named = [asked_url(rung.model_copy(update={"url": url})) for url in named]
    for url in list(dict.fromkeys(named))[:MAX_DISCOVERED]:
        try:
            reading = _read_new(visit, web, number, url)
        except (FetchError, ParseError) as error:
            errors.append(error)
            continue
        if isinstance(reading, Same) and reading.verdict not in (None, EMPTY):
            errors.append(ParseError(reading.verdict or "", url=url))
            continue
        if isinstance(reading, Reading) and reading.listing.items:
            return reading
        empty = empty or reading
        visit.notes[key] = replace(visit.notes[key], verdict=EMPTY, leads_to=(url, None))
    if empty is None:
        raise ParseError(f"no feed found ({'; '.join(str(error) for error in errors)})", url=rung.url)
    return empty


def _read(visit: Visit, web: PoliteWeb, rung: int, url: str) -> Reading | Same:
    state = visit.state
    if hasattr(kind_module(visit.source.rungs[rung].kind), "child_url"):
        return _read_below(visit, web, rung, url)
    answer = _answer(visit, web, rung, url, state.validators if _trusts(visit) else NO_VALIDATORS)
    if isinstance(answer, NotModified):
        return Same(304, answer.validators, answer.fresh_seconds, answer.moved_to)
    if not _reads_anyway(visit) and body_hash(answer.body) == state.body_hash:
        return Same(answer.status, answer.validators, answer.fresh_seconds, answer.moved_to)
    return _reading(visit, web, rung, url, answer)


def _trusts(visit: Visit) -> bool:
    """Whether the server is asked only for what changed."""
    return not visit.fresh and not visit.whole and visit.state.lied_at is None


def _reads_anyway(visit: Visit) -> bool:
    """Whether also a page with the same bytes is read: walking back needs its items, and readers learn to read."""
    return visit.fresh or (visit.whole and visit.state.verdict is not None)


def _read_new(visit: Visit, web: PoliteWeb, rung: int, url: str) -> Reading | Same:
    """The page of a way that is not settled; one that did not change since it was no use is not read again."""
    if hasattr(kind_module(visit.source.rungs[rung].kind), "child_url"):
        return _read_below(visit, web, rung, url)
    page = _asked_again(visit, web, rung, url)
    if isinstance(page, Same):
        return page
    return _noted(visit, rung, url, page, lambda: _reading(visit, web, rung, url, page))


def _asked_again(visit: Visit, web: PoliteWeb, rung: int, url: str) -> Fetched | Same:
    """The page, or Same with its verdict when it is the page that was no use before."""
    known = _known(visit, rung, url)
    answer = _ask_known(visit, web, rung, url)
    if isinstance(answer, Fetched) and (_reads_anyway(visit) or visit.whole or _is_new(answer, known)):
        return answer
    assert known is not None
    visit.notes[_key(visit, rung, url)] = replace(known, validators=answer.validators)
    status = answer.status if isinstance(answer, Fetched) else 304
    return Same(status, answer.validators, answer.fresh_seconds, answer.moved_to, verdict=known.verdict)


def _noted(visit: Visit, rung: int, url: str, page: Fetched, read: Callable[[], Reading]) -> Reading:
    """What the page gives; if that is nothing, what to recognise it by is noted with the reason."""
    key, note = _key(visit, rung, url), PageMemory(page.validators, body_hash(page.body))
    try:
        reading = read()
    except ParseError as error:
        visit.notes[key] = replace(note, verdict=error.message)
        raise
    if not reading.listing.items and not reading.listing.partial:
        visit.notes[key] = replace(note, verdict=EMPTY)
    return reading


def _read_below(visit: Visit, web: PoliteWeb, rung: int, url: str) -> Reading | Same:
    """The page that lists items, where an index may name it: both are asked only for what changed."""
    index, before = _ask_known(visit, web, rung, url), _known(visit, rung, url)
    if isinstance(index, Fetched):
        child = _child(visit, web, rung, index)
        note = PageMemory(index.validators, body_hash(index.body), leads_to=child)
    else:
        assert before is not None
        child, note = before.leads_to, replace(before, validators=index.validators)
    visit.notes[_key(visit, rung, url)] = note
    if child is None:
        return _read_listed(visit, web, rung, (url, url), index)
    reading = _read_listed(visit, web, rung, (url, child[0]), _ask_known(visit, web, rung, child[0]))
    if isinstance(reading, Same):
        return reading
    return replace(reading, page_url=index.url, listing=replace(reading.listing, next_url=child[1]))


def _read_listed(
    visit: Visit, web: PoliteWeb, rung: int, urls: tuple[str, str], listed: Fetched | NotModified
) -> Reading | Same:
    """What the second of the addresses lists for the first one."""
    url, listed_url = urls
    known, key = _known(visit, rung, listed_url), _key(visit, rung, listed_url)
    if isinstance(listed, NotModified) or not (_reads_anyway(visit) or _is_new(listed, known)):
        assert known is not None
        visit.notes[key] = replace(known, validators=listed.validators)
        status = 304 if isinstance(listed, NotModified) else listed.status
        return Same(status, NO_VALIDATORS, listed.fresh_seconds, listed.moved_to, known.verdict)
    visit.notes[key] = PageMemory(listed.validators, body_hash(listed.body))
    # What the server gave to recognise this page by is kept with the page, so nothing of it is kept for the source.
    page = replace(listed, validators=NO_VALIDATORS)
    return _noted(visit, rung, listed_url, listed, lambda: _reading(visit, web, rung, url, page))


def _is_new(page: Fetched, known: PageMemory | None) -> bool:
    return known is None or body_hash(page.body) != known.body_hash


def _ask_known(visit: Visit, web: PoliteWeb, rung: int, url: str) -> Fetched | NotModified:
    known = _known(visit, rung, url)
    return _answer(visit, web, rung, url, known.validators if known is not None and _trusts(visit) else NO_VALIDATORS)


def _known(visit: Visit, rung: int, url: str) -> PageMemory | None:
    return visit.state.pages.get(_key(visit, rung, url))


def _key(visit: Visit, rung: int, url: str) -> str:
    """By what a page is remembered: read in another way, it is another page."""
    return f"{fingerprint(visit.source.rungs[rung])} {url}"


def _child(visit: Visit, web: PoliteWeb, rung: int, page: Fetched) -> tuple[str, str | None] | None:
    way = visit.source.rungs[rung]
    found = web.parse(partial(kind_module(way.kind).child_url, _as_page(page), way.parsed_options()))
    return None if found is None else (str(found[0]), found[1])


def _reading(visit: Visit, web: PoliteWeb, rung: int, url: str, page: Fetched) -> Reading:
    read, look = _parse(visit, web, rung, page)
    listing = _led_on(visit, web, rung, read)
    if listing is not read:
        seen = _as_page(page, visit.source.rungs[rung].parsed_options())
        look = web.parse(partial(look_at, seen, listing, visit.source.rungs[rung].kind))
    return Reading(
        rung,
        url,
        page.url,
        listing,
        page.status,
        page.validators,
        body_hash(page.body),
        look,
        _as_page(page),
        fresh_seconds=page.fresh_seconds,
        moved_to=page.moved_to,
    )


def _led_on(visit: Visit, web: PoliteWeb, rung: int, listing: Listing) -> Listing:
    """The listing with the articles' own addresses in place of those that only count a reading; each is asked once."""
    kind = kind_module(visit.source.rungs[rung].kind)
    if not hasattr(kind, "tracked"):
        return listing
    targets, limits = {}, _limits(visit, rung)
    for url in kind.tracked(listing)[:MAX_LED_ON]:
        try:
            targets[url] = web.leads_to(url, limits)
        except FetchError:
            continue  # it stays known by the address that the letter gave
    found = kind.led_on(listing, targets)
    assert isinstance(found, Listing)
    return found


def _page(visit: Visit, web: PoliteWeb, rung: int, url: str) -> Fetched:
    answer = _answer(visit, web, rung, url, NO_VALIDATORS)
    assert isinstance(answer, Fetched)  # nothing conditional was asked
    return answer


def _answer(visit: Visit, web: PoliteWeb, rung: int, url: str, validators: Validators) -> Fetched | NotModified:
    """What the server says; a page whose list is made by script never says by itself that nothing changed."""
    limits, options = _limits(visit, rung), visit.source.rungs[rung].parsed_options()
    if isinstance(options, newsletter.Options):
        return web.letters(url, options, limits, validators, visit.today)
    if options.browser:
        return web.rendered(url, limits)
    return web.get(url, limits, validators, token=web.access.token(options))


def _listing(visit: Visit, web: PoliteWeb, rung: int, page: Fetched) -> Listing:
    """What an older page lists: where the kind knows indexes, perhaps a page that this one names."""
    child = _child(visit, web, rung, page) if hasattr(kind_module(visit.source.rungs[rung].kind), "child_url") else None
    if child is None:
        return _parse(visit, web, rung, page)[0]
    return replace(_parse(visit, web, rung, _page(visit, web, rung, child[0]))[0], next_url=child[1])


def _parse(visit: Visit, web: PoliteWeb, rung: int, page: Fetched) -> tuple[Listing, Look]:
    way = visit.source.rungs[rung]
    options = way.parsed_options()
    try:
        return web.parse(partial(read_page, way.kind, _as_page(page, options), visit.source, options, visit.today))
    except ParseError as error:
        came = Came(page.validators, body_hash(page.body), page.fresh_seconds, page.moved_to)
        raise UnreadableError(error.message, page=_as_page(page), came=came) from error.__cause__


def read_page(kind: str, page: Page, source: Source, options: CommonOptions, today: date) -> tuple[Listing, Look]:
    """What the page lists, and what it was read as; ParseError where its kind cannot read it."""
    listing = kind_module(kind).parse(page, source, options, today)
    assert isinstance(listing, Listing)
    return listing, look_at(page, listing, kind)


def _as_page(page: Fetched, options: CommonOptions | None = None) -> Page:
    return Page(page.url, page.body, declared(page.content_type, options.encoding if options else None))


def asked_url(rung: Rung) -> str:
    """The address that a rung asks: the one it names, unless its kind makes another of it."""
    first_url = getattr(kind_module(rung.kind), "first_url", None)
    return str(first_url(rung.url, rung.parsed_options())) if first_url is not None else rung.url


def _limits(visit: Visit, rung: int) -> Limits:
    return limits_for(visit.source.rungs[rung].parsed_options(), visit.politeness)
