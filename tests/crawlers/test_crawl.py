"""A pass as a whole: what is stored, asked, remembered. The web is a dictionary, the clock is simulated."""

from __future__ import annotations

import json
import sqlite3
import threading
from datetime import date, timedelta
from typing import Any

import pytest

from crawlers.crawl import CrawlRequest, crawl
from crawlers.kinds import Listing, Page, list_page
from crawlers.messages import (
    AddressError,
    ConnectError,
    ConnectTimeoutError,
    InsideError,
    NoRouteError,
    ReadTimeoutError,
    RefusedError,
    Response,
)
from crawlers.reading import Readers
from crawlers.sources import Source, SourceFile
from crawlers.tally import CrawlEvent
from db.connect import file_of, open_database
from db.errors import SourceError, StoreError
from db.records import Validators
from db.sources import list_sources, list_sub_regions, poll_states
from tests.crawlers.fake_network import reply
from tests.crawlers.small_web import SimulatedTime, SmallWeb, crawl_web, feed, source, source_file

FEED = "https://library.example/feed"
RSS = "application/rss+xml"
ALL = CrawlRequest(all_=True)
HALF_A_DAY = timedelta(hours=14)
LIST = "https://library.example/news"


def titles(conn: sqlite3.Connection) -> list[str]:
    return [row[0] for row in conn.execute("SELECT title FROM items ORDER BY id")]


def polls(conn: sqlite3.Connection) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in conn.execute("SELECT source_id, outcome FROM polls ORDER BY id")]


def page(number: int, *, last: int, per_page: int = 3) -> str:
    """A page of a list, newest items first, three days apart."""
    first = (number - 1) * per_page
    items = "".join(
        f'<li><a href="/news/{place}">News number {place} of the library</a> <span>2021-01-{28 - place:02d}</span></li>'
        for place in range(first, first + per_page)
    )
    older = f'<a rel="next" href="/news?page={number + 1}">Next</a>' if number < last else ""
    return f"<html><body><ul>{items}</ul>{older}</body></html>"


def list_source(max_pages: int = 5) -> Source:
    return source(
        "list", LIST, "list_page", link_pattern=r"/news/\d+$", next="a[rel=next]", articles="none", max_pages=max_pages
    )


def test_new_items_are_stored(conn: sqlite3.Connection, web: SmallWeb) -> None:
    web.put(FEED, feed("One", "Two"), content_type=RSS)
    crawled = crawl_web(conn, web, source_file(source()))
    assert sorted(titles(conn)) == ["One", "Two"]
    event = crawled.polls["num"]
    assert (event.outcome, event.http_status, event.items_seen, event.items_new) == ("new", 200, 2, 2)
    row = conn.execute("SELECT country, language, published_on, date_source FROM items").fetchone()
    assert tuple(row) == ("MN", "mn", "2021-02-01", "feed")


def test_second_pass_sends_validators_byte_for_byte_and_stores_nothing(
    conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime
) -> None:
    stamp = "Tue, 09 Feb 2021 08:00:00 +0000"  # not the form of the standard, and sent back as it came all the same
    web.put(FEED, feed("One"), content_type=RSS, etag='W/"x\xe9--gzip"', last_modified=stamp)
    crawl_web(conn, web, source_file(source()), time=time)
    before = "\n".join(conn.iterdump())
    time.pass_by(HALF_A_DAY)
    crawled = crawl_web(conn, web, source_file(source()), time=time)
    sent = {name.lower(): value for name, value in web.requests[-1].headers.raw}
    assert sent[b"if-none-match"] == 'W/"x\xe9--gzip"'.encode("latin-1")
    assert sent[b"if-modified-since"] == stamp.encode()
    assert crawled.polls["num"].outcome == "not_modified"
    added = set("\n".join(conn.iterdump()).splitlines()) - set(before.splitlines())
    tables = {line.split('"')[1] for line in added}
    # That it was polled, and the sums of that; when to come back; the ledger.
    assert tables == {"polls", "poll_counts", "poll_states", "hosts", "host_days"}


