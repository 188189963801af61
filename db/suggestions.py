"""Suggested tags: what is suggested of which item, what has still to be looked at, and how well it is done."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.json import encode

from db.connect import transaction
from db.instants import to_text
from db.progress import done_up_to, list_new
from db.records import ItemWords, Suggestion, SuggestionSource, Tag
from db.rows import insert


class Figures(Struct, frozen=True):
    """How well a vocabulary is suggested: shares of people's tags, None where that is not measured."""

    vocabulary: str
    decided: int
    rules: float | None
    desk: float | None
    source: SuggestionSource  # which suggests now
    mark: str  # of the rules that were measured


class TaggedItem(Struct, frozen=True):
    """An item that people marked impactful, with the codes of one vocabulary that they gave it."""

    words: ItemWords
    codes: frozenset[str]


def suggestions(conn: sqlite3.Connection, item_ids: Sequence[int]) -> dict[int, tuple[Suggestion, ...]]:
    """Item id → what is suggested, the strongest of each vocabulary first; items without any are left out."""
    rows = conn.execute(
        "SELECT item_id, vocabulary, code, words, source FROM item_suggestions"
        f" WHERE item_id IN ({', '.join('?' * len(item_ids))}) ORDER BY item_id, rank",
        tuple(item_ids),
    )
    found: dict[int, tuple[Suggestion, ...]] = {}
    for item_id, vocabulary, code, words, source in rows:
        suggestion = Suggestion(Tag(vocabulary, code), tuple(json.loads(words)), source)
        found[item_id] = (*found.get(item_id, ()), suggestion)
    return found


def items_to_suggest(conn: sqlite3.Connection, *, limit: int) -> tuple[ItemWords, ...]:
    """Items that are new or read differently than when they were looked at, or by other means, the newest first."""
    list_new(conn, "suggest")
    _list_again(conn, limit)
    rows = conn.execute(
        "SELECT i.id, i.title, i.summary, i.text FROM items_to_suggest t JOIN items i ON i.id = t.item_id"
        " ORDER BY t.item_id DESC LIMIT ?",
        (limit,),
    )
    return tuple(ItemWords(*row) for row in rows)


def save_suggestions(conn: sqlite3.Connection, found: Mapping[int, Sequence[Suggestion]]) -> None:
    """Exactly this is suggested of these items, which need not be looked at again; call it inside a transaction."""
    ids = json.dumps(list(found))
    conn.execute("DELETE FROM item_suggestions WHERE item_id IN (SELECT value FROM json_each(?))", (ids,))
    insert(
        conn,
        "item_suggestions (item_id, rank, vocabulary, code, words, source)",
        [
            (item_id, rank, one.tag.vocabulary, one.tag.code, encode(one.words).decode(), one.source)
            for item_id, suggested in sorted(found.items())
            for rank, one in enumerate(suggested, start=1)
        ],
    )
    conn.execute("DELETE FROM items_to_suggest WHERE item_id IN (SELECT value FROM json_each(?))", (ids,))


def suggest_again(conn: sqlite3.Connection) -> None:
    """Everything that waits has still to be looked at; call it inside a transaction."""
    conn.execute("UPDATE suggested_again SET up_to = ?", (done_up_to(conn, "suggest"),))  # what came since is listed


def _list_again(conn: sqlite3.Connection, limit: int) -> None:
    """The newest of what waits and has to be looked at again stands in the list: so many, for they may be many."""
    up_to = conn.execute("SELECT up_to FROM suggested_again").fetchone()[0]
    if not up_to:
        return
    rows = conn.execute(  # by their ids: the index by states would have all of them sorted
        "SELECT id FROM items WHERE id <= ? AND +state IN ('new', 'later') ORDER BY id DESC LIMIT ?", (up_to, limit)
    ).fetchall()
    with transaction(conn):
        conn.executemany("INSERT OR IGNORE INTO items_to_suggest VALUES (?)", rows)
        conn.execute("UPDATE suggested_again SET up_to = ?", (rows[-1][0] - 1 if len(rows) == limit else 0,))


def tagged_items(conn: sqlite3.Connection, vocabulary: str, *, limit: int) -> tuple[TaggedItem, ...]:
    """What people marked impactful and tagged by this vocabulary, the newest first; a term counts as its parent."""
    rows = conn.execute(
        "SELECT i.id, i.title, i.summary, i.text, group_concat(coalesce(t.parent, t.code), ' ') FROM item_tags g"
        " JOIN terms t ON t.vocabulary = g.vocabulary AND t.code = g.code JOIN items i ON i.id = g.item_id"
        " WHERE g.vocabulary = ? AND i.state = 'impactful' GROUP BY i.id ORDER BY i.id DESC LIMIT ?",
        (vocabulary, limit),
    )
    return tuple(TaggedItem(ItemWords(*row[:4]), frozenset(row[4].split())) for row in rows)


def tagged_count(conn: sqlite3.Connection, vocabulary: str) -> int:
    """How many impactful items people tagged by this vocabulary."""
    row = conn.execute(
        "SELECT count(DISTINCT g.item_id) FROM item_tags g JOIN items i ON i.id = g.item_id"
        " WHERE g.vocabulary = ? AND i.state = 'impactful'",
        (vocabulary,),
    ).fetchone()
    return int(row[0])


def list_figures(conn: sqlite3.Connection) -> dict[str, Figures]:
    """Vocabulary → its figures, of those that were looked at."""
    rows = conn.execute("SELECT vocabulary, decided, rules, desk, source, mark FROM suggestion_figures")
    return {row[0]: Figures(*row) for row in rows}


def save_figures(conn: sqlite3.Connection, figures: Figures, *, now: datetime) -> None:
    """These are the figures of their vocabulary; call it inside a transaction."""
    conn.execute(
        "INSERT OR REPLACE INTO suggestion_figures (vocabulary, decided, rules, desk, source, mark, measured_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            figures.vocabulary,
            figures.decided,
            figures.rules,
            figures.desk,
            figures.source,
            figures.mark,
            to_text(now),
        ),
    )
