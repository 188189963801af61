"""`convenor digest`: a letter with what was added to the public set."""

from __future__ import annotations

import os
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import click

from commands.options import email_address, json_option, now, public_option, say, site_address
from db.errors import NewsError


@click.command()
@public_option
@click.option(
    "--since", metavar="DAY", type=click.DateTime(["%Y-%m-%d"]), help="The first day.  [default: seven days ago]"
)
@click.option(
    "--address",
    metavar="URL",
    envvar="CONVENOR_SITE_ADDRESS",
    callback=site_address,
    default="http://127.0.0.1:8002",
    show_default="$CONVENOR_SITE_ADDRESS",
    help="Of the public site, to which the links lead.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file .eml, .html or .txt.")
@click.option(
    "--to", multiple=True, metavar="ADDRESS", callback=email_address, help="Send it there; may be given again."
)
@json_option
def digest(
    public: Path, since: datetime | None, address: str, output: Path | None, to: tuple[str, ...], as_json: bool
) -> None:
    """Write or send a letter with what was added to the public set.

    It is sent by the server that CONVENOR_SMTP_HOST and CONVENOR_SMTP_SENDER name; see docs/reuse.md.
    """
    from db.public_feeds import added_since
    from db.public_file import is_public, open_public
    from mailing import postbox_of, send
    from publishing.reuse.digest import Digest, as_html, as_text, letter
    from workplace import write_file

    if output is None and not to:
        raise click.UsageError("say where it goes: -o FILE, or --to ADDRESS")
    endings = {".eml", ".html", ".txt"}
    if output is not None and output.suffix.lower() not in endings:
        raise click.UsageError(f"{output} must end in {', '.join(sorted(endings))}")
    if not public.exists() or not is_public(public):
        raise NewsError(f"{public} is no public database; make one with `convenor publish`")
    postbox = postbox_of(os.environ)
    if to and postbox is None:
        raise NewsError("nobody said how to send: set CONVENOR_SMTP_HOST and CONVENOR_SMTP_SENDER, or write it with -o")
    today = now()
    first = f"{since or today - timedelta(days=7):%Y-%m-%d}"
    with closing(open_public(public)) as conn:
        added, total = added_since(conn, f"{first}T00:00:00Z")
    if not total:
        say(as_json, f"Nothing was added since {first}; no letter is written.", {"activities": 0, "since": first})
        return
    rows = added.activities
    told = Digest(address, first, f"{today:%Y-%m-%d}", rows, added.tags, total - len(rows))
    sender = postbox.sender if postbox else "convenor@localhost"
    if output is not None:
        whole = letter(told, sender=sender, to=to[0] if to else sender, now=today).as_bytes()
        forms = {".html": as_html(told).encode(), ".txt": as_text(told).encode(), ".eml": whole}
        write_file(output, forms[output.suffix.lower()])
        say(as_json, f"{told.subject}: {output}", {"activities": total, "since": first, "path": str(output)})
    if to and postbox:
        send(postbox, [letter(told, sender=sender, to=one, now=today) for one in to])
        say(as_json, f"{told.subject}: sent to {', '.join(to)}", {"activities": total, "since": first, "to": list(to)})
