"""The filters of the queue with what each choice would show."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from curation.cards import Known
from curation.languages import gettext
from curation.queue_address import QueueAddress
from curation.tags import vocabulary_title
from curation.wording import STATES, language_name, source_name
from db.desk import QueueCount, queue_counts
from db.records import SourceRow
from db.sources import list_sources


class Choice(Struct, frozen=True):
    """One option of a filter, with how many items it would show (None: that is not counted)."""

    value: str
    label: str
    count: int | None
    chosen: bool


class Filters(Struct, frozen=True):
    """Every filter with its options. The numbers follow state, country and source, not the rarer filters."""

    states: tuple[Choice, ...]
    countries: tuple[Choice, ...]
    sources: tuple[Choice, ...]
    languages: tuple[Choice, ...]
    strategies: tuple[Choice, ...]


def load_filters(conn: sqlite3.Connection, address: QueueAddress, known: Known, regions: tuple[str, ...]) -> Filters:
    """The filters as they stand for this address."""
    counts, sources = queue_counts(conn, regions), list_sources(conn, regions)
    return Filters(
        states=_states(counts, address),
        countries=_countries(counts, address, known),
        sources=_sources(sources, counts, address),
        languages=_languages(sources, address),
        strategies=tuple(Choice(v.id, vocabulary_title(v), None, v.id == address.strategy) for v in known.strategies),
    )


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
        Choice(state, gettext(words), _total(counts, replace(address, state=state)), state == address.state)
        for state, words in STATES.items()
    )


def _countries(counts: tuple[QueueCount, ...], address: QueueAddress, known: Known) -> tuple[Choice, ...]:
    codes = {count.country for count in counts} | {address.country} - {""}
    named = sorted((known.countries.get(code, code), code) for code in codes)
    return tuple(
        Choice(code, name, _total(counts, replace(address, country=code)), code == address.country)
        for name, code in named
    )


def _sources(
    sources: tuple[SourceRow, ...], counts: tuple[QueueCount, ...], address: QueueAddress
) -> tuple[Choice, ...]:
    used = {count.source_id for count in counts}
    return tuple(
        Choice(s.id, source_name(s.name), _total(counts, replace(address, source=s.id)), s.id == address.source)
        for s in sources
        if s.id in used
    )


def _languages(sources: tuple[SourceRow, ...], address: QueueAddress) -> tuple[Choice, ...]:
    codes = {source.language.split("-")[0] for source in sources} | {address.language} - {""}
    named = sorted((language_name(code), code) for code in codes)
    return tuple(Choice(code, name, None, code == address.language) for name, code in named)
