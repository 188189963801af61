"""What the desk's operators can do with sources, on a real place: its file, its database, and a small web."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from crawlers.crawl import CrawlRequest, crawl
from crawlers.sources import load_sources
from db.connect import open_database
from db.errors import NewsError, SourceError
from db.health import overrides, waiting_proposal
from db.sources import list_sources
from tending import Tending
from tests.crawlers.small_web import START, SimulatedTime, SmallWeb, feed
from workplace import Place, open_working

PAGE = "https://library.example/news/"
TITLES = [f"{name} of the library in the capital" for name in ("Opening", "Lecture", "Exhibition", "Reading", "Repair")]
LIST = """\
# ours
politeness: {pause_seconds: 0}
sub_regions:
  nea: {name: North East Asia, countries: {MN: Mongolia}}
sources:
  # the first
  - {id: num, name: News, institution: Library, country: MN, sub_region: nea, language: en,
     kind: list_page, url: 'https://num.example/', options: {item: .row, articles: none}}  # good
"""


def news(row: str = "row", *, titles: list[str] = TITLES) -> str:
    rows = "".join(
        f"<li class='{row}'><a href='/n/{n}'>{title}</a> <b>2021-02-{9 - n:02}</b></li>"
        for n, title in enumerate(titles)
    )
    return f"<html><head><title>What is new</title></head><body><ul>{rows}</ul></body></html>"


@pytest.fixture
def web() -> SmallWeb:
    web = SmallWeb()
    web.put("https://num.example/", news())
    return web


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.delenv("CONVENOR_SOURCES", raising=False)
    place = Place(tmp_path / "convenor.db")
    place.sources.write_text(LIST, "utf-8")
    open_working(place.database, load_sources(place.sources), create=True).close()
    return place


@pytest.fixture
def tending(place: Place, web: SmallWeb) -> Tending:
    return Tending(place, lambda: START, lambda: web.transport)


def polled(place: Place, web: SmallWeb) -> None:
    conn = open_database(place.database)
    clock = SimulatedTime().clock
    crawl(conn, load_sources(place.sources), CrawlRequest(all_=True), connect=lambda: web.transport, clock=clock)
    conn.close()


def test_what_looks_right_is_written_and_known_at_once(tending: Tending, place: Place, web: SmallWeb) -> None:
    web.put(PAGE, news())
    web.put("https://library.example/news/rss.xml", feed(*TITLES), content_type="application/rss+xml")
    found = tending.preview(PAGE)
    assert (found.kind, found.block.id, found.also) == (
        "feed",
        "library-example",
        (f"the list that stands in the page: {PAGE}",),
    )
    given = replace(found.block, country="MN", sub_region="nea", name="Новости: # 1", institution="図書館")
    conn = open_database(place.database)
    assert "library-example stands in sources.yaml" in tending.add(conn, PAGE, given)
    text, added = place.sources.read_text("utf-8"), load_sources(place.sources).sources[-1]
    assert text.startswith(LIST.rstrip()) and "# a feed at one of the usual places; added on" in text
    assert (added.name, added.institution, added.kind) == ("Новости: # 1", "図書館", "feed")
    assert [(rung.kind, rung.url) for rung in added.alternatives] == [("list_page", PAGE)]
    assert {source.id for source in list_sources(conn)} == {"num", "library-example"}
    conn.close()


def test_a_wrong_block_changes_nothing_and_may_be_corrected(tending: Tending, place: Place, web: SmallWeb) -> None:
    web.put(PAGE, news())
    found = tending.preview(PAGE)
    conn = open_database(place.database)
    for wrong in ({"sub_region": "mars"}, {"country": "Mongolia"}, {"id": "num"}, {"language": "?"}):
        with pytest.raises(SourceError):
            tending.add(conn, PAGE, replace(found.block, **{"country": "MN", "sub_region": "nea", **wrong}))
        assert place.sources.read_text("utf-8") == LIST
    tending.add(conn, PAGE, replace(found.block, country="MN", sub_region="nea"))
    with pytest.raises(NewsError, match="no longer remembered"):
        tending.add(conn, PAGE, found.block)
    conn.close()


def test_an_address_that_is_a_source_already_says_whose(tending: Tending) -> None:
    with pytest.raises(NewsError, match="belongs to the source num"):
        tending.preview("http://www.num.example/#top")


def test_an_address_without_news_says_what_was_tried(tending: Tending, web: SmallWeb) -> None:
    web.put(PAGE, "<html><body><p>Welcome</p></body></html>")
    with pytest.raises(NewsError, match=r"news/rss\.xml: there is no such page"):
        tending.preview(PAGE)


def test_a_repair_is_looked_for_taken_over_and_dropped_again(tending: Tending, place: Place, web: SmallWeb) -> None:
    polled(place, web)
    web.put("https://num.example/", news("card"))
    polled(place, web)
    conn = open_database(place.database)
    conn.execute("DELETE FROM repair_proposals")
    assert "A repair of num was found" in tending.look_for_repair("num")
    tending.take_over(conn, "num", "olga")
    assert overrides(conn)["num"].taken_by == "olga"
    assert "the next poll reads it so" in tending.services().lines(conn)[0].repaired
    assert "read by its block" in tending.drop(conn, "num")
    assert overrides(conn) == {} and waiting_proposal(conn, "num") is None
    with pytest.raises(NewsError, match="no repair of num was taken over"):
        tending.drop(conn, "num")
    conn.close()


def test_words_of_the_doubtful_page_can_be_looked_at_and_the_page_believed(
    tending: Tending, place: Place, web: SmallWeb
) -> None:
    polled(place, web)
    web.put("https://num.example/", news(titles=TITLES[:2]))
    polled(place, web)
    conn = open_database(place.database)
    services = tending.services()
    kept = services.kept(conn, "num")
    assert "only 2 items" in kept.why and TITLES[0] in kept.text and "<" not in kept.text
    assert [line.kept for line in services.lines(conn)] == [True]
    services.believe(conn, "num")
    polled(place, web)
    with pytest.raises(NewsError, match="no doubtful page of num is kept"):
        services.kept(conn, "num")
    conn.close()
