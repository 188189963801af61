"""Dates that stand above the items of a list: in a heading, a caption, or a cell that spans several rows."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml.html import HtmlElement
from msgspec.structs import replace

from crawlers.pages.list_boxes import Record
from crawlers.pages.list_words import LONGEST_HEADING, is_date_like
from crawlers.pages.plain import one_line, weight
from crawlers.pages.selectors import select
from crawlers.pages.survey import Survey
from crawlers.pages.tree import visible_text

_YEAR = re.compile(r"\s*\D{0,12}(?:19|20|2[45])\d\d\D{0,12}\s*")
_OF_TODAY = re.compile(r"updat|modif|revis|today|更新|修正|今天|今日|수정|오늘", re.IGNORECASE)
_PARTS = 160  # weight of a heading of several lines, one of which is there to date
_TITLE_TAGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "dt", "th", "caption", "strong", "b", "legend", "center"))
_HEADING_TAGS = frozenset(
    (
        *_TITLE_TAGS,
        "p",
        "div",
        "td",
        "span",
        "time",
        "li",
        "input",
    )
)


def under_pinned_headings(root: HtmlElement, records: list[Record], css: str) -> list[Record]:
    """The records, each with the text of the nearest heading before it that the selector names."""
    headings = set(select([root], css))
    starts = {record.boxes[0]: number for number, record in enumerate(records)}
    heading, dated = "", list(records)
    for element in root.iter():
        if element in headings:
            heading = visible_text(element)
        elif element in starts:
            dated[starts[element]] = replace(records[starts[element]], heading=heading)
    return dated


def under_headings(page: Survey, records: Sequence[Record]) -> list[Record]:
    """The records, each with the dated heading of the part of the list that it stands in; '' where there is none."""
    numbers = [page.number[record.boxes[0]] for record in records]
    if not numbers:
        return list(records)
    owned = {page.number[box]: page.end[page.number[box]] for record in records for box in record.boxes}
    start = _common(page, numbers)
    headings = [*_heading_above(page, start), *_headings(page, range(start, max(numbers) + 1), owned)]
    found, heading, dated = iter(headings), "", []
    upcoming = next(found, None)
    for number, record in sorted(zip(numbers, records, strict=True), key=lambda pair: pair[0]):
        while upcoming and upcoming[0] < number:
            heading, upcoming = upcoming[1], next(found, None)
        dated.append(replace(record, heading=heading) if heading and not record.heading else record)
    return _across_rows(dated)


def _heading_above(page: Survey, start: int) -> list[tuple[int, str]]:
    """What dates the whole list: the line right above it, or above the block that begins with it."""
    here = start
    while (above := page.elements[here].getprevious()) is None and page.parent[here] >= 0:
        here = page.parent[here]
    number = page.number.get(above, -1)
    dated = _what_dates(page, number) if number >= 0 and page.elements[number].tag in _HEADING_TAGS else ""
    return [(number, one_line(dated))] if dated and not _OF_TODAY.search(dated) else []


def _common(page: Survey, numbers: Sequence[int]) -> int:
    """The innermost element that holds all these."""
    here, last = min(numbers), max(numbers)
    while page.parent[here] >= 0 and (page.end[here] <= last or here == min(numbers)):
        here = page.parent[here]
    return here


def _headings(page: Survey, region: range, owned: dict[int, int]) -> list[tuple[int, str]]:
    found = []
    here = region.start
    while here < region.stop:
        if here in owned:
            here = max(owned[here], here + 1)
            continue
        if page.elements[here].tag in _HEADING_TAGS and (dated := _what_dates(page, here)):
            found.append((here, one_line(dated)))
            here = page.end[here]
            continue
        here += 1
    return found


def _what_dates(page: Survey, here: int) -> str:
    """The text of a heading that is there to date, or the first of its lines that is; '' when there is none."""
    element = page.elements[here]
    told = page.weights[page.last[here]] - page.weights[page.first[here]]
    if 0 < told <= LONGEST_HEADING:
        text = page.text(element)
        return text if is_date_like(text) or _YEAR.fullmatch(text) else ""
    if element.tag in _TITLE_TAGS and told <= _PARTS:
        lines = page.pieces[page.first[here] : page.last[here]]
        return next((line for line in lines if weight(line) <= LONGEST_HEADING and is_date_like(line)), "")
    return ""


def _across_rows(records: list[Record]) -> list[Record]:
    """A dated cell that spans several rows dates the rows that it stands beside."""
    left, text, dated = 0, "", []
    for record in records:
        row = record.boxes[0]
        spans = (
            [cell for cell in row if cell.tag in ("td", "th") and (cell.get("rowspan") or "").isdecimal()]
            if row.tag == "tr"
            else []
        )
        cell = next(
            (
                cell
                for cell in spans
                if is_date_like(visible_text(cell)) and weight(visible_text(cell)) < LONGEST_HEADING
            ),
            None,
        )
        if cell is not None:
            left, text = int((cell.get("rowspan") or "1")[:4]), visible_text(cell)
        dated.append(replace(record, heading=text) if left > 0 and row.tag == "tr" else record)
        left -= 1
    return dated
