"""A poll under way: the pages read so far, and whether an older one follows."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from crawlers.answers import Answer, Failure, Reading, Visit
from crawlers.backfill import Trail, begin_trail, reaches
from crawlers.comeback import next_state
from crawlers.entries import distinct, entries_of
from crawlers.kinds import Listing, kind_module
from crawlers.known import what_is_new
from db.backfills import BackfillPage
from db.identities import newest_id
from db.records import Entry, PollState

MAX_PAGES_SINCE = 500  # a calendar may offer older pages for ever
_PAST_THE_END = frozenset({400, 404, 410})  # how sites answer for a page after the last; WordPress's REST says 400


class Walk(Struct):
    """A poll under way: its first page, and the older ones so far."""

    visit: Visit
    before: PollState  # as it was until this poll began
    since: date | None
    started_at: datetime
    started: float
    answer: Answer | None = None
    entries: list[Entry] = []
    read: set[str] = set()  # addresses of the pages
    pages: int = 0
    stale: int = 0  # pages in a row that held nothing that this poll had not met
    note: str | None = None
    trail: Trail | None = None  # of a walk back to a day
    complete: bool = True  # nothing is left for another walk to go on with
    newest_id: str | None = None  # of what was known before, where the service itself can end a walk there

    def set_out(self, conn: sqlite3.Connection, reading: Reading) -> str | None:
        """The first page was read; the address of the next older page, if that should be read too."""
        self.read |= {reading.asked_url, reading.page_url}
        source = self.visit.source
        if self.since is None and hasattr(kind_module(source.rungs[reading.rung].kind), "until_known"):
            self.newest_id = newest_id(conn, source.id)
        if self.since is not None:
            self.trail = begin_trail(conn, source, source.rungs[reading.rung].fingerprint)
        return self._go_on(conn, reading.rung, reading.asked_url, reading.listing, reading.entries)

    def go_on(self, conn: sqlite3.Connection, rung: int, url: str, listing: Listing) -> str | None:
        """The page's items belong to the poll; the address of the next older page if it may hold more."""
        return self._go_on(conn, rung, url, listing, entries_of(listing.items))

    def _go_on(
        self, conn: sqlite3.Connection, rung: int, url: str, listing: Listing, entries: Sequence[Entry]
    ) -> str | None:
        met = {entry.item.canonical_url for entry in self.entries}
        fresh = any(item.canonical_url not in met for item in listing.items)
        # Asked only where it decides something: it costs as much as saving the poll does.
        known = (listing.next_url is not None or self.trail is not None) and self._knows(conn, entries)
        self.entries += entries
        self.pages += 1
        self.stale = 0 if fresh else self.stale + 1
        way = self.visit.source.rungs[rung]
        max_pages = way.parsed_options().max_pages
        if self.newest_id is not None and listing.next_url is not None:
            until_known = kind_module(way.kind).until_known(listing.next_url, self.newest_id)
            listing, max_pages = replace(listing, next_url=until_known), MAX_PAGES_SINCE
        # The page of a year may begin with what the newest page had, and hold no more than that.
        older = (fresh or (self.since is not None and self.stale == 1)) and wants_older(
            listing, read=self.read, known=known, pages=self.pages, max_pages=max_pages, since=self.since
        )
        next_url = listing.next_url if older else None
        if self.trail is not None and self.since is not None:
            self.trail.waiting += entries
            passed = reaches(listing, self.since)
            next_url = self._further(conn, self.trail, url, next_url, known=known, passed=passed)
        if next_url is not None:
            self.read.add(next_url)
        return next_url

    def break_off(self, failure: Failure) -> None:
        """The older page that was asked for did not come: there is none, or it is said why."""
        if failure.status in _PAST_THE_END:
            return
        self.note = f"older pages could not be read: {failure.error}"
        self.complete = self.trail is None or self.trail.place is not None  # an open gap is walked anew

    def _further(
        self, conn: sqlite3.Connection, trail: Trail, url: str, next_url: str | None, *, known: bool, passed: bool
    ) -> str | None:
        """Where a walk to a day goes on; how far it has come is saved."""
        assert isinstance(self.answer, Reading)
        if self.pages >= MAX_PAGES_SINCE and not passed:
            self.complete = trail.place is not None
            self.note = f"{self.pages} pages were read; the same command goes on from there"
            return None
        next_url = trail.following(next_url, known=known, passed=passed)
        if next_url is None:
            self.complete = trail.place is None  # else an earlier walk, to an earlier day, may still go on
        else:
            state = next_state(self.visit, self.answer, self.visit.state.next_poll_at)
            trail.keep(conn, BackfillPage(url, next_url), state, self.started_at)
        return next_url

    def _knows(self, conn: sqlite3.Connection, entries: Sequence[Entry]) -> bool:
        """Whether the page reaches back to what was known: an item of this source, or nothing but items of others."""
        changes = what_is_new(conn, self.visit.source, distinct(entries))
        return changes.own_met or not changes.new


def wants_older(
    listing: Listing, *, read: Collection[str], known: bool, pages: int, max_pages: int, since: date | None
) -> bool:
    """Whether the next older page should be read too.

    Without `since` only while nothing on the page was known before; with it until a page reaches back to that day.
    `read` are the addresses of the pages already read: a list that leads back to one of them is at its end.
    """
    if listing.next_url is None or listing.next_url in read or not listing.items:
        return False
    if since is None:
        return not known and pages < max_pages
    days = [item.published.on for item in listing.items if item.published.on is not None]
    return (not days or min(days) >= since.isoformat()) and pages < MAX_PAGES_SINCE
