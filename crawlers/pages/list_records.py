"""What one record of a list says: its title, day, summary and picture."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from lxml.html import HtmlElement
from msgspec.structs import replace

from crawlers.pages.dates import (
    DateRules,
    date_from_parts,
    date_from_url,
    date_of_line,
    read_date,
    split_title_date,
    year_is_inferred,
)
from crawlers.pages.links import absolute
from crawlers.pages.list_boxes import Record
from crawlers.pages.list_titles import column_names, label, title_of, without_badges, without_day_behind
from crawlers.pages.list_words import is_date_like, says_only_when
from crawlers.pages.plain import SUMMARY_CHARACTERS, item_title, one_line, weight
from crawlers.pages.selectors import select
from crawlers.pages.tree import text_blocks, visible_text
from db.records import NO_DATE, ParsedItem, PublishedDate

if TYPE_CHECKING:
    from crawlers.kinds.list_page import Options

__all__ = ["Record", "read_record"]

_COUNTER = re.compile(
    r"(?:조회수?|views?|hits?|浏览(?:次数|量)?|阅读|点击(?:数|量)?|閲覧(?:数)?)\s*[:：]?\s*[\d,]{1,12}"
    r"|(?<![\d,])[\d,]{1,12}\s(?:views|hits)",
    re.IGNORECASE,
)
_IN_COUNTERS = re.compile(r"[\d,]")  # what all of these have
_MONTH_WORD = re.compile(r"(?:19|20)\d\d\s?[-./年년]|[월月]|[^\W\d]{3}|(?:19|20)\d\d$|\d{1,2}")
_MONTH_WORDS = 4  # that a month and its year are written in
_DAY_ALONE = re.compile(r"\d{1,2}\s?[日일]?\s?[./,:：)]?")
_PUBLISHED_COLUMN = re.compile(
    r"등록|작성|게시|공고일|发布|發布|发表|發表|日期|时间|時間|公开|公告日|掲載|公開|更新|登録|日付|date|posted"
    r"|published|filed|огноо|ngày|tanggal|วันที่|تاریخ|تاريخ",
    re.IGNORECASE,
)
_OTHER_COLUMN = re.compile(
    r"기간|마감|행사|期限|截止|期间|期間|締切|活动|deadline|closing|due|until|event|hạn|batas|สิ้นสุด"
    r"|مهلت",
    re.IGNORECASE,
)
_PLAIN_NUMBER = re.compile(r"\d{1,7}|\d{1,3}(?:,\d{3})+|\d{1,2}\s?[日일]")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_YEAR_FOLDER = re.compile(r"/((?:19|20)\d\d)/")
_MOMENT = re.compile(r"(?:19|20)\d\d-\d\d-\d\d[T ]\d\d:\d\d")
_DIGIT = re.compile(r"\d")
# Words are looked for at the letters that they begin with alone.
_NUMBER_WORD = re.compile(
    r"[〇零一二三四五六七八九十元昨今yYtT前어오hHkK\u212aөӨуУเวدا]"
    r"(?<=(?=[〇零一二三四五六七八九十元昨今]|(?i:yesterday|today|前天|어제|오늘|hôm|kemarin|hari ini|өнөөдөр|өчигдөр"
    r"|уржигдар|เมื่อ|วันนี้|دیروز|امروز)).)"
)
_DAY_TAGS = frozenset(("span", "em", "i", "small", "b", "strong", "font", "label", "td", "p", "div", "time", "a"))
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_ICON = re.compile(r"icon|ico_|btn|button|blank|spacer|bullet|arrow|logo|\.gif(?:$|\?)|^data:", re.IGNORECASE)
_MARKING = frozenset(("time", "meta", "abbr", "span"))
_LONGEST_SPLIT = 20  # characters of a day in several elements
_MOST_SPLIT = 4  # of them
_LONGEST_ALONE = 40
_FEW_WORDS = 6  # weight of a label beside a date
_LONGEST_LINE = 70  # weight of a line that may be there to date something, if nothing else does
_SHORTEST_SUMMARY = 24  # as `weight` counts


def read_record(record: Record, base: str, options: Options, rules: DateRules) -> ParsedItem | None:
    """The item that a record stands for, or None when it has no words."""
    named, words = _title(record, options)
    dated, titled_on = split_title_date(words, "list", rules)
    if options.title_strip:
        dated = re.sub(options.title_strip, "", dated)
    parts = [part for box in record.boxes for part in box.iter()]
    blocks = text_blocks_of(record, named)
    if named in record.boxes and named not in record.links:
        dated, behind = without_day_behind(dated)
        blocks = [*blocks, behind] if behind else blocks
    summary = _summary(record, blocks, options, rules)
    title = item_title(without_badges(dated), summary)
    if not title:
        return None
    return ParsedItem(
        url=record.url,
        canonical_url=record.key,
        title=title,
        summary=summary,
        published=_published(record, parts, blocks, titled_on, options, rules),
        language=_language(record),
        image_url=_image(record, parts, base, options),
    )


def text_blocks_of(record: Record, named: HtmlElement) -> list[str]:
    """The text of a record without its title, block by block."""
    skip = {named}
    if others := [link for link in record.links if link is not named]:
        around = set(named.iterancestors())
        skip.update(link for link in others if link not in around and not says_only_when(label(link)))
    return [block for box in record.boxes for block in text_blocks(box, skip)]


def _title(record: Record, options: Options) -> tuple[HtmlElement, str]:
    pinned = select(record.boxes, options.title)
    return (pinned[0], label(pinned[0])) if pinned else title_of(record)


def _published(
    record: Record,
    parts: Sequence[HtmlElement],
    blocks: list[str],
    titled: PublishedDate,
    options: Options,
    rules: DateRules,
) -> PublishedDate:
    """What the pinned element says; else the first day of markup, text, title, heading, address; else a month.

    Eight digits alone may be the number of a case: a day that is written as one comes before them.
    """
    if (pinned := _pinned_date(record, options, rules)).on:
        return pinned
    partial = bare = NO_DATE
    for found in _dates(record, parts, blocks, titled, rules):
        if found.precision == "day" and found.text.isdecimal() and found.source != "url":
            bare = bare if bare.on else found
        elif found.precision == "day" and not (bare.on and found.source == "url"):
            return _in_year(found, record, rules)
        else:
            partial = partial if partial.on else found
    if bare.on:
        return bare
    return partial if partial.on else _in_a_line(blocks, rules)


def _in_a_line(blocks: Sequence[str], rules: DateRules) -> PublishedDate:
    """The day on a short line with other words, where a record is dated in no other way."""
    short = (block for block in blocks if is_date_like(block) and weight(block) <= _LONGEST_LINE)
    return next((found for block in short if (found := read_date(block, "list", rules)).precision == "day"), NO_DATE)


def _dates(
    record: Record, parts: Sequence[HtmlElement], blocks: list[str], titled: PublishedDate, rules: DateRules
) -> Iterator[PublishedDate]:
    """Every date that a record tells, the surest first."""
    for text in _marked(parts):
        yield read_date(text, "list", rules)
    if column := _dated_cell(record):
        yield read_date(column, "list", rules)
    if record.loose:
        yield date_of_line(record.loose, "list", rules)
    yield from _split_days(parts, rules)
    yield from _days_alone(record, parts, rules)
    for block in blocks:
        if _has_number(block) and not _PLAIN_NUMBER.fullmatch(block):
            yield date_of_line(block, "list", rules)
    if record.loose:
        yield _in_a_line([record.loose], rules)
    yield titled
    if record.heading:
        above = read_date(record.heading, "list", rules)
        if above.precision == "month":
            yield from _days_of_month(blocks, record.heading, rules)
        yield above
    yield date_from_url(record.url, rules.today)


def _days_of_month(blocks: Sequence[str], month: str, rules: DateRules) -> Iterator[PublishedDate]:
    """Days that stand alone in records below their month: "12:" under "August 2026"."""
    for block in blocks:
        if _DAY_ALONE.fullmatch(block):
            yield date_from_parts(re.sub(r"\D", "", block), month, "list", rules)


def _marked(parts: Sequence[HtmlElement]) -> Iterator[str]:
    """Machine-readable dates: of `time`, microdata and microformats."""
    for part in parts:
        if part.tag not in _MARKING:
            continue
        said = dict(part.items())
        if told := said.get("data-date") or (said.get("datetime") if part.tag == "time" else None):
            yield told
        elif part.tag == "span" and _MOMENT.match(said.get("title", "")):
            yield said["title"]
        elif "datePublished" in said.get("itemprop", "") or "published" in said.get("class", ""):
            yield said.get("content") or said.get("title") or said.get("value") or ""


def _days_alone(record: Record, parts: Sequence[HtmlElement], rules: DateRules) -> Iterator[PublishedDate]:
    """Dates that fill an element of their own or stand behind an icon, whatever stands beside them on the line."""
    for element in parts:
        if element.tag not in _DAY_TAGS or len(element):
            continue
        text = element.text or ("" if element in record.boxes else element.tail or "")
        if 0 < len(text) <= _LONGEST_ALONE and is_date_like(text) and _has_number(text):
            found = read_date(text, "list", rules)
            if found.on and weight(text) - weight(found.text) <= _FEW_WORDS:
                yield found


def _split_days(parts: Sequence[HtmlElement], rules: DateRules) -> Iterator[PublishedDate]:
    """Days whose number stands in one element and whose month, with or without its year, in the next."""
    for element in parts:
        children = len(element)
        if 1 < children < 5 or (children == 1 and element.text and element.text.strip()):
            texts = _short_texts(element)
            if len(texts) > 1:
                yield _day_of_parts(texts, rules)


def _short_texts(element: HtmlElement) -> list[tuple[str, str]]:
    """The few texts in an element and in its children, as long as a day may be; [] where there is more."""
    parts: list[tuple[str, str]] = []
    left = _LONGEST_SPLIT
    for text, name in _inner_texts(element):
        if part := text.strip():
            parts.append((part, name))
            left -= len(part)
            if left < 0 or len(parts) > _MOST_SPLIT:
                return []
    return parts


def _inner_texts(element: HtmlElement) -> Iterator[tuple[str, str]]:
    """The pieces of text directly in an element and in its children, each with the class of where it stands."""
    yield element.text or "", ""
    for child in element:
        if isinstance(child.tag, str):
            yield _all_text(child), child.get("class") or ""
        yield child.tail or "", ""


def _all_text(element: HtmlElement) -> str:
    return "".join(element.itertext()) if len(element) else element.text or ""


def _day_of_parts(parts: Sequence[tuple[str, str]], rules: DateRules) -> PublishedDate:
    small = [(text, name) for text, name in parts if _DAY_ALONE.fullmatch(text)]
    named = [pair for pair in small if re.search(r"da?y", pair[1], re.IGNORECASE)]
    unnamed = [pair for pair in small if not re.search(r"mon|year|yr|nian|yue", pair[1], re.IGNORECASE)]
    chosen = next(iter(named or unnamed), None)
    rest = " ".join(text for text, name in parts if (text, name) != chosen)
    if chosen is None or not _MONTH_WORD.search(rest) or len(rest.split()) > _MONTH_WORDS:
        return NO_DATE
    return date_from_parts(re.sub(r"\D", "", chosen[0]), rest.strip("/.-, "), "list", rules)


def _dated_cell(record: Record) -> str:
    """Of several dated cells of a row the one under a header like "published"; '' where that is not known."""
    row = record.boxes[0]
    if row.tag != "tr":
        return ""
    cells = [" ".join(_all_text(cell).split()) for cell in row if cell.tag in ("td", "th")]
    dated = [position for position, text in enumerate(cells) if 4 < len(text) < 60 and is_date_like(text)]
    alone = [position for position, text in enumerate(cells) if says_only_when(text)]
    if len(dated) < 2:
        return cells[alone[0]] if len(alone) == 1 else ""
    names = column_names(row)
    usable = [position for position in dated if position < len(names) and not _OTHER_COLUMN.search(names[position])]
    published = [position for position in usable if _PUBLISHED_COLUMN.search(names[position])]
    return cells[(published or usable)[0]] if published or usable else ""


def _in_year(found: PublishedDate, record: Record, rules: DateRules) -> PublishedDate:
    """A day printed without a year, in the year of the heading above it, or of the address that it leads to."""
    if not found.on or not year_is_inferred(found):
        return found
    told = _YEAR.search(record.heading)
    year = told[1] if told else _year_of_address(found.on, record.url, rules)
    if not year:
        return found
    _, month, day = found.on.split("-")
    placed = date_from_parts(day, f"{year}-{month}", "list", rules)
    return replace(placed, text=f"{found.text} {year}") if placed.on else found


def _year_of_address(on: str, url: str, rules: DateRules) -> str:
    """The year of a folder, or the one that brings a day nearest to that of the address; '' where it tells none."""
    addressed = date_from_url(url, rules.today).on
    if not addressed:
        folder = _YEAR_FOLDER.search(url)
        return folder[1] if folder else ""
    turns = (int(on[5:7]) - int(addressed[5:7]) + 6) // 12  # 1 for a December before January, -1 for the other way
    return str(int(addressed[:4]) - turns)


def _pinned_date(record: Record, options: Options, rules: DateRules) -> PublishedDate:
    dates = select(record.boxes, options.date)
    if dates:
        return read_date(dates[0].get("datetime") or visible_text(dates[0]), "list", rules)
    days, months = select(record.boxes, options.day), select(record.boxes, options.month)
    if days and months:
        return date_from_parts(visible_text(days[0]), visible_text(months[0]), "list", rules)
    return read_date(visible_text(months[0]), "list", rules) if months else NO_DATE


def _summary(record: Record, blocks: list[str], options: Options, rules: DateRules) -> str:
    if options.summary:
        texts = [visible_text(element) for element in select(record.boxes, options.summary)]
        return one_line(" ".join(texts), SUMMARY_CHARACTERS)
    if record.boxes[0].tag == "tr":  # cells beside the title hold numbers, writers and counters
        return ""
    told = [_uncounted(_undated(block, rules)).strip() for block in blocks if weight(block) >= _SHORTEST_SUMMARY]
    long_enough = [text for text in told if weight(text) >= _SHORTEST_SUMMARY]
    return one_line(" ".join(long_enough), SUMMARY_CHARACTERS) if long_enough else ""


def _undated(block: str, rules: DateRules) -> str:
    return block.replace(date_of_line(block, "list", rules).text, "") if _has_number(block) else block


def _uncounted(block: str) -> str:
    return _COUNTER.sub("", block) if _IN_COUNTERS.search(block) else block


def _has_number(text: str) -> bool:
    return _DIGIT.search(text) is not None or _NUMBER_WORD.search(text) is not None


def _language(record: Record) -> str | None:
    element = record.links[0]
    while element is not None:
        if language := element.get("lang"):
            return one_line(language) if _LANGUAGE.fullmatch(language.strip()) else None
        element = None if element is record.boxes[0] else element.getparent()
    return None


def _image(record: Record, parts: Sequence[HtmlElement], base: str, options: Options) -> str | None:
    if pinned := select(record.boxes, options.image):
        parts = [part for box in pinned for part in box.iter()]
    for image in parts:
        if image.tag != "img":
            continue
        source = image.get("data-src") or image.get("src") or ""
        if not _ICON.search(source) and (url := absolute(source, base)):
            return url
    return None
