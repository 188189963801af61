"""`convenor sources repair` and `release`: what an operator settles when a source is not what it was."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.options import db_option, json_option, now, private_option, say, sources_option
from db.errors import NewsError, no_such_source

if TYPE_CHECKING:
    from crawlers.sources import SourceFile
    from db.health import Proposal


@click.command()
@click.argument("source_id", metavar="ID")
@sources_option
@db_option
@click.option("--yes", is_flag=True, help="Take the repair over without asking.")
@click.option("--as-it-is", is_flag=True, help="Change nothing: the page is right as it is now.")
@click.option("--drop", is_flag=True, help="Read the source by its block again, without the repair taken over.")
@click.option("--page", is_flag=True, help="Only print the words of the doubtful page that was kept.")
@private_option
def repair(
    source_id: str,
    sources: Path | None,
    database: Path,
    yes: bool,
    as_it_is: bool,
    drop: bool,
    page: bool,
    allow_private: bool,
) -> None:
    """Show another way to read a source. It is taken over on a yes."""
    from crawlers.repair import as_block
    from crawlers.rescue import believe_page, drop_repair, take_over_repair
    from db.connect import opened
    from tending import kept_text
    from terminal import compared
    from workplace import Place, sources_of

    if sum((as_it_is, drop, page, yes)) > 1:
        raise click.UsageError("--yes, --as-it-is, --drop and --page exclude each other")
    loaded = sources_of(Place(database), sources)
    with opened(database) as conn:
        if page:
            kept = kept_text(conn, source_id)
            click.echo(f"{kept.url}: {kept.why}\n\n{kept.text}")
            return
        if as_it_is:
            believe_page(conn, loaded, source_id, now=now())
            click.echo(f"{source_id} is believed as its page is now, from its next poll on.")
            return
        if drop:
            drop_repair(conn, loaded, source_id)
            click.echo(f"{source_id} is read by its block in sources.yaml again, from its next poll on.")
            return
        found = _found_repair(conn, loaded, source_id, allow_private)
        for line in compared(found):
            click.echo(line)
        if not yes and not click.confirm("Read it so from now on?"):
            return
        take_over_repair(conn, loaded, source_id, by="the operator", now=now())
    click.echo(f"{source_id} is read so from its next poll on. To make it permanent, write into its block:")
    click.echo(as_block(found).rstrip())


def _found_repair(conn: sqlite3.Connection, loaded: SourceFile, source_id: str, allow_private: bool) -> Proposal:
    from crawlers.clock import system_clock
    from crawlers.guard import guarded_transport
    from crawlers.rescue import repair_for
    from terminal import Waiting

    with Waiting(sys.stderr if sys.stderr.isatty() else None).on(
        "looking for a way to read it, which may take a minute"
    ):
        found = repair_for(conn, loaded, source_id, transport=guarded_transport(allow_private), clock=system_clock())
    if found is None:
        raise NewsError(f"no way to read {source_id} was found that brings its known items back, or newer ones")
    return found


@click.command()
@click.argument("source_id", metavar="ID")
@click.option("--dismiss", is_flag=True, help="Dismiss them all instead; each can be undone at the desk.")
@db_option
@json_option
def release(source_id: str, dismiss: bool, database: Path, as_json: bool) -> None:
    """Let items into the queue that were held aside. They were, because most of a source was new at once."""
    from db.connect import opened
    from db.held import dismiss_held, release_held
    from db.sources import list_sources

    settle, what = (dismiss_held, "dismissed") if dismiss else (release_held, "in the queue")
    with opened(database) as conn:
        known = {source.id for source in list_sources(conn)}
        if source_id not in known:
            raise no_such_source(source_id, known)
        number = settle(conn, source_id, by="the operator", now=now())
    if not number:
        raise NewsError(f"nothing of {source_id} is held aside")
    say(
        as_json,
        f"{number} items of {source_id} are {what}.",
        {"source_id": source_id, "items": number, "dismissed": dismiss},
    )
