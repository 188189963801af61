"""Choosing the language of the desk."""

from __future__ import annotations

from typing import Any

from curation.languages import COOKIE, LANGUAGES, gettext
from curation.web import Visit, local_path, redirect
from db.errors import DecisionError
from db.users import set_language

YEAR_SECONDS = 365 * 24 * 3600


async def choose_language(visit: Visit) -> Any:
    """The desk speaks the language chosen in this browser, and for the person signed in; then the same page again."""
    form = await visit.posted()
    wanted = form.text("language")
    if wanted not in LANGUAGES:
        raise DecisionError(gettext("The desk does not speak this language."))
    person = visit.user
    if person is not None:
        await visit.desk.write(lambda conn: set_language(conn, person.id, wanted))
    response = redirect(local_path(form.text("back"), visit.desk.path("/")))
    response.set_cookie(
        COOKIE,
        wanted,
        max_age=YEAR_SECONDS,
        path=visit.desk.path("/"),
        secure=visit.request.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return response