def test_validators_are_kept_when_a_304_omits_them(
    conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime
) -> None:
    web.put(FEED, feed("One"), content_type=RSS, etag='"1"', last_modified="Tue, 09 Feb 2021 08:00:00 GMT")
    for _ in range(3):
        crawl_web(conn, web, source_file(source()), time=time)
        time.pass_by(HALF_A_DAY)
    assert web.requests[-1].headers["if-modified-since"] == "Tue, 09 Feb 2021 08:00:00 GMT"


def test_equal_body_is_unchanged_without_parsing(conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime) -> None:
    web.put(FEED, feed("One"), content_type=RSS)
    crawl_web(conn, web, source_file(source()), time=time)
    web.put(FEED, feed("One"), content_type="text/plain; nothing could parse this")
    time.pass_by(HALF_A_DAY)
    event = crawl_web(conn, web, source_file(source()), time=time).polls["num"]
    assert (event.outcome, event.http_status, event.items_seen) == ("unchanged", 200, 0)


def test_other_order_brings_nothing_new(conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime) -> None:
    web.put(FEED, feed("One", "Two"), content_type=RSS)
    crawl_web(conn, web, source_file(source()), time=time)
    web.put(FEED, feed("Two", "One"), content_type=RSS)
    time.pass_by(HALF_A_DAY)
    event = crawl_web(conn, web, source_file(source()), time=time).polls["num"]
    assert (event.outcome, event.items_seen, event.items_new) == ("unchanged", 2, 0)


def test_source_that_is_not_due_is_left_alone(conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime) -> None:
    web.put(FEED, feed("One"), content_type=RSS)
    crawl_web(conn, web, source_file(source(articles="none")), time=time)
    asked = len(web.requests)
    crawled = crawl_web(conn, web, source_file(source(articles="none")), time=time)
    assert (crawled.summary.not_due, crawled.events, len(web.requests)) == (1, [], asked)
    assert crawled.summary.next_due_at == poll_states(conn)["num"].next_poll_at


@pytest.mark.parametrize(
    "how",
    [
        pytest.param(CrawlRequest(all_=True), id="all"),
        pytest.param(CrawlRequest(only=("num",)), id="named"),
        pytest.param(CrawlRequest(since=date(2021, 1, 1)), id="since a day"),
    ],
)
def test_source_that_is_not_due_can_be_asked_for(conn: sqlite3.Connection, web: SmallWeb, how: CrawlRequest) -> None:
    web.put(FEED, feed("One"), content_type=RSS)
    crawl_web(conn, web, source_file(source()))
    assert set(crawl_web(conn, web, source_file(source()), how).polls) == {"num"}


def test_disabled_source_is_polled_only_when_named(conn: sqlite3.Connection, web: SmallWeb) -> None:
    web.put(FEED, feed("One"), content_type=RSS)
    sources = source_file(source(enabled=False))
    assert crawl_web(conn, web, sources, ALL).polls == {}
    assert set(crawl_web(conn, web, sources, CrawlRequest(only=("num",))).polls) == {"num"}


def test_unknown_id_stops_before_anything_is_asked(conn: sqlite3.Connection, web: SmallWeb) -> None:
    with pytest.raises(SourceError, match=r"source ndll: there is no such source; there are: ifla, num"):
        crawl_web(conn, web, source_file(source(), source("ifla")), CrawlRequest(only=("ndll",)))
    assert web.requests == []


def test_sources_are_registered(conn: sqlite3.Connection, web: SmallWeb) -> None:
    crawl_web(conn, web, source_file(source(), source("ifla", enabled=False)))
    assert [(row.id, row.enabled) for row in list_sources(conn)] == [("ifla", False), ("num", True)]


