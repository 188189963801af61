"""What files of YAML said when they were read last, kept as JSON: to read that takes a twentieth of the time.

It is told by all that a file holds, so that an edit is never missed; the file that keeps it may be deleted at any time.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

from msgspec import DecodeError, json

from crawlers import VERSION


class KeptFiles:
    """The files of one reading. With no place to keep them, each is read anew."""

    def __init__(self, place: Path | None) -> None:
        self._place = place
        self._before = _kept(place)
        self._now: dict[str, Any] = {}

    def said(self, text: str, read: Callable[[str], Any]) -> Any:
        """What this text says, which is not to be changed; `read` is asked where it was another one the last time."""
        mark = blake2b(f"{VERSION}\n{text}".encode(), digest_size=16).hexdigest()
        self._now[mark] = self._before[mark] if mark in self._before else read(text)
        return self._now[mark]

    def keep(self) -> None:
        """Exactly what was read now is kept, if JSON can say it and there is room for it."""
        if self._place is None or self._now.keys() == self._before.keys():
            return
        unfinished = self._place.with_name(f"{self._place.name}.unfinished")
        with suppress(OSError, TypeError, ValueError, OverflowError):
            body = json.encode(self._now)
            if json.decode(body) == self._now:  # YAML also knows days, bytes and numbers as keys
                unfinished.touch(0o600)  # an address may hold a token: nobody else reads it, as the database
                unfinished.write_bytes(body)
                unfinished.replace(self._place)


def _kept(place: Path | None) -> dict[str, Any]:
    if place is None:
        return {}
    try:
        found = json.decode(place.read_bytes())
    except (OSError, DecodeError):
        return {}
    return found if isinstance(found, dict) else {}
