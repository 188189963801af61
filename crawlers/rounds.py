"""Pass after pass, for as long as a service runs. Database, clock and the pass itself come in.

The clock on the wall is looked at every half minute and no longer wait is ever computed, so that sleep, suspend and a
changed clock do no harm: after any of them the next look finds what is due.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from os import stat_result
from pathlib import Path

from crawlers.clock import Clock
from crawlers.clock_change import mend_waits
from crawlers.hosts import held_hosts
from crawlers.schedule import due_sources
from crawlers.sources import SourceFile, load_sources
from crawlers.stopping import Stop
from db.errors import NewsError, SourceError
from db.hosts import host_memories
from db.sources import poll_states

LOOK_SECONDS = 30.0
LONGEST_LOOK_SECONDS = 3_600.0  # after trouble: what could not be saved must not be asked for again and again

Tell = Callable[[str], None]


class EditedSources:
    """The list of sources as its file has it now; where an edit is wrong, as it was before."""

    def __init__(self, path: Path, tell: Tell) -> None:
        """SourceError when the list is wrong from the beginning."""
        self._path = path
        self._tell = tell
        self._read = self._signature()
        self._loaded = load_sources(path)

    def current(self) -> SourceFile:
        """The list to go by; that it is an old one is told once for each wrong edit."""
        if (signature := self._signature()) != self._read:
            self._read = signature
            try:
                self._loaded = load_sources(self._path)
            except SourceError as error:
                self._tell(f"{error}; the list of before this edit is kept until that is mended")
            else:
                self._tell(f"{self._path} was edited and is taken over: {len(self._loaded.sources)} sources")
        return self._loaded

    def _signature(self) -> tuple[int, int, int] | None:
        """What changes when the file is edited; None while there is none."""
        try:
            found: stat_result = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino


@dataclass(slots=True)
class Rounds:
    """Looks again and again whether a source is due, and lets a pass be made when one is."""

    sources: Callable[[], SourceFile]
    opened: Callable[[], AbstractContextManager[sqlite3.Connection]]
    make_pass: Callable[[sqlite3.Connection, SourceFile], None]
    clock: Clock  # its `sleep` ends early when `stop` is asked
    stop: Stop
    tell: Tell
    _troubles: int = field(default=0, init=False)  # in a row

    def run(self) -> None:
        """Everything that fell due has been polled, until somebody wanted an end."""
        while not self.stop.asked:
            self.look()
            self.clock.sleep(min(LOOK_SECONDS * 2**self._troubles, LONGEST_LOOK_SECONDS))

    def look(self) -> None:
        """What is due now has been polled; trouble with the database and faults of ours are told and end nothing."""
        try:
            self._pass_if_due(self.sources())
        except NewsError as error:
            self._trouble(str(error))
        except Exception as error:
            logging.getLogger(__name__).exception("a pass was broken off by a fault of ours")
            self._trouble(f"a pass was broken off by a fault of ours ({type(error).__name__})")
        else:
            self._troubles = 0

    def _pass_if_due(self, loaded: SourceFile) -> None:
        with self.opened() as conn:
            now = self.clock.moment()
            if mended := mend_waits(conn, now):
                self.tell(f"the clock was set back: {len(mended)} sources wait their usual time from now on")
            if due_sources(
                loaded.sources, poll_states(conn), now, loaded.politeness, held=held_hosts(host_memories(conn), now)
            ):
                self.make_pass(conn, loaded)

    def _trouble(self, sentence: str) -> None:
        self._troubles = min(self._troubles + 1, 16)
        if not self.stop.asked:
            wait = min(LOOK_SECONDS * 2**self._troubles, LONGEST_LOOK_SECONDS)
            self.tell(f"{sentence}; tried again in {wait:.0f} seconds")
