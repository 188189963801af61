"""Which weekly letters were sent."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from db.connect import transaction
from db.instants import from_text, to_text


def last_letter_at(conn: sqlite3.Connection, user_id: int) -> datetime | None:
    """When the person had her last letter; None when she had none."""
    row = conn.execute("SELECT max(sent_at) FROM letters WHERE user_id = ?", (user_id,)).fetchone()
    return from_text(row[0]) if row[0] else None


def note_letter(conn: sqlite3.Connection, user_id: int, *, items: int, now: datetime) -> None:
    """A letter about so many items was sent to the person."""
    with transaction(conn):
        conn.execute(
            "INSERT OR REPLACE INTO letters (user_id, sent_at, items) VALUES (?, ?, ?)", (user_id, to_text(now), items)
        )
