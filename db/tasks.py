"""What a source asks the operator to do, until it is done."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from db.connect import transaction
from db.instants import from_text, to_text


class Task(Struct, frozen=True):
    """One thing that waits for the operator."""

    source_id: str
    sentence: str
    asked_at: datetime


def save_tasks(
    conn: sqlite3.Connection, source_id: str, sentences: Iterable[str], *, news: bool, now: datetime
) -> None:
    """The tasks wait; those from before are done when news came from the source since."""
    with transaction(conn):
        if news:
            done = "UPDATE tasks SET done_at = ? WHERE source_id = ? AND done_at IS NULL"
            conn.execute(done, (to_text(now), source_id))
        conn.executemany(
            "INSERT INTO tasks (source_id, sentence, asked_at) SELECT ?1, ?2, ?3 WHERE NOT EXISTS"
            " (SELECT 1 FROM tasks WHERE source_id = ?1 AND sentence = ?2 AND done_at IS NULL)",
            [(source_id, sentence, to_text(now)) for sentence in sentences],
        )


def open_tasks(conn: sqlite3.Connection) -> tuple[Task, ...]:
    """What waits, oldest first."""
    rows = conn.execute("SELECT source_id, sentence, asked_at FROM tasks WHERE done_at IS NULL ORDER BY id")
    return tuple(Task(row["source_id"], row["sentence"], from_text(row["asked_at"])) for row in rows)
