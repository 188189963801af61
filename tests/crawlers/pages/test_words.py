"""What is asked of the words of a page: how much they say, and whether something like a date stands in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.pages.list_words import is_date_like
from crawlers.pages.plain import weight, weights
from crawlers.pages.survey import survey
from crawlers.pages.tree import markup_tree


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("Library", 7, id="letters"),
        pytest.param("图书馆 2", 7, id="wide letters count twice"),
        pytest.param("_ – !", 0, id="no letters"),
        pytest.param("ห้องสมุด", 6, id="marks of letters count nothing"),
        pytest.param("", 0, id="nothing"),
    ],
)
def test_weight(text: str, told: int) -> None:
    assert weight(text) == told


@given(st.lists(st.text(st.characters(exclude_characters="\0"))))
def test_texts_weigh_together_what_each_weighs_alone(texts: list[str]) -> None:
    assert weights(texts) == [weight(text) for text in texts]


@pytest.mark.parametrize(
    "text",
    [
        "Opening hours 2021-02-03",
        "2021. 2. 3.",
        "２０２１-０２-０３",
        "٢٠٢١/٠٢/٠٣",
        "3 February 2021",
        "Posted Feb 3, 2021",
        "February 2021",
        "二〇二一年二月三日",
        "令和元年",
        "3시간 전",
        "2 hours ago",
        "Yesterday",
        "공지 - 어제",
        "12:30",
    ],
)
def test_something_like_a_date(text: str) -> None:
    assert is_date_like(text)


@pytest.mark.parametrize(
    "text",
    ["", "Reading room", "한국 도서관 안내", "第3回", "No. 12", "the day before yesterday"],
)
def test_nothing_like_a_date(text: str) -> None:
    assert not is_date_like(text)


def test_machine_readable_days_are_known_by_what_stands_around_them() -> None:
    root = markup_tree(
        "<div id=a><p><time>x</time></p></div><div id=b><p data-date='2021-02-03'>y</p></div><div>z</div>"
    )
    assert root is not None
    page = survey(root)
    assert [page.has_time(block) for block in root.iter("div")] == [True, True, False]
