"""Every route of the desk × every role × the person's own sub-region and another one.

The table is held against the real list of routes: a new route without a row fails.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest

from curation.by_hand import ByHandServices
from curation.card_links import card_token
from curation.desk import DeskServices
from curation.openid_services import Begun, Identity, OpenIdServices
from curation.plugin import ROUTES
from db.errors import AccessError
from db.nominations import Candidate, renew_suggest_link, suggest_links
from db.pictures import pictures
from db.records import PublishedDate
from db.reports import ReportKey, find_or_add_report
from tests.curation.conftest import PASSWORD, Room, rooms
from tests.curation.test_sources_page import Tended

pytestmark = pytest.mark.anyio

# Whose status stands where in a row. Everything asked for belongs to North East Asia, so the columns are: role in the
# person's own sub-region, then the same role in another one.
WHO = ("reader", "rani", "nora", "nina", "ying", "asha", "olga")
COLUMNS = ("reader", "other reader", "nominator", "other nominator", "convenor", "other convenor", "operator")
ALL = (200,) * 7
SEES = (200, 403, 200, 403, 200, 403, 200)
TENDS = (403, 403, 403, 403, 403, 403, 200)
MISSING = (404,) * 7
WRONG = (400,) * 7


def done(*statuses: int) -> tuple[int, ...]:
    """The same with the answer to a form that was accepted: see the result there."""
    return tuple(303 if status == 200 else status for status in statuses)


NOMINATES = done(403, 403, 200, 403, 200, 403, 200)
DECIDES = done(403, 403, 403, 403, 200, 403, 200)


@dataclass(frozen=True)
class Row:
    """One address, asked for or posted to."""

    pattern: str  # of the route
    address: str
    statuses: tuple[int, ...]  # in the order of WHO
    fields: dict[str, Any] | None = None  # None: asked for
    open: int = 0  # the status for a stranger, where the route needs no session
    also: str = ""  # what makes this row another one

    @property
    def id(self) -> str:
        return f"{'get' if self.fields is None else 'post'} {self.address}{self.also and ' '}{self.also}"


def got(pattern: str, statuses: tuple[int, ...], address: str = "", **options: Any) -> Row:
    return Row(pattern, address or pattern, statuses, **options)


def posted(pattern: str, statuses: tuple[int, ...], fields: dict[str, Any], address: str = "", **options: Any) -> Row:
    return Row(pattern, address or pattern, statuses, fields, **options)


LATER = {"version": 1, "action": "later"}
PAGE = {"url": "https://library.example/story", "title": "A story", "country": "JP", "sub_region": "nea"}
BLOCK = {"id": "x", "name": "X", "institution": "X", "country": "MN", "sub_region": "nea", "language": "mn"}
ROWS = [
    got("/", ALL),
    got("/-/search", ALL, "/-/search?q=news"),
    got("/-/item/(?P<item>[0-9]{1,15})", SEES, "/-/item/1"),
    got("/-/item/(?P<item>[0-9]{1,15})", MISSING, "/-/item/99"),
    got("/-/kept/(?P<item>[0-9]{1,15})", SEES, "/-/kept/1"),
    got("/-/kept/(?P<item>[0-9]{1,15})", MISSING, "/-/kept/99"),
    got("/-/picture/(?P<item>[0-9]{1,15})/(?P<mark>[0-9a-f]{16})", SEES, "/-/picture/1/PICTURE"),
    got("/-/picture/(?P<item>[0-9]{1,15})/(?P<mark>[0-9a-f]{16})", MISSING, "/-/picture/1/0123456789abcdef"),
    posted("/-/decide", DECIDES, {"item": 1, **LATER}),
    posted("/-/decide", MISSING, {"item": 99, **LATER}, also="on none"),
    posted("/-/decide-many", DECIDES, {"pick": ["1:1"], "action": "later"}),
    posted("/-/decide-many", WRONG, {"action": "later"}, also="none chosen"),
    posted("/-/undo", DECIDES, {"decision": 1}),
    posted("/-/undo", MISSING, {"decision": 9}, also="none"),
    posted("/-/in-work", (403, 403, 403, 403, 200, 403, 200), {"item": 1}),
    posted("/-/in-work", ALL, {"item": ""}, also="nothing"),
    posted("/-/in-work", MISSING, {"item": 99}, also="none"),
    got("/-/you", ALL),
    posted("/-/letters", done(*ALL), {"letters": "off"}),
    got(r"/-/card/(?P<token>[\w.=-]{20,300})", done(*ALL), "/-/card/CARD", open=200),
    got(r"/-/card/(?P<token>[\w.=-]{20,300})", MISSING, "/-/card/not-a-link-of-this-desk", open=404),
    posted("/-/sessions/end", done(*ALL), {"session": "x"}),
    posted("/-/sessions/end", done(*TENDS), {"user": "bat"}, also="of somebody else"),
    posted("/-/nominate", NOMINATES, {"item": 1, "why": "The first of its kind."}),
    posted("/-/nominate", MISSING, {"item": 99, "why": "x"}, also="none"),
    got("/-/history", ALL),
    got("/-/history", ALL, "/-/history?item=1"),
    got(r"/-/history\.csv", ALL, "/-/history.csv"),
    got("/-/tags", ALL),
    got("/-/coverage", ALL),
    got("/-/coverage", WRONG, "/-/coverage?period=soon"),
    got("/-/compare", (403, 403, 403, 403, 200, 403, 200), "/-/compare?report=1&country=JP"),
    got("/-/compare", (403, 403, 403, 403, 404, 403, 404), "/-/compare?report=1&country=XX"),
    posted("/-/compare", (403, 403, 403, 403, 400, 403, 400), {"report": 1, "country": "JP", "better": 1, "other": 1}),
    posted("/-/compare", DECIDES, {"report": 1, "country": "JP", "do": "undo"}, also="take back"),
    got("/-/keys", ALL),
    posted("/-/keys", done(*ALL), {"later": "w"}),
    posted("/-/keys", WRONG, {"later": "dd"}, also="impossible"),
    got("/-/report", ALL),
    got("/-/report", SEES, "/-/report?sub_region=nea&period=2020-11..2021-02"),
    got("/-/report", SEES, "/-/report?sub_region=nea&period=2020-01..2020-02"),
    got("/-/report", MISSING, "/-/report?sub_region=mars&period=2020-11..2021-02"),
    got("/-/report", WRONG, "/-/report?sub_region=nea&period=soon"),
    posted("/-/report/begin", DECIDES, {"sub_region": "nea", "period_start": "2021-03", "period_end": "2021-08"}),
    posted("/-/report/save", (403, 403, 403, 403, 409, 403, 409), {"report": 1, "seen": "old"}),
    got("/-/report/download", SEES, "/-/report/download?report=1&format=docx"),
    got("/-/report/download", MISSING, "/-/report/download?report=1&format=exe"),
    got("/-/report/download", MISSING, "/-/report/download?report=9&format=md"),
    posted("/-/publish", DECIDES, {"report": 1}),
    got("/-/sources", TENDS),
    posted("/-/sources", done(*TENDS), {"source": "ndl", "do": "drop"}),
    got("/-/sources/page", TENDS, "/-/sources/page?source=ndl"),
    posted("/-/sources/held", done(*TENDS), {"source": "ndl", "verdict": "release"}),
    got("/-/sources/paste", TENDS),
    posted("/-/sources/paste", TENDS, {"url": "https://new.example/"}),
    posted("/-/sources/add", done(*TENDS), {"url": "https://new.example/", **BLOCK}),
    got("/-/add", (403, 403, 200, 200, 200, 200, 200)),
    posted("/-/add", (403, 403, 200, 200, 200, 200, 200), {"url": "https://library.example/"}),
    posted("/-/add/keep", NOMINATES, PAGE),
    posted("/-/add/link", DECIDES, {"sub_region": "nea", "do": "new"}),
    got(r"/-/suggest/(?P<token>[\w-]{10,60})", ALL, "/-/suggest/TOKEN", open=200),
    got(r"/-/suggest/(?P<token>[\w-]{10,60})", MISSING, "/-/suggest/not-the-token", open=404),
    posted(
        r"/-/suggest/(?P<token>[\w-]{10,60})",
        ALL,
        {"url": "https://library.example/", "who": "Somebody"},
        "/-/suggest/TOKEN",
        open=200,
    ),
    got("/-/health", ALL, open=200),
    got("/-/metrics", TENDS, open=401),
    got("/-/login", done(*ALL), open=200),
    posted("/-/login", done(*ALL), {"name": "bat", "password": PASSWORD}, open=303),
    got("/-/openid", done(*ALL), open=303),
    got("/-/openid/back", (403,) * 7, open=403),
    posted("/-/logout", done(*ALL), {}),
    posted("/-/language", done(*ALL), {"language": "ko"}, open=303),
    got("/-/desk-static/(?P<version>[0-9a-f]+)/(?P<name>[a-z.]+)", MISSING, "/-/desk-static/0/desk.js", open=404),
    got(r"[\s\S]*", MISSING, "/nowhere", open=404),
    posted(r"[\s\S]*", MISSING, {}, "/nowhere", open=404),
]
NEEDS_SESSION = [row for row in ROWS if not row.open]
by_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)


def look(url: str) -> Candidate:
    return Candidate(url, "A story", PublishedDate("2021-02-01", "day", "meta"), "en", "JP")


def begin_openid(back: str) -> Begun:
    return Begun("https://login.example/authorize", "state", "nonce", "verifier")


def vouch_for_nobody(begun: Begun, back: str, code: str) -> Identity:
    raise AccessError("not for anybody")


def services() -> DeskServices:
    return DeskServices(
        publish=lambda: "Published 1 activity.",
        draft_report=lambda conn, report_id, wanted: (b"draft", f"report.{wanted}", "text/plain"),
        sources=Tended().services(),
        openid=OpenIdServices("https://login.example", "Library", begin_openid, vouch_for_nobody),
        by_hand=ByHandServices(lambda conn, url: None, look, lambda conn, typed, nomination, region: (1, True)),
    )


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A desk with an item, a decision that may be undone, a report and a held poll of North East Asia."""
    with rooms(tmp_path_factory.mktemp("permissions") / "convenor.db") as make:
        room = make(services())
        furnish(room)
        yield room


