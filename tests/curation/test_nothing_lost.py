"""Random lives of two browsers against the real desk: whatever happens, nothing decided is lost or made twice.

The browsers here are the rules of `line.js` and `deciding.js` in Python, so that a thousand lives take two minutes;
`test_desk_browser.py` lives some of them in a real Chromium. SEQUENCES=1000 sets how many.
"""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from curation.app import close_desk, make_desk
from db.decisions import Wanted, history
from db.records import DecisionRow
from tests.curation.conftest import Browser, MakeRoom, Room

SEQUENCES = int(os.environ.get("SEQUENCES", "30"))
TAG = "IFLA-2019-2024/SD1"
REFUSALS = (400, 403, 404, 409)


@dataclass
class Sending:
    """One entry of a browser's line."""

    request: str
    address: str
    item: int
    fields: dict[str, Any]


@dataclass
class Window:
    """What one convenor's browser shows and keeps. The line outlives a reload, everything else is read anew."""

    person: str
    browser: Browser
    line: list[Sending] = field(default_factory=list)
    versions: dict[int, int] = field(default_factory=dict)
    strip: list[tuple[str, int]] = field(default_factory=list)  # (request, item) of what stands, the newest last
    told: set[str] = field(default_factory=set)  # requests of which the person was told that they were refused
    online: bool = True
    lose: str = ""  # what the line does to the next sending: `request`, `answer` or nothing


class World:
    """One desk that all lives share; each has items of its own."""

    def __init__(self, room: Room, runner: asyncio.Runner) -> None:
        self.room, self.runner = room, runner

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    def kill(self) -> None:
        """The desk is gone and a new one serves the same database."""
        close_desk(self.room.desk)
        self.room.desk = make_desk(self.room.path, secret="a secret of tests", now=self.room.clock)

    async def send(self, window: Window, sending: Sending) -> tuple[int, dict[str, Any]] | None:
        """Status and answer, or None when the line lost one of both."""
        lose, window.lose = window.lose, ""
        if not window.online or lose == "request":
            return None
        window.browser.client._transport = httpx.ASGITransport(app=self.room.desk.app())
        fields = {**sending.fields, "request": sending.request, "person": window.person}
        answer = await window.browser.post(sending.address, fields, script=True)
        return None if lose == "answer" else (answer.status_code, answer.json())


