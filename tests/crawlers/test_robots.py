"""robots.txt after RFC 9309."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawlers.fetch import Fetched, NotModified
from crawlers.hosts import Hosts
from crawlers.robots import (
    ALLOW_ALL,
    MAX_CRAWL_DELAY_SECONDS,
    RobotsCache,
    may_fetch,
    parse_rules,
    robots_url,
)
from db.errors import FetchError
from db.records import Moment, Validators

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
    assert rules.crawl_delay == 5


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
    assert parse_rules(b"User-agent: *\n" + line).crawl_delay == seconds


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


class Site:
    """A site that answers for its robots.txt, by a clock that is set by hand."""

    def __init__(self, status: int | None, body: bytes = b"User-agent: *\nDisallow: /news") -> None:
        self.status, self.body = status, body
        self.validators = Validators('"1"', None)
        self.asked: list[tuple[str, Validators]] = []
        self.now = datetime(2021, 2, 10, 8, 0, tzinfo=UTC)
        self.hosts = Hosts(lambda: Moment(self.now))
        self.cache = RobotsCache(self.fetch, self.hosts, lambda: self.now)

    def fetch(self, url: str, validators: Validators) -> Fetched | NotModified:
        self.asked.append((url, validators))
        if self.status == 200:
            return Fetched(url, 200, self.body, validators=self.validators)
        if self.status == 304:
            return NotModified(url, self.validators)
        raise FetchError("the server said no", url=url, status=self.status, retry_after_seconds=60)

    def restarted(self) -> Site:
        """The same site, met by a new process that has only what was saved."""
        later = Site(self.status, self.body)
        later.now, robots = self.now, self.hosts.take_news().robots
        later.hosts = Hosts(lambda: Moment(later.now), robots=robots)
        later.cache = RobotsCache(later.fetch, later.hosts, lambda: later.now)
        return later


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_site_without_the_file_allows_everything(status: int) -> None:
    assert Site(status).cache.rules(PAGE) == ALLOW_ALL


@pytest.mark.parametrize("status", [None, 429, 500, 503])
def test_site_that_cannot_say_is_left_alone(status: int | None) -> None:
    with pytest.raises(FetchError, match=r"robots\.txt cannot be read now.*the server said no") as caught:
        Site(status).cache.rules(PAGE)
    assert caught.value.retry_after_seconds == 60


def test_file_is_asked_for_once_in_a_pass() -> None:
    site = Site(200)
    assert not may_fetch(site.cache.rules(PAGE), PAGE)
    site.cache.rules("https://library.example/other")
    site.cache.rules("https://library.example:8443/other")
    asked = [url for url, _ in site.asked]
    assert asked == ["https://library.example/robots.txt", "https://library.example:8443/robots.txt"]


def test_failure_is_remembered_for_the_pass() -> None:
    site = Site(None)
    for _ in range(3):
        with pytest.raises(FetchError, match="the server said no"):
            site.cache.rules(PAGE)
    assert len(site.asked) == 1


def test_file_holds_for_a_day_also_over_a_restart() -> None:
    first = Site(200)
    first.cache.rules(PAGE)
    first.now += timedelta(hours=13)
    second = first.restarted()
    assert not may_fetch(second.cache.rules(PAGE), PAGE)
    assert second.asked == []


def test_file_is_asked_for_again_after_a_day_with_what_it_gave() -> None:
    site = Site(200)
    site.cache.rules(PAGE)
    site.now += timedelta(hours=25)
    site.status = 304
    assert not may_fetch(site.cache.rules(PAGE), PAGE)
    assert [sent for _, sent in site.asked] == [Validators(), Validators('"1"', None)]
    site.now += timedelta(hours=12)
    site.cache.rules(PAGE)
    assert len(site.asked) == 2


def test_new_rules_hold_at_once() -> None:
    site = Site(200)
    assert not may_fetch(site.cache.rules(PAGE), PAGE)
    site.now += timedelta(hours=25)
    site.body = b"User-agent: *\nAllow: /"
    assert may_fetch(site.cache.rules(PAGE), PAGE)


def test_site_that_could_not_say_is_asked_again_soon() -> None:
    site = Site(503)
    with pytest.raises(FetchError):
        site.cache.rules(PAGE)
    site.now += timedelta(hours=1)
    site.status = 200
    assert not may_fetch(site.cache.rules(PAGE), PAGE)
