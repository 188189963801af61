"""What is kept of how sources do."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from typing import Any

import pytest

from db.health import (
    MAX_KEPT_BYTES,
    KeptPage,
    Override,
    Proposal,
    drop_override,
    keep_page,
    kept_page,
    last_doubt,
    overrides,
    save_memories,
    save_proposal,
    source_facts,
    source_memory,
    take_over,
    waiting_proposal,
)
from db.items import save_poll
from db.records import Changes, Glimpse, ParsedItem, Poll, PollState, PublishedDate, Validators
from db.sources import poll_states
from tests.db.conftest import NOW

PROPOSAL = Proposal(
    "list_page",
    "https://ndl.example/",
    {"link_pattern": r"/news/\d+", "keep_params": ["id"]},
    "reads 1 item",
    (Glimpse("Old", "https://ndl.example/1", "2021-01-01"),),
    (Glimpse("新着", "https://ndl.example/2"),),
)
OVERRIDE = Override("ndl-en", "feed", "https://ndl.example/rss", {"paged": True}, "as it was", NOW, "olga")


def polled(conn: sqlite3.Connection, days: int, outcome: Any, changes: Changes | None = None, **known: Any) -> None:
    at = NOW + timedelta(days=days)
    poll = Poll("ndl-en", at, outcome, 5, at + timedelta(hours=12), **known)
    save_poll(conn, poll, changes or Changes(), language="en", country="JP")


def news(number: int, day: str | None) -> Changes:
    address = f"https://ndl.example/{number}"
    date = PublishedDate(day, "day", "list") if day else PublishedDate()
    return Changes(new=((ParsedItem(address, address, "News", published=date), str(number)),))


def test_a_source_never_polled_has_no_trouble(conn: sqlite3.Connection) -> None:
    (facts,) = source_facts(conn)
    assert (facts.polled_at, facts.trouble_since, facts.items, facts.days) == (None, None, 0, ())


def test_trouble_begins_with_the_first_poll_after_the_last_good_one(conn: sqlite3.Connection) -> None:
    polled(conn, 0, "new", news(1, "2021-02-01"), items_seen=1, items_new=1)
    polled(conn, 1, "failed", error="no list")
    polled(conn, 2, "failed", error="no list", doubt="no list")
    (facts,) = source_facts(conn, "ndl-en")
    assert (facts.trouble_since, facts.doubt) == (NOW + timedelta(days=1), "no list")
    polled(conn, 3, "unchanged", items_seen=1)
    assert source_facts(conn)[0].trouble_since is None and last_doubt(conn, "ndl-en") is None


def test_undated_news_count_by_the_day_they_were_found(conn: sqlite3.Connection) -> None:
    polled(conn, 0, "new", news(1, "2021-02-01"), items_seen=1, items_new=1)
    polled(conn, 0, "new", news(2, None), items_seen=1, items_new=1)
    assert source_facts(conn)[0].days == ("2021-02-10", "2021-02-01")


def test_a_kept_page_is_cut_at_a_limit_and_replaces_the_one_before(conn: sqlite3.Connection) -> None:
    keep_page(conn, "ndl-en", KeptPage("https://ndl.example/", b"first"), now=NOW)
    keep_page(conn, "ndl-en", KeptPage("https://ndl.example/", b"x" * (MAX_KEPT_BYTES + 5), "text/html"), now=NOW)
    page = kept_page(conn, "ndl-en")
    assert page is not None and (len(page.body), page.content_type) == (MAX_KEPT_BYTES, "text/html")


def test_a_proposal_comes_back_as_it_was_saved(conn: sqlite3.Connection) -> None:
    save_proposal(conn, "ndl-en", PROPOSAL, now=NOW)
    assert waiting_proposal(conn, "ndl-en") == PROPOSAL and source_facts(conn)[0].repairable


def test_a_good_page_ends_the_waiting_of_a_proposal(conn: sqlite3.Connection) -> None:
    save_proposal(conn, "ndl-en", PROPOSAL, now=NOW)
    save_memories(conn, {"ndl-en": "{}"})
    assert waiting_proposal(conn, "ndl-en") is None and source_memory(conn, "ndl-en") == "{}"


def test_a_way_taken_over_makes_the_source_due_and_forgets_how_it_looked(conn: sqlite3.Connection) -> None:
    state = PollState("ndl-en", Validators("e", "m"), "hash", next_poll_at=NOW)
    polled(conn, 0, "unchanged", state=state)
    save_memories(conn, {"ndl-en": "{}"})
    save_proposal(conn, "ndl-en", PROPOSAL, now=NOW)
    take_over(conn, OVERRIDE)
    assert overrides(conn) == {"ndl-en": OVERRIDE}
    assert poll_states(conn)["ndl-en"] == PollState("ndl-en")
    assert source_memory(conn, "ndl-en") is None and waiting_proposal(conn, "ndl-en") is None


def test_a_dropped_override_is_gone(conn: sqlite3.Connection) -> None:
    take_over(conn, OVERRIDE)
    drop_override(conn, "ndl-en")
    assert overrides(conn) == {}


def test_a_memory_that_is_no_json_is_refused(conn: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        save_memories(conn, {"ndl-en": "not JSON"})
