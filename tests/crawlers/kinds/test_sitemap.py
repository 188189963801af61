"""News sitemaps, plain ones, indexes, and packed files."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Callable
from datetime import date
from itertools import pairwise

import pytest

from crawlers.crawl import CrawlRequest
from crawlers.kinds import Listing, Page
from crawlers.kinds.sitemap import Options, child_url, is_sitemap
from db.errors import ParseError
from tests.crawlers.small_web import SmallWeb, crawl_web, source, source_file

Read = Callable[..., Listing]
NEWS = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
 xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc>https://www.example.org/n/1</loc><news:news><news:publication><news:name>Library</news:name>
<news:language>ko</news:language></news:publication><news:publication_date>2021-02-01T23:30:00Z</news:publication_date>
<news:title>도서관 &amp; 독서</news:title></news:news>
<image:image><image:loc>/1.jpg</image:loc><image:title>A picture</image:title></image:image></url>
<url><loc>https://www.example.org/n/2</loc><news:news><news:publication_date>2021-02-03</news:publication_date>
<news:title>Second</news:title></news:news></url>
</urlset>"""


def plain(*entries: tuple[str, str]) -> str:
    rows = "".join(f"<url><loc>{url}</loc><lastmod>{changed}</lastmod></url>" for url, changed in entries)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'


def index(*entries: tuple[str, str]) -> str:
    rows = "".join(
        f"<sitemap><loc>{url}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</sitemap>" for url, day in entries
    )
    return f"<sitemapindex>{rows}</sitemapindex>"


def test_news_are_read_newest_first(read: Read) -> None:
    items = read("sitemap", NEWS).items
    assert [(item.title, item.published.on) for item in items] == [
        ("Second", "2021-02-03"),
        ("도서관 & 독서", "2021-02-02"),  # the day in Seoul
    ]
    assert (items[1].language, items[1].image_url) == ("ko", "https://www.example.org/1.jpg")


def test_packed_file_is_known_by_its_content(read: Read) -> None:
    assert read("sitemap", gzip.compress(NEWS.encode()), content_type="text/plain") == read("sitemap", NEWS)


@pytest.mark.parametrize(
    ("entry", "title", "on"),
    [
        pytest.param("/news/a-new-reading-room.html", "a new reading room", None, id="words of the address"),
        pytest.param("/news/2021/02/03/1234.html", "/news/2021/02/03/1234.html", "2021-02-03", id="day of the address"),
        pytest.param("/news/%EB%8F%85%EC%84%9C_1", "독서 1", None, id="escaped words"),
    ],
)
def test_plain_sitemap_tells_what_its_addresses_tell(read: Read, entry: str, title: str, on: str | None) -> None:
    listing = read("sitemap", plain((f"https://www.example.org{entry}", "2021-02-09")), link_pattern="/news/")
    assert [(item.title, item.published.on) for item in listing.items] == [(title, on)]


def test_last_change_is_a_publication_day_only_when_the_block_says_so(read: Read) -> None:
    body = plain(
        ("https://www.example.org/news/a-story", "2021-02-08"), ("https://www.example.org/about", "2021-02-09")
    )
    listing = read("sitemap", body, link_pattern="/news/", lastmod_is_published=True)
    assert [(item.url[-8:], item.published.on) for item in listing.items] == [("/a-story", "2021-02-08")]


