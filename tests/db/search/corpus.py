"""2,400 news items in five languages for the search table: real titles, and made ones of words that libraries use.

Each item is known in two forms: `clean`, in the plain spelling of its language, by which the tests decide what should
be found without any folding; and `title` and `summary` as a page might carry them: half-width kana, full-width Latin,
parted Hangul, capitals, zero-width spaces and variation selectors. The same come out at every run.
"""

from __future__ import annotations

import json
import random
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from db.search.names import FILE

_HERE = Path(__file__).parent
ITEMS = 2400

# By language: patterns that name an institution, a topic and a deed; topics; deeds.
_WORDS: dict[str, dict[str, list[str]]] = json.loads((_HERE / "words.json").read_text(encoding="utf-8"))
_SCRIPTS = {"zh-Hans": "CN", "zh-Hant": "TW", "ja": "JP", "ko": "KR", "mn": "MN", "en": "AU"}


@dataclass(frozen=True, slots=True)
class Item:
    """One made or real piece of news."""

    clean: str
    title: str
    summary: str
    language: str
    country: str
    published_on: str
    about: str  # id of the institution named in it; empty when none was put in


def corpus(items: int = ITEMS) -> list[Item]:
    """The items, the same at every call."""
    chance = random.Random(20201105)
    made = [*_real(chance), *_made(chance, items)]
    return made[:items]


def _real(chance: random.Random) -> Iterator[Item]:
    for line in (_HERE / "titles.tsv").read_text(encoding="utf-8").splitlines():
        language, country, title = line.split("\t")
        clean = unicodedata.normalize("NFC", title)
        yield Item(clean, title, "", language, country, _day(chance), "")


def _made(chance: random.Random, items: int) -> Iterator[Item]:
    names = _names_by_language()
    for _ in range(items):
        language = chance.choice(tuple(_WORDS))
        words = _WORDS[language]
        about, who = chance.choice(names[language])
        parts = {"who": who, "topic": chance.choice(words["topics"]), "deed": chance.choice(words["deeds"])}
        title = chance.choice(words["patterns"]).format(**parts)
        summary = chance.choice(words["topics"]) if chance.random() < 0.5 else ""
        dress = chance.choice(_DRESSES[language])
        yield Item(
            f"{title}\n{summary}", dress(title), dress(summary), language, _SCRIPTS[language], _day(chance), about
        )


def _day(chance: random.Random) -> str:
    return f"{chance.randint(2019, 2022)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"


def _names_by_language() -> dict[str, list[tuple[str, str]]]:
    """The names of the authority table by the script they are written in."""
    found: dict[str, list[tuple[str, str]]] = {language: [] for language in _WORDS}
    for institution in json.loads(FILE.read_text(encoding="utf-8")):
        for name in institution["names"]:
            found[_language_of(name)].append((institution["id"], name))
    found["zh-Hant"] += [pair for pair in found["zh-Hans"] if pair[1].isascii()] or found["zh-Hans"][:3]
    return found


def _language_of(name: str) -> str:
    kinds = {unicodedata.name(letter, "").split(" ")[0] for letter in name}
    if "HANGUL" in kinds:
        return "ko"
    if "CYRILLIC" in kinds:
        return "mn"
    if kinds & {"KATAKANA", "HIRAGANA"} or "図" in name or "協会" in name:
        return "ja"
    if "CJK" in kinds:
        return "zh-Hant" if any(letter in name for letter in "國圖協會聯") else "zh-Hans"
    return "en"


def _plain(text: str) -> str:
    return text


def _wide(text: str) -> str:
    """Latin letters and digits as wide as characters."""
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)


_NARROW = {chr(code): unicodedata.normalize("NFKC", chr(code)) for code in range(0xFF66, 0xFF9E)}
_HALF = {whole: half for half, whole in _NARROW.items()}


def _half(text: str) -> str:
    """Katakana half as wide, the marks standing apart."""
    parted = "".join(unicodedata.normalize("NFD", letter) if "ァ" <= letter <= "ヺ" else letter for letter in text)
    return "".join({"\u3099": "ﾞ", "\u309a": "ﾟ"}.get(letter, _HALF.get(letter, letter)) for letter in parted)


def _parted(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def _with_nothing_seen(text: str) -> str:
    """Zero-width spaces and joiners between the letters, as editors leave them."""
    return "\u200b".join(text[place : place + 3] for place in range(0, len(text), 3)) + "\ufeff"


def _selected(text: str) -> str:
    """A variation selector after every second Chinese character."""
    return "".join(
        letter + "\ufe00" if "一" <= letter <= "鿿" and place % 2 else letter for place, letter in enumerate(text)
    )


_DRESSES: dict[str, list[Callable[[str], str]]] = {
    "zh-Hans": [_plain, _plain, _wide, _with_nothing_seen, _selected],
    "zh-Hant": [_plain, _plain, _with_nothing_seen, _selected],
    "ja": [_plain, _plain, _half, _wide, _parted, _selected],
    "ko": [_plain, _plain, _parted, _with_nothing_seen],
    "mn": [_plain, _plain, str.upper, _parted],
    "en": [_plain, _plain, str.upper, _parted, _wide],
}
