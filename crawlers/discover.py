"""Which ways there are to read the news of an address that nobody has described, best first.

Asked are, in this order: the address itself, the feeds it names and the usual places of feeds, the REST interface of
WordPress, news sitemaps, and at last the list that stands in the page. Each way found has been read and has its items.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urljoin

from crawlers.kinds import Page, feed, sitemap, wordpress
from crawlers.preview import Preview, preview
from db.errors import FetchError, ParseError

MAX_ASKED = 8  # addresses of one kind that are tried
_SITEMAPS = ("/news-sitemap.xml", "/sitemap-news.xml", "/sitemap.xml", "/sitemap_index.xml")
_NAMED_SITEMAP = re.compile(rb"^\s*sitemap:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_WORDPRESS = b"wp-content"
_WORDPRESS_FEED = b"wordpress.org"

Get = Callable[[str], Page]


@dataclass(frozen=True, slots=True)
class Found:
    """A way to read the news of an address, with what it gives."""

    kind: str
    url: str
    how: str  # in words, for the person who decides and for the comment beside the block
    seen: Preview
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Names:
    """What a page calls itself and its site; '' where it does not say."""

    page: str = ""
    site: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """How to ask, and what is known of the address beforehand."""

    get: Get  # FetchError when there is no page
    today: date
    country: str | None = None
    language: str | None = None

    def ways(self, page: Page) -> Iterator[Found]:
        """Each way to read the news of the page, best first; asks for nothing before the one after is wanted."""
        try:
            seen: Preview | None = self._preview(page)
        except ParseError:
            seen = None
        if seen is not None and seen.kind != "list_page":
            yield self._found(seen, page, "the address itself")
            return
        yield from self._feeds(page)
        yield from self._posts(page)
        yield from self._sitemaps(page)
        if seen is not None:
            yield self._found(seen, page, "the list that stands in the page")

    def _feeds(self, page: Page) -> Iterator[Found]:
        any_named = False
        for found in self._tried(feed.discovered_feeds(page), "feed", "a feed that the page names"):
            any_named = True
            yield found
        if not any_named:
            yield from self._tried(feed.well_known_feeds(page.url), "feed", "a feed at one of the usual places")

    def _posts(self, page: Page) -> Iterator[Found]:
        named = wordpress.discovered_feeds(page)
        if not named and _WORDPRESS in page.body:
            named = wordpress.well_known_feeds(page.url)
        yield from self._tried(named, "wordpress", "the REST interface of WordPress")

    def _sitemaps(self, page: Page) -> Iterator[Found]:
        """Only sitemaps that tell titles: a plain one lists every page of a site."""
        try:
            told = _NAMED_SITEMAP.findall(self.get(urljoin(page.url, "/robots.txt")).body)
        except FetchError:
            told = []
        named = [urljoin(page.url, address.decode("utf-8", "replace")) for address in told[:MAX_ASKED]]
        usual = [urljoin(page.url, path) for path in _SITEMAPS]
        for url in list(dict.fromkeys([*sorted(named, key=_says_news, reverse=True), *usual]))[:MAX_ASKED]:
            try:
                listed = self._sitemap(self.get(url))
                if listed.items:
                    yield Found("sitemap", url, "a sitemap of news", listed)
                    return
            except (FetchError, ParseError):
                continue

    def _sitemap(self, page: Page) -> Preview:
        child = sitemap.child_url(page, sitemap.Options())
        page = self.get(child[0]) if child else page
        seen = self._preview(page)
        if seen.kind != "sitemap":
            raise ParseError("this is no sitemap", url=page.url)
        if not sitemap.tells_titles(page):
            raise ParseError("this sitemap tells no titles", url=page.url)
        return seen

    def _tried(self, urls: Iterable[str], kind: str, how: str) -> Iterator[Found]:
        for url in list(dict.fromkeys(urls))[:MAX_ASKED]:
            try:
                page = self.get(url)
                seen = self._preview(page)
            except (FetchError, ParseError):
                continue
            if seen.kind == kind and seen.items:
                yield self._found(seen, Page(url, page.body), how)

    def _preview(self, page: Page) -> Preview:
        return preview(page, today=self.today, country=self.country, language=self.language)

    def _found(self, seen: Preview, page: Page, how: str) -> Found:
        options: dict[str, object] = {}
        if seen.kind == "feed" and _WORDPRESS_FEED in page.body:
            options["paged"] = True
        if seen.kind == "sitemap" and not sitemap.tells_titles(page):
            options["link_pattern"] = "."
        if seen.kind == "list_page" and seen.date_order != "YMD":
            options["date_order"] = seen.date_order
        return Found(seen.kind, page.url, how, seen, options)


def names_of(page: Page) -> Names:
    """The names in the head of a web page; none for everything else."""
    from crawlers.pages.plain import one_line
    from crawlers.pages.tree import read_tree

    try:
        root = read_tree(page)
    except ParseError:
        return Names()
    title = one_line(root.findtext(".//title") or "", 80)
    site = next((meta.get("content") for meta in root.iter("meta") if meta.get("property") == "og:site_name"), "")
    return Names(title, one_line(site or "", 80))


def _says_news(url: str) -> bool:
    return "news" in url.lower()
