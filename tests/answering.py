"""A small web on loopback for tests that ask it over real HTTP: what a handler answers, and how it is served."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Answering(BaseHTTPRequestHandler):
    """A handler whose `do_GET` says its answer in one call, and that prints nothing."""

    def say(self, status: int, kind: str, body: bytes, location: str = "") -> None:
        """The whole answer is sent."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *words: object) -> None:
        """Nothing is printed."""


@contextmanager
def answered_by(handler: type[Answering]) -> Iterator[str]:
    """The address at which the handler answers, until the end of the block."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
