"""The search over the public database: its index, which is written once with the file, and what is found by it.

Fields (country, tag, date, language) stand in the index as words that nobody can type, so that one expression holds all
of a question: it works wherever Datasette hands a question to the index, its own search box included.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache

from msgspec import Struct

from db.search.fold import fold
from db.search.query import Narrowing, Query, Wanted, best_first, either, expression, parse, span_of
from db.search.words import index_text, runs

TABLE = "activities_fts"
SCHEMA = """
CREATE VIRTUAL TABLE activities_fts USING fts5 (
    title, summary, source, place, marks, content = '',
    tokenize = "unicode61 remove_diacritics 0 categories 'L* N* Co M*'"
);
"""
FIELDS = ("country", "tag", "date", "source", "lang")
RANKED = 1000  # of the matches, as many are shown at most
_MARK = "\ue000"  # of private use: no text that is folded into words keeps it
_EVERY, _NONE = f"{_MARK}every", f"{_MARK}none"
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


def fill_index(public: sqlite3.Connection) -> None:
    """The new file's activities and tags are in its index; the connection is inside a transaction."""
    public.execute(f"INSERT INTO {TABLE} ({TABLE}, rank) VALUES ('hashsize', {32 << 20})")
    public.executemany(
        f"INSERT INTO {TABLE} (rowid, title, summary, source, place, marks) VALUES (?, ?, ?, ?, ?, ?)", _entries(public)
    )


def settle_index(public: sqlite3.Connection) -> None:
    """The index is as small and quick as it can be; nothing is added to it any more."""
    public.execute(f"INSERT INTO {TABLE} ({TABLE}) VALUES ('optimize')")


def _entries(public: sqlite3.Connection) -> Iterator[tuple[object, ...]]:
    tags: dict[int, tuple[tuple[str, str], ...]] = {}
    for activity, vocabulary, code in public.execute("SELECT activity_id, vocabulary, code FROM activity_tags"):
        tags[activity] = (*tags.get(activity, ()), (vocabulary, code))
    cut = lru_cache(maxsize=10_000)(index_text)  # for what stands in many rows
    rows = public.execute(
        "SELECT id, title, original_title, summary, coalesce(impact, ''), source, country_name, country, language,"
        " coalesce(published_on, '') FROM activities ORDER BY id"
    )
    for id_, title, original, summary, impact, source, country_name, country, language, day in rows:
        titles = title if title == original else f"{title}\n{original}"
        marks = _marks(country, country_name, language, tags.get(id_, ())) + _marks_of_day(day)
        yield id_, index_text(titles), index_text(f"{summary}\n{impact}"), cut(source), cut(country_name), marks


@lru_cache(maxsize=10_000)
def _marks(country: str, country_name: str, language: str, tags: tuple[tuple[str, str], ...]) -> str:
    parts = language.split("-")
    languages = ("".join(parts[:length]) for length in range(1, len(parts) + 1))
    marks = [
        *("every", "c" + _key(country), "c" + _key(country_name)),
        *("l" + _key(one) for one in languages),
        *("t" + _key(tag) for vocabulary, code in tags for tag in (code, vocabulary + code)),
    ]
    return " ".join(_MARK + mark for mark in marks)


def _marks_of_day(day: str) -> str:
    return f" {_MARK}y{day[:4]} {_MARK}m{day[:4]}{day[5:7]} {_MARK}d{day.replace('-', '')}" if day else ""


def _key(value: str) -> str:
    return "".join(run.text for run in runs(fold(value)))


def activities_expression(typed: str) -> str:
    """The question to the index for what was typed; all activities when that is blank, none when it says nothing."""
    return expression_of(parse(typed, fields=FIELDS), blank=not typed.strip())


def expression_of(query: Query, *, blank: bool = False) -> str:
    """The question to the index for a query."""
    if not query:
        return f'"{_EVERY if blank else _NONE}"'
    return _asked(query, query.wanted)


def _asked(query: Query, wanted: tuple[Wanted, ...], column: str = "") -> str:
    positive = [expression(wanted, column=column)] if wanted else []
    positive += [_narrowed(one) for one in query.narrowings if not one.excluded]
    negative = [either(query.unwanted)] if query.unwanted else []
    negative += [_narrowed(one) for one in query.narrowings if one.excluded]
    asked = " AND ".join(f"({one})" for one in positive) or f'"{_EVERY}"'
    return f"({asked}) NOT ({' OR '.join(f'({one})' for one in negative)})" if negative else asked


def _narrowed(narrowing: Narrowing) -> str:
    return _FIELDS[narrowing.field](narrowing.value)


def _country(value: str) -> str:
    """By code, or by the beginning of a name that is longer than a code."""
    key = _key(value)
    return f'"{_MARK}c{key}"' + (" *" if len(key) > 3 else "")


def _tag(value: str) -> str:
    return f'"{_MARK}t{_key(value)}"'


def _language(value: str) -> str:
    return f'"{_MARK}l{_key(value)}"'


def _source(value: str) -> str:
    quoted = value.replace('"', " ")
    return f"source : ({expression(parse(quoted, fields=()).wanted)})"


def _date(value: str) -> str:
    span = span_of(value)
    words = [f'"{_MARK}{word}"' for word in _days(*span)] if span else []
    return " OR ".join(words) or f'"{_NONE}"'


_FIELDS: Mapping[str, Callable[[str], str]] = {
    "country": _country,
    "tag": _tag,
    "date": _date,
    "source": _source,
    "lang": _language,
}


def _days(first: str, last: str) -> Iterator[str]:
    """The years, months and days that make up a span, the larger where they fit."""
    day, end = _day(max(first, f"{_FIRST_YEAR}-01-01")), _day(min(last, f"{_LAST_YEAR}-12-31"))
    while day <= end:
        next_year, next_month = date(day.year + 1, 1, 1), (day.replace(day=28) + timedelta(days=4)).replace(day=1)
        if day == date(day.year, 1, 1) and next_year - timedelta(days=1) <= end:
            yield f"y{day.year}"
            day = next_year
        elif day.day == 1 and next_month - timedelta(days=1) <= end:
            yield f"m{day.year}{day.month:02}"
            day = next_month
        else:
            yield f"d{day:%Y%m%d}"
            day += timedelta(days=1)


def _day(text: str) -> date:
    """The day; the last of its month where the month has fewer days."""
    year, month, day = (int(part) for part in text.split("-"))
    last = (date(year, month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return date(year, month, min(day, last.day))


class Found(Struct, frozen=True):
    """The activities that match, the best first; RANKED at most of them."""

    ids: tuple[int, ...]
    total: int


def find_activities(public: sqlite3.Connection, query: Query) -> Found:
    """What matches the query: with the words in the title first, and of them, as of all others, the newest."""
    total = _count(public, expression_of(query))
    id_ = "+a.id" if total > 10 * RANKED else "a.id"  # many: found in the order of days, not gathered and sorted
    newest = (
        f"SELECT a.id FROM activities a WHERE {id_} IN (SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH ?)"
        f" ORDER BY a.published_on DESC, a.id LIMIT {RANKED}"
    )
    best: dict[int, None] = {}
    for wanted, column in best_first(query.wanted):
        if len(best) < min(total, RANKED):
            asked = _asked(query, wanted, column)
            best.update(dict.fromkeys(row[0] for row in public.execute(newest, (asked,))))
    return Found(tuple(best)[:RANKED], total)


def _count(public: sqlite3.Connection, asked: str) -> int:
    return int(public.execute(f"SELECT count(*) FROM {TABLE} WHERE {TABLE} MATCH ?", (asked,)).fetchone()[0])
