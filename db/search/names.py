"""Names of institutions in the languages of the region: whoever looks for one of them means all. Data, read once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from db.search.fold import fold
from db.search.words import Run, runs

FILE = Path(__file__).parent.parent / "data" / "institutions.json"
LONGEST_NAME = 10  # words


class Name(Struct, frozen=True):
    """A name by which an institution is found."""

    words: tuple[Run, ...]
    others: tuple[tuple[Run, ...], ...] = ()  # by which those of other countries are told in whose names it stands, too


def other_names(words: Iterable[str]) -> tuple[Name, ...]:
    """The names by which the institutions called so are found; empty when none is called so."""
    return _names().get(tuple(words), ())


def _holds(name: tuple[Run, ...], other: tuple[Run, ...]) -> bool:
    """Whether whoever finds the other name finds this one with it: 中国国家图书馆 holds 国家图书馆."""
    if name == other or any(run.joined for run in name) != any(run.joined for run in other):
        return False
    if len(name) == len(other) == 1:
        return name[0].joined and other[0].text in name[0].text
    return any(name[place : place + len(other)] == other for place in range(len(name)))


def _told_by(other: tuple[Run, ...], name: tuple[Run, ...]) -> tuple[Run, ...]:
    """What tells the longer name from the one that it holds, and is quickly looked for: 蒙古国家 of 蒙古国家图书馆."""
    if len(other) > 1 or not other[0].joined or other[0].text.startswith(name[0].text):
        return other
    place = other[0].text.index(name[0].text)
    return (Run(other[0].text[max(0, place - 2) : place + 2], joined=True),)


@lru_cache(maxsize=1)
def _names() -> dict[tuple[str, ...], tuple[Name, ...]]:
    institutions = json.loads(FILE.read_text(encoding="utf-8"))
    known = {one["id"]: tuple(dict.fromkeys(runs(fold(name)) for name in one["names"])) for one in institutions}
    found: dict[tuple[str, ...], dict[Name, None]] = {}
    for institution in institutions:
        names = known[institution["id"]]
        foreign = [
            name for one in institutions if one["country"] != institution["country"] for name in known[one["id"]]
        ]
        ours = [
            Name(name, tuple(dict.fromkeys(_told_by(other, name) for other in foreign if _holds(other, name))))
            for name in names
        ]
        shortest = [
            one for one in ours if not any(_holds(one.words, other.words) and not other.others for other in ours)
        ]
        for name in names:
            found.setdefault(tuple(run.text for run in name), {}).update(dict.fromkeys(shortest))
    return {words: tuple(names) for words, names in found.items()}
