"""Events that titles speak of are stored with their items, apart from the day of publication."""

from __future__ import annotations

import sqlite3

import pytest

from crawlers.crawl import CrawlRequest
from tests.crawlers.small_web import SmallWeb, crawl_web, source, source_file

PAGE = "https://library.example/news"
SOURCES = source_file(source("num", PAGE, "list_page", articles="none"))


def put(web: SmallWeb, *titles: str) -> None:
    rows = "".join(
        f"<li><a href='/news/{n}.html'>{title}</a><span>2021-02-0{9 - n}</span></li>" for n, title in enumerate(titles)
    )
    web.put(PAGE, f"<html><body><ul>{rows}</ul></body></html>")


def stored(conn: sqlite3.Connection) -> list[tuple[str, str | None, str | None]]:
    rows = conn.execute("SELECT published_on, event_start_on, event_end_on FROM items ORDER BY id")
    return [tuple(row) for row in rows]


@pytest.fixture
def polled(conn: sqlite3.Connection, web: SmallWeb) -> None:
    put(
        web,
        "Seminar of librarians on 8-10 December 2020",
        "Opening of the new hall for readers",
        "Report of the year in 12 chapters",
        "News of the library on 6 February 2021",
    )
    crawl_web(conn, web, SOURCES)


@pytest.mark.usefixtures("polled")
def test_days_of_an_event_are_stored_apart(conn: sqlite3.Connection) -> None:
    assert stored(conn) == [
        ("2021-02-09", "2020-12-08", "2020-12-10"),
        ("2021-02-08", None, None),
        ("2021-02-07", None, None),
        ("2021-02-06", None, None),  # the day of publication itself
    ]


@pytest.mark.usefixtures("polled")
def test_an_event_that_is_put_off_has_its_new_days(conn: sqlite3.Connection, web: SmallWeb) -> None:
    put(
        web,
        "Seminar of librarians put off to 3 March 2021",
        "Opening of the new hall for readers",
        "Report of the year in 12 chapters",
        "News of the library on 6 February 2021",
    )
    crawl_web(conn, web, SOURCES, CrawlRequest(all_=True))
    assert stored(conn)[0] == ("2021-02-09", "2021-03-03", "2021-03-03")
