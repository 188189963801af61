"""The eight words over months of polls: each is entered, left, and told apart from every other one."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import permutations

import pytest

from crawlers.crawl import CrawlRequest
from crawlers.health import Health, health_of
from crawlers.rescue import believe_page
from db.connect import open_database
from db.health import kept_page, source_facts, waiting_proposal
from tests.crawlers.small_web import SimulatedTime, SmallWeb, crawl_web, source, source_file

URLS = {
    "list_page": "https://library.example/news/",
    "feed": "https://library.example/feed",
    "wordpress": "https://library.example/wp-json/wp/v2/posts?per_page=50",
}
DAY = timedelta(days=1)
SUBJECTS = (
    "Opening",
    "Lecture",
    "Exhibition",
    "Reading",
    "Repair",
    "Donation",
    "Concert",
    "Training",
    "Visit",
    "Prize",
)
CHALLENGE = "<html><title>Just a moment...</title><script>window._cf_chl_opt={}</script></html>"


@dataclass
class Life:
    """A source in simulated time: its site, the polls, and the word that these give."""

    conn: sqlite3.Connection
    kind: str = "list_page"
    web: SmallWeb = field(default_factory=SmallWeb)
    time: SimulatedTime = field(default_factory=SimulatedTime)
    stories: list[tuple[str, str]] = field(default_factory=list)  # title and day, newest first

    def __post_init__(self) -> None:
        self.url = URLS[self.kind]
        self.sources = source_file(source("num", self.url, self.kind, articles="none"))
        if self.stories:
            return
        for _ in range(10):
            self.pass_by(2)
            self.publish()
        for _ in range(4):
            self.news(days=2)

    def publish(self) -> None:
        number = len(self.stories)
        title = f"{SUBJECTS[number % 10]} number {number} of the library in the capital"
        self.stories.insert(0, (title, f"{self.time.clock.now():%Y-%m-%d}"))

    def pass_by(self, days: float) -> None:
        self.time.pass_by(days * DAY)

    def news(self, *, days: float) -> None:
        """So many days pass, then there is a story and a poll."""
        self.pass_by(days)
        self.publish()
        self.show()
        self.poll()

    def show(self, etag: str | None = None) -> None:
        """The site shows its ten newest stories."""
        self.web.put(self.url, self.page())
        if etag is not None:
            self.web.put(self.url, self.page(), ETag=etag)

    def page(self) -> str:
        stories = [
            (title, f"https://library.example/news/{ord(title[0])}-{len(self.stories) - n}", on)
            for n, (title, on) in enumerate(self.stories[:10])
        ]
        if self.kind == "wordpress":
            return json.dumps([{"link": url, "title": {"rendered": title}, "date": on} for title, url, on in stories])
        if self.kind == "feed":
            items = "".join(
                f"<item><title>{title}</title><link>{url}</link><pubDate>{on}</pubDate></item>"
                for title, url, on in stories
            )
            return f"<rss version='2.0'><channel><title>News</title>{items}</channel></rss>"
        rows = "".join(
            f"<li><a href='{url}'>{title}</a><span class='day'>{on}</span></li>" for title, url, on in stories
        )
        menu = "<ul class='gnb'><li><a href='/a'>About</a></li><li><a href='/b'>Visit</a></li></ul>"
        found = f"<ul class='list'>{rows}</ul>" if rows else "<p>No results found.</p>"
        return f"<html><body>{menu}{found}</body></html>"

    def empty(self) -> None:
        """The site shows its list without any story."""
        stories, self.stories = self.stories, []
        self.show()
        self.stories = stories
        self.polls(every=1, times=1)

    def poll(self) -> None:
        crawl_web(self.conn, self.web, self.sources, CrawlRequest(all_=True), time=self.time)

    def polls(self, *, every: float, times: int) -> None:
        for _ in range(times):
            self.pass_by(every)
            self.poll()

    @property
    def health(self) -> Health:
        return health_of(source_facts(self.conn)[0], self.time.clock.now())


def well(life: Life) -> None:
    life.news(days=1)
    life.news(days=1)


def silent_for_weeks(life: Life) -> None:
    life.news(days=1)
    life.polls(every=7, times=3)


def frozen(life: Life) -> None:
    """The list answers as ever, but says nothing new for months."""
    life.news(days=1)
    life.polls(every=25, times=4)


def emptied(life: Life) -> None:
    life.empty()


def redesigned(life: Life) -> None:
    life.web.put(life.url, "<html><body><div id='app'></div><p>Welcome to our new site.</p></body></html>")
    life.polls(every=1, times=1)


def challenged(life: Life) -> None:
    life.web.put(life.url, CHALLENGE, status=403)
    life.polls(every=1, times=1)


def out_of_order(life: Life) -> None:
    life.web.put(life.url, "Busy", status=503)
    life.polls(every=1, times=2)


def gone(life: Life) -> None:
    life.web.put(life.url, "Gone", status=410)
    life.polls(every=1, times=2)


LIVES: dict[str, tuple[Callable[[Life], None], bool]] = {
    "ok": (well, False),
    "quiet": (silent_for_weeks, False),
    "late": (frozen, False),
    "empty": (emptied, True),
    "layout_changed": (redesigned, True),
    "challenged": (challenged, True),
    "unreachable": (out_of_order, True),
    "gone": (gone, True),
}


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Life:
    """A list that has lived well for weeks, to begin other lives with."""
    return Life(open_database(tmp_path_factory.mktemp("settled") / "convenor.db", create=True))


@pytest.fixture
def life(conn: sqlite3.Connection, settled: Life) -> Life:
    settled.conn.backup(conn)
    copy = replace(settled, conn=conn, web=SmallWeb(), time=SimulatedTime(settled.time.seconds))
    copy.stories = list(settled.stories)
    return copy


@pytest.mark.parametrize(("first", "then"), list(permutations(LIVES, 2)))
def test_one_word_follows_the_other(life: Life, first: str, then: str) -> None:
    for word in (first, then, "ok"):
        live, broken = LIVES[word]
        live(life)
        assert (life.health.word, life.health.broken) == (word, broken), life.health.why
        assert life.health.why and (life.health.since is None) == (word == "ok")


def saying(body: str, status: int = 200) -> Callable[[Life], None]:
    def live(life: Life) -> None:
        life.web.put(life.url, body, status=status)
        life.polls(every=1, times=1)

    return live


def absent(status: int, times: int, *, every: float) -> Callable[[Life], None]:
    def live(life: Life) -> None:
        life.web.put(life.url, "No such page", status=status)
        life.polls(every=every, times=times)

    return live


def absent_and_busy(life: Life) -> None:
    for _ in range(5):
        absent(404, 1, every=2)(life)
        absent(503, 1, every=2)(life)


def frozen_with_a_clock(life: Life) -> None:
    """Every answer has other bytes, for the page shows the time of day."""
    for number in range(4):
        life.web.put(life.url, life.page() + f"<p>It is {number} o'clock.</p>")
        life.polls(every=25, times=1)


def frozen_by_the_server(life: Life) -> None:
    """It says “not modified” for ever."""
    life.show('"one"')
    life.polls(every=25, times=4)


def frozen_with_an_announcement(life: Life) -> None:
    """The newest entry bears the day of an event in a year: that day is no news when it comes nearer."""
    life.pass_by(1)
    life.publish()
    title, _ = life.stories[0]
    life.stories[0] = (title, f"{life.time.clock.now() + 365 * DAY:%Y-%m-%d}")
    life.show()
    life.polls(every=25, times=4)


def half_of_it(life: Life) -> None:
    whole, life.stories = life.stories, life.stories[1:4]
    life.show()
    life.stories = whole
    life.polls(every=1, times=1)


def forbidden(life: Life) -> None:
    life.web.put("https://library.example/robots.txt", "User-agent: *\nDisallow: /", content_type="text/plain")
    life.polls(every=2, times=1)


CONFUSABLE: dict[str, tuple[Callable[[Life], None], str, bool]] = {
    "frozen, late: other bytes each time": (frozen_with_a_clock, "late", False),
    "frozen, late: not modified": (frozen_by_the_server, "late", False),
    "frozen, late: an event is announced": (frozen_with_an_announcement, "late", False),
    "empty: it says so": (saying("<p>No results found.</p>"), "empty", True),
    "not empty: no list, and no word of it": (saying("<div id='app'></div>"), "layout_changed", True),
    "not empty: half of it is gone": (half_of_it, "layout_changed", True),
    "not empty: no byte came": (saying(""), "layout_changed", True),
    "challenged: 403 and a challenge": (saying(CHALLENGE, 403), "challenged", True),
    "challenged: 200 and a challenge": (saying(CHALLENGE), "challenged", True),
    "challenged: 503 and a challenge": (saying(CHALLENGE, 503), "challenged", True),
    "not challenged: 403 alone": (saying("Forbidden", 403), "unreachable", True),
    "not challenged: robots.txt forbids": (forbidden, "unreachable", True),
    "not gone: 404 for a week": (absent(404, 7, every=1), "unreachable", True),
    "not gone: four times 404 in a month": (absent(404, 4, every=8), "unreachable", True),
    "gone: five times 404 in three weeks": (absent(404, 5, every=5), "gone", True),
    "gone: five times 404, and busy in between": (absent_and_busy, "gone", True),
    "not gone: 410 once": (absent(410, 1, every=1), "unreachable", True),
    "gone: 410 twice": (absent(410, 2, every=1), "gone", True),
    "not gone: 500 for months": (absent(500, 9, every=10), "unreachable", True),
}


@pytest.mark.parametrize("case", CONFUSABLE)
def test_words_that_might_be_confused(life: Life, case: str) -> None:
    live, word, broken = CONFUSABLE[case]
    live(life)
    assert (life.health.word, life.health.broken) == (word, broken), life.health.why


@pytest.mark.parametrize("case", [case for case, (_, _, broken) in CONFUSABLE.items() if broken])
def test_trouble_keeps_its_beginning_and_the_page_that_shows_it(life: Life, case: str) -> None:
    live, _, _ = CONFUSABLE[case]
    begins = life.time.clock.now() + DAY
    live(life)
    since = life.health.since
    life.polls(every=1, times=2)
    assert since is not None and since - begins <= 9 * DAY and life.health.since == since
    kept = kept_page(life.conn, "num")
    asked = "robots.txt" not in case
    assert (kept is not None) is asked


@pytest.mark.parametrize("kind", ["feed", "wordpress", "list_page"])
def test_a_list_that_is_suddenly_empty_is_broken_at_once(conn: sqlite3.Connection, kind: str) -> None:
    life = Life(conn, kind)
    life.empty()
    assert (life.health.word, life.health.broken) == ("empty", True)
    assert "where it always had some" in life.health.why
    assert life.conn.execute("SELECT outcome, error FROM polls ORDER BY id DESC").fetchone()[:] == ("empty", None)
    kept = kept_page(life.conn, "num")
    assert kept is not None and kept.url == life.url
    life.news(days=1)
    assert life.health.word == "ok" and kept_page(life.conn, "num") is None


def test_a_list_that_was_empty_before_is_given_more_time(life: Life) -> None:
    life.empty()
    life.pass_by(9)
    life.news(days=1)  # after ten days without entries
    life.empty()
    life.polls(every=9, times=2)
    assert (life.health.word, life.health.broken) == ("empty", False) and "for up to 10 days" in life.health.why
    life.polls(every=3, times=1)
    assert (life.health.word, life.health.broken) == ("empty", True)


def test_a_list_that_a_person_says_is_rightly_empty_is_not_broken(life: Life) -> None:
    life.empty()
    believe_page(life.conn, life.sources, "num", now=life.time.clock.now())
    life.polls(every=20, times=3)
    assert (life.health.word, life.health.broken) == ("empty", False) and "was said to be right" in life.health.why
    for _ in range(3):
        life.news(days=1)
    assert life.health.word == "ok"


def test_another_way_is_looked_for_once_when_a_list_is_suddenly_empty(life: Life) -> None:
    """A site that moved its news to another page leaves an empty list behind."""
    moved = "https://library.example/2021/news/"
    life.web.put(moved, life.page())
    life.web.put(life.url, f"<p>No results found.</p><a href='{moved}'>News</a>")
    life.polls(every=1, times=1)
    found = waiting_proposal(life.conn, "num")
    assert found is not None and found.url == moved
    asked = life.web.asked().count(moved)
    life.polls(every=1, times=3)
    assert life.web.asked().count(moved) == asked and waiting_proposal(life.conn, "num") is not None
