"""A web server on loopback whose answers are written by scripts and which keeps a log of every request.

Every host name leads to it; a page is found by host, port and path. It tells by the machine's true time when it was
asked and when it had answered.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from msgspec import Struct

from tests.politeness.simulated_clock import SimulatedMachine


@dataclass(frozen=True, slots=True)
class Reply:
    """What a page answers."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    took: float = 0.0  # seconds


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as a page's script sees it."""

    day: float  # true days since the beginning
    now: datetime  # the true one
    headers: dict[str, str]
    number: int  # of the requests for this page, from 1

    @property
    def conditional(self) -> bool:
        return "if-none-match" in self.headers or "if-modified-since" in self.headers


Script = Callable[[Asked], Reply]


class Logged(Struct, frozen=True):
    """One line of the server's log."""

    began: float  # true seconds since the beginning
    ended: float
    run: int  # which pass of ours asked
    host: str  # with the port's name where it is the second one: `busy.example`, `busy.example/2`
    path: str
    headers: tuple[tuple[str, str], ...]
    status: int
    reply: tuple[tuple[str, str], ...]
    sent_bytes: int
    at_once: int  # requests to this host under way, this one included
    hosts_at_once: int  # hosts with a request under way

    def header(self, name: str) -> str | None:
        """What we sent in this header."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def given(self, name: str) -> str | None:
        """What the server sent in this header."""
        return next((value for key, value in self.reply if key.lower() == name.lower()), None)

    @property
    def address(self) -> str:
        return self.host + self.path

    @property
    def conditional(self) -> bool:
        return self.header("If-None-Match") is not None or self.header("If-Modified-Since") is not None


@dataclass
class ScriptedWeb:
    """The pages, the log, and two ports of one machine."""

    machine: SimulatedMachine
    pages: dict[str, Script] = field(default_factory=dict)  # by host and path
    log: list[Logged] = field(default_factory=list)
    run: int = 0
    on_request: Callable[[str], None] = lambda address: None
    ports: tuple[int, ...] = ()
    _asked: Counter[str] = field(default_factory=Counter)
    _under_way: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def url(self, address: str) -> str:
        """The full address of `host/path`, or of `host/2/path` on the second port."""
        host, _, path = address.partition("/")
        port = 0
        if path.startswith("2/"):
            port, path = 1, path[2:]
        return f"http://{host}:{self.ports[port]}/{path}"

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Both ports answer."""
        servers = [_server(self, suffix) for suffix in ("", "/2")]
        self.ports = tuple(server.server_port for server in servers)
        threads = [threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True) for server in servers]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            for server in servers:
                server.shutdown()
                server.server_close()

    def answer(self, host: str, path: str, headers: tuple[tuple[str, str], ...]) -> Reply:
        """The reply of a page, once the time that it takes has passed; the request is in the log."""
        address = host + path
        with self._lock:
            self._asked[address] += 1
            number = self._asked[address]
            self._under_way[host] += 1
            at_once, hosts = self._under_way[host], sum(count > 0 for count in self._under_way.values())
            began = self.machine.true_seconds
        named = {name.lower(): value for name, value in headers}
        reply = self.pages.get(address, _no_such_page)(Asked(began / 86_400, self.machine.true_now, named, number))
        if "date" not in {name.lower() for name, _ in reply.headers}:
            date = ("Date", format_datetime(self.machine.true_now, usegmt=True))
            reply = Reply(reply.status, reply.body, (*reply.headers, date), reply.took)
        self.machine.sleep(reply.took)
        with self._lock:
            self._under_way[host] -= 1
            self.log.append(
                Logged(
                    began,
                    self.machine.true_seconds,
                    self.run,
                    host,
                    path,
                    headers,
                    reply.status,
                    reply.headers,
                    0 if reply.status == 304 else len(reply.body),
                    at_once,
                    hosts,
                )
            )
        self.on_request(address)
        return reply


def _no_such_page(asked: Asked) -> Reply:
    return Reply(404, b"no such page")


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A process of ours that was killed lets its connections break; that is no fault of the server."""


def _server(web: ScriptedWeb, suffix: str) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = (
            True  # the body goes out apart from the headers, and would wait for the reader's system
        )

        def do_GET(self) -> None:
            host = self.headers["Host"].partition(":")[0] + suffix
            reply = web.answer(host, self.path, tuple(self.headers.items()))
            self.send_response_only(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            if reply.status != 304:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            if reply.status != 304:
                self.wfile.write(reply.body)

        def log_message(self, format: str, *args: object) -> None:
            return

    return _Server(("127.0.0.1", 0), Handler)
