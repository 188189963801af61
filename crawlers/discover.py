"""Which ways there are to read the news of an address that nobody has described, best first.

A profile of a social network is read as one. Of everything else are asked, in this order: the address itself, the feeds
it names and the usual places of feeds, the REST interface of WordPress, news sitemaps, and at last the list that stands
in the page. Each way found has been read and has its items.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from urllib.parse import urljoin

from msgspec import Struct, field
from msgspec.structs import replace

from crawlers.guardian import url_shape
from crawlers.kinds import Page, feed, sitemap, wordpress
from crawlers.networks import Ask, Profile, profile_at, read_profile
from crawlers.preview import Preview, preview
from crawlers.repair import pattern_of
from crawlers.titles import folded
from db.errors import FetchError, ParseError

MAX_ASKED = 8  # addresses of one kind that are tried
_USUAL_PLACES = 12  # of feeds: the first names beside the address and at the root
_FEWEST = 3  # items of a further list
_SITEMAPS = ("/news-sitemap.xml", "/sitemap-news.xml", "/sitemap.xml", "/sitemap_index.xml")
_NAMED_SITEMAP = re.compile(rb"^[ \t]*sitemap:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
_WORDPRESS = b"wp-content"
_WORDPRESS_FEED = b"wordpress.org"


class Names(Struct, frozen=True):
    """What a page calls itself and its site; '' where it does not say."""

    page: str = ""
    site: str = ""


class Found(Struct, frozen=True):
    """A way to read the news of an address, with what it gives."""

    kind: str
    url: str
    how: str  # in words, for the person who decides and for the comment beside the block
    seen: Preview
    options: Mapping[str, object] = field(default_factory=dict)
    names: Names = Names()  # where the way itself tells what the page does not

    def gives(self, other: Found) -> bool:
        """Whether half of the items of one stand in the other, by address or title: the two are ways to one news."""
        own, others = _marks(self.seen), _marks(other.seen)
        fewest = min(len(self.seen.items), len(other.seen.items))
        met = sum(bool(marks & set().union(*others)) for marks in own)
        return bool(fewest) and met >= fewest / 2

    def as_rung(self) -> dict[str, object]:
        """The way as a block says it."""
        rung: dict[str, object] = {"kind": self.kind, "url": self.url}
        return {**rung, "options": dict(self.options)} if self.options else rung


def _marks(seen: Preview) -> list[set[str]]:
    return [{item.canonical_url, folded(item.title)} for item in seen.items]


class Search(Struct, frozen=True):
    """How to ask, and what is known of the address beforehand."""

    get: Ask
    today: date
    country: str | None = None
    language: str | None = None
    tell: Callable[[str, str], None] = lambda url, came: None  # an address that was tried, and what came of it

    def ways(self, page: Page) -> Iterator[Found]:
        """Each way to read the news of the page, best first; asks for nothing before the one after is wanted."""
        if (profile := profile_at(page.url)) is not None:
            found = self.posts(page.url, profile)
            if found is not None:
                yield found
                yield from self._feeds_of_posts(page)
            if found is not None or profile.sure:
                return
        try:
            seen: Preview | None = self._preview(page)
        except ParseError as error:
            seen = None
            self.tell(page.url, error.message)
        if seen is not None and seen.kind != "list_page":
            yield self._found(seen, page, "the address itself")
            return
        # A feed seldom says in which language it is; the page that leads to it does.
        search = self if seen is None else replace(self, language=self.language or seen.language)
        yield from search._feeds(page)
        yield from search._posts(page)
        yield from search._sitemaps(page)
        if seen is not None:
            yield self._found(seen, page, "the list that stands in the page")
            yield from self._further_lists(page, seen)

    def posts(self, url: str, profile: Profile) -> Found | None:
        """The profile as a source; None when its posts cannot be read."""
        try:
            seen = read_profile(url, profile, self.get, today=self.today, country=self.country, language=self.language)
        except (FetchError, ParseError) as error:
            self.tell(url, error.message)
            return None
        names = Names(profile.network, profile.handle)
        return Found(profile.kind, url, f"the posts of a profile of {profile.network}", seen, profile.options, names)

    def _feeds_of_posts(self, page: Page) -> Iterator[Found]:
        """The feeds that the page of a profile names: a second way, for days on which the first one is closed."""
        for found in self._tried(feed.discovered_feeds(page)[:1], "feed", "a feed that the page names"):
            yield replace(found, options={**found.options, "articles": "none"})

    def _further_lists(self, page: Page, first: Preview) -> Iterator[Found]:
        """The other lists of a page that has several, known by the form of their links."""
        shapes: dict[str, list[str]] = {}
        for url in self._links(page):
            shapes.setdefault(url_shape(url), []).append(url)
        own = {url_shape(item.url) for item in first.items}
        if len(own) == 1:  # else the list is several ones, each of which may be wanted alone
            shapes.pop(own.pop(), None)
        for urls in sorted(shapes.values(), key=len, reverse=True)[:MAX_ASKED]:
            if len(urls) < _FEWEST:
                return
            options = {"link_pattern": pattern_of(urls[0])}
            try:
                seen = self._preview(page, options)
            except ParseError:
                continue
            dated = sum(item.published.on is not None for item in seen.items)
            if len(seen.items) >= _FEWEST and dated > len(seen.items) / 2:
                found = self._found(seen, page, "one list of the page alone")
                yield replace(found, options={**found.options, **options})

    def _links(self, page: Page) -> list[str]:
        from crawlers.pages.links import base_url, clickable, link_target
        from crawlers.pages.tree import read_tree

        try:
            root = read_tree(page)
        except ParseError:
            return []
        base = base_url(root, page.url)
        return [url for element in clickable(root) if (url := link_target(element, base))]

    def _feeds(self, page: Page) -> Iterator[Found]:
        any_named = False
        for found in self._tried(feed.discovered_feeds(page)[:MAX_ASKED], "feed", "a feed that the page names"):
            any_named = True
            yield found
        if not any_named:
            usual = feed.well_known_feeds(page.url)[:_USUAL_PLACES]
            yield from self._tried(usual, "feed", "a feed at one of the usual places")

    def _posts(self, page: Page) -> Iterator[Found]:
        named = wordpress.discovered_feeds(page)
        if not named and _WORDPRESS in page.body:
            named = wordpress.well_known_feeds(page.url)
        yield from self._tried(named[:MAX_ASKED], "wordpress", "the REST interface of WordPress")

    def _sitemaps(self, page: Page) -> Iterator[Found]:
        """Only sitemaps that tell titles: a plain one lists every page of a site."""
        from crawlers.pages.links import absolute

        try:
            told = _NAMED_SITEMAP.findall(self.get(urljoin(page.url, "/robots.txt")).body)
        except FetchError:
            told = []
        addresses = (absolute(address.decode("utf-8", "replace"), page.url) for address in told[:MAX_ASKED])
        named = [url for url in addresses if url]
        usual = [urljoin(page.url, path) for path in _SITEMAPS]
        for url in list(dict.fromkeys([*sorted(named, key=_says_news, reverse=True), *usual]))[:MAX_ASKED]:
            try:
                listed = self._sitemap(self.get(url))
                if listed.items:
                    yield Found("sitemap", url, "a sitemap of news", listed)
                    return
                self.tell(url, "no news")
            except (FetchError, ParseError) as error:
                self.tell(url, error.message)

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
        for url in list(dict.fromkeys(urls)):
            try:
                page = self.get(url)
                seen = self._preview(page)
            except (FetchError, ParseError) as error:
                self.tell(url, error.message)
                continue
            if seen.kind == kind and seen.items:
                yield self._found(seen, Page(url, page.body), how)
            else:
                self.tell(url, f"no {kind} with items")

    def _preview(self, page: Page, options: Mapping[str, object] | None = None) -> Preview:
        return preview(page, today=self.today, country=self.country, language=self.language, options=options)

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
