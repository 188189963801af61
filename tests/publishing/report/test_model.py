"""What a draft prints, decided without a database or a file format."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from db.errors import ReportError
from db.records import Curation, Pick, Report, Tag
from db.vocabularies import shipped_vocabularies
from publishing.report.form import section_prompts, shipped_form
from publishing.report.model import Material, ReportDraft, draft, link_target
from tests.publishing.report.conftest import NORTH_EAST_ASIA, SOUTH_ASIA, STRATEGY
from tests.publishing.report.samples import desk_item

REPORT = Report(1, "north-east-asia", "2020-11", "2021-02", "Chen Ying", "2021-02-10", STRATEGY)


def drafted(*countries: str, report: Report = REPORT, curation: Curation | None = None) -> ReportDraft:
    """A draft with one activity for each country named, in this order of picking."""
    curation = curation or Curation(state="impactful")
    picked = [
        (Pick(place, country, place), desk_item(place, country, curation)) for place, country in enumerate(countries, 1)
    ]
    return draft(Material(report, (NORTH_EAST_ASIA, SOUTH_ASIA), shipped_vocabularies(), picked), shipped_form())


def section(text: str) -> list[tuple[int | None, str, str | None]]:
    """The items of section A for what a convenor typed."""
    items = drafted(report=replace(REPORT, sections={"A": text})).sections[0].items
    return [(item.number, item.text, item.language) for item in items]


def test_countries_stand_in_the_order_of_the_sub_region() -> None:
    countries = drafted("MN", "KP", "CN").countries
    assert [(country.number, country.name) for country in countries] == [
        (1, "China"),
        (2, "Korea, Democratic People's Republic of"),
        (3, "Mongolia"),
    ]


def test_activities_stand_by_rank_and_count_from_one_in_each_country() -> None:
    picks = [(Pick(1, "CN", 3), desk_item(1, "CN")), (Pick(2, "CN", 1), desk_item(2, "CN"))]
    material = Material(REPORT, (NORTH_EAST_ASIA,), shipped_vocabularies(), picks)
    activities = draft(material, shipped_form()).countries[0].activities
    assert [(activity.number, activity.title.text) for activity in activities] == [(1, "Title 2"), (2, "Title 1")]


def test_pick_of_another_sub_region_is_not_lost() -> None:
    countries = drafted("NP", "CN", "INT").countries
    assert [(country.name, country.asked) for country in countries] == [
        ("China", True),
        ("INT", False),
        ("Nepal", False),
    ]


@pytest.mark.parametrize(
    ("tags", "lines"),
    [
        pytest.param({"SD3", "SD1"},
                     ["1. Strengthen the global voice of libraries", "3. Connect and empower the field"],
                     id="in the order of the vocabulary"),
        pytest.param({"2.1", "2.3"}, ["2. Inspire and enhance professional practice"], id="initiative"),
        pytest.param({"SD4"}, ["4. Optimise our organization"], id="wording of the form"),
        pytest.param(set(), [], id="none invented"),
    ],
)  # fmt: skip
def test_impact_lines_follow_the_tags(tags: set[str], lines: list[str]) -> None:
    curation = Curation("impactful", (*(Tag(STRATEGY, code) for code in tags), Tag("UN-SDG", "SDG4")))
    assert list(drafted("CN", curation=curation).countries[0].activities[0].impact) == lines


def test_impact_note_is_the_last_paragraph_of_the_activity_and_not_in_the_cell_of_directions() -> None:
    note = "Readers had *none*.\n\nEvery village has one now."
    for summary, texts in ((None, ["Text."]), ("My text.", ["My text."])):
        curation = Curation("impactful", (Tag(STRATEGY, "SD1"),), summary=summary, impact=note)
        activity = drafted("CN", curation=curation).countries[0].activities[0]
        *body, last = activity.body
        assert [paragraph.text for paragraph in body] == texts
        assert last.text == "Readers had none. Every village has one now." and any(run.italic for run in last.runs)
        assert activity.impact == ("1. Strengthen the global voice of libraries",)


def test_newer_strategy_prints_impact_areas() -> None:
    report = replace(REPORT, vocabulary="IFLA-2024-2029")
    curation = Curation("impactful", (Tag("IFLA-2024-2029", "IA2"), Tag(STRATEGY, "SD1")))
    made = drafted("CN", report=report, curation=curation)
    line = "Impact Area 02 – Libraries are recognised, represented and valued as partners"
    assert made.countries[0].activities[0].impact == (line,)
    assert made.directions[1] == line
    assert "".join(run.text for run in made.impact_prompt).endswith("related IFLA Strategy 2024-2029")


@pytest.mark.parametrize(
    ("typed", "items"),
    [
        pytest.param("1. One\n2. Two", [(1, "One", "en"), (2, "Two", "en")], id="dots"),
        pytest.param("1\\ One\r\n2、Two", [(1, "One", "en"), (2, "Two", "en")], id="as Chinese writers number"),
        pytest.param("1) One\n\n３）三", [(1, "One", "en"), (3, "三", "zh")], id="brackets, wide ones too"),
        pytest.param("2.5 million readers", [(None, "2.5 million readers", "en")], id="a decimal is no number"),
        pytest.param("2020. A year", [(None, "2020. A year", "en")], id="a year is no number"),
        pytest.param("One line\n同一句", [(None, "One line", "en"), (None, "同一句", "zh")], id="second language"),
        pytest.param(" \n\u3000\n", [], id="blanks are empty"),
    ],
)
def test_section_text_becomes_items(typed: str, items: list[tuple[int | None, str, str | None]]) -> None:
    assert section(typed) == items


def test_edited_text_has_italics_and_found_text_keeps_its_stars() -> None:
    edited = Curation("impactful", title="On *Libraries*", summary="First *one*.\n\nSecond\nline.")
    activity = drafted("JP", curation=edited).countries[0].activities[0]
    assert [(run.text, run.italic) for run in activity.title.runs] == [("On ", False), ("Libraries", True)]
    assert [paragraph.text for paragraph in activity.body] == ["First one.", "Second line."]
    found = desk_item(1, "JP", title="Five *stars*", summary="Rated *five*.")
    material = Material(REPORT, (NORTH_EAST_ASIA,), shipped_vocabularies(), [(Pick(1, "JP", 1), found)])
    activity = draft(material, shipped_form()).countries[0].activities[0]
    assert (activity.title.text, activity.body[0].text) == ("Five *stars*", "Rated *five*.")


def test_text_emptied_by_the_convenor_stays_empty() -> None:
    assert drafted("JP", curation=Curation("impactful", summary="")).countries[0].activities[0].body == ()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param({"sub_region": "gone"}, "the sub-region gone of this report is not in the database", id="region"),
        pytest.param({"vocabulary": "gone"}, "the vocabulary gone of this report", id="vocabulary"),
        pytest.param({"period_end": "2021-19"}, "'2021-19' is not a month", id="month"),
    ],
)
def test_report_that_cannot_be_drafted_says_why(change: Mapping[str, str], sentence: str) -> None:
    report = Report(**{field: change.get(field, getattr(REPORT, field)) for field in REPORT.__struct_fields__})
    with pytest.raises(ReportError, match=sentence):
        drafted(report=report)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        pytest.param("http://www.gpsh.edu.kp:8080/a!2#b", "http://www.gpsh.edu.kp:8080/a!2#b", id="as it is"),
        pytest.param("https://例.jp/图 书", "https://%E4%BE%8B.jp/%E5%9B%BE%20%E4%B9%A6", id="other letters"),
        pytest.param("https://a.example/%E5?q=<b>", "https://a.example/%E5?q=%3Cb%3E", id="half encoded"),
        pytest.param("javascript:alert(1)", None, id="script"),
        pytest.param("https://a.example:99999/", None, id="impossible port"),
        pytest.param("http://[broken/", None, id="broken host"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_only_web_addresses_are_linked(url: str, target: str | None) -> None:
    assert link_target(url) == target


def test_prompts_are_offered_by_letter() -> None:
    assert list(section_prompts()) == ["A", "B", "C", "D", "E"]
    assert section_prompts()["D"].endswith("(Please Provide details):")
