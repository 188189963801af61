"""What one record of a list says: its title, day, summary and picture."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from lxml.html import HtmlElement

from crawlers.pages.dates import (
    DateRules,
    date_from_parts,
    date_from_url,
    date_of_line,
    read_date,
    split_title_date,
)
from crawlers.pages.links import absolute
from crawlers.pages.plain import SUMMARY_CHARACTERS, item_title, one_line, weight
from crawlers.pages.selectors import select
from crawlers.pages.tree import text_blocks, visible_text
from crawlers.urls import canonical_url
from db.records import NO_DATE, ParsedItem, PublishedDate

if TYPE_CHECKING:
    from crawlers.kinds.list_page import Options

_BADGES = frozenset(
    (
        "new",
        "n",
        "hot",
        "up",
        "top",
        "notice",
        "공지",
        "새글",
        "중요",
        "置顶",
        "置頂",
        "热",
        "新",
        "最新",
        "推荐",
        "新着",
        "重要",
        "new!",
        "шинэ",
    )
)
_LEADING_BADGE = re.compile(
    r"^(?:\[(?:공지|새글|NEW|置顶|置頂|新着)\]\s*|【(?:置顶|置頂|新着)】\s*"
    r"|(?:공지|새글|置顶|新着|NEW)\s+)+",
    re.IGNORECASE,
)
_SAYS_NOTHING = re.compile(
    r"(?:read\s?)?more|details?|view|link|자세히(?:\s?보기)?|더\s?보기|详细|详情|更多|查看"
    r"|続きを読む|詳細|もっと見る|дэлгэрэнгүй|[\W\d]*",
    re.IGNORECASE,
)
_CUT = re.compile(r"(?:…|\.\.\.?)\s*$")
_COUNTER = re.compile(
    r"(?:조회수?|views?|hits?|浏览(?:次数|量)?|阅读|点击(?:数|量)?|閲覧(?:数)?)\s*[:：]?\s*[\d,]{1,12}|(?<![\d,])[\d,]{1,12}\s(?:views|hits)",
    re.IGNORECASE,
)
_TITLE_CLASS = re.compile(
    r"(?:^|[\s_-])(?:tit|title|subject|headline|subtit)(?:$|[\s_-])|tit(?:le)?$|^tit", re.IGNORECASE
)
_MONTH_WORD = re.compile(r"(?:19|20)\d\d\s?[-./年년]|[月월]|[A-Za-z]{3}|(?:19|20)\d\d$")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_ICON = re.compile(r"icon|ico_|btn|button|blank|spacer|bullet|arrow|logo|\.gif(?:$|\?)|^data:", re.IGNORECASE)
_SHORTEST_SUMMARY = 24  # as `weight` counts


@dataclass(frozen=True, slots=True)
class Record:
    """One entry of a list as it stands in the page: the blocks it consists of, and its links, all to one address."""

    boxes: tuple[HtmlElement, ...]
    links: tuple[HtmlElement, ...]
    url: str
    heading: str = ""  # the text of the heading above, where headings give the date


def read_record(record: Record, base: str, options: Options, rules: DateRules) -> ParsedItem | None:
    """The item that a record stands for, or None when it has no words."""
    named, label = _title(record, options)
    dated, titled_on = split_title_date(label, "list", rules)
    if options.title_strip:
        dated = re.sub(options.title_strip, "", dated)
    blocks = text_blocks_of(record, named)
    summary = _summary(record, blocks, options, rules)
    title = item_title(_LEADING_BADGE.sub("", dated), summary)
    if not title:
        return None
    return ParsedItem(
        url=record.url,
        canonical_url=canonical_url(record.url, keep_params=options.keep_params, drop_params=options.drop_params),
        title=title,
        summary=summary,
        published=_published(record, blocks, titled_on, options, rules),
        language=_language(record),
        image_url=_image(record, base, options),
    )


def text_blocks_of(record: Record, named: HtmlElement) -> list[str]:
    """The text of a record without its title, block by block."""
    skip = {named, *(link for link in record.links if link not in set(named.iterancestors()))}
    return [block for box in record.boxes for block in text_blocks(box, skip)]


def _title(record: Record, options: Options) -> tuple[HtmlElement, str]:
    pinned = select(record.boxes, options.title)
    if pinned:
        return pinned[0], _label(pinned[0])
    named = max((_named_part(link) for link in record.links), key=lambda part: weight(_label(part)))
    label = _label(named)
    if not _SAYS_NOTHING.fullmatch(label):
        return named, label
    headings = [heading for box in record.boxes for heading in box.iter(*_HEADINGS, "dt", "strong")]
    best = max(headings, key=lambda heading: weight(_label(heading)), default=None)
    if best is not None and weight(_label(best)) > 1:
        return best, _label(best)
    return named, next((alt for image in named.iter("img") if (alt := one_line(image.get("alt") or ""))), "")


def _named_part(link: HtmlElement) -> HtmlElement:
    """The part of a card-like link that carries its title; the link itself where there is none."""
    for part in link.iterdescendants():
        titled = part.tag in _HEADINGS or _TITLE_CLASS.search(part.get("class") or "")
        if titled and isinstance(part.tag, str) and weight(visible_text(part)) > 1:
            return part
    return link


def _label(element: HtmlElement) -> str:
    """The words of a title element without badges; its `title` attribute where the words are cut."""
    skip = {part for part in element.iterdescendants() if _is_badge(part) or part.tag == "time"}
    text = visible_text(element, skip)
    full = one_line(element.get("title") or element.xpath("string(ancestor::a[1]/@title)"))
    stem = _CUT.sub("", text).rstrip()
    was_cut = bool(_CUT.search(text)) and full[:5] == stem[:5]
    return full if len(full) > len(stem) and (was_cut or (stem and full.startswith(stem))) else text


def _is_badge(part: HtmlElement) -> bool:
    text = one_line(part.text or "").strip("[]【】()").lower()
    return isinstance(part.tag, str) and len(part) == 0 and text in _BADGES


def _published(
    record: Record, blocks: list[str], titled: PublishedDate, options: Options, rules: DateRules
) -> PublishedDate:
    """What the pinned element says; else the first day of `<time>`, text, title, heading, address; else a month."""
    if (pinned := _pinned_date(record, options, rules)).on:
        return pinned
    times = [time for box in record.boxes for time in box.iter("time")]
    candidates = [read_date(time.get("datetime") or "", "list", rules) for time in times]
    candidates += [date_of_line(block, "list", rules) for block in blocks]
    candidates += [
        date_from_parts(day, month, "list", rules)
        for day, month in pairwise(blocks)
        if re.fullmatch(r"\d{1,2}日?", day) and len(month) <= 12 and _MONTH_WORD.search(month)
    ]
    candidates += [titled, read_date(record.heading, "list", rules), date_from_url(record.url, rules.today)]
    days = [candidate for candidate in candidates if candidate.precision == "day"]
    return next(iter(days or [candidate for candidate in candidates if candidate.on]), NO_DATE)


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
    told = [_COUNTER.sub("", block.replace(date_of_line(block, "list", rules).text, "")).strip() for block in blocks]
    return one_line(" ".join(text for text in told if weight(text) >= _SHORTEST_SUMMARY), SUMMARY_CHARACTERS)


def _language(record: Record) -> str | None:
    for element in (record.links[0], *record.links[0].iterancestors()):
        if language := element.get("lang"):
            return one_line(language) if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", language.strip()) else None
        if element is record.boxes[0]:
            return None
    return None


def _image(record: Record, base: str, options: Options) -> str | None:
    pinned = select(record.boxes, options.image)
    images = [image for box in (pinned or record.boxes) for image in box.iter("img")]
    sources = (image.get("data-src") or image.get("src") or "" for image in images)
    return next((url for source in sources if not _ICON.search(source) and (url := absolute(source, base))), None)
