"""Days in five scripts: read right, or not at all."""

from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.pages.date_forms import day_matches, whole_instant
from crawlers.pages.date_text import fold
from crawlers.pages.dates import (
    DateRules,
    better_date,
    bracketed_day,
    date_from_parts,
    date_from_url,
    date_of_line,
    find_date,
    labelled_date,
    local_day,
    read_date,
    repair_years,
    split_title_date,
    year_is_inferred,
)
from crawlers.pages.instants import read_instant
from crawlers.pages.mail_dates import mail_instant
from db.records import NO_DATE, DateSource, PublishedDate

TODAY = date(2021, 2, 10)
ZONES = st.one_of(
    st.sampled_from(["GMT", "Z", "UTC", "EST", "JST", "+0800", "-0330", "+08:00", ""]), st.text("Z+-:0189", max_size=6)
)
PLACES = {
    "CN": "zh-Hans",
    "TW": "zh-Hant",
    "JP": "ja",
    "KR": "ko",
    "MN": "mn",
    "KP": "en",
    "TH": "th",
    "IR": "fa",
    "AU": "en",
    "US": "en",
    "INT": "en",
    "VN": "vi",
}
ORDERS = {"AU": "DMY", "US": "MDY"}


def rules(country: str = "INT") -> DateRules:
    order = ORDERS.get(country, "YMD")
    return DateRules(PLACES[country], country, TODAY, "DMY" if order == "DMY" else "MDY" if order == "MDY" else "YMD")


def read(text: str, country: str) -> str | None:
    """The date as far as it is sure: a day, a month, a year, or None."""
    found = read_date(text, "list", rules(country))
    return found.on and found.on[: {"day": 10, "month": 7, "year": 4, "none": 0}[found.precision]]


def test_day_precision_source_and_text_travel_together() -> None:
    found = find_date("发布时间：２０２１年２月２日 来源", source="list", language="zh-Hans", country="CN", today=TODAY)
    assert found == PublishedDate("2021-02-02", "day", "list", "２０２１年２月２日")


def test_date_order_is_an_argument() -> None:
    found = find_date("02/03/2020", source="text", language="en", country="NZ", today=TODAY, date_order="DMY")
    assert found.on == "2020-03-02"


@pytest.mark.parametrize(
    ("day", "month", "expected"),
    [
        pytest.param("02", "2021-02", "2021-02-02", id="month with year"),
        pytest.param("02", "2021.02", "2021-02-02", id="month with year and dot"),
        pytest.param("02", "2020年12月", "2020-12-02", id="zh month with year"),
        pytest.param("02日", "02月", "2021-02-02", id="zh units, no year"),
        pytest.param("30", "12", "2020-12-30", id="numbers alone, last year"),
        pytest.param("15", "Dec 2020", "2020-12-15", id="named month with year"),
        pytest.param("05", "Feb", "2021-02-05", id="named month"),
        pytest.param("02-02", "2021", "2021-02-02", id="day and month, then the year"),
        pytest.param("31", "2021-02", None, id="no such day"),
        pytest.param("", "2021-02", None, id="no day"),
        pytest.param("02", "2031-02", None, id="far ahead"),
    ],
)
def test_split_block(day: str, month: str, expected: str | None) -> None:
    assert date_from_parts(day, month, "list", rules("CN")).on == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("https://www.nlc.cn/newen/nlcnews/202102/t20210202_199415.htm", "2021-02-02", id="NLC old"),
        pytest.param("https://www.nlc.cn/web/dsb_zx/gtxw/20200520_2645084.shtml", "2020-05-20", id="NLC new"),
        pytest.param("https://www.ndl.go.jp/en/news/fy2020/210128_01.html", "2021-01-28", id="NDL, never the folder"),
        pytest.param("https://www.ndl.go.jp/en/news/fy2014/greetings2015.html", None, id="NDL without a day"),
        pytest.param("https://a.example/2020/12/3/title/", "2020-12-03", id="folders"),
        pytest.param("https://a.example/c/2019-08-21/2412662.shtml", "2019-08-21", id="iso folder"),
        pytest.param("https://old.library.sh.cn/Web/www/shtsg/20150203/n12.html", "2015-02-03", id="eight digits"),
        pytest.param("http://a.example/2008/08/title.html", "2008-08-01", id="month folders"),
        pytest.param("https://a.example/view?date=2021-02-02", None, id="the query is not looked at"),
        pytest.param("https://a.example/20211399_1.html", None, id="no such day"),
        pytest.param("https://a.example/?p=20200101", None, id="an id"),
    ],
)
def test_date_in_the_address(url: str, expected: str | None) -> None:
    assert date_from_url(url, TODAY).on == expected


