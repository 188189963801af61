"""`convenor evidence …`: the pages of activities as they were fetched, kept beside the database."""

from __future__ import annotations

import os
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.options import db_option, json_option, now, private_option, say, sources_option
from db.errors import FetchError, NewsError

if TYPE_CHECKING:
    from crawlers.mementos import Saver

WAYBACK = ("ask", "save")  # what $CONVENOR_WAYBACK may say


@click.group()
def evidence() -> None:
    """The pages of activities as they were fetched."""


@evidence.command()
@click.option("--limit", type=click.IntRange(1, 10_000), default=200, show_default=True, help="Pages of this run.")
@click.option("--max-mb", type=click.IntRange(1), default=2000, show_default=True, help="Of all pages, unpacked.")
@sources_option
@db_option
@private_option
@json_option
def keep(limit: int, max_mb: int, sources: Path | None, database: Path, allow_private: bool, as_json: bool) -> None:
    """Keep the page of every activity that has none yet. Its fingerprint becomes public with the next build."""
    from crawlers.evidence import Bounds, keep_pages
    from crawlers.fetch import user_agent
    from crawlers.guard import guarded_transport
    from crawlers.tls import legacy_hosts
    from db.connect import opened
    from pasting import limits_of, polite_web
    from terminal import counted
    from workplace import Place, sources_of

    place = Place(database)
    loaded = sources_of(place, sources)
    politeness, old_tls = loaded.politeness, legacy_hosts(loaded.sources)
    kept, failed, bounds = 0, 0, Bounds(limit, max_mb * 1_000_000)
    transport = guarded_transport(allow_private)
    with opened(database) as conn, polite_web(politeness, transport, database, old_tls=old_tls) as web:
        tried = keep_pages(
            conn, web, place.evidence, bounds,
            limits=limits_of(politeness), software=user_agent(politeness.contact), now=now,
        )  # fmt: skip
        for one in tried:
            kept, failed = kept + (not one.problem), failed + bool(one.problem)
            record = {"item": one.item_id, "url": one.url, "sha256": one.sha256 or None, "problem": one.problem or None}
            sentence = f"{one.item_id} {one.url}: {one.problem}" if one.problem else f"{one.item_id} {one.sha256}"
            say(as_json, sentence, record)
    if not as_json:
        click.echo(f"{counted(kept, 'page')} kept in {place.evidence}, {failed} could not be.")


@evidence.command()
@db_option
@json_option
def check(database: Path, as_json: bool) -> None:
    """Read every kept page and compare it with its fingerprint."""
    from crawlers.evidence import damaged
    from db.connect import opened
    from db.evidence import kept_pages
    from workplace import Place

    with opened(database) as conn:
        count, problems = len(kept_pages(conn)), list(damaged(conn, Place(database).evidence))
    for line in problems:
        click.echo(line, err=True)
    if problems:
        raise NewsError(f"{len(problems)} of {count} kept pages are not what they were")
    say(as_json, f"{count} kept pages are as they were fetched.", {"pages": count, "sound": True})


@evidence.command()
@click.argument("item", type=click.IntRange(1))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file to write."
)
@db_option
@json_option
def show(item: int, output: Path, database: Path, as_json: bool) -> None:
    """Write the kept page of an activity to a file."""
    from crawlers.warc import fingerprint, read_page
    from db.connect import opened
    from db.evidence import kept_pages
    from workplace import Place, write_file

    with opened(database) as conn:
        found = kept_pages(conn, item)
    if not found:
        raise NewsError(f"no page of activity {item} is kept")
    _, name, sha256 = found[0]
    body = read_page(Place(database).evidence / name)
    if fingerprint(body) != sha256:
        raise NewsError(f"the page of activity {item} is not the one that was kept")
    write_file(output, body)
    record = {"path": str(output), "bytes": len(body), "sha256": sha256}
    say(as_json, f"{output}: {len(body):,} bytes, SHA-256 {sha256}.", record)


@evidence.command()
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="Activities of this run.")
@click.option("--archive", hidden=True, help="Instead of the Wayback Machine.")
@sources_option
@db_option
@private_option
@json_option
def mementos(
    limit: int, archive: str | None, sources: Path | None, database: Path, allow_private: bool, as_json: bool
) -> None:
    """Look for public copies in the Wayback Machine. Nobody is asked unless $CONVENOR_WAYBACK says so: ask, or save."""
    from crawlers.fetch import user_agent
    from crawlers.guard import guarded_transport
    from crawlers.mementos import AVAILABILITY, SAVING, Saver, find_memento
    from db.connect import opened
    from db.evidence import save_memento, without_memento
    from pasting import limits_of, polite_web
    from workplace import Place, sources_of

    wanted = os.environ.get("CONVENOR_WAYBACK", "")
    if wanted not in WAYBACK:
        raise NewsError(
            "nobody is asked unless $CONVENOR_WAYBACK says `ask` (for copies) or `save` (to have them made)"
        )
    politeness, transport = sources_of(Place(database), sources).politeness, guarded_transport(allow_private)
    saver: Saver | None = None
    if wanted == "save":
        key, secret = (os.environ.get(f"CONVENOR_WAYBACK_{name}", "") for name in ("KEY", "SECRET"))
        if not (key and secret):
            raise NewsError("to have pages saved, set CONVENOR_WAYBACK_KEY and CONVENOR_WAYBACK_SECRET")
        agent = user_agent(politeness.contact)
        saver = Saver(guarded_transport(allow_private), agent, key, secret, time.sleep, archive or SAVING)
    found = 0
    with opened(database) as conn, polite_web(politeness, transport, database) as web:
        asked = without_memento(conn, now=now(), limit=limit)
        for one, fetched_at in asked:
            try:
                around = datetime.fromisoformat(fetched_at)
                memento = find_memento(
                    web, one.url, around, limits_of(politeness), base=archive or AVAILABILITY, archive=archive or SAVING
                )
                memento = memento or (saver.save(one.url) if saver else None)
            except FetchError as error:
                click.echo(f"{one.item_id} {one.url}: {error}", err=True)
                if error.status in (401, 403, 429) or error.status is None:
                    raise NewsError("the archive does not answer as it should; try again later") from error
                memento = None
            save_memento(conn, one.item_id, (memento.url, memento.at) if memento else None, now=now())
            found += memento is not None
            record = {"item": one.item_id, "url": one.url, "memento": memento.url if memento else None}
            say(as_json, f"{one.item_id} {memento.url if memento else 'no public copy'}", record)
    if not as_json:
        click.echo(f"{found} of {len(asked)} activities have a public copy.")
