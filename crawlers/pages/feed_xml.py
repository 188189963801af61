"""A well-formed feed read at the speed of its bytes, wherever feedparser would without doubt read the same.

feedparser is the reference: what it makes of an entry stands here for the elements that feeds are made of, as far as
items are. A feed with anything else in it that could matter (a DOCTYPE, xml:base, markup that is not escaped, two
titles, an element that nobody knows) is a doubt, and doubt means None: then feedparser itself reads the feed.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Any

from lxml import etree

from crawlers.urls import joined

NOT_PARSED = object()  # in place of the date that feedparser reads in what is printed
Entry = dict[str, Any]
Column = list[tuple[int, Any]]  # all elements of one kind, each with the number of its entry; in their order
Reader = Callable[["_Reading", Column], None]

_ATOM = "http://www.w3.org/2005/atom"
_RSS = "http://purl.org/rss/1.0/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_LANGUAGES = (_LANG, "lang")
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
_COMPLETE = re.compile(r"https?://[a-z0-9.:-]+/[A-Za-z0-9._~/-]*")  # nothing that joining would change
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
        elements = list(root.iter())  # held, so that lxml makes each of them once
        if any(_local(name) == "base" for name in set().union(*[element.keys() for element in elements])):
            return None
        found = _entries(root, elements)
        language = _language(found[0].getparent().attrib, _language(root.attrib, None)) if found else None
        text = _text if _low_letters(body) else _plain_text
        return _Reading(url, found, language, text).entries, _next_page(root, url)
    except (etree.LxmlError, _DoubtError):
        return None


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)


def _low_letters(body: bytes) -> bool:
    """Whether letters between U+0080 and U+00BF may be in it; without them no text was encoded twice."""
    return b"\xc2" in body or (b"#" in body and b"&#" in body)


def _entries(root: Any, elements: list[Any]) -> list[Any]:
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
    found = [child for child in frame if child.tag == name]
    tags = Counter([element.tag for element in elements])
    if sum(number for tag, number in tags.items() if _local(tag) in ("item", "entry")) != len(found):
        raise _DoubtError
    return found


@lru_cache(maxsize=1024)
def _local(tag: str) -> str:
    return tag.rpartition("}")[2].lower()


def _next_page(root: Any, url: str) -> str | None:
    channel = (child for child in root if _local(child.tag) == "channel")
    frame = root if _local(root.tag) == "feed" else next(channel, ())
    for child in frame:
        if _name(child.tag) == "link" and (child.get("rel") or "").lower() == "next":
            if not child.get("href"):
                raise _DoubtError
            return _resolved(url, child.get("href"))
    return None


def _columns(found: list[Any]) -> dict[Reader, Column]:
    """What the entries hold, by what reads it."""
    columns: defaultdict[Reader, Column] = defaultdict(list)
    for number, entry in enumerate(found):
        for element in entry:
            reader = _reader(element.tag)
            if len(element) and reader not in _NESTED:
                raise _DoubtError
            if reader is not None:
                columns[reader].append((number, element))
    return columns


class _Reading:
    """The entries of a page while they are read: all elements of one kind at once, then those of the next."""

    def __init__(self, url: str, found: list[Any], language: str | None, text: Callable[[Any], str]) -> None:
        self.url = url
        self.text = text
        told = [_told(element, _OF_ENTRY) for element in found]
        self.entries: list[Entry] = [{"id": own[_ABOUT]} if _ABOUT in own else {} for own in told]
        self.languages = [_language(own, language) for own in told]
        for reader, column in _columns(found).items():
            reader(self, column)

    def titles(self, column: Column) -> None:
        _once(column)
        for number, element in column:
            language = _language(_told_of_text(element), self.languages[number])
            self.entries[number]["title"] = self.text(element)
            if language:
                self.entries[number]["title_detail"] = {"language": language.replace("_", "-")}

    def links(self, column: Column) -> None:
        for number, element in column:
            if element.get("href") is not None:
                self._atom_link(self.entries[number], _told(element, _OF_LINK))
                continue
            _told(element)
            link = _resolved(self.url, self.text(element))
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

    def identities(self, column: Column) -> None:
        _once(column)
        for number, element in column:
            told = _told(element, _OF_GUID)
            entry, name = self.entries[number], self.text(element)
            if told.get("isPermaLink", "true") == "true":
                name = _resolved(self.url, name)
                entry.setdefault("link", name)
            entry["id"] = name

    def summaries(self, column: Column) -> None:
        _once(column)
        for number, element in column:
            _told_of_text(element)
            self.entries[number]["summary"] = self.text(element)

    def contents(self, column: Column) -> None:
        for number, element in column:
            _told_of_text(element)
            value = self.text(element)
            self.entries[number].setdefault("content", []).append({"value": value})
            self.entries[number].setdefault("summary", value)

    def enclosures(self, column: Column) -> None:
        for number, element in column:
            told = _told(element, _OF_FILE)
            file = {"href": told.get("url"), "type": told.get("type", "").lower()}
            self.entries[number].setdefault("enclosures", []).append(file)

    def thumbnails(self, column: Column) -> None:
        if any(self.text(element) for _, element in column):
            raise _DoubtError
        self._media("media_thumbnail", column)

    def media_contents(self, column: Column) -> None:
        self._media("media_content", column)

    def _media(self, name: str, column: Column) -> None:
        for number, element in column:
            told = dict(element.items())
            if len(element) and not _tells_title_of_picture(element):
                raise _DoubtError
            if any(key != key.lower() or key.startswith("{") for key in told):
                raise _DoubtError
            media = {"url": told.get("url"), "medium": told.get("medium"), "type": told.get("type", "").lower()}
            self.entries[number].setdefault(name, []).append({key: value for key, value in media.items() if value})

    def people(self, column: Column) -> None:
        for _, element in column:
            if any(_name(child.tag) not in _PERSON or len(child) for child in element):
                raise _DoubtError


def _once(column: Column) -> None:
    """Elements that feedparser reads otherwise when an entry has two of them."""
    if len({number for number, _ in column}) != len(column):
        raise _DoubtError


def _tells_title_of_picture(element: Any) -> bool:
    """Whether it holds titles alone, and they are of the picture: the entry has told its own before."""
    before = element.itersiblings(preceding=True)
    return all(_name(child.tag) == "media:title" and not len(child) for child in element) and any(
        _name(other.tag) == "title" and _plain_text(other) for other in before
    )


def _value(name: str) -> Reader:
    """Takes the text of an element under this name; of several the last one counts."""

    def read(reading: _Reading, column: Column) -> None:
        for number, element in column:
            reading.entries[number][name] = reading.text(element)

    return read


def _date(name: str) -> Reader:
    parsed = f"{name}_parsed"

    def read(reading: _Reading, column: Column) -> None:
        for number, element in column:
            entry = reading.entries[number]
            entry[name], entry[parsed] = reading.text(element), NOT_PARSED

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
def _reader(tag: str) -> Reader | None:
    """What reads the elements of an entry with this tag; None: nothing, as long as they have no elements in them."""
    name = _name(tag)
    if name in _READERS:
        return _READERS[name]
    return None if name in _PLAIN or name in _UNREAD or name.startswith("other:") else _unknown


def _unknown(reading: _Reading, column: Column) -> None:
    """Nothing is read of elements with a harmless name."""
    for _, element in column:
        harmless = _STRANGE.get(element.tag.rpartition("}")[0].removeprefix("{"))
        if not harmless or harmless != element.prefix:
            raise _DoubtError


@lru_cache(maxsize=1024)
def _name(tag: str) -> str:
    """The name of an element with the short name of its namespace; '?' where that is not known."""
    namespace, _, local = tag.rpartition("}")
    known = _NAMES.get(namespace.removeprefix("{").lower(), "?")
    return f"{known}{local.lower()}" if known in ("other:", "feedburner:") else f"{known}{local}"


def _plain_text(element: Any) -> str:
    text: str = element.text or ""
    return text.strip()


def _text(element: Any) -> str:
    """The text as feedparser gives it; its guesses about letters that were encoded twice are left to itself."""
    text = _plain_text(element)
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


def _told_of_text(element: Any) -> Mapping[str, str]:
    """The attributes of an element that is text, or markup which stands in it as text."""
    told = _told(element, _OF_TEXT)
    if told and told.get("type", "text").lower() not in _TEXT_TYPES:
        raise _DoubtError
    return told


def _told(element: Any, names: Collection[str] = ()) -> Mapping[str, str]:
    """The attributes of an element, which may have these and no others beside its language."""
    told = element.items()
    for name, _ in told:
        if name not in names and name not in _LANGUAGES:
            raise _DoubtError
    return dict(told) if told else {}


def _language(told: Mapping[str, str], around: str | None) -> str | None:
    language = told.get(_LANG, told.get("lang")) if told else None
    return around if language is None else language or None


def _resolved(base: str, address: str) -> str:
    if not address or _COMPLETE.fullmatch(address):
        return address
    try:
        return joined(base, _EXTRA_SLASHES.sub(r"\1\3", address) if ":///" in address else address)
    except ValueError:
        return ""
