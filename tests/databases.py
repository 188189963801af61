"""New databases for tests: made once by the real migrations and then copied, since those take a tenth of a second."""

from __future__ import annotations

import sqlite3
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from db.connect import open_database


def new_database(path: Path) -> sqlite3.Connection:
    """An empty working database at this path, as `open_database` makes it."""
    path.write_bytes(_migrated())
    return open_database(path)


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "convenor.db"
        open_database(path, create=True).close()
        return path.read_bytes()
