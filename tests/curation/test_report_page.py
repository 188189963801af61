"""The report page over HTTP: begun, edited, picked, saved, taken away."""

from __future__ import annotations

import re
import sqlite3
from typing import Any

import pytest

from curation.desk import DeskServices
from db.records import DeskItem, Pick
from db.reports import ReportKey, find_or_add_report, find_report, list_picks, save_picks

from .conftest import Browser, MakeRoom, Room

pytestmark = pytest.mark.anyio

KEY = ReportKey("nea", "2020-11", "2021-02")
ADDRESS = "/-/report?sub_region=nea&period=2020-11..2021-02"
BEGIN = {"sub_region": "nea", "period_start": "2020-11", "period_end": "2021-02"}


def draft(conn: sqlite3.Connection, report_id: int, wanted: str) -> tuple[bytes, str, str]:
    return f"{report_id} {wanted} {len(list_picks(conn, report_id))}".encode(), f"报告 2020.{wanted}", "text/plain"


SERVICES = DeskServices(
    publish=lambda: "3 activities are published.",
    draft_report=draft,
    report_warnings=lambda conn, report_id: ("Mongolia has no activity.",),
    section_prompts={"A": "Promotion of IFLA (Please provide details):"},
)


@pytest.fixture
def room(make_room: MakeRoom) -> Room:
    return make_room(SERVICES)


@pytest.fixture
async def chosen(room: Room) -> list[DeskItem]:
    """Two impactful items of Japan, one of China, one of Japan outside the period, one only waiting."""
    items = [
        room.add("first", on="2020-12-01"),
        room.add("second", on="2021-01-01"),
        room.add("国图", source="nlc", on="2021-01-05"),
        room.add("early", on="2019-01-01"),
        room.add("waiting"),
    ]
    browser = await room.signed_in("ying")
    for item in items[:4]:
        await browser.decide(item, "impactful", tag="IFLA-2019-2024/SD2")
    return items


async def opened(room: Room, name: str = "ying") -> tuple[Browser, dict[str, Any]]:
    """A browser on the report's page, and the fields of its form that say what is meant."""
    browser = await room.signed_in(name)
    assert (await browser.post("/-/report/begin", BEGIN)).headers["location"] == ADDRESS
    return browser, await form(browser)


async def form(browser: Browser) -> dict[str, Any]:
    page = (await browser.get(ADDRESS)).text
    return {name: re.findall(rf'name="{name}" value="([^"]*)"', page)[0] for name in ("report", "seen")}


async def test_report_is_begun_once_with_the_strategy_of_its_period(room: Room) -> None:
    browser, _ = await opened(room)
    await browser.post("/-/report/begin", BEGIN)
    report = find_report(room.conn, KEY)
    assert report is not None and (report.vocabulary, report.convenor) == ("IFLA-2019-2024", "ying")
    assert "North East Asia, November 2020 – February 2021" in (await browser.get("/-/report")).text
    assert room.conn.execute("SELECT count(*) FROM reports").fetchone()[0] == 1


async def test_looking_begins_nothing(room: Room) -> None:
    page = (await (await room.signed_in("ying")).get(ADDRESS)).text
    assert "No report of North East Asia for November 2020 – February 2021 was begun yet." in page
    assert find_report(room.conn, KEY) is None


@pytest.mark.parametrize(
    ("start", "end", "sentence"),
    [
        ("2021-02", "2020-11", "ends before it begins"),
        ("2020-13", "2021-02", "first and last month"),
        ("", "", "first and last month"),
        ("2015-06", "2015-11", "none is known before December 2015"),
    ],
)
async def test_impossible_period_is_refused(room: Room, start: str, end: str, sentence: str) -> None:
    fields = {**BEGIN, "period_start": start, "period_end": end}
    answer = await (await room.signed_in("ying")).post("/-/report/begin", fields)
    assert answer.status_code == 400 and sentence in answer.text


async def test_what_has_no_day_and_stands_in_another_report_lies_outside(room: Room) -> None:
    told, new = room.add("told of before", on=None), room.add("never told of", on=None)
    browser, _ = await opened(room)
    for item in (told, new):
        await browser.decide(item, "impactful", tag="IFLA-2019-2024/SD2")
    before = find_or_add_report(room.conn, ReportKey("nea", "2019-01", "2019-06"), vocabulary="IFLA-2019-2024")
    save_picks(room.conn, before.id, [Pick(told.id, "JP", 1)])
    page = (await browser.get(ADDRESS)).text
    inside, outside = page.split("1 outside the period")
    assert "<li data-candidate>" in inside and "told of before" in outside and "never told of" not in outside


