"""What can still be had of a source whose page broke, from its next poll alone or on request."""

from __future__ import annotations

import json
import re
import sqlite3
from datetime import timedelta

import pytest

from crawlers.rescue import repair_for, take_over_repair
from crawlers.sources import SourceFile
from db.errors import NewsError
from db.health import Proposal, waiting_proposal
from tests.crawlers.small_web import START, SimulatedTime, SmallWeb, feed, source, source_file
from tests.crawlers.test_guarded_polls import PAGE, TITLES, health, news, poll

HOME = "https://library.example/"
APP = "<html><head><title>News</title></head><body><div id='app'></div>{}</body></html>"


@pytest.fixture
def sources() -> SourceFile:
    return source_file(source("num", PAGE, "list_page", articles="none"))


@pytest.fixture
def polled(conn: sqlite3.Connection, web: SmallWeb, sources: SourceFile) -> None:
    following = "<div class='paging'><a rel='next' href='?page=2'>next</a></div>"
    for number in range(2):
        web.put(PAGE, news(*TITLES, tail=f"{following}{number}"))
        poll(conn, web, sources)


def found(
    conn: sqlite3.Connection, web: SmallWeb, sources: SourceFile, later: timedelta = timedelta(0)
) -> Proposal | None:
    time = SimulatedTime(later.total_seconds())
    return repair_for(conn, sources, "num", transport=web.transport, clock=time.clock)


def listed(*titles: str) -> str:
    rows = [
        {"title": title, "url": f"/view/{n}.html", "regDate": f"2021-02-{9 - n:02}"} for n, title in enumerate(titles)
    ]
    return json.dumps({"rows": rows})


@pytest.mark.usefixtures("polled")
def test_a_list_made_by_script_is_read_from_the_interface_that_its_script_names(
    conn: sqlite3.Connection, web: SmallWeb, sources: SourceFile
) -> None:
    web.put(PAGE, APP.format("<script>fetch('/api/news/list').then(show)</script>"))
    web.put("https://library.example/api/news/list", listed(*TITLES), content_type="application/json")
    poll(conn, web, sources)
    proposal = waiting_proposal(conn, "num")
    assert proposal is not None and (proposal.kind, proposal.url) == (
        "list_page",
        "https://library.example/api/news/list",
    )
    take_over_repair(conn, sources, "num", by="olga", now=START)
    web.put("https://library.example/api/news/list", listed("A new door is open", *TITLES))
    assert poll(conn, web, sources).polls["num"].items_seen == 6
    assert health(conn).word == "ok"


@pytest.mark.usefixtures("polled")
def test_a_feed_that_the_home_page_announces_is_found(
    conn: sqlite3.Connection, web: SmallWeb, sources: SourceFile
) -> None:
    web.put(PAGE, "<html><body><h1>Sorry, not found</h1></body></html>")
    web.put(
        HOME, "<html><head><link rel='alternate' type='application/rss+xml' href='/rss'></head><body></body></html>"
    )
    web.put("https://library.example/rss", feed(*TITLES), content_type="application/rss+xml")
    poll(conn, web, sources)
    proposal = waiting_proposal(conn, "num")
    assert proposal is not None and (proposal.kind, proposal.url) == ("feed", "https://library.example/rss")


@pytest.mark.usefixtures("polled")
def test_days_that_left_the_list_are_taken_from_the_articles(
    conn: sqlite3.Connection, web: SmallWeb, sources: SourceFile
) -> None:

    web.put(PAGE, re.sub(r"2021-02-\d\d", "", news(*TITLES)))
    for title in TITLES:
        stated = "<meta property='article:published_time' content='2021-02-09'>"
        page = f"<html><head>{stated}</head><body><h1>{title}</h1></body></html>"
        web.put(f"https://library.example/news/item/{len(title)}{ord(title[0])}", page)
    poll(conn, web, sources)
    proposal = waiting_proposal(conn, "num")
    assert proposal is not None and proposal.options["articles"] == "missing"
    assert [item.on for item in proposal.after] == ["2021-02-09"] * 3 + [None] * 2
    take_over_repair(conn, sources, "num", by="olga", now=START)
    poll(conn, web, sources)
    assert health(conn).word == "ok"


