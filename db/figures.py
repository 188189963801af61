"""How the work goes, in numbers: polls, durations, what waits. For those who watch over a running desk."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from db.instants import from_text, to_text

OVERDUE = timedelta(days=1)  # due for so long and not polled: nothing polls any more


class Polling(Struct, frozen=True):
    """Whether polls are made at all."""

    polled_at: datetime | None  # when the newest poll began; None: there was none yet
    worked_at: datetime | None  # and the newest one that worked
    overdue: int  # sources that are due for longer than OVERDUE

    def stalled(self, now: datetime) -> bool:
        """Whether sources wait for a poll and none has been made for long."""
        return self.overdue > 0 and (self.polled_at is None or now - self.polled_at > OVERDUE)


class Counters(Struct, frozen=True):
    """What has been done since the database was made, and what waits now."""

    polls: Mapping[str, int]  # by outcome
    items_new: int
    seconds: float  # that all polls took
    queue: int  # items that wait for a first decision
    database_bytes: int


class Extent(Struct, frozen=True):
    """How much a database holds: by that a person knows it again."""

    items: int
    decisions: int
    decided_at: datetime | None  # the newest decision; None: there was none yet
    polled_at: datetime | None


def extent_of(conn: sqlite3.Connection) -> Extent:
    """How much the database holds."""
    row = conn.execute(
        "SELECT (SELECT count(*) FROM items), (SELECT count(*) FROM decisions),"
        " (SELECT max(decided_at) FROM decisions), (SELECT started_at FROM polls ORDER BY id DESC LIMIT 1)"
    ).fetchone()
    return Extent(row[0], row[1], from_text(row[2]), from_text(row[3]))


def polling(conn: sqlite3.Connection, now: datetime) -> Polling:
    """Whether the sources that are switched on are polled."""
    newest = conn.execute("SELECT max(started_at) FROM (SELECT started_at FROM polls ORDER BY id DESC LIMIT 100)")
    worked = conn.execute("SELECT started_at FROM polls WHERE error IS NULL ORDER BY id DESC LIMIT 1").fetchone()
    overdue = conn.execute(
        "SELECT count(*) FROM (SELECT max(next_poll_at) OVER (PARTITION BY url) AS due_at"
        " FROM poll_states JOIN sources ON id = source_id WHERE enabled = 1) WHERE due_at < ?",
        (to_text(now - OVERDUE),),
    )
    return Polling(
        from_text(newest.fetchone()[0]), None if worked is None else from_text(worked[0]), overdue.fetchone()[0]
    )


def counters(conn: sqlite3.Connection) -> Counters:
    """The counts of now."""
    rows = conn.execute("SELECT outcome, polls, items_new, duration_ms FROM poll_counts").fetchall()
    queue = conn.execute("SELECT coalesce(sum(items), 0) FROM queue_counts WHERE state = 'new'").fetchone()[0]
    pages, size = (conn.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    return Counters(
        {row["outcome"]: row["polls"] for row in rows},
        sum(row["items_new"] for row in rows),
        sum(row["duration_ms"] for row in rows) / 1000,
        queue,
        pages * size,
    )
