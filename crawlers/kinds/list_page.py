"""A list of news as an HTML page: pinned by selectors, known by the form of its links, or found by its structure.

A page that is JSON is one too: what a site's scripts ask for.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated
from urllib.parse import parse_qs, urljoin, urlsplit

from msgspec import Meta, field

from crawlers.blocks import Check
from crawlers.kinds import Listing, Page
from crawlers.pages.selectors import Css, Pattern
from crawlers.sources import CommonOptions, Source


def _numbered(template: str) -> None:
    if "{n}" not in template:
        raise ValueError("needs {n} where the number of the page stands")


class Options(CommonOptions, frozen=True, kw_only=True):
    """The keys of a list page's block. Selectors are CSS; those for parts are looked for inside one item."""

    link_pattern: Pattern | None = None  # which addresses are items: searched for in the absolute address
    # function name → relative address with {0}, {1} for its arguments
    onclick: dict[str, str] = field(default_factory=dict)
    item: Css | None = None
    title: Css | None = None
    link: Css | None = None
    date: Css | None = None
    day: Css | None = None  # of a date in two elements
    month: Css | None = None
    summary: Css | None = None
    image: Css | None = None
    date_heading: Css | None = None  # headings that give their date to the items below
    title_strip: Pattern | None = None  # cut out of every title
    next: Css | None = None  # the link to the next older page
    next_template: Annotated[str, Check(_numbered)] | None = None  # its address, with {n} for the number
    first_page: Annotated[int, Meta(ge=0)] = 1  # the number of the page whose address carries none


def parse(page: Page, source: Source, options: Options, today: date) -> Listing:
    """The items of the page, and where the next older page is; ParseError when there is no list."""
    from crawlers.pages.dates import DateRules
    from crawlers.pages.list_items import read_items
    from crawlers.pages.next_page import next_link
    from crawlers.pages.script_lists import data_tree
    from crawlers.pages.tree import read_tree
    from crawlers.pages.year_folders import older_year

    root = data_tree(page)
    root = read_tree(page) if root is None else root
    rules = DateRules(source.language, source.country, today, options.date_order)
    items = read_items(page, root, options, rules)
    if not items:
        return Listing(())
    if options.next_template:
        return Listing(items, _templated(page.url, options))
    if options.next:
        return Listing(items, older_year(root, page.url, options.next) or next_link(root, page.url, options.next))
    return Listing(items, next_link(root, page.url) or older_year(root, page.url))


def _templated(url: str, options: Options) -> str | None:
    """The address made from the template, one page further than the present one."""
    template = options.next_template or ""
    number = _page_number(url, template)
    following = options.first_page + 1 if number is None else number + 1
    return urljoin(url, template.replace("{n}", str(following)))


def _page_number(url: str, template: str) -> int | None:
    if parameter := re.search(r"[?&]([^=&]+)=\{n\}", template):
        values = parse_qs(urlsplit(url).query).get(parameter[1], [""])
        return int(values[0]) if re.fullmatch(r"[0-9]{1,9}", values[0]) else None
    match = re.search(re.escape(template.lstrip("./")).replace(re.escape("{n}"), "([0-9]{1,9})") + r"(?=$|[?#])", url)
    return int(match[1]) if match else None
