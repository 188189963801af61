"""Which identity of an OpenID Connect provider belongs to which person."""

from __future__ import annotations

import sqlite3

from db.connect import transaction
from db.records import User
from db.users import user_by_id


def user_of_openid(conn: sqlite3.Connection, issuer: str, subject: str) -> User | None:
    """The person to whom this identity was linked; None when to nobody."""
    row = conn.execute("SELECT user_id FROM openids WHERE issuer = ? AND subject = ?", (issuer, subject)).fetchone()
    return user_by_id(conn, row[0]) if row else None


def openid_of(conn: sqlite3.Connection, user_id: int, issuer: str) -> str | None:
    """The person's subject at this issuer; None when she has none."""
    row = conn.execute("SELECT subject FROM openids WHERE user_id = ? AND issuer = ?", (user_id, issuer)).fetchone()
    return str(row[0]) if row else None


def link_openid(conn: sqlite3.Connection, user_id: int, issuer: str, subject: str) -> None:
    """The identity belongs to this person and to nobody else; without a subject she has none there any more."""
    with transaction(conn):
        conn.execute(
            "DELETE FROM openids WHERE issuer = ? AND (user_id = ? OR subject = ?)", (issuer, user_id, subject)
        )
        if subject:
            conn.execute("INSERT INTO openids (issuer, subject, user_id) VALUES (?, ?, ?)", (issuer, subject, user_id))
