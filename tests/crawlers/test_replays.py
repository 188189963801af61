"""What happens to a site in a life: after each of it nothing known is new, and the one story that is new is found."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from html import escape
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from crawlers.crawl import CrawlRequest
from crawlers.known import mark_all
from crawlers.sources import SourceFile
from db.decisions import record_decision
from db.desk import queue_counts
from db.health import source_facts
from db.held import held_polls
from db.identities import MAX_ADDRESSES, MAX_REVISIONS, addresses_of, revisions_of, save_marks
from db.records import Curation, Marks, Revision
from tests.crawlers.small_web import START, SimulatedTime, SmallWeb, crawl_web, source, source_file

KINDS = ("feed", "list_page", "wordpress")
TITLES = (
    "Exhibition of maps from the nineteenth century",
    "Lecture on the history of the book in Mongolia",
    "Reading week for children of the capital",
    "Books & readers: a day with the librarians",
    "Training for rural librarians has begun",
    "New opening hours of the reading rooms",
    "Donation of three thousand volumes received",
    "Agreement with the university library signed",
    "Notice",
    "Digital collection of old newspapers is online",
)
FRESH = "A building for the children's library is planned"
TODAY = date(2021, 2, 10)


class Story(Struct, frozen=True):
    """A story of a site, with all that a relaunch may change of it."""

    title: str
    on: date
    number: int
    slug: str
    id: str | None
    summary: str = ""
    picture: str = "/pictures/{number}.jpg"

    @property
    def path(self) -> str:
        return self.slug.format(number=self.number)


class Site(Struct, frozen=True):
    """How a site shows its stories; the first of them is the newest."""

    stories: tuple[Story, ...]
    host: str = "https://library.example"
    day: Callable[[date], str] = date.isoformat
    encode: Callable[[str], str] = escape
    pinned: tuple[Story, ...] = ()

    def each(self, change: Callable[[Story], Story]) -> Site:
        return replace(self, stories=tuple(change(story) for story in self.stories))


def site() -> Site:
    return Site(
        tuple(
            Story(title, TODAY - timedelta(days=2 * n + 1), 90 - n, "/news/view-{number}", f"id-{90 - n}", f"{title}!")
            for n, title in enumerate(TITLES)
        )
    )


def with_news(shown: Site) -> Site:
    """The same site with one more story, made as its others are."""
    first = shown.stories[0]
    fresh = replace(first, title=FRESH, on=TODAY, number=91, summary="", id=first.id and "id-fresh")
    if "{number}" not in first.slug:
        fresh = replace(fresh, slug="/stories/a-building-for-the-childrens-library/")
    return replace(shown, stories=(fresh, *shown.stories))


def page_of(kind: str, shown: Site) -> tuple[str, str]:
    """The page with its content type."""
    return {"feed": _feed, "list_page": _list, "wordpress": _posts}[kind](shown)


def _feed(shown: Site) -> tuple[str, str]:
    entries = "".join(
        f"<item><title>{shown.encode(story.title)}</title><link>{shown.host}{escape(story.path)}</link>"
        + (f"<guid isPermaLink='false'>{story.id}</guid>" if story.id else "")
        + f"<pubDate>{shown.day(story.on)}</pubDate><description>{escape(_told(story, shown))}</description></item>"
        for story in (*shown.pinned, *shown.stories)
    )
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>N</title>{entries}</channel></rss>", "text/xml"


def _told(story: Story, shown: Site) -> str:
    return f"<p>{story.summary}</p><img src='{shown.host}{story.picture.format(number=story.number)}'>"


def _list(shown: Site) -> tuple[str, str]:
    rows = "".join(
        f"<li><img src='{story.picture.format(number=story.number)}'><a href='{shown.host}{escape(story.path)}'>"
        f"{shown.encode(story.title)}</a><p>{story.summary}</p><span class='date'>{shown.day(story.on)}</span></li>"
        for story in (*shown.pinned, *shown.stories)
    )
    menu = "<ul class='menu'><li><a href='/about'>About</a></li><li><a href='/visit'>Visit</a></li></ul>"
    return f"<html><body>{menu}<ul class='news'>{rows}</ul></body></html>", "text/html; charset=utf-8"


def _posts(shown: Site) -> tuple[str, str]:
    posts = [
        {"link": shown.host + story.path, "title": {"rendered": shown.encode(story.title)}, "date": shown.day(story.on)}
        | {"excerpt": {"rendered": _told(story, shown)}}
        | ({"id": int("".join(c for c in story.id if c.isdigit()) or 999)} if story.id else {})
        for story in (*shown.pinned, *shown.stories)
    ]
    return json.dumps(posts), "application/json"


def url_of(kind: str) -> str:
    return {
        "feed": "https://library.example/feed",
        "list_page": "https://library.example/news/",
        "wordpress": "https://library.example/wp-json/wp/v2/posts?per_page=50",
    }[kind]


def options_of(kind: str) -> dict[str, Any]:
    return {"articles": "none", "drop_params": ["viewCount"]} | (
        {"item": "ul.news > li", "title": "a", "link": "a", "date": ".date", "summary": "p"}
        if kind == "list_page"
        else {}
    )


@dataclass
class Stage:
    """A source of one kind on a web of its own, polled again and again."""

    conn: sqlite3.Connection
    kind: str
    web: SmallWeb = field(default_factory=SmallWeb)
    time: SimulatedTime = field(default_factory=SimulatedTime)

    def __post_init__(self) -> None:
        self.sources: SourceFile = source_file(source("num", url_of(self.kind), self.kind, **options_of(self.kind)))

    def show(self, shown: Site) -> None:
        body, content_type = page_of(self.kind, shown)
        self.web.put(url_of(self.kind), body, content_type=content_type)

    def poll(self, shown: Site | None = None) -> list[str]:
        """The titles that are new."""
        if shown is not None:
            self.show(shown)
        before = self.conn.execute("SELECT coalesce(max(id), 0) FROM items").fetchone()[0]
        self.time.pass_by(timedelta(days=1))
        done = crawl_web(self.conn, self.web, self.sources, CrawlRequest(all_=True), time=self.time).polls
        assert [poll.error for poll in done.values() if poll.error] == []
        rows = self.conn.execute("SELECT title FROM items WHERE id > ? ORDER BY id", (before,))
        return [row["title"] for row in rows]


@pytest.fixture(params=KINDS)
def stage(conn: sqlite3.Connection, request: pytest.FixtureRequest) -> Stage:
    made = Stage(conn, request.param)
    assert len(made.poll(site())) == len(TITLES)
    made.poll(replace(site(), stories=site().stories))
    return made


def renumbered(story: Story) -> Story:
    return replace(story, id=f"id-{story.number + 1000}")


def shuffled_ids(shown: Site) -> Site:
    """Every story has the id that another one had."""
    ids = [story.id for story in shown.stories]
    return replace(
        shown,
        stories=tuple(replace(s, id=i) for s, i in zip(shown.stories, ids[3:] + ids[:3], strict=True)),
    )


def slug(story: Story) -> Story:
    words = "-".join("".join(c if c.isalnum() else " " for c in story.title.lower()).split())
    return replace(story, slug=f"/stories/{words}-of-{story.on:%d-%m}/")


REPLAYS: dict[str, Callable[[Site], Site]] = {
    "nothing happened": lambda shown: shown,
    "https became http": lambda shown: replace(shown, host="http://library.example"),
    "www and another port name": lambda shown: replace(shown, host="https://www.library.example:443"),
    "the host moved": lambda shown: replace(shown, host="https://natlib.example"),
    "the host moved to http": lambda shown: replace(shown, host="http://www.natlib.example"),
    "all ids are other ones": lambda shown: shown.each(renumbered),
    "all ids were given to other stories": shuffled_ids,
    "no ids any more": lambda shown: shown.each(lambda story: replace(story, id=None)),
    "slugs were renamed": lambda shown: shown.each(slug),
    "slugs were renamed and ids are other ones": lambda shown: shown.each(slug).each(renumbered),
    "the order was reversed": lambda shown: replace(shown, stories=shown.stories[::-1]),
    "pictures have other addresses": lambda s: s.each(lambda t: replace(t, picture="/p/{number}.jpg?v=17")),
    "views are counted in the text": lambda s: s.each(lambda t: replace(t, summary=f"Views: 17. {t.summary}")),
    "views are counted in the address": lambda s: s.each(lambda t: replace(t, slug="/news/view-{number}?viewCount=17")),
    "a slash at the end": lambda shown: shown.each(lambda story: replace(story, slug="/news/view-{number}/")),
    "index.html at the end": lambda s: s.each(lambda t: replace(t, slug="/news/view-{number}/index.html")),
    "another system with titles and days kept": lambda shown: replace(
        shown.each(lambda t: replace(t, slug="/board/read?seq=7{number}", id=f"urn:{t.number * 7}", summary="")),
        host="https://new.library.example",
    ),
    "all have one id": lambda shown: shown.each(lambda story: replace(story, id="id-1")),
    "days became months": lambda shown: replace(shown, day=lambda on: on.strftime("%Y-%m")),
    "days are written otherwise": lambda shown: replace(shown, day=lambda on: on.strftime("%Y.%m.%d")),
    "titles were cut": lambda s: s.each(lambda t: replace(t, title=f"{t.title[:20]}…" if t.title[20:] else t.title)),
    "titles are encoded twice": lambda shown: replace(shown, encode=lambda title: escape(escape(title))),
    "titles got badges": lambda shown: shown.each(lambda story: replace(story, title=f"[NEW] {story.title}")),
    "the third is pinned, too": lambda shown: replace(shown, pinned=(shown.stories[2],)),
    "the page shows half as many": lambda shown: replace(shown, stories=shown.stories[:7]),
}  # fmt: skip


@pytest.mark.parametrize("replay", REPLAYS)
def test_nothing_known_is_new_and_what_is_new_is_found(stage: Stage, replay: str) -> None:
    (title,) = stage.poll(REPLAYS[replay](with_news(site())))
    assert FRESH[:20] in title


@pytest.mark.parametrize("replay", REPLAYS)
def test_going_back_makes_nothing_new_either(stage: Stage, replay: str) -> None:
    stage.poll(REPLAYS[replay](with_news(site())))
    assert stage.poll(with_news(site())) == []
    assert stage.poll(REPLAYS[replay](with_news(site()))) == []


def test_a_life_of_changes_leaves_every_story_once(stage: Stage) -> None:
    shown = with_news(site())
    stage.poll(shown)
    for replay in REPLAYS.values():
        assert stage.poll(replay(shown)) == []
    assert stage.conn.execute("SELECT count(*) FROM items").fetchone()[0] == len(TITLES) + 1
    known = stage.conn.execute("SELECT count(DISTINCT address) FROM item_addresses WHERE item_id = 1").fetchone()[0]
    assert known >= 4


def test_two_changes_at_once_are_one_relaunch(stage: Stage) -> None:
    moved = replace(with_news(site()).each(slug).each(renumbered), host="http://natlib.example")
    assert stage.poll(replace(moved, stories=moved.stories[::-1])) == [FRESH]


@pytest.mark.parametrize("other", ["the host moved", "slugs were renamed", "another system with titles and days kept"])
def test_a_site_that_moved_and_cuts_its_titles_is_followed(stage: Stage, other: str) -> None:
    (title,) = stage.poll(REPLAYS["titles were cut"](REPLAYS[other](with_news(site()))))
    assert title.startswith(FRESH[:20])


@pytest.mark.parametrize("other", ["the host moved", "slugs were renamed"])
def test_ids_of_other_stories_are_not_believed_though_titles_are_cut(stage: Stage, other: str) -> None:
    shown = REPLAYS["all ids were given to other stories"](REPLAYS[other](with_news(site())))
    (title,) = stage.poll(REPLAYS["titles were cut"](shown))
    assert title.startswith(FRESH[:18])
    assert stage.poll(with_news(site())) == []


def test_an_empty_page_and_its_return_make_nothing_new(stage: Stage) -> None:
    if stage.kind == "list_page":
        stage.web.put(url_of("list_page"), "<html><body><ul class='news'></ul><p>No results</p></body></html>")
        crawl_web(stage.conn, stage.web, stage.sources, CrawlRequest(all_=True), time=stage.time)
    else:
        stage.show(replace(site(), stories=()))
        crawl_web(stage.conn, stage.web, stage.sources, CrawlRequest(all_=True), time=stage.time)
    assert stage.poll(with_news(site())) == [FRESH]


def test_an_edited_title_is_a_revision_and_leads_back_to_its_item(stage: Stage) -> None:
    first = site().stories[0]
    edited = replace(first, title="Maps of three centuries are shown in the great hall")
    assert stage.poll(replace(site(), stories=(edited, *site().stories[1:]))) == []
    (told,) = revisions_of(stage.conn, 1)
    assert told.revision == Revision("title", first.title, edited.title)
    moved = replace(site(), stories=(edited, *site().stories[1:])).each(slug).each(renumbered)
    assert stage.poll(moved) == []
    assert stage.poll(site()) == []


def test_a_summary_that_says_something_else_is_a_revision(stage: Stage) -> None:
    told = site().each(lambda story: replace(story, summary=f"{story.title} – until Friday"))
    assert stage.poll(told) == []
    assert [one.revision.field for one in revisions_of(stage.conn, 1)] == ["summary"]


@pytest.mark.parametrize("words", ["Views: {}", "조회 {}", "today {}:30", "{} hours ago"])
def test_counters_and_today_never_make_a_revision(stage: Stage, words: str) -> None:
    for number in (10, 11, 12):
        count = words.format(number)
        stories = tuple(replace(story, summary=f"{count} {story.summary}") for story in site().stories)
        assert stage.poll(replace(site(), stories=stories)) == []
    assert stage.conn.execute("SELECT count(*) FROM item_revisions").fetchone()[0] == 0


def test_a_page_that_changes_at_each_poll_adds_a_bounded_history(stage: Stage) -> None:
    for number in range(MAX_REVISIONS + 5):
        slug, summary = "/news/view-{number}?seed=" + str(number), f"Word {chr(97 + number)}"
        shown = replace(site(), stories=tuple(replace(story, slug=slug, summary=summary) for story in site().stories))
        assert stage.poll(shown) == []
    assert len(revisions_of(stage.conn, 1)) == MAX_REVISIONS
    assert stage.conn.execute("SELECT summary FROM items WHERE id = 1").fetchone()[0] == f"Word {chr(97 + number)}"


def test_a_rotating_address_adds_a_bounded_number_of_addresses(conn: sqlite3.Connection) -> None:
    marks = [(1, Marks(f"library.example/{n}", f"https://library.example/{n}")) for n in range(MAX_ADDRESSES + 9)]
    Stage(conn, "feed").poll(site())
    save_marks(conn, "num", marks, on="2021-02-10")
    assert len(addresses_of(conn, 1)) == MAX_ADDRESSES


def test_tongues_of_one_site_stay_apart(conn: sqlite3.Connection) -> None:
    stage = Stage(conn, "feed")
    english = site().each(lambda story: replace(story, slug="/en/news/{number}", id=None))
    assert len(stage.poll(english)) == len(TITLES)
    japanese = english.each(lambda story: replace(story, slug="/jp/news/{number}"))
    assert len(stage.poll(japanese)) == len(TITLES)


SECTIONS = ("news", "events")
PLACES = {
    "feed": "https://library.example/{}/feed",
    "list_page": "https://library.example/{}/",
    "wordpress": "https://library.example/{}/wp-json/wp/v2/posts?per_page=50",
}


@dataclass
class Sections:
    """Two sections of one institution, each a source."""

    conn: sqlite3.Connection
    kind: str
    web: SmallWeb = field(default_factory=SmallWeb)
    time: SimulatedTime = field(default_factory=SimulatedTime)

    def items(self, *shown: Site) -> int:
        """How many there are after both were polled."""
        urls = [PLACES[self.kind].format(name) for name in SECTIONS]
        for url, section in zip(urls, shown, strict=True):
            body, content_type = page_of(self.kind, section)
            self.web.put(url, body, content_type=content_type)
        named = zip(SECTIONS, urls, strict=True)
        both = source_file(*(source(name, url, self.kind, **options_of(self.kind)) for name, url in named))
        self.time.pass_by(timedelta(days=1))
        crawl_web(self.conn, self.web, both, CrawlRequest(all_=True), time=self.time)
        return int(self.conn.execute("SELECT count(*) FROM items").fetchone()[0])


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_story_in_two_sections_is_one_item_and_a_sighting(conn: sqlite3.Connection, kind: str) -> None:
    sections = Sections(conn, kind)
    other = site().each(lambda story: replace(story, slug="/events/{number}", id=f"{story.number + 500}"))
    short = 1  # "Notice" of one day in two sections may be two things
    assert sections.items(site(), other) == len(TITLES) + short
    assert {address.source_id for address in addresses_of(conn, 1)} == set(SECTIONS)
    first, second = (source_facts(conn, name)[0] for name in SECTIONS)
    assert (first.items, second.items, second.others) == (len(TITLES), short, len(TITLES) - short)
    assert set(second.days) >= set(first.days)
    moved = other.each(slug)
    assert sections.items(site(), replace(moved, host="https://natlib.example")) == len(TITLES) + short


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_story_in_two_sections_of_one_list_is_one_item(conn: sqlite3.Connection, kind: str) -> None:
    """The page's own name is the same under both sections, as on boards that list a notice among the news, too."""
    stage, named = Stage(conn, kind), site().each(lambda story: replace(story, slug="/news/20210202_{number}99.html"))
    twice = [replace(story, slug="/notices/20210202_{number}99.html", id=None) for story in named.stories]
    both = replace(named, stories=tuple(one for pair in zip(named.stories, twice, strict=True) for one in pair))
    assert sorted(stage.poll(both)) == sorted(TITLES)
    assert stage.poll(both) == [] and stage.poll(replace(both, stories=both.stories[::-1])) == []


