"""Deciding at the desk over HTTP: the queue, a decision, its undoing, the history."""

from __future__ import annotations

import re
from typing import Any

import pytest

from db.decisions import history
from db.records import DeskItem, ImpactNote, Pick, Tag
from db.reports import ReportKey, find_or_add_report, save_picks

from .conftest import Browser, Room

pytestmark = pytest.mark.anyio

SD1, SD3 = "IFLA-2019-2024/SD1", "IFLA-2019-2024/SD3"
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)> \u202e国图'
TEXTS: dict[str, Any] = {"title": "", "summary": "", "url": "", "country": "", "need": "", "done": "", "result": ""}


def titles(page: str) -> list[str]:
    return re.findall(r"<h2 id=\"title-\d+\"[^>]*><a [^>]*>([^<]*)</a>", page)


@pytest.fixture
def news(room: Room) -> list[DeskItem]:
    """Four items of North East Asia, one of South Asia."""
    return [
        room.add("图书馆新闻", source="nlc", on="2020-12-16", summary="第一段"),
        room.add("図書館ニュース", on="2021-01-28"),
        room.add("undated", on=None),
        room.add("newest", on="2021-02-01"),
        room.add("elsewhere", source="nli"),
    ]


async def test_queue_is_newest_first_and_only_of_own_sub_regions(room: Room, news: list[DeskItem]) -> None:
    page = (await (await room.signed_in("ying")).get("/")).text
    assert titles(page) == ["newest", "図書館ニュース", "图书馆新闻", "undated"]
    assert "<span data-count>4</span> waiting" in page
    assert titles((await (await room.signed_in("asha")).get("/")).text) == ["elsewhere"]
    assert len(titles((await (await room.signed_in("olga")).get("/")).text)) == 5


async def test_card_says_what_is_known(room: Room, news: list[DeskItem]) -> None:
    page = (await (await room.signed_in("ying")).get("/")).text
    assert 'lang="zh-Hans" dir="auto"><a href="/-/item/1?back=/">图书馆新闻' in page
    assert '<time datetime="2020-12-16">16 December 2020</time>' in page and "from the list page" in page
    assert "no date found" in page and "NLC news, National Library of China" in page
    assert 'href="https://nlc.example/' in page and 'target="_blank" rel="noreferrer noopener"' in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        pytest.param("?country=CN", ["图书馆新闻"], id="country"),
        pytest.param("?source=ndl", ["newest", "図書館ニュース", "undated"], id="source"),
        pytest.param("?country=CN&source=ndl", [], id="both"),
        pytest.param("?state=later", [], id="state"),
        pytest.param("?state=nonsense&after=x", ["newest", "図書館ニュース", "图书馆新闻", "undated"], id="nonsense"),
        pytest.param("?after=2021-01-28_2", ["图书馆新闻", "undated"], id="after"),
        pytest.param("?country=%3Cscript%3E", [], id="hostile"),
    ],
)
async def test_filters_narrow_the_queue(room: Room, news: list[DeskItem], query: str, shown: list[str]) -> None:
    page = (await (await room.signed_in("ying")).get(f"/{query}")).text
    assert titles(page) == shown
    assert "<script>" not in page


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        pytest.param("?state=dismissed", "No item matches these filters.", id="another state"),
        pytest.param("?country=MN", "Nothing here: every item that matches these filters is decided.", id="filters"),
        pytest.param("", "Nothing waits: every item is decided.", id="no filter"),
    ],
)
async def test_empty_queue_says_why(room: Room, query: str, sentence: str) -> None:
    page = (await (await room.signed_in("ying")).get(f"/{query}")).text
    assert sentence in page.split("data-empty>")[1]


async def test_pages_meet_exactly_and_keep_the_filters(room: Room) -> None:
    for number in range(60):
        room.add(f"news {number}", on=f"2021-01-{number % 9 + 1:02}" if number % 7 else None)
    browser, address, found = await room.signed_in("ying"), "/?country=JP", []
    while address:
        page = (await browser.get(address)).text
        found += titles(page)
        link = re.search(r'href="([^"]*)" rel="next"', page)
        address = link[1].replace("&amp;", "&") if link else ""
        assert not address or "country=JP" in address
    assert len(found) == len(set(found)) == 60


async def test_hostile_titles_are_text(room: Room) -> None:
    item = room.add(HOSTILE, summary=HOSTILE)
    room.conn.execute("UPDATE items SET text = ?, language = ? WHERE id = ?", (HOSTILE, '"><script>', item.id))
    browser = await room.signed_in("ying")
    await browser.decide(item, "later", note=HOSTILE)
    for address in ("/?state=later", f"/-/item/{item.id}", "/-/history"):
        page = (await browser.get(address)).text
        assert "alert(1)" in page and "<script>" not in page and "<img" not in page


