"""What a pass saves is found a little later, and one that was killed leaves nothing that is never found."""

from __future__ import annotations

import sqlite3

import pytest

from crawlers.crawl import CrawlRequest
from crawlers.hosts import Hosts
from crawlers.saving import Saver
from crawlers.sources import Politeness
from db.progress import waiting_for_index
from db.search.items import index_problem, ranked
from db.search.query import parse
from tests.crawlers.small_web import SimulatedTime, SmallWeb, crawl_web, feed, source, source_file

FEED = "https://library.example/feed"
SOURCES = source_file(source("num", FEED, "feed", articles="none"))


def put(web: SmallWeb, *titles: str) -> None:
    web.put(FEED, feed(*titles), content_type="application/rss+xml")


def test_a_pass_ends_with_everything_in_the_index(conn: sqlite3.Connection, web: SmallWeb) -> None:
    put(web, "Opening of the hall", "Exhibition of maps")
    crawl_web(conn, web, SOURCES)
    assert (waiting_for_index(conn), ranked(conn, parse("maps"))) == (0, (2,))


def test_what_a_source_gives_for_the_first_time_is_found_as_soon_as_it_is_saved(
    conn: sqlite3.Connection, web: SmallWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(web, "Opening of the hall", "Exhibition of maps")
    monkeypatch.setattr(Saver, "index", lambda *_, **__: None)
    crawl_web(conn, web, SOURCES)
    assert (waiting_for_index(conn), ranked(conn, parse("maps")), index_problem(conn)) == (0, (2,), "")


@pytest.fixture
def behind(conn: sqlite3.Connection, web: SmallWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pass was killed before it indexed the two items that it had saved."""
    put(web, "Concert")
    crawl_web(conn, web, SOURCES)
    put(web, "Opening of the hall", "Exhibition of maps", "Concert")
    with monkeypatch.context() as killed:
        killed.setattr(Saver, "index", lambda *_, **__: None)
        crawl_web(conn, web, SOURCES, CrawlRequest(all_=True))
    assert (waiting_for_index(conn), ranked(conn, parse("maps"))) == (2, ())


@pytest.mark.usefixtures("behind")
def test_new_source_waits_for_the_items_before_its_own(
    conn: sqlite3.Connection, web: SmallWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.put("https://other.example/feed", feed("Atlas"), content_type="application/rss+xml")
    monkeypatch.setattr(Saver, "index", lambda *_, **__: None)
    crawl_web(conn, web, source_file(source("other", "https://other.example/feed", "feed", articles="none")))
    assert (waiting_for_index(conn), ranked(conn, parse("atlas"))) == (3, ())


@pytest.mark.usefixtures("behind")
def test_a_pass_takes_up_what_a_killed_one_did_not_index(conn: sqlite3.Connection, web: SmallWeb) -> None:
    crawl_web(conn, web, SOURCES, CrawlRequest(all_=True))
    assert (waiting_for_index(conn), ranked(conn, parse("maps")), index_problem(conn)) == (0, (3,), "")


@pytest.mark.usefixtures("behind")
@pytest.mark.parametrize(
    ("seconds", "many", "waiting"),
    [
        pytest.param(4, 3, 2, id="few, and not for long"),
        pytest.param(6, 3, 0, id="few, for some seconds"),
        pytest.param(0, 2, 0, id="many"),
    ],
)
def test_index_waits_for_many_items_or_some_seconds(
    conn: sqlite3.Connection,
    time: SimulatedTime,
    monkeypatch: pytest.MonkeyPatch,
    seconds: int,
    many: int,
    waiting: int,
) -> None:
    monkeypatch.setattr("crawlers.saving._MANY", many)
    saver = Saver(conn, Politeness(), time.clock, Hosts(time.clock.moment))
    time.sleep(seconds)
    saver.index(behind=5)
    assert waiting_for_index(conn) == waiting
