"""Each form in which sites lead to older pages is walked: back to a day, every page once, and on after a break.

The list is read without any option, so that the pager itself is what is tried.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from crawlers.crawl import CrawlRequest
from tests.crawlers.small_web import SmallWeb, crawl_web, source, source_file

HOST = "https://library.example"
NEWEST = date(2021, 2, 9)
ROWS, PAGES, REACHED = 6, 7, 5  # the day that is asked for stands on the fifth of seven pages
SINCE = CrawlRequest(since=NEWEST - timedelta(days=ROWS * REACHED - 3))


@dataclass(frozen=True)
class Form:
    """Where the pages of a list stand, and what one of them says of the others."""

    first: str
    address: Callable[[int], str]  # of the second page and on
    pager: Callable[[int], str]
    script: str = ""

    def url(self, page: int) -> str:
        return HOST + (self.first if page == 1 else self.address(page))

    def html(self, page: int) -> str:
        numbers = range(ROWS * (page - 1), ROWS * page)
        rows = "".join(
            f'<li><a href="/view/{9000 - n}.html">Story number {n} of the library in the capital</a>'
            f" <span>{NEWEST - timedelta(days=n)}</span></li>"
            for n in numbers
        )
        pager = self.pager(page) if page < PAGES else ""
        return f"<html><head>{self.script}</head><body><ul>{rows}</ul><div class='paging'>{pager}</div></body></html>"


def numbers(link: Callable[[int], str]) -> Callable[[int], str]:
    """A pager of numbers, the present one not linked."""

    def pager(page: int) -> str:
        return " ".join(f"<strong>{n}</strong>" if n == page else f"<a {link(n)}>{n}</a>" for n in range(1, PAGES + 1))

    return pager


def href(address: Callable[[int], str], first: str) -> Callable[[int], str]:
    return numbers(lambda n: f'href="{first if n == 1 else address(n)}"')


def onward(address: Callable[[int], str], word: str) -> Callable[[int], str]:
    return lambda page: f'<a href="{address(page + 1)}">{word}</a>'


def plain(first: str, address: Callable[[int], str], word: str = "") -> Form:
    return Form(first, address, onward(address, word) if word else href(address, first))


def called(first: str, address: Callable[[int], str], name: str, script: str) -> Form:
    pager = numbers(lambda n: f'href="#" onclick="{name}({n}); return false;"')
    return Form(first, address, pager, f"<script>{script}</script>")


FORMS = {
    "?page=N": plain("/news", lambda n: f"/news?page={n}"),
    "?page=N from zero": plain("/news", lambda n: f"/news?page={n - 1}"),
    "/page/N/": plain("/news/", lambda n: f"/news/page/{n}/", "Older posts"),
    "?paged=N": plain("/?cat=3", lambda n: f"/?cat=3&paged={n}"),
    "index_N.shtml": plain("/xw/index.shtml", lambda n: f"/xw/index_{n - 1}.shtml", "下一页"),
    "index_N.htm made by a script": Form(
        "/xw/",
        lambda n: f"/xw/index_{n - 1}.htm",
        lambda page: f'<script>createPageHTML({PAGES}, {page - 1}, "index", "htm")</script>',
    ),
    "Page-N.html": plain("/en/News.html", lambda n: f"/en/News/Page-{n}.html"),
    "listN.htm": plain("/123/list.htm", lambda n: f"/123/list{n}.htm", "下一页"),
    "?start=N": plain("/joomla/news", lambda n: f"/joomla/news?start={10 * (n - 1)}"),
    "?offset=": plain("/blog", lambda n: f"/blog?offset={1_612_000_000_000 - n}", "Older"),
    "?before=ID": plain("/s/name", lambda n: f"/s/name?before={9000 - ROWS * (n - 1)}", "Load more"),
    "cursor": plain("/feed", lambda n: f"/feed?cursor=eyJ{n}abc", "Next"),
    "fn_egov_link_page(N)": called(
        "/board.do?bbsId=1",
        lambda n: f"/board.do?bbsId=1&pageIndex={n}",
        "fn_egov_link_page",
        "function fn_egov_link_page(n){ location.href = '/board.do?bbsId=1&pageIndex=' + n; }",
    ),
    "fnLinkPage(N)": called(
        "/list.do",
        lambda n: f"/list.do?pageNo={n}",
        "fnLinkPage",
        "function fnLinkPage(p){ window.location = '/list.do?pageNo=' + p; }",
    ),
    "goPage(N) that no script explains": Form(
        "/list.do?cpage=1", lambda n: f"/list.do?cpage={n}", numbers(lambda n: f'href="javascript:goPage({n})"')
    ),
    "rel=next": Form("/a", lambda n: f"/a/{n}-older", lambda page: f'<a rel="next" href="/a/{page + 1}-older">»</a>'),
}
each_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


@pytest.fixture
def seen(conn: sqlite3.Connection) -> Callable[[], int]:
    return lambda: int(conn.execute("SELECT count(DISTINCT canonical_url) FROM items").fetchone()[0])


def put(web: SmallWeb, form: Form) -> list[str]:
    addresses = [form.url(page) for page in range(1, PAGES + 1)]
    for page, address in enumerate(addresses, 1):
        web.put(address, form.html(page))
    return addresses


@each_form
def test_a_walk_stops_at_the_day_and_reads_each_page_once(
    conn: sqlite3.Connection, web: SmallWeb, form: Form, seen: Callable[[], int]
) -> None:
    addresses = put(web, form)
    sources = source_file(source("list", form.url(1), "list_page", articles="none"))
    poll = crawl_web(conn, web, sources, SINCE).polls["list"]
    assert web.asked() == addresses[:REACHED], poll.note
    assert seen() == ROWS * REACHED


@each_form
def test_a_walk_goes_on_where_it_broke_off(
    conn: sqlite3.Connection, web: SmallWeb, form: Form, seen: Callable[[], int]
) -> None:
    addresses = put(web, form)
    web.put(addresses[2], status=503)
    sources = source_file(source("list", form.url(1), "list_page", articles="none"))
    assert "older pages could not be read" in str(crawl_web(conn, web, sources, SINCE).polls["list"].note)
    assert seen() == ROWS * 2
    put(web, form)
    web.requests.clear()
    crawl_web(conn, web, sources, SINCE)
    assert web.asked() == [addresses[0], *addresses[2:REACHED]] and seen() == ROWS * REACHED


@each_form
def test_a_pager_that_always_leads_on_ends_when_nothing_new_comes(
    conn: sqlite3.Connection, web: SmallWeb, form: Form, seen: Callable[[], int]
) -> None:
    addresses = put(web, form)
    for address in addresses[2:]:
        web.put(address, form.html(2))  # the last page is given for every number after it
    sources = source_file(source("list", form.url(1), "list_page", articles="none"))
    crawl_web(conn, web, sources, SINCE)
    assert len(web.asked()) <= 4 and seen() == ROWS * 2


def test_pages_that_only_a_posted_form_gives_are_not_asked_for(conn: sqlite3.Connection, web: SmallWeb) -> None:
    posted = Form(
        "/News.aspx",
        lambda n: f"/News.aspx?{n}",
        numbers(lambda n: f"href=\"javascript:__doPostBack('ctl00$grid','Page${n}')\""),
    )
    web.put(posted.url(1), posted.html(1))
    sources = source_file(source("list", posted.url(1), "list_page", articles="none"))
    poll = crawl_web(conn, web, sources, SINCE).polls["list"]
    assert (web.asked(), poll.items_new) == ([posted.url(1)], ROWS)
