"""A database with many items in it: python bench/farm/fill.py DATABASE ITEMS"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from crawlers.entries import content_hash
from crawlers.identity import marks_of
from curation.suggestions import suggest_tags
from db.connect import open_database, transaction
from db.items import save_changes
from db.records import Changes, ParsedItem, PublishedDate, SourceRow, SubRegion
from db.search.items import index_items
from db.sources import register_sources
from db.vocabularies import register_vocabularies, shipped_vocabularies

WORDS = [
    "国家",
    "图书馆",
    "公告",
    "展览",
    "古籍",
    "数字",
    "资源",
    "活动",
    "library",
    "notice",
    "event",
    "lecture",
    "도서관",
    "공지",
    "전시",
    "お知らせ",
    "展示",
]
AT_ONCE = 5_000


def item(number: int) -> ParsedItem:
    """One of many items, all different."""
    title = " ".join(WORDS[number // 17**place % 17] for place in range(5)) + f" {number}"
    url = f"https://library{number % 997}.example/news/{number}.html"
    day = datetime(2010, 1, 1) + timedelta(hours=number % 140_000)
    return ParsedItem(url, url, title, None, f"{title}. " * 4, PublishedDate(f"{day:%Y-%m-%d}", "day", "feed"))


def main() -> None:
    """The items stand in the database."""
    path, wanted = Path(sys.argv[1]), int(sys.argv[2])
    conn = open_database(path, create=True)
    sources = [
        SourceRow(f"old{n}", "Old", f"Old library {n}", "KR", "farm", "ko", "feed", f"https://o{n}.example/f")
        for n in range(200)
    ]
    register_sources(conn, sources, [SubRegion("farm", "Farm", {"KR": "Korea"})])
    register_vocabularies(conn, shipped_vocabularies())
    now = datetime(2020, 1, 1, tzinfo=UTC)
    for start in range(0, wanted, AT_ONCE):
        new = [item(number) for number in range(start, min(start + AT_ONCE, wanted))]
        changes = Changes(tuple((one, content_hash(one)) for one in new), tuple((marks_of(one),) for one in new))
        with transaction(conn):
            save_changes(conn, f"old{start // AT_ONCE % 200}", changes, now=now, language="ko", country="KR")
            index_items(conn, limit=AT_ONCE)
    suggest_tags(conn, now=now)
    with transaction(conn):  # earlier passes looked at them
        conn.execute("DELETE FROM items_to_suggest")
        conn.execute("UPDATE items_done SET up_to = (SELECT max(id) FROM items)")
    conn.close()


main()
