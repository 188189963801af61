"""The addresses that a site lists for search engines: news sitemaps, plain ones, and indexes of them, packed or not.

A news sitemap tells title and day of each article. A plain one tells when a page was last changed, which is no
publication day: days come from the addresses or the article pages, unless the block says that it is one.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urldefrag, urlsplit

from msgspec import Meta, Struct

from crawlers.kinds import Listing, Page
from crawlers.pages.selectors import Pattern
from crawlers.sources import CommonOptions, Source
from crawlers.urls import canonical_url, words_of
from db.errors import ParseError
from db.records import NO_DATE, ParsedItem, PublishedDate

if TYPE_CHECKING:
    from crawlers.pages.dates import DateRules

MAX_UNPACKED_BYTES = 52_428_800  # what sitemaps.org allows for one file
_PACKED = b"\x1f\x8b"
# Possessive: a comment ends at its first end, or a hundred of them could be parted in 2**99 ways.
_ROOT = re.compile(
    rb"^(?:\xef\xbb\xbf)?\s*+(?:<\?[^>]*\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>\s*)*+<(?:\w+:)?(\w+)",
    re.DOTALL | re.IGNORECASE,
)
_END = re.compile(rb"</(?:\w+:)?(?:urlset|sitemapindex)\s*>|<(?:\w+:)?(?:urlset|sitemapindex)[^>]*/>", re.IGNORECASE)
_TAIL = 2000  # bytes; servers append comments about their cache
_HALF_CHARACTER = re.compile(
    rb"&#(?:x0*d[89a-f][0-9a-f]{2}|0*5(?:529[6-9]|5[3-9]\d\d|6\d{3}|7[0-3]\d\d));", re.IGNORECASE
)
_NUMBER = re.compile(r"sitemap=([0-9]{1,6})")


class Options(CommonOptions, frozen=True, kw_only=True):
    """The keys of a sitemap's block."""

    link_pattern: Pattern | None = None  # which addresses are items; needed where the sitemap tells no titles
    children: Pattern | None = None  # which sitemaps of an index are read
    lastmod_is_published: bool = False  # whether the last change of a page may stand for its publication day
    max_items: Annotated[int, Meta(ge=1, le=50_000)] = 1000  # of one sitemap, the newest


class _Entry(Struct, frozen=True):
    url: str
    changed: str = ""
    title: str = ""
    published: str = ""
    language: str = ""
    image: str = ""


def parse(page: Page, source: Source, options: Options, today: date) -> Listing:
    """The items of a sitemap, newest first; ParseError for an index, whose sitemaps `child_url` names."""
    from crawlers.pages.dates import DateRules

    kind, entries = _read(page)
    if kind == "sitemapindex":
        raise ParseError(f"this is an index of {len(entries)} sitemaps, none of which can be read", url=page.url)
    if not options.link_pattern and entries and not any(entry.title for entry in entries):
        raise ParseError("this sitemap tells no titles: say with link_pattern which addresses are news", url=page.url)
    rules = DateRules(source.language, source.country, today, options.date_order)
    wanted = [entry for entry in entries if _is_wanted(entry, options)]
    newest = sorted(wanted, key=lambda entry: entry.published or entry.changed, reverse=True)[: options.max_items]
    items = [item for entry in newest if (item := _item(entry, page.url, options, rules))]
    return Listing(tuple({item.canonical_url: item for item in reversed(items)}.values())[::-1])


def child_url(page: Page, options: Options) -> tuple[str, str | None] | None:
    """The newest sitemap of an index and the address that leads to the next one; None when this is no index.

    That address is the one of the index with a number behind `#`, which no server sees.
    """
    from crawlers.pages.links import absolute

    try:
        kind, entries = _read(page)
    except ParseError:
        return None
    if kind != "sitemapindex":
        return None
    found = [(entry.changed, url) for entry in entries if (url := absolute(entry.url, page.url))]
    allowed = [pair for pair in found if not options.children or re.search(options.children, pair[1])]
    newest = [url for _, url in sorted(allowed, key=lambda pair: _age(*pair), reverse=True)]
    index, fragment = urldefrag(page.url)
    asked = _NUMBER.fullmatch(fragment)
    number = int(asked[1]) if asked else 0
    if number >= len(newest):
        return None
    return newest[number], f"{index}#sitemap={number + 1}" if number + 1 < len(newest) else None


