"""Disks that are full, databases that are locked in the middle, and a crawl that is killed at any moment."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from db.connect import connect, integrity, open_database
from db.errors import StoreError
from db.items import save_changes
from tests.crawlers.faults.fault_server import FaultServer, serving
from tests.crawlers.faults.survival import AFTER, BEFORE, FAULTY, Desk, good_feed
from tests.crawlers.small_web import feed

ROOT = Path(__file__).parent.parent.parent.parent
KILLS = 14
EVERYTHING = {BEFORE, FAULTY, AFTER}
CRAWL = """
import resource, signal, sys
from pathlib import Path
from crawlers.crawl import CrawlRequest, crawl
from crawlers.guard import guarded_transport
from crawlers.clock import system_clock
from crawlers.sources import load_sources
from db.connect import open_database
from db.errors import StoreError

if int(sys.argv[3]):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
print("begins", flush=True)
try:
    conn = open_database(Path(sys.argv[1]))
    loaded, transport = load_sources(Path(sys.argv[2])), guarded_transport(allow_private=True)
    crawl(conn, loaded, CrawlRequest(all_=True), connect=lambda: transport, clock=system_clock())
except StoreError as error:
    sys.exit(str(error))
"""


def big_feed() -> str:
    """More than a small disk holds."""
    words = "the reading room of the library was opened again after a long winter " * 40
    return feed(*(f"{number}: faulty: {words}" for number in range(40)), host="faulty.example")


def served(path: Path) -> set[str]:
    """The sources whose poll is saved, in a database that is sound."""
    conn = open_database(path)
    try:
        assert integrity(conn) == ()
        polls = {row[0] for row in conn.execute("SELECT source_id FROM polls WHERE outcome = 'new'")}
        assert polls == {row[0] for row in conn.execute("SELECT source_id FROM items")}  # each poll whole or not at all
        return polls
    finally:
        conn.close()


def test_disk_too_small_for_one_answer_costs_that_poll_alone(desk: Desk) -> None:
    desk.max_bytes = 5_000_000
    with serving(lambda wire: wire.answer(big_feed())) as server:
        conn = open_database(desk.path, create=True)
        used = conn.execute("PRAGMA page_count").fetchone()[0]
        conn.execute(f"PRAGMA max_page_count = {used + 8}")  # SQLite says the same then as when the disk is full
        with pytest.raises(StoreError, match=r"convenor\.db cannot be written: is the disk full\?"):
            desk.crawl(server.url(host="faulty.example"), conn)
        conn.close()
        row = desk.survived()
        assert (row.outcome, row.http_status, row.items) == ("failed", 200, ())
        assert "what it answered could not be saved" in row.error and "is the disk full?" in row.error
        desk.crawl(server.url(host="faulty.example"))  # there is room again
    assert served(desk.path) == EVERYTHING


def test_database_locked_in_the_middle_of_a_save_stops_the_pass_with_a_sentence(desk: Desk) -> None:
    open_database(desk.path, create=True).close()
    other, conn = connect(desk.path), open_database(desk.path, busy_timeout_seconds=0.05)
    held = threading.Event()

    def lock(wire: object) -> None:
        if not held.is_set():
            held.set()
            other.execute("BEGIN IMMEDIATE")

    def answer(wire: object) -> str:
        lock(wire)
        return good_feed(FAULTY)

    with serving(lambda wire: wire.answer(answer(wire))) as server:
        with pytest.raises(StoreError, match="is locked by another program"):
            desk.crawl(server.url(host="faulty.example"), conn)
        other.rollback()
        conn.close()
        other.close()
        served(desk.path)
        desk.crawl(server.url(host="faulty.example"))
    assert served(desk.path) == EVERYTHING


@pytest.mark.parametrize("words", ["database or disk is full", "a rule of the database"])
def test_save_that_breaks_half_way_leaves_nothing_but_the_reason(desk: Desk, words: str) -> None:
    """A trigger stands for whatever may refuse in the middle of the many statements of one save."""
    desk.max_bytes = 5_000_000
    conn = open_database(desk.path, create=True)
    conn.execute(
        "CREATE TEMP TRIGGER full BEFORE INSERT ON main.items WHEN new.title LIKE '20:%'"
        f" BEGIN SELECT raise(ABORT, '{words}'); END"
    )
    with serving(lambda wire: wire.answer(big_feed())) as server:
        with pytest.raises(StoreError):
            desk.crawl(server.url(host="faulty.example"), conn)
        conn.close()
        row = desk.survived()
        assert (row.outcome, row.items) == ("failed", ()) and words in row.error
        requests = dict(connect(desk.path).execute("SELECT host, requests FROM host_days").fetchall())
        assert requests[f"faulty.example:{server.port}"] == 2  # the ledger holds what was asked all the same
        desk.crawl(server.url(host="faulty.example"))
    assert served(desk.path) == EVERYTHING


def test_fault_of_ours_in_a_save_is_raised_after_the_others_were_served(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def save_half(conn: sqlite3.Connection, source_id: str, *rest: Any, **named: Any) -> None:
        save_changes(conn, source_id, *rest, **named)
        if source_id == FAULTY:
            raise ZeroDivisionError("a bug")

    monkeypatch.setattr("crawlers.saving.save_changes", save_half)
    with serving(lambda wire: wire.answer(good_feed(FAULTY))) as server, pytest.raises(ZeroDivisionError):
        desk.crawl(server.url(host="faulty.example"))
    row = desk.survived()
    assert (row.outcome, row.items, row.error) == ("failed", (), "a fault of ours: ZeroDivisionError: a bug")


@pytest.fixture
def library() -> Iterator[FaultServer]:
    with serving(lambda wire: wire.answer(big_feed().replace("faulty", wire.path.strip("/")))) as server:
        yield server


def place(folder: Path, library: FaultServer) -> tuple[Path, Path]:
    """A database and the list of its three sources."""
    block = "- {{id: {0}, name: N, institution: L, country: MN, sub_region: asia, language: en, kind: feed,\n"
    block += "   url: 'http://127.0.0.1:{1}/{0}', options: {{articles: none}}}}\n"
    blocks = "".join(block.format(name, library.port) for name in sorted(EVERYTHING))
    head = "politeness: {pause_seconds: 0}\nsub_regions: {asia: {name: Asia, countries: [MN]}}\nsources:\n"
    (folder / "sources.yaml").write_text(head + blocks)
    open_database(folder / "convenor.db", create=True).close()
    return folder / "convenor.db", folder / "sources.yaml"


def crawling(database: Path, sources: Path, *, file_size: int = 0) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", CRAWL, str(database), str(sources), str(file_size)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_file_that_may_not_grow_stops_the_pass_with_a_sentence(tmp_path: Path, library: FaultServer) -> None:
    database, sources = place(tmp_path, library)
    with crawling(database, sources, file_size=300_000) as crawl:
        said = crawl.communicate(timeout=30)[1].decode()
        assert crawl.returncode == 1
    assert "convenor.db cannot be written: is the disk full?" in said and "Traceback" not in said
    assert served(database) < EVERYTHING
    with crawling(database, sources) as again:
        assert again.communicate(timeout=30)[1] == b""
    assert served(database) == EVERYTHING


ON_A_SMALL_DISK = """
set -e
mount -t tmpfs -o size=6m tmpfs "$1/disk"
cp "$1/convenor.db" "$1/disk/"
room=$(df -k --output=avail "$1/disk" | tail -1)
head -c "$(( (room - $2) * 1024 ))" /dev/zero > "$1/disk/ballast"
"$3" -c "$4" "$1/disk/convenor.db" "$1/sources.yaml" 0 > "$1/said" 2>&1 || echo "ended with $?" >> "$1/said"
mkdir "$1/full" "$1/free"
cp "$1/disk"/convenor.db* "$1/full/"
rm "$1/disk/ballast"
"$3" -c "$4" "$1/disk/convenor.db" "$1/sources.yaml" 0
cp "$1/disk"/convenor.db* "$1/free/"
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """A folder in which a file system of its own can be mounted, seen by the crawl alone."""
    folder = tmp_path / "disk"
    folder.mkdir()
    tried = subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True)
    if tried.returncode:
        pytest.skip("nobody may mount a small disk on this machine (`unshare -rm`), so that none could be filled")
    return folder


