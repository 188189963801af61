"""`convenor add`: one candidate by hand."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from commands.options import (
    check_sub_region,
    country_option,
    db_option,
    json_option,
    language_option,
    now,
    private_option,
    say,
    web_address,
)
from db.errors import NewsError

if TYPE_CHECKING:
    from curation.by_hand import Typed


def _day(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    from crawlers.by_hand import typed_date
    from db.records import NO_DATE

    try:
        typed_date(value or "", NO_DATE, now().date())
    except NewsError as error:
        raise click.BadParameter(str(error)) from error
    return value


@click.command()
@click.argument("url", callback=web_address)
@country_option
@language_option
@click.option("--note", default="", help="Why it matters.")
@click.option("--title", help="Instead of the one that its page tells.")
@click.option("--date", "on", callback=_day, help="Instead of the one that its page tells: 2021-02-09, or 2021-02.")
@click.option("--sub-region", help="Whose queue it enters; without it the one that has the country.")
@click.option("--by", "who", default="the operator", show_default=True, help="Who brings it.")
@click.option("--yes", is_flag=True, help="Ask nothing: keep what is proposed.")
@db_option
@private_option
@json_option
def add(
    url: str,
    country: str | None,
    language: str | None,
    note: str,
    title: str | None,
    on: str | None,
    sub_region: str | None,
    who: str,
    yes: bool,
    database: Path,
    allow_private: bool,
    as_json: bool,
) -> None:
    """Put one page into the queue. What it tells of itself is proposed and may be corrected."""
    from adding import Adding
    from crawlers.guard import guarded_transport
    from curation.by_hand import Typed
    from db.connect import opened
    from db.nominations import Nomination
    from workplace import Place, sources_named, sources_of

    check_sub_region(sources_of(Place(database), sources_named()), sub_region)  # before its page is asked for
    adding = Adding(Place(database), now, partial(guarded_transport, allow_private))
    with opened(database) as conn:
        if (known := adding.known(conn, url)) is not None:
            say(as_json, f"{url} is known already: item {known}.", {"item": known, "new": False})
            return
    found = adding.look(url, country or "", language or "")
    if found.problem:
        click.echo(found.problem, err=True)
        if not title and (yes or as_json):
            raise NewsError("nothing is kept: give its title with --title, and its day with --date")
    length = {"day": 10, "month": 7, "year": 4, "none": 0}[found.published.precision]
    day = on if on is not None else (found.published.on or "")[:length]
    typed = Typed(found.url, title or found.title, day, found.language, country or found.country)
    if not yes and not as_json:
        typed = _asked(typed)
    region = sub_region or adding.sub_region_of(typed.country)
    if region is None:
        raise NewsError(f"no sub-region has the country {typed.country}: name one with --sub-region")
    item, new = adding.keep_at_once(typed, Nomination(who, note, "command"), region)
    sentence = f"{typed.title} is in the queue as item {item}." if new else f"It is known already: item {item}."
    say(as_json, sentence, {"item": item, "new": new, "title": typed.title, "published_on": typed.on or None})


def _asked(typed: Typed) -> Typed:
    """What the person wants instead of what is proposed."""
    asked = {
        "title": click.prompt("Title", default=typed.title or None),
        "on": click.prompt("Published on", default=typed.on, show_default=bool(typed.on)),
        "country": click.prompt("Country", default=typed.country or None),
    }
    return replace(typed, **{name: str(value) for name, value in asked.items()})
