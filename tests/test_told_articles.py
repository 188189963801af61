"""A post is read before the article that it tells of: one card in the end, and nothing that was decided is lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from crawlers.access import Access
from crawlers.crawl import CrawlRequest, crawl
from crawlers.guard import guarded_transport
from crawlers.sources import Source
from curation.rules import Decision, DeskAction, decide
from curation.stories import fold_sightings
from db.connect import integrity
from db.decisions import history, record_decision
from db.desk import find_item
from db.records import Tag
from db.vocabularies import register_vocabularies, shipped_vocabularies
from tests.crawlers.small_web import START, SimulatedTime, SmallWeb, crawl_web, feed, source, source_file
from tests.crawlers.social.services import (
    FACEBOOK_TOKEN,
    Bluesky,
    Facebook,
    Mastodon,
    Post,
    Service,
    ServiceServer,
    Telegram,
)
from tests.databases import new_database

ARTICLE, OTHER = "Номын сангийн шинэ танхим", "Ном сугалаат аян"
TELLERS = (Mastodon, Bluesky, Telegram, Facebook)


def address(title: str) -> str:
    """Where the feed of `small_web` has this article."""
    found = feed(title).split("<link>")[-1].split("</link>")[0]
    assert found.startswith("https://library.example/")
    return found


class World:
    """A site with a feed, and posts of the same library that tell of it."""

    def __init__(self, conn: sqlite3.Connection, stack: ExitStack) -> None:
        self.conn, self.stack, self.web, self.time = conn, stack, SmallWeb(), SimulatedTime()
        self.site = source("site", "https://library.example/feed", articles="none")
        self.posts: list[Source] = []

    def service(self, kind: type[Service], *posts: Post) -> Service:
        started = kind(posts=list(posts))
        self.stack.enter_context(ServiceServer(started))
        self.posts.append(source(kind.kind, started.profile, kind.kind, **started.options))
        return started

    def poll_posts(self) -> None:
        self.time.pass_by(timedelta(days=1))
        crawl(
            self.conn,
            source_file(self.site, *self.posts),
            CrawlRequest(only=tuple(one.id for one in self.posts)),
            connect=partial(guarded_transport, True),
            clock=self.time.clock,
            access=Access({"FACEBOOK_TOKEN": FACEBOOK_TOKEN}, allow_private=True),
        )
        self.fold()

    def publish(self, *titles: str) -> None:
        self.web.put("https://library.example/feed", feed(*titles))
        self.time.pass_by(timedelta(days=1))
        request = CrawlRequest(only=("site",))
        crawl_web(self.conn, self.web, source_file(self.site, *self.posts), request, time=self.time)
        self.fold()

    def fold(self) -> None:
        fold_sightings(self.conn, now=START + timedelta(seconds=self.time.seconds))

    def cards(self) -> list[sqlite3.Row]:
        return self.conn.execute("SELECT * FROM items WHERE duplicate_of IS NULL ORDER BY id").fetchall()

    def decide(self, action: DeskAction) -> int:
        (row,) = self.cards()
        item = find_item(self.conn, row["id"])
        assert item is not None
        after = decide(item.curation, Decision(action, tags=(Tag("IFLA-2019-2024", "SD1"),)))
        record_decision(
            self.conn,
            item.id,
            actor="ying",
            action=action,
            before=item.curation,
            after=after,
            version=item.version,
            now=START,
        )
        return item.id


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    conn = new_database(tmp_path / "convenor.db")
    register_vocabularies(conn, shipped_vocabularies())
    with ExitStack() as stack:
        yield World(conn, stack)
    assert integrity(conn) == ()
    conn.close()


def told(number: int = 7, title: str = ARTICLE) -> Post:
    return Post(number, "Шинэ танхимаа үзээрэй", link=address(title), link_title=title)


@pytest.mark.parametrize("kind", TELLERS, ids=lambda kind: kind.kind)
def test_article_that_comes_later_has_the_card(world: World, kind: type[Service]) -> None:
    world.service(kind, told())
    world.poll_posts()
    assert [row["title"] for row in world.cards()] == ["Шинэ танхимаа үзээрэй"]
    world.publish(ARTICLE)
    (card,) = world.cards()
    assert (card["title"], card["source_id"], card["published_on"]) == (ARTICLE, "site", "2021-02-01")
    world.poll_posts()
    world.publish(ARTICLE)
    assert len(world.cards()) == 1


@pytest.mark.parametrize("first", ["the article", "the posts"])
def test_all_posts_of_one_article_are_one_card_in_either_order(world: World, first: str) -> None:
    for kind in TELLERS:
        world.service(kind, told())
    if first == "the article":
        world.publish(ARTICLE)
    world.poll_posts()
    world.publish(ARTICLE)
    (card,) = world.cards()
    assert (card["title"], card["source_id"]) == (ARTICLE, "site")
    shown = "SELECT s.kind FROM items i JOIN sources s ON s.id = i.source_id WHERE i.duplicate_of = ?1"
    seen = "SELECT s.kind FROM item_addresses a JOIN sources s ON s.id = a.source_id WHERE a.item_id = ?1"
    known = {row[0] for row in world.conn.execute(f"{shown} UNION {seen}", (card["id"],))}
    assert known == {"feed", *(kind.kind for kind in TELLERS)}


@pytest.mark.parametrize("action", ["impactful", "later", "dismiss"])
@pytest.mark.parametrize("kind", TELLERS, ids=lambda kind: kind.kind)
def test_article_of_a_post_that_was_decided_on_is_a_sighting(
    world: World, kind: type[Service], action: DeskAction
) -> None:
    world.service(kind, told())
    world.poll_posts()
    item_id = world.decide(action)
    before = find_item(world.conn, item_id)
    world.publish(ARTICLE)
    world.publish(ARTICLE, OTHER)
    after = find_item(world.conn, item_id)
    assert before is not None and after is not None
    assert (after.title, after.curation, after.version) == (before.title, before.curation, before.version)
    assert [row["title"] for row in world.cards()] == [before.title, OTHER]
    assert len(history(world.conn, (after.sub_region,), limit=9)) == 1
    places = world.conn.execute("SELECT source_id FROM item_addresses WHERE item_id = ?", (item_id,))
    assert {row[0] for row in places} == {kind.kind, "site"}


class Roundup(Mastodon):
    """Its posts link both articles."""

    def _status(self, post: Post) -> dict[str, Any]:
        links = "".join(f'<a href="{address(title)}">x</a>' for title in (ARTICLE, OTHER))
        return super()._status(post) | {"content": f"<p>{post.text}</p>{links}"}


def test_decided_post_stands_for_one_of_the_articles_it_links(world: World) -> None:
    world.service(Roundup, Post(7, "Шинэ танхимаа үзээрэй"))
    world.poll_posts()
    world.decide("impactful")
    world.publish(ARTICLE)
    world.publish(ARTICLE, OTHER)
    assert [(row["title"], row["state"]) for row in world.cards()] == [
        ("Шинэ танхимаа үзээрэй", "impactful"),
        (OTHER, "new"),
    ]
