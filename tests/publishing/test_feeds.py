"""Outgoing feeds: valid by the grammars of their standards, for every part, in every script, and 304 when held."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import feedparser
import httpx
import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from db.errors import NewsError
from db.records import Curation
from publishing.public import publish
from publishing.reuse.addresses import lasting_name, site_address
from publishing.reuse.answers import held
from publishing.reuse.feeds import Feed, atom, feeds_of_page, json_feed
from publishing.site import make_site
from tests.publishing.conftest import NOW, SD1, SD3, new_desk
from tests.publishing.test_site import HOSTILE, served

SITE = "https://activities.example.org"
SCHEMAS = Path(__file__).with_name("schemas")
GRAMMAR = etree.RelaxNG.from_rnc_string((SCHEMAS / "atom.rnc").read_text("utf-8"))
SCHEMA = jsonschema.Draft202012Validator(
    json.loads((SCHEMAS / "json-feed.json").read_text("utf-8")), format_checker=jsonschema.FormatChecker()
)
TITLES = {
    "nlc-news": "国家图书馆举办古籍修复展览",
    "nlk-news": "국립중앙도서관 국제 세미나",
    "num-news": "Номын сангийн өдөр",
    "ndl-en": "Digital collections & “reading” \x0b\u202e",
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder: Path = tmp_path_factory.mktemp("feeds")
    with new_desk(folder) as desk:
        for source, title in TITLES.items():
            desk.activity(title, source=source, tags=(SD1, SD3))
        desk.mark(desk.find(HOSTILE, summary=HOSTILE, day=None), Curation("impactful", impact=HOSTILE))
        publish(desk.conn, folder / "public.db", now=NOW)
        desk.mark(1, Curation("impactful", (SD3,), title="A *new* title", impact="Impact."))
        desk.activity("added later", tags=())
        publish(desk.conn, folder / "public.db", now=NOW + timedelta(days=2))
    with served(make_site(folder / "public.db", address=SITE)) as client:
        yield client


PARTS = [
    pytest.param("/feed", "", 6, id="everything"),
    pytest.param("/country/CN", "", 1, id="a country"),
    pytest.param("/country/NZ", "", 0, id="a silent country"),
    pytest.param("/tag/IFLA-2019-2024/SD3", "", 4, id="a tag"),
    pytest.param("/language/ko", "", 1, id="a language"),
    pytest.param("/language/ja", "", 0, id="a silent language"),
    pytest.param("/search", "q=图书馆", 1, id="a saved search"),
    pytest.param("/search", "q=lang:en -country:KR", 3, id="a saved search by fields"),
    pytest.param("/search", "q=zzz", 0, id="a search that finds nothing"),
]


@pytest.mark.parametrize(("path", "query", "entries"), PARTS)
def test_every_part_has_valid_feeds(client: httpx.Client, path: str, query: str, entries: int) -> None:
    answer = client.get(f"{path}.atom?{query}")
    document = etree.fromstring(answer.content)
    assert GRAMMAR.validate(document), GRAMMAR.error_log
    parsed = feedparser.parse(answer.content)
    assert (parsed.bozo, len(parsed.entries)) == (False, entries)
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    told = json.loads(client.get(f"{path}.json?{query}").content)
    SCHEMA.validate(told)
    assert [item["id"] for item in told["items"]] == [entry.id for entry in parsed.entries]
    ids = [parsed.feed.id, *(entry.id for entry in parsed.entries)]
    assert len(set(ids)) == len(ids) and all(
        re.fullmatch(r"tag:activities\.example\.org,2026:/\S+", id_) for id_ in ids
    )
    for link in (told["feed_url"], told["home_page_url"]):
        assert client.get(link.removeprefix(SITE)).status_code == 200


def test_grammar_refuses_what_is_no_feed(client: httpx.Client) -> None:
    document = etree.fromstring(client.get("/feed.atom").content)
    for name in ("id", "updated"):
        broken = etree.fromstring(etree.tostring(document))
        broken.remove(broken.find(f"{{*}}{name}"))
        assert not GRAMMAR.validate(broken)


def test_entry_tells_the_activity(client: httpx.Client) -> None:
    first, changed = (feedparser.parse(client.get("/feed.atom").content).entries[place] for place in (0, -1))
    assert (first.title, first.published) == ("added later", "2021-02-12T08:00:00Z")
    assert (changed.id, changed.link) == ("tag:activities.example.org,2026:/a/1", f"{SITE}/a/1")
    assert (changed.title, changed.published, changed.updated) == (
        "A new title", "2021-02-10T08:00:00Z", "2021-02-12T08:00:00Z")  # fmt: skip
    assert [link.href for link in changed.links if link.rel == "via"] == ["https://nlc-news.example/1"]
    assert {tag.label for tag in changed.tags} == {"China", "SD3 Connect and empower the field"}
    assert '<p lang="zh-Hans">国家图书馆举办古籍修复展览</p>' in changed.content[0].value
    assert "<p>China · 1 December 2020 · National Library of China" in changed.content[0].value


def test_hostile_text_stays_text(client: httpx.Client) -> None:
    entry = next(e for e in feedparser.parse(client.get("/feed.atom").content).entries if "alert" in e.title)
    item = next(i for i in client.get("/feed.json").json()["items"] if "alert" in i["title"])
    assert entry.title == item["title"] == HOSTILE
    assert "<script" not in item["content_html"] and "<img" not in item["content_html"]


def test_feed_is_not_sent_again_to_who_has_it(client: httpx.Client) -> None:
    first = client.get("/country/KR.atom")
    again = client.get("/country/KR.atom", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    other = client.get("/country/KR.json", headers={"if-none-match": first.headers["etag"]})
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("told", "answer"),
    [('"a"', True), ('W/"a"', True), ('"b", "a"', True), ("*", True), ('"b"', False), ("", False), ("a", False)],
)
def test_held(told: str, answer: bool) -> None:
    assert held(told, '"a"') is answer


@pytest.mark.parametrize(
    "path",
    [
        "/country/XX.atom",
        "/tag/x/y.atom",
        "/language/xx.json",
        "/language/KO.atom",
        "/language/zh.atom",
        "/search.atom",
        "/search.json?q=+",
        "/a.atom",
    ],
)
def test_part_that_does_not_exist_has_no_feed(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("page", "feed"),
    [
        ("/", None),
        ("/a/1", None),
        ("/country/CN", "/country/CN.atom"),
        ("/tag/IFLA-2019-2024/SD1", "/tag/IFLA-2019-2024/SD1.atom"),
        ("/public/activities?language=ko", "/language/ko.atom"),
        ("/public/activities?language=mi", "/language/mi.atom"),
        ("/public/activities?language=xx", None),
        ("/search?q=图书馆&page=1", "/search.atom?q=%E5%9B%BE%E4%B9%A6%E9%A6%86"),
        ("/public/activities?_search=세미나", "/search.atom?q=%EC%84%B8%EB%AF%B8%EB%82%98"),
    ],
)
def test_page_names_its_feeds(client: httpx.Client, page: str, feed: str | None) -> None:
    document = etree.HTML(client.get(page).content)
    named = [
        link.get("href")
        for link in document.iterfind(".//link[@rel='alternate']")
        if "feed" in link.get("type") or "atom" in link.get("type")
    ]
    assert named[0] == (feed or "/feed.atom") and named[-1] == "/feed.json"
    assert all(client.get(link).status_code == 200 for link in named)
    assert (document.find(f".//main//a[@href='{feed}']") is not None) is (feed is not None)


def test_feeds_of_a_strange_page_are_those_of_all() -> None:
    assert feeds_of_page("/search", "q=%20&q") == (("/feed", ""),)
    assert feeds_of_page("/search", "q=a%26b#") == (("/search", "q=a%26b%23"), ("/feed", ""))


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_gives_valid_feeds(title: str, summary: str) -> None:
    row = {"id": 7, "title": title, "original_title": "原題", "summary": summary, "impact": summary, "url": "x:",
           "country": "JP", "country_name": "Japan", "language": "ja", "source": title, "published_on": None,
           "date_precision": "none", "added_at": "2021-01-01T00:00:00Z", "updated_at": "2021-01-01T00:00:00Z",
           "event_start_on": None, "event_end_on": None}  # fmt: skip
    feed = Feed(SITE, title or "t", "/", "/search", "q=x", "2021-01-01T00:00:00Z", [row], {})
    assert GRAMMAR.validate(etree.fromstring(atom(feed))), GRAMMAR.error_log
    SCHEMA.validate(json.loads(json_feed(feed)))


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ("https://activities.example.org/", SITE),
        ("http://127.0.0.1:8002", "http://127.0.0.1:8002"),
        ("activities.example.org", None),
        ("ftp://a.example", None),
        ("https://a.example/below", None),
        ("https://user@a.example", None),
        ("https://a.example?x", None),
        ("", None),
    ],
)
def test_site_address(told: str, address: str | None) -> None:
    if address is None:
        with pytest.raises(NewsError, match="not the address of a site"):
            site_address(told)
    else:
        assert site_address(told) == address


def test_name_outlives_a_move_to_https() -> None:
    assert lasting_name("http://a.example:80", "/a/1") == lasting_name("https://a.example", "/a/1")
