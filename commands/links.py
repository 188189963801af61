"""`convenor links check`: whether the originals of a period are still there, before a report is due."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.options import (
    check_sub_region,
    db_option,
    json_option,
    now,
    period_months,
    private_option,
    say,
    sources_option,
)
from db.errors import NewsError

if TYPE_CHECKING:
    from sqlite3 import Connection

    from crawlers.links import Checked


@click.group()
def links() -> None:
    """The links of chosen activities."""


@links.command()
@click.option(
    "--period",
    callback=period_months,
    show_default="those of the reports that are not handed in yet",
    help="First and last month, such as 2020-11..2021-02.",
)
@click.option("--sub-region", help="Of one sub-region's sources alone, by its id.")
@sources_option
@db_option
@private_option
@json_option
def check(
    period: tuple[str, str] | None,
    sub_region: str | None,
    sources: Path | None,
    database: Path,
    allow_private: bool,
    as_json: bool,
) -> None:
    """Visit the originals of a period's activities.

    Those that are gone, moved or changed are told, and the command ends with 1 when any is.
    """
    from crawlers.guard import guarded_transport
    from crawlers.links import check_link
    from crawlers.tls import legacy_hosts
    from db.connect import opened
    from db.evidence import links_of_period
    from pasting import limits_of, polite_web
    from terminal import counted
    from workplace import Place, sources_of

    loaded = sources_of(Place(database), sources)
    check_sub_region(loaded, sub_region)
    politeness, old_tls = loaded.politeness, legacy_hosts(loaded.sources)
    with opened(database) as conn:
        spans = [(*period, sub_region)] if period else _in_the_making(conn, sub_region)
        found = {link.item_id: link for span in spans for link in links_of_period(conn, *span)}.values()
    verdicts: Counter[str] = Counter()
    with polite_web(politeness, guarded_transport(allow_private), database, old_tls=old_tls) as web:
        for link in found:
            checked = check_link(link, web, limits_of(politeness), now().date())
            verdicts[checked.verdict] += 1
            if as_json or checked.verdict != "ok":
                say(as_json, _sentence(checked), _record(checked))
    if not as_json:
        told = ", ".join(f"{number} {verdict}" for verdict, number in verdicts.most_common())
        months = ", ".join(dict.fromkeys(f"{start}..{end}" for start, end, _ in spans))
        many = counted(len(found), "link")
        said = f"{many} of {months}: {told}." if found else f"No activity of {months} has a link."
        click.echo(said if months else "No report is in the making; name months with --period.")
    troubled = len(found) - verdicts["ok"] - verdicts["not asked"]
    if troubled:
        raise NewsError(f"{troubled} of {len(found)} links are not as they were")


def _in_the_making(conn: Connection, sub_region: str | None) -> list[tuple[str, str, str | None]]:
    """The periods of the reports that are not handed in yet, of one sub-region or of all."""
    from db.reports import reports_in_the_making

    begun = reports_in_the_making(conn, now().date().isoformat())
    wanted = [report for report in begun if sub_region in (None, report.sub_region)]
    return [(report.period_start, report.period_end, report.sub_region) for report in wanted]


def _sentence(checked: Checked) -> str:
    link = checked.link
    words = "; ".join(part for part in (checked.why, checked.now_at and f"now {checked.now_at}") if part)
    return f"{checked.verdict}: {link.country} {link.item_id} {link.title}\n  {link.url} ({words})"


def _record(checked: Checked) -> dict[str, object]:
    link = checked.link
    return {"item": link.item_id, "country": link.country, "title": link.title, "url": link.url,
            "verdict": checked.verdict, "why": checked.why, "now_at": checked.now_at or None}  # fmt: skip
