"""Words stay words: what people type, what sources tell and what an address brings is never markup or script."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from db.reports import ReportKey, find_or_add_report
from db.users import add_user
from tests.curation.conftest import HASH, NOW, Room

pytestmark = pytest.mark.anyio
SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
MARKS = ("<script>alert", "<img src=x", "onerror=alert(1)>")
FIELDS = "q country source language state since until order strategy person item before back next url title sub_region"
ADDRESSES = [
    "/",
    "/-/search",
    "/-/history",
    "/-/item/1",
    "/-/kept/1",
    "/-/report",
    "/-/report?sub_region=nea&period=2020-11..2021-02",
    "/-/coverage",
    "/-/compare",
    "/-/tags",
    "/-/keys",
    "/-/you",
    "/-/add",
    "/-/login",
    "/-/openid/back",
    f"/-/card/{quote(SCRIPT, safe='')}",
    f"/-/{quote(SCRIPT)}",
]


def is_clean(page: str) -> bool:
    """Whether the page has none of it as markup; in the value of an attribute its quotes must be escaped as well."""
    return not any(mark in page for mark in MARKS) and not re.search(r"<[a-z][^<>]*\"'><", page)


@pytest.mark.parametrize("address", ADDRESSES)
async def test_script_in_an_address_is_not_reflected(room: Room, address: str) -> None:
    room.add("news")
    find_or_add_report(room.conn, ReportKey("nea", "2020-11", "2021-02"), vocabulary="IFLA-2019-2024")
    query = "&".join(f"{name}={quote(SCRIPT)}" for name in FIELDS.split())
    wanted = f"{address}{'&' if '?' in address else '?'}{query}"
    for browser in (await room.signed_in("ying"), room.browser()):
        response = await browser.get(wanted)
        assert is_clean(response.text), address
        assert "<" not in response.headers.get("location", "") and "\n" not in response.headers.get("location", "")


async def test_script_that_is_stored_is_shown_as_words(room: Room) -> None:
    item = room.add(SCRIPT, summary=SCRIPT)
    name = "<img src=x onerror=alert(1)>"
    add_user(room.conn, name, HASH, role="convenor", sub_regions=["nea"], now=NOW)
    hostile, nora = await room.signed_in(name, SCRIPT), await room.signed_in("nora")
    await nora.post("/-/nominate", {"item": item.id, "why": SCRIPT})
    await hostile.post("/-/in-work", {"item": item.id})
    await hostile.decide(item, "later", note=SCRIPT, title=SCRIPT, summary=SCRIPT, impact=SCRIPT)
    reader = await room.signed_in("olga")
    told = 0
    for address in ("/?state=later", "/-/item/1", "/-/kept/1", "/-/history", "/-/you"):
        page = (await reader.get(address)).text
        assert is_clean(page), address
        told += "&lt;img src=x onerror=alert(1)&gt;" in page
    assert told == 5
    assert is_clean((await reader.get("/-/search?q=alert")).text)
    assert is_clean((await hostile.get("/-/you")).text)
    refused = await hostile.decide(item, "dismiss")
    assert refused.status_code == 409 and is_clean(refused.text)