@pytest.mark.parametrize(
    ("body", "content_type", "error"),
    [
        pytest.param("<html><body>Under repair</body></html>", RSS, "this is a web page", id="a page that is no feed"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00", "image/png", "", id="a picture"),
        pytest.param(feed("One", "Two")[:-40], RSS, "cut off", id="a feed cut in the middle"),
        pytest.param("", RSS, "empty", id="nothing at all"),
    ],
)
def test_failing_source_is_recorded_and_the_others_are_served(
    conn: sqlite3.Connection, web: SmallWeb, body: str | bytes, content_type: str, error: str
) -> None:
    web.put(FEED, body, content_type=content_type)
    web.put("https://other.example/feed", feed("Good", host="other.example"), content_type=RSS)
    sources = source_file(source(), source("other", "https://other.example/feed"))
    crawled = crawl_web(conn, web, sources)
    assert sorted(polls(conn)) == [("num", "failed"), ("other", "new")]
    assert crawled.summary.failed == ("num",)
    assert titles(conn) == ["Good"]
    assert error in str(crawled.polls["num"].error)
    assert poll_states(conn)["num"].failures == 1


@pytest.mark.parametrize(
    ("answer", "outcome", "status", "error"),
    [
        pytest.param(ConnectError("[Errno 111]"), "failed", None, "no connection to the server", id="no connection"),
        pytest.param(ReadTimeoutError("slow"), "failed", None, "no complete answer in time", id="too slow"),
        pytest.param(reply(500), "failed", 500, "the server has a fault (500)", id="a fault of the server"),
        pytest.param(reply(410), "failed", 410, "the page is gone for good (410)", id="gone"),
        pytest.param(
            reply(403, content="<title>Just a moment...</title>"),
            "challenged",
            403,
            "proof of a person",
            id="a challenge that says 403",
        ),
        pytest.param(
            reply(200, html="<title>Just a moment...</title>"),
            "challenged",
            200,
            "proof of a person",
            id="a challenge that says 200",
        ),
        pytest.param(
            reply(302, headers={"Location": "ftp://library.example/"}),
            "failed",
            None,
            "not an http or https address",
            id="a redirect to another scheme",
        ),
        pytest.param(reply(302, headers={"Location": FEED}), "failed", None, "more than 5 redirects", id="a loop"),
    ],
)
def test_each_failure_has_its_sentence(
    conn: sqlite3.Connection,
    web: SmallWeb,
    answer: Response | Exception,
    outcome: str,
    status: int | None,
    error: str,
) -> None:
    web.pages[FEED] = answer
    event = crawl_web(conn, web, source_file(source())).polls["num"]
    assert (event.outcome, event.http_status) == (outcome, status)
    assert error in str(event.error)
    row = conn.execute("SELECT outcome, http_status, error FROM polls").fetchone()
    assert tuple(row) == (outcome, status, event.error)


def test_robots_forbid(conn: sqlite3.Connection, web: SmallWeb) -> None:
    web.put("https://library.example/robots.txt", "User-agent: *\nDisallow: /", content_type="text/plain")
    web.put(FEED, feed("One"), content_type=RSS)
    event = crawl_web(conn, web, source_file(source())).polls["num"]
    assert (event.outcome, web.asked()) == ("refused", [])


def test_robots_that_cannot_be_read_make_us_wait(conn: sqlite3.Connection, web: SmallWeb) -> None:
    web.put("https://library.example/robots.txt", status=503, retry_after="172800")
    web.put(FEED, feed("One"), content_type=RSS)
    event = crawl_web(conn, web, source_file(source())).polls["num"]
    assert event.outcome == "failed"
    assert "robots.txt cannot be read now" in str(event.error)
    assert web.asked() == []


def test_who_asks_for_a_poll_has_robots_that_were_unreadable_asked_anew(
    conn: sqlite3.Connection, web: SmallWeb
) -> None:
    """After the name of a server, or its `legacy_tls`, was mended: what was said before is true no more."""
    web.put("https://library.example/robots.txt", status=500)
    web.put(FEED, feed("One"), content_type=RSS)
    assert crawl_web(conn, web, source_file(source())).polls["num"].outcome == "failed"
    web.put("https://library.example/robots.txt", status=404)
    assert crawl_web(conn, web, source_file(source()), CrawlRequest(only=("num",))).polls["num"].outcome == "new"


def test_retry_after_is_obeyed(conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime) -> None:
    web.put(FEED, status=429, retry_after=str(5 * 86_400))
    error = crawl_web(conn, web, source_file(source()), time=time).polls["num"].error
    until = time.clock.now() + timedelta(days=5)
    assert error is not None and error.endswith(f"(429), and wants no request before {until:%Y-%m-%d %H:%M} UTC")
    asked = crawl_web(conn, web, source_file(source()), CrawlRequest(all_=True), time=time).summary
    assert (asked.held, asked.not_due) == (1, 0)
    web.put(FEED, feed("One"), content_type=RSS)
    time.pass_by(timedelta(days=4))
    assert crawl_web(conn, web, source_file(source()), time=time).polls == {}
    time.pass_by(timedelta(days=1))
    assert crawl_web(conn, web, source_file(source()), time=time).polls["num"].outcome == "new"


def test_failure_keeps_what_is_known(conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime) -> None:
    web.put(FEED, feed("One"), content_type=RSS, etag='"1"')
    crawl_web(conn, web, source_file(source()), time=time)
    good = poll_states(conn)["num"]
    web.pages[FEED] = reply(500)
    for failures in (1, 2):
        crawl_web(conn, web, source_file(source()), ALL, time=time)
        state = poll_states(conn)["num"]
        assert (state.validators, state.body_hash, state.settled) == (good.validators, good.body_hash, good.settled)
        assert state.failures == failures


def test_empty_feed_is_recorded_as_empty(conn: sqlite3.Connection, web: SmallWeb) -> None:
    web.put(FEED, feed(), content_type=RSS, etag='"1"')
    event = crawl_web(conn, web, source_file(source())).polls["num"]
    assert (event.outcome, event.error) == ("empty", None)
    state = poll_states(conn)["num"]
    assert (state.validators, state.body_hash, state.settled, state.failures) == (Validators(), None, None, 0)
    assert [(page.validators.etag, page.verdict) for page in state.pages.values()] == [('"1"', "empty")]


def test_older_pages_are_read_while_everything_is_new(conn: sqlite3.Connection, web: SmallWeb) -> None:
    web.put(LIST, page(1, last=3))
    web.put(f"{LIST}?page=2", page(2, last=3))
    web.put(f"{LIST}?page=3", page(3, last=3))
    crawled = crawl_web(conn, web, source_file(list_source()))
    assert web.asked() == [LIST, f"{LIST}?page=2", f"{LIST}?page=3"]
    assert polls(conn) == [("list", "new")]
    assert crawled.polls["list"].items_new == 9


def test_older_pages_end_where_something_is_known(conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime) -> None:
    web.put(LIST, page(2, last=3))
    web.put(f"{LIST}?page=3", page(3, last=3))
    crawl_web(conn, web, source_file(list_source()), time=time)
    web.put(LIST, page(1, last=9, per_page=5))
    web.requests.clear()
    event = crawl_web(conn, web, source_file(list_source()), ALL, time=time).polls["list"]
    assert web.asked() == [LIST]
    assert (event.items_seen, event.items_new) == (5, 3)


def test_older_pages_end_at_the_bound(conn: sqlite3.Connection, web: SmallWeb) -> None:
    web.put(LIST, page(1, last=9))
    web.put(f"{LIST}?page=2", page(2, last=9))
    crawl_web(conn, web, source_file(list_source(max_pages=2)))
    assert len(web.asked()) == 2


def test_story_known_from_another_source_does_not_end_the_walk(conn: sqlite3.Connection, web: SmallWeb) -> None:
    shared = page(1, last=1).split("<li>")
    web.put("https://library.example/chosen", f"{shared[0]}<li>{shared[1]}<li>{shared[2]}</ul></body></html>")
    chosen = source(
        "chosen", "https://library.example/chosen", "list_page", link_pattern=r"/news/\d+$", articles="none"
    )
    crawl_web(conn, web, source_file(chosen))
    web.put(LIST, page(1, last=2))
    web.put(f"{LIST}?page=2", page(2, last=2))
    assert crawl_web(conn, web, source_file(chosen, list_source())).polls["list"].items_new == 4


def test_list_that_leads_back_ends(conn: sqlite3.Connection, web: SmallWeb) -> None:
    web.put(LIST, page(1, last=9).replace("?page=2", ""))
    assert crawl_web(conn, web, source_file(list_source())).polls["list"].items_new == 3
    assert web.asked() == [LIST]


def test_list_that_repeats_itself_ends(conn: sqlite3.Connection, web: SmallWeb) -> None:
    web.put(LIST, page(1, last=9))
    web.put(f"{LIST}?page=2", page(1, last=9).replace("?page=2", "?page=3"))
    assert crawl_web(conn, web, source_file(list_source())).polls["list"].items_new == 3
    assert len(web.asked()) == 2


def test_site_that_gives_its_first_page_for_every_number_is_read_once(
    conn: sqlite3.Connection, web: SmallWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, parse = list[str](), list_page.parse

    def reading(page: Page, *rest: Any) -> Listing:
        read.append(page.url)
        return parse(page, *rest)

    monkeypatch.setattr(list_page, "parse", reading)
    for url in (LIST, f"{LIST}?page=2"):
        web.put(url, page(1, last=9))
    assert crawl_web(conn, web, source_file(list_source())).polls["list"].items_new == 3
    assert (web.asked(), read) == ([LIST, f"{LIST}?page=2"], [LIST])


def test_only_those_are_expected_to_be_read_that_are_due_and_never_were(
    conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = list[int]()
    monkeypatch.setattr(Readers, "expect", lambda _, pages: expected.append(pages))
    web.put(FEED, feed("One"), content_type=RSS)
    web.put("https://gone.example/feed", status=404)
    sources = source_file(source(), source("gone", "https://gone.example/feed", "feed"))
    for request in (CrawlRequest(), CrawlRequest(), ALL):
        crawl_web(conn, web, sources, request, time=time)
    assert expected == [2, 1]  # where nobody is due nothing is said


def test_failed_older_page_keeps_what_was_read_and_says_so(conn: sqlite3.Connection, web: SmallWeb) -> None:
    web.put(LIST, page(1, last=2))
    web.put(f"{LIST}?page=2", status=500)
    event = crawl_web(conn, web, source_file(list_source())).polls["list"]
    assert (event.outcome, event.items_new) == ("new", 3)
    assert "older pages could not be read" in str(event.note)


def test_page_after_the_last_one_is_no_failure(conn: sqlite3.Connection, web: SmallWeb) -> None:
    web.put(LIST, page(1, last=2))
    assert crawl_web(conn, web, source_file(list_source())).polls["list"].note is None


def test_since_walks_back_to_the_day(conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime) -> None:
    for number in range(1, 6):
        web.put(f"{LIST}?page={number}" if number > 1 else LIST, page(number, last=9), etag=f'"{number}"')
    sources = source_file(list_source(max_pages=1))
    crawl_web(conn, web, sources, time=time)
    web.requests.clear()
    event = crawl_web(conn, web, sources, CrawlRequest(since=date(2021, 1, 21)), time=time).polls["list"]
    assert web.asked() == [LIST, f"{LIST}?page=2", f"{LIST}?page=3"]  # page 3 holds the 20th
    assert (event.items_seen, event.items_new) == (9, 6)


def test_ladder_settles_and_stays_settled(conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime) -> None:
    second, third = "https://library.example/rss", "https://library.example/atom"
    laddered = source(alternatives=[{"kind": "feed", "url": second}, {"kind": "feed", "url": third}])
    web.put(second, feed("One"), content_type=RSS, etag='"2"')
    crawl_web(conn, web, source_file(laddered), time=time)
    assert web.asked()[:2] == [FEED, second] and third not in web.asked()
    assert poll_states(conn)["num"].settled == 1
    web.put(FEED, feed("Two"), content_type=RSS)
    web.requests.clear()
    event = crawl_web(conn, web, source_file(laddered), ALL, time=time).polls["num"]
    assert (event.outcome, web.asked()[:1]) == ("not_modified", [second])
    assert FEED not in web.asked()


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param({"url": "https://library.example/rss"}, id="its address"),
        pytest.param({"url": "https://library.example/old", "options": {"paged": True}}, id="an option"),
    ],
)
def test_edited_block_settles_anew(conn: sqlite3.Connection, web: SmallWeb, edit: dict[str, object]) -> None:
    old = "https://library.example/old"
    web.put(old, feed("One"), content_type=RSS, etag='"old"')
    crawl_web(conn, web, source_file(source(alternatives=[{"kind": "feed", "url": old}])))
    for url in (old, "https://library.example/rss"):
        web.put(url, feed("One", "Two"), content_type=RSS, etag='"old"')
    web.requests.clear()
    event = crawl_web(conn, web, source_file(source(alternatives=[{"kind": "feed"} | edit])), ALL).polls["num"]
    assert event.items_new == 1
    assert web.asked()[:2] == [FEED, edit["url"]]
    assert not any("if-none-match" in request.headers for request in web.requests)


def test_reasons_of_all_rungs_are_told(conn: sqlite3.Connection, web: SmallWeb) -> None:
    web.put("https://library.example/rss", "<html>no</html>", content_type=RSS)
    sources = source_file(source(alternatives=[{"kind": "feed", "url": "https://library.example/rss"}]))
    event = crawl_web(conn, web, sources).polls["num"]
    assert "there is no such page (404)" in str(event.error) and "this is a web page" in str(event.error)
    assert event.http_status == 404


def test_silent_host_is_asked_once_for_all_its_rungs(conn: sqlite3.Connection, web: SmallWeb) -> None:
    other, elsewhere = "https://library.example/rss", "https://library.example:8443/rss"
    for url in (FEED, other):
        web.pages[url] = ConnectTimeoutError("silence")
    web.put(elsewhere, feed("One"), content_type=RSS)
    rungs = [{"kind": "feed", "url": url} for url in (other, elsewhere)]
    assert crawl_web(conn, web, source_file(source(alternatives=rungs))).polls["num"].outcome == "new"
    assert web.asked()[:2] == [FEED, elsewhere]


def test_feed_is_discovered_and_remembered(conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime) -> None:
    home, found = "https://library.example/", "https://library.example/news.rss"
    web.put(home, '<html><link rel="alternate" type="application/rss+xml" href="/news.rss"><p>Welcome</p></html>')
    web.put(found, feed("One"), content_type=RSS, etag='"1"')
    sources = source_file(source(url=home, autodiscover=True, articles="none"))
    assert crawl_web(conn, web, sources, time=time).polls["num"].outcome == "new"
    web.requests.clear()
    assert crawl_web(conn, web, sources, ALL, time=time).polls["num"].outcome == "not_modified"
    assert web.asked() == [found]


def test_feed_stands_at_a_well_known_place(conn: sqlite3.Connection, web: SmallWeb) -> None:
    home = "https://library.example/"
    web.put(home, "<html><p>Welcome</p></html>")
    web.put("https://library.example/index.rss", feed("One"), content_type=RSS)
    sources = source_file(source(url=home, autodiscover=True))
    assert crawl_web(conn, web, sources).polls["num"].outcome == "new"
    assert poll_states(conn)["num"].settled_url == "https://library.example/index.rss"


def test_same_story_in_two_sources_is_stored_once(conn: sqlite3.Connection, web: SmallWeb) -> None:
    web.put(FEED, feed("One"), content_type=RSS)
    web.put("https://library.example/all", feed("One", "Two", guid=False), content_type=RSS)
    crawl_web(conn, web, source_file(source(), source("all", "https://library.example/all")))
    assert sorted(titles(conn)) == ["One", "Two"]


def test_pause_is_kept_between_requests_to_one_host(
    conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime
) -> None:
    web.put(FEED, feed("One", "Two"), content_type=RSS)
    crawl_web(conn, web, source_file(source(articles="all"), pause_seconds=2), time=time)
    assert web.asked(robots=True)[:2] == ["https://library.example/robots.txt", FEED]
    assert time.slept == [2, 2, 2]


def test_every_request_says_who_we_are(conn: sqlite3.Connection, web: SmallWeb) -> None:
    web.put(FEED, feed("One"), content_type=RSS, set_cookie="session=1; Path=/")
    crawl_web(conn, web, source_file(source(articles="all"), contact="https://desk.example/about"))
    for request in web.requests:
        assert request.headers["user-agent"].startswith("convenor/")
        assert request.headers["user-agent"].endswith(" (+https://desk.example/about)")
        assert not {"cookie", "referer", "authorization"} & set(request.headers)


def test_bug_is_raised_after_the_others_were_served(conn: sqlite3.Connection, web: SmallWeb) -> None:
    web.pages[FEED] = ZeroDivisionError("a bug")
    web.put("https://other.example/feed", feed("Good", host="other.example"), content_type=RSS)
    with pytest.raises(ZeroDivisionError):
        crawl_web(conn, web, source_file(source(), source("other", "https://other.example/feed")))
    assert sorted(polls(conn)) == [("num", "failed"), ("other", "new")]


def test_database_that_stays_locked_stops_the_run_with_a_sentence(conn: sqlite3.Connection, web: SmallWeb) -> None:
    web.put(FEED, feed("One"), content_type=RSS)
    impatient = open_database(file_of(conn), busy_timeout_seconds=0.05)
    conn.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match=r"convenor\.db is locked by another program"):
        crawl_web(impatient, web, source_file(source()))
    conn.rollback()
    assert crawl_web(impatient, web, source_file(source())).polls["num"].outcome == "new"
    impatient.close()


