"""The queue: what waits in a convenor's sub-regions, in the order and within the filters that the address names."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from curation.access import visible_regions
from curation.cards import Card, card_of, load_around, load_known
from curation.likelihood import TEXT_READ, Reason, likelihood, reasons
from curation.queue_address import QueueAddress, address_of
from curation.queue_filters import Filters, load_filters
from curation.recent import RecentEntry, recent_entries
from curation.tags import Tip, first_level_tips
from curation.web import Visit
from curation.wording import DONE, number_words, shortened
from db.decisions import last_decisions
from db.desk import QueueFilter, WaitingWords, count_items, items_of, waiting_items, waiting_words
from db.records import DeskItem, User
from db.search.query import parse

PAGE_SIZE = 25
RECENT = 10
COUNTED = 1_000  # beyond that the page says `1,000+`
WEIGHED = 300  # by likelihood the newest so many are ordered


class Queue(Struct, frozen=True):
    """One page of the queue, ready to be shown."""

    address: QueueAddress
    regions: tuple[str, ...]
    cards: tuple[Card, ...]
    total: str
    next_query: str  # empty on the last page
    filters: Filters
    recent: tuple[RecentEntry, ...]
    tips: tuple[Tip, ...]  # what the tags on the cards mean


class Listed(Struct, frozen=True):
    """The items of one page; `last` is where it ends, empty on the last page."""

    items: tuple[DeskItem, ...]
    last: str
    why: dict[int, tuple[Reason, ...]]


async def queue(visit: Visit) -> Any:
    """The page of the queue that the address names."""
    address = address_of(visit.asked)
    found = await visit.desk.read(load_queue(visit.person, address))
    context = {"queue": found, "done": DONE, "shortened": shortened, "here": "queue", "weighed": WEIGHED}
    return await visit.page("desk_queue.html", context)


def load_queue(user: User, address: QueueAddress) -> Callable[[sqlite3.Connection], Queue]:
    """How to read this page of this person's queue."""

    def load(conn: sqlite3.Connection) -> Queue:
        known = load_known(conn)
        regions = visible_regions(user, known.region_ids)
        wanted = _wanted(address, regions, user)
        listed = _by_likelihood(conn, wanted, address) if address.order == "likely" else _newest(conn, wanted, address)
        around = load_around(conn, [item.id for item in listed.items])
        return Queue(
            address=address,
            regions=tuple(region.name for region in known.regions if region.id in regions),
            cards=tuple(
                card_of(
                    item,
                    known,
                    user,
                    address.strategy,
                    around[item.id],
                    [reason.sentence for reason in listed.why.get(item.id, ())],
                    wanted.query,
                )
                for item in listed.items
            ),
            total=number_words(count_items(conn, wanted, at_most=COUNTED + 1), COUNTED),
            next_query=address.at(listed.last).query if listed.last else "",
            filters=load_filters(conn, address, known, regions),
            recent=recent_entries(last_decisions(conn, regions, actor=user.name, limit=RECENT)),
            tips=first_level_tips(known.strategies),
        )

    return load


def _wanted(address: QueueAddress, regions: tuple[str, ...], user: User) -> QueueFilter:
    return QueueFilter(
        sub_regions=regions,
        state=address.state,
        country=address.country,
        source_id=address.source,
        language=address.language,
        since=address.since,
        until=address.until,
        actor=user.name if address.mine else "",
        nominated=bool(address.nominated),
        suggested=bool(address.suggested),
        query=parse(address.q),
    )


def _newest(conn: sqlite3.Connection, wanted: QueueFilter, address: QueueAddress) -> Listed:
    items = waiting_items(conn, wanted.starting(address.key), limit=PAGE_SIZE + 1)
    shown = items[:PAGE_SIZE]
    last = f"{shown[-1].published.on or ''}_{shown[-1].id}" if len(items) > PAGE_SIZE else ""
    return Listed(shown, last, {})


def _by_likelihood(conn: sqlite3.Connection, wanted: QueueFilter, address: QueueAddress) -> Listed:
    """The newest items that match, those first for which most speaks."""
    weighed = [_weighed(words) for words in waiting_words(conn, wanted, limit=WEIGHED, text=TEXT_READ)]
    ranked = sorted((w for w in weighed if address.rank is None or w.rank < address.rank), key=_rank, reverse=True)
    shown = ranked[:PAGE_SIZE]
    last = "_".join(map(str, shown[-1].rank)) if len(ranked) > PAGE_SIZE else ""
    return Listed(items_of(conn, [w.rank[2] for w in shown]), last, {w.rank[2]: w.why for w in shown})


class _Weighed(Struct, frozen=True):
    why: tuple[Reason, ...]
    rank: tuple[int, str, int]  # points, day, id


def _weighed(words: WaitingWords) -> _Weighed:
    why = reasons(words)
    return _Weighed(why, (likelihood(why), words.on, words.id))


def _rank(weighed: _Weighed) -> tuple[int, str, int]:
    return weighed.rank
