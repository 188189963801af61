"""Disks that are full, databases that are locked in the middle, and a crawl that is killed at any moment."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from db.connect import connect, integrity, open_database
from db.errors import StoreError
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
from crawlers.politeness import system_clock
from crawlers.sources import load_sources
from db.connect import open_database
from db.errors import StoreError

conn = open_database(Path(sys.argv[1]))
if int(sys.argv[3]):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
print("begins", flush=True)
try:
    loaded, transport = load_sources(Path(sys.argv[2])), guarded_transport(allow_private=True)
    crawl(conn, loaded, CrawlRequest(all_=True), transport=transport, clock=system_clock())
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


def test_full_disk_stops_the_pass_with_a_sentence_and_keeps_what_was_saved(desk: Desk) -> None:
    desk.max_bytes = 5_000_000
    with serving(lambda wire: wire.answer(big_feed())) as server:
        conn = open_database(desk.path, create=True)
        used = conn.execute("PRAGMA page_count").fetchone()[0]
        conn.execute(f"PRAGMA max_page_count = {used + 8}")  # SQLite says the same then as when the disk is full
        with pytest.raises(StoreError, match=r"convenor\.db cannot be written: is the disk full\?"):
            desk.crawl(server.url(host="faulty.example"), conn)
        conn.close()
        assert FAULTY not in served(desk.path)
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


def test_save_that_breaks_half_way_leaves_nothing(desk: Desk) -> None:
    """A trigger stands for whatever may refuse in the middle of the many statements of one save."""
    desk.max_bytes = 5_000_000
    conn = open_database(desk.path, create=True)
    conn.execute(
        "CREATE TEMP TRIGGER full BEFORE INSERT ON main.items WHEN new.title LIKE '20:%'"
        " BEGIN SELECT raise(ABORT, 'database or disk is full'); END"
    )
    with serving(lambda wire: wire.answer(big_feed())) as server:
        with pytest.raises(StoreError, match="is the disk full"):
            desk.crawl(server.url(host="faulty.example"), conn)
        conn.close()
        assert FAULTY not in served(desk.path)
        desk.crawl(server.url(host="faulty.example"))
    assert served(desk.path) == EVERYTHING


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


KILLER = """
import os, signal, sys
from pathlib import Path
import feedparser
from crawlers.crawl import CrawlRequest, crawl
from crawlers.guard import guarded_transport
from crawlers.pages import charset, dates, plain, tree
from crawlers.politeness import system_clock
from crawlers.sources import load_sources
from db.connect import open_database

loaded = load_sources(Path(sys.argv[1]))

def crawl_until(database, last):
    conn, steps = open_database(Path(database)), 0

    def step():
        nonlocal steps
        steps += 1
        if steps == last:
            os.kill(os.getpid(), signal.SIGKILL)

    conn.set_progress_handler(step, 20)  # called by SQLite in the middle of its work
    crawl(conn, loaded, CrawlRequest(all_=True), transport=guarded_transport(allow_private=True), clock=system_clock())
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
