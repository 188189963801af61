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
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple
from urllib.parse import urlsplit

from lxml.html import HtmlElement
from msgspec import Struct, field

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
_NAMES = 8  # weight from which words do
_LONG = 120  # weight from which they say no more
_CROWDED = 1500  # characters of a block that is more than a record
_PROSE_TAGS = frozenset(("p", "blockquote", "pre"))
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile("[0-9]+")
_WITHOUT_PARAMETERS = re.compile(r"https?://([a-z0-9.:-]+)(/[^?#\s]*)")
_ID_IN_PATH = re.compile(r"\d\d|/\d(?:/|$)")
_ID_IN_QUERY = re.compile(r"=[^&]*\d|=[^&]{16}")
_LONG_ID_IN_QUERY = re.compile(r"=[^&]*\d{3}")
_ENDING = re.compile(r"\.[a-z]{2,5}$")
_SENTENCE = 16  # weight of the beginning of one
_PARAGRAPH = 60  # weight of a paragraph that is running text
_NEIGHBOUR = re.compile(
    r"\s*[<>«»‹›←→▲▼△▽\[(]*\s*(?:이전\s?글|다음\s?글|上一[篇条條则則]|下一[篇条條则則]|前の(?:記事|ページ)"
    r"|次の(?:記事|ページ)|previous (?:post|article)|next (?:post|article))"
)


class Group(Struct, frozen=True):
    """Links of one form with the block around each, and what is known of them as a list."""

    links: tuple[Link, ...]
    boxes: tuple[HtmlElement, ...]
    score: float
    dated: float  # share of the records with a date
    worded: float  # mean weight of what names a record
    numbered: float  # share of the addresses with an id, a date or a name of several words
    aside: float  # share of the records that stand in navigation, side column or footer


class Weights(Struct, frozen=True):
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
_ENOUGH_BESIDE = WEIGHTS.good_title // 2  # weight from which the words beside a link say no more


class Address(NamedTuple):
    """The form of an address."""

    host: str
    shape: str  # digits folded, a last part that reads like a name left open
    coarse: str  # only how it ends
    is_open: bool  # whether its last part reads like a name


def ranked_groups(page: Survey, links: Sequence[Link], host: str, *, near: float = 1.0) -> list[Group]:
    """The groups of links that look like lists, the likeliest first; [] when none does.

    Only those are sure to be among them that score at least `near` of what the likeliest does.
    """
    seen = _Seen(
        links,
        [page.text(link.element) for link in links],
        [page.weight(link.element) for link in links],
        [address_of(link.url) for link in links],
        host.removeprefix("www."),
    )
    forms = [_form_of(seen, places) for places in _candidates(page, seen)]
    found: list[tuple[int, Group]] = []
    best = 0.0
    # The most hopeful first: most of the others need no closer look then.
    for place, form in sorted(enumerate(forms), key=lambda pair: -pair[1].hope):
        if form.hope < near * best:
            break
        if group := _group(page, form, near * best):
            found.append((place, group))
            best = max(best, group.score)
    return [group for place, group in sorted(found, key=lambda pair: (-pair[1].score, pair[0]))]


class _Seen(Struct, frozen=True):
    """The links of a page, what they say, and the forms of their addresses."""

    links: Sequence[Link]
    labels: Sequence[str]
    weights: Sequence[int]  # of the labels
    addresses: Sequence[Address]
    host: str
    told: dict[int, _Told] = field(default_factory=dict)  # of the links that were looked at

    def tells(self, place: int) -> _Told:
        """What a link by itself says."""
        if place not in self.told:
            self.told[place] = self._told(place)
        return self.told[place]

    def _told(self, place: int) -> _Told:
        link, label, address = self.links[place], self.labels[place].strip(), self.addresses[place]
        title = link.element.get("title") or ""
        titled = weight(title) if title and not says_nothing(title) else None
        says = bool(label) and not says_nothing(label)
        return _Told(
            says,
            self.weights[place] if says and not is_number(label) else titled,
            address.is_open or _has_id(link.url),
            address.host != self.host,
            names_file(label),
            not label and not title,
        )


