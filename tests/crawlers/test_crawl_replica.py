"""The embedded web crawled whole, with the sources as they are shipped."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crawlers.crawl import CrawlRequest, crawl
from crawlers.sources import SourceFile, load_sources, shipped_sources
from crawlers.tally import CrawlEvent
from db.connect import integrity, open_database
from demo import ReplicaTransport
from tests.crawlers.small_web import Crawled, SimulatedTime

DATA = Path(__file__).parent.parent.parent / "replica" / "data"

# The days that the pages state; the seed report prints the days of the events instead.
STATED_DAYS = {
    "NEA-2021-02-CN-1": "2021-02-02",
    "NEA-2021-02-CN-2": "2021-01-14",
    "NEA-2021-02-CN-3": "2020-12-14",
    "NEA-2021-02-CN-4": "2020-12-28",
    "NEA-2021-02-JP-1": "2021-01-28",
    "NEA-2021-02-JP-2": "2021-01-27",
    "NEA-2021-02-KR-1": "2020-11-17",
    "NEA-2021-02-KR-2": "2020-11-27",
    "NEA-2021-02-MN-1": "2020-12-14",
    "NEA-2021-02-MN-2": "2020-12-16",
}
# Both Korean activities were printed with one link in its editing form; these are the pages themselves.
KOREAN_PAGES = {
    "NEA-2021-02-KR-1": "https://www.nl.go.kr/EN/contents/EN1070000000.do?schM=view&id=37660",
    "NEA-2021-02-KR-2": "https://www.nl.go.kr/EN/contents/EN1070000000.do?schM=view&id=37668",
}


def activities() -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads((DATA / "seed_report.json").read_text(encoding="utf-8"))["activities"]
    return loaded


def replica_pass(conn: sqlite3.Connection, loaded: SourceFile) -> Crawled:
    impatient = loaded.politeness.changed(pause_seconds=0.0)
    loaded = loaded.changed(politeness=impatient)
    events: list[CrawlEvent] = []
    clock = SimulatedTime().clock
    request = CrawlRequest(all_=True)
    return Crawled(crawl(conn, loaded, request, connect=ReplicaTransport, clock=clock, on_event=events.append), events)


@pytest.fixture(scope="module")
def loaded() -> SourceFile:
    return load_sources(shipped_sources())


@pytest.fixture(scope="module")
def conn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    opened = open_database(tmp_path_factory.mktemp("replica") / "convenor.db", create=True)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def first(conn: sqlite3.Connection, loaded: SourceFile) -> Crawled:
    return replica_pass(conn, loaded)


def item_at(conn: sqlite3.Connection, url: str) -> sqlite3.Row:
    found: sqlite3.Row = conn.execute("SELECT * FROM items WHERE url = ?", (url,)).fetchone()
    assert found is not None, url
    return found


def test_every_source_gives_what_it_has(first: Crawled, loaded: SourceFile) -> None:
    assert {source_id: event.outcome for source_id, event in first.polls.items()} == {
        source.id: "new" for source in loaded.sources
    }
    assert {source_id for source_id, event in first.polls.items() if event.items_new < 25} == set()
    assert [event for event in first.events if event.error or event.note] == []


@pytest.mark.parametrize("activity", [pytest.param(activity, id=activity["id"]) for activity in activities()])
def test_activity_of_the_report_is_found(conn: sqlite3.Connection, first: Crawled, activity: dict[str, Any]) -> None:
    item = item_at(conn, KOREAN_PAGES.get(activity["id"], activity["links"][0]))
    assert item["title"] == activity["title_as_printed"]
    assert item["country"] == activity["country_iso2"]
    if activity["id"] in STATED_DAYS:
        assert (item["published_on"], item["date_precision"]) == (STATED_DAYS[activity["id"]], "day")


def test_year_alone_is_not_made_a_day(conn: sqlite3.Connection, first: Crawled) -> None:
    item = item_at(conn, "http://www.gpsh.edu.kp:8080/thismonth.lecture!2#lecture-schedule")
    assert (item["published_on"], item["date_precision"]) == ("2020-01-01", "year")


def test_articles_were_read_for_text(conn: sqlite3.Connection, first: Crawled) -> None:
    read = [tuple(row) for row in conn.execute("SELECT url, text FROM items WHERE article_read_at IS NOT NULL")]
    assert len(read) == first.summary.articles_read > 100
    assert first.summary.articles_failed == 0
    assert [url for url, text in read if not text and "#:~:text=" not in url] == []


def test_every_item_has_something_to_read(conn: sqlite3.Connection, first: Crawled) -> None:
    bare = "SELECT url FROM items WHERE summary = '' AND text = '' AND url NOT LIKE '%#:~:text=%'"
    assert conn.execute(bare).fetchall() == []


def test_second_pass_stores_nothing(conn: sqlite3.Connection, first: Crawled, loaded: SourceFile) -> None:
    kept = [tuple(row) for row in conn.execute("SELECT * FROM items ORDER BY id")]
    second = replica_pass(conn, loaded)
    assert {event.outcome for event in second.polls.values()} <= {"not_modified", "unchanged"}
    assert set(second.polls) == {source.id for source in loaded.sources}
    assert [event for event in second.events if event.kind == "article"] == []
    assert [tuple(row) for row in conn.execute("SELECT * FROM items ORDER BY id")] == kept
    assert integrity(conn) == ()
