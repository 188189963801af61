"""Which card somebody has in work is told to the others, holds nobody up, and ends by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from curation.in_work import LEASE
from tests.curation.conftest import Browser, Room

pytestmark = pytest.mark.anyio


async def others(browser: Browser, item: int | str = "", **fields: str) -> Any:
    answer = await browser.post("/-/in-work", {"item": item, **fields}, script=True)
    return answer.json().get("others", answer.status_code)


async def test_others_see_the_name_on_the_card(room: Room) -> None:
    room.add("one")
    room.add("two")
    ying, bat, asha = [await room.signed_in(name) for name in ("ying", "bat", "asha")]
    assert await others(ying, 1) == {}
    assert await others(bat, 1) == {"1": "ying"} and await others(ying, 2) == {"1": "bat"}
    olga = await room.signed_in("olga")
    assert await others(olga, 2) == {"1": "bat", "2": "ying"}
    assert await others(bat, 1) == {"2": "olga, ying"}
    assert await others(asha) == {}  # of another sub-region
    for address, number in (("/", 2), ("/-/item/1", 1), ("/-/item/2", 1)):
        assert (await (await room.signed_in("nora")).get(address)).text.count("has this card in work") == number
    assert "bat has this card" not in (await bat.get("/-/item/1")).text


async def test_it_ends_by_itself_when_left_and_at_sign_out(room: Room) -> None:
    room.add("one")
    ying, bat = await room.signed_in("ying"), await room.signed_in("bat")
    await others(ying, 1)
    room.clock.advance(LEASE - timedelta(seconds=1))
    assert await others(bat) == {"1": "ying"}
    room.clock.advance(timedelta(seconds=1))
    assert await others(bat) == {}
    await others(ying, 1)
    await others(ying)
    assert await others(bat) == {}
    await others(ying, 1)
    await ying.post("/-/logout")
    assert await others(bat) == {}


async def test_it_is_no_lock_and_of_two_decisions_one_is_refused(room: Room) -> None:
    item = room.add("one")
    ying, bat = await room.signed_in("ying"), await room.signed_in("bat")
    await others(ying, 1)
    assert (await bat.decide(item, "later")).status_code == 303
    assert (await ying.decide(item, "dismiss")).status_code == 409


async def test_nobody_speaks_for_another_one(room: Room) -> None:
    room.add("one")
    ying, bat = await room.signed_in("ying"), await room.signed_in("bat")
    assert await others(ying, 1, person="bat") == 401
    assert await others(bat) == {}
