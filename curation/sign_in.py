"""The pages for signing in and out."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Any

from curation.sessions import COOKIE, SESSION_LIFE, begin_try, check_password, end_try, open_session
from curation.web import Visit, local_path, redirect, status_of
from db.errors import AccessError
from db.records import User
from db.sessions import end_session


async def sign_in_page(visit: Visit) -> Any:
    """The form; who is signed in already goes on to where she wanted."""
    wanted = local_path(visit.asked.text("next"), visit.desk.path("/"))
    if visit.user is not None:
        return redirect(wanted)
    return await visit.page("desk_login.html", _context(visit, wanted))


async def sign_in(visit: Visit) -> Any:
    """A new session for the right name and password; else the form again with the reason."""
    form = await visit.posted()
    name, wanted = form.text("name").strip(), local_path(form.text("next"), visit.desk.path("/"))
    try:
        user = await _signed_in(visit, name, form.text("password"))
    except AccessError as error:
        return await _again(visit, name, wanted, error)
    return await let_in(visit, user, wanted)


async def let_in(visit: Visit, user: User, wanted: str) -> Any:
    """The person is signed in in this browser, in a session that is new; she goes on to where she wanted."""
    desk, before = visit.desk, visit.session
    agent = visit.request.headers.get("user-agent", "")

    def work(conn: sqlite3.Connection) -> dict[str, str]:
        if before is not None:
            end_session(conn, before.user_id, before.id)
        return open_session(conn, user, agent, desk.now())

    session = await desk.write(work)
    response = redirect(wanted)
    response.set_cookie(
        COOKIE,
        desk.datasette.sign(session, COOKIE),
        max_age=int(SESSION_LIFE.total_seconds()),
        path=desk.path("/"),
        secure=visit.request.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return response


async def sign_out(visit: Visit) -> Any:
    """The session of this browser has ended and its cookie is gone; other devices stay signed in."""
    person, session = visit.person, visit.session
    if session is not None:
        await visit.desk.write(lambda conn: end_session(conn, person.id, session.id))
    visit.desk.in_work.leave(person.name)
    response = redirect(visit.desk.path("/-/login"))
    response.set_cookie(COOKIE, "", max_age=0, path=visit.desk.path("/"), httponly=True, samesite="lax")
    return response


async def _signed_in(visit: Visit, name: str, password: str) -> User:
    desk = visit.desk
    stored = await desk.write(lambda conn: begin_try(conn, name, desk.now()))
    async with desk.password_checks:
        fresh = await asyncio.to_thread(check_password, stored, password)
    return await desk.write(lambda conn: end_try(conn, name, fresh))


def _context(visit: Visit, wanted: str, name: str = "", error: str = "") -> dict[str, str]:
    openid = visit.desk.services.openid
    return {"wanted": wanted, "name": name, "error": error, "institution": openid.name if openid else ""}


async def _again(visit: Visit, name: str, wanted: str, error: AccessError) -> Any:
    context = _context(visit, wanted, name[:100], error.message)
    response = await visit.page("desk_login.html", context, status=status_of(error))
    if error.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response
