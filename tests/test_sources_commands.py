"""`convenor sources list`, `check` and `repair` on a page that is redesigned between two polls, over loopback."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from convenor import main

TITLES = [f"{name} of the library in the capital" for name in ("Opening", "Lecture", "Exhibition", "Reading", "Repair")]
TODAY = datetime.now(UTC).date()
Run = Callable[..., Result]


def news(row: str, *titles: str, days: int = 0) -> str:
    rows = "".join(
        f"<li class='{row}'><a href='/news/{100 * days + number}'>{title}</a>"
        f"<span>{TODAY - timedelta(days + number)}</span></li>"
        for number, title in enumerate(titles or TITLES)
    )
    return f"<html><body><ul class='list'>{rows}</ul></body></html>"


@dataclass
class OnePage:
    """A server on loopback that answers every address with one page."""

    body: str
    server: ThreadingHTTPServer = field(init=False)

    def __post_init__(self) -> None:
        page = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = b"" if self.path == "/robots.txt" else page.body.encode()
                self.send_response(404 if self.path == "/robots.txt" else 200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *words: object) -> None:
                """Nothing is printed."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/news/"


@pytest.fixture
def page() -> Iterator[OnePage]:
    served = OnePage(news("row"))
    thread = threading.Thread(target=served.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield served
    served.server.shutdown()
    thread.join()
    served.server.server_close()


@pytest.fixture
def run(page: OnePage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line in a folder whose one source is the served page, polled once while it is well."""
    monkeypatch.chdir(tmp_path)
    Path("sources.yaml").write_text(
        "politeness: {pause_seconds: 0}\n"
        "sub_regions: {nea: {name: North East Asia, countries: {MN: Mongolia}}}\n"
        "sources:\n"
        "  - {id: num, name: News, institution: Library, country: MN, sub_region: nea, language: en,\n"
        f"     kind: list_page, url: '{page.address}', options: {{item: .row, articles: none}}}}\n",
        "utf-8",
    )
    runner = CliRunner()

    def run(*words: str, typed: str = "") -> Result:
        return runner.invoke(main, words, input=typed)

    done = run("crawl", "--all", "--allow-private")
    assert done.exit_code == 0 and "5 new items" in done.output, done.output
    return run


def test_a_source_that_is_well_is_not_broken(run: Run) -> None:
    checked = run("sources", "check")
    assert checked.exit_code == 0 and checked.output.endswith("Every source is well.\n"), checked.output
    listed = run("sources", "list", "--why")
    assert "num: " in listed.output and f"newest of {TODAY}" in listed.output


def test_a_redesign_is_told_and_repaired_on_a_yes(run: Run, page: OnePage) -> None:
    page.body = news("card")
    assert run("crawl", "--all", "--allow-private").exit_code == 0
    checked = run("sources", "check")
    assert checked.exit_code == 1 and "num: layout_changed since 20" in checked.output, checked.output
    assert checked.output.endswith("1 of 1 sources is broken.\n")
    assert "convenor sources repair num" in checked.output
    asked = run("sources", "repair", "num", "--allow-private", typed="n\n")
    assert "before" in asked.output and asked.output.count(TITLES[0]) == 2, asked.output
    assert run("sources", "check").exit_code == 1
    done = run("sources", "repair", "num", "--yes", "--allow-private")
    assert done.exit_code == 0 and "kind: list_page" in done.output
    assert "nothing new among 5 items" in run("crawl", "--allow-private").output
    assert run("sources", "check").exit_code == 0
    assert "repaired by the operator" in run("sources", "list", "--why").output


def test_what_cannot_be_repaired_says_so(run: Run, page: OnePage) -> None:
    page.body = "<html><body><form><input type='password'></form></body></html>"
    run("crawl", "--all", "--allow-private")
    done = run("sources", "repair", "num", "--allow-private")
    assert done.exit_code == 1 and "no way to read num was found" in done.output


def test_a_page_that_is_right_as_it_is_can_be_believed(run: Run, page: OnePage) -> None:
    page.body = re.sub("<li.*?</li>", "", news("row"), count=3)
    run("crawl", "--all", "--allow-private")
    assert "only 2 items" in run("sources", "check").output
    assert run("sources", "repair", "num", "--as-it-is").exit_code == 0
    run("crawl", "--allow-private")
    assert run("sources", "check").exit_code == 0


def test_a_list_that_is_suddenly_empty_is_broken_until_somebody_says_that_it_is_right(run: Run, page: OnePage) -> None:
    page.body = "<p>No results found.</p>"
    run("crawl", "--all", "--allow-private")
    told = run("sources", "check")
    assert told.exit_code == 1 and "num: empty since" in told.output and "repair num --as-it-is`" in told.output
    assert "it lists nothing\n\nNo results found." in run("sources", "repair", "num", "--page").output
    assert run("sources", "repair", "num", "--as-it-is").exit_code == 0
    run("crawl", "--allow-private")
    assert run("sources", "check").exit_code == 0


def test_a_source_that_is_well_needs_no_repair(run: Run) -> None:
    done = run("sources", "repair", "num")
    assert done.exit_code == 1 and "num is read well" in done.output


@pytest.mark.parametrize("command", ["repair", "release"])
def test_command_for_no_source_names_those_that_exist(run: Run, command: str) -> None:
    run("crawl")
    done = run("sources", command, "elsewhere")
    assert done.exit_code == 1 and "source elsewhere: there is no such source; there are: num" in done.output


def test_what_is_new_all_at_once_waits_for_a_look(run: Run, page: OnePage) -> None:
    known = [f"{title}, told at length" for title in (*TITLES, *TITLES[::-1])]
    for number in range(4):
        page.body = news("row", *known[: 7 + number])
        run("crawl", "--all", "--allow-private")
    strange = [f"Never met before, number {number}" for number in range(10)]
    page.body = news("row", *strange, days=3)
    crawled = run("crawl", "--all", "--allow-private")
    assert "convenor sources release num" in crawled.output, crawled.output
    checked = run("sources", "check")
    assert checked.exit_code == 0 and "10 items are held aside" in checked.output, checked.output
    assert strange[0] in checked.output and "sources release num" in run("sources", "list", "--why").output
    done = run("sources", "release", "num", "--dismiss")
    assert done.exit_code == 0 and "10 items of num are dismissed." in done.output
    again = run("sources", "release", "num")
    assert again.exit_code == 1 and "nothing of num is held aside" in again.output
