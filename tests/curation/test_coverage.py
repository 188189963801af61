"""Coverage of the running period, and the order of picks by comparing two."""

from __future__ import annotations

import re

import pytest

from curation.cards import load_known
from curation.coverage import last_day_of, months_after, running_period
from curation.desk import DeskServices
from curation.source_lines import SourceLine, SourceServices
from db.records import DeskItem, Pick, Report
from db.reports import ReportKey, find_or_add_report, list_picks, save_picks

from .conftest import Browser, MakeRoom, Room

pytestmark = pytest.mark.anyio
SD1 = "IFLA-2019-2024/SD1"
LINE = SourceLine("nlc", "NLC news", "", "", "gone", "", True, "2021-02-01", "", "")
SOURCES = SourceServices(lambda conn: (LINE,), *([None] * 7))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("begun", "today", "period"),
    [
        pytest.param([("2020-11", "2021-02")], "2021-02-10", ("2020-11", "2021-02"), id="at work"),
        pytest.param([("2020-11", "2021-02")], "2021-04-30", ("2020-11", "2021-02"), id="just ended"),
        pytest.param([("2020-11", "2021-02")], "2021-05-01", ("2021-01", "2021-06"), id="ended long ago"),
        pytest.param([("2021-01", "2021-02"), ("2020-11", "2021-03")], "2021-03-01", ("2020-11", "2021-03"), id="two"),
        pytest.param([("2022-01", "2022-06")], "2021-12-31", ("2021-07", "2021-12"), id="begun ahead"),
        pytest.param([], "2021-07-01", ("2021-07", "2021-12"), id="none begun"),
    ],
)
async def test_running_period_is(room: Room, begun: list[tuple[str, str]], today: str, period: tuple[str, str]) -> None:
    for start, end in begun:
        find_or_add_report(room.conn, ReportKey("nea", start, end), vocabulary="IFLA-2019-2024")
    find_or_add_report(room.conn, ReportKey("sa", "2019-01", "2022-12"), vocabulary="IFLA-2019-2024")
    assert running_period(load_known(room.conn), "nea", today) == ReportKey("nea", *period)


async def test_months_and_days_at_the_ends_of_years() -> None:
    assert (months_after("2020-11"), months_after("2020-12")) == ("2021-01", "2021-02")
    assert (last_day_of("2020-02"), last_day_of("2021-02"), last_day_of("2021-12")) == (
        "2020-02-29",
        "2021-02-28",
        "2021-12-31",
    )


async def test_coverage_tells_of_each_country_what_is_chosen_waiting_silent_and_broken(make_room: MakeRoom) -> None:
    room = make_room(DeskServices(sources=SOURCES))
    begin(room)
    ying = await room.signed_in("ying")
    for number in range(2):
        await ying.decide(room.add(f"chosen {number}"), "impactful", tag=SD1)
    room.add("waits")
    room.add("of the year before", source="nlc", on="2019-05-01")
    room.add("planned", source="nlc", on="2021-05-01")  # lies ahead: no news yet
    page = (await ying.get("/-/coverage")).text
    rows = {row[0]: row[1:] for row in cells(page)}
    assert rows["Japan"] == ["2 of 2", "0", "1", "28 January 2021", "1 well"]
    assert rows["China"] == ["0 of 2", "0", "2", "silent since 1 May 2019", "1 of 1 broken: NLC news"]
    assert rows["Mongolia"] == ["0 of 2", "0", "0", "none was ever found", "no source"]
    assert "1 of 3 countries have the 2 activities" in page and 'href="/?country=JP"' in page
    find_or_add_report(room.conn, ReportKey("sa", "2019-01", "2019-06"), vocabulary="IFLA-2019-2024")
    assert "?period=2020-11..2021-02" in page and "?period=2019-01" not in (await ying.get("/-/coverage")).text
    assert "India" not in page and "India" in (await (await room.signed_in("olga")).get("/-/coverage")).text
    other = (await ying.get("/-/coverage?period=2019-01..2019-06")).text
    assert "No report of this period was begun." in other and "silent since" not in other


async def test_what_has_no_day_counts_in_the_report_that_it_is_picked_for(room: Room) -> None:
    ying, old = await room.signed_in("ying"), ReportKey("nea", "2018-01", "2018-06")
    reported, found = (room.add(title, on=None) for title in ("reported then", "found now"))
    for item in (reported, found):
        await ying.decide(item, "impactful", tag=SD1)
    report = find_or_add_report(room.conn, old, vocabulary="IFLA-2016-2021")
    save_picks(room.conn, report.id, [Pick(reported.id, "JP", 1)])
    for period in ("2018-01..2018-06", "2021-01..2021-06"):
        page = (await ying.get(f"/-/coverage?period={period}")).text
        assert [row[1] for row in cells(page) if row[0] == "Japan"] == ["1 of 2"]


