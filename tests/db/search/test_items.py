"""The index follows the items: whatever is written, what is found is what the items say now."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path

import pytest

from db.connect import connect, open_database, transaction
from db.decisions import record_decision
from db.items import save_article, save_poll
from db.migrations import STEPS, migrate
from db.progress import waiting_for_index
from db.records import Article, Changes, Curation, ItemChange, ParsedItem, Poll, PublishedDate, Tag
from db.search.items import forget_index, index_everything, index_items, index_problem, matching, ranked
from db.search.query import parse
from db.stories import items_to_compare
from db.suggestions import items_to_suggest

NOW = datetime(2021, 2, 10, 8, 0, tzinfo=UTC)


def poll(conn: sqlite3.Connection, *titles: str, changed: tuple[ItemChange, ...] = ()) -> None:
    first = conn.execute("SELECT coalesce(max(id), 0) + 1 FROM items").fetchone()[0]
    urls = [f"https://ndl.example/{first + number}" for number in range(len(titles))]
    new = tuple((ParsedItem(u, u, t), "hash") for u, t in zip(urls, titles, strict=True))
    visit = Poll("ndl-en", NOW, "new", 1, NOW, 200, len(titles), len(titles))
    save_poll(conn, visit, Changes(new=new, changed=changed), language="ja", country="JP")
    index_everything(conn)


def found(conn: sqlite3.Connection, typed: str) -> list[int]:
    condition, values = matching(parse(typed))
    rows = conn.execute(
        f"SELECT i.id FROM items i JOIN sources s ON s.id = i.source_id WHERE {condition} ORDER BY i.id", values
    )
    return [row[0] for row in rows]


def test_new_items_are_found_once_they_are_indexed(conn: sqlite3.Connection) -> None:
    poll(conn, "国立国会図書館の展示", "Reading day")
    assert found(conn, "圖書館") == [1]
    assert found(conn, "read") == [2]


def test_changed_title_is_found_and_the_old_one_is_not(conn: sqlite3.Connection) -> None:
    poll(conn, "展示")
    poll(conn, changed=(ItemChange(1, "講演", "", PublishedDate(), "other"),))
    assert (found(conn, "展示"), found(conn, "講演")) == ([], [1])


def test_article_text_and_edits_are_found(conn: sqlite3.Connection) -> None:
    poll(conn, "News")
    save_article(conn, 1, Article(text="古籍の修復"), now=NOW, summary="")
    index_everything(conn)
    after = Curation(state="impactful", title="Зочид", impact="Өргөн", tags=(Tag("IFLA-2019-2024", "SD1"),))
    record_decision(conn, 1, actor="a", action="impactful", before=Curation(), after=after, version=1, now=NOW)
    assert [found(conn, word) for word in ("修復", "зочид", "өргөн", "news")] == [[1]] * 4


def test_what_was_written_by_hand_is_listed_for_the_index(conn: sqlite3.Connection) -> None:
    poll(conn, "Old", "Other")
    with transaction(conn):
        conn.execute("UPDATE items SET title = 'Middle' WHERE id = 1")
        conn.execute("UPDATE items SET title = 'Newest' WHERE id = 1")
    poll(conn)
    assert [found(conn, word) for word in ("old", "middle", "newest")] == [[], [], [1]]


def test_index_after_any_changes_is_that_of_a_fresh_one(conn: sqlite3.Connection) -> None:
    chance = random.Random(5)
    words = ["図書館", "номын сан", "도서관", "reading", "展覧会", "", "x" * 30]
    poll(conn, *(chance.choice(words[:5]) for _ in range(30)))
    for _ in range(200):
        column = chance.choice(["title", "edited_title", "summary", "impact", "text"])
        value = chance.choice(words[:5] if column == "title" else words)
        with transaction(conn):
            conn.execute(f"UPDATE items SET {column} = ? WHERE id = ?", (value, chance.randint(1, 30)))
            if chance.random() < 0.5:
                index_items(conn, limit=chance.randint(1, 5))
    index_everything(conn)
    assert index_problem(conn) == ""
    kept = [found(conn, word) for word in words[:5]]
    forget_index(conn)
    assert found(conn, "図書館") == []
    assert index_everything(conn) == 30
    assert [found(conn, word) for word in words[:5]] == kept


def test_what_changes_before_it_is_indexed_is_indexed_as_it_is_then(conn: sqlite3.Connection) -> None:
    save_poll(
        conn,
        Poll("ndl-en", NOW, "new", 1, NOW, 200, 1, 1),
        Changes(new=((ParsedItem("https://ndl.example/1", "https://ndl.example/1", "Early"), "hash"),)),
        language="ja",
        country="JP",
    )
    with transaction(conn):
        conn.execute("UPDATE items SET title = 'Late' WHERE id = 1")
    assert (waiting_for_index(conn), found(conn, "early"), found(conn, "late")) == (1, [], [])
    index_everything(conn)
    assert (waiting_for_index(conn), found(conn, "early"), found(conn, "late")) == (0, [], [1])
    assert index_problem(conn) == ""


def test_older_database_is_indexed_anew_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From before the step that told by a list what was not yet indexed."""
    path = tmp_path / "older.db"
    with closing(connect(path)) as conn, monkeypatch.context() as then:
        then.setattr("db.migrations.STEPS", {name: STEPS[name] for name in takewhile(lambda n: n != "how_far", STEPS)})
        migrate(conn)
        conn.execute(
            "INSERT INTO sources (id, name, institution, country, sub_region, language, kind, url)"
            " VALUES ('a', 'A', 'A', 'JP', 'nea', 'ja', 'feed', 'https://a.example/')"
        )
        conn.executemany(
            "INSERT INTO items (source_id, url, canonical_url, title, language, country, date_precision, first_seen_at,"
            " last_seen_at, content_hash) VALUES ('a', ?1, ?1, ?2, 'ja', 'JP', 'none', '2021', '2021', '')",
            [(f"https://a.example/{n}", f"n{n} 図書") for n in range(450)],
        )
        conn.execute("DELETE FROM items_to_compare WHERE item_id > 2")
        conn.execute("DELETE FROM items_to_suggest WHERE item_id > 3")
    with closing(open_database(path)) as conn:
        assert waiting_for_index(conn) == 450
        assert items_to_compare(conn, limit=9) == (2, 1)  # what waited before waits still
        assert [item.item_id for item in items_to_suggest(conn, limit=9)] == [3, 2, 1]
        with transaction(conn):
            assert index_items(conn, limit=200) == 200
        assert len(found(conn, "図書")) == 200
        assert index_everything(conn) == 250
        assert len(found(conn, "図書")) == 450 and index_problem(conn) == ""


