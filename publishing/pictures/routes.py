"""`/pictures`: the set at a glance, each picture with the table of what it shows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from markupsafe import Markup
from msgspec import Struct

from db.public_pictures import Counted, counted
from publishing import wording
from publishing.pictures.drawing import Line, Place, field, map_of_tiles, spans
from publishing.site_routes import Route, page, read

PERIODS = 8  # with a column of their own, the newest; what is older stands in one
INTERNATIONAL = "INT"  # no country, so never a silent one
_kept: WeakKeyDictionary[Any, Counted] = WeakKeyDictionary()  # of a build, which never changes


class Table(Struct, frozen=True):
    """What a field of cells shows: headings, and for each line where it leads, what it is called, and its numbers."""

    heading: str
    columns: tuple[str, ...]
    lines: tuple[tuple[str, Line], ...]

    def drawn(self, name: str, title: str, told: str) -> Markup:
        """The same as a picture."""
        return field(name, title, told, self.columns, [line for _, line in self.lines])


async def pictures(datasette: Any, request: Any) -> Any:
    """`/pictures`."""
    if datasette not in _kept:
        _kept[datasette] = await read(datasette, counted)
    found = _kept[datasette]
    places = [Place(*row) for row in found.places if row[2] or row[0] != INTERNATIONAL]
    silent = [place.name for place in places if place.state == "silent"]
    shown = {
        "year_to": wording.date_words(found.newest_on, "day") if found.newest_on else "",
        "places": places,
        "silent": silent,
        "map": map_of_tiles("map", "Activities by country, on a map of the region", words_of_map(places), places),
        "steps": spans(max((place.activities for place in places), default=0)),
        "countries": by_period(found),
        "tags": by_year(found),
        "country_path": wording.country_path,
    }
    return await page(datasette, request, "pictures.html", shown)


def words_of_map(places: Sequence[Place]) -> str:
    """The map in a sentence."""
    active, quiet = (sum(place.state == state for place in places) for state in ("active", "quiet"))
    most = sorted((place for place in places if place.activities), key=lambda place: -place.activities)[:3]
    named = "; ".join(f"{place.name} {place.activities:,}" for place in most)
    told = f" Most: {named}." if named else ""
    return (
        f"{len(places)} countries: {active} with an activity in the last year, {quiet} only before,"
        f" {len(places) - active - quiet} silent.{told}"
    )


def by_period(found: Counted) -> Table:
    """Countries and periods: the newest PERIODS, what is older, what has no date."""
    newest = found.periods[:PERIODS][::-1]
    older = tuple(period for period in found.periods if period not in newest)
    columns: list[tuple[str, tuple[str | None, ...]]] = [("earlier", older)] if older else []
    columns += [(short_period(period), (period,)) for period in newest]
    if any(period is None for counts in found.by_country.values() for period in counts):
        columns.append(("no date", (None,)))
    names = {place[0]: place[1] for place in found.places}
    lines = tuple(
        (wording.country_path(code), Line(names.get(code, code), _numbers(counts, columns)))
        for code, counts in found.by_country.items()
    )
    return Table("Country", tuple(name for name, _ in columns), lines)


def by_year(found: Counted) -> Table:
    """Tags and years."""
    columns = [(year or "no date", (year,)) for year in found.years]
    lines = tuple(
        (wording.tag_path(vocabulary, code), Line(f"{code} {label}", _numbers(counts, columns)))
        for (vocabulary, code, label), counts in found.by_tag.items()
    )
    return Table("Strategy tag", tuple(name for name, _ in columns), lines)


def _numbers(counts: Mapping[str | None, int], columns: Sequence[tuple[str, Sequence[str | None]]]) -> tuple[int, ...]:
    return tuple(sum(counts.get(key, 0) for key in keys) for _, keys in columns)


def short_period(period: str) -> str:
    """A period in two short words: "2020-11 –2021-02", "2020 H2"."""
    return re.sub(r"(\d{4}-\d\d)\.\.(\d{4}-\d\d)", r"\1 –\2", period)


ROUTES: tuple[Route, ...] = ((r"/pictures$", pictures),)
