"""What a database from before marks were kept becomes, and that nothing known is looked for without an index."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import takewhile
from pathlib import Path

import pytest

from db.connect import connect, open_database, transaction
from db.identities import have_marks, items_at, items_named, items_with_ids, save_marks, siblings_of, unmarked_items
from db.items import unread_articles
from db.migrations import STEPS, migrate
from db.records import Marks, Name

NAME = Name("openingo", "openingofthehall", "2021-02-01")


@pytest.fixture
def older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A database as it was before the step `identity`, with two items."""
    path = tmp_path / "older.db"
    with closing(connect(path)) as conn, monkeypatch.context() as then:
        then.setattr("db.migrations.STEPS", {name: STEPS[name] for name in takewhile(lambda n: n != "identity", STEPS)})
        migrate(conn)
        conn.execute("INSERT INTO sources VALUES ('num', 'N', 'L', 'MN', 'nea', 'mn', 'feed', 'https://a.example/', 1)")
        for number, own_id in ((1, "id-1"), (2, None)):
            conn.execute(
                "INSERT INTO items (source_id, source_item_id, url, canonical_url, title, language, country,"
                " first_seen_at, last_seen_at, content_hash) VALUES ('num', ?, ?2, ?2, 'News', 'mn', 'MN',"
                " '2021-02-01T08:00:00Z', '2021-02-03T08:00:00Z', '')",
                (own_id, f"https://a.example/{number}"),
            )
    yield path


def test_an_older_database_knows_its_ids_at_once_and_lists_what_has_still_to_be_marked(older: Path) -> None:
    with closing(open_database(older)) as conn:
        assert [item.id for item in items_with_ids(conn, "num", ["id-1", "id-2"]).values()] == [1]
        assert [item.id for item in unmarked_items(conn, limit=9)] == [1, 2]
        with transaction(conn):
            save_marks(conn, "num", [(1, Marks("a.example/1", "https://a.example/1", None, NAME))], on="2021-02-01")
            have_marks(conn, [1])
        assert [item.id for item in unmarked_items(conn, limit=9)] == [2]
        assert items_at(conn, "num", ["a.example/1", "a.example/2"])["a.example/1"].id == 1
        (named,) = items_named(conn, siblings_of(conn, "num"), [(NAME.stem, "2021-01-31", "2021-02-02")], ())
        assert (named.item.id, named.name, named.language) == (1, NAME, "mn")


def test_the_newest_claim_to_an_address_or_id_counts(older: Path) -> None:
    with closing(open_database(older)) as conn, transaction(conn):
        for item_id in (1, 2):
            save_marks(conn, "num", [(item_id, Marks("a.example/x", "https://a.example/x", "x"))], on="2021-02-01")
        assert items_at(conn, "num", ["a.example/x"])["a.example/x"].id == 2
        assert items_with_ids(conn, "num", ["x"])["x"].id == 2


def test_every_lookup_of_a_poll_goes_through_an_index(conn: sqlite3.Connection) -> None:
    asked: list[str] = []
    conn.set_trace_callback(asked.append)
    items_at(conn, "ndl-en", ["a"])
    items_with_ids(conn, "ndl-en", ["a"])
    siblings_of(conn, "ndl-en")
    items_named(conn, ["ndl-en"], [("a", "b", "c")], [NAME])
    for missing_only in (True, False):
        unread_articles(conn, "ndl-en", limit=9, missing_only=missing_only)
    conn.set_trace_callback(None)
    for statement in asked:
        for row in conn.execute(f"EXPLAIN QUERY PLAN {statement}"):
            scanned = row["detail"].startswith("SCAN") and not row["detail"].startswith(("SCAN k", "SCAN json_each"))
            assert not scanned, (statement, row["detail"])
