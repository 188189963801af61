from __future__ import annotations

import sqlite3
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from db.figures import OVERDUE, polling
from db.identities import Revised, revisions_of
from db.items import save_article, save_article_failure, save_poll, unread_articles
from db.records import Article, Changes, ItemChange, ParsedItem, Poll, PollState, PublishedDate, Revision, Validators
from db.sources import list_sources, poll_states, register_sources, save_poll_states, source_statuses

from .conftest import NOW

DAY = PublishedDate("2021-01-28", "day", "list", "2021-1-28")
MONTH = PublishedDate("2021-01-01", "month", "list", "2021年1月")
ITEM = ParsedItem("https://ndl.example/1", "https://ndl.example/1", "Research Navi", published=DAY)
POLL = Poll("ndl-en", NOW, "new", 12, NOW + timedelta(hours=12), items_seen=1, items_new=1)


def save(conn: sqlite3.Connection, item: ParsedItem = ITEM) -> int:
    save_poll(conn, POLL, Changes(new=((item, "h1"),)), language="en", country="JP")
    return int(conn.execute("SELECT max(id) FROM items").fetchone()[0])


def test_saved_item_carries_what_the_source_said(conn: sqlite3.Connection) -> None:
    save(conn)
    row = conn.execute("SELECT * FROM items").fetchone()
    assert (row["published_on"], row["date_precision"], row["date_source"]) == ("2021-01-28", "day", "list")
    assert (row["language"], row["country"], row["state"]) == ("en", "JP", "new")


def test_poll_and_items_stand_or_fall_together(conn: sqlite3.Connection) -> None:
    twice = Changes(new=((ITEM, "h1"), (ITEM, "h1")))
    with pytest.raises(sqlite3.IntegrityError):
        save_poll(conn, POLL, twice, language="en", country="JP")
    assert conn.execute("SELECT (SELECT count(*) FROM polls) + (SELECT count(*) FROM items)").fetchone()[0] == 0


def test_poll_remembers_validators_byte_for_byte(conn: sqlite3.Connection) -> None:
    state = PollState("ndl-en", Validators('W/"a b"', "Thu, 28 Jan 2021 00:00:00 GMT"), "b2", 1, None, None, NOW, 0)
    save_poll(conn, replace(POLL, state=state), Changes(), language="en", country="JP")
    assert poll_states(conn) == {"ndl-en": state}


def test_changed_item_reads_as_it_is_told_to(conn: sqlite3.Connection) -> None:
    item_id = save(conn)
    said = Revision("title", "Research Navi", "Research Navi, new version")
    change = ItemChange(item_id, said.after, "", MONTH, "h2", url="https://ndl.example/moved", revisions=(said,))
    changes = Changes(changed=(change,), seen=(item_id,))
    save_poll(conn, replace(POLL, items_new=0, outcome="unchanged"), changes, language="en", country="JP")
    row = conn.execute("SELECT title, published_on, url, canonical_url FROM items").fetchone()
    assert tuple(row) == (said.after, "2021-01-01", "https://ndl.example/moved", ITEM.canonical_url)
    assert revisions_of(conn, item_id) == (Revised(said, NOW),)
    assert conn.execute("SELECT poll_id FROM item_revisions").fetchone()[0] == 2


def test_article_fills_what_the_list_left_open(conn: sqlite3.Connection) -> None:
    item_id = save(conn, replace(ITEM, published=MONTH))
    found = Article(text="Text", published=PublishedDate("2021-01-29", "day", "text", "29 January 2021"), language="ja")
    save_article(conn, item_id, found, now=NOW, summary="Text")
    row = conn.execute("SELECT published_on, date_source, date_text, summary, text, language FROM items").fetchone()
    assert tuple(row) == ("2021-01-29", "text", "29 January 2021", "Text", "Text", "ja")


def test_article_without_date_leaves_the_date_alone(conn: sqlite3.Connection) -> None:
    item_id = save(conn)
    save_article(conn, item_id, Article(text="Text"), now=NOW, summary="Text")
    assert conn.execute("SELECT published_on FROM items").fetchone()[0] == "2021-01-28"


def test_date_typed_by_hand_is_never_overwritten(conn: sqlite3.Connection) -> None:
    item_id = save(conn)
    conn.execute("UPDATE items SET published_on = '2021-01-01', date_source = 'hand'")
    read = PublishedDate("2021-01-29", "day", "meta")
    save_article(conn, item_id, Article(published=read), now=NOW, summary="")
    assert conn.execute("SELECT published_on FROM items").fetchone()[0] == "2021-01-01"


def test_article_is_unread_until_read_or_given_up(conn: sqlite3.Connection) -> None:
    item_id = save(conn)
    for attempt in range(3):
        unread = unread_articles(conn, "ndl-en", limit=10, missing_only=True)
        assert [article.attempts for article in unread] == [attempt]
        save_article_failure(conn, item_id, "the page answered 500")
    assert unread_articles(conn, "ndl-en", limit=10, missing_only=True) == ()


def test_complete_item_is_not_missing_its_article(conn: sqlite3.Connection) -> None:
    save(conn, replace(ITEM, summary="All is said in the list."))
    assert unread_articles(conn, "ndl-en", limit=10, missing_only=True) == ()
    assert len(unread_articles(conn, "ndl-en", limit=10, missing_only=False)) == 1


def test_status_tells_a_failing_source_from_a_quiet_one(conn: sqlite3.Connection) -> None:
    save(conn)
    failed = replace(
        POLL, started_at=NOW + timedelta(days=1), outcome="failed", items_seen=0, items_new=0, error="refused"
    )
    save_poll(conn, failed, Changes(), language="en", country="JP")
    (status,) = source_statuses(conn)
    assert (status.last_outcome, status.last_error, status.last_good_at) == ("failed", "refused", NOW)


@pytest.mark.parametrize("amiss", [{"outcome": "empty"}, {"doubt": "fewer items"}], ids=["empty", "doubtful"])
def test_a_page_that_was_empty_or_doubtful_did_not_work(conn: sqlite3.Connection, amiss: dict[str, Any]) -> None:
    poll = replace(POLL, **{"outcome": "unchanged", "items_seen": 0, "items_new": 0, **amiss})
    save_poll(conn, poll, Changes(), language="en", country="JP")
    assert source_statuses(conn)[0].last_good_at is None


def test_sources_with_one_address_wait_for_the_last_of_them(conn: sqlite3.Connection) -> None:
    ours = list_sources(conn)[0]
    register_sources(conn, [ours, replace(ours, id="twin")], None)
    save_poll_states(conn, [PollState("ndl-en", next_poll_at=NOW), PollState("twin", next_poll_at=NOW + 2 * OVERDUE)])
    due = {(status.next_poll_at, status.state.next_poll_at) for status in source_statuses(conn)}
    assert due == {(NOW + 2 * OVERDUE, NOW + 2 * OVERDUE)}
    assert polling(conn, NOW + 2 * OVERDUE).overdue == 0 and polling(conn, NOW + 4 * OVERDUE).overdue == 2


@pytest.mark.parametrize(
    "column_and_value",
    ["state = 'maybe'", "url = 'javascript:alert(1)'", "published_on = NULL", "duplicate_of = id", "title = ''"],
)
def test_raw_sql_cannot_store_what_the_rules_forbid(conn: sqlite3.Connection, column_and_value: str) -> None:
    save(conn)
    with pytest.raises(sqlite3.IntegrityError, match="constraint failed"):
        conn.execute(f"UPDATE items SET {column_and_value}")
