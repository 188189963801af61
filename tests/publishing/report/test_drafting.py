"""Finding a report by its names, and drafting one that lacks much."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from db.errors import ReportError
from db.records import Curation, ParsedItem, Pick, PublishedDate, Tag
from db.reports import ReportKey, save_picks
from db.vocabularies import shipped_vocabularies
from publishing.report.dates import period_months
from publishing.report.drafting import draft_report, find_or_begin_report, report_warnings
from publishing.report.read import read_activities, read_lines
from tests.publishing.report.conftest import NOW, STRATEGY


def test_report_nobody_began_is_begun_once(empty: sqlite3.Connection) -> None:
    first = find_or_begin_report(empty, ReportKey("north-east-asia", "2020-11", "2021-02"))
    assert find_or_begin_report(empty, ReportKey("north-east-asia", "2020-11", "2021-02")) == first
    assert (first.period_start, first.period_end, first.vocabulary) == ("2020-11", "2021-02", STRATEGY)


@pytest.mark.parametrize(
    ("period", "strategy"),
    [
        pytest.param("2017-01..2017-06", "IFLA-2016-2021", id="in the years of the first one"),
        pytest.param("2019-03..2019-08", "IFLA-2019-2024", id="ends in the month of a change"),
        pytest.param("2024-01..2024-07", "IFLA-2019-2024", id="the month before the change"),
        pytest.param("2024-05..2024-10", "IFLA-2024-2029", id="ends after the change"),
    ],
)
def test_strategy_is_the_one_in_force(empty: sqlite3.Connection, period: str, strategy: str) -> None:
    key = ReportKey("north-east-asia", *period_months(period))
    assert find_or_begin_report(empty, key).vocabulary == strategy


def test_period_before_the_first_strategy_is_explained_and_begins_nothing(empty: sqlite3.Connection) -> None:
    with pytest.raises(ReportError, match="names a strategy of IFLA, and none is known before December 2015"):
        find_or_begin_report(empty, ReportKey("north-east-asia", "2015-06", "2015-11"))
    assert empty.execute("SELECT count(*) FROM reports").fetchone()[0] == 0


def test_report_of_2017_names_the_directions_of_its_time(empty: sqlite3.Connection) -> None:
    report = find_or_begin_report(empty, ReportKey("north-east-asia", "2017-01", "2017-06"))
    lines = read_lines(draft_report(empty, report.id, format="docx", now=NOW).body)
    assert lines[-5:] == (
        "III. For impact, please state the related IFLA Strategic Plan 2016-2021",
        "SD 1 – Libraries in Society",
        "SD 2 – Information and Knowledge",
        "SD 3 – Cultural Heritage",
        "SD 4 – Capacity Building",
    )


def test_unknown_sub_region_is_explained(empty: sqlite3.Connection) -> None:
    with pytest.raises(ReportError, match="there are: north-east-asia, south-asia"):
        find_or_begin_report(empty, ReportKey("narnia", "2020-11", "2021-02"))
    assert empty.execute("SELECT count(*) FROM reports").fetchone()[0] == 0


def test_unknown_format_and_report_are_explained(empty: sqlite3.Connection, report_id: int) -> None:
    with pytest.raises(ReportError, match="docx, html, md, not as 'pdf'"):
        draft_report(empty, report_id, format="pdf", now=NOW)
    with pytest.raises(ReportError, match="no report number 999"):
        draft_report(empty, 999, format="docx", now=NOW)


@pytest.mark.parametrize("format", ["docx", "html", "md"])
def test_empty_report_is_drafted_with_its_blanks(empty: sqlite3.Connection, format: str) -> None:
    report = find_or_begin_report(empty, ReportKey("south-asia", "2020-11", "2021-02"))
    drafted = draft_report(empty, report.id, format=format, now=NOW)
    assert b"None" not in drafted.body
    assert drafted.warnings == report_warnings(empty, report.id)
    assert drafted.warnings == (
        "No activity is picked yet: mark items as impactful at the desk, pick them for this report, then draft it"
        " again.",
        "The convenor's name is missing.",
        "The date of submission is missing.",
        "Section I.A is empty.",
        "Section I.B is empty.",
        "Section I.C is empty.",
        "Section I.D is empty.",
        "Section I.E is empty.",
        "India: no activity.",
        "Nepal: no activity.",
    )


def test_blank_fields_keep_their_labels(empty: sqlite3.Connection) -> None:
    report = find_or_begin_report(empty, ReportKey("south-asia", "2020-11", "2021-02"))
    body = draft_report(empty, report.id, format="docx", now=NOW).body
    assert read_lines(body)[4:6] == ("Sub-region: South Asia\tConvenor:", "Date of submission:")
    assert read_activities(body, shipped_vocabularies()[0]) == ()


def test_pick_that_is_no_longer_impactful_is_left_out_and_named(
    empty: sqlite3.Connection, add_activity: Callable[..., int]
) -> None:
    report = find_or_begin_report(empty, ReportKey("north-east-asia", "2020-11", "2021-02"))
    url = "https://jp.example/1"
    found = ParsedItem(url, url, "Seminar on December 1, 2020", published=PublishedDate("2020-12-01", "day", "list"))
    later = add_activity(found, "JP", Curation(state="later", tags=(Tag(STRATEGY, "SD1"),)))
    save_picks(empty, report.id, [Pick(later, "JP", 1)])
    warnings = report_warnings(empty, report.id)
    assert "“Seminar on December 1, 2020” is picked but not marked impactful: it is left out." in warnings
    assert "Japan: no activity." in warnings
