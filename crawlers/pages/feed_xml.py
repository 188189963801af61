"""A well-formed feed read at the speed of its bytes, wherever feedparser would without doubt read the same.

feedparser is the reference: what it makes of an entry stands here for the elements that feeds are made of, as far as
items are. A feed with anything else in it that could matter (a DOCTYPE, xml:base, markup that is not escaped, two
titles, an element that nobody knows) is a doubt, and doubt means None: then feedparser itself reads the feed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Any

from lxml import etree

from crawlers.urls import is_bare, joined

NOT_PARSED = object()  # in place of the date that feedparser reads in what is printed
Entry = dict[str, Any]
Column = tuple[list[int], list[Any]]  # all elements of one kind in their order, and the numbers of their entries
Reader = Callable[["_Reading", list[int], list[Any]], None]

_ATOM = "http://www.w3.org/2005/atom"
_RSS = "http://purl.org/rss/1.0/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_LANGUAGES = frozenset((_LANG, "lang"))
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
# The attributes that elements may have beside their language.
_OF_ENTRY, _OF_TEXT, _OF_GUID, _OF_FILE = (_ABOUT,), ("type",), ("isPermaLink",), ("url", "type", "length")
_OF_LINK = ("href", "rel", "type", "title", "hreflang", "length")
_EXTRA_SLASHES = re.compile(r"^([A-Za-z][A-Za-z0-9+-.]*://)(/*)(.*?)")
_DECLARED = re.compile(b"<!(?:DOCTYPE|ENTITY)")
_REFERENCE = re.compile("&([A-Za-z0-9_]+);")
_CONTROLS = re.compile("[\x80-\x9f]")
_WIDE = re.compile("[^\x00-\xff]")


class _DoubtError(Exception):
    """feedparser might read this otherwise."""


def quick_entries(body: bytes, url: str) -> tuple[list[Entry], str | None] | None:
    """The entries under the names that feedparser gives, and the address of the next older page; None in any doubt.

    `body` is UTF-8 without a declaration. Dates are given as printed alone, with NOT_PARSED beside them.
    """
    if _DECLARED.search(body):
        return None
    try:
        root = etree.fromstring(body, _parser())
        if _has_base(root):
            return None
        found, around = _parted(root)
        return _Reading(url, root, found, _low_letters(body)).entries, _next_page(around, url)
    except (etree.LxmlError, _DoubtError):
        return None


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)


def _low_letters(body: bytes) -> bool:
    """Whether letters between U+0080 and U+00BF may be in it; without them no text was encoded twice."""
    return b"\xc2" in body or (b"#" in body and b"&#" in body)


def _has_base(element: Any) -> bool:
    """Whether addresses in it are resolved against another one than that of the feed."""
    return any(_local(name) == "base" for name, _ in element.items())


def _parted(root: Any) -> tuple[list[Any], list[Any]]:
    """The entries where a feed of this form has them, and what tells of the feed; no entry may stand in that."""
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
    found: list[Any] = []
    around: list[Any] = []
    for child in frame:
        (found if child.tag == name else around).append(child)
    if any(_local(element.tag) in ("item", "entry") for child in around for element in child.iter()):
        raise _DoubtError
    if local == "RDF":
        around = list(next((child for child in around if _local(child.tag) == "channel"), ()))
    return found, around


@lru_cache(maxsize=1024)
def _local(tag: str) -> str:
    return tag.rpartition("}")[2].lower()


def _next_page(around: list[Any], url: str) -> str | None:
    for element in around:
        if _name(element.tag) == "link" and (element.get("rel") or "").lower() == "next":
            if not element.get("href") or _has_base(element) or _has_base(element.getparent()):
                raise _DoubtError
            return _resolved(url, element.get("href"))
    return None


def _columns(found: list[Any]) -> dict[Reader, Column]:
    """What the entries hold, by what reads it."""
    columns: defaultdict[Reader, Column] = defaultdict(lambda: ([], []))
    for number, entry in enumerate(found):
        for element in entry[:]:  # which makes them all at once
            numbers, elements = columns[_reader(element.tag)]
            numbers.append(number)
            elements.append(element)
    if any(any(map(len, elements)) for reader, (_, elements) in columns.items() if reader not in _NESTED):
        raise _DoubtError
    return columns


class _Reading:
    """The entries of a page while they are read: all elements of one kind at once, then those of the next."""

    def __init__(self, url: str, root: Any, found: list[Any], low_letters: bool) -> None:
        self.url = url
        self.low_letters = low_letters
        told, language = _told(found, _OF_ENTRY), _language(root.attrib, None)
        self.entries: list[Entry] = [{"id": own[_ABOUT]} if _ABOUT in own else {} for own in told]
        self.languages = [_language(own, language) for own in told]
        for reader, column in _columns(found).items():
            reader(self, *column)

    def texts(self, elements: list[Any]) -> list[str]:
        """The texts as feedparser gives them; its guesses about letters that were encoded twice are left to itself."""
        found = [(element.text or "").strip() for element in elements]
        if self.low_letters and any(map(_may_be_encoded_twice, found)):
            raise _DoubtError
        return found

    def titles(self, numbers: list[int], elements: list[Any]) -> None:
        _once(numbers)
        for number, text, told in zip(numbers, self.texts(elements), _told_of_texts(elements), strict=True):
            self.entries[number]["title"] = text
            if language := _language(told, self.languages[number]):
                self.entries[number]["title_detail"] = {"language": language.replace("_", "-")}

    def links(self, numbers: list[int], elements: list[Any]) -> None:
        for number, text, told in zip(numbers, self.texts(elements), _told(elements, _OF_LINK), strict=True):
            if "href" in told:
                self._atom_link(self.entries[number], told)
                continue
            if told and not told.keys() <= _LANGUAGES:
                raise _DoubtError
            link = _resolved(self.url, text)
            if "&" in link:
                link = _REFERENCE.sub(r"&\g<1>", link.replace("&amp;", "&"))
            self.entries[number]["link"] = link

    def _atom_link(self, entry: Entry, told: Mapping[str, str]) -> None:
        if not told["href"]:
            raise _DoubtError
        rel = told.get("rel", "alternate").lower()
        kind = told.get("type", "application/atom+xml" if rel == "self" else "text/html").lower()
        if rel == "alternate" and kind in _HTML_TYPES:
            entry["link"] = _resolved(self.url, told["href"])
        if rel == "enclosure":
            entry.setdefault("enclosures", []).append({"href": _resolved(self.url, told["href"]), "type": kind})

    def identities(self, numbers: list[int], elements: list[Any]) -> None:
        _once(numbers)
        for number, name, told in zip(numbers, self.texts(elements), _told(elements, _OF_GUID), strict=True):
            entry = self.entries[number]
            if told.get("isPermaLink", "true") == "true":
                name = _resolved(self.url, name)
                entry.setdefault("link", name)
            entry["id"] = name

    def summaries(self, numbers: list[int], elements: list[Any]) -> None:
        _once(numbers)
        _told_of_texts(elements)
        for number, text in zip(numbers, self.texts(elements), strict=True):
            self.entries[number]["summary"] = text

    def contents(self, numbers: list[int], elements: list[Any]) -> None:
        _told_of_texts(elements)
        for number, text in zip(numbers, self.texts(elements), strict=True):
            self.entries[number].setdefault("content", []).append({"value": text})
            self.entries[number].setdefault("summary", text)

    def enclosures(self, numbers: list[int], elements: list[Any]) -> None:
        for number, told in zip(numbers, _told(elements, _OF_FILE), strict=True):
            file = {"href": told.get("url"), "type": told.get("type", "").lower()}
            self.entries[number].setdefault("enclosures", []).append(file)

    def thumbnails(self, numbers: list[int], elements: list[Any]) -> None:
        if any(self.texts(elements)):
            raise _DoubtError
        self._media("media_thumbnail", numbers, elements)

    def media_contents(self, numbers: list[int], elements: list[Any]) -> None:
        self._media("media_content", numbers, elements)

    def _media(self, name: str, numbers: list[int], elements: list[Any]) -> None:
        for number, element in zip(numbers, elements, strict=True):
            told = dict(element.items())
            if len(element) and not _tells_title_of_picture(element):
                raise _DoubtError
            if any(key != key.lower() or key.startswith("{") for key in told):
                raise _DoubtError
            media = {"url": told.get("url"), "medium": told.get("medium"), "type": told.get("type", "").lower()}
            self.entries[number].setdefault(name, []).append({key: value for key, value in media.items() if value})

    def people(self, numbers: list[int], elements: list[Any]) -> None:
        for element in elements:
            if any(_name(child.tag) not in _PERSON or len(child) for child in element):
                raise _DoubtError


def _once(numbers: list[int]) -> None:
    """Elements that feedparser reads otherwise when an entry has two of them."""
    if len(set(numbers)) != len(numbers):
        raise _DoubtError


def _tells_title_of_picture(element: Any) -> bool:
    """Whether it holds titles alone, and they are of the picture: the entry has told its own before."""
    before = element.itersiblings(preceding=True)
    return all(_name(child.tag) == "media:title" and not len(child) for child in element) and any(
        _name(other.tag) == "title" and (other.text or "").strip() for other in before
    )


def _value(name: str) -> Reader:
    """Takes the text of an element under this name; of several the last one counts."""

    def read(reading: _Reading, numbers: list[int], elements: list[Any]) -> None:
        for number, text in zip(numbers, reading.texts(elements), strict=True):
            reading.entries[number][name] = text

    return read


def _date(name: str) -> Reader:
    parsed = f"{name}_parsed"

    def read(reading: _Reading, numbers: list[int], elements: list[Any]) -> None:
        for number, text in zip(numbers, reading.texts(elements), strict=True):
            entry = reading.entries[number]
            entry[name], entry[parsed] = text, NOT_PARSED

    return read


_published, _updated, _created, _tongue = _date("published"), _date("updated"), _date("created"), _value("language")
_READERS: dict[str, Reader] = {
    "title": _Reading.titles,
    "link": _Reading.links,
    "guid": _Reading.identities,
    "id": _Reading.identities,
    "description": _Reading.summaries,
    "summary": _Reading.summaries,
    "content": _Reading.contents,
    "content:encoded": _Reading.contents,
    "enclosure": _Reading.enclosures,
    "media:thumbnail": _Reading.thumbnails,
    "media:content": _Reading.media_contents,
    "pubDate": _published,
    "published": _published,
    "dcterms:issued": _published,
    "updated": _updated,
    "dc:date": _updated,
    "dcterms:modified": _updated,
    "dcterms:created": _created,
    "dc:language": _tongue,
} | dict.fromkeys(_PEOPLE, _Reading.people)
_NESTED = (_Reading.people, _Reading.thumbnails, _Reading.media_contents)  # others with elements in them are a doubt


@lru_cache(maxsize=1024)
def _reader(tag: str) -> Reader:
    """What reads the elements of an entry with this tag."""
    name = _name(tag)
    if name in _READERS:
        return _READERS[name]
    return _unread if name in _PLAIN or name in _UNREAD or name.startswith("other:") else _unknown


def _unread(reading: _Reading, numbers: list[int], elements: list[Any]) -> None:
    """Nothing is read of elements that items have no use for."""


def _unknown(reading: _Reading, numbers: list[int], elements: list[Any]) -> None:
    """Nothing is read of elements with a harmless name."""
    for element in elements:
        harmless = _STRANGE.get(element.tag.rpartition("}")[0].removeprefix("{"))
        if not harmless or harmless != element.prefix:
            raise _DoubtError


@lru_cache(maxsize=1024)
def _name(tag: str) -> str:
    """The name of an element with the short name of its namespace; '?' where that is not known."""
    namespace, _, local = tag.rpartition("}")
    known = _NAMES.get(namespace.removeprefix("{").lower(), "?")
    return f"{known}{local.lower()}" if known in ("other:", "feedburner:") else f"{known}{local}"


def _may_be_encoded_twice(text: str) -> bool:
    if text.isascii():
        return False
    if not text.isprintable() and _CONTROLS.search(text):
        return True
    if _WIDE.search(text):
        return False
    try:
        text.encode("iso-8859-1").decode("utf-8")
    except UnicodeError:
        return False
    return True


def _told_of_texts(elements: list[Any]) -> list[dict[str, str]]:
    """The attributes of elements that are text, or markup which stands in them as text."""
    told = _told(elements, _OF_TEXT)
    if any(own.get("type", "text").lower() not in _TEXT_TYPES for own in told if own):
        raise _DoubtError
    return told


def _told(elements: list[Any], names: Collection[str]) -> list[dict[str, str]]:
    """The attributes of each element, which may have these and no others beside its language."""
    told = [dict(element.items()) for element in elements]
    if not set().union(*told) <= _LANGUAGES.union(names):
        raise _DoubtError
    return told


def _language(told: Mapping[str, str], around: str | None) -> str | None:
    language = told.get(_LANG, told.get("lang")) if told else None
    return around if language is None else language or None


def _resolved(base: str, address: str) -> str:
    if not address or is_bare(address):
        return address
    try:
        return joined(base, _EXTRA_SLASHES.sub(r"\1\3", address) if ":///" in address else address)
    except ValueError:
        return ""
