"""One item with everything that is known of it, and the whole form."""

from __future__ import annotations

import sqlite3
from typing import Any

from msgspec import Struct

from curation.access import check_may_see
from curation.cards import Card, Known, all_groups, card_of, load_around, load_known
from curation.history_page import Entry, entries
from curation.languages import gettext
from curation.quotes import paragraphs_of, place_of
from curation.rules import LIMITS, MAX_NOTE
from curation.tags import Suggested, TagGroup, Tip, suggested_of, tips
from curation.web import MissingError, Visit, local_path
from curation.wording import STATES
from db.decisions import Wanted, history
from db.desk import find_item
from db.identities import Address, Revised, addresses_of, revisions_of
from db.records import Curation, ImpactNote
from db.search.marks import Piece, marked
from db.search.query import parse

SHOWN_DECISIONS = 50


class ItemPage(Struct, frozen=True):
    """An item ready to be shown and edited."""

    card: Card
    groups: tuple[TagGroup, ...]
    tips: tuple[Tip, ...]
    suggested: tuple[Suggested, ...]
    paragraphs: tuple[tuple[int, tuple[Piece, ...]], ...]  # where each begins in the kept copy, and its words
    story: ImpactNote
    missing: frozenset[int]  # quotations that do not stand in the kept copy any more, by their place in the note
    regions: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]  # sub-region → (code, name) of its countries
    past: tuple[Entry, ...]
    revised: tuple[Revised, ...]  # what the source changed, newest first
    places: tuple[Address, ...]  # where it was seen besides its own address

    @property
    def offered(self) -> str:
        """Every tag of the form, as one field."""
        return " ".join(group.offered for group in self.groups)


async def item(visit: Visit) -> Any:
    """The page of the item whose id is in the address."""
    item_id = int(visit.request.url_vars["item"])
    user, query = visit.person, parse(visit.asked.text("q"))

    def load(conn: sqlite3.Connection) -> ItemPage:
        found = find_item(conn, item_id)
        if found is None:
            raise MissingError(gettext("There is no such item."))
        check_may_see(user, found.sub_region)
        known = load_known(conn)
        around = load_around(conn, [item_id])[item_id]
        groups = all_groups(found, known, around)
        rows = history(conn, (found.sub_region,), limit=SHOWN_DECISIONS, wanted=Wanted(item_id=item_id))
        return ItemPage(
            card=card_of(found, known, user, around=around, looked_for=query),
            groups=groups,
            tips=tips(known.vocabularies),
            suggested=suggested_of(around.suggested, " ".join(group.offered for group in groups).split()),
            paragraphs=tuple((one.start, marked(one.text, query)) for one in paragraphs_of(found.text)),
            story=_story(found.curation),
            missing=frozenset(
                number
                for number, quote in enumerate(found.curation.story.quotes)
                if place_of(found.text, quote) is None
            ),
            regions=_countries(known),
            past=entries(conn, rows, user, visit.zone),
            revised=revisions_of(conn, item_id),
            places=tuple(place for place in addresses_of(conn, item_id) if place.url != found.url),
        )

    back = local_path(visit.asked.text("back"), visit.desk.path("/"))
    shown = await visit.desk.read(load)
    return await visit.page(
        "desk_item.html", {"page": shown, "back": back, "limits": LIMITS, "max_note": MAX_NOTE, "states": STATES}
    )


def _story(said: Curation) -> ImpactNote:
    """The impact note in its parts; one that was written before there were parts is its result."""
    return said.story if said.story.text or not said.impact else ImpactNote(result=said.impact)


def _countries(known: Known) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    return tuple(
        (region.name, tuple((code, known.countries[code]) for code in region.countries)) for region in known.regions
    )
