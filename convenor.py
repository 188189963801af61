"""The command line: one function per command. Arguments in; sentences, an exit code and nothing else out.

Exit codes: 0 the work was done, 1 the run failed, 2 wrong usage. A failed source never fails the run. Imports stand
inside the commands, so that help and a wrong argument answer at once.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from db.errors import NewsError

if TYPE_CHECKING:
    from crawlers.discover import Found
    from curation.source_lines import SourceLine
    from db.sources import SourceStatus
    from terminal import CrawlPrinter

VERSION = "0.1.0"


class _Commands(click.Group):
    """Our own errors end as one sentence on stderr and exit code 1; anything else is a bug and shows itself."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except NewsError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="convenor")
def main() -> None:
    """A news desk for the convenors of IFLA's sub-regions in Asia and Oceania."""


def _now() -> datetime:
    return datetime.now(UTC)


def _say(as_json: bool, sentence: str, record: dict[str, Any]) -> None:
    click.echo(json.dumps(record, ensure_ascii=False) if as_json else sentence)


db_option = click.option(
    "--db",
    "database",
    type=click.Path(path_type=Path, dir_okay=False),
    default="convenor.db",
    envvar="CONVENOR_DB",
    show_default="$CONVENOR_DB, else convenor.db",
    help="The working database.",
)
sources_option = click.option(
    "--sources",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="CONVENOR_SOURCES",
    show_default="$CONVENOR_SOURCES, else sources.yaml beside the database, else the shipped one",
    help="The list of sources.",
)
until_eof_option = click.option("--until-eof", is_flag=True, hidden=True, help="End when standard input closes.")
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object for each line, for programs.")


@main.command()
@click.option(
    "--port",
    type=click.IntRange(1, 65534),
    default=8001,
    show_default=True,
    help="Of the desk; the site takes the next one.",
)
@click.option("--once", is_flag=True, help="Crawl and publish, print what came of it, and end.")
@click.option(
    "--db", "database", type=click.Path(path_type=Path, dir_okay=False), default="demo/convenor.db", show_default=True
)
def demo(port: int, once: bool, database: Path) -> None:
    """Crawl the embedded sample web, then open the desk and the public site.

    Started again, it keeps the decisions already made.
    """
    from demo import run_demo

    run_demo(database, _printer(), port=port, serve=not once)


@main.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--user", help="Name of the first user; asked for when not given.")
@click.option("--password-stdin", is_flag=True, help="Read the first user's password from standard input.")
def init(folder: Path, user: str | None, password_stdin: bool) -> None:
    """Make a place to work in: sources.yaml, the database, the first user."""
    from curation.passwords import hash_password
    from db.connect import opened
    from db.users import add_user
    from workplace import make_place

    name = user or click.prompt("Name of the first user")
    hashed = hash_password(_read_password(password_stdin))
    place = make_place(folder)
    with opened(place.database) as conn:
        add_user(conn, name, hashed, role="operator", sub_regions=(), now=_now())
    click.echo(f"{folder} is ready: sources.yaml (what to poll), convenor.db (everything else), operator {name!r}.")
    click.echo("Next:")
    for command in (f"cd {folder}", "convenor crawl", "convenor desk"):
        click.echo(f"  {command}")


def _read_password(from_stdin: bool) -> str:
    if from_stdin or not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return str(click.prompt("Password (at least 10 characters)", hide_input=True, confirmation_prompt=True))


@main.command()
@click.argument("source_ids", metavar="[SOURCE_ID]...", nargs=-1)
@sources_option
@db_option
@click.option("--all", "all_", is_flag=True, help="Poll sources that are not due, too.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Walk back through older pages to this day.")
@click.option("--allow-private", is_flag=True, help="Permit loopback and private addresses.")
@json_option
def crawl(
    source_ids: tuple[str, ...],
    sources: Path | None,
    database: Path,
    all_: bool,
    since: datetime | None,
    allow_private: bool,
    as_json: bool,
) -> None:
    """Poll the sources that are due and keep what is new."""
    from crawlers.crawl import CrawlRequest
    from crawlers.guard import guarded_transport
    from workplace import Place, crawl_web, open_working, sources_of

    loaded = sources_of(Place(database), sources)
    unknown = [name for name in source_ids if name not in {source.id for source in loaded.sources}]
    if unknown:
        known = ", ".join(source.id for source in loaded.sources)
        raise click.UsageError(f"there is no source {unknown[0]!r}; there are: {known}")
    day: date | None = since.date() if since else None
    conn = open_working(database, loaded, create=True)
    request = CrawlRequest(only=source_ids, all_=all_, since=day)
    crawl_web(conn, loaded, request, _printer(as_json), transport=guarded_transport(allow_private))
    conn.close()


