"""The kinds read the sample pages by the shipped sources.yaml: what is shown is what is found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from crawlers.kinds import Page, kind_module
from crawlers.pages.article import read_article
from crawlers.sources import Source, load_sources, shipped_sources
from db.errors import ParseError
from db.records import ParsedItem
from replica.samples import LANGUAGES, Sample, samples
from replica.web import ReplicaWeb, UnknownHost

_TODAY = date(2021, 4, 2)
_PRECISION = {0: "none", 4: "year", 7: "month", 10: "day"}


def _all_pages(source: Source, web: ReplicaWeb) -> list[ParsedItem]:
    """The items of the first rung that has any, through all its pages."""
    for rung in source.rungs:
        settled = source.changed(kind=rung.kind, url=rung.url, options=rung.options)
        try:
            if items := _walk(settled, web):
                return items
        except (UnknownHost, ParseError):
            continue
    return []


def _walk(source: Source, web: ReplicaWeb) -> list[ParsedItem]:
    options, url = source.parsed_options(), source.url
    found: dict[str, ParsedItem] = {}
    for _ in range(options.max_pages):
        answer = web.answer("GET", url)
        if answer.status != 200:
            break
        page = Page(url, answer.body, answer.headers["Content-Type"])
        listing = kind_module(source.kind).parse(page, source, options, _TODAY)
        found = {item.canonical_url: item for item in listing.items} | found
        if listing.next_url is None:
            break
        url = listing.next_url
    return list(found.values())


@pytest.fixture(scope="module")
def read(web: ReplicaWeb) -> dict[str, list[ParsedItem]]:
    return {source.id: _all_pages(source, web) for source in load_sources(shipped_sources()).sources}


def _shown(source_id: str) -> Sequence[Sample]:
    page = "home" if source_id == "gpsh" else ""
    return [sample for sample in samples(source_id) if sample.address and sample.page == page]


@pytest.mark.parametrize("source_id", LANGUAGES)
def test_every_item_is_found_at_its_printed_address(source_id: str, read: dict[str, list[ParsedItem]]) -> None:
    found = {item.url: item.title.replace("’", "'") for item in read[source_id]}
    for sample in _shown(source_id):
        assert found[sample.address] == sample.title


@pytest.mark.parametrize("source_id", LANGUAGES)
def test_nothing_else_is_taken_for_an_item(source_id: str, read: dict[str, list[ParsedItem]]) -> None:
    titles = [sample.title for sample in samples(source_id)]
    for item in read[source_id]:
        assert any(title in item.title.replace("’", "'") for title in titles), item


@pytest.mark.parametrize("source_id", LANGUAGES)
def test_each_crawl_finds_twenty_five_items(source_id: str, read: dict[str, list[ParsedItem]]) -> None:
    assert len(read[source_id]) >= 25


@pytest.mark.parametrize("source_id", LANGUAGES)
def test_dates_are_as_sure_as_they_are_printed(source_id: str, read: dict[str, list[ParsedItem]]) -> None:
    found = {item.url: item.published for item in read[source_id]}
    for sample in _shown(source_id):
        published = found[sample.address]
        if len(sample.on) > 4 or published.on:  # a feed has no form for a year alone
            assert published.precision == _PRECISION[len(sample.on)], sample.address
            assert (published.on or "").startswith(sample.on), sample.address


@pytest.mark.parametrize("source_id", LANGUAGES)
def test_articles_are_read_whole_and_without_the_frame(source_id: str, web: ReplicaWeb) -> None:
    source = next(source for source in load_sources(shipped_sources()).sources if source.id == source_id)
    for sample in filter(lambda sample: sample.address, samples(source_id)):
        answer = web.answer("GET", sample.address)
        page = Page(sample.address, answer.body, answer.headers["Content-Type"])
        article = read_article(page, source, source.parsed_options(), _TODAY)
        assert article.title.replace("’", "'") == sample.title
        assert all(paragraph in article.text for paragraph in sample.paragraphs), sample.address
        assert "replica" not in article.text
