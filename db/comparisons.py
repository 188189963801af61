"""Which of two activities is the more impactful one: the answers that people gave for a report."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from db.instants import to_text


def record_comparison(
    conn: sqlite3.Connection, report_id: int, *, better: int, other: int, actor: str, now: datetime
) -> None:
    """The answer is kept; call it inside a transaction."""
    conn.execute(
        "INSERT INTO comparisons (report_id, better, other, actor, compared_at) VALUES (?, ?, ?, ?, ?)",
        (report_id, better, other, actor, to_text(now)),
    )


def list_comparisons(conn: sqlite3.Connection, report_id: int) -> tuple[tuple[int, int], ...]:
    """The answers that stand, (better, other), oldest first."""
    rows = conn.execute(
        "SELECT better, other FROM comparisons WHERE report_id = ? AND withdrawn_at IS NULL ORDER BY id", (report_id,)
    )
    return tuple((row[0], row[1]) for row in rows)


def withdraw_comparison(
    conn: sqlite3.Connection, report_id: int, item_ids: frozenset[int], *, actor: str, now: datetime
) -> bool:
    """This person's newest answer between two of these items no longer stands; False when there was none.

    Call it inside a transaction.
    """
    rows = conn.execute(
        "SELECT id, better, other FROM comparisons WHERE report_id = ? AND actor = ? AND withdrawn_at IS NULL"
        " ORDER BY id DESC",
        (report_id, actor),
    )
    found = next((row[0] for row in rows if {row[1], row[2]} <= item_ids), None)
    conn.execute("UPDATE comparisons SET withdrawn_at = ? WHERE id = ?", (to_text(now), found))
    return found is not None
