"""Whatever stands in a title, a text or an address, the report is written, stays one report, and reads back."""

from __future__ import annotations

import io
import re
import zipfile
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.records import Curation, Pick, Report, Tag
from db.vocabularies import shipped_vocabularies
from publishing.report.checks import warnings
from publishing.report.docx import to_docx
from publishing.report.form import shipped_form
from publishing.report.html import to_html
from publishing.report.markdown import to_markdown
from publishing.report.model import Material, ReportDraft, draft
from publishing.report.read import read_activities
from publishing.report.text import one_line
from tests.publishing.report.conftest import NORTH_EAST_ASIA, NOW, STRATEGY
from tests.publishing.report.samples import desk_item

HOSTILE = [
    pytest.param("<script>alert(1)</script>", id="script"),
    pytest.param('"><img src=x onerror=alert(1)>', id="attribute"),
    pytest.param("](javascript:alert(1)) ![x](https://evil.example/x.png)", id="markdown link"),
    pytest.param("a | b \\| c | d", id="table borders"),
    pytest.param("bell \x07 null \x00 escape \x1b[31m vertical \x0b", id="controls"),
    pytest.param("lone \ud83d surrogate \ufffe", id="what XML cannot hold"),
    pytest.param("W" * 5000, id="very long word"),
    pytest.param("مكتبة \u202e الكتب \u200f שלום", id="right to left"),
    pytest.param("👩‍👩‍👧 📚🏛️", id="emoji"),
    pytest.param("]]> &amp; <!-- --> <![CDATA[", id="XML"),
    pytest.param("**bold** *it* _x_ ***", id="stars"),
    pytest.param("{start} {0} %s", id="placeholders"),
    pytest.param("#7 Links: https://evil.example/", id="looks like a row"),
]


def drafted(text: str, *, edited: bool = False) -> ReportDraft:
    """A report that has this text in every place where a person or a page can put one."""
    tags = (Tag(STRATEGY, "SD2"),)
    curation = Curation("impactful", tags, title=text, summary=text) if edited else Curation("impactful", tags)
    item = desk_item(1, "JP", curation, title=text, summary=text, url="https://jp.example/a?b=" + text)
    sections = dict.fromkeys("ABCDE", text)
    report = Report(1, "north-east-asia", "2020-11", "2021-02", text, None, STRATEGY, sections)
    picked = [(Pick(1, "JP", 1), item)]
    return draft(Material(report, (NORTH_EAST_ASIA,), shipped_vocabularies(), picked), shipped_form())


@pytest.mark.parametrize("text", HOSTILE)
def test_word_document_reads_back_the_title(text: str) -> None:
    (read,) = read_activities(to_docx(drafted(text), now=NOW), shipped_vocabularies()[0])
    assert (read.country, read.number, read.title, read.directions) == ("Japan", 1, one_line(text), ("SD2",))


class Elements(HTMLParser):
    """Which elements and addresses a page has, and the text of its cells."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.targets: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on") or name == "src"]
        self.targets += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("text", HOSTILE)
def test_html_page_gains_no_element(text: str) -> None:
    plain, hostile = Elements(), Elements()
    plain.feed(to_html(drafted("Plain")).decode())
    hostile.feed(to_html(drafted(text)).decode())
    assert hostile.names <= plain.names | {"em"}  # the convenor's own italics
    assert all(target.startswith("https://jp.example/") for target in hostile.targets)
    assert f"#1 {one_line(text)}" in hostile.text


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_gains_no_mark_up(text: str) -> None:
    written = to_markdown(drafted(text)).decode()
    rows = [line for line in written.splitlines() if line.startswith("| 1. Japan")]
    assert len(rows) == 1
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", rows[0])) == 4
    bare = re.sub(r"\\.|<https://jp\.example/[^ <>|]*>|<br>", "", written)
    assert not re.search(r"[<>`\[\]]", bare)


@pytest.mark.parametrize("text", HOSTILE)
def test_warnings_are_single_printable_lines(text: str) -> None:
    assert all(re.fullmatch("[^\x00-\x1f\x7f-\x9f\u202a-\u202e]*", warning) for warning in warnings(drafted(text)))


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=200), st.booleans())
def test_any_text_is_drafted_and_reads_back(text: str, edited: bool) -> None:
    made = drafted(text, edited=edited)
    to_html(made)
    to_markdown(made)
    (read,) = read_activities(to_docx(made, now=NOW), shipped_vocabularies()[0])
    assert read.title == made.countries[0].activities[0].title.text
    assert read.directions == ("SD2",)


def test_address_that_cannot_be_followed_is_printed_only_as_text() -> None:
    body = to_docx(drafted("x" * 3000), now=NOW)
    relations = zipfile.ZipFile(io.BytesIO(body)).read("word/_rels/document.xml.rels").decode()
    assert "jp.example" not in relations
    (read,) = read_activities(body, shipped_vocabularies()[0])
    assert read.links == ("https://jp.example/a?b=" + "x" * 3000,)
