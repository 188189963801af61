"""How long the desk takes on the server side while a crawl is writing: pages of the queue, and decisions.

    python bench/desk.py [items]

Prints medians and 95th percentiles in milliseconds. The ratios compare like with like on one machine; the milliseconds
depend on it. The crawl is another process that saves polls of fifty new items, five in a second, and suggests tags.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

sys.path.insert(0, str(Path(__file__).parent.parent))
from curation.app import close_desk, make_desk
from curation.queue_address import QueueAddress
from curation.queue_page import PAGE_SIZE, load_queue
from curation.suggestions import suggest_tags
from db.connect import open_database
from db.desk import QueueFilter, queue_counts, waiting_items
from db.items import save_poll
from db.records import Changes, ParsedItem, Poll, PublishedDate
from db.users import find_user
from tests.desks import PASSWORD, SOURCES, TITLES, make_database, plain_news

ITEMS = 100_000
ROUNDS = 150
POLL_EVERY_SECONDS = 0.2
NOW = datetime(2021, 2, 10, 8, tzinfo=UTC)
ORIGIN = "http://desk.example"
ANSWERS: dict[int, int] = {}  # status → how often


def crawl(path: Path, stop: Event) -> None:
    """Polls that each bring fifty new items, until told to stop."""
    conn, number = open_database(path), 0
    while not stop.wait(POLL_EVERY_SECONDS):
        source = SOURCES[number % len(SOURCES)]
        title = TITLES[source.country][1]
        new = []
        for n in range(50):
            url = f"https://crawled.example/{number}/{n}"
            date = PublishedDate("2021-02-01", "day", "feed", "2021-02-01")
            new.append((ParsedItem(url, url, f"{title} {number} {n}", summary=title * 3, published=date), "hash"))
        poll = Poll(source.id, NOW, "new", 100, NOW + timedelta(hours=12), items_seen=50, items_new=50)
        save_poll(conn, poll, Changes(new=tuple(new)), language=source.language, country=source.country)
        suggest_tags(conn, now=NOW)
        number += 1
    conn.close()


@contextmanager
def crawling(path: Path) -> Iterator[None]:
    """Another process crawls meanwhile."""
    processes = multiprocessing.get_context("spawn")
    stop = processes.Event()
    process = processes.Process(target=crawl, args=(path, stop))
    process.start()
    try:
        yield
    finally:
        stop.set()
        process.join()


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
            "queue page": await measure(page(client, "/")),
            "queue page, a later one": await measure(page(client, "/?after=2020-01-01_50000")),
            "queue page, country and source": await measure(page(client, "/?country=MN&source=s3")),
            "queue page, language and period": await measure(page(client, "/?language=ko&since=2020-06-01")),
            "queue page, with a suggestion": await measure(page(client, "/?suggested=1")),
            "coverage page": await measure(page(client, "/-/coverage")),
            "queue page, likeliest first": await measure(page(client, "/?order=likely")),
            "decision": await measure(decisions(conn, client, token)),
        }
    conn.close()
    close_desk(desk)
    return found


def page(client: httpx.AsyncClient, address: str) -> Callable[[], Awaitable[None]]:
    """A page of the queue, each time."""

    async def get() -> None:
        answer = await client.get(address)
        ANSWERS[answer.status_code] = ANSWERS.get(answer.status_code, 0) + 1

    return get


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
    answer = await client.post("/-/login", data={"csrftoken": token, "name": "ying", "password": PASSWORD})
    assert answer.status_code == 303
    return token


def decisions(conn: sqlite3.Connection, client: httpx.AsyncClient, token: str) -> Callable[[], Awaitable[None]]:
    """A decision on the next waiting item, each time."""
    waiting = iter([row[0] for row in conn.execute("SELECT id FROM items WHERE state = 'new' ORDER BY id LIMIT 2000")])

    async def decide() -> None:
        fields = {"csrftoken": token, "item": next(waiting), "version": 1, "action": "impactful", "list": "new"}
        body = urlencode({**fields, "tag": "IFLA-2019-2024/SD1"})
        kind = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
        answer = await client.post("/-/decide", content=body, headers=kind)
        ANSWERS[answer.status_code] = ANSWERS.get(answer.status_code, 0) + 1

    return decide


def main() -> None:
    """The table, printed."""
    items = int(sys.argv[1]) if len(sys.argv) > 1 else ITEMS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "convenor.db"
        make_database(path, plain_news(items), index=True)
        with closing(open_database(path)) as conn:
            suggest_tags(conn, now=NOW)
        with crawling(path):
            found = asyncio.run(measure_desk(path))
        crawled = open_database(path).execute("SELECT count(*) FROM polls").fetchone()[0]
    base = statistics.median(found["SQL: one page of items"])
    print(f"{items} waiting items, {PAGE_SIZE} a page, {ROUNDS} rounds each, {crawled} polls saved meanwhile; ms")
    print(f"{'':32} {'median':>8} {'p95':>8} {'ratio':>8}")
    for name, times in found.items():
        median, p95 = statistics.median(times), statistics.quantiles(times, n=20)[18]
        print(f"{name:32} {median:8.2f} {p95:8.2f} {median / base:8.1f}")
    print("answers: " + ", ".join(f"{number} × {status}" for status, number in sorted(ANSWERS.items())))


if __name__ == "__main__":
    main()
