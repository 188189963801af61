"""A well-formed feed read at the speed of its bytes, wherever feedparser would without doubt read the same.

feedparser is the reference: what it makes of an entry stands here for the elements that feeds are made of, as far as
items are. A feed with anything else in it that could matter (a DOCTYPE, xml:base, markup that is not escaped, two
titles, an element that nobody knows) is a doubt, and doubt means None: then feedparser itself reads the feed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from lxml import etree

from crawlers.urls import joined

NOT_PARSED = object()  # in place of the date that feedparser reads in what is printed
Entry = dict[str, Any]
Attributes = dict[str, str]
Taking = Callable[["_Reading", Any], None]

_ATOM = "http://www.w3.org/2005/atom"
_RSS = "http://purl.org/rss/1.0/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_ABOUT = f"{{{_RDF}}}about"
# How the namespaces are called here; in lower case, for feeds spell them as they like.
_NAMES = {
    "": "",
    _ATOM: "",
    _RSS: "",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/dc/terms/": "dcterms:",
    "http://purl.org/rss/1.0/modules/content/": "content:",
    "http://search.yahoo.com/mrss/": "media:",
    "http://search.yahoo.com/mrss": "media:",
    "http://purl.org/rss/1.0/modules/slash/": "other:",
    "http://purl.org/rss/1.0/modules/syndication/": "other:",
    "http://wellformedweb.org/commentapi/": "other:",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner:",
}
# Namespaces that feedparser does not know: it calls their elements by the prefix, which must be a harmless one.
_STRANGE = {"http://purl.org/syndication/thread/1.0": "thr", "com-wordpress:feed-additions:1": "post-id"}
_PLAIN = frozenset(("author", "category", "comments", "contributor", "copyright", "generator", "rights", "source"))
_PEOPLE = frozenset(("author", "contributor"))
_PERSON = frozenset(("name", "uri", "url", "email"))
_UNREAD = frozenset(
    [f"dc:{name}" for name in ("creator", "subject", "publisher", "rights", "contributor", "type", "format", "source")]
    + ["dc:identifier", "dc:relation", "dc:coverage", "feedburner:origlink"]
)
_TEXT_TYPES = frozenset(("text", "html", "text/plain", "text/html"))
_HTML_TYPES = frozenset(("html", "xhtml", "text/html", "application/xhtml+xml"))
_EXTRA_SLASHES = re.compile(r"^([A-Za-z][A-Za-z0-9+-.]*://)(/*)(.*?)")
_COMPLETE = re.compile(r"https?://[a-z0-9.:-]+/[A-Za-z0-9._~/-]*")  # nothing that joining would change
_REFERENCE = re.compile("&([A-Za-z0-9_]+);")
_BASE = re.compile(r"[\s:]base\s*=", re.IGNORECASE)
_CONTROLS = re.compile("[\x80-\x9f]")
_WIDE = re.compile("[^\x00-\xff]")


class _DoubtError(Exception):
    """feedparser might read this otherwise."""


def quick_entries(body: bytes, url: str) -> tuple[list[Entry], str | None] | None:
    """The entries under the names that feedparser gives, and the address of the next older page; None in any doubt.

    `body` is UTF-8 without a declaration. Dates are given as printed alone, with NOT_PARSED beside them.
    """
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body or (b"base" in body.lower() and _has_base(body)):
        return None
    try:
        root = etree.fromstring(body, _parser())
        entries = _entries(root)
        language = _language(entries[0].getparent(), _language(root, None)) if entries else None
        return [_entry(entry, url, language) for entry in entries], _next_page(root, url)
    except (etree.LxmlError, _DoubtError):
        return None


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)


def _has_base(body: bytes) -> bool:
    return _BASE.search(body.decode("utf-8", "replace")) is not None


def _entries(root: Any) -> list[Any]:
    """The entries where a feed of this form has them; none may be anywhere else."""
    namespace, _, local = root.tag.rpartition("}")
    frame, name = root, f"{namespace}}}entry"
    if root.tag == "rss":
        if len(root) != 1 or root[0].tag != "channel" or root[0].attrib:
            raise _DoubtError
        frame, name = root[0], "item"
    elif root.tag == f"{{{_RDF}}}RDF":
        name = f"{{{_RSS}}}item"
    elif (namespace.lower(), local) != (f"{{{_ATOM}", "feed"):
        raise _DoubtError
    found = frame.findall(name)
    tags = Counter([element.tag for element in root.iter()])
    if sum(number for tag, number in tags.items() if _local(tag) in ("item", "entry")) != len(found):
        raise _DoubtError
    return list(found)


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2].lower()


def _next_page(root: Any, url: str) -> str | None:
    channel = (child for child in root if _local(child.tag) == "channel")
    frame = root if _local(root.tag) == "feed" else next(channel, ())
    for child in frame:
        if _name(child.tag) == "link" and (child.get("rel") or "").lower() == "next":
            if not child.get("href"):
                raise _DoubtError
            return _resolved(url, child.get("href"))
    return None


def _entry(element: Any, url: str, language: str | None) -> Entry:
    reading = _Reading(url, _language(element, language))
    for name, value in element.items():
        if name == _ABOUT:
            reading.entry["id"] = value
        elif name not in (_LANG, "lang"):
            raise _DoubtError
    for child in element:
        taking = _taking(child.tag)
        if len(child) and taking not in _NESTED:
            raise _DoubtError
        if taking is not None:
            taking(reading, child)
    return reading.entry


class _Reading:
    """An entry while its elements are read, in their order."""

    def __init__(self, url: str, language: str | None) -> None:
        self.url = url
        self.language = language
        self.entry: Entry = {}
        self._taken: set[str] = set()

    def once(self, name: str) -> None:
        """An element that feedparser reads otherwise when it stands a second time."""
        if name in self._taken:
            raise _DoubtError
        self._taken.add(name)

    def title(self, element: Any) -> None:
        self.once("title")
        told = _only_text_type(element)
        self.entry["title"] = _text(element)
        if language := _language(told, self.language):
            self.entry["title_detail"] = {"language": language.replace("_", "-")}

    def link(self, element: Any) -> None:
        told = _attributes(element)
        if "href" not in told:
            _no_attributes_but(told)
            link = _resolved(self.url, _text(element)).replace("&amp;", "&")
            self.entry["link"] = _REFERENCE.sub(r"&\g<1>", link)
            return
        _no_attributes_but(told, "href", "rel", "type", "title", "hreflang", "length")
        if not told["href"]:
            raise _DoubtError
        rel = told.get("rel", "alternate").lower()
        kind = told.get("type", "application/atom+xml" if rel == "self" else "text/html").lower()
        href = _resolved(self.url, told["href"])
        if rel == "alternate" and kind in _HTML_TYPES:
            self.entry["link"] = href
        if rel == "enclosure":
            self.entry.setdefault("enclosures", []).append({"href": href, "type": kind})

    def identity(self, element: Any) -> None:
        self.once("id")
        told = _attributes(element)
        _no_attributes_but(told, "isPermaLink")
        name, is_link = _text(element), told.get("isPermaLink", "true") == "true"
        self.entry["id"] = name = _resolved(self.url, name) if name and is_link else name
        if is_link:
            self.entry.setdefault("link", name)

    def summary(self, element: Any) -> None:
        self.once("summary")
        _only_text_type(element)
        self.entry["summary"] = _text(element)

    def content(self, element: Any) -> None:
        _only_text_type(element)
        value = _text(element)
        self.entry.setdefault("content", []).append({"value": value})
        self.entry.setdefault("summary", value)

    def enclosure(self, element: Any) -> None:
        told = _attributes(element)
        _no_attributes_but(told, "url", "type", "length")
        file = {"href": told.get("url"), "type": told.get("type", "").lower()}
        self.entry.setdefault("enclosures", []).append(file)

    def thumbnail(self, element: Any) -> None:
        self._media("media_thumbnail", element)

    def media_content(self, element: Any) -> None:
        self._media("media_content", element)

    def _media(self, name: str, element: Any) -> None:
        """A title inside is that of the picture, where the entry has told its own before."""
        told = _attributes(element)
        if any(_name(child.tag) != "media:title" or len(child) for child in element):
            raise _DoubtError
        if (len(element) and not self.entry.get("title")) or (name == "media_thumbnail" and _text(element)):
            raise _DoubtError
        if any(key != key.lower() or key.startswith("{") for key in told):
            raise _DoubtError
        media = {"url": told.get("url"), "medium": told.get("medium"), "type": told.get("type", "").lower()}
        self.entry.setdefault(name, []).append({key: value for key, value in media.items() if value})

    def people(self, element: Any) -> None:
        if any(_name(child.tag) not in _PERSON or len(child) for child in element):
            raise _DoubtError


def _value(name: str) -> Taking:
    """Takes the text of an element under this name; of several the last one counts."""

    def take(reading: _Reading, element: Any) -> None:
        reading.entry[name] = _text(element)

    return take


def _date(name: str) -> Taking:
    def take(reading: _Reading, element: Any) -> None:
        reading.entry[name] = _text(element)
        reading.entry[f"{name}_parsed"] = NOT_PARSED

    return take


_published, _updated, _created, _tongue = _date("published"), _date("updated"), _date("created"), _value("language")
_TAKINGS: dict[str, Taking] = {
    "title": _Reading.title,
    "link": _Reading.link,
    "guid": _Reading.identity,
    "id": _Reading.identity,
    "description": _Reading.summary,
    "summary": _Reading.summary,
    "content": _Reading.content,
    "content:encoded": _Reading.content,
    "enclosure": _Reading.enclosure,
    "media:thumbnail": _Reading.thumbnail,
    "media:content": _Reading.media_content,
    "pubDate": _published,
    "published": _published,
    "dcterms:issued": _published,
    "updated": _updated,
    "dc:date": _updated,
    "dcterms:modified": _updated,
    "dcterms:created": _created,
    "dc:language": _tongue,
} | dict.fromkeys(_PEOPLE, _Reading.people)
_NESTED = (_Reading.people, _Reading.thumbnail, _Reading.media_content)  # others with elements in them are a doubt


@lru_cache(maxsize=1024)
def _taking(tag: str) -> Taking | None:
    """What is done with an element of an entry; None: nothing, as long as it has no elements in it."""
    name = _name(tag)
    if name in _TAKINGS:
        return _TAKINGS[name]
    return None if name in _PLAIN or name in _UNREAD or name.startswith("other:") else _unknown


def _unknown(reading: _Reading, element: Any) -> None:
    """Nothing is done with an element of a harmless name, which has no elements in it either."""
    harmless = _STRANGE.get(element.tag.rpartition("}")[0].removeprefix("{"))
    if not harmless or harmless != element.prefix or len(element):
        raise _DoubtError


def _attributes(element: Any) -> Attributes:
    return dict(element.items())


@lru_cache(maxsize=1024)
def _name(tag: str) -> str:
    """The name of an element with the short name of its namespace; '?' where that is not known."""
    namespace, _, local = tag.rpartition("}")
    known = _NAMES.get(namespace.removeprefix("{").lower(), "?")
    return f"{known}{local.lower()}" if known in ("other:", "feedburner:") else f"{known}{local}"


def _text(element: Any) -> str:
    """The text as feedparser gives it; its guesses about letters that were encoded twice are left to itself."""
    text = str(element.text or "").strip()
    if text.isascii():
        return text
    if not text.isprintable() and _CONTROLS.search(text):
        raise _DoubtError
    if _WIDE.search(text):
        return text
    try:
        text.encode("iso-8859-1").decode("utf-8")
    except UnicodeError:
        return text
    raise _DoubtError


def _only_text_type(element: Any) -> Attributes:
    """The attributes of an element that is text, or markup which stands in it as text."""
    told = _attributes(element)
    _no_attributes_but(told, "type")
    if told and told.get("type", "text").lower() not in _TEXT_TYPES:
        raise _DoubtError
    return told


def _no_attributes_but(told: Attributes, *names: str) -> None:
    for name in told:
        if name not in names and name not in (_LANG, "lang"):
            raise _DoubtError


def _language(told: Mapping[str, str], around: str | None) -> str | None:
    language = told.get(_LANG, told.get("lang"))
    return around if language is None else language or None


def _resolved(base: str, address: str) -> str:
    if not address or _COMPLETE.fullmatch(address):
        return address
    try:
        return joined(base, _EXTRA_SLASHES.sub(r"\1\3", address))
    except ValueError:
        return ""