class _Told(NamedTuple):
    """What a link by itself says."""

    says: bool  # its words say something
    words: int | None  # how much they say or, where they do not, its title; None where neither does
    numbered: bool
    foreign: bool
    file: bool
    silent: bool


def _candidates(page: Survey, seen: _Seen) -> Iterator[Sequence[int]]:
    """Links that are alike in one thing: where they stand, what that is called, their address or their label."""
    alike: dict[tuple[str, str, tuple[str | None, str | None, str | None]], list[int]] = defaultdict(list)
    labelled: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, link in enumerate(seen.links):
        here = page.number[link.element]
        above = page.parent[here]
        names = (page.names[here], page.names[above], page.names[page.parent[above]])
        nesting = page.nesting(here)
        alike[nesting, seen.addresses[place].shape, names].append(place)
        labelled[nesting, seen.labels[place].strip()].append(place)
    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for (nesting, shape, names), places in alike.items():
        groups["address", nesting, shape] += places
        groups["place", nesting, seen.addresses[places[0]].coarse] += places
        groups["names", nesting, names] += places
        groups["form", shape] += places
        groups["tags", nesting] += places
    kept = [
        places
        for (kind, *_), places in groups.items()
        if kind != "tags" or len({seen.labels[place] for place in places}) == len(places)
    ]
    kept += [places for places in labelled.values() if len(places) >= _FEWEST]
    for group in dict.fromkeys(tuple(sorted(places)) for places in kept):
        yield from _by_words(seen.labels, group)


def _by_words(labels: Sequence[str], group: Sequence[int]) -> Iterator[Sequence[int]]:
    """The group, and what is left of it without labels that stand at many of its links ("Summary" beside each case)."""
    yield group
    often = len(group) / _FEWEST_LABELS
    told = [labels[place] for place in group]
    if often >= 1 and len(set(told)) < len(told):
        counted = Counter(told)
        own = [place for place in group if counted[labels[place]] < often]
        if 2 < len(own) < len(group):
            yield own


@lru_cache(maxsize=2048)  # asked again of the links of a group
def address_of(url: str) -> Address:
    """The form of an address."""
    if plain := _WITHOUT_PARAMETERS.fullmatch(url):
        (host, path), query = plain.groups(), ""
    else:
        parts = split_address(url) or urlsplit(url)
        host, path, query = parts.netloc, parts.path, parts.query
    folder, _, name = path.rstrip("/").rpartition("/")
    if _DIGIT.search(name):
        name = "0" + name[name.rindex(".") :] if "." in name else "0"
    names = "&".join(sorted({pair.partition("=")[0] for pair in query.split("&")})) if query else ""
    return _address(host.removeprefix("www."), _NUMBER.sub("0", folder), name, names)


@lru_cache(maxsize=2048)  # most addresses of a site differ in numbers alone
def _address(host: str, folder: str, name: str, names: str) -> Address:
    ending = name.rpartition(".")[2] if "." in name else ""
    opened = is_open(name) or names_file(name)
    shape = f"{host}{folder}/{'*' if opened else name}.{ending}?{names}"
    return Address(host, shape, f"{host} {opened} {ending} {names}", opened)


def _has_day(url: str) -> bool:
    """Whether something like a date stands in the path of an address."""
    return is_date_like((split_address(url) or urlsplit(url)).path)


def _has_id(url: str) -> bool:
    """Whether an address has an id or a date."""
    parts = split_address(url) or urlsplit(url)
    return bool(_ID_IN_PATH.search(parts.path) or (parts.query and _ID_IN_QUERY.search(parts.query)))


