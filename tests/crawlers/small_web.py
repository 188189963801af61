"""A web made of a dictionary, for tests: it answers conditional requests as real servers do and remembers every one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from html import escape

from crawlers.clock import Clock
from crawlers.crawl import CrawlRequest, crawl
from crawlers.messages import Request, Response
from crawlers.sources import Politeness, Source, SourceFile
from crawlers.tally import CrawlEvent, CrawlSummary
from tests.crawlers.fake_network import FakeTransport, path_of, reply

START = datetime(2021, 2, 10, 8, 0, tzinfo=UTC)
Answer = Response | Exception | Callable[[Request], Response]


@dataclass
class SmallWeb:
    """Whatever is not put there does not exist (404)."""

    pages: dict[str, Answer] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    def put(
        self, url: str, body: str | bytes = b"", *, status: int = 200, content_type: str = "text/html", **headers: str
    ) -> None:
        content = body.encode() if isinstance(body, str) else body
        named = {"Content-Type": content_type} | {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[url] = lambda request: _answer(request, status, content, named)

    def asked(self, *, robots: bool = False) -> list[str]:
        """The addresses that were asked for, without robots.txt."""
        return [request.url for request in self.requests if robots or path_of(request) != "/robots.txt"]

    @property
    def transport(self) -> FakeTransport:
        return FakeTransport(self._handle)

    def _handle(self, request: Request) -> Response:
        self.requests.append(request)
        answer = self.pages.get(request.url, reply(404))
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Response) else answer(request)


def _answer(request: Request, status: int, body: bytes, headers: dict[str, str]) -> Response:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    given = [value for name, value in raw if name == b"etag"]
    if given and given == [value for name, value in request.headers.raw if name.lower() == b"if-none-match"]:
        return reply(304, headers=[(b"ETag", given[0])])
    return reply(status, headers=raw, content=body)


@dataclass
class SimulatedTime:
    """A clock that moves only when somebody sleeps."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def pass_by(self, span: timedelta) -> None:
        self.seconds += span.total_seconds()

    @property
    def clock(self) -> Clock:
        return Clock(lambda: START + timedelta(seconds=self.seconds), lambda: self.seconds, self.sleep)


def source(
    source_id: str = "num",
    url: str = "https://library.example/feed",
    kind: str = "feed",
    *,
    alternatives: Sequence[Mapping[str, object]] = (),
    enabled: bool = True,
    **options: object,
) -> Source:
    return Source.checked(
        {
            "id": source_id,
            "name": f"News of {source_id}",
            "institution": "Library",
            "country": "MN",
            "sub_region": "north-east-asia",
            "language": "mn",
            "kind": kind,
            "url": url,
            "options": options,
            "alternatives": list(alternatives),
            "enabled": enabled,
        }
    )


def source_file(*sources: Source, **politeness: object) -> SourceFile:
    regions = {"north-east-asia": {"name": "North East Asia", "countries": {"MN": "Mongolia"}}}
    limits = Politeness.checked({"pause_seconds": 0} | politeness)
    return SourceFile.checked({"sub_regions": regions, "sources": sources, "politeness": limits})


def feed(*titles: str, host: str = "library.example", guid: bool = True, day: date = date(2021, 2, 1)) -> str:
    """An RSS feed with an entry for each title, at an address made of it."""
    entries = "".join(_entry(title, host, guid, day) for title in titles)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{entries}</channel></rss>'


def _entry(title: str, host: str, guid: bool, day: date) -> str:
    slug = "".join(character if character.isalnum() else "-" for character in title.lower())
    own_id = f"<guid isPermaLink='false'>id-{slug}</guid>" if guid else ""
    return (
        f"<item><title>{escape(title)}</title><link>https://{host}/{slug}</link>{own_id}"
        f"<pubDate>{day:%a, %d %b %Y} 08:00:00 +0000</pubDate><description>About {escape(title)}.</description></item>"
    )


@dataclass
class Crawled:
    summary: CrawlSummary
    events: list[CrawlEvent]

    @property
    def polls(self) -> dict[str, CrawlEvent]:
        return {event.source_id: event for event in self.events if event.kind == "poll"}


def crawl_web(
    conn: sqlite3.Connection,
    web: SmallWeb,
    sources: SourceFile,
    request: CrawlRequest | None = None,
    *,
    time: SimulatedTime | None = None,
) -> Crawled:
    events: list[CrawlEvent] = []
    summary = crawl(
        conn,
        sources,
        request or CrawlRequest(),
        connect=lambda: web.transport,
        clock=(time or SimulatedTime()).clock,
        on_event=events.append,
    )
    return Crawled(summary, events)
