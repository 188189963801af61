"""What a page would give as a source: which kind reads it, how it is encoded, and its items. Pure, no database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from msgspec import Struct

from crawlers.kinds import Listing, Page, kind_module
from crawlers.pages.charset import decode
from crawlers.pages.date_forms import DateOrder
from crawlers.pages.guess import country_of, date_order_of, language_of
from crawlers.sources import Source
from db.errors import ParseError
from db.records import ParsedItem

_XML_ROOTS = ("<rss", "<feed", "<rdf:rdf", "<atom:feed")
_LOOKED_AT = 4000  # characters in which the root of a feed stands


class Preview(Struct, frozen=True):
    """A page read without any setting but these guesses."""

    kind: str
    encoding: str
    country: str
    language: str
    date_order: DateOrder
    items: tuple[ParsedItem, ...]
    next_url: str | None = None

    def as_record(self) -> dict[str, Any]:
        """What programs are told of it."""
        return {"kind": self.kind, "encoding": self.encoding, "items": [_item_record(item) for item in self.items]}


def preview(
    page: Page,
    *,
    today: date,
    country: str | None = None,
    language: str | None = None,
    options: Mapping[str, object] | None = None,
) -> Preview:
    """The items that the page lists, () where it says that there are none; ParseError when there is no list."""
    decoded = decode(page.body, page.content_type)
    country = country or country_of(page.url)
    language = language or language_of(decoded.text, country)
    if country == "INT":
        country = country_of(page.url, language)
    kind = kind_of(page, decoded.text)
    order = date_order_of(country, decoded.text)
    source = sample_source(kind, page.url, country=country, language=language, date_order=order)
    if options:
        source = source.changed(options={**source.options, **options})
    listing = kind_module(kind).parse(page, source, source.parsed_options(), today)
    assert isinstance(listing, Listing)
    encoding = "utf-8" if page.body.startswith(b"\x1f\x8b") else decoded.encoding
    return Preview(kind, encoding, country, language, order, listing.items, listing.next_url)


def sample_source(kind: str, url: str, *, country: str, language: str, date_order: DateOrder) -> Source:
    """A source of this kind that nothing more is known of."""
    options: dict[str, object] = {"date_order": date_order}
    if kind == "sitemap":
        options["link_pattern"] = "."
    return Source.checked(
        {
            "id": "preview",
            "name": "Preview",
            "institution": "Preview",
            "sub_region": "preview",
            "country": country,
            "language": language,
            "kind": kind,
            "url": url,
            "options": options,
        }
    )


def kind_of(page: Page, text: str) -> str:
    """The kind that reads such a page, by its content: what servers say of it is often wrong."""
    from crawlers.kinds.sitemap import is_sitemap

    start = text[:_LOOKED_AT].lstrip("\ufeff \t\r\n\x00")
    if is_sitemap(page.body):
        return "sitemap"
    if start.startswith(("{", "[")):
        return _json_kind(text)
    if start.startswith("<"):
        head = start.lower()
        roots = [place for root in _XML_ROOTS if (place := head.find(root)) >= 0]
        if roots and min(roots) < (head.find("<html") if "<html" in head else _LOOKED_AT):
            return "feed"
    return "list_page"


def _json_kind(text: str) -> str:
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError):
        return "list_page"
    if isinstance(loaded, list):
        return "wordpress"
    return "feed" if isinstance(loaded, dict) and "jsonfeed.org" in str(loaded.get("version")) else "list_page"


def read_saved_page(url: str, body: bytes, max_bytes: int) -> Page:
    """A page that was saved to a file, as if the address had answered with it; ParseError when it is too large."""
    if len(body) > max_bytes:
        raise ParseError(f"the page is larger than {max_bytes:,} bytes", url=url)
    return Page(url, body)


def _item_record(item: ParsedItem) -> dict[str, str | None]:
    return {
        "title": item.title,
        "url": item.url,
        "published_on": item.published.on,
        "date_precision": item.published.precision,
        "summary": item.summary,
    }
