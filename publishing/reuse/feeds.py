"""Outgoing feeds: Atom (RFC 4287) and JSON Feed 1.1 (jsonfeed.org/version/1.1). Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

from markupsafe import Markup
from msgspec import Struct

from db.public_pages import TagLabel
from db.text_language import language_of
from publishing import wording
from publishing.report.text import clean
from publishing.reuse.addresses import lasting_name, whole
from publishing.site_settings import LICENCE, LICENCE_URL, MAKERS, TITLE

if TYPE_CHECKING:
    from lxml import etree

ATOM, JSON_FEED = "application/atom+xml", "application/feed+json"
_NAMESPACE = "http://www.w3.org/2005/Atom"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class Feed(Struct, frozen=True):
    """What a feed holds and where it stands; paths are of this site, with their query."""

    address: str  # of the site
    title: str
    page: str  # path of the page that shows the same
    path: str  # of the feed without its ending, such as /country/JP
    query: str  # of the feed: empty, or that of a search
    updated_at: str  # of an empty feed: when the set was built
    activities: Sequence[Mapping[str, Any]]
    tags: Mapping[int, Sequence[TagLabel]]

    def address_as(self, ending: str) -> str:
        """Where the feed stands in this form."""
        return whole(self.address, feed_path(self.path, ending, self.query))

    @property
    def updated(self) -> str:
        """The newest change among the activities."""
        return max((str(row["updated_at"]) for row in self.activities), default=self.updated_at)


def feed_path(path: str, ending: str, query: str = "") -> str:
    """The path of a feed in one of its forms, `atom` or `json`."""
    return f"{path}.{ending}" + (f"?{query}" if query else "")


def feeds_of_page(path: str, query: str) -> tuple[tuple[str, str], ...]:
    """Path and query of the feeds that belong to a page of the site, its own first; that of all is always the last."""
    asked = {key: values[0].strip() for key, values in parse_qs(query).items() if values[0].strip()}
    own = None
    if path.startswith(("/country/", "/tag/")):
        own = (path, "")
    elif typed := asked.get("q") if path == "/search" else asked.get("_search"):
        own = ("/search", urlencode({"q": typed}))
    elif path == "/public/activities" and wording.is_language(asked.get("language", "")):
        own = (wording.language_path(asked["language"]), "")
    return (own, ("/feed", "")) if own else (("/feed", ""),)


def json_feed(feed: Feed) -> bytes:
    """The feed as JSON Feed."""
    told = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": whole(feed.address, feed.page),
        "feed_url": feed.address_as("json"),
        "description": f"{LICENCE}. {TITLE}, chosen by {MAKERS}.",
        "icon": whole(feed.address, "/-/assets/icon.svg"),
        "authors": [{"name": MAKERS, "url": whole(feed.address, "/")}],
        "language": "en",
        "items": [_json_item(feed, row) for row in feed.activities],
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def _json_item(feed: Feed, row: Mapping[str, Any]) -> dict[str, object]:
    path = wording.activity_path(row["id"])
    item = {
        "id": lasting_name(feed.address, path),
        "url": whole(feed.address, path),
        "external_url": wording.outward(row["url"]),
        "title": wording.plain(row["title"]),
        "content_html": str(content(row)),
        "date_published": row["added_at"],
        "date_modified": row["updated_at"],
        "language": row["language"],
        "tags": [row["country_name"], *(f"{tag.code} {tag.label}" for tag in feed.tags.get(row["id"], ()))],
    }
    return {key: value for key, value in item.items() if value}


def atom(feed: Feed) -> bytes:
    """The feed as Atom."""
    from lxml import etree

    root = etree.Element(f"{{{_NAMESPACE}}}feed", nsmap={None: _NAMESPACE})
    root.set(_XML_LANG, "en")
    _add(root, "id", lasting_name(feed.address, feed.path + (f"?{feed.query}" if feed.query else "")))
    _add(root, "title", feed.title)
    _add(root, "updated", feed.updated)
    _add(root, "link", rel="self", type=ATOM, href=feed.address_as("atom"))
    _add(root, "link", rel="alternate", type="text/html", href=whole(feed.address, feed.page))
    _add(root, "link", rel="license", href=LICENCE_URL)
    _add(root, "rights", LICENCE)
    _add(root, "icon", whole(feed.address, "/-/assets/icon.svg"))
    author = _add(root, "author")
    _add(author, "name", MAKERS)
    _add(author, "uri", whole(feed.address, "/"))
    for row in feed.activities:
        _atom_entry(root, feed, row)
    document: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return document


def _atom_entry(root: etree._Element, feed: Feed, row: Mapping[str, Any]) -> None:
    path, entry = wording.activity_path(row["id"]), _add(root, "entry")
    _add(entry, "id", lasting_name(feed.address, path))
    title = _add(entry, "title", wording.plain(row["title"]))
    if language := language_of(row["title"], row["language"]):
        title.set(_XML_LANG, language)
    _add(entry, "published", row["added_at"])
    _add(entry, "updated", row["updated_at"])
    _add(entry, "link", rel="alternate", type="text/html", href=whole(feed.address, path))
    if original := wording.outward(row["url"]):
        _add(entry, "link", rel="via", hreflang=row["language"], href=original)
    _add(entry, "category", term=row["country"], label=row["country_name"], scheme=whole(feed.address, "/country/"))
    for tag in feed.tags.get(row["id"], ()):
        scheme = whole(feed.address, wording.tag_path(tag.vocabulary, ""))
        _add(entry, "category", term=tag.code, label=f"{tag.code} {tag.label}", scheme=scheme)
    _add(entry, "content", str(content(row)), type="html")


def _add(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
    from lxml import etree

    child = etree.SubElement(parent, f"{{{_NAMESPACE}}}{name}", {key: clean(v) for key, v in attributes.items()})
    child.text = clean(text) or None
    return child


def content(row: Mapping[str, Any]) -> Markup:
    """What a reader is shown of an activity, as HTML."""
    facts = (row["country_name"], wording.date_words(row["published_on"], row["date_precision"]), row["source"])
    parts = [Markup("<p>{}</p>").format(" · ".join(wording.plain(fact) for fact in facts))]
    if row["title"] != row["original_title"]:
        attribute = wording.language_attribute(row["original_title"], row["language"])
        parts.append(Markup("<p{}>{}</p>").format(attribute, wording.inline(row["original_title"])))
    parts.append(wording.paragraphs(row["summary"]))
    if row["impact"]:
        parts += [Markup("<p><b>Impact</b></p>"), wording.paragraphs(row["impact"])]
    if original := wording.outward(row["url"]):
        parts.append(Markup('<p><a href="{}">Original at {}</a></p>').format(original, wording.host(original)))
    return Markup("\n").join(part for part in parts if part)