def test_database_locked_for_a_while_is_waited_for(conn: sqlite3.Connection, web: SmallWeb) -> None:
    web.put(FEED, feed("One"), content_type=RSS)
    crawling = open_database(file_of(conn))
    conn.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.3, conn.rollback)
    release.start()
    assert crawl_web(crawling, web, source_file(source())).polls["num"].outcome == "new"
    release.join()
    crawling.close()


def test_half_characters_stop_nobody(conn: sqlite3.Connection, web: SmallWeb) -> None:
    entry = {"id": "\ud800", "url": "https://library.example/\ud800", "title": "One\ud800", "image": "https://x/\ud800"}
    version = "https://jsonfeed.org/version/1.1"
    web.put(FEED, json.dumps({"version": version, "items": [entry]}), content_type="application/feed+json")
    assert crawl_web(conn, web, source_file(source(articles="none"))).polls["num"].items_new == 1


def test_crawl_alone_needs_no_listener(conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime) -> None:
    web.put(FEED, feed("One"), content_type=RSS)
    summary = crawl(conn, source_file(source()), CrawlRequest(), connect=lambda: web.transport, clock=time.clock)
    assert (summary.outcomes, summary.items_new) == ({"new": 1}, 1)


def test_address_of_two_sources_is_not_asked_too_soon_after_a_crash_between_their_polls(
    conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime
) -> None:
    url = "https://library.example/feed"
    sources = source_file(source("often", url, articles="none"), source("daily", url, every_hours=24, articles="none"))
    web.put(url, feed("One"))

    def die(event: CrawlEvent) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        crawl(conn, sources, CrawlRequest(), connect=lambda: web.transport, clock=time.clock, on_event=die)
    time.pass_by(timedelta(hours=13))
    crawl_web(conn, web, sources, time=time)
    assert web.asked() == [url]
    time.pass_by(timedelta(hours=13))
    crawl_web(conn, web, sources, time=time)
    assert web.asked() == [url, url]


