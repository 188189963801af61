"""What strangers, forgers and impatient people come to; and that nothing else of Datasette is there at all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from curation.desk import DeskServices
from db.reports import ReportKey, find_or_add_report

from .conftest import ORIGIN, PASSWORD, MakeRoom, Room

pytestmark = pytest.mark.anyio

SERVICES = DeskServices(publish=lambda: "Published 1 activity.")


@pytest.fixture
def full(make_room: MakeRoom) -> Room:
    """A desk with one item of North East Asia."""
    room = make_room(SERVICES)
    room.add("news")
    return room


@pytest.mark.parametrize(
    "address",
    [
        "/_memory",
        "/_memory.json",
        "/_memory?sql=select+1",
        "/_internal",
        "/-/databases",
        "/-/databases.json",
        "/-/plugins",
        "/-/plugins.json",
        "/-/metadata.json",
        "/-/settings",
        "/-/threads",
        "/-/versions.json",
        "/-/actor.json",
        "/-/allow-debug",
        "/-/permissions",
        "/-/messages",
        "/-/auth-token?token=x",
        "/-/static/app.css",
        "/-/static-plugins/convenor-desk/desk.css",
        "/.json",
        "/-/",
        "/convenor",
        "/convenor.db",
        "/convenor/items.json",
        "/working.db",
        "/convenor-desk-working",
        "/convenor-desk-working.db",
        "/convenor-desk-working/users.json",
        "/-/desk-static/000000000000/desk.js",
        "/-/desk-static/../app.py",
        "/%2e%2e/app.py",
        "/-/item/x",
        "/favicon.ico",
        "//evil.example/",
    ],
)
@pytest.mark.parametrize("name", ["", "olga"])
async def test_nothing_else_is_there(room: Room, address: str, name: str) -> None:
    browser = await room.signed_in(name) if name else room.browser()
    response = await browser.client.get(f"{ORIGIN}{address}")
    assert response.status_code == 404
    assert "There is no such" in response.text and "password_hash" not in response.text


async def test_what_is_only_posted_is_not_got(full: Room) -> None:
    browser = await full.signed_in("ying")
    for address in ("/-/decide", "/-/undo", "/-/logout", "/-/publish", "/-/report/save"):
        assert (await browser.get(address)).status_code == 405
    assert (await browser.post("/")).status_code == 405


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"origin": "https://evil.example"}, id="other site"),
        pytest.param({"origin": ORIGIN, "sec-fetch-site": "cross-site"}, id="browser says cross-site"),
        pytest.param({"origin": "null"}, id="hidden origin"),
        pytest.param({"origin": ""}, id="no origin"),
        pytest.param({"origin": "", "authorization": "Bearer x"}, id="bearer does not excuse"),
    ],
)
async def test_forged_post_does_nothing(full: Room, headers: dict[str, str]) -> None:
    browser = await full.signed_in("ying")
    fields = {"item": 1, "version": 1, "action": "dismiss"}
    response = await browser.post("/-/decide", fields, headers=headers)
    assert response.status_code == 403 and "another site" in response.text
    assert full.item(1).curation.state == "new"


async def test_post_needs_a_length_and_stays_below_a_bound(room: Room) -> None:
    browser = await room.signed_in("ying")
    assert (await browser.post("/-/decide", {"note": "x" * 1_000_001})).status_code == 413

    async def endless() -> AsyncIterator[bytes]:
        yield b"x"

    streamed = await browser.client.post("/-/decide", content=endless(), headers={"origin": ORIGIN})
    assert streamed.status_code == 411


async def test_every_answer_carries_the_headers(full: Room) -> None:
    browser = await full.signed_in("ying")
    for response in (await browser.get("/"), await browser.get("/nowhere"), await full.browser().get("/")):
        policy = response.headers["content-security-policy"]
        assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        assert response.headers["cache-control"] == "private, no-store"
        assert response.headers["referrer-policy"] == "same-origin"


async def test_static_files_are_kept_for_ever_at_an_address_of_their_content(room: Room) -> None:
    browser = await room.signed_in("ying")
    page = (await browser.get("/")).text
    for name, kind in (("desk.css", "text/css"), ("desk.js", "text/javascript"), ("desk.svg", "image/svg+xml")):
        address = next(part for part in page.split('"') if part.endswith(name))
        response = await browser.get(address)
        assert response.headers["content-type"].startswith(kind) and "immutable" in response.headers["cache-control"]


async def test_no_page_has_anything_inline_or_from_elsewhere(full: Room) -> None:
    browser = await full.signed_in("ying")
    for address in ("/", "/-/item/1", "/-/history", "/-/report"):
        page = (await browser.get(address)).text
        assert "<style" not in page and " style=" not in page and " onclick=" not in page and "<img" not in page
        assert [part for part in page.split("<script")[1:] if "></script>" not in part.split("\n")[0]] == []


async def test_redirect_after_sign_in_stays_here(room: Room) -> None:
    for wanted, goes in (("/-/history", "/-/history"), ("//evil.example", "/"), ("https://evil.example", "/")):
        assert (await room.browser().sign_in("ying", wanted=wanted)).headers["location"] == goes


async def test_session_cookie_is_for_this_site_and_no_script(room: Room, make_room: MakeRoom) -> None:
    cookie = (await room.browser().sign_in("ying")).headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "path=/" in cookie and "secure" not in cookie
    behind_https = make_room(force_https=True).browser()
    behind_https.headers = {"origin": ORIGIN.replace("http:", "https:")}
    assert "secure" in (await behind_https.sign_in("ying")).headers["set-cookie"].lower()


async def test_five_wrong_passwords_close_the_door_for_a_while(room: Room, make_room: MakeRoom) -> None:
    for _ in range(5):
        assert (await room.browser().sign_in("ying", "wrong password")).status_code == 403
    refused = await room.browser().sign_in("YING", PASSWORD)
    assert refused.status_code == 429 and refused.headers["retry-after"] == "900"
    assert "Too many wrong passwords for this name. Try again in 15 minutes." in refused.text
    restarted = make_room()
    assert (await restarted.browser().sign_in("ying", PASSWORD)).status_code == 429
    assert (await restarted.browser().sign_in("bat", PASSWORD)).status_code == 303
    restarted.clock.advance(timedelta(minutes=15, seconds=1))
    assert (await restarted.browser().sign_in("ying", PASSWORD)).status_code == 303


async def test_right_password_forgets_the_wrong_ones(room: Room) -> None:
    for password in ("wrong",) * 4 + (PASSWORD,) + ("wrong",) * 4:
        await room.browser().sign_in("ying", password)
    assert (await room.browser().sign_in("ying", PASSWORD)).status_code == 303


@pytest.mark.parametrize(("name", "password"), [("nobody", PASSWORD), ("ying", ""), ("", PASSWORD), ("x" * 101, "y")])
async def test_who_is_not_known_gets_one_and_the_same_sentence(room: Room, name: str, password: str) -> None:
    response = await room.browser().sign_in(name, password)
    assert response.status_code == 403
    assert 'id="refused">This name and password do not go together.' in response.text
    assert response.text.count('aria-describedby="refused"') == 2  # read with the field that has the focus


async def test_locked_database_is_a_sentence_and_a_hint_to_wait(full: Room) -> None:
    browser = await full.signed_in("ying")
    await full.desk.convenor_desk.write(lambda conn: conn.execute("PRAGMA busy_timeout = 10"))
    full.conn.execute("BEGIN IMMEDIATE")
    response = await browser.post("/-/decide", {"item": 1, "version": 1, "action": "later"})
    full.conn.rollback()
    assert response.status_code == 503 and response.headers["retry-after"] == "5"
    assert "The database is busy" in response.text and "Traceback" not in response.text
    assert (await browser.post("/-/decide", {"item": 1, "version": 1, "action": "later"})).status_code == 303


async def test_failure_shows_no_trace(make_room: MakeRoom, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> str:
        raise RuntimeError("secret of the machine")

    room = make_room(DeskServices(publish=broken))
    find_or_add_report(room.conn, ReportKey("nea", "2020-11", "2021-02"), vocabulary="IFLA-2019-2024")
    response = await (await room.signed_in("olga")).post("/-/publish", {"report": 1})
    assert response.status_code == 500 and "Something went wrong" in response.text
    assert "secret of the machine" not in response.text and "secret of the machine" in caplog.text
