"""From the links of one form to all records of their list: entries that lead elsewhere belong to it, strays do not."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawlers.pages.address_forms import address_of, story_form
from crawlers.pages.list_boxes import Link, boxes_around
from crawlers.pages.list_structure import Group
from crawlers.pages.list_words import is_date_like, is_number, says_nothing
from crawlers.pages.survey import Survey

_MOSTLY = 0.7
_HALF = 0.5
_FEWEST = 3  # records of a block that is a list of its own
_ENTRY = frozenset(("li", "tr", "article", "dd"))
_INLINE = frozenset(("a", "span", "b", "strong", "em"))
_YEAR = 12  # characters in which a link to a year or a month says so
_HEADLINE = 16  # weight of a label that is one
_LEVELS = 8  # of elements that a record has above its link
_MOST_BESIDE = 10  # other stories that may stand beside a list: the newest, the most read
_FRONT = 1.2  # times as many others as a group has, from which the page is a front
_PLACES = 2  # kinds of places in which they stand
_LANGUAGE = r"(?:eng?|zh|chn?|cn|kor?|kr|ja|jpn?|tha?|vi|vn|id|ms|mon|mn|rus?|kk|kz|uz|fas?|ara?)(?:[_-][a-z]{2,4})?"
_FIRST_PAGE = re.compile(rf"/?|/{_LANGUAGE}/?|/(?:[^/]+/)?(?:index|main|home|default)\.\w{{2,5}}", re.IGNORECASE)
_RANK = re.compile(r"\s*\d{1,2}\s?[.)]?\s*")
_SHORTEST = 6  # weight of a label that names a record


def whole_list(page: Survey, group: Group, links: Sequence[Link], url: str) -> list[Link]:
    """The links of all records of the list that the group is the likeliest part of, in the order of the page."""
    inside = _Inside(page, links)
    pairs = _without_strays(page, group)
    boxes = dict.fromkeys(box for _, box in pairs)
    kept = _named(page, pairs, inside)
    keys = {link.key for link in kept}
    chosen = {link.element for link in kept}
    likes = _like_boxes(page, group, list(boxes), keys, inside)
    others = [
        _main_link(page, group, inside.links(sibling), placed_only=sibling.tag not in _ENTRY) for sibling in likes
    ]
    # What is linked again and again between the records is said of the list, and is none of them.
    told = Counter(link.key for link in others if link)
    once = [link for link in others if link and told[link.key] == 1]
    chosen.update(link.element for link in once)
    keys.update(link.key for link in once)
    chosen |= _of_same_form(page, group, links, keys)
    chosen |= _of_front(page, group, links, keys, fewest=1 if is_root(url) else _MOST_BESIDE)
    whole = [
        link
        for link in links
        if link.element in chosen
        or (link.key in keys and not page.stands_aside(link.element) and _says(page, link) >= _SHORTEST)
    ]
    return _first_of_rows(page, whole)


def _first_of_rows(page: Survey, links: Sequence[Link]) -> list[Link]:
    """The links without what a row says beside its own, where nearly every row has one: a revision, a further file."""
    rows: dict[HtmlElement, list[Link]] = defaultdict(list)
    for link in links:
        row = page.around(link.element, _ENTRY)
        rows[link.element if row is None else row].append(link)
    several = [members for members in rows.values() if len({link.key for link in members}) > 1]
    if not several or len(rows) - len(several) < _MOSTLY * len(rows):
        return list(links)
    beside = {
        link.element
        for first, *others in several
        for link in others
        if link.key != first.key and _names_nothing(page.text(link.element).strip())
    }
    return [link for link in links if link.element not in beside]


def _names_nothing(label: str) -> bool:
    return is_date_like(label) or is_number(label) or says_nothing(label)


def _of_same_form(page: Survey, group: Group, links: Sequence[Link], keys: set[str]) -> set[HtmlElement]:
    """Further links to addresses of the form that all have, each in a block of its own: a leading story.

    The block is dated like the others, or, where these are not, of the same kind by its tag and a name that all share.
    """
    shapes = {address_of(link.url).shape for link in group.links}
    if len(shapes) > 1 or group.numbered < _MOSTLY:
        return set()
    held = set(group.boxes)
    others = [
        link
        for link in links
        if link.key not in keys
        and not page.stands_aside(link.element)
        and address_of(link.url).shape in shapes
        and held.isdisjoint(link.element.iterancestors())
    ]
    if not others:
        return set()
    dated = group.dated >= _MOSTLY
    kinds = set.intersection(*(_kinds(box) for box in group.boxes))
    boxed = zip(others, boxes_around(others), strict=True)
    return {
        link.element
        for link, box in boxed
        if (_is_dated(page, box) if dated else not kinds.isdisjoint(_kinds(box)))
        and _says(page, link) >= _SHORTEST
        and not is_date_like(page.text(link.element)[:_YEAR])
    }


@lru_cache(maxsize=64)  # asked of one page again and again
def is_root(url: str) -> bool:
    """Whether an address is that of a whole site in some language: its first page shows what its parts have to tell."""
    parts = urlsplit(url)
    return not parts.query and _FIRST_PAGE.fullmatch(parts.path) is not None


def _of_front(page: Survey, group: Group, links: Sequence[Link], keys: set[str], *, fewest: int) -> set[HtmlElement]:
    """The other stories of the front page of a portal, all over the page; elsewhere more of them than the group has."""
    worded = [
        link
        for link in links
        if link.key not in keys
        and page.number.get(link.element) is not None
        and not page.stands_aside(link.element)
        and _says(page, link) >= _HEADLINE
    ]
    form = _form_of(group) if worded else ()
    others = (
        [link for link in worded if story_form(link.url) == form and not _is_ranked(page, link.element)] if form else []
    )
    places = {page.nesting(page.number[link.element]) for link in others}
    count = len({link.key for link in others})
    if fewest > 1 and (count < max(fewest, _FRONT * len(keys)) or len(places) < _PLACES):
        return set()
    return {link.element for link in others}


def _is_ranked(page: Survey, link: HtmlElement) -> bool:
    """Whether the entry of a link begins with its place in an order: the most read."""
    entry = page.around(link, _ENTRY)
    first = "" if entry is None else page.pieces[page.first[page.number[entry]]]
    return _RANK.fullmatch(first) is not None


def _form_of(group: Group) -> tuple[str, ...]:
    """The form of address that most stories of the group have; () where there is none."""
    form, often = Counter(story_form(link.url) for link in group.links).most_common(1)[0]
    return form if often >= _MOSTLY * len(group.links) else ()


def _kinds(box: HtmlElement) -> set[tuple[str, str]]:
    return {(box.tag, name) for name in (box.get("class") or "").split()}


def _named(page: Survey, pairs: Sequence[tuple[Link, HtmlElement]], inside: _Inside) -> list[Link]:
    """The links, in place of one that says nothing (a count of comments) the one in its record that names it."""
    worded = {box for link, box in pairs if _says(page, link) >= _SHORTEST}
    if len(worded) < _MOSTLY * len({box for _, box in pairs}):
        return [link for link, _ in pairs]
    named = []
    for link, box in pairs:
        others = [] if box in worded else [other for other in inside.links(box) if _says(page, other) >= _SHORTEST]
        named.append(max(others, key=lambda other: _says(page, other), default=link))
    return named


def _without_strays(page: Survey, group: Group) -> list[tuple[Link, HtmlElement]]:
    """The links without those that stand aside or in blocks without dates, where most do not."""
    pairs = list(zip(group.links, group.boxes, strict=True))
    tag, usual = Counter(box.tag for _, box in pairs).most_common(1)[0]
    if usual > _MOSTLY * len(pairs) and tag not in _INLINE:
        pairs = [pair for pair in pairs if pair[1].tag not in _INLINE]
    if group.aside < _MOSTLY:
        pairs = [pair for pair in pairs if not page.stands_aside(pair[1].getparent())] or pairs
    if group.dated > _HALF:
        places: dict[HtmlElement | None, list[bool]] = defaultdict(list)
        for link, box in pairs:
            places[box.getparent()].append(is_date_like(page.text(box)) or page.has_time(box) or is_date_like(link.url))
        if sum(map(sum, places.values())) > _MOSTLY * len(pairs) or _are_apart(list(places.values())):
            pairs = [pair for pair in pairs if any(places[pair[1].getparent()])]
    return pairs


def _are_apart(places: Sequence[list[bool]]) -> bool:
    """Whether records with dates and records without stand in blocks of their own, each of several."""
    return any(map(any, places)) and all(len(dated) >= _FEWEST and len(set(dated)) == 1 for dated in places)


class _Inside:
    """Which links stand in which element, as far as a record can reach."""

    def __init__(self, page: Survey, links: Sequence[Link]) -> None:
        self._page = page
        seen = [link for link in links if link.element in page.number]  # others stand inside what nobody sees
        self._numbers, self._links = [page.number[link.element] for link in seen], seen

    def links(self, box: HtmlElement) -> list[Link]:
        """The links below an element or of it, in the order of the page."""
        here = self._page.number.get(box)
        if here is None:
            return []
        reach = range(bisect_left(self._numbers, here), bisect_left(self._numbers, self._page.end[here]))
        return [self._links[place] for place in reach if self._is_near(self._numbers[place], here)]

    def _is_near(self, link: int, here: int) -> bool:
        for _ in range(_LEVELS):
            if link == here:
                return True
            link = self._page.parent[link]
        return False


def _like_boxes(
    page: Survey, group: Group, boxes: Sequence[HtmlElement], keys: set[str], inside: _Inside
) -> list[HtmlElement]:
    """The siblings of the boxes that look like them, or lead to a story of the form, and hold only other links."""
    held, tags = set(boxes), {box.tag for box in boxes}
    found = []
    for container in dict.fromkeys(box.getparent() for box in boxes):
        if container is None or container.tag in ("body", "html"):
            continue
        own_boxes = [page.number[child] for child in container if child in held]
        reach = range(own_boxes[0], own_boxes[-1])
        for sibling in container:
            if sibling.tag not in _ENTRY and page.number.get(sibling, -1) not in reach:
                continue
            if sibling in held or sibling.tag not in tags or not (linked := inside.links(sibling)):
                continue
            if keys.isdisjoint([link.key for link in linked]):
                found.append((sibling, linked))
    if not found:
        return []
    if sum(_is_dated(page, box) for box in boxes) > 0.8 * len(boxes):
        return [sibling for sibling, _ in found if _is_dated(page, sibling)]
    names, form = {(box.tag, box.get("class")) for box in boxes}, _form_of(group)
    return [
        sibling
        for sibling, linked in found
        if (sibling.tag, sibling.get("class")) in names
        or (form and any(story_form(link.url) == form for link in linked))
    ]


def _is_dated(page: Survey, box: HtmlElement) -> bool:
    return is_date_like(page.text(box)) or page.has_time(box)


def _main_link(page: Survey, group: Group, links: Sequence[Link], *, placed_only: bool) -> Link | None:
    """The link of a record that stands where those of the group stand, or else says most."""
    usual = Counter(page.nesting(page.number[link.element]) for link in group.links).most_common(1)[0][0]
    worded = [link for link in links if _says(page, link) >= _SHORTEST]
    placed = [link for link in worded if page.nesting(page.number[link.element]) == usual]
    return max(placed if placed_only else placed or worded, key=lambda link: _says(page, link), default=None)


def _says(page: Survey, link: Link) -> int:
    return 0 if says_nothing(page.text(link.element).strip()) else page.weight(link.element)