@pytest.fixture(scope="module")
def as_it_was(full: Room) -> sqlite3.Connection:
    """A copy of the database before anybody did anything."""
    copy = sqlite3.connect(":memory:")
    full.conn.backup(copy)
    return copy


def furnish(room: Room) -> None:
    room.picture(room.add("news"))
    room.conn.execute(
        "INSERT INTO decisions (item_id, actor, decided_at, action, before, after) SELECT 1, 'the desk',"
        " '2021-02-10T07:00:00Z', 'unfold', j, j FROM (SELECT '{\"state\":\"new\",\"tags\":[]}' AS j)"
    )
    room.hold("held", source="ndl")
    find_or_add_report(room.conn, ReportKey("nea", "2020-11", "2021-02"), vocabulary="IFLA-2019-2024")
    renew_suggest_link(room.conn, "nea")


def address_of(row: Row, room: Room) -> str:
    card = card_token("a secret of tests", 1, 1, room.clock.now)
    token, picture = suggest_links(room.conn, ["nea"])["nea"].token, pictures(room.conn, [1])[1].mark
    return row.address.replace("TOKEN", token).replace("CARD", card).replace("PICTURE", picture)


async def status(row: Row, room: Room, name: str) -> int:
    browser = await room.signed_in(name) if name else room.browser()
    if row.fields is None:
        return (await browser.get(address_of(row, room))).status_code
    if not name:
        await browser.get("/-/login")
    return (await browser.post(address_of(row, room), row.fields)).status_code