@lru_cache(maxsize=8192)
def story_form(url: str) -> tuple[str, ...]:
    """What the addresses of all stories of a site have in common: each part as a number, a name or a short word.

    Several words in a row count as one, for a part of a site may have parts. () where no part is a number of four
    digits or a name of several words.
    """
    parts = split_address(url) or urlsplit(url)
    names = sorted(pair.partition("=")[0] for pair in parts.query.split("&") if pair) if parts.query else ()
    form = [kind for kind, _ in groupby([_part_form(part) for part in parts.path.split("/") if part])]
    told = any(part[0] in "ns" for part in form) or (parts.query and _LONG_ID_IN_QUERY.search(parts.query))
    return (parts.netloc.removeprefix("www."), *form, *names) if told else ()


@lru_cache(maxsize=2048)  # the folders of a site stand in most of its addresses
def _part_form(part: str) -> str:
    name, dot, ending = part.rpartition(".") if "." in part and _ENDING.search(part) else (part, "", "")
    kind = "w"
    if name.isdecimal():
        kind = "n" if len(name) > 3 else "d"
    elif is_open(name):
        kind = "s"
    return kind + dot + ending


def is_open(name: str) -> bool:
    """Whether the last part of a path reads like an article's: a number, words with dashes, or long."""
    return _DIGIT.search(name) is not None or name.count("-") + name.count("_") > 1 or len(name) > 24 or "%" in name


class _Form(Struct, frozen=True):
    """Links of one form, those of them that are looked at, and what they say without what stands around them."""

    links: tuple[Link, ...]
    places: tuple[int, ...]  # of those that are looked at among the links
    count: int  # of addresses
    wording: tuple[int | None, ...]  # how much the words of each link say, None for those that say nothing
    numbered: float
    nameless: float  # share of the links that leave the name of their record to the words beside them
    worth: float  # what a list of such links can score, if what names its records says enough

    @property
    def hope(self) -> float:
        """The most that these links can score, whatever stands around them."""
        return self.worth * _named([_ENOUGH_BESIDE if words is None else words for words in self.wording])


def _form_of(seen: _Seen, members: Sequence[int]) -> _Form:
    links = tuple(seen.links[member] for member in members)
    first: dict[str, int] = {}
    for place, link in enumerate(links):
        first.setdefault(link.key, place)
    chosen, count = tuple(first.values()), len(first)
    # Both ends whole, because what repeats within a record would be hidden by steps.
    half = _SAMPLED // 2
    places = chosen if count <= _SAMPLED else chosen[:half] + chosen[-half:]
    told = [seen.tells(members[place]) for place in places]
    labels = [seen.labels[members[place]] for place in places]
    often = {label for label, times in Counter(labels).items() if times >= _FEWEST}
    wording = tuple(None if one.says and label in often else one.words for one, label in zip(told, labels, strict=True))
    numbered = _share([one.numbered for one in told])
    nameless = _share([not one.says or label in often for one, label in zip(told, labels, strict=True)])
    worth = (
        _less(1 - numbered, WEIGHTS.static_address)
        * _less(_share([one.foreign for one in told]), WEIGHTS.foreign)
        * _less(nameless, WEIGHTS.nameless)
        * _less(_share([one.file for one in told]), WEIGHTS.file)
        * _less(_share([one.silent for one in told]), WEIGHTS.silent)
        * min(count, WEIGHTS.counted) ** 0.5
        * (1 if count >= _FEWEST else WEIGHTS.few)
    )
    return _Form(links, places, count, wording, numbered, nameless, worth)


class _Sample(Struct, frozen=True):
    """A link that is looked at, in its record."""

    link: Link
    label: str
    box: HtmlElement
    text: str
    around: str  # the text with what stands between it and the next


