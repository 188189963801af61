"""The items of a list page.

Three ways, in this order: selectors that sources.yaml pins; links of a known form; the structure of the page alone, its
markup first and then the data in its scripts. A list that says it is empty is empty; a page without a list is a
ParseError that says what was looked for, and so is a page whose list the pinned parts no longer find.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lxml.html import HtmlElement
from msgspec import Struct
from msgspec.structs import replace

from crawlers.kinds import Page
from crawlers.pages.address_forms import address_of
from crawlers.pages.article_around import is_article
from crawlers.pages.dates import DateRules, bracketed_day, repair_years
from crawlers.pages.links import base_url, calls, clickable, link_target, text_address
from crawlers.pages.list_boxes import Link, Record, records_around
from crawlers.pages.list_headings import under_headings, under_pinned_headings
from crawlers.pages.list_records import read_record
from crawlers.pages.list_structure import Group, ranked_groups
from crawlers.pages.list_whole import is_root, whole_list
from crawlers.pages.list_words import is_number, names_file, says_empty
from crawlers.pages.page_scripts import learned_calls
from crawlers.pages.plain import one_line, weight
from crawlers.pages.script_lists import script_items, stored_markup
from crawlers.pages.selectors import select
from crawlers.pages.survey import Survey, survey
from crawlers.urls import canonical_url
from db.errors import ParseError
from db.records import NO_DATE, ParsedItem

if TYPE_CHECKING:
    from crawlers.kinds.list_page import Options

__all__ = ["Link", "Record", "read_items", "records_around"]

_MOST_LINKS = 1000  # of a page are looked at
_MOSTLY = 0.7
_SURE = 0.5  # share of dated records from which a list is one beyond doubt
_NEAR = 0.5  # of the score of the likeliest list that others on the first page of a site have at least
_NAMES = 8  # weight of a label that names an entry
_OUTRIGHT = 2.0  # score of a dated list that none comes near that stands aside
_FEWEST = 3  # items of a list without dates
_HEADLINE = 24  # mean weight of their titles
_FIELDS = "//input[@type='password'] | //textarea"


class _Reading(Struct, frozen=True):
    """A page with everything that its reading needs."""

    page: Page
    root: HtmlElement
    base: str
    options: Options
    rules: DateRules
    calls: Mapping[str, str]  # function or class name → address with {0}, {1} or {data-…} to be filled


def read_items(page: Page, root: HtmlElement, options: Options, rules: DateRules) -> tuple[ParsedItem, ...]:
    """The items of the page's list in its order, none twice; () when the list says that it is empty."""
    base = base_url(root, page.url)
    reading = _Reading(page, root, base, options, rules, {**learned_calls(root), **options.onclick})
    if options.item or options.link_pattern:
        return _pinned_items(reading)
    return _induced_items(reading)


def _pinned_items(reading: _Reading) -> tuple[ParsedItem, ...]:
    records = _pinned_records(reading)
    if reading.options.date_heading:
        records = under_pinned_headings(reading.root, records, reading.options.date_heading)
    if items := _read(reading, records):
        return items
    if says_empty(reading.root):
        return ()
    raise ParseError(_what_is_missing(reading), url=reading.page.url)


def _pinned_records(reading: _Reading) -> list[Record]:
    options = reading.options
    if options.item:
        boxes = select([reading.root], options.item)
        pinned = [record for box in boxes if (record := _pinned(box, reading))]
        if pinned or not options.link_pattern:
            return pinned
    pattern = options.link_pattern or ""
    return records_around([link for link in _links(reading, clickable(reading.root)) if re.search(pattern, link.url)])


