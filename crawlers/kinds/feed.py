"""A feed: RSS, Atom, RDF or JSON Feed. Also where a page says that its feeds are."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urljoin, urlsplit

from crawlers.kinds import Listing, Page
from crawlers.sources import CommonOptions, Source
from crawlers.urls import canonical_url
from db.errors import ParseError
from db.records import NO_DATE, ParsedItem, PublishedDate

if TYPE_CHECKING:
    from crawlers.pages.dates import DateRules

# Where feeds are when no page tells: the names that Miniflux tries, and those of WordPress without pretty addresses.
_WELL_KNOWN = ("feed/", "?feed=rss2", "index.rss", "rss.xml", "atom.xml", "feed.xml", "index.xml", "rss/", "feed.atom")
_FEED_TYPES = frozenset(
    ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json", "application/json")
)
_COMMENT = r"<!--(?:(?!-->).)*-->"
_HTML = re.compile(rf"\s*(?:<\?xml[^>]*>\s*)?(?:{_COMMENT}\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_ENDS = re.compile(rf"</(?:\w+:)?(?:rss|feed|rdf)\s*>(?:\s|{_COMMENT}|<\?[^?]*\?>)*\Z", re.IGNORECASE | re.DOTALL)
_TAIL = 2000  # characters; servers append comments about their cache
_PICTURE = re.compile(r"<img[^>]{1,500}?src\s*=\s*[\"']([^\"']{1,1000})", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class Options(CommonOptions):
    """The keys of a feed's block."""

    autodiscover: bool = False  # the address is a page that names its feeds
    paged: bool = False  # older entries stand at ?paged=2 and on (WordPress)


def parse(page: Page, source: Source, options: Options, today: date) -> Listing:
    """The entries of the feed, in its order; ParseError for a web page and for a feed that is cut off."""
    from crawlers.pages.charset import decode
    from crawlers.pages.dates import DateRules

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
    from crawlers.pages.feed_xml import quick_entries

    if _HTML.match(text[:_TAIL]):
        raise ParseError("this is a web page, not a feed", url=url)
    if not text.strip():
        raise ParseError("the feed is empty", url=url)
    body = _NOT_XML.sub("", _XML_DECLARATION.sub("", text)).encode("utf-8")
    if (quick := quick_entries(body, url)) is not None:
        with suppress(_UnreadDateError):
            return *quick, _items(quick[0], url, options, rules)
    entries, following = _xml_entries(body, text, url)
    return entries, following, _items(entries, url, options, rules)


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
    return list(found["entries"]), next((link.get("href") for link in links if link.get("rel") == "next"), None)


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
    from crawlers.pages.links import absolute
    from crawlers.pages.plain import SUMMARY_CHARACTERS, item_title, one_line
    from crawlers.pages.tree import markup_text

    url = absolute(str(entry.get("link") or ""), base)
    content = entry.get("content")
    told = str(entry.get("summary") or (content[0].get("value", "") if content else ""))
    summary = markup_text(told)
    title = item_title(markup_text(str(entry.get("title") or "")), summary)
    if not url or not title:
        return None
    return ParsedItem(
        url=url,
        canonical_url=canonical_url(url, keep_params=options.keep_params, drop_params=options.drop_params),
        title=title,
        source_item_id=one_line(str(entry.get("id") or ""))[:1000] or None,
        summary=one_line(summary, SUMMARY_CHARACTERS),
        published=_published(entry, rules),
        language=_language(entry),
        image_url=_image(entry, base),
    )


def _published(entry: Mapping[str, Any], rules: DateRules) -> PublishedDate:
    """The local day of the first date that the entry gives: as this project reads it, else as feedparser does."""
    from crawlers.pages.dates import local_day, read_date
    from crawlers.pages.feed_xml import NOT_PARSED

    entry = dict(entry)  # asked itself, feedparser gives `published` for `updated`, and warns
    for name in ("published", "updated", "created"):
        printed = str(entry.get(name) or "")
        found = read_date(printed, "feed", rules)
        if found.on:
            return found
        parsed = entry.get(f"{name}_parsed")
        if printed and parsed is NOT_PARSED:
            raise _UnreadDateError
        if printed and parsed and 1990 <= parsed[0] <= rules.today.year:
            day = local_day(datetime(*parsed[:6]).replace(tzinfo=UTC), rules.country)
            return PublishedDate(day.isoformat(), "day", "feed", printed[:80])
    return NO_DATE


def _language(entry: Mapping[str, Any]) -> str | None:
    """What the entry itself says: the language of a whole feed is often the one its software came with."""
    detail = entry.get("title_detail") or {}
    language = str(entry.get("language") or detail.get("language") or "")
    return language if _LANGUAGE.fullmatch(language) else None


def _image(entry: Mapping[str, Any], base: str) -> str | None:
    from crawlers.pages.links import absolute

    found = [str(entry.get("image") or "") if isinstance(entry.get("image"), str) else ""]
    found += [str(media.get("url") or "") for media in entry.get("media_thumbnail") or []]
    found += [
        str(media.get("url") or "")
        for media in entry.get("media_content") or []
        if "image" in str(media.get("medium") or media.get("type") or "")
    ]
    found += [
        str(file.get("href") or "")
        for file in entry.get("enclosures") or []
        if str(file.get("type") or "").startswith("image/")
    ]
    markup = str(entry.get("summary") or "") + "".join(str(part.get("value")) for part in entry.get("content") or [])
    if picture := _PICTURE.search(markup):
        found.append(picture[1])
    return next((url for source in found if source and (url := absolute(source, base))), None)


def _next_url(url: str, following: str | None, options: Options) -> str | None:
    from crawlers.pages.links import absolute

    if following:
        return absolute(following, url)
    if not options.paged:
        return None
    parts = urlsplit(url)
    number = parse_qs(parts.query).get("paged", ["1"])[0]
    kept = [pair for pair in parts.query.split("&") if pair and not pair.startswith("paged=")]
    following = str(int(number) + 1) if re.fullmatch("[0-9]{1,9}", number) else "2"
    return parts._replace(query="&".join([*kept, f"paged={following}"]), fragment="").geturl()


def discovered_feeds(page: Page) -> tuple[str, ...]:
    """The feeds that a web page names in its head, best first; () for what is not a web page."""
    from crawlers.pages.links import absolute, base_url
    from crawlers.pages.tree import read_tree

    try:
        root = read_tree(page)
    except ParseError:
        return ()
    base = base_url(root, page.url)
    found = [(link, absolute(link.get("href") or "", base)) for link in root.iter("link") if _names_feed(link)]
    # The comments of a WordPress site are a feed too, never the one that is wanted.
    ordered = sorted(found, key=lambda pair: "comment" in f"{pair[0].get('title')} {pair[1]}".lower())
    return tuple(dict.fromkeys(url for _, url in ordered if url))


def _names_feed(link: Any) -> bool:
    kind = (link.get("type") or "").partition(";")[0].strip().lower()
    # A REST address is announced with the same words as a JSON Feed.
    rest = kind == "application/json" and "/wp-json/" in (link.get("href") or "")
    return "alternate" in (link.get("rel") or "").lower().split() and kind in _FEED_TYPES and not rest


def well_known_feeds(url: str) -> tuple[str, ...]:
    """Where a feed may be when no page names it: each usual name beside the address and at the root of its host."""
    folders = dict.fromkeys((urljoin(url, "."), urljoin(url, "/")))
    return tuple(
        urljoin(folder, name) if not name.startswith("?") else folder + name
        for name in _WELL_KNOWN
        for folder in folders
    )
