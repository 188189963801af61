"""Cutting folded text into what the index holds: pure.

Scripts that put no spaces between words (Han, kana, Thai, Lao, Khmer, Burmese), and Hangul with its endings, are cut
into pairs of neighbours, and the last character of a run stands alone as well, so that one, two and more characters are
found wherever they stand. Other words stay as they are and are found by their beginnings.
"""

from __future__ import annotations

import re
from operator import add

from msgspec import Struct

from db.records import Words
from db.search.fold import fold

_JOINED = (
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"  # kana, bopomofo, Han
    "\u1100-\u11ff\ua960-\ua97f\uac00-\ud7a3\ud7b0-\ud7ff"  # Hangul
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ecd\u0edc-\u0edf"  # Thai, Lao
    "\u1000-\u109f\u1780-\u17d3\u17d7\u17dc"  # Burmese, Khmer
)
_MARKS = "\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0dff\u0f18-\u0f3f\u0f71-\u0f84\u0f86-\u0fbc"
LETTER = f"(?:[^\\W_{_JOINED}]|[{_MARKS}])"  # of a word that stands between spaces
_RUN = re.compile(f"([{_JOINED}]+)|({LETTER}+)")
LONGEST_TEXT = 20_000  # characters of an article that are searched
_WORD = 24  # characters; what is longer between two spaces is a sentence, and comes but once
_MOST_KNOWN = 16_384
_ASCII_WORD = re.compile("[a-z0-9]+")


class Run(Struct, frozen=True):
    """A stretch of folded text without a gap in one manner of writing."""

    text: str
    joined: bool  # written without spaces between words


def runs(folded: str) -> tuple[Run, ...]:
    """The words and runs of a folded text, in their order; what is neither letter nor digit parts them."""
    return tuple(Run(match[0], match[1] is not None) for match in _RUN.finditer(folded))


def words_of(title: str, summary: str, text: str) -> Words:
    """What the index is given for the texts of an item, each cut at a limit."""
    return index_text(title[:LONGEST_TEXT]), index_text(summary[:LONGEST_TEXT]), index_text(text[:LONGEST_TEXT])


def index_text(text: str) -> str:
    """What the index is given for a text: its pieces with spaces between them."""
    return " ".join(filter(None, map(_CUT.__getitem__, text.split())))


class _Cut(dict[str, str]):
    """The pieces of each word; those of the words that come again and again it knows."""

    def __missing__(self, word: str) -> str:
        pieces = _pieces(word)
        if len(word) <= _WORD:
            if len(self) >= _MOST_KNOWN:
                self.clear()
            self[word] = pieces
        return pieces


def _pieces(text: str) -> str:
    folded = fold(text)
    if folded.isascii():
        return " ".join(_ASCII_WORD.findall(folded))
    pieces: list[str] = []
    for joined, word in _RUN.findall(folded):
        if joined:
            pieces += map(add, joined, joined[1:])
            pieces.append(joined[-1])
        else:
            pieces.append(word)
    return " ".join(pieces)


_CUT = _Cut()


def phrase(parts: tuple[Run, ...]) -> str:
    """The same pieces for a question, where what follows its last character is open: that one stands alone in no text
    that goes on."""
    pieces: list[str] = []
    for run in parts:
        pieces += map(str.__add__, run.text, run.text[1:]) if run.joined else [run.text]
        if run.joined and (run is not parts[-1] or len(run.text) == 1):
            pieces.append(run.text[-1])
    return " ".join(pieces)
