"""A link becomes a candidate: by convenors, by whoever has a suggest link, and by nobody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from crawlers.by_hand import keep, known_at, not_read, typed_date
from crawlers.known import mark_all
from curation.by_hand import ByHandServices
from curation.desk import DeskServices
from db.errors import NewsError
from db.nominations import TRIES_AN_HOUR, Candidate, nominations
from db.records import NO_DATE, PublishedDate
from tests.curation.conftest import NOW, Browser, MakeRoom, Room

GONE = "https://library.example/gone"
PAGE = "https://library.example/story"
FOUND = Candidate(
    PAGE, "図書館の新しい部屋", PublishedDate("2021-02-01", "day", "meta", "2021年2月1日"), "ja", "JP", "要約", "本文"
)


def look(url: str) -> Candidate:
    if not url.startswith("http"):
        raise NewsError("This is not a full http or https address.")
    return FOUND if url == PAGE else not_read(url, "The page could not be read: there is no such page (404).")


def kept(conn: Any, typed: Any, nomination: Any, region: str) -> tuple[int, bool]:
    seen = look(typed.url)
    on = typed_date(typed.on, seen.published, NOW.date())
    candidate = replace(seen, title=typed.title, published=on, language=typed.language, country=typed.country)
    return keep(conn, candidate, nomination, sub_region=region, now=NOW)


@pytest.fixture
def room(make_room: MakeRoom) -> Room:
    return make_room(DeskServices(by_hand=ByHandServices(known_at, look, kept)))


async def add(browser: Browser, **fields: str) -> Any:
    form = {
        "url": PAGE,
        "title": FOUND.title,
        "on": "2021-02-01",
        "language": "ja",
        "country": "JP",
        "sub_region": "nea",
    }
    return await browser.post("/-/add/keep", form | fields)


def newest(room: Room) -> Any:
    return room.conn.execute("SELECT * FROM items ORDER BY id DESC LIMIT 1").fetchone()


@pytest.mark.anyio
async def test_proposed_page_is_kept_as_a_candidate(room: Room) -> None:
    browser = await room.signed_in("ying")
    page = await browser.post("/-/add", {"url": PAGE})
    assert FOUND.title in page.text and 'value="2021-02-01"' in page.text and 'value="JP"' in page.text
    done = await add(browser, why="First of its kind")
    row = newest(room)
    assert done.headers["location"] == f"/-/item/{row['id']}"
    assert (row["title"], row["published_on"], row["date_source"], row["country"]) == (
        FOUND.title,
        "2021-02-01",
        "meta",
        "JP",
    )
    assert row["text"] == "本文" and row["article_read_at"]
    queue = await browser.get("/?nominated=1")
    assert FOUND.title in queue.text and "First of its kind" in queue.text and "Nominated by" in queue.text


@pytest.mark.anyio
async def test_what_is_typed_is_known_as_typed(room: Room) -> None:
    browser = await room.signed_in("ying")
    page = await browser.post("/-/add", {"url": GONE})
    assert "no such page (404)" in page.text
    await add(browser, url=GONE, title="Нээлт", on="2021-01", country="MN", language="mn")
    row = newest(room)
    assert (row["published_on"], row["date_precision"], row["date_source"]) == ("2021-01-01", "month", "hand")


@pytest.mark.anyio
async def test_what_no_source_listed_is_named_in_the_language_of_the_reader(room: Room) -> None:
    browser = await room.signed_in("ying")
    await add(browser)
    room.conn.execute("UPDATE nominations SET who = 'the operator'")
    browser.client.headers["accept-language"] = "ko"
    page = (await browser.get(f"/-/item/{newest(room)['id']}")).text
    assert "<span>직접 추가</span>" in page and "운영자" in page
    assert "직접 추가 (1)" in (await browser.get("/")).text


@pytest.mark.parametrize(
    ("title", "country", "language"),
    [
        pytest.param("Шинэ танхим нээгдлээ", "MN", "mn", id="Mongolian"),
        pytest.param("Кітапхана жаңалықтары", "KZ", "kk", id="Kazakh"),
        pytest.param("도서관 소식", "KR", "ko", id="Korean"),
        pytest.param("ข่าวห้องสมุด", "TH", "th", id="Thai"),
        pytest.param("A new “reading room”", "JP", "en", id="English in Japan"),
    ],
)
@pytest.mark.anyio
async def test_language_of_what_could_not_be_read_is_that_of_its_letters(
    room: Room, title: str, country: str, language: str
) -> None:
    await add(await room.signed_in("ying"), url=GONE, title=title, country=country, language="")
    assert newest(room)["language"] == language


@pytest.mark.anyio
async def test_title_of_the_browser_stands_where_the_page_cannot_be_read(room: Room) -> None:
    browser = await room.signed_in("ying")
    page = await browser.get("/-/add?url=https://library.example/wall&title=Behind%20a%20wall")
    assert 'value="Behind a wall"' in page.text


@pytest.mark.anyio
async def test_known_item_is_shown_instead(room: Room) -> None:
    known = room.add("Known already")
    mark_all(room.conn)
    browser = await room.signed_in("ying")
    done = await browser.post("/-/add", {"url": known.url})
    assert (done.status_code, done.headers["location"]) == (303, f"/-/item/{known.id}")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param({"on": "31.1.2021"}, "is no day", id="date in another form"),
        pytest.param({"on": "2021-02-31"}, "is no day", id="no such day"),
        pytest.param({"title": "  "}, "needs a title", id="no title"),
        pytest.param({"url": "javascript:alert(1)"}, "not a full http", id="script"),
    ],
)
async def test_wrong_input_is_told_and_kept_in_the_form(room: Room, fields: dict[str, str], said: str) -> None:
    browser = await room.signed_in("ying")
    if "url" in fields:
        page = await browser.post("/-/add", fields)
    else:
        page = await add(browser, **fields)
    assert page.status_code == 400 and said in page.text
    assert newest(room) is None


@pytest.mark.anyio
async def test_nominator_brings_a_page_but_makes_no_suggest_link(room: Room) -> None:
    browser = await room.signed_in("nora")
    page = (await browser.post("/-/add", {"url": PAGE})).text
    assert FOUND.title in page and "Suggest links" not in page and "South Asia" not in page
    await add(browser, why="A first")
    (one,) = nominations(room.conn, [newest(room)["id"]])[newest(room)["id"]]
    assert (one.who, one.why) == ("nora", "A first")


async def suggest_address(room: Room) -> str:
    browser = await room.signed_in("ying")
    await browser.post("/-/add/link", {"sub_region": "nea", "do": "new"})
    page = await browser.get("/-/add")
    return page.text.split('href="/-/suggest/')[1].split('"')[0]


@pytest.mark.anyio
async def test_anybody_with_the_link_nominates(room: Room) -> None:
    token = await suggest_address(room)
    stranger = room.browser()
    assert "North East Asia" in (await stranger.get(f"/-/suggest/{token}")).text
    done = await stranger.post(f"/-/suggest/{token}", {"url": PAGE, "who": "<b>Aya</b>", "why": "It matters"})
    assert "Thank you" in done.text
    row = newest(room)
    (one,) = nominations(room.conn, [row["id"]])[row["id"]]
    assert (one.who, one.why, one.via) == ("<b>Aya</b>", "It matters", "link")
    queue = (await (await room.signed_in("ying")).get("/?nominated=1")).text
    assert "&lt;b&gt;Aya&lt;/b&gt;" in queue and "<b>Aya</b>" not in queue


@pytest.mark.anyio
async def test_nomination_needs_a_name_and_a_title_where_the_page_has_none(room: Room) -> None:
    token = await suggest_address(room)
    stranger = room.browser()
    await stranger.get(f"/-/suggest/{token}")
    assert "Say who you are" in (await stranger.post(f"/-/suggest/{token}", {"url": PAGE})).text
    wall = {"url": "https://library.example/wall", "who": "Aya"}
    refused = (await stranger.post(f"/-/suggest/{token}", wall)).text
    assert "Type its title" in refused and "404" not in refused  # what our network answers is no stranger's business
    assert newest(room) is None
    assert "Thank you" in (await stranger.post(f"/-/suggest/{token}", wall | {"title": "Behind a wall"})).text


@pytest.mark.anyio
async def test_what_a_stranger_types_turns_no_line_around_and_hides_nothing(room: Room) -> None:
    token = await suggest_address(room)
    turned = {"who": "A\u202eya\u0007", "why": "It\u2066 matters\nmuch\u200b", "title": " Behind\u202e\n a\x00 wall "}
    await room.browser().post(f"/-/suggest/{token}", turned | {"url": "https://library.example/wall"})
    row = newest(room)
    (one,) = nominations(room.conn, [row["id"]])[row["id"]]
    assert (row["title"], one.who, one.why) == ("Behind a wall", "Aya", "It matters\nmuch")


@pytest.mark.anyio
async def test_link_can_be_switched_off_and_renewed(room: Room) -> None:
    token = await suggest_address(room)
    browser = await room.signed_in("ying")
    again = await suggest_address(room)
    assert again != token
    assert (await room.browser().get(f"/-/suggest/{token}")).status_code == 404
    assert (await room.browser().get(f"/-/suggest/{again}")).status_code == 200
    await browser.post("/-/add/link", {"sub_region": "nea", "do": "off"})
    assert (await room.browser().get(f"/-/suggest/{again}")).status_code == 404


@pytest.mark.anyio
async def test_links_come_in_at_a_bounded_rate(room: Room) -> None:
    token = await suggest_address(room)
    stranger = room.browser()
    await stranger.get(f"/-/suggest/{token}")
    form = {"url": PAGE, "who": "Aya"}
    for _ in range(TRIES_AN_HOUR):
        assert (await stranger.post(f"/-/suggest/{token}", form)).status_code == 200
    refused = await stranger.post(f"/-/suggest/{token}", form)
    assert refused.status_code == 429 and "try again in an hour" in refused.text
    room.clock.advance(timedelta(hours=1, seconds=1))
    assert (await stranger.post(f"/-/suggest/{token}", form)).status_code == 200


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2021-02-01", FOUND.published, id="as it was known"),
        pytest.param("2021-02-02", PublishedDate("2021-02-02", "day", "hand", "2021-02-02"), id="another day"),
        pytest.param("2021-02", PublishedDate("2021-02-01", "month", "hand", "2021-02"), id="the month alone"),
        pytest.param("2020", PublishedDate("2020-01-01", "year", "hand", "2020"), id="the year alone"),
        pytest.param("", NO_DATE, id="not known"),
    ],
)
def test_typed_date(text: str, expected: PublishedDate) -> None:
    assert typed_date(text, FOUND.published, NOW.date()) == expected
