"""What a poll gives, held against everything that is known: the lookups that `changes.compare` needs, and no more.

Addresses are looked up for every entry, ids only if these do not settle all, names only for the few that are open then:
one to four statements a poll, each through an index.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from crawlers.changes import compare
from crawlers.identity import Known, Reader, name_of, needs_name, spans_of, spellings
from crawlers.sources import Source
from crawlers.urls import address_key, key_host
from db.connect import transaction
from db.identities import (
    have_marks,
    items_at,
    items_named,
    items_told_of,
    items_with_ids,
    save_marks,
    siblings_of,
    unmarked_items,
)
from db.records import Changes, Entry, Marks, ParsedItem

_MARKED_AT_ONCE = 2_000  # items of one transaction


def what_is_new(conn: sqlite3.Connection, source: Source, entries: Sequence[Entry]) -> Changes:
    """What these distinct entries of the source add to what is known."""
    return what_is_new_to(conn, reader_of(source), entries) if entries else Changes()


def what_is_new_to(conn: sqlite3.Connection, reader: Reader, entries: Sequence[Entry]) -> Changes:
    """The same for whoever reads them."""
    known = known_of(conn, reader, [entry.item for entry in entries], [entry.marks for entry in entries])
    return compare(reader, entries, known)


def reader_of(source: Source) -> Reader:
    """The source with all names of its host."""
    aliases = {key_host(address_key(f"https://{host}/")) for host in source.host_aliases}
    hosts = aliases | {key_host(address_key(source.url))} if aliases else frozenset()
    return Reader(source.id, source.language, frozenset(hosts), source.kind)


def known_of(conn: sqlite3.Connection, reader: Reader, items: Sequence[ParsedItem], marks: Sequence[Marks]) -> Known:
    """What is stored under the marks of these entries."""
    links = {key for mark in marks for key in mark.links}
    known = Known(items_at(conn, reader.source_id, _spelled(marks, reader) | links))
    open_ = _open(list(zip(items, marks, strict=True)), reader, known)
    if not open_:
        return known
    told = items_told_of(conn, reader.source_id, _spelled([mark for _, mark in open_], reader))
    known = replace(known, told=told)
    ids = {mark.source_item_id for mark in marks if mark.source_item_id}
    if ids:
        known = replace(known, with_id=items_with_ids(conn, reader.source_id, ids, known.at.values()))
    named = [mark.name for _, mark in _open(open_, reader, known) if mark.name is not None]
    siblings = siblings_of(conn, reader.source_id) if named else ()
    if not siblings:
        return known
    names = set(named)
    spans = {span for name in names for span in spans_of(name)}
    return replace(known, named=items_named(conn, siblings, spans, names))


def _spelled(marks: Iterable[Marks], reader: Reader) -> set[str]:
    if not reader.hosts:
        return {mark.address for mark in marks}
    return {key for mark in marks for key in spellings(mark.address, reader.hosts)}


_Listed = tuple[ParsedItem, Marks]


def _open(entries: Sequence[_Listed], reader: Reader, known: Known) -> Sequence[_Listed]:
    if not (known.at or known.with_id):  # as for a source that was never read
        return entries
    return [(item, mark) for item, mark in entries if needs_name(item, mark, reader, known)]


def mark_all(conn: sqlite3.Connection) -> int:
    """Every stored item is recognised by its address and name; how many were not yet. It may be stopped at any time."""
    done = 0
    while rows := unmarked_items(conn, limit=_MARKED_AT_ONCE):
        with transaction(conn):
            for row in rows:
                marks = Marks(address_key(row.canonical_url), row.url, None, name_of(row.title, row.published))
                save_marks(conn, row.source_id, [(row.id, marks)], on=f"{row.first_seen_at:%Y-%m-%d}")
            have_marks(conn, (row.id for row in rows))
        done += len(rows)
    return done
