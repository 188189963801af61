"""The real report of February 2021, drafted from the database, says what was handed in."""

from __future__ import annotations

import html as entities
import io
import re
import sqlite3
import zipfile
from datetime import timedelta
from typing import Any

import pytest

from db.records import Vocabulary
from publishing.report.drafting import Drafted, draft_report
from publishing.report.read import read_activities, read_lines
from tests.publishing.report.conftest import NOW, with_stars


@pytest.fixture
def drafted(empty: sqlite3.Connection, report_id: int) -> Drafted:
    """The report as a Word document."""
    return draft_report(empty, report_id, format="docx", now=NOW)


def test_table_reads_back_as_it_was_handed_in_italics_included(
    drafted: Drafted, seed: dict[str, Any], vocabulary: Vocabulary
) -> None:
    read = read_activities(drafted.body, vocabulary)
    assert [(a.country, a.number, a.title, a.body, a.links, a.directions) for a in read] == [
        (
            a["country"],
            a["number"],
            with_stars(a["title_as_printed"], a["italic_phrases"]),
            tuple(with_stars(text, a["italic_phrases"]) for text in a["body"]),
            tuple(a["links"]),
            tuple(a["sd_codes"]),
        )
        for a in seed["activities"]
    ]


def test_lines_above_the_table_are_those_of_the_form(drafted: Drafted, seed: dict[str, Any]) -> None:
    head, two, three = seed["header"], seed["section_II"], seed["section_III"]
    expected = [
        head["organisation_as_printed"],
        head["abbreviation_as_printed"],
        head["report_title"],
        head["reporting_period_as_printed"],
        f"Sub-region: {head['sub_region']}\tConvenor: {head['convenor']}",
        f"Date of submission: {head['submission_date_as_printed']}",
        f"I. {seed['section_I']['heading']}",
    ]
    for part in seed["section_I"]["subsections"].values():
        expected.append(f"{part['letter']}. {part['prompt']}")
        expected += [numbered(item) for item in part["items"]]
    expected += [f"II. {two['prompt']}", f"III. {three['prompt']}"]
    expected += [term["label_as_listed"] for term in seed["vocabulary"]]
    assert list(read_lines(drafted.body)) == expected


def numbered(item: dict[str, Any]) -> str:
    """An item as the document prints it."""
    return f"{item['number']}.\t{item['text']}" if item["number"] else item["text"]


def test_impact_is_printed_with_the_labels_of_the_table(drafted: Drafted, seed: dict[str, Any]) -> None:
    cells = impact_cells(drafted.body)
    assert cells == [activity["impact_segments"] for activity in seed["activities"]]


def impact_cells(body: bytes) -> list[list[str]]:
    """The paragraphs of the last column, row by row."""
    import docx

    rows = docx.Document(io.BytesIO(body)).tables[0].rows[1:]
    return [[paragraph.text for paragraph in row.cells[2].paragraphs] for row in rows]


def test_country_stands_on_its_first_row_alone(drafted: Drafted) -> None:
    import docx

    cells = [row.cells[0].text for row in docx.Document(io.BytesIO(drafted.body)).tables[0].rows]
    assert cells == [
        "Country",
        "1. China", "", "", "",
        "2. Japan", "",
        "3. Korea, Democratic People's Republic of",
        "4. Korea, Republic of", "",
        "5. Mongolia", "",
    ]  # fmt: skip


def test_bold_stands_where_the_form_has_it(drafted: Drafted, seed: dict[str, Any]) -> None:
    import docx

    paragraphs = docx.Document(io.BytesIO(drafted.body)).paragraphs
    bold = ["".join(run.text for run in paragraph.runs if run.bold) for paragraph in paragraphs]
    assert f"II.{seed['section_II']['bold_part']}" in bold
    assert f"III.{seed['section_III']['bold_part']}" in bold


def test_oddities_of_the_report_are_named(drafted: Drafted) -> None:
    north, south = "Korea, Democratic People's Republic of", "Korea, Republic of"
    assert drafted.warnings == (
        "China: 4 activities; the form asks for 2.",
        f"{north}: 1 activity; the form asks for 2.",
        "Japan #2 “Webinar: Libraries in the New Normal will be held on Februa…”: the date (February 26, 2021) lies"
        " after the submission: is it told as planned?",
        f"{north} #1 “The Grand People's Study House active in organizing lecture…”: the date (2020) lies partly"
        " outside the period November 2020 – February 2021.",
        f"{south} #2 “2020 NLK Cooperation Seminar on November 26, 2020”: links to the same page as {south} #1"
        " “On November 12, NLK held 2020 Linked Open Data Annual Confe…”.",
    )


