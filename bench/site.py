"""How long publishing takes, and how fast the public site answers: `python -m bench.site [ACTIVITIES ...]`.

Median and 95th percentile of the pages over loopback, one request at a time; then requests a second of four at a time.
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
import uvicorn

from crawlers.sources import load_sources, shipped_sources
from db.connect import open_database, transaction
from db.sources import register_sources
from db.vocabularies import register_vocabularies, shipped_vocabularies
from publishing.public import publish
from publishing.site import make_site
from workplace import listen

PAGES = {
    "front page": "/",
    "activities, newest": "/public/activities",
    "activities, page 2": "/public/activities?_next=2024-06-01,1&_nofacet=1",
    "one country": "/public/activities?country_name=Japan",
    "one tag": "/public/activities?_tag=IFLA-2019-2024:SD1",
    "country and tag": "/public/activities?country_name=Japan&_tag=IFLA-2019-2024:SD1",
    "one activity": "/a/77",
    "page of a country": "/country/JP",
    "page of a tag": "/tag/IFLA-2019-2024/SD1",
    "JSON, 20 rows": "/public/activities.json?_shape=array",
    "search, one word": "/search?q=図書館",
    "search, two words and a tag": "/search?q=номын+展览+tag:SD2",
    "search, rare": "/search?q=4711",
    "search in the list": "/public/activities?_search=図書館+country:JP",
}
REQUESTS = 40
WORDS = (
    "図書館",
    "国家图书馆",
    "국립중앙도서관",
    "номын сан",
    "library",
    "展览",
    "セミナー",
    "학술회의",
    "exhibition",
    "reading",
)


def fill(conn: sqlite3.Connection, activities: int) -> None:
    """The working database holds as many curated items, of all shipped sources, dates and tags."""
    chance = random.Random(20210210)
    loaded = load_sources(shipped_sources())
    rows = [source.row() for source in loaded.sources]
    register_sources(conn, rows, loaded.regions())
    register_vocabularies(conn, shipped_vocabularies())
    text = "What was done, for whom, and what came of it. " * 12
    with transaction(conn):
        for number in range(1, activities + 1):
            source = chance.choice(rows)
            url = f"https://bench.example/{number}"
            title = " ".join(chance.choices(WORDS, k=6)) + f" {number}"
            day = f"{chance.randint(2019, 2026)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
            conn.execute(
                "INSERT INTO items (id, source_id, url, canonical_url, title, summary, text, language, country,"
                " published_on, date_precision, date_source, first_seen_at, last_seen_at, content_hash, state)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'day', 'list', '2021-02-10T08:00:00Z', '2021-02-10T08:00:00Z',"
                " 'hash', 'impactful')",
                (number, source.id, url, url, title, text, text * 4, source.language, source.country, day),
            )
            codes = chance.sample(("SD1", "SD2", "SD3", "SD4"), k=chance.randint(1, 2))
            tags = [(number, "IFLA-2019-2024", code) for code in codes]
            conn.executemany("INSERT INTO item_tags (item_id, vocabulary, code) VALUES (?, ?, ?)", tags)


@contextmanager
def served(path: Path) -> Iterator[httpx.Client]:
    """The site answers on loopback."""
    server = uvicorn.Server(uvicorn.Config(make_site(path), log_level="warning", lifespan="on", ws="none"))
    listener = listen("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=60) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()


def seconds(work: Callable[[], object]) -> float:
    """How long the work took."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(client: httpx.Client, path: str) -> str:
    """One line of figures of a page; SystemExit when it does not answer."""

    def ask(_: int = 0) -> None:
        if client.get(path).status_code != 200:
            raise SystemExit(f"{path} does not answer")

    ask()
    times = sorted(seconds(ask) * 1000 for _ in range(REQUESTS))
    with ThreadPoolExecutor(4) as several:
        together = seconds(lambda: list(several.map(ask, range(REQUESTS))))
    return f"{statistics.median(times):8.1f} {times[int(REQUESTS * 0.95)]:8.1f} {REQUESTS / together:8.0f}"


def main(counts: list[int]) -> None:
    """The table is printed."""
    for count in counts:
        with tempfile.TemporaryDirectory() as folder:
            working, public = Path(folder) / "convenor.db", Path(folder) / "public.db"
            with closing(open_database(working, create=True)) as conn:
                fill(conn, count)
                took = seconds(partial(publish, conn, public, now=datetime.now(UTC)))
            size = public.stat().st_size / 1e6
            print(f"\n{count:,} activities: published in {took:.2f} s, {size:.1f} MB")
            print(f"{'page':24}{'p50 ms':>8} {'p95 ms':>8} {'req/s':>8}")
            with served(public) as client:
                for name, path in PAGES.items():
                    print(f"{name:24}{measure(client, path)}")


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [10_000, 100_000])
