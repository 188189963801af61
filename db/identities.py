"""By what items are recognised: every address, id and name that any of them ever had, and what their sources changed.

All lookups go through an index and take one statement for a whole poll, however many items are stored. Nothing here is
ever forgotten: an item that was dismissed or merged into another stays known by all of its marks.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from db.instants import from_text, to_text
from db.records import Marks, Name, NamedItem, PublishedDate, Revision, StoredItem
from db.rows import insert

MAX_ADDRESSES = 50  # of one item in one source: an address that changes at each poll adds no more
MAX_LINKS = 20  # of one item: a post that points to more is a list
MAX_REVISIONS = 20  # of one item: a page that changes at each poll adds no more
_MAX_SIBLINGS = 30  # an institution with more sources than that is none
_ITEM = (
    "i.id, i.source_id AS owner, i.url, i.title, i.summary, i.published_on, i.date_precision, i.date_source,"
    " i.date_text, i.content_hash, i.state = 'new' AND i.version = 1 AS untouched,"
    " (SELECT o.kind FROM sources o WHERE o.id = i.source_id) AS kind"
)


class Unmarked(Struct, frozen=True):
    """An item of a database from before marks were kept."""

    id: int
    source_id: str
    url: str
    canonical_url: str
    title: str
    published: PublishedDate
    first_seen_at: datetime


class Address(Struct, frozen=True):
    """Where a source lists an item; of another source than the item's own it is a sighting."""

    source_id: str
    source_name: str
    url: str
    first_seen_on: str
    last_seen_on: str


class Revised(Struct, frozen=True):
    """A text of an item that its source changed, and when that was seen."""

    revision: Revision
    at: datetime


def items_at(conn: sqlite3.Connection, source_id: str, addresses: Collection[str]) -> dict[str, StoredItem]:
    """The item at each of these addresses, in whichever source; this source's own word counts first."""
    rows = conn.execute(
        f"SELECT a.address AS mark, {_ITEM} FROM json_each(?) k CROSS JOIN item_addresses a ON a.address = k.value"
        " CROSS JOIN items i ON i.id = a.item_id ORDER BY a.source_id = ?, a.item_id DESC",
        (json.dumps(list(addresses)), source_id),
    )
    return {row["mark"]: _stored(row) for row in rows}


def newest_id(conn: sqlite3.Connection, source_id: str) -> str | None:
    """The last of the ids that the source gives in their order, such as the numbers of posts; None without any."""
    row = conn.execute(
        "SELECT source_item_id FROM item_ids WHERE source_id = ? AND source_item_id NOT GLOB '*[^0-9A-Za-z]*'"
        " ORDER BY length(source_item_id) DESC, source_item_id DESC LIMIT 1",
        (source_id,),
    ).fetchone()
    return None if row is None else str(row[0])


def items_told_of(conn: sqlite3.Connection, source_id: str, addresses: Collection[str]) -> dict[str, StoredItem]:
    """Items that somebody decided on and that point to one of these addresses, of other sources for the same country.

    One that has met its article already stands for no other; of several the one that became impactful counts.
    """
    rows = conn.execute(
        f"SELECT l.address AS mark, {_ITEM} FROM json_each(?) k CROSS JOIN item_links l ON l.address = k.value"
        " CROSS JOIN items i ON i.id = l.item_id JOIN sources o ON o.id = i.source_id JOIN sources s ON s.id = ?"
        " WHERE o.id <> s.id AND o.sub_region = s.sub_region AND coalesce(i.edited_country, i.country) = s.country"
        " AND NOT (i.state = 'new' AND i.version = 1)"
        " AND NOT EXISTS (SELECT 1 FROM item_addresses a WHERE a.item_id = i.id AND a.source_id <> i.source_id)"
        " ORDER BY i.state = 'impactful', i.id DESC",
        (json.dumps(list(addresses)), source_id),
    )
    return {row["mark"]: _stored(row) for row in rows}


def items_with_ids(
    conn: sqlite3.Connection, source_id: str, ids: Collection[str], known: Iterable[StoredItem] = ()
) -> dict[str, StoredItem]:
    """The item that each of these ids of the source was last given to; those that are `known` are not read again."""
    rows = conn.execute(
        "SELECT x.source_item_id, x.item_id FROM json_each(?) k CROSS JOIN item_ids x"
        " ON x.source_id = ? AND x.source_item_id = k.value",
        (json.dumps(list(ids)), source_id),
    )
    found = {row[0]: row[1] for row in rows}
    items = {item.id: item for item in known}
    if missing := set(found.values()) - items.keys():
        given = (json.dumps(list(missing)),)
        rows = conn.execute(f"SELECT {_ITEM} FROM json_each(?) k CROSS JOIN items i ON i.id = k.value", given)
        items |= {row["id"]: _stored(row) for row in rows}
    return {mark: items[item_id] for mark, item_id in found.items()}


