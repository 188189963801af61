"""Which tags the words of an item speak for, by rules that anybody can read: data/triggers.json. Pure.

A suggestion is never ticked: it is shown with the words that caused it, and a person decides.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from db.records import ItemWords, Suggestion, SuggestionSource, Tag, Vocabulary
from db.search.fold import normal
from db.search.words import LETTER

TRIGGERS = Path(__file__).parent / "data" / "triggers.json"
TEXT_READ = 600  # characters of the article's text: what a story is about stands at its beginning
IN_TITLE, IN_TEXT = 3, 1  # points of a word
ENOUGH = 2  # points: one word of the text alone is chance
MAX_OF_A_VOCABULARY = 4
MAX_WORDS = 4
_SPACED = re.compile("[a-z\u0400-\u04ff]")  # the first letter of what is written with spaces between words
_BEGINNING = re.compile(f"({_SPACED.pattern}{{3}}){_SPACED.pattern}*")  # of such a word; no trigger is shorter
_LETTER = re.compile(LETTER)  # none of what is written without spaces: a word may begin behind that
_LETTERS = re.compile(f"{LETTER}*")


class Trigger(Struct, frozen=True):
    """A word, folded, with the tags that it speaks for."""

    word: str
    tags: tuple[Tag, ...]
    spaced: bool  # it counts only where a word begins

    def stands_in(self, text: str) -> bool:
        """Whether it stands in this folded text."""
        return _place(self.word, text) >= 0 if self.spaced else self.word in text


@cache
def shipped_triggers() -> tuple[Trigger, ...]:
    """The words that come with the project."""
    return _triggers(json.loads(TRIGGERS.read_bytes()))


def _triggers(themes: list[dict[str, Any]]) -> tuple[Trigger, ...]:
    tags: dict[str, set[Tag]] = {}
    for theme in themes:
        suggested = [Tag(*value.split("/")) for value in theme["suggests"]]
        for word in (word for of_language in theme["words"].values() for word in of_language.split(", ")):
            tags.setdefault(folded(word), set()).update(suggested)
    return tuple(Trigger(word, tuple(spoken_for), bool(_SPACED.match(word))) for word, spoken_for in tags.items())


@cache
def _tags() -> Mapping[str, Sequence[Tag]]:
    """What each of the words speaks for."""
    return {trigger.word: trigger.tags for trigger in shipped_triggers()}


def shipped_mark() -> str:
    """What tells the words that come with the project, and how they count, from others, without reading them."""
    return blake2b(TRIGGERS.read_bytes(), digest_size=8, person=b"between scripts").hexdigest()


class Rules:
    """What the trigger words speak for in one vocabulary; they are read when one is first met."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary.id
        self._parents = {term.code: term.parent for term in vocabulary.terms}  # in printed order
        self._codes_of = cache(self._codes)  # few of the words are met in one pass

    def _codes(self, word: str) -> frozenset[str]:
        """The terms of the vocabulary that the word speaks for, with those that stand above them."""
        codes = {tag.code for tag in _tags()[word] if tag.vocabulary == self._vocabulary and tag.code in self._parents}
        return frozenset(codes | {parent for code in codes if (parent := self._parents[code])})

    def __call__(self, item: ItemWords) -> list[Suggestion]:
        """The terms that enough of the item's words speak for, the strongest first; equal ones in printed order."""
        points: dict[str, int] = {}
        words: dict[str, list[str]] = {}
        codes_of, parents = self._codes_of, self._parents
        for word, worth in _met(item).items():
            for code in codes_of(word):
                points[code] = points.get(code, 0) + worth
                words.setdefault(code, []).append(word)
        enough = [code for code in parents if points.get(code, 0) >= ENOUGH]
        ranked = sorted(enough, key=points.__getitem__, reverse=True)
        top = [code for code in ranked if parents[code] is None][:MAX_OF_A_VOCABULARY]
        beneath = [code for code in ranked if parents[code] in top][:MAX_OF_A_VOCABULARY]
        return [Suggestion(Tag(self._vocabulary, code), tuple(words[code][:MAX_WORDS])) for code in (*top, *beneath)]


def folded(text: str) -> str:
    """The text as words are compared: one width, one case."""
    return normal(text).casefold()


def words_of(item: ItemWords) -> tuple[str, str]:
    """Title and the rest that is read of an item, folded."""
    title, whole, _ = _read(item)
    return title, whole[len(title) + 1 :]


def as_written(found: Sequence[Suggestion], item: ItemWords) -> list[Suggestion]:
    """The suggestions with their words as they stand in the item: `Digitisation` for the beginning `digitis`."""
    if not found:
        return []
    _, compared, text = _read(item)
    shown = text if len(text) == len(compared) else compared  # a few letters are two in one case
    met = {(word, one.source) for one in found for word in one.words}
    written = {(word, source): _written(word, source, compared, shown) for word, source in met}
    return [replace(one, words=tuple([written[word, one.source] for word in one.words])) for one in found]


def _written(word: str, source: SuggestionSource, compared: str, shown: str) -> str:
    spaced = _SPACED.match(word)
    place = _place(word, compared) if spaced else compared.find(word)
    if place < 0:
        return word
    end = place + len(word)
    whole = _LETTERS.match(shown, end) if spaced and source == "rules" else None
    return shown[place : whole.end() if whole else end]


@lru_cache(maxsize=1)  # each vocabulary asks for the same item
def _read(item: ItemWords) -> tuple[str, str, str]:
    """What is read of an item: its title, folded; all of it, folded; and the same as it is written, in one width."""
    title = normal(item.title)
    text = "\n".join([title, normal(item.summary[:TEXT_READ]), normal(item.text[:TEXT_READ])])
    return title.casefold(), text.casefold(), text


@lru_cache(maxsize=1)
def _met(item: ItemWords) -> Mapping[str, int]:
    """The trigger words that stand in the item with their points, the strongest first.

    One that only stands within a longer one of them is left out.
    """
    title, whole, _ = _read(item)
    found = _standing(whole)
    together = "\n".join(found)
    words = sorted(word for word in found if together.count(word) == 1)
    in_title = {word: IN_TITLE for word in words if found[word].stands_in(title)}
    return in_title | {word: IN_TEXT for word in words if word not in in_title}


@cache
def _by_sign() -> tuple[re.Pattern[str], Mapping[str, Sequence[Trigger]]]:
    """The triggers by what a text must have so that they can stand there, and what finds the letters among that.

    It is how a word of a trigger begins, else the one of its letters that the fewest triggers have.
    """
    having = Counter(letter for trigger in shipped_triggers() for letter in set(trigger.word))
    letters: set[str] = set()
    found: dict[str, list[Trigger]] = {}
    for trigger in shipped_triggers():
        began = _BEGINNING.match(trigger.word)
        sign = began[1] if began else min(trigger.word, key=having.__getitem__)
        found.setdefault(sign, []).append(trigger)
        letters |= set() if began else {sign}
    return re.compile(f"[{re.escape(''.join(letters))}]"), found


def _standing(text: str) -> dict[str, Trigger]:
    """The trigger words that stand in the text."""
    letters, triggers = _by_sign()
    signs = triggers.keys() & (letters.findall(text) + _BEGINNING.findall(text))
    near = [one for sign in signs for one in triggers[sign] if one.word in text]
    return {one.word: one for one in near if one.stands_in(text)}


def _place(word: str, text: str) -> int:
    """Where the first word of the text begins that begins so; -1 where none does."""
    place = text.find(word)
    while place > 0 and _LETTER.match(text, place - 1):
        place = text.find(word, place + 1)
    return place
