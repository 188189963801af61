"""What a page lists, read in whichever process: nothing is imported here that asks the web."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from hashlib import blake2b
from typing import Any

from msgspec import Struct
from msgspec.structs import astuple, replace

from crawlers.entries import entries_of
from crawlers.guardian import Look, look_at, with_page
from crawlers.kinds import Listing, Page, kind_module
from crawlers.sources import Source
from db.records import Entry, Marks, Name, ParsedItem, PublishedDate

_DATE = ParsedItem.__struct_fields__.index("published")
_NAME = Marks.__struct_fields__.index("name")


class Read(Struct, frozen=True):
    """A page that was read."""

    listing: Listing
    entries: tuple[Entry, ...]  # of the listing, those that can be kept
    look: Look  # as what it was read
    memory: str | None  # what the good pages of its source look like, if it is one of them
    body_hash: str

    def __reduce__(self) -> tuple[Any, ...]:
        """It goes to another process by columns: to make each record anew by itself takes half as long again."""
        if not self.entries or tuple(entry.item for entry in self.entries) != self.listing.items:
            return Read, astuple(self)
        bare = replace(self, listing=replace(self.listing, items=()), entries=())
        return _of_columns, (bare, _columns_of(self.entries))


def _columns(records: Iterable[Struct]) -> list[Any]:
    return list(zip(*map(astuple, records), strict=True))


def _columns_of(entries: Iterable[Entry]) -> list[Any]:
    items, marks, *others = _columns(entries)
    items, marks = _columns(items), _columns(marks)
    items[_DATE], marks[_NAME] = _columns(items[_DATE]), _columns(marks[_NAME])
    return [items, marks, *others]


def _of_columns(bare: Read, columns: list[Any]) -> Read:
    items, marks, *others = columns
    items[_DATE], marks[_NAME] = map(PublishedDate, *items[_DATE]), map(Name, *marks[_NAME])
    entries = tuple(map(Entry, map(ParsedItem, *items), map(Marks, *marks), *others))
    listing = replace(bare.listing, items=tuple(entry.item for entry in entries))
    return replace(bare, listing=listing, entries=entries)


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
        return Read(listing, entries, look, with_page(self.memory, look, way.fingerprint), body_hash(self.page.body))


def body_hash(body: bytes) -> str:
    """A digest by which an unchanged page is known without reading it."""
    return blake2b(body, digest_size=16).hexdigest()
