"""What the pictures of the public set count."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from msgspec import Struct

YEARS = 12  # the newest


class Counted(Struct, frozen=True):
    """The set, counted by country, period, tag and year."""

    newest_on: str | None  # day of the newest activity; None where none has a day
    places: tuple[tuple[str, str, int, int], ...]  # code, name, activities, those of the year before the newest one
    periods: tuple[str, ...]  # newest first
    by_country: Mapping[str, Mapping[str | None, int]]  # code → period (None: no date) → activities; most first
    years: tuple[str | None, ...]  # oldest first; None for what has no date
    by_tag: Mapping[tuple[str, str, str], Mapping[str | None, int]]  # vocabulary, code, label → year → activities


def counted(conn: sqlite3.Connection) -> Counted:
    """All counts at once."""
    places = conn.execute(
        "SELECT c.code, c.name, (SELECT coalesce(sum(activities), 0) FROM tallies WHERE country = c.code),"
        " (SELECT count(*) FROM activities WHERE country = c.code"
        " AND published_on > (SELECT date(newest_on, '-1 year') FROM about))"
        " FROM countries c ORDER BY coalesce(c.sub_region, '~'), c.name"
    )
    found = tuple((row[0], row[1], row[2], row[3]) for row in places)
    of_country: dict[str, dict[str | None, int]] = {}
    for code, period, number in conn.execute("SELECT country, period, sum(activities) FROM tallies GROUP BY 1, 2"):
        of_country.setdefault(code, {})[period] = number
    periods = {period for counts in of_country.values() for period in counts if period}
    most = sorted(of_country, key=lambda code: (-sum(of_country[code].values()), code))
    tagged = conn.execute(
        "SELECT t.vocabulary, t.code, t.label, n.year, sum(n.activities) FROM terms t"
        " JOIN vocabularies v ON v.id = t.vocabulary"
        " JOIN tally_tags g ON g.vocabulary = t.vocabulary AND g.code = t.code"
        " JOIN tallies n ON n.id = g.tally GROUP BY 1, 2, 4 ORDER BY v.position, t.position"
    )
    of_tag: dict[tuple[str, str, str], dict[str | None, int]] = {}
    for vocabulary, code, label, year, number in tagged:
        of_tag.setdefault((vocabulary, code, label), {})[year] = number
    years = {year for counts in of_tag.values() for year in counts}
    dated = tuple(sorted(year for year in years if year))[-YEARS:]
    return Counted(
        newest_on=conn.execute("SELECT newest_on FROM about").fetchone()[0],
        places=found,
        periods=tuple(sorted(periods, key=_start, reverse=True)),
        by_country={code: of_country[code] for code in most},
        years=(*dated, None) if None in years else dated,
        by_tag=of_tag,
    )


def _start(period: str) -> tuple[str, str]:
    """By which periods are sorted: the first month, that of 2020 H2 being July; a whole year comes before its parts."""
    return period.replace(" H1", "-01").replace(" H2", "-07")[:7], period
