"""A network without sockets, for tests: a function that answers requests, or connections that have said all already."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from crawlers.messages import Headers, Request, Response


def reply(
    status: int = 200,
    content: str | bytes | Iterable[bytes] = b"",
    *,
    headers: Mapping[str, str] | Iterable[tuple[bytes, bytes]] = (),
    html: str | None = None,
) -> Response:
    """An answer; one with `html` says so."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    raw = [(_raw(name), _raw(value)) for name, value in pairs]
    if html is not None:
        content, raw = html, [(b"Content-Type", b"text/html; charset=utf-8"), *raw]
    whole = content.encode() if isinstance(content, str) else content
    return Response(status, Headers(raw), (whole,) if isinstance(whole, bytes) else whole)


def _raw(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1")


def path_of(request: Request) -> str:
    """The path that is asked for."""
    return urlsplit(request.url).path or "/"


@dataclass(frozen=True, slots=True)
class FakeTransport:
    """Answers as the function says."""

    answer: Callable[[Request], Response]

    def send(self, request: Request) -> Response:
        return self.answer(request)

    def close(self) -> None:
        return


class Said:
    """A connection to a server that has said all this already; what comes in one packet is one piece."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces = list(pieces)
        self.sent = b""
        self.closed = False
        self.talks = False  # says something while nobody asked, be it that it closes

    def read(self, max_bytes: int, timeout_seconds: float) -> bytes:
        if not self.pieces:
            return b""
        piece = self.pieces.pop(0)
        if len(piece) > max_bytes:
            self.pieces.insert(0, piece[max_bytes:])
        return piece[:max_bytes]

    def write(self, data: bytes, timeout_seconds: float) -> None:
        self.sent += data

    def start_tls(self, context: ssl.SSLContext, name: str, timeout_seconds: float) -> Said:
        return self

    def is_readable(self) -> bool:
        return self.talks

    def close(self) -> None:
        self.closed = True
