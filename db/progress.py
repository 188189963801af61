"""How far the works have come that follow the saving of items: each takes them up in the order of their ids."""

from __future__ import annotations

import sqlite3
from typing import Literal

Work = Literal["compare", "index", "suggest"]


def done_up_to(conn: sqlite3.Connection, work: Work) -> int:
    """The id of the last item that the work came to."""
    return int(conn.execute("SELECT up_to FROM items_done WHERE work = ?", (work,)).fetchone()[0])


def save_done_up_to(conn: sqlite3.Connection, work: Work, item_id: int) -> None:
    """The work has come to this item and to all before it; call it inside the transaction of the work."""
    conn.execute("UPDATE items_done SET up_to = max(up_to, ?) WHERE work = ?", (item_id, work))


def waiting_for_index(conn: sqlite3.Connection) -> int:
    """How many items are not found by the words they have now."""
    row = conn.execute(
        "SELECT (SELECT count(*) FROM items_to_index) + coalesce((SELECT max(id) FROM items), 0)"
        " - (SELECT up_to FROM items_done WHERE work = 'index')"
    ).fetchone()
    return int(row[0])