def _printer(as_json: bool = False) -> CrawlPrinter:
    from terminal import CrawlPrinter

    return CrawlPrinter(click.echo, sys.stderr if sys.stderr.isatty() else None, as_json)


@main.group()
def sources() -> None:
    """What is polled, and how it does."""


@sources.command("list")
@db_option
@click.option("--why", is_flag=True, help="Say in a sentence how each comes by its word.")
@json_option
def list_(database: Path, why: bool, as_json: bool) -> None:
    """Print each source with its health and its last poll."""
    for status, line in _statuses(database):
        _say(as_json, _status_line(status, line, why=why), _status_record(status, line))


@sources.command()
@db_option
@json_option
def check(database: Path, as_json: bool) -> None:
    """Print the broken sources, since when and why; exit with 1 if there are any. Quiet and late ones are not."""
    broken = [(status, line) for status, line in _statuses(database) if line.broken]
    for status, line in broken:
        _say(as_json, _status_line(status, line, why=True), _status_record(status, line))
    if broken:
        raise SystemExit(1)
    _say(as_json, "Every source that was polled answered.", {"broken": 0})


@sources.command()
@click.argument("source_id", metavar="ID")
@sources_option
@db_option
@click.option("--yes", is_flag=True, help="Take the repair over without asking.")
@click.option("--as-it-is", is_flag=True, help="Change nothing: the page is right as it is now.")
@click.option("--allow-private", is_flag=True, help="Permit loopback and private addresses.")
def repair(
    source_id: str, sources: Path | None, database: Path, yes: bool, as_it_is: bool, allow_private: bool
) -> None:
    """Show another way to read a source beside what was read before, and take it over on a yes."""
    from crawlers.guard import guarded_transport
    from crawlers.politeness import system_clock
    from crawlers.repair import as_block
    from crawlers.rescue import repair_for, take_over_repair
    from crawlers.schedule import wanted_sources
    from db.connect import opened
    from db.health import forget
    from terminal import compared
    from workplace import Place, sources_of

    loaded = sources_of(Place(database), sources)
    with opened(database) as conn:
        if as_it_is:
            forget(conn, wanted_sources(loaded, (source_id,))[0].id)
            click.echo(f"{source_id} is believed as its page is now, from its next poll on.")
            return
        transport = guarded_transport(allow_private)
        found = repair_for(conn, loaded, source_id, transport=transport, clock=system_clock())
        if found is None:
            raise NewsError(f"no way to read {source_id} was found that brings its known items back")
        for line in compared(found):
            click.echo(line)
        if not yes and not click.confirm("Read it so from now on?"):
            return
        take_over_repair(conn, loaded, source_id, by="the operator", now=_now())
    click.echo(f"{source_id} is read so from its next poll on. To make it permanent, write into its block:")
    click.echo(as_block(found).rstrip())


def _web_address(ctx: click.Context, param: click.Parameter, value: str) -> str:
    from crawlers.urls import is_web_address

    if not is_web_address(value):
        raise click.BadParameter(f"{value!r} is not a full http or https address")
    return value


