"""The blocks of the shipped sources.yaml read the sample pages: every title, address and date as it stands there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from crawlers.kinds import Page, kind_module
from crawlers.kinds.feed import discovered_feeds
from crawlers.pages.article import read_article
from crawlers.sources import Rung, Source, load_sources, shipped_sources
from db.records import ParsedItem
from replica.samples import Sample, samples
from replica.web import ReplicaWeb, UnknownHost

TODAY = date(2026, 11, 22)
WEB = ReplicaWeb()
SOURCES = {source.id: source for source in load_sources(shipped_sources()).sources}


def fetched(url: str) -> Page | None:
    try:
        answer = WEB.answer("GET", url)
    except UnknownHost:
        return None
    if answer.status in (301, 302, 308):
        return fetched(answer.headers["Location"])
    return Page(url, answer.body, answer.headers.get("Content-Type", "")) if answer.status == 200 else None


def listed(source: Source, rung: Rung) -> dict[str, ParsedItem]:
    """The items of all pages of one way to read a source, by their address; {} when it does not answer."""
    module, options = kind_module(rung.kind), rung.parsed_options()
    page = fetched(module.first_url(rung.url, options) if hasattr(module, "first_url") else rung.url)
    if page and getattr(options, "autodiscover", False):
        page = fetched(next(iter(discovered_feeds(page)), "")) if discovered_feeds(page) else None
    found: dict[str, ParsedItem] = {}
    while page:
        listing = module.parse(page, source, options, TODAY)
        found |= {item.url: item for item in listing.items}
        page = fetched(listing.next_url) if listing.next_url else None
    return found


def expected(source_id: str) -> Mapping[str, Sample]:
    # Other pages of GPSH are read by other rungs.
    return {sample.address: sample for sample in samples(source_id) if sample.address and sample.page in ("", "home")}


def told(title: str, on: str | None, length: int) -> tuple[str, str]:
    return title.replace("’", "'"), (on or "")[:length]  # WordPress turns quotes


@pytest.mark.parametrize("source_id", SOURCES)
def test_first_way_that_answers_reads_every_item(source_id: str) -> None:
    source, wanted = SOURCES[source_id], expected(source_id)
    found = next(items for rung in source.rungs if (items := listed(source, rung)))
    assert wanted.keys() <= found.keys()
    for url, sample in wanted.items():
        length = len(sample.on) if len(sample.on) > 4 or found[url].published.on else 0  # a bare year is no date
        assert told(found[url].title, found[url].published.on, length) == told(sample.title, sample.on, length)


@pytest.mark.parametrize("source_id", SOURCES)
def test_article_pages_tell_title_text_and_day(source_id: str) -> None:
    source = SOURCES[source_id]
    for url, sample in list(expected(source_id).items())[:8]:
        page = fetched(url)
        assert page
        article = read_article(page, source, source.parsed_options(), TODAY)
        length = len(sample.on)
        assert told(article.title, article.published.on, length) == told(sample.title, sample.on, length)
        assert sample.paragraphs[-1].split()[-1] in article.text
