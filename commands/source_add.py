"""`convenor sources add` and `preview`: what an address would give as a source, and the block it becomes."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.options import (
    check_sub_region,
    country_option,
    db_option,
    language_option,
    legacy_tls_option,
    now,
    private_option,
    sources_option,
    web_address,
)
from db.errors import NewsError

if TYPE_CHECKING:
    from crawlers.discover import Found
    from crawlers.kinds import Page

ASKED = ("id", "name", "institution", "country", "sub_region", "language")  # that a person is asked about


@click.command("preview")
@click.argument("url", callback=web_address)
@click.option(
    "--html",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Read this file as if the address had answered with it.",
)
@country_option
@language_option
@sources_option
@legacy_tls_option
@private_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def preview_source(
    url: str,
    html: Path | None,
    country: str | None,
    language: str | None,
    sources: Path | None,
    legacy_tls: bool,
    allow_private: bool,
    as_json: bool,
) -> None:
    """Print the news that an address lists. Nothing is kept."""
    from crawlers.preview import preview, read_saved_page
    from crawlers.sources import Politeness

    today = now().date()
    if html is not None:
        from workplace import read_file

        page = read_saved_page(url, read_file(html), Politeness().max_bytes)
        found = preview(page, today=today, country=country, language=language)
    else:
        from pasting import previewed

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


def _id(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    from crawlers.sources import ID_FORM

    if value is not None and not re.match(ID_FORM, value):
        raise click.BadParameter(f"{value!r} is no id: small letters, digits and hyphens, such as ndl-news")
    return value


@click.command("add")
@click.argument("url", callback=web_address)
@country_option
@language_option
@click.option("--sub-region", help="Its id in sources.yaml; without it the one that has the country.")
@click.option("--id", callback=_id, help="For ever: items refer to it. Made of the host when left out.")
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
    """Find out how an address can be read, and add it. The block is written into sources.yaml."""
    from crawlers.guard import guarded_transport
    from crawlers.source_blocks import add_block
    from crawlers.sources import load_sources
    from pasting import paste
    from terminal import Waiting
    from workplace import Place, list_sources_in, sources_file_of

    path, tried = sources_file_of(Place(database), sources), list[str]()
    loaded, waiting = load_sources(path), Waiting(sys.stderr if sys.stderr.isatty() else None)
    check_sub_region(loaded, given["sub_region"])  # before its server is asked
    if given["id"] in {source.id for source in loaded.sources}:
        raise NewsError(f"there is a source {given['id']!r} already; name it otherwise with --id")
    pasted = paste(
        url,
        loaded,
        partial(_chosen, url, yes),
        tried,
        transport=guarded_transport(allow_private),
        database=database,
        today=now().date(),
        country=given["country"],
        language=given["language"],
        legacy_tls=legacy_tls,
        asking=lambda address: waiting.on(f"asking {address}"),
    )
    if pasted is None:
        hint = "a page without a list can be watched by a block of `kind: page_watch`, see docs/sources.md"
        said = f"nothing is added: no news is listed at {url}, or none that you took ({hint}); tried:"
        raise NewsError("\n  ".join([said, *tried]))
    block = _corrected(pasted.block(loaded, given), () if yes else ASKED, given)
    add_block(path, block, pasted.comment(now()))
    for other in pasted.others:
        click.echo(f"The same news can be read another way, kept as an alternative: {other.how}, {other.url}")
    click.echo(f"{block['id']} stands in {path}; `convenor crawl {block['id']}` polls it now.")
    list_sources_in(database, path)


def _chosen(url: str, yes: bool, page: Page, ways: Iterator[Found]) -> Found | None:
    """The first way that looks right to the person."""
    from terminal import preview_table

    if page.url != url:
        click.echo(f"{url} leads to {page.url}")
    for found in ways:
        click.echo(f"Found {found.how}: {found.url}")
        for line in preview_table(found.seen):
            click.echo(line)
        if yes or click.confirm("Does this look right?"):
            return found
    return None


def _corrected(block: dict[str, Any], asked: tuple[str, ...], given: dict[str, Any]) -> dict[str, Any]:
    """The block with what the person wants instead of what was guessed; NewsError when no sub-region fits it."""
    for key in asked:
        if not given.get(key):
            block = block | {key: click.prompt(key.replace("_", "-"), default=block[key] or None)}
    if block["sub_region"] is None:
        raise NewsError(
            f"no sub-region has the country {block['country']}: name one with --sub-region, or another --country"
        )
    return block
