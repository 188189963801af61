"""Answers read strictly, connections used again only when that is safe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing, nullcontext
from dataclasses import dataclass
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.http1 import MAX_HEAD, Http1
from crawlers.messages import (
    ConnectTimeoutError,
    ExchangeError,
    Headers,
    ProtocolError,
    ReadError,
    ReadTimeoutError,
    Request,
    UnsendableError,
)
from crawlers.urls import place_of
from tests.crawlers.fake_network import Said

URL = "http://library.example/news?page=2"


def network(*streams: Said) -> Http1:
    """Each new connection is the next of these."""
    left = list(streams)
    return Http1(lambda host, port, timeout_seconds: left.pop(0))


@dataclass(frozen=True)
class Whole:
    """An answer that was read to its end."""

    status: int
    headers: Headers
    content: bytes


def asked(transport: Http1, url: str = URL, headers: Mapping[bytes, bytes] | None = None) -> Whole:
    response = transport.send(Request(place_of(url), Headers((headers or {}).items())))
    with closing(response):
        return Whole(response.status, response.headers, b"".join(response.body))


def answer(head: str, body: bytes = b"") -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", *filter(None, head.split("|"))]).encode() + b"\r\n\r\n" + body


def test_request_as_it_is_sent() -> None:
    stream = Said([answer("Content-Length: 0")])
    asked(network(stream), headers={b"If-None-Match": b'W/"\xe9"'})
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
    assert asked(network(Said([BODIES[name]]))).content == b"news"


@given(st.sampled_from(sorted(BODIES)), st.data())
def test_body_is_the_same_however_it_is_cut_into_packets(name: str, data: st.DataObject) -> None:
    whole = BODIES[name]
    cuts = sorted(data.draw(st.lists(st.integers(1, len(whole) - 1), max_size=6)))
    pieces = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert asked(network(Said(filter(None, pieces)))).content == b"news"


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
        pytest.param(
            b"HTTP/1.1 103 Early Hints\r\n\r\n" * MAX_HEAD + answer("Content-Length: 4", b"news"), id="endless hints"
        ),
    ],
)
def test_answer_against_the_rules_is_an_error_and_its_connection_closed(said: bytes) -> None:
    stream = Said([said])
    with pytest.raises(ProtocolError):
        asked(network(stream))
    assert stream.closed


def test_a_header_of_nothing_but_spaces_is_read_in_the_time_of_its_length() -> None:
    said = b"HTTP/1.1 200 OK\r\nX: a" + b" " * 90_000 + b"b\t \r\nContent-Length: 0\r\n\r\n"
    assert len(asked(network(Said([said]))).headers["X"]) == 90_002


def test_carriage_return_in_a_field_is_a_space() -> None:
    found = asked(network(Said([answer('ETag: "a\rb"|Content-Length: 4', b"news")])))
    assert found.headers["etag"] == '"a b"'


def test_line_break_is_never_sent() -> None:
    stream = Said([answer("Content-Length: 0")])
    with pytest.raises(UnsendableError):
        asked(network(stream), headers={b"If-None-Match": b"a\r\nX: 1"})
    assert stream.sent == b""


def test_connection_serves_the_next_request_to_its_host() -> None:
    one = Said([answer("Content-Length: 4", b"news"), answer("Content-Length: 4", b"more")])
    other = Said([answer("Content-Length: 4", b"else")])
    transport = network(one, other)
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
    stream = Said([answer("").replace(b"200 OK", b"304 Not Modified"), answer("Content-Length: 0")])
    transport = network(stream)
    transport.send(Request(place_of(URL))).close()
    assert asked(transport).status == 200


ONCE = {
    "said so": Said([answer("Connection: close|Content-Length: 4", b"news")]),
    "without length": Said([answer("", b"news")]),
    "more than told": Said([answer("Content-Length: 4", b"newsHTTP/1.1 200 OK")]),
    "old protocol": Said([BODIES["HTTP/1.0"]]),
}


@pytest.mark.parametrize("name", ONCE)
def test_connection_that_cannot_be_trusted_is_not_used_again(name: str) -> None:
    transport = network(ONCE[name], Said([answer("Content-Length: 4", b"more")]))
    assert asked(transport).content == b"news"
    assert ONCE[name].closed
    assert asked(transport).content == b"more"


def test_connection_that_the_server_closed_meanwhile_is_not_used_again() -> None:
    stream = Said([answer("Content-Length: 4", b"news")])
    transport = network(stream, Said([answer("Content-Length: 4", b"more")]))
    asked(transport)
    stream.talks = True
    assert asked(transport).content == b"more"
    assert stream.closed


class Resets(Said):
    """Its server resets the connection, or says nothing more in time."""

    def __init__(self, pieces: Iterable[bytes], error: type[Exception]) -> None:
        super().__init__(pieces)
        self.error = error

    def read(self, max_bytes: int, timeout_seconds: float) -> bytes:
        if not self.pieces:
            raise self.error("broken")
        return super().read(max_bytes, timeout_seconds)


NEWS = answer("Content-Length: 4", b"news")
USED_TOO_LATE = {  # the connection that is used again, and whether the request is sent once more on another one
    "closed": (Said([NEWS]), "GET", True),
    "reset": (Resets([NEWS], ReadError), "GET", True),
    "closed in the answer": (Said([NEWS, b"HTTP/1.1 200"]), "GET", False),
    "silent": (Resets([NEWS], ReadTimeoutError), "GET", False),
    "with something to be done": (Said([NEWS]), "POST", False),
}


@pytest.mark.parametrize("name", USED_TOO_LATE)
def test_request_is_sent_once_more_where_the_server_closed_what_it_was_sent_on(name: str) -> None:
    stream, method, again = USED_TOO_LATE[name]
    transport = network(stream, Said([answer("Content-Length: 4", b"more")]))
    asked(transport)
    with nullcontext() if again else pytest.raises(ExchangeError):
        assert transport.send(Request(place_of(URL), method=method)).status == 200
    assert stream.closed


def test_nothing_is_sent_twice_where_a_new_connection_gave_no_answer() -> None:
    with pytest.raises(ProtocolError):
        asked(network(Said([]), Said([NEWS])))


def test_body_that_is_not_wanted_to_its_end_closes_the_connection() -> None:
    stream = Said([answer("Content-Length: 8", b"news"), b"more"])
    transport = network(stream)
    response = transport.send(Request(place_of(URL)))
    next(iter(response.body))
    response.close()
    assert stream.closed


@pytest.mark.parametrize("error", [ReadTimeoutError, ReadError])
def test_error_of_the_network_closes_the_connection(error: type[Exception]) -> None:
    class Broken(Said):
        def read(self, max_bytes: int, timeout_seconds: float) -> bytes:
            raise error("broken")

    stream = Broken([])
    with pytest.raises(error, match="broken"):
        asked(network(stream))
    assert stream.closed


def test_nothing_is_waited_for_when_the_time_is_over() -> None:
    stream = Said([answer("Content-Length: 4", b"ne"), b"ws"])
    response = network(stream).send(Request(place_of(URL), deadline=monotonic() + 60))
    assert b"".join(response.body) == b"news"
    with pytest.raises(ConnectTimeoutError):
        network(stream).send(Request(place_of(URL), deadline=monotonic() - 1))


def test_connection_that_comes_back_after_the_end_is_closed() -> None:
    stream = Said([answer("Content-Length: 4", b"news")])
    transport = network(stream)
    response = transport.send(Request(place_of(URL)))
    transport.close()  # the pass ended while a thread was still reading
    assert list(response.body) == [b"news"]
    response.close()
    assert stream.closed
