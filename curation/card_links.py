"""The links of the weekly letter. A link shows one card to whoever has it, for two weeks, and gives no other right.

What it shows without signing in is what the library itself published: no note, no name, no history. Signed in, it leads
to the item's own page; deciding asks for a click there, so that a mail program that looks at links decides nothing.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer
from msgspec import Struct

from curation.access import may_see
from curation.cards import Card, card_of, load_known
from curation.languages import gettext
from curation.web import MissingError, Visit, redirect
from db.desk import find_item
from db.errors import AccessError
from db.users import user_by_id

NAMESPACE = "convenor-card-link"  # what is signed for a link is worth nothing elsewhere, and the other way round
LIFE = timedelta(days=14)


class CardLink(Struct, frozen=True):
    """What a link names: an item, the person to whom the letter went, and until when it is good."""

    item_id: int
    user_id: int
    until: datetime


def card_token(secret: str, item_id: int, user_id: int, now: datetime) -> str:
    """The signed part of a new link."""
    until = int((now + LIFE).timestamp())
    return str(URLSafeSerializer(secret, NAMESPACE).dumps({"i": item_id, "u": user_id, "e": until}))


def card_link(signed: object, now: datetime) -> CardLink:
    """What was signed; AccessError when its time is over."""
    match signed:
        case {"i": int(item_id), "u": int(user_id), "e": int(until)}:
            if until > now.timestamp():
                return CardLink(item_id, user_id, datetime.fromtimestamp(until, now.tzinfo))
            raise AccessError(gettext("This link was good for two weeks. Sign in to see what waits."))
    raise MissingError(gettext("This link does not work. Sign in to see what waits."))


async def card_link_view(visit: Visit) -> Any:
    """The card that the link names: its own page for who is signed in, else only what the library published."""
    desk, token = visit.desk, str(visit.request.url_vars["token"])
    try:
        link = card_link(desk.datasette.unsign(token, NAMESPACE), desk.now())
    except BadSignature:
        raise MissingError(gettext("This link does not work. Sign in to see what waits.")) from None
    address = desk.path(f"/-/item/{link.item_id}")
    if visit.user is not None:
        return redirect(address)

    def load(conn: sqlite3.Connection) -> Card:
        user, item = user_by_id(conn, link.user_id), find_item(conn, link.item_id)
        if user is None or user.disabled or item is None or not may_see(user, item.sub_region):
            raise AccessError(gettext("The person to whom this letter went does not see this item any more."))
        return card_of(item, load_known(conn), user)

    return await visit.page("desk_card_link.html", {"card": await desk.read(load), "address": address, "here": ""})