def test_address_of_a_month_says_so() -> None:
    assert date_from_url("http://a.example/2008/08/title.html", TODAY).precision == "month"


@pytest.mark.parametrize(
    ("title", "rest", "on"),
    [
        pytest.param("2021-1-4 New Year's Greetings", "New Year's Greetings", "2021-01-04", id="in front"),
        pytest.param("[2021.01.04] Greetings", "Greetings", "2021-01-04", id="in brackets in front"),
        pytest.param("Notice of closing (2020/12/12)", "Notice of closing", "2020-12-12", id="behind"),
        pytest.param("Festival on December 16, 2020", "Festival on December 16, 2020", None, id="part of the words"),
        pytest.param("2021 in review", "2021 in review", None, id="a year"),
        pytest.param("2021-1-4", "2021-1-4", None, id="nothing else"),
        pytest.param("Seminar (December 16, 2020)", "Seminar (December 16, 2020)", None, id="words in brackets"),
    ],
)
def test_title_with_a_date(title: str, rest: str, on: str | None) -> None:
    stripped, found = split_title_date(title, "list", rules())
    assert (stripped, found.on) == (rest, on)


@pytest.mark.parametrize(
    ("title", "on"),
    [
        pytest.param("Ngo v Lim [2020] FCA 240 (16 December 2020)", "2020-12-16", id="words"),
        pytest.param("Seminar (in December 2020)", None, id="a month"),
        pytest.param("Seminar (until 16 December 2020)", None, id="other words in the brackets"),
        pytest.param("Ngo v Lim (No 2)", None, id="no day"),
    ],
)
def test_day_in_brackets_behind_a_title(title: str, on: str | None) -> None:
    assert bracketed_day(title, "list", rules()).on == on


@pytest.mark.parametrize(
    ("line", "on"),
    [
        pytest.param("2021-02-02", "2021-02-02", id="date alone"),
        pytest.param("Time: 2021-02-02 NLC", "2021-02-02", id="few words"),
        pytest.param("2021年1月4日に開催された国際会議の記録が公開されました。", None, id="event in a sentence"),
        pytest.param("The conference was held on 4 January 2021 with many participants.", None, id="english event"),
        pytest.param("2021-01-04 A longer text that follows on the same line", "2021-01-04", id="numbers first"),
        pytest.param("A longer notice with its own long words. Posted on 4 January 2021", "2021-01-04", id="label"),
    ],
)
def test_line_that_dates_something(line: str, on: str | None) -> None:
    assert date_of_line(line, "text", rules()).on == on


def test_label_decides_and_may_tell_a_month() -> None:
    assert labelled_date("2020-01-01 Posted 2021年2月", "text", rules("JP")) == NO_DATE
    assert labelled_date("Posted 2021年2月", "text", rules("JP")).precision == "month"


def listed(*texts: str) -> list[PublishedDate]:
    return [read_date(text, "list", rules("CN")) for text in texts]


@pytest.mark.parametrize(
    ("texts", "years"),
    [
        pytest.param(("02-02", "01-05", "12-30", "11-02"), (2021, 2021, 2020, 2020), id="over the new year"),
        pytest.param(("2020-03-01", "02-20", "01-05"), (2020, 2020, 2020), id="the year of the row above"),
        pytest.param(("12-30", "03-10", "01-05", "12-20"), (2020, 2020, 2020, 2019), id="over two new years"),
        pytest.param(("02-01", "02-05", "02-03"), (2021, 2021, 2021), id="slight disorder"),
        pytest.param(("11-06", "12-11", "01-04", "02-01"), (2020, 2020, 2021, 2021), id="oldest first"),
        pytest.param(("2021-01-05", "2019-01-05"), (2021, 2019), id="printed years stay"),
    ],
)
def test_years_follow_the_neighbours(texts: tuple[str, ...], years: tuple[int, ...]) -> None:
    assert tuple(int(str(day.on)[:4]) for day in repair_years(listed(*texts), TODAY)) == years


