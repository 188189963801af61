"""The walk back through the older pages of a list, to a day; an interrupted walk goes on where it stopped.

Each page is saved with the place of the next one. A later walk reads the newest pages until they meet what is known,
then goes on from that place. Pages read before the two ends have met are held back: a gap is never taken for known.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from datetime import date, datetime

from msgspec import Struct

from crawlers.entries import distinct
from crawlers.events import with_events
from crawlers.kinds import Listing
from crawlers.known import what_is_new
from crawlers.sources import Source
from db.backfills import BackfillPage, backfill_pages, forget_backfill, save_backfill_page
from db.connect import transaction
from db.items import save_changes
from db.records import Entry, PollState
from db.sources import save_poll_state


class Trail(Struct):
    """One walk: what an earlier one read, where it stopped, and what is still to be saved."""

    source: Source
    read_for: str  # the way the source is read; another way is another walk
    before: Collection[str] = ()  # pages of the earlier walk
    place: str | None = None  # where it stopped; None once this walk goes on from there
    waiting: list[Entry] = []
    items_new: int = 0

    def following(self, next_url: str | None, *, known: bool, passed: bool) -> str | None:
        """Where to go on: the next page, or the place of the earlier walk once this one has met it; None: nowhere.

        That addresses were read before says nothing until then: with each news item the pages of a list shift.
        """
        if passed:
            return None
        if self.place is not None and (known or next_url is None):
            next_url, self.place = self.place, None
            return next_url
        return None if self.place is None and next_url in self.before else next_url

    def keep(self, conn: sqlite3.Connection, page: BackfillPage, state: PollState, now: datetime) -> None:
        """The items so far and the place of the next page are saved, unless a gap is still open."""
        if self.place is not None:
            return
        with transaction(conn):
            changes, self.waiting = what_is_new(conn, self.source, distinct(self.waiting)), []
            changes = with_events(changes, self.source, now.date())
            save_changes(
                conn, self.source.id, changes, now=now, language=self.source.language, country=self.source.country
            )
            save_backfill_page(conn, self.source.id, self.read_for, page)
            save_poll_state(conn, state)
        self.items_new += len(changes.new)

    def end(self, conn: sqlite3.Connection) -> None:
        """The next walk begins anew."""
        with transaction(conn):
            forget_backfill(conn, self.source.id)


def begin_trail(conn: sqlite3.Connection, source: Source, read_for: str) -> Trail:
    """A walk of this source, with the place where an earlier one was interrupted."""
    pages = backfill_pages(conn, source.id, read_for)
    return Trail(source, read_for, frozenset(page.url for page in pages), pages[-1].next_url if pages else None)


def reaches(listing: Listing, since: date) -> bool:
    """Whether the page holds an item from before that day."""
    days = [item.published.on for item in listing.items if item.published.on is not None]
    return bool(days) and min(days) < since.isoformat()
