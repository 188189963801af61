"""The time of day, how long something took, and waiting: they come in, so that weeks can be tried in a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from db.records import Moment


class Clock(Struct, frozen=True):
    """The time of day for what is recorded, a clock that never jumps for pauses, and a way to wait."""

    now: Callable[[], datetime]  # aware, UTC
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    boot: str = ""  # which start of the machine `monotonic` counts from; "": not known

    def moment(self) -> Moment:
        """The present, by both clocks."""
        return Moment(self.now(), self.monotonic(), self.boot)


def system_clock() -> Clock:
    """The clock of this machine; where the system can tell, it counts the time that the machine sleeps too."""
    return Clock(lambda: datetime.now(UTC), _uptime, time.sleep, _boot())


def _uptime() -> float:
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
