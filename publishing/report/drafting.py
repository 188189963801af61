"""From the working database to a file that the convenor can hand in, with a list of what it still lacks."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from db.desk import find_item
from db.errors import ReportError
from db.records import Report, Vocabulary
from db.reports import ReportKey, find_or_add_report, list_picks, picked_items, report_by_id
from db.sources import list_sub_regions
from db.strategies import first_month, strategy_in_force
from db.vocabularies import list_vocabularies
from publishing.report import checks, docx, html, markdown
from publishing.report.dates import month_label
from publishing.report.form import shipped_form
from publishing.report.model import Material, ReportDraft, draft

CONTENT_TYPES = {"docx": docx.CONTENT_TYPE, "html": html.CONTENT_TYPE, "md": markdown.CONTENT_TYPE}


class Drafted(Struct, frozen=True):
    """A report as a file."""

    body: bytes
    filename: str
    content_type: str
    warnings: tuple[str, ...]  # sentences for the convenor; empty when nothing is missing


def draft_report(conn: sqlite3.Connection, report_id: int, *, format: str, now: datetime) -> Drafted:
    """The report as `docx`, `html` or `md`, whatever it still lacks; ReportError for another format or id."""
    if format not in CONTENT_TYPES:
        raise ReportError(f"a report is drafted as {', '.join(CONTENT_TYPES)}, not as {format!r}")
    report, drafted = _draft(conn, report_id)
    return Drafted(
        body=_write(drafted, format, now),
        filename=_filename(report, format),
        content_type=CONTENT_TYPES[format],
        warnings=checks.warnings(drafted),
    )


def report_warnings(conn: sqlite3.Connection, report_id: int) -> tuple[str, ...]:
    """What the report still lacks, in sentences, without writing it."""
    return checks.warnings(_draft(conn, report_id)[1])


def find_or_begin_report(conn: sqlite3.Connection, key: ReportKey, *, strategy: Vocabulary | None = None) -> Report:
    """The report of this sub-region and period; begun, and empty, when nobody had done so.

    It is begun by this strategy, else by the one of its period.

    ReportError for a sub-region that is not known, and for a period before the first strategy of IFLA that is.
    """
    known = [region.id for region in list_sub_regions(conn)]
    if key.sub_region not in known:
        there = f"there are: {', '.join(known)}" if known else "none is registered yet: crawl once to register them"
        raise ReportError(f"the sub-region {key.sub_region!r} is not known; {there}")
    vocabulary = strategy.id if strategy else _strategy(key, list_vocabularies(conn))
    return find_or_add_report(conn, key, vocabulary=vocabulary)


def _strategy(key: ReportKey, vocabularies: Sequence[Vocabulary]) -> str:
    """The strategy that the report names: the one in force when its period ends."""
    strategy, first = strategy_in_force(vocabularies, key.period_end), first_month(vocabularies)
    if strategy is not None:
        return strategy.id
    since = f"none is known before {month_label(first)}" if first else "the database has none"
    raise ReportError(f"a report names a strategy of IFLA, and {since}")


def _draft(conn: sqlite3.Connection, report_id: int) -> tuple[Report, ReportDraft]:
    report = report_by_id(conn, report_id)
    if report is None:
        raise ReportError(f"there is no report number {report_id}")
    picked = picked_items(conn, report_id)
    kept = {item.id for _, item in picked}
    dropped = (find_item(conn, pick.item_id) for pick in list_picks(conn, report_id) if pick.item_id not in kept)
    material = Material(
        report=report,
        regions=list_sub_regions(conn),
        vocabularies=list_vocabularies(conn),
        picked=picked,
        left_out=[item for item in dropped if item is not None],
    )
    return report, draft(material, shipped_form())


def _write(drafted: ReportDraft, format: str, now: datetime) -> bytes:
    if format == "docx":
        return docx.to_docx(drafted, now=now)
    return html.to_html(drafted) if format == "html" else markdown.to_markdown(drafted)


def _filename(report: Report, format: str) -> str:
    region = re.sub(r"[^a-z0-9]+", "-", report.sub_region.lower()).strip("-") or "report"
    return f"{region}_{report.period_start}_{report.period_end}.{format}"
