"""Finding and taking over a repair for one source: from its page as it is now, else from another place of its site.

The other places are the further ways that the source's block names, the feeds that its page announces, and the pages
that it, or else the home page of its site, links to as news.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import chain
from urllib.parse import urljoin

import httpx

from crawlers.fetch import Client, Fetched, Limits, user_agent
from crawlers.guardian import Memory, memory_from_json
from crawlers.kinds import Page
from crawlers.pages.news_links import news_links
from crawlers.politeness import Clock, PoliteWeb
from crawlers.poll import Reading, Visit, fingerprint, limits_for, read_first_page, settled_rung
from crawlers.repair import Patient, agreement, declared, overridden, override_of, proposal_of, propose
from crawlers.schedule import wanted_sources
from crawlers.sources import Rung, Source, SourceFile
from db.errors import FetchError, NewsError, ParseError
from db.health import Proposal, overrides, save_proposal, source_facts, source_memories, take_over, waiting_proposal
from db.records import PollState
from db.sources import poll_states


def repair_for(
    conn: sqlite3.Connection, loaded: SourceFile, source_id: str, *, transport: httpx.BaseTransport, clock: Clock
) -> Proposal | None:
    """The repair that waits for this source, else one that is found on the web now and waits from then on."""
    visit = _visit(conn, loaded, source_id, clock)
    waiting = waiting_proposal(conn, source_id)
    if waiting is not None:
        return waiting
    facts = source_facts(conn, source_id)
    if facts and facts[0].error is None and facts[0].doubt is None and facts[0].outcome != "empty":
        raise NewsError(f"{source_id} is read well: there is nothing to repair")
    memory = visit.memory
    if memory is None:
        return None
    polite = loaded.politeness
    limits = Limits(polite.connect_timeout_seconds, polite.timeout_seconds, polite.max_bytes)
    with Client(transport, user_agent(polite.contact), limits) as client:
        web = PoliteWeb(client, clock, pause_seconds=polite.pause_seconds)
        found = _on_its_page(visit, memory, web) or _elsewhere(visit, memory, web)
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
    kept = source_memories(conn).get(source_id)
    memory = None if kept is None else memory_from_json(kept)
    state = poll_states(conn).get(source_id, PollState(source_id))
    return Visit(source, state, loaded.politeness, clock.now().date(), memory=memory)


def _on_its_page(visit: Visit, memory: Memory, web: PoliteWeb) -> Proposal | None:
    way = visit.source.rungs[settled_rung(visit.source, visit.state) or 0]
    options = way.parsed_options()
    try:
        answer = web.get(visit.state.settled_url or way.url, limits_for(options, visit.politeness))
    except FetchError:
        return None
    assert isinstance(answer, Fetched)  # nothing conditional was asked
    page = Page(answer.url, answer.body, declared(answer.content_type, options.encoding))
    return propose(Patient(visit.source, way, memory, visit.today), page)


def _elsewhere(visit: Visit, memory: Memory, web: PoliteWeb) -> Proposal | None:
    """What one of the other ways reads, when it agrees with what is known."""
    for rung in chain(_other_ways(visit.source, memory), _linked_ways(visit, web)):
        alone = visit.source.model_copy(
            update={"kind": rung.kind, "url": rung.url, "options": rung.options, "alternatives": ()}
        )
        answer = read_first_page(replace(visit, source=alone, state=PollState(alone.id), memory=None), web)
        if isinstance(answer, Reading) and agreement(memory, answer.look) is not None:
            options = {key: value for key, value in rung.options.items() if key != "autodiscover"}
            found = Rung(kind=rung.kind, url=answer.asked_url, options=options)
            return proposal_of(memory, found, answer.look)
    return None


def _linked_ways(visit: Visit, web: PoliteWeb) -> Iterator[Rung]:
    """The pages of the site that may be the new place of a list that moved; each is asked for only when it is tried."""
    source = visit.source
    for address in (visit.state.settled_url or source.url, urljoin(source.url, "/")):
        try:
            answer = web.get(address, limits_for(source.parsed_options(), visit.politeness))
            assert isinstance(answer, Fetched)  # nothing conditional was asked
            linked = news_links(Page(answer.url, answer.body, answer.content_type))
        except (FetchError, ParseError):
            continue
        yield from (Rung(kind="list_page", url=url) for url in linked)
        return


def _other_ways(source: Source, memory: Memory) -> list[Rung]:
    others = [rung for rung in source.rungs if fingerprint(rung) != memory.of]
    feed = Rung(kind="feed", url=source.url, options={"autodiscover": True})
    return [*others, feed, Rung(kind="list_page", url=source.url)]
