"""Days of events stay apart from days of publication."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.pages.dates import DateRules, better_date, read_date, repair_years, year_is_inferred
from crawlers.pages.event_days import event_days
from crawlers.pages.foreign_dates import foreign_day
from db.records import EventDays

TODAY = date(2021, 2, 10)


@pytest.mark.parametrize(
    ("title", "days"),
    [
        pytest.param("Workshop on December 8-10, 2020", "2020-12-08 2020-12-10", id="span behind the month"),
        pytest.param("Open January 30 to February 2, 2021", "2021-01-30 2021-02-02", id="span behind two months"),
        pytest.param("8–10 December 2020: seminar", "2020-12-08 2020-12-10", id="span before it"),
        pytest.param("1st to 3rd March 2021: fair", "2021-03-01 2021-03-03", id="ordinals"),
        pytest.param("Exhibition 28 February – 2 March 2021", "2021-02-28 2021-03-02", id="two months"),
        pytest.param("2020年12月8日～10日 研讨会", "2020-12-08 2020-12-10", id="chinese span"),
        pytest.param("2020年12月28日至12月30日 展览", "2020-12-28 2020-12-30", id="chinese span of named months"),
        pytest.param("2020년 12월 8일~10일 세미나", "2020-12-08 2020-12-10", id="korean span"),
        pytest.param("Seminar (2020.12.8-10)", "2020-12-08 2020-12-10", id="span in numbers"),
        pytest.param("Talk on 5 March 2021", "2021-03-05 2021-03-05", id="a day ahead"),
        pytest.param("Fair on December 10-8, 2020", None, id="backwards"),
        pytest.param("April 2021 meeting", None, id="no more than a month"),
        pytest.param("Congress of 2024-08-01", None, id="more than two years ahead"),
        pytest.param("Meeting in 2020", None, id="no more than a year"),
        pytest.param("Talk on 31 February 2021", None, id="no such day"),
        pytest.param("What to read today", None, id="no date"),
        pytest.param("2 hours ago", None, id="told from today"),
        pytest.param("FY2020-2021 annual plan", None, id="fiscal years"),
    ],
)
def test_event_in_a_title(title: str, days: str | None) -> None:
    found = event_days(title, DateRules("en", "INT", TODAY))
    assert found == (None if days is None else EventDays(*days.split()))


@given(start=st.dates(date(1995, 1, 1), date(2022, 12, 1)), length=st.integers(1, 20))
def test_every_printed_span_is_read_back(start: date, length: int) -> None:
    end = min(start + timedelta(days=length), date(start.year, 12, 31))
    if end == start:
        return
    spans = [f"{start.day} {start:%B} – {end.day} {end:%B} {end.year}", f"{start:%Y年%m月%d日}～{end:%m月%d日}"]
    if start.month == end.month:
        spans += [f"{start:%B} {start.day}-{end.day}, {start.year}", f"{start.day}-{end.day} {start:%B} {start.year}"]
    for span in spans:
        found = event_days(f"Seminar ({span})", DateRules("en", "INT", TODAY))
        assert found == EventDays(start.isoformat(), end.isoformat()), span


def test_day_told_from_today_gives_way_to_a_printed_one() -> None:
    rules = DateRules("en", "INT", TODAY)
    told, printed = read_date("3 days ago", "list", rules), read_date("2021-02-06", "text", rules)
    assert told.on == "2021-02-07"
    assert better_date(told, printed).on == "2021-02-06"


@pytest.mark.parametrize(("text", "language"), [("昨天 10:30", "zh"), ("2 hours ago", "en"), ("10:30", "ko")])
def test_day_told_from_today_has_its_own_year(text: str, language: str) -> None:
    found = read_date(text, "list", DateRules(language, "INT", TODAY))
    assert found.on and not year_is_inferred(found)


@pytest.mark.parametrize(("text", "language"), [("2 ақпан", "kk"), ("2 февраля", "ru"), ("2 tháng 2", "vi")])
def test_yearless_day_of_any_language_follows_its_neighbours(text: str, language: str) -> None:
    found = read_date(text, "list", DateRules(language, "INT", TODAY))
    above = read_date("2020-03-01", "list", DateRules(language, "INT", TODAY))
    assert [day.on for day in repair_years([above, found], TODAY)] == ["2020-03-01", "2020-02-02"]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        pytest.param("2 Şubat 2021", "tr", (2021, 2, 2), id="day"),
        pytest.param("Şubat 2021", "tr", (2021, 2, None), id="month"),
        pytest.param("2 Şubat", "tr", None, id="no year"),
        pytest.param("2021", "tr", None, id="no words"),
        pytest.param("31 Şubat 2021", "tr", None, id="no such day"),
        pytest.param("2 3 Şubat 2021", "tr", None, id="too many numbers"),
        pytest.param("2 Şubat 2021", "xx", None, id="unknown language"),
        pytest.param("2 กุมภาพันธ์ 2021", "th", None, id="a language with rules of its own"),
        pytest.param("Toplantı salonu 2 kitap 2021", "tr", None, id="a sentence"),
        pytest.param("2 Şubat 2021 " + "x" * 60, "tr", None, id="a long text"),
    ],
)
def test_last_resort_believes_only_what_is_printed(
    text: str, language: str, expected: tuple[int, int, int | None] | None
) -> None:
    assert foreign_day(text, language) == expected


def test_last_resort_is_loaded_only_when_asked() -> None:
    program = (
        "import sys; from datetime import date; from crawlers.pages.dates import find_date\n"
        "for language in ('en', 'zh', 'th', 'fa', 'tr'):\n"
        "    for text in ('2021-02-02', '2 hours ago', 'words', 'Chapter 12', '2 \u015eubat'):\n"
        "        find_date(text, source='list', language=language, country='INT', today=date(2021, 2, 10))\n"
        "sys.exit('dateparser' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