def _country(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None and not re.fullmatch("[A-Z]{2}|INT", value):
        raise click.BadParameter("must be a two-letter country code such as KR (ISO 3166-1), or INT")
    return value


def _language(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None and not re.fullmatch("[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", value):
        raise click.BadParameter("must be a language code such as ko or zh-Hans (BCP 47)")
    return value


country_option = click.option(
    "--country", callback=_country, help="Whose news it is, such as KR; guessed when left out."
)
language_option = click.option("--language", callback=_language, help="Such as ko or zh-Hans; guessed when left out.")
private_option = click.option("--allow-private", is_flag=True, help="Permit loopback and private addresses.")


@sources.command("preview")
@click.argument("url", callback=_web_address)
@click.option(
    "--html",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Read this file as if the address had answered with it.",
)
@country_option
@language_option
@sources_option
@private_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def preview_(
    url: str,
    html: Path | None,
    country: str | None,
    language: str | None,
    sources: Path | None,
    allow_private: bool,
    as_json: bool,
) -> None:
    """Print the news that an address lists, without keeping anything."""
    from crawlers.preview import preview, read_saved_page
    from crawlers.sources import Politeness

    if html is not None:
        page = read_saved_page(url, html.read_bytes(), Politeness().max_bytes)
    else:
        from workplace import fetch_page

        page = fetch_page(url, sources, allow_private=allow_private)
    found = preview(page, today=_now().date(), country=country, language=language)
    if as_json:
        click.echo(json.dumps(found.as_record(), ensure_ascii=False))
        return
    from terminal import preview_table

    for line in preview_table(found):
        click.echo(line)


@sources.command("add")
@click.argument("url", callback=_web_address)
@country_option
@language_option
@click.option("--sub-region", help="Its id in sources.yaml; without it the one that has the country.")
@click.option("--id", "source_id", help="For ever: items refer to it. Made of the host when left out.")
@click.option("--name", help="What this news is called.")
@click.option("--institution", help="Whose news it is.")
@click.option("--yes", is_flag=True, help="Ask nothing: take the first way that is found.")
@db_option
@sources_option
@private_option
def add_source(url: str, sources: Path | None, database: Path, yes: bool, allow_private: bool, **given: Any) -> None:
    """Find out how the news of an address can be read, and add it to sources.yaml."""
    from crawlers.discover import Search
    from crawlers.guard import guarded_transport
    from crawlers.source_blocks import add_block
    from crawlers.sources import load_sources
    from workplace import Place, new_source, page_of, polite_web, sources_file_of

    path = sources_file_of(Place(database), sources)
    loaded = load_sources(path)
    with polite_web(loaded.politeness, guarded_transport(allow_private)) as web:
        ask = partial(page_of, web, politeness=loaded.politeness)
        page = ask(url)
        found = _chosen(Search(ask, _now().date(), given["country"], given["language"]).ways(page), yes)
    if found is None:
        raise NewsError(f"nothing is added: no news is listed at {url}, or none that you took")
    block = new_source(found, page, loaded, given)
    if not yes:
        block = {key: _asked(key, value, given) for key, value in block.items()}
    add_block(path, block, f"{found.how}; added on {_now():%Y-%m-%d}, {len(found.seen.items)} items were seen.")
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
    if not asked or given.get("source_id" if key == "id" else key):
        return value
    return click.prompt(key.replace("_", "-"), default=value or None)


def _statuses(database: Path) -> list[tuple[SourceStatus, SourceLine]]:
    from db.connect import opened
    from db.sources import source_statuses
    from workplace import source_lines

    with opened(database) as conn:
        lines = {line.id: line for line in source_lines(conn, _now())}
        return [(status, lines[status.source.id]) for status in source_statuses(conn)]


def _status_line(status: SourceStatus, health: SourceLine, *, why: bool) -> str:
    if status.last_polled_at is None:
        return f"{status.source.id}: never polled"
    newest = status.newest_published_on or "undated"
    line = f"{status.source.id}: {health.word}, {status.items} items, newest {newest}"
    line += f", polled {status.last_polled_at:%Y-%m-%d %H:%M} UTC ({status.last_outcome})"
    if health.broken:
        since = f"{status.last_good_at:%Y-%m-%d}" if status.last_good_at else "ever"
        line += f" — not working since {since}, {status.failures} times"
    if why or health.broken:
        line += f": {health.why}" + (f"; {health.repaired}" if health.repaired else "")
        line += f"; see `convenor sources repair {status.source.id}`" if health.proposal else ""
    return line


def _status_record(status: SourceStatus, health: SourceLine) -> dict[str, Any]:
    from db.instants import to_text

    return {
        "source_id": status.source.id,
        "health": health.word,
        "why": health.why,
        "broken": health.broken,
        "since": health.since or None,
        "outcome": status.last_outcome,
        "items": status.items,
        "newest_published_on": status.newest_published_on,
        "polled_at": to_text(status.last_polled_at),
        "next_poll_at": to_text(status.next_poll_at),
        "last_good_at": to_text(status.last_good_at),
        "failures": status.failures,
        "error": status.last_error,
    }


@main.command()
@db_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True)
@until_eof_option
def desk(database: Path, host: str, port: int, until_eof: bool) -> None:
    """Serve the convenors' private review desk."""
    from workplace import Place, serve_desk

    _end_with_input(until_eof)
    serve_desk(Place(database), host=host, port=port, now=_now, ready=_announce("The desk"))


def _announce(what: str) -> Callable[[str], None]:
    return lambda address: click.echo(f"{what} is at {address} (stop with Ctrl-C)")


def _end_with_input(wanted: bool) -> None:
    """This process ends when its standard input closes, so that it never outlives the one that started it."""

    def wait() -> None:
        sys.stdin.buffer.read()
        os.kill(os.getpid(), signal.SIGTERM)

    if wanted:
        threading.Thread(target=wait, daemon=True).start()


@main.command()
@db_option
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default="public.db", show_default=True)
@json_option
def publish(database: Path, out: Path, as_json: bool) -> None:
    """Build the public database anew and swap it in."""
    from db.connect import opened
    from publishing.public import publish as publish_now

    with opened(database) as conn:
        published = publish_now(conn, out, now=_now())
    sentence = f"{published.activities} activities published to {out}."
    _say(as_json, sentence, {"activities": published.activities, "path": str(out)})


