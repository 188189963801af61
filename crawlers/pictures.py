"""Small copies of the pictures of waiting items, for the cards of the desk.

They are asked for after a pass, as politely as in it, a few of each host: news never waits for them. A picture that
several items of a source share is its logo, and is not asked for.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from crawlers.challenge import ChallengeError
from crawlers.fetch import Fetched, Limits, PrivateAddressError
from crawlers.lanes import Job, Lanes
from crawlers.politeness import PoliteWeb
from crawlers.robots import RobotsError
from crawlers.sources import Source
from crawlers.thumbnails import thumbnail
from crawlers.urls import host_of, is_web_address
from db.errors import FetchError, ParseError
from db.pictures import WaitingPicture, forget_old_pictures, save_no_picture, save_picture, waiting_pictures

PER_PASS = 60
PER_HOST = 5  # of one pass: a quarter of a minute at the usual pause
SHARED_BY = 3  # items of a source, and it is its logo
LIMITS = Limits(connect_timeout_seconds=10.0, timeout_seconds=30.0, max_bytes=4_000_000)


@dataclass(slots=True)
class Pictures:
    """Asks for pictures in the threads of the lanes, and keeps them in the thread that owns the database."""

    conn: sqlite3.Connection
    web: PoliteWeb
    lanes: Lanes
    now: Callable[[], datetime]
    kept: int = 0

    def keep(self, sources: Iterable[Source]) -> int:
        """A few more of the newest waiting items have a picture, and old ones are forgotten; how many were kept."""
        forget_old_pictures(self.conn, now=self.now())
        left_out = [source.id for source in sources if not source.enabled or not source.parsed_options().pictures]
        for wanted in chosen(waiting_pictures(self.conn, without=left_out, now=self.now())):
            job = Job(
                host_of(wanted.url),
                partial(partial, _asked, self.web, wanted.url),
                partial(self._save, wanted),
                partial(self._refused, wanted),
                optional=True,
            )
            self.lanes.add(job)
        self.lanes.run()
        return self.kept

    def _save(self, wanted: WaitingPicture, body: bytes) -> None:
        try:
            small = thumbnail(body, wanted.url)  # here and not in the threads, so that one is unpacked at a time
        except ParseError as error:
            save_no_picture(self.conn, wanted, error.message, passing=False, now=self.now())
        else:
            save_picture(self.conn, wanted, small.body, size=(small.width, small.height), now=self.now())
            self.kept += 1

    def _refused(self, wanted: WaitingPicture, error: Exception) -> None:
        if not isinstance(error, FetchError):
            raise error
        passing = _is_passing(error)
        save_no_picture(self.conn, wanted, error.message, passing=passing, now=self.now())
        if passing:
            self.lanes.drop_optional(host_of(wanted.url))


def chosen(waiting: Iterable[WaitingPicture]) -> Iterator[WaitingPicture]:
    """Those that are asked for in this pass, in the order given."""
    listed = [one for one in waiting if is_web_address(one.url)]
    sharing = Counter((one.source_id, one.url) for one in listed)
    of_host: Counter[str] = Counter()
    for one in listed:
        host = host_of(one.url)
        if one.settled or sharing[one.source_id, one.url] >= SHARED_BY or of_host[host] == PER_HOST:
            continue
        of_host[host] += 1
        yield one
        if of_host.total() == PER_PASS:
            return


def _asked(web: PoliteWeb, url: str) -> bytes:
    answer = web.get(url, LIMITS)
    assert isinstance(answer, Fetched)  # nothing conditional was asked
    return answer.body


def _is_passing(error: FetchError) -> bool:
    """Whether this is the trouble of a host today, rather than an answer about the picture."""
    if isinstance(error, RobotsError | PrivateAddressError):
        return False
    return isinstance(error, ChallengeError) or error.status is None or error.status == 429 or error.status >= 500
