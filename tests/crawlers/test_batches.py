"""Batches of hosts done by other processes find what a crawl in this one finds, also when one of them dies."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from crawlers.batches import Workers
from crawlers.clock import Clock, system_clock
from crawlers.cluster import _claim, cluster_at
from crawlers.crawl import CrawlRequest, crawl
from crawlers.guard import guarded_transport
from crawlers.messages import Request, Response
from crawlers.one_pass import LOST
from crawlers.sources import Politeness, SourceFile
from crawlers.tally import CrawlSummary
from crawlers.urls import host_of
from db.errors import NewsError
from tests.crawlers.fake_network import FakeTransport, path_of, reply
from tests.crawlers.small_web import source, source_file
from tests.databases import new_database

HOSTS = tuple(f"127.0.0.{number}" for number in range(1, 9))
DOOMED = HOSTS[2]  # who asks it dies of it


class Farm(ThreadingHTTPServer):
    """Two feeds at each of several addresses; remembers what was asked."""

    def __init__(self) -> None:
        super().__init__(("", 0), Handler)
        self.asked: Counter[str] = Counter()
        self.lock = threading.Lock()

    def urls(self) -> list[str]:
        return [f"http://{host}:{self.server_port}/{name}" for host in HOSTS for name in ("a", "b")]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Farm)
        with self.server.lock:
            self.server.asked[f"http://{self.headers['Host']}{self.path}"] += 1
        entry = f"<item><title>News of {self.path} at {self.headers['Host']}</title><link>/n{self.path}</link></item>"
        body = f'<rss version="2.0"><channel><title>T</title>{entry}</channel></rss>'.encode()
        found = self.path in ("/a", "/b")
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(body) if found else 0))
        self.end_headers()
        self.wfile.write(body if found else b"")

    def log_message(self, format: str, *args: object) -> None:
        return


class Deadly:
    """The real network, but the process dies with kill -9 when the doomed host has answered."""

    def __init__(self) -> None:
        self._network = guarded_transport(allow_private=True)

    def send(self, request: Request) -> Response:
        answer = self._network.send(request)
        if urlsplit(request.url).hostname == DOOMED and path_of(request) == "/a":
            list(answer.body)
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    def close(self) -> None:
        self._network.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Farm]:
    farm = Farm()
    thread = threading.Thread(target=farm.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield farm
    farm.shutdown()
    farm.server_close()
    thread.join()


@pytest.fixture
def farm(server: Farm) -> Farm:
    server.asked.clear()
    return server


def sources_of(farm: Farm) -> SourceFile:
    blocks = [source(f"s{number}", url, articles="none") for number, url in enumerate(farm.urls())]
    return source_file(*blocks).changed(politeness=Politeness(pause_seconds=0))


@contextmanager
def pool() -> Iterator[Executor]:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        yield executor


def made(conn: sqlite3.Connection, farm: Farm, workers: Workers | None, clock: Clock | None = None) -> CrawlSummary:
    transport, clock = guarded_transport(allow_private=True), clock or system_clock()
    return crawl(conn, sources_of(farm), CrawlRequest(), connect=lambda: transport, clock=clock, workers=workers)


def items(conn: sqlite3.Connection) -> set[tuple[str, ...]]:
    return {tuple(row) for row in conn.execute("SELECT source_id, title, url FROM items")}


def polls_of(conn: sqlite3.Connection, *urls: str) -> list[tuple[str, str | None]]:
    marks = ",".join("?" * len(urls))
    rows = conn.execute(
        f"SELECT outcome, error FROM polls p JOIN sources s ON s.id = p.source_id WHERE s.url IN ({marks})", urls
    )
    return [tuple(row) for row in rows]


def later() -> Clock:
    clock = system_clock()
    return Clock(lambda: clock.now() + timedelta(days=2), lambda: clock.monotonic() + 2 * 86_400, clock.sleep)


def test_other_processes_bring_back_what_a_crawl_here_finds(
    conn: sqlite3.Connection, farm: Farm, tmp_path: Path
) -> None:
    with pool() as executor:
        summary = made(conn, farm, Workers(executor, 2, partial(guarded_transport, True)))
    assert summary.outcomes == {"new": 16}
    assert [farm.asked[url] for url in farm.urls()] == [1] * 16
    assert [farm.asked[f"http://{host}:{farm.server_port}/robots.txt"] for host in HOSTS] == [1] * len(HOSTS)
    here = new_database(tmp_path / "here.db")
    assert made(here, farm, None).outcomes == {"new": 16}
    assert items(conn) == items(here)
    hosts = "SELECT host, requests FROM host_days ORDER BY host"
    assert [tuple(row) for row in conn.execute(hosts)] == [tuple(row) for row in here.execute(hosts)]
    here.close()


def test_pool_with_a_killed_process_loses_nothing_and_asks_nobody_twice(conn: sqlite3.Connection, farm: Farm) -> None:
    with pool() as executor:
        first = made(conn, farm, Workers(executor, 2, Deadly))
    assert first.unpolled > 0  # nobody did what had not begun
    lost = polls_of(conn, *(url for url in farm.urls() if DOOMED in url))
    assert [outcome for outcome, _ in lost] == ["failed", "failed"]
    assert LOST in str(lost[0][1])
    with pool() as executor:
        second = made(conn, farm, Workers(executor, 2, partial(guarded_transport, True)))
    assert (
        sum(second.outcomes.values()) == first.unpolled
    )  # those that were never asked are due still, the lost not yet
    assert max(farm.asked[url] for url in farm.urls()) == 1
    third = made(conn, farm, None, later())
    assert third.outcomes.get("failed") is None
    assert len(items(conn)) == 16


def test_worker_speaks_an_old_protocol_with_the_host_that_may_alone(conn: sqlite3.Connection) -> None:
    marked: dict[str, bool] = {}

    def answer(request: Request) -> Response:
        marked[host_of(request.url)] = request.legacy_tls
        return reply(404)

    blocks = source("old", "https://old.example/a", legacy_tls=True), source("other", "https://other.example/a")
    with ThreadPoolExecutor(1) as executor, closing(FakeTransport(answer)) as network:
        workers = Workers(executor, 1, lambda: network)
        crawl(
            conn, source_file(*blocks), CrawlRequest(), connect=lambda: network, clock=system_clock(), workers=workers
        )
    assert marked == {"old.example": True, "other.example": False}


@contextmanager
def dask() -> Iterator[str]:
    """A scheduler and two workers, each a real process; the address of the scheduler."""
    started = [
        subprocess.Popen(
            [
                sys.executable,
                "-W",
                "ignore",
                "-m",
                "distributed.cli.dask_scheduler",
                "--host",
                "127.0.0.1",
                "--port",
                "0",
                "--no-dashboard",
            ],
            stderr=subprocess.PIPE,
            text=True,
        )
    ]
    try:
        address = next(line.split()[-1] for line in started[0].stderr or () if "Scheduler at:" in line)
        for _ in range(2):
            command = [
                "-m",
                "distributed.cli.dask_worker",
                address,
                "--host",
                "127.0.0.1",
                "--nthreads",
                "1",
                "--no-nanny",
            ]
            started.append(
                subprocess.Popen([sys.executable, "-W", "ignore", *command], stderr=subprocess.PIPE, text=True)
            )
            next(line for line in started[-1].stderr or () if "Registered to:" in line)
        yield address
    finally:
        for process in reversed(started):
            process.kill()
            process.communicate()


def test_cluster_with_a_killed_worker_loses_nothing_and_asks_nobody_twice(conn: sqlite3.Connection, farm: Farm) -> None:
    with dask() as address, cluster_at(address) as (executor, at_once):
        assert at_once == 2
        first = made(conn, farm, Workers(executor, at_once, Deadly))
        assert first.unpolled == 0
        # The other worker did the rest. What the dead one had done just before may not have been handed over.
        assert first.outcomes["failed"] in (2, 4) and sum(first.outcomes.values()) == 16
        lost = polls_of(conn, *(url for url in farm.urls() if DOOMED in url))
        assert len(lost) == 2 and all(LOST in str(error) for _, error in lost)
        assert made(conn, farm, Workers(executor, 1, partial(guarded_transport, True))).outcomes == {}
        assert max(farm.asked[url] for url in farm.urls()) == 1
        made(conn, farm, Workers(executor, 1, partial(guarded_transport, True)), later())
    assert len(items(conn)) == 16


def test_cluster_that_is_not_there_is_told() -> None:
    with pytest.raises(NewsError, match=r"no Dask scheduler answers at nonsense://x"), cluster_at("nonsense://x"):
        pass


def test_work_is_begun_once_for_the_whole_cluster() -> None:
    scheduler = SimpleNamespace()
    begun = [_claim(name, dask_scheduler=scheduler) for name in ("a", "b", "a")]
    assert begun == [True, True, False]
