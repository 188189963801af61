"""Where pages are read: in a thread of this process, and once a pass has many pages to read, in processes of their own.

The interpreter lets one thread work at a time, so that reading keeps the one that saves waiting. A process takes half a
second to begin and its memory for as long as it lives: that pays for a pass in which many pages changed, never for one
in which few did.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TypeVar

from db.errors import NewsError

Result = TypeVar("Result")

FEW = 64  # pages; so many are read in the time that a process takes to begin
MOST_PROCESSES = 3  # the one that saves cannot take more from them


class Readers:
    """Reads pages for the threads of one pass; safe to share between them."""

    def __init__(self, *, few: int = FEW, processes: int | None = None) -> None:
        self._left = few
        self._number = min(_cores() - 1, MOST_PROCESSES) if processes is None else processes
        # More threads are not faster, and each keeps its memory.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reading")
        self._processes: Executor | None = None

    def read(self, work: Callable[[], Result]) -> Result:
        """What the work gives; with many before it, it is done in another process and must be able to go there."""
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
        return self._thread.submit(work).result()

    def close(self) -> None:
        """Nothing more is read; what is still under way is not waited for."""
        for executor in (self._thread, self._processes):
            if executor is not None:
                executor.shutdown(wait=False, cancel_futures=True)

    def _pool(self) -> Executor | None:
        self._left -= 1  # a thread that counts at the same moment makes it begin one page later
        if self._left >= 0 or self._number <= 0:
            return None
        if self._processes is None:
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
