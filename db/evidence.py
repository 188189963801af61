"""Evidence of activities: which page was kept when, by which fingerprint, and where the public finds a copy of it.

The pages themselves lie beside the database (crawlers.warc); the public is told day, fingerprint and memento alone.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

from msgspec import Struct

from db.connect import transaction
from db.instants import to_text

TRIES = 3  # before a page counts as one that cannot be kept
AGAIN_AFTER = timedelta(days=1)
MEMENTO_AGAIN_AFTER = timedelta(days=30)

_ADDRESS = "coalesce(i.edited_url, i.url)"
_CHOSEN = "i.state = 'impactful' AND i.duplicate_of IS NULL"


class Wanted(Struct, frozen=True):
    """An activity and the address of its original."""

    item_id: int
    url: str


class Kept(Struct, frozen=True):
    """A page that was kept."""

    item_id: int
    url: str  # as asked for
    fetched_at: datetime
    sha256: str  # of the body, in hexadecimal digits
    bytes: int
    media_type: str
    file: str  # below the folder of evidence


def without_evidence(conn: sqlite3.Connection, *, now: datetime, limit: int) -> tuple[Wanted, ...]:
    """The activities whose page is to be kept, those that wait longest first.

    One whose address changed is among them.
    """
    rows = conn.execute(
        f"SELECT i.id, {_ADDRESS} FROM items i LEFT JOIN evidence e ON e.item_id = i.id AND e.url = {_ADDRESS}"
        f" WHERE {_CHOSEN} AND {_ADDRESS} LIKE 'http%' AND e.sha256 IS NULL"
        " AND (e.item_id IS NULL OR (e.tries < ? AND e.tried_at <= ?)) ORDER BY e.tried_at, i.id LIMIT ?",
        (TRIES, to_text(now - AGAIN_AFTER), limit),
    )
    return tuple(Wanted(*row) for row in rows)


def save_evidence(conn: sqlite3.Connection, kept: Kept) -> None:
    """The page is known as the evidence of its activity; what was known of another address is gone."""
    with transaction(conn):
        conn.execute(
            "INSERT INTO evidence (item_id, url, tried_at, fetched_at, sha256, bytes, media_type, file)"
            " VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (item_id) DO UPDATE SET url = excluded.url,"
            " tried_at = excluded.tried_at, tries = 1, problem = NULL, fetched_at = excluded.fetched_at,"
            " sha256 = excluded.sha256, bytes = excluded.bytes, media_type = excluded.media_type,"
            " file = excluded.file, memento_url = CASE WHEN url = excluded.url THEN memento_url END,"
            " memento_at = CASE WHEN url = excluded.url THEN memento_at END,"
            " memento_asked_at = CASE WHEN url = excluded.url THEN memento_asked_at END",
            (kept.item_id, kept.url, to_text(kept.fetched_at), kept.sha256, kept.bytes, kept.media_type, kept.file),
        )


def save_failure(conn: sqlite3.Connection, wanted: Wanted, problem: str, *, now: datetime) -> None:
    """The page could not be kept this time."""
    with transaction(conn):
        conn.execute(
            "INSERT INTO evidence (item_id, url, tried_at, problem) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (item_id) DO UPDATE SET tries = CASE WHEN url = excluded.url THEN tries + 1 ELSE 1 END,"
            " url = excluded.url, tried_at = excluded.tried_at, problem = excluded.problem, fetched_at = NULL,"
            " sha256 = NULL, bytes = NULL, media_type = NULL, file = NULL,"
            " memento_url = NULL, memento_at = NULL, memento_asked_at = NULL",
            (wanted.item_id, wanted.url, to_text(now), problem[:300]),
        )


def kept_pages(conn: sqlite3.Connection, item_id: int | None = None) -> tuple[tuple[int, str, str], ...]:
    """Item, file and fingerprint of every page that is kept, or of one."""
    where, values = (" AND item_id = ?", (item_id,)) if item_id is not None else ("", ())
    rows = conn.execute(
        f"SELECT item_id, file, sha256 FROM evidence WHERE sha256 IS NOT NULL{where} ORDER BY item_id", values
    )
    return tuple((row[0], row[1], row[2]) for row in rows)


def kept_bytes(conn: sqlite3.Connection) -> int:
    """How large all kept pages are, before they are packed."""
    return int(conn.execute("SELECT coalesce(sum(bytes), 0) FROM evidence").fetchone()[0])


def without_memento(conn: sqlite3.Connection, *, now: datetime, limit: int) -> tuple[tuple[Wanted, str], ...]:
    """The activities of which no public copy is known, with the instant by which one is looked for."""
    rows = conn.execute(
        f"SELECT i.id, e.url, e.fetched_at FROM evidence e JOIN items i ON i.id = e.item_id AND e.url = {_ADDRESS}"
        f" WHERE {_CHOSEN} AND e.sha256 IS NOT NULL AND e.memento_url IS NULL"
        " AND (e.memento_asked_at IS NULL OR e.memento_asked_at <= ?) ORDER BY e.memento_asked_at, i.id LIMIT ?",
        (to_text(now - MEMENTO_AGAIN_AFTER), limit),
    )
    return tuple((Wanted(row[0], row[1]), row[2]) for row in rows)


def save_memento(
    conn: sqlite3.Connection, item_id: int, memento: tuple[str, datetime] | None, *, now: datetime
) -> None:
    """The public copy is known, or that there was none when it was asked for."""
    url, at = (memento[0], to_text(memento[1])) if memento else (None, None)
    with transaction(conn):
        conn.execute(
            "UPDATE evidence SET memento_url = ?, memento_at = ?, memento_asked_at = ? WHERE item_id = ?",
            (url, at, to_text(now), item_id),
        )


class Link(Struct, frozen=True):
    """The original of an activity as it was when it was found."""

    item_id: int
    title: str  # as found
    url: str
    text: str  # of the article, as far as it was read
    country: str
    language: str


def links_of_period(conn: sqlite3.Connection, start: str, end: str, sub_region: str | None = None) -> tuple[Link, ...]:
    """The originals of what was published in these months, or is picked for a report of exactly these, by country.

    Months are written 2020-11, both are inside.
    """
    rows = conn.execute(
        f"SELECT i.id, i.title, {_ADDRESS}, i.text, coalesce(i.edited_country, i.country), i.language"
        f" FROM items i JOIN sources s ON s.id = i.source_id WHERE {_CHOSEN} AND {_ADDRESS} LIKE 'http%'"
        " AND (substr(i.published_on, 1, 7) BETWEEN ?1 AND ?2 OR i.id IN (SELECT p.item_id FROM picks p"
        " JOIN reports r ON r.id = p.report_id WHERE r.period_start = ?1 AND r.period_end = ?2))"
        " AND (?3 IS NULL OR s.sub_region = ?3) ORDER BY 5, i.id",
        (start, end, sub_region),
    )
    return tuple(Link(*row) for row in rows)
