"""The search over all items of a person's sub-regions, whatever was decided on them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct

from curation.access import visible_regions
from curation.cards import Card, card_of, load_around, load_known
from curation.web import Visit
from curation.wording import number_words
from db.desk import items_of, searched_items
from db.records import User
from db.search.items import RANKED
from db.search.query import MAX_CHARACTERS, parse, relaxed

PAGE_SIZE = 25


class Search(Struct, frozen=True):
    """One page of what was found, ready to be shown."""

    typed: str
    cards: tuple[Card, ...]
    total: str  # empty when nothing was found
    alike: bool  # nothing has the words as typed: these begin like them
    page: int
    pages: int

    @property
    def first(self) -> int:
        """The place of the first card among all that were found."""
        return (self.page - 1) * PAGE_SIZE + 1

    def address(self, page: int) -> str:
        """The query of another page."""
        return "?" + urlencode({"q": self.typed, **({"page": page} if page > 1 else {})})


async def search(visit: Visit) -> Any:
    """What was typed, found in all items; without anything typed the page says what can be."""
    typed, page = visit.asked.text("q").strip()[:MAX_CHARACTERS], visit.asked.number("page")
    found = await visit.desk.read(load_search(visit.person, typed, page)) if typed else None
    return await visit.page("desk_search.html", {"search": found, "typed": typed, "here": "search"})


def load_search(user: User, typed: str, page: int) -> Callable[[sqlite3.Connection], Search]:
    """How to read this page of what the person looks for."""

    def load(conn: sqlite3.Connection) -> Search:
        known, query, alike = load_known(conn), parse(typed), False
        regions = visible_regions(user, known.region_ids)
        ids = searched_items(conn, query, regions)
        if not ids and (other := relaxed(query)) != query:
            ids, query = searched_items(conn, other, regions), other
            alike = bool(ids)
        pages = max(1, -(-len(ids) // PAGE_SIZE))
        shown = min(max(1, page), pages)
        items = items_of(conn, ids[(shown - 1) * PAGE_SIZE : shown * PAGE_SIZE])
        around = load_around(conn, [item.id for item in items])
        return Search(
            typed=typed,
            cards=tuple(card_of(item, known, user, around=around[item.id], looked_for=query) for item in items),
            total=number_words(len(ids) + (len(ids) == RANKED), RANKED) if ids else "",
            alike=alike,
            page=shown,
            pages=pages,
        )

    return load
