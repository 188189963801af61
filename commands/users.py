"""`convenor users`: who may sign in at the desk."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.options import db_option, email_address, json_option, now, read_password, say

if TYPE_CHECKING:
    from db.records import User


ROLES = ["reader", "nominator", "convenor", "operator"]
password_option = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")


@click.group()
def users() -> None:
    """Who may sign in at the desk."""


def _say(as_json: bool, sentence: str, user: User, **more: object) -> None:
    """The sentence, or the person as a record."""
    told = {"name": user.name, "role": user.role, "sub_regions": user.sub_regions, "email": user.email}
    say(as_json, sentence, {**told, "letters": user.letters, "disabled": user.disabled, **more})


def _regions(user: User) -> str:
    return "all sub-regions" if user.role == "operator" else ", ".join(user.sub_regions) or "no sub-region"


@users.command()
@click.argument("name")
@db_option
@click.option("--role", type=click.Choice(ROLES), default="convenor", show_default=True, help="What the person may do.")
@click.option("--sub-region", "sub_regions", multiple=True, help="Whose items this person sees; may be given again.")
@password_option
@json_option
def add(
    name: str, database: Path, role: Any, sub_regions: tuple[str, ...], password_stdin: bool, as_json: bool
) -> None:
    """Let a person sign in. The password is asked for, or read from standard input."""
    from curation.passwords import hash_password
    from db.connect import opened
    from db.users import add_user, check_new_user

    if role in ("nominator", "convenor") and not sub_regions:
        raise click.UsageError(f"a {role} needs at least one --sub-region")
    with opened(database) as conn:
        check_new_user(conn, name, role, sub_regions)  # before anybody thinks of a password
        hashed = hash_password(read_password(password_stdin))
        user = add_user(conn, name, hashed, role=role, sub_regions=sub_regions, now=now())
    _say(as_json, f"{user.name} may sign in as {user.role}.", user)


@users.command("list")
@db_option
@json_option
def list_users(database: Path, as_json: bool) -> None:
    """Print everybody with role and sub-regions."""
    from db.connect import opened
    from db.users import list_users as everybody

    with opened(database) as conn:
        for user in everybody(conn):
            more = (f", {user.email}" if user.email else "") + (", may not sign in" if user.disabled else "")
            _say(as_json, f"{user.name}: {user.role}, {_regions(user)}{more}", user)


@users.command("set")
@click.argument("name")
@db_option
@click.option("--role", type=click.Choice(ROLES), help="What the person may do from now on.")
@click.option("--sub-region", "sub_regions", multiple=True, help="In place of the present ones; may be given again.")
@click.option(
    "--email",
    callback=email_address,
    help="Where the weekly letter goes, and whom a provider vouches for; empty for none.",
)
@click.option(
    "--openid", help="The subject that the provider of $CONVENOR_OIDC_ISSUER gives the person; empty for none."
)
@json_option
def set_user(
    name: str,
    database: Path,
    role: Any,
    sub_regions: tuple[str, ...],
    email: str | None,
    openid: str | None,
    as_json: bool,
) -> None:
    """Change what a person may do. It holds from her next click on."""
    from db.connect import opened, transaction
    from db.openids import link_openid
    from db.users import existing_user, set_email, set_role

    if role is None and not sub_regions and email is None and openid is None:
        raise click.UsageError("say what to change: --role, --sub-region, --email or --openid")
    issuer = os.environ.get("CONVENOR_OIDC_ISSUER", "")
    if openid is not None and not issuer:
        raise click.UsageError("--openid needs the issuer in $CONVENOR_OIDC_ISSUER")
    with opened(database) as conn, transaction(conn):
        user = existing_user(conn, name)
        if email is not None:
            user = set_email(conn, name, email)
        if openid is not None:
            link_openid(conn, user.id, issuer, openid)
        if role or sub_regions:
            user = set_role(conn, name, role or user.role, sub_regions or user.sub_regions)
    more = f", {user.email}" if user.email else ""
    _say(as_json, f"{user.name} is {user.role} now, {_regions(user)}{more}.", user)


@users.command()
@click.argument("name")
@db_option
@password_option
@json_option
def passwd(name: str, database: Path, password_stdin: bool, as_json: bool) -> None:
    """Give a person a new password. Sessions opened with the old one end."""
    from curation.passwords import hash_password
    from db.connect import opened
    from db.users import existing_user, set_password_hash

    with opened(database) as conn:
        user = existing_user(conn, name)  # before anybody thinks of a password
        set_password_hash(conn, user.name, hash_password(read_password(password_stdin)))
    _say(as_json, f"{user.name} has a new password.", user)


@users.command("sign-out")
@click.argument("name")
@db_option
@json_option
def sign_out(name: str, database: Path, as_json: bool) -> None:
    """End all sessions of a person, on whatever device."""
    from db.connect import opened
    from db.users import end_sessions, existing_user

    with opened(database) as conn:
        user, ended = existing_user(conn, name), end_sessions(conn, name)
    sentence = f"{user.name} is signed out; {ended} session{'s' if ended != 1 else ''} ended."
    _say(as_json, sentence, user, sessions_ended=ended)


@users.command()
@click.argument("name")
@db_option
@click.option("--enable", is_flag=True, help="Let the person sign in again.")
@json_option
def disable(name: str, database: Path, enable: bool, as_json: bool) -> None:
    """End a person's sessions and let them sign in no more."""
    from db.connect import opened
    from db.users import set_disabled

    with opened(database) as conn:
        user = set_disabled(conn, name, not enable)
    _say(as_json, f"{user.name} may {'sign in again' if enable else 'no longer sign in'}.", user)
