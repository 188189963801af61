"""robots.txt after RFC 9309."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crawlers.fetch import Fetched, NotModified
from crawlers.robots import (
    ALLOW_ALL,
    MAX_CRAWL_DELAY_SECONDS,
    RobotsCache,
    crawl_delay,
    may_fetch,
    parse_rules,
    robots_url,
)
from db.errors import FetchError

SITE = b"""\
User-agent: *
Disallow: /private/
Crawl-delay: 5

User-agent: Convenor
Disallow: /members/
Allow: /members/news/
"""
PAGE = "https://library.example/news"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        pytest.param("/news", True, id="not mentioned"),
        pytest.param("/members/list", False, id="forbidden to us"),
        pytest.param("/members/news/1", True, id="the longer rule wins"),
        pytest.param("/private/1", True, id="rules for others do not bind us"),
        pytest.param("/robots.txt", True, id="robots.txt itself"),
    ],
)
def test_our_own_group_is_followed(path: str, allowed: bool) -> None:
    assert may_fetch(parse_rules(SITE), f"https://library.example{path}") is allowed


def test_general_group_holds_where_we_are_not_named() -> None:
    rules = parse_rules(b"\xef\xbb\xbfUser-agent: *\nDisallow: /private/\nCrawl-delay: 5")
    assert not may_fetch(rules, "https://library.example/private/1")
    assert crawl_delay(rules) == 5


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        pytest.param(b"", 0, id="none"),
        pytest.param(b"Crawl-delay: 2.5", 2.5, id="a fraction"),
        pytest.param(b"Crawl-delay: 86400", MAX_CRAWL_DELAY_SECONDS, id="a day is too long"),
        pytest.param(b"Crawl-delay: soon", 0, id="no number"),
        pytest.param(b"Crawl-delay: -4", 0, id="negative"),
        pytest.param(b"Crawl-delay: nan", 0, id="not a number"),
    ],
)
def test_crawl_delay_is_bounded(line: bytes, seconds: float) -> None:
    assert crawl_delay(parse_rules(b"User-agent: *\n" + line)) == seconds


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<!DOCTYPE html><title>Not found</title>", id="a page"),
        pytest.param(bytes(range(256)) * 9, id="no text at all"),
    ],
)
def test_file_without_rules_allows_everything(body: bytes) -> None:
    assert may_fetch(parse_rules(body), PAGE)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("https://a.example/x?y", "https://a.example/robots.txt", id="plain"),
        pytest.param("http://a.example:8080/x", "http://a.example:8080/robots.txt", id="its own port"),
        pytest.param("https://me:secret@a.example/", "https://a.example/robots.txt", id="no password"),
    ],
)
def test_each_scheme_host_and_port_has_its_own(url: str, expected: str) -> None:
    assert robots_url(url) == expected


def answering(status: int | None, seen: list[str] | None = None) -> Callable[[str], Fetched | NotModified]:
    def fetch(url: str) -> Fetched | NotModified:
        if seen is not None:
            seen.append(url)
        if status == 200:
            return Fetched(url, 200, b"User-agent: *\nDisallow: /news")
        raise FetchError("the server said no", url=url, status=status, retry_after_seconds=60)

    return fetch


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_site_without_the_file_allows_everything(status: int) -> None:
    assert RobotsCache(answering(status)).rules(PAGE) == ALLOW_ALL


@pytest.mark.parametrize("status", [None, 429, 500, 503])
def test_site_that_cannot_say_is_left_alone(status: int | None) -> None:
    with pytest.raises(FetchError, match=r"robots\.txt cannot be read now.*the server said no") as caught:
        RobotsCache(answering(status)).rules(PAGE)
    assert caught.value.retry_after_seconds == 60


def test_file_is_asked_for_once_in_a_pass() -> None:
    seen: list[str] = []
    cache = RobotsCache(answering(200, seen))
    assert not may_fetch(cache.rules(PAGE), PAGE)
    cache.rules("https://library.example/other")
    cache.rules("https://library.example:8443/other")
    assert seen == ["https://library.example/robots.txt", "https://library.example:8443/robots.txt"]


def test_failure_is_remembered_for_the_pass() -> None:
    seen: list[str] = []
    cache = RobotsCache(answering(None, seen))
    for _ in range(3):
        with pytest.raises(FetchError):
            cache.rules(PAGE)
    assert len(seen) == 1
