"""A report in the form, as a .docx, read back into records: our own, or one that was typed into Word.

Labels are read by their numbers, not by their mark-up or wording. A row whose activity does not begin with `#n`
continues the row above it, as page breaks leave them.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass, replace
from typing import Any

from db.errors import ReportError
from db.records import Vocabulary
from publishing.report.form import direction_number, directions

_COLUMNS = ("country", "activities", "impact")
_COUNTRY_NUMBER = re.compile(r"^\s*\d+\s*[.、)]\s*")
_ACTIVITY = re.compile(r"^\s*#\s*(\d+)[ \t\u00a0]?(.*)$", re.DOTALL)
_LINKS = re.compile(r"^\s*Links?\s*[:：]\s*(.*)$", re.DOTALL | re.IGNORECASE)
_DIRECTION = re.compile(r"(?<![\d.])(\d{1,2})\s*(?:[.．、)）–—]|-(?=\s))(?!\d)")
MAX_UNPACKED_BYTES = 50_000_000
# What a package that is no document makes the libraries raise, the last three by what is missing inside it.
_NOT_A_DOCUMENT = (zipfile.BadZipFile, zlib.error, NotImplementedError, KeyError, ValueError, AttributeError)


@dataclass(frozen=True, slots=True)
class ReadActivity:
    """One activity of a report, as printed."""

    country: str  # the name without its number
    number: int
    title: str
    body: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()  # codes of the vocabulary, in its order, each once
    italics: tuple[str, ...] = ()  # phrases set in italics, in reading order


def read_activities(package: bytes, vocabulary: Vocabulary) -> tuple[ReadActivity, ...]:
    """The activities of the report's table, in order; ReportError when the file is no report in this form."""
    codes = {direction_number(term): term.code for term in directions(vocabulary)}
    found: list[ReadActivity] = []
    country = ""
    for row in _report_rows(package):
        country_cell, activity_cell, impact_cell = row.cells
        country = _COUNTRY_NUMBER.sub("", country_cell.text).strip() or country
        part = replace(_read_row(activity_cell), country=country, directions=_read_impact(impact_cell.text, codes))
        if part.number:
            found.append(part)
        elif found:
            found[-1] = _joined(found[-1], part, list(codes.values()))
        elif activity_cell.text.strip():
            raise ReportError("the first row of the table does not begin with the number of an activity, such as #1")
    return tuple(found)


def read_lines(package: bytes) -> tuple[str, ...]:
    """The lines above the table, without empty ones; a tab parts the fields of one line."""
    texts = (line for paragraph in _open(package).paragraphs for line in paragraph.text.split("\n"))
    return tuple(line for line in texts if line.strip())


def _open(package: bytes) -> Any:
    import docx
    from docx.opc.exceptions import PackageNotFoundError
    from lxml.etree import XMLSyntaxError

    try:
        with zipfile.ZipFile(io.BytesIO(package)) as files:
            if sum(entry.file_size for entry in files.infolist()) > MAX_UNPACKED_BYTES:
                raise ReportError("this document is too large to be a report")
        return docx.Document(io.BytesIO(package))
    except (*_NOT_A_DOCUMENT, PackageNotFoundError, XMLSyntaxError) as error:
        raise ReportError("this is not a Word document (.docx)") from error


def _report_rows(package: bytes) -> list[Any]:
    """The rows below the header of the report's table."""
    for table in _open(package).tables:
        rows = [row for row in table.rows if len(row.cells) == len(_COLUMNS)]
        if rows and tuple(cell.text.strip().lower() for cell in rows[0].cells) == _COLUMNS:
            return rows[1:]
    raise ReportError("this document has no table with the columns Country, Activities and Impact")


def _read_row(cell: Any) -> ReadActivity:
    """What one cell says of an activity; number 0 when it continues the one above."""
    texts = [line for paragraph in cell.paragraphs for line in paragraph.text.split("\n") if line.strip()]
    italics = tuple(run.text for paragraph in cell.paragraphs for run in paragraph.runs if run.italic)
    number, title = 0, ""
    if texts and (heading := _ACTIVITY.match(texts[0])):
        number, title = int(heading[1]), heading[2]
        texts = texts[1:]
    links: tuple[str, ...] = ()
    if texts and (last := _LINKS.match(texts[-1])):
        links = tuple(last[1].split())
        texts = texts[:-1]
    return ReadActivity("", number, title, tuple(texts), links, (), italics)


def _read_impact(text: str, codes: dict[int, str]) -> tuple[str, ...]:
    numbers = {int(number) for number in _DIRECTION.findall(text)}
    return tuple(code for number, code in codes.items() if number in numbers)


def _joined(above: ReadActivity, below: ReadActivity, order: list[str]) -> ReadActivity:
    named = {*above.directions, *below.directions}
    return replace(
        above,
        body=above.body + below.body,
        links=above.links + below.links,
        italics=above.italics + below.italics,
        directions=tuple(code for code in order if code in named),
    )
