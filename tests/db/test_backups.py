"""A backup is whole or not there; a restore happens wholly or not at all, and loses nothing of what stood there."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from db.backups import backup, backup_in, restore
from db.connect import integrity, open_database, transaction
from db.errors import StoreError
from db.locks import running_alone

NOW = datetime(2021, 2, 10, 8, tzinfo=UTC)


def test_backup_is_complete_and_never_overwrites(conn: sqlite3.Connection, tmp_path: Path) -> None:
    target = tmp_path / "backup.db"
    backup(conn, target)
    copy = open_database(target)
    assert copy.execute("SELECT count(*) FROM sources").fetchone()[0] == 1
    copy.close()
    with pytest.raises(StoreError, match="exists already"):
        backup(conn, target)


def test_backup_that_fails_leaves_nothing(conn: sqlite3.Connection, tmp_path: Path) -> None:
    (tmp_path / ".copy.db.unfinished").write_bytes(b"half a copy, left by a run that was killed")
    conn.set_progress_handler(lambda: 1, 100)  # stops the copy in its middle
    with pytest.raises(StoreError):
        backup(conn, tmp_path / "copy.db")
    conn.set_progress_handler(None, 0)
    assert [path.name for path in tmp_path.iterdir() if "copy" in path.name] == []
    backup(conn, tmp_path / "copy.db")
    assert integrity(open_database(tmp_path / "copy.db")) == ()


def test_folder_keeps_the_newest_backups(conn: sqlite3.Connection, tmp_path: Path) -> None:
    """Also after the clock was set back: what was just made always stays. Nothing else is touched."""
    folder = tmp_path / "backups"
    instants = [NOW + timedelta(days=day) for day in (0, 1, 2, 3, -300)]
    made = [backup_in(conn, folder, keep=3, now=now).name for now in instants]
    assert made[0] == "convenor-2021-02-10T080000Z.db"
    assert sorted(path.name for path in folder.iterdir()) == sorted([made[2], made[3], made[4]])
    (folder / "convenor-of-may.db").touch()
    left = folder / f".{made[0]}.unfinished"
    left.touch()
    os.utime(left, (0, 0))  # of a run that was killed, long ago
    last = backup_in(conn, folder, keep=1, now=NOW + timedelta(days=9))
    assert sorted(folder.iterdir()) == [last, folder / "convenor-of-may.db"]


def regions(path: Path) -> list[str]:
    with closing(open_database(path)) as conn:
        return [row[0] for row in conn.execute("SELECT id FROM sub_regions ORDER BY position")]


def add_region(path: Path, name: str) -> None:
    with closing(open_database(path, create=True)) as conn, transaction(conn):
        conn.execute("INSERT INTO sub_regions VALUES (?1, ?1, 1)", (name,))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A database, and beside it `copy.db`, its backup of before something was added."""
    database = tmp_path / "convenor.db"
    add_region(database, "asia")
    with closing(open_database(database)) as conn:
        backup(conn, tmp_path / "copy.db")
    add_region(database, "oceania")
    return database


def test_restored_database_is_the_backup_and_the_old_one_is_kept(place: Path) -> None:
    kept = restore(place.with_name("copy.db"), place, now=NOW)
    assert kept == place.with_name("convenor.db.replaced-2021-02-10T080000Z")
    assert (regions(place), regions(kept)) == (["asia"], ["asia", "oceania"])
    assert restore(kept, place.with_name("other.db"), now=NOW) is None
    assert regions(place.with_name("other.db")) == ["asia", "oceania"]


def test_damaged_database_is_kept_as_it_is(place: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        place.with_name(f"convenor.db{suffix}").write_bytes(b"torn" * 5000)
    kept = restore(place.with_name("copy.db"), place, now=NOW)
    assert kept is not None and kept.read_bytes() == b"torn" * 5000
    assert regions(place) == ["asia"] and integrity(open_database(place)) == ()


def cut(copy: Path) -> None:
    copy.write_bytes(copy.read_bytes()[:-40_000])


def of_something_else(copy: Path) -> None:
    copy.unlink()
    with closing(sqlite3.connect(copy)) as conn:
        conn.execute("CREATE TABLE contacts (id INTEGER)")


def newer(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as conn, conn:
        conn.execute("INSERT INTO _sqlite_migrations VALUES (NULL, 'convenor', 'of_2031', '2031-01-01')")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        pytest.param(Path.unlink, "there is no backup at", id="missing"),
        pytest.param(lambda copy: copy.write_bytes(b""), "is empty", id="empty"),
        pytest.param(
            lambda copy: copy.write_text("sources:\n"), "is no database, or damaged .*; take another", id="text"
        ),
        pytest.param(cut, "damaged", id="cut"),
        pytest.param(of_something_else, "of something else", id="other database"),
        pytest.param(newer, "newer version of convenor", id="newer version"),
        pytest.param(
            lambda copy: shutil.copy(copy, copy.with_name("copy.db-wal")), "is no backup but", id="database in use"
        ),
    ],
)
def test_what_is_no_backup_changes_nothing(place: Path, spoil: Callable[[Path], object], sentence: str) -> None:
    copy, before = place.with_name("copy.db"), place.read_bytes()
    spoil(copy)
    with pytest.raises(StoreError, match=sentence):
        restore(copy, place, now=NOW)
    assert place.read_bytes() == before and not list(place.parent.glob("*replaced*"))


def test_database_in_use_is_not_replaced(place: Path) -> None:
    with closing(open_database(place)) as desk:
        desk.execute("SELECT * FROM sub_regions").fetchall()
        with pytest.raises(StoreError, match="in use; stop"):
            restore(place.with_name("copy.db"), place, now=NOW)
    with running_alone(place), pytest.raises(StoreError, match="`convenor run` is at work"):
        restore(place.with_name("copy.db"), place, now=NOW)
    with pytest.raises(StoreError, match="is the database itself"):
        restore(place, place, now=NOW)
    assert regions(place) == ["asia", "oceania"]
    assert sorted(path.name for path in place.parent.glob("*unfinished*")) == []
