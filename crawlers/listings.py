"""What a page lists, read in whichever process: nothing is imported here that asks the web."""

from __future__ import annotations

from datetime import date

from crawlers.guardian import Look, look_at
from crawlers.kinds import Listing, Page, kind_module
from crawlers.sources import CommonOptions, Source


def read_page(kind: str, page: Page, source: Source, options: CommonOptions, today: date) -> tuple[Listing, Look]:
    """What the page lists, and what it was read as; ParseError where its kind cannot read it."""
    listing = kind_module(kind).parse(page, source, options, today)
    assert isinstance(listing, Listing)
    return listing, look_at(page, listing, kind, source.at_own_host)
