"""What the operator's pages show of sources, made by the rooms that know how sources are read."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from msgspec import Struct

from db.health import Proposal
from db.held import HeldPoll
from db.records import ParsedItem


class SourceLine(Struct, frozen=True):
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
    kept: bool = False  # a doubtful page can be looked at
    held: tuple[HeldPoll, ...] = ()  # polls that wait for one look
    todo: str = ""  # what the source asks the operator to do

    @property
    def waiting(self) -> str:
        """What is held aside, in a sentence; empty when nothing is."""
        number = sum(poll.items for poll in self.held)
        return f"{number} items are held aside because {self.held[0].why}" if self.held else ""


class KeptText(Struct, frozen=True):
    """The words of a page that was not believed."""

    source_id: str
    url: str
    why: str
    text: str


class NewBlock(Struct, frozen=True):
    """What a person may correct of a block before it is written."""

    id: str
    name: str
    institution: str
    country: str
    sub_region: str
    language: str


class PastedAddress(Struct, frozen=True):
    """What an address would give as a source."""

    url: str
    kind: str
    how: str  # in words
    encoding: str
    items: tuple[ParsedItem, ...]
    also: tuple[str, ...]  # further ways that give the same
    block: NewBlock  # as guessed
    sub_regions: tuple[tuple[str, str], ...]  # id and name of those that there are
    command: str  # what adds it at a terminal


class SourceServices(Struct, frozen=True):
    """What is lent to the operator's pages. What goes wrong is a NewsError with a sentence."""

    lines: Callable[[sqlite3.Connection], tuple[SourceLine, ...]]  # how each source does
    kept: Callable[[sqlite3.Connection, str], KeptText]  # source id → the doubtful page that was kept
    take_over: Callable[[sqlite3.Connection, str, str], str]  # source id, name of the person → a sentence
    look_for_repair: Callable[[str], str]  # source id → a sentence; asks the web, so it takes its time
    believe: Callable[[sqlite3.Connection, str], str]  # source id → a sentence
    drop: Callable[[sqlite3.Connection, str], str]  # source id → a sentence
    preview: Callable[[str], PastedAddress]  # what an address would give; asks the web
    add: Callable[[sqlite3.Connection, str, NewBlock], str]  # address, corrected block → a sentence
