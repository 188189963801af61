"""The items of a feed: its entries, read quickly where that is beyond doubt, and what of each is kept."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from crawlers.kinds import Listing, Page
from crawlers.pages.charset import decode
from crawlers.pages.date_forms import DateRules
from crawlers.pages.feed_xml import NOT_PARSED, quick_entries
from crawlers.pages.instants import read_instant
from crawlers.pages.links import absolute
from crawlers.pages.local_days import local_day
from crawlers.pages.markup import markup_text
from crawlers.pages.plain import SUMMARY_CHARACTERS, TITLE_CHARACTERS, first_sentence, one_line, shortened
from crawlers.pages.tree import without_endless_tags
from crawlers.sources import Source
from crawlers.urls import canonical_url
from db.errors import ParseError
from db.records import NO_DATE, ParsedItem, PublishedDate

if TYPE_CHECKING:
    from crawlers.kinds.feed import Options

_COMMENT = r"<!--(?:(?!-->).)*-->"
_HTML = re.compile(rf"\s*(?:<\?xml[^>]*>\s*)?(?:{_COMMENT}\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_XML_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
_CONTROLS = bytes(code for code in range(0x20) if code not in b"\t\n\r")
_NO_CHARACTERS = ("\ufffe".encode(), "\uffff".encode())
_ENDS = re.compile(rf"</(?:\w+:)?(?:rss|feed|rdf)\s*>(?:\s|{_COMMENT}|<\?[^?]*\?>)*\Z", re.IGNORECASE | re.DOTALL)
_TAIL = 2000  # characters; servers append comments about their cache
_PICTURE = re.compile(r"<[iI][mM][gG][^>]{1,500}?[sS][rR][cC]\s*=\s*[\"']([^\"']{1,1000})")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def read_feed(page: Page, source: Source, options: Options, today: date) -> Listing:
    """The entries of the feed, in its order; ParseError for a web page and for a feed that is cut off."""
    text = decode(page.body, page.content_type).text
    rules = DateRules(source.language, source.country, today, options.date_order)
    entries: Sequence[Mapping[str, Any]]
    if text.lstrip().startswith("{"):
        entries, following = _json_entries(text, page.url), None
        items = _items(entries, page.url, options, rules)
    else:
        entries, following, items = _read_xml(text, page.url, options, rules)
    if entries and not items:
        raise ParseError("the entries of this feed have neither addresses nor titles", url=page.url)
    unique = tuple({item.canonical_url: item for item in reversed(items)}.values())[::-1]
    return Listing(unique, _next_url(page.url, following, options) if unique else None)


def _read_xml(
    text: str, url: str, options: Options, rules: DateRules
) -> tuple[Sequence[Mapping[str, Any]], str | None, list[ParsedItem]]:
    """Read quickly where that gives without doubt what feedparser gives, else by feedparser."""
    if _HTML.match(text[:_TAIL]):
        raise ParseError("this is a web page, not a feed", url=url)
    if not text or text.isspace():
        raise ParseError("the feed is empty", url=url)
    body = _xml_body(text)
    quick = quick_entries(body, url)
    if quick is None and (clean := _only_xml(body)) != body:
        body, quick = clean, quick_entries(clean, url)
    if quick is not None:
        with suppress(_UnreadDateError):
            return *quick, _items(quick[0], url, options, rules)
    entries, following = _xml_entries(body, text, url)
    return entries, following, _items(entries, url, options, rules)


def _xml_body(text: str) -> bytes:
    """The feed in UTF-8, without a declaration of anything else, lone surrogates and tags without end."""
    declaration = _XML_DECLARATION.match(text)
    return without_endless_tags((text[declaration.end() :] if declaration else text).encode("utf-8", "ignore"))


def _only_xml(body: bytes) -> bytes:
    """The feed without what XML may not hold, for which a strict parser refuses it."""
    body = body.translate(None, _CONTROLS)
    for nothing in _NO_CHARACTERS:
        body = body.replace(nothing, b"")
    return body


def _items(entries: Sequence[Mapping[str, Any]], base: str, options: Options, rules: DateRules) -> list[ParsedItem]:
    return [item for entry in entries if (item := _item(entry, base, options, rules))]


class _UnreadDateError(Exception):
    """A date that only feedparser may be able to read."""


def _xml_entries(body: bytes, text: str, url: str) -> tuple[list[Mapping[str, Any]], str | None]:
    import feedparser

    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    try:
        # A file object, because feedparser takes bytes for the name of a file first.
        found = feedparser.parse(
            BytesIO(body), response_headers=headers, resolve_relative_uris=False, sanitize_html=False
        )
    except Exception as error:  # a foreign parser on foreign bytes: whatever it raises means that it cannot read them
        raise ParseError("this feed cannot be read", url=url) from error
    if not found.get("version"):
        raise ParseError("this is not a feed: neither RSS, Atom nor RDF", url=url)
    if found.get("bozo") and not _ENDS.search(text[-_TAIL:]):
        raise ParseError("the feed is cut off: its end is missing", url=url)
    links = found["feed"].get("links", [])
    # Plain ones: asked itself, an entry of feedparser gives `published` for `updated`, and warns.
    entries: list[Mapping[str, Any]] = [
        dict(entry) | {"enclosures": entry.get("enclosures")} for entry in found["entries"]
    ]
    return entries, next((link.get("href") for link in links if link.get("rel") == "next"), None)


def _json_entries(text: str, url: str) -> list[Mapping[str, Any]]:
    """The items of a JSON Feed under the names that feedparser gives to those of the others."""
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ParseError("the JSON of this feed cannot be read; it may be cut off", url=url) from error
    if (
        not isinstance(loaded, dict)
        or "jsonfeed.org" not in str(loaded.get("version"))
        or not isinstance(loaded.get("items"), list)
    ):
        raise ParseError("this is JSON, but not a JSON Feed", url=url)
    return [_renamed(item) for item in loaded["items"] if isinstance(item, dict)]


def _renamed(item: Mapping[str, Any]) -> Mapping[str, Any]:
    names = {
        "id": "id",
        "link": "url",
        "title": "title",
        "published": "date_published",
        "updated": "date_modified",
        "language": "language",
        "image": "image",
    }
    found = {ours: str(item[theirs]) for ours, theirs in names.items() if item.get(theirs)}
    return found | {"summary": str(item.get("summary") or item.get("content_html") or item.get("content_text") or "")}


def _item(entry: Mapping[str, Any], base: str, options: Options, rules: DateRules) -> ParsedItem | None:
    url = absolute(str(entry.get("link") or ""), base)
    content = entry.get("content")
    told = str(entry.get("summary") or (content[0].get("value", "") if content else ""))
    summary = markup_text(told, enough=SUMMARY_CHARACTERS)
    title = shortened(markup_text(str(entry.get("title") or "")), TITLE_CHARACTERS) or first_sentence(summary)
    if not url or not title:
        return None
    return ParsedItem(
        url=url,
        canonical_url=canonical_url(url, keep_params=options.keep_params, drop_params=options.drop_params),
        title=title,
        source_item_id=one_line(str(entry.get("id") or ""))[:1000] or None,
        summary=shortened(summary, SUMMARY_CHARACTERS),
        published=_published(entry, rules),
        language=_language(entry),
        image_url=_image(entry, base),
    )


def _published(entry: Mapping[str, Any], rules: DateRules) -> PublishedDate:
    """The local day of the first date that the entry gives: as this project reads it, else as feedparser does."""
    for name in ("published", "updated", "created"):
        if not (told := entry.get(name)):
            continue
        printed = str(told)
        found = read_instant(printed, "feed", rules) or _read_date(printed, rules)
        if found.on:
            return found
        parsed = entry.get(f"{name}_parsed")
        if parsed is NOT_PARSED:
            raise _UnreadDateError
        if parsed and 1990 <= parsed[0] <= rules.today.year:
            day = local_day(datetime(*parsed[:6]).replace(tzinfo=UTC), rules.country)
            return PublishedDate(day.isoformat(), "day", "feed", printed[:80])
    return NO_DATE


def _read_date(printed: str, rules: DateRules) -> PublishedDate:
    from crawlers.pages.dates import read_date  # much to load for what few feeds need

    return read_date(printed, "feed", rules)


def _language(entry: Mapping[str, Any]) -> str | None:
    """What the entry itself says: the language of a whole feed is often the one its software came with."""
    told = entry.get("language") or (entry.get("title_detail") or {}).get("language")
    return _known_language(str(told)) if told else None


@lru_cache(maxsize=64)  # of the entries of a feed it is the same
def _known_language(told: str) -> str | None:
    return told if _LANGUAGE.fullmatch(told) else None


def _image(entry: Mapping[str, Any], base: str) -> str | None:
    for source in _images(entry):
        if url := absolute(source, base):
            return url
    return None


def _images(entry: Mapping[str, Any]) -> Sequence[str]:
    """What may be the picture of an entry: what it names as one, then the first in its markup."""
    found = [image] if isinstance(image := entry.get("image"), str) else []
    for media in entry.get("media_thumbnail") or ():
        found.append(str(media.get("url") or ""))
    for media in entry.get("media_content") or ():
        if "image" in str(media.get("medium") or media.get("type") or ""):
            found.append(str(media.get("url") or ""))
    for file in entry.get("enclosures") or ():
        if str(file.get("type") or "").startswith("image/"):
            found.append(str(file.get("href") or ""))
    markup = str(entry.get("summary") or "")
    if content := entry.get("content"):
        markup += "".join([str(part.get("value")) for part in content])
    if picture := _PICTURE.search(markup):
        found.append(picture[1])
    return found


def _next_url(url: str, following: str | None, options: Options) -> str | None:
    if following:
        return absolute(following, url)
    if not options.paged:
        return None
    parts = urlsplit(url)
    number = parse_qs(parts.query).get("paged", ["1"])[0]
    kept = [pair for pair in parts.query.split("&") if pair and not pair.startswith("paged=")]
    following = str(int(number) + 1) if re.fullmatch("[0-9]{1,9}", number) else "2"
    return parts._replace(query="&".join([*kept, f"paged={following}"]), fragment="").geturl()
