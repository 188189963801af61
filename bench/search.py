"""How well and how fast the search finds: `python -m bench.search [ITEMS ...]` (100,000 unless told).

First the search table of the tests, with recall and precision of our index and of FTS5's own `unicode61` and `trigram`;
then, over so many items, build time, size, and milliseconds for the first page of each query of the table.
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path

from db.connect import open_database, transaction
from db.records import SourceRow, SubRegion
from db.search.items import AT_ONCE, index_items, matching, ranked
from db.search.query import parse
from db.sources import register_sources
from tests.db.search.corpus import Item, corpus
from tests.db.search.table import Row, rows

Find = Callable[[str], set[int]]
TOKENIZERS = {"unicode61": "unicode61", "trigram": "trigram"}
INSERT = (
    "INSERT INTO items (id, source_id, url, canonical_url, title, summary, text, language, country, published_on,"
    " date_precision, date_source, first_seen_at, content_hash)"
    " VALUES (?, 'all', ?, ?, ?, ?, ?, ?, ?, ?, 'day', 'list', '2021', '')"
)


def texts(number: int, items: Sequence[Item], chance: random.Random) -> tuple[str, str, str]:
    """Title, summary and some hundred characters of text of a made item, in one language and mostly of one thing."""
    one = items[number % len(items)]
    others = chance.choices([item for item in items[-400:] if item.language == one.language] or items[-400:], k=5)
    return one.title, one.summary, "\n".join((one.title, *(other.clean for other in others)))


def fill(conn: sqlite3.Connection, count: int, *, with_text: bool) -> float:
    """The working database holds so many items in its index; the seconds that indexing took."""
    items, chance = corpus(), random.Random(7)
    source = SourceRow("all", "All", "All", "INT", "all", "en", "feed", "https://all.example/")
    register_sources(conn, [source], [SubRegion("all", "All", {"INT": "International"})])
    took = 0.0
    for first in range(0, count, AT_ONCE):
        with transaction(conn):
            conn.executemany(
                INSERT, (_row(n, items, chance, with_text) for n in range(first, min(first + AT_ONCE, count)))
            )
            start = time.perf_counter()
            index_items(conn)
        took += time.perf_counter() - start
    return took


def _row(number: int, items: Sequence[Item], chance: random.Random, with_text: bool) -> tuple[object, ...]:
    item, (title, summary, text) = items[number % len(items)], texts(number, items, chance)
    url = f"https://all.example/{number}"
    return (
        number + 1,
        url,
        url,
        title,
        summary,
        text if with_text else "",
        item.language,
        item.country,
        item.published_on,
    )


def ours(conn: sqlite3.Connection) -> Find:
    """What our search finds."""

    def find(typed: str) -> set[int]:
        condition, values = matching(parse(typed))
        found = conn.execute(f"SELECT i.id FROM items i JOIN sources s ON s.id = i.source_id WHERE {condition}", values)
        return {row[0] for row in found}

    return find


def plain(tokenizer: str, documents: Iterable[tuple[str, str, str]]) -> tuple[sqlite3.Connection, float]:
    """An FTS5 index as it comes, over the same texts and filled in the same steps, and the seconds that it took."""
    conn = sqlite3.connect(":memory:", isolation_level=None)
    conn.execute(
        f"CREATE VIRTUAL TABLE words USING fts5 (title, summary, text, content = '', tokenize = '{tokenizer}')"
    )
    took, rest = 0.0, enumerate(documents, 1)
    while rows_ := [(number, *document) for number, document in islice(rest, AT_ONCE)]:
        start = time.perf_counter()
        with transaction(conn):
            conn.executemany("INSERT INTO words (rowid, title, summary, text) VALUES (?, ?, ?, ?)", rows_)
        took += time.perf_counter() - start
    return conn, took


def found_plainly(conn: sqlite3.Connection) -> Find:
    """What the index as it comes finds for the words as they are typed."""

    def find(typed: str) -> set[int]:
        asked = " ".join('"{}"'.format(word.replace('"', "")) for word in typed.split())
        return {row[0] for row in conn.execute("SELECT rowid FROM words WHERE words MATCH ?", (asked,))}

    return find


def quality(find: Find, wanted: Sequence[Row], items: Sequence[Item]) -> str:
    """Mean recall and precision over the rows that mean something."""
    recalls, precisions = [], []
    for row in wanted:
        found, meant = find(row.typed), row.of(items)
        if meant:
            recalls.append(len(found & meant) / len(meant))
        if found:
            precisions.append(len(found & meant) / len(found))
    precision = f"{statistics.mean(precisions):10.3f}" if precisions else f"{'-':>10}"
    return f"{statistics.mean(recalls):8.3f} {precision}"


def print_quality(folder: Path) -> None:
    """The search table, for our index and two as they come."""
    items = corpus()
    table = [row for row in rows() if row.kind != "mistyped"]
    with closing(open_database(folder / "table.db", create=True)) as conn:
        fill(conn, len(items), with_text=False)
        finders = {"ours": ours(conn)}
        for name, tokenizer in TOKENIZERS.items():
            finders[name] = found_plainly(plain(tokenizer, ((i.title, i.summary, "") for i in items))[0])
        print(f"{len(table)} queries over {len(items):,} items")
        print(f"{'index':12}{'kind':28}{'queries':>8}{'recall':>9}{'precision':>11}")
        for name, find in finders.items():
            for kind in ("all but names", *dict.fromkeys(row.kind for row in table)):
                wanted = [row for row in table if row.kind == kind or (kind == "all but names" and row.kind != "name")]
                print(f"{name:12}{kind:28}{len(wanted):8} {quality(find, wanted, items)}")


def pages(conn: sqlite3.Connection) -> Iterator[tuple[str, float, float]]:
    """Each query of the table with the milliseconds of its ranked results, by the clock and of the processor alone."""
    for row in rows():
        query = parse(row.typed)
        clock, processor = time.perf_counter(), time.process_time()
        ranked(conn, query)
        yield row.typed, (time.perf_counter() - clock) * 1000, (time.process_time() - processor) * 1000


def spread(name: str, times: Sequence[tuple[str, float]]) -> str:
    """Median, 95th percentile and the longest of the times."""
    ordered = sorted(times, key=lambda pair: pair[1])
    median, p95 = (ordered[int(len(ordered) * part)][1] for part in (0.5, 0.95))
    typed, longest = ordered[-1]
    return (
        f"{name:13}{len(times)} queries: median {median:.1f} ms, p95 {p95:.1f} ms, longest {longest:.1f} ms ({typed})"
    )


def print_speed(folder: Path, count: int) -> None:
    """Build time, size and speed over so many items."""
    path = folder / f"{count}.db"
    with closing(open_database(path, create=True)) as conn:
        took = fill(conn, count, with_text=True)
        size = conn.execute("SELECT sum(length(block)) FROM item_words_data").fetchone()[0]
        characters = conn.execute("SELECT sum(length(title) + length(summary) + length(text)) FROM items").fetchone()[0]
        list(pages(conn))
        times = list(pages(conn))
    print(f"\n{count:,} items of {characters / count:.0f} characters")
    print(
        f"ours         built in {took:6.1f} s ({took / count * 50_000:.1f} ms for a poll of 50), {size / 1e6:6.1f} MB"
    )
    print(spread("by the clock", [(typed, clock) for typed, clock, _ in times]))
    print(spread("processor", [(typed, processor) for typed, _, processor in times]))
    items, chance = corpus(), random.Random(7)
    for name, tokenizer in TOKENIZERS.items():
        conn, took = plain(tokenizer, (texts(number, items, chance) for number in range(count)))
        size = conn.execute("SELECT sum(length(block)) FROM words_data").fetchone()[0]
        print(f"{name:12} built in {took:6.1f} s, {size / 1e6:6.1f} MB")
        conn.close()


def main(counts: list[int]) -> None:
    """The tables are printed."""
    with tempfile.TemporaryDirectory() as folder:
        print_quality(Path(folder))
        for count in counts:
            print_speed(Path(folder), count)


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [100_000])
