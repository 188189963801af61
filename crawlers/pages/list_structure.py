"""The links of a page that most look like its list of news, by structure alone.

Groups of links that stand in the same nesting of elements or have addresses of the same form are candidates. Around
each link lies its record: the largest block in which no other link of the group stands. One score says how much a group
of records looks like a list of news: dates, titles of a sentence's length, addresses that differ in an id, and a place
that is not navigation, side column or footer.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawlers.pages.list_boxes import Link, boxes_around, has_no_box
from crawlers.pages.list_words import LONGEST_HEADING, is_date_like, is_number, names_file, says_nothing
from crawlers.pages.plain import weight
from crawlers.pages.survey import Survey, among_most_read
from crawlers.urls import split_address

_SAMPLED = 16  # records of a group that are looked at
_BESIDE = 4  # pieces of text beside a block that may belong to its record
_ENTRY = frozenset(("li", "tr", "article", "dd"))
_ROWS = ("tr", "li", "article")
_COPYRIGHT = re.compile(r"©|\(c\)\s?(?:19|20)\d\d|copyright|all rights reserved", re.IGNORECASE)
_FEWEST = 3  # records of what is a list without doubt
_FEWEST_LABELS = 6  # links of a group from which a label that repeats is none of a title
_FEW_IN_ROW = 4  # links of a group in one row; more stand in a row that lays out the page
_HEADED = 0.5  # what dates above records count as, of dates in them
_HEADED_BOXES = 60  # records that are looked at for them
_NAMED = 0.5  # share of the records that words name, in any list
_CROWDED = 1500  # characters of a block that is more than a record
_PROSE_TAGS = frozenset(("p", "blockquote", "pre"))
_SENTENCE = 16  # weight of the beginning of one
_PARAGRAPH = 60  # weight of a paragraph that is running text
_NEIGHBOUR = re.compile(
    r"\s*[<>«»‹›←→▲▼△▽\[(]*\s*(?:이전\s?글|다음\s?글|上一[篇条條则則]|下一[篇条條则則]|前の(?:記事|ページ)"
    r"|次の(?:記事|ページ)|previous (?:post|article)|next (?:post|article))"
)


@dataclass(frozen=True, slots=True)
class Group:
    """Links of one form with the block around each, and what is known of them as a list."""

    links: tuple[Link, ...]
    boxes: tuple[HtmlElement, ...]
    score: float
    dated: float  # share of the records with a date
    worded: float  # mean weight of what names a record
    numbered: float  # share of the addresses with an id, a date or a name of several words
    aside: float  # share of the records that stand in navigation, side column or footer


@dataclass(frozen=True, slots=True)
class Weights:
    """What speaks for a list of news, and how much."""

    undated: float = 0.3  # of a record without a date against one with it
    static_address: float = 0.45  # of an address without id against one with it
    aside: float = 0.12  # of a record that stands aside
    dated_aside: float = 0.5  # of one that is dated there
    same_words: float = 0.3  # of a label that another record has too
    crowded: float = 0.5  # of a block with many links in it
    scattered: float = 0.5  # of a block that stands in another kind of place than most
    foreign: float = 0.6  # of an address on another host
    shared: float = 0.5  # of a row that holds another record too
    nameless: float = 0.8  # of a link that leaves its record's name to the words beside it
    file: float = 0.5  # of a label that is the name of a file
    again: float = 0.3  # of rows that lead where another leads: to the body or the kind that both name
    bare: float = 0.9  # of a record that is no more than its link
    silent: float = 0.9  # of a link without any word
    told: float = 0.2  # of a link in the midst of running text
    counted: int = 40  # more records say no more
    good_title: int = 36  # weight from which a title says no more
    few: float = 0.5  # of a list of one or two
    least_undated: float = 0.32  # what a list without dates must reach
    least: float = 0.2  # what any list must reach


WEIGHTS = Weights()


def ranked_groups(page: Survey, links: Sequence[Link], host: str) -> list[Group]:
    """The groups of links that look like lists, the likeliest first; [] when none does."""
    groups = [group_of(page, members, host) for members in _candidates(page, links)]
    return sorted((group for group in groups if group.score > 0), key=lambda group: -group.score)


def _candidates(page: Survey, links: Sequence[Link]) -> Iterator[list[Link]]:
    groups: dict[tuple[object, ...], list[Link]] = defaultdict(list)
    for link in links:
        nesting = page.nesting[page.number[link.element]]
        address = address_of(link.url)
        groups["address", nesting, address.shape].append(link)
        groups["place", nesting, address.coarse].append(link)
        groups["names", nesting, link.element.get("class"), _names_above(link.element)].append(link)
        groups["form", address.shape].append(link)
        groups["tags", nesting].append(link)
        groups["label", nesting, page.text(link.element).strip()].append(link)
    seen: set[tuple[int, ...]] = set()
    kept = (
        group
        for key, group in groups.items()
        if (key[0] != "label" or len(group) >= _FEWEST)
        and (key[0] != "tags" or len({page.text(link.element) for link in group}) == len(group))
    )
    for members in (several for group in kept for several in _by_words(page, group)):
        mark = tuple(map(id, members))
        if mark not in seen:
            seen.add(mark)
            yield members


def _by_words(page: Survey, group: list[Link]) -> Iterator[list[Link]]:
    """The group, and what is left of it without labels that stand at many of its links ("Summary" beside each case)."""
    yield group
    if len(group) >= _FEWEST_LABELS:
        labels = [page.text(link.element) for link in group]
        counted = Counter(labels)
        own = [link for link, label in zip(group, labels, strict=True) if counted[label] < len(group) / _FEWEST_LABELS]
        if 2 < len(own) < len(group):
            yield own


def _names_above(element: HtmlElement) -> tuple[str | None, ...]:
    above = element.getparent()
    grand = above.getparent() if above is not None else None
    return tuple(node.get("class") if node is not None else None for node in (above, grand))


@dataclass(frozen=True, slots=True)
class Address:
    """What the form of an address says."""

    host: str
    shape: str  # digits folded, a last part that reads like a name left open
    coarse: str  # only how it ends
    numbered: bool  # whether it has an id, a date or a name of several words
    dated: bool


@lru_cache(maxsize=8192)
def address_of(url: str) -> Address:
    """The form of an address."""
    parts = split_address(url) or urlsplit(url)
    folder, _, name = parts.path.rstrip("/").rpartition("/")
    ending = name.rpartition(".")[2] if "." in name else ""
    opened = is_open(name) or names_file(name)
    names = "&".join(sorted({pair.partition("=")[0] for pair in parts.query.split("&")}))
    host = parts.netloc.removeprefix("www.")
    return Address(
        host,
        f"{host}{re.sub('[0-9]+', '0', folder)}/{'*' if opened else name}.{ending}?{names}",
        f"{host} {opened} {ending} {names}",
        opened
        or re.search(r"\d\d|/\d(?:/|$)", parts.path) is not None
        or re.search(r"=[^&]*\d|=[^&]{16}", parts.query) is not None,
        is_date_like(parts.path),
    )


@lru_cache(maxsize=8192)
def story_form(url: str) -> tuple[str, ...]:
    """What the addresses of all stories of a site have in common: each part as a number, a name or a short word.

    Several words in a row count as one, for a part of a site may have parts. () where no part is a number of four
    digits or a name of several words.
    """
    parts = split_address(url) or urlsplit(url)
    names = sorted(pair.partition("=")[0] for pair in parts.query.split("&") if pair)
    form = [kind for kind, _ in groupby(_part_form(part) for part in parts.path.split("/") if part)]
    told = any(part[0] in "ns" for part in form) or re.search(r"=[^&]*\d{3}", parts.query)
    return (parts.netloc.removeprefix("www."), *form, *names) if told else ()


def _part_form(part: str) -> str:
    name, dot, ending = part.rpartition(".") if re.search(r"\.[a-z]{2,5}$", part) else (part, "", "")
    kind = "w"
    if name.isdecimal():
        kind = "n" if len(name) > 3 else "d"
    elif is_open(name):
        kind = "s"
    return kind + dot + ending


def is_open(name: str) -> bool:
    """Whether the last part of a path reads like an article's: a number, words with dashes, or long."""
    return bool(re.search(r"\d", name)) or name.count("-") + name.count("_") > 1 or len(name) > 24 or "%" in name


