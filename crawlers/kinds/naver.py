"""Posts of a Naver blog by its feed, `https://rss.blog.naver.com/name.xml`, which gives the 20 to 50 newest."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from msgspec.structs import replace

from crawlers.kinds import Listing, Page, feed
from crawlers.sources import CommonOptions, Source
from db.records import ParsedItem

_BLOGS = frozenset({"blog.naver.com", "m.blog.naver.com"})
_POST = re.compile(r"/(\w[\w-]*)/(\d+)/?")


class Options(CommonOptions, frozen=True, kw_only=True):
    """The keys of a Naver block; its url is that of the blog, `https://blog.naver.com/name`."""

    articles: Literal["missing", "all", "none"] = "none"  # the post says it all


def recognises(url: str) -> bool:
    """Whether this is a blog of Naver."""
    parts = urlsplit(url)
    return parts.hostname in _BLOGS and re.fullmatch(r"/\w[\w-]*/?", parts.path) is not None


def first_url(url: str, options: Options) -> str:
    """The feed of the blog."""
    name = urlsplit(url).path.strip("/").partition("/")[0]
    return f"https://rss.blog.naver.com/{name}.xml" if recognises(url) else url


def parse(page: Page, source: Source, options: Options, today: date) -> Listing:
    """The posts of the feed, newest first; each at the one address that its several links share."""
    found = feed.parse(page, source, feed.Options(), today)
    return replace(found, items=tuple({item.canonical_url: item for item in map(_settled, found.items)}.values()))


def _settled(item: ParsedItem) -> ParsedItem:
    parts = urlsplit(item.url)
    post = _POST.fullmatch(parts.path)
    asked = parse_qs(parts.query)
    named = (post[1], post[2]) if post else (asked.get("blogId", [""])[0], asked.get("logNo", [""])[0])
    if parts.hostname not in _BLOGS or not all(named):
        return item
    address = f"https://blog.naver.com/{named[0]}/{named[1]}"
    return replace(item, url=address, canonical_url=address, source_item_id=named[1])
