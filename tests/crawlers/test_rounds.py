"""A service over weeks in a second: what is due is polled, whatever happens to the clock, the list or the database."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crawlers.clock import Clock
from crawlers.crawl import CrawlRequest, crawl
from crawlers.rounds import LONGEST_LOOK_SECONDS, LOOK_SECONDS, EditedSources, Rounds
from crawlers.sources import SourceFile
from crawlers.stopping import Stop
from db.errors import SourceError, StoreError
from db.sources import poll_states
from tests.crawlers.small_web import SimulatedTime, SmallWeb, feed, source, source_file

RSS = "application/rss+xml"
HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)


@dataclass
class Service:
    """Rounds over a small web, by a clock on the wall that can be set and one that never jumps."""

    conn: sqlite3.Connection
    web: SmallWeb
    sources: SourceFile
    time: SimulatedTime = field(default_factory=SimulatedTime)
    off: timedelta = timedelta()  # by how much the clock on the wall is wrong
    stop: Stop = field(default_factory=Stop)
    told: list[str] = field(default_factory=list)
    trouble: Exception | None = None  # raised instead of a pass
    passes: list[datetime] = field(default_factory=list)

    def clock(self) -> Clock:
        steady = self.time.clock
        return Clock(lambda: steady.now() + self.off, steady.monotonic, steady.sleep)

    def run_for(self, span: timedelta, *, meanwhile: Callable[[], None] = lambda: None) -> None:
        """The service runs so long by the steady clock."""
        ends, steady, stop = self.time.seconds + span.total_seconds(), self.clock(), Stop()

        def sleep(seconds: float) -> None:
            steady.sleep(seconds)
            meanwhile()
            if self.time.seconds >= ends:
                stop.ask()

        clock = Clock(steady.now, steady.monotonic, sleep)
        Rounds(lambda: self.sources, self._opened, self._pass, clock, stop, self.told.append).run()

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        yield self.conn

    def _pass(self, conn: sqlite3.Connection, loaded: SourceFile) -> None:
        self.passes.append(self.clock().now())
        if self.trouble is not None:
            raise self.trouble
        crawl(conn, loaded, CrawlRequest(), connect=lambda: self.web.transport, clock=self.clock())

    def polls(self) -> Counter[str]:
        return Counter(row[0] for row in self.conn.execute("SELECT source_id FROM polls"))


NAMES = [f"source-{number}" for number in range(8)]


@pytest.fixture
def service(conn: sqlite3.Connection, web: SmallWeb) -> Service:
    for name in NAMES:
        web.put(f"https://{name}.example/feed", feed("One", host=f"{name}.example"), content_type=RSS)
    blocks = [source(name, f"https://{name}.example/feed", articles="none", every_hours=12) for name in NAMES]
    return Service(conn, web, source_file(*blocks))


def test_each_source_is_polled_at_its_own_pace(service: Service) -> None:
    service.run_for(3 * 24 * HOUR)
    assert set(service.polls()) == set(NAMES)
    assert set(service.polls().values()) <= {6, 7}


def test_a_week_of_sleep_brings_one_poll_each(service: Service) -> None:
    service.run_for(HOUR)
    service.time.pass_by(WEEK)  # the machine was suspended, so both clocks went on
    service.run_for(HOUR)
    assert service.polls() == Counter(dict.fromkeys(NAMES, 2))


def test_a_clock_set_forward_by_a_week_brings_one_poll_each(service: Service) -> None:
    service.run_for(HOUR)
    service.off = WEEK
    service.run_for(11 * HOUR)
    assert service.polls() == Counter(dict.fromkeys(NAMES, 2))


@pytest.mark.parametrize("back", [HOUR, 13 * HOUR, WEEK, 400 * timedelta(days=1)])
def test_a_clock_set_back_starves_no_source(service: Service, back: timedelta) -> None:
    service.run_for(13 * HOUR)
    before = service.polls()
    service.off = -back
    service.run_for(HOUR)
    assert service.polls() == before  # nor is any polled sooner than its interval allows
    service.run_for(27 * HOUR)
    assert all(1 <= count - before[name] <= 3 for name, count in service.polls().items())


def test_a_clock_that_is_set_right_again_starves_no_source(service: Service) -> None:
    service.off = 400 * timedelta(days=1)
    service.run_for(HOUR)
    service.off = timedelta()
    service.run_for(27 * HOUR)
    assert set(service.polls().values()) == {3}
    assert service.told == ["the clock was set back: 8 sources wait their usual time from now on"]


@pytest.mark.parametrize("trouble", [StoreError("the disk is full"), ZeroDivisionError("a bug")])
def test_trouble_is_told_and_tried_again_ever_more_rarely(service: Service, trouble: Exception) -> None:
    service.trouble = trouble
    service.run_for(3 * HOUR)
    waits = [
        (later - earlier).total_seconds() for earlier, later in zip(service.passes, service.passes[1:], strict=False)
    ]
    assert waits[:3] == [2 * LOOK_SECONDS, 4 * LOOK_SECONDS, 8 * LOOK_SECONDS] and waits[-1] == LONGEST_LOOK_SECONDS
    assert len(service.told) == len(service.passes) and "tried again in 60 seconds" in service.told[0]
    service.trouble = None
    service.run_for(HOUR)
    assert service.polls() == Counter(dict.fromkeys(NAMES, 1))


LIST = """
sub_regions: {asia: {name: Asia, countries: [MN]}}
sources:
"""
BLOCK = (
    "- {{id: {0}, name: News, institution: Library, country: MN, sub_region: asia, language: en, kind: feed,"
    " url: 'https://{0}.example/feed'}}\n"
)


def test_an_edit_is_taken_over_and_a_broken_one_told_once(tmp_path: Path) -> None:
    path, told = tmp_path / "sources.yaml", list[str]()
    path.write_text(LIST + BLOCK.format("one"))
    edited = EditedSources(path, told.append)
    path.write_text(LIST + BLOCK.format("one") + BLOCK.format("two"))
    assert [found.id for found in edited.current().sources] == ["one", "two"]
    path.write_text(LIST + BLOCK.format("one") + "- {id: half")
    for _ in range(3):
        assert [found.id for found in edited.current().sources] == ["one", "two"]
    path.unlink()
    assert len(edited.current().sources) == 2
    path.write_text(LIST + BLOCK.format("three"))
    assert [found.id for found in edited.current().sources] == ["three"]
    assert len(told) == 4
    assert "taken over: 2 sources" in told[0] and "is not valid YAML" in told[1] and "cannot read" in told[2]


def test_a_list_that_is_broken_from_the_beginning_starts_nothing(tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text("sources: [")
    with pytest.raises(SourceError, match="is not valid YAML"):
        EditedSources(path, lambda sentence: None)


def test_an_added_source_is_polled_at_the_next_look(service: Service) -> None:
    everything = service.sources
    service.sources = source_file(*everything.sources[:-1])
    service.run_for(HOUR)
    service.sources = everything
    service.run_for(timedelta(minutes=1))
    assert service.polls() == Counter(dict.fromkeys(NAMES, 1))


def test_nothing_is_written_when_nothing_is_due(service: Service) -> None:
    service.run_for(HOUR)
    before, states = service.conn.total_changes, poll_states(service.conn)
    service.run_for(HOUR)
    assert (service.conn.total_changes, poll_states(service.conn)) == (before, states)
