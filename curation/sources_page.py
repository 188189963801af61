"""The operator's pages: how each source does and the repairs that wait for a yes; what a pasted address would give."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from itertools import zip_longest
from typing import Any

from msgspec import Struct
from msgspec.structs import fields

from curation.access import check_may_tend_sources
from curation.languages import gettext
from curation.source_lines import NewBlock, SourceLine, SourceServices
from curation.told import told
from curation.web import MissingError, Visit, redirect
from db.errors import DecisionError, NewsError
from db.health import Proposal
from db.held import dismiss_held, release_held
from db.records import Glimpse

_LONGEST_ADDRESS, _LONGEST_FIELD, _LONGEST_ID = 2_000, 300, 100


class Shown(Struct, frozen=True):
    """A source with its repair as rows, what was read before beside what would be read now."""

    line: SourceLine
    rows: tuple[tuple[Glimpse | None, Glimpse | None], ...]


def services_of(visit: Visit) -> SourceServices:
    """What is lent to this desk for its operators; AccessError for everybody else."""
    check_may_tend_sources(visit.person)
    if visit.desk.services.sources is None:
        raise MissingError(gettext("This desk does not look after sources."))
    return visit.desk.services.sources


async def sources_view(visit: Visit) -> Any:
    """Every source, the broken ones first."""
    found = await visit.desk.read(services_of(visit).lines)
    shown = [Shown(line, side_by_side(line.proposal)) for line in sorted(found, key=_worst_first)]
    broken = sum(line.broken for line in found)
    return await visit.page("desk_sources.html", {"shown": shown, "broken": broken, "here": "sources"})


async def doubtful_view(visit: Visit) -> Any:
    """The words of the doubtful page of a source, never the page itself."""
    service, source_id = services_of(visit).kept, visit.asked.text("source")[:_LONGEST_ID]
    kept = await visit.desk.read(lambda conn: service(conn, source_id))
    return await visit.page("desk_doubtful.html", {"kept": kept, "here": "sources"})


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


async def tend(visit: Visit) -> Any:
    """What the pressed button says is done with the source, and told on the page of all sources."""
    services, form = services_of(visit), await visit.posted()
    source_id, by = form.text("source")[:_LONGEST_ID], visit.person.name
    works: dict[str, Callable[[sqlite3.Connection], str]] = {
        "take-over": lambda conn: services.take_over(conn, source_id, by),
        "as-it-is": lambda conn: services.believe(conn, source_id),
        "drop": lambda conn: services.drop(conn, source_id),
    }
    if form.text("do") == "look":
        visit.say(told(await asyncio.to_thread(services.look_for_repair, source_id)).text)
    elif work := works.get(form.text("do")):
        visit.say(told(await visit.desk.write(work)).text)
    else:
        raise DecisionError(gettext("The form does not say what to do."))
    return redirect(visit.desk.path("/-/sources"))


async def settle_held(visit: Visit) -> Any:
    """The items of the source that were held aside are in the queue, or dismissed if that was asked for."""
    services_of(visit)
    posted, by, now = await visit.posted(), visit.person.name, visit.desk.now()
    source_id, dismissed = posted.text("source")[:100], posted.text("verdict") == "dismiss"
    settle = dismiss_held if dismissed else release_held

    def work(conn: sqlite3.Connection) -> int:
        return settle(conn, source_id, by=by, now=now)

    number = await visit.desk.write(work)
    sentence = (
        gettext("Dismissed: {number} items of {source}.")
        if dismissed
        else gettext("In the queue now: {number} items of {source}.")
    )
    visit.say(sentence.format(number=number, source=source_id))
    return redirect(visit.desk.path("/-/sources"))


async def paste_view(visit: Visit) -> Any:
    """The field for an address."""
    services_of(visit)
    return await _paste_page(visit, {})


async def preview_pasted(visit: Visit) -> Any:
    """What the pasted address would give, or why it gives nothing."""
    service = services_of(visit).preview
    url = (await visit.posted()).text("url").strip()[:_LONGEST_ADDRESS]
    try:
        found = await asyncio.to_thread(service, url)
    except NewsError as error:
        return await _paste_page(visit, {"url": url}, problem=told(str(error)).text)
    return await _paste_page(visit, {"url": url, "found": found, "block": found.block})


async def add_pasted(visit: Visit) -> Any:
    """The address is a source, its block in sources.yaml; else the form once more, with what is wrong."""
    service, form = services_of(visit).add, await visit.posted()
    url = form.text("url").strip()[:_LONGEST_ADDRESS]
    block = NewBlock(**{key.name: form.text(key.name).strip()[:_LONGEST_FIELD] for key in fields(NewBlock)})
    try:
        visit.say(told(await visit.desk.write(lambda conn: service(conn, url, block))).text)
    except NewsError as error:
        return await _paste_page(visit, {"url": url, "block": block}, problem=told(str(error)).text)
    return redirect(visit.desk.path("/-/sources"))


async def _paste_page(visit: Visit, context: Mapping[str, Any], *, problem: str = "") -> Any:
    shown = {"url": "", "found": None, "block": None, **context, "problem": problem, "here": "sources"}
    return await visit.page("desk_paste.html", shown, status=400 if problem else 200)
