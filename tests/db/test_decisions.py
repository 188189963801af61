from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest
from msgspec.structs import replace

from db.decisions import Wanted, deciders, find_decision, history, history_problems, last_decision, record_decision
from db.desk import QueueCount, QueueFilter, find_item, queue_counts, waiting_items
from db.errors import DecisionError
from db.items import save_poll
from db.records import Changes, Curation, ParsedItem, Poll, PublishedDate, Tag

from .conftest import NOW

CHOSEN = Curation("impactful", (Tag("IFLA-2019-2024", "SD2"), Tag("IFLA-2019-2024", "SD1")), title="Better title")


@pytest.fixture
def item_id(conn: sqlite3.Connection) -> int:
    return add(conn, "one", "2021-01-28")


def add(conn: sqlite3.Connection, name: str, day: str | None) -> int:
    date = PublishedDate(day, "day", "list") if day else PublishedDate()
    item = ParsedItem(f"https://ndl.example/{name}", f"https://ndl.example/{name}", name, published=date)
    poll = Poll("ndl-en", NOW, "new", 1, NOW + timedelta(hours=12), items_seen=1, items_new=1)
    save_poll(conn, poll, Changes(new=((item, name),)), language="en", country="JP")
    return int(conn.execute("SELECT max(id) FROM items").fetchone()[0])


def decide(conn: sqlite3.Connection, item_id: int, after: Curation = CHOSEN, version: int = 1) -> int:
    return record_decision(
        conn, item_id, actor="Ying", action="impactful", before=Curation(), after=after, version=version, now=NOW
    )


def test_item_is_as_its_last_decision_says(conn: sqlite3.Connection, item_id: int) -> None:
    decide(conn, item_id)
    item = find_item(conn, item_id)
    assert item is not None
    assert (item.curation.state, item.curation.title, item.title, item.version) == (
        "impactful",
        "Better title",
        "one",
        2,
    )
    assert [tag.code for tag in item.curation.tags] == ["SD1", "SD2"]


def test_history_row_reads_back_whole(conn: sqlite3.Connection, item_id: int) -> None:
    row = find_decision(conn, decide(conn, item_id))
    assert row is not None
    assert (row.actor, row.before, row.after, row.item_title) == ("Ying", Curation(), CHOSEN, "Better title")
    assert last_decision(conn, item_id) == row
    assert history(conn, ("nea",), limit=5, wanted=Wanted(actor="Ying")) == (row,)
    assert history(conn, ("elsewhere",), limit=5) == ()
    assert (deciders(conn, ("nea",)), deciders(conn, ("elsewhere",))) == (("Ying",), ())


def test_stale_decision_overwrites_nothing(conn: sqlite3.Connection, item_id: int) -> None:
    decide(conn, item_id)
    with pytest.raises(DecisionError, match="somebody else decided") as caught:
        decide(conn, item_id, Curation("dismissed"), version=1)
    assert caught.value.conflict
    item = find_item(conn, item_id)
    assert item is not None and item.curation.state == "impactful"


def test_unknown_tag_leaves_no_half_decision(conn: sqlite3.Connection, item_id: int) -> None:
    with pytest.raises(DecisionError, match="not in its vocabulary"):
        decide(conn, item_id, Curation("impactful", (Tag("IFLA-2019-2024", "SD9"),)))
    assert conn.execute("SELECT count(*) FROM decisions").fetchone()[0] == 0
    item = find_item(conn, item_id)
    assert item is not None and item.version == 1


