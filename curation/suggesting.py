"""Which tags the words of an item speak for, by rules that anybody can read: data/triggers.yaml. Pure.

A suggestion is never ticked: it is shown with the words that caused it, and a person decides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import blake2b
from pathlib import Path

from db.records import ItemWords, Suggestion, Tag, Vocabulary

TRIGGERS = Path(__file__).parent / "data" / "triggers.yaml"
TEXT_READ = 600  # characters of the article's text: what a story is about stands at its beginning
IN_TITLE, IN_TEXT = 3, 1  # points of a word
ENOUGH = 2  # points: one word of the text alone is chance
MAX_OF_A_VOCABULARY = 4
MAX_WORDS = 4
_SCRIPTS = {"latin": "[a-z]", "cyrillic": "[\u0400-\u04ff]", "hangul": "[\uac00-\ud7a3]", "other": "[\u2e80-\u9fff]"}


@dataclass(frozen=True, slots=True)
class Trigger:
    """A word, folded, with the tags that it speaks for."""

    word: str
    tags: tuple[Tag, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Triggers:
    """All trigger words by their script."""

    by_script: Mapping[str, tuple[Trigger, ...]]


@cache
def shipped_triggers() -> Triggers:
    """The words that come with the project."""
    import yaml

    loaded = yaml.load(TRIGGERS.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return Triggers(_by_script(loaded))


def shipped_mark() -> str:
    """What tells the words that come with the project from another set of them, without reading them."""
    return blake2b(TRIGGERS.read_bytes(), digest_size=8).hexdigest()


def by_rules(item: ItemWords, triggers: Triggers, vocabularies: Iterable[Vocabulary]) -> tuple[Suggestion, ...]:
    """What the item's words speak for, the strongest first in each vocabulary."""
    met = _met(item, triggers)
    return tuple(suggestion for vocabulary in vocabularies for suggestion in _of(vocabulary, met))


def folded(text: str) -> str:
    """The text as words are compared: one width, one case."""
    return unicodedata.normalize("NFKC", text).casefold()


def words_of(item: ItemWords) -> tuple[str, str]:
    """Title and the rest that is read of an item, folded."""
    return folded(item.title), folded(f"{item.summary[:TEXT_READ]}\n{item.text[:TEXT_READ]}")


def _by_script(themes: list[dict[str, object]]) -> dict[str, tuple[Trigger, ...]]:
    tags: dict[str, set[Tag]] = {}
    for theme in themes:
        suggests, words = theme["suggests"], theme["words"]
        assert isinstance(suggests, list) and isinstance(words, dict)
        for word in (word for of_language in words.values() for word in of_language):
            tags.setdefault(folded(word), set()).update(Tag(*value.split("/")) for value in suggests)
    found: dict[str, list[Trigger]] = {script: [] for script in _SCRIPTS}
    for word, suggested in sorted(tags.items()):
        script = next((name for name, letters in _SCRIPTS.items() if re.match(letters, word)), "latin")
        found[script].append(Trigger(word, tuple(sorted(suggested, key=lambda tag: (tag.vocabulary, tag.code)))))
    return {script: tuple(triggers) for script, triggers in found.items()}


@dataclass(frozen=True, slots=True)
class _Met:
    trigger: Trigger
    points: int


@lru_cache(maxsize=1)  # each vocabulary asks for the same item
def _met(item: ItemWords, triggers: Triggers) -> tuple[_Met, ...]:
    """The trigger words that stand in the item; one that only stands within a longer one of them is left out."""
    title, rest = words_of(item)
    whole = f"{title}\n{rest}"
    found = []
    for script, letters in _SCRIPTS.items():
        if re.search(letters, whole):
            starts = script in ("latin", "cyrillic")
            found += [trigger for trigger in triggers.by_script[script] if _stands(trigger.word, whole, starts)]
    alone = [one for one in found if not any(one.word in other.word and one is not other for other in found)]
    in_title = [_stands(trigger.word, title, trigger.word[0] < "\u2e80") for trigger in alone]
    return tuple(
        _Met(trigger, IN_TITLE if stands else IN_TEXT) for trigger, stands in zip(alone, in_title, strict=True)
    )


def _stands(word: str, text: str, at_its_start: bool) -> bool:
    return word in text and (not at_its_start or re.search(rf"\b{re.escape(word)}", text) is not None)


def _of(vocabulary: Vocabulary, met: tuple[_Met, ...]) -> list[Suggestion]:
    """The terms of this vocabulary that enough speaks for; equal ones in printed order."""
    parents = {term.code: term.parent for term in vocabulary.terms}
    points: dict[str, int] = dict.fromkeys(parents, 0)
    words: dict[str, list[_Met]] = {code: [] for code in parents}
    for one in met:
        codes = {tag.code for tag in one.trigger.tags if tag.vocabulary == vocabulary.id and tag.code in parents}
        for code in codes | {parent for code in codes if (parent := parents[code])}:
            points[code] += one.points
            words[code].append(one)
    top = [code for code in parents if parents[code] is None and points[code] >= ENOUGH]
    top = sorted(top, key=lambda code: -points[code])[:MAX_OF_A_VOCABULARY]
    beneath = [code for code in parents if parents[code] in top and points[code] >= ENOUGH]
    ranked = sorted(beneath, key=lambda code: -points[code])[:MAX_OF_A_VOCABULARY]
    return [Suggestion(Tag(vocabulary.id, code), _strongest(words[code])) for code in (*top, *ranked)]


def _strongest(met: list[_Met]) -> tuple[str, ...]:
    ranked = sorted(met, key=lambda one: -one.points)
    return tuple(one.trigger.word for one in ranked[:MAX_WORDS])
