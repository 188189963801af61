"""A report in the form, as a .docx, read back into records: our own, or one that was typed into Word.

Labels are read by their numbers, not by their mark-up or wording. A row whose activity does not begin with `#n`
continues the row above it, as page breaks leave them. Texts come back as they are typed at the desk: what is set in
italics stands between stars.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from db.errors import ReportError
from db.records import SubRegion, Vocabulary
from db.strategies import strategies
from publishing.report.dates import named_date
from publishing.report.form import direction_number, directions
from publishing.report.text import Paragraph, clean, italic_runs, one_line

_COLUMNS = ("country", "activities", "impact")
_COUNTRY_NUMBER = re.compile(r"^\s*\d+\s*[.、)]\s*")
_ACTIVITY = re.compile(r"^\s*#\s*(\d+)[ \t\u00a0]?(.*)$", re.DOTALL)
_LINKS = re.compile(r"^\s*Links?\s*[:：]\s*(.*)$", re.DOTALL | re.IGNORECASE)
_DIRECTION = re.compile(r"(?<![\d.])(\d{1,2})\s*(?:[.．、)）–—]|-(?=\s))(?!\d)")
_CONVENOR = re.compile(r"\bConvenor\s*[:：]\s*(.*)", re.IGNORECASE)
_SUBMITTED = re.compile(r"\bDate of submission\s*[:：]\s*(.*)", re.IGNORECASE)
_SECTION = re.compile(r"([A-Z])\.\s.*\(Please provide details\)\s*[:：]?\s*(.*)", re.IGNORECASE)
_STRATEGY = re.compile(r"\bFor impact\b.*\bStrateg\D*(\d{4})\s*[-–—]\s*(\d{4})", re.IGNORECASE)
_AFTER_SECTIONS = re.compile(r"II\.\s")
MAX_UNPACKED_BYTES = 50_000_000
MAX_COLUMNS = 63  # as many as a table of Word can have
# What a package that is no document makes the libraries raise, the last ones by what is missing inside it.
_NOT_A_DOCUMENT = (
    *(zipfile.BadZipFile, zlib.error, NotImplementedError, KeyError, ValueError, AttributeError, TypeError),
    *(RuntimeError, IndexError),  # encrypted; cells merged with rows that are not there
)


class ReadActivity(Struct, frozen=True):
    """One activity of a report, as printed."""

    country: str  # the name without its number
    number: int
    title: str
    body: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()  # codes of the vocabulary, in its order, each once
    unknown: tuple[int, ...] = ()  # numbers in Impact that are no direction of the vocabulary


class ReadTexts(Struct, frozen=True):
    """What a convenor wrote above the table; empty where she wrote nothing."""

    convenor: str = ""
    submitted_on: str | None = None  # ISO day
    sections: Mapping[str, str] = field(default_factory=dict)  # by letter, one item a line


def read_activities(package: bytes, vocabulary: Vocabulary) -> tuple[ReadActivity, ...]:
    """The activities of the report's table, in order; ReportError when the file is no report in this form."""
    codes = {direction_number(term): term.code for term in directions(vocabulary)}
    found: list[ReadActivity] = []
    for part in _read_rows(package, codes):
        if part.number:
            found.append(part)
        elif found:
            found[-1] = _joined(found[-1], part, list(codes.values()))
        elif part.body or part.links:
            raise ReportError("the first row of the table does not begin with the number of an activity, such as #1")
    return tuple(found)


def read_lines(package: bytes) -> tuple[str, ...]:
    """The lines above the table, without empty ones; a tab parts the fields of one line."""
    with _of_word():
        return tuple(_lines(map(_typed, _open(package).paragraphs)))


def read_texts(lines: Sequence[str]) -> ReadTexts:
    """What the lines above the table say of the report and its sections."""
    sections: dict[str, list[str]] = {}
    letter = ""
    for line in lines:
        if heading := _SECTION.match(line):
            letter, line = heading[1].upper(), heading[2]
        elif _AFTER_SECTIONS.match(line):
            break
        if letter and line:
            sections.setdefault(letter, []).append(one_line(line))
    submitted = named_date(_first(_SUBMITTED, lines))
    span = submitted.span if submitted else None
    return ReadTexts(
        one_line(_first(_CONVENOR, lines)),
        span.first.isoformat() if span and span.first == span.last else None,
        {letter: "\n".join(items) for letter, items in sections.items()},
    )


def named_strategy(lines: Iterable[str], vocabularies: Iterable[Vocabulary]) -> Vocabulary | None:
    """The strategy that the prompt above the table names by its years; None where it names none that is known."""
    named = next(("-".join(match.groups()) for line in lines if (match := _STRATEGY.search(line))), "")
    return next((one for one in strategies(vocabularies) if named and one.id.endswith(named)), None)