def test_a_list_that_is_all_new_and_of_old_days_is_held_aside(stage: Stage) -> None:
    for _ in range(2):
        stage.poll(site())
    others = site().each(lambda s: replace(s, title=f"{s.title}, of another year", number=s.number + 500, id=None))
    before = queue_counts(stage.conn, ("north-east-asia",))
    stage.poll(replace(others, stories=(*others.stories, *site().stories[:3])))
    (held,) = held_polls(stage.conn)
    assert held.items == len(TITLES) and queue_counts(stage.conn, ("north-east-asia",)) == before
    assert stage.poll() == []  # known from now on


def test_what_was_dismissed_or_merged_stays_known_for_ever(stage: Stage) -> None:
    for item_id in (1, 2):
        dismissed = replace(Curation(), state="dismissed")
        record_decision(
            stage.conn, item_id, actor="a", action="dismiss", before=Curation(), after=dismissed, version=1, now=START
        )
    stage.conn.execute("UPDATE items SET duplicate_of = 4 WHERE id = 3")
    for replay in REPLAYS.values():
        assert stage.poll(replay(site())) == []
    states = [row["state"] for row in stage.conn.execute("SELECT state FROM items WHERE id <= 3 ORDER BY id")]
    assert states == ["dismissed", "dismissed", "new"]


