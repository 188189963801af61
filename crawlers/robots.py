"""robots.txt as RFC 9309 reads it: what a site allows us, and how slowly it wants us.

A site without the file allows everything; a site that cannot give it now is left alone until it can.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawlers.fetch import PRODUCT, Fetched, NotModified
from db.errors import FetchError

if TYPE_CHECKING:
    from protego import Protego

MAX_CRAWL_DELAY_SECONDS = 300.0  # longer ones would keep a pass waiting for hours
MAX_BYTES = 512_000  # RFC 9309, 2.5: at least 500 KiB are read


class RobotsError(FetchError):
    """The site's robots.txt asks us not to fetch this address."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What one robots.txt says; without one everything is allowed."""

    parsed: Protego | None = None


ALLOW_ALL = Rules()


def parse_rules(body: bytes) -> Rules:
    """The rules of this file; whatever is no rule is skipped."""
    from protego import Protego

    return Rules(Protego.parse(body[:MAX_BYTES].decode("utf-8-sig", errors="replace")))


def may_fetch(rules: Rules, url: str) -> bool:
    """Whether these rules let us fetch the address."""
    return rules.parsed is None or bool(rules.parsed.can_fetch(url, PRODUCT))


def crawl_delay(rules: Rules) -> float:
    """The pause in seconds that these rules ask of us, 0 for none, never more than the bound."""
    asked = rules.parsed.crawl_delay(PRODUCT) if rules.parsed is not None else None
    return min(max(float(asked or 0), 0.0), MAX_CRAWL_DELAY_SECONDS)


def robots_url(url: str) -> str:
    """Where the robots.txt of this address stands: one for each scheme, host and port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/robots.txt"


class RobotsCache:
    """The robots.txt of every site that a pass meets, asked for once; safe to share between threads."""

    def __init__(self, fetch: Callable[[str], Fetched | NotModified]) -> None:
        self._fetch = fetch
        self._found: dict[str, Rules | FetchError] = {}
        self._locks: dict[str, threading.Lock] = {}

    def rules(self, url: str) -> Rules:
        """The rules that hold for this address; FetchError while the site cannot say."""
        address = robots_url(url)
        with self._locks.setdefault(address, threading.Lock()):
            if address not in self._found:
                self._found[address] = self._ask(address)
        found = self._found[address]
        if isinstance(found, FetchError):
            raise _unreadable(found)
        return found

    def _ask(self, address: str) -> Rules | FetchError:
        try:
            answer = self._fetch(address)
        except FetchError as error:
            absent = error.status is not None and 400 <= error.status < 500 and error.status != 429
            return ALLOW_ALL if absent else error
        return parse_rules(answer.body) if isinstance(answer, Fetched) else ALLOW_ALL


def _unreadable(cause: FetchError) -> FetchError:
    sentence = f"robots.txt cannot be read now, so nothing else is asked: {cause.message}"
    return type(cause)(sentence, url=cause.url, status=cause.status, retry_after_seconds=cause.retry_after_seconds)