def test_every_route_has_a_row_for_each_of_its_methods() -> None:
    wanted = {
        (route.pattern.removesuffix("$"), method)
        for route in ROUTES
        for method in ("get", "post")
        if getattr(route, method) is not None
    }
    assert wanted == {(row.pattern, "get" if row.fields is None else "post") for row in ROWS}
    needs_session = {route.pattern.removesuffix("$"): route.signed_in for route in ROUTES}
    assert [row.id for row in ROWS if needs_session[row.pattern] is bool(row.open)] == []


@by_row
async def test_each_role_gets_what_belongs_to_it(full: Room, as_it_was: sqlite3.Connection, row: Row) -> None:
    found = []
    for name in WHO:
        as_it_was.backup(full.conn)
        found.append(await status(row, full, name))
    assert dict(zip(COLUMNS, found, strict=True)) == dict(zip(COLUMNS, row.statuses, strict=True))


@by_row
async def test_a_stranger_comes_no_further_than_the_door(full: Room, row: Row) -> None:
    before = everything(full)
    browser = full.browser()
    await browser.get("/-/login")
    if row.open:
        assert await status(row, full, "") == row.open
    elif row.fields is None:
        address = address_of(row, full)
        response = await browser.get(address)
        wanted = "" if address == "/" else f"?next={quote(address, safe='')}"
        assert (response.status_code, response.headers["location"]) == (303, f"/-/login{wanted}")
    else:
        answer = await browser.post(row.address, row.fields, script=True)
        assert (answer.status_code, answer.json()["sign_in"]) == (401, "/-/login")
        assert (await browser.post(row.address, row.fields)).headers["location"] == "/-/login"
        assert everything(full) == before


def everything(room: Room) -> list[str]:
    passing = ("failed_logins", "suggest_tries", "sessions")
    return [line for line in room.conn.iterdump() if not any(name in line for name in passing)]


@pytest.mark.parametrize(
    "row", [row for row in ROWS if 403 in row.statuses and row.pattern != "/-/openid/back"], ids=lambda row: row.id
)
async def test_who_is_denied_changes_nothing_and_learns_why_and_who_can_change_it(full: Room, row: Row) -> None:
    before = everything(full)
    for name, wanted in zip(WHO, row.statuses, strict=True):
        if wanted != 403:
            continue
        browser = await full.signed_in(name)
        address = address_of(row, full)
        page = (await (browser.get(address) if row.fields is None else browser.post(address, row.fields))).text
        assert "Operators of this desk: olga." in page
        assert any(why in page for why in ("Your role is", "This belongs to the sub-region", "This was decided by"))
    assert everything(full) == before