def _induced_items(reading: _Reading) -> tuple[ParsedItem, ...]:
    if onclick := reading.options.onclick:
        called = [element for element in clickable(reading.root) if calls(element, onclick)]
        if links := _links(reading, called):
            return _read(reading, _dated_from_above(reading, records_around(links)))
    stored = stored_markup(reading.root)
    reading = reading if stored is None else replace(reading, root=stored)
    looked = survey(reading.root)
    links, ranked = _linked(reading, looked)
    group = ranked[0] if ranked else None
    if group and is_article(looked, group, reading.page.url):
        raise ParseError("no list: the page is an article, with links to others beside it", url=reading.page.url)
    if group is None or group.dated < _SURE:
        told = _once(script_items(reading.root, reading.base, reading.options, reading.rules))
        if _are_news(told) or (_are_headlines(told) and not reading.root.xpath(_FIELDS)):
            return _with_years(told, reading.rules)
    items = _front_items(reading, looked, ranked, links)
    if group and (
        _are_news(items, of=len({link.key for link in group.links})) or _is_list(reading, looked, group, items)
    ):
        return items
    if says_empty(reading.root):
        return ()
    if items := _items_without_address(reading, looked):
        return items
    raise ParseError(_what_is_missing(reading), url=reading.page.url)


def _items_without_address(reading: _Reading, looked: Survey) -> tuple[ParsedItem, ...]:
    """Dated entries whose links only scripts of other files resolve; their address is their place in the page."""
    unresolved = [
        (element, text_address(reading.page.url, label))
        for element in clickable(reading.root)[:_MOST_LINKS]
        if weight(label := one_line(looked.text(element))) >= _NAMES
        and not link_target(element, reading.base, reading.calls)
    ]
    links = [Link(element, url, _canonical(url, reading.options)) for element, url in unresolved]
    group = next(iter(_ranked(reading, looked, links)), None)
    if group is None or group.dated < _MOSTLY or group.aside >= _SURE:
        return ()
    items = _group_items(reading, looked, group, links)
    return items if sum(item.published.on is not None for item in items) >= _MOSTLY * len(items) else ()


def _linked(reading: _Reading, looked: Survey) -> tuple[list[Link], list[Group]]:
    """The links of the page and their groups, the likeliest first.

    What stands aside is looked at only where no list stands out elsewhere, and on the first page of a site.
    """
    elements = clickable(reading.root)
    if not is_root(reading.page.url):
        links = _links(reading, [element for element in elements if not looked.stands_aside(element)])
        ranked = _ranked(reading, looked, links)
        if ranked and ranked[0].dated >= _MOSTLY and ranked[0].score >= _OUTRIGHT:
            return links, ranked
    links = _links(reading, elements)
    return links, _ranked(reading, looked, links)


def _ranked(reading: _Reading, looked: Survey, links: Sequence[Link]) -> list[Group]:
    seen = [link for link in links if link.element in looked.number]
    near = _NEAR if is_root(reading.page.url) else 1.0
    return ranked_groups(looked, seen, urlsplit(reading.base).netloc, near=near)


def _front_items(
    reading: _Reading, looked: Survey, ranked: Sequence[Group], links: Sequence[Link]
) -> tuple[ParsedItem, ...]:
    """The items of the likeliest list, and on the first page of a site of the other dated ones."""
    told = [_group_items(reading, looked, group, links) for group in _on_front(reading, ranked)]
    return tuple(_once([item for place, items in enumerate(told) if not place or _have_days(items) for item in items]))


def _have_days(items: Sequence[ParsedItem]) -> bool:
    """Whether a day is printed beside most items."""
    printed = [item.published for item in items if item.published.source == "list"]
    return sum(day.precision == "day" for day in printed) >= _MOSTLY * len(items)


def _on_front(reading: _Reading, ranked: Sequence[Group]) -> Sequence[Group]:
    """The likeliest group, and on the first page of a site the other dated lists at least half as likely."""
    chosen = list(ranked[:1])
    if not chosen or not is_root(reading.page.url):
        return chosen
    known = {link.element for link in ranked[0].links}
    for group in ranked[1:]:
        elements = {link.element for link in group.links}
        several = group.dated >= _MOSTLY and len(elements) >= _FEWEST
        if several and group.score >= _NEAR * ranked[0].score and known.isdisjoint(elements):
            chosen.append(group)
            known |= elements
    return chosen


