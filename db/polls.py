"""What polls tell of themselves: when they were and what came of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from db.instants import from_text, to_text


@dataclass(frozen=True, slots=True)
class LastPoll:
    """The newest poll of a source, and when the source is due."""

    source_id: str
    started_at: datetime
    due_after: datetime  # as that poll said it
    next_poll_at: datetime | None  # as it is now; None: at once


def last_polls(conn: sqlite3.Connection) -> tuple[LastPoll, ...]:
    """Of each source that was ever polled its newest poll, by source id."""
    rows = conn.execute(
        "SELECT s.source_id, p.started_at, p.next_poll_at AS due_after, s.next_poll_at FROM poll_states s"
        " JOIN polls p ON p.id = (SELECT max(id) FROM polls WHERE source_id = s.source_id) ORDER BY s.source_id"
    )
    return tuple(LastPoll(row[0], from_text(row[1]), from_text(row[2]), from_text(row[3])) for row in rows)


def postpone(conn: sqlite3.Connection, due: Mapping[str, datetime]) -> None:
    """These sources are due at these times; call it inside a transaction."""
    conn.executemany(
        "UPDATE poll_states SET next_poll_at = ? WHERE source_id = ?",
        [(to_text(at), source_id) for source_id, at in due.items()],
    )
