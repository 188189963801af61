"""Which addresses the scripts of a page ask for their data: the interfaces behind a list that is made by script."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from crawlers.kinds import Page
from crawlers.pages.links import absolute, base_url
from crawlers.pages.tree import read_tree
from crawlers.urls import canonical_url, host_of

MAX_LINKS = 6
_LONGEST = 300_000  # characters of one script
_QUOTED = re.compile(r"""["'`]((?:https?:/)?/?[\w./~-]{0,200}[\w/](?:\?[\w=&.%-]{0,200})?)["'`]""")
_DATA = re.compile(
    r"(?:^|[/._-])(?:api|ajax|json|rest|feeds?|wp-json|rss|data)(?:[/._?-]|$)|\.json(?:\?|$)", re.IGNORECASE
)
_OTHER = re.compile(r"\.(?:js|css|map|png|jpe?g|gif|svg|woff2?|ico|html?)(?:\?|$)|manifest|package", re.IGNORECASE)
_NEWS = re.compile(r"news|notice|board|bbs|list|post|article|item|press|announce|topic|gonggao|xinwen", re.IGNORECASE)


def data_links(page: Page) -> tuple[str, ...]:
    """Up to six addresses of the page's own host that its scripts or data attributes name as data, news first."""
    root = read_tree(page)
    base = base_url(root, page.url)
    named = (absolute(text, base) for text in _told(root))
    found = {canonical_url(url): url for url in named if url and host_of(url) == host_of(page.url)}
    found.pop(canonical_url(page.url), None)
    return tuple(sorted(found.values(), key=lambda url: _NEWS.search(url) is None))[:MAX_LINKS]


def _told(root: HtmlElement) -> Iterator[str]:
    """What stands in quotes in the page's scripts, and in its data attributes, and looks like an address of data."""
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag == "script" and "json" not in (element.get("type") or ""):
            texts = _QUOTED.findall((element.text or "")[:_LONGEST])
        else:
            texts = [value for name, value in element.attrib.items() if name.startswith("data-")]
        yield from (text for text in texts if "/" in text and _DATA.search(text) and not _OTHER.search(text))
