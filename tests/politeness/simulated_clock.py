"""A machine's clocks that can be set, stopped and started in a test, and the true time that only the test knows."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from crawlers.clock import Clock

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)  # a Monday


class Killed(BaseException):
    """The process is gone: nothing of it runs any more, and only the database is left."""


class SimulatedMachine:
    """True time moves only when somebody sleeps; what the clock on the wall says may be wrong. Safe between threads."""

    def __init__(self) -> None:
        self.true_seconds = 0.0  # since START
        self.wall_off = timedelta()
        self._boots = 1
        self._booted_at = 0.0
        self._doomed = False
        self._lock = threading.Lock()

    @property
    def clock(self) -> Clock:
        """The clock that a process on this machine is given."""
        return Clock(self._wall, self._uptime, self.sleep, f"boot-{self._boots}")

    @property
    def true_now(self) -> datetime:
        """What a right clock would say."""
        return START + timedelta(seconds=self.true_seconds)

    def sleep(self, seconds: float) -> None:
        """So many seconds pass for everyone."""
        with self._lock:
            self.true_seconds += max(seconds, 0.0)

    def reboot(self) -> None:
        """The clock that runs from the start of the machine begins anew."""
        self._boots += 1
        self._booted_at = self.true_seconds

    def doom(self) -> None:
        """The process that next looks at the clock dies there."""
        self._doomed = True

    def _wall(self) -> datetime:
        if self._doomed:
            self._doomed = False
            raise Killed
        return self.true_now + self.wall_off

    def _uptime(self) -> float:
        return self.true_seconds - self._booted_at
