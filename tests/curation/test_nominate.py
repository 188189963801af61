"""A nominator suggests what waits, with her reason; a convenor decides."""

from __future__ import annotations

import pytest

from db.nominations import nominations
from tests.curation.conftest import Room

pytestmark = pytest.mark.anyio


@pytest.fixture
def news(room: Room) -> int:
    return room.add("図書館の新しい部屋").id


async def test_convenor_sees_who_nominated_and_why(room: Room, news: int) -> None:
    nora, ying = await room.signed_in("nora"), await room.signed_in("ying")
    page = (await nora.get("/")).text
    assert 'action="/-/nominate"' in page and 'action="/-/decide"' not in page
    done = await nora.post("/-/nominate", {"item": news, "why": "A <b>first</b>.", "back": "/?country=JP"})
    assert done.headers["location"] == "/?country=JP"
    card = (await ying.get("/?nominated=1")).text
    assert '<span dir="auto">nora</span>' in card and "A &lt;b&gt;first&lt;/b&gt;." in card
    assert 'action="/-/nominate"' not in card


async def test_nomination_is_taken_back_and_made_again(room: Room, news: int) -> None:
    nora, ying = await room.signed_in("nora"), await room.signed_in("ying")
    await nora.post("/-/nominate", {"item": news, "why": "At first."})
    assert "Take my nomination back" in (await nora.get(f"/-/item/{news}")).text
    assert (await nora.post("/-/nominate", {"item": news, "do": "withdraw"})).status_code == 303
    assert nominations(room.conn, [news]) == {}
    assert "図書館" not in (await ying.get("/?nominated=1")).text
    assert (await nora.post("/-/nominate", {"item": news, "why": "After all."})).status_code == 303
    assert [one.why for one in nominations(room.conn, [news])[news]] == ["After all."]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        pytest.param({"why": "  "}, "Say in a few words why it matters", id="no reason"),
        pytest.param({"why": "x" * 1_001}, "longer than 1000 characters", id="a long one"),
        pytest.param({"do": "withdraw"}, "You did not nominate this item", id="nothing to take back"),
    ],
)
async def test_nomination_that_says_nothing_is_refused(
    room: Room, news: int, fields: dict[str, str], sentence: str
) -> None:
    answer = await (await room.signed_in("nora")).post("/-/nominate", {"item": news, **fields})
    assert answer.status_code == 400 and sentence in answer.text


async def test_what_is_decided_or_nominated_already_is_not_nominated(room: Room, news: int) -> None:
    nora, ying = await room.signed_in("nora"), await room.signed_in("ying")
    form = {"item": news, "why": "Look."}
    await nora.post("/-/nominate", form)
    assert "You nominated this item already." in (await nora.post("/-/nominate", form)).text
    await ying.decide(room.item(news), "dismiss")
    again = await (await room.signed_in("olga")).post("/-/nominate", form)
    assert again.status_code == 400 and "It is decided already: dismissed." in again.text
