"""Items as the desk sees them: the queue of a convenor, one item, and how much waits."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from db.impact import story_of
from db.instants import from_text
from db.records import Curation, DeskItem, EventDays, ItemState, PublishedDate, SourceRole, Tag
from db.search.items import matching, ranked
from db.search.query import NOTHING, Query

_COLUMNS = (
    "i.*, s.name AS source_name, s.institution, s.sub_region, s.role FROM items i JOIN sources s ON s.id = i.source_id"
)


class QueueFilter(Struct, frozen=True):
    """Which items to show. `sub_regions` are those the person may see; empty texts do not narrow."""

    sub_regions: tuple[str, ...]
    state: ItemState = "new"
    country: str = ""
    source_id: str = ""
    language: str = ""  # with all its scripts and regions: `zh` means `zh-Hans` too
    since: str = ""  # first and last day of the period, ISO; with either, undated items are left out
    until: str = ""
    actor: str = ""  # only what this person decided on
    nominated: bool = False  # only what somebody nominated
    suggested: bool = False  # only what a tag is suggested for
    query: Query = NOTHING  # words and fields; an empty one does not narrow
    after: tuple[str, int] | None = None  # (published_on or '', id) of the last item shown: the page after it

    def starting(self, after: tuple[str, int] | None) -> QueueFilter:
        """The same, from the item after that one."""
        return replace(self, after=after)


class WaitingWords(Struct, frozen=True):
    """A waiting item by the words that it is weighed by."""

    id: int
    on: str  # when it was published; empty where that is not known
    role: SourceRole  # of its source
    title: str
    summary: str
    text: str


def waiting_items(conn: sqlite3.Connection, wanted: QueueFilter, *, limit: int) -> tuple[DeskItem, ...]:
    """The items that match, newest first; undated ones last. One that is folded into another is not an item here."""
    where, values = _where(wanted)
    if wanted.after is not None:
        # The first condition says what the second one implies, and lets the index begin there.
        where += " AND coalesce(i.published_on, '') <= ? AND (coalesce(i.published_on, ''), i.id) < (?, ?)"
        values += (wanted.after[0], *wanted.after)
    rows = conn.execute(
        f"SELECT {_COLUMNS} WHERE {where} ORDER BY coalesce(i.published_on, '') DESC, i.id DESC LIMIT ?",
        (*values, limit),
    ).fetchall()
    return _desk_items(conn, rows)


def waiting_words(conn: sqlite3.Connection, wanted: QueueFilter, *, limit: int, text: int) -> tuple[WaitingWords, ...]:
    """The same items by their words alone; of summary and text so many characters from the beginning."""
    where, values = _where(wanted)
    rows = conn.execute(
        "SELECT i.id, coalesce(i.published_on, ''), s.role, coalesce(i.edited_title, i.title),"
        " substr(i.summary, 1, ?), substr(i.text, 1, ?) FROM items i JOIN sources s ON s.id = i.source_id"
        f" WHERE {where} ORDER BY coalesce(i.published_on, '') DESC, i.id DESC LIMIT ?",
        (text, text, *values, limit),
    )
    return tuple(WaitingWords(*row) for row in rows)


def count_items(conn: sqlite3.Connection, wanted: QueueFilter, *, at_most: int) -> int:
    """How many items match, from the first page on; not counted any further than `at_most`."""
    where, values = _where(wanted)
    row = conn.execute(
        f"SELECT count(*) FROM (SELECT 1 FROM items i JOIN sources s ON s.id = i.source_id WHERE {where} LIMIT ?)",
        (*values, at_most),
    ).fetchone()
    return int(row[0])


def searched_items(conn: sqlite3.Connection, query: Query, sub_regions: Sequence[str]) -> tuple[int, ...]:
    """The ids of the items of these sub-regions that match, whatever their state, the best first; RANKED at most."""
    return ranked(conn, query, f"s.sub_region IN ({', '.join('?' * len(sub_regions))})", sub_regions)


def items_of(conn: sqlite3.Connection, item_ids: Sequence[int]) -> tuple[DeskItem, ...]:
    """These items, in this order; those that do not exist are left out."""
    marks = ", ".join("?" * len(item_ids))
    rows = conn.execute(f"SELECT {_COLUMNS} WHERE i.id IN ({marks})", tuple(item_ids)).fetchall()
    found = {item.id: item for item in _desk_items(conn, rows)}
    return tuple(found[item_id] for item_id in item_ids if item_id in found)


def sightings(conn: sqlite3.Connection, item_ids: Sequence[int]) -> dict[int, tuple[DeskItem, ...]]:
    """Item id → the items folded into it, oldest first; items without any are left out."""
    marks = ", ".join("?" * len(item_ids))
    rows = conn.execute(f"SELECT {_COLUMNS} WHERE i.duplicate_of IN ({marks}) ORDER BY i.id", tuple(item_ids))
    found: dict[int, tuple[DeskItem, ...]] = {}
    for folded in _desk_items(conn, rows.fetchall()):
        lead = folded.curation.duplicate_of
        assert lead is not None
        found[lead] = (*found.get(lead, ()), folded)
    return found


def also_listed(conn: sqlite3.Connection, item_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Item id → the names of other sources that listed the very same page; items without any are left out."""
    marks = ", ".join("?" * len(item_ids))
    rows = conn.execute(
        "SELECT DISTINCT a.item_id, s.name FROM item_addresses a JOIN items i ON i.id = a.item_id"
        f" JOIN sources s ON s.id = a.source_id WHERE a.item_id IN ({marks}) AND a.source_id <> i.source_id"
        " ORDER BY 1, 2",
        tuple(item_ids),
    )
    found: dict[int, tuple[str, ...]] = {}
    for item_id, name in rows:
        found[item_id] = (*found.get(item_id, ()), name)
    return found


