"""What it costs to hold a feed of 30 items against a database and to save it, for databases of two sizes.

python bench/identity.py [--sizes 10000 1000000] [--rounds 60]

Five polls are measured: every item known, three of them new, three of them edited, ids and addresses all changed, and
every item new. The database is filled by SQL in the form in which polls leave it, but for the search index, which comes
later and has a bench of its own. The time is that of the processor, since others use the machine too.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

sys.path.insert(0, str(Path(__file__).parent.parent))

from crawlers.entries import content_hash, distinct, entries_of
from crawlers.known import mark_all, what_is_new
from crawlers.sources import Source
from db.connect import open_database, transaction
from db.items import save_poll
from db.records import ParsedItem, Poll, PublishedDate, SubRegion
from db.sources import register_sources

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
SOURCES = 100
FEED = 30
SUBJECTS = ("exhibition", "lecture", "reading week", "donation", "training course", "opening", "agreement", "catalogue")


def source(number: int) -> Source:
    return Source(
        id=f"library-{number}",
        name=f"News of library {number}",
        institution=f"Library {number}",
        country="JP",
        sub_region="all",
        language="en",
        kind="feed",
        url=f"https://library-{number}.example/feed",
    )


def item(source_number: int, number: int) -> ParsedItem:
    url = f"https://library-{source_number}.example/news/{number}"
    day = date(2026, 2, 28) - timedelta(days=number // 3 % 3_000)
    title = f"The {SUBJECTS[number % 8]} number {number} of the library is announced"
    return ParsedItem(
        url, url, title, f"id-{number}", f"All about number {number}.", PublishedDate(day.isoformat(), "day", "feed")
    )


def fill(conn: sqlite3.Connection, size: int) -> None:
    """So many items are in the database, shared by the sources alike, newest first."""
    register_sources(conn, [source(number).row() for number in range(SOURCES + 1)], [SubRegion("all", "All", {})])
    columns = "source_id, source_item_id, url, canonical_url, title, summary, language, country, published_on,"
    columns += " date_precision, date_source, first_seen_at, content_hash, article_read_at"
    for first in range(0, size // SOURCES, 100):
        rows = []
        for number in range(first, min(first + 100, size // SOURCES)):
            for owner in range(SOURCES):
                one = item(owner, number)
                day, seen = one.published.on, f"{one.published.on}T08:00:00Z"
                told = (f"library-{owner}", one.source_item_id, one.url, one.canonical_url, one.title, one.summary)
                rows.append((*told, "en", "JP", day, "day", "feed", seen, content_hash(one), seen))
        with transaction(conn):
            conn.executemany(f"INSERT INTO items ({columns}) VALUES ({', '.join('?' * 14)})", rows)
    conn.execute("UPDATE items_done SET up_to = (SELECT max(id) FROM items)")
    conn.execute("INSERT INTO item_ids SELECT source_id, source_item_id, id, substr(first_seen_at, 1, 10) FROM items")


def poll(conn: sqlite3.Connection, of: Source, parsed: Sequence[ParsedItem], at: datetime) -> int:
    """What a pass does with a page that was read; how many items are new."""
    with transaction(conn):
        entries = distinct(entries_of(parsed))
        changes = what_is_new(conn, of, entries)
        row = Poll(of.id, at, "new", 1, at, items_seen=len(entries), items_new=len(changes.new))
        save_poll(conn, row, changes, language="en", country="JP")
    return len(changes.new)


def known(owner: int, turn: int) -> list[ParsedItem]:
    return [item(owner, number) for number in range(FEED)]


def with_new(owner: int, turn: int) -> list[ParsedItem]:
    fresh = [item(owner, 10_000_000 + 3 * turn + number) for number in range(3)]
    return [
        *(replace(one, published=PublishedDate("2026-03-01", "day", "feed")) for one in fresh),
        *known(owner, turn)[3:],
    ]


def edited(owner: int, turn: int) -> list[ParsedItem]:
    page = known(owner, turn)
    return [*(replace(one, title=f"{one.title}, edition {turn}") for one in page[:3]), *page[3:]]


def moved(owner: int, turn: int) -> list[ParsedItem]:
    url = f"https://moved-{turn}.example/{{}}"
    return [
        replace(one, url=url.format(n), canonical_url=url.format(n), source_item_id=f"{turn}-{n}")
        for n, one in enumerate(known(owner, turn))
    ]


def unknown(owner: int, turn: int) -> list[ParsedItem]:
    first = 20_000_000 + FEED * turn
    return [item(SOURCES, number) for number in range(first, first + FEED)]


POLLS: dict[str, tuple[Callable[[int, int], list[ParsedItem]], int]] = {
    "all known": (known, 0),
    "3 of 30 new": (with_new, 3),
    "3 of 30 edited": (edited, 0),
    "ids, host and paths all changed": (moved, 0),
    "all 30 new": (unknown, FEED),
}


def measured(path: Path, size: int, rounds: int) -> dict[str, float]:
    """Milliseconds of each kind of poll, the median; a source is polled once, as in a pass over many."""
    conn = open_database(path, create=True)
    fill(conn, size)
    began = time.process_time()
    mark_all(conn)
    took = {"marking an older database, each 1,000 items": (time.process_time() - began) * 1e6 / size}
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()
    conn = open_database(path)
    for name, (page, new) in POLLS.items():
        times = []
        for turn in range(rounds):
            owner = turn % SOURCES
            of, parsed = source(SOURCES if page is unknown else owner), page(owner, turn)
            at = NOW + timedelta(minutes=turn)
            began = time.process_time()
            found = poll(conn, of, parsed, at)
            times.append((time.process_time() - began) * 1000)
            assert found == new, (name, found)
        took[name] = statistics.median(times)
    conn.close()
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=100)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tables = [measured(Path(folder) / f"{size}.db", size, asked.rounds) for size in asked.sizes]
    head = " | ".join(f"{size:,} items" for size in asked.sizes)
    print(f"| milliseconds | {head} | ratio |")
    print("| --- |" + " ---: |" * (len(asked.sizes) + 1))
    for name in tables[0]:
        cells = " | ".join(f"{table[name]:.2f}" for table in tables)
        print(f"| {name} | {cells} | {tables[-1][name] / tables[0][name]:.2f} |")


if __name__ == "__main__":
    main()
