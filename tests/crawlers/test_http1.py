"""Answers read strictly, connections used again only when that is safe."""

from __future__ import annotations

from collections.abc import Iterable

import httpcore
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.http1 import MAX_HEAD, Transport

URL = "http://library.example/news?page=2"


class Stream(httpcore.NetworkStream):
    """A server that has said all this already; what comes in one packet is one piece."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces = list(pieces)
        self.sent = b""
        self.closed = False
        self.talks = False  # says something while nobody asked, be it that it closes

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if not self.pieces:
            return b""
        piece = self.pieces.pop(0)
        if len(piece) > max_bytes:
            self.pieces.insert(0, piece[max_bytes:])
        return piece[:max_bytes]

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.sent += buffer

    def close(self) -> None:
        self.closed = True

    def get_extra_info(self, info: str) -> object:
        return self.talks if info == "is_readable" else None


class Backend(httpcore.NetworkBackend):
    """Gives each new connection the next of these streams."""

    def __init__(self, *streams: Stream) -> None:
        self.left = list(streams)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: object = None,
    ) -> httpcore.NetworkStream:
        return self.left.pop(0)


def asked(transport: Transport, url: str = URL, headers: dict[bytes, bytes] | None = None) -> httpx.Response:
    response = transport.handle_request(httpx.Request("GET", url, headers=headers))
    try:
        response.read()
    finally:
        response.close()
    return response


def answer(head: str, body: bytes = b"") -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", *filter(None, head.split("|"))]).encode() + b"\r\n\r\n" + body


def test_request_as_it_is_sent() -> None:
    stream = Stream([answer("Content-Length: 0")])
    asked(Transport(Backend(stream)), headers={b"If-None-Match": b'W/"\xe9"'})
    assert stream.sent.startswith(b"GET /news?page=2 HTTP/1.1\r\nHost: library.example\r\n")
    assert b'If-None-Match: W/"\xe9"\r\n' in stream.sent
    assert stream.sent.endswith(b"\r\n\r\n")


BODIES = {
    "told length": answer("Content-Length: 4", b"news"),
    "length told twice": answer("Content-Length: 4|content-length: 4", b"news"),
    "chunks": answer("Transfer-Encoding: chunked", b"2\r\nne\r\n02;x=y\r\nws\r\n0\r\nTrailer: 1\r\n\r\n"),
    "length beside chunks": answer("Transfer-Encoding: chunked|Content-Length: 9", b"4\r\nnews\r\n0\r\n\r\n"),
    "until the end": answer("", b"news"),
    "bare line feeds": answer("Content-Length: 4", b"news").replace(b"\r", b""),
    "folded header": answer("X: a|\tb|Content-Length: 4", b"news"),
    "early hints": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + answer("Content-Length: 4", b"news"),
    "HTTP/1.0": answer("Content-Length: 4", b"news").replace(b"1.1", b"1.0"),
    "no reason": answer("Content-Length: 4", b"news").replace(b" OK", b""),
}


@pytest.mark.parametrize("name", BODIES)
def test_body(name: str) -> None:
    assert asked(Transport(Backend(Stream([BODIES[name]])))).content == b"news"


@given(st.sampled_from(sorted(BODIES)), st.data())
def test_body_is_the_same_however_it_is_cut_into_packets(name: str, data: st.DataObject) -> None:
    whole = BODIES[name]
    cuts = sorted(data.draw(st.lists(st.integers(1, len(whole) - 1), max_size=6)))
    pieces = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert asked(Transport(Backend(Stream(filter(None, pieces))))).content == b"news"


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html>", id="no HTTP"),
        pytest.param(b"HTTP/2 200 OK\r\n\r\n", id="other version"),
        pytest.param(b"HTTP/1.1 200 OK\r\nno field\r\n\r\n", id="no field"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX : 1\r\n\r\n", id="space in front of the colon"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n", id="NUL"),
        pytest.param(b"HTTP/1.1 101 Switching\r\n\r\n", id="other protocol"),
        pytest.param(answer("Content-Length: 4|Content-Length: 5", b"news"), id="two lengths"),
        pytest.param(answer("Content-Length: -4", b"news"), id="negative length"),
        pytest.param(answer("Content-Length: 5", b"news"), id="cut off"),
        pytest.param(answer("Transfer-Encoding: gzip, chunked", b"0\r\n\r\n"), id="other coding"),
        pytest.param(answer("Transfer-Encoding: chunked", b"x\r\nnews\r\n0\r\n\r\n"), id="no size"),
        pytest.param(answer("Transfer-Encoding: chunked", b"3\r\nnews\r\n0\r\n\r\n"), id="longer than its size"),
        pytest.param(answer("Transfer-Encoding: chunked", b"4\r\nnews\r\n"), id="no last chunk"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * MAX_HEAD, id="endless head"),
    ],
)
def test_answer_against_the_rules_is_an_error_and_its_connection_closed(said: bytes) -> None:
    stream = Stream([said])
    with pytest.raises(httpx.RemoteProtocolError):
        asked(Transport(Backend(stream)))
    assert stream.closed


def test_a_header_of_nothing_but_spaces_is_read_in_the_time_of_its_length() -> None:
    said = b"HTTP/1.1 200 OK\r\nX: a" + b" " * 90_000 + b"b\t \r\nContent-Length: 0\r\n\r\n"
    assert len(asked(Transport(Backend(Stream([said])))).headers["X"]) == 90_002


def test_line_break_is_never_sent() -> None:
    stream = Stream([answer("Content-Length: 0")])
    with pytest.raises(httpx.LocalProtocolError):
        asked(Transport(Backend(stream)), headers={b"If-None-Match": b"a\r\nX: 1"})
    assert stream.sent == b""


def test_connection_serves_the_next_request_to_its_host() -> None:
    one = Stream([answer("Content-Length: 4", b"news"), answer("Content-Length: 4", b"more")])
    other = Stream([answer("Content-Length: 4", b"else")])
    transport = Transport(Backend(one, other))
    assert [
        asked(transport, url).content for url in (URL, "http://library.example/2", "http://library.example:8080/")
    ] == [
        b"news",
        b"more",
        b"else",
    ]
    transport.close()
    assert one.closed and other.closed


def test_answer_without_body_leaves_its_connection_open_though_nobody_read_it() -> None:
    stream = Stream([answer("").replace(b"200 OK", b"304 Not Modified"), answer("Content-Length: 0")])
    transport = Transport(Backend(stream))
    transport.handle_request(httpx.Request("GET", URL)).close()
    assert asked(transport).status_code == 200


ONCE = {
    "said so": Stream([answer("Connection: close|Content-Length: 4", b"news")]),
    "without length": Stream([answer("", b"news")]),
    "more than told": Stream([answer("Content-Length: 4", b"newsHTTP/1.1 200 OK")]),
    "old protocol": Stream([BODIES["HTTP/1.0"]]),
}


@pytest.mark.parametrize("name", ONCE)
def test_connection_that_cannot_be_trusted_is_not_used_again(name: str) -> None:
    transport = Transport(Backend(ONCE[name], Stream([answer("Content-Length: 4", b"more")])))
    assert asked(transport).content == b"news"
    assert ONCE[name].closed
    assert asked(transport).content == b"more"


def test_connection_that_the_server_closed_meanwhile_is_not_used_again() -> None:
    stream = Stream([answer("Content-Length: 4", b"news")])
    transport = Transport(Backend(stream, Stream([answer("Content-Length: 4", b"more")])))
    asked(transport)
    stream.talks = True
    assert asked(transport).content == b"more"
    assert stream.closed


def test_body_that_is_not_wanted_to_its_end_closes_the_connection() -> None:
    stream = Stream([answer("Content-Length: 8", b"news"), b"more"])
    transport = Transport(Backend(stream))
    response = transport.handle_request(httpx.Request("GET", URL))
    assert isinstance(response.stream, httpx.SyncByteStream)
    next(iter(response.stream))
    response.close()
    assert stream.closed


@pytest.mark.parametrize("error", [httpcore.ReadTimeout, httpcore.ReadError])
def test_error_of_the_network_has_its_name_in_httpx(error: type[Exception]) -> None:
    class Broken(Stream):
        def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            raise error("broken")

    with pytest.raises(getattr(httpx, error.__name__), match="broken"):
        asked(Transport(Backend(Broken([]))))


def test_connection_that_comes_back_after_the_end_is_closed() -> None:
    stream = Stream([answer("Content-Length: 4", b"news")])
    transport = Transport(Backend(stream))
    response = transport.handle_request(httpx.Request("GET", URL))
    transport.close()  # the pass ended while a thread was still reading
    response.read()
    response.close()
    assert stream.closed
