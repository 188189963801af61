"""Reports in the making, and the activities picked for them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence

from msgspec import Struct

from db.connect import transaction
from db.desk import find_item
from db.records import DeskItem, Pick, Report


class ReportKey(Struct, frozen=True):
    """What makes a report the one it is. Months are YYYY-MM, both inside the period."""

    sub_region: str
    period_start: str
    period_end: str


def find_or_add_report(conn: sqlite3.Connection, key: ReportKey, *, vocabulary: str, convenor: str = "") -> Report:
    """The report of this sub-region and period; a new and empty one when there was none."""
    with transaction(conn):
        conn.execute(
            "INSERT INTO reports (sub_region, period_start, period_end, convenor, vocabulary) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (sub_region, period_start, period_end) DO NOTHING",
            (key.sub_region, key.period_start, key.period_end, convenor, vocabulary),
        )
        report = find_report(conn, key)
    assert report is not None
    return report


def find_report(conn: sqlite3.Connection, key: ReportKey) -> Report | None:
    """The report of this sub-region and period; None when nobody began one."""
    row = conn.execute(
        "SELECT * FROM reports WHERE sub_region = ? AND period_start = ? AND period_end = ?",
        (key.sub_region, key.period_start, key.period_end),
    ).fetchone()
    return _report(row) if row else None


def report_by_id(conn: sqlite3.Connection, report_id: int) -> Report | None:
    """The report with this id; None when there is none."""
    row = conn.execute("SELECT * FROM reports WHERE id = ?", (report_id,)).fetchone()
    return _report(row) if row else None


def list_reports(conn: sqlite3.Connection, sub_regions: Sequence[str]) -> tuple[Report, ...]:
    """The reports of these sub-regions, newest period first."""
    marks = ", ".join("?" * len(sub_regions))
    rows = conn.execute(
        f"SELECT * FROM reports WHERE sub_region IN ({marks}) ORDER BY period_end DESC, period_start DESC, sub_region",
        tuple(sub_regions),
    )
    return tuple(_report(row) for row in rows)


def reports_in_the_making(conn: sqlite3.Connection, today: str) -> tuple[ReportKey, ...]:
    """Those that have not been handed in before this day, the oldest period first."""
    rows = conn.execute(
        "SELECT sub_region, period_start, period_end FROM reports WHERE submitted_on IS NULL OR submitted_on >= ?"
        " ORDER BY period_start, period_end, sub_region",
        (today,),
    )
    return tuple(ReportKey(*row) for row in rows)


def _report(row: sqlite3.Row) -> Report:
    return Report(
        id=row["id"],
        sub_region=row["sub_region"],
        period_start=row["period_start"],
        period_end=row["period_end"],
        convenor=row["convenor"],
        submitted_on=row["submitted_on"],
        vocabulary=row["vocabulary"],
        sections=json.loads(row["sections"]),
    )


def save_report_texts(
    conn: sqlite3.Connection, report_id: int, *, convenor: str, submitted_on: str | None, sections: Mapping[str, str]
) -> None:
    """The report has these texts of its convenor."""
    with transaction(conn):
        conn.execute(
            "UPDATE reports SET convenor = ?, submitted_on = ?, sections = ? WHERE id = ?",
            (convenor, submitted_on, json.dumps(dict(sections), ensure_ascii=False), report_id),
        )


def save_picks(conn: sqlite3.Connection, report_id: int, picks: Sequence[Pick]) -> None:
    """Exactly these activities are picked for the report."""
    with transaction(conn):
        conn.execute("DELETE FROM picks WHERE report_id = ?", (report_id,))
        conn.executemany(
            "INSERT INTO picks (report_id, item_id, country, rank) VALUES (?, ?, ?, ?)",
            [(report_id, pick.item_id, pick.country, pick.rank) for pick in picks],
        )


def list_picks(conn: sqlite3.Connection, report_id: int) -> tuple[Pick, ...]:
    """What is picked for the report, by country and rank; the country is the activity's own, edited later or not."""
    rows = conn.execute(
        "SELECT p.item_id, coalesce(i.edited_country, i.country) AS country, p.rank FROM picks p"
        " JOIN items i ON i.id = p.item_id WHERE p.report_id = ? ORDER BY country, p.rank, p.item_id",
        (report_id,),
    )
    return tuple(Pick(*row) for row in rows)


def picked_elsewhere(conn: sqlite3.Connection, report_id: int) -> frozenset[int]:
    """The items that other reports tell of."""
    return frozenset(row[0] for row in conn.execute("SELECT item_id FROM picks WHERE report_id != ?", (report_id,)))


def strategies_picked_by(conn: sqlite3.Connection, item_ids: Sequence[int]) -> dict[int, str]:
    """Item id → the strategy of the newest report that picks it; items that none picks are left out."""
    marks = ", ".join("?" * len(item_ids))
    rows = conn.execute(
        "SELECT p.item_id, r.vocabulary FROM picks p JOIN reports r ON r.id = p.report_id"
        f" WHERE p.item_id IN ({marks}) ORDER BY r.period_end, r.id",
        tuple(item_ids),
    )
    return {row[0]: row[1] for row in rows}


def picked_items(conn: sqlite3.Connection, report_id: int) -> tuple[tuple[Pick, DeskItem], ...]:
    """The picks that are still marked impactful, with their items, by country and rank."""
    found = ((pick, find_item(conn, pick.item_id)) for pick in list_picks(conn, report_id))
    return tuple((pick, item) for pick, item in found if item is not None and item.curation.state == "impactful")


def impactful_items(conn: sqlite3.Connection, sub_region: str) -> tuple[DeskItem, ...]:
    """What a report of this sub-region may pick from: marked impactful, of its sources or countries; newest first."""
    rows = conn.execute(
        "SELECT i.id FROM items i JOIN sources s ON s.id = i.source_id WHERE i.state = 'impactful'"
        " AND (s.sub_region = ? OR coalesce(i.edited_country, i.country) IN"
        " (SELECT country FROM sub_region_countries WHERE sub_region = ?))"
        " ORDER BY coalesce(i.published_on, '') DESC, i.id DESC",
        (sub_region, sub_region),
    ).fetchall()
    found = (find_item(conn, row[0]) for row in rows)
    return tuple(item for item in found if item is not None)
