"""Plain text out of what pages and feeds call text. Everything from outside is hostile; nothing here raises."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from operator import add

TITLE_CHARACTERS = 500
SUMMARY_CHARACTERS = 300

# Controls, lone surrogates, and what turns, hides or joins letters unseen; the joiners U+200C and U+200D are spelling.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff]"
)
_NO_LETTERS = re.compile(r"[\W_]+")
_NO_LETTER_OR_END = re.compile(r"[^\w\0]")
_NARROW = re.compile("[\x00-\u10ff]+")
_NARROW_BUT_END = re.compile("[\x01-\u10ff]+")
_SENTENCE_END = re.compile(r"[。！？]|[.!?](?=\s|$)")


def clean(text: str) -> str:
    """The text in NFC without control and direction-changing characters; line breaks stay."""
    return unicodedata.normalize("NFC", _UNSEEN.sub("", text))


def one_line(text: str, limit: int | None = None) -> str:
    """The text on one line, single spaces, at most `limit` characters with an ellipsis where it was cut."""
    line = tidy_line(text)
    if line is None:
        line = " ".join(clean(" ".join(text.split())).split())
    return line if limit is None else shortened(line, limit)


def tidy_line(text: str) -> str | None:
    """The text on one line, single spaces; None where it needs to be cleaned as well."""
    # Of all white space only the blank is printable, and of all that is unseen nothing.
    printable = text.isprintable()
    line = text.strip() if printable and "  " not in text else " ".join(text.split())
    return line if (printable or line.isprintable()) and unicodedata.is_normalized("NFC", line) else None


def shortened(line: str, limit: int) -> str:
    """What `one_line` gave, at most `limit` characters of it with an ellipsis where it was cut."""
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def item_title(title: str, summary: str) -> str:
    """The title as it is kept, or the first sentence of the summary where there is none; '' when there is neither."""
    return one_line(title, TITLE_CHARACTERS) or first_sentence(summary)


def first_sentence(text: str) -> str:
    """The first sentence, at most 200 characters."""
    line = one_line(text)
    end = _SENTENCE_END.search(line)
    return one_line(line[: end.end()] if end else line, 200)


@lru_cache(maxsize=2048)  # the words of a list are weighed again and again
def weight(text: str) -> int:
    """How much a text says: its letters, an East Asian one counting double."""
    letters = text.replace(" ", "")
    if not letters.isalnum():
        letters = _NO_LETTERS.sub("", letters)
    return len(letters) if letters.isascii() else len(letters) + len(_NARROW.sub("", letters))


def weights(texts: Sequence[str]) -> list[int]:
    """How much each text says, for a fraction of what it costs to weigh one after the other; none has a NUL in it."""
    letters = _NO_LETTER_OR_END.sub("", "\0".join(texts).replace("_", "").replace(" ", ""))
    wide = _NARROW_BUT_END.sub("", letters)
    return list(map(add, map(len, letters.split("\0")), map(len, wide.split("\0"))))[: len(texts)]
