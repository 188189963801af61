"""New items whose words are cut already come into the index, without the tables of letters that cutting needs."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from db.progress import done_up_to, save_done_up_to
from db.records import Words
from db.rows import insert

PUT_IN = "item_words (rowid, title, summary, text)"


def index_new(conn: sqlite3.Connection, ids: range, words: Sequence[Words | None]) -> None:
    """These items are found by these words, if all before them are in the index; else they follow in their turn.

    Call it inside the transaction that saves them.
    """
    if not ids or len(words) < len(ids) or None in words or done_up_to(conn, "index") != ids.start - 1:
        return
    insert(conn, PUT_IN, [(item_id, *cut) for item_id, cut in zip(ids, words, strict=True) if cut is not None])
    save_done_up_to(conn, "index", ids[-1])
