"""What an old report says of an item becomes its first decision; one that was decided on already stays as it is."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from msgspec.structs import replace

from curation.access import may_decide
from curation.rules import Decision, decide
from db.decisions import record_decision
from db.desk import find_item
from db.records import DeskItem, User

_UNDECIDED = 1  # the version of an item that nobody decided on, nor the desk


def decide_as_reported(
    conn: sqlite3.Connection, user: User, item_id: int, decision: Decision, *, now: datetime
) -> tuple[DeskItem, bool]:
    """The item as it is now, and whether the decision was made; DecisionError where the rules do not allow it.

    It is not made on an item that anybody decided on before, nor on one that is not this person's to decide on.
    """
    item = _item(conn, item_id)
    if item.version != _UNDECIDED or not may_decide(user, item.sub_region):
        return item, False
    after = decide(item.curation, decision)
    record_decision(
        conn,
        item_id,
        actor=user.name,
        action=decision.action,
        before=item.curation,
        after=replace(
            after,
            title=_edit(after.title, item.title),
            summary=_edit(after.summary, item.summary),
            url=_edit(after.url, item.url),
            country=_edit(after.country, item.country),
        ),
        version=item.version,
        now=now,
        note=decision.note,
    )
    return _item(conn, item_id), True


def _edit(said: str | None, found: str) -> str | None:
    """What reads as it was found is no edit."""
    return None if said == found else said


def _item(conn: sqlite3.Connection, item_id: int) -> DeskItem:
    item = find_item(conn, item_id)
    assert item is not None
    return item