@pytest.mark.parametrize("answering", ["?page=2", "?paged=2"])
@pytest.mark.usefixtures("polled")
def test_older_pages_are_found_again_at_a_usual_address(
    conn: sqlite3.Connection, web: SmallWeb, sources: SourceFile, answering: str
) -> None:
    web.put(PAGE, news(*TITLES, tail="<button onclick='more()'>+</button>"))
    older = news("Maps of the old town", "Letters of a poet", "A night of chess").replace("2021-02", "2021-01")
    web.put(PAGE + answering, older)
    poll(conn, web, sources)
    assert waiting_proposal(conn, "num") is None  # the first page reads well, so nothing is asked for by itself
    proposal = found(conn, web, sources)
    assert proposal is not None and proposal.options["next_template"] == PAGE + answering.replace("2", "{n}")
    take_over_repair(conn, sources, "num", by="olga", now=START)
    poll(conn, web, sources)
    assert health(conn).word == "ok"


@pytest.mark.usefixtures("polled")
def test_a_page_that_comes_again_under_every_number_is_no_older_page(
    conn: sqlite3.Connection, web: SmallWeb, sources: SourceFile
) -> None:
    body = news(*TITLES, tail="<button onclick='more()'>+</button>")
    for address in ("", "?page=2", "?paged=2", "?p=2"):
        web.put(PAGE + address, body)
    poll(conn, web, sources)
    assert found(conn, web, sources) is None


@pytest.mark.usefixtures("polled")
def test_a_page_that_has_stood_still_is_left_for_a_newer_list_of_its_site(
    conn: sqlite3.Connection, web: SmallWeb, sources: SourceFile
) -> None:
    web.put(HOME, "<html><body><a href='/portal/news/'>News</a><a href='/about'>About</a></body></html>")
    newer = news("Maps of the old town", "Letters of a poet", "A night of chess").replace("2021-02", "2022-08")
    web.put("https://library.example/portal/news/", newer)
    with pytest.raises(NewsError, match="read well"):
        found(conn, web, sources)
    proposal = found(conn, web, sources, later=timedelta(days=600))
    assert proposal is not None and proposal.url == "https://library.example/portal/news/"


@pytest.mark.usefixtures("polled")
def test_a_list_that_is_shorter_for_good_is_not_proposed_in_its_place(
    conn: sqlite3.Connection, web: SmallWeb, sources: SourceFile
) -> None:
    web.put(PAGE, news(*TITLES[::2]))
    web.put(HOME, f"<html><body><a href='{PAGE}'>News</a></body></html>")
    poll(conn, web, sources)
    assert found(conn, web, sources) is None


@pytest.mark.usefixtures("polled")
def test_a_broken_page_is_searched_for_once_and_never_with_many_requests(
    conn: sqlite3.Connection, web: SmallWeb, sources: SourceFile
) -> None:
    web.put(PAGE, "<html><body><form><input type='password'></form></body></html>")
    web.put(HOME, "<html><body>" + "".join(f"<a href='/news/{n}'>News {n}</a>" for n in range(40)) + "</body></html>")
    web.requests.clear()
    poll(conn, web, sources)
    assert len(web.asked()) <= 13
    web.requests.clear()
    poll(conn, web, sources)
    assert web.asked() == [PAGE]


@pytest.mark.usefixtures("polled")
def test_a_host_that_refuses_us_is_not_asked_for_anything_else(
    conn: sqlite3.Connection, web: SmallWeb, sources: SourceFile
) -> None:
    web.put(PAGE, "no", status=403)
    poll(conn, web, sources)
    web.requests.clear()
    assert found(conn, web, sources) is None and web.asked() == [PAGE]


@pytest.mark.parametrize(
    ("place", "changed"),
    [
        pytest.param(PAGE, {"row": "card", "path": "view?seq="}, id="other links on the same page"),
        pytest.param("https://library.example/portal/", {"path": "board/view?seq="}, id="the whole list moved"),
    ],
)
def test_known_news_are_not_new_again_after_a_repair_with_other_links(
    conn: sqlite3.Connection, web: SmallWeb, place: str, changed: dict[str, str]
) -> None:
    sources = source_file(source("num", PAGE, "list_page", articles="none", item=".row"))
    web.put(PAGE, news(*TITLES))
    assert poll(conn, web, sources).polls["num"].items_new == 5
    if place != PAGE:
        web.put(PAGE, f"<html><body><h1>Welcome</h1><a href='{place}'>News</a></body></html>")
    web.put(place, news(*TITLES, **changed))
    poll(conn, web, sources)
    proposal = found(conn, web, sources)
    assert proposal is not None and [item.title for item in proposal.after] == TITLES
    take_over_repair(conn, sources, "num", by="olga", now=START)
    again = poll(conn, web, sources).polls["num"]
    assert (again.items_seen, again.items_new, again.outcome) == (5, 0, "unchanged")
    assert conn.execute("SELECT count(*) FROM items").fetchone()[0] == 5
    web.put(place, news("A new door of the library is open", *TITLES, **changed))
    assert poll(conn, web, sources).polls["num"].items_new == 1
