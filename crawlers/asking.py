"""One page of a source: asked only for what changed, read by its kind, remembered if it was no use.

A kind may know indexes (`child_url`): a page that names the one that lists items; then both are asked.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec.structs import replace

from crawlers.answers import EMPTY, Came, Reading, Same, UnreadableError, Visit
from crawlers.fetch import NO_VALIDATORS, Fetched, Limits, NotModified, limits_for
from crawlers.kinds import Listing, Page, kind_module
from crawlers.listings import PageToRead, Read, body_hash
from crawlers.politeness import PoliteWeb
from crawlers.repair import declared
from crawlers.sources import CommonOptions
from db.errors import FetchError, ParseError
from db.records import PageMemory, Validators

MAX_LED_ON = 200  # redirects of newsletters that one poll follows


def read_settled(visit: Visit, web: PoliteWeb, rung: int, url: str) -> Reading | Same:
    """The page of the way that worked before, or Same where it says what it said before."""
    state = visit.state
    if hasattr(kind_module(visit.source.rungs[rung].kind), "child_url"):
        return _read_below(visit, web, rung, url)
    answer = _answer(visit, web, rung, url, state.validators if _trusts(visit) else NO_VALIDATORS)
    if isinstance(answer, NotModified):
        return Same(304, answer.validators, answer.fresh_seconds, answer.moved_to)
    if not _reads_anyway(visit) and body_hash(answer.body) == state.body_hash:
        return Same(answer.status, answer.validators, answer.fresh_seconds, answer.moved_to)
    return reading_of(visit, web, rung, url, answer)


def read_new(visit: Visit, web: PoliteWeb, rung: int, url: str) -> Reading | Same:
    """The page of a way that is not settled; one that did not change since it was no use is not read again."""
    if hasattr(kind_module(visit.source.rungs[rung].kind), "child_url"):
        return _read_below(visit, web, rung, url)
    page = asked_again(visit, web, rung, url)
    if isinstance(page, Same):
        return page
    return noted(visit, rung, url, page, lambda: reading_of(visit, web, rung, url, page))


def asked_again(visit: Visit, web: PoliteWeb, rung: int, url: str) -> Fetched | Same:
    """The page, or Same with its verdict when it is the page that was no use before."""
    known = _known(visit, rung, url)
    answer = _ask_known(visit, web, rung, url)
    if isinstance(answer, Fetched) and (_reads_anyway(visit) or visit.whole or _is_new(answer, known)):
        return answer
    assert known is not None
    visit.notes[key_of(visit, rung, url)] = replace(known, validators=answer.validators)
    status = answer.status if isinstance(answer, Fetched) else 304
    return Same(status, answer.validators, answer.fresh_seconds, answer.moved_to, verdict=known.verdict)


def noted(visit: Visit, rung: int, url: str, page: Fetched, read: Callable[[], Reading]) -> Reading:
    """What the page gives; if that is nothing, what to recognise it by is noted with the reason."""

    def note(verdict: str) -> None:
        visit.notes[key_of(visit, rung, url)] = PageMemory(page.validators, body_hash(page.body), verdict)

    try:
        reading = read()
    except ParseError as error:
        note(error.message)
        raise
    if not reading.listing.items and not reading.listing.partial:
        note(EMPTY)
    return reading


def page_at(visit: Visit, web: PoliteWeb, rung: int, url: str) -> Fetched:
    """The whole page at this address."""
    answer = _answer(visit, web, rung, url, NO_VALIDATORS)
    assert isinstance(answer, Fetched)  # nothing conditional was asked
    return answer


def listing_of(visit: Visit, web: PoliteWeb, rung: int, page: Fetched) -> Listing:
    """What an older page lists: where the kind knows indexes, perhaps a page that this one names."""
    child = _child(visit, web, rung, page) if hasattr(kind_module(visit.source.rungs[rung].kind), "child_url") else None
    if child is None:
        return _parse(visit, web, rung, page).listing
    return replace(_parse(visit, web, rung, page_at(visit, web, rung, child[0])).listing, next_url=child[1])


def _read_below(visit: Visit, web: PoliteWeb, rung: int, url: str) -> Reading | Same:
    """The page that lists items, where an index may name it: both are asked only for what changed."""
    index, before = _ask_known(visit, web, rung, url), _known(visit, rung, url)
    if isinstance(index, Fetched):
        child = _child(visit, web, rung, index)
        note = PageMemory(index.validators, body_hash(index.body), leads_to=child)
    else:
        assert before is not None
        child, note = before.leads_to, replace(before, validators=index.validators)
    visit.notes[key_of(visit, rung, url)] = note
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
    known, key = _known(visit, rung, listed_url), key_of(visit, rung, listed_url)
    if isinstance(listed, NotModified) or not (_reads_anyway(visit) or _is_new(listed, known)):
        assert known is not None
        visit.notes[key] = replace(known, validators=listed.validators)
        status = 304 if isinstance(listed, NotModified) else listed.status
        return Same(status, NO_VALIDATORS, listed.fresh_seconds, listed.moved_to, known.verdict)
    visit.notes[key] = PageMemory(listed.validators, body_hash(listed.body))
    # What the server gave to recognise this page by is kept with the page, so nothing of it is kept for the source.
    page = replace(listed, validators=NO_VALIDATORS)
    return noted(visit, rung, listed_url, listed, lambda: reading_of(visit, web, rung, url, page))


def _trusts(visit: Visit) -> bool:
    """Whether the server is asked only for what changed."""
    return not visit.fresh and not visit.whole and visit.state.lied_at is None


def _reads_anyway(visit: Visit) -> bool:
    """Whether also a page with the same bytes is read: walking back needs its items, and readers learn to read."""
    return visit.fresh or (visit.whole and visit.state.verdict is not None)


def _is_new(page: Fetched, known: PageMemory | None) -> bool:
    return known is None or body_hash(page.body) != known.body_hash


def _ask_known(visit: Visit, web: PoliteWeb, rung: int, url: str) -> Fetched | NotModified:
    known = _known(visit, rung, url)
    return _answer(visit, web, rung, url, known.validators if known is not None and _trusts(visit) else NO_VALIDATORS)


def _known(visit: Visit, rung: int, url: str) -> PageMemory | None:
    return visit.state.pages.get(key_of(visit, rung, url))


def key_of(visit: Visit, rung: int, url: str) -> str:
    """By what a page is remembered: read in another way, it is another page."""
    return f"{visit.source.rungs[rung].fingerprint} {url}"


def _child(visit: Visit, web: PoliteWeb, rung: int, page: Fetched) -> tuple[str, str | None] | None:
    way = visit.source.rungs[rung]
    found = web.parse(partial(kind_module(way.kind).child_url, as_page(page), way.parsed_options()))
    return None if found is None else (str(found[0]), found[1])


def _answer(visit: Visit, web: PoliteWeb, rung: int, url: str, validators: Validators) -> Fetched | NotModified:
    """What the server says; a page whose list is made by script never says by itself that nothing changed."""
    way = visit.source.rungs[rung]
    limits, options = _limits(visit, rung), way.parsed_options()
    if way.kind == "newsletter":
        from crawlers.kinds import newsletter

        assert isinstance(options, newsletter.Options)
        return web.letters(url, options, limits, validators, visit.today)
    if options.browser:
        return web.rendered(url, limits)
    return web.get(url, limits, validators, token=web.access.token(options))


def _limits(visit: Visit, rung: int) -> Limits:
    return limits_for(visit.source.rungs[rung].parsed_options(), visit.politeness)


def reading_of(visit: Visit, web: PoliteWeb, rung: int, url: str, page: Fetched) -> Reading:
    """What the page says, with what to recognise it by."""
    read = _parse(visit, web, rung, page)
    listing = _led_on(visit, web, rung, read.listing)
    if listing is not read.listing:
        read = web.parse(partial(_to_read(visit, rung, page).read_as, listing))
    return Reading(
        rung,
        url,
        page.url,
        read.listing,
        read.entries,
        page.status,
        page.validators,
        read.body_hash,
        read.look,
        as_page(page),
        memory=read.memory,
        fresh_seconds=page.fresh_seconds,
        moved_to=page.moved_to,
    )


def _to_read(visit: Visit, rung: int, page: Fetched) -> PageToRead:
    seen = as_page(page, visit.source.rungs[rung].parsed_options())
    all_new = visit.state.body_hash is None  # as far as this source knows; else most words are in the index already
    return PageToRead(seen, visit.source, rung, visit.today, visit.memory, with_words=all_new)


def _parse(visit: Visit, web: PoliteWeb, rung: int, page: Fetched) -> Read:
    try:
        return web.parse(_to_read(visit, rung, page).read)
    except ParseError as error:
        came = Came(page.validators, body_hash(page.body), page.fresh_seconds, page.moved_to)
        raise UnreadableError(error.message, page=as_page(page), came=came) from error.__cause__


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


def as_page(page: Fetched, options: CommonOptions | None = None) -> Page:
    """What came, as a kind reads it: in the character set that the source's options or the server declare."""
    return Page(page.url, page.body, declared(page.content_type, options.encoding if options else None))
