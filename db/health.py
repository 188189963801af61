"""How sources do: what their polls tell, what a good page of theirs looks like, and the repairs that are proposed.

What is remembered of good pages is JSON that only its reader understands. Of the doubtful pages the newest one of each
source is kept, so that a person can look at it.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct, to_builtins

from db.connect import transaction
from db.instants import from_text, to_text
from db.items import publishing_days
from db.records import Glimpse, PollOutcome, SourceRow
from db.rows import insert
from db.sources import list_sources

MAX_KEPT_BYTES = 1_000_000  # of a doubtful page, before compression
MAX_DAYS = 80  # publishing days by which the rhythm of a source is known
_NEWEST = 400  # items among which they are looked for
_SILENT = timedelta(days=14)  # without news of its own: then what it lists of others' counts too


class KeptPage(Struct, frozen=True):
    """A page that could not be believed, or what came instead of one."""

    url: str
    body: bytes
    content_type: str = ""


class Proposal(Struct, frozen=True):
    """Another way to read a source, with what the old way read last and what this one reads now."""

    kind: str
    url: str
    options: Mapping[str, Any]
    why: str
    before: tuple[Glimpse, ...] = ()
    after: tuple[Glimpse, ...] = ()


class Override(Struct, frozen=True):
    """A way to read a source that was taken over in place of its block, for as long as the block stays as it was."""

    source_id: str
    kind: str
    url: str
    options: Mapping[str, Any]
    replaces: str  # what the block said then
    taken_at: datetime
    taken_by: str


class SourceFacts(Struct, frozen=True):
    """What is known of how a source does."""

    source: SourceRow
    polled_at: datetime | None = None  # None: never
    outcome: PollOutcome | None = None
    http_status: int | None = None
    error: str | None = None
    doubt: str | None = None  # why the page is not believed; may be told of a poll that worked
    trouble_since: datetime | None = None  # the first poll after the last one that was well
    items: int = 0
    days: tuple[str, ...] = ()  # on which it published or was first seen to, newest first
    repairable: bool = False  # a proposal waits
    repaired: bool = False  # it is read by an override
    absent_polls: int = 0  # consecutive answers that there is no such page
    absent_since: datetime | None = None
    believed_at: datetime | None = None  # when a person said last that its page is right as it is
    empty_before: timedelta = timedelta()  # the longest time that its list had no entries and then had some again
    others: int = 0  # items that it listed too, but another source had first; not counted while it has news of its own


def source_facts(conn: sqlite3.Connection, source_id: str | None = None) -> tuple[SourceFacts, ...]:
    """What is known of each source that is switched on, or of this one alone."""
    waiting = {row[0] for row in conn.execute("SELECT source_id FROM repair_proposals")}
    repaired = {row[0] for row in conn.execute("SELECT source_id FROM source_overrides")}
    return tuple(
        _facts(conn, source, source.id in waiting, source.id in repaired)
        for source in list_sources(conn)
        if source.enabled and source_id in (None, source.id)
    )


def _facts(conn: sqlite3.Connection, source: SourceRow, repairable: bool, repaired: bool) -> SourceFacts:
    last = conn.execute("SELECT * FROM polls WHERE source_id = ? ORDER BY id DESC LIMIT 1", (source.id,)).fetchone()
    if last is None:
        return SourceFacts(source, repairable=repairable, repaired=repaired)
    items = conn.execute("SELECT count(*) FROM items WHERE source_id = ?", (source.id,)).fetchone()[0]
    polled_at: datetime = from_text(last["started_at"])
    days: Sequence[str] = publishing_days(conn, (source.id,), at_most=_NEWEST)[source.id]
    others: Sequence[str] = ()
    if not days or days[0] < (polled_at - _SILENT).date().isoformat():
        others = _days_of_others(conn, source.id)
    return SourceFacts(
        source,
        polled_at,
        last["outcome"],
        last["http_status"],
        last["error"],
        last["doubt"],
        _trouble_since(conn, source.id),
        items,
        tuple(dict.fromkeys(sorted((*days, *others), reverse=True)))[:MAX_DAYS],
        repairable,
        repaired,
        *_noted(conn, source.id),
        _empty_before(conn, source.id) if last["outcome"] == "empty" else timedelta(),
        len(others),
    )


def _days_of_others(conn: sqlite3.Connection, source_id: str) -> Sequence[str]:
    """For each item that the source lists but another one had first, the day on which it was published or listed."""
    rows = conn.execute(
        "SELECT min(iif(i.published_on < n.first_seen_on, i.published_on, n.first_seen_on))"
        " FROM item_names n JOIN items i ON i.id = n.item_id"
        " WHERE n.source_id = ? AND i.source_id <> n.source_id GROUP BY i.id",
        (source_id,),
    )
    return [row[0] for row in rows]


def _noted(conn: sqlite3.Connection, source_id: str) -> tuple[int, datetime | None, datetime | None]:
    row = conn.execute(
        "SELECT absent_polls, absent_since, believed_at FROM poll_states LEFT JOIN believed_pages USING (source_id)"
        " WHERE source_id = ?",
        (source_id,),
    ).fetchone()
    if row is None:
        return 0, None, None
    return row["absent_polls"], from_text(row["absent_since"]), from_text(row["believed_at"])


def _empty_before(conn: sqlite3.Connection, source_id: str) -> timedelta:
    turns = conn.execute(
        "SELECT started_at FROM (SELECT id, started_at, outcome = 'empty' AS is_empty,"
        " lag(outcome = 'empty', 1, 0) OVER (ORDER BY id) AS was_empty"
        " FROM polls WHERE source_id = ? AND error IS NULL) WHERE is_empty <> was_empty ORDER BY id",
        (source_id,),
    )
    instants = [from_text(row["started_at"]) for row in turns]
    spells = zip(instants[::2], instants[1::2], strict=False)  # each from empty to full; the last has no end yet
    return max((full - empty for empty, full in spells), default=timedelta())


def _trouble_since(conn: sqlite3.Connection, source_id: str) -> datetime | None:
    row = conn.execute(
        "SELECT min(started_at) AS since FROM polls WHERE source_id = ?1 AND id > coalesce((SELECT max(id) FROM polls"
        " WHERE source_id = ?1 AND error IS NULL AND doubt IS NULL AND outcome <> 'empty'), 0)",
        (source_id,),
    ).fetchone()
    since: str | None = row["since"]
    return from_text(since)


def last_doubt(conn: sqlite3.Connection, source_id: str) -> str | None:
    """Why the last poll of the source was not fully believed; None when it was."""
    return last_doubts(conn, (source_id,)).get(source_id)


def last_doubts(conn: sqlite3.Connection, source_ids: Collection[str]) -> dict[str, str]:
    """The same for each of these sources whose last poll was not fully believed."""
    rows = conn.execute(
        "SELECT * FROM (SELECT k.value AS source_id,"
        " (SELECT doubt FROM polls WHERE source_id = k.value ORDER BY id DESC LIMIT 1) AS doubt FROM json_each(?) k)"
        " WHERE doubt IS NOT NULL",
        (json.dumps(list(source_ids)),),
    )
    return {row["source_id"]: row["doubt"] for row in rows}


def last_error(conn: sqlite3.Connection, source_id: str) -> str | None:
    """Why the last poll of the source did not work; None when it did."""
    row = conn.execute("SELECT error FROM polls WHERE source_id = ? ORDER BY id DESC LIMIT 1", (source_id,)).fetchone()
    return None if row is None or row["error"] is None else str(row["error"])


def source_memory(conn: sqlite3.Connection, source_id: str) -> str | None:
    """What a good page of the source looks like; None when there never was one."""
    return source_memories(conn, (source_id,)).get(source_id)


def source_memories(conn: sqlite3.Connection, source_ids: Iterable[str]) -> dict[str, str]:
    """What a good page of each of these sources looks like; those that never had one are left out."""
    rows = conn.execute(
        "SELECT m.source_id, m.memory FROM json_each(?) w CROSS JOIN source_memories m ON m.source_id = w.value",
        (json.dumps(list(source_ids)),),
    )
    return {source_id: memory for source_id, memory in rows}


def save_memories(conn: sqlite3.Connection, memories: Mapping[str, str]) -> None:
    """The memories of the sources are kept, and doubtful pages with their proposals are no longer needed."""
    if not memories:
        return
    with transaction(conn):
        again = "ON CONFLICT (source_id) DO UPDATE SET memory = excluded.memory"
        insert(conn, "source_memories (source_id, memory)", list(memories.items()), again)
        good = (json.dumps(list(memories)),)
        for table in ("doubtful_pages", "repair_proposals"):
            conn.execute(f"DELETE FROM {table} WHERE source_id IN (SELECT value FROM json_each(?))", good)


def keep_page(conn: sqlite3.Connection, source_id: str, page: KeptPage, *, now: datetime) -> None:
    """The beginning of the doubtful page, up to a limit, is kept in place of an older one."""
    with transaction(conn):
        conn.execute(
            "INSERT OR REPLACE INTO doubtful_pages (source_id, url, content_type, body, fetched_at)"
            " VALUES (?, ?, ?, ?, ?)",
            (source_id, page.url, page.content_type, zlib.compress(page.body[:MAX_KEPT_BYTES]), to_text(now)),
        )


def kept_page(conn: sqlite3.Connection, source_id: str) -> KeptPage | None:
    """The newest doubtful page of the source."""
    row = conn.execute("SELECT * FROM doubtful_pages WHERE source_id = ?", (source_id,)).fetchone()
    return None if row is None else KeptPage(row["url"], zlib.decompress(row["body"]), row["content_type"])


def save_proposal(conn: sqlite3.Connection, source_id: str, proposal: Proposal, *, now: datetime) -> None:
    """The proposal waits for a yes, in place of an older one."""
    with transaction(conn):
        conn.execute(
            "INSERT OR REPLACE INTO repair_proposals (source_id, proposal, proposed_at) VALUES (?, ?, ?)",
            (source_id, json.dumps(to_builtins(proposal), ensure_ascii=False), to_text(now)),
        )


def waiting_proposal(conn: sqlite3.Connection, source_id: str) -> Proposal | None:
    """The repair that waits for a yes."""
    row = conn.execute("SELECT proposal FROM repair_proposals WHERE source_id = ?", (source_id,)).fetchone()
    if row is None:
        return None
    found = json.loads(row["proposal"])
    return Proposal(
        found["kind"],
        found["url"],
        found["options"],
        found["why"],
        _glimpses(found["before"]),
        _glimpses(found["after"]),
    )


def _glimpses(rows: Sequence[Mapping[str, Any]]) -> tuple[Glimpse, ...]:
    return tuple(Glimpse(**row) for row in rows)


def take_over(conn: sqlite3.Connection, override: Override) -> None:
    """The source is read so from its next poll on, which is due now and begins without what was remembered."""
    with transaction(conn):
        conn.execute(
            "INSERT OR REPLACE INTO source_overrides (source_id, kind, url, options, replaces, taken_at, taken_by)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                override.source_id,
                override.kind,
                override.url,
                json.dumps(dict(override.options), ensure_ascii=False),
                override.replaces,
                to_text(override.taken_at),
                override.taken_by,
            ),
        )
        forget(conn, override.source_id)


def forget(conn: sqlite3.Connection, source_id: str) -> None:
    """What good pages looked like is forgotten and the source is due: its next page is believed as it is."""
    with transaction(conn):
        conn.execute("DELETE FROM repair_proposals WHERE source_id = ?", (source_id,))
        conn.execute("DELETE FROM source_memories WHERE source_id = ?", (source_id,))
        conn.execute(
            "UPDATE poll_states SET etag = NULL, last_modified = NULL, body_hash = NULL, next_poll_at = NULL,"
            " begun_at = NULL, verdict = NULL, pages = '{}', moved_to = NULL, moved_polls = 0, lied_at = NULL"
            " WHERE source_id = ?",
            (source_id,),
        )


def believe(conn: sqlite3.Connection, source_id: str, *, now: datetime) -> None:
    """A person has said that the page is right as it is: the next one is believed, also one that lists nothing."""
    with transaction(conn):
        forget(conn, source_id)
        conn.execute("INSERT OR REPLACE INTO believed_pages VALUES (?, ?)", (source_id, to_text(now)))


def overrides(conn: sqlite3.Connection) -> dict[str, Override]:
    """The ways of reading that were taken over, by source id."""
    return {
        row["source_id"]: Override(
            row["source_id"],
            row["kind"],
            row["url"],
            json.loads(row["options"]),
            row["replaces"],
            from_text(row["taken_at"]),
            row["taken_by"],
        )
        for row in conn.execute("SELECT * FROM source_overrides ORDER BY source_id")
    }


def drop_override(conn: sqlite3.Connection, source_id: str) -> None:
    """The source is read by its block again, from its next poll on, which is due now."""
    with transaction(conn):
        conn.execute("DELETE FROM source_overrides WHERE source_id = ?", (source_id,))
        forget(conn, source_id)
