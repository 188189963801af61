"""The date of an event, as titles name it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.errors import ReportError
from publishing.report.dates import Span, day_label, month_label, named_date, period_months


@pytest.mark.parametrize(
    ("title", "first", "last"),
    [
        pytest.param("Lists are announced on November 13, 2020", (2020, 11, 13), (2020, 11, 13), id="day"),
        pytest.param("Seminar held on December 8-10, 2020", (2020, 12, 8), (2020, 12, 10), id="days"),
        pytest.param("Seminar held on 8 – 10 December 2020", (2020, 12, 8), (2020, 12, 10), id="days first"),
        pytest.param("Funding for 2019-2020 announced in December 2020", (2020, 12, 1), (2020, 12, 31), id="month"),
        pytest.param("Donated books on Dec 15, 2020", (2020, 12, 15), (2020, 12, 15), id="short month"),
        pytest.param("Opened on the 1st of May, 2021: 1st May 2021", (2021, 5, 1), (2021, 5, 1), id="ordinal"),
        pytest.param("On November 12, NLK held 2020 Conference", (2020, 11, 12), (2020, 11, 12), id="year elsewhere"),
        pytest.param("Active in organizing lectures in 2020", (2020, 1, 1), (2020, 12, 31), id="year"),
        pytest.param("Libraries of the year 2020", (2020, 1, 1), (2020, 12, 31), id="year at the end"),
        pytest.param("2020年11月13日发布第六批名录", (2020, 11, 13), (2020, 11, 13), id="Chinese"),
        pytest.param("2021年2月の講演会", (2021, 2, 1), (2021, 2, 28), id="Japanese month"),
        pytest.param("2020년 11월 26일 협력 세미나", (2020, 11, 26), (2020, 11, 26), id="Korean"),
        pytest.param("2020 оны 12 дугаар сарын 11-нд", (2020, 12, 11), (2020, 12, 11), id="Mongolian"),
        pytest.param("Opening (2021.1.27)", (2021, 1, 27), (2021, 1, 27), id="dots"),
        pytest.param("Plan of May 2020 announced on June 3, 2020", (2020, 6, 3), (2020, 6, 3), id="most exact"),
        pytest.param("From November 1, 2020 to May 3, 2021", (2021, 5, 3), (2021, 5, 3), id="last"),
    ],
)
def test_date_in_a_title_is_found(title: str, first: tuple[int, int, int], last: tuple[int, int, int]) -> None:
    named = named_date(title)
    assert named is not None
    assert named.span == Span(date(*first), date(*last))


@pytest.mark.parametrize(
    "title",
    [
        pytest.param("IFLA Strategy 2019-2024", id="years of a strategy"),
        pytest.param("Held on February 30, 2021 in vain", id="no such day"),
        pytest.param("13,026 ancient books", id="a number"),
        pytest.param("The marching band", id="march inside a word"),
    ],
)
def test_what_is_no_date_is_not_taken_for_one(title: str) -> None:
    assert named_date(title) is None


def test_date_without_a_year_has_no_span() -> None:
    named = named_date("On November 12 the library opened")
    assert named is not None
    assert (named.text, named.span) == ("November 12", None)


@given(st.dates(date(1950, 1, 1), date(2090, 12, 31)))
def test_every_day_is_printed_and_found_again(day: date) -> None:
    named = named_date(f"Held on {day_label(day.isoformat())}")
    assert named is not None
    assert named.span == Span(day, day)


@given(st.text(max_size=60))
def test_any_text_may_be_asked_for_its_date(text: str) -> None:
    named = named_date(text)
    assert named is None or named.text in text


def test_months_and_days_are_printed_in_english() -> None:
    assert (month_label("2021-02"), day_label("2021-02-10")) == ("February 2021", "February 10, 2021")
    assert (day_label(None), day_label("2021-02-31")) == ("", "")


@pytest.mark.parametrize("period", ["2020-11..2021-02", " 2020-11 .. 2021-02 "])
def test_period_is_read(period: str) -> None:
    assert period_months(period) == ("2020-11", "2021-02")


@pytest.mark.parametrize(
    ("period", "sentence"),
    [
        pytest.param("2020-11", "first and last month as 2020-11..2021-02", id="one month only"),
        pytest.param("2020-11..2021-13", "'2021-13' is not a month", id="thirteenth month"),
        pytest.param("9999-11..9999-12", "'9999-11' is not a month", id="a year to come"),
        pytest.param("Nov..Feb", "'Nov' is not a month", id="words"),
        pytest.param("2021-02..2020-11", "ends before it begins", id="turned round"),
    ],
)
def test_wrong_period_is_explained(period: str, sentence: str) -> None:
    with pytest.raises(ReportError, match=sentence):
        period_months(period)
