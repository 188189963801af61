"""`convenor run` as an operator meets it: real processes, signals, and a small library on loopback."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from convenor import main
from db.connect import integrity, open_database
from tests.crawlers.small_web import feed

ROOT = Path(__file__).parent.parent
PATIENCE_SECONDS = 20.0
BLOCK = """
  - {{id: {0}, name: News, institution: Library, country: MN, sub_region: asia, language: en, kind: feed,
     url: "http://127.0.0.1:{1}/{0}", options: {{articles: none}}}}"""


class Library(ThreadingHTTPServer):
    """Answers with a feed, but for `gone`; what begins with `slow` only after `open` is set."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.open, self.asked = threading.Event(), threading.Event()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Library)
        name = self.path.strip("/")
        if name.startswith("slow"):
            self.server.asked.set()
            self.server.open.wait(PATIENCE_SECONDS)
        body = feed(f"Story of {name}", host=self.headers["Host"]).encode()
        self.send_response(404 if name in ("robots.txt", "gone") else 200)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def library() -> Iterator[Library]:
    server = Library()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.open.set()
    server.shutdown()
    thread.join()
    server.server_close()


Place = Callable[..., Path]


@pytest.fixture
def place(library: Library, tmp_path: Path) -> Place:
    """Makes a place to work in whose sources have these names."""

    def make(*names: str) -> Path:
        words = ["init", str(tmp_path / "desk"), "--user", "Ying", "--password-stdin"]
        assert CliRunner().invoke(main, words, input="a long password\n").exit_code == 0
        write_sources(tmp_path / "desk", library, *names)
        return tmp_path / "desk" / "convenor.db"

    return make


def write_sources(folder: Path, library: Library, *names: str) -> None:
    blocks = "".join(BLOCK.format(name, library.server_port) for name in names)
    head = "politeness: {pause_seconds: 0}\nsub_regions: {asia: {name: Asia, countries: [MN]}}\nsources:"
    (folder / "sources.yaml").write_text(head + blocks)


class Running:
    """A `convenor COMMAND` as a process, told by its lines."""

    def __init__(self, database: Path, *words: str) -> None:
        private = () if words[0] == "desk" else ("--allow-private",)
        command = [sys.executable, "-m", "convenor", *words, "--db", str(database), *private]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True
        )
        self.lines: list[str] = []

    def until(self, words: str) -> str:
        """The next line that has these words."""
        assert self.process.stdout is not None
        impatience = threading.Timer(PATIENCE_SECONDS, self.process.kill)  # ends the lines, and so this wait
        impatience.start()
        try:
            for line in self.process.stdout:
                self.lines.append(line)
                if words in line:
                    return line
        finally:
            impatience.cancel()
        raise AssertionError(f"{words!r} was never said: {self.lines}")

    def address(self) -> str:
        found = re.search(r"http://[^ \"]+", self.until("http://127.0.0.1"))
        assert found is not None
        return found.group()

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        assert self.process.stdout is not None
        self.lines += self.process.stdout
        return self.process.wait(PATIENCE_SECONDS)


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def run(database: Path, *words: str) -> Running:
        started.append(Running(database, *(words or ("run", "--port", "0"))))
        return started[-1]

    yield run
    for running in started:
        running.process.kill()
        assert running.process.stdout is not None
        running.process.stdout.close()
        running.process.wait()


def front_page(address: str) -> str:
    with urllib.request.urlopen(address, timeout=PATIENCE_SECONDS) as answer:
        text: str = answer.read().decode()
    return text


def titles(database: Path) -> list[str]:
    conn = open_database(database)
    assert integrity(conn) == ()
    found = [row[0] for row in conn.execute("SELECT title FROM items ORDER BY title")]
    conn.close()
    return found


Start = Callable[..., Running]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_run_polls_serves_and_ends_on_a_signal(place: Place, start: Start, number: int) -> None:
    database = place("one", "two")
    running = start(database)
    address = running.address()
    running.until("2 sources polled")
    assert "Sign in" in front_page(address)
    assert running.end(number) == 0
    assert not any("Traceback" in line for line in running.lines)
    assert not database.with_name("convenor.db-wal").exists()  # whoever copies the one file has all of it
    assert titles(database) == ["Story of one", "Story of two"]
    with pytest.raises(OSError):
        front_page(address)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_desk_alone_ends_well_when_it_is_told_to(place: Place, start: Start, number: int) -> None:
    database = place("one")
    running = start(database, "desk", "--port", "0")
    assert "Sign in" in front_page(running.address())
    assert (running.end(number), running.lines[1:]) == (0, [])
    assert not database.with_name("convenor.db-wal").exists()


