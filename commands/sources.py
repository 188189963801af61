"""`convenor sources`: what is polled, and how it does."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.options import (
    country_option,
    db_option,
    json_option,
    language_option,
    legacy_tls_option,
    now,
    private_option,
    say,
    sources_option,
    web_address,
)
from db.errors import NewsError

if TYPE_CHECKING:
    from crawlers.discover import Found
    from crawlers.kinds import Page
    from crawlers.sources import CommonOptions, SourceFile
    from curation.source_lines import SourceLine
    from db.health import Proposal
    from db.sources import SourceStatus


@click.group()
def sources() -> None:
    """What is polled, and how it does."""


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
    """Print each source with its health, since when and why, the broken ones first; exit with 1 if there are any.

    Quiet and late sources are not broken.
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
    say(as_json, f"{overview.why[0].upper()}{overview.why[1:]}.", {"status": overview.status, **total})
    if overview.status == "trouble":
        raise SystemExit(1)


@sources.command()
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
    """Show another way to read a source beside what was read before, and take it over on a yes."""
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
    from crawlers.guard import guarded_transport
    from crawlers.politeness import system_clock
    from crawlers.rescue import repair_for
    from terminal import Waiting

    with Waiting(sys.stderr if sys.stderr.isatty() else None).on(
        "looking for a way to read it, which may take a minute"
    ):
        found = repair_for(conn, loaded, source_id, transport=guarded_transport(allow_private), clock=system_clock())
    if found is None:
        raise NewsError(f"no way to read {source_id} was found that brings its known items back, or newer ones")
    return found


@sources.command()
@click.argument("source_id", metavar="ID")
@click.option("--dismiss", is_flag=True, help="Dismiss them all instead; each can be undone at the desk.")
@db_option
@json_option
def release(source_id: str, dismiss: bool, database: Path, as_json: bool) -> None:
    """Let the items into the queue that were held aside because most of a source was new at once."""
    from db.connect import opened
    from db.held import dismiss_held, release_held

    settle, what = (dismiss_held, "dismissed") if dismiss else (release_held, "in the queue")
    with opened(database) as conn:
        number = settle(conn, source_id, by="the operator", now=now())
    if not number:
        raise NewsError(f"nothing of {source_id} is held aside")
    say(
        as_json,
        f"{number} items of {source_id} are {what}.",
        {"source_id": source_id, "items": number, "dismissed": dismiss},
    )


@sources.command()
@click.argument("host")
@db_option
@json_option
def ledger(host: str, database: Path, as_json: bool) -> None:
    """Print what a server was asked on each day, to be shown to anyone who runs it."""
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


@sources.command("preview")
@click.argument("url", callback=web_address)
@click.option(
    "--html",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Read this file as if the address had answered with it.",
)
@country_option
@language_option
@sources_option
@legacy_tls_option
@private_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def preview_(
    url: str,
    html: Path | None,
    country: str | None,
    language: str | None,
    sources: Path | None,
    legacy_tls: bool,
    allow_private: bool,
    as_json: bool,
) -> None:
    """Print the news that an address lists, without keeping anything."""
    from crawlers.preview import preview, read_saved_page
    from crawlers.sources import Politeness

    today = now().date()
    if html is not None:
        page = read_saved_page(url, html.read_bytes(), Politeness().max_bytes)
        found = preview(page, today=today, country=country, language=language)
    else:
        from tending import previewed

        found = previewed(
            url,
            sources,
            allow_private=allow_private,
            legacy_tls=legacy_tls,
            today=today,
            country=country,
            language=language,
        )
    if as_json:
        click.echo(json.dumps(found.as_record(), ensure_ascii=False))
        return
    from terminal import preview_table

    for line in preview_table(found):
        click.echo(line)


