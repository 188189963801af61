"""What the operator, or anyone who runs a server, is told of how politely it is asked."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from db.errors import NewsError
from db.hosts import HostDay, HostMemory, RobotsFile, days_of, host_days, host_memory, known_hosts, robots_files
from db.instants import to_text
from db.records import PollState

_COLUMNS = (
    ("requests", "requests"),
    ("robots_requests", "for robots.txt"),
    ("conditional", "conditional"),
    ("not_modified", "not modified"),
    ("bytes", "bytes received"),
    ("refused", "refused"),
    ("failed", "failed"),
    ("kept_back", "not sent"),
)
_SHOWN = 12  # servers where none is found by the name that was given


class Ledger(Struct, frozen=True):
    """A server with what it was asked."""

    host: str
    memory: HostMemory
    days: tuple[tuple[str, HostDay], ...]
    robots: Mapping[str, RobotsFile]  # by address
    held_for: timedelta  # how much longer it wants to be left alone
    held_until: datetime


def host_ledger(conn: sqlite3.Connection, host: str, now: datetime) -> Ledger:
    """The ledger of a server, named as in an address; NewsError when it was never asked."""
    from crawlers.hosts import left_of
    from crawlers.urls import host_of
    from db.records import Moment

    name = host_of(host if "://" in host else f"http://{host}") or host
    memory = host_memory(conn, name)
    if memory is None:
        known = known_hosts(conn)
        alike = [one for one in known if name in one or one.partition(":")[0] in name] or known
        more = f" and {len(alike) - _SHOWN} more" if len(alike) > _SHOWN else ""
        raise NewsError(f"{host!r} was never asked; what was: {', '.join(alike[:_SHOWN]) or 'nothing yet'}{more}")
    robots = {url: file for url, file in robots_files(conn).items() if host_of(url) == name}
    held = timedelta() if memory.hold is None else max(left_of(memory.hold, Moment(now)), timedelta())
    return Ledger(name, memory, host_days(conn, name), robots, held, now + held)


def ledger_lines(ledger: Ledger) -> Iterator[str]:
    """The ledger as a table with what else a webmaster asks, line by line."""
    total = days_of(ledger.days)
    yield f"What convenor asked of {ledger.host}, by day (UTC)"
    yield f"User-Agent: {ledger.memory.user_agent}"
    for url, file in sorted(ledger.robots.items()):
        said = _understood(url, file)
        yield f"{url}: {said} (asked at {file.asked_at:%Y-%m-%d %H:%M})"
    if ledger.memory.hold is not None and ledger.held_for:
        yield f"The server {ledger.memory.hold.why} and is left alone until {ledger.held_until:%Y-%m-%d %H:%M} UTC"
    yield ""
    yield f"{'day':10}  " + "  ".join(title for _, title in _COLUMNS)
    for day, sums in (*ledger.days, ("all", total)):
        yield f"{day:10}  " + "  ".join(f"{getattr(sums, name):>{len(title)},}" for name, title in _COLUMNS)
    yield ""
    pages = total.requests - total.robots_requests
    days = f"{len(ledger.days)} day{'s' if len(ledger.days) > 1 else ''}"
    yield f"{pages:,} requests for pages on {days}; {_share(total)} of all answers were “not modified”"
    yield "refused: 401, 403, 429 or 503. failed: other errors, or no answer. not sent: robots.txt forbids the page"


def _understood(url: str, file: RobotsFile) -> str:
    """What the robots.txt at this address was understood to say."""
    from crawlers.robots import may_fetch, parse_rules

    if file.verdict == "none":
        return "there is none, so everything may be asked"
    if file.verdict == "unreadable":
        return f"it cannot be read now, so nothing else is asked: {file.error}"
    rules = parse_rules(file.body)
    allowed = "may" if may_fetch(rules, url.removesuffix("robots.txt")) else "must not"
    said = f"it was read, and is obeyed: the front page {allowed} be asked for"
    return f"{said}, with pauses of {rules.crawl_delay:g} seconds" if rules.crawl_delay else said


def ledger_records(ledger: Ledger) -> Iterator[dict[str, Any]]:
    """The ledger for programs: the server first, then a record for each day."""
    yield {
        "host": ledger.host,
        "user_agent": ledger.memory.user_agent,
        "asked_at": to_text(ledger.memory.asked.at),
        "held_seconds": round(ledger.held_for.total_seconds()),
        "robots": {url: file.verdict for url, file in ledger.robots.items()},
    }
    for day, sums in ledger.days:
        yield {"host": ledger.host, "day": day, **asdict(sums)}


def manner(state: PollState) -> str:
    """In one sentence how a source is polled, and when it is next."""
    from crawlers.pace import in_words
    from crawlers.schedule import has_no_end

    parts = [state.every] if state.every else [] if state.begun else ["polled for the first time"]
    if state.strikes > 1:
        parts.append("slowed down while it fails")
    elif state.failures and not state.strikes:
        parts.append("no server at all was reached at the last poll, so that it is tried again sooner")
    elif _waits_as_told(state):
        parts.append(f"its server says that its answer holds for {in_words(_told_of(state))}")
    if state.lied_at is not None:
        parts.append(f"its “not modified” was untrue on {state.lied_at:%Y-%m-%d}, so the whole page is compared")
    if state.moved_to is not None:
        parts.append(f"its address led to {state.moved_to} at the last {state.moved_polls} polls")
    if state.begun is not None and has_no_end(state):
        parts.append(f"a poll that began on {state.begun.at:%Y-%m-%d %H:%M} UTC has not come to its end")
    elif state.next_poll_at is not None:
        parts.append(f"next on {state.next_poll_at:%Y-%m-%d %H:%M} UTC")
    return "; ".join(parts)


def _waits_as_told(state: PollState) -> bool:
    """Whether the wait is as long as the server said that its answer holds, a tenth more at most."""
    from crawlers.schedule import JITTER_SHARE

    if state.begun is None or state.next_poll_at is None or not _told_of(state):
        return False
    return state.next_poll_at - state.begun.at <= _told_of(state) * (1 + JITTER_SHARE) + timedelta(minutes=1)


def _told_of(state: PollState) -> timedelta:
    from crawlers.schedule import LONGEST_INTERVAL

    return min(timedelta(seconds=state.fresh_seconds or 0), LONGEST_INTERVAL)


def _share(total: HostDay) -> str:
    return f"{total.not_modified / total.requests:.0%}" if total.requests else "none"
