"""The ways a source is read, its rungs: which of them is settled, what each asks. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from crawlers.kinds import kind_module
from crawlers.sources import Rung, Source
from db.records import PollState


def settled_rung(source: Source, state: PollState) -> int | None:
    """The rung that worked before, None when there is none or its block says something else now."""
    if state.settled is None or state.settled >= len(source.rungs):
        return None
    return state.settled if state.settled_for == source.rungs[state.settled].fingerprint else None


def settled_url(source: Source, state: PollState, rung: int) -> str:
    return state.settled_url or asked_url(source.rungs[rung])


def asked_url(rung: Rung) -> str:
    """The address that a rung asks: the one it names, unless its kind makes another of it."""
    first_url = getattr(kind_module(rung.kind), "first_url", None)
    return str(first_url(rung.url, rung.parsed_options())) if first_url is not None else rung.url


def shared_addresses(polled: Iterable[tuple[Source, PollState | None]]) -> dict[str, bool]:
    """The first addresses that more than one of these sources asks, and whether all of them know the same of it."""
    asking: dict[str, list[str | PollState]] = {}  # by the address that they ask
    for source, state in polled:
        rung = None if state is None else settled_rung(source, state)
        if state is None or rung is None:
            for url in dict.fromkeys(asked_url(way) for way in source.rungs):
                asking.setdefault(url, []).append(source.id)
        else:
            asking.setdefault(settled_url(source, state, rung), []).append(state)
    return {url: len(set(map(_known, given))) == 1 for url, given in asking.items() if len(given) > 1}


def _known(asking: str | PollState) -> Hashable:
    """What is known of its address by a source with a settled way; one without knows nothing that another does."""
    if isinstance(asking, str):
        return asking
    pages = frozenset((key.rpartition(" ")[2], page) for key, page in asking.pages.items())
    return asking.validators, asking.body_hash, pages
