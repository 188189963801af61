"""The search over the working database: its index of words, and what is found by it.

The index holds no text, only words, so an item is taken out of it by giving again what was put in. It takes up new
items in the order of their ids, many at once, because a word that is in many of them costs little more than in one: so
it may be behind, knows from the database how far it has come, and goes on from there whatever happened. Triggers list
every item that reads otherwise than the index holds it, together with what it holds.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, get_args

from db.connect import transaction
from db.progress import done_up_to, save_done_up_to
from db.records import ItemState
from db.search.put import AS_TEXT, PUT_IN
from db.search.query import Narrowing, Query, best_first, either, expression, span_of
from db.search.words import words_of

AT_ONCE = 1_000  # items indexed by one transaction: enough to be cheap, little enough to hold no lock for long
RANKED = 1000  # of the matches, as many are shown at most

_TEXTS = (
    "title || char(10) || coalesce(edited_title, ''),"
    " summary || char(10) || coalesce(edited_summary, '') || char(10) || coalesce(impact, ''), text"
)
_TAKE_OUT = f"INSERT INTO item_words (item_words, rowid, title, summary, text) VALUES ('delete', ?, {AS_TEXT})"
_STATES = get_args(ItemState)


def index_items(conn: sqlite3.Connection, *, limit: int = AT_ONCE) -> int:
    """At most so many of the items that are new or changed are found by the words they have now; how many they were.

    Call it inside a transaction.
    """
    listed = conn.execute("SELECT item_id, title, summary, text FROM items_to_index LIMIT ?", (limit,)).fetchall()
    _index_anew(conn, listed)
    new = conn.execute(
        f"SELECT id, {_TEXTS} FROM items WHERE id > ? ORDER BY id LIMIT ?",
        (done_up_to(conn, "index"), limit - len(listed)),
    ).fetchall()
    if new:
        _write(conn, PUT_IN, new)
        save_done_up_to(conn, "index", new[-1]["id"])
    return len(listed) + len(new)


def index_item(conn: sqlite3.Connection, item_id: int) -> None:
    """This item is found by the words it has now, if it was found before; what else is listed waits.

    Call it inside the transaction that changed it.
    """
    rows = conn.execute("SELECT item_id, title, summary, text FROM items_to_index WHERE item_id = ?", (item_id,))
    _index_anew(conn, rows.fetchall())


def _index_anew(conn: sqlite3.Connection, listed: Sequence[sqlite3.Row]) -> None:
    if not listed:
        return
    _write(conn, _TAKE_OUT, listed)
    ids = json.dumps([row["item_id"] for row in listed])
    present = conn.execute(f"SELECT id, {_TEXTS} FROM items WHERE id IN (SELECT value FROM json_each(?))", (ids,))
    _write(conn, PUT_IN, present)
    conn.executemany("DELETE FROM items_to_index WHERE item_id = ?", [(row["item_id"],) for row in listed])


def _write(conn: sqlite3.Connection, statement: str, rows: Iterable[Sequence[Any]]) -> None:
    conn.executemany(statement, [(item_id, *words_of([texts])[0]) for item_id, *texts in rows])


def index_everything(conn: sqlite3.Connection) -> int:
    """Every item is in the index; how many were not. Done piece by piece: others may write in between, and a run that
    was killed goes on where it was."""
    done = 0
    while True:
        with transaction(conn):
            indexed = index_items(conn)
        done += indexed
        if indexed < AT_ONCE:
            return done


def forget_index(conn: sqlite3.Connection) -> None:
    """The index is empty: `index_everything` builds it anew."""
    with transaction(conn):
        conn.execute("INSERT INTO item_words (item_words) VALUES ('delete-all')")
        conn.execute("DELETE FROM items_to_index")
        conn.execute("UPDATE items_done SET up_to = 0 WHERE work = 'index'")


def index_problem(conn: sqlite3.Connection) -> str:
    """What is wrong with the index in a sentence; empty when it is sound and whole."""
    try:
        with transaction(conn):
            conn.execute("INSERT INTO item_words (item_words) VALUES ('integrity-check')")
    except sqlite3.OperationalError:
        raise  # it could not be asked: the file is locked, or may not be written
    except sqlite3.DatabaseError:
        return "the search index is damaged"
    missing = conn.execute(
        "SELECT count(*) FROM items WHERE id <= ? AND id NOT IN (SELECT id FROM item_words_docsize)",
        (done_up_to(conn, "index"),),
    ).fetchone()[0]
    return f"the search index lacks {missing} items" if missing else ""


def matching(query: Query) -> tuple[str, tuple[object, ...]]:
    """The condition that an item `i` of a source `s` matches the query, with its values; an empty one matches all."""
    conditions: list[str] = []
    values: list[object] = []
    if query.wanted:
        conditions.append("i.id IN (SELECT rowid FROM item_words WHERE item_words MATCH ?)")
        values.append(expression(query.wanted, query.unwanted))
    elif query.unwanted:
        conditions.append("i.id NOT IN (SELECT rowid FROM item_words WHERE item_words MATCH ?)")
        values.append(either(query.unwanted))
    narrowed, given = narrowing(query.narrowings)
    return " AND ".join([*conditions, narrowed]), (*values, *given)


def narrowing(narrowings: Iterable[Narrowing]) -> tuple[str, tuple[object, ...]]:
    """The condition that an item `i` of a source `s` has these fields, with its values."""
    conditions, values = ["i.held_by IS NULL"], list[object]()  # what waits for a look is found by nobody
    for one in narrowings:
        condition, given = _FIELDS[one.field](one.value)
        conditions.append(f"NOT coalesce({condition}, 0)" if one.excluded else condition)
        values += given
    return " AND ".join(conditions), tuple(values)


def ranked(
    conn: sqlite3.Connection, query: Query, condition: str = "1", values: Sequence[object] = ()
) -> tuple[int, ...]:
    """The ids of the items `i` of sources `s` that match the query and the condition, the best first; RANKED at most.

    The best are those with the words in the title; of them, as of all others, the newest come first. Without wanted
    words it is the newest cards, and none without anything to look for.
    """
    if not query.wanted:
        return _newest(conn, query, condition, values) if query else ()
    narrowed, given = narrowing(query.narrowings)
    statement = (
        "SELECT coalesce(i.published_on, ''), i.id"
        " FROM item_words JOIN items i ON i.id = item_words.rowid JOIN sources s ON s.id = i.source_id"
        f" WHERE item_words MATCH ? AND {narrowed} AND {condition} ORDER BY item_words.rowid DESC LIMIT {RANKED}"
    )
    best: dict[int, None] = {}
    for wanted, column in best_first(query.wanted):
        if len(best) < RANKED:
            asked = expression(wanted, query.unwanted, column=column)
            found = conn.execute(statement, (asked, *given, *values)).fetchall()
            best.update(dict.fromkeys(id_ for _, id_ in sorted(map(tuple, found), reverse=True)))
    return tuple(best)[:RANKED]


def _newest(conn: sqlite3.Connection, query: Query, condition: str, values: Sequence[object]) -> tuple[int, ...]:
    """Without words the index of words does not help; that of each state gives its items in their order."""
    matched, given = matching(query)
    statement = (
        "SELECT coalesce(i.published_on, ''), i.id FROM items i JOIN sources s ON s.id = i.source_id"
        f" WHERE i.state = ? AND i.duplicate_of IS NULL AND {matched} AND {condition}"
        f" ORDER BY coalesce(i.published_on, '') DESC, i.id DESC LIMIT {RANKED}"
    )
    found = [tuple(row) for state in _STATES for row in conn.execute(statement, (state, *given, *values))]
    return tuple(id_ for _, id_ in sorted(found, reverse=True)[:RANKED])


Condition = tuple[str, tuple[object, ...]]


def _country(value: str) -> Condition:
    """By code, or by the beginning of the name that the sub-regions give it."""
    named = "SELECT country FROM sub_region_countries WHERE name LIKE ? ESCAPE '!'"
    return (
        f"coalesce(i.edited_country, i.country) COLLATE NOCASE IN (SELECT ? UNION {named})",
        (value.upper(), f"{_literal(value)}%"),
    )


def _tag(value: str) -> Condition:
    """By code, of one strategy when it is named before a colon."""
    vocabulary, _, code = value.rpartition(":")
    one = " AND g.vocabulary = ? COLLATE NOCASE" if vocabulary else ""
    return (
        f"i.id IN (SELECT g.item_id FROM item_tags g WHERE g.code = ? COLLATE NOCASE{one})",
        (code, vocabulary) if vocabulary else (code,),
    )


def _date(value: str) -> Condition:
    span = span_of(value)
    return ("i.published_on BETWEEN ? AND ?", span) if span else ("0", ())


def _source(value: str) -> Condition:
    """By the beginning of its id, or a part of its name or institution."""
    text = _literal(value)
    return (
        "(s.id LIKE ? ESCAPE '!' OR s.name LIKE ? ESCAPE '!' OR s.institution LIKE ? ESCAPE '!')",
        (f"{text}%", f"%{text}%", f"%{text}%"),
    )


def _language(value: str) -> Condition:
    return "(i.language = ? COLLATE NOCASE OR i.language LIKE ? ESCAPE '!')", (value, f"{_literal(value)}-%")


def _state(value: str) -> Condition:
    return "i.state = ?", (value.lower(),)


def _literal(value: str) -> str:
    return re.sub("([!%_])", r"!\1", value)


_FIELDS: Mapping[str, Callable[[str], Condition]] = {
    "country": _country,
    "tag": _tag,
    "date": _date,
    "source": _source,
    "lang": _language,
    "state": _state,
}
