"""Signing in through the institution: to its provider, and back from there with a code.

What was begun is kept in a signed cookie of this browser alone, for ten minutes: an answer that it did not ask for is
worth nothing. Nobody gets an account here, and no operator's account is linked by an e-mail address.
"""

from __future__ import annotations

import asyncio
import hmac
import sqlite3
from datetime import timedelta
from typing import Any

from itsdangerous import BadSignature

from curation.languages import gettext
from curation.openid_services import Begun, Identity, OpenIdServices
from curation.sign_in import let_in
from curation.web import MissingError, Visit, local_path, redirect
from db.errors import AccessError
from db.openids import link_openid, openid_of, user_of_openid
from db.records import User
from db.users import user_of_email

COOKIE = "convenor_openid"
PATIENCE = timedelta(minutes=10)


def _services(visit: Visit) -> OpenIdServices:
    if visit.desk.services.openid is None:
        raise MissingError(gettext("There is no such page on the desk."))
    return visit.desk.services.openid


def _back(visit: Visit) -> str:
    return visit.base + visit.desk.path("/-/openid/back")


async def begin_openid(visit: Visit) -> Any:
    """The browser is sent to the provider."""
    services = _services(visit)
    begun = await asyncio.to_thread(services.begin, _back(visit))
    kept = {
        "s": begun.state,
        "n": begun.nonce,
        "v": begun.verifier,
        "w": local_path(visit.asked.text("next"), visit.desk.path("/"))[:1_000],
        "e": int((visit.desk.now() + PATIENCE).timestamp()),
    }
    response = redirect(begun.url)
    _keep(visit, response, visit.desk.datasette.sign(kept, COOKIE), int(PATIENCE.total_seconds()))
    return response


async def end_openid(visit: Visit) -> Any:
    """The person for whom the provider vouches is signed in, when she has an account here."""
    services, asked = _services(visit), visit.asked
    begun, wanted = _begun(visit)
    if asked.text("error"):
        raise AccessError(gettext("Your institution did not let you in. Try again, or use your password."))
    if asked.text("iss") not in ("", services.issuer):
        raise AccessError(gettext("This answer is not from your institution."))
    identity = await asyncio.to_thread(services.finish, begun, _back(visit), asked.text("code")[:4_000])
    user = await visit.desk.write(lambda conn: person_of(conn, identity))
    response = await let_in(visit, user, wanted)
    _keep(visit, response, "", 0)
    return response


def _begun(visit: Visit) -> tuple[Begun, str]:
    """What this browser began, and where it wanted to go; AccessError when it began nothing that fits."""
    try:
        kept = visit.desk.datasette.unsign(visit.request.cookies.get(COOKIE, ""), COOKIE)
    except BadSignature:
        kept = None
    match kept:
        case {"s": str(state), "n": str(nonce), "v": str(verifier), "w": str(wanted), "e": int(until)}:
            given = visit.asked.text("state")
            if until > visit.desk.now().timestamp() and hmac.compare_digest(state.encode(), given.encode()):
                return Begun("", state, nonce, verifier), local_path(wanted, visit.desk.path("/"))
    raise AccessError(gettext("This sign-in was not begun in this browser, or too long ago. Begin once more."))


def _keep(visit: Visit, response: Any, value: str, seconds: int) -> None:
    response.set_cookie(
        COOKIE,
        value,
        max_age=seconds,
        path=visit.desk.path("/-/openid"),
        secure=visit.request.scheme == "https",
        httponly=True,
        samesite="lax",  # the way back is a link from another site
    )


def person_of(conn: sqlite3.Connection, identity: Identity) -> User:
    """The person with this identity; the first time it is linked to the account with its e-mail address."""
    user = user_of_openid(conn, identity.issuer, identity.subject)
    if user is None:
        user = _by_email(conn, identity)
        link_openid(conn, user.id, identity.issuer, identity.subject)
    if user.disabled:
        raise AccessError(gettext("Your account is switched off. An operator can switch it on."))
    return user


def _by_email(conn: sqlite3.Connection, identity: Identity) -> User:
    if not identity.email or not identity.email_verified:
        raise AccessError(
            gettext("Your institution does not vouch for your e-mail address, so that you are not known here.")
        )
    user = user_of_email(conn, identity.email)
    if user is None:
        raise AccessError(gettext("There is no account with your e-mail address here. An operator can add one."))
    if user.role == "operator":
        raise AccessError(
            gettext("The account of an operator is linked by another operator, with the command “convenor users set”.")
        )
    if openid_of(conn, user.id, identity.issuer) is not None:
        raise AccessError(gettext("This account is linked to another person of your institution already."))
    return user
