"""A wish to end: told once, it holds; nobody sleeps on, and what is in hand has its time."""

from __future__ import annotations

import sqlite3
import threading

from crawlers.crawl import CrawlRequest, crawl
from crawlers.messages import Request, Response
from crawlers.sources import SourceFile
from crawlers.stopping import Stop
from crawlers.tally import CrawlSummary
from db.sources import poll_states
from tests.crawlers.fake_network import reply
from tests.crawlers.small_web import SimulatedTime, SmallWeb, feed, source, source_file

RSS = "application/rss+xml"


def passed(
    conn: sqlite3.Connection, web: SmallWeb, sources: SourceFile, stop: Stop | None = None, *, all_: bool = False
) -> CrawlSummary:
    transport, clock = web.transport, SimulatedTime().clock
    return crawl(conn, sources, CrawlRequest(all_=all_), connect=lambda: transport, clock=clock, stop=stop)


def test_time_for_what_is_in_hand_is_counted_from_the_first_wish() -> None:
    simulated = SimulatedTime()
    stop = Stop(10, monotonic=simulated.clock.monotonic)
    assert (stop.asked, stop.overdue) == (False, False)
    stop.ask()
    simulated.sleep(9)
    stop.ask()
    assert (stop.asked, stop.overdue) == (True, False)
    simulated.sleep(1)
    assert stop.overdue


def test_sleeper_is_woken() -> None:
    stop = Stop()
    threading.Timer(0.05, stop.ask).start()
    stop.wait(60)
    assert stop.asked
    stop.wait(60)


def test_stopped_pass_saves_the_poll_in_hand_and_leaves_the_others(conn: sqlite3.Connection, web: SmallWeb) -> None:
    stop = Stop()

    def answer(request: Request) -> Response:
        stop.ask()
        return reply(200, content=feed("One"), headers={"Content-Type": RSS})

    web.pages["https://library.example/feed"] = answer
    web.put("https://library.example/other", feed("Two"), content_type=RSS)
    sources = source_file(source(), source("other", "https://library.example/other"))
    summary = passed(conn, web, sources, stop)
    assert (summary.outcomes, summary.items_new, summary.unpolled) == ({"new": 1}, 1, 1)
    assert passed(conn, web, sources).outcomes == {"new": 1}
    assert [row[0] for row in conn.execute("SELECT title FROM items ORDER BY id")] == ["One", "Two"]


def test_poll_that_does_not_end_in_time_is_given_up_and_made_anew(conn: sqlite3.Connection, web: SmallWeb) -> None:
    stop, silent = Stop(grace_seconds=0), threading.Event()

    def answer(request: Request) -> Response:
        stop.ask()
        silent.wait(30)
        return reply(200, content=feed("One"), headers={"Content-Type": RSS})

    web.pages["https://library.example/feed"] = answer
    summary = passed(conn, web, source_file(source()), stop)
    silent.set()
    assert (summary.outcomes, summary.unpolled) == ({}, 1)
    assert poll_states(conn)["num"].body_hash is None
    assert passed(conn, web, source_file(source()), all_=True).items_new == 1
