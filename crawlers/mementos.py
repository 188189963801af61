"""Public copies in the Wayback Machine: whether there is one, and having one made. Asked only where it is configured.

The availability interface (archive.org/help/wayback_api.php) is asked like any page. Save Page Now 2 needs keys of an
account (archive.org/account/s3.php); its answers are those that its documentation shows.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from crawlers.fetch import Fetched, Limits
from crawlers.messages import ExchangeError, Headers, Request, Transport
from crawlers.politeness import PoliteWeb
from crawlers.urls import host_of, is_web_address, place_of
from db.errors import FetchError

AVAILABILITY, SAVING = "https://archive.org", "https://web.archive.org"
SAVE_PAUSE_SECONDS = 10.0  # after each page that is saved; an account may have few at a time
STATUS_PAUSE_SECONDS, STATUS_TRIES = 5.0, 24
ANSWER_BYTES, ANSWER_SECONDS = 200_000, 60.0
_STAMP = re.compile(r"\d{14}")


@dataclass(frozen=True, slots=True)
class Memento:
    """A public copy of a page (RFC 7089)."""

    url: str
    at: datetime


def availability_address(base: str, url: str, around: datetime) -> str:
    """The address that tells whether there is a copy, the one nearest to an instant."""
    return f"{base}/wayback/available?{urlencode({'url': url, 'timestamp': f'{around:%Y%m%d%H%M%S}'}, quote_via=quote)}"


def read_availability(body: bytes, archive: str = SAVING) -> Memento | None:
    """The copy that the interface names; None when it names none, or one that is not in its archive."""
    told = _json(body)
    closest = _part(_part(told, "archived_snapshots"), "closest")
    url, status = str(closest.get("url", "")), str(closest.get("status", ""))
    url = re.sub(r"^http://(?=web\.archive\.org/)", "https://", url)
    at = _instant(str(closest.get("timestamp", "")))
    if closest.get("available") is not True or status != "200" or at is None or not is_web_address(url):
        return None
    return Memento(url, at) if host_of(url) == host_of(archive) else None


def find_memento(
    web: PoliteWeb,
    url: str,
    around: datetime,
    limits: Limits,
    *,
    base: str = AVAILABILITY,
    archive: str = SAVING,
) -> Memento | None:
    """The public copy nearest to an instant; None when there is none, FetchError when nobody answers."""
    answer = web.get(availability_address(base, url, around), limits)
    assert isinstance(answer, Fetched)  # nothing conditional was asked
    return read_availability(answer.body, archive)


@dataclass(frozen=True, slots=True)
class Saver:
    """Save Page Now 2, with the keys of an account."""

    transport: Transport
    user_agent: str
    key: str = field(repr=False)
    secret: str = field(repr=False)
    sleep: Callable[[float], None]
    base: str = SAVING

    def save(self, url: str) -> Memento:
        """The copy that was made of the page now, or within the last month; FetchError when none was."""
        form = {"url": url, "skip_first_archive": "1", "if_not_archived_within": "30d"}
        job = str(self._asked("POST", "/save", form).get("job_id", ""))
        if not re.fullmatch(r"[\w-]{1,100}", job):
            raise FetchError("the archive took no order to save it", url=url)
        for _ in range(STATUS_TRIES):
            self.sleep(STATUS_PAUSE_SECONDS)
            told = self._asked("GET", f"/save/status/{job}", None)
            at = _instant(str(told.get("timestamp", "")))
            if told.get("status") == "success" and at is not None:
                self.sleep(SAVE_PAUSE_SECONDS)
                return Memento(f"{self.base}/web/{at:%Y%m%d%H%M%S}/{url}", at)
            if told.get("status") == "error":
                raise FetchError(f"the archive could not save it: {str(told.get('message', ''))[:150]}", url=url)
        raise FetchError("the archive did not save it in time", url=url)

    def _asked(self, method: str, path: str, form: dict[str, str] | None) -> dict[str, Any]:
        address, body = f"{self.base}{path}", urlencode(form or {}).encode()
        headers = {
            "User-Agent": self.user_agent,
            "Accept": "application/json",
            "Authorization": f"LOW {self.key}:{self.secret}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Content-Length": str(len(body)),
        }
        fields = Headers((name.encode(), value.encode()) for name, value in headers.items())
        try:
            answer = self.transport.send(
                Request(place_of(address), fields, time.monotonic() + ANSWER_SECONDS, method=method, body=body)
            )
            with closing(answer):
                told = _beginning(answer.body)
        except ExchangeError as error:
            raise FetchError("the archive does not answer", url=address) from error
        if answer.status >= 400:
            raise FetchError("the archive refuses", url=address, status=answer.status)
        return _json(told)


def _beginning(body: Iterable[bytes]) -> bytes:
    told = b""
    for piece in body:
        told += piece
        if len(told) >= ANSWER_BYTES:
            break
    return told[:ANSWER_BYTES]


def _json(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body[:ANSWER_BYTES])
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _part(told: dict[str, Any], name: str) -> dict[str, Any]:
    part = told.get(name)
    return part if isinstance(part, dict) else {}


def _instant(stamp: str) -> datetime | None:
    try:
        return datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC) if _STAMP.fullmatch(stamp) else None
    except ValueError:
        return None