async def test_months_are_chosen_as_for_a_report_and_wrong_ones_stay_in_the_form(room: Room) -> None:
    reader = await room.signed_in("reader")
    chosen = (await reader.get("/-/coverage?period_start=2019-01&period_end=2019-06")).text
    assert "January 2019 – June 2019" in chosen and 'value="2019-06"' in chosen
    turned = await reader.get("/-/coverage?period_start=2019-06&period_end=2019-01")
    assert turned.status_code == 400 and "The period ends before it begins." in turned.text
    assert 'value="2019-06"' in turned.text and "January 2021 – June 2021" in turned.text


async def test_desk_that_knows_no_health_says_nothing_of_it(room: Room) -> None:
    page = (await (await room.signed_in("reader")).get("/-/coverage")).text
    assert "broken" not in page and "well" not in page and [row[5] for row in cells(page) if row[0] == "Japan"] == ["1"]


async def test_answers_give_the_order_of_picks(room: Room) -> None:
    report, ying = begin(room), await room.signed_in("ying")
    items = [await chosen(room, ying, f"story {number}") for number in range(4)]
    outside = await chosen(room, ying, "long ago", on="2018-01-01")
    china = await chosen(room, ying, "Chinese", source="nlc")
    save_picks(room.conn, report.id, [Pick(china.id, "CN", 1)])
    truth = [items[2], items[0], items[3], items[1]]
    address = f"/-/compare?report={report.id}&country=JP"
    for _ in range(9):
        page = (await ying.get(address)).text
        pairs = re.findall(r'name="better" value="(\d+)">\s*<input type="hidden" name="other" value="(\d+)"', page)
        if not pairs:
            break
        one, other = (int(number) for number in pairs[0])
        ids = [item.id for item in truth]
        better, worse = sorted((one, other), key=ids.index)
        await ying.post("/-/compare", form(report, better=better, other=worse))
    assert "Enough is known: the first 2 places follow from your answers." in page and "long ago" not in page
    seen = re.findall(r'name="seen" value="(\w+)"', page)[0]
    answer = await ying.post("/-/compare", form(report, do="take", seen=seen))
    assert answer.status_code == 303 and answer.headers["location"].startswith("/-/report?sub_region=nea")
    picks = [(pick.country, pick.item_id, pick.rank) for pick in list_picks(room.conn, report.id)]
    assert picks == [("CN", china.id, 1), ("JP", truth[0].id, 1), ("JP", truth[1].id, 2)] and outside.id
    again = await ying.post("/-/compare", form(report, do="take", seen=seen))
    assert again.status_code == 409 and "Somebody saved this report" in again.text
    await ying.post("/-/compare", form(report, do="undo"))
    assert "This one" in (await ying.get(address)).text
    link = f"/-/compare?report={report.id}&amp;country=JP"
    assert link in (await ying.get("/-/report?sub_region=nea&period=2020-11..2021-02")).text


async def test_another_persons_answer_is_not_taken_back(room: Room) -> None:
    report, ying, bat = begin(room), await room.signed_in("ying"), await room.signed_in("bat")
    one, other = [await chosen(room, ying, f"story {number}") for number in range(2)]
    await ying.post("/-/compare", form(report, better=one.id, other=other.id))
    await bat.post("/-/compare", form(report, do="undo"))
    assert "Enough is known" in (await bat.get(f"/-/compare?report={report.id}&country=JP")).text
    wrong = await bat.post("/-/compare", form(report, better=one.id, other=999))
    assert wrong.status_code == 400 and "cannot be compared here" in wrong.text


def begin(room: Room) -> Report:
    return find_or_add_report(room.conn, ReportKey("nea", "2020-11", "2021-02"), vocabulary="IFLA-2019-2024")


async def chosen(room: Room, browser: Browser, title: str, **options: str) -> DeskItem:
    item = room.add(title, **options)
    await browser.decide(item, "impactful", tag=SD1)
    return item


def form(report: Report, **fields: object) -> dict[str, object]:
    return {"report": report.id, "country": "JP", "sub_region": "nea", "period": "2020-11..2021-02", **fields}


def cells(page: str) -> list[list[str]]:
    """The rows of the table as text."""
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    found = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in found]
