"""Polls that are held aside: their items are kept and known, but wait for one look before they come to the queue."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from db.connect import transaction
from db.instants import from_text, to_text
from db.records import Curation

_POLLS = 40  # by which it is known what is usual
_SHOWN = 5


class PollHistory(Struct, frozen=True):
    """What the polls of a source were like until now."""

    good_polls: int = 0  # that listed something
    last_good_at: datetime | None = None
    usual_new: int = 0  # the second most that one of them brought, not counting the first poll
    items: int = 0  # of the source, as far as they were counted


class HeldPoll(Struct, frozen=True):
    """A poll that waits."""

    poll_id: int
    source_id: str
    held_at: datetime
    why: str
    items: int
    titles: tuple[str, ...]  # the first ones


def poll_history(conn: sqlite3.Connection, source_id: str) -> PollHistory:
    """What the polls of the source were like; those that are held aside do not count."""
    rows = conn.execute(
        "SELECT started_at, items_new FROM polls WHERE source_id = ? AND error IS NULL AND outcome <> 'empty'"
        " AND id NOT IN (SELECT poll_id FROM held_polls) ORDER BY id DESC LIMIT ?",
        (source_id, _POLLS),
    ).fetchall()
    if not rows:
        return PollHistory()
    later = sorted((row["items_new"] for row in (rows if len(rows) == _POLLS else rows[:-1])), reverse=True)
    items = conn.execute(
        "SELECT count(*) FROM (SELECT 1 FROM items WHERE source_id = ? AND held_by IS NULL LIMIT ?)",
        (source_id, _POLLS),
    ).fetchone()[0]
    return PollHistory(len(rows), from_text(rows[0]["started_at"]), later[1] if len(later) > 1 else 0, items)


def hold_poll(conn: sqlite3.Connection, poll_id: int, source_id: str, why: str) -> None:
    """The poll waits for a look; call it inside the transaction of the poll."""
    conn.execute("INSERT INTO held_polls (poll_id, source_id, why) VALUES (?, ?, ?)", (poll_id, source_id, why))


def held_polls(conn: sqlite3.Connection, source_id: str | None = None) -> tuple[HeldPoll, ...]:
    """The polls that wait, of this source or of all, oldest first."""
    rows = conn.execute(
        "SELECT h.poll_id, h.source_id, p.started_at, h.why,"
        " (SELECT count(*) FROM items WHERE held_by = h.poll_id) AS items FROM held_polls h"
        " JOIN polls p ON p.id = h.poll_id WHERE h.verdict IS NULL AND (?1 IS NULL OR h.source_id = ?1)"
        " ORDER BY h.poll_id",
        (source_id,),
    ).fetchall()
    return tuple(
        HeldPoll(
            row["poll_id"],
            row["source_id"],
            from_text(row["started_at"]),
            row["why"],
            row["items"],
            _titles(conn, row["poll_id"]),
        )
        for row in rows
    )


def _titles(conn: sqlite3.Connection, poll_id: int) -> tuple[str, ...]:
    rows = conn.execute("SELECT title FROM items WHERE held_by = ? ORDER BY id LIMIT ?", (poll_id, _SHOWN))
    return tuple(row["title"] for row in rows)


def release_held(conn: sqlite3.Connection, source_id: str, *, by: str, now: datetime) -> int:
    """The items of the source's held polls are in the queue; how many."""
    with transaction(conn):
        return sum(_settle(conn, poll.poll_id, "released", by, now) for poll in held_polls(conn, source_id))


def dismiss_held(conn: sqlite3.Connection, source_id: str, *, by: str, now: datetime) -> int:
    """The items of the source's held polls are dismissed, each by a decision that can be undone; how many."""
    from db.decisions import record_decision  # asked for by a person, never by a pass

    with transaction(conn):
        waiting = held_polls(conn, source_id)
        for poll in waiting:
            rows = conn.execute(
                "SELECT id, version FROM items WHERE held_by = ? AND state = 'new' ORDER BY id", (poll.poll_id,)
            ).fetchall()
            for row in rows:
                record_decision(
                    conn,
                    row["id"],
                    actor=by,
                    action="dismiss",
                    before=Curation(),
                    after=replace(Curation(), state="dismissed"),
                    version=row["version"],
                    now=now,
                    note=f"held aside: {poll.why}",
                )
        return sum(_settle(conn, poll.poll_id, "dismissed", by, now) for poll in waiting)


def _settle(conn: sqlite3.Connection, poll_id: int, verdict: str, by: str, now: datetime) -> int:
    conn.execute(
        "UPDATE held_polls SET verdict = ?, settled_by = ?, settled_at = ? WHERE poll_id = ?",
        (verdict, by, to_text(now), poll_id),
    )
    return conn.execute("UPDATE items SET held_by = NULL WHERE held_by = ?", (poll_id,)).rowcount
