"""Where a browser tells which card its person has in work, and hears of the others."""

from __future__ import annotations

from typing import Any

from datasette import Response

from curation.access import check_may_decide
from curation.languages import gettext
from curation.web import MissingError, Visit, signed_in_as_another
from db.desk import find_item


async def tell_in_work(visit: Visit) -> Any:
    """The person has the named item in work, or none; what the others have comes back."""
    form, person, desk = await visit.posted(), visit.person, visit.desk
    if form.text("person") not in ("", person.name):
        return signed_in_as_another(visit, form.text("person"))
    if item_id := form.number("item"):
        item = await desk.read(lambda conn: find_item(conn, item_id))
        if item is None:
            raise MissingError(gettext("There is no such item."))
        check_may_decide(person, item.sub_region)
        desk.in_work.take(person.name, item_id, item.sub_region, desk.now())
    else:
        desk.in_work.leave(person.name)
    others = desk.in_work.of_others(person, desk.now())
    return Response.json({"ok": True, "message": "", "others": others})
