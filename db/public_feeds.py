"""What those who subscribe to the public set read: the activities that were added last, of all or of a part."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from db.public_pages import TagLabel, activities_of, tags_of
from db.search.activities import TABLE as INDEX
from db.search.activities import expression_of
from db.search.query import Query

ENTRIES = 50  # of a feed


class Added(Struct, frozen=True):
    """The activities of a part that were added last, the newest first."""

    title: str  # of the part; empty for everything
    activities: tuple[Mapping[str, Any], ...]
    tags: Mapping[int, tuple[TagLabel, ...]]


def added_to_all(conn: sqlite3.Connection) -> Added:
    """Of the whole set."""
    return _added(conn, "", "1 = 1", ())


def added_since(conn: sqlite3.Connection, instant: str) -> tuple[Added, int]:
    """Of the whole set since that instant, and how many they are in all."""
    total = conn.execute("SELECT count(*) FROM activities WHERE added_at >= ?", (instant,)).fetchone()[0]
    return _added(conn, "", "added_at >= ?", (instant,)), int(total)


def added_to_country(conn: sqlite3.Connection, code: str) -> Added | None:
    """Of a country, by its code; None when there is no such country."""
    row = conn.execute("SELECT name FROM countries WHERE code = ?", (code,)).fetchone()
    return _added(conn, row[0], "country = ?", (code,)) if row else None


def added_to_tag(conn: sqlite3.Connection, vocabulary: str, code: str) -> Added | None:
    """Of a tag; None when the strategy has no such tag."""
    named = "SELECT code || ' ' || label FROM terms WHERE vocabulary = ? AND code = ?"
    row = conn.execute(named, (vocabulary, code)).fetchone()
    tagged = "id IN (SELECT activity_id FROM activity_tags WHERE vocabulary = ? AND code = ?)"
    return _added(conn, row[0], tagged, (vocabulary, code)) if row else None


def added_in_language(conn: sqlite3.Connection, language: str) -> Added | None:
    """Of those whose original is in this language; None where all name it more closely: `zh-Hans`, not `zh`."""
    found = _added(conn, language, "language = ?", (language,))
    closer = conn.execute("SELECT 1 FROM tallies WHERE language LIKE ? || '-%' LIMIT 1", (language,)).fetchone()
    return None if closer and not found.activities else found


def added_to_search(conn: sqlite3.Connection, query: Query) -> Added:
    """Of those that the query finds."""
    return _added(conn, "", f"id IN (SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH ?)", (expression_of(query),))


def built_at(conn: sqlite3.Connection) -> str:
    """When the file was built."""
    return str(conn.execute("SELECT built_at FROM about").fetchone()[0])


def _added(conn: sqlite3.Connection, title: str, condition: str, values: Sequence[str]) -> Added:
    last = f"SELECT id FROM activities WHERE {condition} ORDER BY added_at DESC, id DESC LIMIT {ENTRIES}"
    ids = [row[0] for row in conn.execute(last, tuple(values))]
    return Added(title, activities_of(conn, ids), tags_of(conn, ids))
