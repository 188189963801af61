"""What the index is given for texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.search.fold import fold
from db.search.words import LONGEST_TEXT, index_text, index_texts, runs, words_of

TEXTS = st.text(
    st.one_of(st.characters(), st.sampled_from([*"図書館의글 ,.'_…。ーァカ々éÆا\u0301\u200b\n\tab1ไทย"])), max_size=40
)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        pytest.param("圖書館", "图书 书馆 馆", id="each character with its neighbour, and the last one"),
        pytest.param("館", "馆", id="one character"),
        pytest.param("제3회 도서관", "제 3 회 도서 서관 관", id="digits part what is joined"),
        pytest.param("《图书馆》：the Library’s news", "图书 书馆 馆 the library s news", id="signs are left out"),
        pytest.param("圖𠀀館 書", "图𠀀 𠀀馆 馆 书", id="rare characters that take more bytes"),
        pytest.param("… — 。", "", id="signs alone"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_pieces_of_a_text(text: str, pieces: str) -> None:
    assert index_text(text) == pieces


@given(st.lists(TEXTS, max_size=6))
def test_texts_cut_together_are_cut_word_by_word(texts: list[str]) -> None:
    cut = [" ".join(piece for word in text.split() for piece in _pieces(word)) for text in texts]
    assert index_texts(texts) == [pieces.encode() for pieces in cut]


def _pieces(word: str) -> list[str]:
    pieces = []
    for run in runs(fold(word)):
        pieces += [run.text[place : place + 2] for place in range(len(run.text))] if run.joined else [run.text]
    return pieces


def test_words_of_items_are_those_of_their_texts_up_to_a_limit() -> None:
    items = [("国家图书馆", "News", ""), ("News", "", "a" * LONGEST_TEXT + " late")]
    assert words_of(items) == [(index_text(items[0][0]).encode(), b"news", b""), (b"news", b"", b"a" * LONGEST_TEXT)]
    assert words_of([]) == []


def test_words_are_cut_the_same_after_a_great_many_others() -> None:
    """Some are known from before, but only so many are kept."""
    text = "국립중앙도서관 Үндэсний library"
    before = index_text(text)
    for page in range(3):
        assert index_text(" ".join(f"{page}x{number}" for number in range(10_000))).endswith(f"{page}x9999")
        assert index_text(text) == before