async def test_titles_say_the_language_that_they_are_in(room: Room) -> None:
    item = room.add("Library opens a reading room", summary="Номын сан уншлагын танхимаа нээлээ")
    room.conn.execute("UPDATE items SET language = 'mn' WHERE id = ?", (item.id,))
    browser = await room.signed_in("ying")
    for address in ("/", f"/-/item/{item.id}", "/-/search?q=reading"):
        page = (await browser.get(address)).text
        assert re.search(r'<h[12][^>]* lang="en"', page), address
    assert re.search(r'<p[^>]* lang="mn" dir="auto">Номын', (await browser.get("/")).text)


async def test_decision_moves_the_item_and_leaves_a_row(room: Room, news: list[DeskItem]) -> None:
    browser = await room.signed_in("ying")
    answer = await browser.decide(
        news[0], "impactful", tag=[SD3, SD1], offered=f"{SD1} {SD3}", note="big", back="/?state=new"
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/?state=new")
    said = room.item(news[0].id).curation
    assert (said.state, [tag.code for tag in said.tags]) == ("impactful", ["SD1", "SD3"])
    page = (await browser.get("/")).text
    assert "Marked impactful: 图书馆新闻" in page and titles(page) == ["newest", "図書館ニュース", "undated"]
    assert titles((await browser.get("/?state=impactful")).text) == ["图书馆新闻"]
    [row] = history(room.conn, ("nea",), limit=9)
    assert (row.actor, row.action, row.note) == ("ying", "impactful", "big")


async def test_script_gets_the_card_and_the_row(room: Room, news: list[DeskItem]) -> None:
    browser = await room.signed_in("ying")
    answer = (await browser.decide(news[1], "later", script=True)).json()
    [present] = answer["items"]
    assert (answer["ok"], present["item"], present["state"], present["version"]) == (True, news[1].id, "later", 2)
    assert 'data-version="2"' in present["card"] and "Put off for later" in answer["recent"]


async def test_impactful_needs_a_tag(room: Room, news: list[DeskItem]) -> None:
    browser = await room.signed_in("ying")
    answer = await browser.decide(news[0], "impactful", tag="UN-SDG/SDG4", script=True)
    assert answer.status_code == 400 and "at least one tag of an IFLA strategy" in answer.json()["error"]
    assert room.item(news[0].id).curation == news[0].curation


async def test_second_of_two_decisions_is_refused_and_both_are_shown(room: Room, news: list[DeskItem]) -> None:
    ying, bat = await room.signed_in("ying"), await room.signed_in("bat")
    await ying.decide(news[0], "impactful", tag=SD1, note="for the report")
    late = await bat.decide(news[0], "dismiss", script=True)
    assert late.status_code == 409
    assert (
        "ying decided on this item in the meantime: marked impactful, on 10 February 2021 at 08:00 UTC."
        in late.json()["error"]
    )
    assert "“for the report”" in late.json()["error"] and 'data-version="2"' in late.json()["card"]
    page = await bat.decide(news[0], "dismiss")
    assert page.status_code == 409 and "Yours was: dismissed. Nothing of yours was saved over it" in page.text
    assert room.item(news[0].id).curation.state == "impactful"
    assert len(history(room.conn, ("nea",), limit=9)) == 1


async def undo(browser: Browser, decision: int, **options: Any) -> Any:
    return await browser.post("/-/undo", {"decision": decision, "back": "/-/history"}, **options)


async def test_undo_is_one_more_row_and_has_no_limit(room: Room, news: list[DeskItem]) -> None:
    browser, item = await room.signed_in("ying"), news[0]
    for action in ("later", "dismiss", "later"):
        await browser.decide(room.item(item.id), action)
    assert (await undo(browser, 2)).status_code == 409
    for decision, state in ((3, "dismissed"), (2, "later"), (1, "new")):
        assert (await undo(browser, decision, script=True)).json()["items"][0]["state"] == state
    assert room.item(item.id).curation == item.curation
    assert [row.undoes for row in history(room.conn, ("nea",), limit=9)] == [1, 2, 3, None, None, None]
    assert (await undo(browser, 1)).status_code == 409


async def test_only_own_decisions_are_undone_but_by_the_operator(room: Room, news: list[DeskItem]) -> None:
    await (await room.signed_in("ying")).decide(news[0], "later")
    refused = await undo(await room.signed_in("bat"), 1)
    assert refused.status_code == 403 and "decided by ying; decide anew" in refused.text
    assert (await undo(await room.signed_in("olga"), 1)).status_code == 303


async def test_whole_form_edits_what_differs_and_keeps_what_was_found(room: Room, news: list[DeskItem]) -> None:
    item, browser = news[0], await room.signed_in("ying")
    form = {
        **TEXTS,
        "title": "Library news",
        "summary": item.summary,
        "url": item.url,
        "country": "MN",
        "need": "No books.",
        "result": "*Read*",
    }
    await browser.decide(item, "impactful", tag=[SD1, "IFLA-2019-2024/1.2", "UN-SDG/SDG4"], **form)
    present = room.item(item.id)
    said = present.curation
    assert (said.title, said.summary, said.url, said.country, said.impact) == (
        "Library news",
        None,
        None,
        "MN",
        "No books.\n\n*Read*",
    )
    assert said.story == ImpactNote("No books.", "", "*Read*")
    assert (present.title, present.country) == ("图书馆新闻", "CN")
    assert said.tags == (Tag("IFLA-2019-2024", "SD1"), Tag("IFLA-2019-2024", "1.2"), Tag("UN-SDG", "SDG4"))
    page = (await browser.get(f"/-/item/{item.id}")).text
    assert "Library news" in page and "as found:" in page and "图书馆新闻" in page and "title edited" in page


async def test_card_leaves_tags_alone_that_it_does_not_show(room: Room, news: list[DeskItem]) -> None:
    browser = await room.signed_in("ying")
    await browser.decide(news[0], "impactful", tag=[SD1, "UN-SDG/SDG4"], **TEXTS)
    await browser.decide(room.item(news[0].id), "impactful", tag=SD3, offered=f"{SD1} {SD3}")
    assert [tag.code for tag in room.item(news[0].id).curation.tags] == ["SD3", "SDG4"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        pytest.param({**TEXTS, "url": "javascript:alert(1)"}, "begins with http", id="link"),
        pytest.param({**TEXTS, "country": "XX"}, "no country", id="country"),
        pytest.param({"tag": "IFLA-2019-2024/SD9"}, "There is no tag", id="tag"),
        pytest.param({"note": "x" * 1001}, "note is longer", id="note"),
        pytest.param({"action": "delete"}, "does not say what to do", id="action"),
    ],
)
async def test_impossible_decision_is_a_sentence(
    room: Room, news: list[DeskItem], fields: dict[str, str], sentence: str
) -> None:
    form = {"item": news[0].id, "version": 1, "action": "later", **fields}
    answer = await (await room.signed_in("ying")).post("/-/decide", form)
    assert answer.status_code == 400 and sentence in answer.text
    assert room.item(news[0].id).version == 1


