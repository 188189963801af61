"""A crawl killed without warning, over real connections: nothing is lost, nothing comes twice."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from crawlers.clock import Clock, system_clock
from crawlers.crawl import CrawlRequest, crawl
from crawlers.guard import guarded_transport
from crawlers.sources import load_sources
from crawlers.tally import CrawlSummary
from db.connect import integrity, open_database
from db.sources import register_sources, save_begun
from tests.crawlers.small_web import feed

ROOT = Path(__file__).parent.parent.parent
SOURCES = 3
ARTICLES = 8
TEXT = "The reading room was opened again after a long winter, and many readers came on the first day of the year. " * 3

CRAWL = """
import sys
from functools import partial
from pathlib import Path
from crawlers.crawl import CrawlRequest, crawl
from crawlers.guard import guarded_transport
from crawlers.clock import system_clock
from crawlers.sources import load_sources
from db.connect import open_database

conn = open_database(Path(sys.argv[2]), create=True)
crawl(conn, load_sources(Path(sys.argv[1])), CrawlRequest(), connect=partial(guarded_transport, True),
      clock=system_clock(), on_event=lambda event: print(event.kind, flush=True))
"""


class SlowLibrary(ThreadingHTTPServer):
    """Feeds at /feed/N, articles elsewhere; once `patience` is used up it answers no more until `open` is set."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.patience = threading.Semaphore(0)
        self.open = threading.Event()
        self.asked: list[str] = []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, SlowLibrary)
        server.asked.append(self.path)
        if self.path == "/robots.txt":
            self.send_error(404)
            return
        if not server.patience.acquire(blocking=False):
            server.open.wait(30)
        body = self._body().encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml" if self.path.startswith("/feed/") else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _body(self) -> str:
        if not self.path.startswith("/feed/"):
            return f"<html><title>News</title><body><article><h1>News</h1><p>{TEXT}</p></article></body></html>"
        titles = [f"Story {self.path[-1]} {number}" for number in range(ARTICLES)]
        return feed(*titles, host=self.headers["Host"]).replace("<link>https:", "<link>http:")

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def library() -> Iterator[SlowLibrary]:
    server = SlowLibrary()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.open.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def sources_file(library: SlowLibrary, tmp_path: Path) -> Path:
    block = """
  - {{id: library-{0}, name: News, institution: Library, country: MN, sub_region: asia, language: en, kind: feed,
     url: "http://127.0.0.1:{1}/feed/{0}", options: {{articles: all}}}}"""
    blocks = "".join(block.format(number, library.server_port) for number in range(SOURCES))
    path = tmp_path / "sources.yaml"
    path.write_text(
        f"politeness: {{pause_seconds: 0}}\nsub_regions: {{asia: {{name: Asia, countries: [MN]}}}}\nsources:{blocks}"
    )
    return path


def run_and_kill(sources_file: Path, database: Path, *, after_events: int) -> None:
    """The crawl runs in a process of its own and is killed as soon as it told of so many things done."""
    command = [sys.executable, "-c", CRAWL, str(sources_file), str(database)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(after_events):
            assert process.stdout.readline()
        process.kill()


def finish(conn: sqlite3.Connection, sources_file: Path) -> CrawlSummary:
    """The next pass, a day later: a source that was under way when the crawl was killed is not asked again at once."""
    later = Clock(lambda: datetime.now(UTC) + timedelta(days=1), time.monotonic, time.sleep)
    return crawl(
        conn,
        load_sources(sources_file),
        CrawlRequest(),
        connect=partial(guarded_transport, True),
        clock=later,
    )


@pytest.mark.parametrize(
    "after_events",
    [
        pytest.param(0, id="before anything"),
        pytest.param(1, id="after the first poll"),
        pytest.param(SOURCES, id="after the polls"),
        pytest.param(SOURCES + 5, id="in the middle of the articles"),
    ],
)
def test_killed_crawl_is_taken_up_again(
    library: SlowLibrary, sources_file: Path, tmp_path: Path, after_events: int
) -> None:
    for _ in range(after_events):
        library.patience.release()
    database = tmp_path / "convenor.db"
    run_and_kill(sources_file, database, after_events=after_events)
    conn = open_database(database, create=True)
    assert integrity(conn) == ()
    saved = conn.execute("SELECT count(*) FROM polls").fetchone()[0]
    read = conn.execute("SELECT count(*) FROM items WHERE article_read_at IS NOT NULL").fetchone()[0]
    assert saved + read == after_events
    library.open.set()
    summary = finish(conn, sources_file)
    assert summary.articles_read == SOURCES * ARTICLES - read
    titles = [row[0] for row in conn.execute("SELECT title FROM items ORDER BY title")]
    assert titles == [f"Story {source} {number}" for source in range(SOURCES) for number in range(ARTICLES)]
    assert conn.execute("SELECT count(*) FROM items WHERE text = '' OR article_read_at IS NULL").fetchone()[0] == 0
    assert conn.execute("SELECT count(*) FROM polls").fetchone()[0] == saved + SOURCES
    assert integrity(conn) == ()
    conn.close()


def test_source_under_way_when_killed_is_not_asked_again_at_once(
    library: SlowLibrary, sources_file: Path, tmp_path: Path
) -> None:
    database = tmp_path / "convenor.db"
    conn = open_database(database, create=True)
    sources = load_sources(sources_file)
    register_sources(conn, [source.row() for source in sources.sources], sources.regions())
    save_begun(conn, [("library-0", system_clock().moment())])  # and then the lights went out
    library.open.set()
    summary = crawl(conn, sources, CrawlRequest(), connect=partial(guarded_transport, True), clock=system_clock())
    assert (summary.not_due, summary.outcomes) == (1, {"new": SOURCES - 1})
    conn.close()
