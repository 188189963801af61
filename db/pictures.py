"""Small copies of the pictures of waiting items: a few kilobytes each, only the newest, and only for a while."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b

from msgspec import Struct

from db.connect import transaction
from db.instants import to_text

LOOKED_AT = 1_000  # of the newest waiting items: to the others nobody comes soon
KEPT_FOR = timedelta(days=90)  # by then an item is decided on; one that still waits is shown without
MOST = 3_000  # rows, some 25 MB
TRIES = 2
AGAIN_AFTER = timedelta(days=1)


class WaitingPicture(Struct, frozen=True):
    """The picture of a waiting item, where its source has it."""

    item_id: int
    source_id: str
    url: str
    settled: bool  # it is kept, or known not to be had now


class Picture(Struct, frozen=True):
    """A kept picture, without its bytes."""

    item_id: int
    mark: str
    width: int
    height: int


def waiting_pictures(conn: sqlite3.Connection, *, without: Sequence[str], now: datetime) -> tuple[WaitingPicture, ...]:
    """The pictures of the newest waiting items, newest first, but for those of the sources left out."""
    rows = conn.execute(
        "SELECT i.id, i.source_id, i.image_url, p.item_id IS NOT NULL"
        " AND (p.mark IS NOT NULL OR p.tries >= ? OR p.tried_at > ?)"
        " FROM (SELECT id, source_id, image_url, first_seen_at FROM items"
        "  WHERE state = 'new' AND duplicate_of IS NULL AND held_by IS NULL"
        "  ORDER BY coalesce(published_on, '') DESC, id DESC LIMIT ?) i"
        " LEFT JOIN pictures p ON p.item_id = i.id AND p.url = i.image_url"
        " WHERE i.image_url LIKE 'http%' AND i.first_seen_at > ?"
        " AND i.source_id NOT IN (SELECT value FROM json_each(?))",
        (TRIES, to_text(now - AGAIN_AFTER), LOOKED_AT, to_text(now - KEPT_FOR), json.dumps(list(without))),
    )
    return tuple(WaitingPicture(row[0], row[1], row[2], bool(row[3])) for row in rows)


def save_picture(
    conn: sqlite3.Connection, wanted: WaitingPicture, body: bytes, *, size: tuple[int, int], now: datetime
) -> str:
    """The item has this picture, told from any other by the mark that comes back."""
    mark = blake2b(body, digest_size=8).hexdigest()
    with transaction(conn):
        conn.execute(
            "INSERT OR REPLACE INTO pictures (item_id, url, tried_at, tries, mark, width, height, body)"
            " VALUES (?, ?, ?, 0, ?, ?, ?, ?)",
            (wanted.item_id, wanted.url, to_text(now), mark, *size, body),
        )
    return mark


def save_no_picture(
    conn: sqlite3.Connection, wanted: WaitingPicture, problem: str, *, passing: bool, now: datetime
) -> None:
    """There is no picture, and why; one that may be had another day is tried once more."""
    with transaction(conn):
        conn.execute(
            "INSERT INTO pictures (item_id, url, tried_at, tries, problem) VALUES (?1, ?2, ?3, ?4, ?5)"
            " ON CONFLICT (item_id) DO UPDATE SET tried_at = ?3, problem = ?5, url = ?2,"
            " tries = CASE WHEN url = ?2 THEN min(tries + ?4, ?6) ELSE ?4 END,"
            " mark = NULL, width = NULL, height = NULL, body = NULL",
            (wanted.item_id, wanted.url, to_text(now), 1 if passing else TRIES, problem[:300], TRIES),
        )


def forget_old_pictures(conn: sqlite3.Connection, *, now: datetime, most: int = MOST) -> None:
    """None is older than 90 days, and the newest alone are left where they are too many."""
    with transaction(conn):
        conn.execute("DELETE FROM pictures WHERE tried_at < ?", (to_text(now - KEPT_FOR),))
        conn.execute(
            "DELETE FROM pictures WHERE item_id IN"
            " (SELECT item_id FROM pictures ORDER BY tried_at DESC, item_id DESC LIMIT -1 OFFSET ?)",
            (most,),
        )


def pictures(conn: sqlite3.Connection, item_ids: Sequence[int]) -> dict[int, Picture]:
    """Item id → its picture; items without one are left out."""
    marks = ", ".join("?" * len(item_ids))
    rows = conn.execute(
        f"SELECT item_id, mark, width, height FROM pictures WHERE mark IS NOT NULL AND item_id IN ({marks})",
        tuple(item_ids),
    )
    return {row[0]: Picture(*row) for row in rows}


def picture_body(conn: sqlite3.Connection, item_id: int, mark: str) -> tuple[str, bytes] | None:
    """The sub-region of the item and the bytes of its picture; None when it is kept no longer, or another one is."""
    row = conn.execute(
        "SELECT s.sub_region, p.body FROM pictures p JOIN items i ON i.id = p.item_id"
        " JOIN sources s ON s.id = i.source_id WHERE p.item_id = ? AND p.mark = ?",
        (item_id, mark),
    ).fetchone()
    return (row[0], row[1]) if row else None
