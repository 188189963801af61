"""HTTP/1.1 over connections that the guard opens: part of `fetch`, which alone uses it.

What httpx and httpcore do for every HTTP, this does for the requests of a crawl at a sixth of their cost: one request
at a time on a connection that is kept open, answers read strictly. Whatever a server sends against the rules (RFC 9112)
ends in httpx.RemoteProtocolError, and its connection is not used again.
"""

from __future__ import annotations

import re
import ssl
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpcore
import httpx

from crawlers.tls import LEGACY_TLS, legacy_context

MAX_IDLE = 100  # connections kept open, one for each host of a pass
IDLE_SECONDS = 15.0  # many servers close after so long
MAX_HEAD = 100 * 1024  # bytes
_READ = 64 * 1024
_STATUS_LINE = re.compile(rb"HTTP/1\.([01])[ \t]+(\d{3})(?:[ \t]([^\r\n]*))?")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)", re.DOTALL)
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;.*)?")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_UNSENDABLE = re.compile(rb"[\x00\r\n]")
_NO_BODY = frozenset({204, 304})

Origin = tuple[bytes, bytes, int]  # scheme, host, port
Field = tuple[bytes, bytes]


class Transport(httpx.BaseTransport):
    """The network as httpx sees it, over connections of this backend; safe to share between threads."""

    def __init__(self, backend: httpcore.NetworkBackend) -> None:
        self._backend = backend
        self._idle: OrderedDict[int, _Connection] = OrderedDict()  # the one that was used longest ago first
        self._closed = False
        self._lock = threading.Lock()
        self._tls_contexts: dict[bool, ssl.SSLContext] = {}  # by whether they accept old protocols

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer with its body still to be read."""
        with _as_httpx(request):
            connection = self._connection(request)
            try:
                connection.send(request)
                head = connection.head()
                body = connection.body(request.method, head)
            except BaseException:
                connection.close()
                raise
        stream = _Body(self, request, connection, body, keep=head.keep)
        return httpx.Response(head.status, headers=head.fields, stream=stream)

    def close(self) -> None:
        """No connection is open any more."""
        with self._lock:
            self._closed = True
            connections, self._idle = list(self._idle.values()), OrderedDict()
        for connection in connections:
            connection.close()

    def keep(self, connection: _Connection) -> None:
        """The connection waits for the next request to its host; one that comes back too late is closed."""
        connection.idle_since = time.monotonic()
        with self._lock:
            self._idle[id(connection)] = connection
            surplus = self._closed or len(self._idle) > MAX_IDLE
            oldest = self._idle.popitem(last=False)[1] if surplus else None
        if oldest is not None:
            oldest.close()

    def _connection(self, request: httpx.Request) -> _Connection:
        url = request.url
        origin = (url.raw_scheme, url.raw_host, url.port or (443 if url.scheme == "https" else 80))
        while (connection := self._waiting(origin)) is not None:
            if connection.is_alive():
                connection.timeouts(request)
                return connection
            connection.close()
        return self._opened(origin, request)

    def _waiting(self, origin: Origin) -> _Connection | None:
        with self._lock:
            found = next((key for key, connection in self._idle.items() if connection.origin == origin), None)
            return None if found is None else self._idle.pop(found)

    def _opened(self, origin: Origin, request: httpx.Request) -> _Connection:
        scheme, host, port = origin
        timeout = request.extensions.get("timeout", {}).get("connect")
        name = host.decode("ascii")
        stream = self._backend.connect_tcp(name, port, timeout)
        if scheme == b"https":
            try:
                stream = stream.start_tls(self._tls(LEGACY_TLS in request.extensions), name, timeout)
            except BaseException:
                stream.close()
                raise
        connection = _Connection(origin, stream)
        connection.timeouts(request)
        return connection

    def _tls(self, legacy: bool) -> ssl.SSLContext:
        """Made when it is first needed: it takes as long as a hundred requests."""
        with self._lock:
            if legacy not in self._tls_contexts:
                context = legacy_context() if legacy else httpx.create_ssl_context()
                context.set_alpn_protocols(["http/1.1"])
                self._tls_contexts[legacy] = context
            return self._tls_contexts[legacy]


class _Body(httpx.SyncByteStream):
    """The body of an answer while it is read; afterwards its connection is kept or closed."""

    def __init__(
        self,
        transport: Transport,
        request: httpx.Request,
        connection: _Connection,
        chunks: Iterator[bytes],
        *,
        keep: bool,
    ) -> None:
        self._transport = transport
        self._request = request
        self._connection: _Connection | None = connection
        self._chunks = chunks
        self._keep = keep
        self._complete = False

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx(self._request):
            yield from self._chunks
        self._complete = True

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if not self._complete and self._keep:
            self._complete = connection.is_at_end
        if self._complete and self._keep and connection.is_clean:
            self._transport.keep(connection)
        else:
            connection.close()


class _Head:
    """Status and header fields of an answer."""

    def __init__(self, text: bytes) -> None:
        first, *lines = re.split(rb"\r?\n", text)
        match = _STATUS_LINE.fullmatch(first)
        if match is None or b"\x00" in text:
            raise httpcore.RemoteProtocolError(f"no status line of HTTP/1.1: {first[:40]!r}")
        self.status = int(match[2])
        self.fields = list(_fields(lines))
        connection = b",".join(self.values(b"connection")).lower()
        self.keep = match[1] == b"1" and b"close" not in connection

    def values(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.fields if key.lower() == name]


def _fields(lines: list[bytes]) -> Iterator[Field]:
    joined: list[bytes] = []
    for line in lines:
        if line[:1] in (b" ", b"\t") and joined:  # obsolete line folding (RFC 9112, 5.2)
            joined[-1] += b" " + line.strip()
        else:
            joined.append(line)
    for line in joined:
        match = _FIELD.fullmatch(line)
        if match is None:
            raise httpcore.RemoteProtocolError(f"not a header field: {line[:40]!r}")
        yield match[1], match[2].strip(b" \t")


class _Connection:
    """One connection and the bytes of its answers that were read ahead."""

    def __init__(self, origin: Origin, stream: httpcore.NetworkStream) -> None:
        self.origin = origin
        self.idle_since = 0.0
        self.is_at_end = False
        self._stream = stream
        self._ahead = bytearray()
        self._read_timeout: float | None = None
        self._write_timeout: float | None = None

    def timeouts(self, request: httpx.Request) -> None:
        """Reading and writing take at most what this request allows."""
        told = request.extensions.get("timeout", {})
        self._read_timeout, self._write_timeout = told.get("read"), told.get("write")

    def is_alive(self) -> bool:
        """Whether the connection can be used again: not too old, nothing sent unasked, not closed by the server."""
        fresh = time.monotonic() - self.idle_since < IDLE_SECONDS
        return fresh and not self._stream.get_extra_info("is_readable")

    @property
    def is_clean(self) -> bool:
        """Whether nothing was sent behind the end of the answer."""
        return not self._ahead

    def close(self) -> None:
        with suppress(Exception):  # what is given up need not be given up well
            self._stream.close()

    def send(self, request: httpx.Request) -> None:
        lines = [b"%s %s HTTP/1.1" % (request.method.encode("ascii"), request.url.raw_path)]
        lines += [b"%s: %s" % field for field in request.headers.raw]
        if any(_UNSENDABLE.search(line) for line in lines):
            raise httpcore.LocalProtocolError("a line break in the address or in a header field")
        self._stream.write(b"\r\n".join(lines) + b"\r\n\r\n" + request.read(), self._write_timeout)

    def head(self) -> _Head:
        """Status and fields of the answer; what comes before it (103 Early Hints) is passed over."""
        while (head := _Head(self._until_empty_line())).status < 200:
            if head.status == 101:
                raise httpcore.RemoteProtocolError("a change of protocol that nobody asked for")
        return head

    def body(self, method: str, head: _Head) -> Iterator[bytes]:
        """The body in pieces; RemoteProtocolError when it ends too early."""
        self.is_at_end = False
        codings, lengths = head.values(b"transfer-encoding"), set(head.values(b"content-length"))
        if method == "HEAD" or head.status in _NO_BODY:
            self.is_at_end = True
            return iter(())
        if codings:
            if [coding.lower() for coding in codings] != [b"chunked"]:
                raise httpcore.RemoteProtocolError(f"a transfer coding that nobody asked for: {codings!r}")
            return self._chunked()
        if not lengths:
            head.keep = False
            return self._until_closed()
        length = lengths.pop()
        if lengths or not length.isdigit() or len(length) > 16:
            raise httpcore.RemoteProtocolError("the length of the answer is not clear")
        self.is_at_end = int(length) == 0
        return self._exactly(int(length))

    def _exactly(self, length: int) -> Iterator[bytes]:
        while length:
            piece = self._some(length)
            length -= len(piece)
            self.is_at_end = not length
            yield piece

    def _until_closed(self) -> Iterator[bytes]:
        if self._ahead:
            yield self._taken(len(self._ahead))
        while piece := self._stream.read(_READ, self._read_timeout):
            yield piece

    def _chunked(self) -> Iterator[bytes]:
        while True:
            size = _CHUNK_SIZE.fullmatch(self._line())
            if size is None:
                raise httpcore.RemoteProtocolError("no size of a chunk")
            if not (length := int(size[1], 16)):
                break
            while length:
                piece = self._some(length)
                length -= len(piece)
                yield piece
            if self._line():
                raise httpcore.RemoteProtocolError("a chunk is longer than told")
        room = MAX_HEAD
        while (line := self._line()) and room > 0:
            room -= len(line)
        self.is_at_end = not line

    def _some(self, at_most: int) -> bytes:
        """The next bytes, at least one."""
        if not self._ahead:
            data = self._received()
            if len(data) <= at_most:
                return data
            self._ahead += data
        return self._taken(at_most)

    def _taken(self, length: int) -> bytes:
        taken = bytes(self._ahead[:length])
        del self._ahead[:length]
        return taken

    def _line(self) -> bytes:
        while (end := self._ahead.find(b"\n")) < 0:
            if len(self._ahead) > MAX_HEAD:
                raise httpcore.RemoteProtocolError("a line without end")
            self._ahead += self._received()
        return self._taken(end + 1)[:-1].removesuffix(b"\r")

    def _until_empty_line(self) -> bytes:
        searched = 0
        while (match := _HEAD_END.search(self._ahead, searched)) is None:
            searched = max(len(self._ahead) - 3, 0)
            if len(self._ahead) > MAX_HEAD:
                raise httpcore.RemoteProtocolError("a head without end")
            self._ahead += self._received()
        return self._taken(match.end())[: match.start()]

    def _received(self) -> bytes:
        data = self._stream.read(_READ, self._read_timeout)
        if not data:
            raise httpcore.RemoteProtocolError("the server closed the connection before the end of its answer")
        return data


@contextmanager
def _as_httpx(request: httpx.Request) -> Iterator[None]:
    """Errors of the network leave under the names that httpx has for them."""
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise _error_of_httpx(error)(str(error), request=request) from error


def _error_of_httpx(error: Exception) -> type[httpx.TransportError]:
    named = (getattr(httpx, kind.__name__, None) for kind in type(error).__mro__)
    return next(kind for kind in named if isinstance(kind, type) and issubclass(kind, httpx.TransportError))
