"""HTTP/1.1 over connections that the guard opens: part of `fetch`, which alone uses it.

One request at a time on a connection that is kept open, answers read strictly. Whatever a server sends against the
rules (RFC 9112) ends in ProtocolError, and its connection is not used again.
"""

from __future__ import annotations

import re
import ssl
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import suppress

from msgspec import Struct

from crawlers.messages import (
    ConnectTimeoutError,
    ExchangeError,
    Field,
    Headers,
    ProtocolError,
    ReadTimeoutError,
    Request,
    Response,
    UnsendableError,
    WriteTimeoutError,
)
from crawlers.sockets import Stream
from crawlers.tls import secure_context

MAX_IDLE = 100  # connections kept open, one for each host of a pass
IDLE_SECONDS = 15.0  # many servers close after so long
MAX_HEAD = 100 * 1024  # bytes
_READ = 64 * 1024
_STATUS_LINE = re.compile(rb"HTTP/1\.([01])[ \t]+(\d{3})(?:[ \t]([^\r\n]*))?")
_TOKEN = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;.*)?")
_EMPTY_LINE = re.compile(rb"\n\r?\n")
_LONGEST_STEP = 86_400.0  # seconds; a socket knows no longer time
_NO_BODY = frozenset({204, 304})
_SAFE = frozenset({"GET", "HEAD"})  # to ask once more does nothing on the server

Origin = tuple[str, str, int | None]  # scheme, host, port
Connect = Callable[[str, int, float], Stream]  # to a host, a port, in so many seconds


class Http1:
    """The network, over connections that `connect` opens; safe to share between threads."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._idle: OrderedDict[Origin, _Connection] = OrderedDict()  # the one that was used longest ago first
        self._closed = False
        self._lock = threading.Lock()
        self._tls_contexts: dict[bool, ssl.SSLContext] = {}  # by whether they accept old protocols

    def send(self, request: Request) -> Response:
        """The answer with its body still to be read."""
        message, waiting = _message(request), self._waiting(request)
        if waiting is not None:
            try:
                return self._exchanged(request, message, waiting)
            except ExchangeError as error:
                # A server may close what waits in the moment when it is used again (RFC 9112, 9.3.1).
                if waiting.is_answered or error.late or request.method not in _SAFE:
                    raise
        origin = _origin(request)
        return self._exchanged(request, message, _Connection(origin, self._opened(request), request.deadline))

    def _exchanged(self, request: Request, message: bytes, connection: _Connection) -> Response:
        try:
            connection.send(message)
            head = connection.head()
            body = _Body(self, connection, connection.body(request.method, head), keep=head.keep)
        except BaseException:
            connection.close()
            raise
        return Response(head.status, head.headers, body, body.close)

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
            surplus = self._idle.pop(connection.origin, None)
            self._idle[connection.origin] = connection
            if self._closed or len(self._idle) > MAX_IDLE:
                surplus = self._idle.popitem(last=False)[1]
        if surplus is not None:
            surplus.close()

    def _waiting(self, request: Request) -> _Connection | None:
        """A connection to this server that can be used again."""
        with self._lock:
            waiting = self._idle.pop(_origin(request), None)
        if waiting is not None:
            if waiting.is_alive():
                waiting.deadline = request.deadline
                return waiting
            waiting.close()
        return None

    def _opened(self, request: Request) -> Stream:
        place = request.place
        secure = place.scheme == "https"
        stream = self._connect(place.host, place.port or (443 if secure else 80), _time_to_connect(request))
        if not secure:
            return stream
        try:
            return stream.start_tls(self._tls(request.legacy_tls), place.host, _time_to_connect(request))
        except BaseException:
            stream.close()
            raise

    def _tls(self, legacy: bool) -> ssl.SSLContext:
        """Made when it is first needed: it takes as long as a hundred requests."""
        with self._lock:
            if legacy not in self._tls_contexts:
                self._tls_contexts[legacy] = secure_context(legacy=legacy)
            return self._tls_contexts[legacy]


def _origin(request: Request) -> Origin:
    place = request.place
    return place.scheme, place.host, place.port


def _message(request: Request) -> bytes:
    place = request.place
    first = f"{request.method} {place.target} HTTP/1.1\r\nHost: {place.site}\r\n".encode("ascii")
    lines = [b"%s: %s\r\n" % field for field in request.headers.raw]
    fields = b"".join(lines)
    if not fields.count(b"\r") == fields.count(b"\n") == len(lines) or b"\x00" in fields:
        raise UnsendableError("a line break in a header field")
    return b"".join((first, fields, b"\r\n", request.body))


def _left(deadline: float, late: type[ConnectTimeoutError | ReadTimeoutError | WriteTimeoutError]) -> float:
    """How much time is left for a step; the error of being late where none is."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise late("the whole answer took too long")
    return min(left, _LONGEST_STEP)


def _time_to_connect(request: Request) -> float:
    return min(request.connect_timeout_seconds, _left(request.deadline, ConnectTimeoutError))


class _Body:
    """The body of an answer while it is read; afterwards its connection is kept or closed."""

    def __init__(self, network: Http1, connection: _Connection, pieces: Iterator[bytes], *, keep: bool) -> None:
        self._network = network
        self._connection: _Connection | None = connection
        self._pieces = pieces
        self._keep = keep
        self._complete = False

    def __iter__(self) -> Iterator[bytes]:
        yield from self._pieces
        self._complete = True

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if not self._complete and self._keep:
            self._complete = connection.is_at_end
        if self._complete and self._keep and connection.is_clean:
            self._network.keep(connection)
        else:
            connection.close()


