"""What the desk's own decisions teach about tags: naive Bayes over words and pairs of characters. Pure.

It is measured leaving each item out in turn, by the same figure as the rules, and is used only while it is the better
one and enough was decided.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import log

from msgspec import Struct

from curation.suggesting import MAX_WORDS, words_of
from db.records import ItemWords, Suggestion, Tag
from db.search.words import runs
from db.suggestions import TaggedItem

SMOOTHING = 0.5


def pieces(item: ItemWords) -> frozenset[str]:
    """The words of an item, and pairs of characters of scripts that put no spaces between words."""
    found: set[str] = set()
    for run in (run for text in words_of(item) for run in runs(text)):
        found |= set(map(str.__add__, run.text, run.text[1:])) if run.joined else {run.text}
    return frozenset(piece for piece in found if not piece.isdigit())


class Learned(Struct, frozen=True):
    """How often each piece stands in items with and without each code."""

    vocabulary: str
    codes: tuple[str, ...]
    items: int
    with_code: Mapping[str, int]  # code → items
    pieces: Mapping[str, int]  # piece → items
    pieces_with: Mapping[tuple[str, str], int]  # (code, piece) → items

    def suggest(self, item: ItemWords) -> tuple[Suggestion, ...]:
        """The codes that more speaks for than against, the strongest first, with the pieces that speak most."""
        found = pieces(item)
        ranked = self._ranked(found, left_out=None)
        return tuple(
            Suggestion(Tag(self.vocabulary, code), self._why(code, found), "desk")
            for code, points in ranked
            if points > 0 and self._why(code, found)
        )

    def codes_without(self, one: TaggedItem, found: frozenset[str]) -> tuple[str, ...]:
        """The codes that would be suggested for this item had it not been learned from; `found` are its pieces."""
        return tuple(code for code, points in self._ranked(found, left_out=one) if points > 0)

    def _ranked(self, found: frozenset[str], left_out: TaggedItem | None) -> list[tuple[str, float]]:
        ranked = [(code, self._points(code, found, left_out)) for code in self.codes]
        return sorted(ranked, key=lambda one: -one[1])

    def _points(self, code: str, found: frozenset[str], left_out: TaggedItem | None) -> float:
        gone, gone_with = int(left_out is not None), int(left_out is not None and code in left_out.codes)
        total, with_code = self.items - gone, self.with_code.get(code, 0) - gone_with
        points = log((with_code + SMOOTHING) / (total - with_code + SMOOTHING))
        for piece in found:
            seen = self.pieces.get(piece, 0) - gone
            if seen > 0:
                points += _speaks(self.pieces_with.get((code, piece), 0) - gone_with, with_code, seen, total)
        return points

    def _why(self, code: str, found: frozenset[str]) -> tuple[str, ...]:
        with_code = self.with_code.get(code, 0)
        weighed = [
            (_speaks(self.pieces_with.get((code, piece), 0), with_code, seen, self.items), piece)
            for piece in found
            if (seen := self.pieces.get(piece, 0)) > 1
        ]
        return tuple(piece for points, piece in sorted(weighed, reverse=True)[:MAX_WORDS] if points > 0)


def learn(vocabulary: str, codes: Sequence[str], items: Sequence[TaggedItem]) -> Learned:
    """What these items teach about the codes."""
    with_code: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    seen_with: Counter[tuple[str, str]] = Counter()
    for item in items:
        found = pieces(item.words)
        seen.update(found)
        with_code.update(item.codes)
        for code in item.codes:
            seen_with.update((code, piece) for piece in found)
    return Learned(vocabulary, tuple(codes), len(items), with_code, seen, seen_with)


def share_first(items: Iterable[TaggedItem], codes_of: Callable[[TaggedItem], Sequence[str]]) -> float:
    """Of the codes that people gave, how many stand among as many suggested first; the mean over the items, 0 to 1."""
    shares = [len(item.codes & set(codes_of(item)[: len(item.codes)])) / len(item.codes) for item in items]
    return sum(shares) / len(shares) if shares else 0.0


def measured(learned: Learned, items: Sequence[TaggedItem]) -> float:
    """The share of people's codes that is suggested first when each item is left out in turn."""
    return share_first(items, lambda item: learned.codes_without(item, pieces(item.words)))


def _speaks(seen_with: int, with_code: int, seen: int, total: int) -> float:
    """The logarithm of how much likelier a piece is in items with the code than in those without."""
    without = total - with_code
    return log(
        (seen_with + SMOOTHING)
        / (with_code + 2 * SMOOTHING)
        * (without + 2 * SMOOTHING)
        / (seen - seen_with + SMOOTHING)
    )
