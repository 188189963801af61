"""`convenor report draft` and `import`: the bi-annual report out of the desk, and those of former years into it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.options import db_option, json_option, now, period_months, say

if TYPE_CHECKING:
    from importing import Imported

FORMATS = {".docx": "docx", ".html": "html", ".htm": "html", ".md": "md"}


def one_sub_region(ctx: click.Context, param: click.Parameter, named: tuple[str, ...]) -> str:
    """The only sub-region that is named: another one would have a report of its own."""
    if len(named) > 1:
        raise click.BadParameter("a report is of one sub-region; give the command once for each")
    return named[0]


sub_region_option = click.option(
    "--sub-region",
    required=True,
    multiple=True,
    callback=one_sub_region,
    help="Its id in sources.yaml, such as north-east-asia.",
)
period_option = click.option(
    "--period", required=True, callback=period_months, help="First and last month, such as 2020-11..2021-02."
)


@click.group()
def report() -> None:
    """The bi-annual sub-regional report."""


@report.command()
@db_option
@sub_region_option
@period_option
@click.option(
    "--format",
    "format_",
    type=click.Choice(["docx", "html", "md"]),
    help="Of the file.  [default: as its name ends]",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file to write."
)
@json_option
def draft(
    database: Path, sub_region: str, period: tuple[str, str], format_: str | None, output: Path, as_json: bool
) -> None:
    """Write the report as the Regional Office expects it. What is still missing is told."""
    from db.connect import opened
    from db.reports import ReportKey
    from workplace import draft_to_file

    wanted = format_ or FORMATS.get(output.suffix.lower())
    if wanted is None:
        raise click.UsageError(f"{output} must end in {', '.join(FORMATS)}; or say what it is with --format")
    with opened(database) as conn:
        warnings = draft_to_file(conn, ReportKey(sub_region, *period), output, format_=wanted, now=now())
    missing = ["Still to look at:", *(f"- {warning}" for warning in warnings)] if warnings else []
    sentence = "\n".join([f"{output} is drafted.", *missing])
    say(as_json, sentence, {"path": str(output), "missing": warnings})


@report.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@sub_region_option
@period_option
@click.option("--user", required=True, help="Who takes the decisions: a convenor of the sub-region, or an operator.")
@click.option("--dry-run", is_flag=True, help="Tell what would be done, and save nothing.")
@db_option
@json_option
def import_(
    file: Path, sub_region: str, period: tuple[str, str], user: str, dry_run: bool, database: Path, as_json: bool
) -> None:
    """Bring the activities of a report in Word into the desk.

    Each is marked impactful with its tags and picked for the report. What is known at its address and decided on
    already stays as it is, so that a report may be imported again.
    """
    from contextlib import closing

    from db.reports import ReportKey
    from importing import import_report, read_package
    from terminal import counted
    from workplace import open_working

    package = read_package(file)
    with closing(open_working(database)) as conn:
        imported = import_report(
            conn, package, ReportKey(sub_region, *period), user_name=user, now=now(), rehearsal=dry_run
        )
    for one in imported:
        say(as_json, _line(one), _record(one))
    if not as_json:
        ways = Counter(one.came_to for one in imported)
        told = ", ".join(f"{number} {came_to}" for came_to, number in ways.most_common()) or "none"
        saved = "Nothing is saved: this was a dry run." if dry_run else f"They stand at the desk, decided by {user}."
        click.echo(f"{counted(len(imported), 'activity')}: {told}. {saved}")


def _line(one: Imported) -> str:
    """One row of the table, with what is to be said of it below."""
    from importing import name_of

    codes = ", ".join(one.activity.directions) or "-"
    item = f"item {one.item.id}" if one.item else "-"
    row = f"{one.came_to:<10}{item:<12}{codes:<16}{name_of(one.activity)} {one.activity.title}"
    return "\n".join([row, *(f"{'':<10}{remark}." for remark in one.remarks)])


def _record(one: Imported) -> dict[str, Any]:
    activity = one.activity
    return {
        "country": activity.country,
        "number": activity.number,
        "title": activity.title,
        "links": activity.links,
        "tags": activity.directions,
        "came_to": one.came_to,
        "item": one.item.id if one.item else None,
        "remarks": one.remarks,
    }