def group_of(page: Survey, members: Sequence[Link], host: str) -> Group:
    """The group that these links are, with its score."""
    boxes = boxes_around(members)
    first: dict[str, int] = {}
    for position, link in enumerate(members):
        first.setdefault(link.key, position)
    chosen = list(first.values())
    # Both ends whole, because what repeats within a record would be hidden by steps.
    half = _SAMPLED // 2
    looked_at = chosen if len(chosen) <= _SAMPLED else chosen[:half] + chosen[-half:]
    sample = [
        _Sample(
            members[position],
            boxes[position],
            page.text(members[position].element),
            page.text(boxes[position]),
            _surroundings(page, boxes, position),
        )
        for position in looked_at
    ]
    return _scored(page, members, boxes, sample, len(chosen), host)


@dataclass(frozen=True, slots=True)
class _Sample:
    link: Link
    box: HtmlElement
    label: str
    text: str
    around: str  # the text with what stands between it and the next


def _surroundings(page: Survey, boxes: Sequence[HtmlElement], position: int) -> str:
    here = page.number[boxes[position]]
    start, stop = page.first[here], page.last[here]
    above = page.parent[here]
    if above >= 0:
        start = max(start - _BESIDE, page.first[above], _edge(page, boxes, position - 1, above, page.last, 0))
        end = _edge(page, boxes, position + 1, above, page.first, len(page.pieces))
        stop = max(stop, min(stop + _BESIDE, page.last[above], end))
    return " ".join(page.pieces[start:stop])[:1500]


