"""The kept copy: the text of an article as it was read, shown as text and nothing else.

What a page brought along (markup, scripts, pictures) is not kept, so that nothing of it can act here; each paragraph
has an address of its own, and so has what was quoted in the impact note.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Any

from msgspec import Struct

from curation.access import check_may_see
from curation.cards import Card, card_of, load_known
from curation.languages import gettext
from curation.quotes import Segment, paragraphs_of, place_of, segments
from curation.web import MissingError, Visit
from db.desk import find_item, read_at
from db.records import Quote


class KeptPage(Struct, frozen=True):
    """A kept copy ready to be shown."""

    card: Card
    paragraphs: tuple[tuple[Segment, ...], ...]
    quotes: tuple[Quote, ...]  # of the impact note, numbered from 1 in the segments
    read_at: datetime | None  # None: the page of the article was never read; there is only what the list said


async def kept(visit: Visit) -> Any:
    """The kept copy of the item whose id is in the address."""
    item_id = int(visit.request.url_vars["item"])
    user = visit.person

    def load(conn: sqlite3.Connection) -> KeptPage:
        found = find_item(conn, item_id)
        if found is None:
            raise MissingError(gettext("There is no such item."))
        check_may_see(user, found.sub_region)
        quotes = found.curation.story.quotes
        places = [place_of(found.text, quote) for quote in quotes]
        shown = tuple(segments(paragraph, places) for paragraph in paragraphs_of(found.text))
        return KeptPage(card_of(found, load_known(conn), user), shown, quotes, read_at(conn, item_id))

    return await visit.page("desk_kept.html", {"page": await visit.desk.read(load)})
