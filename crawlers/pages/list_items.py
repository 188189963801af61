"""Which parts of a page are the records of its list.

Three ways, in this order: selectors that sources.yaml pins; links of a known form; the structure of the page alone. A
record is the largest block around a link in which no other item is linked. A list that says it is empty is empty; a
page without a list is a ParseError that says what was looked for.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lxml.html import HtmlElement

from crawlers.kinds import Page
from crawlers.pages.dates import DateRules, repair_years
from crawlers.pages.links import base_url, calls, clickable, link_target
from crawlers.pages.list_records import Record, read_record
from crawlers.pages.list_structure import best_cluster, keys_below
from crawlers.pages.selectors import select
from crawlers.pages.tree import text_blocks, visible_text
from crawlers.urls import canonical_url
from db.errors import ParseError
from db.records import ParsedItem

if TYPE_CHECKING:
    from crawlers.kinds.list_page import Options

_EMPTY = re.compile(
    r"(?:등록된\s?)?(?:게시물|게시글|자료|내용|데이터|글)[이가]?\s?(?:없습니다|존재하지 않습니다).?"
    r"|(?:조회|검색)된?\s?(?:결과|내역)가?\s?없습니다.?"
    r"|(?:暂无|没有|暫無|查無)(?:数据|數據|資料|内容|內容|信息|记录|相关\S{0,6}|消息|新闻).?|無資料|该?栏目暂无\S{0,8}"
    r"|(?:該当する\S{0,12}|記事|データ|お知らせ)[はが](?:ありません|見つかりません(?:でした)?|ございません).?"
    r"|(?:sorry,?\s)?(?:there\s(?:is|are)\s)?no\s(?:results?|data|posts?|news|items?|articles?|entries|records?|content)"
    r"(?:\s(?:found|available|to display|yet|at this time|were found))?.?|nothing found.?"
    r"|мэдээ(?:лэл)? (?:байхгүй|олдсонгүй).?|илэрц олдсонгүй.?",
    re.IGNORECASE,
)
_WHOLE = frozenset(("ul", "ol", "dl", "table", "tbody", "main", "form", "body", "html"))  # hold a list, are no record
_ENTRY = frozenset(("li", "tr", "article", "dd"))
_WITHOUT_BOX = frozenset(("a", "span", "b", "strong", "em", "h1", "h2", "h3", "h4", "h5", "h6", "dt"))
_ENTRY_STARTS = frozenset(("a", "h1", "h2", "h3", "h4", "h5", "h6", "dt"))
_SIBLINGS = 4  # blocks after a heading that may belong to it


@dataclass(frozen=True, slots=True)
class Link:
    """An element that leads to an item, and the one form of its address."""

    element: HtmlElement
    url: str
    key: str


def read_items(page: Page, root: HtmlElement, options: Options, rules: DateRules) -> tuple[ParsedItem, ...]:
    """The items of the page's list in its order, none twice; () when the list says that it is empty."""
    base = base_url(root, page.url)
    records = _records(page, root, base, options)
    if not records:
        if says_empty(root):
            return ()
        raise ParseError(_what_is_missing(options), url=page.url)
    if options.date_heading:
        records = _under_headings(root, records, options.date_heading)
    items = [item for record in records if (item := read_record(record, base, options, rules))]
    return _with_years(_once(items), rules)


def _records(page: Page, root: HtmlElement, base: str, options: Options) -> list[Record]:
    if options.item:
        pinned = [record for box in select([root], options.item) if (record := _pinned(box, base, options))]
        if pinned or not options.link_pattern:
            return pinned
    links = _links(page, root, base, options)
    if options.link_pattern:
        return records_around([link for link in links if re.search(options.link_pattern, link.url)])
    called = [link for link in links if calls(link.element, options.onclick)]
    return records_around(called or best_cluster(links))


