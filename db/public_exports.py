"""What programs take away of the public set as a whole: tables with their types, events, addresses, sources."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from db.published import PUBLIC_COLUMNS

ROWS = 2000  # read at once, so that a large table is never in memory as a whole
EVENTS = 1000  # of a calendar: the last ones by their day
ADDRESSES = 10_000  # of one part of the site map; the protocol allows 50,000


class Column(Struct, frozen=True):
    """A column as the file declares it."""

    name: str
    type: str  # INTEGER or TEXT
    required: bool


class Table(Struct, frozen=True):
    """A table as the file declares it."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    references: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...]  # columns, table, its columns
    rows: int


def tables(conn: sqlite3.Connection) -> tuple[Table, ...]:
    """The public tables, each after those that it refers to."""
    found = {name: _table(conn, name) for name in PUBLIC_COLUMNS}
    placed: dict[str, Table] = {}
    while len(placed) < len(found):
        placed |= {
            name: table
            for name, table in found.items()
            if name not in placed and all(to == name or to in placed for _, to, _ in table.references)
        }
    return tuple(placed.values())


def _table(conn: sqlite3.Connection, name: str) -> Table:
    declared = conn.execute(
        'SELECT name, type, "notnull", pk FROM pragma_table_info(?) ORDER BY cid', (name,)
    ).fetchall()
    key = tuple(row[0] for row in sorted((row for row in declared if row[3]), key=lambda row: row[3]))
    columns = tuple(Column(row[0], row[1], bool(row[2] or row[3])) for row in declared)
    references: dict[int, tuple[str, list[str], list[str]]] = {}
    listed = conn.execute('SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?) ORDER BY id, seq', (name,))
    for id_, table, own, other in listed:
        _, mine, theirs = references.setdefault(id_, (table, [], []))
        mine.append(own)
        theirs.append(other)
    rows = conn.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
    found = tuple((tuple(mine), table, tuple(theirs)) for table, mine, theirs in references.values())
    return Table(name, columns, key, found, rows)


def rows_after(conn: sqlite3.Connection, table: Table, last: tuple[Any, ...] | None) -> list[tuple[Any, ...]]:
    """The ROWS rows that follow the row `last` in the order of the key; the first ones when there is none."""
    names = ", ".join(column.name for column in table.columns)
    if not table.key:
        return [] if last else [tuple(row) for row in conn.execute(f"SELECT {names} FROM {table.name}")]
    key, where, values = ", ".join(table.key), "", ()
    if last is not None:
        places = [[column.name for column in table.columns].index(name) for name in table.key]
        where, values = f" WHERE ({key}) > ({', '.join('?' * len(places))})", tuple(last[place] for place in places)
    return [
        tuple(row)
        for row in conn.execute(f"SELECT {names} FROM {table.name}{where} ORDER BY {key} LIMIT {ROWS}", values)
    ]


def announced(conn: sqlite3.Connection, country: str | None = None) -> tuple[Mapping[str, Any], ...]:
    """The activities that announce an event, of all or of one country, by its first day; the last EVENTS of them."""
    columns = PUBLIC_COLUMNS["activities"]
    where, values = (" AND country = ?", (country,)) if country else ("", ())
    found = conn.execute(
        f"SELECT {', '.join(columns)} FROM activities WHERE event_start_on IS NOT NULL{where}"
        f" ORDER BY event_start_on DESC, id DESC LIMIT {EVENTS}",
        values,
    )
    return tuple(dict(zip(columns, row, strict=True)) for row in found)[::-1]


def country_name(conn: sqlite3.Connection, code: str) -> str | None:
    """The name of a country; None when it is not known."""
    row = conn.execute("SELECT name FROM countries WHERE code = ?", (code,)).fetchone()
    return str(row[0]) if row else None


class Parts(Struct, frozen=True):
    """What of the set has a page beside the activities."""

    countries: tuple[str, ...]
    tags: tuple[tuple[str, str], ...]  # vocabulary and code, of those that were given
    periods: tuple[str, ...]
    languages: tuple[str, ...]


def parts(conn: sqlite3.Connection) -> Parts:
    """The countries, tags, periods and languages that have an activity, in their order."""

    def first(sql: str) -> Iterator[str]:
        return (row[0] for row in conn.execute(sql))

    tags = conn.execute(
        "SELECT vocabulary, code FROM terms t WHERE EXISTS (SELECT 1 FROM activity_tags g"
        " WHERE g.vocabulary = t.vocabulary AND g.code = t.code) ORDER BY 1, 2"
    )
    used = "SELECT code FROM countries c WHERE EXISTS (SELECT 1 FROM activities WHERE country = c.code) ORDER BY name"
    return Parts(
        tuple(first(used)),
        tuple((row[0], row[1]) for row in tags),
        tuple(first("SELECT DISTINCT period FROM activities WHERE period IS NOT NULL ORDER BY 1")),
        tuple(first("SELECT DISTINCT language FROM activities ORDER BY 1")),
    )


def addresses(conn: sqlite3.Connection, number: int) -> tuple[tuple[int, str], ...]:
    """Id and last change of the activities in this part of the site map, from 1 on; none after the last part."""
    rows = conn.execute(
        f"SELECT id, updated_at FROM activities ORDER BY id LIMIT {ADDRESSES} OFFSET ?", ((number - 1) * ADDRESSES,)
    )
    return tuple((row[0], row[1]) for row in rows)


def address_parts(conn: sqlite3.Connection) -> int:
    """How many parts of the site map the activities fill."""
    return -(-int(conn.execute("SELECT count(*) FROM activities").fetchone()[0]) // ADDRESSES)


class PublicSource(Struct, frozen=True):
    """A source that an activity came from, as far as it is public."""

    institution: str
    name: str
    sub_region: str
    country_name: str
    language: str
    url: str | None
    feed_url: str | None


def public_sources(conn: sqlite3.Connection) -> tuple[PublicSource, ...]:
    """The sources by sub-region, country and name."""
    rows = conn.execute(
        "SELECT s.institution, s.name, coalesce(c.sub_region, ''), c.name, s.language, s.url, s.feed_url FROM sources s"
        " JOIN countries c ON c.code = s.country ORDER BY 3, 4, 1, 2"
    )
    return tuple(PublicSource(*row) for row in rows)
