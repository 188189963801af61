"""The keys by which items are recognised as the same story, and which items have still to be compared."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping

from msgspec import Struct

from db.progress import list_new
from db.records import PublishedDate
from db.rows import insert

MAX_CANDIDATES = 20


def items_to_compare(conn: sqlite3.Connection, *, limit: int) -> tuple[int, ...]:
    """Items that are new or read differently than when they were compared, the newest first."""
    list_new(conn, "compare")
    rows = conn.execute("SELECT item_id FROM items_to_compare ORDER BY item_id DESC LIMIT ?", (limit,))
    return tuple(row[0] for row in rows)


class StoryText(Struct, frozen=True):
    """What is compared of an item."""

    id: int
    title: str
    text: str
    published: PublishedDate


def story_texts(conn: sqlite3.Connection, item_ids: Iterable[int]) -> tuple[StoryText, ...]:
    """What is compared of these items; those that do not exist are left out."""
    rows = conn.execute(
        "SELECT i.id, i.title, i.text, i.published_on, i.date_precision, i.date_source, i.date_text"
        " FROM json_each(?) w CROSS JOIN items i ON i.id = w.value",
        (json.dumps(list(item_ids)),),
    )
    return tuple(StoryText(id_, title, text, PublishedDate(*date)) for id_, title, text, *date in rows)


def candidates(conn: sqlite3.Connection, item_id: int, keys: Iterable[int]) -> tuple[int, ...]:
    """Other items that wait and share a key with this one, those that share most first."""
    wanted = tuple(keys)
    rows = conn.execute(
        "SELECT k.item_id FROM story_keys k JOIN items i ON i.id = k.item_id"
        f" WHERE k.key IN ({', '.join('?' * len(wanted))}) AND k.item_id <> ? AND i.state = 'new' AND i.held_by IS NULL"
        " GROUP BY k.item_id ORDER BY count(*) DESC, k.item_id LIMIT ?",
        (*wanted, item_id, MAX_CANDIDATES),
    )
    return tuple(row[0] for row in rows)


def tellers(conn: sqlite3.Connection, item_id: int) -> tuple[int, ...]:
    """Items that nobody touched and that point to where this one stands, the oldest first."""
    rows = conn.execute(
        "SELECT DISTINCT l.item_id FROM item_addresses a CROSS JOIN item_links l ON l.address = a.address"
        " CROSS JOIN items i ON i.id = l.item_id WHERE a.item_id = ?1 AND l.item_id <> ?1"
        " AND i.state = 'new' AND i.version = 1 AND i.held_by IS NULL ORDER BY l.item_id LIMIT ?2",
        (item_id, MAX_CANDIDATES),
    )
    return tuple(row[0] for row in rows)


def not_alone(conn: sqlite3.Connection, item_ids: Iterable[int]) -> tuple[int, ...]:
    """Those of the items that have candidates or tellers, in the order of their ids: few do."""
    rows = conn.execute(
        "SELECT k.item_id FROM json_each(?1) w CROSS JOIN story_keys k ON k.item_id = w.value"
        " CROSS JOIN story_keys o ON o.key = k.key AND o.item_id <> k.item_id"
        " UNION SELECT a.item_id FROM json_each(?1) w CROSS JOIN item_addresses a ON a.item_id = w.value"
        " CROSS JOIN item_links l ON l.address = a.address ORDER BY 1",
        (json.dumps(list(item_ids)),),
    )
    return tuple(row[0] for row in rows)


def save_keys(conn: sqlite3.Connection, keys: Mapping[int, Iterable[int]]) -> None:
    """The items are found by these keys from now on and need not be compared again; call it inside a transaction."""
    ids = json.dumps(list(keys))
    conn.execute("DELETE FROM story_keys WHERE item_id IN (SELECT value FROM json_each(?))", (ids,))
    rows = [(key, item_id) for item_id, own in keys.items() for key in own]
    insert(conn, "story_keys (key, item_id)", rows, "ON CONFLICT DO NOTHING")
    conn.execute("DELETE FROM items_to_compare WHERE item_id IN (SELECT value FROM json_each(?))", (ids,))
