"""The queue: what waits in a convenor's sub-regions, newest first, and what she decided last."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlencode

from curation.access import visible_regions
from curation.cards import Card, Known, card_of, load_known
from curation.web import Form, Visit
from curation.wording import DONE, STATES, shortened
from db.decisions import history
from db.desk import QueueCount, QueueFilter, queue_counts, waiting_items
from db.records import DecisionRow, ItemState, User
from db.sources import list_sources

PAGE_SIZE = 25
RECENT = 10
NAMED_STATES: dict[str, ItemState] = {state: state for state in STATES}


@dataclass(frozen=True, slots=True)
class QueueAddress:
    """The filters as they stand in the address; an empty one does not narrow."""

    state: ItemState = "new"
    country: str = ""
    source: str = ""
    strategy: str = ""
    after: str = ""  # day and id of the last item of the page before, `2021-01-28_17`; the day may be empty

    @property
    def key(self) -> tuple[str, int] | None:
        """Where the page begins; None for the first page."""
        day, _, number = self.after.rpartition("_")
        return (day, int(number)) if number.isascii() and number.isdigit() and len(number) < 16 else None

    @property
    def first(self) -> str:
        """The query of the first page with these filters."""
        return replace(self, after="").query

    @property
    def query(self) -> str:
        """The filters as an address carries them, without those that say nothing."""
        chosen = {name: value for name, value in asdict(self).items() if value and (name, value) != ("state", "new")}
        return f"?{urlencode(chosen)}" if chosen else ""


def address_of(form: Form) -> QueueAddress:
    """The filters of an address; what cannot be meant reads as not given."""
    return QueueAddress(
        state=NAMED_STATES.get(form.text("state"), "new"),
        country=form.text("country")[:3],
        source=form.text("source")[:100],
        strategy=form.text("strategy")[:100],
        after=form.text("after")[:40],
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a filter, with how many items it would show (None: that is not counted)."""

    value: str
    label: str
    count: int | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class Queue:
    """One page of the queue, ready to be shown."""

    address: QueueAddress
    regions: tuple[str, ...]
    cards: tuple[Card, ...]
    total: int
    next_query: str  # empty on the last page
    states: tuple[Choice, ...]
    countries: tuple[Choice, ...]
    sources: tuple[Choice, ...]
    strategies: tuple[Choice, ...]
    recent: tuple[DecisionRow, ...]


async def queue(visit: Visit) -> Any:
    """The page of the queue that the address names."""
    address = address_of(visit.asked)
    found = await visit.desk.read(load_queue(visit.person, address))
    return await visit.page("desk_queue.html", {"queue": found, "done": DONE, "shortened": shortened, "here": "queue"})


def load_queue(user: User, address: QueueAddress) -> Callable[[sqlite3.Connection], Queue]:
    """How to read this page of this person's queue."""

    def load(conn: sqlite3.Connection) -> Queue:
        known = load_known(conn)
        regions = visible_regions(user, known.region_ids)
        wanted = QueueFilter(regions, address.state, address.country, address.source, address.key)
        items = waiting_items(conn, wanted, limit=PAGE_SIZE + 1)
        counts = queue_counts(conn, regions)
        shown = items[:PAGE_SIZE]
        return Queue(
            address=address,
            regions=tuple(region.name for region in known.regions if region.id in regions),
            cards=tuple(card_of(item, known, user, strategy=address.strategy) for item in shown),
            total=_total(counts, address),
            next_query=_next(address, (shown[-1].published.on or "", shown[-1].id)) if len(items) > PAGE_SIZE else "",
            states=_states(counts, address),
            countries=_countries(counts, address, known),
            sources=_sources(conn, counts, address),
            strategies=_strategies(address, known),
            recent=standing(history(conn, regions, limit=3 * RECENT, actor=user.name))[:RECENT],
        )

    return load


def standing(rows: Iterable[DecisionRow]) -> tuple[DecisionRow, ...]:
    """The decisions among these newest rows that nobody took back."""
    listed = tuple(rows)
    undone = {row.undoes for row in listed}
    return tuple(row for row in listed if row.action != "undo" and row.id not in undone)


def _next(address: QueueAddress, last: tuple[str, int]) -> str:
    return replace(address, after=f"{last[0]}_{last[1]}").query


def _total(counts: Iterable[QueueCount], address: QueueAddress) -> int:
    return sum(count.items for count in counts if _matches(count, address))


def _matches(count: QueueCount, address: QueueAddress) -> bool:
    return (
        count.state == address.state
        and address.country in ("", count.country)
        and address.source in ("", count.source_id)
    )


def _states(counts: tuple[QueueCount, ...], address: QueueAddress) -> tuple[Choice, ...]:
    return tuple(
        Choice(state, words, _total(counts, replace(address, state=state)), state == address.state)
        for state, words in STATES.items()
    )


def _countries(counts: tuple[QueueCount, ...], address: QueueAddress, known: Known) -> tuple[Choice, ...]:
    codes = {count.country for count in counts} | {address.country} - {""}
    named = sorted((known.countries.get(code, code), code) for code in codes)
    return tuple(
        Choice(code, name, _total(counts, replace(address, country=code)), code == address.country)
        for name, code in named
    )


def _sources(conn: sqlite3.Connection, counts: tuple[QueueCount, ...], address: QueueAddress) -> tuple[Choice, ...]:
    used = {count.source_id for count in counts}
    return tuple(
        Choice(s.id, s.name, _total(counts, replace(address, source=s.id)), s.id == address.source)
        for s in list_sources(conn)
        if s.id in used
    )


def _strategies(address: QueueAddress, known: Known) -> tuple[Choice, ...]:
    return tuple(Choice(v.id, v.title, None, v.id == address.strategy) for v in known.strategies)
