"""A public database as a file: whether it is one, and whether it is sound. Whatever PUBLIC_COLUMNS does not list is
refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from db.published import PUBLIC_COLUMNS

DERIVED_COLUMNS: Mapping[str, tuple[str, ...]] = {  # made of the columns above, for whoever serves the file
    "tallies": (
        "id", "country", "country_name", "sub_region", "period", "year", "source", "language", "activities",
        "newest_on",
    ),
    "tally_tags": ("tally", "vocabulary", "code"),
    "tallied": ("activity_id", "tally"),
    # The search index, and how FTS5 keeps it.
    "activities_fts": ("title", "summary", "source", "place", "marks", "activities_fts", "rank"),
    "activities_fts_config": ("k", "v"),
    "activities_fts_data": ("id", "block"),
    "activities_fts_docsize": ("id", "sz"),
    "activities_fts_idx": ("segid", "term", "pgno"),
}  # fmt: skip
_STATISTICS = ("sqlite_stat1", "sqlite_stat4")  # made by ANALYZE from the indexed columns above


def open_public(path: Path) -> sqlite3.Connection:
    """A connection that can only read the public database at `path`."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)


def is_public(path: Path) -> bool:
    """Whether the file holds what may be public, and nothing else."""
    try:
        with closing(open_public(path)) as public:
            return not departures(public)
    except sqlite3.DatabaseError:
        return False


def fingerprint_of(path: Path) -> str:
    """The fingerprint of a build's content; empty when it cannot be read."""
    try:
        with closing(open_public(path)) as public:
            return str(public.execute("SELECT fingerprint FROM about").fetchone()[0])
    except sqlite3.DatabaseError:
        return ""


def departures(public: sqlite3.Connection) -> tuple[str, ...]:
    """Each table or column that may not be public, or is missing; empty when the file is as PUBLIC_COLUMNS says."""
    found: dict[str, tuple[str, ...]] = {}
    for name, kind in public.execute("SELECT name, type FROM sqlite_master WHERE type <> 'index'").fetchall():
        if name not in _STATISTICS:
            columns = public.execute("SELECT name FROM pragma_table_xinfo(?) ORDER BY cid", (name,))
            found[name] = tuple(row[0] for row in columns) if kind == "table" else (kind,)
    expected = {**PUBLIC_COLUMNS, **DERIVED_COLUMNS}
    wrong = [f"{name} has {', '.join(found[name])}" for name in found if found[name] != expected.get(name)]
    return (*wrong, *(f"{name} is missing" for name in expected if name not in found))


def is_earlier_build(path: Path) -> bool:
    """Whether the file was built for the public by this program or an older one: it has no table or column beside
    those that may be public, and the activities among them."""
    expected = {**PUBLIC_COLUMNS, **DERIVED_COLUMNS}
    try:
        with closing(open_public(path)) as public:
            tables = [
                row[0] for row in public.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
            ]
            columns = {
                name: {row[0] for row in public.execute("SELECT name FROM pragma_table_xinfo(?)", (name,))}
                for name in tables
                if name not in _STATISTICS
            }
    except sqlite3.DatabaseError:
        return False
    return {"about", "activities"} <= columns.keys() and all(
        names <= set(expected.get(table, ())) for table, names in columns.items()
    )


class Counts(Struct, frozen=True):
    """How many rows stand where they should."""

    activities: int
    countries: int  # with at least one activity
    tags: int
    sightings: int
    withdrawn: int
    tallied: int  # activities in the tallies
    indexed: int  # activities in the search index


def public_counts(public: sqlite3.Connection) -> Counts:
    """What the file holds, counted row by row."""
    row = public.execute(
        "SELECT (SELECT count(*) FROM activities), (SELECT count(DISTINCT country) FROM activities),"
        " (SELECT count(*) FROM activity_tags), (SELECT count(*) FROM sightings), (SELECT count(*) FROM withdrawn),"
        " (SELECT coalesce(sum(activities), 0) FROM tallies),"
        " (SELECT count(*) FROM activities_fts_docsize)"
    ).fetchone()
    return Counts(*row)
