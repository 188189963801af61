"""A page read once from top to bottom: where each element stands, and the text pieces below it as one range.

Everything that is asked of many elements (their words, their place, whether they stand aside) is answered from here
without walking the tree again, so that the cost of a page grows with its length and not with its lists.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate

from lxml.html import HtmlElement

from crawlers.pages.list_words import LONGEST_HEADING, names_most_read
from crawlers.pages.plain import one_line, weights
from crawlers.pages.tree import UNSEEN, words_in

_ASIDE_TAGS = frozenset(("nav", "footer", "aside", "select"))
_NO_ASIDE_TAGS = frozenset(("body", "html", "a"))
_ASIDE_ROLES = frozenset(("navigation", "contentinfo", "complementary", "banner", "search", "menu", "menubar"))
_MOST_READ = r"popular|most-?(?:read|viewed|popular)|trending|rank(?:ing)?|related"
_ASIDE_NAMES = re.compile(
    r"(?:^|[_-])(?:g?nav(?:bar|igation)?|gnb|lnb|snb|(?:sub|main|top|left|right|side)?-?menus?|foot(?:er)?|header"
    r"|side(?:bar)?"
    r"|breadcrumbs?|paging|pag(?:er|ination)|banners?|sns|social"
    rf"|{_MOST_READ}"
    r"|calendar|sitemap|language|login|skip|copyright|comments|weather|advert)(?:$|[_\d-])",
    re.IGNORECASE,
)
_ASIDE_WORDS = re.compile(
    r"(?:aside|location|quick|share|tags?|tag-?cloud|cloud|hot|best|family|(?:site|friend|related)?-?links?|lang"
    r"|tabs?|widgets?|archives?"
    r"|categor(?:y|ies)|search|stocks?|ads?|most-?read|recommend(?:ed)?|util|top)(?:[_-]?(?:box|area|list|wrap|zone"
    r"|bar|block))?",
    re.IGNORECASE,
)
_MOST_READ_NAMES = re.compile(rf"(?:^|[_-])(?:{_MOST_READ}|hot|best)(?:$|[_\d-])", re.IGNORECASE)
_NO_ASIDE = re.compile(r"content|main|wrap|container|layout|page|list|board|body", re.IGNORECASE)
_JOINED = re.compile(r"(?<=[a-z])(?=[A-Z])")  # between the words of popularPosts
_HEADING_TAGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_RECORD_TAGS = frozenset(("article", "li", "tr"))
_MOSTLY = 0.6  # of the words of a page: what holds more is no aside, whatever it is called


@dataclass(slots=True)
class Survey:
    """Elements in the order of the page by number, each with the pieces of text below it."""

    elements: list[HtmlElement] = field(default_factory=list)
    number: dict[HtmlElement, int] = field(default_factory=dict)
    parent: list[int] = field(default_factory=list)  # number of the parent; -1 for the root
    first: list[int] = field(default_factory=list)  # first piece of text below
    last: list[int] = field(default_factory=list)  # behind the last one
    end: list[int] = field(default_factory=list)  # number behind the last element below
    names: list[str | None] = field(default_factory=list)  # the classes
    aside: list[bool] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    buttons: set[int] = field(default_factory=set)  # pieces that are the values of buttons, and no text
    links: list[int] = field(default_factory=list)  # elements that are links
    headings: list[int] = field(default_factory=list)  # headings, and links to blocks of the page as tabs are
    often: set[int] = field(default_factory=set)  # blocks said to hold what is often read or talked of
    weights: list[int] = field(default_factory=list)  # of the first n pieces together
    nestings: dict[int, str] = field(default_factory=dict)  # of the elements that were asked about
    texts: dict[int, str] = field(default_factory=dict)  # of these too

    def nesting(self, here: int) -> str:
        """The tags that an element stands in, from the root to its own."""
        told = self.nestings.get(here)
        if told is None:
            above = self.parent[here]
            own = self.elements[here].tag
            told = self.nestings[here] = f"{self.nesting(above)}/{own}" if above >= 0 else own
        return told

    def text(self, element: HtmlElement) -> str:
        """The words below an element, its pieces apart by a blank."""
        here = self.number.get(element)
        if here is None:
            return ""
        told = self.texts.get(here)
        if told is None:
            told = self.texts[here] = " ".join(self.pieces[self.first[here] : self.last[here]])
        return told

    def weight(self, element: HtmlElement) -> int:
        """How much the text below an element says."""
        here = self.number.get(element)
        return 0 if here is None else self.weights[self.last[here]] - self.weights[self.first[here]]

    def around(self, element: HtmlElement, tags: Collection[str]) -> HtmlElement | None:
        """The innermost element of these tags that an element stands in."""
        here = self.parent[self.number[element]]
        while here >= 0 and self.elements[here].tag not in tags:
            here = self.parent[here]
        return self.elements[here] if here >= 0 else None

    def has_time(self, element: HtmlElement) -> bool:
        """Whether a machine-readable date stands below an element."""
        here = self.number.get(element)
        return here is not None and any(map(_tells_time, self.elements[here : self.end[here]]))

    def stands_aside(self, element: HtmlElement) -> bool:
        """Whether an element stands in navigation, footer, side column or the like."""
        here = self.number.get(element)
        return here is not None and self.aside[here]


def _tells_time(node: HtmlElement) -> bool:
    return node.tag == "time" or "date" in (node.get("itemprop") or "") or bool(node.get("data-date"))


def survey(root: HtmlElement) -> Survey:
    """The survey of a whole page."""
    page = Survey()
    _walk(page, root)
    page.weights = [0, *accumulate(weights(page.pieces))]
    _mark_asides(page)
    _tell_words(page)
    return page


def _tell_words(page: Survey) -> None:
    """What the links of one piece of text say is known now, to all who ask for the words of the tree."""
    words = words_in(page.elements[0])
    for here in page.links:
        first = page.first[here]
        if page.last[here] - first == 1 and first not in page.buttons:
            words[page.elements[here]] = one_line(page.pieces[first])


def _walk(page: Survey, root: HtmlElement) -> None:
    elements, parent, first, names = page.elements, page.parent, page.first, page.names
    pieces, headings = page.pieces, page.headings
    nodes = [*root.iter(), None]  # None stands behind the page
    page.last, page.end = last, end = [0] * len(nodes), [0] * len(nodes)
    here = -1
    around: HtmlElement | None = None  # the element of that number
    walker = iter(nodes)
    for node in walker:
        above = None if node is None else node.getparent()
        while around is not None and around is not above:
            last[here], end[here] = len(pieces), len(elements)
            if here and (tail := around.tail) and not tail.isspace():
                pieces.append(tail)
            here = parent[here]
            around = elements[here] if here >= 0 else None
        if node is None:
            break
        tag = node.tag
        if tag.__class__ is not str:  # a comment
            text = node.tail
        else:
            parent.append(here)
            here, around = len(elements), node
            elements.append(node)
            first.append(len(pieces))
            names.append(name := node.get("class"))
            # What heads a block: a heading, what is called a title, and the tab that shows it.
            if tag == "a":
                page.links.append(here)
                if (node.get("href") or "")[:1] == "#":
                    headings.append(here)
            elif tag in _HEADING_TAGS or (name and ("tit" in name or "head" in name)):
                headings.append(here)
            if tag in UNSEEN:
                for _ in node.iterdescendants():
                    next(walker)
                continue
            text = node.text
            if tag == "input" and node.get("type") in ("button", "submit"):
                # What stands on a button is read like other words.
                text = node.get("value")
                page.buttons.add(len(pieces))
        if text and not text.isspace():
            pieces.append(text)
    page.number = dict(zip(elements, range(len(elements)), strict=True))


def _mark_asides(page: Survey) -> None:
    most = _MOSTLY * page.weights[-1]
    page.often.update(_blocks_often_read(page))
    page.aside = [False] * len(page.elements)
    here = 0
    while here < len(page.elements):
        element, behind = page.elements[here], here + 1
        if (here in page.often or _is_aside(element, page.names[here])) and page.weight(element) < most:
            behind = page.end[here]
            page.aside[here:behind] = [True] * (behind - here)
        here = behind


def _is_aside(element: HtmlElement, classes: str | None) -> bool:
    tag = element.tag
    if tag in _ASIDE_TAGS or element.get("role") in _ASIDE_ROLES:
        return True
    if tag == "header":
        return next(element.iterancestors(*_RECORD_TAGS), None) is None
    own = element.get("id")
    return bool(classes or own) and tag not in _NO_ASIDE_TAGS and _is_called_aside(classes, own)


@lru_cache(maxsize=4096)
def _is_called_aside(classes: str | None, own: str | None) -> bool:
    """Whether one of the classes or the id of an element is what such a place is called."""
    return any(map(_names_aside, _names(classes, own)))


def _names(classes: str | None, own: str | None) -> list[str]:
    """The classes and the id of an element, one by one."""
    return [*(classes or "").split()[:8], *([own] if own else [])]


def among_most_read(page: Survey, element: HtmlElement) -> bool:
    """Whether an element stands in a block of stories often read, or related to others, by its name or its heading."""
    here = page.number[element]
    while here >= 0:
        names = _names(page.names[here], page.elements[here].get("id"))
        if here in page.often or any(_MOST_READ_NAMES.search(_JOINED.sub("-", name)) for name in names):
            return True
        here = page.parent[here]
    return False


def _blocks_often_read(page: Survey) -> Iterator[int]:
    """The blocks below a heading, or shown by a tab, that says so."""
    shown = set()
    for here in page.headings:
        element = page.elements[here]
        if page.weight(element) > LONGEST_HEADING or not names_most_read(page.text(element)):
            continue
        if element.tag == "a":
            shown.add((element.get("href") or "")[1:])
            continue
        while page.parent[here] >= 0 and _says_the_same(page, here, page.parent[here]):
            here = page.parent[here]
        heading = page.elements[here]
        for sibling in heading.itersiblings():
            if (sibling.tag, sibling.get("class")) == (heading.tag, heading.get("class")):
                break
            if sibling in page.number:
                yield page.number[sibling]
    if shown:
        yield from (number for element, number in page.number.items() if element.get("id") in shown)


def _says_the_same(page: Survey, here: int, above: int) -> bool:
    return (page.first[here], page.last[here]) == (page.first[above], page.last[above])


@lru_cache(maxsize=4096)
def _names_aside(name: str) -> bool:
    """Whether a class or an id is what such a place is called."""
    parted = _JOINED.sub("-", name)
    return bool(_ASIDE_WORDS.fullmatch(name) or (_ASIDE_NAMES.search(parted) and not _NO_ASIDE.search(name)))
