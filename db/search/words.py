"""Cutting folded text into what the index holds: pure.

Scripts that put no spaces between words (Han, kana, Thai, Lao, Khmer, Burmese), and Hangul with its endings, are cut
into pairs of neighbours, and the last character of a run stands alone as well, so that one, two and more characters are
found wherever they stand. Other words stay as they are and are found by their beginnings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, groupby

from msgspec import Struct

from db.records import Words
from db.search.fold import as_heard, fold, sounded, stands_alone, unchanged

_JOINED = (
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"  # kana, bopomofo, Han
    "\u1100-\u11ff\ua960-\ua97f\uac00-\ud7a3\ud7b0-\ud7ff"  # Hangul
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ecd\u0edc-\u0edf"  # Thai, Lao
    "\u1000-\u109f\u1780-\u17d3\u17d7\u17dc"  # Burmese, Khmer
)
_MARKS = "\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0dff\u0f18-\u0f3f\u0f71-\u0f84\u0f86-\u0fbc"
LETTER = f"(?:[^\\W_{_JOINED}]|[{_MARKS}])"  # of a word that stands between spaces
_JOINED_RUN = re.compile(f"([{_JOINED}]+)")
_WORD = re.compile(f"(?:[^\\W_]|[{_MARKS}])+")  # of what stands between these
LONGEST_TEXT = 20_000  # characters of an article that are searched
_MOST_KNOWN = 150_000  # characters of words whose pieces are kept
_BLANKS = re.compile("  +")
_PARTED = "\u2028"  # in no run, and in UTF-8 as long as nearly every letter of one


class Run(Struct, frozen=True):
    """A stretch of folded text without a gap in one manner of writing."""

    text: str
    joined: bool  # written without spaces between words


def runs(folded: str) -> tuple[Run, ...]:
    """The words and runs of a folded text, in their order; what is neither letter nor digit parts them."""
    found: list[Run] = []
    for place, part in enumerate(_JOINED_RUN.split(folded)):
        found += [Run(part, True)] if place % 2 else [Run(word, False) for word in _WORD.findall(part)]
    return tuple(found)


def words_of(items: Iterable[Sequence[str]]) -> list[Words]:
    """What the index is given for title, summary and text of each item, each cut at a limit."""
    cut = index_texts(text[:LONGEST_TEXT] for texts in items for text in texts)
    return list(zip(cut[::3], cut[1::3], cut[2::3], strict=True))


def index_text(text: str) -> str:
    """What the index is given for a text: its pieces with spaces between them."""
    return index_texts((text,))[0].decode()


def index_texts(texts: Iterable[str]) -> list[bytes]:
    """The same for each of many texts, in UTF-8, for a fraction of what it costs to cut one after the other."""
    split = [text.split() for text in texts]
    pieces = _KNOWN.pieces_of(set(chain.from_iterable(split)))
    return [b" ".join(filter(None, map(pieces.__getitem__, words))) for words in split]


class _Known:
    """The pieces of the words that were met of late, for many come again and again."""

    def __init__(self) -> None:
        self._pieces: dict[str, bytes] = {}
        self._characters = 0

    def pieces_of(self, words: set[str]) -> Mapping[str, bytes]:
        """What the index is given for these words, and for others."""
        if self._characters > _MOST_KNOWN:
            self._pieces, self._characters = {}, 0  # another thread may still read the old ones
        known = self._pieces
        new = sorted(words.difference(known), key=str.isascii)  # those that need no care are not to wait for the others
        for _, group in groupby(new, str.isascii):
            words_alike = list(group)
            known.update(zip(words_alike, _pieces(words_alike), strict=True))
        self._characters += sum(map(len, new))
        return known


_KNOWN = _Known()


def _pieces(words: Sequence[str]) -> list[bytes]:
    """What the index is given for each word."""
    parts = _JOINED_RUN.split(_letters("\n".join(words)))
    between = _BLANKS.sub(" ", " \t ".join(parts[::2])).replace(" \n", "\n").replace("\n ", "\n")
    pieces = [b""] * len(parts)
    pieces[::2], pieces[1::2] = between.strip(" ").encode().split(b"\t"), _pairs(parts[1::2])
    return b"".join(pieces).split(b"\n")


def _letters(text: str) -> str:
    """The folded text with blanks for all that is no letter."""
    try:
        return _folded(as_heard(text), _OF_THEIR_OWN)
    except _NotAloneError:
        return _folded(sounded(text), _LETTERS)


def _folded(text: str, letters: Mapping[int, int | str]) -> str:
    """The text with what this table has for its letters; to find those that stay is quicker than to look them up."""
    if text.isascii():
        return text.translate(letters)
    parts = unchanged().split(text)
    parts[::2] = "\t".join(parts[::2]).translate(letters).split("\t")
    return "".join(parts)


class _Letters(dict[int, int | str]):
    """A table for str.translate that folds each letter, and has blanks for all that is none."""

    def __missing__(self, code: int) -> int | str:
        letter = fold(chr(code))
        kept = letter in ("\n", "\t") or _WORD.fullmatch(letter) or _JOINED_RUN.fullmatch(letter)
        self[code] = letter if kept and len(letter) > 1 else ord(letter if kept else " ")
        return self[code]


_LETTERS = _Letters()


class _NotAloneError(Exception):
    """What becomes of this letter depends on those beside it."""


class _OfTheirOwn(dict[int, int | str]):
    """The same for letters that nobody folded before, each of which has to stand by itself."""

    def __missing__(self, code: int) -> int | str:
        if not stands_alone(chr(code)):
            raise _NotAloneError
        letters = sounded(chr(code)).translate(_LETTERS)
        self[code] = ord(letters) if len(letters) == 1 else letters
        return self[code]


_OF_THEIR_OWN = _OfTheirOwn()


def _pairs(runs: Sequence[str]) -> list[bytes]:
    """Of each run each character with its neighbour, and the last one alone.

    They are put together from bytes, three for each character of the usual ones: to make a text of each pair takes
    several times as long.
    """
    whole = _PARTED.join(runs)
    characters = whole.encode()
    if not runs or len(characters) != 3 * len(whole):
        return [" ".join([*map(str.__add__, run, run[1:]), run[-1]]).encode() for run in runs]
    pieces = bytearray(b" ") * (7 * len(whole) - 4)
    for place in range(3):
        pieces[place::7], pieces[place + 3 :: 7] = characters[place::3], characters[place + 3 :: 3]
    first, *others = bytes(pieces).split(f"{_PARTED} {_PARTED}".encode())
    return [first, *(piece[4:] for piece in others)]  # each of these has been told its first character twice


def phrase(parts: tuple[Run, ...]) -> str:
    """The same pieces for a question, where what follows its last character is open: that one stands alone in no text
    that goes on."""
    pieces: list[str] = []
    for run in parts:
        pieces += map(str.__add__, run.text, run.text[1:]) if run.joined else [run.text]
        if run.joined and (run is not parts[-1] or len(run.text) == 1):
            pieces.append(run.text[-1])
    return " ".join(pieces)
