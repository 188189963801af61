"""What an article page says of itself: title, text, publication day, language, picture.

Page metadata is believed first, then what a reader sees near the title, the address last. trafilatura finds the text.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any

from lxml.html import HtmlElement

from crawlers.kinds import Page
from crawlers.pages.dates import (
    DateRules,
    date_from_url,
    date_of_line,
    labelled_date,
    read_date,
    split_title_date,
)
from crawlers.pages.links import absolute, base_url
from crawlers.pages.pictures import first_picture
from crawlers.pages.plain import TITLE_CHARACTERS, clean, one_line, weight
from crawlers.pages.relative_days import is_relative
from crawlers.pages.tree import read_tree, text_blocks, visible_text
from crawlers.sources import CommonOptions, Source
from db.records import NO_DATE, Article, PublishedDate

TEXT_CHARACTERS = 20_000

_DATE_PROPERTIES = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "pubdate",
    "publishdate",
    "publish_date",
    "publication_date",
    "date",
    "dc.date",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.date",
    "dcterms.created",
    "citation_publication_date",
    "parsely-pub-date",
    "sailthru.date",
)
_SEPARATORS = re.compile(r"\s+[-–—|｜_«»·:]\s+|[｜|_]|(?<=[^\x00-\x7f])-(?=[^\x00-\x7f])")
_COUNTER_LINE = re.compile(
    r".{0,80}(?:조회\s?수?|views?|viewed|hits?|[浏瀏][览覽](?:次数|次數|量|人次)?|[阅閱][读讀](?:次数|量)?|点击(?:次数|数|量)?|點[閱擊](?:次數|數|率)?"
    r"|访问量|人气|閲覧(?:数|回数)?|үзсэн(?:\sтоо)?|уншсан|lượt xem|dilihat|dibaca|(?:จำนวน)?ผู้(?:เข้า)?ชม|เปิดอ่าน|อ่าน"
    r"|بازدید|المشاهدات|просмотр(?:ов|ы)?)\s*[:：]?\s*[\d,.]+\s*(?:次|回|人|kali|ครั้ง)?.{0,20}"
    r"|[\d,.]+\s?(?:views?|hits|просмотров|lượt xem|次[浏瀏][览覽]|回閲覧)",
    re.IGNORECASE,
)
_TODAY_LINE = re.compile(
    r"(?:今天是|今日は|오늘은|today is|today:|hôm nay(?: là)?[ ,:]|өнөөдөр[ ,:]|วันนี้(?:วัน|ที่)|hari ini[ ,:]).*\d.*",
    re.IGNORECASE,
)
_AROUND = "//footer | //nav | //aside | //*[contains(@class, 'foot') or contains(@id, 'foot')]"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_DATED = re.compile(
    r"(?:发布|發布|发表|發表|更新|刊登)?(?:时间|時間|日期)\s?[:：]|작성일|등록일|게시일|公開日|掲載日|Огноо|Posted"
    r"|Published"
)
_TITLE_LINE = 12  # weight from which a line of the page may be its title
_NEAR = 6  # blocks before and after the title in which its day may stand
_META_LINE = 120  # characters: a line with a day, a writer and a counter, not a paragraph


def read_article(page: Page, source: Source, options: CommonOptions, today: date) -> Article:
    """The article of the page; fields it does not tell are empty. ParseError for what is not a web page."""
    root = read_tree(page)
    meta = _metadata(root)
    linked = list(_linked_data(root))
    rules = DateRules(source.language, source.country, today, options.date_order)
    heading = _heading(root, meta, linked)
    title, titled_on = split_title_date(heading, "text", rules)
    published = _stated(root, meta, linked, rules)
    if not published.on:
        published = titled_on if titled_on.on else _visible(root, heading, rules)
    language = _language(root, linked)
    base = base_url(root, page.url)
    stated = meta.get("og:image") or meta.get("twitter:image") or _first(linked, "image")
    image_url = absolute(stated, base) or first_picture(root, heading, base)
    return Article(
        title=one_line(title, TITLE_CHARACTERS),
        text=_text(root, heading, title),  # read last: the extractor may take the tree apart
        published=published if published.on else date_from_url(page.url, today),
        language=language,
        image_url=image_url,
    )


def _metadata(root: HtmlElement) -> dict[str, str]:
    """The first value of each meta element, under its lower-case name."""
    found: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").strip().lower()
        if content := one_line(meta.get("content") or ""):
            found.setdefault(name, content)
    return found


def _linked_data(root: HtmlElement) -> Iterator[dict[str, Any]]:
    """The objects of the page's JSON-LD, those inside lists and graphs too."""
    for script in root.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        try:
            waiting = deque([json.loads(script.text or "")])
        except (ValueError, RecursionError):
            continue
        while waiting:
            value = waiting.popleft()
            if isinstance(value, list):
                waiting += value
            elif isinstance(value, dict):
                yield value
                waiting += [value["@graph"]] if "@graph" in value else []


def _first(linked: list[dict[str, Any]], name: str) -> str:
    for value in (found[name] for found in linked if found.get(name)):
        value = value[0] if isinstance(value, list) else value
        value = value.get("url") if isinstance(value, dict) else value
        if isinstance(value, str):
            return one_line(value)
    return ""