def test_a_known_day_is_not_given_up_for_a_month(stage: Stage) -> None:
    stage.poll(REPLAYS["days became months"](site()))
    row = stage.conn.execute("SELECT published_on, date_precision FROM items WHERE id = 1").fetchone()
    assert tuple(row) == ((TODAY - timedelta(days=1)).isoformat(), "day")


def test_a_story_that_moved_is_opened_where_it_is_now(stage: Stage) -> None:
    stage.poll(REPLAYS["the host moved"](site()))
    assert stage.conn.execute("SELECT url FROM items WHERE id = 1").fetchone()[0].startswith("https://natlib.example/")


def test_an_older_database_is_marked_piece_by_piece(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after an upgrade: the items are there, their addresses and names are not kept yet."""
    for table in ("item_addresses", "item_names"):
        stage.conn.execute(f"DELETE FROM {table}")
    stage.conn.execute("UPDATE items SET marked = 0")
    monkeypatch.setattr("crawlers.known._MARKED_AT_ONCE", 3)
    steps = stage.conn.set_trace_callback
    begun: list[str] = []

    def killed_at_the_third(statement: str) -> None:
        begun.append(statement) if statement.startswith("BEGIN") else None
        if len(begun) == 3:
            stage.conn.interrupt()

    steps(killed_at_the_third)
    with pytest.raises(sqlite3.OperationalError):
        mark_all(stage.conn)
    steps(None)
    left = stage.conn.execute("SELECT count(*) FROM items WHERE marked = 0").fetchone()[0]
    assert 0 < left < len(TITLES)
    assert mark_all(stage.conn) == left and mark_all(stage.conn) == 0
    assert stage.poll(REPLAYS["slugs were renamed and ids are other ones"](with_news(site()))) == [FRESH]
