"""Decisions: rows that are only ever added. An item's state, tags and edits are what its last row says."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct, to_builtins

from db.connect import transaction
from db.errors import DecisionError
from db.impact import story_of, story_text
from db.instants import from_text, to_text
from db.records import Action, Curation, DecisionRow, ShownSuggestion, Tag
from db.search.items import index_item

GUARDS = (
    "decisions_are_kept_as_written",
    "decisions_are_never_deleted",
    "decisions_are_never_replaced",
    "decisions_come_last",
)


def record_decision(
    conn: sqlite3.Connection,
    item_id: int,
    *,
    actor: str,
    action: Action,
    before: Curation,
    after: Curation,
    version: int,
    now: datetime,
    note: str = "",
    undoes: int | None = None,
    request: str | None = None,
    suggested: Sequence[ShownSuggestion] = (),
) -> int:
    """The decision is a row of the history and the item is as it says, both or neither; the row's id.

    DecisionError (`conflict`) when the item is no longer at `version`: somebody else decided in between.
    """
    with transaction(conn):
        if not _become(conn, item_id, after, version):
            raise DecisionError("somebody else decided on this item in the meantime", item_id=item_id, conflict=True)
        _replace_tags(conn, item_id, after.tags)
        index_item(conn, item_id)
        told = json.dumps([to_builtins(one) for one in suggested], ensure_ascii=False) if suggested else None
        row = conn.execute(
            "INSERT INTO decisions"
            " (item_id, actor, decided_at, action, note, before, after, undoes, request, suggested)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
            (item_id, actor, to_text(now), action, note, _to_json(before), _to_json(after), undoes, request, told),
        ).fetchone()
    return int(row[0])


def _become(conn: sqlite3.Connection, item_id: int, after: Curation, version: int) -> bool:
    """Whether the item was at this version; then it is as `after` says, at the next one."""
    cursor = conn.execute(
        "UPDATE items SET state = ?, edited_title = ?, edited_summary = ?, edited_url = ?, edited_country = ?,"
        " impact = ?, story = ?, duplicate_of = ?, version = version + 1 WHERE id = ? AND version = ?",
        (
            *(after.state, after.title, after.summary, after.url, after.country, after.impact),
            *(story_text(after.story), after.duplicate_of, item_id, version),
        ),
    )
    return cursor.rowcount > 0


def _replace_tags(conn: sqlite3.Connection, item_id: int, tags: Iterable[Tag]) -> None:
    conn.execute("DELETE FROM item_tags WHERE item_id = ?", (item_id,))
    try:
        conn.executemany(
            "INSERT INTO item_tags (item_id, vocabulary, code) VALUES (?, ?, ?)",
            [(item_id, tag.vocabulary, tag.code) for tag in tags],
        )
    except sqlite3.IntegrityError as error:
        raise DecisionError("one of these tags is not in its vocabulary", item_id=item_id) from error


def find_decision(conn: sqlite3.Connection, decision_id: int) -> DecisionRow | None:
    """One row of the history; None when there is none."""
    rows = _history(conn, "d.id = ?", (decision_id,), 1)
    return rows[0] if rows else None


def decisions_of_request(conn: sqlite3.Connection, request: str) -> tuple[DecisionRow, ...]:
    """The rows that one sending of a browser came to, oldest first; none when it never arrived."""
    return _history(conn, "d.request = ?", (request,), 1_000)[::-1]


def last_decision(conn: sqlite3.Connection, item_id: int) -> DecisionRow | None:
    """The newest row of an item that is neither an undo nor undone: what the next undo takes back."""
    rows = _history(
        conn,
        "d.item_id = ? AND d.action <> 'undo' AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = d.id)",
        (item_id,),
        1,
    )
    return rows[0] if rows else None


class Wanted(Struct, frozen=True):
    """Which rows of the history to show; None does not narrow."""

    item_id: int | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None  # not included
    before_id: int | None = None  # older than this row


EVERYTHING = Wanted()


def history(
    conn: sqlite3.Connection,
    sub_regions: tuple[str, ...],
    *,
    limit: int | None,
    wanted: Wanted = EVERYTHING,
) -> tuple[DecisionRow, ...]:
    """Who decided what in these sub-regions, newest first; `limit` None: all of it."""
    where = f"s.sub_region IN ({', '.join('?' * len(sub_regions))})"
    values: list[str | int] = [*sub_regions]
    for condition, value in (
        ("d.item_id = ?", wanted.item_id),
        ("d.actor = ?", wanted.actor),
        ("d.id < ?", wanted.before_id),
        ("d.decided_at >= ?", to_text(wanted.since)),
        ("d.decided_at < ?", to_text(wanted.until)),
    ):
        if value is not None:
            where += f" AND {condition}"
            values.append(value)
    return _history(conn, where, tuple(values), -1 if limit is None else limit)


def last_decisions(
    conn: sqlite3.Connection, sub_regions: tuple[str, ...], *, actor: str, limit: int
) -> tuple[DecisionRow, ...]:
    """What this person did last and nobody took back, newest first; all rows of one sending count as one."""
    marks = ", ".join("?" * len(sub_regions))
    rows = conn.execute(
        "SELECT d.id, d.request FROM decisions d JOIN items i ON i.id = d.item_id JOIN sources s ON s.id = i.source_id"
        f" WHERE d.actor = ? AND d.action <> 'undo' AND s.sub_region IN ({marks})"
        " AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes = d.id) ORDER BY d.id DESC LIMIT ?",
        (actor, *sub_regions, limit * 50),
    )
    chosen: dict[object, list[int]] = {}
    for row_id, request in rows:
        if len(chosen) == limit and (request or row_id) not in chosen:
            break
        chosen.setdefault(request or row_id, []).append(row_id)
    ids = [row_id for together in chosen.values() for row_id in together]
    return _history(conn, f"d.id IN ({', '.join('?' * len(ids))})", tuple(ids), len(ids))


def deciders(conn: sqlite3.Connection, sub_regions: tuple[str, ...]) -> tuple[str, ...]:
    """Who ever decided on items of these sub-regions, by name."""
    rows = conn.execute(
        "SELECT DISTINCT d.actor FROM decisions d JOIN items i ON i.id = d.item_id JOIN sources s ON s.id = i.source_id"
        f" WHERE s.sub_region IN ({', '.join('?' * len(sub_regions))}) ORDER BY d.actor",
        sub_regions,
    )
    return tuple(row[0] for row in rows)


def _history(conn: sqlite3.Connection, where: str, values: tuple[object, ...], limit: int) -> tuple[DecisionRow, ...]:
    rows = conn.execute(
        "SELECT d.*, coalesce(i.edited_title, i.title) AS item_title, i.url, i.language, s.name AS source_name,"
        " coalesce(i.edited_country, i.country) AS country, s.sub_region, (SELECT group_concat(n.who, ', ')"
        " FROM nominations n WHERE n.item_id = d.item_id AND n.nominated_at <= d.decided_at"
        " AND (n.withdrawn_at IS NULL OR n.withdrawn_at > d.decided_at)) AS nominated_by"
        " FROM decisions d JOIN items i ON i.id = d.item_id"
        f" JOIN sources s ON s.id = i.source_id WHERE {where} ORDER BY d.id DESC LIMIT ?",
        (*values, limit),
    )
    return tuple(
        DecisionRow(
            id=row["id"],
            item_id=row["item_id"],
            item_title=row["item_title"],
            actor=row["actor"],
            decided_at=from_text(row["decided_at"]),
            action=row["action"],
            note=row["note"],
            before=_from_json(row["before"]),
            after=_from_json(row["after"]),
            undoes=row["undoes"],
            request=row["request"],
            url=row["url"],
            item_language=row["language"],
            source_name=row["source_name"],
            country=row["country"],
            sub_region=row["sub_region"],
            nominated_by=row["nominated_by"] or "",
            suggested=_shown(row["suggested"]),
        )
        for row in rows
    )


def history_problems(conn: sqlite3.Connection) -> tuple[str, ...]:
    """What shows that the history was meddled with, or can be; empty when all is well."""
    there = {row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    found = [f"the history is not protected: the trigger {name} is missing" for name in GUARDS if name not in there]
    rows = conn.execute(
        "SELECT i.id FROM items i WHERE i.state <> coalesce((SELECT json_extract(d.after, '$.state') FROM decisions d"
        " WHERE d.item_id = i.id ORDER BY d.id DESC LIMIT 1), 'new') ORDER BY i.id"
    )
    found += [f"item {row[0]} is not as its last decision says" for row in rows]
    return tuple(found)


def _shown(text: str | None) -> tuple[ShownSuggestion, ...]:
    return tuple(
        ShownSuggestion(Tag(**one["tag"]), tuple(one["words"]), one["source"], one["taken"])
        for one in json.loads(text or "[]")
    )


def _to_json(curation: Curation) -> str:
    return json.dumps(to_builtins(curation), ensure_ascii=False, sort_keys=True)


def _from_json(text: str) -> Curation:
    raw = json.loads(text)
    raw["tags"] = tuple(Tag(**tag) for tag in raw["tags"])
    raw["story"] = story_of(raw.get("story"))
    return Curation(**raw)