class QueueCount(Struct, frozen=True):
    """How many items share a state, a country and a source."""

    state: ItemState
    country: str
    source_id: str
    items: int


def queue_counts(conn: sqlite3.Connection, sub_regions: Sequence[str]) -> tuple[QueueCount, ...]:
    """The items of these sub-regions by state, country and source, so that every filter can say what it would show."""
    rows = conn.execute(
        "SELECT c.state, c.country, c.source_id, c.items FROM queue_counts c JOIN sources s ON s.id = c.source_id"
        f" WHERE c.items > 0 AND s.sub_region IN ({', '.join('?' * len(sub_regions))})",
        tuple(sub_regions),
    )
    return tuple(QueueCount(*row) for row in rows)


# A card stands for its sightings too: a filter that matches one of them shows the card. The plus keeps SQLite from
# looking through all items of a source for the few that are folded.
_NARROWING = {
    "country": "coalesce({0}.edited_country, {0}.country) = ?",
    "source_id": "+{0}.source_id = ?",
    "language": "({0}.language = ? OR {0}.language LIKE ? || '-%')",
}


def _where(wanted: QueueFilter) -> tuple[str, list[object]]:
    marks = ", ".join("?" * len(wanted.sub_regions))
    where = f"i.state = ? AND i.duplicate_of IS NULL AND i.held_by IS NULL AND s.sub_region IN ({marks})"
    values: list[object] = [wanted.state, *wanted.sub_regions]
    for name, condition in _NARROWING.items():
        if value := getattr(wanted, name):
            folded = f"SELECT f.duplicate_of FROM items f WHERE f.duplicate_of IS NOT NULL AND {condition.format('f')}"
            where += f" AND ({condition.format('i')} OR i.id IN ({folded}))"
            values += [value] * (2 * condition.count("?"))
    for condition, value in (("i.published_on >= ?", wanted.since), ("i.published_on <= ?", wanted.until)):
        if value:
            where += f" AND {condition}"
            values.append(value)
    if wanted.query:
        condition, given = matching(wanted.query)
        cards = "SELECT coalesce(i.duplicate_of, i.id) FROM items i JOIN sources s ON s.id = i.source_id"
        where += f" AND i.id IN ({cards} WHERE {condition})"
        values += given
    if wanted.nominated:
        where += " AND i.id IN (SELECT n.item_id FROM nominations n WHERE n.withdrawn_at IS NULL)"
    if wanted.suggested:
        where += " AND EXISTS (SELECT 1 FROM item_suggestions g WHERE g.item_id = i.id)"
    if wanted.actor:
        where += " AND i.id IN (SELECT d.item_id FROM decisions d WHERE d.actor = ?)"
        values.append(wanted.actor)
    return where, values


def find_item(conn: sqlite3.Connection, item_id: int) -> DeskItem | None:
    """One item with all that was decided of it; None when there is none."""
    rows = conn.execute(f"SELECT {_COLUMNS} WHERE i.id = ?", (item_id,)).fetchall()
    return _desk_items(conn, rows)[0] if rows else None


def read_at(conn: sqlite3.Connection, item_id: int) -> datetime | None:
    """When the page of the item's article was read; None when it was not."""
    row = conn.execute("SELECT article_read_at FROM items WHERE id = ?", (item_id,)).fetchone()
    return from_text(row[0]) if row else None


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
            story=story_of(json.loads(row["story"]) if row["story"] else None),
            duplicate_of=row["duplicate_of"],
        ),
        role=row["role"],
        event=EventDays(row["event_start_on"], row["event_end_on"]) if row["event_start_on"] else None,
    )
