"""Where pages are read: in a thread of this process, and once a pass has many pages to read, in processes of their own.

The interpreter lets one thread work at a time, so that reading keeps the one that saves waiting. A process takes a
quarter of a second to begin, its memory for as long as it lives, and for each page the way there and back: that pays
for a pass in which much is read, never for one in which little is.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from threading import Lock, Thread
from time import thread_time
from typing import Any, TypeVar

from crawlers.reading_process import receive, send

Result = TypeVar("Result")

WORTH_PAGES = 100  # known before that many are to be read: a process is begun at once
WORTH_SECONDS = 0.5  # of reading: who has read for so long is likely to go on for as long as a process must to pay
MOST_PROCESSES = 3  # the one that saves cannot take more from them
_ENOUGH_WAITING = 2  # pages: the next one is at hand when a process has read one


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
        self._most = _most_processes() if processes is None else processes
        # More threads are not faster, and each keeps its memory.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reading")
        self._lock = Lock()
        self._ready: list[_Process] = []
        self._beginning: _Process | None = None
        self._closed = False

    def expect(self, pages: int) -> None:
        """So many pages are likely to be read."""
        if pages >= WORTH_PAGES:
            self._left = 0.0
            self._begin()

    def read(self, work: Callable[[], Result]) -> Result:
        """What the work gives; with much before it, it is done in another process and must be able to go there."""
        process = self._free()
        if process is not None:
            try:
                return process.read(work)
            except ProcessDiedError:  # perhaps because the machine had no memory left for it
                self._most = 0
        return self._thread.submit(self._here, work).result()

    def _here(self, work: Callable[[], Result]) -> Result:
        began = self._clock()
        try:
            return work()
        finally:
            self._left -= self._clock() - began

    def close(self) -> None:
        """Nothing more is read; what is still under way is not waited for."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            self._closed = True
            processes = [*self._ready, *filter(None, [self._beginning])]
        for process in processes:
            process.kill()

    def _free(self) -> _Process | None:
        """The process with the fewest pages before it; another one is begun where all have enough to do."""
        if self._left > 0 or self._most <= 0:
            return None
        free = min(self._ready, key=_Process.waiting, default=None)
        if free is None or free.waiting() >= _ENOUGH_WAITING:
            self._begin()
        return free

    def _begin(self) -> None:
        with self._lock:
            if self._beginning is None and len(self._ready) < self._most and not self._closed:
                self._beginning = _Process()
                Thread(target=self._greet, args=(self._beginning,), daemon=True).start()

    def _greet(self, process: _Process) -> None:
        """The process is asked to read from the moment on when it can."""
        try:
            process.read(os.getpid)
        except ProcessDiedError:
            self._most = 0
            return
        with self._lock:
            self._ready.append(process)
            self._beginning = None


class ProcessDiedError(Exception):
    """The process that was to read a page is no more."""


class _Process:
    """One process that reads pages, one after the other."""

    def __init__(self) -> None:
        path = os.pathsep.join(filter(None, sys.path))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "crawlers.reading_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )
        self._sending, self._receiving = Lock(), Lock()
        self._asked: deque[Future[Any]] = deque()

    def waiting(self) -> int:
        """How many pages it has before it."""
        return len(self._asked)

    def read(self, work: Callable[[], Result]) -> Result:
        """What the work gives there; ProcessDiedError where nobody will ever know.

        Whoever waits receives for all, for answers come in the order in which they were asked for.
        """
        message, answer = pickle.dumps(work, pickle.HIGHEST_PROTOCOL), Future[bytes]()
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            with self._sending:
                self._asked.append(answer)
                send(self._process.stdin, message)
            while not answer.done():
                with self._receiving:
                    if not answer.done():
                        received = receive(self._process.stdout)
                        self._asked.popleft().set_result(received)
        except (OSError, EOFError, ValueError) as error:
            self.kill()
            raise ProcessDiedError from error
        worked, result = pickle.loads(answer.result())
        if worked:
            return result  # type: ignore[no-any-return]
        raised, cause = result
        raise raised from (ValueError(cause) if cause else None)

    def kill(self) -> None:
        """It is gone, whatever it was reading."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            with suppress(OSError):  # what was not sent yet cannot be sent any more
                stream.close()


def _most_processes() -> int:
    """One for each core, where there are several: the one that saves waits for them most of the time."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST_PROCESSES) if cores > 1 else 0