def test_sub_regions_are_as_the_file_says_now(conn: sqlite3.Connection, web: SmallWeb) -> None:
    def named(countries: object) -> dict[str, str]:
        region = {"north-east-asia": {"name": "North East Asia", "countries": countries}}
        crawl_web(conn, web, SourceFile.checked({"sub_regions": region, "sources": []}))
        return dict(list_sub_regions(conn)[0].countries)

    assert named({"MN": "Our Mongolia"}) == {"MN": "Our Mongolia"}
    assert named(["MN"]) == named(["MN"]) == {"MN": "Mongolia"}
    assert named(["MN", "JP"]) == {"MN": "Mongolia", "JP": "Japan"}


NO_NAME = AddressError("the name is not known (DNS)")
WAITS: dict[
    str, tuple[tuple[Response | Exception, Response | Exception], int]
] = {  # what the servers of two sources answer, and after how many hours the sources are due again
    "no name is known": ((NO_NAME, NO_NAME), 1),
    "no network leads there": ((NoRouteError("Network is unreachable"), NO_NAME), 1),
    "one of them refuses": ((NO_NAME, RefusedError("refused")), 12),
    "one of them answers": ((NO_NAME, reply(200, feed("One"), headers={"Content-Type": RSS})), 12),
    "nobody may be asked": ((InsideError("private"), InsideError("private")), 12),
    "nobody answers in time": ((ConnectTimeoutError(""), ConnectTimeoutError("")), 12),
}


