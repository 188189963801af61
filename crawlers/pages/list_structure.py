"""The links of a page that most look like its list of news, by structure alone.

Groups of links that stand in the same nesting of elements or have addresses of the same form are candidates. Around
each link lies its record: the largest block in which no other link of the group stands. One score says how much a group
of records looks like a list of news: dates, titles of a sentence's length, addresses that differ in an id, and a place
that is not navigation, side column or footer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from lxml.html import HtmlElement
from msgspec import Struct

from crawlers.pages.address_forms import has_day
from crawlers.pages.list_boxes import Link, boxes_around, has_no_box
from crawlers.pages.list_forms import Form, forms_of
from crawlers.pages.list_weights import ENOUGH_BESIDE, WEIGHTS, less, mean_weight, named, share
from crawlers.pages.list_words import LONGEST_HEADING, is_date_like, is_number
from crawlers.pages.plain import weight
from crawlers.pages.survey import Survey, among_most_read

_BESIDE = 4  # pieces of text beside a block that may belong to its record
_ENTRY = frozenset(("li", "tr", "article", "dd"))
_ROWS = ("tr", "li", "article")
_COPYRIGHT = re.compile(r"©|\(c\)\s?(?:19|20)\d\d|copyright|all rights reserved", re.IGNORECASE)
_FEWEST = 3  # records of what is a list without doubt
_FEW_IN_ROW = 4  # links of a group in one row; more stand in a row that lays out the page
_HEADED = 0.5  # what dates above records count as, of dates in them
_HEADED_BOXES = 60  # records that are looked at for them
_CROWDED = 1500  # characters of a block that is more than a record
_PROSE_TAGS = frozenset(("p", "blockquote", "pre"))
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


def ranked_groups(page: Survey, links: Sequence[Link], host: str, *, near: float = 1.0) -> list[Group]:
    """The groups of links that look like lists, the likeliest first; [] when none does.

    Only those are sure to be among them that score at least `near` of what the likeliest does.
    """
    found: list[tuple[int, Group]] = []
    best = 0.0
    # The most hopeful first: most of the others need no closer look then.
    for place, form in sorted(enumerate(forms_of(page, links, host)), key=lambda pair: -pair[1].hope):
        if form.hope < near * best:
            break
        if group := _group(page, form, near * best):
            found.append((place, group))
            best = max(best, group.score)
    return [group for place, group in sorted(found, key=lambda pair: (-pair[1].score, pair[0]))]


class _Sample(Struct, frozen=True):
    """A link that is looked at, in its record."""

    link: Link
    label: str
    box: HtmlElement
    text: str
    around: str  # the text with what stands between it and the next


def _group(page: Survey, form: Form, least: float) -> Group | None:
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
    aside = share(_box_aside(page, one.box) or bool(_NEIGHBOUR.match(one.text)) for one in sample)
    dated = share(is_date_like(one.around) or page.has_time(one.box) or has_day(one.link.url) for one in sample)
    if form.count < _FEWEST and (aside or dated < 1):
        return None
    softly = aside and dated and not among_most_read(page, boxes[0])
    beside = WEIGHTS.aside + (WEIGHTS.dated_aside - WEIGHTS.aside) * dated if softly else WEIGHTS.aside
    if dated < _HEADED and form.count > 2:
        dated = max(dated, _HEADED * _below_dates(page, boxes))
    most = less(aside, beside) * less(1 - dated, WEIGHTS.undated)
    if form.hope * most < least:
        return None
    wording = [_words_beside(one) if own is None else own for one, own in zip(sample, form.wording, strict=True)]
    score = form.worth * named(wording) * most
    if score < least or not score:
        return None
    crowded = share(len(one.text) > _CROWDED for one in sample)
    score *= less(crowded, WEIGHTS.crowded) * _recorded(page, form, sample)
    mean = mean_weight(wording)
    entries = 1 < form.count < _FEWEST and all(box.tag in _ENTRY for box in boxes)
    if form.count < _FEWEST:
        alone = not form.nameless and not crowded and not any(_is_foot(page, one) for one in sample)
        plausible = alone and (form.numbered == 1 or entries)
    else:
        plausible = dated >= 0.3 or _says_enough(score, mean, form.numbered, aside)
    if not plausible or not (score >= WEIGHTS.least or entries):
        return None
    return Group(form.links, tuple(boxes), score, dated, mean, form.numbered, aside)


def _recorded(page: Survey, form: Form, sample: Sequence[_Sample]) -> float:
    """What the blocks around the links leave of a score: they say the same, differ in kind, or hold other links."""
    rows = Counter(entries := [_entry(page, link) for link in form.links])
    shared = share(1 < rows[entries[place]] <= _FEW_IN_ROW for place in form.places)
    listed = {(row.getparent(), link.key) for row, link in zip(entries, form.links, strict=True) if row.tag in _ROWS}
    again = max(0.0, 1 - max(form.count, len(listed)) / max(1, sum(row.tag in _ROWS for row in rows)))
    uniform = Counter([_place(one.box) for one in sample]).most_common(1)[0][1] / len(sample)
    return (
        less(1 - len({one.text for one in sample}) / len(sample), WEIGHTS.same_words)
        * less(1 - uniform, WEIGHTS.scattered)
        * less(shared, WEIGHTS.shared)
        * less(again, WEIGHTS.again) ** 2
        * less(share(has_no_box(one.box) for one in sample), WEIGHTS.bare)
        * less(share(_is_told(page, one.link.element) for one in sample), WEIGHTS.told)
    )


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
    return min(int(share * (weight(told) - weight(one.label))), ENOUGH_BESIDE)


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
