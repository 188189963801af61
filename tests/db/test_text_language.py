"""The language of a text, told from its script."""

from __future__ import annotations

import pytest

from db.text_language import language_of


@pytest.mark.parametrize(
    ("text", "hint", "language"),
    [
        pytest.param("Номын сан нээгдлээ", "mn", "mn", id="as the source says"),
        pytest.param("Library opens a reading room", "mn", "en", id="English from a source of another script"),
        pytest.param("Perpustakaan baharu dibuka", "ms", "ms", id="Latin letters serve many languages"),
        pytest.param("Library opens", None, "en", id="Latin letters of nobody"),
        pytest.param("国立国会図書館がデジタルコレクションに追加", "en", "ja", id="kana"),
        pytest.param("국립중앙도서관 결과 발표", "en", "ko", id="hangul"),
        pytest.param("国家图书馆举办特展", "zh-Hans", "zh-Hans", id="Han, more exactly by the source"),
        pytest.param("国家图书馆举办特展", "en", "zh", id="Han of a source in English"),
        pytest.param(
            "国家图书馆 NLC wins the award for documentaries in Guangzhou", "zh-Hans", "en", id="mostly English"
        ),
        pytest.param("Номын сан", "en", None, id="Cyrillic of an English source is nobody's"),
        pytest.param("", "mn", "en", id="nothing"),
    ],
)
def test_language_of(text: str, hint: str | None, language: str | None) -> None:
    assert language_of(text, hint) == language
