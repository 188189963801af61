"""The same pages on a loopback port, for clients that shall go the whole way through HTTP.

Three ways to name the page, by what the client can do:

- as a proxy: `httpx.Client(proxy=server.address)` and plain `http://www.nlc.cn/…` addresses; every site but the one
  that has only http also has https, which is not offered here (no CONNECT), so such addresses are asked as http;
- by the Host header: `GET /en/news/index.html` with `Host: www.ndl.go.jp`;
- by the path: `GET /www.ndl.go.jp/en/news/index.html`. Links that begin with / then leave the site, so this suits
  single pages.

    with ReplicaServer() as server:
        httpx.get(f"{server.address}/www.ndl.go.jp/en/news/index.html")
"""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from replica.web import HOSTS, Answer, ReplicaWeb, UnknownHost


class ReplicaServer:
    """A server on 127.0.0.1 for as long as the `with` block lasts; port 0 takes a free one."""

    def __init__(self, web: ReplicaWeb | None = None, port: int = 0) -> None:
        pages = web or ReplicaWeb()

        class Handler(_Handler):
            web = pages

        self._http = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._http.daemon_threads = False  # closing waits for answers under way
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), name="replica", daemon=True)

    @property
    def port(self) -> int:
        return int(self._http.server_address[1])

    @property
    def address(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


class _Handler(BaseHTTPRequestHandler):
    web: ReplicaWeb
    timeout = 10  # of a silent client

    def do_GET(self) -> None:
        self._send(self._answer())

    do_HEAD = do_GET
    do_POST = do_GET

    def _answer(self) -> Answer:
        wanted = _wanted(self.path, self.headers.get("Host", ""))
        try:
            return self.web.answer(self.command, wanted, dict(self.headers.items()))
        except (UnknownHost, ValueError) as error:
            body = f"{error}\n".encode()
            return Answer(502, {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body))}, body)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the client knows what it asked."""


def _wanted(target: str, host: str) -> str:
    """The full address that a request line and its Host header name."""
    if target.startswith("http://"):
        return target
    first, _, rest = target.removeprefix("/").partition("/")
    if first in HOSTS:
        return f"http://{first}/{rest}"
    return f"http://{host}{target}"
