"""What a page lists, read in whichever process: nothing is imported here that asks the web."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from crawlers.entries import entries_of
from crawlers.guardian import Look, look_at
from crawlers.kinds import Listing, Page, kind_module
from crawlers.sources import CommonOptions, Source
from db.records import Entry


@dataclass(frozen=True, slots=True)
class Read:
    """A page that was read."""

    listing: Listing
    entries: tuple[Entry, ...]  # of the listing, those that can be kept
    look: Look  # as what it was read


def read_page(
    kind: str, page: Page, source: Source, options: CommonOptions, today: date, *, with_words: bool = False
) -> Read:
    """The page as its kind reads it; ParseError where that cannot."""
    listing = kind_module(kind).parse(page, source, options, today)
    assert isinstance(listing, Listing)
    entries = entries_of(listing.items, with_words=with_words)
    return Read(listing, entries, look_at(page, listing, kind, source.at_own_host))
