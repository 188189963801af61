"""What counts as the same letter in a search: pure, and the same for what is stored and for what is typed.

Width, case and composition; Japanese, traditional and simplified characters; hiragana, katakana and small kana; Latin
letters with and without their marks; digits of every script; invisible characters. What tells words apart stays: й and
и, ё and е, ө and о, か and が.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, pairwise
from pathlib import Path

from msgspec import Struct

_HAN = Path(__file__).parent.parent / "data" / "han.txt"

# Joiners, direction marks, soft hyphens, variation selectors, vowel separators, glottal stops, half characters.
_UNSEEN = (
    "\xad\u02bb-\u02bf\u02c8\u061c\u0640\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\ud800-\udfff\U000e0100-\U000e01ef"
)
_INVISIBLE = re.compile(f"[{_UNSEEN}]")
_LEFT_OVER = re.compile(  # what is invisible, and marks that no letter has taken in
    f"[{_UNSEEN}\u0300-\u036f\u0483-\u0487\u064b-\u065f\u0670]"
)
_WIDE = re.compile("[\u2026\u3000\uff01-\uff5e]")  # ASCII of another width, which most Chinese sentences have
_DIGITS = (0x660, 0x6F0, 0x966, 0x9E6, 0xE50, 0xED0, 0xF20, 0x1040, 0x17E0, 0x1810)  # the zeros of other scripts
_LETTERS = {
    **dict(zip("ðøđħłŧıŋɨʉ", "dodhltiniu", strict=True)), "æ": "ae", "œ": "oe", "þ": "th",
    **dict(zip("єї", "өү", strict=True)),  # typed for the Mongolian letters where a keyboard lacks them
    **dict(zip("يىئكةأإآٱؤ", "یییکهااااو", strict=True)),
}  # fmt: skip


def _marked_letters() -> dict[int, str]:
    """Latin letters with marks to those without; other letters and digits that are written in two ways."""
    found = {ord(letter): plain for letter, plain in _LETTERS.items()}
    for code in chain(range(0xC0, 0x250), range(0x1E00, 0x1F00)):
        base = unicodedata.normalize("NFD", chr(code))[0]
        if base.isascii() and base != chr(code):
            found[code] = base.lower()
    for zero in _DIGITS:
        found.update({zero + digit: str(digit) for digit in range(10)})
    return found


_MARKED = _marked_letters()
_VOWELS = "".join(["aeio", *(chr(code) for code, plain in _MARKED.items() if plain[-1] in "aeio")])
_BEFORE_GLOTTAL = f"(?<=[{_VOWELS}]{{}})(?=[^\\W\\d_])"
_SOUNDS = re.compile(  # each begins with one letter that is rare, which makes looking for them cheap
    r"ヴ[ァィェォ]"  # ヴァイオリン is バイオリン
    r"|ー(?<=[ァ-ヺー]{3}ー)(?![ァ-ヺー])"  # コンピューター is コンピュータ
    r"|々(?<=([㐀-鿿])々)"  # 人々 is 人人
    + "".join(f"|{mark}{_BEFORE_GLOTTAL.format(mark)}" for mark in "'’‘")  # Hawai'i is Hawaii; l'exposition two words
)
_HEARD = re.compile("[ァ-ヺー㐀-鿿々'’‘]")  # what these sounds are known by
_VU = {"ヴァ": "バ", "ヴィ": "ビ", "ヴェ": "ベ", "ヴォ": "ボ"}
_SMALL = dict(zip("ぁぃぅぇぉっゃゅょゎゕゖ", "あいうえおつやゆよわかけ", strict=True))


def fold(text: str) -> str:
    """The text with everything alike made the same; folding twice is folding once."""
    return sounded(text) if text.isascii() else sounded(text).translate(_alike())


def sounded(text: str) -> str:
    """The text composed, in one width and case and as it sounds: folded but for what each letter by itself is like."""
    if text.isascii():
        return _SOUNDS.sub("", text.lower()) if "'" in text else text.lower()
    return _SOUNDS.sub(_sound, _composed(text))


def as_heard(text: str) -> str:
    """The text as it sounds, where all of its letters stand alone: then folding may follow."""
    return _SOUNDS.sub(_sound, text) if "ー" in text or "々" in text or "ヴ" in text else text


def stands_alone(letter: str) -> bool:
    """Whether folding makes the same of this letter beside whatever other ones."""
    folded = sounded(letter)
    return (
        len(letter.encode("utf-8", "replace")) < 4
        and folded != ""
        and not any(map(_continues, letter + folded))
        and letter not in "'’‘"
        and (folded == letter or not _HEARD.search(folded))
    )


def _composed(text: str) -> str:
    """The letters with the marks that belong to them, in one width and case, and nothing invisible."""
    composed = _in_one_case(text)
    if not _LEFT_OVER.search(composed):  # what is invisible would still be there
        return composed
    return normal(_LEFT_OVER.sub("", _in_one_case(_INVISIBLE.sub("", text))))


def _in_one_case(text: str) -> str:
    plain = normal(text)
    folded = plain.casefold()
    return plain if folded == plain else normal(folded)


def normal(text: str) -> str:
    """The text in NFKC, line by line: a letter that has another form there makes all beside it as dear as itself."""
    if unicodedata.is_normalized("NFKC", text):
        return text
    return "\n".join([unicodedata.normalize("NFKC", line) for line in _WIDE.sub(_narrow, text).split("\n")])


def _narrow(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", match[0])


_composed_letter = lru_cache(maxsize=20_000)(_composed)


def _sound(match: re.Match[str]) -> str:
    return match[1] or _VU.get(match[0], "")


class _Alike(dict[int, int | str]):
    """A table for str.translate that learns which letters stay as they are: asking is much slower than finding."""

    def __missing__(self, code: int) -> int:
        self[code] = code
        return code


@lru_cache(maxsize=1)
def _alike() -> _Alike:
    return _Alike({**_MARKED, **_kana(), **_characters()})


@lru_cache(maxsize=1)
def unchanged() -> re.Pattern[str]:
    """Finds Han, hiragana and Hangul that folding leaves as they are, whatever stands beside them."""
    others = "".join(map(chr, {**_kana(), **_characters()}))
    return re.compile(f"([^\\0-\u3040\u3097-\u33ff\u4dc0-\u4dff\ua000-\uabff\ud7a4-\U0010ffff{others}]+)")


def _kana() -> dict[int, str]:
    """Katakana and small kana to large hiragana."""
    found = {code: chr(code - 0x60) for code in range(0x30A1, 0x30F7)}
    found.update({code: _SMALL[kana] for code, kana in found.items() if kana in _SMALL})
    found.update({ord(small): large for small, large in _SMALL.items()})
    found.update({ord("ヴ"): "ぶ", ord("ゔ"): "ぶ", ord("ヽ"): "ゝ", ord("ヾ"): "ゞ"})
    return found


def _characters() -> dict[int, str]:
    """Chinese characters to the first of their line."""
    lines = (line for line in _HAN.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return {ord(character): line[0] for line in lines for character in line[1:]}


class Folded(Struct, frozen=True):
    """A folded text that knows where each of its characters comes from."""

    text: str
    starts: Sequence[int]  # of each folded character: where its letter, with all its marks, begins in the original
    ends: Sequence[int]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The place in the original of a stretch of the folded text, which is not empty."""
        return self.starts[start], self.ends[end - 1]


