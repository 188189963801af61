"""Names of institutions in the languages of the region: whoever looks for one of them means all. Data, read once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from db.search.fold import fold
from db.search.words import Run, runs

FILE = Path(__file__).parent.parent / "data" / "institutions.json"
LONGEST_NAME = 10  # words


def other_names(words: Iterable[str]) -> tuple[tuple[Run, ...], ...]:
    """The names by which the institutions called so are found; empty when none is called so."""
    return _names().get(tuple(words), ())


def _holds(name: tuple[Run, ...], other: tuple[Run, ...]) -> bool:
    """Whether whoever finds the other name finds this one with it: 中国国家图书馆 holds 国家图书馆."""
    if name == other or any(run.joined for run in name) != any(run.joined for run in other):
        return False
    if len(name) == len(other) == 1:
        return name[0].joined and other[0].text in name[0].text
    return any(name[place : place + len(other)] == other for place in range(len(name)))


@lru_cache(maxsize=1)
def _names() -> dict[tuple[str, ...], tuple[tuple[Run, ...], ...]]:
    found: dict[tuple[str, ...], dict[tuple[Run, ...], None]] = {}
    for institution in json.loads(FILE.read_text(encoding="utf-8")):
        names = dict.fromkeys(runs(fold(name)) for name in institution["names"])
        shortest = dict.fromkeys(name for name in names if not any(_holds(name, other) for other in names))
        for name in names:
            found.setdefault(tuple(run.text for run in name), {}).update(shortest)
    return {words: tuple(names) for words, names in found.items()}
