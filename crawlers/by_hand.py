"""One candidate by hand: what the page behind an address tells of itself, and keeping what a person made of it."""

from __future__ import annotations

import re
import sqlite3
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

from msgspec.structs import replace

from crawlers.entries import entries_of
from crawlers.identity import Reader, marks_of
from crawlers.kinds import Page
from crawlers.known import known_of, what_is_new_to
from crawlers.pages.guess import country_of, date_order_of, language_of
from crawlers.pages.plain import TITLE_CHARACTERS, clean, one_line
from crawlers.urls import canonical_url, is_web_address, words_of
from db.connect import transaction
from db.errors import DecisionError, ParseError
from db.items import save_changes
from db.nominations import Candidate, Nomination, hand_source, item_at, save_nomination
from db.records import NO_DATE, DatePrecision, ParsedItem, PublishedDate
from db.search.items import index_items

_FORMS = ((b"%PDF", "a PDF"), (b"\x89PNG", "a picture"), (b"\xff\xd8\xff", "a picture"), (b"GIF8", "a picture"))
_MORE_FORMS = ((b"PK\x03\x04", "a packed document"), (b"\xd0\xcf\x11\xe0", "an Office document"))
_WECHAT_TIME = re.compile(rb"\bvar\s+ct\s*=\s*[\"'](\d{9,11})[\"']")
_TYPED: tuple[tuple[DatePrecision, str, str], ...] = (
    ("day", r"\d{4}-\d{2}-\d{2}", ""),
    ("month", r"\d{4}-\d{2}", "-01"),
    ("year", r"\d{4}", "-01-01"),
)


def proposed(page: Page, *, today: date, country: str = "", language: str = "") -> Candidate:
    """What the page tells of itself; where it tells nothing, the problem says why and the person types the rest."""
    form = next((words for start, words in (*_FORMS, *_MORE_FORMS) if page.body.startswith(start)), None)
    if form is not None or _media(page.content_type):
        return not_read(page.url, f"This is {form or 'no web page'}: type its title and day.", country=country)
    try:
        return _read(page, today, country, language)
    except ParseError:
        return not_read(page.url, "Nothing can be read in this page: type its title and day.", country=country)


def not_read(url: str, problem: str, *, country: str = "") -> Candidate:
    """A candidate of which only the address is known; '' for its title where the address has no words."""
    words = words_of(url)
    return Candidate(url, "" if is_web_address(words) else words, country=country or country_of(url), problem=problem)


def _media(content_type: str) -> bool:
    return content_type.lower().startswith(("image/", "audio/", "video/"))


def _read(page: Page, today: date, country: str, language: str) -> Candidate:
    from crawlers.enrich import summary_of
    from crawlers.pages.article import read_article
    from crawlers.pages.charset import decode
    from crawlers.preview import sample_source
    from crawlers.sources import CommonOptions

    text = decode(page.body, page.content_type).text
    country = country or country_of(page.url)
    language = language or language_of(text, country)
    country = country if country != "INT" else country_of(page.url, language)
    order = date_order_of(country, text)
    source = sample_source("list_page", page.url, country=country, language=language, date_order=order)
    article = read_article(page, source, CommonOptions(date_order=order), today)
    published = article.published if article.published.on else _wechat_day(page)
    return Candidate(
        page.url,
        article.title or words_of(page.url),
        published,
        article.language or language,
        country,
        summary_of(article.text),
        article.text,
        article.image_url,
    )


def _wechat_day(page: Page) -> PublishedDate:
    """The day of a post of WeChat, which stands in a script, in seconds since 1970."""
    from crawlers.pages.local_days import local_day

    found = _WECHAT_TIME.search(page.body) if urlsplit(page.url).hostname == "mp.weixin.qq.com" else None
    if found is None:
        return NO_DATE
    day = local_day(datetime.fromtimestamp(int(found[1]), UTC), "CN")
    return PublishedDate(day.isoformat(), "day", "meta", found[1].decode())


def typed_date(text: str, known: PublishedDate, today: date) -> PublishedDate:
    """The day, month or year that a person typed, or what was known where that is the same; else DecisionError."""
    text = text.strip()
    if not text:
        return NO_DATE
    for precision, form, rest in _TYPED:
        if re.fullmatch(form, text, re.ASCII):
            try:
                day = date.fromisoformat(text + rest)
            except ValueError:
                break
            if not 1900 <= day.year <= today.year + 1:
                break
            if (day.isoformat(), precision) == (known.on, known.precision):
                return known
            return replace(NO_DATE, on=day.isoformat(), precision=precision, source="hand", text=text)
    raise DecisionError(f"“{text[:40]}” is no day: write 2021-02-09, or 2021-02 where only the month is known.")


def _language_of(words: str, country: str, otherwise: str) -> str:
    """Of words in letters that are not Latin what these tell; Latin ones tell too little."""
    letters = [letter for letter in words if letter.isalpha()]
    return language_of(words, country) if 2 * sum(letter > "\u024f" for letter in letters) > len(letters) else otherwise


def known_at(conn: sqlite3.Connection, url: str) -> int | None:
    """The item that is known at this address."""
    if not is_web_address(url):
        return None
    item = ParsedItem(url, canonical_url(url), "-")
    found = known_of(conn, Reader("", ""), (item,), (marks_of(item),)).at
    return next((stored.id for stored in found.values()), None)


def keep(
    conn: sqlite3.Connection, candidate: Candidate, nomination: Nomination, *, sub_region: str, now: datetime
) -> tuple[int, bool]:
    """The candidate is in the queue, with who nominated it; its item, and whether it was new. Else DecisionError.

    What anybody may have typed is kept without letters that turn the others around or hide among them.
    """
    title, who, why = one_line(candidate.title, TITLE_CHARACTERS), one_line(nomination.who), clean(nomination.why)
    if not is_web_address(candidate.url):
        raise DecisionError("This is not a full http or https address.")
    if not title:
        raise DecisionError("A candidate needs a title.")
    item = ParsedItem(
        candidate.url,
        canonical_url(candidate.url),
        title,
        summary=candidate.summary,
        published=candidate.published,
        language=candidate.language or None,
        image_url=candidate.image_url,
        text=candidate.text,
    )
    with transaction(conn):
        source = hand_source(conn, sub_region)
        reader = Reader(source.id, candidate.language)
        changes = what_is_new_to(conn, reader, entries_of((item,)))
        country = candidate.country or source.country
        language = candidate.language or _language_of(f"{item.title}\n{item.summary}", country, source.language)
        save_changes(conn, source.id, changes, now=now, language=language, country=country)
        index_items(conn)
        item_id = changes.seen[0] if changes.seen else item_at(conn, changes.new[0][0].canonical_url)
        save_nomination(conn, item_id, replace(nomination, who=who, why=why), now=now)
    return item_id, bool(changes.new)
