"""A page without a list: what is linked in its content, and its dated paragraphs, are the items.

A paragraph has no address of its own; it gets that of the page with a text fragment, which browsers scroll to.
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urldefrag

from msgspec.structs import replace

from crawlers.kinds import Listing, Page
from crawlers.pages.selectors import Css, Pattern, select
from crawlers.sources import CommonOptions, Source
from crawlers.urls import canonical_url
from db.errors import ParseError
from db.records import ParsedItem

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from crawlers.pages.dates import DateRules
    from crawlers.pages.list_items import Link

_CONTENT = "main, [role=main], article, #content, #contents, .content, #main"
_FRAME = "nav, header, footer, aside, .nav, .menu, .footer, .header, .sidebar, .breadcrumb, .paging, .pagination"
_FEWEST_LINK_WORDS = 8  # as `weight` counts
_FEWEST_PARAGRAPH_WORDS = 20
_PARAGRAPHS = ("p", "li", "td", "dd", "div", "blockquote")


class Options(CommonOptions, frozen=True, kw_only=True):
    """The keys of a watched page's block."""

    content: Css | None = None  # the part of the page that is watched
    link_pattern: Pattern | None = None  # which linked addresses are items; without it all with words enough
    paragraphs: bool = True  # whether dated paragraphs without such a link are items too


def parse(page: Page, source: Source, options: Options, today: date) -> Listing:
    """The links and dated paragraphs of the page's content, in its order; ParseError when the content is missing."""
    from crawlers.pages.dates import DateRules
    from crawlers.pages.links import base_url
    from crawlers.pages.tree import read_tree, visible_text

    root = read_tree(page)
    parts = _content(root, page.url, options)
    if not any(map(visible_text, parts)):
        raise ParseError("there is no text in this page", url=page.url)
    rules = DateRules(source.language, source.country, today, options.date_order)
    links = _item_links(parts, page.url, base_url(root, page.url), options)
    items = _linked(links, options, rules)
    if options.paragraphs:
        items += _told(parts, {link.element for link in links}, page.url, rules)
    return Listing(tuple({item.canonical_url: item for item in reversed(items)}.values())[::-1])


def _content(root: HtmlElement, url: str, options: Options) -> list[HtmlElement]:
    found = select([root], options.content or _CONTENT)
    if options.content and not found:
        raise ParseError(f"nothing matches the content selector {options.content!r}", url=url)
    chosen = set(found)
    return [element for element in found if chosen.isdisjoint(element.iterancestors())] or [root]


def _item_links(parts: list[HtmlElement], page_url: str, base: str, options: Options) -> list[Link]:
    from crawlers.pages.links import clickable, link_target
    from crawlers.pages.list_items import Link

    frame = _frame(parts)
    found = [
        (element, url)
        for part in parts
        for element in clickable(part)
        if (url := link_target(element, base))
        and frame.isdisjoint((element, *element.iterancestors()))
        and _is_item(element, url, page_url, options)
    ]
    fragments: dict[str, set[str]] = defaultdict(set)
    for _, url in found:
        fragments[urldefrag(url)[0]].add(urldefrag(url)[1])
    # An address tells items apart by its fragment only where the page links several places of one document.
    return [
        Link(
            element,
            url,
            canonical_url(
                url,
                keep_params=options.keep_params,
                drop_params=options.drop_params,
                keep_fragment=len(fragments[urldefrag(url)[0]]) > 1,
            ),
        )
        for element, url in found
    ]


def _frame(parts: list[HtmlElement]) -> set[HtmlElement]:
    """What stands around the content of a page, and inside the parts all the same."""
    return set(select(parts, _FRAME)) - set(parts)


def _is_item(element: HtmlElement, url: str, page_url: str, options: Options) -> bool:
    from crawlers.pages.plain import weight
    from crawlers.pages.tree import visible_text

    if options.link_pattern:
        return re.search(options.link_pattern, url) is not None
    return weight(visible_text(element)) >= _FEWEST_LINK_WORDS and canonical_url(url) != canonical_url(page_url)


def _linked(links: list[Link], options: Options, rules: DateRules) -> list[ParsedItem]:
    from crawlers.kinds.list_page import Options as ListOptions
    from crawlers.pages.list_items import records_around
    from crawlers.pages.list_records import read_record

    keys = {link.url: link.key for link in links}
    read = ((record, read_record(record, record.url, ListOptions(), rules)) for record in records_around(links))
    return [replace(item, canonical_url=keys[record.url]) for record, item in read if item]


def _told(parts: list[HtmlElement], linked: set[HtmlElement], page_url: str, rules: DateRules) -> list[ParsedItem]:
    """The paragraphs that carry a date and no item's link."""
    from crawlers.pages.plain import weight
    from crawlers.pages.tree import visible_text

    frame = _frame(parts)
    paragraphs = [
        element
        for part in parts
        for element in part.iter(*_PARAGRAPHS)
        if next(element.iterdescendants(*_PARAGRAPHS), None) is None
        and linked.isdisjoint(element.iter())
        and frame.isdisjoint((element, *element.iterancestors()))
    ]
    texts = [text for element in paragraphs if weight(text := visible_text(element)) >= _FEWEST_PARAGRAPH_WORDS]
    return [item for text in texts if (item := _paragraph(text, page_url, rules))]


def _paragraph(text: str, page_url: str, rules: DateRules) -> ParsedItem | None:
    from crawlers.pages.dates import read_date
    from crawlers.pages.links import text_address
    from crawlers.pages.plain import SUMMARY_CHARACTERS, first_sentence, one_line

    published = read_date(text, "text", rules)
    if not published.on:
        return None
    url = text_address(page_url, text)
    words = text.removeprefix(published.text).lstrip(" .,:;-–—") or text
    return ParsedItem(
        url=url,
        canonical_url=canonical_url(url),
        title=first_sentence(words),
        summary=one_line(text, SUMMARY_CHARACTERS),
        published=published,
    )
