"""The small copy of an item's picture: WebP that the crawl made itself, at an address that changes with it."""

from __future__ import annotations

import sqlite3
from typing import Any

from datasette import Response

from curation.access import check_may_see
from curation.languages import gettext
from curation.web import MissingError, Visit
from db.pictures import picture_body

PREFIX = "/-/picture/"


async def picture(visit: Visit) -> Any:
    """The picture of the item and mark in the address."""
    item_id, mark, user = int(visit.request.url_vars["item"]), visit.request.url_vars["mark"], visit.person

    def load(conn: sqlite3.Connection) -> bytes:
        found = picture_body(conn, item_id, mark)
        if found is None:
            raise MissingError(gettext("There is no such picture."))
        sub_region, body = found
        check_may_see(user, sub_region)
        return body

    return Response(await visit.desk.read(load), content_type="image/webp")
