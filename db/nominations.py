"""Candidates that people bring: by hand, from a program, or over the suggest link of a sub-region."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

from db.connect import transaction
from db.errors import DecisionError
from db.instants import from_text, to_text
from db.records import NO_DATE, PublishedDate, SourceRow

HAND = "hand"  # the kind of the sources under which such items stand; nothing polls them
TRIES_AN_HOUR = 30  # over one suggest link


class Candidate(Struct, frozen=True):
    """What is known or was typed of one page."""

    url: str
    title: str = ""
    published: PublishedDate = NO_DATE
    language: str = ""
    country: str = ""
    summary: str = ""
    text: str = ""
    image_url: str | None = None
    problem: str = ""  # why the page tells nothing of itself, in a sentence


class Nomination(Struct, frozen=True):
    """Who brought an item, and why."""

    who: str
    why: str = ""
    via: Literal["desk", "command", "link"] = "desk"
    at: datetime | None = None  # None: not saved yet


class SuggestLink(Struct, frozen=True):
    """The address over which anybody may nominate for a sub-region."""

    sub_region: str
    token: str
    enabled: bool


def hand_source(conn: sqlite3.Connection, sub_region: str) -> SourceRow:
    """The source under which items stand that were added by hand; DecisionError for an unknown sub-region."""
    if conn.execute("SELECT 1 FROM sub_regions WHERE id = ?", (sub_region,)).fetchone() is None:
        raise DecisionError(f"There is no sub-region {sub_region!r}.")
    source = SourceRow(f"by-hand-{sub_region}", "Added by hand", "", "INT", sub_region, "en", HAND, "", False)
    conn.execute(
        "INSERT OR IGNORE INTO sources (id, name, institution, country, sub_region, language, kind, url, enabled)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)",
        (source.id, source.name, source.institution, source.country, sub_region, source.language, HAND, source.url),
    )
    return source


def item_at(conn: sqlite3.Connection, canonical_url: str) -> int:
    """The item at this address, which must be there."""
    return int(conn.execute("SELECT id FROM items WHERE canonical_url = ?", (canonical_url,)).fetchone()[0])


def save_nomination(conn: sqlite3.Connection, item_id: int, nomination: Nomination, *, now: datetime) -> None:
    """Who nominated the item and why is kept, beside what others said."""
    with transaction(conn):
        conn.execute(
            "INSERT INTO nominations (item_id, who, why, via, nominated_at) VALUES (?, ?, ?, ?, ?)",
            (item_id, nomination.who, nomination.why, nomination.via, to_text(now)),
        )


def withdraw_nominations(conn: sqlite3.Connection, item_id: int, who: str, *, now: datetime) -> bool:
    """Whether the person had nominated the item at the desk; she no longer does."""
    with transaction(conn):
        cursor = conn.execute(
            "UPDATE nominations SET withdrawn_at = ?"
            " WHERE item_id = ? AND who = ? AND via = 'desk' AND withdrawn_at IS NULL",
            (to_text(now), item_id, who),
        )
    return cursor.rowcount > 0


def nominations(conn: sqlite3.Connection, item_ids: Sequence[int]) -> dict[int, tuple[Nomination, ...]]:
    """Item id → who nominated it, oldest first; items that nobody nominated are left out."""
    marks = ", ".join("?" * len(item_ids))
    rows = conn.execute(
        "SELECT item_id, who, why, via, nominated_at FROM nominations"
        f" WHERE item_id IN ({marks}) AND withdrawn_at IS NULL ORDER BY id",
        tuple(item_ids),
    )
    found: dict[int, tuple[Nomination, ...]] = {}
    for row in rows:
        one = Nomination(row["who"], row["why"], row["via"], from_text(row["nominated_at"]))
        found[row["item_id"]] = (*found.get(row["item_id"], ()), one)
    return found


def suggest_links(conn: sqlite3.Connection, sub_regions: Sequence[str]) -> dict[str, SuggestLink]:
    """The suggest links of these sub-regions that were ever made."""
    marks = ", ".join("?" * len(sub_regions))
    rows = conn.execute(
        f"SELECT sub_region, token, enabled FROM suggest_links WHERE sub_region IN ({marks})", tuple(sub_regions)
    )
    return {row["sub_region"]: SuggestLink(row["sub_region"], row["token"], bool(row["enabled"])) for row in rows}


def renew_suggest_link(conn: sqlite3.Connection, sub_region: str) -> None:
    """The sub-region has a new suggest link, and the old one is worth nothing."""
    with transaction(conn):
        conn.execute(
            "INSERT INTO suggest_links (sub_region, token, enabled) VALUES (?, ?, 1)"
            " ON CONFLICT (sub_region) DO UPDATE SET token = excluded.token, enabled = 1",
            (sub_region, secrets.token_urlsafe(18)),
        )


def switch_off_suggest_link(conn: sqlite3.Connection, sub_region: str) -> None:
    """Nobody can nominate over the link any more."""
    with transaction(conn):
        conn.execute("UPDATE suggest_links SET enabled = 0 WHERE sub_region = ?", (sub_region,))


def sub_region_of_token(conn: sqlite3.Connection, token: str) -> str | None:
    """The sub-region whose suggest link this is, None when it is none or switched off."""
    rows = conn.execute("SELECT sub_region, token FROM suggest_links WHERE enabled = 1").fetchall()
    return next((row["sub_region"] for row in rows if secrets.compare_digest(row["token"], token)), None)


def count_try(conn: sqlite3.Connection, sub_region: str, *, now: datetime) -> bool:
    """Whether another nomination over the link is allowed in this hour; the try is counted."""
    with transaction(conn):
        conn.execute("DELETE FROM suggest_tries WHERE tried_at <= ?", (to_text(now - timedelta(hours=1)),))
        tries = conn.execute("SELECT count(*) FROM suggest_tries WHERE sub_region = ?", (sub_region,)).fetchone()[0]
        if tries < TRIES_AN_HOUR:
            conn.execute("INSERT INTO suggest_tries (sub_region, tried_at) VALUES (?, ?)", (sub_region, to_text(now)))
    return bool(tries < TRIES_AN_HOUR)
