"""`convenor sources`: what is polled, and how it does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.opml import export_opml, import_opml
from commands.options import db_option, json_option, now, say
from commands.source_add import add_source, preview_source
from commands.source_repair import release, repair

if TYPE_CHECKING:
    from curation.source_lines import SourceLine
    from db.sources import SourceStatus


@click.group()
def sources() -> None:
    """What is polled, and how it does."""


for command in (add_source, preview_source, repair, release, import_opml, export_opml):
    sources.add_command(command)


@sources.command("list")
@db_option
@click.option("--why", is_flag=True, help="Say in a sentence how each comes by its word.")
@json_option
def list_(database: Path, why: bool, as_json: bool) -> None:
    """Print each source with its health and its last poll."""
    for status, line in _statuses(database):
        say(as_json, _status_line(status, line, why=why), _status_record(status, line))


@sources.command()
@db_option
@json_option
def check(database: Path, as_json: bool) -> None:
    """Print how each source does, since when and why.

    The broken ones come first, and the command ends with 1 if there are any. Quiet and late sources are not broken.
    """
    from curation.overview import overview_of
    from db.connect import opened
    from db.figures import polling

    statuses = sorted(_statuses(database), key=lambda found: not found[1].broken)
    with opened(database) as conn:
        overview = overview_of([line for _, line in statuses], polling(conn, now()), now())
    for status, line in statuses:
        say(as_json, _checked_line(status, line), _status_record(status, line))
    total = {"sources": overview.sources, "broken": overview.broken, "stalled": overview.stalled}
    end = "" if overview.why.endswith("?") else "."
    say(as_json, f"{overview.why[0].upper()}{overview.why[1:]}{end}", {"status": overview.status, **total})
    if overview.status == "trouble":
        raise SystemExit(1)


@sources.command()
@click.argument("host")
@db_option
@json_option
def ledger(host: str, database: Path, as_json: bool) -> None:
    """Print what a server was asked on each day. It may be shown to anyone who runs it."""
    from commands.ledger import host_ledger, ledger_lines, ledger_records
    from db.connect import opened

    with opened(database) as conn:
        found = host_ledger(conn, host, now())
    if as_json:
        for record in ledger_records(found):
            click.echo(json.dumps(record, ensure_ascii=False))
        return
    for line in ledger_lines(found):
        click.echo(line)


def _statuses(database: Path) -> list[tuple[SourceStatus, SourceLine]]:
    from db.connect import opened
    from db.sources import source_statuses
    from tending import source_lines

    with opened(database) as conn:
        lines = {line.id: line for line in source_lines(conn, now())}
        return [(status, lines[status.source.id]) for status in source_statuses(conn)]


def _status_line(status: SourceStatus, health: SourceLine, *, why: bool) -> str:
    from commands.ledger import manner
    from terminal import counted

    if status.last_polled_at is None:
        begun = f"; {manner(status.state)}" if status.state.begun is not None else ""
        return f"{status.source.id}: never polled{begun}"
    line = f"{status.source.id}: {health.word}, {counted(status.items, 'item')}"
    line += f", newest {status.newest_published_on or 'without a day'}" if status.items else ""
    line += f", polled {status.last_polled_at:%Y-%m-%d %H:%M} UTC ({status.last_outcome})"
    if health.broken:
        line += f" — worked last on {status.last_good_at:%Y-%m-%d}" if status.last_good_at else " — never worked yet"
        line += f", {status.failures} polls in a row failed" if status.failures > 1 else ""
    if why or health.broken:
        line += f": {health.why}" + (f"; {health.repaired}" if health.repaired else "")
        line += _held(health)
        line += f"; see `convenor sources repair {status.source.id}`" if health.proposal else ""
    line += f"; {manner(status.state)}" if why else ""
    return f"{line} — to do: {health.todo}" if health.todo else line


def _checked_line(status: SourceStatus, health: SourceLine) -> str:
    """The word, since when and why, with what can be done about it."""
    since = f" since {health.since}" if health.since else ""
    line = f"{health.id}: {health.word}{since}: {health.why}" + _held(health)
    if health.broken and status.failures > 1:
        line += f"; {status.failures} polls in a row"
    line += f"; see `convenor sources repair {health.id}`" if health.proposal else ""
    if health.word == "empty" and health.broken:
        line += f"; if that is right: `convenor sources repair {health.id} --as-it-is`"
    return f"{line} — to do: {health.todo}" if health.todo else line


def _held(health: SourceLine) -> str:
    titles = ", ".join(f"“{title}”" for poll in health.held for title in poll.titles)
    return f"; {health.waiting} ({titles}, …); see `convenor sources release {health.id}`" if health.held else ""


def _status_record(status: SourceStatus, health: SourceLine) -> dict[str, Any]:
    from commands.ledger import manner
    from db.instants import to_text

    return {
        "source_id": status.source.id,
        "health": health.word,
        "why": health.why,
        "broken": health.broken,
        "held": sum(poll.items for poll in health.held),
        "since": health.since or None,
        "outcome": status.last_outcome,
        "items": status.items,
        "newest_published_on": status.newest_published_on,
        "polled_at": to_text(status.last_polled_at),
        "next_poll_at": to_text(status.next_poll_at),
        "manner": manner(status.state),
        "last_good_at": to_text(status.last_good_at),
        "failures": status.failures,
        "error": status.last_error,
    }
