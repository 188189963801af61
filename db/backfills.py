"""How far the walk back through the older pages of a source has come, so that an interrupted one goes on there."""

from __future__ import annotations

import sqlite3

from msgspec import Struct


class BackfillPage(Struct, frozen=True):
    """A page that was read and saved, and where the next older one stands."""

    url: str
    next_url: str


def backfill_pages(conn: sqlite3.Connection, source_id: str, read_for: str) -> tuple[BackfillPage, ...]:
    """The pages of an unfinished walk, newest first page first; () when there is none for a source read this way."""
    rows = conn.execute(
        "SELECT url, next_url FROM backfill_pages WHERE source_id = ? AND read_for = ? ORDER BY id",
        (source_id, read_for),
    )
    return tuple(BackfillPage(row["url"], row["next_url"]) for row in rows)


def save_backfill_page(conn: sqlite3.Connection, source_id: str, read_for: str, page: BackfillPage) -> None:
    """The walk has come past this page; what was remembered of the source read in another way is forgotten."""
    conn.execute("DELETE FROM backfill_pages WHERE source_id = ? AND read_for <> ?", (source_id, read_for))
    conn.execute(
        "INSERT OR REPLACE INTO backfill_pages (source_id, read_for, url, next_url) VALUES (?, ?, ?, ?)",
        (source_id, read_for, page.url, page.next_url),
    )


def forget_backfill(conn: sqlite3.Connection, source_id: str) -> None:
    """The next walk of this source begins at its newest page; call it inside a transaction."""
    conn.execute("DELETE FROM backfill_pages WHERE source_id = ?", (source_id,))
