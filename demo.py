"""The demonstration: the embedded sample web is crawled, then the desk and the public site are opened on it."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from crawlers.messages import ConnectError, Headers, Request, Response
from crawlers.sources import SourceFile, load_sources, shipped_sources
from db.connect import refusals
from db.errors import NewsError

if TYPE_CHECKING:
    from replica.web import ReplicaWeb
    from terminal import CrawlPrinter

USER, PASSWORD = "demo", "sample-pages"  # guards sample data on loopback only
SUB_REGIONS = ("north-east-asia", "international")
PERIOD = ("2020-11", "2021-02")
HOST = "127.0.0.1"


def run_demo(database: Path, printer: CrawlPrinter, *, port: int, serve: bool) -> None:
    """The sample web is crawled and published; with `serve`, desk and site run until interrupted."""
    from workplace import listen

    if serve:
        for wanted in (port, port + 1):
            listen(HOST, wanted).close()
    public = prepare(database, printer)
    if serve:
        _serve(database, public, port, printer.say)


class ReplicaTransport:
    """The sample web as the network of a crawl: the real addresses of the shipped sources, without a socket."""

    def __init__(self, web: ReplicaWeb | None = None) -> None:
        from replica.web import ReplicaWeb as Web

        self._web = web or Web()

    def send(self, request: Request) -> Response:
        """The answer of the sample web; ConnectError for every other host."""
        from replica.web import UnknownHost

        try:
            answer = self._web.answer(request.method, request.url, request.headers)
        except UnknownHost as error:
            raise ConnectError(str(error)) from error
        headers = Headers((name.encode(), value.encode()) for name, value in answer.headers.items())
        return Response(answer.status, headers, (answer.body,))

    def close(self) -> None:
        """There is nothing to close."""


def prepare(database: Path, printer: CrawlPrinter) -> Path:
    """The demonstration's database holds the crawled sample web, a user and a report; the path of what is public."""
    from crawlers.crawl import CrawlRequest
    from publishing.public import publish
    from workplace import crawl_web, open_working

    with refusals(database):
        database.parent.mkdir(parents=True, exist_ok=True)
    loaded = _without_pauses(load_sources(shipped_sources()))
    conn = open_working(database, loaded, create=True)
    _first_user_and_report(conn)
    crawl_web(conn, loaded, CrawlRequest(all_=True), printer, connect=ReplicaTransport)
    public = database.with_name("public.db")
    publish(conn, public, now=datetime.now(UTC))
    conn.close()
    return public


def _without_pauses(loaded: SourceFile) -> SourceFile:
    return loaded.changed(politeness=loaded.politeness.changed(pause_seconds=0.0))


def _first_user_and_report(conn: sqlite3.Connection) -> None:
    from curation.passwords import hash_password
    from db.reports import ReportKey, find_or_add_report
    from db.users import add_user, find_user

    if find_user(conn, USER) is None:
        hashed = hash_password(PASSWORD)
        add_user(conn, USER, hashed, role="convenor", sub_regions=SUB_REGIONS, now=datetime.now(UTC))
    find_or_add_report(conn, ReportKey(SUB_REGIONS[0], *PERIOD), vocabulary="IFLA-2019-2024")


def _serve(database: Path, public: Path, port: int, say: Callable[[str], None]) -> None:
    """Desk and site run as children until this process is interrupted; when it is killed, they end as well."""
    commands = (
        ("desk", "--db", str(database), "--port", str(port)),
        ("site", "--db", str(public), "--port", str(port + 1)),
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-m", "convenor", *command, "--until-eof"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        for command in commands
    ]
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        for child, wanted in zip(children, (port, port + 1), strict=True):
            _wait_until_answering(child, wanted)
        say("")
        say(f"The desk:        http://{HOST}:{port}/   sign in as {USER!r} with the password {PASSWORD!r}")
        say(f"The public site: http://{HOST}:{port + 1}/")
        say("Stop with Ctrl-C; what you decide is kept for the next time.")
        children[0].wait()
    except KeyboardInterrupt:
        say("")
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait()


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _wait_until_answering(child: subprocess.Popen[bytes], port: int, patience_seconds: float = 30.0) -> None:
    import socket

    deadline = time.monotonic() + patience_seconds
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise NewsError(f"the server for port {port} ended by itself with code {child.returncode}")
        try:
            socket.create_connection((HOST, port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)  # a child that starts tells nobody when it listens, so its port is asked again
    raise NewsError(f"the server for port {port} did not start within {patience_seconds:.0f} seconds")