class TwoBrowsers(RuleBasedStateMachine):
    """Two convenors decide on the same four items."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.items = [self.world.room.add(f"news {uuid.uuid4()}").id for _ in range(4)]
        self.killed = False
        self.made: dict[str, int] = {}  # request → item, of all that anybody ever did
        self.windows = [Window(name, self.world.run(self.world.room.signed_in(name))) for name in ("ying", "bat")]
        for window in self.windows:
            self.read(window)

    @rule(who=st.integers(0, 1), which=st.integers(0, 3), action=st.sampled_from(["later", "dismiss", "impactful"]))
    def decide(self, who: int, which: int, action: str) -> None:
        window, item = self.windows[who], self.items[which]
        fields = {
            "item": item,
            "version": window.versions[item],
            "action": action,
            "tag": TAG,
            "note": uuid.uuid4().hex,
        }
        window.strip.append((self.put(window, "/-/decide", item, fields), item))

    @precondition(lambda self: any(window.strip for window in self.windows))
    @rule(who=st.integers(0, 1))
    def undo(self, who: int) -> None:
        window = self.windows[who]
        if window.strip:
            request, item = window.strip.pop()
            self.put(window, "/-/undo", item, {"of": request})

    @rule(who=st.integers(0, 1))
    def line_drops(self, who: int) -> None:
        self.windows[who].online = False

    @rule(who=st.integers(0, 1))
    def line_returns(self, who: int) -> None:
        self.windows[who].online = True
        self.flush(self.windows[who])

    @rule(who=st.integers(0, 1), what=st.sampled_from(["request", "answer"]))
    def something_gets_lost(self, who: int, what: str) -> None:
        self.windows[who].lose = what

    @rule(who=st.integers(0, 1))
    def reload(self, who: int) -> None:
        self.read(self.windows[who])
        self.flush(self.windows[who])

    @precondition(lambda self: not self.killed)
    @rule()
    def server_is_killed(self) -> None:
        self.killed = True  # once in a life: starting a desk takes longest
        self.world.kill()

    def put(self, window: Window, address: str, item: int, fields: dict[str, Any]) -> str:
        """The sending stands in the line, and the line is tried."""
        sending = Sending(uuid.uuid4().hex, address, item, fields)
        self.made[sending.request] = item
        window.line.append(sending)
        window.versions[item] += 1
        self.flush(window)
        return sending.request

    def flush(self, window: Window) -> None:
        while window.line and (answered := self.world.run(self.world.send(window, window.line[0]))):
            status, answer = answered
            sending = window.line.pop(0)
            if answer.get("ok"):
                self.settle(window, answer["items"])
                continue
            assert status in REFUSALS, (status, answer)
            dropped = [sending, *(each for each in window.line if each.item == sending.item)]
            window.line = [each for each in window.line if each.item != sending.item]
            window.told |= {each.request for each in dropped}
            window.strip = [each for each in window.strip if each[0] not in window.told]
            window.versions[sending.item] = self.world.room.item(sending.item).version

    def settle(self, window: Window, presents: list[dict[str, Any]]) -> None:
        for present in presents:
            if all(each.item != present["item"] for each in window.line):
                window.versions[present["item"]] = present["version"]

    def read(self, window: Window) -> None:
        """A page is loaded: versions and strip as the desk has them, and what still waits on top of that."""
        waiting = [each.item for each in window.line]
        window.versions = {item: self.world.room.item(item).version + waiting.count(item) for item in self.items}
        undone = {row.undoes for row in self.rows()}
        stands = [row for row in self.rows() if row.actor == window.person and row.action != "undo"]
        window.strip = [(row.request or "", row.item_id) for row in stands if row.id not in undone]
        known = {request for request, _ in window.strip}
        for each in window.line:
            of = each.fields.get("of")
            window.strip = [one for one in window.strip if one[0] != of]
            if of is None and each.request not in known:
                window.strip.append((each.request, each.item))

    def rows(self) -> list[DecisionRow]:
        """The history of the items of this life, oldest first."""
        rows = [
            row
            for item in self.items
            for row in history(self.world.room.conn, ("nea",), limit=500, wanted=Wanted(item_id=item))
        ]
        return sorted(rows, key=lambda row: row.id)

    def teardown(self) -> None:
        for window in self.windows:
            window.online, window.lose = True, ""
            self.flush(window)
        rows, told = self.rows(), {request for window in self.windows for request in window.told}
        arrived = [row.request for row in rows]
        assert len(arrived) == len(set(arrived)), "something was made twice"
        assert set(arrived) | told == set(self.made), "something was lost, or invented"
        assert not set(arrived) & told, "something was made, and told as refused"
        for item in self.items:
            self.check_chain(item, [row for row in rows if row.item_id == item])

    def check_chain(self, item: int, rows: list[DecisionRow]) -> None:
        """The item is what its rows say, each from the state that the one before left."""
        present = self.world.room.item(item)
        assert present.version == 1 + len(rows)
        for one, other in pairwise(rows):
            assert one.after == other.before
        if rows:
            assert present.curation == rows[-1].after


@pytest.fixture
def world(make_room: MakeRoom) -> Iterator[type[TwoBrowsers]]:
    with asyncio.Runner() as runner:
        room = make_room()

        class Here(TwoBrowsers):
            world = World(room, runner)

        yield Here


def test_nothing_is_lost_and_nothing_made_twice(world: type[TwoBrowsers]) -> None:
    run_state_machine_as_test(
        world,
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=SEQUENCES < 1_000,
        ),
    )
