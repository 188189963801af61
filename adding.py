"""One candidate by hand, for the command line and the desk alike: look at an address, correct, keep.

Like workplace.py it knows the rooms and decides nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from db.connect import opened
from db.errors import FetchError, NewsError
from db.nominations import Candidate, Nomination
from pasting import page_of, polite_web
from workplace import Place, sources_named, sources_of

if TYPE_CHECKING:
    from crawlers.messages import Transport
    from crawlers.sources import SourceFile
    from curation.by_hand import ByHandServices, Typed

_REMEMBERED = 50  # pages that were looked at and wait to be kept


class Adding(Struct, frozen=True):
    """What the desk and the command need to add a candidate."""

    place: Place
    now: Callable[[], datetime]
    transport: Callable[[], Transport]
    seen: dict[str, Candidate] = field(default_factory=dict)

    def services(self) -> ByHandServices:
        """What is lent to the desk."""
        from curation.by_hand import ByHandServices

        return ByHandServices(self.known, self.look, self.keep)

    def known(self, conn: sqlite3.Connection, url: str) -> int | None:
        """The item that is known at this address."""
        from crawlers.by_hand import known_at

        return known_at(conn, url)

    def look(self, url: str, country: str = "", language: str = "") -> Candidate:
        """What the page tells of itself, asked for as politely as in a pass; NewsError for what is no web address."""
        from crawlers.by_hand import not_read, proposed
        from crawlers.tls import legacy_hosts
        from crawlers.urls import is_web_address

        if not is_web_address(url):
            raise NewsError("This is not a full http or https address.")
        loaded = self._loaded()
        politeness, old_tls = loaded.politeness, legacy_hosts(loaded.sources)
        try:
            with polite_web(politeness, self.transport(), self.place.database, old_tls=old_tls) as web:
                page = page_of(web, url, politeness)
            found = proposed(page, today=self.now().date(), country=country, language=language)
        except FetchError as error:
            found = not_read(url, f"The page could not be read: {error.message}.", country=country)
        self.seen[found.url] = self.seen[url] = found
        while len(self.seen) > _REMEMBERED:
            self.seen.pop(next(iter(self.seen)))
        return found

    def keep(self, conn: sqlite3.Connection, typed: Typed, nomination: Nomination, sub_region: str) -> tuple[int, bool]:
        """What was seen, as it was corrected, is in the queue; its item, and whether it was new."""
        from crawlers.by_hand import keep, typed_date

        seen = self.seen.get(typed.url, Candidate(typed.url))
        published = typed_date(typed.on, seen.published, self.now().date())
        corrected = replace(
            seen, title=typed.title, published=published, language=typed.language, country=typed.country
        )
        return keep(conn, corrected, nomination, sub_region=sub_region, now=self.now())

    def _loaded(self) -> SourceFile:
        return sources_of(self.place, sources_named())

    def sub_region_of(self, country: str) -> str | None:
        """The sub-region that has this country."""
        from crawlers.source_blocks import sub_region_of

        return sub_region_of(self._loaded(), country)

    def keep_at_once(self, typed: Typed, nomination: Nomination, sub_region: str) -> tuple[int, bool]:
        """The same, with a connection of its own."""
        with opened(self.place.database) as conn:
            return self.keep(conn, typed, nomination, sub_region)
