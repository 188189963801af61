"""A wish to end that a signal may tell at any moment, and how long what is in hand may then still take."""

from __future__ import annotations

import time
from collections.abc import Callable
from queue import Empty, SimpleQueue

GRACE_SECONDS = 9.0  # the process, its desk included, is then gone within ten


class Stop:
    """Asked once, by a signal or another thread; `asked` then holds for good and nobody sleeps on."""

    def __init__(
        self, grace_seconds: float = GRACE_SECONDS, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._grace_seconds = grace_seconds
        self._monotonic = monotonic
        self._asked_at: float | None = None
        # Of the ways to wake a sleeper only this one may be used by a signal's handler in the middle of anything.
        self._bell: SimpleQueue[None] = SimpleQueue()

    def ask(self) -> None:
        """Nothing new is begun from now on."""
        if self._asked_at is None:
            self._asked_at = self._monotonic()
        self._bell.put(None)

    @property
    def asked(self) -> bool:
        """Whether somebody wants an end."""
        return self._asked_at is not None

    @property
    def overdue(self) -> bool:
        """Whether what was in hand has had its time."""
        return self._asked_at is not None and self._monotonic() - self._asked_at >= self._grace_seconds

    def wait(self, seconds: float) -> None:
        """So many seconds have passed, or somebody wants an end."""
        if not self.asked:
            try:
                self._bell.get(timeout=seconds)
            except Empty:
                return
