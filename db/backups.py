"""Copies of the whole database: made while others use it, and put back in its place."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from db.connect import check_ours, integrity, make_private, open_database, refusals
from db.errors import StoreError
from db.locks import passing_alone, running_alone

_BESIDE = ("", "-wal", "-shm")  # what a database consists of
_DATED = "convenor-????-??-??T??????Z.db"
_LEFT_BEHIND = timedelta(days=1)  # so old, what is unfinished is of a run that was killed


def backup(conn: sqlite3.Connection, target: Path) -> None:
    """A complete copy stands at `target`, also while others write, or nothing does; an existing file stays as it is."""
    if target.exists():
        raise StoreError(f"{target} exists already; name a new file")
    unfinished = target.with_name(f".{target.name}.unfinished")
    with refusals(target):
        try:
            unfinished.unlink(missing_ok=True)  # of a run that was killed
            make_private(unfinished)
            conn.execute("VACUUM INTO ?", (str(unfinished),))
            with unfinished.open("rb") as copy:
                os.fsync(copy.fileno())
            unfinished.rename(target)
        finally:
            unfinished.unlink(missing_ok=True)


def backup_in(conn: sqlite3.Connection, folder: Path, *, keep: int | None, now: datetime) -> Path:
    """A complete copy stands in the folder, made where there was none; of all such the newest `keep` stay."""
    target = folder / f"convenor-{now:%Y-%m-%dT%H%M%SZ}.db"
    with refusals(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
        for path in folder.glob(f".{_DATED}.unfinished"):
            if datetime.fromtimestamp(path.stat().st_mtime, UTC) < now - _LEFT_BEHIND:
                path.unlink(missing_ok=True)
    backup(conn, target)
    if keep is not None:
        # By name but for this one, which a clock set back does not make the oldest.
        earlier = sorted(set(folder.glob(_DATED)) - {target}, reverse=True)
        with refusals(folder):
            for path in earlier[keep - 1 :]:
                path.unlink(missing_ok=True)
    return target


def restore(copy: Path, database: Path, *, now: datetime) -> Path | None:
    """The database is what the copy holds, brought up to date; where that is kept now which stood there before.

    StoreError when the copy is missing, damaged or of something else, or the database in use: then nothing has changed.
    """
    _check(copy, database)
    with running_alone(database), passing_alone(database), _replacement(copy, database) as ready:
        kept = _set_aside(database, now)
        ready.rename(database)
    return kept


def _check(copy: Path, database: Path) -> None:
    if not copy.is_file():
        raise StoreError(f"there is no backup at {copy}")
    if database.exists() and copy.samefile(database):
        raise StoreError(f"{copy} is the database itself; name a backup of it")
    log = copy.with_name(f"{copy.name}-wal")
    if log.exists() and log.stat().st_size:
        raise StoreError(
            f"{copy} is no backup but a database in use, for {log.name} stands beside it; make a backup of it"
        )
    with refusals(copy), closing(sqlite3.connect(f"{copy.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as conn:
        if found := _damage(conn):
            raise StoreError(f"{copy} is no database, or damaged ({found}); take another backup")
        check_ours(conn, copy)
        if not conn.execute("SELECT 1 FROM sqlite_master").fetchone():
            raise StoreError(f"{copy} is empty; take another backup")


def _damage(conn: sqlite3.Connection) -> str:
    """What is wrong with the file; empty when it is sound."""
    try:
        return next(iter(integrity(conn)), "")
    except sqlite3.DatabaseError as error:
        return str(error)


@contextmanager
def _replacement(copy: Path, database: Path) -> Iterator[Path]:
    """A copy of the copy, up to date and safe on the disk beside the database; gone in the end where nobody took it."""
    unfinished = database.with_name(f".{database.name}.unfinished")
    with refusals(database):
        try:
            _remove(unfinished)  # of a run that was killed
            make_private(unfinished)
            shutil.copyfile(copy, unfinished)
            open_database(unfinished).close()
            with unfinished.open("rb") as written:
                os.fsync(written.fileno())
            yield unfinished
        finally:
            _remove(unfinished)


def _set_aside(database: Path, now: datetime) -> Path | None:
    """Where the database stands now, whole or damaged as it was; StoreError when something uses it."""
    if database.exists():
        with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(database, timeout=1)) as conn:
            _end_log(conn, database)
    kept = database.with_name(f"{database.name}.replaced-{now:%Y-%m-%dT%H%M%SZ}")
    for suffix in _BESIDE:  # a log without its database would be taken for that of the next one
        with suppress(FileNotFoundError):
            database.with_name(f"{database.name}{suffix}").rename(kept.with_name(f"{kept.name}{suffix}"))
    return kept if kept.exists() else None


def _end_log(conn: sqlite3.Connection, database: Path) -> None:
    """All stands in the one file, which nobody else has open."""
    try:
        conn.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise StoreError(f"{database} is in use; stop what uses it (the desk, say), then try again") from None
        raise


def _remove(path: Path) -> None:
    for suffix in _BESIDE:
        path.with_name(f"{path.name}{suffix}").unlink(missing_ok=True)