@main.command()
@click.option("--db", "public", type=click.Path(path_type=Path, dir_okay=False), default="public.db", show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8002, show_default=True)
@until_eof_option
def site(public: Path, host: str, port: int, until_eof: bool) -> None:
    """Serve the public database; a newly published one is taken over by itself."""
    from publishing.site import make_site
    from workplace import serve

    _end_with_input(until_eof)
    serve(make_site(public), host=host, port=port, ready=_announce("The public site"))


@main.group()
def report() -> None:
    """The bi-annual sub-regional report."""


@report.command()
@db_option
@click.option("--sub-region", required=True, help="Its id in sources.yaml, such as north-east-asia.")
@click.option("--period", required=True, help="First and last month, such as 2020-11..2021-02.")
@click.option(
    "--format", "format_", type=click.Choice(["docx", "html", "md"]), help="[default: from the file name, else docx]"
)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True)
def draft(database: Path, sub_region: str, period: str, format_: str | None, output: Path) -> None:
    """Write the report as the Regional Office expects it, and say what is still missing."""
    from db.connect import opened
    from workplace import draft_to_file

    with opened(database) as conn:
        warnings = draft_to_file(conn, (sub_region, period), output, format_=format_, now=_now())
    click.echo(f"{output} is drafted.")
    if warnings:
        click.echo("Still to look at:")
    for warning in warnings:
        click.echo(f"- {warning}")


@main.group()
def users() -> None:
    """Who may sign in at the desk."""


@users.command()
@click.argument("name")
@db_option
@click.option("--role", type=click.Choice(["reader", "convenor", "operator"]), default="convenor", show_default=True)
@click.option("--sub-region", "sub_regions", multiple=True, help="Whose items this person sees; may be given again.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def add(name: str, database: Path, role: Any, sub_regions: tuple[str, ...], password_stdin: bool) -> None:
    """Let a person sign in. The password is asked for, or read from standard input."""
    from curation.passwords import hash_password
    from db.connect import opened
    from db.users import add_user

    if role == "convenor" and not sub_regions:
        raise click.UsageError("a convenor needs at least one --sub-region")
    with opened(database) as conn:
        hashed = hash_password(_read_password(password_stdin))
        add_user(conn, name, hashed, role=role, sub_regions=sub_regions, now=_now())
    click.echo(f"{name} may sign in as {role}.")


@users.command("list")
@db_option
@json_option
def list_users(database: Path, as_json: bool) -> None:
    """Print everybody with role and sub-regions."""
    from db.connect import opened
    from db.users import list_users as everybody

    with opened(database) as conn:
        for user in everybody(conn):
            regions = ", ".join(user.sub_regions) or "all sub-regions"
            line = f"{user.name}: {user.role}, {regions}{', may not sign in' if user.disabled else ''}"
            _say(
                as_json,
                line,
                {"name": user.name, "role": user.role, "sub_regions": user.sub_regions, "disabled": user.disabled},
            )


@users.command()
@click.argument("name")
@db_option
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def passwd(name: str, database: Path, password_stdin: bool) -> None:
    """Give a person a new password; sessions opened with the old one end."""
    from curation.passwords import hash_password
    from db.connect import opened
    from db.users import set_password_hash

    with opened(database) as conn:
        set_password_hash(conn, name, hash_password(_read_password(password_stdin)))
    click.echo(f"{name} has a new password.")


@users.command()
@click.argument("name")
@db_option
@click.option("--enable", is_flag=True, help="Let the person sign in again.")
def disable(name: str, database: Path, enable: bool) -> None:
    """End a person's sessions and let them sign in no more."""
    from db.connect import opened
    from db.users import set_disabled

    with opened(database) as conn:
        set_disabled(conn, name, not enable)
    click.echo(f"{name} may {'sign in again' if enable else 'no longer sign in'}.")


@main.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@db_option
def backup(file: Path, database: Path) -> None:
    """Copy the whole working database to FILE, also while others use it."""
    from db.connect import backup as copy
    from db.connect import opened

    with opened(database) as conn:
        copy(conn, file)
    click.echo(f"{file} is a complete copy of {database}.")


@main.command()
@db_option
@sources_option
def doctor(database: Path, sources: Path | None) -> None:
    """Check sources.yaml and the database; say what is wrong."""
    from db.connect import integrity, opened
    from workplace import Place, sources_of

    loaded = sources_of(Place(database), sources)
    with opened(database) as conn:
        found = integrity(conn)
    for line in found:
        click.echo(line, err=True)
    if found:
        raise NewsError(f"{database} is damaged; restore the last backup")
    click.echo(f"{len(loaded.sources)} sources are well described; {database} is sound.")


if __name__ == "__main__":
    main()
