"""A library whose server has a fault: it says on the wire exactly what a test wants, byte by byte."""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Say = Callable[["Wire"], None]


@dataclass(frozen=True, slots=True)
class Wire:
    """One request and the connection to answer it on."""

    path: str
    headers: dict[str, str]
    connection: socket.socket
    over: threading.Event  # set when the test is over: endless answers end then

    def send(self, *parts: bytes | str) -> None:
        for part in parts:
            self.connection.sendall(part.encode() if isinstance(part, str) else part)

    def answer(self, body: bytes | str = b"", status: str = "200 OK", *headers: str) -> None:
        """A whole and honest answer; a header that is given replaces ours."""
        raw = body.encode() if isinstance(body, str) else body
        named = {line.split(":")[0].lower() for line in headers}
        own = [f"Content-Length: {len(raw)}", "Content-Type: application/rss+xml", "Connection: close"]
        lines = [f"HTTP/1.1 {status}", *(line for line in own if line.split(":")[0].lower() not in named), *headers]
        self.send("\r\n".join(lines) + "\r\n\r\n", raw)

    def chunk(self, body: bytes) -> None:
        self.send(f"{len(body):x}\r\n", body, b"\r\n")

    def reset(self) -> None:
        """The connection breaks as when a cable is pulled: no orderly end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        self.connection.close()


@dataclass
class FaultServer(socketserver.ThreadingTCPServer):
    """Every address but robots.txt (there is none) is answered by `say`."""

    say: Say
    tls: ssl.SSLContext | None = None
    asked: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    allow_reuse_address = True
    daemon_threads = True

    def __post_init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def port(self) -> int:
        number: int = self.server_address[1]
        return number

    def url(self, path: str = "/feed", host: str = "127.0.0.1") -> str:
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{path}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what these tests are about."""


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        server = self.server
        assert isinstance(server, FaultServer)
        connection: socket.socket = self.request
        with suppress(OSError):
            if server.tls is not None:
                connection = server.tls.wrap_socket(connection, server_side=True)
            wire = _request(connection, server.over)
            if wire is None:
                return
            server.asked.append(wire.path)
            if wire.path == "/robots.txt":
                wire.answer(status="404 Not Found")
            else:
                server.say(wire)
            connection.shutdown(socket.SHUT_RDWR)
            connection.close()


def _request(connection: socket.socket, over: threading.Event) -> Wire | None:
    raw = b""
    while b"\r\n\r\n" not in raw:
        part = connection.recv(65_536)
        if not part:
            return None
        raw += part
    first, *lines = raw.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Wire(first.split(" ")[1], headers, connection, over)


@contextmanager
def serving(say: Say, tls: ssl.SSLContext | None = None) -> Iterator[FaultServer]:
    """The server answers until the end of the block."""
    server = FaultServer(say, tls)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
