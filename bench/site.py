"""How long publishing takes, and how fast the public site answers: `python -m bench.site [ACTIVITIES ...]`.

Median and 95th percentile of the pages over loopback, one request at a time; then requests a second of four at a time.
Then `convenor site` as a process of its own, asked by four at once while another build is put in place ten times: what
failed, which answers mixed two builds, how long it took at the 99th percentile, and the memory of the process.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
import uvicorn

from crawlers.sources import load_sources, shipped_sources
from db.connect import open_database, transaction
from db.public_file import fingerprint_of
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
    "page of a country, end": "/country/JP?after=2019-02-01_1",
    "feed": "/feed.atom",
    "JSON, 20 rows": "/public/activities.json?_shape=array",
    "search, one word": "/search?q=図書館",
    "search, two words and a tag": "/search?q=номын+展览+tag:SD2",
    "search, rare": "/search?q=4711",
    "search in the list": "/public/activities?_search=図書館+country:JP",
}
REQUESTS = 40
SWAPS = 10
LOADED = {  # what is asked while builds are swapped
    "front page": "/",
    "activities, with facets": "/public/activities",
    "search": "/search?q=図書館",
    "search in the list": "/public/activities?_search=図書館+country:JP",
    "one activity": "/a/77",
    "page of a country": "/country/JP",
    "page of a tag": "/tag/IFLA-2019-2024/SD1",
    "one tag, with facets": "/public/activities?_tag=IFLA-2019-2024:SD1",
    "feed": "/feed.atom",
}
EDITIONS = ("edition-first", "edition-second")  # every title of a build ends with its own, by which answers are told
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
            title = " ".join((*chance.choices(WORDS, k=6), str(number), EDITIONS[0]))
            day = f"{chance.randint(2019, 2026)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
            conn.execute(
                "INSERT INTO items (id, source_id, url, canonical_url, title, summary, text, language, country,"
                " published_on, date_precision, date_source, first_seen_at, content_hash, state)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'day', 'list', '2021-02-10T08:00:00Z',"
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
    start = time.process_time()
    times = sorted(seconds(ask) * 1000 for _ in range(REQUESTS))
    processor = (time.process_time() - start) / REQUESTS * 1000  # of site and asker, whatever else the machine does
    with ThreadPoolExecutor(4) as several:
        together = seconds(lambda: list(several.map(ask, range(REQUESTS))))
    figures = (statistics.median(times), times[int(REQUESTS * 0.95)], processor, REQUESTS / together)
    return " ".join(f"{figure:8.1f}" for figure in figures)


@dataclass
class Load:
    """What several who ask at once were answered."""

    milliseconds: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in LOADED})
    failed: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)

    def ask(self, base: str, totals: tuple[str, ...], done: threading.Event) -> None:
        """All of LOADED, again and again, until it is done. Each edition has so many activities in all."""
        with httpx.Client(base_url=base, timeout=60) as client:
            while not done.is_set():
                for name, path in LOADED.items():
                    start = time.perf_counter()
                    answer = client.get(path)
                    self.milliseconds[name].append((time.perf_counter() - start) * 1000)
                    if answer.status_code != 200:
                        self.failed.append(f"{path} answered {answer.status_code}")
                    elif sum(edition in answer.text or total in answer.text
                             for edition, total in zip(EDITIONS, totals, strict=True)) != 1:  # fmt: skip
                        self.mixed.append(path)


def megabytes(process: int, what: str) -> float:
    """The memory of the process: `VmRSS` now, `VmHWM` the most so far."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return float(next(line for line in lines if line.startswith(what)).split()[1]) / 1024


def take_turn(build: Path, public: Path) -> str:
    """A copy of the build stands at `public`, as publishing puts it there; its fingerprint."""
    beside = public.with_name("beside.db")
    shutil.copyfile(build, beside)
    os.replace(beside, public)
    return fingerprint_of(build)


def print_swaps(conn: sqlite3.Connection, public: Path) -> None:
    """The site as a process of its own, given another build again and again while it is asked."""
    builds = [public.with_name(f"{name}.db") for name in ("one", "other")]
    shutil.copyfile(public, builds[1])
    conn.execute("UPDATE items SET state = 'dismissed' WHERE id = (SELECT max(id) FROM items)")
    conn.execute("UPDATE items SET title = replace(title, ?, ?)", EDITIONS)
    fewer = publish(conn, builds[0], now=datetime.now(UTC)).activities
    totals = (f"{fewer + 1:,}", f"{fewer:,}")
    command = [sys.executable, "-m", "convenor", "site", "--db", str(public), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = re.search(r"http://\S+?:\d+", process.stdout.readline())
        assert address is not None
        httpx.get(address[0], timeout=60)  # it is there
        load, done = Load(), threading.Event()
        before, seen = megabytes(process.pid, "VmRSS"), list[float]()
        askers = [threading.Thread(target=load.ask, args=(address[0], totals, done)) for _ in range(4)]
        start = time.perf_counter()
        for thread in askers:
            thread.start()
        for number in range(SWAPS):
            wanted = take_turn(builds[number % 2], public)
            with httpx.Client(base_url=address[0], timeout=60) as client:
                while wanted not in client.get("/public/about.json").text:
                    time.sleep(0.1)  # the site tells nobody when it has taken a build over, so it is asked again
            seen.append(megabytes(process.pid, "VmRSS"))
        done.set()
        for thread in askers:
            thread.join()
        took = time.perf_counter() - start
        most = megabytes(process.pid, "VmHWM")
        process.terminate()
    asked = sum(map(len, load.milliseconds.values()))
    print(f"\n{SWAPS} swaps in {took:.0f} s, asked by four at once: {asked:,} requests, {asked / took:.0f} a second,"
          f" {len(load.failed)} failed {load.failed[:3]}, {len(load.mixed)} mixed {load.mixed[:3]}")  # fmt: skip
    print(f"memory of the process: {before:.0f} MB before, {seen[0]:.0f} MB after the first swap,"
          f" {seen[-1]:.0f} MB after the last, {most:.0f} MB at most")  # fmt: skip
    print(f"{'page':24}{'asked':>8} {'p50 ms':>8} {'p99 ms':>8}")
    for name, times in load.milliseconds.items():
        ordered = sorted(times)
        print(f"{name:24}{len(ordered):8} {statistics.median(ordered):8.1f} {ordered[int(len(ordered) * 0.99)]:8.1f}")


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
            print(f"{'page':24}{'p50 ms':>8} {'p95 ms':>8} {'CPU ms':>8} {'req/s':>8}")
            with served(public) as client:
                for name, path in PAGES.items():
                    print(f"{name:24}{measure(client, path)}")
            with closing(open_database(working)) as conn:
                print_swaps(conn, public)


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [10_000, 100_000])
