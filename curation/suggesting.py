"""Which tags the words of an item speak for, by rules that anybody can read: data/triggers.yaml. Pure.

A suggestion is never ticked: it is shown with the words that caused it, and a person decides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, cached_property, lru_cache
from hashlib import blake2b
from pathlib import Path

from msgspec import Struct

from db.records import ItemWords, Suggestion, Tag, Vocabulary

TRIGGERS = Path(__file__).parent / "data" / "triggers.yaml"
TEXT_READ = 600  # characters of the article's text: what a story is about stands at its beginning
IN_TITLE, IN_TEXT = 3, 1  # points of a word
ENOUGH = 2  # points: one word of the text alone is chance
MAX_OF_A_VOCABULARY = 4
MAX_WORDS = 4
_SPACED = re.compile("[a-z\u0400-\u04ff]")  # the first letter of what is written with spaces between words


class Trigger(Struct, frozen=True):
    """A word, folded, with the tags that it speaks for."""

    word: str
    tags: tuple[Tag, ...]
    spaced: bool  # it counts only where a word begins


class Triggers(Struct, frozen=True, eq=False):
    """All trigger words by their first letter."""

    by_letter: Mapping[str, tuple[Trigger, ...]]
    letters: frozenset[str]


@cache
def shipped_triggers() -> Triggers:
    """The words that come with the project."""
    import yaml

    loaded = yaml.load(TRIGGERS.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    by_letter = _by_letter(loaded)
    return Triggers(by_letter, frozenset(by_letter))


def shipped_mark() -> str:
    """What tells the words that come with the project from another set of them, without reading them."""
    return blake2b(TRIGGERS.read_bytes(), digest_size=8).hexdigest()


class Rules:
    """What the trigger words speak for in one vocabulary; they are read when it is first asked."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary.id
        self._parents = {term.code: term.parent for term in vocabulary.terms}
        self._places = {term.code: place for place, term in enumerate(vocabulary.terms)}  # in printed order

    @cached_property
    def _codes(self) -> Mapping[str, frozenset[str]]:
        return {one.word: self._codes_of(one) for alike in shipped_triggers().by_letter.values() for one in alike}

    def _codes_of(self, trigger: Trigger) -> frozenset[str]:
        """The terms of the vocabulary that the word speaks for, with those that stand above them."""
        codes = {tag.code for tag in trigger.tags if tag.vocabulary == self._vocabulary and tag.code in self._parents}
        return frozenset(codes | {parent for code in codes if (parent := self._parents[code])})

    def __call__(self, item: ItemWords) -> list[Suggestion]:
        """The terms that enough of the item's words speak for, the strongest first; equal ones in printed order."""
        words: dict[str, list[_Met]] = {}
        points: dict[str, int] = {}
        for one in _met(item):
            for code in self._codes[one.trigger.word]:
                words.setdefault(code, []).append(one)
                points[code] = points.get(code, 0) + one.points
        enough = [code for code, spoken in points.items() if spoken >= ENOUGH]
        ranked = sorted(enough, key=lambda code: (-points[code], self._places[code]))
        top = [code for code in ranked if self._parents[code] is None][:MAX_OF_A_VOCABULARY]
        beneath = [code for code in ranked if self._parents[code] in top][:MAX_OF_A_VOCABULARY]
        return [Suggestion(Tag(self._vocabulary, code), _strongest(words[code])) for code in (*top, *beneath)]


def folded(text: str) -> str:
    """The text as words are compared: one width, one case."""
    return unicodedata.normalize("NFKC", text).casefold()


def words_of(item: ItemWords) -> tuple[str, str]:
    """Title and the rest that is read of an item, folded."""
    return folded(item.title), folded(f"{item.summary[:TEXT_READ]}\n{item.text[:TEXT_READ]}")


def _by_letter(themes: list[dict[str, object]]) -> dict[str, tuple[Trigger, ...]]:
    tags: dict[str, set[Tag]] = {}
    for theme in themes:
        suggests, words = theme["suggests"], theme["words"]
        assert isinstance(suggests, list) and isinstance(words, dict)
        for word in (word for of_language in words.values() for word in of_language):
            tags.setdefault(folded(word), set()).update(Tag(*value.split("/")) for value in suggests)
    found: dict[str, tuple[Trigger, ...]] = {}
    for word, suggested in tags.items():
        in_order = tuple(sorted(suggested, key=lambda tag: (tag.vocabulary, tag.code)))
        trigger = Trigger(word, in_order, _SPACED.match(word) is not None)
        found[word[0]] = (*found.get(word[0], ()), trigger)
    return found


class _Met(Struct, frozen=True):
    trigger: Trigger
    points: int


@lru_cache(maxsize=1)  # each vocabulary asks for the same item
def _met(item: ItemWords) -> tuple[_Met, ...]:
    """The trigger words that stand in the item; one that only stands within a longer one of them is left out."""
    in_title, in_rest = (_standing(text, shipped_triggers()) for text in words_of(item))
    found = in_title | in_rest
    return tuple(
        _Met(found[word], IN_TITLE if word in in_title else IN_TEXT)
        for word in sorted(found)
        if not any(word in other and word != other for other in found)
    )


def _standing(text: str, triggers: Triggers) -> dict[str, Trigger]:
    """The words that stand in the text: most do not even have their first letter there."""
    letters = triggers.letters.intersection(text)
    within = [one for letter in letters for one in triggers.by_letter[letter] if one.word in text]
    return {one.word: one for one in within if not one.spaced or _begins(one.word, text)}


def _begins(word: str, text: str) -> bool:
    """Whether a word of the text begins so."""
    place = text.find(word)
    while place > 0 and (text[place - 1].isalnum() or text[place - 1] == "_"):
        place = text.find(word, place + 1)
    return place >= 0


def _strongest(met: list[_Met]) -> tuple[str, ...]:
    ranked = sorted(met, key=lambda one: -one.points)
    return tuple(one.trigger.word for one in ranked[:MAX_WORDS])