def _links(page: Page, root: HtmlElement, base: str, options: Options) -> list[Link]:
    here = canonical_url(page.url, keep_params=options.keep_params, drop_params=options.drop_params)
    links = []
    for element in clickable(root):
        if url := link_target(element, base, options.onclick):
            key = canonical_url(url, keep_params=options.keep_params, drop_params=options.drop_params)
            links += [Link(element, url, key)] if key != here else []
    return links


def _pinned(box: HtmlElement, base: str, options: Options) -> Record | None:
    asked = select([box], options.link) or select([box], options.title) or [box]
    elements = [link for element in asked for link in (*element.iterancestors("a"), *clickable_here(element))]
    for element in elements:
        if url := link_target(element, base, options.onclick):
            return Record((box,), (element,), url)
    return None


def clickable_here(element: HtmlElement) -> list[HtmlElement]:
    """The element itself, then what may be clicked inside it."""
    return [element, *clickable(element)]


def records_around(links: Sequence[Link]) -> list[Record]:
    """One record for each address linked, in the order of the page."""
    below = keys_below(links)
    boxes: dict[HtmlElement, list[Link]] = defaultdict(list)
    for link in links:
        boxes[_box(link, below)].append(link)
    return [
        Record((box, *_siblings(box, below)), tuple(link.element for link in found), found[0].url)
        for box, found in boxes.items()
    ]


def _box(link: Link, below: dict[HtmlElement, set[str]]) -> HtmlElement:
    box = link.element
    for element in link.element.iterancestors():
        if element.tag in _WHOLE or len(below[element]) > 1 or (box.tag in _ENTRY):
            break
        box = element
    return box


def _siblings(box: HtmlElement, below: dict[HtmlElement, set[str]]) -> Iterable[HtmlElement]:
    """What belongs to a record that has no block of its own: the dt before a dd, the blocks after a heading."""
    if box.tag == "dd":
        before = box.getprevious()
        return [before] if before is not None and before.tag == "dt" and before not in below else []
    found: list[HtmlElement] = []
    if box.tag in _WITHOUT_BOX:
        for sibling in box.itersiblings():
            if sibling in below or sibling.tag in _ENTRY_STARTS or len(found) == _SIBLINGS:
                break
            found += [sibling] if isinstance(sibling.tag, str) else []
    return found


def _under_headings(root: HtmlElement, records: list[Record], css: str) -> list[Record]:
    headings = set(select([root], css))
    starts = {record.boxes[0]: number for number, record in enumerate(records)}
    heading, dated = "", list(records)
    for element in root.iter():
        if element in headings:
            heading = visible_text(element)
        elif element in starts:
            dated[starts[element]] = replace(records[starts[element]], heading=heading)
    return dated


def _once(items: list[ParsedItem]) -> list[ParsedItem]:
    """One item for each address: the one that says most, at the place of the first."""
    best: dict[str, ParsedItem] = {}
    for item in items:
        known = best.get(item.canonical_url)
        if known is None or (not known.published.on and item.published.on):
            best[item.canonical_url] = item
    return list(best.values())


def _with_years(items: list[ParsedItem], rules: DateRules) -> tuple[ParsedItem, ...]:
    days = repair_years([item.published for item in items], rules.today)
    return tuple(replace(item, published=day) for item, day in zip(items, days, strict=True))


def says_empty(root: HtmlElement) -> bool:
    """Whether the page says in so many words that its list has no entries."""
    return bool(root.xpath("//*[@id='noData' or @id='nodata']")) or any(
        _EMPTY.fullmatch(block) for block in text_blocks(root) if len(block) <= 60
    )


def _what_is_missing(options: Options) -> str:
    if options.item and not options.link_pattern:
        return f"no list: nothing with a link matches the item selector {options.item!r}"
    if options.link_pattern:
        return f"no list: no link matches the link_pattern {options.link_pattern!r}"
    return "no list: there are no three links of one form with words or dates beside them"
