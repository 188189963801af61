"""What a browser sends arrives once, whatever the line does: repeats, undoing by the browser's own id, many at once."""

from __future__ import annotations

import re
from typing import Any

import pytest

from db.decisions import history
from db.records import DeskItem

from .conftest import Browser, Room

pytestmark = pytest.mark.anyio


@pytest.fixture
def news(room: Room) -> list[DeskItem]:
    return [room.add(f"news {number}") for number in range(4)]


def rows(room: Room) -> list[tuple[int, str, str]]:
    """The history, oldest first: item, who, what."""
    return [(row.item_id, row.actor, row.action) for row in reversed(history(room.conn, ("nea", "sa"), limit=99))]


async def many(browser: Browser, items: list[DeskItem], action: str, **fields: Any) -> Any:
    picks = [f"{item.id}:{item.version}" for item in items]
    return await browser.post("/-/decide-many", {"pick": picks, "action": action, **fields}, script=True)


async def test_a_repeated_sending_is_made_once_and_answered_alike(room: Room, news: list[DeskItem]) -> None:
    browser = await room.signed_in("ying")
    first = await browser.decide(news[0], "later", script=True, request="abc")
    again = await browser.decide(news[0], "later", script=True, request="abc")
    assert (first.status_code, again.status_code) == (200, 200)
    one, other = (re.sub(r'name=\\"csrftoken\\" value=\\"[^"]*', "", answer.text) for answer in (first, again))
    assert one == other
    assert rows(room) == [(1, "ying", "later")] and room.item(1).version == 2


async def test_no_card_is_drawn_of_an_item_that_leaves_the_list_shown(room: Room, news: list[DeskItem]) -> None:
    browser = await room.signed_in("ying")
    left = (await browser.decide(news[0], "later", script=True, list="new")).json()["items"]
    assert left == [{"item": 1, "state": "later", "version": 2, "folded": False}]
    [stays] = (await browser.decide(news[1], "later", script=True, list="later")).json()["items"]
    assert 'id="item-2"' in stays["card"]


async def test_undoing_names_the_sending_and_is_made_once(room: Room, news: list[DeskItem]) -> None:
    browser = await room.signed_in("ying")
    await browser.decide(news[0], "later", script=True, request="abc")
    for _ in range(2):
        answer = await browser.post("/-/undo", {"of": "abc", "request": "def"}, script=True)
        assert answer.json()["items"][0]["state"] == "new" and answer.json()["message"] == "Undone: news 0"
    assert [action for _, _, action in rows(room)] == ["later", "undo"]
    assert (await browser.post("/-/undo", {"of": "abc", "request": "ghi"}, script=True)).status_code == 409
    assert (await browser.post("/-/undo", {"of": "never", "request": "jkl"}, script=True)).status_code == 404


async def test_nobody_repeats_or_hides_behind_the_sending_of_another(room: Room, news: list[DeskItem]) -> None:
    await (await room.signed_in("ying")).decide(news[0], "later", request="abc")
    answer = await (await room.signed_in("bat")).decide(news[1], "dismiss", script=True, request="abc")
    assert answer.status_code == 400 and "belongs to somebody else" in answer.json()["error"]
    assert room.item(2).curation.state == "new"


@pytest.mark.parametrize("request_id", ["x" * 65, "ключ", "a\nb"])
async def test_an_impossible_id_is_refused(room: Room, news: list[DeskItem], request_id: str) -> None:
    answer = await (await room.signed_in("ying")).decide(news[0], "later", script=True, request=request_id)
    assert answer.status_code == 400 and room.item(1).version == 1


async def test_what_another_persons_page_sends_waits_for_her(room: Room, news: list[DeskItem]) -> None:
    browser = await room.signed_in("bat")
    answer = await browser.decide(news[0], "dismiss", script=True, request="abc", person="ying")
    assert answer.status_code == 401 and answer.json()["other"] is True and rows(room) == []
    assert (await browser.decide(news[0], "dismiss", script=True, request="abc", person="bat")).status_code == 200


async def test_many_are_dismissed_at_once_with_one_undo(room: Room, news: list[DeskItem]) -> None:
    browser = await room.signed_in("ying")
    answer = (await many(browser, news[:3], "dismiss", request="abc")).json()
    assert answer["message"] == "Dismissed: 3 items" and answer["recent"].count("<li") == 1
    assert {room.item(n).curation.state for n in (1, 2, 3)} == {"dismissed"}
    page = (await browser.get("/")).text
    assert page.count('data-request="abc"') == 1 and "3 items" in page
    undone = (await browser.post("/-/undo", {"of": "abc", "request": "def"}, script=True)).json()
    assert undone["message"] == "Undone: 3 items" and {room.item(n).curation.state for n in (1, 2, 3)} == {"new"}


async def test_of_many_only_the_stale_one_is_refused(room: Room, news: list[DeskItem]) -> None:
    bat = await room.signed_in("bat")
    await (await room.signed_in("ying")).decide(news[1], "later", note="wait for the law")
    answer = (await many(bat, news, "dismiss", request="abc")).json()
    assert [present["item"] for present in answer["items"]] == [1, 3, 4]
    [refused] = answer["refused"]
    assert refused["item"] == 2 and "wait for the law" in refused["error"] and refused["version"] == 2
    assert room.item(2).curation.state == "later"
    assert (await many(bat, [news[1]], "dismiss", request="def")).status_code == 409


async def test_the_same_story_is_one_card_that_can_be_parted(room: Room, news: list[DeskItem]) -> None:
    browser = await room.signed_in("ying")
    answer = (await many(browser, news[:3], "fold", request="abc")).json()
    assert [present["item"] for present in answer["items"]] == [2, 3, 1]
    page = (await browser.get("/")).text
    assert "Also seen at 2 other sources" in page and page.count('<article class="card"') == 2
    assert "<span data-count>2</span>" in page
    parted = await browser.decide(room.item(2), "unfold", script=True, request="def")
    assert parted.status_code == 200 and (await browser.get("/")).text.count('<article class="card"') == 3
    assert (await browser.post("/-/undo", {"of": "def", "request": "ghi"}, script=True)).status_code == 200
    assert room.item(2).curation.duplicate_of == 1


async def test_what_was_folded_in_unseen_gets_its_own_card(room: Room, news: list[DeskItem]) -> None:
    browser = await room.signed_in("ying")
    await many(browser, news[:2], "fold")
    await browser.decide(news[0], "dismiss", script=True, seen="2")
    assert room.item(2).curation.duplicate_of == 1
    await many(browser, [room.item(3), room.item(4)], "fold")
    await browser.decide(room.item(3), "dismiss", script=True, seen="")
    assert room.item(4).curation.duplicate_of is None and room.item(4).curation.state == "new"
    assert rows(room)[-1] == (4, "the desk", "unfold")


async def test_only_what_waits_is_folded_and_only_into_what_waits(room: Room, news: list[DeskItem]) -> None:
    browser = await room.signed_in("ying")
    far = room.add("elsewhere", source="nli")
    await browser.decide(news[0], "dismiss")
    for item, into in ((news[1], 1), (news[1], 2), (news[1], far.id), (news[1], 99)):
        answer = await browser.decide(item, "fold", script=True, into=into)
        assert answer.status_code == 400, into
    decided = await browser.decide(room.item(1), "fold", script=True, into=2)
    assert decided.status_code == 400 and "Only an item that waits" in decided.json()["error"]