def test_the_newest_are_kept_when_there_are_too_many(read: Read) -> None:
    body = plain(*((f"https://www.example.org/news/story-{n}", f"2021-01-{n:02}") for n in range(1, 29)))
    items = read("sitemap", body, link_pattern="/news/", max_items=3).items
    assert [item.title for item in items] == ["story 28", "story 27", "story 26"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param(plain(("https://www.example.org/a", "")), "link_pattern", id="plain without pattern"),
        pytest.param(index(("https://www.example.org/a.xml", "")), "index of 1 sitemaps", id="index"),
        pytest.param("<html></html>", "not a sitemap", id="page"),
        pytest.param("", "not a sitemap", id="nothing"),
        pytest.param(gzip.compress(NEWS.encode())[:-20], "packed wrongly", id="cut"),
        pytest.param(b"\x1f\x8b rubbish", "packed wrongly", id="rubbish"),
    ],
)
def test_what_is_no_sitemap_is_refused(read: Read, body: str | bytes, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        read("sitemap", body)


def test_empty_sitemap_is_empty(read: Read) -> None:
    assert read("sitemap", "<urlset></urlset>") == Listing(())


def test_half_characters_spoil_nothing(read: Read) -> None:
    body = NEWS.replace("Second", "Sec&#xD800;&#56000;&#x0dfff;ond")
    assert [item.title for item in read("sitemap", body).items] == ["Sec???ond", "도서관 & 독서"]


def test_entities_are_not_unpacked(read: Read) -> None:
    bomb = (
        '<!DOCTYPE urlset [<!ENTITY a "aaaaaaaaaa">]><urlset><url><loc>https://www.example.org/&a;</loc></url></urlset>'
    )
    assert all("aaaaaaaaaa" not in item.url for item in read("sitemap", bomb, link_pattern=".").items)


@pytest.mark.parametrize(
    ("entries", "order"),
    [
        pytest.param([("/a.xml", "2021-01-01"), ("/b.xml", "2021-02-01")], ["/b.xml", "/a.xml"], id="by last change"),
        pytest.param([("/post-9.xml", ""), ("/post-10.xml", "")], ["/post-10.xml", "/post-9.xml"], id="by number"),
    ],
)
def test_index_leads_from_the_newest_on(entries: list[tuple[str, str]], order: list[str]) -> None:
    body, url, found = index(*entries).encode(), "https://www.example.org/sitemap.xml", []
    while child := child_url(Page(url, body), Options()):
        found.append(child[0])
        if child[1] is None:
            break
        url = child[1]
    assert found == [f"https://www.example.org{path}" for path in order]


def test_only_wanted_sitemaps_of_an_index_are_read() -> None:
    page = Page("https://www.example.org/", index(("/tags.xml", "2021-02-02"), ("/news.xml", "2021-01-01")).encode())
    assert child_url(page, Options(children="news")) == ("https://www.example.org/news.xml", None)


@pytest.mark.parametrize(
    ("body", "is_one"),
    [(NEWS.encode(), True), (gzip.compress(NEWS.encode()), True), (b"<html>", False), (b"\x1f\x8b", False)],
)
def test_sitemap_is_known_by_its_content(body: bytes, is_one: bool) -> None:
    assert is_sitemap(body) is is_one


def test_walk_goes_through_an_index_to_the_day(conn: sqlite3.Connection, web: SmallWeb) -> None:
    url = "https://library.example/sitemap.xml"
    web.put(url, index(*((f"https://library.example/{month}.xml", f"2021-{month:02}-28") for month in (1, 2, 3, 4))))
    for month in (1, 2, 3, 4):
        days = [f"2020-{month + 6:02}-{day:02}" for day in (1, 15)]
        web.put(
            f"https://library.example/{month}.xml",
            plain(*((f"https://library.example/news/{on}/a", on) for on in days)),
        )
    used = source("map", url, "sitemap", link_pattern="/news/", lastmod_is_published=True, articles="none")
    first = crawl_web(conn, web, source_file(used)).polls["map"]
    assert (first.items_new, web.asked()[:2]) == (8, [url, "https://library.example/4.xml"])
    web.requests.clear()
    crawl_web(conn, web, source_file(used), CrawlRequest(since=date(2020, 8, 10)))
    asked = [address for address in web.asked() if address != url]
    assert asked == [f"https://library.example/{month}.xml" for month in (4, 3, 2)]
    assert all(newer > older for newer, older in pairwise(asked))


def test_unchanged_index_hides_no_news(conn: sqlite3.Connection, web: SmallWeb) -> None:
    url, child = "https://library.example/sitemap.xml", "https://library.example/news.xml"
    web.put(url, index((child, "")), etag='"same"')
    web.put(child, plain(("https://library.example/news/one-story", "")))
    used = source("map", url, "sitemap", link_pattern="/news/", articles="none")
    crawl_web(conn, web, source_file(used))
    web.put(child, plain(("https://library.example/news/two-stories", "")))
    poll = crawl_web(conn, web, source_file(used), CrawlRequest(all_=True)).polls["map"]
    assert (poll.outcome, poll.items_new) == ("new", 1)


def test_words_of_the_address_give_way_to_the_title_of_the_article(conn: sqlite3.Connection, web: SmallWeb) -> None:
    url, story = "https://library.example/sitemap.xml", "https://library.example/news/a-new-room.html"
    text = "<p>" + "The new reading room was opened to all readers of the city this week. " * 5 + "</p>"
    web.put(url, plain((story, "2021-02-08")))
    web.put(story, f"<html><title>A new room!</title><body><article><h1>A new room!</h1>{text}</article></body></html>")
    used = source("map", url, "sitemap", link_pattern="/news/")
    for _ in range(2):
        crawl_web(conn, web, source_file(used), CrawlRequest(all_=True))
        assert [row[0] for row in conn.execute("SELECT title FROM items")] == ["A new room!"]