class _Head(Struct):
    """What stands before the body of an answer."""

    status: int
    headers: Headers
    keep: bool  # the connection can be used again


def _head(text: bytes) -> _Head:
    text = text.replace(b"\r\n", b"\n").replace(b"\r", b" ")  # one alone ends no line (RFC 9112, 2.2)
    first, *lines = text.split(b"\n")
    match = _STATUS_LINE.fullmatch(first)
    if match is None or b"\x00" in text:
        raise ProtocolError(f"no status line of HTTP/1.1: {first[:40]!r}")
    folded = b"\n " in text or b"\n\t" in text
    headers = Headers(map(_field, _unfolded(lines) if folded else lines))
    keep = match[1] == b"1" and b"close" not in b",".join(headers.each("connection")).lower()
    return _Head(int(match[2]), headers, keep)


def _unfolded(lines: list[bytes]) -> list[bytes]:
    """A line for each field: those that go on in the next line are obsolete (RFC 9112, 5.2)."""
    unfolded: list[bytes] = []
    for line in lines:
        if line[:1] in (b" ", b"\t") and unfolded:
            unfolded[-1] += b" " + line.strip()
        else:
            unfolded.append(line)
    return unfolded


def _field(line: bytes) -> Field:
    name, colon, value = line.partition(b":")
    if not name or not colon or name.translate(None, _TOKEN):
        raise ProtocolError(f"not a header field: {line[:40]!r}")
    return name, value.strip(b" \t")


class _Connection:
    """One connection and the bytes of its answers that were read ahead."""

    def __init__(self, origin: Origin, stream: Stream, deadline: float) -> None:
        self.origin = origin
        self.deadline = deadline  # of the request under way
        self.idle_since = 0.0
        self.is_at_end = False
        self.is_answered = False  # whether anything came since the last request
        self._stream = stream
        self._ahead = bytearray()

    def is_alive(self) -> bool:
        """Whether the connection can be used again: not too old, nothing sent unasked, not closed by the server."""
        return time.monotonic() - self.idle_since < IDLE_SECONDS and not self._stream.is_readable()

    @property
    def is_clean(self) -> bool:
        """Whether nothing was sent behind the end of the answer."""
        return not self._ahead

    def close(self) -> None:
        with suppress(Exception):  # what is given up need not be given up well
            self._stream.close()

    def send(self, message: bytes) -> None:
        self.is_answered = False
        self._stream.write(message, _left(self.deadline, WriteTimeoutError))

    def head(self) -> _Head:
        """Status and fields of the answer; what comes before it (103 Early Hints) is passed over."""
        room = MAX_HEAD
        while room > 0:
            text = self._until_empty_line()
            head, room = _head(text), room - len(text)
            if head.status >= 200:
                return head
            if head.status == 101:
                raise ProtocolError("a change of protocol that nobody asked for")
        raise ProtocolError("hints without end")

    def body(self, method: str, head: _Head) -> Iterator[bytes]:
        """The body in pieces; ProtocolError when it ends too early."""
        self.is_at_end = False
        if method == "HEAD" or head.status in _NO_BODY:
            self.is_at_end = True
            return iter(())
        codings, lengths = head.headers.each("transfer-encoding"), set(head.headers.each("content-length"))
        if codings:
            if [coding.lower() for coding in codings] != [b"chunked"]:
                raise ProtocolError(f"a transfer coding that nobody asked for: {codings!r}")
            return self._chunked()
        if not lengths:
            head.keep = False
            return self._until_closed()
        length = lengths.pop()
        if lengths or not length.isdigit() or len(length) > 16:
            raise ProtocolError("the length of the answer is not clear")
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
        while piece := self._read():
            yield piece

    def _chunked(self) -> Iterator[bytes]:
        while True:
            size = _CHUNK_SIZE.fullmatch(self._line())
            if size is None:
                raise ProtocolError("no size of a chunk")
            if not (length := int(size[1], 16)):
                break
            while length:
                piece = self._some(length)
                length -= len(piece)
                yield piece
            if self._line():
                raise ProtocolError("a chunk is longer than told")
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
        if length >= len(self._ahead):
            taken = bytes(self._ahead)
            self._ahead.clear()
        else:
            taken = bytes(self._ahead[:length])
            del self._ahead[:length]
        return taken

    def _line(self) -> bytes:
        while (end := self._ahead.find(b"\n")) < 0:
            if len(self._ahead) > MAX_HEAD:
                raise ProtocolError("a line without end")
            self._ahead += self._received()
        return self._taken(end + 1)[:-1].removesuffix(b"\r")

    def _until_empty_line(self) -> bytes:
        searched = 0
        while (match := _EMPTY_LINE.search(self._ahead, searched)) is None:
            searched = max(len(self._ahead) - 2, 0)
            if len(self._ahead) > MAX_HEAD:
                raise ProtocolError("a head without end")
            self._ahead += self._received()
        return self._taken(match.end())[: match.start()].removesuffix(b"\r")

    def _read(self) -> bytes:
        return self._stream.read(_READ, _left(self.deadline, ReadTimeoutError))

    def _received(self) -> bytes:
        data = self._read()
        if not data:
            raise ProtocolError("the server closed the connection before the end of its answer")
        self.is_answered = True
        return data
