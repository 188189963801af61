"""Every block of docs/sources.md works as it stands there: polled against a web that answers as its service does."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from crawlers.access import Access
from crawlers.crawl import CrawlRequest, crawl
from crawlers.messages import Request, Response
from crawlers.sources import Politeness, Source, SourceFile, load_sources
from crawlers.tally import CrawlEvent
from tests.browser import chromium
from tests.crawlers.fake_network import FakeTransport, path_of, reply
from tests.crawlers.mail.conftest import SECRETS, dovecot, server  # noqa: F401
from tests.crawlers.mail.dovecot import MailServer
from tests.crawlers.mail.post import head, part
from tests.crawlers.small_web import SimulatedTime, feed
from tests.crawlers.social.services import (
    FACEBOOK_TOKEN,
    Bluesky,
    Facebook,
    Mastodon,
    Naver,
    Post,
    Service,
    Telegram,
    YouTube,
)
from tests.databases import new_database
from tests.test_docs_sources import BLOCKS

TITLES = [f"The story number {n} of the library" for n in range(1, 6)]
ROWS = "".join(
    f"<li><a href='/news/{n}.html'>{title}</a> <span class=date>2021-02-0{n}</span></li>"
    for n, title in enumerate(TITLES, 1)
)
LIST = f"<html><body><ul class=news>{ROWS}</ul></body></html>"
POSTS = json.dumps(
    [
        {
            "id": n,
            "link": f"https://library.example/{n}",
            "title": {"rendered": title},
            "date": f"2021-02-0{n}T10:00:00",
        }
        for n, title in enumerate(TITLES, 1)
    ]
)
NEWS_MAP = "".join(
    f"<url><loc>https://library.example/{n}</loc><news:news><news:publication_date>2021-02-0{n}</news:publication_date>"
    f"<news:title>{title}</news:title></news:news></url>"
    for n, title in enumerate(TITLES, 1)
)
NOTICES = "".join(f"<url><loc>https://library.example/notices/{n}/a-notice-of-the-day</loc></url>" for n in range(1, 6))
INDEX = "<sitemap><loc>https://library.example/post-sitemap.xml</loc></sitemap>"
HOME = "<link rel='https://api.w.org/' href='https://library.example/wp-json/'><p>Welcome</p>"
LECTURES = "".join(f"<p><a href='/lecture/{n}'>A lecture on subject {n} for everyone</a></p>" for n in range(1, 4))
PAGES = {
    "https://natlib.govt.nz/blog/posts": "<link rel=alternate type='application/rss+xml' href='/blog/posts.xml'>",
    "https://natlib.govt.nz/blog/posts.xml": feed(*TITLES),
    "https://library.example/news/index.html": LIST,
    "https://natlib.govt.nz/blog": LIST,
    "https://library.example/": HOME,
    "https://library.example/wp-json/wp/v2/posts": POSTS,
    "https://library.example/?rest_route=/wp/v2/posts": POSTS,
    "https://library.example/news-sitemap.xml": f"<urlset xmlns:news='x'>{NEWS_MAP}</urlset>",
    "https://library.example/sitemap_index.xml": f"<sitemapindex>{INDEX}</sitemapindex>",
    "https://library.example/post-sitemap.xml": f"<urlset>{NOTICES}</urlset>",
    "http://library.example:8080/index.php/en": f"<div id=main>{LECTURES}</div>",
}
SCRIPTED = f"<ul id=list></ul><script>document.getElementById('list').innerHTML = {json.dumps(ROWS)}</script>"


def services() -> dict[str, Service]:
    """Host → the network that answers there."""
    posts = [Post(n, title) for n, title in enumerate(TITLES, 1)]
    telegram, facebook = Telegram(posts=posts), Facebook(posts=posts)
    telegram.account, facebook.account = "library_name", "national.library.of.korea"
    return {
        "social.example": Mastodon(posts=posts, address="https://social.example"),
        "public.api.bsky.app": Bluesky(posts=posts),
        "www.youtube.com": YouTube(posts=posts),
        "t.me": telegram,
        "graph.facebook.com": facebook,
        "rss.blog.naver.com": Naver(posts=posts),
    }


def web(pages: dict[str, str]) -> FakeTransport:
    networks = services()

    def answer(request: Request) -> Response:
        url = request.url
        if path_of(request) == "/robots.txt":
            return reply(404)
        if service := networks.get(urlsplit(url).hostname or ""):
            query = {name: values[-1] for name, values in parse_qs(urlsplit(url).query).items()}
            headers = {"Authorization": request.headers.get("authorization", "")}
            told = service.answer(path_of(request), query, headers)
            kind = {"Content-Type": service.content_type, **told.headers}
            return reply(told.status, told.body, headers=kind)
        asked = (body for address, body in pages.items() if url == address or url.startswith(f"{address}&"))
        body = next(asked, None) or pages.get(url.partition("?")[0])
        if body is None:
            return reply(404)
        return reply(200, html=body)

    return FakeTransport(answer)


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    opened = new_database(tmp_path / "convenor.db")
    yield opened
    opened.close()


def first_poll(conn: sqlite3.Connection, loaded: SourceFile, source: Source, pages: dict[str, str]) -> CrawlEvent:
    events: list[CrawlEvent] = []
    crawl(
        conn,
        loaded.changed(sources=(source,), politeness=Politeness(pause_seconds=0)),
        CrawlRequest(only=(source.id,)),
        connect=lambda: web(pages),
        clock=SimulatedTime().clock,
        on_event=events.append,
        access=Access({**SECRETS, "FACEBOOK_TOKEN": FACEBOOK_TOKEN}, allow_private=True),
    )
    return next(event for event in events if event.kind == "poll")


def ways(block: str, folder: Path) -> tuple[SourceFile, list[Source]]:
    """What the block says, and each of its sources as it would be if one of its ways were the only one."""
    path = folder / "sources.yaml"
    path.write_text(block, "utf-8")
    loaded = load_sources(path)
    own = [source for source in loaded.sources if f"id: {source.id}\n" in block or f"id: {source.id} " in block]
    return loaded, [
        source.changed(id=f"{source.id}-{number}", kind=rung.kind, url=rung.url, options=rung.options, alternatives=())
        for source in own
        for number, rung in enumerate(source.rungs)
    ]


OF_THE_WEB = [block for block in BLOCKS if "kind: newsletter" not in block and "browser: true" not in block]
(OF_MAIL,) = (block for block in BLOCKS if "kind: newsletter" in block)
(OF_SCRIPTS,) = (block for block in BLOCKS if "browser: true" in block)


@pytest.mark.parametrize("block", OF_THE_WEB, ids=lambda block: block.split("- id: ")[1].split()[0])
def test_block_brings_news(block: str, tmp_path: Path, conn: sqlite3.Connection) -> None:
    loaded, found = ways(block, tmp_path)
    assert found
    for source in found:
        event = first_poll(conn, loaded, source, PAGES)
        assert (event.outcome in ("new", "unchanged"), event.items_seen >= 3) == (True, True), (source, event)


def test_block_of_a_newsletter_brings_letters(
    tmp_path: Path,
    conn: sqlite3.Connection,
    server: MailServer,  # noqa: F811
) -> None:
    loaded, (box, saved) = ways(OF_MAIL, tmp_path)
    words = part("text/plain", "The story of the week\nhttps://library.example/news/1", "utf-8")
    mine, other = head(1, b"Ours", list_id="weekly.alia.example") + words, head(2, b"Theirs") + words
    server.deliver(mine, other)
    assert first_poll(conn, loaded, box.changed(url=server.url), {}).items_new == 2
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "1.eml").write_bytes(other)
    assert first_poll(conn, loaded, saved.changed(url=folder.as_uri()), {}).items_seen == 2


@pytest.mark.browser
def test_block_of_a_scripted_page_brings_news(
    tmp_path: Path, conn: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHROMIUM", chromium() or "")
    loaded, (source,) = ways(OF_SCRIPTS, tmp_path)
    event = first_poll(conn, loaded, source, {"https://library.example/": SCRIPTED})
    assert (event.outcome, event.items_new) == ("new", 5), event.error
