from __future__ import annotations

import pytest

from curation.guard import is_same_origin
from curation.languages import speaking
from curation.tags import Said, card_group, full_group, said, tags_after, tips
from curation.web import local_path
from curation.wording import date_machine, date_words, event_words, in_a_row, month_words, origin_words, shortened
from db.errors import DecisionError
from db.records import NO_DATE, DatePrecision, EventDays, PublishedDate, Tag
from db.vocabularies import shipped_vocabularies

ALL = shipped_vocabularies()


@pytest.mark.parametrize(
    ("precision", "words", "machine"),
    [
        pytest.param("day", "1 December 2020", "2020-12-01", id="day"),
        pytest.param("month", "December 2020", "2020-12", id="month"),
        pytest.param("year", "2020", "2020", id="year"),
    ],
)
def test_date_is_said_as_exactly_as_it_is_known(precision: DatePrecision, words: str, machine: str) -> None:
    date = PublishedDate("2020-12-01", precision, "url")
    assert (date_words(date), date_machine(date), origin_words(date)) == (words, machine, "from the address")


@pytest.mark.parametrize(
    ("tag", "row"),
    [
        ("zh-Hans", "东北亚、国际"),
        ("ja", "东北亚、国际"),
        ("ko", "东北亚, 国际"),
        ("mn", "东北亚, 国际"),
        ("en", "东北亚, 国际"),
    ],
)
def test_names_in_a_row_are_parted_as_the_language_does(tag: str, row: str) -> None:
    with speaking(tag):
        assert in_a_row(["东北亚", "国际"]) == row


def test_missing_date_is_said_to_be_missing() -> None:
    assert (date_words(NO_DATE), date_machine(NO_DATE), origin_words(NO_DATE)) == ("no date found", "", "")


def test_long_titles_are_shortened() -> None:
    assert (shortened("图" * 90, 5), shortened("图书馆", 5), month_words("2021-02")) == (
        "图图图图…",
        "图书馆",
        "February 2021",
    )


@pytest.mark.parametrize(
    ("language", "label", "shown_as"),
    [
        pytest.param("zh-Hans", "强化图书馆的全球话语权", "zh-Hans", id="simplified"),
        pytest.param("zh-Hant", "強化圖書館的全球話語權", "zh-Hant", id="traditional"),
        pytest.param("mn", "Strengthen the global voice of libraries", "en", id="not known in Mongolian"),
    ],
)
def test_label_is_said_in_the_persons_language_where_known(language: str, label: str, shown_as: str) -> None:
    assert said(ALL[0].terms[0], language) == Said(label, shown_as)
    assert card_group(ALL[0], [], language).choices[0].said.label == label


def test_label_that_is_known_in_no_source_is_said_in_the_desks_own_words() -> None:
    with speaking("mn"):
        assert said(ALL[0].terms[0], "mn") == Said("Номын сангийн дэлхийн дуу хоолойг хүчирхэгжүүлэх", "mn")
        assert said(ALL[2].terms[0], "mn") == Said("Ядуурлыг устгах", "mn")


def test_vocabulary_is_called_in_the_language_of_the_page() -> None:
    with speaking("ko"):
        assert [card_group(one, [], "ko").title for one in ALL[:3]] == [
            "IFLA 전략 2019-2024",
            "IFLA 전략 2024-2029",
            "유엔 지속가능발전목표",
        ]
    assert card_group(ALL[0], []).title == "IFLA Strategy 2019-2024"


def test_label_in_the_other_script_is_better_than_none() -> None:
    goal = next(term for term in ALL[2].terms if term.code == "SDG17")
    assert said(goal, "zh-Hant") == Said("促进目标实现的伙伴关系", "zh-Hans")


def test_tips_say_what_terms_mean_and_how_sure_the_wording_is() -> None:
    found = {tip.id: tip for tip in tips(ALL)}
    assert found["tip-UN-SDG-SDG16"].definition.startswith("Promote peaceful and inclusive societies")
    assert [part.code for part in found["tip-IFLA-2019-2024-SD3"].parts] == ["3.1", "3.2", "3.3", "3.4"]
    assert not found["tip-IFLA-2019-2024-4.2"].certain and found["tip-IFLA-2019-2024-4.4"].certain


def test_card_offers_the_directions_with_digits_and_the_form_everything() -> None:
    card, form = card_group(ALL[0], [Tag(ALL[0].id, "SD2")]), full_group(ALL[0], [], keys=False)
    assert [(c.code, c.key, c.checked) for c in card.choices][:2] == [("SD1", "1", False), ("SD2", "2", True)]
    assert len(card.offered.split()) == 4 and len(form.offered.split()) == 20
    assert [child.code for child in form.choices[0].children] == ["1.1", "1.2", "1.3", "1.4"]


def test_tags_that_a_form_did_not_offer_stay() -> None:
    before = [Tag("UN-SDG", "SDG4"), Tag("IFLA-2019-2024", "SD1")]
    after = tags_after(before, ["IFLA-2019-2024/SD1", "IFLA-2019-2024/SD3"], ["IFLA-2019-2024/SD3"], ALL)
    assert after == (Tag("IFLA-2019-2024", "SD3"), Tag("UN-SDG", "SDG4"))


def test_unknown_tag_is_refused() -> None:
    with pytest.raises(DecisionError, match="no tag “IFLA-2019-2024/SD9”"):
        tags_after([], [], ["IFLA-2019-2024/SD9"], ALL)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/?state=later&after=2021-01-28_7", "/?state=later&after=2021-01-28_7"),
        ("/-/item/7#edit", "/-/item/7#edit"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/\t/evil.example", "/"),
        ("/\r\nSet-Cookie: a=b", "/"),
        ("", "/"),
    ],
)
def test_only_local_paths_are_followed(text: str, path: str) -> None:
    assert local_path(text, "/") == path


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        pytest.param({"sec-fetch-site": "same-origin"}, True, id="browser says same origin"),
        pytest.param({"sec-fetch-site": "cross-site", "origin": "http://desk.example"}, False, id="cross site"),
        pytest.param({"sec-fetch-site": "same-site"}, False, id="a neighbour below the same domain"),
        pytest.param({"origin": "http://desk.example"}, True, id="older browser"),
        pytest.param({"origin": "https://desk.example"}, True, id="behind a proxy with https"),
        pytest.param({"origin": "http://desk.example.evil"}, False, id="other host"),
        pytest.param({"origin": "null"}, False, id="hidden origin"),
        pytest.param({"origin": "http://["}, False, id="no address"),
        pytest.param({}, False, id="nothing said"),
    ],
)
def test_form_must_come_from_the_desk_itself(headers: dict[str, str], ours: bool) -> None:
    assert is_same_origin({"host": "desk.example", **headers}) is ours


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2020-12-08", "2020-12-08", "8 December 2020"),
        ("2020-12-08", "2020-12-10", "8–10 December 2020"),
        ("2021-02-28", "2021-03-02", "28 February – 2 March 2021"),
        ("2020-12-28", "2021-01-03", "28 December 2020 – 3 January 2021"),
    ],
)
def test_days_of_an_event_say_each_part_once(start: str, end: str, words: str) -> None:
    assert event_words(EventDays(start, end)) == words


def test_no_event_has_no_words() -> None:
    assert event_words(None) == ""
