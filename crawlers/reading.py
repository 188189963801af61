"""Where pages are read: in a thread of this process, and once a pass has many pages to read, in processes of their own.

The interpreter lets one thread work at a time, so that reading keeps the one that saves waiting. A process takes a
tenth of a second to begin, its memory for as long as it lives, and for each page the way there and back: that pays
for a pass in which much is read, never for one in which little is.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import chain
from threading import Event, Lock, Thread
from time import thread_time
from typing import IO, TypeVar

from crawlers.reading_process import BUFFER, receive, send

Result = TypeVar("Result")

WORTH_PAGES = 100  # known before that many are to be read: a process is begun at once
WORTH_SECONDS = 0.5  # of reading: who has read for so long is likely to go on for as long as a process must to pay
_LAST_SECONDS = 1.0  # in which processes with nothing to read end by themselves
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
        self._number = _usual_number() if processes is None else processes
        # More threads are not faster, and each keeps its memory.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reading")
        self._lock = Lock()
        self._processes: _Processes | None = None
        self._ready: tuple[_Channel, ...] = ()
        self._expected = False
        self._greeted = Event()  # the processes are ready, or no more
        self._closed = False

    def expect(self, pages: int) -> None:
        """So many pages are likely to be read."""
        if pages >= WORTH_PAGES:
            self._left, self._expected = 0.0, True
            self._begin()

    def read(self, work: Callable[[], Result]) -> Result:
        """What the work gives; with much before it, it is done in another process and must be able to go there."""
        channel = self._free()
        if channel is not None:
            try:
                return channel.read(work)
            except ProcessDiedError:  # perhaps because the machine had no memory left for it
                self._number, self._ready = 0, ()
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
            processes, self._processes, self._closed = self._processes, None, True
        if processes is not None:
            processes.end()

    def _free(self) -> _Channel | None:
        """To the process with the fewest pages before it; None while there is none.

        Where none was read before, one that begins is waited for: to load here what it loads takes as long.
        """
        if self._left > 0 or self._number <= 0:
            return None
        if not self._ready:
            self._begin()
            if self._expected and self._processes is not None:
                self._greeted.wait()
        return min(self._ready, key=_Channel.waiting, default=None)

    def _begin(self) -> None:
        with self._lock:
            if self._processes is None and self._number > 0 and not self._closed:
                try:
                    self._processes = _Processes(self._number)
                except OSError:  # the machine has no room for one more
                    self._number = 0
                    return
                Thread(target=self._greet, args=(self._processes,), daemon=True).start()

    def _greet(self, processes: _Processes) -> None:
        """The processes are asked to read from the moment on when they can."""
        try:
            for channel in processes.channels:
                channel.read(os.getpid)
            self._ready = processes.channels
        except ProcessDiedError:
            self._number = 0
        finally:
            self._greeted.set()


class ProcessDiedError(Exception):
    """The process that was to read a page is no more."""


class _Processes:
    """Processes that read pages: one that is begun, and its twins, which are quickly made."""

    def __init__(self, number: int) -> None:
        twins = [(*os.pipe(), *os.pipe()) for _ in range(number - 1)]
        theirs, ours = [(ends[0], ends[3]) for ends in twins], [(ends[1], ends[2]) for ends in twins]
        # -P: a module in the folder where somebody works is never taken for one of ours.
        command = [sys.executable, "-P", "-m", "crawlers.reading_process", *(f"{to},{of}" for to, of in theirs)]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pass_fds=list(chain.from_iterable(theirs)),
                bufsize=BUFFER,
                process_group=0,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        except OSError:
            _close(ours)
            raise
        finally:
            _close(theirs)
        assert self._process.stdin is not None and self._process.stdout is not None
        own = _Channel(self._process.stdin, self._process.stdout)
        others = (_Channel(os.fdopen(to, "wb", BUFFER), os.fdopen(of, "rb", BUFFER)) for to, of in ours)
        self.channels = (own, *others)

    def end(self) -> None:
        """They are gone: by themselves, or in the middle of what they were reading."""
        if any(channel.waiting() for channel in self.channels):
            self._kill()
        for channel in self.channels:
            channel.close()
        try:
            self._process.wait(_LAST_SECONDS)
        except subprocess.TimeoutExpired:  # as where a process that was forked meanwhile keeps the ways to them open
            self._kill()
            self._process.wait()

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)


def _close(ends: Iterable[tuple[int, int]]) -> None:
    for descriptor in chain.from_iterable(ends):
        os.close(descriptor)


class _Channel:
    """The way to one process, which reads one page after the other."""

    def __init__(self, to: IO[bytes], of: IO[bytes]) -> None:
        self._to, self._from = to, of
        self._sending, self._receiving = Lock(), Lock()
        self._asked: deque[list[bytes]] = deque()  # each is given its one answer

    def waiting(self) -> int:
        """How many pages the process has before it."""
        return len(self._asked)

    def read(self, work: Callable[[], Result]) -> Result:
        """What the work gives there; ProcessDiedError where nobody will ever know.

        Whoever waits receives for all, for answers come in the order in which they were asked for.
        """
        message, answer = pickle.dumps(work, pickle.HIGHEST_PROTOCOL), list[bytes]()
        try:
            with self._sending:
                self._asked.append(answer)
                send(self._to, message)
            while not answer:
                with self._receiving:
                    if not answer:
                        received = receive(self._from)
                        self._asked.popleft().append(received)
        except (OSError, EOFError, ValueError) as error:
            raise ProcessDiedError from error
        worked, given = pickle.loads(answer[0])
        if not worked:
            raised, cause = given
            raise raised from (ValueError(cause) if cause else None)
        result: Result = given
        return result

    def close(self) -> None:
        """Nothing more is sent or received."""
        for stream in (self._to, self._from):
            with suppress(OSError):  # what was not sent yet cannot be sent any more
                stream.close()


def _usual_number() -> int:
    """One for each core, where there are several: the one that saves waits for them most of the time."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST_PROCESSES) if cores > 1 else 0
