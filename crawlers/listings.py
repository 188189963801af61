"""What a page lists, read in whichever process: nothing is imported here that asks the web."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from crawlers.entries import entries_of
from crawlers.guardian import Look, look_at, with_page
from crawlers.kinds import Listing, Page, kind_module
from crawlers.sources import Source
from db.records import Entry


class Read(Struct, frozen=True):
    """A page that was read."""

    listing: Listing
    entries: tuple[Entry, ...]  # of the listing, those that can be kept
    look: Look  # as what it was read
    memory: str | None  # what the good pages of its source look like, if it is one of them


class PageToRead(Struct, frozen=True):
    """A page of a source with all that it is read by."""

    page: Page
    source: Source
    rung: int  # of the source's ladder
    today: date
    memory: str | None = None  # what the good pages of the source looked like so far
    with_words: bool = False  # the words of its items are wanted too

    def read(self) -> Read:
        """The page as its kind reads it; ParseError where that cannot."""
        way = self.source.rungs[self.rung]
        listing = kind_module(way.kind).parse(self.page, self.source, way.parsed_options(), self.today)
        assert isinstance(listing, Listing)
        return self.read_as(listing)

    def read_as(self, listing: Listing) -> Read:
        """The page where this is what it lists."""
        way = self.source.rungs[self.rung]
        look = look_at(self.page, listing, way.kind, self.source.at_own_host)
        entries = entries_of(listing.items, with_words=self.with_words)
        return Read(listing, entries, look, with_page(self.memory, look, way.fingerprint))