def test_same_report_gives_the_same_bytes(empty: sqlite3.Connection, report_id: int, drafted: Drafted) -> None:
    assert draft_report(empty, report_id, format="docx", now=NOW).body == drafted.body
    assert draft_report(empty, report_id, format="docx", now=NOW + timedelta(days=1)).body != drafted.body


def test_file_is_named_after_sub_region_and_period(drafted: Drafted) -> None:
    assert drafted.filename == "north-east-asia_2020-11_2021-02.docx"
    assert drafted.content_type.endswith("wordprocessingml.document")


def test_document_names_its_convenor_and_no_program(drafted: Drafted) -> None:
    import docx

    properties = docx.Document(io.BytesIO(drafted.body)).core_properties
    assert (properties.author, properties.last_modified_by, properties.comments) == ("Chen Ying", "Chen Ying", "")
    assert properties.title == "Bi-annual Sub-Regional Report: North East Asia, November 2020 – February 2021"
    assert properties.created == NOW


def test_nothing_is_left_of_the_librarys_template_that_word_would_repair(drafted: Drafted) -> None:
    package = zipfile.ZipFile(io.BytesIO(drafted.body))
    assert not {"docProps/thumbnail.jpeg", "word/stylesWithEffects.xml"} & set(package.namelist())
    settings = package.read("word/settings.xml").decode()
    assert '<w:zoom w:percent="100"/>' in settings and "proofState" not in settings


def test_header_row_returns_on_each_page(drafted: Drafted) -> None:
    document = zipfile.ZipFile(io.BytesIO(drafted.body)).read("word/document.xml").decode()
    first_row = document[document.index("<w:tr>") : document.index("</w:tr>")]
    assert "<w:tblHeader/>" in first_row
    assert document.count("<w:tblHeader/>") == 1


def test_chinese_has_its_language_and_font(drafted: Drafted) -> None:
    document = zipfile.ZipFile(io.BytesIO(drafted.body)).read("word/document.xml").decode()
    run = next(run for run in re.findall("<w:r>.*?</w:r>", document, re.DOTALL) if "与国际图联" in run)
    assert 'w:eastAsia="zh-CN"' in run
    assert 'w:eastAsia="SimSun"' in run


def test_addresses_can_be_followed_and_are_kept_to_the_letter(drafted: Drafted, seed: dict[str, Any]) -> None:
    relations = zipfile.ZipFile(io.BytesIO(drafted.body)).read("word/_rels/document.xml.rels").decode()
    targets = {entities.unescape(target) for target in re.findall('Target="(http[^"]*)"', relations)}
    assert targets == {activity["links"][0] for activity in seed["activities"]}


@pytest.mark.parametrize("format", ["html", "md"])
def test_other_formats_say_the_same(
    empty: sqlite3.Connection, report_id: int, seed: dict[str, Any], format: str
) -> None:
    drafted = draft_report(empty, report_id, format=format, now=NOW)
    words = plain_words(drafted.body.decode())
    for activity in seed["activities"]:
        row = [f"#{activity['number']} {activity['title_as_printed']}", *activity["body"]]
        row += [f"Links: {activity['links'][0]}", *activity["impact_segments"]]
        assert " ".join(" ".join(row).split()) in words


def plain_words(text: str) -> str:
    """The words of the document in reading order, without mark-up and cell borders."""
    text = re.sub(r"<(https?://[^>]*)>", r"\1", text)  # an address of Markdown
    text = re.sub(r"</?(em|b|a)\b[^>]*>|(?<!\\)\*", "", text)
    text = re.sub(r"<[^>]*>| \| ", " ", text)
    return " ".join(entities.unescape(re.sub(r"\\(.)", r"\1", text)).split())


def test_html_names_the_language_of_each_paragraph(empty: sqlite3.Connection, report_id: int) -> None:
    page = draft_report(empty, report_id, format="html", now=NOW).body.decode()
    assert '<p class="item" lang="zh">与国际图联' in page
    assert page.startswith('<!doctype html>\n<html lang="en">')
    assert '<th scope="col" width="18%">Country</th>' in page


def test_markdown_keeps_the_three_columns(empty: sqlite3.Connection, report_id: int) -> None:
    lines = draft_report(empty, report_id, format="md", now=NOW).body.decode().splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert table[:2] == ["| Country | Activities | Impact |", "| --- | --- | --- |"]
    assert [len(re.findall(r"(?<!\\)\|", line)) for line in table] == [4] * 13
