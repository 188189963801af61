"""Sessions: nobody plants one, each ends by itself or at a word, and everybody sees her own."""

from __future__ import annotations

from datetime import timedelta

import pytest

from curation.sessions import COOKIE, device_words
from tests.curation.conftest import Browser, Room

pytestmark = pytest.mark.anyio
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1"


async def is_open(browser: Browser) -> bool:
    return (await browser.get("/")).status_code == 200


async def test_planted_cookie_is_no_session(room: Room) -> None:
    held = room.conn.execute("SELECT count(*) FROM sessions").fetchone()[0]
    await room.signed_in("ying")
    session = room.conn.execute("SELECT id FROM sessions").fetchone()[0]
    for cookie in (session, room.desk.sign({"s": session}, "actor"), room.desk.sign({"s": 1}, COOKIE), "", "x.y"):
        browser = room.browser()
        browser.client.cookies.set(COOKIE, cookie)
        assert not await is_open(browser), cookie
    browser = room.browser()
    browser.client.cookies.set("ds_actor", room.desk.sign({"a": {"id": "root", "user": {"id": 1}}}, "actor"))
    assert not await is_open(browser) and held == 0


async def test_session_planted_before_the_sign_in_never_becomes_the_persons(room: Room) -> None:
    attacker = await room.signed_in("asha")
    planted = str(attacker.client.cookies.get(COOKIE))
    victim = room.browser()
    victim.client.cookies.set(COOKIE, planted, domain="desk.example", path="/")
    await victim.get("/-/you")
    await victim.post("/-/login", {"name": "ying", "password": "quiet reading room", "next": "/"})
    assert str(victim.client.cookies.get(COOKIE, domain="desk.example")) != planted
    assert ">ying <" in (await victim.get("/-/you")).text
    assert not await is_open(attacker)  # what the browser held before has ended


async def test_session_ends_by_time_and_when_the_person_is_switched_off(room: Room) -> None:
    barred = await room.signed_in("bat")
    room.conn.execute("UPDATE users SET disabled = 1 WHERE name = 'bat'")
    assert not await is_open(barred)
    late = await room.signed_in("asha")
    room.clock.advance(timedelta(hours=12, seconds=1))
    assert not await is_open(late)


async def test_sign_out_ends_this_browser_alone_and_its_cookie_for_ever(room: Room) -> None:
    here, there = [await room.signed_in("ying") for _ in range(2)]
    cookie = str(here.client.cookies.get(COOKIE))
    gone = await here.post("/-/logout")
    assert gone.headers["location"] == "/-/login"
    here.client.cookies.set(COOKIE, cookie)
    assert not await is_open(here) and await is_open(there)


async def test_person_sees_where_she_is_signed_in_and_ends_it(room: Room) -> None:
    desk, phone = await room.signed_in("ying", WINDOWS), await room.signed_in("ying", IPHONE)
    stranger = await room.signed_in("bat")
    page = (await desk.get("/-/you")).text
    assert "Firefox, Windows" in page and "Safari, iPhone" in page and page.count("this one") == 1
    [other] = [part.split('"')[0] for part in page.split('name="session" value="')[1:]]
    await stranger.post("/-/sessions/end", {"session": other})
    assert await is_open(phone)
    await desk.post("/-/sessions/end", {"session": other})
    assert not await is_open(phone) and await is_open(desk)
    others = [await room.signed_in("ying") for _ in range(3)]
    await desk.post("/-/sessions/end")
    assert [await is_open(browser) for browser in (*others, desk, stranger)] == [False, False, False, True, True]


async def test_operator_ends_all_sessions_of_anybody(room: Room) -> None:
    olga, ying, asha = [await room.signed_in(name) for name in ("olga", "ying", "asha")]
    page = (await olga.get("/-/you")).text
    assert "End all sessions of ying" in page and "End all sessions of rani" not in page
    assert "End all sessions of" not in (await asha.get("/-/you")).text
    await olga.post("/-/sessions/end", {"user": "ying"})
    assert [await is_open(browser) for browser in (ying, asha, olga)] == [False, True, True]
    assert (await olga.post("/-/sessions/end", {"user": "nobody"})).status_code == 404


async def test_last_activity_is_noted_now_and_then(room: Room) -> None:
    browser = await room.signed_in("ying")

    async def seen_after(minutes: int) -> str:
        room.clock.advance(timedelta(minutes=minutes))
        await browser.get("/")
        await browser.post("/-/in-work", {"item": ""}, script=True)
        return str(room.conn.execute("SELECT seen_at FROM sessions").fetchone()[0])[11:16]

    assert [await seen_after(4), await seen_after(4), await seen_after(4)] == ["08:00", "08:08", "08:08"]


async def test_form_posted_after_the_end_leads_back_to_its_page(room: Room) -> None:
    browser = room.browser()
    await browser.get("/-/login")
    for referer, wanted in (
        ("http://desk.example/-/report?sub_region=nea&period=2020-11..2021-02", "/-/report?sub_region=nea"),
        ("http://evil.example/-/report", ""),
        ("http://desk.example//evil.example/", ""),
        ("http://[", ""),
    ):
        answer = await browser.post("/-/report/save", {"report": 1}, headers={"referer": referer})
        location = answer.headers["location"].replace("%2F", "/").replace("%3F", "?").replace("%3D", "=")
        assert location.startswith(f"/-/login?next={wanted}" if wanted else "/-/login") and "evil" not in location


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        pytest.param(WINDOWS, "Firefox, Windows", id="Firefox"),
        pytest.param(IPHONE, "Safari, iPhone", id="Safari"),
        pytest.param(
            "Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537.36", "Chrome, Android", id="phone"
        ),
        pytest.param(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Chrome/126 Safari/5 Edg/126", "Edge, macOS", id="Edge"
        ),
        pytest.param("curl/8", "", id="none of these"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_device_in_words(agent: str, words: str) -> None:
    assert device_words(agent) == words
