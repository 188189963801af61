"""The operator's pages: how each source does and the repairs that wait for a yes; what a pasted address would give."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from curation.access import check_may_tend_sources
from curation.source_lines import SourceLine
from curation.web import MissingError, Visit, redirect
from db.errors import NewsError
from db.health import Glimpse, Proposal
from db.held import dismiss_held, release_held

_LONGEST_ADDRESS = 2_000


@dataclass(frozen=True, slots=True)
class Shown:
    """A source with its repair as rows, what was read before beside what would be read now."""

    line: SourceLine
    rows: tuple[tuple[Glimpse | None, Glimpse | None], ...]


async def sources_view(visit: Visit) -> Any:
    """Every source, the broken ones first."""
    check_may_tend_sources(visit.person)
    lines = visit.desk.services.source_lines
    if lines is None:
        raise MissingError("This desk does not know how sources do.")
    found = await visit.desk.read(lines)
    shown = [Shown(line, side_by_side(line.proposal)) for line in sorted(found, key=_worst_first)]
    broken = sum(line.broken for line in found)
    return await visit.page("desk_sources.html", {"shown": shown, "broken": broken, "here": "sources"})


def _worst_first(line: SourceLine) -> tuple[bool, bool, bool, str]:
    return not line.broken, not line.held, line.word == "ok", line.name


def side_by_side(proposal: Proposal | None) -> tuple[tuple[Glimpse | None, Glimpse | None], ...]:
    """The rows of the comparison: the same item on both sides where both have it."""
    if proposal is None:
        return ()
    left = {item.title: item for item in proposal.after}
    rows: list[tuple[Glimpse | None, Glimpse | None]] = [(item, left.pop(item.title, None)) for item in proposal.before]
    alone = [number for number, (_, after) in enumerate(rows) if after is None]
    for number, item in zip_longest(alone, list(left.values())):
        if item is not None and number is None:
            rows.append((None, item))
        elif item is not None:
            rows[number] = rows[number][0], item
    return tuple(rows)


async def take_over(visit: Visit) -> Any:
    """The source is read by the proposed repair from its next poll on."""
    check_may_tend_sources(visit.person)
    service = visit.desk.services.take_over_repair
    if service is None:
        raise MissingError("This desk does not repair sources.")
    source_id, by = (await visit.posted()).text("source")[:100], visit.person.name

    def work(conn: sqlite3.Connection) -> str:
        return service(conn, source_id, by)

    visit.say(await visit.desk.write(work))
    return redirect(visit.desk.path("/-/sources"))


async def settle_held(visit: Visit) -> Any:
    """The items of the source that were held aside are in the queue, or dismissed if that was asked for."""
    check_may_tend_sources(visit.person)
    posted, by, now = await visit.posted(), visit.person.name, visit.desk.now()
    source_id, dismissed = posted.text("source")[:100], posted.text("verdict") == "dismiss"
    settle = dismiss_held if dismissed else release_held

    def work(conn: sqlite3.Connection) -> int:
        return settle(conn, source_id, by=by, now=now)

    number = await visit.desk.write(work)
    visit.say(f"{number} items of {source_id} are {'dismissed' if dismissed else 'in the queue'}.")
    return redirect(visit.desk.path("/-/sources"))


async def paste_view(visit: Visit) -> Any:
    """The field for an address."""
    check_may_tend_sources(visit.person)
    return await _paste_page(visit, "", None, "")


async def preview_pasted(visit: Visit) -> Any:
    """What the pasted address would give, or why it gives nothing."""
    check_may_tend_sources(visit.person)
    service = visit.desk.services.preview
    if service is None:
        raise MissingError("This desk does not read addresses.")
    url = (await visit.posted()).text("url").strip()[:_LONGEST_ADDRESS]
    try:
        found = await asyncio.to_thread(service, url)
    except NewsError as error:
        return await _paste_page(visit, url, None, str(error))
    return await _paste_page(visit, url, found, "")


async def _paste_page(visit: Visit, url: str, found: Any, problem: str) -> Any:
    context = {"url": url, "found": found, "problem": problem, "here": "sources"}
    return await visit.page("desk_paste.html", context, status=400 if problem else 200)
