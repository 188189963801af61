"""The history: who decided what, when, with which note, from which state to which. Only undoing changes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from curation.access import may_decide, may_undo, visible_regions
from curation.cards import load_known
from curation.rules import changes
from curation.web import Visit
from curation.wording import DONE, STATES
from db.decisions import deciders, history, last_decision
from db.desk import find_item
from db.records import DecisionRow, User

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the history in words."""

    row: DecisionRow
    done: str
    state_before: str
    state_after: str
    changes: tuple[str, ...]
    undoable: bool


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """One page of the history, ready to be shown."""

    entries: tuple[Entry, ...]
    people: tuple[str, ...]
    person: str
    item_id: int  # 0: of all items
    item_title: str
    older: str  # the query of the next page; empty on the last one


async def history_view(visit: Visit) -> Any:
    """The page of the history that the address names: by person, by item, before a row."""
    asked, user = visit.asked, visit.person
    person, item_id, before = asked.text("person")[:100], asked.number("item"), asked.number("before")

    def load(conn: sqlite3.Connection) -> HistoryPage:
        regions = visible_regions(user, load_known(conn).region_ids)
        rows = history(
            conn,
            regions,
            limit=PAGE_SIZE + 1,
            item_id=item_id or None,
            actor=person or None,
            before_id=before or None,
        )
        shown = rows[:PAGE_SIZE]
        found = find_item(conn, item_id) if item_id and rows else None
        return HistoryPage(
            entries=entries(conn, shown, user),
            people=deciders(conn, regions),
            person=person,
            item_id=item_id,
            item_title=(found.curation.title or found.title) if found else "",
            older=_older(person, item_id, shown[-1].id) if len(rows) > PAGE_SIZE else "",
        )

    return await visit.page("desk_history.html", {"page": await visit.desk.read(load), "here": "history"})


def entries(conn: sqlite3.Connection, rows: Iterable[DecisionRow], user: User) -> tuple[Entry, ...]:
    """The rows in words, each saying whether this person can undo it now."""
    return tuple(
        Entry(
            row=row,
            done=DONE[row.action],
            state_before=STATES[row.before.state],
            state_after=STATES[row.after.state],
            changes=changes(row.before, row.after),
            undoable=_undoable(conn, row, user),
        )
        for row in rows
    )


def _undoable(conn: sqlite3.Connection, row: DecisionRow, user: User) -> bool:
    if not may_undo(user, row):
        return False
    last = last_decision(conn, row.item_id)
    found = find_item(conn, row.item_id)
    return last is not None and last.id == row.id and found is not None and may_decide(user, found.sub_region)


def _older(person: str, item_id: int, before: int) -> str:
    chosen = {"person": person, "item": item_id, "before": before}
    return "?" + urlencode({name: value for name, value in chosen.items() if value})
