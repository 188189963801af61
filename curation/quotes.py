"""Sentences of an article quoted in an impact note, and where they stand in the kept copy. Pure.

A quotation keeps its words, some words around them and its place (W3C Web Annotation: TextQuoteSelector and
TextPositionSelector), so that it is found again when the copy was read anew, and is never found where it is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from msgspec import Struct

from curation.languages import gettext
from db.errors import DecisionError
from db.records import IMPACT_PARTS, Quote

AROUND = 32  # characters kept before and after
MAX_QUOTES = 30
MAX_CHARACTERS = 1_000


class Segment(Struct, frozen=True):
    """A stretch of a paragraph; `quote` is the number of the quotation that it belongs to, 0 for none."""

    text: str
    quote: int = 0


class Paragraph(Struct, frozen=True):
    """A paragraph of the kept copy; `start` is where it begins in the text, in characters."""

    start: int
    text: str


def paragraphs_of(text: str) -> tuple[Paragraph, ...]:
    """The paragraphs of a text as it is kept, without those that are empty."""
    found, start = [], 0
    for part in text.split("\n\n"):
        if stripped := part.strip():
            found.append(Paragraph(start + part.index(stripped[0]), stripped))
        start += len(part) + 2
    return tuple(found)


def quote_at(text: str, part: str, start: int, end: int) -> Quote:
    """The quotation of these characters of the kept copy."""
    return Quote(part, text[start:end], text[max(0, start - AROUND) : start], text[end : end + AROUND], start, end)


def place_of(text: str, quote: Quote) -> tuple[int, int] | None:
    """Where the quotation stands in the text; None when it is not there any more.

    Of several places the one with the same words around it counts, then the one nearest to where it was.
    """
    if not quote.exact:
        return None
    places = list(_places(text, quote.exact))
    if not places:
        return None

    def likeness(at: int) -> tuple[int, int]:
        same = text[:at].endswith(quote.prefix) + text[at + len(quote.exact) :].startswith(quote.suffix)
        return same, -abs(at - quote.start)

    best = max(places, key=likeness)
    return best, best + len(quote.exact)


def quotes_after(sent: Iterable[str], before: Sequence[Quote], text: str) -> tuple[Quote, ...]:
    """The quotations once a form came back: `kept:2` is the third of those before, `need:5:9:words` a new one.

    DecisionError when one is none, or its words do not stand in the kept copy.
    """
    found: list[Quote] = []
    for value in sent:
        quote = _kept(value, before) if value.startswith("kept:") else _new(value, text)
        if quote not in found:
            found.append(quote)
    if len(found) > MAX_QUOTES:
        raise DecisionError(gettext("An impact note holds at most {most} quotations.").format(most=MAX_QUOTES))
    return tuple(found)


def segments(paragraph: Paragraph, places: Sequence[tuple[int, int] | None]) -> tuple[Segment, ...]:
    """The paragraph cut where quotations begin and end; places are those of the quotations 1, 2, …; the first wins."""
    end = paragraph.start + len(paragraph.text)
    cuts = {paragraph.start, end}
    inside = [place for place in places if place and place[0] < end and place[1] > paragraph.start]
    for place in inside:
        cuts |= {min(max(at, paragraph.start), end) for at in place}
    ordered = sorted(cuts)
    return tuple(
        Segment(paragraph.text[one - paragraph.start : other - paragraph.start], _number(one, places))
        for one, other in pairwise(ordered)
    )


def _number(at: int, places: Sequence[tuple[int, int] | None]) -> int:
    return next((number for number, place in enumerate(places, 1) if place and place[0] <= at < place[1]), 0)


def _places(text: str, words: str) -> Iterator[int]:
    at = text.find(words)
    while at >= 0:
        yield at
        at = text.find(words, at + 1)


def _kept(value: str, before: Sequence[Quote]) -> Quote:
    number = value.removeprefix("kept:")
    if not (number.isascii() and number.isdigit() and len(number) < 4 and int(number) < len(before)):
        raise DecisionError(gettext("One of the quotations is none; load the page again."))
    return before[int(number)]


def _new(value: str, text: str) -> Quote:
    part, _, rest = value.partition(":")
    start, _, rest = rest.partition(":")
    end, _, words = rest.partition(":")
    numbers = start + end
    if part not in IMPACT_PARTS or not (
        numbers.isascii() and numbers.isdigit() and start and end and len(numbers) < 20
    ):
        raise DecisionError(gettext("One of the quotations is none; load the page again."))
    words = words.replace("\r\n", "\n")
    if not words.strip() or len(words) > MAX_CHARACTERS:
        raise DecisionError(gettext("A quotation has between 1 and {most} characters.").format(most=MAX_CHARACTERS))
    place = place_of(text, Quote(part, words, "", "", int(start), int(end)))
    if place is None:
        raise DecisionError(gettext("A quoted sentence does not stand in the kept copy; quote it again."))
    return quote_at(text, part, *place)
