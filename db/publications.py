"""What was ever published: remembered in the working database, so that an address once given out is never silent."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping
from contextlib import closing
from operator import attrgetter
from pathlib import Path

from msgspec import Struct

from db.connect import transaction
from db.public_file import open_public


class Withdrawn(Struct, frozen=True):
    """An activity that was public and is no more; nothing of its content is kept."""

    id: int
    withdrawn_on: str
    now_at: int | None = None  # the activity that it was folded into, where that is public


class Standing(Struct, frozen=True):
    """Since when an activity is public, and when what is read of it last changed."""

    added_at: str  # when it was first published: an instant
    updated_at: str
    content: str  # a fingerprint of what is read of it


since_when = attrgetter("added_at", "updated_at")


def standings(working: sqlite3.Connection, contents: Mapping[int, str], *, now: str) -> dict[int, Standing]:
    """The standing of each activity, of which `contents` has the fingerprints, in a build that is made `now`.

    What was withdrawn meanwhile is updated by coming back; what was published before fingerprints were kept is not.
    """
    rows = working.execute("SELECT item_id, added_at, updated_at, content, withdrawn_on FROM publications")
    known = {row[0]: tuple(row[1:]) for row in rows}
    found = {}
    for id_, content in contents.items():
        added, updated, earlier, gone = known.get(id_, (now, now, content, None))
        same = gone is None and earlier in (None, content)
        found[id_] = Standing(added or now, updated if same and updated else now, content)
    return found


def ever_published(working: sqlite3.Connection) -> dict[int, str | None]:
    """The id of every activity that was ever public, with the day on which it was found withdrawn."""
    rows = working.execute("SELECT item_id, withdrawn_on FROM publications ORDER BY item_id")
    return {row[0]: row[1] for row in rows}


def published_in(file: Path) -> tuple[int, ...]:
    """The ids of the activities in an earlier build; none when there is no file that can be read."""
    if not file.exists():
        return ()
    try:
        with closing(open_public(file)) as public:
            return tuple(row[0] for row in public.execute("SELECT id FROM activities ORDER BY id"))
    except sqlite3.DatabaseError:
        return ()


def withdrawn(
    working: sqlite3.Connection, earlier: Iterable[int], present: Collection[int], *, today: str
) -> tuple[Withdrawn, ...]:
    """What was public, by the working database or an earlier build, and is not among the present activities, by id."""
    known = {**dict.fromkeys(earlier, None), **ever_published(working)}
    folded = dict(
        map(tuple, working.execute("SELECT id, duplicate_of FROM items WHERE duplicate_of IS NOT NULL").fetchall())
    )
    return tuple(
        Withdrawn(id_, day or today, _public_one(id_, folded, present))
        for id_, day in sorted(known.items())
        if id_ not in present
    )


def _public_one(id_: int, folded: dict[int, int], present: Collection[int]) -> int | None:
    seen = {id_}
    while (id_ := folded.get(id_, 0)) and id_ not in seen:
        if id_ in present:
            return id_
        seen.add(id_)
    return None


def remember(
    working: sqlite3.Connection, present: Mapping[int, Standing], gone: Iterable[Withdrawn], *, today: str
) -> None:
    """The present activities are known as public, the others as withdrawn. Written only where that is news."""
    known, left = ever_published(working), {one.id: one.withdrawn_on for one in gone}
    rows = working.execute("SELECT item_id, content, updated_at FROM publications WHERE withdrawn_on IS NULL")
    public = {row[0]: (row[1], row[2]) for row in rows}
    new = [
        (id_, today, one.added_at, one.updated_at, one.content)
        for id_, one in present.items()
        if public.get(id_) != (one.content, one.updated_at)
    ]
    lost = [(id_, day) for id_, day in left.items() if known.get(id_) != day]
    if not (new or lost):
        return
    with transaction(working):
        working.executemany(
            "INSERT INTO publications (item_id, first_published_on, added_at, updated_at, content)"
            " VALUES (?, ?, ?, ?, ?) ON CONFLICT (item_id) DO UPDATE SET withdrawn_on = NULL,"
            " added_at = excluded.added_at, updated_at = excluded.updated_at, content = excluded.content",
            new,
        )
        working.executemany(
            "INSERT INTO publications (item_id, first_published_on, withdrawn_on) VALUES (?1, ?2, ?2)"
            " ON CONFLICT (item_id) DO UPDATE SET withdrawn_on = excluded.withdrawn_on",
            lost,
        )
