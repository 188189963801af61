"""How long the desk takes on the server side: the queue page and a decision, against what SQLite and the template need.

    python bench/desk.py [items]

Prints medians and 95th percentiles in milliseconds. The ratios compare like with like on one machine; the milliseconds
depend on it.
"""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

from curation.app import close_desk, make_desk
from curation.passwords import hash_password
from curation.queue_address import QueueAddress
from curation.queue_page import PAGE_SIZE, load_queue
from db.connect import open_database, transaction
from db.desk import QueueFilter, queue_counts, waiting_items
from db.records import SourceRow, SubRegion
from db.sources import register_sources
from db.users import add_user, find_user
from db.vocabularies import register_vocabularies, shipped_vocabularies

ITEMS = 10_000
ROUNDS = 60
NOW = datetime(2021, 2, 10, 8, tzinfo=UTC)
ORIGIN = "http://desk.example"
TITLES = {
    "CN": ("zh-Hans", "国家图书馆举办珍贵古籍特展，沉浸式阅读体验吸引众多读者"),
    "JP": ("ja", "国立国会図書館、デジタルコレクションに資料を追加"),
    "KR": ("ko", "국립중앙도서관, 비대면 독서 프로그램 운영 결과 발표"),
    "MN": ("mn", "Их сургуулийн номын сан цахим үйлчилгээгээ танилцууллаа"),
}
REGION = SubRegion("nea", "North East Asia", dict.fromkeys(TITLES, "Country"))


def fill(path: Path, items: int) -> None:
    """A working database with so many waiting items from twelve sources in four scripts."""
    conn = open_database(path, create=True)
    codes = list(TITLES)
    sources = [
        SourceRow(f"s{n}", f"Source {n}", "Library", codes[n % 4], "nea", "en", "feed", f"https://s{n}.example/")
        for n in range(12)
    ]
    register_sources(conn, sources, [REGION])
    register_vocabularies(conn, shipped_vocabularies())
    add_user(conn, "ying", hash_password("quiet reading room"), role="convenor", sub_regions=["nea"], now=NOW)
    with transaction(conn):
        conn.executemany(
            "INSERT INTO items (source_id, url, canonical_url, title, summary, text, language, country, published_on,"
            " date_precision, date_source, first_seen_at, last_seen_at, content_hash)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'day', 'list', ?, ?, '')",
            rows(sources, items),
        )
    conn.close()


def rows(sources: list[SourceRow], items: int) -> Iterator[tuple[str, ...]]:
    """One row for each item."""
    seen = "2021-02-10T08:00:00Z"
    for number in range(items):
        source = sources[number % len(sources)]
        language, title = TITLES[source.country]
        url = f"{source.url}{number}"
        day = (date(2019, 1, 1) + timedelta(days=number * 7 % 800)).isoformat()
        yield (
            source.id,
            url,
            url,
            f"{title} {number}",
            title * 3,
            title * 40,
            language,
            source.country,
            day,
            seen,
            seen,
        )


async def measure(work: Callable[[], Awaitable[Any]]) -> list[float]:
    """Milliseconds of each round, the first ones left out."""
    times = []
    for _ in range(ROUNDS + 5):
        begun = time.perf_counter()
        await work()
        times.append((time.perf_counter() - begun) * 1000)
    return times[5:]


async def measure_desk(path: Path) -> dict[str, list[float]]:
    """The parts and the wholes, by name."""
    desk = make_desk(path, secret="a secret of the bench", now=lambda: NOW)
    conn = open_database(path)
    transport = httpx.ASGITransport(app=desk.app())
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={"origin": ORIGIN}) as client:
        token = await sign_in(client)
        found = {
            "SQL: one page of items": await measure(sql(lambda: waiting_items(conn, QueueFilter(("nea",)), limit=26))),
            "SQL: counts for the filters": await measure(sql(lambda: queue_counts(conn, ("nea",)))),
            "queue, read without page": await measure(sql(lambda: read_queue(conn))),
            "queue page": await measure(lambda: client.get("/")),
            "queue page, filtered": await measure(lambda: client.get("/?country=MN&source=s3")),
            "decision": await measure(decisions(conn, client, token)),
        }
    conn.close()
    close_desk(desk)
    return found


def sql(work: Callable[[], object]) -> Callable[[], Awaitable[None]]:
    """The work, to be awaited."""

    async def run() -> None:
        work()

    return run


def read_queue(conn: sqlite3.Connection) -> object:
    """Everything that the queue page shows."""
    user = find_user(conn, "ying")
    assert user is not None
    return load_queue(user, QueueAddress())(conn)


async def sign_in(client: httpx.AsyncClient) -> str:
    """The token that forms are sent with, once signed in."""
    page = (await client.get("/-/login")).text
    token = page.split('data-csrf="')[1].split('"')[0]
    answer = await client.post("/-/login", data={"csrftoken": token, "name": "ying", "password": "quiet reading room"})
    assert answer.status_code == 303
    return token


def decisions(conn: sqlite3.Connection, client: httpx.AsyncClient, token: str) -> Callable[[], Awaitable[None]]:
    """A decision on the next waiting item, each time."""
    waiting = iter([row[0] for row in conn.execute("SELECT id FROM items WHERE state = 'new' ORDER BY id LIMIT 200")])

    async def decide() -> None:
        fields = {"csrftoken": token, "item": next(waiting), "version": 1, "action": "impactful"}
        body = urlencode({**fields, "tag": "IFLA-2019-2024/SD1"})
        kind = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
        answer = await client.post("/-/decide", content=body, headers=kind)
        assert answer.status_code == 200, answer.text

    return decide


def main() -> None:
    """The table, printed."""
    items = int(sys.argv[1]) if len(sys.argv) > 1 else ITEMS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "convenor.db"
        fill(path, items)
        found = asyncio.run(measure_desk(path))
    base = statistics.median(found["SQL: one page of items"])
    print(f"{items} waiting items, {PAGE_SIZE} a page, {ROUNDS} rounds; ms")
    print(f"{'':30} {'median':>8} {'p95':>8} {'ratio':>8}")
    for name, times in found.items():
        median, p95 = statistics.median(times), statistics.quantiles(times, n=20)[18]
        print(f"{name:30} {median:8.2f} {p95:8.2f} {median / base:8.1f}")


if __name__ == "__main__":
    main()
