"""Search at the desk: all items of a person's sub-regions, and the queue narrowed by words."""

from __future__ import annotations

import random
import re
from urllib.parse import urlencode

import pytest

from db.connect import transaction
from db.records import DeskItem
from db.search.items import index_everything
from tests.db.search.test_query import PIECES

from .conftest import Room
from .test_desk import HOSTILE, SD1

pytestmark = pytest.mark.anyio


def asking(address: str, typed: str) -> str:
    return f"{address}?{urlencode({'q': typed}, errors='replace')}"


def titles(page: str) -> list[str]:
    found = re.findall(r"<h2 [^>]*><a [^>]*>(.*?)</a>", page)
    return [re.sub("</?mark>", "", title) for title in found]


@pytest.fixture
def news(room: Room) -> list[DeskItem]:
    return [
        room.add("国家图书馆举办展览", source="nlc", on="2020-12-16", summary="古籍"),
        room.add("国会図書館ニュース", on="2021-01-28"),
        room.add("Reading day", on="2021-02-01", summary="ｶﾞｲﾄﾞ for 図書館 visitors"),
        room.add("图书馆 elsewhere", source="nli"),
    ]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        pytest.param("圖書館", ["国会図書館ニュース", "国家图书馆举办展览", "Reading day"], id="three spellings"),
        pytest.param("圖書館 -展", ["国会図書館ニュース", "Reading day"], id="minus"),
        pytest.param("ガイド", ["Reading day"], id="width"),
        pytest.param("古", ["国家图书馆举办展览"], id="one character"),
        pytest.param("country:CN", ["国家图书馆举办展览"], id="field alone"),
        pytest.param("图书 country:JP date:2021-01", ["国会図書館ニュース"], id="words and fields"),
        pytest.param("state:later", ["国会図書館ニュース"], id="state"),
        pytest.param("readign", ["Reading day"], id="mistyped"),
        pytest.param("nothing like it", [], id="nothing"),
    ],
)
async def test_all_items_are_searched_whatever_their_state(
    room: Room, news: list[DeskItem], typed: str, shown: list[str]
) -> None:
    browser = await room.signed_in("ying")
    await browser.decide(news[0], "impactful", tag=SD1)
    await browser.decide(news[1], "later")
    page = (await browser.get(asking("/-/search", typed))).text
    assert sorted(titles(page)) == sorted(shown)
    assert ("No item has all of this" in page) is not bool(shown)


async def test_words_are_marked_as_they_are_written(room: Room, news: list[DeskItem]) -> None:
    browser = await room.signed_in("ying")
    page = (await browser.get(asking("/-/search", "圖書館 がいど"))).text
    assert "<mark>ｶﾞｲﾄﾞ</mark> for <mark>図書館</mark> visitors" in page
    page = (await browser.get(asking("/", "図書館"))).text
    assert "国家<mark>图书馆</mark>举办展览" in page and titles(page) == [
        "Reading day",
        "国会図書館ニュース",
        "国家图书馆举办展览",
    ]
    link = re.search(r'href="(/-/item/1[^"]*)"', page)
    assert link is not None
    with transaction(room.conn):
        room.conn.execute("UPDATE items SET text = '一。\n\n圖書館的展覽。' WHERE id = 1")
    index_everything(room.conn)
    assert "<mark>圖書館</mark>的展覽" in (await browser.get(link[1].replace("&amp;", "&"))).text
    assert "Also says:" in (await browser.get("/-/search?q=的展")).text


async def test_queue_keeps_its_words_from_page_to_page(room: Room) -> None:
    for number in range(60):
        room.add(f"Reading day {number}" if number % 2 else f"Other {number}", on=f"2021-01-{number % 9 + 1:02}")
    browser, address, found = await room.signed_in("ying"), "/?q=reading", []
    while address:
        page = (await browser.get(address)).text
        assert "<span data-count>30</span> waiting" in page
        found += titles(page)
        link = re.search(r'href="([^"]*)" rel="next"', page)
        address = link[1].replace("&amp;", "&") if link else ""
    assert len(found) == len(set(found)) == 30
    likely = (await browser.get("/?q=reading&order=likely")).text
    assert all("Reading" in title for title in titles(likely))
    second = (await browser.get("/-/search?q=reading&page=2")).text
    assert len(titles(second)) == 5 and 'start="26"' in second and "Found: 30" in second
    assert titles((await browser.get("/-/search?q=reading&page=999")).text) == titles(second)


async def test_card_is_found_by_what_is_folded_into_it(room: Room) -> None:
    lead, other = room.add("One story"), room.add("同一件事", source="nlc")
    with transaction(room.conn):
        room.conn.execute("UPDATE items SET duplicate_of = ? WHERE id = ?", (lead.id, other.id))
    browser = await room.signed_in("ying")
    assert titles((await browser.get("/?q=同一")).text) == ["One story"]
    page = (await browser.get("/-/search?q=同一")).text
    assert titles(page) == ["同一件事"] and "as the same story" in page


async def test_empty_list_leads_to_the_search_of_all(room: Room, news: list[DeskItem]) -> None:
    browser = await room.signed_in("ying")
    await browser.decide(news[2], "dismiss")
    page = (await browser.get("/?q=reading")).text
    assert titles(page) == [] and 'href="/-/search?q=reading"' in page


async def test_what_waits_for_a_look_is_not_found(room: Room) -> None:
    room.hold("Reading of old news")
    browser = await room.signed_in("olga")
    for address in ("/-/search?q=reading", "/?q=reading", "/-/search?q=country:JP"):
        assert titles((await browser.get(address)).text) == []


async def test_strangers_search_nothing(room: Room, news: list[DeskItem]) -> None:
    answer = await room.browser().get("/-/search?q=reading")
    assert answer.status_code == 303 and "/-/login" in answer.headers["location"]


async def test_hostile_words_stay_text(room: Room) -> None:
    room.add(HOSTILE, summary=HOSTILE)
    browser = await room.signed_in("ying")
    for address in ("/-/search", "/"):
        page = (await browser.get(asking(address, f"script {HOSTILE}"))).text
        assert "<script>" not in page and "<img" not in page


async def test_nothing_that_is_typed_is_an_error(room: Room, news: list[DeskItem]) -> None:
    browser, chance = await room.signed_in("ying"), random.Random(3)
    queries = [" ".join(chance.choices(PIECES, k=chance.randint(1, 12))) for _ in range(40)]
    for typed in (*queries, *PIECES, "\ud800", "書" * 5000, "a " * 900):
        for address in ("/-/search", "/"):
            answer = await browser.get(asking(address, typed))
            assert answer.status_code == 200, typed
    for rest in ("q=%ff%fe", "q=a&q=b", "q=a&page=-1", "q=a&page=9999999999999999999", "page=2"):
        assert (await browser.get(f"/-/search?{rest}")).status_code == 200, rest
