from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from db.backups import backup
from db.connect import integrity, open_database, transaction
from db.errors import StoreError
from db.migrations import SCHEMA, STEPS, migrate
from tests.schema import schema_text


def test_missing_database_is_named_and_not_made(path: Path) -> None:
    with pytest.raises(StoreError, match=r"there is no database at .*convenor\.db"):
        open_database(path)
    assert not path.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(
            b"this is a letter, not a database" * 50, "damaged or is not a convenor database", id="not sqlite"
        ),
        pytest.param(
            b"SQLite format 3\x00" + b"\xff" * 4000, "damaged or is not a convenor database", id="torn header"
        ),
    ],
)
def test_damaged_file_is_a_clear_sentence(path: Path, content: bytes, sentence: str) -> None:
    path.write_bytes(content)
    with pytest.raises(StoreError, match=sentence):
        open_database(path)
    assert path.read_bytes() == content


def test_database_of_something_else_is_refused(path: Path) -> None:
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE recipes (name TEXT)")
    other.close()
    with pytest.raises(StoreError, match="database of something else"):
        open_database(path)


def test_locked_database_is_a_clear_sentence(path: Path) -> None:
    open_database(path, create=True).close()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="locked by another program"):
        open_database(path, busy_timeout_seconds=0.05)
    holder.close()


def test_folder_in_place_of_the_file_is_a_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot open"):
        open_database(tmp_path)


def test_new_database_is_sound_and_keeps_foreign_keys(conn: sqlite3.Connection) -> None:
    assert integrity(conn) == ()
    assert conn.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        conn.execute("INSERT INTO item_tags VALUES (1, 'UN-SDG', 'SDG4')")


def test_migrations_run_once(conn: sqlite3.Connection) -> None:
    assert migrate(conn) == ()
    told = Migrations("convenor").applied(Database(conn))  # by the tool that others look at it with
    assert [step.name for step in told] == list(STEPS)


def bare(sql: str) -> str:
    """Without what versions of SQLite write differently when they alter a table."""
    return re.sub(r"[\s\"]", "", sql)


def test_database_that_is_made_at_once_is_what_the_steps_would_make() -> None:
    assert bare(SCHEMA.read_text(encoding="utf-8")) == bare(schema_text()), "run `make schema`"
    by_steps, at_once = (sqlite3.connect(":memory:", isolation_level=None) for _ in range(2))
    assert migrate(by_steps, at_once=False) == migrate(at_once) == tuple(STEPS)
    told = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"
    assert [bare(str(row)) for row in at_once.execute(told)] == [bare(str(row)) for row in by_steps.execute(told)]
    for (table,) in by_steps.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        rows = f"SELECT * FROM {table}" if table != "_sqlite_migrations" else f"SELECT id, name FROM {table}"
        assert at_once.execute(rows).fetchall() == by_steps.execute(rows).fetchall()


def test_step_that_came_later_is_made_after_what_is_made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STEPS, "later", "ALTER TABLE items ADD COLUMN later TEXT;")
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as conn:
        assert migrate(conn)[-1] == "later"
        assert conn.execute("SELECT later FROM items").fetchall() == []


def test_failing_migration_leaves_nothing_behind(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STEPS, "broken", "CREATE TABLE half (id INTEGER);\nCREATE TABLE half (id INTEGER);\n")
    with pytest.raises(StoreError):
        open_database(path, create=True)
    monkeypatch.delitem(STEPS, "broken")
    connection = open_database(path)
    assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone()[0] == 0
    connection.close()


def test_transaction_rolls_back_whole(conn: sqlite3.Connection) -> None:
    with pytest.raises(RuntimeError), transaction(conn):
        conn.execute("UPDATE sources SET name = 'changed'")
        raise RuntimeError("stop here")
    assert conn.execute("SELECT name FROM sources").fetchone()[0] == "News"
    assert not conn.in_transaction


def test_only_its_owner_reads_a_database(tmp_path: Path) -> None:
    conn = open_database(tmp_path / "convenor.db", create=True)
    with transaction(conn):
        conn.execute("INSERT INTO sub_regions VALUES ('asia', 'Asia', 1)")
    backup(conn, tmp_path / "copy.db")
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes.keys() >= {"convenor.db", "convenor.db-wal", "copy.db"} and set(modes.values()) == {0o600}
