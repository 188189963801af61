"""Putting the sightings of one story into one card: the official one first, an article before its posts.

Only what nobody has touched is folded, and only into what waits: whatever a person decided on, took apart or opened
again stays as she left it. Each fold is a decision of the desk in the history, and is undone like any other.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from curation.likeness import Likeness, leads, likeness_of, may_share_a_card, same_story
from curation.rules import Decision, decide
from db.decisions import record_decision
from db.desk import find_item, sightings
from db.records import DeskItem
from db.stories import candidates, tellers
from db.users import DESK


def fold_one(conn: sqlite3.Connection, item_id: int, like: Likeness, now: datetime) -> int:
    """The item shares a card with what waits and tells the same; how many items were folded."""
    others = candidates(conn, item_id, like.keys)
    item = find_item(conn, item_id)
    if item is None or not _untouched(item):
        return 0
    return _fold_alike(conn, item, like, others, now) + _fold_tellers(conn, item_id, now)


def _fold_alike(conn: sqlite3.Connection, item: DeskItem, like: Likeness, others: Sequence[int], now: datetime) -> int:
    """The item shares a card with the first that waits and tells the same; how many were folded."""
    for other in (find_item(conn, other_id) for other_id in others):
        card = _card_of(conn, other) if other and _is_same(item, like, other) else None
        if card is not None and card.id != item.id and _untouched(card) and may_share_a_card(item, card):
            return _fold_together(conn, item, card, now)
    return 0


def _fold_tellers(conn: sqlite3.Connection, item_id: int, now: datetime) -> int:
    """Posts that were read before the article they point to are shown in its card; how many were folded."""
    item = find_item(conn, item_id)
    card = _card_of(conn, item) if item is not None else None
    if card is None or not _untouched(card):
        return 0
    folded = 0
    for post in (find_item(conn, teller) for teller in tellers(conn, item_id)):
        if post is not None and post.id != card.id and _untouched(post) and may_share_a_card(card, post):
            folded += _fold_into(conn, post, card, now)
    return folded


def _is_same(item: DeskItem, like: Likeness, other: DeskItem) -> bool:
    return may_share_a_card(item, other) and same_story(like, likeness_of(other))


def _untouched(item: DeskItem) -> bool:
    return item.version == 1 and item.curation.state == "new" and item.curation.duplicate_of is None


def _card_of(conn: sqlite3.Connection, item: DeskItem) -> DeskItem | None:
    lead = item.curation.duplicate_of
    return item if lead is None else find_item(conn, lead)


def _fold_together(conn: sqlite3.Connection, item: DeskItem, card: DeskItem, now: datetime) -> int:
    """One of the two cards that wait shows both from now on; how many items were folded."""
    return _fold_into(conn, card, item, now) if leads(item, card) else _fold_into(conn, item, card, now)


def _fold_into(conn: sqlite3.Connection, other: DeskItem, lead: DeskItem, now: datetime) -> int:
    folded = (other, *sightings(conn, [other.id]).get(other.id, ()))
    return sum(_fold(conn, one, lead, now) for one in folded)


def _fold(conn: sqlite3.Connection, item: DeskItem, lead: DeskItem, now: datetime) -> int:
    record_decision(
        conn,
        item.id,
        actor=DESK,
        action="fold",
        before=item.curation,
        after=decide(item.curation, Decision("fold", into=lead.id)),
        version=item.version,
        now=now,
    )
    return 1
