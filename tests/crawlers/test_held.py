"""A poll in which most of a settled source is new at once waits for one look; nothing of it is lost or told again."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest

from crawlers.crawl import CrawlRequest
from crawlers.held import why_held
from crawlers.sources import SourceFile
from db.decisions import history
from db.desk import QueueFilter, queue_counts, waiting_items
from db.held import PollHistory, dismiss_held, held_polls, poll_history, release_held
from db.items import unread_articles
from db.records import ParsedItem, PublishedDate
from db.search.items import ranked
from db.search.query import parse as parse_query
from tests.crawlers.small_web import START, Crawled, SimulatedTime, SmallWeb, crawl_web, source, source_file

NOW = datetime(2021, 2, 10, 8, tzinfo=UTC)
SETTLED = PollHistory(good_polls=9, last_good_at=NOW - timedelta(hours=12), usual_new=2, items=40)
OLD = "2020-11-{:02}"
FRESH = "2021-02-{:02}"


def items(number: int, on: str | None, same: bool = False) -> list[ParsedItem]:
    url = "https://library.example/{}"
    days = [
        None if on is None else on.format(9 if same else 9 - n % 3 if on == FRESH else 1 + n) for n in range(number)
    ]
    return [
        ParsedItem(url.format(n), url.format(n), f"Story {n}", published=PublishedDate(day, "day", "list"))
        if day
        else ParsedItem(url.format(n), url.format(n), f"Story {n}")
        for n, day in enumerate(days)
    ]  # fmt: skip


HELD = {
    "old days": (SETTLED, items(15, OLD), 15),
    "no days": (SETTLED, items(15, None), 15),
    "one and the same day": (SETTLED, items(15, FRESH, same=True), 15),
    "most of the page": (SETTLED, items(9, OLD), 15),
    "a small page": (PollHistory(9, NOW - timedelta(days=1), 0, 40), items(5, OLD), 5),
    "old ones among fresh ones": (SETTLED, [*items(4, FRESH), *items(9, OLD)], 15),
}
NEWS = {
    "the usual number": (SETTLED, items(6, OLD), 8),
    "few of a long page": (SETTLED, items(9, OLD), 40),
    "a burst of these days": (SETTLED, items(18, FRESH), 20),
    "four at most": (PollHistory(9, NOW - timedelta(days=1), 0, 40), items(4, OLD), 4),
    "the first poll": (PollHistory(), items(30, OLD), 30),
    "the second poll": (PollHistory(1, NOW - timedelta(days=1), 0, 30), items(30, OLD), 30),
    "a source with few items": (PollHistory(9, NOW - timedelta(days=1), 0, 6), items(30, OLD), 30),
    "after a long pause": (PollHistory(9, NOW - timedelta(days=15), 2, 40), items(30, OLD), 30),
    "a busy source": (PollHistory(9, NOW - timedelta(hours=12), 20, 400), items(30, OLD), 30),
    "nothing new": (SETTLED, [], 15),
}


@pytest.mark.parametrize("case", HELD)
def test_what_is_held_aside(case: str) -> None:
    past, new, seen = HELD[case]
    why = why_held(past, new, seen, NOW)
    assert why is not None and f"{len(new)} of {seen} items" in why


@pytest.mark.parametrize("case", NEWS)
def test_what_is_news(case: str) -> None:
    past, new, seen = NEWS[case]
    assert why_held(past, new, seen, NOW) is None


def feed(titles: Sequence[str], first: date = date(2020, 12, 1), folder: str = "news") -> str:
    entries = "".join(
        f"<item><title>{title}</title><link>https://library.example/{folder}/{title.replace(' ', '-')}</link>"
        f"<pubDate>{first + timedelta(days=n):%a, %d %b %Y} 08:00:00 +0000</pubDate></item>"
        for n, title in enumerate(titles)
    )
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>News</title>{entries}</channel></rss>"


@dataclass
class Settled:
    """A source that was polled for some days and listed twelve stories."""

    conn: sqlite3.Connection
    web: SmallWeb = field(default_factory=SmallWeb)
    time: SimulatedTime = field(default_factory=SimulatedTime)
    sources: SourceFile = field(default_factory=lambda: source_file(source("num", articles="missing")))
    titles: list[str] = field(default_factory=lambda: [f"Known story number {n} of the library" for n in range(12)])

    def poll(self, titles: Sequence[str] | None = None, request: CrawlRequest | None = None, days: int = 1) -> Crawled:
        if titles is not None:
            self.web.put("https://library.example/feed", feed(titles), content_type="text/xml")
        self.time.pass_by(timedelta(days=days))
        return crawl_web(self.conn, self.web, self.sources, request or CrawlRequest(all_=True), time=self.time)

    def queue(self) -> list[str]:
        wanted = QueueFilter(("north-east-asia",))
        return [item.title for item in waiting_items(self.conn, wanted, limit=100)]

    def counted(self) -> int:
        return sum(count.items for count in queue_counts(self.conn, ("north-east-asia",)))


STRANGE = [f"Never met before, number {n}" for n in range(12)]


@pytest.fixture
def settled(conn: sqlite3.Connection) -> Settled:
    made = Settled(conn)
    for day in range(4):
        made.poll(made.titles[: 9 + day])
    assert made.counted() == 12
    return made


@pytest.fixture
def held(settled: Settled) -> Settled:
    told = settled.poll(STRANGE).polls["num"]
    assert told.items_new == 12 and told.note and "convenor sources release num" in told.note
    return settled


def test_a_held_poll_is_kept_with_its_items_and_shown_to_no_convenor(held: Settled) -> None:
    assert held.counted() == 12 and not set(held.queue()) & set(STRANGE)
    (waiting,) = held_polls(held.conn)
    assert (waiting.source_id, waiting.items, waiting.titles) == ("num", 12, tuple(STRANGE[:5]))
    assert held.conn.execute("SELECT count(*) FROM items").fetchone()[0] == 24


def test_no_article_page_of_a_held_item_is_asked_for(held: Settled) -> None:
    assert not [url for url in held.web.asked() if "Never" in url]
    release_held(held.conn, "num", by="olga", now=START)
    assert len(unread_articles(held.conn, "num", limit=99, missing_only=True)) >= 12


def test_later_polls_do_not_announce_held_items_again(held: Settled) -> None:
    again = held.poll([*STRANGE, "A story of today that is really new"]).polls["num"]
    assert again.items_new == 1 and again.note is None
    assert "A story of today that is really new" in held.queue()
    assert len(held_polls(held.conn)) == 1


def test_one_action_lets_all_in(held: Settled) -> None:
    assert release_held(held.conn, "num", by="olga", now=START) == 12
    assert set(STRANGE) < set(held.queue()) and held.counted() == 24
    assert held_polls(held.conn) == () and release_held(held.conn, "num", by="olga", now=START) == 0
    assert held.poll(STRANGE).polls["num"].items_new == 0


def test_one_action_dismisses_all_and_they_stay_known(held: Settled) -> None:
    assert dismiss_held(held.conn, "num", by="olga", now=START) == 12
    assert not set(held.queue()) & set(STRANGE)
    rows = history(held.conn, ("north-east-asia",), limit=50)
    assert [(row.actor, row.action, row.after.state) for row in rows] == [("olga", "dismiss", "dismissed")] * 12
    assert all("held aside" in row.note for row in rows)
    assert held.poll([*STRANGE, "One more"]).polls["num"].items_new == 1


def test_what_was_held_says_nothing_of_what_is_usual(held: Settled) -> None:
    assert poll_history(held.conn, "num").usual_new == 1
    release_held(held.conn, "num", by="olga", now=START)
    assert poll_history(held.conn, "num").usual_new == 1


def test_a_second_poll_of_the_kind_waits_too(held: Settled) -> None:
    held.poll([f"Stranger still, number {n}" for n in range(12)])
    assert [poll.items for poll in held_polls(held.conn, "num")] == [12, 12]
    assert dismiss_held(held.conn, "num", by="olga", now=START) == 24


@pytest.mark.parametrize(
    ("request_", "days"),
    [(CrawlRequest(since=date(2020, 11, 1)), 1), (CrawlRequest(all_=True), 20)],
    ids=["a walk", "a pause"],
)
def test_a_walk_and_a_long_pause_are_not_held(settled: Settled, request_: CrawlRequest, days: int) -> None:
    assert settled.poll(STRANGE, request_, days=days).polls["num"].note is None
    assert held_polls(settled.conn) == () and set(STRANGE) < set(settled.queue())


def test_a_first_poll_is_not_held(conn: sqlite3.Connection) -> None:
    first = Settled(conn)
    assert first.poll(STRANGE).polls["num"].items_new == 12
    assert held_polls(conn) == () and first.counted() == 12


def test_nothing_waits_at_first(conn: sqlite3.Connection) -> None:
    assert held_polls(conn) == () and poll_history(conn, "num") == PollHistory()


def test_what_is_held_is_not_compared_with_other_stories_until_it_is_released(held: Settled) -> None:
    waiting = "SELECT count(*) FROM items_to_compare c JOIN items i ON i.id = c.item_id WHERE i.title LIKE 'Never met%'"
    assert held.conn.execute(waiting).fetchone()[0] == 0
    release_held(held.conn, "num", by="olga", now=START)
    assert held.conn.execute(waiting).fetchone()[0] == 12


def test_what_is_held_is_found_by_no_search(held: Settled) -> None:
    assert ranked(held.conn, parse_query("never met")) == ()
    release_held(held.conn, "num", by="olga", now=START)
    assert len(ranked(held.conn, parse_query("never met"))) == 12
