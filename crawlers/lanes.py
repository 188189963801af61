"""Jobs in lanes: of each lane one job at a time, lanes side by side, results handled in the thread that runs them.

It knows nothing of hosts, pages or databases; a job says which lane it belongs to.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from crawlers.stopping import Stop

Result = TypeVar("Result")
_GLANCE_SECONDS = 0.5  # a wait for jobs is interrupted so often, to see whether it should end


def _nothing() -> None:
    return


@dataclass(frozen=True, slots=True)
class Job(Generic[Result]):
    """Something to do elsewhere, and what to do here with what comes of it."""

    lane: str
    work: Callable[[], Result]  # run by the executor
    done: Callable[[Result], None]
    broken: Callable[[Exception], None]  # instead of `done`, when the work raised
    starting: Callable[[], None] = _nothing
    optional: bool = False  # may be dropped
    continues: bool = False  # goes on with something already begun, so that it is also started when told to stop


class Lanes:
    """The jobs that wait and the few that run. `add`, `run` and the callbacks of jobs belong to one thread."""

    def __init__(
        self,
        executor: Executor,
        max_at_once: int,
        *,
        stop: Stop | None = None,
        waiting: Callable[[], None] = _nothing,
    ) -> None:
        self._executor = executor
        self._max_at_once = max_at_once
        self._stop = stop or Stop()
        self._while_waiting = waiting  # called now and then
        self._waiting: dict[str, deque[Job[Any]]] = {}
        self._ready: deque[str] = deque()  # lanes with a job waiting and none running
        self._running: dict[Future[Any], Job[Any]] = {}
        self._busy: set[str] = set()

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
            finished, _ = wait(self._running, timeout=_GLANCE_SECONDS, return_when=FIRST_COMPLETED)
            for future in finished:
                self._finish(future)
            self._while_waiting()

    def _start(self) -> bool:
        while self._ready and len(self._running) < self._max_at_once:
            lane = self._ready.popleft()
            waiting = self._waiting[lane]
            if waiting and (waiting[0].continues or not self._stop.asked):
                job = waiting.popleft()
                job.starting()
                self._busy.add(lane)
                self._running[self._executor.submit(job.work)] = job
        return bool(self._running)

    def _finish(self, future: Future[Any]) -> None:
        job = self._running.pop(future)
        error = future.exception()
        if isinstance(error, Exception):
            job.broken(error)
        else:
            job.done(future.result())
        self._busy.discard(job.lane)
        if self._waiting[job.lane]:
            self._ready.append(job.lane)
