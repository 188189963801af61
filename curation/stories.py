"""Stories: what came in or changed is known by its keys from then on, and shares a card with what tells the same."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from db.connect import transaction
from db.stories import items_to_compare, not_alone, save_keys, story_texts

AT_ONCE = 2_000  # items that one pass compares; more wait for the next one
TOGETHER = 200  # of them in one transaction


def fold_sightings(conn: sqlite3.Connection, *, now: datetime) -> int:
    """Every item that came in or changed is compared with those that wait; how many were folded into another card."""
    waiting = items_to_compare(conn, limit=AT_ONCE)
    return sum(_compare(conn, waiting[at : at + TOGETHER], now) for at in range(0, len(waiting), TOGETHER))


def _compare(conn: sqlite3.Connection, item_ids: Sequence[int], now: datetime) -> int:
    from curation.likeness import likeness_of  # its tables of letters take longer to load than many a pass

    likes = {item.id: likeness_of(item) for item in story_texts(conn, item_ids)}
    with transaction(conn):  # short: the slow part is done
        save_keys(conn, {item_id: likes[item_id].keys if item_id in likes else () for item_id in item_ids})
        met = not_alone(conn, likes)
        if not met:
            return 0
        from curation.folding import fold_one  # what decides on items takes longer to load than to compare a few

        return sum(fold_one(conn, item_id, likes[item_id], now) for item_id in met)
