"""Lists of sources go out as OPML and come back as they were; lists of strangers give what they can."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree
from msgspec.structs import asdict

from crawlers.opml import from_opml, to_opml
from crawlers.sources import SourceFile, load_sources, shipped_sources
from db.errors import NewsError

NOW = datetime(2021, 2, 10, 8, 0, tzinfo=UTC)
REGIONS = {
    "north-east-asia": {"name": "North East Asia", "countries": {"KR": "Korea, Republic of", "JP": "Japan"}},
    "oceania": {"name": "Oceania", "countries": {"NZ": "New Zealand"}},
}
EMPTY = SourceFile.checked({"sub_regions": REGIONS, "sources": ()})


def listed(*outlines: str) -> bytes:
    return f"<opml version='1.0'><head/><body>{''.join(outlines)}</body></opml>".encode()


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> SourceFile:
    path = tmp_path_factory.mktemp("all") / "sources.yaml"
    path.write_text(f"include: [asia-oceania]\n{shipped_sources().read_text('utf-8')}", "utf-8")
    return load_sources(path)


def test_a_list_comes_back_as_it_went_out(everything: SourceFile) -> None:
    bare = everything.changed(sources=())
    blocks = [one.block for one in from_opml(to_opml(everything, NOW), bare)]
    back = SourceFile.checked(asdict(everything) | {"sources": blocks})
    assert {source.id: source for source in back.sources} == {source.id: source for source in everything.sources}


def test_other_programs_find_the_feeds(everything: SourceFile) -> None:
    root = etree.fromstring(to_opml(everything, NOW))
    feeds = {outline.get("xmlUrl") for outline in root.iter("outline") if outline.get("type") == "rss"}
    assert "https://www.ifla.org/news/feed/" in feeds
    assert "https://rss.blog.naver.com/dibrary1004.xml" in feeds
    assert "https://www.youtube.com/feeds/videos.xml?channel_id=UCKjWKI1yRlzWfgnF98HZ_TA" in feeds
    assert not any("nlc.cn" in str(feed) for feed in feeds)  # a page is no feed
    assert {"North East Asia", "Mongolia"} <= {outline.get("text") for outline in root.iter("outline")}


@pytest.mark.parametrize(
    ("outline", "expected"),
    [
        pytest.param(
            "<outline text='Korea, Republic of'><outline text='News' xmlUrl='https://a.example/f'/></outline>",
            ("KR", "north-east-asia", "feed"),
            id="country above it",
        ),
        pytest.param(
            "<outline text='N' xmlUrl='https://a.example/f' category='/oceania/NZ'/>",
            ("NZ", "oceania", "feed"),
            id="category",
        ),
        pytest.param("<outline text='N' xmlUrl='https://a.govt.nz/f'/>", ("NZ", "oceania", "feed"), id="ending"),
        pytest.param(
            "<outline text='N' htmlUrl='https://a.co.kr/list'/>", ("KR", "north-east-asia", "list_page"), id="page"
        ),
        pytest.param(
            "<outline text='Japan'><outline text='T' url='https://t.me/library'/></outline>",
            ("JP", "north-east-asia", "telegram"),
            id="a network",
        ),
    ],
)
def test_country_is_found(outline: str, expected: tuple[str, str, str]) -> None:
    (one,) = from_opml(listed(outline), EMPTY)
    assert one.block is not None, one.refused
    assert (one.block["country"], one.block["sub_region"], one.block["kind"]) == expected


OWN = "xmlns:convenor='https://github.com/ifla-asia-oceania/convenor/opml'"
FACEBOOK = "convenor:kind='facebook' url='https://www.facebook.com/library'"


def test_options_nested_without_end_are_none() -> None:
    nested = "[" * 100_000
    (one,) = from_opml(
        listed(f"<outline {OWN} text='N' xmlUrl='https://a.govt.nz/f' convenor:options='{nested}'/>"), EMPTY
    )
    assert one.block is not None and one.block["options"] == {}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        pytest.param(f'{FACEBOOK} convenor:options=\'{{"api": "https://evil.example"}}\'', "option api", id="api"),
        pytest.param(
            f'{FACEBOOK} convenor:options=\'{{"token_variable": "NEWSLETTER_PASSWORD"}}\'', "token_variable", id="token"
        ),
        pytest.param(
            'xmlUrl=\'https://a.govt.nz/f\' convenor:alternatives=\'[{"kind": "newsletter", "url":'
            ' "imaps://evil.example/INBOX"}]\'',
            "a mailbox or a file",
            id="mailbox",
        ),
        pytest.param(
            "xmlUrl='https://a.govt.nz/f' convenor:options='{\"legacy_tls\": true}'", "legacy_tls", id="old protocol"
        ),
    ],
)
def test_a_list_of_a_stranger_gets_no_secret_and_no_file(told: str, said: str) -> None:
    (one,) = from_opml(listed(f"<outline {OWN} text='N' category='/oceania/NZ' {told}/>"), EMPTY)
    assert one.block is None and said in one.refused


@pytest.mark.parametrize(
    ("outline", "said"),
    [
        pytest.param("<outline text='N' xmlUrl='https://a.example/f'/>", "country is not told", id="no country"),
        pytest.param("<outline text='N' xmlUrl='https://a.de/f'/>", "no sub-region has the country DE", id="elsewhere"),
        pytest.param("<outline text='N' xmlUrl='javascript:alert(1)'/>", "not an http", id="scheme"),
        pytest.param("<outline text='N' xmlUrl='file:///etc/passwd'/>", "not an http", id="file"),
    ],
)
def test_what_cannot_be_added_says_why(outline: str, said: str) -> None:
    (one,) = from_opml(listed(outline), EMPTY)
    assert one.block is None and said in one.refused


def test_given_country_stands_where_none_is_told() -> None:
    first, second = from_opml(
        listed("<outline text='N' xmlUrl='https://a.example/f'/>", "<outline text='N' xmlUrl='https://a.example/f'/>"),
        EMPTY,
        country="JP",
    )
    assert first.block is not None and first.block["country"] == "JP"
    assert second.refused == "is a source already"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<html><body/></html>", id="no OPML"),
        pytest.param(b"<opml><head/></opml>", id="no body"),
        pytest.param(b"<opml><body><outline", id="cut off"),
        pytest.param(b"x" * 5_000_001, id="too large"),
        pytest.param(listed(*["<outline text='N' xmlUrl='https://a.govt.nz/f'/>"] * 2_001), id="too long"),
    ],
)
def test_what_is_no_opml_is_refused(body: bytes) -> None:
    with pytest.raises(NewsError):
        from_opml(body, EMPTY)


def test_nothing_is_fetched_or_expanded(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hidden")
    body = (
        f"<!DOCTYPE opml [<!ENTITY s SYSTEM 'file://{secret}'>]>"
        "<opml><body><outline text='N &s;' xmlUrl='https://a.govt.nz/f'><outline text='&s;'/></outline></body></opml>"
    )
    try:
        found = from_opml(body.encode(), EMPTY)
    except NewsError:
        return
    assert "hidden" not in str(found)
