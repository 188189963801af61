"""robots.txt as RFC 9309 reads it: what a site allows us, and how slowly it wants us.

A site without the file allows everything; a site that cannot give it now is left alone until it can. What it said holds
for a day (2.4) and over a restart; then it is asked for again, with what it gave to recognise it by.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

from crawlers.fetch import NO_VALIDATORS, PRODUCT, Fetched, NotModified, NowhereError, PrivateAddressError
from crawlers.hosts import HeldError, Hosts
from crawlers.urls import split_address
from db.errors import FetchError
from db.hosts import RobotsFile
from db.records import Validators

if TYPE_CHECKING:
    from protego import Protego

MAX_CRAWL_DELAY_SECONDS = 300.0  # longer ones would keep a pass waiting for hours
MAX_BYTES = 512_000  # RFC 9309, 2.5: at least 500 KiB are read
HOLDS_FOR = timedelta(hours=23)  # about a day: a source that is polled daily must find it old
UNREADABLE_FOR = timedelta(minutes=45)  # a site that could not say is asked again after this, not with every page


class RobotsError(FetchError):
    """The site's robots.txt asks us not to fetch this address."""


class Rules(Struct, frozen=True):
    """What one robots.txt says; without one everything is allowed."""

    parsed: Protego | None = None
    crawl_delay: float = 0.0  # the pause in seconds that they ask of us, never more than the bound


ALLOW_ALL = Rules()


def parse_rules(body: bytes) -> Rules:
    """The rules of this file; whatever is no rule is skipped."""
    from protego import Protego

    parsed = Protego.parse(body[:MAX_BYTES].decode("utf-8-sig", errors="replace"))
    delay = float(parsed.crawl_delay(PRODUCT) or 0)
    return Rules(parsed, min(max(delay, 0.0), MAX_CRAWL_DELAY_SECONDS))


def may_fetch(rules: Rules, url: str) -> bool:
    """Whether these rules let us fetch the address."""
    return rules.parsed is None or bool(rules.parsed.can_fetch(url, PRODUCT))


def robots_url(url: str) -> str:
    """Where the robots.txt of this address stands: one for each scheme, host and port."""
    parts = split_address(url) or urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/robots.txt"


class RobotsCache:
    """The robots.txt of every site that a pass meets, asked for about once a day; safe to share between threads."""

    def __init__(
        self,
        fetch: Callable[[str, Validators], Fetched | NotModified],
        hosts: Hosts,
        now: Callable[[], datetime],
    ) -> None:
        self._fetch = fetch
        self._hosts = hosts
        self._now = now
        self._parsed: dict[str, tuple[RobotsFile, Rules]] = {}
        self._locks: dict[str, threading.Lock] = {}

    def rules(self, url: str) -> Rules:
        """The rules that hold for this address; FetchError while the site cannot say."""
        address = robots_url(url)
        file = self._hosts.robots(address)
        if file is None or not _holds(file, self._now()):
            with self._locks.setdefault(address, threading.Lock()):
                file = self._hosts.robots(address)  # which another thread may have asked for meanwhile
                if file is None or not _holds(file, self._now()):
                    file = self._ask(address, file)
        if file.verdict == "unreadable":
            raise _unreadable(FetchError(file.error or "", url=address))
        return self._read(address, file)

    def _read(self, address: str, file: RobotsFile) -> Rules:
        if file.verdict == "none":
            return ALLOW_ALL
        known = self._parsed.get(address)
        if known is None or known[0].body != file.body:
            known = self._parsed[address] = (file, parse_rules(file.body))
        return known[1]

    def _ask(self, address: str, known: RobotsFile | None) -> RobotsFile:
        """What the site says now, remembered; FetchError when it cannot say."""
        sent = known.validators if known is not None and known.verdict == "rules" else NO_VALIDATORS
        try:
            answer = self._fetch(address, sent)
        except (HeldError, PrivateAddressError):  # nothing was asked, so there is nothing to remember
            raise
        except FetchError as error:
            absent = error.status is not None and 400 <= error.status < 500 and error.status != 429
            if absent:
                return self._keep(address, RobotsFile(self._now(), "none"))
            # Where nobody was asked, what it said before holds still for a pass that reaches it.
            unreadable, lasting = (
                RobotsFile(self._now(), "unreadable", error=error.message),
                not isinstance(error, NowhereError),
            )
            self._hosts.save_robots(address, unreadable, lasting=lasting)
            raise _unreadable(error) from None
        if isinstance(answer, NotModified):
            assert known is not None  # nothing conditional is asked without
            return self._keep(address, RobotsFile(self._now(), "rules", known.body, answer.validators))
        return self._keep(address, RobotsFile(self._now(), "rules", answer.body[:MAX_BYTES], answer.validators))

    def _keep(self, address: str, file: RobotsFile) -> RobotsFile:
        self._hosts.save_robots(address, file)
        return file


def _holds(file: RobotsFile, now: datetime) -> bool:
    """Whether it is still believed; one of the future, from before a clock was set back, is not."""
    return timedelta() <= now - file.asked_at <= (UNREADABLE_FOR if file.verdict == "unreadable" else HOLDS_FOR)


def _unreadable(cause: FetchError) -> FetchError:
    sentence = f"robots.txt cannot be read now, so nothing else is asked: {cause.message}"
    return type(cause)(
        sentence,
        url=cause.url,
        status=cause.status,
        retry_after_seconds=cause.retry_after_seconds,
        timed_out=cause.timed_out,
    )
