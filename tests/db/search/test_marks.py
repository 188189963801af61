"""Where the words of a query stand in a text as it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.search.marks import excerpt, hits, marked
from db.search.query import parse


@pytest.mark.parametrize(
    ("text", "typed", "stretches"),
    [
        pytest.param("国立国会図書館で", "圖書館", ["図書館"], id="other script"),
        pytest.param("ｶﾞｲﾄﾞとガイド", "がいど", ["ｶﾞｲﾄﾞ", "ガイド"], id="other width"),
        pytest.param("ＩＦＬＡ Journal", "ifla", ["ＩＦＬＡ"], id="full width"),
        pytest.param("図書館IFLA会議", "ifla", ["IFLA"], id="between characters"),
        pytest.param("Libraries and library", "library", ["Libraries", "library"], id="number"),
        pytest.param("Номын сангийн", "сан", ["сангийн"], id="ending"),
        pytest.param("a saner sан", "san", ["saner"], id="beginnings only"),
        pytest.param("한국 도서관", "한국 도서관", ["한국", "도서관"], id="parted Hangul"),
        pytest.param("Hawai\u02bbi news", "hawaii", ["Hawai\u02bbi"], id="glottal stop"),
        pytest.param("葛\U000e0100飾区", "葛飾", ["葛\U000e0100飾"], id="variation selector"),
        pytest.param(
            "National Library of China / 国家图书馆", "NLC", ["National Library of China", "国家图书馆"], id="names"
        ),
        pytest.param("ancient books, books", '"ancient books"', ["ancient books"], id="phrase"),
        pytest.param("<b>図</b>&図", "図", ["図", "図"], id="markup"),
        pytest.param("ヴァイオリン", "バイオリン", ["ヴァイオリン"], id="sound"),
        pytest.param("nothing", "-nothing country:JP", [], id="unwanted"),
    ],
)
def test_what_is_marked(text: str, typed: str, stretches: list[str]) -> None:
    assert [piece.text for piece in marked(text, parse(typed)) if piece.hit] == stretches


@given(st.text(max_size=80), st.text(max_size=12))
def test_pieces_are_the_text(text: str, typed: str) -> None:
    pieces = marked(text, parse(typed))
    assert "".join(piece.text for piece in pieces) == text
    assert all(piece.text for piece in pieces)


@given(st.text("図圖書aб \u0301\u200bｶﾞ가각", min_size=1, max_size=40), st.data())
def test_whatever_is_typed_of_a_text_is_marked_in_it(text: str, data: st.DataObject) -> None:
    words = text.split()
    typed = data.draw(st.sampled_from(words)) if words else ""
    if parse(typed).wanted:
        assert hits(text, parse(typed))


def test_excerpt_begins_before_the_first_hit() -> None:
    text = "word " * 200 + "図書館 " + "more " * 200
    pieces = excerpt(text, parse("图书馆"), 120)
    shown = "".join(piece.text for piece in pieces)
    assert [piece.text for piece in pieces if piece.hit] == ["図書館"]
    assert shown.startswith("… word") and shown.endswith("more …") and len(shown) < 140


def test_short_text_is_shown_whole() -> None:
    assert [piece.text for piece in excerpt("図書館", parse("x"), 100)] == ["図書館"]
