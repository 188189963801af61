"""The address of a profile is known for what it is, and added as a source of its network."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner

from convenor import main
from crawlers.discover import Search
from crawlers.kinds import Page
from crawlers.networks import profile_at
from crawlers.sources import CommonOptions, load_sources
from db.errors import FetchError
from tests.crawlers.social.services import (
    FACEBOOK_TOKEN,
    SERVICES,
    Bluesky,
    Facebook,
    Mastodon,
    Naver,
    Post,
    Service,
    ServiceServer,
    Telegram,
    YouTube,
)

POSTS = [Post(1, "Уншлагын танхим нээгдлээ"), Post(2, "Ном сугалаат аян эхэллээ"), Post(3, "Өглөөний мэнд")]
CHANNEL = f"https://www.youtube.com/channel/{YouTube.channel}"


@pytest.mark.parametrize(
    ("url", "kind", "handle"),
    [
        pytest.param("https://mastodon.social/@nlb", "mastodon", "nlb", id="Mastodon"),
        pytest.param("https://social.example/@nlb@other.example", "mastodon", "nlb@other.example", id="from elsewhere"),
        pytest.param("https://bsky.app/profile/library.example", "bluesky", "library.example", id="Bluesky"),
        pytest.param("https://bsky.app/profile/did:plc:abc", "bluesky", "did:plc:abc", id="Bluesky by number"),
        pytest.param("https://www.youtube.com/@library", "youtube", "library", id="YouTube name"),
        pytest.param(CHANNEL, "youtube", YouTube.channel, id="YouTube channel"),
        pytest.param("https://www.youtube.com/playlist?list=PL1", "youtube", "playlist", id="YouTube playlist"),
        pytest.param("https://t.me/library_name", "telegram", "library_name", id="Telegram"),
        pytest.param("https://t.me/s/library_name", "telegram", "library_name", id="Telegram preview"),
        pytest.param("https://www.facebook.com/national.library", "facebook", "national.library", id="Facebook"),
        pytest.param("https://blog.naver.com/dibrary1004", "naver", "dibrary1004", id="Naver"),
        pytest.param("https://m.blog.naver.com/dibrary1004", "naver", "dibrary1004", id="Naver for telephones"),
        pytest.param("https://blog.naver.com/dibrary1004/223", None, "", id="one post of Naver"),
        pytest.param("https://bsky.app/profile/library.example/post/3k", None, "", id="one post of Bluesky"),
        pytest.param("https://mastodon.social/@nlb/1234", None, "", id="one post of Mastodon"),
        pytest.param("https://www.youtube.com/watch?v=1", None, "", id="one video"),
        pytest.param("https://library.example/news", None, "", id="a page"),
    ],
)
def test_profile_is_known_by_its_address(url: str, kind: str | None, handle: str) -> None:
    found = profile_at(url)
    assert (found.kind if found else None, found.handle if found else "") == (kind, handle)


def told_by(service: Service) -> Search:
    """A search in a web that consists of this service alone."""
    service.address = "https://social.example"

    def ask(url: str, options: CommonOptions | None = None) -> Page:
        parts = urlsplit(url)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        reply = service.answer(parts.path, query, {"Authorization": f"Bearer {FACEBOOK_TOKEN}"})
        if reply.status != 200:
            raise FetchError("there is no such page (404)", url=url, status=reply.status)
        return Page(url, reply.body.encode(), service.content_type)

    return Search(ask, date(2021, 2, 10), "MN")


ADDED = [
    pytest.param(Mastodon, "https://social.example/@library", {}, id="mastodon"),
    pytest.param(Bluesky, "https://bsky.app/profile/library.example", {}, id="bluesky"),
    pytest.param(YouTube, CHANNEL, {}, id="youtube channel"),
    pytest.param(YouTube, "https://www.youtube.com/@library", {"autodiscover": True}, id="youtube name"),
    pytest.param(Telegram, "https://t.me/library_mn", {}, id="telegram"),
    pytest.param(Facebook, "https://www.facebook.com/national.library", {}, id="facebook"),
    pytest.param(Naver, "https://blog.naver.com/dibrary1004", {}, id="naver"),
]


@pytest.mark.parametrize(("kind", "url", "options"), ADDED)
def test_profile_is_proposed_as_its_kind(kind: type[Service], url: str, options: dict[str, object]) -> None:
    (found,) = list(told_by(kind(posts=POSTS)).ways(Page(url, b"")))
    assert (found.kind, found.url, dict(found.options)) == (kind.kind, url, options)
    assert {item.title for item in found.seen.items} == {post.text for post in POSTS}
    assert (found.seen.country, found.seen.language) == ("MN", "mn")


def test_every_network_is_proposed() -> None:
    assert {param.values[0] for param in ADDED} == set(SERVICES)


def test_what_only_looks_like_a_profile_is_read_as_a_page() -> None:
    rows = "".join(f"<li><a href='/n/{n}'>The story number {n}</a> 2021-02-0{n}</li>" for n in range(1, 6))
    page = Page("https://writers.example/@library", f"<html><ul>{rows}</ul></html>".encode())
    found = list(told_by(Telegram()).ways(page))
    assert found and found[0].kind == "list_page"


@pytest.fixture
def mastodon() -> Iterator[Mastodon]:
    service = Mastodon(posts=POSTS)
    with ServiceServer(service):
        yield service


def test_profile_is_added_and_polled(mastodon: Mastodon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sources.yaml").write_text(
        "politeness: {pause_seconds: 0}\nsub_regions:\n  asia: {name: Asia, countries: [MN]}\nsources: []\n"
    )
    run = CliRunner().invoke
    shown = run(main, ["sources", "preview", mastodon.profile, "--allow-private"])
    assert shown.exit_code == 0 and "mastodon, utf-8, MN, mn: 3 items" in shown.output, shown.output
    done = run(main, ["sources", "add", mastodon.profile, "--allow-private", "--yes"])
    assert done.exit_code == 0 and "Found the posts of a profile of Mastodon" in done.output, done.output
    (added,) = load_sources(Path("sources.yaml")).sources
    assert (added.kind, added.url, added.name, added.institution) == (
        "mastodon",
        mastodon.profile,
        "Mastodon",
        "library",
    )
    assert added.id.startswith("library-127-0-0-1")
    assert [(way.kind, way.url, way.options) for way in added.alternatives] == [
        ("feed", f"{mastodon.address}/@library.rss", {"articles": "none"})
    ]
    polled = run(main, ["crawl", "--allow-private"])
    assert "3 new" in polled.output, polled.output
    again = run(main, ["sources", "add", mastodon.profile, "--allow-private", "--yes"])
    assert again.exit_code == 1 and "read already" in again.output


def test_page_of_facebook_needs_a_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FACEBOOK_TOKEN", raising=False)
    Path("sources.yaml").write_text("sub_regions:\n  asia: {name: Asia, countries: [MN]}\nsources: []\n")
    done = CliRunner().invoke(main, ["sources", "add", "https://www.facebook.com/national.library"])
    assert done.exit_code == 1 and "national.library: it gives posts only for a token of your own" in done.output
