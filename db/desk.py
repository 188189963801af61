"""Items as the desk sees them: the queue of a convenor, one item, and how much waits."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from db.instants import from_text
from db.records import Curation, DeskItem, ItemState, PublishedDate, Tag

_COLUMNS = "i.*, s.name AS source_name, s.institution, s.sub_region FROM items i JOIN sources s ON s.id = i.source_id"


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which items to show. `sub_regions` are those the person may see; empty texts do not narrow."""

    sub_regions: tuple[str, ...]
    state: ItemState = "new"
    country: str = ""
    source_id: str = ""
    after: tuple[str, int] | None = None  # (published_on or '', id) of the last item shown: the page after it


def waiting_items(conn: sqlite3.Connection, wanted: QueueFilter, *, limit: int) -> tuple[DeskItem, ...]:
    """The items that match, newest first; undated ones last."""
    where, values = _where(wanted)
    if wanted.after is not None:
        where += " AND (coalesce(i.published_on, ''), i.id) < (?, ?)"
        values += wanted.after
    rows = conn.execute(
        f"SELECT {_COLUMNS} WHERE {where} ORDER BY coalesce(i.published_on, '') DESC, i.id DESC LIMIT ?",
        (*values, limit),
    ).fetchall()
    return _desk_items(conn, rows)


@dataclass(frozen=True, slots=True)
class QueueCount:
    """How many items share a state, a country and a source."""

    state: ItemState
    country: str
    source_id: str
    items: int


def queue_counts(conn: sqlite3.Connection, sub_regions: Sequence[str]) -> tuple[QueueCount, ...]:
    """The items of these sub-regions counted in one pass, so that every filter can say what it would show."""
    rows = conn.execute(
        "SELECT i.state, coalesce(i.edited_country, i.country) AS country, i.source_id, count(*) FROM items i"
        " JOIN sources s ON s.id = i.source_id WHERE i.duplicate_of IS NULL"
        f" AND s.sub_region IN ({', '.join('?' * len(sub_regions))}) GROUP BY 1, 2, 3",
        tuple(sub_regions),
    )
    return tuple(QueueCount(*row) for row in rows)


def _where(wanted: QueueFilter) -> tuple[str, tuple[object, ...]]:
    marks = ", ".join("?" * len(wanted.sub_regions))
    where, values = (
        f"i.state = ? AND i.duplicate_of IS NULL AND s.sub_region IN ({marks})",
        [wanted.state, *wanted.sub_regions],
    )
    if wanted.country:
        where += " AND coalesce(i.edited_country, i.country) = ?"
        values.append(wanted.country)
    if wanted.source_id:
        where += " AND i.source_id = ?"
        values.append(wanted.source_id)
    return where, tuple(values)


def find_item(conn: sqlite3.Connection, item_id: int) -> DeskItem | None:
    """One item with all that was decided of it; None when there is none."""
    rows = conn.execute(f"SELECT {_COLUMNS} WHERE i.id = ?", (item_id,)).fetchall()
    return _desk_items(conn, rows)[0] if rows else None


def _desk_items(conn: sqlite3.Connection, rows: Sequence[sqlite3.Row]) -> tuple[DeskItem, ...]:
    marks = ", ".join("?" * len(rows))
    tags: dict[int, list[Tag]] = {}
    for row in conn.execute(
        f"SELECT g.item_id, g.vocabulary, g.code FROM item_tags g JOIN vocabularies v ON v.id = g.vocabulary"
        f" JOIN terms t ON t.vocabulary = g.vocabulary AND t.code = g.code WHERE g.item_id IN ({marks})"
        f" ORDER BY v.position, t.position",
        [row["id"] for row in rows],
    ):
        tags.setdefault(row["item_id"], []).append(Tag(row["vocabulary"], row["code"]))
    return tuple(_desk_item(row, tuple(tags.get(row["id"], ()))) for row in rows)


def _desk_item(row: sqlite3.Row, tags: tuple[Tag, ...]) -> DeskItem:
    return DeskItem(
        id=row["id"],
        source_id=row["source_id"],
        source_name=row["source_name"],
        institution=row["institution"],
        sub_region=row["sub_region"],
        url=row["url"],
        canonical_url=row["canonical_url"],
        title=row["title"],
        summary=row["summary"],
        text=row["text"],
        language=row["language"],
        country=row["country"],
        published=PublishedDate(row["published_on"], row["date_precision"], row["date_source"], row["date_text"]),
        image_url=row["image_url"],
        first_seen_at=from_text(row["first_seen_at"]),
        version=row["version"],
        curation=Curation(
            state=row["state"],
            tags=tags,
            title=row["edited_title"],
            summary=row["edited_summary"],
            url=row["edited_url"],
            country=row["edited_country"],
            impact=row["impact"],
        ),
    )
