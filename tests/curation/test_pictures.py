"""The picture of a card: served by the desk itself, kept by the browser, decoration to a screen reader."""

from __future__ import annotations

import pytest

from .conftest import Room

pytestmark = pytest.mark.anyio


async def test_picture_is_served_as_what_it_is_and_may_be_kept_by_this_browser_alone(room: Room) -> None:
    address = room.picture(room.add("news"), b"WebP")
    answer = await (await room.signed_in("ying")).get(address)
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, b"WebP", "image/webp")
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_refused_picture_is_not_kept_by_anybody(room: Room) -> None:
    address = room.picture(room.add("news"))
    assert (await room.browser().get(address)).headers["cache-control"] == "private, no-store"
    assert (await (await room.signed_in("asha")).get(address)).headers["cache-control"] == "private, no-store"


async def test_card_and_page_of_an_item_have_its_picture_with_its_size_and_without_words(room: Room) -> None:
    item = room.add("news")
    browser, address = await room.signed_in("ying"), room.picture(item)
    for page in ("/", f"/-/item/{item.id}"):
        text = (await browser.get(page)).text
        assert f'src="{address}" width="320" height="200" alt="" loading="lazy"' in text
        assert "pictures.example" not in text


async def test_item_without_picture_and_reader_on_a_spare_line_have_none(room: Room) -> None:
    browser, item = await room.signed_in("ying"), room.add("news")
    assert "<img" not in (await browser.get("/")).text
    room.picture(item)
    browser.client.headers["save-data"] = "on"
    assert "<img" not in (await browser.get("/")).text
