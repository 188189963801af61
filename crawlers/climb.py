"""A source whose way is not settled: its ladder is tried from the top down, and pages are asked where its feeds are."""

from __future__ import annotations

from msgspec.structs import replace

from crawlers.answers import EMPTY, Answer, Reading, Same, Visit, as_failure
from crawlers.asking import as_page, asked_again, key_of, noted, read_new, reading_of
from crawlers.kinds import kind_module
from crawlers.politeness import PoliteWeb
from crawlers.robots import RobotsError
from crawlers.sources import Rung
from crawlers.urls import host_of
from crawlers.ways import asked_url
from db.errors import FetchError, ParseError

MAX_DISCOVERED = 8  # addresses that a page or a custom may name as its feed


def climb(visit: Visit, web: PoliteWeb) -> Answer:
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
    if empty is not None:
        return empty
    failure = as_failure(errors)
    pages_came = all(isinstance(error, ParseError) for error in errors)
    return replace(failure, doubt=failure.error) if pages_came else failure


def _try_rung(visit: Visit, web: PoliteWeb, number: int) -> Reading | Same:
    rung = visit.source.rungs[number]
    if getattr(rung.parsed_options(), "autodiscover", False):
        return _discover(visit, web, number, rung)
    return read_new(visit, web, number, asked_url(rung))


def _discover(visit: Visit, web: PoliteWeb, number: int, rung: Rung) -> Reading | Same:
    """The page itself if it is a feed, else the first with items of those it announces and of the usual places."""
    feeds = kind_module(rung.kind)
    asked = feeds.discovery_url(rung.url) if hasattr(feeds, "discovery_url") else rung.url
    key = key_of(visit, number, asked)
    page = asked_again(visit, web, number, asked)
    if isinstance(page, Same):
        leads_to = visit.notes[key].leads_to
        return page if leads_to is None else read_new(visit, web, number, leads_to[0])
    errors: list[FetchError | ParseError] = []
    empty: Reading | Same | None = None
    try:
        return noted(visit, number, asked, page, lambda: reading_of(visit, web, number, rung.url, page))
    except ParseError as error:
        errors.append(error)
    named = [*feeds.discovered_feeds(as_page(page)), *feeds.well_known_feeds(rung.url)]
    named = [asked_url(rung.changed(url=url)) for url in named]
    for url in list(dict.fromkeys(named))[:MAX_DISCOVERED]:
        try:
            reading = read_new(visit, web, number, url)
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
