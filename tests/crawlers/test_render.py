"""Lists that scripts make, in a real Chromium that reaches nothing but what it is handed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from crawlers.clock import system_clock
from crawlers.crawl import CrawlRequest, crawl
from crawlers.fetch import Client, Fetched, Limits
from crawlers.guard import guarded_transport
from crawlers.politeness import PoliteWeb
from crawlers.render import render, same_site
from db.errors import FetchError
from tests.browser import chromium
from tests.crawlers.small_web import source, source_file
from tests.databases import new_database

LIMITS = Limits(timeout_seconds=20)
SCRIPT = """
fetch('/data.json').then(answer => answer.json()).then(stories => {
  const list = document.querySelector('ul');
  for (const [id, title, day] of stories)
    list.insertAdjacentHTML('beforeend', `<li><a href="/news/${id}">${title}</a> <span>${day}</span></li>`);
});
"""
DATA = (
    '[[1, "First story of the library", "2021-02-01"], [2, "Second story of the library", "2021-02-02"],'
    ' [3, "Third story of the library", "2021-02-03"]]'
)
PAGES = {
    "/news": ("text/html", '<html><body><ul></ul><script src="/list.js"></script></body></html>'),
    "/list.js": ("text/javascript", SCRIPT),
    "/data.json": ("application/json", DATA),
    "/secret.js": ("text/javascript", "document.body.append('seen')"),
    "/robots.txt": ("text/plain", "User-agent: *\nDisallow: /secret.js\nDisallow: /hidden"),
    "/hidden": ("text/html", "<p>hidden</p>"),
    "/secretive": ("text/html", '<p>page</p><script src="/secret.js"></script>'),
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Library)
        server.asked.append((self.path, self.headers.get("Cookie"), self.headers["User-Agent"]))
        kind, text = PAGES.get(self.path, ("text/html", ""))
        self.send_response(200 if text else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Set-Cookie", "seen=yes")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:
        return


class Library(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str | None, str]] = []

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"

    def paths(self) -> list[str]:
        return [path for path, _, _ in self.asked]


@pytest.fixture
def library() -> Iterator[Library]:
    server = Library()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def browser(monkeypatch: pytest.MonkeyPatch) -> None:
    path = chromium()
    assert path is not None
    monkeypatch.setenv("CHROMIUM", path)


@pytest.fixture
def web() -> Iterator[PoliteWeb]:
    with Client(guarded_transport(allow_private=True), "convenor/0", LIMITS) as client:
        yield PoliteWeb(client, system_clock(), pause_seconds=0)


def page(markup: str, url: str = "https://library.example/news") -> Fetched:
    return Fetched(url, 200, markup.encode(), "text/html; charset=utf-8")


def nothing(url: str) -> Fetched:
    raise FetchError("there is no such page (404)", url=url, status=404)


@pytest.mark.browser
def test_list_made_by_script_is_crawled(library: Library, tmp_path: object, web: PoliteWeb) -> None:
    from pathlib import Path

    assert isinstance(tmp_path, Path)
    conn = new_database(tmp_path / "convenor.db")
    used = source("scripted", library.url("/news"), "list_page", browser=True, articles="none")
    events: list[object] = []
    for request in (CrawlRequest(), CrawlRequest(all_=True)):
        crawl(
            conn,
            source_file(used),
            request,
            connect=partial(guarded_transport, True),
            clock=system_clock(),
            on_event=lambda event: events.append(event.outcome),
        )
    titles = [row[0] for row in conn.execute("SELECT title FROM items ORDER BY published_on")]
    assert titles == [f"{which} story of the library" for which in ("First", "Second", "Third")]
    assert events == ["new", "unchanged"]
    assert all(cookie is None and agent.startswith("convenor/") for _, cookie, agent in library.asked)
    conn.close()


@pytest.mark.browser
def test_robots_hold_for_the_page_and_its_scripts(library: Library, web: PoliteWeb) -> None:
    with pytest.raises(FetchError, match=r"robots\.txt"):
        web.rendered(library.url("/hidden"), LIMITS)
    shown = web.rendered(library.url("/secretive"), LIMITS).body
    assert b"page" in shown and b"seen" not in shown
    assert "/secret.js" not in library.paths() and "/hidden" not in library.paths()


@pytest.mark.browser
@pytest.mark.parametrize(
    "script",
    [
        pytest.param("fetch('http://{0}/data.json')", id="fetch"),
        pytest.param("navigator.sendBeacon('http://{0}/data.json', 'x')", id="beacon"),
        pytest.param("new WebSocket('ws://{0}/data.json')", id="socket"),
        pytest.param("new EventSource('http://{0}/data.json')", id="event source"),
        pytest.param("document.body.append(Object.assign(new Image(), {{src: 'http://{0}/x.png'}}))", id="picture"),
        pytest.param(
            "document.body.append(Object.assign(document.createElement('iframe'), {{src: 'http://{0}/'}}))", id="frame"
        ),
        pytest.param("location.href = 'http://{0}/news'", id="going away"),
        pytest.param("fetch('file:///etc/passwd').then(a => a.text()).then(t => document.body.append(t))", id="file"),
    ],
)
def test_scripts_reach_no_other_site(library: Library, script: str) -> None:
    asked: list[str] = []

    def part(url: str) -> Fetched:
        asked.append(url)
        return nothing(url)

    markup = f"<body><p>news</p><script>{script.format(f'127.0.0.1:{library.server_port}')}</script></body>"
    try:
        shown = render(page(markup), part, LIMITS).body
    except FetchError:
        shown = b""
    assert library.asked == [] and asked == []
    assert b"root:" not in shown


@pytest.mark.browser
@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        pytest.param("for (;;);", "in time|cannot show", id="never ending"),
        pytest.param("setTimeout(() => {for (;;);}, 50)", "in time|cannot show", id="never ending later"),
        pytest.param("document.write('x'.repeat(2e6))", "larger than", id="too large"),
    ],
)
def test_scripts_without_measure_end_as_a_sentence(script: str, sentence: str) -> None:
    limits = Limits(timeout_seconds=6, max_bytes=1_000_000)
    with pytest.raises(FetchError, match=sentence):
        render(page(f"<body><script>{script}</script></body>"), nothing, limits)


def test_missing_browser_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    with pytest.raises(FetchError, match="cannot show this page"):
        render(page("<p>x</p>"), nothing, LIMITS)


def test_missing_library_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "playwright.async_api", None)
    with pytest.raises(FetchError, match="install convenor with the extra `browser`"):
        render(page("<p>x</p>"), nothing, LIMITS)


@pytest.mark.parametrize(
    ("url", "of", "same"),
    [
        pytest.param("https://www.a.example/x", "https://a.example/", True, id="www"),
        pytest.param("https://api.a.example/x", "https://www.a.example/", True, id="below"),
        pytest.param("https://evil-a.example/x", "https://a.example/", False, id="look-alike"),
        pytest.param("https://a.example.evil/x", "https://a.example/", False, id="longer"),
        pytest.param("http://a.example:8080/x", "https://a.example/", False, id="other port"),
        pytest.param("file:///etc/passwd", "https://a.example/", False, id="file"),
    ],
)
def test_parts_are_of_the_same_site(url: str, of: str, same: bool) -> None:
    assert same_site(url, of) is same
