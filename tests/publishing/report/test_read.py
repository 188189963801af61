"""Reading reports that were typed into Word, with what such tables hold."""

from __future__ import annotations

import io
import zipfile

import pytest

from db.errors import ReportError
from db.records import Vocabulary
from db.vocabularies import shipped_vocabularies
from publishing.report.read import ReadActivity, read_activities

Row = tuple[str, str, str]
HEADER: Row = ("Country", "Activities", "Impact")


def document(*rows: Row) -> bytes:
    """A Word file whose table has these rows."""
    import docx

    made = docx.Document()
    table = made.add_table(rows=0, cols=3)
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    raw = io.BytesIO()
    made.save(raw)
    return raw.getvalue()


def test_row_without_a_number_continues_the_one_above(vocabulary: Vocabulary) -> None:
    rows = (
        HEADER,
        ("4. Korea, Republic of", "#1 On November 12", "2. Inspire\n3. Connect"),
        ("", "Since 2014.\nLinks : https://a.example/ https://b.example/", "1. Strengthen"),
        ("", "#2 Seminar\nLinks: https://c.example/", ""),
    )
    country = "Korea, Republic of"
    assert read_activities(document(*rows), vocabulary) == (
        ReadActivity(country, 1, "On November 12", ("Since 2014.",), ("https://a.example/", "https://b.example/"),
                     ("SD1", "SD2", "SD3")),
        ReadActivity(country, 2, "Seminar", (), ("https://c.example/",), ()),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("impact", "codes"),
    [
        pytest.param("2. Inspire and enhance professional practice 3. Connect", ("SD2", "SD3"), id="on one line"),
        pytest.param("1. Strengthen 发展目标1. 强化图书馆的全球话语权", ("SD1",), id="in two languages"),
        pytest.param("SD 3 – Connect\nSD 1 – Strengthen", ("SD1", "SD3"), id="as section III lists them"),
        pytest.param("9. Unknown, of 2019-2024", (), id="no such direction"),
        pytest.param("", (), id="nothing"),
    ],
)
def test_directions_are_read_by_their_numbers(vocabulary: Vocabulary, impact: str, codes: tuple[str, ...]) -> None:
    (read,) = read_activities(document(HEADER, ("1. China", "#1 Title", impact)), vocabulary)
    assert read.directions == codes


def test_impact_areas_are_read() -> None:
    areas = next(entry for entry in shipped_vocabularies() if entry.id == "IFLA-2024-2029")
    (read,) = read_activities(document(HEADER, ("1. China", "#1 Title", "Impact Area 03 – Enabled")), areas)
    assert read.directions == ("IA3",)


@pytest.mark.parametrize(
    ("package", "sentence"),
    [
        pytest.param(b"", "not a Word document", id="empty"),
        pytest.param(b"%PDF-1.4", "not a Word document", id="PDF"),
        pytest.param(document(("a", "b", "c")), "no table with the columns", id="another table"),
        pytest.param(document(HEADER, ("China", "A talk", "")), "does not begin with the number", id="no number"),
    ],
)
def test_other_files_are_refused_with_a_sentence(vocabulary: Vocabulary, package: bytes, sentence: str) -> None:
    with pytest.raises(ReportError, match=sentence):
        read_activities(package, vocabulary)


@pytest.mark.parametrize("content", [b"", b"<broken", b"<a/>"])
def test_broken_packages_are_refused(vocabulary: Vocabulary, content: bytes) -> None:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as package:
        package.writestr("[Content_Types].xml", content)
    with pytest.raises(ReportError, match="not a Word document"):
        read_activities(raw.getvalue(), vocabulary)


def test_enormous_packages_are_refused(vocabulary: Vocabulary) -> None:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("word/document.xml", b" " * 60_000_000)
    with pytest.raises(ReportError, match="too large"):
        read_activities(raw.getvalue(), vocabulary)
