"""The command line: one function per command, those of a group in commands/. Arguments in; sentences and a code out.

Exit codes: 0 the work was done, 1 it was not (what is named does not exist, say), 2 the words themselves are wrong.
A failed source never fails the run. Imports stand inside the commands, so that help and a wrong argument answer at
once.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable
from contextlib import ExitStack, closing
from datetime import datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from commands.options import (
    announce,
    db_option,
    end_with_input,
    json_option,
    now,
    printer,
    private_option,
    public_option,
    read_password,
    say,
    site_address,
    sources_option,
    until_eof_option,
)
from crawlers import VERSION
from db.errors import NewsError

_OBJECTS = 50_000  # new ones before those are looked for that only hold each other: most commands make fewer


_IN_MODULES = ("add", "digest", "evidence", "letters", "links", "report", "sources", "users")  # of their own names


class _Commands(click.Group):
    """Our own errors end as one sentence on stderr and exit code 1; anything else is a bug and shows itself.

    The modules of other commands are not loaded for the one that was asked for.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        self._load(_IN_MODULES)
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        self._load([cmd_name] if cmd_name in {*_IN_MODULES, *self.commands} else _IN_MODULES)  # to name one like it
        return super().get_command(ctx, cmd_name)

    def _load(self, names: Iterable[str]) -> None:
        for name in names:
            if name not in self.commands:
                self.add_command(getattr(import_module(f"commands.{name}"), name))

    def invoke(self, ctx: click.Context) -> Any:
        gc.set_threshold(_OBJECTS)
        try:
            return super().invoke(ctx)
        except NewsError as error:
            raise click.ClickException(" ".join(filter(None, (str(error), error.hint)))) from error
        finally:
            gc.freeze()  # the process ends: what is left goes with it and need not be looked through


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Every command ends with 0 when its work was done; with 1 when it was not (something that is named does not"
    " exist, say), or when what it checks is not as it should be; and with 2 for words that cannot be right: an unknown"
    " option, one that is missing, a day, a period or an address that is none. A source that fails fails no run.",
)
@click.version_option(VERSION, prog_name="convenor")
def main() -> None:
    """A news desk for the convenors of IFLA's sub-regions in Asia and Oceania."""


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
    "--db",
    "database",
    type=click.Path(path_type=Path, dir_okay=False),
    default="demo/convenor.db",
    show_default=True,
    help="Its database; everything else stands beside it.",
)
def demo(port: int, once: bool, database: Path) -> None:
    """Try all of it on an embedded sample web.

    Started again, it keeps the decisions already made.
    """
    from demo import run_demo

    run_demo(database, printer(), port=port, serve=not once)


@main.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--user", help="Name of the first user; asked for when not given.")
@click.option("--password-stdin", is_flag=True, help="Read the first user's password from standard input.")
def init(folder: Path, user: str | None, password_stdin: bool) -> None:
    """Make a place to work in. It has a sources.yaml to edit, the database, and the first user, an operator."""
    from curation.passwords import hash_password
    from db.connect import opened
    from db.users import add_user, check_name
    from workplace import free_place, make_place

    free_place(folder)  # before anybody thinks of a password
    name = user or click.prompt("Name of the first user")
    check_name(name)
    hashed = hash_password(read_password(password_stdin))
    place = make_place(folder)
    with opened(place.database) as conn:
        add_user(conn, name, hashed, role="operator", sub_regions=(), now=now())
    click.echo(f"{folder} is ready: sources.yaml (what to poll), convenor.db (everything else), operator {name!r}.")
    click.echo("Next:")
    for command in (f"cd {folder}", "convenor crawl", "convenor desk"):
        click.echo(f"  {command}")


@main.command()
@click.argument("source_ids", metavar="[SOURCE_ID]...", nargs=-1)
@sources_option
@db_option
@click.option("--all", "all_", is_flag=True, help="Poll sources that are not due, too.")
@click.option(
    "--since", metavar="DAY", type=click.DateTime(["%Y-%m-%d"]), help="Walk back through older pages to this day."
)
@click.option("--articles", is_flag=True, help="Read the article pages that wait for it, too, as run does.")
@private_option
@click.option("--cluster", metavar="ADDRESS", help="Let a Dask cluster ask the web: the address of its scheduler.")
@json_option
def crawl(
    source_ids: tuple[str, ...],
    sources: Path | None,
    database: Path,
    all_: bool,
    since: datetime | None,
    articles: bool,
    allow_private: bool,
    cluster: str | None,
    as_json: bool,
) -> None:
    """Poll the sources that are due and keep what is new."""
    from crawlers.access import Access
    from crawlers.crawl import CrawlRequest
    from crawlers.schedule import wanted_sources
    from crawlers.stopping import Stop
    from service import leave, stopped_by_signals
    from workplace import Place, crawl_web, open_working, readers_for, sources_of, web, workers_of

    place, day = Place(database), since.date() if since else None
    request = CrawlRequest(only=source_ids, all_=all_, since=day, articles=articles)
    stop, connect = Stop(), partial(web, allow_private)
    with ExitStack() as at_work:
        readers = at_work.enter_context(readers_for(place, sources, source_ids, cluster))
        loaded = sources_of(place, sources)
        wanted_sources(loaded, source_ids)  # before there is a database
        conn = at_work.enter_context(closing(open_working(database, create=True)))
        at_work.enter_context(stopped_by_signals(stop))
        workers = at_work.enter_context(workers_of(cluster, allow_private=allow_private))
        tell, secret = printer(as_json), Access(os.environ, allow_private)
        crawl_web(
            conn,
            loaded,
            request,
            tell,
            connect=connect,
            access=secret,
            stop=stop,
            workers=workers,
            readers=readers,
        )
    leave(stop, code=1)