@pytest.mark.parametrize(
    ("kilobytes", "failed"),
    [pytest.param(1_000, {FAULTY}, id="in the middle of a save"), pytest.param(0, set[str](), id="from the beginning")],
)
def test_really_full_disk(small_disk: Path, kilobytes: int, failed: set[str]) -> None:
    """The pass ends with a sentence, what could be saved is whole, and once there is room all is made up for."""
    folder = small_disk.parent
    command = ["unshare", "-rm", "sh", "-c", ON_A_SMALL_DISK, "sh", str(folder), str(kilobytes), sys.executable, CRAWL]
    with serving(lambda wire: wire.answer(big_feed() if "faulty" in wire.path else good_feed(wire.path[1:]))) as server:
        place(folder, server)
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    said = (folder / "said").read_text()
    assert "is the disk full?" in said and "ended with 1" in said and "Traceback" not in said
    with closing(connect(folder / "full" / "convenor.db")) as conn:
        told = dict(conn.execute("SELECT source_id, error FROM polls WHERE outcome = 'failed'").fetchall())
    assert told.keys() == failed and all("is the disk full?" in error for error in told.values())
    assert served(folder / "full" / "convenor.db") == (EVERYTHING - failed if failed else set())
    assert served(folder / "free" / "convenor.db") == EVERYTHING