def _group(page: Survey, form: _Form, least: float) -> Group | None:
    """These links with their records; None where they are no list, or one that scores less than is asked for."""
    boxes = boxes_around(form.links)
    sample = [
        _Sample(
            form.links[place],
            page.text(form.links[place].element).strip(),
            boxes[place],
            page.text(boxes[place]),
            _surroundings(page, boxes, place),
        )
        for place in form.places
    ]
    aside = _share(_box_aside(page, one.box) or bool(_NEIGHBOUR.match(one.text)) for one in sample)
    dated = _share(is_date_like(one.around) or page.has_time(one.box) or _has_day(one.link.url) for one in sample)
    if form.count < _FEWEST and (aside or dated < 1):
        return None
    softly = aside and dated and not among_most_read(page, boxes[0])
    beside = WEIGHTS.aside + (WEIGHTS.dated_aside - WEIGHTS.aside) * dated if softly else WEIGHTS.aside
    if dated < _HEADED and form.count > 2:
        dated = max(dated, _HEADED * _below_dates(page, boxes))
    most = _less(aside, beside) * _less(1 - dated, WEIGHTS.undated)
    if form.hope * most < least:
        return None
    wording = [_words_beside(one) if own is None else own for one, own in zip(sample, form.wording, strict=True)]
    score = form.worth * _named(wording) * most
    if score < least or not score:
        return None
    crowded = _share(len(one.text) > _CROWDED for one in sample)
    score *= _less(crowded, WEIGHTS.crowded) * _recorded(page, form, sample)
    mean = _mean(wording)
    entries = 1 < form.count < _FEWEST and all(box.tag in _ENTRY for box in boxes)
    if form.count < _FEWEST:
        alone = not form.nameless and not crowded and not any(_is_foot(page, one) for one in sample)
        plausible = alone and (form.numbered == 1 or entries)
    else:
        plausible = dated >= 0.3 or _says_enough(score, mean, form.numbered, aside)
    if not plausible or not (score >= WEIGHTS.least or entries):
        return None
    return Group(form.links, tuple(boxes), score, dated, mean, form.numbered, aside)


def _recorded(page: Survey, form: _Form, sample: Sequence[_Sample]) -> float:
    """What the blocks around the links leave of a score: they say the same, differ in kind, or hold other links."""
    rows = Counter(entries := [_entry(page, link) for link in form.links])
    shared = _share(1 < rows[_entry(page, one.link)] <= _FEW_IN_ROW for one in sample)
    listed = {(row.getparent(), link.key) for row, link in zip(entries, form.links, strict=True) if row.tag in _ROWS}
    again = max(0.0, 1 - max(form.count, len(listed)) / max(1, sum(row.tag in _ROWS for row in rows)))
    uniform = Counter([_place(one.box) for one in sample]).most_common(1)[0][1] / len(sample)
    return (
        _less(1 - len({one.text for one in sample}) / len(sample), WEIGHTS.same_words)
        * _less(1 - uniform, WEIGHTS.scattered)
        * _less(shared, WEIGHTS.shared)
        * _less(again, WEIGHTS.again) ** 2
        * _less(_share(has_no_box(one.box) for one in sample), WEIGHTS.bare)
        * _less(_share(_is_told(page, one.link.element) for one in sample), WEIGHTS.told)
    )


def _named(wording: Sequence[int]) -> float:
    """What the words that name the records are worth; nought where most are named by none."""
    named = _share(words >= _NAMES for words in wording)
    return named**2 * min(1.0, _mean(wording) / WEIGHTS.good_title) ** 0.7 if named >= _NAMED else 0.0


def _mean(wording: Sequence[int]) -> float:
    return sum(min(words, _LONG) for words in wording) / len(wording)


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


def _is_told(page: Survey, link: HtmlElement) -> bool:
    """Whether a link stands in the midst of a paragraph: words of a sentence lie before it, and others behind it."""
    around = page.around(link, _PROSE_TAGS)
    if around is None or page.weight(around) < _PARAGRAPH:
        return False
    here, own = page.number[around], page.number[link]
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


def _words_beside(one: _Sample) -> int:
    """How much the other words of a record say whose link says nothing."""
    told = one.around if has_no_box(one.box) else one.text
    share = 1 if is_number(one.label) else 0.6  # beside a number stands the name, beside "more" perhaps much else
    return min(int(share * (weight(told) - weight(one.label))), _ENOUGH_BESIDE)


def _entry(page: Survey, link: Link) -> HtmlElement:
    """The row or entry of a list that a link stands in; itself where there is none."""
    row = page.around(link.element, _ROWS)
    return link.element if row is None else row


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
