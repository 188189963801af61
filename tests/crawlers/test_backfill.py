"""Walking back to a day through thirty pages: to the end, without circles, and on from where it was interrupted."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from crawlers.crawl import CrawlRequest
from crawlers.messages import Request, Response
from crawlers.sources import Source
from crawlers.tally import CrawlEvent
from tests.crawlers.small_web import Crawled, SimulatedTime, SmallWeb, crawl_web, feed, source, source_file

LIST = "https://library.example/news"
POSTS = "https://library.example/wp-json/wp/v2/posts?per_page=3"
FEED = "https://library.example/feed"
NEWEST = date(2021, 2, 9)
PAGES = 30
SINCE = CrawlRequest(since=NEWEST - timedelta(days=3 * PAGES + 30))


class Killed(BaseException):
    """What stops a process in the middle."""


def day(number: int) -> date:
    return NEWEST - timedelta(days=number)


def stories(page: int, newer: int = 0) -> range:
    """The numbers of the three stories on a page, after `newer` stories have come in front."""
    return range(3 * (page - 1) - newer, 3 * page - newer)


def html(page: int, newer: int = 0) -> str:
    rows = "".join(
        f'<li><a href="/news/{1000 + n}">Story number {n} of the library</a> <span>{day(n)}</span></li>'
        for n in stories(page, newer)
    )
    return f'<ul>{rows}</ul><a rel="next" href="/news?page={page + 1}">Next</a>'


def posts(page: int, newer: int = 0) -> str:
    return json.dumps(
        [
            {"id": 1000 + n, "link": f"/{1000 + n}", "title": {"rendered": f"Story {n}"}, "date": f"{day(n)}T10:00:00"}
            for n in stories(page, newer)
        ]
    )


def rss(page: int, newer: int = 0) -> str:
    return feed(*(f"Story {1000 + n}" for n in stories(page, newer)), day=day(stories(page, newer)[0]))


Body = Callable[[int, int], str]
KINDS = [
    pytest.param(LIST, html, {"kind": "list_page", "link_pattern": r"/news/\d+$"}, "?page=", id="pages of a list"),
    pytest.param(POSTS, posts, {"kind": "wordpress", "per_page": 3}, "&page=", id="REST"),
    pytest.param(FEED, rss, {"kind": "feed", "paged": True}, "?paged=", id="pages of a feed"),
]


def put_pages(web: SmallWeb, url: str, body: Body, parameter: str, newer: int = 0, pages: int = PAGES) -> list[str]:
    addresses = [url, *(f"{url}{parameter}{number}" for number in range(2, pages + 1))]
    for number, address in enumerate(addresses, 1):
        web.put(address, body(number, newer))
    return addresses


def one(url: str, options: dict[str, object]) -> Source:
    given: dict[str, Any] = {"articles": "none", **options}
    return source("list", url, **given)


def kill_at(web: SmallWeb, address: str) -> None:
    def answer(request: Request) -> Response:
        raise Killed

    web.pages[address] = answer


def killed(conn: sqlite3.Connection, web: SmallWeb, used: Source, address: str) -> None:
    kill_at(web, address)
    with pytest.raises(Killed):
        crawl_web(conn, web, source_file(used), SINCE)


def items(conn: sqlite3.Connection) -> int:
    return int(conn.execute("SELECT count(*) FROM items").fetchone()[0])


def remembered(conn: sqlite3.Connection) -> int:
    return int(conn.execute("SELECT count(*) FROM backfill_pages").fetchone()[0])


def the_poll(crawled: Crawled) -> CrawlEvent:
    return crawled.polls["list"]


@pytest.mark.parametrize(("url", "body", "options", "parameter"), KINDS)
def test_every_page_is_read_once(
    conn: sqlite3.Connection, web: SmallWeb, url: str, body: Body, options: dict[str, object], parameter: str
) -> None:
    addresses = put_pages(web, url, body, parameter)
    poll = the_poll(crawl_web(conn, web, source_file(one(url, options)), SINCE))
    assert [address for address in web.asked() if address in addresses] == addresses
    assert (poll.outcome, poll.items_new, poll.items_seen, items(conn)) == ("new", 90, 90, 90)
    assert remembered(conn) == 0


@pytest.mark.parametrize(("url", "body", "options", "parameter"), KINDS)
def test_interrupted_walk_goes_on_where_it_stopped(
    conn: sqlite3.Connection, web: SmallWeb, url: str, body: Body, options: dict[str, object], parameter: str
) -> None:
    addresses = put_pages(web, url, body, parameter)
    killed(conn, web, one(url, options), addresses[14])
    assert (items(conn), remembered(conn)) == (14 * 3, 14)
    web.requests.clear()
    put_pages(web, url, body, parameter)
    poll = the_poll(crawl_web(conn, web, source_file(one(url, options)), SINCE))
    assert [address for address in web.asked() if address in addresses] == [url, *addresses[14:]]
    assert (items(conn), remembered(conn), poll.items_new) == (90, 0, 16 * 3)


@pytest.mark.parametrize("newer", [1, 3, 7])
def test_news_that_came_meanwhile_are_read_first(conn: sqlite3.Connection, web: SmallWeb, newer: int) -> None:
    options: dict[str, object] = {"kind": "list_page", "link_pattern": r"/news/\d+$"}
    addresses = put_pages(web, LIST, html, "?page=")
    killed(conn, web, one(LIST, options), addresses[14])
    addresses = put_pages(web, LIST, html, "?page=", newer=newer, pages=PAGES + 3)
    crawl_web(conn, web, source_file(one(LIST, options)), SINCE)
    titles = {str(row[0]) for row in conn.execute("SELECT title FROM items")}
    assert {f"Story number {n} of the library" for n in range(-newer, 90)} <= titles


def test_walk_killed_before_the_ends_met_leaves_no_gap(conn: sqlite3.Connection, web: SmallWeb) -> None:
    options: dict[str, object] = {"kind": "list_page", "link_pattern": r"/news/\d+$"}
    used = one(LIST, options)
    addresses = put_pages(web, LIST, html, "?page=")
    killed(conn, web, used, addresses[14])
    put_pages(web, LIST, html, "?page=", newer=9, pages=PAGES + 3)
    killed(conn, web, used, addresses[1])
    put_pages(web, LIST, html, "?page=", newer=9, pages=PAGES + 3)
    crawl_web(conn, web, source_file(used), SINCE)
    assert items(conn) == 99


def test_failing_page_is_where_the_next_walk_goes_on(conn: sqlite3.Connection, web: SmallWeb) -> None:
    used = one(LIST, {"kind": "list_page", "link_pattern": r"/news/\d+$"})
    addresses = put_pages(web, LIST, html, "?page=")
    web.put(addresses[9], status=503)
    poll = the_poll(crawl_web(conn, web, source_file(used), SINCE))
    assert (poll.items_new, "older pages could not be read" in str(poll.note)) == (27, True)
    web.requests.clear()
    put_pages(web, LIST, html, "?page=")
    assert the_poll(crawl_web(conn, web, source_file(used), SINCE)).items_new == 63
    assert web.asked() == [LIST, *addresses[9:], f"{LIST}?page=31"]


def test_walk_ends_at_the_day(conn: sqlite3.Connection, web: SmallWeb) -> None:
    used = one(LIST, {"kind": "list_page", "link_pattern": r"/news/\d+$"})
    addresses = put_pages(web, LIST, html, "?page=")
    crawl_web(conn, web, source_file(used), CrawlRequest(since=day(10)))
    assert web.asked() == addresses[:4]
    assert remembered(conn) == 0


def test_shorter_walk_keeps_the_place_of_a_longer_one(conn: sqlite3.Connection, web: SmallWeb) -> None:
    used = one(LIST, {"kind": "list_page", "link_pattern": r"/news/\d+$"})
    addresses = put_pages(web, LIST, html, "?page=")
    killed(conn, web, used, addresses[9])
    put_pages(web, LIST, html, "?page=")
    crawl_web(conn, web, source_file(used), CrawlRequest(since=day(1)))
    assert remembered(conn) == 9
    web.requests.clear()
    crawl_web(conn, web, source_file(used), SINCE)
    assert web.asked()[:2] == [LIST, addresses[9]]


YEARS = range(2021, 2011, -1)


def year_page(year: int | None) -> str:
    """Three stories of a year, or of the newest one, and links to all years in every page."""
    shown = year or YEARS[0]
    rows = "".join(
        f'<li><a href="/news/fy{shown}/{n}.html">Story {n} of {shown} in the library</a> {shown}-01-0{n}</li>'
        for n in (3, 2, 1)
    )
    return f"<ul>{rows}</ul><p>" + "".join(f'<a href="/news/fy{y}/index.html">FY{y}</a>' for y in YEARS) + "</p>"


@pytest.mark.parametrize("options", [{}, {"next": 'a[href$="index.html"][href*="fy20"]'}], ids=["found", "pinned"])
def test_years_are_walked_one_after_the_other(
    conn: sqlite3.Connection, web: SmallWeb, options: dict[str, object]
) -> None:
    web.put(f"{LIST}/index.html", year_page(None))
    addresses = [f"{LIST}/fy{year}/index.html" for year in YEARS]
    for year, address in zip(YEARS, addresses, strict=True):
        web.put(address, year_page(year))
    pattern = r"/news/fy\d+/\d+\.html$"
    used = one(f"{LIST}/index.html", {"kind": "list_page", "link_pattern": pattern, **options})
    since = CrawlRequest(since=date(2015, 6, 1))
    kill_at(web, addresses[3])
    with pytest.raises(Killed):
        crawl_web(conn, web, source_file(used), since)
    web.put(addresses[3], year_page(YEARS[3]))
    crawl_web(conn, web, source_file(used), since)
    assert web.asked() == [f"{LIST}/index.html", *addresses[:4], f"{LIST}/index.html", *addresses[3:7]]
    assert (items(conn), remembered(conn)) == (3 * 7, 0)


def circle(pages: Sequence[int]) -> dict[int, int]:
    return dict(zip(pages, [*pages[1:], pages[0]], strict=True))


@pytest.mark.parametrize(
    "leads_to",
    [
        pytest.param(circle([1, 2, 3, 4]), id="last to first"),
        pytest.param({1: 2, 2: 3, 3: 4, 4: 3}, id="back and forth"),
        pytest.param({1: 2, 2: 2}, id="to itself"),
    ],
)
def test_no_walk_goes_in_circles(
    conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime, leads_to: dict[int, int]
) -> None:
    for number, following in leads_to.items():
        web.put(f"{LIST}?page={number}", html(number).replace(f"page={number + 1}", f"page={following}"))
    used = one(f"{LIST}?page=1", {"kind": "list_page", "link_pattern": r"/news/\d+$"})
    crawl_web(conn, web, source_file(used), SINCE, time=time)
    assert len(web.asked()) == len(leads_to) and remembered(conn) == 0


def test_circle_across_an_interruption_ends(conn: sqlite3.Connection, web: SmallWeb) -> None:
    used = one(f"{LIST}?page=1", {"kind": "list_page", "link_pattern": r"/news/\d+$"})
    for number in range(1, 7):
        web.put(f"{LIST}?page={number}", html(number).replace("page=7", "page=2"))
    last = web.pages[f"{LIST}?page=5"]
    killed(conn, web, used, f"{LIST}?page=5")
    web.pages[f"{LIST}?page=5"] = last
    web.requests.clear()
    crawl_web(conn, web, source_file(used), SINCE)
    assert [address[-1] for address in web.asked()] == ["1", "5", "6"]
