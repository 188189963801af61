"""Desks over a database of news, for browser tests and benches: in this process, or one that can be killed."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from msgspec import Struct

from curation.app import close_desk, make_desk
from curation.desk import DeskServices
from curation.passwords import hash_password
from db.connect import open_database, transaction
from db.records import SourceRow, SubRegion
from db.search.items import index_everything
from db.sources import register_sources
from db.users import add_user
from db.vocabularies import register_vocabularies, shipped_vocabularies
from tests.databases import new_database

ROOT = Path(__file__).parent.parent
SECRET = "a secret that is long enough for the tests of the desk"
PASSWORD = "quiet reading room"
PEOPLE = ("ying", "bat")
NOW = datetime(2021, 2, 10, 8, tzinfo=UTC)
SEEN = "2021-02-10T08:00:00Z"
TITLES = {
    "CN": ("zh-Hans", "国家图书馆举办珍贵古籍特展，沉浸式阅读体验吸引众多读者"),
    "JP": ("ja", "国立国会図書館、デジタルコレクションに資料を追加"),
    "KR": ("ko", "국립중앙도서관, 비대면 독서 프로그램 운영 결과 발표"),
    "MN": ("mn", "Их сургуулийн номын сан цахим үйлчилгээгээ танилцууллаа"),
}
REGION = SubRegion("nea", "North East Asia", {"CN": "China", "JP": "Japan", "KR": "Korea", "MN": "Mongolia"})
SOURCES = tuple(
    SourceRow(f"s{n}", f"Source {n}", "Library", list(TITLES)[n % 4], "nea", "en", "feed", f"https://s{n}.example/")
    for n in range(12)
)


class News(Struct, frozen=True):
    """One item to be put into the queue."""

    title: str
    summary: str = ""
    text: str = ""
    language: str = "en"
    url: str = ""
    source: int = 0
    on: str = "2021-02-01"


def plain_news(number: int) -> Iterator[News]:
    """So many items in four scripts from twelve sources."""
    for n in range(number):
        source = SOURCES[n % len(SOURCES)]
        language, title = TITLES[source.country]
        day = (date(2019, 1, 1) + timedelta(days=n * 7 % 800)).isoformat()
        yield News(f"{title} {n}", title * 3, title * 40, language, f"{source.url}{n}", n % len(SOURCES), day)


def make_database(path: Path, news: Iterable[News], *, index: bool = False) -> None:
    """A working database with these items waiting, and people who may decide on them; `index` makes them searchable."""
    conn = new_database(path)
    register_sources(conn, SOURCES, [REGION])
    register_vocabularies(conn, shipped_vocabularies())
    hashed = _hashed()
    for name in PEOPLE:
        add_user(conn, name, hashed, role="convenor", sub_regions=["nea"], now=datetime.now(UTC))
    with transaction(conn):
        add_news(conn, news)
    if index:
        index_everything(conn)
    conn.close()


@cache
def _hashed() -> str:
    return hash_password(PASSWORD)


def add_news(conn: sqlite3.Connection, news: Iterable[News], start: int = 0) -> None:
    """The items stand in the database; call it inside a transaction."""
    conn.executemany(
        "INSERT INTO items (source_id, url, canonical_url, title, summary, text, language, country, published_on,"
        " date_precision, date_source, first_seen_at, content_hash, article_read_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'day', 'list', ?, '', ?)",
        (
            (
                SOURCES[one.source].id,
                one.url or f"https://news.example/{n}",
                one.url or f"https://news.example/{n}",
                one.title,
                one.summary,
                one.text,
                one.language,
                SOURCES[one.source].country,
                one.on,
                SEEN,
                SEEN,
            )
            for n, one in enumerate(news, start)
        ),
    )
    conn.execute("DELETE FROM queue_counts")
    conn.execute(
        "INSERT INTO queue_counts SELECT source_id, state, coalesce(edited_country, country), count(*) FROM items"
        " WHERE duplicate_of IS NULL AND held_by IS NULL GROUP BY 1, 2, 3"
    )


@dataclass
class DrivenDesk:
    """A running desk, with a look into its database."""

    database: Path
    port: int
    conn: sqlite3.Connection = field(init=False)

    def __post_init__(self) -> None:
        self.conn = open_database(self.database)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def decisions(self) -> list[tuple[str, str, str]]:
        """The history, oldest first: who, what, on which title."""
        rows = self.conn.execute(
            "SELECT d.actor, d.action, i.title FROM decisions d JOIN items i ON i.id = d.item_id ORDER BY d.id"
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def states(self) -> dict[str, int]:
        """State → how many items."""
        return dict(tuple(row) for row in self.conn.execute("SELECT state, count(*) FROM items GROUP BY state"))


def clock() -> datetime:
    return datetime.now(UTC)


@contextmanager
def desk_in_thread(
    database: Path, services: DeskServices | None = None, now: Callable[[], datetime] = clock
) -> Iterator[DrivenDesk]:
    """A desk that this process serves."""
    import uvicorn

    desk = make_desk(database, secret=SECRET, now=now, services=services)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server = uvicorn.Server(uvicorn.Config(desk.app(), log_level="error", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        driven = DrivenDesk(database, listener.getsockname()[1])
        try:
            yield driven
        finally:
            server.should_exit = True
            thread.join()
            driven.conn.close()
            close_desk(desk)


@dataclass
class KillableDesk(DrivenDesk):
    """A desk that is a process of its own."""

    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "convenor", "desk", "--db", str(self.database), "--port", str(self.port)]
        environment = {**os.environ, "CONVENOR_SECRET": SECRET}
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)  # a child that starts tells nobody when it listens, so its port is asked again
        raise AssertionError("the desk did not start")

    def kill(self) -> None:
        """The process is gone at once, whatever it was doing."""
        assert self.process
        self.process.kill()
        self.process.wait()


@contextmanager
def killable_desk(database: Path) -> Iterator[KillableDesk]:
    """A desk of its own process, gone in the end."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    desk = KillableDesk(database, port)
    desk.start()
    try:
        yield desk
    finally:
        desk.kill()
        desk.conn.close()
