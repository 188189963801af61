"""What every social network has in common, polled through real HTTP against a stand-in of each."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from crawlers.access import Access
from crawlers.crawl import CrawlRequest, crawl
from crawlers.guard import guarded_transport
from crawlers.health import health_of
from crawlers.tally import CrawlEvent
from db.health import source_facts
from tests.crawlers.small_web import SimulatedTime, SmallWeb, crawl_web, feed, source, source_file
from tests.crawlers.social.services import (
    FACEBOOK_TOKEN,
    SERVICES,
    Facebook,
    Mastodon,
    Naver,
    Post,
    Reply,
    Service,
    ServiceServer,
    Telegram,
    YouTube,
    edited,
)

LONG = "Номын сангийн " + "шинэ " * 60
POSTS = [
    Post(101, "Уншлагын танхим нээгдлээ\nБүх уншигчид тавтай морил."),
    Post(102, "Өөр байгууллагын мэдээ", by_others=True),
    Post(103, "@reader Баярлалаа, маргааш нээнэ", answers=True),
    Post(104, "Ном сугалаат аян эхэллээ", link="https://library.example/news/104", link_title="Ном сугалаат аян"),
    Post(105, LONG),
]
NO_OTHERS = (YouTube, Naver, Facebook)  # nobody else's posts stand there
OWN_AND_OTHERS = [kind for kind in SERVICES if kind not in NO_OTHERS]


@pytest.fixture(params=SERVICES, ids=lambda kind: kind.kind)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    started: Service = request.param(posts=list(POSTS))
    if isinstance(started, (*NO_OTHERS, Telegram)):  # a channel answers nobody
        started.posts = [post for post in POSTS if not post.answers]
    if isinstance(started, NO_OTHERS):
        started.posts = [post for post in started.posts if not post.by_others]
    with ServiceServer(started):
        yield started


class Desk:
    """Polls one source of a service, and looks at what came of it."""

    def __init__(self, conn: sqlite3.Connection, service: Service, **options: Any) -> None:
        self.conn, self.service, self.time = conn, service, SimulatedTime()
        self.sources = source_file(source("num", service.profile, service.kind, **service.options, **options))

    def poll(self, after: timedelta = timedelta(days=1)) -> CrawlEvent:
        events: list[CrawlEvent] = []
        self.time.pass_by(after)
        crawl(
            self.conn,
            self.sources,
            CrawlRequest(all_=True),
            connect=partial(guarded_transport, True),
            clock=self.time.clock,
            on_event=events.append,
            access=Access({"FACEBOOK_TOKEN": FACEBOOK_TOKEN}, allow_private=True),
        )
        return next(event for event in events if event.kind in ("poll", "held"))

    def items(self) -> dict[str, sqlite3.Row]:
        rows = self.conn.execute("SELECT * FROM items ORDER BY id")
        return {row["title"]: row for row in rows}


@pytest.fixture
def desk(conn: sqlite3.Connection, service: Service) -> Desk:
    return Desk(conn, service)


def test_first_poll_keeps_the_own_posts(desk: Desk) -> None:
    event = desk.poll()
    assert (event.outcome, event.items_new) == ("new", 3), event.error
    items = desk.items()
    first, called, long = (items[title] for title in sorted(items, key=lambda title: items[title]["source_item_id"]))
    assert first["title"] == "Уншлагын танхим нээгдлээ"
    assert "Бүх уншигчид" in first["summary"]
    assert called["title"] == "Ном сугалаат аян эхэллээ"
    assert long["title"].startswith("Номын сангийн шинэ") and len(long["title"]) <= 500
    assert {item["published_on"] for item in items.values()} == {"2021-02-10"}  # the local day
    assert {(item["date_precision"], item["date_source"]) for item in items.values()} == {("day", "feed")}


def test_title_is_the_first_line_cut_where_it_is_long(desk: Desk) -> None:
    desk.poll()
    if not isinstance(desk.service, (YouTube, Naver)):  # these have titles of their own
        assert max(map(len, desk.items())) <= 120 and any(title.endswith("…") for title in desk.items())


def test_no_change_gives_nothing_new(desk: Desk) -> None:
    desk.poll()
    again = desk.poll()
    assert (again.outcome, again.items_new) in {("unchanged", 0), ("not_modified", 0)}, again.error


def test_new_posts_are_found_through_older_pages(desk: Desk) -> None:
    desk.poll()
    desk.service.posts += [Post(200 + n, f"Шинэ мэдээ {n}") for n in range(5)]  # more than the page of some services
    event = desk.poll()
    assert (event.outcome, event.items_new) == ("new", 5), event.error
    assert len(desk.items()) == 8


def test_edited_post_changes_its_item(desk: Desk) -> None:
    desk.poll()
    edited(desk.service, 105, "Уншлагын танхим хаагдлаа\nУучлаарай.")
    event = desk.poll()
    assert event.items_new == 0
    assert "Уншлагын танхим хаагдлаа" in desk.items() and len(desk.items()) == 3


def test_deleted_post_stays_known(desk: Desk) -> None:
    desk.poll()
    desk.service.posts = [post for post in desk.service.posts if post.number != 105]
    event = desk.poll()
    assert (event.items_new, len(desk.items())) == (0, 3)
    desk.service.posts.append(Post(105, LONG))
    assert desk.poll().items_new == 0


def test_rate_limit_is_obeyed_until_it_ends(desk: Desk) -> None:
    desk.poll()
    desk.service.fault = desk.service.limited()
    event = desk.poll()
    assert event.outcome == "failed" and event.error
    desk.service.fault = None
    asked = len(desk.service.asked)
    assert desk.poll(after=timedelta(minutes=80)).kind == "held"
    assert len(desk.service.asked) == asked  # nothing is asked, also by a pass that was told to poll all
    assert desk.poll(after=timedelta(minutes=15)).outcome in {"unchanged", "not_modified"}


@pytest.mark.parametrize("status", [404, 500, 503])
def test_outage_loses_nothing(desk: Desk, status: int) -> None:
    desk.poll()
    desk.service.fault = Reply(status, "Error")
    event = desk.poll()
    assert (event.outcome, event.http_status) == ("failed", status)
    assert len(desk.items()) == 3
    desk.service.fault = None
    desk.service.posts.append(Post(300, "Дахин ажиллаж байна"))
    assert desk.poll().items_new == 1


def test_only_youtube_is_never_gone(desk: Desk) -> None:
    desk.poll()
    desk.service.fault = Reply(404, "")
    for _ in range(16):  # days
        desk.poll()
    health = health_of(source_facts(desk.conn)[0], desk.time.clock.now())
    assert health.broken and health.word == ("unreachable" if isinstance(desk.service, YouTube) else "gone")


@pytest.mark.parametrize("body", ['{"feed": [{"po', "<html><body>Log in</body></html>", "", "[1, 2]"])
def test_malformed_answer_is_a_failed_poll(desk: Desk, body: str) -> None:
    desk.poll()
    desk.service.fault = Reply(200, body)
    event = desk.poll()
    assert event.outcome == "failed" and event.error
    assert len(desk.items()) == 3


def test_account_is_looked_up_once(conn: sqlite3.Connection) -> None:
    mastodon = Mastodon(posts=list(POSTS))
    with ServiceServer(mastodon):
        desk = Desk(conn, mastodon)
        desk.poll()
        desk.poll()
    assert [path for path in mastodon.asked if "lookup" in path] == ["/api/v1/accounts/lookup?acct=library"]


def test_all_that_came_in_a_long_pause_is_read_and_no_further(conn: sqlite3.Connection) -> None:
    mastodon = Mastodon(posts=[Post(n, f"Хуучин мэдээ {n}") for n in range(101, 105)])
    with ServiceServer(mastodon):
        desk = Desk(conn, mastodon)
        assert desk.poll().items_new == 4
        mastodon.asked.clear()
        mastodon.posts += [Post(n, f"Шинэ мэдээ {n}") for n in range(201, 241)]  # more than the pages of a usual poll
        assert desk.poll().items_new == 40
        older = [path for path in mastodon.asked if "max_id" in path]
        assert len(older) == 14 and all("since_id=104" in path for path in older)
        assert "since_id" not in mastodon.asked[0]  # so that posts that were edited since are seen
    assert len(desk.items()) == 44


def test_handle_of_a_channel_is_looked_up_once(conn: sqlite3.Connection) -> None:
    youtube = YouTube(posts=POSTS[:1])
    with ServiceServer(youtube):
        sources = source_file(source("num", f"{youtube.address}/@library", "youtube", autodiscover=True))
        desk = Desk(conn, youtube)
        desk.sources = sources
        assert desk.poll().items_new == 1
        desk.poll()
    assert [path for path in youtube.asked if "@" in path] == ["/@library"]


@pytest.mark.parametrize("kind", OWN_AND_OTHERS, ids=lambda kind: kind.kind)
def test_posts_of_others_are_kept_where_wanted(conn: sqlite3.Connection, kind: type[Service]) -> None:
    service = kind(posts=POSTS[:2])
    wanted = {"mastodon": {"boosts": True}, "bluesky": {"reposts": True}, "telegram": {"forwards": True}}
    with ServiceServer(service):
        assert Desk(conn, service, **wanted[kind.kind]).poll().items_new == 2


def test_page_without_a_token_is_switched_off(conn: sqlite3.Connection) -> None:
    facebook = Facebook(posts=POSTS[:1])
    with ServiceServer(facebook):
        desk = Desk(conn, facebook)
        summary = crawl(
            conn,
            desk.sources,
            CrawlRequest(),
            connect=partial(guarded_transport, True),
            clock=desk.time.clock,
            access=Access(),
        )
    assert summary.off == ("num ($FACEBOOK_TOKEN is not set)",)
    assert (facebook.asked, summary.failed) == ([], ())


def test_token_stands_in_no_address_and_no_row(conn: sqlite3.Connection, caplog: pytest.LogCaptureFixture) -> None:
    facebook = Facebook(posts=[Post(n, f"Мэдээ {n}") for n in range(7)])
    with caplog.at_level("DEBUG"), ServiceServer(facebook):
        desk = Desk(conn, facebook)
        event = desk.poll()
        facebook.fault = Reply(500, "Error")
        desk.poll()
    assert event.items_new == 7 and len(facebook.asked) > 2
    assert FACEBOOK_TOKEN not in " ".join(facebook.asked)
    assert FACEBOOK_TOKEN not in "\n".join(conn.iterdump())
    assert FACEBOOK_TOKEN not in caplog.text


def test_token_goes_to_the_host_that_was_asked_alone(conn: sqlite3.Connection) -> None:
    facebook, other = Facebook(posts=POSTS[:1]), Facebook(posts=POSTS[:1])
    with ServiceServer(other), ServiceServer(facebook):
        facebook.fault = Reply(302, "", {"Location": f"{other.address}/v25.0/national.library/published_posts"})
        assert Desk(conn, facebook).poll().outcome == "failed"
    assert len(other.headers) == 1 and "Authorization" not in other.headers[0]


@pytest.mark.parametrize(
    "kind", [kind for kind in SERVICES if kind not in (YouTube, Naver)], ids=lambda kind: kind.kind
)
def test_post_that_tells_of_a_known_article_is_a_sighting_of_it(conn: sqlite3.Connection, kind: type[Service]) -> None:
    article = "https://library.example/%D0%BD%D0%BE%D0%BC"
    web = SmallWeb()
    web.put("https://library.example/feed", feed("ном"))
    crawl_web(conn, web, source_file(source(articles="none")))
    told = Post(7, "Шинэ ном ирлээ", link=article, link_title="ном")
    service = kind(posts=[Post(1, "Өглөөний мэнд"), told])
    with ServiceServer(service):
        desk = Desk(conn, service)
        desk.sources = source_file(source("posts", service.profile, service.kind, **service.options))
        assert desk.poll().items_new == 1
        assert desk.poll().items_new == 0
    places = conn.execute(
        "SELECT i.title FROM item_addresses a JOIN items i ON i.id = a.item_id WHERE a.source_id = 'posts'"
    )
    assert sorted(row["title"] for row in places) == ["ном", "Өглөөний мэнд"]
