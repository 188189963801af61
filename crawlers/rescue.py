"""What is done about one source on request: a repair found, taken over or dropped, a page believed as it is."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from crawlers.answers import Visit
from crawlers.clock import Clock
from crawlers.fetch import Client, Limits, user_agent
from crawlers.guardian import memory_from_json
from crawlers.health import health_of
from crawlers.hosts import Hosts
from crawlers.messages import Transport
from crawlers.politeness import PoliteWeb
from crawlers.remedies import Case, remedy
from crawlers.repair import overridden, override_of
from crawlers.schedule import wanted_sources
from crawlers.sources import SourceFile
from crawlers.tls import legacy_hosts, with_legacy_hosts
from db.errors import NewsError
from db.health import (
    Proposal,
    believe,
    drop_override,
    overrides,
    save_proposal,
    source_facts,
    source_memory,
    take_over,
    waiting_proposal,
)
from db.hosts import host_memories, robots_files, save_host_news
from db.records import PollState
from db.sources import poll_states


def repair_for(
    conn: sqlite3.Connection, loaded: SourceFile, source_id: str, *, transport: Transport, clock: Clock
) -> Proposal | None:
    """The repair that waits for this source, else one that is found on the web now and waits from then on."""
    visit = _visit(conn, loaded, source_id, clock)
    waiting = waiting_proposal(conn, source_id)
    if waiting is not None:
        return waiting
    facts = source_facts(conn, source_id)
    stale = bool(facts) and health_of(facts[0], clock.now()).word == "late"
    if facts and not stale and facts[0].error is None and facts[0].doubt is None and facts[0].outcome != "empty":
        raise NewsError(f"{source_id} is read well: there is nothing to repair")
    if visit.memory is None:
        return None
    polite = loaded.politeness
    limits = Limits(polite.connect_timeout_seconds, polite.timeout_seconds, polite.max_bytes)
    transport = with_legacy_hosts(transport, legacy_hosts([visit.source]))
    with Client(transport, user_agent(polite.contact), limits) as client:
        hosts = Hosts(clock.moment, client.user_agent, hosts=host_memories(conn), robots=robots_files(conn))
        web = PoliteWeb(client, clock, pause_seconds=polite.pause_seconds, hosts=hosts)
        try:
            found = remedy(Case(visit, memory_from_json(visit.memory), web, stale))
        finally:
            save_host_news(conn, hosts.take_news())
    if found is not None:
        save_proposal(conn, source_id, found, now=clock.now())
    return found


def take_over_repair(conn: sqlite3.Connection, loaded: SourceFile, source_id: str, *, by: str, now: datetime) -> None:
    """The source is read by the repair that waited for a yes; NewsError when none does."""
    source = wanted_sources(loaded, (source_id,))[0]
    proposal = waiting_proposal(conn, source_id)
    if proposal is None:
        raise NewsError(f"no repair waits for the source {source_id}")
    take_over(conn, override_of(source, proposal, now=now, by=by))


def _visit(conn: sqlite3.Connection, loaded: SourceFile, source_id: str, clock: Clock) -> Visit:
    source = overridden(wanted_sources(loaded, (source_id,))[0], overrides(conn).get(source_id))
    state = poll_states(conn).get(source_id, PollState(source_id))
    return Visit(source, state, loaded.politeness, clock.now().date(), memory=source_memory(conn, source_id))


def believe_page(conn: sqlite3.Connection, loaded: SourceFile, source_id: str, *, now: datetime) -> None:
    """The page of the source is right as it is now; SourceError when there is no such source."""
    believe(conn, wanted_sources(loaded, (source_id,))[0].id, now=now)


def drop_repair(conn: sqlite3.Connection, loaded: SourceFile, source_id: str) -> None:
    """The source is read by its block again; NewsError when no repair was taken over."""
    if wanted_sources(loaded, (source_id,))[0].id not in overrides(conn):
        raise NewsError(f"no repair of {source_id} was taken over")
    drop_override(conn, source_id)