def country_code(name: str, regions: Iterable[SubRegion]) -> str | None:
    """The code of the country that a report names, in either order of the words: `Republic of Korea`, `Korea, …`."""
    wanted = _name_key(name)
    return next(
        (code for region in regions for code, known in region.countries.items() if _name_key(known) == wanted), None
    )


def _name_key(name: str) -> str:
    before, comma, after = one_line(name).replace("’", "'").casefold().partition(", ")
    return f"{after} {before}" if comma else before


def _first(label: re.Pattern[str], lines: Sequence[str]) -> str:
    """What stands behind the label; empty where it stands nowhere."""
    return next((match[1] for line in lines if (match := label.search(line))), "")


@contextmanager
def _of_word() -> Iterator[None]:
    """What a package that is no document makes the libraries raise, soon or late, leaves as one sentence."""
    from docx.exceptions import PythonDocxError
    from docx.opc.exceptions import OpcError
    from lxml.etree import XMLSyntaxError

    try:
        yield
    except (*_NOT_A_DOCUMENT, PythonDocxError, OpcError, XMLSyntaxError) as error:
        raise ReportError("this is not a Word document (.docx); save one of another kind as .docx first") from error


def _open(package: bytes) -> Any:
    import docx

    with zipfile.ZipFile(io.BytesIO(package)) as files:
        if sum(entry.file_size for entry in files.infolist()) > MAX_UNPACKED_BYTES:
            raise ReportError("this document is too large to be a report")
    document = docx.Document(io.BytesIO(package))
    spans = document.element.xpath("//w:gridSpan/@w:val | //w:gridBefore/@w:val | //w:gridAfter/@w:val")
    if document.element.getroottree().docinfo.doctype or any(int(span) > MAX_COLUMNS for span in spans):
        raise ValueError("Word writes no such document")
    return document


def _read_rows(package: bytes, codes: dict[int, str]) -> list[ReadActivity]:
    """What each row says of an activity, below the header of the report's table."""
    parts: list[ReadActivity] = []
    country = ""
    with _of_word():
        for country_cell, activity_cell, impact_cell in _report_rows(_open(package)):
            country = _COUNTRY_NUMBER.sub("", one_line(country_cell.text)) or country
            named, unknown = _read_impact(impact_cell.text, codes)
            parts.append(replace(_read_row(activity_cell), country=country, directions=named, unknown=unknown))
    return parts


def _report_rows(document: Any) -> list[Any]:
    """The cells of the rows below the header of the report's table."""
    for table in document.tables:
        rows = [cells for row in table.rows if len(cells := row.cells) == len(_COLUMNS)]
        if rows and tuple(cell.text.strip().lower() for cell in rows[0]) == _COLUMNS:
            return rows[1:]
    raise ReportError("this document has no table with the columns Country, Activities and Impact")


def _lines(texts: Iterable[str]) -> list[str]:
    return [line for text in texts for line in text.split("\n") if line.strip()]


def _typed(paragraph: Any) -> str:
    """The text with stars around what is italic, or without where they would be taken for stars."""
    runs = [run for part in paragraph.iter_inner_content() for run in getattr(part, "runs", (part,))]
    styled = [(bool(run.italic), clean(run.text)) for run in runs]
    groups = [("".join(text for _, text in group), italic) for italic, group in groupby(styled, lambda run: run[0])]
    plain = "".join(text for text, _ in groups)
    typed = "".join(re.sub(r"\S(?:.*\S)?", r"*\g<0>*", text) if italic else text for text, italic in groups)
    return typed if plain_text(typed) == plain else plain


def plain_text(typed: str) -> str:
    """What was typed at the desk, without the stars that mean italics."""
    return Paragraph(italic_runs(typed)).text


def _read_row(cell: Any) -> ReadActivity:
    """What one cell says of an activity; number 0 when it continues the one above."""
    plain = _lines(clean(paragraph.text) for paragraph in cell.paragraphs)
    texts = _lines(map(_typed, cell.paragraphs))
    number, title = 0, ""
    if texts and (heading := _ACTIVITY.match(texts[0]) or _ACTIVITY.match(plain[0])):
        number, title = int(heading[1]), heading[2]
        texts = texts[1:]
    links: tuple[str, ...] = ()
    if texts and (last := _LINKS.match(plain[-1])):
        links = tuple(last[1].split())
        texts = texts[:-1]
    return ReadActivity("", number, title, tuple(texts), links)


def _read_impact(text: str, codes: dict[int, str]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The codes that the numbers stand for, and the numbers that stand for none."""
    numbers = {int(number) for number in _DIRECTION.findall(text)}
    return tuple(code for number, code in codes.items() if number in numbers), tuple(sorted(numbers - codes.keys()))


def _joined(above: ReadActivity, below: ReadActivity, order: list[str]) -> ReadActivity:
    named = {*above.directions, *below.directions}
    return replace(
        above,
        body=above.body + below.body,
        links=above.links + below.links,
        unknown=tuple(sorted({*above.unknown, *below.unknown})),
        directions=tuple(code for code in order if code in named),
    )
