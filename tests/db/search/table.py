"""The search table (`queries.tsv`): what is typed, and which items of the corpus should be found by it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.db.search.corpus import Item

NOTHING = "$^"


@dataclass(frozen=True, slots=True)
class Row:
    """One query. Of kind `name`: an institution, to be found by its names in every script. `mistyped`: only found when
    relaxed. All others are musts: everything that is meant is found."""

    kind: str
    typed: str
    meant: str  # regular expression over the plain spelling, in which case does not count; @ and the id for a name

    def __str__(self) -> str:
        return f"{self.kind}: {self.typed}"

    def of(self, items: Sequence[Item]) -> set[int]:
        """The numbers of the items that are meant, from 1."""
        if self.kind == "name":
            return {number for number, item in enumerate(items, 1) if item.about == self.meant.removeprefix("@")}
        pattern = re.compile(self.meant, re.IGNORECASE)
        return {number for number, item in enumerate(items, 1) if pattern.search(item.clean)}


def rows() -> list[Row]:
    """The whole table."""
    lines = (Path(__file__).parent / "queries.tsv").read_text(encoding="utf-8").splitlines()
    return [Row(*line.split("\t")) for line in lines if not line.startswith("#")]
