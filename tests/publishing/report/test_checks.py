"""What the convenor is told before the report is handed in."""

from __future__ import annotations

import pytest

from db.records import NO_DATE, Curation, Pick, PublishedDate, Report, Tag
from db.vocabularies import shipped_vocabularies
from publishing.report.checks import page_of, warnings
from publishing.report.form import shipped_form
from publishing.report.model import Material, draft
from tests.publishing.report.conftest import NORTH_EAST_ASIA, SOUTH_ASIA, STRATEGY
from tests.publishing.report.samples import desk_item

SECTIONS = dict.fromkeys("ABCDE", "Done.")
REPORT = Report(1, "north-east-asia", "2020-11", "2021-02", "Chen Ying", "2021-02-10", STRATEGY, SECTIONS)
TAGGED = Curation("impactful", (Tag(STRATEGY, "SD1"),))
PERIOD = "the period November 2020 – February 2021"


def remarks(title: str = "Held on December 1, 2020", published: PublishedDate = NO_DATE, *, country: str = "JP",
            curation: Curation = TAGGED, url: str = "", summary: str = "Text.") -> list[str]:  # fmt: skip
    """What is said of one activity; what is said of its country and of the others is left away."""
    item = desk_item(1, country, curation, title=title, summary=summary, published=published, url=url)
    material = Material(REPORT, (NORTH_EAST_ASIA, SOUTH_ASIA), shipped_vocabularies(), [(Pick(1, country, 1), item)])
    found = warnings(draft(material, shipped_form()))
    return [warning.rpartition("”: ")[2] for warning in found if "#1" in warning]


def published(day: str, precision: str = "day") -> PublishedDate:
    """A publication date from a list page."""
    return PublishedDate(day, "month" if precision == "month" else "day", "list")


@pytest.mark.parametrize(
    ("title", "on", "said"),
    [
        pytest.param("Held on December 1, 2020", NO_DATE, [], id="dated in the title"),
        pytest.param("Held in spring", NO_DATE, ["no date, neither in the title nor of its publication."], id="none"),
        pytest.param("A book fair", published("2020-12-01"), ["the title does not name the date."], id="published"),
        pytest.param("A book fair", published("2021-02-01", "month"),
                     ["the title does not name the date."], id="published in a month"),
        pytest.param("A book fair", published("2021-03-02"),
                     ["the title does not name the date.", f"the publication (2021-03-02) lies outside {PERIOD}."],
                     id="published too late"),
        pytest.param("Held on 5 December", published("2020-12-06"),
                     ["the title names a date without its year (5 December)."], id="no year"),
        pytest.param("Held on October 31, 2020", published("2020-11-02"),
                     [f"the date (October 31, 2020) lies outside {PERIOD}."], id="a day too early"),
        pytest.param("Held in 2020", NO_DATE, [f"the date (2020) lies partly outside {PERIOD}."], id="a whole year"),
        pytest.param("Held on February 9, 2021", NO_DATE, [], id="the day before submission"),
        pytest.param("Held on February 11, 2021", NO_DATE,
                     ["the date (February 11, 2021) lies after the submission: is it told as planned?"], id="planned"),
    ],
)  # fmt: skip
def test_dates_are_compared_with_the_period(title: str, on: PublishedDate, said: list[str]) -> None:
    assert remarks(title, on) == said


def test_missing_link_tag_and_text_are_named() -> None:
    other_strategy = Curation("impactful", (Tag("IFLA-2024-2029", "IA1"),))
    assert remarks(url="ftp://a.example/", curation=other_strategy, summary=" ") == [
        "no text below the title.",
        "no link.",
        "no tag of the IFLA Strategy 2019-2024, so that Impact is blank.",
    ]


def test_title_of_nothing_visible_is_named() -> None:
    assert "no title." in remarks("\x07")


def test_country_of_another_sub_region_is_named() -> None:
    item = desk_item(1, "NP", TAGGED, title="Held on December 1, 2020")
    material = Material(REPORT, (NORTH_EAST_ASIA, SOUTH_ASIA), shipped_vocabularies(), [(Pick(1, "NP", 1), item)])
    found = warnings(draft(material, shipped_form()))
    assert "Nepal: not a country of North East Asia; it stands at the end of the table." in found
    assert "Mongolia: no activity." in found


def test_terminal_controls_do_not_reach_the_warnings() -> None:
    item = desk_item(1, "JP", title="\x1b[31mRed\u202e\r\nalert")
    material = Material(REPORT, (NORTH_EAST_ASIA,), shipped_vocabularies(), [(Pick(1, "JP", 1), item)])
    assert "Japan #1 “[31mRed alert”: no date" in "\n".join(warnings(draft(material, shipped_form())))


KOREAN = "https://www.nl.go.kr/EN/contents/EN1070000000.do?schopt5=NLNE&schM=view"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param(f"{KOREAN}&act=UPDATE&page=1&ordFld=regdt&ordBy=DESC&viewCount=9&id=37660&schBdcode=",
                     f"{KOREAN}&page=1&viewCount=9&id=37660&schGroupCode=", True, id="an editing link of one page"),
        pytest.param(f"{KOREAN}&id=37660", f"{KOREAN}&id=37661", False, id="another id"),
        pytest.param("https://num.edu.mn/?p=5235", "https://num.edu.mn/?p=5240", False, id="short links"),
        pytest.param("http://www.a.example/x/", "https://A.example/x#top", True, id="host spelling and fragment"),
        pytest.param("https://a.example/#/news/1", "https://a.example/#/news/2", False, id="routes of a script"),
        pytest.param("https://a.example/list?page=1", "https://a.example/list?page=2", False, id="page alone"),
    ],
)  # fmt: skip
def test_addresses_of_one_page_are_known(one: str, other: str, same: bool) -> None:
    assert (page_of(one) == page_of(other)) is same


def test_no_address_is_no_page() -> None:
    assert page_of("") == ""
