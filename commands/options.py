"""What several commands share: options, how they print, and what they ask for."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from db.errors import NewsError

if TYPE_CHECKING:
    from crawlers.sources import SourceFile
    from terminal import CrawlPrinter


def web_address(ctx: click.Context, param: click.Parameter, value: str) -> str:
    from crawlers.urls import is_web_address

    if not is_web_address(value):
        raise click.BadParameter(f"{value!r} is not a full http or https address")
    return value


def email_address(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """The address, where it is not left out or empty for none; or each of several."""
    from db.users import is_email

    for address in value if isinstance(value, tuple) else filter(None, (value,)):
        if not is_email(address):
            raise click.BadParameter(f"{address!r} is no e-mail address")
    return value


def period_months(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, str] | None:
    from publishing.report.dates import period_months

    try:
        return None if value is None else period_months(value)
    except NewsError as error:
        raise click.BadParameter(str(error)) from error


def site_address(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    from publishing.reuse.addresses import site_address

    try:
        return None if value is None else site_address(value)
    except NewsError as error:
        raise click.BadParameter(str(error)) from error


def _country(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None and not re.fullmatch("[A-Z]{2}|INT", value):
        raise click.BadParameter("must be a two-letter country code such as KR (ISO 3166-1), or INT")
    return value


def _language(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None and not re.fullmatch("[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", value):
        raise click.BadParameter("must be a language code such as ko or zh-Hans (BCP 47)")
    return value


db_option = click.option(
    "--db",
    "database",
    type=click.Path(path_type=Path, dir_okay=False),
    default="convenor.db",
    envvar="CONVENOR_DB",
    show_default="$CONVENOR_DB, else convenor.db",
    help="The working database.",
)
public_option = click.option(
    "--db",
    "public",
    type=click.Path(path_type=Path, dir_okay=False),
    default="public.db",
    show_default=True,
    help="The public database.",
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
country_option = click.option(
    "--country", callback=_country, help="Whose news it is, such as KR; guessed when left out."
)
language_option = click.option("--language", callback=_language, help="Such as ko or zh-Hans; guessed when left out.")
legacy_tls_option = click.option(
    "--legacy-tls", is_flag=True, help="Its server speaks only an old TLS; its certificate is checked all the same."
)
private_option = click.option("--allow-private", is_flag=True, help="Permit loopback and private addresses.")


def check_sub_region(loaded: SourceFile, sub_region: str | None) -> None:
    """NewsError when the list of sources has no such sub-region."""
    if sub_region is not None and sub_region not in loaded.sub_regions:
        raise NewsError(f"there is no sub-region {sub_region!r}; there are: {', '.join(loaded.sub_regions)}")


def now() -> datetime:
    return datetime.now(UTC)


def say(as_json: bool, sentence: str, record: dict[str, Any]) -> None:
    click.echo(json.dumps(record, ensure_ascii=False) if as_json else sentence)


def read_password(from_stdin: bool) -> str:
    if from_stdin or not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return str(click.prompt("Password (at least 10 characters)", hide_input=True, confirmation_prompt=True))


def printer(as_json: bool = False, *, log: bool = False) -> CrawlPrinter:
    """Prints the events of passes; with `log` for a log that is kept."""
    from terminal import CrawlPrinter

    progress, aside = sys.stderr if sys.stderr.isatty() else None, partial(click.echo, err=True)
    if not log or "JOURNAL_STREAM" in os.environ:  # systemd's journal adds the time itself
        return CrawlPrinter(click.echo, progress, as_json, aside=aside)
    stamp = not as_json and not sys.stdout.isatty()
    return CrawlPrinter(_stamped if stamp else click.echo, progress, as_json, aside=partial(_stamped, err=True))


def _stamped(line: str, err: bool = False) -> None:
    """A line for a log: in a year somebody wants to know when that was."""
    click.echo(f"{now():%Y-%m-%dT%H:%M:%SZ} {line}", err=err)


def announce(what: str) -> Callable[[str], None]:
    return lambda address: click.echo(f"{what} is at {address} (stop with Ctrl-C)")


def end_with_input(wanted: bool) -> None:
    """This process ends when its standard input closes, so that it never outlives the one that started it."""

    def wait() -> None:
        while os.read(0, 1024):  # not sys.stdin, whose lock a thread that waits would hold when the process ends
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    if wanted:
        threading.Thread(target=wait, daemon=True).start()