@main.command()
@sources_option
@db_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address that the desk listens on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True, help="0 for any free one.")
@private_option
@until_eof_option
@json_option
def run(
    sources: Path | None, database: Path, host: str, port: int, allow_private: bool, until_eof: bool, as_json: bool
) -> None:
    """Poll on schedule and serve the desk, until stopped."""
    from crawlers.stopping import Stop
    from service import leave, run_service, stopped_by_signals
    from workplace import Place

    end_with_input(until_eof)
    stop = Stop()
    with stopped_by_signals(stop):
        run_service(
            Place(database),
            sources,
            address=(host, port),
            printer=printer(as_json, log=True),
            stop=stop,
            allow_private=allow_private,
        )
    leave(stop, code=0)


@main.command()
@db_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True, help="0 for any free one.")
@until_eof_option
@click.option("--listener", type=int, hidden=True, help="A socket that this process was given to listen on.")
def desk(database: Path, host: str, port: int, until_eof: bool, listener: int | None) -> None:
    """Serve the convenors' private review desk."""
    from workplace import Place, desk_application, serve, serve_on

    end_with_input(until_eof)
    with desk_application(Place(database), now) as application:
        if listener is None:
            serve(application, host=host, port=port, ready=announce("The desk"))
        else:
            from socket import socket

            serve_on(socket(fileno=listener), application)


@main.command()
@db_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default="public.db",
    show_default=True,
    help="The public database.",
)
@json_option
def publish(database: Path, out: Path, as_json: bool) -> None:
    """Build the public database anew and swap it in."""
    from db.connect import opened
    from publishing.public import publish as publish_now
    from terminal import counted

    with opened(database) as conn:
        published = publish_now(conn, out, now=now())
    sentence = f"{counted(published.activities, 'activity')} published to {out}."
    say(as_json, sentence, {"activities": published.activities, "path": str(out)})


@main.command()
@public_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8002, show_default=True, help="0 for any free one.")
@click.option(
    "--address",
    metavar="URL",
    envvar="CONVENOR_SITE_ADDRESS",
    callback=site_address,
    show_default="$CONVENOR_SITE_ADDRESS, else where it listens",
    help="By which the world knows the site; feeds and citations carry it.",
)
@until_eof_option
def site(public: Path, host: str, port: int, address: str | None, until_eof: bool) -> None:
    """Serve the public database. A newly published one is taken over by itself."""
    from publishing.site import make_site
    from workplace import serve

    end_with_input(until_eof)
    known_as = address or f"http://{host}:{port}"
    serve(make_site(public, address=known_as), host=host, port=port, ready=announce("The public site"))


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--keep", type=click.IntRange(1), help="Take FILE for a folder, and keep so many of the copies there.")
@db_option
@json_option
def backup(file: Path, keep: int | None, database: Path, as_json: bool) -> None:
    """Copy the whole database to FILE, also while others use it.

    In a folder, the copy is named by its day and time.
    """
    from db.backups import backup as copy
    from db.backups import backup_in
    from db.connect import opened

    with opened(database) as conn:
        if keep is not None or file.is_dir():
            file = backup_in(conn, file, keep=keep, now=now())
        else:
            copy(conn, file)
    say(as_json, f"{file} is a complete copy of {database}.", {"path": str(file), "bytes": file.stat().st_size})


@main.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@db_option
@json_option
def restore(file: Path, database: Path, as_json: bool) -> None:
    """Put FILE, a backup, in the place of the database.

    Stop before what uses the database. What stood there is kept beside it; FILE stays as it is.
    """
    from db.backups import restore as put_back
    from db.connect import opened
    from db.figures import extent_of
    from terminal import extent_record, extent_words

    kept = put_back(file, database, now=now())
    with opened(database) as conn:
        extent = extent_of(conn)
    sentence = f"{database} is what {file} holds: {extent_words(extent)}."
    sentence += f" What stood there before is kept as {kept}." if kept else ""
    say(as_json, sentence, {"path": str(database), "kept": kept and str(kept), **extent_record(extent)})


@main.command()
@db_option
@sources_option
@click.option("--rebuild-index", is_flag=True, help="Build the search index anew.")
@json_option
def doctor(database: Path, sources: Path | None, rebuild_index: bool, as_json: bool) -> None:
    """Check sources.yaml, the database and its search index."""
    from db.connect import integrity, opened
    from db.decisions import history_problems
    from db.figures import extent_of
    from db.search.items import forget_index, index_everything, index_problem
    from terminal import extent_record, extent_words
    from workplace import Place, sources_of

    loaded = sources_of(Place(database), sources)
    with opened(database) as conn:
        for find, sentence in (
            (integrity, f"{database} is damaged; restore the last backup"),
            (history_problems, f"{database} was changed past the desk; compare it with the last backup"),
        ):
            found = find(conn)
            for line in found:
                click.echo(line, err=True)
            if found:
                raise NewsError(sentence)
        if rebuild_index:
            forget_index(conn)
        index_everything(conn)
        if problem := index_problem(conn):
            raise NewsError(f"{problem}; build it anew with `convenor doctor --rebuild-index`")
        extent = extent_of(conn)
    number = len(loaded.sources)
    sentence = f"{number} sources are well described; {database} is sound: {extent_words(extent)}."
    say(as_json, sentence, {"sources": number, "sound": True, **extent_record(extent)})


if __name__ == "__main__":
    main()
