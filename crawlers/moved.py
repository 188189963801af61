"""A source whose address sends us elsewhere for good: after some polls the new address is proposed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit, urlunsplit

from crawlers.sources import Source
from crawlers.ways import asked_url
from db.health import Proposal
from db.records import Glimpse, ParsedItem, PollState

CONSISTENT_POLLS = 3  # that must have been led to the same address
_SHOWN = 5


def moved_proposal(source: Source, state: PollState, items: Sequence[ParsedItem]) -> Proposal | None:
    """The source at its new address; None while too few polls were led there, or where it cannot be told.

    `items` are what the page listed, to be shown.
    """
    if state.settled is None or state.moved_to is None or state.moved_polls < CONSISTENT_POLLS:
        return None
    way = source.rungs[state.settled]
    url = state.moved_to if state.settled_url else _moved(way.url, asked_url(way), state.moved_to)
    if url is None:
        return None
    options = {key: value for key, value in way.options.items() if not (state.settled_url and key == "autodiscover")}
    seen = tuple(Glimpse(item.title, item.canonical_url, item.published.on) for item in items[:_SHOWN])
    why = f"is where the old address sends us for good, as at least {state.moved_polls} polls in a row found"
    return Proposal(way.kind, url, options, why, seen, seen)


def _moved(url: str, asked: str, moved_to: str) -> str | None:
    """The new address of the block, where what is asked is the block's own or made of it by its kind."""
    if asked == url:
        return moved_to
    old, new = urlsplit(asked), urlsplit(moved_to)
    if (old.path, old.query) != (new.path, new.query):
        return None
    parts = urlsplit(url)
    return urlunsplit((new.scheme, new.netloc, parts.path, parts.query, parts.fragment))
