"""Machine glosses: titles as a translator put them into another language."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from db.instants import to_text


def languages_wanted(conn: sqlite3.Connection, *, known: Sequence[str]) -> tuple[str, ...]:
    """The first of the known languages, and the others that somebody chose, in the order known."""
    chosen = {row[0] for row in conn.execute("SELECT DISTINCT language FROM user_languages")}
    return tuple(language for language in known if language == known[0] or language in chosen)


def titles_without_gloss(conn: sqlite3.Connection, language: str, *, limit: int) -> tuple[tuple[int, str], ...]:
    """Id and title of the newest waiting items that are not in this language and have no gloss in it yet."""
    rows = conn.execute(
        "SELECT i.id, i.title FROM items i WHERE i.state = 'new' AND i.duplicate_of IS NULL AND i.held_by IS NULL"
        " AND i.language <> ? AND i.language NOT LIKE ? AND NOT EXISTS"
        " (SELECT 1 FROM glosses g WHERE g.item_id = i.id AND g.language = ?)"
        " ORDER BY coalesce(i.published_on, '') DESC, i.id DESC LIMIT ?",
        (language, f"{language.partition('-')[0]}%", language, limit),
    )
    return tuple((row[0], row[1]) for row in rows)


def save_glosses(conn: sqlite3.Connection, language: str, made: Sequence[tuple[int, str]], now: datetime) -> None:
    """These items (id, gloss) have these glosses; call it inside a transaction."""
    conn.executemany(
        "INSERT OR REPLACE INTO glosses (item_id, language, gloss, made_at) VALUES (?, ?, ?, ?)",
        [(item_id, language, gloss, to_text(now)) for item_id, gloss in made],
    )


def glosses(conn: sqlite3.Connection, item_ids: Sequence[int], language: str) -> dict[int, str]:
    """Item id → its gloss in this language; items without one are left out."""
    marks = ", ".join("?" * len(item_ids))
    rows = conn.execute(
        f"SELECT item_id, gloss FROM glosses WHERE language = ? AND item_id IN ({marks}) AND gloss <> ''",
        (language, *item_ids),
    )
    return {row[0]: row[1] for row in rows}
