"""`convenor run`: passes on schedule, and beside them the desk in a process of its own, until a signal ends both."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from msgspec.structs import replace

from crawlers.stopping import Stop
from db.locks import running_alone
from workplace import Place, crawl_web, listen, open_working, sources_path

if TYPE_CHECKING:
    import socket
    import subprocess

    from crawlers.sources import SourceFile
    from terminal import CrawlPrinter

LONGEST_PAUSE_SECONDS = 60.0  # before a desk that keeps dying is started again
END_SECONDS = 8.0  # for the desk to answer what it is at

Tell = Callable[[str], None]


def run_service(
    place: Place,
    sources: Path | None,
    *,
    address: tuple[str, int],
    printer: CrawlPrinter,
    stop: Stop,
    allow_private: bool,
) -> None:
    """Sources have been polled when they were due and the desk served, until `stop` was asked.

    NewsError when the list of sources or the database is wrong, the port in use, or another such service at work.
    """
    from crawlers.access import Access
    from crawlers.clock import system_clock
    from crawlers.crawl import CrawlRequest
    from crawlers.guard import guarded_transport
    from crawlers.rounds import EditedSources, Rounds
    from db.connect import opened

    tell = printer.note
    edited = EditedSources(sources_path(place, sources), tell)
    open_working(place.database, edited.current()).close()

    def make_pass(conn: sqlite3.Connection, loaded: SourceFile) -> None:
        crawl_web(
            conn,
            loaded,
            CrawlRequest(),
            printer,
            connect=partial(guarded_transport, allow_private),
            access=Access(os.environ, allow_private),
            stop=stop,
        )

    clock = replace(system_clock(), sleep=stop.wait)
    rounds = Rounds(edited.current, lambda: opened(place.database), make_pass, clock, stop, tell)
    with running_alone(place.database), listen(*address) as listener:
        printer.serving(f"http://{address[0]}:{listener.getsockname()[1]}/")
        with kept_desk(place, sources, listener, tell):
            rounds.run()


@contextmanager
def kept_desk(place: Place, sources: Path | None, listener: socket.socket, tell: Tell) -> Iterator[None]:
    """The desk answers on the listening socket, and is started again whenever it dies."""
    keeper = _DeskKeeper(place, sources, listener, tell)
    thread = threading.Thread(target=keeper.keep, name="desk", daemon=True)
    thread.start()
    try:
        yield
    finally:
        keeper.end()
        thread.join()


class _DeskKeeper:
    """Starts the desk as a child and waits for it; the socket is ours, so that nobody is turned away meanwhile."""

    def __init__(self, place: Place, sources: Path | None, listener: socket.socket, tell: Tell) -> None:
        number = listener.fileno()
        desk = ("desk", "--db", str(place.database), "--until-eof", "--listener", str(number))
        self._command = (sys.executable, "-m", "convenor", *desk)
        self._number = number
        self._environment = os.environ | ({"CONVENOR_SOURCES": str(sources)} if sources else {})
        self._tell = tell
        self._ending = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None

    def keep(self) -> None:
        """The desk is served until `end` is called."""
        pause = 1.0
        while not self._ending.is_set():
            code = self._serve()
            if self._ending.is_set():
                return
            self._tell(f"the desk ended by itself with code {code}; it is started again in {pause:.0f} s")
            self._ending.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _serve(self) -> int:
        import subprocess

        # A group of its own: Ctrl-C at the terminal is for us, who tell the desk when its time has come.
        self._child = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=(self._number,),
            process_group=0,
            env=self._environment,
        )
        if self._ending.is_set():
            self._child.terminate()
        return self._child.wait()

    def end(self) -> None:
        """The desk ends, and is not started again."""
        self._ending.set()
        if self._child is None:
            return
        from subprocess import TimeoutExpired

        self._child.terminate()
        try:
            self._child.wait(END_SECONDS)
        except TimeoutExpired:
            self._child.kill()


@contextmanager
def stopped_by_signals(stop: Stop) -> Iterator[None]:
    """SIGTERM and Ctrl-C ask for an end; the same again ends this process at once."""

    def ask(number: int, frame: FrameType | None) -> None:
        if stop.asked:
            os._exit(128 + number)
        stop.ask()
        # Printing may be what the signal interrupts, and a second print inside of it is not allowed.
        begin = b"\n" if os.isatty(2) else b""  # a terminal shows how far the pass is in the line before
        os.write(2, begin + b"stopping: what is in hand has nine seconds to end (again: at once)\n")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def leave(stop: Stop, *, code: int) -> None:
    """A process that was told to stop ends with this code, also where an answer from the web is still waited for."""
    if not stop.asked:
        return
    sys.stdout.flush()
    sys.stderr.flush()
    if stop.overdue:
        os._exit(code)  # a thread that reads from a silent server cannot be told to end
    sys.exit(code)