def _edge(
    page: Survey, boxes: Sequence[HtmlElement], position: int, above: int, places: Sequence[int], otherwise: int
) -> int:
    """Where the text of a neighbouring box in the same block ends or begins."""
    if not 0 <= position < len(boxes):
        return otherwise
    number = page.number[boxes[position]]
    return places[number] if page.parent[number] == above else otherwise


def _scored(
    page: Survey,
    members: Sequence[Link],
    boxes: Sequence[HtmlElement],
    sample: Sequence[_Sample],
    count: int,
    host: str,
) -> Group:
    labels = Counter(one.label for one in sample)
    told = {text for text, times in labels.items() if times < 3 and text.strip() and not says_nothing(text.strip())}
    worded = [_wording(one, named=one.label in told) for one in sample]
    mean = sum(min(weight_, 120) for weight_ in worded) / len(worded)
    named = _share(weight_ >= 8 for weight_ in worded)
    none = Group(tuple(members), tuple(boxes), 0.0, 0.0, mean, 0.0, 0.0)
    if named < _NAMED:
        return none
    aside = _share(_box_aside(page, one.box) or bool(_NEIGHBOUR.match(one.text)) for one in sample)
    dated = _share(
        is_date_like(one.around) or page.has_time(one.box) or address_of(one.link.url).dated for one in sample
    )
    if count < _FEWEST and (aside or dated < 1):
        return none
    softly = aside and dated and not among_most_read(page, boxes[0])
    beside = WEIGHTS.aside + (WEIGHTS.dated_aside - WEIGHTS.aside) * dated if softly else WEIGHTS.aside
    if dated < _HEADED and count > 2:
        dated = max(dated, _HEADED * _below_dates(page, boxes))
    numbered = _share(address_of(one.link.url).numbered for one in sample)
    distinct = len({one.text for one in sample}) / len(sample)
    crowded = _share(len(one.text) > _CROWDED for one in sample)
    foreign = _share(address_of(one.link.url).host != host.removeprefix("www.") for one in sample)
    rows = Counter(_entry(link.element) for link in members)
    shared = _share(1 < rows[_entry(one.link.element)] <= _FEW_IN_ROW for one in sample)
    listed = [(row.getparent(), link.key) for link in members if (row := _entry(link.element)).tag in _ROWS]
    again = max(0.0, 1 - max(count, len(set(listed))) / max(1, sum(row.tag in _ROWS for row in rows)))
    nameless = _share(one.label not in told for one in sample)
    silent = _share(not one.label.strip() and not one.link.element.get("title") for one in sample)
    files = _share(names_file(one.label) for one in sample)
    places = Counter(_place(one.box) for one in sample)
    uniform = places.most_common(1)[0][1] / len(sample)
    quality = (
        named**2
        * min(1.0, mean / WEIGHTS.good_title) ** 0.7
        * _less(1 - dated, WEIGHTS.undated)
        * _less(1 - numbered, WEIGHTS.static_address)
        * _less(aside, beside)
        * _less(1 - distinct, WEIGHTS.same_words)
        * _less(crowded, WEIGHTS.crowded)
        * _less(1 - uniform, WEIGHTS.scattered)
        * _less(foreign, WEIGHTS.foreign)
        * _less(shared, WEIGHTS.shared)
        * _less(again, WEIGHTS.again) ** 2
        * _less(silent, WEIGHTS.silent)
        * _less(_share(has_no_box(one.box) for one in sample), WEIGHTS.bare)
        * _less(_share(_is_told(page, one.link.element) for one in sample), WEIGHTS.told)
        * _less(nameless, WEIGHTS.nameless)
        * _less(files, WEIGHTS.file)
    )
    score = quality * min(count, WEIGHTS.counted) ** 0.5 * (1 if count >= _FEWEST else WEIGHTS.few)
    entries = 1 < count < _FEWEST and all(box.tag in _ENTRY for box in boxes)
    if count < _FEWEST:
        alone = not nameless and not crowded and not any(_is_foot(page, one) for one in sample)
        plausible = alone and (numbered == 1 or entries)
    else:
        plausible = dated >= 0.3 or _says_enough(score, mean, numbered, aside)
    score = score if plausible and (score >= WEIGHTS.least or entries) else 0.0
    return Group(tuple(members), tuple(boxes), score, dated, mean, numbered, aside)


