"""A working database with curated items, and the public one made of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from datasette.app import pm

from db.decisions import record_decision
from db.desk import find_item
from db.items import save_article, save_poll
from db.records import Article, Changes, Curation, ParsedItem, Poll, PublishedDate, SourceRow, SubRegion, Tag
from db.sources import register_sources
from db.vocabularies import register_vocabularies, shipped_vocabularies
from tests.databases import new_database

# A library that the tests bring along: Datasette would paint every refused address with all its variables, for seconds.
pm.get_plugin("datasette.handle_exception").rich = None

NOW = datetime(2021, 2, 10, 8, 0, tzinfo=UTC)

REGIONS = (
    SubRegion("north-east-asia", "North East Asia", {"CN": "China", "JP": "Japan", "KR": "Korea, Republic of",
                                                     "MN": "Mongolia"}),
    SubRegion("oceania", "Oceania and Pacific", {"AU": "Australia", "NZ": "New Zealand"}),
    SubRegion("international", "International", {"INT": "International"}),
)  # fmt: skip

SOURCES = (
    SourceRow("nlc-news", "NLC news (国图新闻)", "National Library of China", "CN", "north-east-asia", "zh-Hans",
              "list_page", "https://www.nlc.example/news"),
    SourceRow("ndl-en", "NDL news", "National Diet Library", "JP", "north-east-asia", "en", "feed",
              "https://www.ndl.example/rss"),
    SourceRow("nlk-news", "NLK 소식", "National Library of Korea", "KR", "north-east-asia", "ko", "list_page",
              "https://www.nl.example/"),
    SourceRow("num-news", "Мэдээ", "National Library of Mongolia", "MN", "north-east-asia", "mn", "list_page",
              "https://nationallibrary.example/"),
    SourceRow("ifla", "IFLA news", "IFLA", "INT", "international", "en", "feed", "https://www.ifla.example/feed"),
)  # fmt: skip

IMPACTFUL = Curation(state="impactful")
SD1, SD3 = Tag("IFLA-2019-2024", "SD1"), Tag("IFLA-2019-2024", "SD3")


@dataclass
class Desk:
    """A working database with verbs: find an item, mark it."""

    conn: sqlite3.Connection
    path: Path

    def find(
        self, title: str, *, source: str = "ndl-en", day: str | None = "2020-12-01", summary: str = "Text."
    ) -> int:
        """A new candidate; its id."""
        return self.find_all([title], source=source, day=day, summary=summary)[0]

    def find_all(
        self, titles: Sequence[str], *, source: str = "ndl-en", day: str | None = "2020-12-01", summary: str = "Text."
    ) -> list[int]:
        """New candidates of one poll; their ids."""
        row = next(s for s in SOURCES if s.id == source)
        date = PublishedDate() if day is None else PublishedDate(day, "day", "list")
        first = self.conn.execute("SELECT coalesce(max(id), 0) + 1 FROM items").fetchone()[0]
        ids = range(first, first + len(titles))
        urls = [f"https://{source}.example/{number}" for number in ids]
        items = [ParsedItem(u, u, t, published=date, summary=summary) for u, t in zip(urls, titles, strict=True)]
        poll = Poll(source, NOW, "new", 12, NOW, 200, len(items), len(items))
        changes = Changes(new=tuple((item, "hash") for item in items))
        save_poll(self.conn, poll, changes, language=row.language, country=row.country)
        return list(ids)

    def mark(self, item_id: int, said: Curation = IMPACTFUL, *, note: str = "") -> int:
        """The item is as `said`: impactful when nothing is; its id."""
        item = find_item(self.conn, item_id)
        assert item is not None
        record_decision(
            self.conn,
            item_id,
            actor="tuya",
            action="impactful",
            before=item.curation,
            after=said,
            version=item.version,
            now=NOW,
            note=note,
        )
        return item_id

    def activity(
        self, title: str, *, tags: tuple[Tag, ...] = (SD1,), source: str = "ndl-en", day: str | None = "2020-12-01"
    ) -> int:
        """A candidate found and marked; its id."""
        return self.mark(self.find(title, source=source, day=day), Curation(state="impactful", tags=tags))

    def read(self, item_id: int, text: str) -> None:
        """The article page of the item was read."""
        save_article(self.conn, item_id, Article(text=text), now=NOW, summary="")


def plant_private_words(desk: Desk) -> int:
    """One activity is chosen, and every column that is not public holds a word that begins with "zq"; its id."""
    chosen = desk.find("Public title", summary="Public text")
    desk.read(chosen, "zq-article-text")
    waiting = desk.find("zq-candidate-title", summary="zq-candidate-summary")
    desk.mark(waiting, Curation(state="later", impact="zq-impact"))
    link = "https://edited.example/1"
    edited = Curation("impactful", (SD1,), "Edited title", "Edited text", link, "JP", "Known impact")
    desk.mark(chosen, edited, note="zq-note")
    desk.conn.execute("PRAGMA foreign_keys = OFF")
    desk.conn.execute("PRAGMA ignore_check_constraints = ON")
    desk.conn.executescript(
        "UPDATE items SET source_item_id = 'zq-guid' || id, canonical_url = 'https://zq-canonical/' || id,"
        " content_hash = 'zq-hash', date_text = 'zq-date', image_url = 'https://zq-image/', article_error = 'zq-error',"
        " url = 'https://zq-found/' || id, first_seen_at = '2021-02-01Tzq-first',"
        " article_read_at = 'zq-read', story = '{\"quotes\": \"zq-quoted\"}';"
        "UPDATE item_addresses SET address = 'zq-address' || item_id, last_seen_on = 'zq-seen';"
        "INSERT INTO item_addresses VALUES ('zq-waiting', 'ndl-en', 2, 'https://zq-waiting/', 'zq-day', 'zq-day');"
        "UPDATE sources SET url = 'https://zq-source/', kind = 'zq-kind';"
        "UPDATE polls SET error = 'zq-poll', outcome = 'failed';"
        "INSERT INTO poll_states (source_id, etag, last_modified, body_hash, settled_url, settled_for)"
        " VALUES ('ndl-en', 'zq-etag', 'zq-modified', 'zq-body', 'zq-settled', 'zq-for');"
        "INSERT INTO users (name, password_hash, role, created_at)"
        " VALUES ('zq-user', 'zq-secret', 'reader', 'zq-made');"
        "INSERT INTO user_sub_regions VALUES (1, 'zq-region');"
        "INSERT INTO evidence (item_id, url, tried_at, problem, fetched_at, sha256, media_type, file, memento_url)"
        " VALUES (1, 'https://edited.example/1', 'zq-tried', 'zq-problem', '2021-02-09Tzq-fetched', 'ab12', 'zq-type',"
        " 'zq-file', 'https://web.archive.org/web/2021/https://edited.example/1');"
        "INSERT INTO evidence (item_id, url, tried_at, sha256, memento_url)"
        " VALUES (2, 'https://zq-other/', 'zq-tried', 'cd34', 'https://zq-memento/');"
        "INSERT INTO failed_logins VALUES ('zq-login', 'zq-when');"
        "INSERT INTO reports (sub_region, period_start, period_end, convenor, vocabulary, sections)"
        " VALUES ('north-east-asia', '2020-11', '2021-02', 'zq-convenor', 'IFLA-2019-2024', '{\"A\": \"zq-section\"}');"
        "INSERT INTO decisions (item_id, actor, decided_at, action, note, before, after, request, suggested)"
        " SELECT item_id, 'zq-actor', 'zq-decided', 'edit', 'zq-note', 'zq-before', 'zq-after',"
        " 'zq-request', 'zq-suggested' FROM decisions LIMIT 1;"
        "UPDATE polls SET doubt = 'zq-doubt';"
        "UPDATE poll_states SET moved_to = 'zq-moved', verdict = 'zq-verdict', pages = 'zq-pages', every = 'zq-every';"
        "UPDATE users SET email = 'zq@mail.example';"
        'UPDATE terms SET labels = \'{"ja": "zq-label"}\';'
    )
    for table, columns in private_tables(desk.conn).items():
        values = [_planted(table, name, kind, chosen) for name, kind in columns.items()]
        marks = ", ".join("?" * len(values))
        desk.conn.execute(f"INSERT OR REPLACE INTO {table} ({', '.join(columns)}) VALUES ({marks})", values)
    desk.conn.execute("PRAGMA foreign_keys = ON")
    desk.conn.execute("PRAGMA ignore_check_constraints = OFF")
    return chosen


# Tables of which something is public, or which the statements above fill; and what SQLite or its tools keep.
PLANTED_BY_HAND = {
    *("items", "item_addresses", "item_tags", "decisions", "evidence", "sources", "polls", "poll_states", "reports"),
    *("sub_regions", "sub_region_countries", "terms", "vocabularies", "publications", "users", "user_sub_regions"),
    *("failed_logins", "queue_counts", "poll_counts", "_sqlite_migrations"),
    "items_to_index",  # old words of changed items, by which the index of the desk forgets them
}


def private_tables(conn: sqlite3.Connection) -> dict[str, dict[str, str]]:
    """Every other table of the working database, its columns with their types."""
    names = [row[0] for row in conn.execute("SELECT name FROM pragma_table_list WHERE schema = 'main'"
                                            " AND type = 'table' ORDER BY name")]  # fmt: skip
    return {
        name: dict(map(tuple, conn.execute("SELECT name, type FROM pragma_table_info(?)", (name,))))
        for name in names
        if name not in PLANTED_BY_HAND and not name.startswith("sqlite_")
    }


def _planted(table: str, column: str, kind: str, chosen: int) -> object:
    """A word that the scan knows; where a number must stand that of the activity, which a join would bring out."""
    word = f"zq-{table}-{column}"
    return {"TEXT": word, "BLOB": word.encode(), "REAL": 1.0}.get(kind, chosen)


@contextmanager
def new_desk(folder: Path) -> Iterator[Desk]:
    """A working database in the folder, with sources and vocabularies and nothing found yet."""
    path = folder / "convenor.db"
    with closing(new_database(path)) as conn:
        register_sources(conn, SOURCES, REGIONS)
        register_vocabularies(conn, shipped_vocabularies())
        yield Desk(conn, path)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with new_desk(tmp_path) as desk:
        yield desk


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    return folder / "public.db"