def tells_titles(page: Page) -> bool:
    """Whether this is a sitemap of news: one that tells what its pages are called."""
    try:
        kind, entries = _read(page)
    except ParseError:
        return False
    return kind == "urlset" and any(entry.title for entry in entries)


def is_sitemap(body: bytes) -> bool:
    """Whether a body looks like a sitemap or an index of them, packed or not."""
    try:
        start = _unpacked(body[:65_536], 4096, whole=False) if body.startswith(_PACKED) else body[:4096]
    except zlib.error:
        return False
    root = _ROOT.match(start)
    return root is not None and root[1].lower() in (b"urlset", b"sitemapindex")


def _age(changed: str, url: str) -> tuple[str, list[tuple[int, str]]]:
    """Sorts sitemaps by their last change, else by the numbers in their names: …-2021-01.xml, …-12.xml."""
    parts = re.findall(r"(\d{1,18})|(\D+)", urlsplit(url).path)
    return changed, [(int(number or 0), word) for number, word in parts]


def _read(page: Page) -> tuple[str, list[_Entry]]:
    """What the root says this is, and its entries; ParseError for everything that is no sitemap."""
    from lxml import etree

    body = page.body
    if body.startswith(_PACKED):
        try:
            body = _unpacked(body, MAX_UNPACKED_BYTES)
        except zlib.error as error:
            raise ParseError("this sitemap is packed wrongly or cut off", url=page.url) from error
    if not is_sitemap(body):
        raise ParseError("this is not a sitemap", url=page.url)
    if not _END.search(body[-_TAIL:]):
        raise ParseError("the sitemap is cut off: its end is missing", url=page.url)
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(_HALF_CHARACTER.sub(b"?", body.strip()), parser)
        if root is None:
            raise ParseError("this sitemap cannot be read", url=page.url)
        return _name(root).lower(), list(_entries(root))
    except (etree.LxmlError, ValueError) as error:
        raise ParseError("this sitemap cannot be read", url=page.url) from error


def _unpacked(body: bytes, room: int, *, whole: bool = True) -> bytes:
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    unpacked = unpacker.decompress(body, room)
    if whole and not unpacker.eof:
        raise zlib.error("it has no end, or is larger than any sitemap")
    return unpacked


def _entries(root: Any) -> Iterator[_Entry]:
    for element in root:
        if _name(element).lower() not in ("url", "sitemap"):
            continue
        told: dict[str, str] = {}
        for part in element.iter():
            if isinstance(part.tag, str) and (text := (part.text or "").strip()):
                inside = _name(part.getparent()).lower() if part.getparent() is not None else ""
                told.setdefault(f"image {_name(part)}" if inside == "image" else _name(part), text)
        if told.get("loc"):
            yield _Entry(
                told["loc"],
                told.get("lastmod", ""),
                told.get("title", ""),
                told.get("publication_date", ""),
                told.get("language", ""),
                told.get("image loc", ""),
            )


def _name(element: Any) -> str:
    """The name of an element without its namespace, which sites misspell."""
    return element.tag.rpartition("}")[2].rpartition(":")[2] if isinstance(element.tag, str) else ""


def _is_wanted(entry: _Entry, options: Options) -> bool:
    return options.link_pattern is None or re.search(options.link_pattern, entry.url) is not None


def _item(entry: _Entry, base: str, options: Options, rules: DateRules) -> ParsedItem | None:
    from crawlers.pages.links import absolute
    from crawlers.pages.markup import markup_text
    from crawlers.pages.plain import item_title

    url = absolute(entry.url, base)
    if not url:
        return None
    title = item_title(markup_text(entry.title), "") or item_title(words_of(url), "")
    if not title:
        return None
    language = entry.language if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", entry.language) else None
    return ParsedItem(
        url=url,
        canonical_url=canonical_url(url, keep_params=options.keep_params, drop_params=options.drop_params),
        title=title,
        published=_published(entry, url, options, rules),
        language=language if entry.title else None,
        image_url=absolute(entry.image, base),
    )


def _published(entry: _Entry, url: str, options: Options, rules: DateRules) -> PublishedDate:
    from crawlers.pages.dates import date_from_url, read_date

    told = read_date(entry.published, "feed", rules) if entry.published else NO_DATE
    if told.on:
        return told
    found = date_from_url(url, rules.today)
    if found.on or not (options.lastmod_is_published and entry.changed):
        return found
    return read_date(entry.changed, "feed", rules)