def _heading(root: HtmlElement, meta: dict[str, str], linked: list[dict[str, Any]]) -> str:
    """The title with its date, if it carries one, and without the name of the site."""
    titles = [visible_text(title) for title in root.iter("title")][:1]
    shown = [text for level in ("h1", "h2", "h3") for element in root.iter(level) if (text := visible_text(element))]
    told = [meta.get("og:title", ""), _first(linked, "headline"), meta.get("articletitle", "")]
    window = titles[0] if titles else ""
    # A heading that the window's title repeats is the article's; og:title often is the name of the site alone.
    agreed = sorted(
        (text for text in shown if weight(text) > 3 and text in window),
        key=lambda text: (not window.startswith(text), -len(text)),
    )
    site = meta.get("og:site_name", "")
    blocks = text_blocks(root)
    dated = _dated_heading(root, blocks)
    candidates = (
        _without_site(text, shown, blocks, site) for text in [*told, *agreed, *dated, *shown[:1], window] if text
    )
    return next((text for text in candidates if text != site and not _names_the_site(text, window)), window)


def _names_the_site(text: str, window: str) -> bool:
    """Whether a text stands at the end of the window's title, where the site does, and is not most of it."""
    return text != window and window.endswith(text) and 2 * weight(text) < weight(window)


def _dated_heading(root: HtmlElement, blocks: list[str]) -> list[str]:
    """The heading of any level right above a line with a labelled date, where there is one."""
    headings = {visible_text(element) for level in range(1, 7) for element in root.iter(f"h{level}")}
    return [
        above
        for above, line in pairwise(blocks)
        if above in headings and len(line) <= _META_LINE and _DATED.match(line)
    ][:1]


def _without_site(title: str, shown: list[str], blocks: list[str], site: str) -> str:
    """The title without the site's name behind it: cut where a heading or a line of the page ends."""
    whole = [text for text in shown if weight(text) > 3 and title.startswith(text)]
    if whole:
        return max(whole, key=len)
    begun = (block for block in blocks if title.startswith(block) and _SEPARATORS.match(title, len(block)))
    lines = [block for block in begun if weight(block) >= _TITLE_LINE]
    if lines:
        return max(lines, key=len)
    parts = _SEPARATORS.split(title)
    if site and one_line(parts[-1]) == site:
        return title[: title.rindex(parts[-1])].rstrip(" -–—|｜_«»·:")
    return title


def _stated(root: HtmlElement, meta: dict[str, str], linked: list[dict[str, Any]], rules: DateRules) -> PublishedDate:
    """The day that the page states for machines."""
    told = [meta.get("article:published_time", ""), _first(linked, "datePublished"), _first(linked, "pubDate")]
    told += [meta.get(name, "") for name in _DATE_PROPERTIES]
    told += [time.get("datetime") or "" for time in root.iter("time") if _is_publication(time)]
    days = (read_date(text, "meta", rules) for text in told if text)
    return next((day for day in days if day.on), NO_DATE)


def _is_publication(time: HtmlElement) -> bool:
    said = f"{time.get('itemprop') or ''} {time.get('class') or ''}"
    return time.get("pubdate") is not None or re.search(r"pubdate|published", said, re.IGNORECASE) is not None


def _visible(root: HtmlElement, heading: str, rules: DateRules) -> PublishedDate:
    """The day that a reader sees as that of publication: labelled anywhere, else in a short line near the title."""
    blocks = text_blocks(root, set(root.xpath(_AROUND)))
    short = [(number, block) for number, block in enumerate(blocks) if len(block) <= _META_LINE]
    labelled = (labelled_date(block, "text", rules, changed=False) for _, block in short)
    near = _near_title(blocks, short, heading, rules)
    last = (labelled_date(block, "text", rules) for _, block in short)
    return next((found for found in (*labelled, *near, *last) if found.on), NO_DATE)


def _near_title(
    blocks: list[str], short: list[tuple[int, str]], heading: str, rules: DateRules
) -> Iterator[PublishedDate]:
    """The dates of short lines near the title: those that fill their line, be they only months, then days, then months.

    So a page that shows its month below the title does not take the day of an event that it tells of.
    """
    places = [number for number, block in enumerate(blocks) if heading and heading in block]
    place = places[-1] if places else 0
    around = [pair for pair in short if abs(pair[0] - place) <= _NEAR and pair[0] not in places]
    after_first = sorted(around, key=lambda pair: (pair[0] < place, pair[0]))
    read = [(block, date_of_line(block, "text", rules)) for _, block in after_first]
    found = [(block, day) for block, day in read if day.on and not is_relative(day.text)]
    yield from (day for block, day in found if weight(block) == weight(day.text))
    yield from sorted((day for _, day in found), key=lambda day: day.precision != "day")


def _language(root: HtmlElement, linked: list[dict[str, Any]]) -> str | None:
    language = one_line(root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or "") or _first(
        linked, "inLanguage"
    )
    return language if _LANGUAGE.fullmatch(language) else None


def _text(root: HtmlElement, *titles: str) -> str:
    """The article's paragraphs, an empty line between them, without its title, view counters and today's day."""
    lines = [line for part in _extracted(root).splitlines() if (line := one_line(part))]
    kept = [line for line in lines if line not in titles and not _is_fleeting(line)]
    return clean("\n\n".join(kept))[:TEXT_CHARACTERS].rstrip()


def _is_fleeting(line: str) -> bool:
    """Whether a line tells how often or when the page is read, which is different at every visit."""
    return len(line) <= _META_LINE and any(form.fullmatch(line) for form in (_COUNTER_LINE, _TODAY_LINE))


def _extracted(root: HtmlElement) -> str:
    from trafilatura.core import bare_extraction

    try:
        found = bare_extraction(root, include_comments=False, include_tables=False, with_metadata=False)
    except Exception:  # a foreign extractor on a foreign page: without its text the item is still an item
        return ""
    return str(found.text or "") if found else ""
