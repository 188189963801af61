"""`convenor letters`: the weekly letter of what waits."""

from __future__ import annotations

import os
from pathlib import Path

import click

from commands.options import db_option, json_option, now, say, web_address
from db.errors import NewsError


@click.command()
@db_option
@click.option(
    "--url",
    "desk_url",
    envvar="CONVENOR_URL",
    show_envvar=True,  # also in the error, for a timer has no other way to say it
    required=True,
    callback=web_address,
    help="Where people reach the desk.",
)
@click.option("--again", is_flag=True, help="Also to those who had a letter within six days.")
@json_option
def letters(database: Path, desk_url: str, again: bool, as_json: bool) -> None:
    """Write to everybody who decides what waits in her sub-regions.

    Over the mail server that $CONVENOR_SMTP_HOST and its fellows name; without one, as files in the folder `letters`
    beside the database.
    """
    from curation.weekly_letters import Round, into, weekly_letters
    from db.connect import opened
    from mailing import postbox_of, send
    from workplace import Place, session_secret

    postbox = postbox_of(os.environ)
    post = (lambda letter: send(postbox, [letter])) if postbox else into(database.with_name("letters"))
    sender = postbox.sender if postbox else "convenor@localhost"
    failed = 0
    with opened(database) as conn:
        shared = Round(desk_url.rstrip("/") + "/", session_secret(Place(database)), sender, now(), again)
        for told in weekly_letters(conn, shared, post):
            failed += told.failed
            record = {"name": told.name, "items": told.items, "failed": told.failed, "told": told.words}
            say(as_json, f"{told.name}: {told.words}.", record)
    if failed:
        raise NewsError("not every letter could be sent; run it again, and who had hers gets no second one")
