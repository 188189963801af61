"""Items as crawling sees them: what is known, what a poll adds, which article pages are still unread."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import chain

from db.connect import transaction
from db.held import hold_poll
from db.identities import save_links, save_marks, save_new_marks, save_revisions
from db.instants import to_text
from db.records import (
    Article,
    Changes,
    ItemChange,
    ParsedItem,
    Poll,
    PublishedDate,
    UnreadArticle,
)
from db.rows import insert
from db.sources import save_poll_states

MAX_DAYS_KNOWN = 100  # items by which the rhythm of a source is known
NO_CHANGES = Changes()
MAX_ARTICLE_ATTEMPTS = 3  # then the page is left alone: what the list said is enough to decide on


def publishing_days(
    conn: sqlite3.Connection, source_ids: Collection[str], *, at_most: int = MAX_DAYS_KNOWN
) -> dict[str, tuple[str, ...]]:
    """The days of the newest items of each source, newest first, one for each: when it was published or first seen.

    What is announced for a later day counts from the day on which it was seen.
    """
    # One row for all: each step through a result lets other threads in, and waits until they let this one go on.
    row = conn.execute(
        "SELECT json_group_object(k.value, json_array((SELECT group_concat(day, ' ') FROM ("
        "SELECT iif(published_on < first_seen_at, published_on, substr(first_seen_at, 1, 10)) AS day FROM items"
        " WHERE source_id = k.value AND published_on IS NOT NULL ORDER BY published_on DESC LIMIT ?2)),"
        " (SELECT group_concat(day, ' ') FROM (SELECT substr(first_seen_at, 1, 10) AS day FROM items"
        " WHERE source_id = k.value AND published_on IS NULL ORDER BY first_seen_at DESC LIMIT ?2))))"
        " FROM json_each(?1) k",
        (json.dumps(list(source_ids)), at_most),
    ).fetchone()
    found: dict[str, list[str | None]] = json.loads(row[0])
    return {
        source_id: tuple(sorted(chain.from_iterable(map(str.split, filter(None, days))), reverse=True)[:at_most])
        for source_id, days in found.items()
    }


def save_poll(conn: sqlite3.Connection, poll: Poll, changes: Changes, *, language: str, country: str) -> int:
    """The poll, its new and changed items and what to remember stand in the database, or nothing does; the poll's id.

    `language` and `country` are the source's, for items that name none of their own.
    """
    with transaction(conn):
        poll_id = save_polls(conn, [poll])
        if poll.held is not None:
            hold_poll(conn, poll_id, poll.source_id, poll.held)
        save_changes(
            conn,
            poll.source_id,
            changes,
            now=poll.started_at,
            language=language,
            country=country,
            poll_id=poll_id,
            held=poll.held is not None,
        )
    return poll_id


def save_changes(
    conn: sqlite3.Connection,
    source_id: str,
    changes: Changes,
    *,
    now: datetime,
    language: str,
    country: str,
    poll_id: int | None = None,
    held: bool = False,
) -> None:
    """New, changed and seen items stand in the database, with all that they are recognised by from now on.

    Call it inside a transaction.
    """
    seen_at = to_text(now)
    held_by = poll_id if held else None
    ids = _insert_items(conn, source_id, changes, seen_at=seen_at, language=language, country=country, held_by=held_by)
    own = [(item_id, mark) for item_id, marks in zip(ids, changes.marks, strict=False) for mark in marks]
    for change in changes.changed:
        _update_item(conn, change)
        if change.entry is not None:
            _hand_over(
                conn,
                change.item_id,
                change.entry,
                source_id,
                language=change.entry.language or language,
                country=country,
                held_by=held_by,
            )
        save_revisions(conn, change.item_id, change.revisions, poll_id=poll_id, now=now)
    save_marks(conn, source_id, changes.met, on=seen_at[:10])
    save_new_marks(conn, source_id, own, on=seen_at[:10])
    save_links(conn, own)


def save_polls(conn: sqlite3.Connection, polls: Sequence[Poll]) -> int:
    """The polls, and what to remember of their sources; the id of the last one. Call it inside a transaction."""
    last = insert(conn, _POLL, [_poll_values(poll) for poll in polls])
    save_poll_states(conn, [poll.state for poll in polls if poll.state is not None])
    return last


_POLL = (
    "polls (source_id, started_at, outcome, http_status, items_seen, items_new, duration_ms, error, next_poll_at,"
    " doubt)"
)


def _poll_values(poll: Poll) -> tuple[object, ...]:
    return (
        poll.source_id,
        to_text(poll.started_at),
        poll.outcome,
        poll.http_status,
        poll.items_seen,
        poll.items_new,
        poll.duration_ms,
        poll.error,
        to_text(poll.next_poll_at),
        poll.doubt,
    )


_ITEM = (
    "source_id, country, first_seen_at, marked, held_by, source_item_id, url, canonical_url, title, summary, language,"
    " published_on, date_precision, date_source, date_text, image_url, content_hash, text, article_read_at,"
    " event_start_on, event_end_on"
)


def _insert_items(
    conn: sqlite3.Connection,
    source_id: str,
    changes: Changes,
    *,
    seen_at: str,
    language: str,
    country: str,
    held_by: int | None,
) -> range:
    """The new items stand in the database and are counted; their ids, in their order."""
    if not changes.new:
        return range(0)
    last = insert(
        conn,
        f"items ({_ITEM})",
        [
            (
                item.source_item_id,
                item.url,
                item.canonical_url,
                item.title,
                item.summary,
                item.language or language,
                item.published.on,
                item.published.precision,
                item.published.source,
                item.published.text,
                item.image_url,
                content_hash,
                item.text,
                seen_at if item.text else None,
                item.event and item.event.start_on,
                item.event and item.event.end_on,
            )
            for item, content_hash in changes.new
        ],
        same=(source_id, country, seen_at, int(bool(changes.marks)), held_by),
    )
    if held_by is None:
        conn.execute(
            "INSERT INTO queue_counts (source_id, state, country, items) VALUES (?, 'new', ?, ?)"
            " ON CONFLICT DO UPDATE SET items = items + excluded.items",
            (source_id, country, len(changes.new)),
        )
    return range(last + 1 - len(changes.new), last + 1)  # for their ids ascend


def _update_item(conn: sqlite3.Connection, change: ItemChange) -> None:
    date = change.published
    conn.execute(
        "UPDATE items SET title = ?, summary = ?, image_url = coalesce(?, image_url), content_hash = ?,"
        " url = coalesce(?, url), published_on = ?, date_precision = ?, date_source = ?, date_text = ?,"
        " event_start_on = ?, event_end_on = ? WHERE id = ?",
        (
            change.title,
            change.summary,
            change.image_url,
            change.content_hash,
            change.url,
            date.on,
            date.precision,
            date.source,
            date.text,
            change.event and change.event.start_on,
            change.event and change.event.end_on,
            change.item_id,
        ),
    )


def _hand_over(
    conn: sqlite3.Connection,
    item_id: int,
    item: ParsedItem,
    source_id: str,
    *,
    language: str,
    country: str,
    held_by: int | None,
) -> None:
    """The item is this source's from now on, and its article page is still to be read."""
    conn.execute(
        "UPDATE items SET source_id = ?, source_item_id = ?, language = ?, country = ?, article_attempts = 0,"
        " article_error = NULL, held_by = CASE WHEN held_by IS NULL THEN NULL ELSE ? END WHERE id = ?",
        (source_id, item.source_item_id, language, country, held_by, item_id),
    )