def test_lost_items_are_noticed(conn: sqlite3.Connection) -> None:
    poll(conn, "Reading", "図書")
    assert index_problem(conn) == ""
    conn.execute("INSERT INTO item_words (item_words) VALUES ('delete-all')")
    assert index_problem(conn) == "the search index lacks 2 items"
    conn.execute("PRAGMA query_only = ON")
    with pytest.raises(sqlite3.OperationalError, match="readonly"):  # not asked is not damaged
        index_problem(conn)


def test_best_comes_first_then_the_newest(conn: sqlite3.Connection) -> None:
    poll(conn, "Other", "Reading day", "Reading day", "Readings of all", *("Nothing" for _ in range(20)))
    with transaction(conn):
        conn.execute("UPDATE items SET text = 'reading' WHERE id = 1")
        conn.execute("UPDATE items SET published_on = '2020-01-01', date_precision = 'day', date_source = 'list'")
        conn.execute("UPDATE items SET published_on = '2021-01-01' WHERE id = 2")
        index_items(conn)
    assert ranked(conn, parse("reading")) == (2, 3, 4, 1)
    assert ranked(conn, parse("reading"), "i.id <> ?", (2,)) == (3, 4, 1)
    assert ranked(conn, parse("country:JP"))[:2] == (2, 24)
    assert ranked(conn, parse("")) == ()


def test_words_of_a_title_come_before_longer_ones_and_those_before_texts(conn: sqlite3.Connection) -> None:
    poll(conn, "Read", "Reading day", "Other", "Read no novel", "Novel")
    with transaction(conn):
        conn.execute("UPDATE items SET text = 'read' WHERE id = 3")
        conn.execute("UPDATE items SET text = 'a novel to read' WHERE id = 2")
        index_items(conn)
    assert ranked(conn, parse("read")) == (4, 1, 2, 3)
    assert ranked(conn, parse("read -novel")) == (1, 3)
    assert ranked(conn, parse("read novel")) == (4, 2)
    assert ranked(conn, parse("-novel")) == (3, 1)


def test_other_names_stand_for_no_institution_of_another_country(conn: sqlite3.Connection) -> None:
    poll(conn, "国家图书馆举办展览", "蒙古国家图书馆举办展览", "National Library of China", "中华民国图书馆学会年会")
    assert found(conn, "NLC") == found(conn, "中国国家図書館") == [1, 3]
    assert found(conn, "国家图书馆") == [1, 2, 3]
    assert found(conn, "National Library of Mongolia") == [2]


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("country:jp", [1, 3]),
        ("country:china", [2]),
        ("-country:JP", [2]),
        ("country:%", []),
        ("tag:SD1", [3]),
        ("tag:IFLA-2019-2024:sd1", [3]),
        ("tag:UN-SDG:SD1", []),
        ("-tag:SD1", [1, 2]),
        ("date:2020-11", [1]),
        ("date:2020..2021", [1, 2]),
        ("-date:2020", [2, 3]),
        ("source:ndl", [1, 2, 3]),
        ("source:Diet", [1, 2, 3]),
        ("source:nlc", []),
        ("lang:zh", [2]),
        ("lang:zh-Hans", [2]),
        ("lang:z", []),
        ("state:impactful", [3]),
        ("state:new 展", [1, 2]),
        ("展 -country:CN", [1]),
        ("-展", [3]),
    ],
)
def test_fields_narrow(conn: sqlite3.Connection, typed: str, ids: list[int]) -> None:
    poll(conn, "展示", "展览", "Reading")
    with transaction(conn):
        day = "UPDATE items SET published_on = ?, date_precision = 'day', date_source = 'list' WHERE id = ?"
        conn.executemany(day, [("2020-11-30", 1), ("2021-01-01", 2)])
        conn.execute("UPDATE items SET edited_country = 'CN', language = 'zh-Hans' WHERE id = 2")
        conn.execute("UPDATE items SET state = 'impactful' WHERE id = 3")
        conn.execute("INSERT INTO item_tags VALUES (3, 'IFLA-2019-2024', 'SD1')")
    assert found(conn, typed) == ids
