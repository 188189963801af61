"""The pages of the scripted web: feeds that change at their own pace, and servers of every habit."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime

import brotli

from tests.politeness.scripted_web import Asked, Reply, Script
from tests.politeness.simulated_clock import START

RSS = ("Content-Type", "application/rss+xml")
COOKIE = ("Set-Cookie", "visit=1; Path=/; Max-Age=99999999")  # every page offers one
DAY = 86_400


def version_of(day: float, every_days: float) -> int:
    """How often a page has changed by this day."""
    return int(day / every_days)


def feed(version: int, every_days: float = 1.0, *, items: int = 12, host: str = "library.example") -> bytes:
    """A feed whose newest item came with this version."""
    numbers = range(version, version - items, -1)
    entries = "".join(_entry(number, START + timedelta(days=number * every_days), host) for number in numbers)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{entries}</channel></rss>'.encode()


def _entry(number: int, published: datetime, host: str) -> str:
    return (
        f"<item><title>News number {number + 1000} of the library</title>"
        f"<link>http://{host}/news/{number + 1000}</link><guid isPermaLink='false'>{host}-{number}</guid>"
        f"<pubDate>{format_datetime(published)}</pubDate>"
        f"<description>What the library says about its news number {number + 1000}.</description></item>"
    )


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed that changes every so many days and answers conditional requests as a good server does."""

    every_days: float = 3.0
    etag: Callable[[int], str | None] = lambda version: f'"v{version}"'
    modified: Callable[[int], str | None] = lambda version: http_date(START + timedelta(hours=version))
    headers: tuple[tuple[str, str], ...] = ()
    also_on_304: bool = True  # validators and headers
    took: float = 0.0
    pack: str = ""

    def __call__(self, asked: Asked) -> Reply:
        version = version_of(asked.day, self.every_days)
        etag, modified = self.etag(version), self.modified(version)
        given = (*((("ETag", etag),) if etag else ()), *((("Last-Modified", modified),) if modified else ()))
        if _matches(asked, etag, modified):
            return Reply(304, headers=(*given, *self.headers, COOKIE) if self.also_on_304 else (), took=self.took)
        body = feed(version, self.every_days, host=asked.headers["host"].partition(":")[0])
        packed = {"br": brotli.compress, "gzip": gzip.compress}.get(self.pack, bytes)(body)
        encoding = (("Content-Encoding", self.pack),) if self.pack else ()
        return Reply(200, packed, (RSS, COOKIE, *encoding, *given, *self.headers), self.took)


def _matches(asked: Asked, etag: str | None, modified: str | None) -> bool:
    sent = asked.headers.get("if-none-match")
    if sent is not None:
        return sent == etag
    return modified is not None and asked.headers.get("if-modified-since") == modified


def http_date(instant: datetime) -> str:
    """The instant as HTTP writes it."""
    return format_datetime(instant, usegmt=True)


def liar(asked: Asked) -> Reply:
    """One ETag for ever, though there is something new every six days."""
    if asked.conditional:
        return Reply(304, headers=(("ETag", '"always"'),))
    return Reply(200, feed(version_of(asked.day, 6.0), 6.0, host="liar.example"), (RSS, ("ETag", '"always"')))


def expiring(asked: Asked) -> Reply:
    """Its answers hold for 36 hours by a clock that is five hours slow."""
    theirs = asked.now - timedelta(hours=5)
    dates = (("Date", http_date(theirs)), ("Expires", http_date(theirs + timedelta(hours=36))))
    return Feed(headers=dates)(asked)


def between(first: float, last: float, reply: Reply | Callable[[Asked], Reply], otherwise: Script) -> Script:
    """One answer between two days, another before and after."""

    def script(asked: Asked) -> Reply:
        if first <= asked.day < last:
            return reply if isinstance(reply, Reply) else reply(asked)
        return otherwise(asked)

    return script


def wait_by_date(days: float, clock_off: timedelta) -> Callable[[Asked], Reply]:
    """503 with a Retry-After that is a date by a clock that is wrong."""

    def script(asked: Asked) -> Reply:
        theirs = asked.now + clock_off
        until = ("Retry-After", http_date(theirs + timedelta(days=days)))
        return Reply(503, b"under repair", (("Date", http_date(theirs)), until))

    return script


def redirect(status: int, location: str) -> Script:
    """It leads elsewhere."""
    return lambda asked: Reply(status, headers=(("Location", location), COOKIE))


def text(body: str, **headers: str) -> Script:
    """A plain text with an ETag that is honoured."""
    etag = f'"{len(body)}"'
    given = (("ETag", etag), ("Content-Type", "text/plain"), *headers.items())

    def script(asked: Asked) -> Reply:
        if asked.headers.get("if-none-match") == etag:
            return Reply(304, headers=(("ETag", etag),))
        return Reply(200, body.encode(), given)

    return script


def sitemap_index(location: str) -> Script:
    """An index that names one sitemap, with an ETag."""
    body = (
        '<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"<sitemap><loc>{location}</loc></sitemap></sitemapindex>"
    )
    return text(body)


def sitemap(asked: Asked) -> Reply:
    """A sitemap that grows every four days."""
    version = version_of(asked.day, 4.0)
    etag = f'W/"map-{version}"'
    if asked.headers.get("if-none-match") == etag:
        return Reply(304, headers=(("ETag", etag),))
    entries = "".join(
        f"<url><loc>http://map.example/news/the-library-opens-room-{number}</loc>"
        f"<lastmod>2026-02-{10 + number:02d}</lastmod></url>"
        for number in range(5 + version)
    )
    body = f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'
    return Reply(200, body.encode(), (("Content-Type", "application/xml"), ("ETag", etag)))
