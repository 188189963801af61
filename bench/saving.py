"""What it costs to save polls, apart from asking and reading: milliseconds of the processor for each feed of the farm.

python bench/saving.py [--feeds 300] [--together 8]

The feeds are read beforehand. Then each is saved as a pass saves it: all 30 items new, three of 30 new, nothing
changed; so many polls in one transaction. What recognising takes is measured by itself before.
"""

from __future__ import annotations

import argparse
import pickle
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.farm.server import TONGUES, _page
from bench.passes import COUNTRIES
from crawlers.answers import Answer, Reading, Same, Visit
from crawlers.clock import system_clock
from crawlers.entries import distinct
from crawlers.events import with_events
from crawlers.hosts import Hosts
from crawlers.kinds import Page
from crawlers.known import what_is_new
from crawlers.listings import PageToRead
from crawlers.saving import Saver
from crawlers.sources import Politeness, Source
from crawlers.walk import Walk
from db.connect import open_database
from db.health import source_memory
from db.records import PollState, SubRegion, Validators
from db.sources import poll_states, register_sources

PORT = 8750
TODAY = date(2026, 11, 28)


def source(number: int) -> Source:
    language = TONGUES[number // 2 % len(TONGUES)][0]
    return Source(
        id=f"s{number}",
        name=f"Source {number}",
        institution=f"Library {number}",
        country=COUNTRIES[language],
        sub_region="farm",
        language=language,
        kind="feed",
        url=f"http://127.0.1.{number % 50 + 1}:{PORT}/{number}/feed",
        options={"articles": "none"},
    )


def reading(of: Source, number: int, changes: int) -> bytes:
    """What another process reads in the feed, as it comes from there."""
    page = Page(of.url, _page(number, changes, PORT)[1], "application/xml")
    read = PageToRead(page, of, 0, TODAY, with_words=not changes).read()
    validators, digest = Validators(f'"{number}-{changes}"'), str(changes)
    return pickle.dumps(
        Reading(0, of.url, of.url, read.listing, read.entries, 200, validators, digest, read.look, page, read.memory)
    )


@dataclass(frozen=True, slots=True)
class Costs:
    """Milliseconds of the processor for each feed."""

    recognising: float
    rows: float  # with marks, the state of the source and what is remembered of its pages
    index: float  # with cutting the words


class Bench:
    """One database, saved into pass by pass."""

    def __init__(self, path: Path, feeds: int, together: int) -> None:
        self.sources = {number: source(number) for number in range(0, 2 * feeds, 2)}
        self.together = together
        clock = system_clock()
        conn = open_database(path, create=True)
        register_sources(conn, (one.row() for one in self.sources.values()), [SubRegion("farm", "Farm", {})])
        self.saver = Saver(conn, Politeness(pause_seconds=0), clock, Hosts(clock.moment, "bench"))

    def run(self, answers: Sequence[tuple[int, bytes]]) -> Costs:
        """These answers are saved and indexed."""
        states = poll_states(self.saver.conn)
        recognising = again = saving = 0.0
        for first in range(0, len(answers), self.together):
            walks = [
                self._walk(number, pickle.loads(kept), states) for number, kept in answers[first:][: self.together]
            ]
            recognising += taken(partial(self._recognise, walks))
            again += taken(partial(self._recognise, walks))  # as it is within the next line: titles are known by then
            saving += taken(partial(self.saver.save, walks))
        index = taken(self.saver.index)
        return Costs(*(1000 * seconds / len(answers) for seconds in (recognising, saving - again, index)))

    def _walk(self, number: int, answer: Answer, states: dict[str, PollState]) -> tuple[Walk, Answer]:
        of, begun, conn = self.sources[number], self.saver.clock.moment(), self.saver.conn
        state = states.get(of.id, PollState(of.id))
        visit = Visit(of, state, self.saver.politeness, TODAY, memory=source_memory(conn, of.id))
        walk = Walk(visit, state, None, started_at=begun.at, started=begun.uptime, answer=answer)
        if isinstance(answer, Reading):
            walk.set_out(conn, answer)
        return walk, answer

    def _recognise(self, walks: Sequence[tuple[Walk, Answer]]) -> None:
        for walk, _ in walks:
            of = walk.visit.source
            with_events(what_is_new(self.saver.conn, of, distinct(walk.entries)), of, TODAY)


def taken(work: Callable[[], object]) -> float:
    """Seconds of the processor."""
    began = time.process_time()
    work()
    return time.process_time() - began


def passes(feeds: int, together: int) -> Iterator[tuple[str, Costs]]:
    numbers = range(0, 2 * feeds, 2)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder) / "convenor.db", feeds, together)
        for which, changes in (("30 of 30 new", 0), ("3 of 30 new", 1)):
            yield which, bench.run([(number, reading(bench.sources[number], number, changes)) for number in numbers])
        yield "not modified", bench.run([(number, pickle.dumps(Same(304, Validators("x")))) for number in numbers])
        bench.saver.conn.close()


def main() -> None:
    """The table is printed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=300)
    parser.add_argument("--together", type=int, default=8)
    asked = parser.parse_args()
    print("| ms each | recognising | rows, marks, state | words and index | all |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for which, costs in passes(asked.feeds, asked.together):
        cells = (costs.recognising, costs.rows, costs.index, costs.recognising + costs.rows + costs.index)
        print(f"| {which} | {' | '.join(f'{cell:.2f}' for cell in cells)} |")


if __name__ == "__main__":
    main()
