"""Where in a text the words of a query stand, for showing them: pure; escaping is left to whoever shows the text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from db.search.fold import fold, fold_with_places
from db.search.query import Query, Term
from db.search.words import LETTER, Run


class Piece(Struct, frozen=True):
    """A stretch of a text; all of them together are the text."""

    text: str
    hit: bool = False


def marked(text: str, query: Query) -> tuple[Piece, ...]:
    """The whole text in pieces, those that the query looks for being hits."""
    return _cut(text, hits(text, query), 0, len(text))


def excerpt(text: str, query: Query, characters: int) -> tuple[Piece, ...]:
    """About so much of the text, from a little before its first hit on; from the beginning when it has none."""
    found = hits(text, query)
    if len(text) <= characters:
        return _cut(text, found, 0, len(text))
    first = found[0][0] if found else 0
    start = 0 if first < characters * 2 // 3 else _word_start(text, first - characters // 4, first)
    end = _word_end(text, min(len(text), start + characters))
    before = (Piece("… "),) if start else ()
    after = (Piece(" …"),) if end < len(text) else ()
    return (*before, *_cut(text, found, start, end), *after)


def holds(text: str, query: Query) -> bool:
    """Whether anything that the query looks for stands in the text: quicker than asking where."""
    pattern = _pattern(query.terms)
    return pattern is not None and pattern.search(fold(text)) is not None


def hits(text: str, query: Query) -> tuple[tuple[int, int], ...]:
    """Start and end of every stretch that is looked for, in order, none touching another."""
    pattern = _pattern(query.terms)
    if pattern is None or not pattern.search(fold(text)):
        return ()
    folded = fold_with_places(text)
    spans = [folded.original(*match.span()) for match in pattern.finditer(folded.text) if match[0]]
    return _merged(spans)


def _pattern(terms: Iterable[Term]) -> re.Pattern[str] | None:
    # The longest first: of two that begin at the same place the regular expression takes the one named first.
    found = {_alternative(term, parts) for term in terms for parts in term.forms}
    alternatives = sorted(found, key=lambda made: (-len(made), made))
    return re.compile("|".join(alternatives)) if alternatives else None


def _alternative(term: Term, parts: tuple[Run, ...]) -> str:
    first, last = parts[0], parts[-1]
    words = r"[\W_]*".join(re.escape(run.text) for run in parts)
    before = "" if first.joined else rf"(?<!{LETTER})"
    after = "" if last.joined else rf"{LETTER}*" if term.open_ended else rf"(?!{LETTER})"
    return before + words + after


def _merged(spans: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _cut(text: str, found: Iterable[tuple[int, int]], start: int, end: int) -> tuple[Piece, ...]:
    pieces, done = [], start
    for first, last in found:
        if first >= end or last <= start:
            continue
        first, last = max(first, start), min(last, end)
        pieces += [Piece(text[done:first]), Piece(text[first:last], hit=True)]
        done = last
    pieces.append(Piece(text[done:end]))
    return tuple(piece for piece in pieces if piece.text)


def _word_start(text: str, wanted: int, latest: int) -> int:
    """The first word that begins after the wanted place, if one does before the latest."""
    space = re.compile(r"[\s。、，,.;；]").search(text, wanted, latest)
    return space.end() if space else wanted


def _word_end(text: str, wanted: int) -> int:
    """The end of the last word before the wanted place, where one ends near it."""
    space = text.rfind(" ", wanted - 20, wanted) if wanted < len(text) else -1
    return space if space > 0 else wanted