async def test_page_lists_countries_in_printed_order_and_says_what_is_missing(
    room: Room, chosen: list[DeskItem]
) -> None:
    browser, _ = await opened(room)
    page = (await browser.get(ADDRESS)).text
    assert re.findall(r'data-country="(\w+)"', page) == ["CN", "JP", "MN"]
    assert (
        page.count("data-candidate") == 4 and "1 outside the period" in page and "waiting" not in page.split("<h1>")[1]
    )
    assert "Mongolia has no activity." in page and "Promotion of IFLA (Please provide details):" in page
    assert "Nothing is marked impactful yet." in page


async def test_texts_and_picks_are_saved(room: Room, chosen: list[DeskItem]) -> None:
    browser, fields = await opened(room)
    first, second, china, _early, waiting = (item.id for item in chosen)
    fields |= {
        "convenor": " Chen Ying ",
        "submitted_on": "2021-02-10",
        "section_A": "One\r\n\r\nTwo",
        "section_C": "无",
    }
    fields |= {"pick": [first, second, china, waiting], f"rank_{first}": 2, f"rank_{second}": 1, f"rank_{china}": 7}
    assert (await browser.post("/-/report/save", fields)).status_code == 303
    report = find_report(room.conn, KEY)
    assert report is not None
    assert (report.convenor, report.submitted_on) == ("Chen Ying", "2021-02-10")
    assert (report.sections["A"], report.sections["C"], report.sections["B"]) == ("One\n\nTwo", "无", "")
    picks = list_picks(room.conn, report.id)
    assert picks == (Pick(china, "CN", 1), Pick(second, "JP", 1), Pick(first, "JP", 2))
    page = (await browser.get(ADDRESS)).text
    assert "The report is saved." in page and "One\n\nTwo" in page and "2 of 2 picked" in page


async def test_second_of_two_savings_overwrites_nothing_and_keeps_what_was_typed(room: Room) -> None:
    ying, fields = await opened(room)
    bat = await room.signed_in("bat")
    theirs = await form(bat)
    await ying.post("/-/report/save", {**fields, "section_A": "from ying"})
    late = await bat.post("/-/report/save", {**theirs, "section_A": "from bat"})
    assert late.status_code == 409 and "Somebody saved this report" in late.text and "from bat" in late.text
    report = find_report(room.conn, KEY)
    assert report is not None and report.sections["A"] == "from ying"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [({"submitted_on": "10/02/2021"}, "a day such as"), ({"section_B": "x" * 20_001}, "Section I.B is longer")],
)
async def test_impossible_text_is_refused(room: Room, fields: dict[str, str], sentence: str) -> None:
    browser, meant = await opened(room)
    answer = await browser.post("/-/report/save", {**meant, **fields})
    assert answer.status_code == 400 and sentence in answer.text


async def test_draft_is_a_download(room: Room) -> None:
    browser, fields = await opened(room)
    answer = await browser.get(f"/-/report/download?report={fields['report']}&format=md")
    assert answer.content == b"1 md 0" and answer.headers["content-type"] == "text/plain"
    assert answer.headers["content-disposition"].endswith("filename*=UTF-8''%E6%8A%A5%E5%91%8A%202020.md")


async def test_publishing_says_what_was_done(room: Room) -> None:
    browser, fields = await opened(room)
    assert (await browser.post("/-/publish", fields)).headers["location"] == ADDRESS
    assert "3 activities are published." in (await browser.get(ADDRESS)).text


async def test_reader_reads_the_report_only(room: Room) -> None:
    await opened(room)
    page = (await (await room.signed_in("reader")).get(ADDRESS)).text
    assert "Save report" not in page and "Publish now" not in page and "readonly" in page and ".docx" in page


async def test_services_that_are_not_there_are_not_offered(make_room: MakeRoom) -> None:
    room = make_room()
    browser, fields = await opened(room)
    page = (await browser.get(ADDRESS)).text
    assert "Publish now" not in page and "/-/report/download" not in page
    assert (await browser.post("/-/publish", fields)).status_code == 404