def unread_articles(
    conn: sqlite3.Connection, source_id: str, *, limit: int, missing_only: bool
) -> tuple[UnreadArticle, ...]:
    """Items whose page was never read and is still worth a try, newest first.

    With `missing_only` those alone that lack a summary or a day, which the index `items_lacking` knows by these words.
    """
    missing = " AND (summary = '' OR date_precision <> 'day')" if missing_only else ""
    rows = conn.execute(
        "SELECT id, source_id, url, article_attempts, published_on, date_precision, date_source, date_text FROM items"
        f" WHERE source_id = ? AND article_read_at IS NULL AND held_by IS NULL"
        f" AND article_attempts < {MAX_ARTICLE_ATTEMPTS}{missing} ORDER BY published_on DESC, id LIMIT ?",
        (source_id, limit),
    )
    return tuple(
        UnreadArticle(
            row["id"],
            row["source_id"],
            row["url"],
            row["article_attempts"],
            PublishedDate(row["published_on"], row["date_precision"], row["date_source"], row["date_text"]),
        )
        for row in rows
    )


def sources_lacking_articles(conn: sqlite3.Connection) -> frozenset[str]:
    """The sources with items that lack a summary or a day and whose page is still worth a try."""
    rows = conn.execute(
        "SELECT DISTINCT source_id FROM items WHERE article_read_at IS NULL AND held_by IS NULL"
        f" AND article_attempts < {MAX_ARTICLE_ATTEMPTS} AND (summary = '' OR date_precision <> 'day')"
    )
    return frozenset(row[0] for row in rows)


def save_article(
    conn: sqlite3.Connection, item_id: int, article: Article, *, now: datetime, summary: str, stopgap_title: str = ""
) -> None:
    """The item has its article's text, date and language; picture and summary fill what was missing.

    Its title takes the place of `stopgap_title`, which an item has that nobody told the title of. An article without
    a date leaves the item's as it is, and so does a date that was typed by hand.
    """
    date = article.published
    with transaction(conn):
        conn.execute(
            "UPDATE items SET text = ?, image_url = coalesce(image_url, ?), language = coalesce(?, language),"
            " title = CASE WHEN title = ? AND ? <> '' THEN ? ELSE title END,"
            " summary = CASE WHEN summary = '' THEN ? ELSE summary END, article_read_at = ?,"
            " article_attempts = article_attempts + 1, article_error = NULL WHERE id = ?",
            (
                article.text,
                article.image_url,
                article.language,
                stopgap_title,
                article.title,
                article.title,
                summary,
                to_text(now),
                item_id,
            ),
        )
        if date.on is not None:
            conn.execute(
                "UPDATE items SET published_on = ?, date_precision = ?, date_source = ?, date_text = ?"
                " WHERE id = ? AND date_source IS NOT 'hand'",
                (date.on, date.precision, date.source, date.text, item_id),
            )


def save_article_failure(conn: sqlite3.Connection, item_id: int, error: str) -> None:
    """The failed try is counted and its reason kept; the item stays as the list gave it."""
    with transaction(conn):
        conn.execute(
            "UPDATE items SET article_attempts = article_attempts + 1, article_error = ? WHERE id = ?", (error, item_id)
        )
