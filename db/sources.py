"""Sources, sub-regions and what must be remembered between two polls."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from msgspec import Struct
from msgspec.structs import astuple, replace

from db.connect import transaction
from db.instants import from_text, to_text
from db.records import Moment, PageMemory, PollOutcome, PollState, SourceRow, SubRegion, Validators
from db.rows import insert


def regions_stand(conn: sqlite3.Connection, mark: str) -> bool:
    """Whether the sub-regions were registered last with this mark."""
    row = conn.execute("SELECT mark FROM registered_regions").fetchone()
    return row is not None and row[0] == mark


def register_sources(
    conn: sqlite3.Connection, sources: Iterable[SourceRow], regions: Iterable[SubRegion] | None, *, mark: str = ""
) -> None:
    """The database knows exactly these sub-regions and these sources; one that left the file is kept, switched off.

    Without `regions` those stay that are known; with them `mark` is what tells them from others.
    """
    given = {row.id: row for row in sources}
    with transaction(conn):  # which writes nothing where the file says what it said before
        if regions is not None:
            _register_regions(conn, regions, mark)
        known = {row.id: row for row in list_sources(conn)}
        conn.executemany(
            "UPDATE sources SET enabled = 0 WHERE id = ? AND enabled", [(gone,) for gone in known.keys() - given.keys()]
        )
        conn.executemany(
            "INSERT INTO sources (id, name, institution, country, sub_region, language, kind, url, enabled, role)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name, institution = excluded.institution,"
            " country = excluded.country, sub_region = excluded.sub_region, language = excluded.language,"
            " kind = excluded.kind, url = excluded.url, enabled = excluded.enabled, role = excluded.role",
            [astuple(row) for row in given.values() if row != known.get(row.id)],
        )


def _register_regions(conn: sqlite3.Connection, regions: Iterable[SubRegion], mark: str) -> None:
    conn.execute("DELETE FROM registered_regions")
    conn.execute("INSERT INTO registered_regions VALUES (?)", (mark,))
    conn.execute("DELETE FROM sub_region_countries")
    for position, region in enumerate(regions):
        conn.execute(
            "INSERT INTO sub_regions (id, name, position) VALUES (?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name, position = excluded.position",
            (region.id, region.name, position),
        )
        conn.executemany(
            "INSERT INTO sub_region_countries (sub_region, country, name, position) VALUES (?, ?, ?, ?)",
            [(region.id, code, name, place) for place, (code, name) in enumerate(region.countries.items())],
        )


def list_sources(conn: sqlite3.Connection, sub_regions: Iterable[str] | None = None) -> tuple[SourceRow, ...]:
    """The sources by id, switched-off ones included; only those of these sub-regions when given."""
    wanted = None if sub_regions is None else set(sub_regions)
    rows = conn.execute(
        "SELECT id, name, institution, country, sub_region, language, kind, url, enabled, role FROM sources ORDER BY id"
    )
    return tuple(_source_row(row) for row in rows if wanted is None or row["sub_region"] in wanted)


def _source_row(row: sqlite3.Row) -> SourceRow:
    return SourceRow(
        id=row["id"],
        name=row["name"],
        institution=row["institution"],
        country=row["country"],
        sub_region=row["sub_region"],
        language=row["language"],
        kind=row["kind"],
        url=row["url"],
        enabled=bool(row["enabled"]),
        role=row["role"],
    )


def list_sub_regions(conn: sqlite3.Connection) -> tuple[SubRegion, ...]:
    """The sub-regions and their countries, in the order of sources.yaml."""
    countries: dict[str, dict[str, str]] = {}
    for row in conn.execute("SELECT sub_region, country, name FROM sub_region_countries ORDER BY sub_region, position"):
        countries.setdefault(row["sub_region"], {})[row["country"]] = row["name"]
    rows = conn.execute("SELECT id, name FROM sub_regions ORDER BY position, id")
    return tuple(SubRegion(row["id"], row["name"], countries.get(row["id"], {})) for row in rows)


def poll_states(conn: sqlite3.Connection) -> dict[str, PollState]:
    """What is remembered of each source that was ever polled, by source id."""
    return {row[0]: _poll_state(row) for row in conn.execute(f"SELECT {_STATE} FROM poll_states")}


def states_begun_after(conn: sqlite3.Connection, instant: datetime) -> tuple[PollState, ...]:
    """What is remembered of the sources whose newest poll began after this instant, by source id."""
    rows = conn.execute(f"SELECT {_STATE} FROM poll_states WHERE begun_at > ? ORDER BY source_id", (to_text(instant),))
    return tuple(_poll_state(row) for row in rows)


def _poll_state(row: Iterable[Any]) -> PollState:
    """The state in a row of the columns of `_STATE`: to find each by its name would take longer than all else."""
    source_id, etag, modified, body_hash, settled, settled_url, settled_for, due, failures, *more = row
    begun_at, uptime, boot, strikes, fresh, whole_at, lied_at, verdict, moved_to, moved_polls, *more = more
    absent_since, absent_polls, pages, every = more
    return PollState(
        source_id,
        Validators(etag, modified),
        body_hash,
        settled,
        settled_url,
        settled_for,
        from_text(due),
        failures,
        moment_of(begun_at, uptime, boot),
        strikes,
        fresh,
        from_text(whole_at),
        from_text(lied_at),
        verdict,
        moved_to,
        moved_polls,
        from_text(absent_since),
        absent_polls,
        _pages(pages),
        every,
    )


def moment_of(at: str | None, uptime: float | None, boot: str | None) -> Moment | None:
    """The moment of three columns; None when it never was."""
    return None if at is None else Moment(from_text(at), uptime or 0.0, boot or "")


def _pages(text: str) -> Mapping[str, PageMemory]:
    if text == "{}":
        return {}
    return {
        url: PageMemory(
            Validators(etag, modified), digest, verdict, None if leads_to is None else (leads_to[0], leads_to[1])
        )
        for url, (etag, modified, digest, verdict, leads_to) in json.loads(text).items()
    }


def _pages_text(pages: Mapping[str, PageMemory]) -> str:
    if not pages:
        return "{}"
    rows = {
        url: (page.validators.etag, page.validators.last_modified, page.body_hash, page.verdict, page.leads_to)
        for url, page in pages.items()
    }
    return json.dumps(rows)


_STATE = (
    "source_id, etag, last_modified, body_hash, settled, settled_url, settled_for, next_poll_at, failures, begun_at,"
    " begun_uptime, begun_boot, strikes, fresh_seconds, whole_at, lied_at, verdict, moved_to, moved_polls,"
    " absent_since, absent_polls, pages, every"
)
_BEGUN = "source_id, begun_at, begun_uptime, begun_boot"


@cache
def _instead(columns: str) -> str:
    """What is done with a source of which something is remembered already."""
    changed = ", ".join(f"{column} = excluded.{column}" for column in columns.split(", ")[1:])
    return f"ON CONFLICT (source_id) DO UPDATE SET {changed}"


def save_poll_state(conn: sqlite3.Connection, state: PollState) -> None:
    """The state is remembered; call it inside the transaction of the poll."""
    save_poll_states(conn, (state,))


def save_poll_states(conn: sqlite3.Connection, states: Iterable[PollState]) -> None:
    """The states are remembered; call it inside the transaction of their polls."""
    insert(conn, f"poll_states ({_STATE})", [_state_values(state) for state in states], _instead(_STATE))


def _state_values(state: PollState) -> tuple[object, ...]:
    begun = state.begun
    return (
        state.source_id,
        state.validators.etag,
        state.validators.last_modified,
        state.body_hash,
        state.settled,
        state.settled_url,
        state.settled_for,
        to_text(state.next_poll_at),
        state.failures,
        *((to_text(begun.at), begun.uptime, begun.boot) if begun else (None, None, None)),
        state.strikes,
        state.fresh_seconds,
        to_text(state.whole_at),
        to_text(state.lied_at),
        state.verdict,
        state.moved_to,
        state.moved_polls,
        to_text(state.absent_since),
        state.absent_polls,
        _pages_text(state.pages),
        state.every,
    )


def save_begun(conn: sqlite3.Connection, begun: Iterable[tuple[str, Moment]]) -> None:
    """It is noted that polls of these sources begin: whatever becomes of one, the next is not too soon."""
    rows = [(source_id, to_text(moment.at), moment.uptime, moment.boot) for source_id, moment in begun]
    with transaction(conn):
        insert(conn, f"poll_states ({_BEGUN})", rows, _instead(_BEGUN))


class SourceStatus(Struct, frozen=True):
    """A source with its last poll and what it gave so far, for the list that the operator reads."""

    source: SourceRow
    last_polled_at: datetime | None  # None: never polled
    last_outcome: PollOutcome | None
    last_error: str | None
    next_poll_at: datetime | None  # sources with one address wait for the last of them
    failures: int
    last_good_at: datetime | None  # the newest poll that found the page well and with entries
    items: int
    newest_published_on: str | None
    state: PollState  # what is remembered of it


def source_statuses(conn: sqlite3.Connection) -> tuple[SourceStatus, ...]:
    """Each source of the present sources.yaml with its last poll, by id."""
    rows = conn.execute(
        "SELECT s.*, p.started_at, p.outcome, p.error, coalesce(st.failures, 0) AS failures,"
        " max(st.next_poll_at) OVER (PARTITION BY s.url) AS next_poll_at,"
        " (SELECT max(started_at) FROM polls g WHERE g.source_id = s.id AND g.error IS NULL AND g.doubt IS NULL"
        " AND g.outcome <> 'empty') AS last_good_at,"
        " (SELECT count(*) FROM items i WHERE i.source_id = s.id) AS items,"
        " (SELECT max(published_on) FROM items i WHERE i.source_id = s.id) AS newest"
        " FROM sources s LEFT JOIN poll_states st ON st.source_id = s.id"
        " LEFT JOIN polls p ON p.id = (SELECT max(id) FROM polls WHERE source_id = s.id)"
        " WHERE s.enabled = 1 ORDER BY s.id"
    )
    states = poll_states(conn)
    return tuple(
        SourceStatus(
            source=_source_row(r),
            last_polled_at=from_text(r["started_at"]),
            last_outcome=r["outcome"],
            last_error=r["error"],
            next_poll_at=from_text(r["next_poll_at"]),
            failures=r["failures"],
            last_good_at=from_text(r["last_good_at"]),
            items=r["items"],
            newest_published_on=r["newest"],
            state=replace(states.get(r["id"], PollState(r["id"])), next_poll_at=from_text(r["next_poll_at"])),
        )
        for r in rows
    )
