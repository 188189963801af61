"""One database through everything at once: crawled twice, killed in the middle, published while it is crawled."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from db.connect import integrity, open_database
from db.public_file import open_public
from db.public_pages import file_facts

ROOT = Path(__file__).parent.parent


def demo_once(database: Path) -> subprocess.Popen[str]:
    """A process that crawls the whole sample web into the database and publishes."""
    command = [sys.executable, "-m", "convenor", "demo", "--once", "--db", str(database)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> str:
    with process:
        assert process.stdout
        printed = process.stdout.read()
    assert process.returncode == 0, printed
    return printed


def contents(database: Path) -> list[tuple[object, ...]]:
    """Every item with all that was read of it, in an order that does not depend on when it came."""
    with closing(open_database(database)) as conn:
        assert integrity(conn) == ()
        rows = conn.execute(
            "SELECT canonical_url, source_id, url, title, summary, text, language, country, published_on,"
            " date_precision, date_source, image_url, state FROM items ORDER BY canonical_url"
        )
        return [tuple(row) for row in rows]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    """What one quiet crawl of the sample web gives."""
    database = tmp_path_factory.mktemp("quiet") / "convenor.db"
    finish(demo_once(database))
    return contents(database)


def test_second_crawl_stores_nothing(undisturbed: list[tuple[object, ...]], tmp_path: Path) -> None:
    database = tmp_path / "convenor.db"
    finish(demo_once(database))
    printed = finish(demo_once(database))
    assert "; 0 new items" in printed and printed.count("not modified") >= 5
    assert contents(database) == undisturbed


def items_in(database: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as conn:
            return int(conn.execute("SELECT count(*) FROM items").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


@pytest.mark.parametrize("enough", [1, 120, 230])
def test_killed_crawl_is_taken_up_again(undisturbed: list[tuple[object, ...]], tmp_path: Path, enough: int) -> None:
    database = tmp_path / "convenor.db"
    with demo_once(database) as process:
        while items_in(database) < enough and process.poll() is None:
            pass
        os.kill(process.pid, signal.SIGKILL)
    finish(demo_once(database))
    assert contents(database) == undisturbed


@contextmanager
def served_site(public: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "convenor", "site", "--db", str(public), "--port", "0", "--until-eof"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout
        yield process.stdout.readline().split(" at ")[1].split()[0]
        process.stdin.close()


def statuses_until(done: threading.Event, address: str, seen: list[object]) -> None:
    while not done.is_set():
        for path in ("", "public/activities", "public/activities.json?_shape=array"):
            try:
                with urllib.request.urlopen(address + path, timeout=20) as answer:
                    body = answer.read()
                    seen.append(answer.status)
                    if "json" in path:
                        json.loads(body)
            except (urllib.error.URLError, ValueError) as error:
                seen.append(str(error))


def test_publishing_during_a_crawl_disturbs_neither(undisturbed: list[tuple[object, ...]], tmp_path: Path) -> None:
    database, public = tmp_path / "convenor.db", tmp_path / "public.db"
    finish(demo_once(database))
    for leftover in (database, *tmp_path.glob("convenor.db-*")):
        leftover.unlink()
    done, seen = threading.Event(), list[object]()
    with served_site(public) as address:
        reader = threading.Thread(target=statuses_until, args=(done, address, seen))
        reader.start()
        published = 0
        with demo_once(database) as crawling:
            while crawling.poll() is None:
                command = [sys.executable, "-m", "convenor", "publish", "--db", str(database), "--out", str(public)]
                published += (
                    database.exists() and subprocess.run(command, cwd=ROOT, capture_output=True).returncode == 0
                )
        done.set()
        reader.join()
    assert published and set(seen) == {200}
    assert contents(database) == undisturbed
    with closing(open_public(public)) as conn:
        assert file_facts(conn)[1]["activities"] == 0
