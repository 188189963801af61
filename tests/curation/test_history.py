"""The history by person, item and day, and the table that is taken away from it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from curation.history_csv import COLUMNS, cell, history_csv
from tests.curation.conftest import Room

pytestmark = pytest.mark.anyio
SD1 = "IFLA-2019-2024/SD1"


@pytest.fixture
async def decided(room: Room) -> Room:
    """Two people on two days, one decision of them nominated, one taken back; and one of another sub-region."""
    for title in ("国家图书馆", "図書館"):
        room.add(title)
    room.add("Kolkata", source="nli")
    ying, bat, asha = [await room.signed_in(name) for name in ("ying", "bat", "asha")]
    await (await room.signed_in("nora")).post("/-/nominate", {"item": 1, "why": "A first."})
    await ying.decide(room.item(1), "impactful", tag=SD1, note="=1+1")
    room.clock.advance(timedelta(hours=10))  # 18:00 UTC: the next day in Ulaanbaatar
    await bat.decide(room.item(2), "later")
    await bat.post("/-/undo", {"decision": 2})
    await asha.decide(room.item(3), "dismiss")
    return room


@pytest.mark.parametrize(
    ("query", "zone", "days", "rows"),
    [
        pytest.param("", "", ["10 February 2021"], 3, id="everything, in UTC"),
        pytest.param("", "Asia/Ulaanbaatar", ["11 February 2021", "10 February 2021"], 3, id="where the person is"),
        pytest.param("?since=2021-02-11", "Asia/Ulaanbaatar", ["11 February 2021"], 2, id="from a day"),
        pytest.param("?until=2021-02-10", "Asia/Ulaanbaatar", ["10 February 2021"], 1, id="to a day"),
        pytest.param("?since=2021-02-11", "", [], 0, id="a day without decisions"),
        pytest.param("?since=2021-02-10&person=bat", "", ["10 February 2021"], 2, id="by person"),
        pytest.param("?item=1", "", ["10 February 2021"], 1, id="by item"),
        pytest.param("?since=someday&until=0001-01-01&item=x", "../../etc", ["10 February 2021"], 3, id="nonsense"),
    ],
)
async def test_history_is_shown_by_day_person_and_item(
    decided: Room, query: str, zone: str, days: list[str], rows: int
) -> None:
    browser = await decided.signed_in("ying")
    if zone:
        browser.client.cookies.set("desk_zone", zone)
    page = (await browser.get(f"/-/history{query}")).text
    assert [part.split("</time>")[0].split(">")[-1] for part in page.split('<h2 class="day">')[1:]] == days
    assert page.count("data-decision=") == rows
    table = (await browser.get(f"/-/history.csv{query}")).content.decode("utf-8-sig")
    assert len(list(csv.reader(io.StringIO(table)))) == rows + 1


async def test_titles_say_in_which_language_they_are(decided: Room) -> None:
    title = '<a href="/-/item/1" lang="ja" dir="auto">国家图书馆</a>'
    browser = await decided.signed_in("ying")
    assert title in (await browser.get("/-/history")).text
    assert (await browser.get("/-/history?item=1")).text.count(title) == 2  # the row, and which item it is about
    queue = (await browser.get("/")).text
    assert title in queue  # in the strip of last decisions
    assert '<span class="hidden">Select <span lang="ja">図書館</span></span>' in queue


async def test_who_took_a_decision_back_is_said_to_have(decided: Room) -> None:
    page = (await (await decided.signed_in("ying")).get("/-/history?person=bat")).text
    assert "<b>bat</b> <span>took a decision back</span>" in page and "undone" not in page


async def test_table_tells_all_and_excel_reads_its_chinese(decided: Room) -> None:
    response = await (await decided.signed_in("reader")).get("/-/history.csv")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"] == 'attachment; filename="history-2021-02-10.csv"'
    assert response.content.startswith(b"\xef\xbb\xbf")
    undone, later, chosen = csv.DictReader(io.StringIO(response.content.decode("utf-8-sig")))
    assert tuple(chosen) == COLUMNS
    assert {name: chosen[name] for name in ("decided_at", "person", "action", "title", "note", "nominated_by")} == {
        "decided_at": "2021-02-10T08:00:00Z",
        "person": "ying",
        "action": "impactful",
        "title": "国家图书馆",
        "note": "'=1+1",
        "nominated_by": "nora",
    }
    assert (chosen["before"], chosen["after"], chosen["tags"]) == ("new", "impactful", SD1)
    assert (later["person"], undone["action"], undone["takes_back"]) == ("bat", "undo", later["decision"])


async def test_history_page_says_who_had_nominated(decided: Room) -> None:
    assert "nominated by nora" in (await (await decided.signed_in("ying")).get("/-/history?item=1")).text


@pytest.mark.parametrize(
    "text",
    [
        "=cmd|' /C calc'!A0",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "\u00a0=1",
        "＝1",
        "－1",
        "＋1",
        "＠x",
    ],
)
def test_no_cell_is_a_formula(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize(("value", "shown"), [("a = b", "a = b"), (3, "3"), (None, ""), ("国家", "国家"), ("", "")])
def test_other_cells_stay_as_they_are(value: str | int | None, shown: str) -> None:
    assert cell(value) == shown


def test_table_of_nothing_names_its_columns() -> None:
    assert history_csv([]).decode("utf-8-sig") == ",".join(COLUMNS) + "\r\n"
