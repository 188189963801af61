"""What the pages of the public site read beside Datasette's own tables. Each function takes a connection to the public
database, whose rows never change.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from db.instants import from_text
from db.published import PUBLIC_COLUMNS


def tagged_sql(code: str, vocabulary: str | None) -> str:
    """The condition that an activity carries a tag; both arguments name parameters of the query.

    The plus keeps SQLite from gathering and sorting all that carry it: it goes through the list in its order instead.
    """
    one_strategy = f" AND vocabulary = :{vocabulary}" if vocabulary else ""
    return f"+id IN (SELECT activity_id FROM activity_tags WHERE code = :{code}{one_strategy})"


class TagLabel(Struct, frozen=True):
    """A tag with its wording and how often it was given (0 where that is not asked)."""

    vocabulary: str
    code: str
    label: str
    activities: int = 0
    definition: str = ""  # what is meant, where the page shows it and the strategy says more than the label


class Strategy(Struct, frozen=True):
    """A vocabulary with its first-level terms that are in use, and whatever is used beneath them."""

    id: str
    title: str
    terms: tuple[TagLabel, ...]


class Headline(Struct, frozen=True):
    """An activity in a list."""

    id: int
    title: str
    original_title: str
    language: str
    published_on: str | None
    date_precision: str


class CountryNews(Struct, frozen=True):
    """A country with its newest activities, newest first."""

    code: str
    name: str
    sub_region: str
    activities: int
    newest: tuple[Headline, ...]


class FrontPage(Struct, frozen=True):
    """What the front page shows."""

    built_on: str
    fingerprint: str
    activities: int
    countries: tuple[CountryNews, ...]
    strategies: tuple[Strategy, ...]
    periods: tuple[tuple[str, int], ...]  # newest first


def front_page(conn: sqlite3.Connection, *, each: int = 3) -> FrontPage:
    """The whole set at a glance, with the `each` newest activities of every country."""
    about = conn.execute("SELECT built_at, fingerprint, activities FROM about").fetchone()
    periods = conn.execute(
        "SELECT period, sum(activities) FROM tallies WHERE period IS NOT NULL GROUP BY period"
        " ORDER BY max(newest_on) DESC, period DESC"
    )
    return FrontPage(
        built_on=from_text(about[0]).date().isoformat(),
        fingerprint=about[1],
        activities=about[2],
        countries=_countries(conn, each),
        strategies=_strategies(conn),
        periods=tuple((row[0], row[1]) for row in periods),
    )


def _countries(conn: sqlite3.Connection, each: int) -> tuple[CountryNews, ...]:
    rows = conn.execute(
        "SELECT min(country), country_name, min(sub_region), sum(activities) FROM tallies"
        " GROUP BY country_name ORDER BY 3, 2"
    ).fetchall()
    return tuple(CountryNews(code, name, region, n, _newest(conn, name, each)) for code, name, region, n in rows)


def _newest(conn: sqlite3.Connection, country: str, each: int) -> tuple[Headline, ...]:
    rows = conn.execute(
        "SELECT id, title, original_title, language, published_on, date_precision FROM activities"
        " WHERE country_name = ? ORDER BY published_on DESC, id LIMIT ?",
        (country, each),
    )
    return tuple(Headline(*row) for row in rows)


def _strategies(conn: sqlite3.Connection) -> tuple[Strategy, ...]:
    rows = conn.execute(
        "SELECT v.id, v.title, t.code, t.label, sum(n.activities) FROM tally_tags g JOIN tallies n ON n.id = g.tally"
        " JOIN terms t ON t.vocabulary = g.vocabulary AND t.code = g.code JOIN vocabularies v ON v.id = g.vocabulary"
        " GROUP BY v.position, t.position, v.id, t.code ORDER BY v.position, t.position"
    )
    found: dict[tuple[str, str], list[TagLabel]] = {}
    for vocabulary, title, code, label, count in rows:
        found.setdefault((vocabulary, title), []).append(TagLabel(vocabulary, code, label, count))
    return tuple(Strategy(id_, title, tuple(terms)) for (id_, title), terms in found.items())


def tags_of(conn: sqlite3.Connection, ids: Sequence[int]) -> Mapping[int, tuple[TagLabel, ...]]:
    """The tags of these activities with their wording, in the order of the strategies."""
    marks = ", ".join("?" * len(ids))
    rows = conn.execute(
        "SELECT g.activity_id, g.vocabulary, g.code, t.label, t.definition FROM activity_tags g"
        " JOIN terms t ON t.vocabulary = g.vocabulary AND t.code = g.code JOIN vocabularies v ON v.id = g.vocabulary"
        f" WHERE g.activity_id IN ({marks}) ORDER BY g.activity_id, v.position, t.position",
        tuple(ids),
    )
    found: dict[int, tuple[TagLabel, ...]] = {}
    for activity, vocabulary, code, label, definition in rows:
        tag = TagLabel(vocabulary, code, label, definition=definition)
        found[activity] = (*found.get(activity, ()), tag)
    return found


def tag_labels(conn: sqlite3.Connection) -> Mapping[tuple[str, str], str]:
    """The wording of every term, by vocabulary and code."""
    rows = conn.execute("SELECT vocabulary, code, label FROM terms")
    return {(row[0], row[1]): row[2] for row in rows}


def country_names(conn: sqlite3.Connection) -> Mapping[str, str]:
    """The name of every country, by code."""
    return dict(map(tuple, conn.execute("SELECT code, name FROM countries ORDER BY name")))


def strategy_titles(conn: sqlite3.Connection) -> Mapping[str, str]:
    """The title of every vocabulary, by id."""
    return dict(map(tuple, conn.execute("SELECT id, title FROM vocabularies ORDER BY position")))


def file_facts(conn: sqlite3.Connection) -> tuple[str, Mapping[str, int]]:
    """The fingerprint of the content, and the number of rows of every table."""
    fingerprint = conn.execute("SELECT fingerprint FROM about").fetchone()[0]
    names = [row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    return fingerprint, {name: conn.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}


class Sighting(Struct, frozen=True):
    """Where an activity stood."""

    url: str
    source: str
    first_seen_on: str


class PublicActivity(Struct, frozen=True):
    """An activity with all that its page shows."""

    row: Mapping[str, Any]  # column → value, of `activities`
    tags: tuple[TagLabel, ...]
    sightings: tuple[Sighting, ...]  # the first one first


def public_activity(conn: sqlite3.Connection, id_: int) -> PublicActivity | None:
    """The activity with this number; None when there is none."""
    rows = activities_of(conn, (id_,))
    if not rows:
        return None
    seen = conn.execute(
        "SELECT url, source, first_seen_on FROM sightings WHERE activity_id = ? ORDER BY first_seen_on, url", (id_,)
    )
    return PublicActivity(rows[0], tags_of(conn, (id_,)).get(id_, ()), tuple(Sighting(*row) for row in seen))


def activities_of(conn: sqlite3.Connection, ids: Sequence[int]) -> tuple[Mapping[str, Any], ...]:
    """The rows of these activities, in the order of the numbers; those that do not exist are left out."""
    columns = PUBLIC_COLUMNS["activities"]
    marks = ", ".join("?" * len(ids))
    rows = conn.execute(f"SELECT {', '.join(columns)} FROM activities WHERE id IN ({marks})", tuple(ids))
    found = {row[0]: dict(zip(columns, row, strict=True)) for row in rows}
    return tuple(found[id_] for id_ in ids if id_ in found)


class Gone(Struct, frozen=True):
    """What is known of an activity that was public once."""

    withdrawn_on: str
    now_at: int | None  # the activity that it became part of


def gone(conn: sqlite3.Connection, id_: int) -> Gone | None:
    """When this activity was withdrawn; None when it never was public, or still is."""
    row = conn.execute("SELECT withdrawn_on, now_at FROM withdrawn WHERE id = ?", (id_,)).fetchone()
    return Gone(*row) if row else None
