"""What a new database is made of at once, as the steps of the schema leave it: `make schema` writes db/schema.sql."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

from db.migrations import SCHEMA, STEPS, migrate


def schema_text() -> str:
    """The names of all steps, and the statements that come to the same."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as conn:
        migrate(conn, at_once=False)
        return "\n".join([f"-- {' '.join(STEPS)}", *(f"{statement};" for statement in _statements(conn)), ""])


def _statements(conn: sqlite3.Connection) -> Iterator[str]:
    made = conn.execute(
        "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT GLOB '*sqlite_*'"
        " AND name NOT GLOB 'item_words_*' ORDER BY type NOT IN ('table'), rowid"
    ).fetchall()
    for _, statement in made:
        yield statement
    for name, statement in made:
        if statement.startswith("CREATE TABLE"):
            columns = [column for _, column, *_ in conn.execute(f"PRAGMA table_info ({name})")]
            quoted = " || ', ' || ".join(f"quote({column})" for column in columns)
            for (values,) in conn.execute(f"SELECT {quoted} FROM {name}"):
                yield f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({values})"


if __name__ == "__main__":
    SCHEMA.write_text(schema_text(), encoding="utf-8")