def fold_with_places(text: str) -> Folded:
    """The same text as `fold` gives, with the place of every character; slower, for what is shown."""
    if text.isascii() and "'" not in text:
        return Folded(text.lower(), range(len(text)), range(1, len(text) + 1))
    starts = [*_starts(text), len(text)]
    places = list(pairwise(starts))
    letters = [(letter, place) for place in places for letter in _composed_letter(text[slice(*place)])]
    alike, folded, kept = _alike(), [], []
    for letter, place in _with_sounds(letters):
        for character in letter.translate(alike):
            folded.append(character)
            kept.append(place)
    return Folded("".join(folded), tuple(start for start, _ in kept), tuple(end for _, end in kept))


def _with_sounds(letters: list[tuple[str, tuple[int, int]]]) -> Iterator[tuple[str, tuple[int, int]]]:
    whole, done = "".join(letter for letter, _ in letters), 0
    for match in _SOUNDS.finditer(whole):
        yield from letters[done : match.start()]
        done = match.end()
        if sound := _sound(match):
            yield sound, (letters[match.start()][1][0], letters[done - 1][1][1])
    yield from letters[done:]


def _starts(text: str) -> list[int]:
    """Where a new letter begins: no mark, vowel sign or half of a syllable is ever parted from what it belongs to."""
    return [place for place, character in enumerate(text) if place == 0 or not _continues(character)]


_PARTS = (0x1100, 0x1200, 0x3131, 0x3190, 0xA960, 0xA980, 0xD7B0, 0xD800, 0xFF9E, 0xFFE0)  # of Hangul; kana marks


@lru_cache(maxsize=20_000)
def _continues(character: str) -> bool:
    if bisect_right(_PARTS, ord(character)) % 2 == 1 or unicodedata.category(character).startswith("M"):
        return True
    return _INVISIBLE.match(character) is not None
