"""The history as a table for a spreadsheet program. Pure.

It begins with a byte order mark, without which Excel takes Chinese for something else, and no cell is a formula: what
begins like one is marked as text (OWASP, CSV injection).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from curation.rules import changes
from db.instants import to_text
from db.records import DecisionRow, ShownSuggestion

COLUMNS = (
    "decision",
    "decided_at",
    "person",
    "action",
    "item",
    "title",
    "address",
    "source",
    "country",
    "sub_region",
    "before",
    "after",
    "tags",
    "suggested",
    "taken",
    "changes",
    "note",
    "nominated_by",
    "takes_back",
)
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


def history_csv(rows: Iterable[DecisionRow]) -> bytes:
    """One line for each decision, in the order given, below a line with the names of the columns."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for row in rows:
        table.writerow([cell(value) for value in _values(row)])
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8", "replace")


def cell(value: str | int | None) -> str:
    """The value as no spreadsheet program takes it for a formula."""
    text = "" if value is None else str(value)
    formula = text.startswith(FORMULA) or text.lstrip().startswith(FORMULA)
    return f"'{text}" if formula else text


def _values(row: DecisionRow) -> tuple[str | int | None, ...]:
    return (
        row.id,
        to_text(row.decided_at),
        row.actor,
        row.action,
        row.item_id,
        row.item_title,
        row.url,
        row.source_name,
        row.country,
        row.sub_region,
        row.before.state,
        row.after.state,
        " ".join(f"{tag.vocabulary}/{tag.code}" for tag in row.after.tags),
        _suggested(row.suggested),
        _suggested(one for one in row.suggested if one.taken),
        "; ".join(changes(row.before, row.after)),
        row.note,
        row.nominated_by,
        row.undoes,
    )


def _suggested(shown: Iterable[ShownSuggestion]) -> str:
    return " ".join(f"{one.tag.vocabulary}/{one.tag.code}" for one in shown)
