"""A feed: RSS, Atom, RDF or JSON Feed. Also where a page says that its feeds are."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urljoin

from crawlers.kinds import Listing, Page
from crawlers.sources import CommonOptions, Source
from db.errors import ParseError

# Where feeds are when no page tells: the names that Miniflux tries, and those of WordPress without pretty addresses.
_WELL_KNOWN = ("feed/", "?feed=rss2", "index.rss", "rss.xml", "atom.xml", "feed.xml", "index.xml", "rss/", "feed.atom")
_FEED_TYPES = frozenset(
    ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json", "application/json")
)


class Options(CommonOptions, frozen=True, kw_only=True):
    """The keys of a feed's block."""

    autodiscover: bool = False  # the address is a page that names its feeds
    paged: bool = False  # older entries stand at ?paged=2 and on (WordPress)


def parse(page: Page, source: Source, options: Options, today: date) -> Listing:
    """The entries of the feed, in its order; ParseError for a web page and for a feed that is cut off."""
    from crawlers.pages.feed_items import read_feed

    return read_feed(page, source, options, today)


def discovered_feeds(page: Page) -> tuple[str, ...]:
    """The feeds that a web page names in its head, best first; () for what is not a web page."""
    from crawlers.pages.links import absolute, base_url
    from crawlers.pages.tree import read_tree

    try:
        root = read_tree(page)
    except ParseError:
        return ()
    base = base_url(root, page.url)
    found = [(link, absolute(link.get("href") or "", base)) for link in root.iter("link") if _names_feed(link)]
    # The comments of a WordPress site are a feed too, never the one that is wanted.
    ordered = sorted(found, key=lambda pair: "comment" in f"{pair[0].get('title')} {pair[1]}".lower())
    return tuple(dict.fromkeys(url for _, url in ordered if url))


def _names_feed(link: Any) -> bool:
    kind = (link.get("type") or "").partition(";")[0].strip().lower()
    # A REST address is announced with the same words as a JSON Feed.
    rest = kind == "application/json" and "/wp-json/" in (link.get("href") or "")
    return "alternate" in (link.get("rel") or "").lower().split() and kind in _FEED_TYPES and not rest


def well_known_feeds(url: str) -> tuple[str, ...]:
    """Where a feed may be when no page names it: each usual name beside the address and at the root of its host."""
    folders = dict.fromkeys((urljoin(url, "."), urljoin(url, "/")))
    return tuple(
        urljoin(folder, name) if not name.startswith("?") else folder + name
        for name in _WELL_KNOWN
        for folder in folders
    )
