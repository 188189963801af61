"""A desk over a working database with two sub-regions, eight people, and a browser that is only HTTP."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from curation.app import close_desk, make_desk
from curation.desk import DeskServices
from curation.passwords import hash_password
from curation.sessions import COOKIE, open_session
from db.desk import find_item
from db.items import save_poll
from db.pictures import WaitingPicture, save_picture
from db.records import Changes, DeskItem, ParsedItem, Poll, PublishedDate, Role, SourceRow, SubRegion
from db.search.items import index_everything
from db.sources import register_sources
from db.users import add_user, find_user
from db.vocabularies import register_vocabularies, shipped_vocabularies
from tests.databases import new_database

NOW = datetime(2021, 2, 10, 8, 0, tzinfo=UTC)
PASSWORD = "quiet reading room"
ORIGIN = "http://desk.example"
REGIONS = [
    SubRegion("nea", "North East Asia", {"CN": "China", "JP": "Japan", "MN": "Mongolia"}),
    SubRegion("sa", "South Asia", {"IN": "India"}),
]
SOURCES = [
    SourceRow("ndl", "NDL news", "National Diet Library", "JP", "nea", "ja", "list_page", "https://ndl.example/"),
    SourceRow("nlc", "NLC news", "National Library of China", "CN", "nea", "zh-Hans", "feed", "https://nlc.example/"),
    SourceRow("nli", "NLI news", "National Library of India", "IN", "sa", "en", "feed", "https://nli.example/"),
]
PEOPLE: dict[str, tuple[Role, list[str]]] = {
    "reader": ("reader", ["nea"]),
    "rani": ("reader", ["sa"]),
    "nora": ("nominator", ["nea"]),
    "nina": ("nominator", ["sa"]),
    "ying": ("convenor", ["nea"]),
    "bat": ("convenor", ["nea"]),
    "asha": ("convenor", ["sa"]),
    "olga": ("operator", []),
}
HASH = hash_password(PASSWORD)


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by


@dataclass
class Browser:
    """One person's browser: keeps cookies, says where its forms come from, sends the token that the page gave."""

    client: httpx.AsyncClient
    token: str = ""
    headers: dict[str, str] = field(default_factory=lambda: {"origin": ORIGIN})

    async def get(self, address: str) -> httpx.Response:
        response = await self.client.get(address)
        if 'data-csrf="' in response.text:
            self.token = response.text.split('data-csrf="')[1].split('"')[0]
        return response

    async def post(
        self,
        address: str,
        fields: dict[str, Any] | None = None,
        *,
        script: bool = False,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        body = urlencode({"csrftoken": self.token, **(fields or {})}, doseq=True)
        kind = {"content-type": "application/x-www-form-urlencoded"}
        accept = {"accept": "application/json"} if script else {}
        return await self.client.post(
            address, content=body, headers={**self.headers, **kind, **accept, **(headers or {})}
        )

    async def sign_in(self, name: str, password: str = PASSWORD, wanted: str = "/") -> httpx.Response:
        await self.get("/-/login")
        return await self.post("/-/login", {"name": name, "password": password, "next": wanted})

    async def decide(self, item: DeskItem, action: str, *, script: bool = False, **fields: Any) -> httpx.Response:
        form = {"item": item.id, "version": item.version, "action": action, **fields}
        return await self.post("/-/decide", form, script=script)


@dataclass
class Room:
    """A desk with its database and clock."""

    desk: Any
    conn: sqlite3.Connection
    clock: Clock
    path: Path
    published: list[str] = field(default_factory=list)

    def browser(self) -> Browser:
        transport = httpx.ASGITransport(app=self.desk.app())
        return Browser(httpx.AsyncClient(transport=transport, base_url=ORIGIN))

    async def signed_in(self, name: str, agent: str = "") -> Browser:
        """A browser with a session of this person, as signing in gives it but without the slow password."""
        browser, user = self.browser(), find_user(self.conn, name)
        assert user is not None
        browser.client.cookies.set(COOKIE, self.desk.sign(open_session(self.conn, user, agent, self.clock.now), COOKIE))
        await browser.get("/")
        return browser

    def item(self, item_id: int) -> DeskItem:
        found = find_item(self.conn, item_id)
        assert found is not None
        return found

    def add(self, title: str, *, source: str = "ndl", on: str | None = "2021-01-28", summary: str = "") -> DeskItem:
        date = PublishedDate(on, "day", "list") if on else PublishedDate()
        address = f"https://{source}.example/{abs(hash(title))}"
        parsed = ParsedItem(address, address, title, summary=summary, published=date)
        row = next(row for row in SOURCES if row.id == source)
        poll = Poll(source, NOW, "new", 1, NOW + timedelta(hours=12), items_seen=1, items_new=1)
        save_poll(self.conn, poll, Changes(new=((parsed, title),)), language=row.language, country=row.country)
        index_everything(self.conn)
        return self.item(int(self.conn.execute("SELECT max(id) FROM items").fetchone()[0]))

    def picture(self, item: DeskItem, body: bytes = b"a small picture") -> str:
        """The item has this picture; where the desk serves it."""
        wanted = WaitingPicture(item.id, item.source_id, "https://pictures.example/1.jpg", settled=False)
        return f"/-/picture/{item.id}/{save_picture(self.conn, wanted, body, size=(320, 200), now=self.clock.now)}"

    def hold(self, *titles: str, source: str = "ndl") -> None:
        """A poll that brought these is held aside."""
        urls = [f"https://{source}.example/{abs(hash(title))}" for title in titles]
        new = tuple((ParsedItem(url, url, title), title) for url, title in zip(urls, titles, strict=True))
        poll = Poll(source, NOW, "new", 1, NOW + timedelta(hours=12), items_seen=9, items_new=len(new), held="all new")
        save_poll(self.conn, poll, Changes(new=new), language="en", country="JP")


MakeRoom = Callable[..., Room]


@pytest.fixture
def make_room(tmp_path: Path) -> Iterator[MakeRoom]:
    """Makes desks over one database; closes them all."""
    with rooms(tmp_path / "convenor.db") as make:
        yield make


@contextmanager
def rooms(path: Path) -> Iterator[MakeRoom]:
    """What makes desks over the database at this path; they are all closed in the end."""
    opened: list[Room] = []
    conn = new_database(path)
    register_sources(conn, SOURCES, REGIONS)
    register_vocabularies(conn, shipped_vocabularies())
    for name, (role, regions) in PEOPLE.items():
        add_user(conn, name, HASH, role=role, sub_regions=regions, now=NOW)

    def make(services: DeskServices | None = None, **options: Any) -> Room:
        clock = Clock()
        desk = make_desk(path, secret="a secret of tests", now=clock, services=services, **options)
        opened.append(Room(desk, conn, clock, path))
        return opened[-1]

    yield make
    for room in opened:
        close_desk(room.desk)
    conn.close()


@pytest.fixture
def room(make_room: MakeRoom) -> Room:
    return make_room()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
