"""What the operator's pages show of sources, made by the rooms that know how sources are read."""

from __future__ import annotations

from dataclasses import dataclass

from db.health import Proposal
from db.held import HeldPoll
from db.records import ParsedItem


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source with how it does, in one word and one sentence."""

    id: str
    name: str
    institution: str
    url: str
    word: str
    why: str
    broken: bool
    since: str  # the day since when there is trouble; empty when there is none
    polled: str  # the minute of the last poll; empty: never
    repaired: str  # who took over a repair and when; empty when the block of sources.yaml holds
    proposal: Proposal | None = None
    held: tuple[HeldPoll, ...] = ()  # polls that wait for one look

    @property
    def waiting(self) -> str:
        """What is held aside, in a sentence; empty when nothing is."""
        number = sum(poll.items for poll in self.held)
        return f"{number} items are held aside: {self.held[0].why}" if self.held else ""


@dataclass(frozen=True, slots=True)
class PastedAddress:
    """What an address would give as a source."""

    url: str
    kind: str
    encoding: str
    items: tuple[ParsedItem, ...]
    command: str  # what adds it, to be typed at a terminal
