"""How the public site words and marks up what it shows: pure functions from stored values to safe text or HTML."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from markupsafe import Markup

from db.search.activities import FIELDS
from db.search.marks import excerpt
from db.search.marks import marked as marked_pieces
from db.search.query import Query, parse, relaxed
from db.text_language import language_of
from publishing.report import text
from publishing.report.dates import MONTHS

_SPAN = re.compile(r"(\d{4})-(\d\d)\.\.(\d{4})-(\d\d)")
_HALF = re.compile(r"(\d{4}) H([12])")


def paragraphs(value: str | None) -> Markup:
    """The text as HTML paragraphs, each saying its language; *stars* are italics, everything else stays text."""
    blocks = text.paragraphs(value or "")
    return Markup("\n").join(Markup("<p{}>{}</p>").format(language_attribute(part), inline(part)) for part in blocks)


def inline(value: str) -> Markup:
    """One line of HTML, with *stars* as italics and without characters that turn the text around them."""
    runs = text.italic_runs(text.one_line(value))
    return Markup("").join(Markup("<em>{}</em>" if run.italic else "{}").format(run.text) for run in runs)


def plain(value: str) -> str:
    """One line of text, without the stars."""
    return "".join(run.text for run in text.italic_runs(text.one_line(value)))


def marked(value: str, typed: str, characters: int = 0) -> Markup:
    """One line of HTML in which the words that were looked for are marked; an excerpt when `characters` are given."""
    query, line = _query(typed), plain(value)
    pieces = excerpt(line, query, characters) if characters else marked_pieces(line, query)
    return Markup("").join(Markup("<mark>{}</mark>" if piece.hit else "{}").format(piece.text) for piece in pieces)


@lru_cache(maxsize=64)
def _query(typed: str) -> Query:
    """What is marked for what was typed: its words, and what begins like them."""
    query = parse(typed, fields=FIELDS)
    return Query((*query.wanted, *relaxed(query).wanted))


def activity_path(id_: int) -> str:
    """The short address of an activity, which never changes."""
    return f"/a/{id_}"


def country_path(code: str) -> str:
    """The address of a country's page."""
    return f"/country/{code}"


def tag_path(vocabulary: str, code: str) -> str:
    """The address of a tag's page."""
    return f"/tag/{vocabulary}/{code}"


def language_path(language: str) -> str:
    """Where the feed of a language stands."""
    return f"/language/{quote(language, safe='')}"


def period_path(period: str) -> str:
    """The address of a period's page."""
    return f"/period/{period.replace(' ', '-')}"


def language_attribute(value: str, hint: str | None = None) -> Markup:
    """The `lang` attribute of the text, told from its script and the language of its source; empty when unknown."""
    language = language_of(value, hint)
    return Markup(' lang="{}"').format(language) if language else Markup("")


def date_words(published_on: str | None, precision: str) -> str:
    """The date as exactly as it is known: "5 December 2020", "December 2020", "2020" or "date not known"."""
    if not published_on or precision == "none":
        return "date not known"
    year, month, day = (int(part) for part in published_on.split("-"))
    parts = {"day": f"{day} {MONTHS[month - 1]} {year}", "month": f"{MONTHS[month - 1]} {year}"}
    return parts.get(precision, str(year))


def period_words(period: str | None) -> str:
    """ "November 2020 – February 2021" for 2020-11..2021-02, "July – December 2020" for 2020 H2."""
    if half := _HALF.fullmatch(period or ""):
        return f"{'January – June' if half[2] == '1' else 'July – December'} {half[1]}"
    if span := _SPAN.fullmatch(period or ""):
        first, last = (MONTHS[int(span[group]) - 1] for group in (2, 4))
        return f"{first} – {last} {span[3]}" if span[1] == span[3] else f"{first} {span[1]} – {last} {span[3]}"
    return period or ""


@lru_cache(maxsize=512)
def language_words(tag: str) -> str:
    """The language's English name, the tag itself when it has none."""
    from babel import Locale

    english = Locale("en")
    language, *parts = tag.split("-")
    name = english.languages.get(language)
    within = [english.scripts.get(part) or english.territories.get(part) for part in parts]
    if not name or None in within:
        return tag
    return f"{name} ({', '.join(map(str, within))})" if within else str(name)


def is_language(tag: str) -> bool:
    """Whether the tag names a language as the site writes it: `ko` and `zh-Hant`, not `KO` or `xx`."""
    return language_words(tag) != tag


def outward(url: str | None) -> str:
    """The address when a reader may be sent there: http or https with a host; empty otherwise."""
    if not url or re.search(r"[\s\x00-\x1f\x7f\\]", url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.hostname else ""


def host(url: str) -> str:
    """The name of the site that an address leads to, without "www."."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


_PAGING = ("_next", "_nofacet")


def without(query: str, *dropped: tuple[str, str]) -> str:
    """The query string without these pairs, from its first page on."""
    pairs = parse_qsl(query, keep_blank_values=True)
    return "?" + urlencode([pair for pair in pairs if pair not in dropped and pair[0] not in _PAGING])


def first_page(url: str) -> str:
    """An address of this site as a relative one that starts at the first page."""
    parts = urlsplit(url)
    return f"{parts.path}{without(parts.query)}"


def next_page(url: str) -> str:
    """An address of a later page as a relative one; without facets, which Datasette would count from there on only."""
    parts = urlsplit(url)
    return f"{parts.path}{without(parts.query)}&" + urlencode(
        [*((key, value) for key, value in parse_qsl(parts.query) if key == "_next"), ("_nofacet", "1")]
    )
