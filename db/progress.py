"""How far the works have come that follow the saving of items: by the id of the last one that each came to.

What is new is known by its id, which costs nothing when it is saved; only what a work puts off, or has to do again, is
listed.
"""

from __future__ import annotations

import sqlite3
from typing import Literal

from db.connect import transaction

Work = Literal["compare", "index", "suggest"]


def done_up_to(conn: sqlite3.Connection, work: Work) -> int:
    """The id of the last item that the work came to."""
    return int(conn.execute("SELECT up_to FROM items_done WHERE work = ?", (work,)).fetchone()[0])


def save_done_up_to(conn: sqlite3.Connection, work: Work, item_id: int) -> None:
    """The work has come to this item and to all before it; call it inside the transaction of the work."""
    conn.execute("UPDATE items_done SET up_to = max(up_to, ?) WHERE work = ?", (item_id, work))


def list_new(conn: sqlite3.Connection, work: Literal["compare", "suggest"]) -> None:
    """The items that came in stand in the list of what the work has to do; what is held aside is not compared."""
    held = " AND held_by IS NULL" if work == "compare" else ""
    last, newest = done_up_to(conn, work), conn.execute("SELECT coalesce(max(id), 0) FROM items").fetchone()[0]
    if newest > last:
        with transaction(conn):
            conn.execute(
                f"INSERT OR IGNORE INTO items_to_{work} (item_id) SELECT id FROM items WHERE id > ? AND id <= ?{held}",
                (last, newest),
            )
            save_done_up_to(conn, work, newest)


def waiting_for_index(conn: sqlite3.Connection) -> int:
    """How many items are not found by the words they have now."""
    row = conn.execute(
        "SELECT (SELECT count(*) FROM items_to_index) + coalesce((SELECT max(id) FROM items), 0)"
        " - (SELECT up_to FROM items_done WHERE work = 'index')"
    ).fetchone()
    return int(row[0])