def items_named(
    conn: sqlite3.Connection,
    siblings: Collection[str],
    spans: Collection[tuple[str, str, str]],
    undated: Collection[Name],
) -> tuple[NamedItem, ...]:
    """Items with such a name in these sources.

    `spans` are the beginning of a title with the first and the last day; an undated name is looked for in full.
    """
    columns = f"n.source_id AS named_in, n.stem, n.listed_on, n.title AS name, n.cut, s.language, {_ITEM}"
    rows = conn.execute(
        f"SELECT {columns} FROM json_each(?1) k CROSS JOIN sources s ON s.id IN (SELECT value FROM json_each(?3))"
        " CROSS JOIN item_names n ON n.source_id = s.id AND n.stem = json_extract(k.value, '$[0]')"
        " AND n.listed_on BETWEEN json_extract(k.value, '$[1]') AND json_extract(k.value, '$[2]')"
        " CROSS JOIN items i ON i.id = n.item_id"
        f" UNION SELECT {columns} FROM json_each(?2) k"
        " CROSS JOIN sources s ON s.id IN (SELECT value FROM json_each(?3)) CROSS JOIN item_names n"
        " ON n.source_id = s.id AND n.stem = json_extract(k.value, '$[0]') AND n.listed_on = ''"
        " AND n.title = json_extract(k.value, '$[1]') CROSS JOIN items i ON i.id = n.item_id ORDER BY i.id",
        (
            json.dumps(list(spans)),
            json.dumps([(name.stem, name.title) for name in undated]),
            json.dumps(list(siblings)),
        ),
    )
    return tuple(
        NamedItem(
            Name(row["stem"], row["name"], row["listed_on"], bool(row["cut"])),
            _stored(row),
            row["language"],
            row["named_in"],
        )
        for row in rows
    )


def siblings_of(conn: sqlite3.Connection, source_id: str) -> list[str]:
    """The sources of its institution that have ever named an item, this one among them."""
    rows = conn.execute(
        "SELECT o.id FROM sources s JOIN sources o ON o.institution = s.institution WHERE s.id = ?"
        " AND EXISTS (SELECT 1 FROM item_names n WHERE n.source_id = o.id) LIMIT ?",
        (source_id, _MAX_SIBLINGS + 1),
    ).fetchall()
    return [row["id"] for row in rows] if len(rows) <= _MAX_SIBLINGS else [source_id]


def _stored(row: sqlite3.Row) -> StoredItem:
    """The item of a row that ends with the columns of `_ITEM`."""
    id_, owner, url, title, summary, on, precision, source, text, content_hash, untouched, kind = row[-12:]
    published = PublishedDate(on, precision, source, text)
    return StoredItem(id_, owner, url, title, summary, published, content_hash, kind, bool(untouched))


_ADDRESS = "item_addresses (source_id, first_seen_on, last_seen_on, address, item_id, url)"
_ID = "item_ids (source_id, first_seen_on, source_item_id, item_id)"
_NAME = "item_names (source_id, first_seen_on, stem, listed_on, title, item_id, cut)"
_MARKS = (
    f"INSERT INTO {_ADDRESS} SELECT ?1, ?2, ?2, ?3, ?4, ?5"
    " WHERE EXISTS (SELECT 1 FROM item_addresses WHERE address = ?3 AND source_id = ?1)"
    f" OR (SELECT count(*) FROM item_addresses WHERE item_id = ?4 AND source_id = ?1) < {MAX_ADDRESSES}"
    " ON CONFLICT (address, source_id) DO UPDATE"
    " SET item_id = excluded.item_id, url = excluded.url, last_seen_on = excluded.last_seen_on"
    " WHERE last_seen_on < excluded.last_seen_on OR item_id <> excluded.item_id",
    f"INSERT INTO {_ID} VALUES (?, ?, ?, ?) ON CONFLICT (source_id, source_item_id) DO UPDATE"
    " SET item_id = excluded.item_id WHERE item_id <> excluded.item_id",
    f"INSERT INTO {_NAME} SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7"
    f" WHERE (SELECT count(*) FROM item_revisions WHERE item_id = ?6) < {MAX_REVISIONS} ON CONFLICT DO NOTHING",
)