async def test_cards_offer_the_strategy_of_the_items_time_unless_told(room: Room) -> None:
    room.add("then", on="2020-12-01")
    room.add("now", on="2026-11-01")
    browser = await room.signed_in("ying")
    page = (await browser.get("/")).text
    assert page.count('value="IFLA-2024-2029/IA1"') == 1 and page.count(f'value="{SD1}"') == 1
    told = (await browser.get("/?strategy=IFLA-2019-2024")).text
    assert told.count(f'value="{SD1}"') == 2 and "IFLA-2024-2029/IA1" not in told


async def test_reader_sees_no_form(room: Room, news: list[DeskItem]) -> None:
    browser = await room.signed_in("reader")
    for address in ("/", "/-/item/1"):
        page = (await browser.get(address)).text
        assert "图书馆新闻" in page and 'action="/-/decide"' not in page


async def test_history_tells_who_what_when_and_from_which_state(room: Room, news: list[DeskItem]) -> None:
    ying, bat = await room.signed_in("ying"), await room.signed_in("bat")
    await ying.decide(news[0], "impactful", tag=SD1, note="big\nnews")
    await bat.decide(news[1], "dismiss")
    page = (await ying.get("/-/history")).text
    assert "<b>ying</b> <span>marked impactful</span>" in page and "Waiting → Impactful · tagged SD1" in page
    assert "2021-02-10 08:00 UTC" in page and '<blockquote dir="auto">big\nnews</blockquote>' in page
    assert page.count('action="/-/undo"') == 1
    assert "図書館" not in (await ying.get("/-/history?person=ying")).text.split("entries")[1]
    assert "図書館" not in (await ying.get("/-/history?item=1")).text
    assert "ying" not in (await (await room.signed_in("asha")).get("/-/history")).text


