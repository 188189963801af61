"""A walk back killed without warning, over real connections: the next one goes on where it stopped."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from db.connect import integrity, open_database

ROOT = Path(__file__).parent.parent.parent
PAGES = 30
WALK = [sys.executable, "-m", "convenor", "crawl", "--since", "2020-01-01", "--allow-private", "library"]


class Library(ThreadingHTTPServer):
    """A list of thirty pages; the page asked for when its patience ends is never answered."""

    daemon_threads = True

    def __init__(self, patience: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.patience = threading.Semaphore(patience)
        self.exhausted = threading.Event()
        self.open = threading.Event()
        self.asked: list[int] = []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Library)
        if not self.path.startswith("/news"):
            self.send_error(404)
            return
        page = int(parse_qs(urlsplit(self.path).query).get("page", ["1"])[0])
        server.asked.append(page)
        if not server.patience.acquire(blocking=False):
            server.exhausted.set()
            server.open.wait(30)
        body = _page(page).encode()
        self.send_response(200 if page <= PAGES else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        return


def _page(page: int) -> str:
    rows = "".join(
        f'<li><a href="/news/{n}">Story number {n} of the library</a> {date(2021, 2, 1) - timedelta(days=n)}</li>'
        for n in range(3 * page - 3, 3 * page)
    )
    return f'<ul>{rows}</ul><a rel="next" href="/news?page={page + 1}">Next</a>'


@pytest.fixture
def library(request: pytest.FixtureRequest) -> Iterator[Library]:
    server = Library(request.param)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.open.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("library", [1, 2, 15, 29], indirect=True)
def test_killed_walk_loses_nothing_and_asks_nothing_twice(library: Library, tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text(
        "politeness: {pause_seconds: 0}\nsub_regions: {asia: {name: Asia, countries: [MN]}}\nsources:\n"
        "  - {id: library, name: News, institution: Library, country: MN, sub_region: asia, language: en,\n"
        f'     kind: list_page, url: "http://127.0.0.1:{library.server_port}/news",\n'
        r"     options: {articles: none, link_pattern: '/news/\d+$'}}"
    )
    surroundings = {"PYTHONPATH": str(ROOT), "PATH": ""}
    with subprocess.Popen(WALK, cwd=tmp_path, env=surroundings, stdout=subprocess.DEVNULL) as killed:
        assert library.exhausted.wait(30)
        killed.kill()
    before = len(library.asked)
    library.open.set()
    done = subprocess.run(WALK, cwd=tmp_path, env=surroundings, capture_output=True, text=True, check=True)
    conn = open_database(tmp_path / "convenor.db")
    assert conn.execute("SELECT count(*) FROM items").fetchone()[0] == 3 * PAGES, done.stdout
    assert conn.execute("SELECT count(*) FROM backfill_pages").fetchone()[0] == 0
    assert integrity(conn) == ()
    conn.close()
    unanswered = library.asked[before - 1]
    twice = {page for page, times in Counter(library.asked).items() if times > 1}
    assert twice <= {1, unanswered}  # the newest page, which may have news, and the one that was never answered
    assert sorted(set(library.asked)) == list(range(1, PAGES + 2))
