"""How many activities of the public set share country, period, year, source, language and tags: written once with the
file. There are few such combinations, however many activities, and every count that the site shows is a sum of them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from db.search.activities import TABLE as INDEX

SCHEMA = """
CREATE TABLE tallies (                              -- each combination that occurs
    id INTEGER PRIMARY KEY,
    country TEXT NOT NULL,
    country_name TEXT NOT NULL,
    sub_region TEXT NOT NULL,
    period TEXT,
    year TEXT,
    source TEXT NOT NULL,
    language TEXT NOT NULL,
    activities INTEGER NOT NULL,                    -- how many of them there are
    newest_on TEXT                                  -- day of the newest one
) STRICT;

CREATE TABLE tally_tags (                           -- the tags of a combination
    tally INTEGER NOT NULL REFERENCES tallies (id),
    vocabulary TEXT NOT NULL,
    code TEXT NOT NULL,
    PRIMARY KEY (tally, vocabulary, code)
) STRICT, WITHOUT ROWID;
CREATE INDEX tally_tags_by_term ON tally_tags (vocabulary, code, tally);

CREATE TABLE tallied (                              -- the combination of an activity
    activity_id INTEGER PRIMARY KEY,
    tally INTEGER NOT NULL REFERENCES tallies (id)
) STRICT;
"""
COUNTED = ("country_name", "period", "source", "language")  # the columns that lists are counted by, beside the tags


def fill_tallies(public: sqlite3.Connection) -> None:
    """The new file's activities and tags are counted; the connection is inside a transaction."""
    tags: dict[int, tuple[tuple[str, str], ...]] = {}
    for activity, vocabulary, code in public.execute("SELECT activity_id, vocabulary, code FROM activity_tags"):
        tags[activity] = (*tags.get(activity, ()), (vocabulary, code))
    members: dict[tuple[Any, ...], list[tuple[int, str]]] = {}
    rows = public.execute(
        "SELECT id, coalesce(published_on, ''), country, country_name, sub_region, period,"
        " substr(published_on, 1, 4), source, language FROM activities ORDER BY id"
    )
    for activity, day, *values in rows:
        members.setdefault((*values, tags.get(activity, ())), []).append((activity, day))
    for tally, ((*values, tagged), found) in enumerate(members.items(), start=1):
        newest = max(day for _, day in found)
        public.execute(
            "INSERT INTO tallies VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (tally, *values, len(found), newest or None)
        )
        public.executemany("INSERT INTO tally_tags VALUES (?, ?, ?)", ((tally, *tag) for tag in tagged))
        public.executemany("INSERT INTO tallied VALUES (?, ?)", ((activity, tally) for activity, _ in found))


class Chosen(Struct, frozen=True):
    """A selection of activities, as tallies and how many of each are in it: a query, and its parameters."""

    sql: str
    params: Mapping[str, object] = field(default_factory=dict)


def narrowed_by(
    values: Sequence[tuple[str, str]], tags: Sequence[tuple[str, str]], expression: str | None = None
) -> Chosen:
    """The activities that have all these values of the COUNTED columns, and all these tags, each a vocabulary (empty:
    any) and a code; and that the search index finds for the expression. No activity is read for it."""
    conditions, params = ["1"], dict[str, object]()
    for number, (column, value) in enumerate(values):
        conditions.append(f"{column} = :value{number}")
        params[f"value{number}"] = value
    for number, (vocabulary, code) in enumerate(tags):
        one_strategy = f" AND vocabulary = :vocabulary{number}" if vocabulary else ""
        conditions.append(f"id IN (SELECT tally FROM tally_tags WHERE code = :code{number}{one_strategy})")
        params |= {f"vocabulary{number}": vocabulary, f"code{number}": code}
    narrowed = f"FROM tallies WHERE {' AND '.join(conditions)}"
    if expression is None:
        return Chosen(f"SELECT id, activities {narrowed}", params)
    found = f"SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH :expression"
    return Chosen(
        f"SELECT tally, count(*) FROM tallied WHERE activity_id IN ({found}) AND +tally IN (SELECT id {narrowed})"
        " GROUP BY 1",
        params | {"expression": expression},
    )


def selected_by(activities: str, params: Mapping[str, object]) -> Chosen:
    """The activities that a query selects."""
    return Chosen(
        f"SELECT tally, count(*) FROM tallied WHERE activity_id IN (SELECT id FROM ({activities})) GROUP BY 1", params
    )


def counts_sql(chosen: Chosen) -> str:
    """The query that counts them: column, value and count of every value that occurs; of a tag `vocabulary:code` is the
    value and `tags` the column."""
    columns = " UNION ALL ".join(
        f"SELECT '{column}' AS name, {column} AS value, sum(c.activities) AS count FROM chosen c JOIN tallies t"
        f" ON t.id = c.tally WHERE {column} IS NOT NULL GROUP BY 2"
        for column in COUNTED
    )
    return (
        f"WITH chosen (tally, activities) AS MATERIALIZED ({chosen.sql}) {columns} UNION ALL"
        " SELECT 'tags', g.vocabulary || ':' || g.code, sum(c.activities) FROM chosen c JOIN tally_tags g"
        " ON g.tally = c.tally GROUP BY 2 ORDER BY 3 DESC, 2"
    )