def save_new_marks(conn: sqlite3.Connection, source_id: str, marks: Sequence[tuple[int, Marks]], *, on: str) -> None:
    """These items, which are new, are recognised by these marks from now on; call it inside a transaction."""
    addresses, ids, names = _mark_rows(marks)
    try:
        insert(conn, _ADDRESS, addresses, same=(source_id, on, on))
        insert(conn, _ID, ids, same=(source_id, on))
        insert(conn, _NAME, names, same=(source_id, on))
    except sqlite3.IntegrityError:  # one of them was another item's; to look for that each time takes much longer
        save_marks(conn, source_id, marks, on=on)


def save_marks(conn: sqlite3.Connection, source_id: str, marks: Sequence[tuple[int, Marks]], *, on: str) -> None:
    """The items are recognised by these marks from now on, the newest claim counts; call it inside a transaction."""
    for statement, rows in zip(_MARKS, _mark_rows(marks), strict=True):
        if rows:
            conn.executemany(statement, [(source_id, on, *row) for row in rows])


def _mark_rows(marks: Sequence[tuple[int, Marks]]) -> tuple[list[tuple[object, ...]], ...]:
    return (
        [(mark.address, item_id, mark.url) for item_id, mark in marks],
        [(mark.source_item_id, item_id) for item_id, mark in marks if mark.source_item_id],
        [
            (mark.name.stem, mark.name.on, mark.name.title, item_id, int(mark.name.cut))
            for item_id, mark in marks
            if mark.name is not None
        ],
    )


def save_links(conn: sqlite3.Connection, marks: Iterable[tuple[int, Marks]]) -> None:
    """What these items point to is kept; call it inside a transaction."""
    links = [(address, item_id) for item_id, mark in marks for address in mark.links[:MAX_LINKS]]
    if links:
        conn.executemany("INSERT OR IGNORE INTO item_links (address, item_id) VALUES (?, ?)", links)


def save_revisions(
    conn: sqlite3.Connection, item_id: int, revisions: Iterable[Revision], *, poll_id: int | None, now: datetime
) -> None:
    """What the source changed stands in the item's history, up to a bound; call it inside a transaction."""
    conn.executemany(
        "INSERT INTO item_revisions (item_id, poll_id, revised_at, field, before, after) SELECT ?1, ?2, ?3, ?4, ?5, ?6"
        " WHERE (SELECT count(*) FROM item_revisions WHERE item_id = ?1) < ?7",
        [(item_id, poll_id, to_text(now), r.field, r.before, r.after, MAX_REVISIONS) for r in revisions],
    )


def unmarked_items(conn: sqlite3.Connection, *, limit: int) -> tuple[Unmarked, ...]:
    """Items that are not recognised by their address and name yet, oldest first."""
    rows = conn.execute("SELECT * FROM items WHERE marked = 0 ORDER BY id LIMIT ?", (limit,))
    return tuple(
        Unmarked(
            row["id"],
            row["source_id"],
            row["url"],
            row["canonical_url"],
            row["title"],
            PublishedDate(row["published_on"], row["date_precision"], row["date_source"], row["date_text"]),
            from_text(row["first_seen_at"]),
        )
        for row in rows
    )


def have_marks(conn: sqlite3.Connection, item_ids: Iterable[int]) -> None:
    """The marks of these items are kept; call it inside a transaction."""
    conn.executemany("UPDATE items SET marked = 1 WHERE id = ?", [(item_id,) for item_id in item_ids])


def addresses_of(conn: sqlite3.Connection, item_id: int) -> tuple[Address, ...]:
    """Where the item was ever listed, by which source, the newest place first."""
    rows = conn.execute(
        "SELECT a.source_id, s.name, a.url, a.first_seen_on, a.last_seen_on FROM item_addresses a"
        " JOIN sources s ON s.id = a.source_id WHERE a.item_id = ? ORDER BY a.last_seen_on DESC, a.address",
        (item_id,),
    )
    return tuple(Address(*row) for row in rows)


def revisions_of(conn: sqlite3.Connection, item_id: int) -> tuple[Revised, ...]:
    """What the source changed of the item, newest first."""
    rows = conn.execute(
        "SELECT field, before, after, revised_at FROM item_revisions WHERE item_id = ? ORDER BY id DESC", (item_id,)
    )
    return tuple(
        Revised(Revision(row["field"], row["before"], row["after"]), from_text(row["revised_at"])) for row in rows
    )
