"""The search table: what must be found, over 2,400 items in five languages (`queries.tsv`).

An item should be found when its plain spelling says so; what is typed and what is stored are spelt otherwise, in width,
case, script and composition. `python -m bench.search` prints the same table with figures.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing

import pytest

from db.connect import open_database, transaction
from db.records import SourceRow, SubRegion
from db.search.items import index_everything, matching
from db.search.query import Query, parse, relaxed
from db.sources import register_sources
from tests.db.search.corpus import Item, corpus
from tests.db.search.table import NOTHING, Row, rows

TABLE = rows()
NAMES = [row for row in TABLE if row.kind == "name"]
MISTYPED = [row for row in TABLE if row.kind == "mistyped"]
MUST = [row for row in TABLE if row.kind not in ("name", "mistyped")]
Filled = tuple[sqlite3.Connection, list[Item]]


def fill(conn: sqlite3.Connection, items: Sequence[Item]) -> None:
    """The items are candidates of one source, numbered from 1."""
    register_sources(
        conn,
        [SourceRow("all", "All", "All", "INT", "all", "en", "feed", "https://all.example/")],
        [SubRegion("all", "All", {"INT": "International"})],
    )
    rows = (
        (number, f"https://all.example/{number}", f"https://all.example/{number}", item.title, item.summary,
         item.language, item.country, item.published_on)
        for number, item in enumerate(items, 1)
    )  # fmt: skip
    with transaction(conn):
        conn.executemany(
            "INSERT INTO items (id, source_id, url, canonical_url, title, summary, language, country, published_on,"
            " date_precision, date_source, first_seen_at, content_hash)"
            " VALUES (?, 'all', ?, ?, ?, ?, ?, ?, ?, 'day', 'list', '2021', '')",
            rows,
        )
    index_everything(conn)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    items = corpus()
    with closing(open_database(tmp_path_factory.mktemp("search") / "convenor.db", create=True)) as conn:
        fill(conn, items)
        yield conn, items


def found_by(conn: sqlite3.Connection, query: Query) -> set[int]:
    condition, values = matching(query)
    rows = conn.execute(f"SELECT i.id FROM items i JOIN sources s ON s.id = i.source_id WHERE {condition}", values)
    return {row[0] for row in rows}


def test_table_is_long_enough() -> None:
    assert len(corpus()) >= 2000
    assert len(TABLE) >= 120
    assert len({(row.kind, row.typed) for row in TABLE}) == len(TABLE)


@pytest.mark.parametrize("row", MUST, ids=str)
def test_everything_meant_is_found(filled: Filled, row: Row) -> None:
    conn, items = filled
    found, meant = found_by(conn, parse(row.typed)), row.of(items)
    assert [items[number - 1].clean for number in sorted(meant - found)] == []
    assert bool(meant) == (row.meant != NOTHING), "the row asks for something that the corpus has"


def test_little_else_is_found(filled: Filled) -> None:
    conn, items = filled
    precisions = [
        len(found & row.of(items)) / len(found) for row in MUST if (found := found_by(conn, parse(row.typed)))
    ]
    assert sum(precisions) / len(precisions) >= 0.97


@pytest.mark.parametrize("row", NAMES, ids=str)
def test_institution_is_found_by_its_names_in_other_scripts(filled: Filled, row: Row) -> None:
    conn, items = filled
    meant = row.of(items)
    assert len(meant) > 2
    assert len(found_by(conn, parse(row.typed)) & meant) / len(meant) >= 0.9


def test_names_bring_little_that_is_not_meant(filled: Filled) -> None:
    conn, items = filled
    made = {number for number, item in enumerate(items, 1) if item.about}
    precisions = []
    for row in NAMES:
        found = found_by(conn, parse(row.typed)) & made
        precisions.append(len(found & row.of(items)) / len(found))
    # What is typed is found wherever it stands: 国家图书馆 in the names of other countries' libraries, too.
    assert sum(precisions) / len(precisions) >= 0.82


@pytest.mark.parametrize("row", MISTYPED, ids=str)
def test_mistyped_word_finds_what_begins_like_it(filled: Filled, row: Row) -> None:
    conn, items = filled
    assert found_by(conn, parse(row.typed)) == set()
    meant = row.of(items)
    assert meant
    assert meant <= found_by(conn, relaxed(parse(row.typed)))