def test_health_of_the_desk_is_what_the_command_says(place: Place, start: Start, library: Library) -> None:
    database = place("one", "gone")
    running = start(database)
    address = running.address()
    running.until("2 sources polled")
    told = json.loads(front_page(f"{address}-/health"))
    checked = CliRunner().invoke(main, ["sources", "check", "--json", "--db", str(database)])
    *sources, whole = (json.loads(line) for line in checked.output.splitlines())
    assert {key: told[key] for key in whole} == whole and (whole["status"], checked.exit_code) == ("trouble", 1)
    words = [source["health"] for source in sources]
    assert {word: number for word, number in told["health"].items() if number} == Counter(words)
    assert running.end() == 0


def test_signal_in_the_middle_of_a_poll_lets_it_finish(place: Place, start: Start, library: Library) -> None:
    database = place("slow", "later")  # of one host, so that one waits for the other
    running = start(database)
    assert library.asked.wait(PATIENCE_SECONDS)
    running.process.send_signal(signal.SIGTERM)
    running.until("stopping: what is in hand")
    library.open.set()
    running.until("stopped before 1 more was polled")
    assert running.end() in (0, 128 + signal.SIGTERM)
    assert titles(database) == ["Story of slow"]


def test_second_signal_ends_at_once_and_loses_nothing(place: Place, start: Start, library: Library) -> None:
    database = place("slow")
    running = start(database)
    assert library.asked.wait(PATIENCE_SECONDS)
    running.process.send_signal(signal.SIGINT)
    running.until("stopping: what is in hand")
    assert running.end(signal.SIGINT) == 128 + signal.SIGINT
    library.open.set()
    again = start(database, "crawl", "--all")  # by itself it would wait until the library may be asked again
    again.until("1 new of 1 items")
    assert again.process.wait(PATIENCE_SECONDS) == 0
    assert titles(database) == ["Story of slow"]


def test_second_run_on_the_same_database_is_refused(place: Place, start: Start) -> None:
    database = place("one")
    running = start(database)
    running.address()
    second = start(database)
    assert second.process.wait(PATIENCE_SECONDS) == 1
    second.until("`convenor run` is at work on")
    assert running.end() == 0


def test_run_killed_without_warning_is_simply_started_again(place: Place, start: Start) -> None:
    database = place("one")
    running = start(database)
    address = running.address()
    port = address.rstrip("/").rsplit(":", 1)[1]
    running.until("1 source polled")
    assert running.end(signal.SIGKILL) == -signal.SIGKILL  # its desk ends too, for its pipe is read to the end here
    again = start(database, "run", "--port", port)
    assert again.address() == address
    assert "Sign in" in front_page(address)
    assert again.end() == 0
    with sqlite3.connect(database) as conn:
        assert conn.execute("SELECT count(*) FROM polls").fetchone()[0] == 1


def test_desk_that_dies_is_started_again_and_nobody_is_turned_away(place: Place, start: Start) -> None:
    running = start(place("one"))
    address = running.address()
    front_page(address)
    for child in children_of(running.process.pid):
        subprocess.run(["kill", "-9", str(child)], check=True)
    assert "Sign in" in front_page(address)
    running.until("the desk ended by itself with code -9")
    assert running.end() == 0


def children_of(pid: int) -> list[int]:
    """The processes that this one started."""
    return [int(number) for path in Path(f"/proc/{pid}/task").glob("*/children") for number in path.read_text().split()]


def test_crawl_beside_a_pass_waits_for_its_end(place: Place, start: Start, library: Library) -> None:
    database = place("slow")
    running = start(database)
    assert library.asked.wait(PATIENCE_SECONDS)
    beside = start(database, "crawl")
    beside.until("another pass over the sources of")
    library.open.set()
    beside.until("0 sources polled")
    assert beside.process.wait(PATIENCE_SECONDS) == 0
    assert running.end() == 0
    assert titles(database) == ["Story of slow"]


def test_stopped_crawl_says_what_it_left_and_exits_with_1(place: Place, start: Start, library: Library) -> None:
    database = place("slow", "later")
    crawling = start(database, "crawl")
    assert library.asked.wait(PATIENCE_SECONDS)
    crawling.process.send_signal(signal.SIGINT)
    crawling.until("stopping: what is in hand")
    library.open.set()
    crawling.until("stopped before 1 more was polled")
    assert crawling.process.wait(PATIENCE_SECONDS) == 1
    assert titles(database) == ["Story of slow"]


def test_events_of_a_run_are_objects(place: Place, start: Start) -> None:
    running = start(place("one"), "run", "--port", "0", "--json")
    running.until('"summary"')
    running.end()
    events = [json.loads(line)["event"] for line in running.lines if line.startswith("{")]
    assert events == ["serving", "poll", "summary"]


def test_run_without_a_place_says_how_to_make_one(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["run", "--db", str(tmp_path / "convenor.db")])
    assert done.exit_code == 1 and "convenor init" in done.output


def test_port_in_use_is_told(place: Place, library: Library) -> None:
    words = ["run", "--db", str(place("one")), "--port", str(library.server_port)]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 1 and "cannot be used; choose another with --port" in done.output