def _are_news(items: Sequence[ParsedItem], *, of: int = _MOST_LINKS) -> bool:
    """Whether most items have a day, or as many as most of the links that they were found by."""
    if _are_attachments(items):
        return False
    return sum(item.published.on is not None for item in items) >= _SURE * min(len(items), of)


def _are_attachments(items: Sequence[ParsedItem]) -> bool:
    """Whether all items are called by the names of files, and no days of their own stand beside them."""
    days = {item.published.text if item.published.source == "list" else "" for item in items}
    return len(days) <= 1 and all(names_file(item.title) for item in items)


def _are_headlines(items: Sequence[ParsedItem]) -> bool:
    """Whether several items have titles of some length, longer than the names in a menu."""
    return len(items) >= _FEWEST and sum(weight(item.title) for item in items) >= _HEADLINE * len(items)


def _is_list(reading: _Reading, looked: Survey, group: Group, items: Sequence[ParsedItem]) -> bool:
    """Whether items without days are news all the same: rows with days in some language, documents, or headlines.

    What stands above a form to log in or beside one to write in is a menu, and so is what stands on a page that says
    that its list is empty.
    """
    if group.dated >= _MOSTLY and group.aside < _SURE and all(box.tag == "tr" for box in group.boxes):
        return True
    labels = [looked.text(link.element).strip() for link in group.links]
    documents = all(names_file(link.url) for link in group.links) or all(map(is_number, labels))
    if _are_attachments(items) or not (_are_headlines(items) or (documents and len(items) >= _FEWEST)):
        return False
    first = looked.number[group.boxes[0]]
    fields = [field for field in reading.root.xpath(_FIELDS) if not looked.stands_aside(field)]
    filled_in = any(field.tag == "textarea" or looked.number.get(field, 0) > first for field in fields)
    return not filled_in and not says_empty(reading.root)


def _group_items(reading: _Reading, looked: Survey, group: Group, links: Sequence[Link]) -> tuple[ParsedItem, ...]:
    whole = whole_list(looked, group, links, reading.page.url)
    records = records_around(whole, group.boxes if tuple(whole) == group.links else None)
    return _read(reading, under_headings(looked, _dated_from_above(reading, records)))


def _dated_from_above(reading: _Reading, records: list[Record]) -> list[Record]:
    if reading.options.date_heading:
        return under_pinned_headings(reading.root, records, reading.options.date_heading)
    return records


def _read(reading: _Reading, records: Sequence[Record]) -> tuple[ParsedItem, ...]:
    items = [read_record(record, reading.base, reading.options, reading.rules) for record in records]
    told = _without_case_numbers(_once([item for item in items if item]))
    return _with_years(_dated_by_titles(told, reading.rules), reading.rules)


def _without_case_numbers(items: Sequence[ParsedItem]) -> list[ParsedItem]:
    """The items without days read from eight digits of their addresses where those of others are no days."""
    asked = [item for item in items if item.published.source in (None, "url")]
    told = [item for item in asked if item.published.on and item.published.text.isdecimal()]
    if not told or len(told) >= _MOSTLY * len(asked):
        return list(items)
    return [replace(item, published=NO_DATE) if item in told else item for item in items]


def _dated_by_titles(items: Sequence[ParsedItem], rules: DateRules) -> Sequence[ParsedItem]:
    """The items of a list without dates, by the days in brackets behind their titles, where most have one."""
    if any(item.published.on for item in items):
        return items
    days = [bracketed_day(item.title, "list", rules) for item in items]
    if sum(day.on is not None for day in days) < _MOSTLY * len(days):
        return items
    return [replace(item, published=day) for item, day in zip(items, days, strict=True)]