@pytest.mark.parametrize(
    ("text", "inferred"),
    [
        ("02-02", True),
        ("2月2日", True),
        ("Feb 2", True),
        ("2021-02-02", False),
        ("20210202", False),
        ("令和元年5月1日", False),
        ("'20.09.04", False),
        ("2021年2月", False),
    ],
)
def test_inferred_year_is_known_as_such(text: str, inferred: bool) -> None:
    assert year_is_inferred(read_date(text, "list", rules("JP"))) is inferred


def told(on: str, source: DateSource, text: str = "2021-01-01") -> PublishedDate:
    return PublishedDate(on, "day", source, text)


@pytest.mark.parametrize(
    ("first", "second", "better"),
    [
        pytest.param(NO_DATE, told("2021-01-02", "text"), "2021-01-02", id="any before none"),
        pytest.param(told("2021-01-01", "url", "210101_01"), told("2021-01-02", "text"), "2021-01-02", id="page"),
        pytest.param(told("2021-01-01", "list"), told("2021-01-02", "text"), "2021-01-01", id="list before text"),
        pytest.param(told("2021-01-01", "list", "01-01"), told("2020-01-01", "text"), "2020-01-01", id="printed year"),
        pytest.param(PublishedDate("2021-01-01", "month", "feed"), told("2021-01-02", "text"), "2021-01-02", id="day"),
        pytest.param(told("2021-01-01", "list"), told("2021-01-02", "meta"), "2021-01-02", id="machine-readable"),
    ],
)
def test_the_surer_of_two_days_is_believed(first: PublishedDate, second: PublishedDate, better: str) -> None:
    assert better_date(first, second).on == better


@pytest.mark.parametrize(
    ("country", "day"),
    [
        ("JP", date(2021, 1, 29)),
        ("IN", date(2021, 1, 29)),
        ("NZ", date(2021, 1, 29)),
        ("INT", date(2021, 1, 28)),
        ("CK", date(2021, 1, 28)),
    ],
)
def test_local_day(country: str, day: date) -> None:
    assert local_day(datetime(2021, 1, 28, 20, 30, tzinfo=UTC), country) == day


def test_every_zone_is_known() -> None:
    from crawlers.pages import local_days

    for country in local_days._ZONES:
        assert local_day(datetime(2021, 1, 28, tzinfo=UTC), country)


DAYS = st.dates(date(1990, 1, 1), TODAY)
FORMS = {
    "iso": ("{0.year}-{0.month:02}-{0.day:02}", "INT"),
    "unpadded dots": ("{0.year}. {0.month}. {0.day}.", "KR"),
    "eight digits": ("{0.year}{0.month:02}{0.day:02}", "CN"),
    "chinese": ("{0.year}年{0.month}月{0.day}日", "CN"),
    "korean": ("{0.year}년 {0.month}월 {0.day}일", "KR"),
    "mongolian": ("{0.year} оны {0.month} сарын {0.day}", "MN"),
    "english": ("{0:%d %B %Y}", "INT"),
    "american": ("{0:%B} {0.day}, {0.year}", "INT"),
    "day first": ("{0.day}/{0.month}/{0.year}", "AU"),
}


@pytest.mark.parametrize(("form", "country"), FORMS.values(), ids=FORMS)
@given(day=DAYS)
def test_formatted_day_is_read_back(form: str, country: str, day: date) -> None:
    assert read(form.format(day), country) == day.isoformat()


@given(day=DAYS)
def test_era_roc_and_juche_years_are_read_back(day: date) -> None:
    if day >= date(2019, 5, 1):
        assert read(f"令和{day.year - 2018}年{day.month}月{day.day}日", "JP") == day.isoformat()
    assert read(f"民國{day.year - 1911}年{day.month}月{day.day}日", "TW") == day.isoformat()
    assert read(f"JUCHE{day.year - 1911}({day.year}). {day.month}. {day.day}", "KP") == day.isoformat()


