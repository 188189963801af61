"""What counts as the same letter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.search.fold import as_heard, fold, fold_with_places, sounded, stands_alone, unchanged

TEXTS = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            [*"図圖図书書ヴァィーコンピュタガｶﾞカ々人가각ㅎㅏㄴﾡￂ", *"'’ʻaeioāéđßﬁİıǰйиёеөү\u0301\u0306\u200b\ufe00ا ي"]
        ),
    ),
    max_size=40,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("図書館", "圖書館", id="Japanese and traditional"),
        pytest.param("图书馆", "圖書館", id="simplified and traditional"),
        pytest.param("台灣", "臺湾", id="variants of one character"),
        pytest.param("ｶﾞｲﾄﾞ", "ガイド", id="half-width kana"),
        pytest.param("がいど", "ガイド", id="hiragana and katakana"),
        pytest.param("キヤノン", "キャノン", id="small kana"),
        pytest.param("ヴァイオリン", "バイオリン", id="v in Japanese"),
        pytest.param("コンピューター", "コンピュータ", id="long sound at the end"),
        pytest.param("人々", "人人", id="repeated character"),
        pytest.param("ＡＢＣ１２３", "abc123", id="full-width Latin"),
        pytest.param("\u1112\u1161\u11ab", "한", id="parted Hangul"),
        pytest.param("葛\U000e0100", "葛", id="variation selector"),
        pytest.param("図\u200b書", "図書", id="zero-width space"),
        pytest.param("Номын", "НОМЫН", id="case"),
        pytest.param("и\u0306", "й", id="parted Cyrillic"),
        pytest.param("ном\u0301ын", "номын", id="stress mark"),
        pytest.param("їзэсгєлэн", "үзэсгөлэн", id="letters in place of Mongolian ones"),
        pytest.param("ᠮᠣᠩᠭᠣᠯ\u180b", "ᠮᠣᠩᠭᠣᠯ", id="Mongolian variation selector"),
        pytest.param("Mātauranga", "matauranga", id="macron"),
        pytest.param("Việt Đỗ", "viet do", id="Vietnamese"),
        pytest.param("café", "CAFE", id="accent"),
        pytest.param("Łódź Straße Ærø", "lodz strasse aero", id="European letters"),
        pytest.param("Hawaiʻi", "Hawai'i", id="glottal stop as an apostrophe"),
        pytest.param("Hawaiʻi", "hawaii", id="glottal stop left out"),
        pytest.param("كتابخانه ي", "کتابخانه ی", id="Arabic and Persian letters"),
        pytest.param("۱۴۰۰", "1400", id="Persian digits"),
        pytest.param("\ud800図", "図", id="half a character"),
    ],
)
def test_alike_counts_as_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("й", "и"),
        ("ё", "е"),
        ("ө", "о"),
        ("ү", "у"),
        ("か", "が"),
        ("は", "ぱ"),
        ("각", "가"),
        ("土", "士"),
        ("l'eau", "leau"),
    ],
)
def test_what_tells_words_apart_stays(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(TEXTS, TEXTS)
def test_words_are_folded_each_by_itself(one: str, other: str) -> None:
    """Which lets the index know the words that come again and again."""
    assert fold(f"{one} {other}") == f"{fold(one)} {fold(other)}"


@given(TEXTS)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(TEXTS)
def test_letters_that_stand_alone_sound_the_same_beside_any_others(text: str) -> None:
    alone = "".join(filter(stands_alone, text))
    assert sounded(alone) == "".join(map(sounded, as_heard(alone)))


@given(TEXTS)
def test_places_belong_to_the_same_folded_text(text: str) -> None:
    folded = fold_with_places(text)
    assert folded.text == fold(text)
    assert len(folded.starts) == len(folded.ends) == len(folded.text)
    assert all(0 <= start < end <= len(text) for start, end in zip(folded.starts, folded.ends, strict=True))
    assert list(folded.starts) == sorted(folded.starts)


def test_letters_that_are_found_unchanged_are_folded_to_themselves() -> None:
    found = "".join(unchanged().findall("".join(map(chr, range(0x110000)))))
    assert len(found) > 30_000
    assert fold(found) == found and all(map(stands_alone, found))


def test_table_of_characters_is_settled() -> None:
    from db.search.fold import _characters

    table = _characters()
    assert len(table) > 3900
    assert not {ord(target) for target in table.values()} & table.keys()
