"""A page that is not what it was: nothing of it reaches the queue, and a repair taken over reads the next poll."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawlers.crawl import CrawlRequest
from crawlers.health import Health, health_of
from crawlers.rescue import repair_for, take_over_repair
from crawlers.sources import SourceFile
from db.errors import NewsError, SourceError
from db.health import kept_page, overrides, source_facts, source_memory, waiting_proposal
from tests.crawlers.small_web import START, Crawled, SimulatedTime, SmallWeb, crawl_web, feed, source, source_file

PAGE = "https://library.example/news/"
OPTIONS: dict[str, Any] = {"item": ".row", "title": "a", "link": "a", "date": ".day", "articles": "none"}
TITLES = [f"{name} of the library in the capital" for name in ("Opening", "Lecture", "Exhibition", "Reading", "Repair")]


def news(*titles: str, row: str = "row", path: str = "item/", tail: str = "") -> str:
    menu = "<ul class='gnb'><li><a href='/a'>About</a></li><li><a href='/b'>Visit</a></li></ul>"
    rows = "".join(
        f"<li class='{row}'><a href='/news/{path}{len(title)}{ord(title[0])}'>{title}</a>"
        f"<span class='day'>2021-02-{9 - n:02}</span></li>"
        for n, title in enumerate(titles)
    )
    return f"<html><body>{menu}<ul class='list'>{rows}</ul>{tail}</body></html>"


@pytest.fixture
def sources() -> SourceFile:
    return source_file(source("num", PAGE, "list_page", **OPTIONS))


@pytest.fixture
def polled(conn: sqlite3.Connection, web: SmallWeb, sources: SourceFile) -> None:
    web.put(PAGE, news(*TITLES))
    assert poll(conn, web, sources).polls["num"].items_new == 5


def poll(conn: sqlite3.Connection, web: SmallWeb, sources: SourceFile) -> Crawled:
    return crawl_web(conn, web, sources, CrawlRequest(all_=True))


def titles(conn: sqlite3.Connection) -> list[str]:
    return [row["title"] for row in conn.execute("SELECT title FROM items ORDER BY id")]


def health(conn: sqlite3.Connection) -> Health:
    return health_of(source_facts(conn)[0], START + timedelta(days=1))


@pytest.mark.usefixtures("polled")
def test_a_redesign_is_noticed_and_nothing_of_it_is_kept_as_news(
    conn: sqlite3.Connection, web: SmallWeb, sources: SourceFile
) -> None:
    web.put(PAGE, news(*TITLES, row="card", path="view/"))
    done = poll(conn, web, sources).polls["num"]
    assert (done.outcome, done.items_new) == ("failed", 0) and done.error
    assert titles(conn) == TITLES
    assert (health(conn).word, health(conn).broken) == ("layout_changed", True)


@pytest.mark.usefixtures("polled")
def test_the_doubtful_page_is_kept_for_inspection(conn: sqlite3.Connection, web: SmallWeb, sources: SourceFile) -> None:
    body = news(*TITLES[::2], row="card")
    web.put(PAGE, body)
    poll(conn, web, sources)
    page = kept_page(conn, "num")
    assert page is not None and (page.url, page.body) == (PAGE, body.encode())


@pytest.mark.usefixtures("polled")
def test_a_repair_taken_over_reads_the_next_poll(conn: sqlite3.Connection, web: SmallWeb, sources: SourceFile) -> None:
    web.put(PAGE, news("A new door of the library is open", *TITLES, row="card"))
    poll(conn, web, sources)
    proposal = waiting_proposal(conn, "num")
    assert proposal is not None and [item.title for item in proposal.before] == TITLES
    assert [item.title for item in proposal.after] == ["A new door of the library is open", *TITLES]
    take_over_repair(conn, sources, "num", by="olga", now=START)
    done = poll(conn, web, sources).polls["num"]
    assert (done.outcome, done.items_new) == ("new", 1) and waiting_proposal(conn, "num") is None
    assert health(conn).word == "ok" and overrides(conn)["num"].taken_by == "olga"


@pytest.mark.usefixtures("polled")
def test_an_edited_block_counts_again(conn: sqlite3.Connection, web: SmallWeb, sources: SourceFile) -> None:
    web.put(PAGE, news(*TITLES, row="card"))
    poll(conn, web, sources)
    take_over_repair(conn, sources, "num", by="olga", now=START)
    edited = source_file(source("num", PAGE, "list_page", **{**OPTIONS, "item": ".other"}))
    assert poll(conn, web, edited).polls["num"].outcome == "failed"
    assert poll(conn, web, sources).polls["num"].outcome == "unchanged"


@pytest.mark.usefixtures("polled")
def test_a_source_that_is_well_again_forgets_page_and_proposal(
    conn: sqlite3.Connection, web: SmallWeb, sources: SourceFile
) -> None:
    web.put(PAGE, news(*TITLES, row="card"))
    poll(conn, web, sources)
    web.put(PAGE, news("A new door of the library is open", *TITLES))
    assert poll(conn, web, sources).polls["num"].outcome == "new"
    assert kept_page(conn, "num") is None and waiting_proposal(conn, "num") is None
    assert health(conn).word == "ok"


@pytest.mark.usefixtures("polled")
def test_a_feed_that_the_page_announces_is_found_when_the_list_is_gone(
    conn: sqlite3.Connection, web: SmallWeb, sources: SourceFile
) -> None:
    announced = "<link rel='alternate' type='application/rss+xml' href='/rss'>"
    web.put(PAGE, f"<html><head>{announced}</head><body><div id='app'></div></body></html>")
    web.put("https://library.example/rss", feed(*TITLES), content_type="application/rss+xml")
    poll(conn, web, sources)
    found = waiting_proposal(conn, "num")
    assert found is not None and (found.kind, found.url) == ("feed", "https://library.example/rss")


@pytest.mark.parametrize(
    ("old_place", "told"),
    [
        pytest.param(
            PAGE, "<p>Welcome to our library.</p><a href='/new/place/'>Our news have a new place</a>", id="told there"
        ),
        pytest.param(
            "https://library.example/", "<nav><a href='/new/place/'>お知らせ</a></nav>", id="told on the home page"
        ),
    ],
)
@pytest.mark.usefixtures("polled")
def test_a_list_that_moved_is_found_behind_a_link(
    conn: sqlite3.Connection,
    web: SmallWeb,
    sources: SourceFile,
    time: SimulatedTime,
    old_place: str,
    told: str,
) -> None:
    web.pages.pop(PAGE)
    web.put(old_place, f"<html><body><h1>Library</h1>{told}<a href='/about'>About</a></body></html>")
    web.put("https://library.example/new/place/", news("A new door of the library is open", *TITLES))
    poll(conn, web, sources)
    found = repair_for(conn, sources, "num", transport=web.transport, clock=time.clock)
    assert found is not None and (found.kind, found.url) == ("list_page", "https://library.example/new/place/")


@pytest.mark.usefixtures("polled")
def test_paging_that_is_lost_is_told_and_stays_told_while_nothing_changes(
    conn: sqlite3.Connection, web: SmallWeb, sources: SourceFile
) -> None:
    following = "<div class='paging'><a rel='next' href='?page=2'>next</a></div>"
    for number in range(2):
        web.put(PAGE, news(*TITLES, tail=f"{following}{number}"))
        poll(conn, web, sources)
    for number in range(3):
        web.put(PAGE, news(*TITLES, tail=f"{following}+{number}"))
        poll(conn, web, sources)
    assert health(conn).word == "ok"
    web.put(PAGE, news("A new door of the library is open", *TITLES))
    assert poll(conn, web, sources).polls["num"].outcome == "new"
    assert poll(conn, web, sources).polls["num"].outcome == "unchanged"
    assert health(conn).word == "layout_changed" and "older pages" in health(conn).why


def test_the_first_poll_is_never_doubted(conn: sqlite3.Connection, web: SmallWeb, sources: SourceFile) -> None:
    web.put(PAGE, news(*TITLES[:1]))
    assert poll(conn, web, sources).polls["num"].outcome == "new"
    assert source_memory(conn, "num") is not None


def test_nothing_is_taken_over_where_nothing_waits(conn: sqlite3.Connection, sources: SourceFile) -> None:
    with pytest.raises(NewsError, match="no repair waits for the source num"):
        take_over_repair(conn, sources, "num", by="olga", now=datetime(2021, 2, 1, tzinfo=UTC))
    with pytest.raises(SourceError, match="there is no such source"):
        take_over_repair(conn, sources, "elsewhere", by="olga", now=datetime(2021, 2, 1, tzinfo=UTC))


@pytest.mark.parametrize("aliases", [(), ("library.gov.example",)])
def test_another_name_of_the_host_is_no_other_site(
    conn: sqlite3.Connection, web: SmallWeb, aliases: tuple[str, ...]
) -> None:
    """A list that begins anew, with links to another name of the same host."""
    told = source_file(source("num", PAGE, "list_page", **OPTIONS, host_aliases=aliases))
    web.put(PAGE, news(*TITLES))
    poll(conn, web, told)
    fresh = news(*(f"{title}, told anew" for title in TITLES))
    web.put(PAGE, fresh.replace("href='/news/", "href='https://library.gov.example/news/"))
    done = poll(conn, web, told).polls["num"]
    assert (done.outcome, done.items_new) == (("new", 5) if aliases else ("failed", 0)), done.error
