"""What holds after every fault: the database is sound, the poll's row says what happened, the others were served."""

from __future__ import annotations

import sqlite3
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crawlers.clock import system_clock
from crawlers.crawl import CrawlRequest, crawl
from crawlers.guard import guarded_transport
from crawlers.messages import ConnectError
from crawlers.sockets import Stream, connected
from crawlers.sources import Source, SourceFile
from crawlers.tally import CrawlSummary
from db.connect import integrity, open_database
from db.health import kept_page
from tests.crawlers.faults.fault_server import FaultServer, Say, serving
from tests.crawlers.small_web import feed, source, source_file

TIMEOUT_SECONDS = 0.5
MAX_BYTES = 200_000
PUBLIC = "93.184.216.34"
LIMITS = {"timeout_seconds": TIMEOUT_SECONDS, "connect_timeout_seconds": TIMEOUT_SECONDS}
BEFORE, FAULTY, AFTER = "a-before", "faulty", "z-after"


@dataclass(frozen=True, slots=True)
class Row:
    """What the poll's row says."""

    outcome: str
    http_status: int | None
    error: str
    items: tuple[str, ...]
    kept: bytes  # of the body that failed
    doubt: str | None = None


class Internet:
    """Names and addresses of an internet that is all on loopback: only PUBLIC leads there, the rest to nobody."""

    def __init__(self) -> None:
        self.names: dict[str, Callable[[], Sequence[str]]] = {}  # others are public
        self.connected: set[str] = set()

    def resolve(self, host: str, port: int) -> Sequence[str]:
        return self.names.get(host, lambda: [PUBLIC])()

    def connect(self, host: str, port: int, timeout_seconds: float) -> Stream:
        self.connected.add(host)
        if host != PUBLIC:
            raise ConnectError(f"{host} was asked")
        return connected("127.0.0.1", port, timeout_seconds)


@dataclass
class Desk:
    """A database with three sources, the middle one faulty, crawled over real sockets on loopback."""

    folder: Path
    healthy: FaultServer
    internet: Internet = field(default_factory=Internet)
    kind: str = "feed"
    options: dict[str, Any] = field(default_factory=dict)
    max_bytes: int = MAX_BYTES

    @property
    def path(self) -> Path:
        return self.folder / "convenor.db"

    def sources(self, url: str) -> SourceFile:
        def healthy(name: str) -> Source:
            return source(name, self.healthy.url(f"/{name}", "healthy.example"), articles="none")

        faulty = source(FAULTY, url, self.kind, **{"articles": "none", **self.options})
        return source_file(healthy(BEFORE), faulty, healthy(AFTER), max_bytes=self.max_bytes, **LIMITS)

    def crawl(self, url: str, conn: sqlite3.Connection | None = None) -> CrawlSummary:
        """A pass is made, on a connection of its own where none is given."""
        own = conn or open_database(self.path, create=True)
        transport = guarded_transport(False, resolve=self.internet.resolve, connect=self.internet.connect)
        try:
            return crawl(
                own, self.sources(url), CrawlRequest(all_=True), connect=lambda: transport, clock=system_clock()
            )
        finally:
            if conn is None:
                own.close()

    def survived(self) -> Row:
        """What came of the faulty source, after all that must hold was seen to hold."""
        conn = open_database(self.path)
        try:
            assert integrity(conn) == ()
            for name in (BEFORE, AFTER):
                assert _outcome(conn, name)["outcome"] in ("new", "unchanged"), f"{name} was not served"
                assert _titles(conn, name) == (f"Story of {name}",)
            row, kept = _outcome(conn, FAULTY), kept_page(conn, FAULTY)
            assert (row["error"] is not None) == (row["outcome"] in ("failed", "challenged", "refused"))
            body = kept.body if kept else b""
            return Row(
                row["outcome"], row["http_status"], row["error"] or "", _titles(conn, FAULTY), body, row["doubt"]
            )
        finally:
            conn.close()

    def after(self, say: Say, *, path: str = "/feed", tls: ssl.SSLContext | None = None) -> Row:
        """What came of a pass in which the faulty source answers so."""
        with serving(say, tls) as server:
            self.crawl(server.url(path, "faulty.example"))
        return self.survived()


def _outcome(conn: sqlite3.Connection, name: str) -> sqlite3.Row:
    row: sqlite3.Row = conn.execute("SELECT * FROM polls WHERE source_id = ? ORDER BY id DESC", (name,)).fetchone()
    assert row is not None, f"the poll of {name} left no row"
    return row


def _titles(conn: sqlite3.Connection, name: str) -> tuple[str, ...]:
    return tuple(row[0] for row in conn.execute("SELECT title FROM items WHERE source_id = ? ORDER BY id", (name,)))


@contextmanager
def desk_in(folder: Path) -> Iterator[Desk]:
    """A desk whose healthy sources answer."""
    with ExitStack() as stack:
        healthy = stack.enter_context(serving(lambda wire: wire.answer(good_feed(wire.path.strip("/")))))
        yield Desk(folder, healthy)


def good_feed(name: str, host: str = "library.example") -> str:
    return feed(f"Story of {name}", host=f"{name}.{host}")
