"""The article pages that wait to be read, source by source."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from msgspec import Struct

from crawlers.sources import CommonOptions, Source
from crawlers.ways import settled_rung
from db.items import sources_lacking_articles, unread_articles
from db.records import PollState, UnreadArticle

ARTICLES_PER_PASS = 200  # of one source; the rest waits for the next pass


class Unread(Struct, frozen=True):
    """What waits of a source."""

    options: CommonOptions  # by which it is read
    wanted: Sequence[UnreadArticle] = ()
    left: int = 0  # for a pass that is asked to read more


class UnreadArticles:
    """What waited when a pass began, and what comes in its course."""

    def __init__(self, conn: sqlite3.Connection, *, all_: bool) -> None:
        self._conn = conn
        self._all = all_  # also of items that have their day, and lack only a summary
        self._lacking = sources_lacking_articles(conn)

    def of(self, source: Source, state: PollState | None, *, read: bool) -> Unread:
        """What waits of this source; nothing came since the pass began where its list was not `read`."""
        rung = settled_rung(source, state) if state is not None and source.alternatives else None
        options = source.rungs[rung or 0].parsed_options()
        missing_only = options.articles == "missing"
        if options.articles == "none" or (missing_only and not read and source.id not in self._lacking):
            return Unread(options)
        unread = unread_articles(self._conn, source.id, limit=ARTICLES_PER_PASS, missing_only=missing_only)
        wanted = [article for article in unread if self._all or article.listed.precision != "day"]
        return Unread(options, wanted, len(unread) - len(wanted))
