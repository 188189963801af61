"""The strip of the last decisions: what was sent together is one entry with one undo. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from db.records import DecisionRow


class RecentEntry(Struct, frozen=True):
    """One thing that a person did: a decision on one item, or the same one on many."""

    rows: tuple[DecisionRow, ...]  # newest first

    @property
    def first(self) -> DecisionRow:
        """The row that stands for all of them."""
        return self.rows[-1]


def recent_entries(rows: Iterable[DecisionRow]) -> tuple[RecentEntry, ...]:
    """The rows, newest first, with those of one sending put together."""
    grouped: dict[str, list[DecisionRow]] = {}
    for row in rows:
        grouped.setdefault(row.request or f"row {row.id}", []).append(row)
    return tuple(RecentEntry(tuple(together)) for together in grouped.values())