COPY = "item_id, actor || 'x', decided_at, action, note, before, after"


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE decisions SET actor = 'x'", id="update"),
        pytest.param("UPDATE OR REPLACE decisions SET id = 1 WHERE id = 2", id="another number"),
        pytest.param("DELETE FROM decisions", id="delete"),
        pytest.param(
            f"REPLACE INTO decisions SELECT 1, {COPY}, undoes, request, suggested FROM decisions",
            id="replace by number",
        ),
        pytest.param(
            "INSERT OR REPLACE INTO decisions (item_id, actor, decided_at, action, note, before, after, request)"
            f" SELECT {COPY}, request FROM decisions WHERE request IS NOT NULL",
            id="replace by what a browser sent",
        ),
        pytest.param(
            "INSERT OR REPLACE INTO decisions (item_id, actor, decided_at, action, note, before, after, undoes)"
            f" SELECT {COPY}, undoes FROM decisions WHERE undoes IS NOT NULL",
            id="replace by what it takes back",
        ),
        pytest.param(
            "INSERT INTO decisions (id, item_id, actor, decided_at, action, note, before, after)"
            f" SELECT -1, {COPY} FROM decisions LIMIT 1",
            id="put before others",
        ),
    ],
)
def test_history_cannot_be_changed_with_raw_sql(conn: sqlite3.Connection, item_id: int, statement: str) -> None:
    row = {"actor": "Ying", "version": 1, "now": NOW, "request": "from a browser"}
    first = record_decision(conn, item_id, action="impactful", before=Curation(), after=CHOSEN, **row)  # type: ignore[arg-type]
    row |= {"version": 2, "undoes": first, "request": None}
    record_decision(conn, item_id, action="undo", before=CHOSEN, after=Curation(), **row)  # type: ignore[arg-type]
    before = history(conn, ("nea",), limit=None)
    with pytest.raises(sqlite3.IntegrityError, match="a decision is never"):
        conn.execute(statement)
    assert history(conn, ("nea",), limit=None) == before and len(before) == 2


def test_history_that_was_meddled_with_past_the_triggers_is_found(conn: sqlite3.Connection, item_id: int) -> None:
    decide(conn, item_id)
    assert history_problems(conn) == ()
    conn.execute("DROP TRIGGER decisions_are_never_deleted")
    conn.execute("DELETE FROM decisions")
    assert history_problems(conn) == (
        "the history is not protected: the trigger decisions_are_never_deleted is missing",
        f"item {item_id} is not as its last decision says",
    )


def test_a_decision_is_taken_back_only_once(conn: sqlite3.Connection, item_id: int) -> None:
    first = decide(conn, item_id)

    def undo(version: int) -> None:
        record_decision(
            conn,
            item_id,
            actor="Ying",
            action="undo",
            before=CHOSEN,
            after=Curation(),
            version=version,
            now=NOW,
            undoes=first,
        )

    undo(2)
    assert last_decision(conn, item_id) is None
    with pytest.raises(sqlite3.IntegrityError):
        undo(3)


def test_queue_is_newest_first_and_pages_meet_exactly(conn: sqlite3.Connection) -> None:
    for name, day in (("old", "2020-11-01"), ("undated", None), ("new", "2021-02-01"), ("same day", "2021-02-01")):
        add(conn, name, day)
    wanted = QueueFilter(("nea",))
    everything = waiting_items(conn, wanted, limit=10)
    assert [item.title for item in everything] == ["same day", "new", "old", "undated"]
    last = everything[1]
    after = QueueFilter(("nea",), after=(last.published.on or "", last.id))
    assert waiting_items(conn, after, limit=10) == everything[2:]


def test_queue_narrows_by_country_source_and_sub_region(conn: sqlite3.Connection, item_id: int) -> None:
    found = waiting_items(conn, QueueFilter(("nea",), country="JP", source_id="ndl-en"), limit=10)
    assert [item.id for item in found] == [item_id]
    assert waiting_items(conn, QueueFilter(("nea",), country="KR"), limit=10) == ()
    assert waiting_items(conn, QueueFilter(()), limit=10) == ()


def test_items_are_counted_by_what_they_are_now(conn: sqlite3.Connection, item_id: int) -> None:
    add(conn, "two", "2021-02-01")
    decide(conn, item_id, replace(CHOSEN, country="CN"))
    counts = {QueueCount("new", "JP", "ndl-en", 1), QueueCount("impactful", "CN", "ndl-en", 1)}
    assert set(queue_counts(conn, ("nea",))) == counts
    assert queue_counts(conn, ()) == ()


def test_queue_page_needs_no_sorting(conn: sqlite3.Connection) -> None:
    plan = conn.execute(
        "EXPLAIN QUERY PLAN SELECT i.id FROM items i JOIN sources s ON s.id = i.source_id WHERE i.state = 'new'"
        " AND i.duplicate_of IS NULL AND i.held_by IS NULL AND s.sub_region IN ('nea')"
        " ORDER BY coalesce(i.published_on, '') DESC, i.id DESC LIMIT 25"
    ).fetchall()
    text = " ".join(row["detail"] for row in plan)
    assert "items_listed" in text and "TEMP B-TREE" not in text
