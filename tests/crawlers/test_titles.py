"""What a title and a summary say: spelling, badges, cuts, counters and "today" are no part of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.titles import folded, is_cut, is_distinctive, same_title, says

SAME = [
    ("width and case", "ＮＤＬ opens", "ndl Opens"),
    ("spaces and punctuation", "Opening: the  Hall!", "Opening – the hall"),
    ("references, also twice", "Books &amp;amp; more", "Books & more"),
    ("a badge before", "【新着】蔵書点検", "蔵書点検"),
    ("a badge in square brackets", "[공지] 휴관", "휴관"),
    ("a badge behind", "Opening of the hall NEW", "Opening of the hall"),
    ("composed and decomposed letters", "Тайландын өдөр", "Тайландын өдөр"),
    ("cut short", "Opening of the reading r…", "Opening of the reading room"),
    ("cut with dots", "Opening of the reading...", "Opening of the reading room"),
]
OTHER = [
    ("another number", "Newsletter 45", "Newsletter 46"),
    ("vowel signs", "मिल", "मेल"),
    ("tone marks", "ข่าว", "ข้าว"),
    ("a badge that is a title", "공지", "휴관"),
    ("a beginning that is not cut", "Opening", "Opening of the reading room"),
]


@pytest.mark.parametrize(("what", "one", "other"), SAME)
def test_titles_that_say_the_same(what: str, one: str, other: str) -> None:
    assert same_title(one, other) and same_title(other, one)


@pytest.mark.parametrize(("what", "one", "other"), OTHER)
def test_titles_that_say_something_else(what: str, one: str, other: str) -> None:
    assert not same_title(one, other)


SAYS_THE_SAME = [
    ("Views: 12. Open all night.", "Views: 3,456. Open all night."),
    ("조회 12 야간 개관", "조회 1,345 야간 개관"),
    ("浏览次数：88 次 开馆", "浏览次数：1288 次 开馆"),
    ("閲覧数 12 夜間開館", "閲覧数 99 夜間開館"),
    ("123 views · Open", "124 views · Open"),
    ("Today 10:30 Open", "Yesterday 10:30 Open"),
    ("3 hours ago – Open", "2 days ago – Open"),
    ("3시간 전 개관", "2일 전 개관"),
    ("OPEN  all night!", "open all night"),
]


@pytest.mark.parametrize(("then", "now"), SAYS_THE_SAME)
def test_counters_and_today_say_nothing(then: str, now: str) -> None:
    assert says(then) == says(now)


def test_a_deadline_says_something() -> None:
    assert says("Apply until 15 March") != says("Apply until 20 March")


@pytest.mark.parametrize("title", ["Notice", "Monthly report", "お知らせ", "휴관 안내", "Мэдээ", ""])
def test_a_short_title_names_a_kind_of_thing(title: str) -> None:
    assert not is_distinctive(folded(title))


@pytest.mark.parametrize("title", ["Opening of the hall", "国家图书馆新年音乐会", "国会図書館の開館"])
def test_a_long_title_names_one_thing(title: str) -> None:
    assert is_distinctive(folded(title))


@given(st.text())
def test_folding_is_total_and_settles_at_once(title: str) -> None:
    assert folded(folded(title)) == folded(title) or not folded(title).isalnum()
    assert (same_title(title, title) and says(says(title)) == says(title)) or not says(title).isalnum()
    assert is_cut(f"{title}…")