def _is_told(page: Survey, link: HtmlElement) -> bool:
    """Whether a link stands in the midst of a paragraph: words of a sentence lie before it, and others behind it."""
    around = next(link.iterancestors(*_PROSE_TAGS), None)
    here, own = page.number.get(around, -1), page.number[link]
    if around is None or here < 0 or page.weight(around) < _PARAGRAPH:
        return False
    return page.last[own] < page.last[here] and _words_before(page, link, around) >= _SENTENCE


def _words_before(page: Survey, link: HtmlElement, around: HtmlElement) -> int:
    """How much is said on the line before a link, from the last break or link on."""
    told, node = 0, link
    while node is not around:
        for sibling in node.itersiblings(preceding=True):
            told += weight(sibling.tail or "")
            if sibling.tag in ("a", "br", "hr") or told >= _SENTENCE:
                return told
            told += page.weight(sibling)
        node = node.getparent()
        told += weight(node.text or "")
    return told


def _is_foot(page: Survey, one: _Sample) -> bool:
    """Whether what seems a record is the foot of the page: its only date is the year of a copyright."""
    return page.stands_aside(one.box) or _COPYRIGHT.search(one.text) is not None


def _says_enough(score: float, mean: float, numbered: float, aside: float) -> bool:
    """Whether a list without dates is one of news by its words and addresses."""
    return score >= WEIGHTS.least_undated and mean >= 16 and aside < 0.5 and numbered >= 0.5


def _below_dates(page: Survey, boxes: Sequence[HtmlElement]) -> float:
    """The share of the records from the first short date on that stands above one: a heading of a day or an issue."""
    numbers = [page.number[box] for box in boxes[:_HEADED_BOXES]]
    ends = [max(page.first[numbers[0]] - _BESIDE, 0), *(page.last[number] for number in numbers)]
    for place, (end, here) in enumerate(zip(ends[:-1], numbers, strict=True)):
        gap = page.pieces[max(end, page.first[here] - _BESIDE) : page.first[here]]
        if any(is_date_like(piece) and weight(piece) <= LONGEST_HEADING for piece in gap):
            return 1 - place / len(numbers)
    return 0.0


def _wording(one: _Sample, *, named: bool) -> int:
    """How much names the record: the words of its link, or, where these say nothing, the others in it."""
    label = one.label.strip()
    number = is_number(label)
    if named and not number:
        return weight(label)
    title = one.link.element.get("title") or ""
    if title and (named or not label or says_nothing(label)) and not says_nothing(title):
        return weight(title)
    told = one.around if has_no_box(one.box) else one.text
    share = 1 if number else 0.6  # beside a number stands the name, beside "more" perhaps much else
    return min(int(share * (weight(told) - weight(label))), WEIGHTS.good_title // 2)


def _entry(element: HtmlElement) -> HtmlElement:
    """The row or entry of a list that an element stands in; itself where there is none."""
    return next(element.iterancestors(*_ROWS), element)


def _place(box: HtmlElement) -> tuple[object, ...]:
    above = box.getparent()
    return (box.tag, above.tag, above.get("class")) if above is not None else (box.tag,)


def _box_aside(page: Survey, box: HtmlElement) -> bool:
    above = box.getparent()
    return page.stands_aside(above if above is not None else box)


def _less(share: float, factor: float) -> float:
    """1 where the share is nought, the factor where it is whole."""
    return 1.0 - share * (1.0 - factor)


def _share(values: Iterable[bool]) -> float:
    found = list(values)
    return sum(found) / len(found) if found else 0.0