def _links(reading: _Reading, elements: Sequence[HtmlElement]) -> list[Link]:
    """Where these elements lead to, besides to the page itself."""
    options = reading.options
    here = _canonical(reading.page.url, options)
    known: dict[tuple[str | None, ...], tuple[str, str] | None] = {}
    links = []
    for element in elements[: 2 * _MOST_LINKS]:
        mark = _mark(element)
        if mark not in known:
            if len(known) >= _MOST_LINKS:
                break
            url = link_target(element, reading.base, reading.calls)
            key = _canonical(url, options) if url else ""
            known[mark] = (url, key) if url and key != here else None
        if found := known[mark]:
            links.append(Link(element, *found))
    return links


def _mark(element: HtmlElement) -> tuple[str | None, ...]:
    """What decides where an element leads: mostly its address alone."""
    href = element.get("href")
    if href and href[0] not in "#jJ" and not element.get("onclick"):
        return (href,)
    return tuple(f"{name}={value}" for name, value in element.items())


def _canonical(url: str, options: Options) -> str:
    return canonical_url(url, keep_params=options.keep_params, drop_params=options.drop_params)


def _pinned(box: HtmlElement, reading: _Reading) -> Record | None:
    options = reading.options
    asked = select([box], options.link) or select([box], options.title) or [box]
    elements = [link for element in asked for link in (*element.iterancestors("a"), element, *clickable(element))]
    for element in elements:
        if url := link_target(element, reading.base, reading.calls):
            return Record((box,), (element,), url, _canonical(url, options))
    return None


def _once(items: Sequence[ParsedItem]) -> list[ParsedItem]:
    """One item for each address: the one that says most, at the place of the first."""
    best: dict[str, ParsedItem] = {}
    alike: dict[tuple[str, str | None], str] = {}
    for item in items:
        key = item.canonical_url
        twin = alike.setdefault((item.title, item.published.on), key)
        if twin != key and key not in best and _share_their_ids(twin, key):
            continue
        known = best.get(key)
        if known is None or _says_more(item, known):
            best[key] = item
    return list(best.values())


def _says_more(item: ParsedItem, known: ParsedItem) -> bool:
    return (item.published.on is not None, bool(item.summary)) > (known.published.on is not None, bool(known.summary))


def _share_their_ids(one: str, other: str) -> bool:
    """Whether two forms of address have the same numbers, one perhaps more: /notice/70416 and ?srl=70416&page=10."""
    if address_of(one).shape == address_of(other).shape:
        return False
    first, second = (set(re.findall(r"\d{2,}", url.partition("://")[2])) for url in (one, other))
    return bool(first and second) and (first <= second or second <= first)


def _with_years(items: Sequence[ParsedItem], rules: DateRules) -> tuple[ParsedItem, ...]:
    days = repair_years([item.published for item in items], rules.today)
    return tuple(
        item if day is item.published else replace(item, published=day) for item, day in zip(items, days, strict=True)
    )


def _what_is_missing(reading: _Reading) -> str:
    options = reading.options
    if not options.item and not options.link_pattern:
        return "no list: there are no three links of one form with words or dates beside them"
    missing = (
        f"no list: no link matches the link_pattern {options.link_pattern!r}"
        if options.link_pattern
        else f"no list: nothing with a link matches the item selector {options.item!r}"
    )
    found = _unpinned_items(reading)
    if not found:
        return missing
    return f"{missing}; the layout changed: there is a list of {len(found)} entries, the first {found[0].title[:80]!r}"


def _unpinned_items(reading: _Reading) -> tuple[ParsedItem, ...]:
    """The dated list that structure alone finds on the page."""
    pinned = ("item", "title", "link", "date", "day", "month", "summary", "image", "link_pattern")
    free = reading.options.changed(**dict.fromkeys(pinned))
    try:
        items = _induced_items(replace(reading, options=free))
    except ParseError:
        return ()
    return items if len(items) > 2 and 2 * sum(item.published.on is not None for item in items) > len(items) else ()
