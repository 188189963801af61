"""One job at a time in a lane, lanes side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from msgspec.structs import replace

from crawlers.lanes import Job, Lanes
from crawlers.stopping import Stop


def job(lane: str, work: Callable[[], object], done: list[object], *, optional: bool = False) -> Job[object]:
    return Job(lane, lambda: work, done.append, done.append, optional=optional)


@pytest.fixture
def pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(4)


def test_jobs_of_a_lane_follow_each_other(pool: ThreadPoolExecutor) -> None:
    lanes, done = Lanes(pool, 4), list[object]()
    running, at_once = threading.Semaphore(1), list[bool]()

    def alone(number: int) -> int:
        at_once.append(not running.acquire(blocking=False))
        running.release()
        return number

    for number in range(50):
        lanes.add(job("one", partial(alone, number), done))
    lanes.run()
    assert done == list(range(50))
    assert not any(at_once)


def test_lanes_run_side_by_side(pool: ThreadPoolExecutor) -> None:
    lanes, done = Lanes(pool, 3), list[object]()
    meeting = threading.Barrier(3, timeout=10)  # broken unless three jobs are under way together
    for lane in "abc":
        lanes.add(job(lane, meeting.wait, done))
    lanes.run()
    assert sorted(done, key=str) == [0, 1, 2]


def test_no_more_run_at_once_than_allowed(pool: ThreadPoolExecutor) -> None:
    lanes, done = Lanes(pool, 2), list[object]()
    slots = threading.Semaphore(2)

    def work() -> bool:
        free = slots.acquire(blocking=False)
        if free:
            slots.release()
        return free

    for number in range(20):
        lanes.add(job(str(number), work, done))
    lanes.run()
    assert done == [True] * 20


def test_job_added_by_a_job_is_done_too(pool: ThreadPoolExecutor) -> None:
    lanes, done = Lanes(pool, 2), list[object]()

    def again(result: object) -> None:
        done.append(result)
        if len(done) < 5:
            lanes.add(Job("a", lambda: lambda: len(done), again, done.append), first=True)

    lanes.add(Job("a", lambda: lambda: 0, again, done.append))
    lanes.run()
    assert done == [0, 1, 2, 3, 4]


def test_lane_goes_on_before_what_waits_is_done(pool: ThreadPoolExecutor) -> None:
    order = list[str]()
    lanes = Lanes(pool, 1, waiting=lambda: order.append("waiting"))

    def begin(name: str) -> Callable[[], str]:
        order.append(name)
        return lambda: name

    for name in ("first", "second"):
        lanes.add(Job("a", partial(begin, name), lambda _: None, lambda _: None))
    lanes.run()
    assert order == ["first", "second", "waiting", "waiting"]


def test_first_goes_before_those_that_wait(pool: ThreadPoolExecutor) -> None:
    lanes, done = Lanes(pool, 1), list[object]()
    lanes.add(job("a", lambda: "second", done))
    lanes.add(job("a", lambda: "first", done), first=True)
    lanes.run()
    assert done == ["first", "second"]


def test_exception_goes_to_broken_and_the_others_are_done(pool: ThreadPoolExecutor) -> None:
    lanes, done, broken = Lanes(pool, 1), list[object](), list[Exception]()
    lanes.add(Job("a", lambda: lambda: 1 // 0, done.append, broken.append))
    lanes.add(job("a", lambda: "served", done))
    lanes.run()
    assert done == ["served"]
    assert [type(error) for error in broken] == [ZeroDivisionError]


def test_optional_jobs_can_be_dropped(pool: ThreadPoolExecutor) -> None:
    lanes, done = Lanes(pool, 1), list[object]()
    lanes.add(job("a", lambda: "needed", done))
    lanes.add(job("a", lambda: "nice to have", done, optional=True))
    lanes.add(job("b", lambda: "elsewhere", done, optional=True))
    assert lanes.drop_optional("a") == 1
    assert lanes.drop_optional("unknown") == 0
    lanes.run()
    assert sorted(done, key=str) == ["elsewhere", "needed"]


def test_stopped_lanes_end_what_began_and_begin_nothing_more(pool: ThreadPoolExecutor) -> None:
    stop = Stop()
    lanes, done = Lanes(pool, 1, stop=stop), list[object]()

    def begun(answer: object) -> None:
        stop.ask()
        done.append(answer)
        lanes.add(replace(job("one", lambda: "its second page", done), continues=True), first=True)

    lanes.add(Job("one", lambda: lambda: "its first page", begun, done.append))
    lanes.add(job("one", lambda: "another source", done))
    lanes.add(job("two", lambda: "another host", done))
    lanes.run()
    assert done == ["its first page", "its second page"]


def test_stopped_lanes_give_up_what_does_not_end(pool: ThreadPoolExecutor) -> None:
    stop, silent = Stop(grace_seconds=0), threading.Event()
    lanes, done = Lanes(pool, 1, stop=stop, waiting=stop.ask), list[object]()
    lanes.add(job("one", lambda: silent.wait(30), done))
    lanes.run()
    assert done == []
    silent.set()
