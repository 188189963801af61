"""Who is signed in, in which browser. Ending a session takes its row away, and the cookie is worth nothing any more."""

from __future__ import annotations

import secrets
import sqlite3
from datetime import datetime

from db.connect import transaction
from db.instants import from_text, to_text
from db.records import Session


def begin_session(conn: sqlite3.Connection, user_id: int, *, device: str, now: datetime, ends_at: datetime) -> Session:
    """A new session of the person; what ended by itself is forgotten."""
    session_id = secrets.token_urlsafe(24)
    with transaction(conn):
        conn.execute("DELETE FROM sessions WHERE ends_at <= ?", (to_text(now),))
        conn.execute(
            "INSERT INTO sessions (id, user_id, begun_at, seen_at, ends_at, device) VALUES (?, ?, ?, ?, ?, ?)",
            (session_id, user_id, to_text(now), to_text(now), to_text(ends_at), device),
        )
    return Session(session_id, user_id, now, now, ends_at, device)


def find_session(conn: sqlite3.Connection, session_id: str, now: datetime) -> Session | None:
    """The session of this id; None when it is none or has ended."""
    row = conn.execute("SELECT * FROM sessions WHERE id = ? AND ends_at > ?", (session_id, to_text(now))).fetchone()
    return _session(row) if row else None


def sessions_of(conn: sqlite3.Connection, user_id: int, now: datetime) -> tuple[Session, ...]:
    """The open sessions of the person, newest first."""
    rows = conn.execute(
        "SELECT * FROM sessions WHERE user_id = ? AND ends_at > ? ORDER BY begun_at DESC, id", (user_id, to_text(now))
    )
    return tuple(_session(row) for row in rows.fetchall())


def note_seen(conn: sqlite3.Connection, session_id: str, now: datetime) -> None:
    """Something was done in this session just now."""
    with transaction(conn):
        conn.execute("UPDATE sessions SET seen_at = ? WHERE id = ?", (to_text(now), session_id))


def end_session(conn: sqlite3.Connection, user_id: int, session_id: str) -> bool:
    """Whether the person had this session; it has ended."""
    with transaction(conn):
        cursor = conn.execute("DELETE FROM sessions WHERE id = ? AND user_id = ?", (session_id, user_id))
    return cursor.rowcount > 0


def end_sessions_of(conn: sqlite3.Connection, user_id: int, *, but: str = "") -> int:
    """How many sessions of the person were open, that one left out; they have ended, on whatever device."""
    with transaction(conn):
        return conn.execute("DELETE FROM sessions WHERE user_id = ? AND id <> ?", (user_id, but)).rowcount


def _session(row: sqlite3.Row) -> Session:
    return Session(
        row["id"],
        row["user_id"],
        from_text(row["begun_at"]),
        from_text(row["seen_at"]),
        from_text(row["ends_at"]),
        row["device"],
    )
