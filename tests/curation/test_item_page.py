"""What the page of an item tells besides the item: what its source changed, and where else it was seen."""

from __future__ import annotations

import pytest

from db.connect import transaction
from db.identities import save_marks, save_revisions
from db.records import Marks, Revision
from tests.curation.conftest import NOW, Room

pytestmark = pytest.mark.anyio


async def test_what_the_source_changed_stands_on_the_page(room: Room) -> None:
    item = room.add("Opening of the hall")
    with transaction(room.conn):
        save_revisions(room.conn, item.id, [Revision("title", "<i>Hall", "Opening")], poll_id=None, now=NOW)
    page = (await (await room.signed_in("ying")).get(f"/-/item/{item.id}")).text
    assert "The source changed 1 text" in page and "the title was" in page
    assert "&lt;i&gt;Hall" in page and "<i>Hall" not in page


async def test_other_addresses_of_an_item_stand_on_the_page(room: Room) -> None:
    item = room.add("Opening of the hall")
    with transaction(room.conn):
        save_marks(room.conn, "ndl", [(item.id, Marks("ndl.example/1", item.url))], on="2021-02-01")
        save_marks(room.conn, "nlc", [(item.id, Marks("nlc.example/2", "https://nlc.example/2"))], on="2021-02-02")
    page = (await (await room.signed_in("ying")).get(f"/-/item/{item.id}")).text
    assert "Seen at 1 more address<" in page and 'href="https://nlc.example/2"' in page


async def test_an_item_that_never_changed_says_nothing_of_it(room: Room) -> None:
    item = room.add("Opening of the hall")
    page = (await (await room.signed_in("ying")).get(f"/-/item/{item.id}")).text
    assert "The source changed" not in page and "more address" not in page


async def test_days_of_an_event_stand_beside_the_day_of_publication(room: Room) -> None:
    item = room.add("Seminar on 8-10 December 2020")
    with transaction(room.conn):
        room.conn.execute("UPDATE items SET event_start_on = '2020-12-08', event_end_on = '2020-12-10'")
    browser = await room.signed_in("ying")
    for address in ("/", f"/-/item/{item.id}"):
        page = (await browser.get(address)).text
        assert "event: 8–10 December 2020" in page and "28 January 2021" in page
