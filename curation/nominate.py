"""Suggesting to the convenors an item that is in the queue already, and taking that back."""

from __future__ import annotations

import sqlite3
from typing import Any

from curation.access import check_may_nominate
from curation.languages import gettext
from curation.web import MissingError, Visit, local_path, redirect
from curation.wording import STATES
from db.desk import find_item
from db.errors import DecisionError
from db.nominations import Nomination, nominations, save_nomination, withdraw_nominations

MAX_WHY = 1_000


async def nominate(visit: Visit) -> Any:
    """The person nominates the item with her reason, or no longer does."""
    form, person, now = await visit.posted(), visit.person, visit.desk.now()
    item_id, why = form.number("item"), form.text("why").replace("\r\n", "\n").strip()
    withdrawn = form.text("do") == "withdraw"

    def work(conn: sqlite3.Connection) -> None:
        item = find_item(conn, item_id)
        if item is None:
            raise MissingError(gettext("There is no such item."))
        check_may_nominate(person, item.sub_region)
        if withdrawn:
            if not withdraw_nominations(conn, item_id, person.name, now=now):
                raise DecisionError(gettext("You did not nominate this item, so there is nothing to take back."))
            return
        if len(why) > MAX_WHY:
            raise DecisionError(
                gettext("The reason is longer than {most} characters; please shorten it.").format(most=MAX_WHY)
            )
        if not why:
            raise DecisionError(gettext("Say in a few words why it matters, so that a convenor can decide."))
        if item.curation.state not in ("new", "later"):
            raise DecisionError(
                gettext("It is decided already: {state}.").format(state=gettext(STATES[item.curation.state]).lower())
            )
        if any(one.who == person.name and one.via == "desk" for one in nominations(conn, [item_id]).get(item_id, ())):
            raise DecisionError(gettext("You nominated this item already."))
        save_nomination(conn, item_id, Nomination(person.name, why), now=now)

    await visit.desk.write(work)
    visit.say(
        gettext("Your nomination is taken back.")
        if withdrawn
        else gettext("Nominated. A convenor sees it with your reason.")
    )
    return redirect(local_path(form.text("back"), visit.desk.path("/")))