@pytest.mark.parametrize("name", WAITS)
def test_who_reached_no_server_at_all_tries_again_soon(
    name: str, conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime
) -> None:
    answers, hours = WAITS[name]
    hosts = ("one.example", "other.example")
    for host, answer in zip(hosts, answers, strict=True):
        web.pages[f"https://{host}/feed"] = answer
        web.pages[f"https://{host}/robots.txt"] = answer if isinstance(answer, Exception) else reply(404)
    loaded = source_file(*(source(host.split(".")[0], f"https://{host}/feed") for host in hosts))
    crawl_web(conn, web, loaded, time=time)
    before = len(web.requests)
    time.pass_by(timedelta(hours=hours, seconds=-5))
    crawl_web(conn, web, loaded, time=time)
    assert len(web.requests) == before
    time.pass_by(timedelta(hours=hours * 0.1, seconds=10))
    crawl_web(conn, web, loaded, time=time)
    assert len(web.requests) > before


def test_a_laptop_without_a_network_tries_ever_more_rarely_and_catches_up(
    conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime
) -> None:
    loaded = source_file(source())
    web.put(FEED, feed("One"), content_type=RSS)
    crawl_web(conn, web, loaded, time=time)
    time.pass_by(HALF_A_DAY)
    web.pages = {FEED: NO_NAME, "https://library.example/robots.txt": NO_NAME}
    tried = []
    for hour in range(48):
        tried += [hour for _ in crawl_web(conn, web, loaded, time=time).polls]
        time.pass_by(timedelta(hours=1))
    assert tried[:5] == [0, 1, 3, 7, 15] and len(tried) == 7
    assert poll_states(conn)["num"].strikes == 0
    web.pages = {}
    web.put(FEED, feed("One", "Two"), content_type=RSS)
    time.pass_by(HALF_A_DAY)
    assert crawl_web(conn, web, loaded, time=time).polls["num"].items_new == 1


def test_who_reached_nobody_remembers_nothing_of_it(
    conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime
) -> None:
    robots, other = "https://library.example/robots.txt", source("other", "https://library.example/other")
    web.put(FEED, feed("One"), content_type=RSS)
    web.put(robots, "User-agent: *\nDisallow: /private/", content_type="text/plain", etag='"1"')
    crawl_web(conn, web, source_file(source()), time=time)
    time.pass_by(timedelta(hours=25))
    before, web.pages = web.pages, {FEED: NO_NAME, robots: NO_NAME}
    crawl_web(conn, web, source_file(source()), time=time)
    time.pass_by(timedelta(minutes=20))
    crawl_web(conn, web, source_file(source(), other), time=time)  # the other one is due when that had just failed
    states = poll_states(conn)
    assert [states[name].strikes for name in ("num", "other")] == [0, 0]
    time.pass_by(timedelta(hours=1))
    web.pages, web.requests = before, []
    assert crawl_web(conn, web, source_file(source(), other), time=time).polls.keys() == {"num", "other"}
    [asked] = [request for request in web.requests if request.url == robots]
    assert asked.headers["if-none-match"] == '"1"'
