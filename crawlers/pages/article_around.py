"""Whether a page is an article with a list of others beside it, and no list itself.

An article's running text stands in one place. The texts of a list stand in its records, those of a front page in many
blocks of their own.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter

from lxml.html import HtmlElement

from crawlers.pages.address_forms import story_form
from crawlers.pages.list_structure import Group
from crawlers.pages.plain import weight
from crawlers.pages.survey import Survey

_ARTICLE = 700  # weight of running text in one place that is an article
_SHORTEST = 300  # of what the page calls one, or whose address is like those of the list
_PARAGRAPH = 60  # of a paragraph that is running text
_PROSE_TAGS = frozenset(("p", "blockquote", "pre"))
_BROKEN = frozenset(("div", "td", "section", "article"))  # whose lines may be apart by breaks alone
_MOSTLY = 0.6
_CALLED = "boolean(//meta[@property='og:type'][@content='article' or @content='news'])"


def is_article(page: Survey, group: Group, url: str) -> bool:
    """Whether the page at the address is an article, and the group of links only what stands beside it."""
    told, own = running_text(page, group)
    if told < _SHORTEST:
        return False
    if page.elements[0].xpath(_CALLED):
        return True
    form = story_form(url)
    alike = bool(form) and any(story_form(link.url) == form for link in group.links)
    return 4 * told > own if alike else told > max(_ARTICLE, 2 * own)


def running_text(page: Survey, group: Group) -> tuple[int, int]:
    """The weight of the most running text in one place before or behind the records, and of these."""
    owned = sorted({page.number[box] for box in group.boxes})
    inside = frozenset(owned)
    told: Counter[int] = Counter()
    here = 0
    while here < len(page.elements):
        element = page.elements[here]
        if here in inside or page.aside[here] or element.tag == "a":
            here = page.end[here]
            continue
        weighs = page.weights[page.last[here]] - page.weights[page.first[here]]
        holds_records = bisect_left(owned, here) != bisect_left(owned, page.end[here])
        is_prose = element.tag in _PROSE_TAGS
        if weighs < _PARAGRAPH or holds_records or not (is_prose or _is_lines(element, weighs)):
            here += 1
            continue
        if not owned[0] < here < owned[-1]:
            told[page.parent[here] if is_prose else here] += weighs
        here = page.end[here]
    own = sum(page.weights[page.last[box]] - page.weights[page.first[box]] for box in owned)
    return max(told.values(), default=0), own


def _is_lines(element: HtmlElement, weighs: int) -> bool:
    """Whether a block consists of lines of text that stand in no elements of their own."""
    if weighs < _SHORTEST or element.tag not in _BROKEN:
        return False
    direct = weight(element.text or "") + sum(weight(child.tail or "") for child in element)
    return direct > _MOSTLY * weighs
