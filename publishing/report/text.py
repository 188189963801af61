"""Text from outside made fit to print: nothing that an XML file or a terminal cannot bear, and italics.

Pure. What a person typed keeps its wording; only invisible characters are taken out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

# C0 and C1 controls but for the line feed, lone surrogates, non-characters, and the marks that turn the reading
# direction of everything after them (Unicode TR 36, 3.2).
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_ITALIC = re.compile(r"(?<![0-9A-Za-z*\\])\*([^\s*](?:[^*]*[^\s*])?)\*(?![0-9A-Za-z*])")


class Run(Struct, frozen=True):
    """A stretch of text in one style."""

    text: str
    italic: bool = False
    bold: bool = False


class Paragraph(Struct, frozen=True):
    """One paragraph. `number` is the one its writer gave it; `language` is None when nothing tells it."""

    runs: tuple[Run, ...]
    language: str | None = "en"
    number: int | None = None

    @property
    def text(self) -> str:
        """The words alone."""
        return "".join(run.text for run in self.runs)


def clean(text: str) -> str:
    """The text without unprintable characters, lines ended by a line feed."""
    return _UNPRINTABLE.sub("", _LINE_ENDS.sub("\n", text))


def one_line(text: str) -> str:
    """The text on one line, without blanks around it."""
    return re.sub("[ \t\n]+", " ", clean(text)).strip()


def paragraphs(text: str) -> tuple[str, ...]:
    """The paragraphs of a text, parted by empty lines, each on one line."""
    lines = (one_line(part) for part in re.split(r"\n[ \t\u3000]*\n", clean(text)))
    return tuple(line for line in lines if line)


def italic_runs(text: str) -> tuple[Run, ...]:
    """The text with what stands between single stars in italics; stars that embrace nothing stay as they are."""
    return _runs((part, bool(index % 2), False) for index, part in enumerate(_ITALIC.split(text)))


def bold_runs(text: str) -> tuple[Run, ...]:
    """A line of the form with what stands between double stars in bold."""
    return _runs((part, False, bool(index % 2)) for index, part in enumerate(text.split("**")))


def _runs(parts: Iterable[tuple[str, bool, bool]]) -> tuple[Run, ...]:
    return tuple(Run(text, italic, bold) for text, italic, bold in parts if text)
