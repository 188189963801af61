"""The operator's pages: how sources do, one button for a repair, and what a pasted address would give."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace

import pytest

from curation.desk import DeskServices
from curation.source_lines import PastedAddress, SourceLine
from curation.sources_page import side_by_side
from db.errors import FetchError, NewsError
from db.health import Glimpse, Proposal
from db.held import held_polls
from db.records import ParsedItem, PublishedDate
from tests.curation.conftest import MakeRoom, Room

pytestmark = pytest.mark.anyio

PROPOSAL = Proposal(
    "list_page",
    "https://ndl.example/",
    {},
    "reads 2 items",
    (Glimpse("Kept", "https://ndl.example/1", "2021-01-05"), Glimpse("Gone", "https://ndl.example/0")),
    (Glimpse("<b>New</b>", "https://ndl.example/2", "2021-02-05"), Glimpse("Kept", "https://ndl.example/9")),
)
LINES = (
    SourceLine("nlc", "NLC news", "NLC", "https://nlc.example/", "ok", "newest of 2021-02-01", False, "", "", ""),
    SourceLine(
        "ndl", "NDL", "NDL", "https://ndl.example/", "layout_changed", "no list", True, "2021-02-01", "", "", PROPOSAL
    ),
)


def taken(conn: sqlite3.Connection, source_id: str, by: str) -> str:
    if source_id != "ndl":
        raise NewsError("no repair waits for this source")
    return f"{source_id} was taken over by {by}."


def pasted(url: str) -> PastedAddress:
    if "nothing" in url:
        raise FetchError("no answer", url=url)
    item = ParsedItem(url, url, "<i>Opening</i>", published=PublishedDate("2021-02-01", "day", "list"))
    return PastedAddress(url, "list_page", "utf-8", (item,), f"convenor sources add {url}")


@pytest.fixture
def tended(make_room: MakeRoom) -> Iterator[Room]:
    yield make_room(DeskServices(source_lines=lambda conn: LINES, take_over_repair=taken, preview=pasted))


async def test_broken_sources_come_first_with_their_sentence(tended: Room) -> None:
    page = (await (await tended.signed_in("olga")).get("/-/sources")).text
    assert page.index("layout changed</strong> since 2021-02-01: no list") < page.index("<strong>ok</strong>")
    assert "1 of 2 sources need somebody" in page


async def test_before_and_after_stand_side_by_side_and_are_escaped(tended: Room) -> None:
    page = (await (await tended.signed_in("olga")).get("/-/sources")).text
    assert "&lt;b&gt;New&lt;/b&gt;" in page and "<b>New" not in page
    assert page.count('name="source"') == 1


async def test_one_button_takes_the_repair_over(tended: Room) -> None:
    browser = await tended.signed_in("olga")
    response = await browser.post("/-/sources/take-over", {"source": "ndl"})
    assert (response.status_code, response.headers["location"]) == (303, "/-/sources")
    assert "ndl was taken over by olga." in (await browser.get("/-/sources")).text


async def test_a_repair_that_does_not_wait_is_refused(tended: Room) -> None:
    response = await (await tended.signed_in("olga")).post("/-/sources/take-over", {"source": "nlc"})
    assert response.status_code == 400 and "no repair waits" in response.text


async def test_a_pasted_address_is_shown_with_what_adds_it(tended: Room) -> None:
    browser = await tended.signed_in("olga")
    assert "Paste an address" in (await browser.get("/-/sources/paste")).text
    page = (await browser.post("/-/sources/paste", {"url": " https://new.example/news "})).text
    assert "&lt;i&gt;Opening&lt;/i&gt;" in page and "2021-02-01" in page
    assert "convenor sources add https://new.example/news" in page


async def test_an_address_that_gives_nothing_says_why(tended: Room) -> None:
    response = await (await tended.signed_in("olga")).post("/-/sources/paste", {"url": "https://nothing.example/"})
    assert response.status_code == 400 and "no answer" in response.text


@pytest.fixture
def holding(make_room: MakeRoom) -> Room:
    def lines(conn: sqlite3.Connection) -> tuple[SourceLine, ...]:
        return tuple(replace(line, held=held_polls(conn, line.id)) for line in LINES)

    room = make_room(DeskServices(source_lines=lines))
    room.hold("<b>Strange</b>", "Stranger")
    return room


async def test_what_is_held_aside_is_told_to_operators_and_kept_from_the_queue(holding: Room) -> None:
    browser = await holding.signed_in("olga")
    page = (await browser.get("/-/sources")).text
    assert (
        "2 items are held aside: all new" in page and "&lt;b&gt;Strange&lt;/b&gt;" in page and "<b>Strange" not in page
    )
    assert "Strange" not in (await browser.get("/")).text


@pytest.mark.parametrize(
    ("verdict", "state", "said"), [("release", "new", "in the queue"), ("dismiss", "dismissed", "dismissed")]
)
async def test_one_button_settles_what_is_held_aside(holding: Room, verdict: str, state: str, said: str) -> None:
    browser = await holding.signed_in("olga")
    response = await browser.post("/-/sources/held", {"source": "ndl", "verdict": verdict})
    assert (response.status_code, response.headers["location"]) == (303, "/-/sources")
    page = (await browser.get("/-/sources")).text
    assert f"2 items of ndl are {said}." in page and "held aside" not in page
    assert {row["state"] for row in holding.conn.execute("SELECT state FROM items")} == {state}
    assert [row["held_by"] for row in holding.conn.execute("SELECT held_by FROM items")] == [None, None]


@pytest.mark.parametrize("name", ["reader", "ying"])
async def test_only_operators_look_after_sources(tended: Room, name: str) -> None:
    browser = await tended.signed_in(name)
    assert "/-/sources" not in (await browser.get("/")).text
    for address in ("/-/sources", "/-/sources/paste"):
        assert (await browser.get(address)).status_code == 403
    assert (await browser.post("/-/sources/take-over", {"source": "ndl"})).status_code == 403
    assert (await browser.post("/-/sources/held", {"source": "ndl"})).status_code == 403
    assert (await browser.post("/-/sources/paste", {"url": "https://new.example/"})).status_code == 403


async def test_a_desk_without_these_services_has_no_such_pages(room: Room) -> None:
    browser = await room.signed_in("olga")
    assert (await browser.get("/-/sources")).status_code == 404
    assert (await browser.post("/-/sources/take-over", {"source": "ndl"})).status_code == 404
    assert (await browser.post("/-/sources/paste", {"url": "https://new.example/"})).status_code == 404


def test_the_same_item_stands_in_one_row() -> None:
    rows = [(before and before.title, after and after.title) for before, after in side_by_side(PROPOSAL)]
    assert rows == [("Kept", "Kept"), ("Gone", "<b>New</b>")]


def test_no_proposal_has_no_rows() -> None:
    assert side_by_side(None) == ()
