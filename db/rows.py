"""Many rows by few statements."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain

_MOST = 32  # rows of a statement: of the widest table still fewer values than SQLite takes


def insert(
    conn: sqlite3.Connection,
    into: str,
    rows: Sequence[Sequence[object]],
    instead: str = "",
    *,
    same: Sequence[object] = (),
) -> int:
    """The rows stand in the table, or none does; the row id of the last one. `into` names it with its columns,
    `instead` is what is done with a row that is there already. Call it inside a transaction.

    `same` are the values of the first columns where all rows share them: they are handed over once a statement.

    Each step of a statement lets other threads of this process in and waits until they let this one go on: a step for
    each row takes several times as long where they are busy.
    """
    last = 0
    for start in range(0, len(rows), _MOST):
        part = rows[start : start + _MOST]
        statement = _statement(into, len(part), len(part[0]), instead, len(same))
        cursor = conn.execute(statement, (*same, *chain.from_iterable(part)))
        last = cursor.lastrowid or 0
    return last


@lru_cache(maxsize=256)
def _statement(into: str, rows: int, columns: int, instead: str, same: int) -> str:
    row = f"({', '.join([*(f'?{number + 1}' for number in range(same)), *'?' * columns])})"
    return f"INSERT INTO {into} VALUES {', '.join([row] * rows)} {instead}"