@sources.command("add")
@click.argument("url", callback=web_address)
@country_option
@language_option
@click.option("--sub-region", help="Its id in sources.yaml; without it the one that has the country.")
@click.option("--id", "source_id", help="For ever: items refer to it. Made of the host when left out.")
@click.option("--name", help="What this news is called.")
@click.option("--institution", help="Whose news it is.")
@click.option("--yes", is_flag=True, help="Ask nothing: take the first way that is found.")
@db_option
@sources_option
@legacy_tls_option
@private_option
def add_source(
    url: str,
    sources: Path | None,
    database: Path,
    yes: bool,
    legacy_tls: bool,
    allow_private: bool,
    **given: Any,
) -> None:
    """Find out how the news of an address can be read, and add it to sources.yaml."""
    from crawlers.discover import Search
    from crawlers.guard import guarded_transport
    from crawlers.source_blocks import add_block, check_is_new
    from crawlers.sources import load_sources
    from crawlers.tls import legacy_hosts
    from crawlers.urls import host_of
    from tending import comment_of, first_page, new_source, page_of, polite_web, taken_way
    from terminal import Waiting
    from workplace import Place, sources_file_of

    given["id"] = given.pop("source_id")
    path, tried = sources_file_of(Place(database), sources), list[str]()
    loaded, waiting = load_sources(path), Waiting(sys.stderr if sys.stderr.isatty() else None)
    check_is_new(loaded, url)
    old_tls = legacy_hosts(loaded.sources) | ({host_of(url)} if legacy_tls else set())
    with polite_web(loaded.politeness, guarded_transport(allow_private), database, old_tls=old_tls) as web:

        def ask(url: str, options: CommonOptions | None = None) -> Page:
            with waiting.on(f"asking {url}"):
                return page_of(web, url, loaded.politeness, options)

        page = first_page(url, ask)
        if page.url != url:
            click.echo(f"{url} leads to {page.url}")
            check_is_new(loaded, page.url)
        search = Search(
            ask,
            now().date(),
            given["country"],
            given["language"],
            lambda address, came: tried.append(f"{address}: {came}"),
        )
        taken = taken_way(page, search, partial(_chosen, yes=yes), loaded)
    if taken is None:
        hint = "a page without a list can be watched by a block of `kind: page_watch`, see docs/sources.md"
        said = f"nothing is added: no news is listed at {url}, or none that you took ({hint}); tried:"
        raise NewsError("\n  ".join([said, *tried]))
    block = new_source(*taken, page, loaded, given)
    for way in (block, *block["alternatives"]):
        if legacy_tls and host_of(way["url"]) == host_of(url):
            way["options"] = {**way.get("options", {}), "legacy_tls": True}
    if not yes:
        block = {key: _asked(key, value, given) for key, value in block.items()}
    if block["sub_region"] is None:
        raise NewsError(
            f"no sub_region has the country {block['country']}: name one with --sub-region, or another --country"
        )
    add_block(path, block, comment_of(taken[0], now()))
    for other in taken[1]:
        click.echo(f"The same news can be read another way, kept as an alternative: {other.how}, {other.url}")
    click.echo(f"{block['id']} stands in {path}; `convenor crawl {block['id']}` polls it now.")


def _chosen(ways: Iterator[Found], yes: bool) -> Found | None:
    """The first way that looks right to the person."""
    from terminal import preview_table

    for found in ways:
        click.echo(f"Found {found.how}: {found.url}")
        for line in preview_table(found.seen):
            click.echo(line)
        if yes or click.confirm("Does this look right?"):
            return found
    return None


def _asked(key: str, value: Any, given: dict[str, Any]) -> Any:
    """What the person wants instead of what was guessed."""
    asked = key in ("id", "name", "institution", "country", "sub_region", "language")
    if not asked or given.get(key):
        return value
    return click.prompt(key.replace("_", "-"), default=value or None)


def _statuses(database: Path) -> list[tuple[SourceStatus, SourceLine]]:
    from db.connect import opened
    from db.sources import source_statuses
    from tending import source_lines

    with opened(database) as conn:
        lines = {line.id: line for line in source_lines(conn, now())}
        return [(status, lines[status.source.id]) for status in source_statuses(conn)]


def _status_line(status: SourceStatus, health: SourceLine, *, why: bool) -> str:
    from commands.ledger import manner

    if status.last_polled_at is None:
        return f"{status.source.id}: never polled"
    newest = status.newest_published_on or "undated"
    line = f"{status.source.id}: {health.word}, {status.items} items, newest {newest}"
    line += f", polled {status.last_polled_at:%Y-%m-%d %H:%M} UTC ({status.last_outcome})"
    if health.broken:
        since = f"{status.last_good_at:%Y-%m-%d}" if status.last_good_at else "ever"
        line += f" — not working since {since}" + (f", {status.failures} times" if status.failures else "")
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