KILLER = """
import os, signal, sys
from functools import partial
from pathlib import Path
import feedparser
from crawlers import one_pass as passes
from crawlers.crawl import CrawlRequest, crawl
from crawlers.guard import guarded_transport
from crawlers.pages import charset, dates, plain, tree
from crawlers.clock import system_clock
from crawlers.sources import load_sources
from db.connect import open_database

loaded = load_sources(Path(sys.argv[1]))
passes._MOST_TOGETHER = 1  # so that there are moments between two saves

def crawl_until(database, last):
    conn, steps = open_database(Path(database)), 0

    def step():
        nonlocal steps
        steps += 1
        if steps == last:
            os.kill(os.getpid(), signal.SIGKILL)

    conn.set_progress_handler(step, 20)  # called by SQLite in the middle of its work
    crawl(conn, loaded, CrawlRequest(all_=True), connect=partial(guarded_transport, True), clock=system_clock())
    print(steps, flush=True)
    os._exit(0)

for line in sys.stdin:
    database, last = line.split()
    child = os.fork() or crawl_until(database, int(last))
    if os.waitpid(child, 0)[1]:
        print("killed", flush=True)
"""


def test_crawl_killed_at_any_moment_loses_nothing(tmp_path: Path, library: FaultServer) -> None:
    """Each time killed at another step of the database, from before the first save to after the last."""
    _, sources = place(tmp_path, library)
    command, at_random, stages = [sys.executable, "-c", KILLER, str(sources)], random.Random(2021), set[int]()
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as killer:
        steps = int(crawl_until(killer, new_database(tmp_path / "whole.db"), 0))
        for number in range(KILLS):
            database = new_database(tmp_path / f"{number}.db")
            assert crawl_until(killer, database, at_random.randrange(1, steps)) == "killed"
            saved = len(served(database))
            crawl_until(killer, database, 0)
            assert served(database) == EVERYTHING
            with closing(connect(database)) as conn:
                items = conn.execute("SELECT count(*), count(DISTINCT canonical_url) FROM items").fetchone()
                polls = conn.execute("SELECT count(*) FROM polls").fetchone()
            assert (*items, *polls) == (120, 120, saved + len(EVERYTHING))  # none lost, none twice
            stages.add(saved)
    assert len(stages) > 1, "every kill came at the same stage"


def new_database(path: Path) -> Path:
    open_database(path, create=True).close()
    return path


def crawl_until(killer: subprocess.Popen[str], database: Path, last: int) -> str:
    """The crawl is killed at this step of its database, 0: at none; how many steps it made, or that it was killed."""
    assert killer.stdin and killer.stdout
    killer.stdin.write(f"{database} {last}\n")
    killer.stdin.flush()
    return killer.stdout.readline().strip()
