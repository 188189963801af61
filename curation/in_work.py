"""Which card somebody has in work: told to the others, never a lock.

It is kept in memory alone, since the desk is one process, and ends by itself: a browser that goes away, falls asleep or
is left alone says nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec import Struct

from curation.access import may_see
from db.records import User

LEASE = timedelta(seconds=45)  # a browser says it again every fifteen


class Lease(Struct, frozen=True):
    """An item that a person has in work."""

    item_id: int
    sub_region: str
    until: datetime


@dataclass
class InWork:
    """What everybody has in work now; each person has one item at most."""

    leases: dict[str, Lease] = field(default_factory=dict)

    def take(self, person: str, item_id: int, sub_region: str, now: datetime) -> None:
        """The person has this item in work, and no other one."""
        self.leases[person] = Lease(item_id, sub_region, now + LEASE)

    def leave(self, person: str) -> None:
        """The person has nothing in work."""
        self.leases.pop(person, None)

    def of_others(self, user: User, now: datetime) -> dict[int, str]:
        """Item id → who has it in work, of all that this person may see and does not have herself."""
        found: dict[int, list[str]] = {}
        for name in sorted(self.leases):
            lease = self.leases[name]
            if lease.until > now and name != user.name and may_see(user, lease.sub_region):
                found.setdefault(lease.item_id, []).append(name)
        return {item_id: ", ".join(names) for item_id, names in found.items()}
