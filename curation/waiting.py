"""The weekly letter: what waits for one person in her sub-regions, what people nominated first."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from curation.access import may_decide
from curation.cards import Card, card_of, load_around, load_known
from db.desk import QueueFilter, count_items, waiting_items
from db.records import User

LISTED = 20  # of each sub-region; the queue shows the rest
COUNTED = 1_000


class RegionPart(Struct, frozen=True):
    """What waits in one sub-region."""

    id: str
    name: str
    total: int  # not counted beyond COUNTED + 1
    cards: tuple[Card, ...]  # the nominated ones first, then the newest


class Waiting(Struct, frozen=True):
    """What waits for one person."""

    user: User
    regions: tuple[RegionPart, ...]  # those in which something waits

    @property
    def total(self) -> int:
        """How many items wait in all of them."""
        return sum(region.total for region in self.regions)


def load_waiting(conn: sqlite3.Connection, user: User) -> Waiting:
    """What waits where this person decides, and which sub-regions are named as hers."""
    known = load_known(conn)
    parts = []
    for region in known.regions:
        if region.id not in user.sub_regions or not may_decide(user, region.id):
            continue
        wanted = QueueFilter((region.id,))
        nominated = waiting_items(conn, QueueFilter((region.id,), nominated=True), limit=LISTED)
        newest = waiting_items(conn, wanted, limit=LISTED)
        items = list({item.id: item for item in (*nominated, *newest)}.values())[:LISTED]
        around = load_around(conn, [item.id for item in items])
        cards = tuple(card_of(item, known, user, around=around[item.id]) for item in items)
        if cards:
            parts.append(RegionPart(region.id, region.name, count_items(conn, wanted, at_most=COUNTED + 1), cards))
    return Waiting(user, tuple(parts))
