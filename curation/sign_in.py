"""The pages for signing in and out."""

from __future__ import annotations

import asyncio
from typing import Any

from curation.sessions import COOKIE, SESSION_LIFE, begin_try, check_password, end_try, session_of
from curation.web import Visit, local_path, redirect, status_of
from db.errors import AccessError
from db.records import User
from db.users import end_sessions


async def sign_in_page(visit: Visit) -> Any:
    """The form; who is signed in already goes on to where she wanted."""
    wanted = local_path(visit.asked.text("next"), visit.desk.path("/"))
    if visit.user is not None:
        return redirect(wanted)
    return await visit.page("desk_login.html", {"wanted": wanted, "name": "", "error": ""})


async def sign_in(visit: Visit) -> Any:
    """A new session for the right name and password; else the form again with the reason."""
    form = await visit.posted()
    name, wanted = form.text("name").strip(), local_path(form.text("next"), visit.desk.path("/"))
    try:
        user = await _signed_in(visit, name, form.text("password"))
    except AccessError as error:
        return await _again(visit, name, wanted, error)
    response = redirect(wanted)
    desk = visit.desk
    response.set_cookie(
        COOKIE,
        desk.datasette.sign(session_of(user, desk.now()), COOKIE),
        max_age=int(SESSION_LIFE.total_seconds()),
        path=desk.path("/"),
        secure=visit.request.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return response


async def sign_out(visit: Visit) -> Any:
    """The person's sessions have ended, also on her other devices, and the cookie is gone."""
    await visit.desk.write(lambda conn: end_sessions(conn, visit.person.name))
    response = redirect(visit.desk.path("/-/login"))
    response.set_cookie(COOKIE, "", max_age=0, path=visit.desk.path("/"), httponly=True, samesite="lax")
    return response


async def _signed_in(visit: Visit, name: str, password: str) -> User:
    desk = visit.desk
    stored = await desk.write(lambda conn: begin_try(conn, name, desk.now()))
    async with desk.password_checks:
        fresh = await asyncio.to_thread(check_password, stored, password)
    return await desk.write(lambda conn: end_try(conn, name, fresh))


async def _again(visit: Visit, name: str, wanted: str, error: AccessError) -> Any:
    context = {"wanted": wanted, "name": name[:100], "error": error.message}
    response = await visit.page("desk_login.html", context, status=status_of(error))
    if error.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response
