"""The public database: what stands in it, read from the working one, written into a new file.

`PUBLIC_COLUMNS` is the one list of what may be public. Notes, people, decisions, candidates, article texts and all of
crawling are not in it, and a file that holds anything else is refused (db.public_file).
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from operator import attrgetter
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from db.public_counts import SCHEMA as TALLY_SCHEMA
from db.records import DatePrecision, SubRegion
from db.search.activities import SCHEMA as INDEX_SCHEMA
from db.search.activities import settle_index

SCHEMA = """
CREATE TABLE countries (
    code TEXT PRIMARY KEY,                          -- ISO 3166-1 alpha-2, or INT
    name TEXT NOT NULL,                             -- as the reports print it
    sub_region TEXT                                 -- NULL: in no sub-region's list
) STRICT;

CREATE TABLE vocabularies (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    level1_name TEXT NOT NULL,
    level2_name TEXT,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    position INTEGER NOT NULL
) STRICT;

CREATE TABLE terms (
    vocabulary TEXT NOT NULL REFERENCES vocabularies (id),
    code TEXT NOT NULL,
    parent TEXT,
    label TEXT NOT NULL,
    definition TEXT NOT NULL,                       -- what is meant, in English; empty: no more than the label says
    position INTEGER NOT NULL,
    PRIMARY KEY (vocabulary, code),
    FOREIGN KEY (vocabulary, parent) REFERENCES terms (vocabulary, code) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE TABLE activities (
    id INTEGER PRIMARY KEY,                         -- for ever the same
    title TEXT NOT NULL CHECK (title <> ''),        -- edited for the report, or as found
    country_name TEXT NOT NULL,
    published_on TEXT CHECK (published_on GLOB '[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'),
    date_precision TEXT NOT NULL CHECK (date_precision IN ('day', 'month', 'year', 'none')),
    source TEXT NOT NULL,                           -- institution – name of the source
    tags TEXT NOT NULL,                             -- codes, for reading; activity_tags has them one by one
    period TEXT,                                    -- of a report, or the half-year; NULL without a date
    language TEXT NOT NULL,                         -- of the original, BCP 47
    summary TEXT NOT NULL,                          -- edited for the report, or as found
    impact TEXT,
    original_title TEXT NOT NULL,
    url TEXT NOT NULL CHECK (url LIKE 'http://%' OR url LIKE 'https://%'),
    archived_url TEXT CHECK (archived_url LIKE 'http://%' OR archived_url LIKE 'https://%'),
    fetched_on TEXT,                                -- when the original was kept as it was; NULL: it is not
    fetched_sha256 TEXT CHECK (fetched_sha256 NOT GLOB '*[^0-9a-f]*'),      -- of what was kept
    country TEXT NOT NULL REFERENCES countries (code),
    sub_region TEXT NOT NULL,
    found_on TEXT NOT NULL,                         -- when it was first seen at its source
    chosen_on TEXT,                                 -- when it was last marked impactful
    event_start_on TEXT,                            -- first day of the event that its title announces; NULL: of none
    event_end_on TEXT,
    added_at TEXT NOT NULL,                         -- when it was first public
    updated_at TEXT NOT NULL,                       -- when what is read of it last changed in public
    CHECK ((published_on IS NULL) = (date_precision = 'none')),
    CHECK ((event_start_on IS NULL) = (event_end_on IS NULL))
) STRICT;

CREATE TABLE sightings (                            -- where an activity stood
    activity_id INTEGER NOT NULL REFERENCES activities (id),
    url TEXT NOT NULL CHECK (url LIKE 'http://%' OR url LIKE 'https://%'),
    source TEXT NOT NULL,                           -- institution – name of the source
    first_seen_on TEXT NOT NULL,
    PRIMARY KEY (activity_id, url, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE sources (                              -- where the activities come from
    source TEXT PRIMARY KEY,                        -- institution – name of the source
    institution TEXT NOT NULL,
    name TEXT NOT NULL,
    country TEXT NOT NULL REFERENCES countries (code),
    language TEXT NOT NULL,
    url TEXT CHECK (url LIKE 'http://%' OR url LIKE 'https://%'),           -- NULL: not for everybody
    feed_url TEXT CHECK (feed_url LIKE 'http://%' OR feed_url LIKE 'https://%')
) STRICT;

CREATE TABLE withdrawn (                            -- was public once; its address says so for ever
    id INTEGER PRIMARY KEY,
    withdrawn_on TEXT NOT NULL,
    now_at INTEGER REFERENCES activities (id)       -- the activity that it was folded into
) STRICT;

CREATE TABLE activity_tags (
    activity_id INTEGER NOT NULL REFERENCES activities (id),
    vocabulary TEXT NOT NULL,
    code TEXT NOT NULL,
    PRIMARY KEY (activity_id, vocabulary, code),
    FOREIGN KEY (vocabulary, code) REFERENCES terms (vocabulary, code)
) STRICT, WITHOUT ROWID;

CREATE TABLE about (
    built_at TEXT NOT NULL,
    fingerprint TEXT NOT NULL,                      -- the same for the same content
    activities INTEGER NOT NULL,
    countries INTEGER NOT NULL,                     -- with at least one activity
    newest_on TEXT
) STRICT;
"""

# Made when the rows are there: sorted once, not row by row.
INDEXES = """
-- In the order of Datasette's pages (newest first, then id): with the id in it, page two is read straight from the
-- index; without, SQLite sorts all rows for every page after the first.
CREATE INDEX activities_newest_first ON activities (published_on DESC, id);
CREATE INDEX activities_of_a_country ON activities (country_name, published_on DESC, id);
CREATE INDEX activities_of_a_code ON activities (country, published_on DESC, id);
CREATE INDEX activities_of_a_sub_region ON activities (sub_region, published_on DESC, id);
CREATE INDEX activities_of_a_period ON activities (period, published_on DESC, id);
CREATE INDEX activities_of_a_source ON activities (source, published_on DESC, id);
CREATE INDEX activities_in_a_language ON activities (language, published_on DESC, id);
-- For those who subscribe: what was added last.
CREATE INDEX activities_added_last ON activities (added_at DESC, id DESC);
CREATE INDEX activities_added_in_a_country ON activities (country, added_at DESC, id DESC);
CREATE INDEX activities_added_in_a_language ON activities (language, added_at DESC, id DESC);
CREATE INDEX activities_with_events ON activities (event_start_on) WHERE event_start_on IS NOT NULL;
CREATE INDEX activity_tags_by_term ON activity_tags (vocabulary, code, activity_id);
"""

PUBLIC_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "about": ("built_at", "fingerprint", "activities", "countries", "newest_on"),
    "activities": (
        "id", "title", "country_name", "published_on", "date_precision", "source", "tags", "period", "language",
        "summary", "impact", "original_title", "url", "archived_url", "fetched_on", "fetched_sha256", "country",
        "sub_region", "found_on", "chosen_on", "event_start_on", "event_end_on", "added_at", "updated_at",
    ),
    "activity_tags": ("activity_id", "vocabulary", "code"),
    "countries": ("code", "name", "sub_region"),
    "sightings": ("activity_id", "url", "source", "first_seen_on"),
    "sources": ("source", "institution", "name", "country", "language", "url", "feed_url"),
    "terms": ("vocabulary", "code", "parent", "label", "definition", "position"),
    "vocabularies": ("id", "title", "level1_name", "level2_name", "valid_from", "valid_to", "position"),
    "withdrawn": ("id", "withdrawn_on", "now_at"),
}  # fmt: skip
# What a reader takes in; a change of anything else is no news to her.
read_of = attrgetter(
    "title", "original_title", "country_name", "published_on", "date_precision", "source", "tags", "summary", "impact",
    "url", "event_start_on", "event_end_on",
)  # fmt: skip
values_of = attrgetter(*PUBLIC_COLUMNS["activities"][:-2])  # of an Activity, in the order of the columns


class Curated(Struct, frozen=True):
    """An item that a convenor marked impactful, as the working database has it; nothing private is among it."""

    id: int
    title: str
    original_title: str
    summary: str
    impact: str | None
    url: str
    published_on: str | None
    date_precision: DatePrecision
    language: str
    country: str
    sub_region: str  # of the source, by id
    institution: str
    source_name: str
    found_on: str
    chosen_on: str | None
    event_start_on: str | None = None
    event_end_on: str | None = None
    archived_url: str | None = None
    fetched_on: str | None = None
    fetched_sha256: str | None = None


class Activity(Struct, frozen=True):
    """One row of the public `activities`, columns in their order; since when it is public is for db.publications."""

    id: int
    title: str
    country_name: str
    published_on: str | None
    date_precision: DatePrecision
    source: str
    tags: str
    period: str | None
    language: str
    summary: str
    impact: str | None
    original_title: str
    url: str
    archived_url: str | None
    fetched_on: str | None
    fetched_sha256: str | None
    country: str
    sub_region: str
    found_on: str
    chosen_on: str | None
    event_start_on: str | None
    event_end_on: str | None


class ReportSpan(Struct, frozen=True):
    """The months of a report, both inside (YYYY-MM)."""

    report_id: int
    sub_region: str
    start: str
    end: str


@contextmanager
def snapshot(working: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Every read inside sees the working database as it is at the first one, whatever others write meanwhile."""
    if working.in_transaction:
        yield working
        return
    working.execute("BEGIN")
    try:
        yield working
    finally:
        working.rollback()


def _whose(url: str) -> str:
    """In SQL: who publishes what stands there; of a page that was added by hand its site, for nobody said more."""
    return f"CASE s.institution WHEN '' THEN site_of({url}) ELSE s.institution END"


def _knowing_sites(working: sqlite3.Connection) -> sqlite3.Connection:
    """SQL knows `site_of(url)`: the name of the site that the address leads to."""
    working.create_function("site_of", 1, _site_of, deterministic=True)
    return working


def _site_of(url: str) -> str:
    try:
        return (urlsplit(url).hostname or url).removeprefix("www.")
    except ValueError:
        return url


def curated_items(working: sqlite3.Connection) -> Iterator[Curated]:
    """What is marked impactful and is no duplicate of another item, by id."""
    rows = _knowing_sites(working).execute(
        "SELECT i.id, coalesce(i.edited_title, i.title), i.title, coalesce(i.edited_summary, i.summary), i.impact,"
        " coalesce(i.edited_url, i.url), i.published_on, i.date_precision, i.language,"
        f" coalesce(i.edited_country, i.country), s.sub_region, {_whose('coalesce(i.edited_url, i.url)')}, s.name,"
        " substr(i.first_seen_at, 1, 10),"
        " (SELECT substr(max(decided_at), 1, 10) FROM decisions WHERE item_id = i.id AND action = 'impactful'),"
        " i.event_start_on, i.event_end_on, e.memento_url, substr(e.fetched_at, 1, 10), e.sha256"
        " FROM items i JOIN sources s ON s.id = i.source_id"
        " LEFT JOIN evidence e ON e.item_id = i.id AND e.url = coalesce(i.edited_url, i.url) AND e.sha256 IS NOT NULL"
        " WHERE i.state = 'impactful' AND i.duplicate_of IS NULL ORDER BY i.id"
    )
    for row in rows:
        yield Curated(*row)


def curated_tags(working: sqlite3.Connection) -> Iterator[tuple[int, str, str]]:
    """Item id, vocabulary and code of every tag of those items; tags of one item in the order of the vocabularies."""
    rows = working.execute(
        "SELECT g.item_id, g.vocabulary, g.code FROM item_tags g JOIN items i ON i.id = g.item_id"
        " JOIN vocabularies v ON v.id = g.vocabulary JOIN terms t ON t.vocabulary = g.vocabulary AND t.code = g.code"
        " WHERE i.state = 'impactful' AND i.duplicate_of IS NULL ORDER BY g.item_id, v.position, t.position"
    )
    for row in rows:
        yield tuple(row)


def curated_sightings(working: sqlite3.Connection) -> Iterator[tuple[int, str, str, str]]:
    """Activity id, address, source and first day of every place where those items, or one folded into them, stood."""
    rows = _knowing_sites(working).execute(
        f"SELECT c.id, a.url, {_whose('a.url')} || ' – ' || s.name, min(a.first_seen_on)"
        " FROM items c JOIN items i ON i.id = c.id OR i.duplicate_of = c.id"
        " JOIN item_addresses a ON a.item_id = i.id JOIN sources s ON s.id = a.source_id"
        " WHERE c.state = 'impactful' AND c.duplicate_of IS NULL AND (a.url LIKE 'http://%' OR a.url LIKE 'https://%')"
        " GROUP BY 1, 2, 3 ORDER BY 1, 4, 2"
    )
    for row in rows:
        yield tuple(row)


# Kinds whose address is one that anybody may open: a mailbox, or what needs a token, is not among them.
_OPEN_KINDS = ("feed", "list_page", "wordpress", "sitemap", "page_watch")
_SECRET = re.compile(r"@|[?&][^=]*(token|key|secret|auth|pass|sig)", re.IGNORECASE)


def curated_sources(working: sqlite3.Connection) -> tuple[tuple[str | None, ...], ...]:
    """What may be told of each source that one of those items was found at, by institution and name.

    Addresses only of kinds that anybody may open, and none in which a login or a token could stand.
    """
    rows = _knowing_sites(working).execute(
        f"SELECT DISTINCT {_whose('coalesce(i.edited_url, i.url)')}, s.name,"
        " CASE s.institution WHEN '' THEN coalesce(i.edited_country, i.country) ELSE s.country END,"
        " s.language, s.kind, s.url, CASE WHEN p.settled_for = s.url THEN p.settled_url END"
        " FROM items i JOIN sources s ON s.id = i.source_id LEFT JOIN poll_states p ON p.source_id = s.id"
        " WHERE i.state = 'impactful' AND i.duplicate_of IS NULL ORDER BY s.id"
    )
    found: dict[str, tuple[str | None, ...]] = {}
    for institution, name, country, language, kind, url, settled in rows:
        source = f"{institution} – {name}"
        page = _open_address(url) if kind in _OPEN_KINDS else None
        feed = _open_address(settled or url) if kind == "feed" and page else None
        found.setdefault(source, (source, institution, name, country, language, page, feed))
    return tuple(found[source] for source in sorted(found))


def _open_address(url: str) -> str | None:
    return url if url.startswith(("http://", "https://")) and not _SECRET.search(url) else None


def report_spans(working: sqlite3.Connection) -> tuple[ReportSpan, ...]:
    """The periods of all reports, oldest first."""
    rows = working.execute(
        "SELECT id, sub_region, period_start, period_end FROM reports ORDER BY period_start, period_end, id"
    )
    return tuple(ReportSpan(*row) for row in rows)


def picked_in(working: sqlite3.Connection) -> dict[int, set[int]]:
    """The ids of the reports that each picked item is picked for."""
    found: dict[int, set[int]] = {}
    for item_id, report_id in working.execute("SELECT item_id, report_id FROM picks"):
        found.setdefault(item_id, set()).add(report_id)
    return found


def create_public(public: sqlite3.Connection) -> None:
    """The empty connection's file has the public schema; nothing is on disk for sure before `finish_public`."""
    public.execute("PRAGMA journal_mode = OFF")
    public.execute("PRAGMA synchronous = OFF")
    public.execute("PRAGMA foreign_keys = ON")
    public.executescript(SCHEMA)
    public.executescript(TALLY_SCHEMA)
    public.executescript(INDEX_SCHEMA)


def copy_vocabularies(working: sqlite3.Connection, public: sqlite3.Connection) -> None:
    """The public file knows every vocabulary and term; the connection is inside a transaction."""
    for table in ("vocabularies", "terms"):
        columns = PUBLIC_COLUMNS[table]
        rows = working.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY position, {columns[0]}")
        _insert(public, table, map(tuple, rows))


def insert_countries(public: sqlite3.Connection, regions: Iterable[SubRegion], others: Iterable[str]) -> None:
    """Every country of every sub-region is known, the first that lists it gives the name; others by their code."""
    listed: dict[str, tuple[str, str, str | None]] = {}
    for region in regions:
        for code, name in region.countries.items():
            listed.setdefault(code, (code, name, region.name))
    unlisted = sorted(set(others) - listed.keys())
    _insert(public, "countries", [*listed.values(), *((code, code, None) for code in unlisted)])


def insert_activities(public: sqlite3.Connection, activities: Iterable[tuple[object, ...]]) -> None:
    """The activities, each as the values of its columns, are rows of the public file."""
    _insert(public, "activities", activities)


def insert_tags(public: sqlite3.Connection, tags: Iterable[tuple[int, str, str]]) -> None:
    """The tags are rows of the public file."""
    _insert(public, "activity_tags", tags)


def insert_sightings(public: sqlite3.Connection, sightings: Iterable[tuple[int, str, str, str]]) -> None:
    """The sightings are rows of the public file."""
    _insert(public, "sightings", sightings)


def insert_sources(public: sqlite3.Connection, sources: Iterable[tuple[str | None, ...]]) -> None:
    """The sources are rows of the public file."""
    _insert(public, "sources", sources)


def insert_withdrawn(public: sqlite3.Connection, withdrawn: Iterable[tuple[int, str, int | None]]) -> None:
    """The file remembers what is no longer in it: ids, no content."""
    _insert(public, "withdrawn", withdrawn)


def insert_about(public: sqlite3.Connection, built_at: str, fingerprint: str) -> None:
    """The file says when it was built and what it holds."""
    public.execute(
        "INSERT INTO about SELECT ?, ?, count(*), count(DISTINCT country), max(published_on) FROM activities",
        (built_at, fingerprint),
    )


def _insert(public: sqlite3.Connection, table: str, rows: Iterable[Any]) -> None:
    columns = PUBLIC_COLUMNS[table]
    marks = ", ".join("?" * len(columns))
    public.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)


def finish_public(public: sqlite3.Connection) -> None:
    """The file has its indexes and statistics, and is in no mode that needs a second file beside it."""
    public.executescript(INDEXES)
    settle_index(public)
    public.execute("ANALYZE")
    public.execute("PRAGMA journal_mode = DELETE")
