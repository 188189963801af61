"""Jobs in lanes: of each lane one job at a time, lanes side by side, results handled in the thread that runs them.

It knows nothing of hosts, pages or databases; a job says which lane it belongs to.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import AbstractContextManager, nullcontext, suppress
from queue import Empty, SimpleQueue
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct

from crawlers.stopping import Stop

Result = TypeVar("Result")
_GLANCE_SECONDS = 0.5  # a wait for jobs is interrupted so often, to see whether it should end


def _nothing() -> None:
    return


class Job(Struct, Generic[Result], frozen=True):
    """Something to do elsewhere, and what to do here with what comes of it."""

    lane: str
    begin: Callable[[], Callable[..., Result]]  # its turn has come: gives what the executor runs, as the packing has it
    done: Callable[[Result], None]
    broken: Callable[[Exception], None]  # instead of `done`, when the work raised
    optional: bool = False  # may be dropped
    continues: bool = False  # goes on with something already begun, so that it is also started when told to stop
    lost: Callable[[], None] = _nothing  # instead of `done`, when nobody knows how far the work came
    unstarted: Callable[[], None] = _nothing  # after `begin`, when the executor took nothing more


class Packing(Protocol):
    """How jobs of one lane become one piece of work for the executor."""

    together: int  # at most so many

    def packed(self, lane: str, works: Sequence[Callable[..., Any]]) -> Callable[[], Any]:
        """Does the works, one after the other."""

    def unpacked(self, result: Any) -> Sequence[Any]:
        """What came of each of them; an exception where one raised."""

    def is_loss(self, error: BaseException) -> bool:
        """Whether this error says that nobody knows how far the work came."""


class Single:
    """Each job by itself."""

    together = 1

    def packed(self, lane: str, works: Sequence[Callable[..., Any]]) -> Callable[[], Any]:
        return works[0]

    def unpacked(self, result: Any) -> Sequence[Any]:
        return (result,)

    def is_loss(self, error: BaseException) -> bool:
        return False


class Lanes:
    """The jobs that wait and the few that run. `add`, `run` and the callbacks of jobs belong to one thread."""

    def __init__(
        self,
        executor: Executor,
        max_at_once: int,
        *,
        stop: Stop | None = None,
        waiting: Callable[[], None] = _nothing,
        beginning: Callable[[], AbstractContextManager[object]] = nullcontext,
        packing: Packing | None = None,
    ) -> None:
        self._executor = executor
        self._max_at_once = max_at_once
        self._stop = stop or Stop()
        self._while_waiting = waiting  # called now and then
        self._while_beginning = beginning  # held while jobs begin, and over before any of them is under way
        self._packing = packing or Single()
        self._broken = False  # the executor takes nothing more
        self._waiting: dict[str, deque[Job[Any]]] = {}
        self._ready: deque[str] = deque()  # lanes with a job waiting and none running
        self._running: dict[Future[Any], Sequence[Job[Any]]] = {}
        self._finished: SimpleQueue[Future[Any]] = SimpleQueue()  # of those that run
        self._busy: set[str] = set()

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._running

    def add(self, job: Job[Any], *, first: bool = False) -> None:
        """The job waits in its lane, behind the others unless `first`."""
        lane = self._waiting.setdefault(job.lane, deque())
        if not lane and job.lane not in self._busy:
            self._ready.append(job.lane)
        if first:
            lane.appendleft(job)
        else:
            lane.append(job)

    def drop_optional(self, lane: str) -> int:
        """The optional jobs of a lane are forgotten; how many there were."""
        waiting = self._waiting.get(lane, deque())
        kept = [job for job in waiting if not job.optional]
        dropped = len(waiting) - len(kept)
        waiting.clear()
        waiting.extend(kept)
        return dropped

    def run(self) -> None:
        """Every job has been done, those included that were added meanwhile.

        When told to stop, only what had begun has been done, as far as the stop gave it time.
        """
        while self._start() and not self._stop.overdue:
            for future in self._ended():
                self._finish(future)
            self._start()  # first, so that no lane stands still meanwhile
            self._while_waiting()

    def _ended(self) -> Iterator[Future[Any]]:
        """What finished since the last time; where nothing did, what does so next, if it is not long in coming."""
        with suppress(Empty):
            yield self._finished.get(timeout=_GLANCE_SECONDS)
            while True:
                yield self._finished.get_nowait()

    def _start(self) -> bool:
        chosen: list[list[Job[Any]]] = []
        while self._ready and len(self._running) + len(chosen) < self._max_at_once and not self._broken:
            if jobs := self._taken(self._waiting[self._ready.popleft()]):
                chosen.append(jobs)
        if chosen:
            with self._while_beginning():
                works = [[job.begin() for job in jobs] for jobs in chosen]
            for jobs, work in zip(chosen, works, strict=True):
                self._submit(jobs, work)
        return bool(self._running)

    def _taken(self, waiting: deque[Job[Any]]) -> list[Job[Any]]:
        """The jobs of a lane that are done next, as many as are done together."""
        jobs: list[Job[Any]] = []
        while waiting and len(jobs) < self._packing.together and (waiting[0].continues or not self._stop.asked):
            jobs.append(waiting.popleft())
        return jobs

    def _submit(self, jobs: Sequence[Job[Any]], works: Sequence[Callable[..., Any]]) -> None:
        lane = jobs[0].lane
        try:
            future = self._executor.submit(self._packing.packed(lane, works))
        except BrokenExecutor:
            self._broken = True
            for job in jobs:
                job.unstarted()
            return
        self._busy.add(lane)
        self._running[future] = jobs
        future.add_done_callback(self._finished.put)

    def _finish(self, future: Future[Any]) -> None:
        jobs = self._running.pop(future)
        error = None if future.cancelled() else future.exception()
        if future.cancelled() or (error is not None and self._packing.is_loss(error)):
            for job in jobs:
                job.lost()
        else:
            failed = isinstance(error, Exception)  # what is none, such as Ctrl-C, is raised by `result`
            outcomes = [error] * len(jobs) if failed else self._packing.unpacked(future.result())
            for job, outcome in zip(jobs, outcomes, strict=True):
                job.broken(outcome) if isinstance(outcome, Exception) else job.done(outcome)
        lane = jobs[0].lane
        self._busy.discard(lane)
        if self._waiting[lane]:
            self._ready.append(lane)
