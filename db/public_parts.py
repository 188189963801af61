"""The pages of a country, a tag and a period of the public site: what the set has of it, counted, and its activities
page by page. Each function takes a connection to the public database, whose rows never change.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from db.public_pages import TagLabel, activities_of

PAGE_SIZE = 20
Place = tuple[str, int]  # the day of an activity, empty when unknown, and its number


class Part(Struct, frozen=True):
    """A country, a tag or a period: what the set has of it, at a glance."""

    title: str
    above: str  # the sub-region of a country, the strategy of a tag; empty for a period
    activities: int
    countries: tuple[tuple[str, str, int], ...]  # code, name, activities; most first
    tags: tuple[TagLabel, ...]  # most first
    periods: tuple[tuple[str, int], ...]  # newest first
    condition: str  # of its activities
    values: tuple[str, ...]
    definition: str = ""  # of a tag
    wider: TagLabel | None = None  # of a tag: the one that it belongs to
    narrower: tuple[TagLabel, ...] = ()  # of a tag: those that belong to it


def country_part(conn: sqlite3.Connection, code: str) -> Part | None:
    """The country with this code; None when there is no such country."""
    row = conn.execute("SELECT name, coalesce(sub_region, '') FROM countries WHERE code = ?", (code,)).fetchone()
    return _part(conn, row[0], row[1], "country = ?", "country = ?", (code,)) if row else None


def tag_part(conn: sqlite3.Connection, vocabulary: str, code: str) -> Part | None:
    """The tag of this strategy; None when there is no such tag."""
    row = conn.execute(
        "SELECT t.code || ' ' || t.label, v.title, t.parent, t.definition"
        " FROM terms t JOIN vocabularies v ON v.id = t.vocabulary WHERE t.vocabulary = ? AND t.code = ?",
        (vocabulary, code),
    ).fetchone()
    if row is None:
        return None
    tagged = "+id IN (SELECT activity_id FROM activity_tags WHERE vocabulary = ? AND code = ?)"  # see tagged_sql
    tallied = "id IN (SELECT tally FROM tally_tags WHERE vocabulary = ? AND code = ?)"
    part = _part(conn, row[0], row[1], tagged, tallied, (vocabulary, code))
    wider = _terms(conn, "t.vocabulary = ? AND t.code = ?", (vocabulary, row[2]))
    narrower = _terms(conn, "t.vocabulary = ? AND t.parent = ?", (vocabulary, code))
    return replace(part, definition=row[3], wider=next(iter(wider), None), narrower=narrower)


def _terms(conn: sqlite3.Connection, condition: str, values: tuple[str | None, ...]) -> tuple[TagLabel, ...]:
    rows = conn.execute(
        "SELECT t.vocabulary, t.code, t.label, coalesce(sum(n.activities), 0) FROM terms t"
        " LEFT JOIN tally_tags g ON g.vocabulary = t.vocabulary AND g.code = t.code"
        f" LEFT JOIN tallies n ON n.id = g.tally WHERE {condition} GROUP BY t.vocabulary, t.code ORDER BY t.position",
        values,
    )
    return tuple(TagLabel(*row) for row in rows)


def period_part(conn: sqlite3.Connection, period: str) -> Part | None:
    """The period; None when no activity is of it."""
    part = _part(conn, period, "", "period = ?", "period = ?", (period,))
    return part if part.activities else None


def _part(
    conn: sqlite3.Connection, title: str, above: str, condition: str, tallied: str, values: tuple[str, ...]
) -> Part:
    """The part whose activities meet the one condition and whose tallies meet the other."""
    countries = conn.execute(
        f"SELECT country, country_name, sum(activities) FROM tallies WHERE {tallied} GROUP BY 1, 2 ORDER BY 3 DESC, 2",
        values,
    )
    tags = conn.execute(
        "SELECT g.vocabulary, g.code, t.label, sum(n.activities)"
        f" FROM (SELECT id, activities FROM tallies WHERE {tallied}) n JOIN tally_tags g ON g.tally = n.id"
        " JOIN terms t ON t.vocabulary = g.vocabulary AND t.code = g.code GROUP BY 1, 2 ORDER BY 4 DESC, 1, 2",
        values,
    )
    periods = conn.execute(
        f"SELECT period, sum(activities) FROM tallies WHERE {tallied} AND period IS NOT NULL GROUP BY 1"
        " ORDER BY max(newest_on) DESC, 1 DESC",
        values,
    )
    found = tuple(map(tuple, countries))
    return Part(
        title=title,
        above=above,
        activities=sum(count for _, _, count in found),
        countries=found,
        tags=tuple(TagLabel(*row) for row in tags),
        periods=tuple(map(tuple, periods)),
        condition=condition,
        values=values,
    )


class PartPage(Struct, frozen=True):
    """One page of the activities of a part, newest first, those without a date last."""

    rows: tuple[Mapping[str, Any], ...]
    after: Place | None  # where the next page begins; None on the last one


def part_page(conn: sqlite3.Connection, part: Part, after: Place | None) -> PartPage:
    """The page that begins after this place; the first one when there is none.

    Each stretch is read straight from an index, so that the last page costs no more than the first.
    """
    found: list[tuple[str, int]] = []
    for stretch, values in _stretches(after):
        rows = conn.execute(
            f"SELECT coalesce(published_on, ''), id FROM activities WHERE {part.condition} AND {stretch}"
            " ORDER BY published_on DESC, id LIMIT ?",
            (*part.values, *values, PAGE_SIZE + 1 - len(found)),
        )
        found += map(tuple, rows)
        if len(found) > PAGE_SIZE:
            break
    shown = found[:PAGE_SIZE]
    return PartPage(activities_of(conn, [id_ for _, id_ in shown]), shown[-1] if len(found) > PAGE_SIZE else None)


def _stretches(after: Place | None) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    if after is None:
        yield "published_on IS NOT NULL", ()
    elif after[0]:
        yield "published_on = ? AND id > ?", after
        yield "published_on < ?", (after[0],)
    else:
        yield "published_on IS NULL AND id > ?", (after[1],)
        return
    yield "published_on IS NULL", ()
