"""Quotations of an impact note: found again where they stood, never where they do not stand."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.quotes import paragraphs_of, place_of, quote_at, quotes_after, segments
from db.connect import transaction
from db.decisions import history
from db.errors import DecisionError
from db.records import DeskItem, ImpactNote, Quote

from .conftest import NOW, Room

TEXT = "第一段。读者没有书。\n\n Second 😀 paragraph. Every village has one.\n\n\n\nEvery village has one. Third."
texts = st.text(alphabet="ab。 \n😀", max_size=60)


@given(texts, st.data())
def test_quote_is_found_where_it_was_made(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    quote = quote_at(text, "need", start, data.draw(st.integers(start, len(text))))
    assert place_of(text, quote) == ((quote.start, quote.end) if quote.exact else None)


@given(texts, texts, st.data())
def test_quote_is_found_in_another_text_only_where_its_words_stand(text: str, other: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    quote = quote_at(text, "need", start, data.draw(st.integers(start, len(text))))
    place = place_of(other, quote)
    assert other[slice(*place)] == quote.exact if place else not quote.exact or quote.exact not in other


def test_of_two_places_the_one_with_the_same_words_around_counts() -> None:
    second = TEXT.rindex("Every village")
    quote = quote_at(TEXT, "result", second, second + 13)
    moved = "Every village. " + TEXT
    assert place_of(moved, quote) == (second + 15, second + 28)
    assert place_of("gone", quote) is None


@given(texts, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=4))
def test_segments_together_are_the_paragraph(text: str, places: list[tuple[int, int]]) -> None:
    for paragraph in paragraphs_of(text):
        assert text[paragraph.start :].startswith(paragraph.text)
        cut = segments(paragraph, [place if place[0] < place[1] else None for place in places])
        assert "".join(segment.text for segment in cut) == paragraph.text


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        pytest.param("need:0:4:nowhere", "does not stand in the kept copy", id="words that are not there"),
        pytest.param("note:0:4:第一段。", "is none", id="no such part"),
        pytest.param("need:x:4:第一段。", "is none", id="no number"),
        pytest.param("need:0:4", "between 1 and 1000", id="no words"),
        pytest.param("need:0:4: ", "between 1 and 1000", id="blank words"),
        pytest.param("kept:0", "is none", id="not kept before"),
        pytest.param("kept:-1", "is none", id="negative"),
        pytest.param("", "is none", id="empty"),
    ],
)
def test_impossible_quotation_is_a_sentence(sent: str, sentence: str) -> None:
    with pytest.raises(DecisionError, match=sentence):
        quotes_after([sent], (), TEXT)


def test_quotation_that_moved_since_the_page_was_loaded_is_found_again() -> None:
    [quote] = quotes_after(["need:0:5:读者没有书"], (), TEXT)
    assert (quote.start, quote.exact, quote.prefix) == (4, "读者没有书", "第一段。")
    assert quotes_after(["kept:0", "kept:0"], [quote], "another text") == (quote,)


@pytest.mark.anyio
async def test_note_and_its_quotations_are_kept_shown_undone_and_told(room: Room) -> None:
    item = with_text(room)
    ying = await room.signed_in("ying")
    form: dict[str, Any] = {
        "title": item.title,
        "need": "“读者没有书”",
        "result": "All.",
        "quote": ["need:4:9:读者没有书", "done:0:3:第一段"],
    }
    await ying.decide(item, "impactful", tag="IFLA-2019-2024/SD1", **form)
    said = room.item(item.id).curation
    kept = Quote("need", "读者没有书", "第一段。", "。" + TEXT[10:41], 4, 9)
    assert said.story == ImpactNote("“读者没有书”", "", "All.", (kept,))  # what no part says is quoted by none
    copy = (await ying.get(f"/-/kept/{item.id}")).text
    assert '第一段。<mark id="quote-1">读者没有书</mark>。' in copy
    page = (await ying.get(f"/-/item/{item.id}")).text
    assert re.search(r'value="kept:0" checked> <q [^>]*>读者没有书</q>', page) and "#quote-1" in page
    assert "impact note edited · 1 sentence quoted" in page
    room.conn.execute("UPDATE items SET text = 'Another text.' WHERE id = ?", (item.id,))
    assert "no longer in the kept copy" in (await ying.get(f"/-/item/{item.id}")).text
    [row] = history(room.conn, ("nea",), limit=9)
    await ying.post("/-/undo", {"decision": row.id})
    assert room.item(item.id).curation.story == ImpactNote()


@pytest.mark.anyio
async def test_note_written_before_there_were_parts_is_the_result(room: Room) -> None:
    item = with_text(room)
    room.conn.execute("UPDATE items SET impact = 'Old words.' WHERE id = ?", (item.id,))
    page = (await (await room.signed_in("ying")).get(f"/-/item/{item.id}")).text
    assert re.search(r'<textarea id="story-result"[^>]*>Old words\.</textarea>', page)


def with_text(room: Room) -> DeskItem:
    item = room.add("News")
    with transaction(room.conn):
        room.conn.execute(
            "UPDATE items SET text = ?, article_read_at = ? WHERE id = ?", (TEXT, NOW.isoformat(), item.id)
        )
    return room.item(item.id)
