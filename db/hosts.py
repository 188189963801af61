"""Servers as they are asked: what must be remembered of them between two requests, and what they were asked each day.

The days are sums, so that they stay small for years; anybody may show them to the person who runs the server.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import astuple

from db.connect import transaction
from db.instants import from_text, to_text
from db.records import Moment, Validators
from db.sources import moment_of

RobotsVerdict = Literal["rules", "none", "unreadable"]


class Hold(Struct, frozen=True):
    """A server asked us to stay away: when, for how long, and by which words."""

    told: Moment
    seconds: int
    why: str


class HostMemory(Struct, frozen=True):
    """What is remembered of a server."""

    asked: Moment  # the newest request
    user_agent: str = ""
    hold: Hold | None = None


class RobotsFile(Struct, frozen=True):
    """What a robots.txt said when it was asked for."""

    asked_at: datetime
    verdict: RobotsVerdict
    body: bytes = b""
    validators: Validators = field(default_factory=Validators)
    error: str | None = None  # why it cannot be read


class HostDay(Struct):
    """What a server was asked on a day."""

    requests: int = 0
    robots_requests: int = 0
    conditional: int = 0
    not_modified: int = 0
    bytes: int = 0
    refused: int = 0
    failed: int = 0
    kept_back: int = 0


class HostNews(Struct, frozen=True):
    """What was learned of servers since the last time."""

    hosts: Mapping[str, HostMemory] = field(default_factory=dict)
    days: Mapping[tuple[str, str], HostDay] = field(default_factory=dict)  # by host and day
    robots: Mapping[str, RobotsFile] = field(default_factory=dict)  # by address


def save_host_news(conn: sqlite3.Connection, news: HostNews) -> None:
    """What was learned is remembered, and the day's sums have grown; call it inside the transaction of a poll."""
    with transaction(conn):
        conn.executemany(_REMEMBER, (_host_row(host, memory) for host, memory in news.hosts.items()))
        conn.executemany(_ADD_DAY, (_day_row(key, day) for key, day in news.days.items()))
        conn.executemany(
            "INSERT OR REPLACE INTO robots_files (address, asked_at, verdict, body, etag, last_modified, error)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (url, to_text(f.asked_at), f.verdict, f.body, f.validators.etag, f.validators.last_modified, f.error)
                for url, f in news.robots.items()
            ),
        )


_REMEMBER = (
    "INSERT INTO hosts (host, asked_at, asked_uptime, asked_boot, user_agent, held_at, held_uptime, held_boot,"
    " held_seconds, held_why) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (host) DO UPDATE"
    " SET asked_at = excluded.asked_at, asked_uptime = excluded.asked_uptime, asked_boot = excluded.asked_boot,"
    " user_agent = excluded.user_agent, held_at = excluded.held_at, held_uptime = excluded.held_uptime,"
    " held_boot = excluded.held_boot, held_seconds = excluded.held_seconds, held_why = excluded.held_why"
)


def _host_row(host: str, memory: HostMemory) -> tuple[object, ...]:
    asked, hold = memory.asked, memory.hold
    held = (to_text(hold.told.at), hold.told.uptime, hold.told.boot, hold.seconds, hold.why) if hold else (None,) * 5
    return (host, to_text(asked.at), asked.uptime, asked.boot, memory.user_agent, *held)


_SUMS = HostDay.__struct_fields__
_ADD_DAY = (
    f"INSERT INTO host_days (host, day, {', '.join(_SUMS)}) VALUES (?, ?{', ?' * len(_SUMS)})"
    f" ON CONFLICT (host, day) DO UPDATE SET {', '.join(f'{name} = {name} + excluded.{name}' for name in _SUMS)}"
)


def _day_row(key: tuple[str, str], day: HostDay) -> tuple[object, ...]:
    return (*key, *astuple(day))


def host_memories(conn: sqlite3.Connection) -> dict[str, HostMemory]:
    """What is remembered of each server that was ever asked, by host."""
    return {row["host"]: _memory(row) for row in conn.execute("SELECT * FROM hosts")}


def host_memory(conn: sqlite3.Connection, host: str) -> HostMemory | None:
    """What is remembered of one server; None when it was never asked."""
    row = conn.execute("SELECT * FROM hosts WHERE host = ?", (host,)).fetchone()
    return None if row is None else _memory(row)


def _memory(row: sqlite3.Row) -> HostMemory:
    told = moment_of(row["held_at"], row["held_uptime"], row["held_boot"])
    return HostMemory(
        Moment(from_text(row["asked_at"]), row["asked_uptime"], row["asked_boot"]),
        row["user_agent"],
        None if told is None else Hold(told, row["held_seconds"], row["held_why"]),
    )


def robots_files(conn: sqlite3.Connection, *, readable_alone: bool = False) -> dict[str, RobotsFile]:
    """What each robots.txt said last, by its address; `readable_alone` leaves out those that could not be had."""
    found = {row["address"]: _robots_file(row) for row in conn.execute("SELECT * FROM robots_files")}
    return {address: one for address, one in found.items() if not (readable_alone and one.verdict == "unreadable")}


def _robots_file(row: sqlite3.Row) -> RobotsFile:
    validators = Validators(row["etag"], row["last_modified"])
    return RobotsFile(from_text(row["asked_at"]), row["verdict"], row["body"], validators, row["error"])


def host_days(conn: sqlite3.Connection, host: str) -> tuple[tuple[str, HostDay], ...]:
    """What a server was asked on each day that it was, oldest first."""
    rows = conn.execute("SELECT * FROM host_days WHERE host = ? ORDER BY day", (host,))
    return tuple((row["day"], HostDay(*(row[name] for name in _SUMS))) for row in rows)


def known_hosts(conn: sqlite3.Connection) -> tuple[str, ...]:
    """Every server that was ever asked, by name."""
    return tuple(row["host"] for row in conn.execute("SELECT host FROM hosts ORDER BY host"))


def days_of(rows: Iterable[tuple[str, HostDay]]) -> HostDay:
    """The days taken together."""
    total = HostDay()
    for _, day in rows:
        for name in _SUMS:
            setattr(total, name, getattr(total, name) + getattr(day, name))
    return total
