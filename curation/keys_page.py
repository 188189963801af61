"""The page where a person chooses her keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from curation.keys import COMMANDS, DEFAULTS, chosen_keys, keys_of
from curation.languages import gettext
from curation.web import Visit, redirect
from db.errors import DecisionError
from db.users import set_keys


async def keys_view(visit: Visit) -> Any:
    """The form with the keys as they are."""
    return await _page(visit, keys_of(visit.user))


async def save_keys(visit: Visit) -> Any:
    """The keys are as typed, or the form again with the reason why they cannot be."""
    form = await visit.posted()
    typed = {} if "reset" in form else {command: form.text(command)[:20] for command in DEFAULTS}
    try:
        keys = chosen_keys(typed)
    except DecisionError as error:
        return await _page(visit, typed, error=str(error), status=400)
    person = visit.person
    await visit.desk.write(lambda conn: set_keys(conn, person.id, keys))
    visit.say(gettext("Your keys are saved.") if keys else gettext("Your keys are those of the desk again."))
    return redirect(visit.desk.path("/-/keys"))


async def _page(visit: Visit, typed: Mapping[str, str], *, error: str = "", status: int = 200) -> Any:
    context = {"commands": COMMANDS, "entered": typed, "error": error, "here": "keys"}
    return await visit.page("desk_keys.html", context, status=status)
