"""Opening the working database, and the one way to change it.

Every write is one short `BEGIN IMMEDIATE` transaction through `transaction`: a deferred one that reads before it writes
fails at once with SQLITE_BUSY_SNAPSHOT when another process commits in between, whatever the busy timeout.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from db.errors import StoreError

BUSY_TIMEOUT_SECONDS = 15.0


def open_database(
    path: Path, *, create: bool = False, busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS
) -> sqlite3.Connection:
    """A connection to the working database with its schema up to date; StoreError says what is wrong with the file.

    A missing file, or an empty one, is made one only when `create` is given.
    """
    if not create and path.is_file() and not path.stat().st_size:
        raise StoreError(f"{path} is empty: nothing was ever written to it, or all of it was lost")
    if not create and not path.exists():
        raise StoreError(f"there is no database at {path}; make one with `convenor init` or name another with --db")
    with refusals(path):
        if not path.exists():
            make_private(path)
        conn = connect(path, busy_timeout_seconds=busy_timeout_seconds)
        try:
            _bring_up_to_date(conn, path)
            # What takes a statement back that fails half-way; in a file it is as much as all that is saved. Only now,
            # for the index that a migration makes of a million items may well need a file.
            conn.execute("PRAGMA temp_store = MEMORY")
        except BaseException:
            conn.close()
            raise
    return conn


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The working database for one piece of work: opened, its refusals told as StoreError, and closed in the end."""
    with refusals(path), closing(open_database(path)) as conn:
        yield conn


def connect(path: Path | str, *, busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS) -> sqlite3.Connection:
    """A connection with foreign keys, WAL and named columns; the schema is left as it is."""
    conn = sqlite3.connect(
        path,
        timeout=busy_timeout_seconds,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=512,  # one for each number of rows that are saved together
    )
    try:
        prepare(conn, busy_timeout_seconds=busy_timeout_seconds)
        conn.row_factory = sqlite3.Row
        conn.execute("PRAGMA page_size = 8192")  # of a new file: half as many to write as of 4,096
        conn.execute("PRAGMA journal_mode = WAL")
    except BaseException:
        conn.close()
        raise
    return conn


# Without them sqlite3 makes an error for each such value and forgets it, which costs more than to hand the value over.
sqlite3.register_adapter(type(None), lambda none: none)
sqlite3.register_adapter(bytes, bytes)


def prepare(conn: sqlite3.Connection, *, busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS) -> None:
    """The connection keeps foreign keys, waits for a lock, and syncs as WAL needs."""
    conn.execute(f"PRAGMA busy_timeout = {round(busy_timeout_seconds * 1000)}")
    conn.execute("PRAGMA foreign_keys = ON")
    conn.execute("PRAGMA synchronous = NORMAL")
    conn.execute("PRAGMA cache_size = -12000")  # kB: the upper pages of every index of a million items
    conn.execute("PRAGMA wal_autocheckpoint = 4000")  # pages; each checkpoint waits for the disk


def file_of(conn: sqlite3.Connection) -> Path:
    """The file that a connection works on; an empty path for a database in memory."""
    return Path(conn.execute("PRAGMA database_list").fetchone()["file"])


@contextmanager
def transaction(conn: sqlite3.Connection, *, keep: bool = True) -> Iterator[sqlite3.Connection]:
    """All or nothing: commits at the end, rolls back on any error. Joins a transaction that is already open.

    Without `keep` it is a rehearsal: all is done as otherwise, and then taken back.
    """
    if conn.in_transaction:
        yield conn
        return
    conn.execute("BEGIN IMMEDIATE")
    try:
        yield conn
    except BaseException:
        conn.rollback()
        raise
    if keep:
        conn.commit()
    else:
        conn.rollback()


@contextmanager
def refusals(path: Path) -> Iterator[None]:
    """SQLite's own errors leave as StoreError with a sentence for the person at the terminal."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise StoreError(explain(error, path)) from error
    except OSError as error:
        raise StoreError(f"cannot use {path}") from error


def explain(error: sqlite3.DatabaseError, path: Path) -> str:
    """The sentence for what SQLite refuses."""
    text = str(error)
    if "locked" in text or "busy" in text:
        return f"{path} is locked by another program; wait for it or stop it, then try again"
    if "not a database" in text or "malformed" in text or "corrupt" in text:
        return f"{path} is damaged or is not a convenor database; restore the last backup"
    if "unable to open" in text:
        return f"cannot open {path}: is it a file in a folder that you may write to?"
    if "disk is full" in text or "disk I/O" in text:
        return f"{path} cannot be written: is the disk full?"
    if "readonly" in text:
        return f"{path}, its folder, or the -wal and -shm beside it may not be written by you"
    return f"{path} refused the work"


def _bring_up_to_date(conn: sqlite3.Connection, path: Path) -> None:
    from db.migrations import migrate

    check_ours(conn, path)
    migrate(conn)


def check_ours(conn: sqlite3.Connection, path: Path) -> None:
    """StoreError where the tables are those of another program, or of a newer version of this one."""
    from db.migrations import unknown_steps

    tables = {row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if tables and "items" not in tables:
        raise StoreError(f"{path} is a database of something else")
    if tables and unknown_steps(conn):
        raise StoreError(f"{path} was written by a newer version of convenor; install that one, or go back to a backup")


def make_private(path: Path) -> None:
    """An empty file that its owner alone can read stands there: SQLite gives its helpers beside it the same mode."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def integrity(conn: sqlite3.Connection) -> tuple[str, ...]:
    """What SQLite finds wrong with the file; empty when it is sound."""
    found = [str(row[0]) for row in conn.execute("PRAGMA integrity_check")]
    found += [
        f"row {row[1]} of {row[0]} points to a missing row of {row[2]}"
        for row in conn.execute("PRAGMA foreign_key_check")
    ]
    return tuple(line for line in found if line != "ok")
