"""Which items are one story, and what folding them into one card may and may not do."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.likeness import alike, bare, likeness_of, pieces_of, same_story
from curation.stories import fold_sightings
from db.decisions import history
from db.records import DeskItem

from .conftest import NOW, Room

pytestmark = pytest.mark.anyio

JA = "国立国会図書館は、インターネット上で公開されている電子書籍等の収集を開始しました。対象は無償で公開されたもので、"
ZH = "国家图书馆今日举行珍贵古籍特展开幕式，来自全国各地的二十家图书馆带来了三百余件藏品，展览将持续三个月，"
KO = "국립중앙도서관은 전국 공공도서관과 함께 책 읽는 문화를 넓히기 위한 공동 사업을 시작한다고 밝혔다. 올해는 "
MN = "Үндэсний номын сан хүүхдийн уншлагын өрөөг шинэчлэн нээж, арван мянган ном шинээр авлаа. Нээлтэд "
EN = "The National Library opened a reading room for children today, with ten thousand new books in four languages. "


def long(sentence: str) -> str:
    """A text that begins with the sentence and goes on with its letters, each time in another order."""
    shuffled = [random.Random(n).sample(sentence, len(sentence)) for n in range(8)]
    return "\n\n".join([sentence, *("".join(letters) for letters in shuffled)])


TEXTS = [
    pytest.param(long(JA), long(JA) + "（国立国会図書館の発表による）", True, id="ja, a line added"),
    pytest.param(long(JA), long(JA).replace("、", "，"), True, id="ja, other commas"),
    pytest.param(long(ZH), long(ZH).replace("国家图书馆", "國家圖書館"), True, id="zh, other script in places"),
    pytest.param(long(ZH), long(ZH).replace("三百余件", "四百余件"), True, id="zh, a number corrected"),
    pytest.param(long(KO), long(KO).replace(" ", ""), True, id="ko, spaces left out"),
    pytest.param(long(KO), "[보도자료] " + long(KO), True, id="ko, a label before it"),
    pytest.param(long(MN), long(MN).upper(), True, id="mn, capital letters"),
    pytest.param(long(EN), long(EN).replace("  ", " ").replace("today", "yesterday"), True, id="en, one word"),
    pytest.param(long(JA), long(JA)[: len(long(JA)) // 2], False, id="ja, half of it"),
    pytest.param(long(ZH), long(JA), False, id="zh and ja of one thing"),
    pytest.param(long(KO), long(EN), False, id="ko and en"),
    pytest.param(long(MN), long(MN.replace("шинэчлэн", "гар бичмэлийн")), False, id="mn"),
    pytest.param(EN[:60], EN[:60], False, id="en, too short to say"),
    pytest.param("", "", False, id="no text"),
]


def item(room: Room, title: str, text: str = "", **fields: Any) -> DeskItem:
    added = room.add(title, **fields)
    room.conn.execute("UPDATE items SET text = ? WHERE id = ?", (text, added.id))
    return room.item(added.id)


@pytest.mark.parametrize(("one", "other", "same"), TEXTS)
async def test_texts_that_are_nearly_the_same_are_one_story(room: Room, one: str, other: str, same: bool) -> None:
    first, second = item(room, "one title", one), item(room, "another title", other, source="nlc")
    assert same_story(likeness_of(first), likeness_of(second)) is same
    shared = set(likeness_of(first).keys) & set(likeness_of(second).keys)
    assert not same or shared


TITLES = [
    pytest.param("国図、電子書籍を収集", "国図 電子書籍を収集", "2021-01-28", True, id="signs"),
    pytest.param("ﾃﾞｼﾞﾀﾙ資料を公開", "デジタル資料を公開", "2021-01-28", True, id="width"),
    pytest.param("圖書館舉辦特展", "图书馆举办特展", "2021-01-28", True, id="script"),
    pytest.param("국립중앙도서관 새 소식", "국립중앙도서관 새소식", "2021-01-28", True, id="spaces"),
    pytest.param("National Library Day", "NATIONAL LIBRARY DAY!", "2021-01-28", True, id="case"),
    pytest.param("National Library Day", "National Library Day", "2021-01-29", False, id="another day"),
    pytest.param("お知らせ", "お知らせ", "2021-01-28", False, id="a title of many stories"),
    pytest.param("国図、電子書籍を収集", "国図、電子書籍を公開", "2021-01-28", False, id="another title"),
]


@pytest.mark.parametrize(("one", "other", "day", "same"), TITLES)
async def test_same_title_and_day_are_one_story(room: Room, one: str, other: str, day: str, same: bool) -> None:
    first, second = item(room, one, on="2021-01-28"), item(room, other, on=day, source="nlc")
    assert same_story(likeness_of(first), likeness_of(second)) is same


@given(st.text(max_size=300), st.text(max_size=40))
def test_likeness_is_of_what_is_read_and_alike_is_a_share(text: str, more: str) -> None:
    assert bare(bare(text)) == bare(text)
    one, other = pieces_of(text), pieces_of(text + more)
    assert 0 <= alike(one, other) <= 1 and alike(one, other) == alike(other, one)
    assert one <= other or len(bare(text)) > 2_000


def fold(room: Room) -> int:
    return fold_sightings(room.conn, now=NOW + timedelta(hours=1))


@pytest.fixture
def china(room: Room) -> Room:
    """The aggregator and the official source of one country."""
    room.conn.execute("UPDATE sources SET role = 'aggregator', country = 'CN' WHERE id = 'ndl'")
    return room


async def test_official_source_shows_the_card_whenever_it_comes(china: Room) -> None:
    told = item(china, "told by others", long(ZH))
    assert fold(china) == 0
    own = item(china, "told by itself", long(ZH), source="nlc")
    assert fold(china) == 1 and fold(china) == 0
    assert china.item(told.id).curation.duplicate_of == own.id
    page = (await (await china.signed_in("ying")).get("/")).text
    assert "Also seen at NDL news" in page and "told by others" in page and "(tells what others published)" in page
    [row] = history(china.conn, ("nea",), limit=9)
    assert (row.actor, row.action, row.item_id) == ("the desk", "fold", told.id)


async def test_folding_is_undone_and_not_done_again(china: Room) -> None:
    told, own = item(china, "told", long(ZH)), item(china, "own", long(ZH), source="nlc")
    fold(china)
    browser = await china.signed_in("ying")
    assert (await browser.post("/-/undo", {"decision": 1, "back": "/"})).status_code == 303
    china.conn.execute("UPDATE items SET text = text || '.' WHERE id IN (?, ?)", (told.id, own.id))
    assert fold(china) == 0 and china.item(told.id).curation.duplicate_of is None


async def test_nothing_is_folded_into_what_was_decided(china: Room) -> None:
    own = item(china, "own", long(ZH), source="nlc")
    await (await china.signed_in("ying")).decide(own, "dismiss")
    told = item(china, "told", long(ZH))
    assert fold(china) == 0 and china.item(told.id).curation.duplicate_of is None


async def test_third_sighting_joins_the_card_of_the_first(china: Room) -> None:
    china.conn.execute("UPDATE sources SET sub_region = 'nea' WHERE id = 'nli'")
    china.conn.execute("UPDATE sources SET role = 'aggregator' WHERE id = 'nli'")
    ids = [
        item(china, f"n {source}", long(ZH), source=source).id for source in ("ndl", "nli", "nlc") if fold(china) + 1
    ]
    assert fold(china) == 2
    assert [china.item(i).curation.duplicate_of for i in ids] == [ids[2], ids[2], None]


async def test_other_countries_and_sub_regions_keep_their_own_cards(room: Room) -> None:
    for source in ("ndl", "nlc", "nli"):
        item(room, "National Library Day", long(EN), source=source)
    assert fold(room) == 0


async def test_a_card_is_found_by_what_is_folded_into_it(china: Room) -> None:
    item(china, "told", long(ZH))
    item(china, "own", long(ZH), source="nlc")
    fold(china)
    browser = await china.signed_in("ying")
    for query in ("?source=ndl", "?source=nlc", "?language=ja", "?language=zh"):
        assert (await browser.get(f"/{query}")).text.count('<article class="card"') == 1, query
