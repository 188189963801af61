"""Where pages are read: in a thread of this process, and once a pass has many pages to read, in processes of their own.

The interpreter lets one thread work at a time, so that reading keeps the one that saves waiting. A process takes a
quarter of a second to begin, its memory for as long as it lives, and for each page the way there and back: that pays
for a pass in which much is read, never for one in which little is.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from time import thread_time
from typing import TypeVar

from db.errors import NewsError

Result = TypeVar("Result")

WORTH_SECONDS = 1.0  # of reading: who has read for so long is likely to go on for as long as a process must to pay
MOST_PROCESSES = 3  # the one that saves cannot take more from them


class Readers:
    """Reads pages for the threads of one pass; safe to share between them."""

    def __init__(
        self,
        *,
        worth_seconds: float = WORTH_SECONDS,
        processes: int | None = None,
        clock: Callable[[], float] = thread_time,
    ) -> None:
        self._left = worth_seconds
        self._clock = clock  # of the thread that reads
        self._number = min(_cores() - 1, MOST_PROCESSES) if processes is None else processes
        # More threads are not faster, and each keeps its memory.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reading")
        self._processes: Executor | None = None
        self._beginning = Lock()  # threads of many hosts find at once that processes would pay

    def read(self, work: Callable[[], Result]) -> Result:
        """What the work gives; with much before it, it is done in another process and must be able to go there."""
        pool = self._pool()
        if pool is not None:
            try:
                outcome = pool.submit(_attempt, work).result()
            except BrokenExecutor:  # the process was killed, perhaps because the machine had no memory left for it
                self._number = 0
            else:
                if isinstance(outcome, _Refusal):
                    raise outcome.error from (ValueError(outcome.cause) if outcome.cause else None)
                return outcome
        return self._thread.submit(self._here, work).result()

    def _here(self, work: Callable[[], Result]) -> Result:
        began = self._clock()
        try:
            return work()
        finally:
            self._left -= self._clock() - began

    def close(self) -> None:
        """Nothing more is read; what is still under way is not waited for."""
        for executor in (self._thread, self._processes):
            if executor is not None:
                executor.shutdown(wait=False, cancel_futures=True)

    def _pool(self) -> Executor | None:
        if self._left > 0 or self._number <= 0:
            return None
        with self._beginning:
            if self._processes is None:
                from concurrent.futures import ProcessPoolExecutor
                from multiprocessing import get_context

                self._processes = ProcessPoolExecutor(self._number, mp_context=get_context("spawn"))
            return self._processes


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A page that could not be read, on its way from the process that tried."""

    error: NewsError
    cause: str


def _attempt(work: Callable[[], Result]) -> Result | _Refusal:
    try:
        return work()
    except NewsError as error:
        return _Refusal(error, str(error.__cause__ or ""))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