PIECES = st.sampled_from(
    [
        "2021",
        "02",
        "31",
        "-",
        "/",
        ".",
        "年",
        "月",
        "日",
        "令和",
        "元",
        "Juche",
        "(",
        ")",
        "Dec",
        "оны",
        "сар",
        "T10:00:00Z",
        "+0900",
        " ",
        "十",
        "〇",
        "'",
        "９",
        "٢",
        "ngày",
        "99999999999",
    ]
)


TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=12).map("".join))


@given(text=TEXTS, country=st.sampled_from(list(PLACES)))
def test_any_text_gives_a_plausible_day_or_none(text: str, country: str) -> None:
    found = read_date(text, "text", rules(country))
    split_title_date(text, "text", rules(country))
    date_of_line(text, "text", rules(country))
    assert date_from_parts(text, text[::-1], "list", rules(country)).precision in ("day", "none")
    assert date_from_url(f"https://a.example/{text}", TODAY).source in ("url", None)
    assert found == NO_DATE or date(1990, 1, 1) <= date.fromisoformat(str(found.on)) <= TODAY + timedelta(days=2)
    assert isinstance(year_is_inferred(found), bool)


@given(texts=st.lists(st.sampled_from(["02-02", "12-30", "2020-03-01", "07-15", "02-29", "", "2021年2月"])))
def test_repaired_days_are_never_ahead(texts: list[str]) -> None:
    repaired = repair_years(listed(*texts), TODAY)
    assert len(repaired) == len(texts)
    assert all(day.on is None or date.fromisoformat(day.on) <= TODAY + timedelta(days=2) for day in repaired)


@given(
    st.datetimes(datetime(1989, 1, 1), datetime(2022, 1, 1)),
    ZONES,
    st.sampled_from(
        ["%a, %d %b %Y %H:%M:%S ", "%d %b %Y %H:%M ", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.%f ", "%Y-%m-%dT%H:%M"]
    ),
    st.sampled_from(sorted(PLACES)),
)
def test_instants_of_software_are_read_at_once_as_they_are_among_words(
    moment: datetime, zone: str, form: str, country: str
) -> None:
    text = (moment.strftime(form) + zone).strip()
    at_once = whole_instant(text, rules(country))
    if at_once is not None:
        day, printed = at_once
        found = day_matches(fold(text), rules(country), lambda _: True)[0]
        assert (day.year, day.month, day.day) == (found.year, found.month, found.day)
        assert printed == text[found.start : found.end]
    assert read_instant(text, "feed", rules(country)) in (None, read_date(text, "feed", rules(country)))
    if zone in ("GMT", "+0800", "Z") and "%H:%M:%S" in form:
        assert at_once is not None or (form.startswith("%Y") and zone == "GMT")


@given(st.datetimes(min_value=datetime(1000, 1, 1)), ZONES, st.sampled_from(("Mon", "Feb", "Sept", "feb")))
def test_date_of_mail_is_read_as_by_the_standard_library(moment: datetime, zone: str, name: str) -> None:
    usual = format_datetime(moment.replace(microsecond=0)).partition(", ")[2].removesuffix("-0000")
    for printed in (f"{usual}{zone}", f"{usual}GMT", f"31 {name} 2021 10:00:00 {zone}"):
        try:
            expected = parsedate_to_datetime(printed)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        found = mail_instant(printed)
        assert (found, found.utcoffset()) == (expected, expected.utcoffset())


@given(st.integers(1980, 2030), st.integers(0, 14), st.integers(0, 33), st.sampled_from("-./"), st.sampled_from("02"))
def test_plain_day_is_read_as_in_a_text(year: int, month: int, day: int, mark: str, digits: str) -> None:
    printed = f"{year}{mark}{month:{digits}}{mark}{day:{digits}}".replace(" ", "")
    for country in PLACES:
        assert read_date(printed, "list", rules(country)) == read_date(f" {printed}", "list", rules(country))
