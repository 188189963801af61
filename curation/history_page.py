"""The history: who decided what, when, with which note, from which state to which. Only undoing adds to it here.

Days are those of the browser's time zone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from datasette import Response
from msgspec import Struct

from curation.access import may_decide, may_undo, visible_regions
from curation.cards import load_known
from curation.history_csv import history_csv
from curation.languages import gettext
from curation.rules import changes
from curation.web import Form, Visit
from curation.wording import DID, STATES, actor_name, date_words
from db.decisions import Wanted, deciders, history, last_decision
from db.desk import find_item
from db.records import DecisionRow, PublishedDate, User

PAGE_SIZE = 50


class Entry(Struct, frozen=True):
    """One row of the history in words."""

    row: DecisionRow
    actor: str
    at: datetime  # where the person is
    done: str
    state_before: str
    state_after: str
    changes: tuple[str, ...]
    undoable: bool


class Day(Struct, frozen=True):
    """What was decided on one day."""

    on: str
    words: str
    query: str  # of this day alone
    entries: tuple[Entry, ...]


class HistoryAddress(Struct, frozen=True):
    """What the address of a page of the history names."""

    person: str = ""
    item_id: int = 0  # 0: of all items
    since: str = ""  # first and last day, ISO
    until: str = ""
    before: int = 0  # only rows older than this one

    def query(self, **other: str | int) -> str:
        """The address of the same page but for these parts."""
        named = {"person": self.person, "item": self.item_id, "since": self.since, "until": self.until, **other}
        return "?" + urlencode({name: value for name, value in named.items() if value})

    def wanted(self, zone: tzinfo) -> Wanted:
        """The rows of the history that are meant."""
        return Wanted(
            self.item_id or None,
            self.person or None,
            _begin(self.since, zone),
            _begin(self.until, zone, days=1),
            self.before or None,
        )


class HistoryPage(Struct, frozen=True):
    """One page of the history, ready to be shown."""

    address: HistoryAddress
    days: tuple[Day, ...]
    people: tuple[str, ...]
    item_title: str
    item_language: str
    older: str  # the query of the next page; empty on the last one
    export: str  # the query of the same as a table


async def history_view(visit: Visit) -> Any:
    """The page of the history that the address names: by person, by item, by day, before a row."""
    address, user, zone = history_address(visit.asked), visit.person, visit.zone

    def load(conn: sqlite3.Connection) -> HistoryPage:
        regions = visible_regions(user, load_known(conn).region_ids)
        rows = history(conn, regions, limit=PAGE_SIZE + 1, wanted=address.wanted(zone))
        shown = rows[:PAGE_SIZE]
        found = find_item(conn, address.item_id) if address.item_id and rows else None
        return HistoryPage(
            address=address,
            days=_days(entries(conn, shown, user, zone), address),
            people=deciders(conn, regions),
            item_title=(found.curation.title or found.title) if found else "",
            item_language=found.language if found else "",
            older=address.query(before=shown[-1].id) if len(rows) > PAGE_SIZE else "",
            export=address.query(),
        )

    return await visit.page("desk_history.html", {"page": await visit.desk.read(load), "here": "history"})


async def export_view(visit: Visit) -> Any:
    """The whole history that the address names, as a table to take away."""
    address, user, zone = history_address(visit.asked), visit.person, visit.zone

    def load(conn: sqlite3.Connection) -> bytes:
        regions = visible_regions(user, load_known(conn).region_ids)
        return history_csv(history(conn, regions, limit=None, wanted=address.wanted(zone)))

    name = f"history-{visit.desk.now().astimezone(zone):%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(await visit.desk.read(load), headers=headers, content_type="text/csv; charset=utf-8")


def history_address(asked: Form) -> HistoryAddress:
    """What these fields name; a day that is none does not narrow."""
    return HistoryAddress(
        asked.text("person")[:100],
        asked.number("item"),
        _day(asked, "since"),
        _day(asked, "until"),
        asked.number("before"),
    )


def _day(asked: Form, name: str) -> str:
    text = asked.text(name)
    return text if _begin(text, UTC) else ""


def _begin(day: str, zone: tzinfo, *, days: int = 0) -> datetime | None:
    """When so many days after this one begin where the person is; None when it is no day."""
    try:
        first = date.fromisoformat(day)
        if not 1900 < first.year < 3000:
            return None
    except ValueError:
        return None
    return datetime.combine(first + timedelta(days=days), time.min, zone).astimezone(UTC)


def _days(shown: Iterable[Entry], address: HistoryAddress) -> tuple[Day, ...]:
    return tuple(
        Day(on, date_words(PublishedDate(on, "day")), address.query(since=on, until=on), tuple(together))
        for on, together in groupby(shown, lambda entry: entry.at.date().isoformat())
    )


def entries(conn: sqlite3.Connection, rows: Iterable[DecisionRow], user: User, zone: tzinfo) -> tuple[Entry, ...]:
    """The rows in words, each saying whether this person can undo it now."""
    return tuple(
        Entry(
            row=row,
            actor=actor_name(row.actor),
            at=row.decided_at.astimezone(zone),
            done=gettext(DID[row.action]),
            state_before=gettext(STATES[row.before.state]),
            state_after=gettext(STATES[row.after.state]),
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
