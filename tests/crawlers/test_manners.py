"""What a pass remembers of pages between two polls, and what it asks because of it. The web is a dictionary."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from typing import Any

import pytest

from crawlers.messages import Request, Response
from crawlers.rescue import take_over_repair
from db.health import waiting_proposal
from db.records import PollState
from db.sources import poll_states
from tests.crawlers.fake_network import reply
from tests.crawlers.small_web import SimulatedTime, SmallWeb, crawl_web, feed, source, source_file

FEED = "https://library.example/feed"
RSS = "application/rss+xml"
DAY = timedelta(days=1)
TEN = [f"Story {number}" for number in range(10)]


def state(conn: sqlite3.Connection, source_id: str = "num") -> PollState:
    return poll_states(conn)[source_id]


def etags_sent(web: SmallWeb, url: str) -> list[str | None]:
    return [request.headers.get("if-none-match") for request in web.requests if request.url == url]


def poll_daily(conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime, days: int, **options: Any) -> list[str]:
    sources, outcomes = source_file(source(articles="none", **options)), list[str]()
    for _ in range(days):
        event = crawl_web(conn, web, sources, time=time).polls.get("num")
        outcomes.append(event.outcome or "" if event else "not due")
        time.pass_by(DAY)
    return outcomes


def test_unreadable_page_stays_unreadable_while_it_does_not_change(
    conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime
) -> None:
    web.put(FEED, feed(*TEN), content_type=RSS, etag='"1"')
    poll_daily(conn, web, time, 1)
    web.put(FEED, "<html>no feed any more</html>", etag='"2"')
    assert poll_daily(conn, web, time, 2) == ["failed", "failed"]
    assert etags_sent(web, FEED) == [None, '"1"', '"2"']
    assert state(conn).failures == 2
    web.put(FEED, feed("Story 11", *TEN), content_type=RSS, etag='"3"')
    time.pass_by(timedelta(days=8))
    assert poll_daily(conn, web, time, 1) == ["new"]
    assert (state(conn).failures, state(conn).verdict) == (0, None)


def test_empty_list_stays_empty_while_it_does_not_change(
    conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime
) -> None:
    web.put(FEED, feed(), content_type=RSS, etag='"1"')
    assert poll_daily(conn, web, time, 3) == ["empty"] * 3
    web.put(FEED, feed("One"), content_type=RSS, etag='"2"')
    assert poll_daily(conn, web, time, 2) == ["new", "not_modified"]
    assert etags_sent(web, FEED) == [None, '"1"', '"1"', '"1"', '"2"']


def test_page_that_was_never_any_use_is_asked_conditionally(
    conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime
) -> None:
    web.put(FEED, "<html>no feed</html>", etag='"1"')
    assert "new" not in poll_daily(conn, web, time, 4)
    assert etags_sent(web, FEED)[0] is None and set(etags_sent(web, FEED)[1:]) == {'"1"'}


def test_edited_block_reads_the_same_page_anew(conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime) -> None:
    web.put(FEED, "<html>no feed</html>", etag='"1"')
    poll_daily(conn, web, time, 2)
    time.pass_by(timedelta(days=8))
    poll_daily(conn, web, time, 1, date_order="DMY")
    assert etags_sent(web, FEED)[-1] is None


def test_lying_server_is_caught_by_the_items_that_stood_there(
    conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime
) -> None:
    def lying(request: Request) -> Response:
        if "if-none-match" in request.headers:
            return reply(304)
        number = int(time.seconds // DAY.total_seconds() // 10)
        return reply(200, content=feed(*TEN[: 6 + number]), headers={"ETag": f'"{time.seconds}"'})

    web.pages[FEED] = lying
    outcomes = poll_daily(conn, web, time, 40, at_least_every_hours=12)
    assert outcomes.count("new") == 2 and set(outcomes[1:31]) == {"not_modified"}
    assert state(conn).lied_at is not None
    assert set(etags_sent(web, FEED)[33:]) == {None}


def test_server_that_speaks_the_truth_is_believed(conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime) -> None:
    web.put(FEED, feed(*TEN), content_type=RSS, etag='"1"')
    poll_daily(conn, web, time, 70, at_least_every_hours=12)
    assert state(conn).lied_at is None
    assert etags_sent(web, FEED).count(None) == 3  # the first one, and one after each month of "not modified"


def test_holding_answer_lengthens_the_wait_also_when_a_304_says_so(
    conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime
) -> None:
    web.put(FEED, feed("One"), content_type=RSS, etag='"1"', cache_control="max-age=172800")
    assert poll_daily(conn, web, time, 4) == ["new", "not due", "not due", "not_modified"]


@pytest.mark.parametrize(("status", "proposed"), [(301, True), (308, True), (302, False), (307, False)])
def test_new_address_is_proposed_after_three_polls_and_taken_over_on_a_yes(
    conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime, status: int, proposed: bool
) -> None:
    new = "https://new.example/feed"
    web.put(FEED, status=status, location=new)
    web.put(new, feed("One"), content_type=RSS, etag='"1"')
    poll_daily(conn, web, time, 2)
    assert waiting_proposal(conn, "num") is None
    poll_daily(conn, web, time, 1)
    found = waiting_proposal(conn, "num")
    assert (found is not None and found.url == new) == proposed
    if proposed:
        take_over_repair(conn, source_file(source(articles="none")), "num", by="somebody", now=time.clock.now())
        asked = len(web.asked())
        poll_daily(conn, web, time, 1)
        assert web.asked()[asked:] == [new]


def test_wish_to_be_left_alone_puts_off_the_others_of_the_host(
    conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime
) -> None:
    names = ("one", "two", "three")
    urls = {"one": FEED, "two": "https://library.example/two", "three": "https://library.example:8443/feed"}
    for name in names:
        web.put(urls[name], feed(f"Story of {name}"), content_type=RSS)
    web.put(FEED, status=503, retry_after="7200")
    sources = source_file(*(source(name, urls[name], articles="none") for name in names))
    crawled = crawl_web(conn, web, sources, time=time)
    assert {name: event.outcome for name, event in crawled.polls.items()} == {"one": "failed", "three": "new"}
    assert [event.source_id for event in crawled.events if event.kind == "held"] == ["two"]
    assert urls["two"] not in web.asked()
    time.pass_by(timedelta(hours=1))
    assert crawl_web(conn, web, sources, time=time).polls == {}
    time.pass_by(timedelta(hours=1.1))
    assert crawl_web(conn, web, sources, time=time).polls.keys() == {"two"}


def test_redirect_to_a_host_that_wants_to_be_left_alone_is_a_soft_failure(
    conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime
) -> None:
    web.put("https://busy.example/feed", status=429, retry_after="90000")
    web.put(FEED, status=302, location="https://busy.example/other")
    sources = source_file(source("busy", "https://busy.example/feed"), source(articles="none"), max_hosts_at_once=1)
    crawl_web(conn, web, sources, time=time)
    assert (state(conn).failures, state(conn).strikes) == (1, 0.5)


def test_two_blocks_with_one_address_share_the_answer(
    conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime
) -> None:
    web.put(FEED, feed("One", "Two"), content_type=RSS, etag='"1"')
    twins = source_file(source("one", FEED, articles="none"), source("two", FEED, articles="none", max_pages=2))
    for outcome in ("new", "not_modified", "not_modified"):
        polls = crawl_web(conn, web, twins, time=time).polls
        assert polls["one"].outcome == outcome and len(polls) == 2
        time.pass_by(DAY)
    assert etags_sent(web, FEED) == [None, '"1"', '"1"']


def test_third_block_with_that_address_waits_for_the_others_and_gets_the_whole_page(
    conn: sqlite3.Connection, web: SmallWeb, time: SimulatedTime
) -> None:
    web.put(FEED, feed("One"), content_type=RSS, etag='"1"')
    one = source("one", FEED, articles="none")
    crawl_web(conn, web, source_file(one), time=time)
    both = source_file(one, source("two", FEED, articles="none", max_pages=2))
    assert crawl_web(conn, web, both, time=time).polls == {}
    time.pass_by(DAY)
    assert crawl_web(conn, web, both, time=time).polls.keys() == {"one", "two"}
    assert etags_sent(web, FEED) == [None, None]
