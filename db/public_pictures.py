"""What the pictures of the public set count."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

YEARS = 12  # the newest


@dataclass(frozen=True, slots=True)
class Counted:
    """The set, counted by country, period, tag and year."""

    places: tuple[tuple[str, str, int, int], ...]  # code, name, activities, those of the year before the newest one
    periods: tuple[str, ...]  # newest first
    by_country: Mapping[str, Mapping[str | None, int]]  # code → period (None: no date) → activities; most first
    years: tuple[str | None, ...]  # oldest first; None for what has no date
    by_tag: Mapping[tuple[str, str, str], Mapping[str | None, int]]  # vocabulary, code, label → year → activities


def counted(conn: sqlite3.Connection) -> Counted:
    """All counts at once."""
    places = conn.execute(
        "SELECT c.code, c.name, count(a.id),"
        " coalesce(sum(a.published_on > (SELECT date(newest_on, '-1 year') FROM about)), 0)"
        " FROM countries c LEFT JOIN activities a ON a.country = c.code"
        " GROUP BY c.code ORDER BY coalesce(c.sub_region, '~'), c.name"
    )
    found = tuple((row[0], row[1], row[2], row[3]) for row in places)
    of_country: dict[str, dict[str | None, int]] = {}
    for code, period, number in conn.execute("SELECT country, period, count(*) FROM activities GROUP BY 1, 2"):
        of_country.setdefault(code, {})[period] = number
    periods = {period for counts in of_country.values() for period in counts if period}
    most = sorted(of_country, key=lambda code: (-sum(of_country[code].values()), code))
    # Joined here: the index in the order of days tells the years without one of the wide rows being read.
    year_of = dict(
        map(tuple, conn.execute("SELECT id, substr(published_on, 1, 4) FROM activities ORDER BY published_on"))
    )
    terms = conn.execute(
        "SELECT t.vocabulary, t.code, t.label FROM terms t JOIN vocabularies v ON v.id = t.vocabulary"
        " ORDER BY v.position, t.position"
    ).fetchall()
    of_tag: dict[tuple[str, str, str], dict[str | None, int]] = {}
    for vocabulary, code, label in terms:
        tagged = conn.execute(
            "SELECT activity_id FROM activity_tags WHERE vocabulary = ? AND code = ?", (vocabulary, code)
        )
        if counts := Counter(year_of[row[0]] for row in tagged):
            of_tag[vocabulary, code, label] = dict(counts)
    years = {year for counts in of_tag.values() for year in counts}
    dated = tuple(sorted(year for year in years if year))[-YEARS:]
    return Counted(
        places=found,
        periods=tuple(sorted(periods, key=_start, reverse=True)),
        by_country={code: of_country[code] for code in most},
        years=(*dated, None) if None in years else dated,
        by_tag=of_tag,
    )


def _start(period: str) -> tuple[str, str]:
    """By which periods are sorted: the first month, that of 2020 H2 being July; a whole year comes before its parts."""
    return period.replace(" H1", "-01").replace(" H2", "-07")[:7], period