async def test_history_pages_meet_exactly(room: Room, news: list[DeskItem]) -> None:
    browser = await room.signed_in("ying")
    for number in range(55):
        await browser.decide(room.item(news[0].id), "later", note=f"note {number}")
    first = (await browser.get("/-/history")).text
    link = re.search(r'href="(/-/history[^"]*)" rel="next"', first)
    assert link is not None
    second = (await browser.get(link[1])).text
    shown = [int(n) for page in (first, second) for n in re.findall(r'<blockquote dir="auto">note (\d+)<', page)]
    assert shown == list(range(54, -1, -1))


async def test_desk_below_another_address_keeps_to_it(make_room: Any) -> None:
    room = make_room(base_url="/desk/")
    room.add("news")
    browser = room.browser()
    assert (await browser.get("/desk/")).headers["location"] == "/desk/-/login"
    await browser.get("/desk/-/login")
    await browser.post("/desk/-/login", {"name": "ying", "password": "quiet reading room", "next": ""})
    page = await browser.get("/desk/")
    assert page.status_code == 200 and 'action="/desk/-/decide"' in page.text and 'href="/-/' not in page.text


async def test_cards_follow_the_strategy_that_their_period_is_reported_by(room: Room) -> None:
    room.add("news", on="2021-01-28")
    browser = await room.signed_in("ying")
    assert "IFLA-2019-2024/SD1" in (await browser.get("/")).text
    find_or_add_report(room.conn, ReportKey("nea", "2020-11", "2021-02"), vocabulary="IFLA-2024-2029")
    for address in ("/", "/-/item/1"):
        assert re.search(r'data-key="1" data-tip="tip-IFLA-2024-2029-IA1"', (await browser.get(address)).text)
    find_or_add_report(room.conn, ReportKey("sa", "2021-01", "2021-02"), vocabulary="IFLA-2016-2021")
    assert "IFLA-2016-2021" not in (await browser.get("/")).text.split("data-cards")[1].split("</article>")[0]


async def test_before_the_first_strategy_none_is_offered_and_that_is_said(room: Room) -> None:
    item, browser = room.add("an activity of then", on="2014-05-01"), await room.signed_in("ying")
    line = "No strategy of IFLA is known for its day."
    assert await offered(browser) == "" and line in (await browser.get("/")).text
    form = (await browser.get(f"/-/item/{item.id}")).text
    assert line in form and 'value="IFLA-2016-2021/SD1"' in form
    assert await offered(browser, "/?strategy=IFLA-2016-2021") == "IFLA-2016-2021"


async def offered(browser: Browser, address: str = "/") -> str:
    """The strategy whose tags the one card on this page offers by digits."""
    return "".join(re.findall(r'data-key="1" data-tip="tip-(IFLA-\d+-\d+)-', (await browser.get(address)).text))


async def test_card_without_a_day_offers_the_strategy_of_the_report_that_picks_it(room: Room) -> None:
    item, browser = room.add("an activity of then", on=None), await room.signed_in("ying")
    assert await offered(browser) == "IFLA-2019-2024"  # of the day on which it was found
    report = find_or_add_report(room.conn, ReportKey("nea", "2017-01", "2017-06"), vocabulary="IFLA-2016-2021")
    save_picks(room.conn, report.id, [Pick(item.id, "JP", 1)])
    assert {await offered(browser, address) for address in ("/", f"/-/item/{item.id}")} == {"IFLA-2016-2021"}
    assert await offered(browser, "/?strategy=IFLA-2024-2029") == "IFLA-2024-2029"


async def test_card_without_a_day_offers_the_strategy_by_which_it_was_tagged(room: Room) -> None:
    item, browser = room.add("an activity of then", on=None), await room.signed_in("ying")
    await browser.decide(item, "later", tag=["UN-SDG/SDG4", "IFLA-2016-2021/SD1"])
    assert await offered(browser, "/?state=later") == "IFLA-2016-2021"


async def test_card_of_what_was_brought_without_a_day_leads_to_every_strategy(room: Room) -> None:
    item, nora, ying = room.add("brought", on=None), await room.signed_in("nora"), await room.signed_in("ying")
    line = "No date is known: these tags are of the strategy in force when it came in."
    assert line not in (await ying.get("/")).text
    await nora.post("/-/nominate", {"item": item.id, "why": "It was in spring."})
    assert line in (await ying.get("/")).text and line not in (await ying.get("/?strategy=IFLA-2016-2021")).text
    form = (await ying.get(f"/-/item/{item.id}")).text
    assert all(f'value="{tag}"' in form for tag in ("IFLA-2016-2021/SD1", SD1, "IFLA-2024-2029/IA1"))
    await ying.decide(item, "later", tag="IFLA-2016-2021/SD1")
    assert line not in (await ying.get("/?state=later")).text
