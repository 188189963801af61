"""Numbers as SVG: a field of cells, and a map of tiles. Pure.

Colours are classes of the style sheet, so that they are the same by day, by night and on paper. A picture is one image
to a reader of screens, with a title and a description; its numbers stand as a table beside it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from markupsafe import Markup
from msgspec import Struct

from publishing.pictures.tiles import TILES

STEPS = 4  # of colour, beside none at all
_LABEL, _WIDTH, _HEIGHT, _HEAD = 250, 58, 26, 40  # of a field: points of its own grid
_TILE = 36


class Line(Struct, frozen=True):
    """One row of a field: what it is called, and a number for each column."""

    label: str
    numbers: tuple[int, ...]


class Place(Struct, frozen=True):
    """A country on the map."""

    code: str
    name: str
    activities: int
    of_late: int  # in the year before the newest activity

    @property
    def state(self) -> str:
        """Whether something was chosen of late, only before, or never."""
        return "active" if self.of_late else "quiet" if self.activities else "silent"


def step(number: int, largest: int) -> int:
    """The step of colour, 0 for nothing; each covers a few times the numbers of the one before."""
    if number <= 0:
        return 0
    return max(1, math.ceil(STEPS * math.log1p(min(number, largest)) / math.log1p(largest) - 1e-9))


def spans(largest: int) -> tuple[tuple[int, int, int], ...]:
    """The steps that occur up to the largest number, each with the first and last number that has its colour."""
    found: dict[int, tuple[int, int]] = {}
    ends = [math.floor(math.expm1(math.log1p(largest) * place / STEPS) + 1e-9) for place in range(1, STEPS + 1)]
    first = 1
    for end in ends:
        if end >= first:
            found[step(end, largest)] = (first, end)
            first = end + 1
    return tuple((place, *bounds) for place, bounds in sorted(found.items()))


def field(name: str, title: str, told: str, columns: Sequence[str], lines: Sequence[Line]) -> Markup:
    """A field of cells, a row for each line; a heading of two words stands in two lines."""
    largest = max((number for line in lines for number in line.numbers), default=0)
    width, height = _LABEL + _WIDTH * len(columns), _HEAD + _HEIGHT * len(lines)
    parts = []
    for place, column in enumerate(columns):
        x = _LABEL + _WIDTH * place + _WIDTH // 2
        words = column.split(" ", 1)
        for turn, word in enumerate(words):
            parts.append(_text(x, _HEAD - 22 + 14 * (turn + 2 - len(words)), word, "head"))
    for row, line in enumerate(lines):
        y = _HEAD + _HEIGHT * row
        parts.append(_text(_LABEL - 8, y + 17, _short(line.label), "label"))
        for place, number in enumerate(line.numbers):
            x, colour = _LABEL + _WIDTH * place, step(number, largest)
            parts.append(_box(x + 1, y + 1, _WIDTH - 2, _HEIGHT - 2, f"s{colour}"))
            parts.append(_text(x + _WIDTH // 2, y + 17, f"{number:,}" if number else "·", f"on{colour}"))
    return _svg(name, title, told, width, height, parts)


def map_of_tiles(name: str, title: str, told: str, places: Sequence[Place]) -> Markup:
    """The countries where they lie, as much of the region as they need; those that the map does not know stand in a
    row below it."""
    largest = max((place.activities for place in places), default=0)
    spots = _spots([place.code for place in places])
    parts = []
    for place in places:
        column, row = spots[place.code]
        x, y, colour = column * _TILE, row * _TILE, step(place.activities, largest)
        shape = f"s{colour} {place.state}"
        parts.append(_box(x + 1.5, y + 1.5, _TILE - 3, _TILE - 3, shape, hint=f"{place.name}: {place.activities:,}"))
        parts.append(_text(x + _TILE // 2, y + 16, place.code, f"code on{colour}"))
        parts.append(_text(x + _TILE // 2, y + 29, f"{place.activities:,}" if place.activities else "–", f"on{colour}"))
    columns, rows = (1 + max((spot[side] for spot in spots.values()), default=0) for side in (0, 1))
    return _svg(name, title, told, columns * _TILE, rows * _TILE, parts)


def _spots(codes: Sequence[str]) -> Mapping[str, tuple[int, int]]:
    """Column and row of each country, from the westernmost and the northernmost one."""
    known = [TILES[code] for code in codes if code in TILES] or [(0, 0)]
    (west, east), (north, south) = ((min(places), max(places)) for places in zip(*known, strict=True))
    spots = {code: (TILES[code][0] - west, TILES[code][1] - north) for code in codes if code in TILES}
    elsewhere = [code for code in codes if code not in TILES]
    columns, below = east - west + 1, south - north + 1
    return spots | {code: (number % columns, below + number // columns) for number, code in enumerate(elsewhere)}


def _short(label: str) -> str:
    return label if len(label) <= 30 else f"{label[:29].rstrip()}…"


def _svg(name: str, title: str, told: str, width: int, height: int, parts: Sequence[Markup]) -> Markup:
    return Markup(
        '<svg class="picture" role="img" aria-labelledby="{0}-title {0}-told" viewBox="0 0 {1} {2}"'
        ' width="{1}" height="{2}" xmlns="http://www.w3.org/2000/svg">'
        '<title id="{0}-title">{3}</title><desc id="{0}-told">{4}</desc>{5}</svg>'
    ).format(name, width, height, title, told, Markup("").join(parts))


def _text(x: float, y: float, words: str, kind: str) -> Markup:
    return Markup('<text class="{}" x="{}" y="{}">{}</text>').format(kind, x, y, words)


def _box(x: float, y: float, width: float, height: float, kind: str, *, hint: str = "") -> Markup:
    told = Markup("<title>{}</title>").format(hint) if hint else ""
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="4">{}</rect>').format(
        kind, x, y, width, height, told
    )
