"""New items whose words are cut already come into the index, without the tables of letters that cutting needs."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from db.progress import done_up_to, save_done_up_to
from db.records import Words

AS_TEXT = "CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT)"  # words come as bytes
PUT_IN = f"INSERT INTO item_words (rowid, title, summary, text) VALUES (?, {AS_TEXT})"


def index_newest(conn: sqlite3.Connection, words: Sequence[Words | None]) -> None:
    """The newest items, one for each of these words, are found by them, if all before are; else they follow in turn.

    Call it last inside the transaction that saves them, and row by row: before any statement that may have to take back
    several rows, the index writes out what it holds in memory, which takes as long again as all the rest.
    """
    if not words or None in words:
        return
    last = int(conn.execute("SELECT max(id) FROM items").fetchone()[0])
    first = last - len(words) + 1
    if done_up_to(conn, "index") == first - 1:
        conn.executemany(PUT_IN, [(item_id, *cut) for item_id, cut in enumerate(words, first) if cut is not None])
        save_done_up_to(conn, "index", last)
