"""One exchange: limits, redirects, validators, and a sentence for every way in which it can fail."""

from __future__ import annotations

import gzip
import socket
import threading
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.challenge import ChallengeError
from crawlers.fetch import (
    MAX_REDIRECTS,
    Client,
    Fetched,
    Limits,
    NotModified,
)
from crawlers.guard import guarded_transport, is_public
from crawlers.http_times import MAX_RETRY_AFTER_SECONDS, retry_after_seconds
from crawlers.messages import AddressError, ConnectError, ExchangeError, Request, Response
from db.errors import FetchError
from db.records import Validators
from tests.crawlers.fake_network import FakeTransport, Said, path_of, reply

URL = "https://library.example/news"
LIMITS = Limits(timeout_seconds=5, connect_timeout_seconds=2, max_bytes=10_000)
NOW = datetime(2021, 2, 10, 8, 0, tzinfo=UTC)


def client(answer: Callable[[Request], Response] | Response) -> Client:
    handler = answer if callable(answer) else lambda request: answer
    return Client(FakeTransport(handler), "convenor/1 (+https://desk.example)", LIMITS)


def packed(body: bytes, encoding: str = "gzip") -> Response:
    """As it comes from a server: not unpacked by the test's own response."""
    return reply(200, headers={"Content-Encoding": encoding}, content=body)


def test_page_comes_with_its_address_and_validators() -> None:
    headers = {"ETag": 'W/"1"', "Last-Modified": "yesterday", "Content-Type": "text/html; charset=euc-kr"}
    found = client(reply(200, content=b"news", headers=headers)).fetch(URL)
    assert found == Fetched(URL, 200, b"news", "text/html; charset=euc-kr", Validators('W/"1"', "yesterday"))


def test_answer_304_is_not_modified_and_keeps_what_it_omits() -> None:
    sent = Validators('"1"', "Tue, 09 Feb 2021 08:00:00 GMT")
    found = client(reply(304, headers={"ETag": '"2"'})).fetch(URL, sent)
    assert found == NotModified(URL, Validators('"2"', sent.last_modified))


def test_answer_304_that_was_not_asked_for_is_an_error() -> None:
    with pytest.raises(FetchError, match=r"the server gives no page \(304\)"):
        client(reply(304)).fetch(URL)


@given(st.binary(min_size=1, max_size=60).map(lambda raw: raw.decode("latin-1")))
def test_validators_are_sent_as_they_came(etag: str) -> None:
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        return reply(200, headers=[(b"ETag", etag.encode("latin-1"))])

    first = client(answer).fetch(URL)
    assert isinstance(first, Fetched)
    client(answer).fetch(URL, first.validators)
    assert (b"If-None-Match", etag.encode("latin-1")) in seen[-1].headers.raw


def test_an_empty_validator_is_none() -> None:
    page = client(reply(200, headers={"ETag": "", "Last-Modified": ""})).fetch(URL)
    assert isinstance(page, Fetched) and page.validators == Validators()


def test_redirects_are_followed_and_the_last_address_told() -> None:
    def answer(request: Request) -> Response:
        if path_of(request) == "/news":
            return reply(301, headers={"Location": "//www.library.example/old?x=1#part"})
        if path_of(request) == "/old":
            return reply(307, headers={"Location": "../new"})
        return reply(200, content=b"here")

    found = client(answer).fetch(URL)
    assert isinstance(found, Fetched)
    assert (found.url, found.body) == ("https://www.library.example/new", b"here")


def test_each_hop_is_entered() -> None:
    entered: list[str] = []

    class Turn:
        def __init__(self, url: str) -> None:
            entered.append(url)

        def __enter__(self) -> None:
            return

        def __exit__(self, *exc_info: object) -> None:
            return

    def answer(request: Request) -> Response:
        return reply(200 if path_of(request) == "/b" else 302, headers={"Location": "https://b.example/b"})

    client(answer).fetch(URL, enter=Turn)
    assert entered == [URL, "https://b.example/b"]


def test_endless_redirects_end() -> None:
    hops: list[str] = []

    def answer(request: Request) -> Response:
        hops.append(request.url)
        return reply(302, headers={"Location": f"/{len(hops)}"})

    with pytest.raises(FetchError, match="more than 5 redirects"):
        client(answer).fetch(URL)
    assert len(hops) == MAX_REDIRECTS + 1


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "ftp://library.example/",
        "javascript:alert(1)",
        "gopher://x/",
        "http://",
        "https://[::1",
        "data:,x",
    ],
)
def test_redirect_to_anything_but_the_web_is_refused(location: str) -> None:
    with pytest.raises(FetchError, match=r"address|Invalid URL in location header"):
        client(reply(302, headers={"Location": location})).fetch(URL)


def test_password_in_an_address_is_not_sent() -> None:
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        return reply(200)

    client(answer).fetch("https://me:secret@library.example/news#part")
    assert str(seen[0].url) == URL
    assert "authorization" not in seen[0].headers


def test_no_cookie_comes_back() -> None:
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        return reply(200, headers={"Set-Cookie": "session=1; Path=/"})

    asking = client(answer)
    asking.fetch(URL)
    asking.fetch(URL)
    assert "cookie" not in seen[1].headers


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(gzip.compress(b"news"), b"news", id="one member"),
        pytest.param(gzip.compress(b"new") + gzip.compress(b"s"), b"news", id="two members"),
        pytest.param(gzip.compress(b"news") + b"\0\0\0", b"news", id="padded"),
        pytest.param(gzip.compress(b""), b"", id="nothing packed"),
        pytest.param(b"", b"", id="nothing"),
    ],
)
def test_packed_page_is_unpacked(body: bytes, expected: bytes) -> None:
    found = client(packed(body)).fetch(URL)
    assert isinstance(found, Fetched)
    assert found.body == expected


@pytest.mark.parametrize("body", [b"news", b"", b"news " * 1_500, bytes(range(256)) * 30])
@pytest.mark.parametrize("piece", [1, 7, 100_000])
def test_brotli_is_unpacked_piece_by_piece(body: bytes, piece: int) -> None:
    packed_body = brotli.compress(body)
    pieces = [packed_body[start : start + piece] for start in range(0, len(packed_body), piece)]
    page = client(reply(200, pieces, headers={"Content-Encoding": "br"})).fetch(URL)
    assert isinstance(page, Fetched) and page.body == body


@pytest.mark.parametrize(
    ("body", "encoding", "sentence"),
    [
        pytest.param(gzip.compress(b"news" * 99)[:-20], "gzip", "the answer is cut off", id="cut off"),
        pytest.param(b"news", "gzip", "compressed wrongly", id="not packed at all"),
        pytest.param(
            zlib.compress(b"news"), "zstd, br", r"a way we did not ask for \(zstd, br\)", id="packed otherwise"
        ),
        pytest.param(gzip.compress(bytes(200_000_000), 9), "gzip", "larger than 10,000 bytes", id="a bomb"),
        pytest.param(brotli.compress(bytes(50_000_000)), "br", "larger than 10,000 bytes", id="a brotli bomb"),
        pytest.param(brotli.compress(b"news" * 99)[:-5], "br", "the answer is cut off", id="brotli cut off"),
        pytest.param(b"this is no brotli", "br", "compressed wrongly", id="not brotli at all"),
        pytest.param(
            gzip.compress(b"") * 1_000, "gzip", "larger than 10,000 bytes", id="packed so that it gives nothing"
        ),
    ],
)
def test_badly_packed_page_is_refused(body: bytes, encoding: str, sentence: str) -> None:
    with pytest.raises(FetchError, match=sentence):
        client(packed(body, encoding)).fetch(URL)


def test_size_is_limited_while_reading() -> None:
    read: list[int] = []

    def chunks() -> Iterator[bytes]:
        for number in range(10_000):
            read.append(number)
            yield bytes(1_000)

    with pytest.raises(FetchError, match="larger than 10,000 bytes"):
        client(reply(200, content=chunks())).fetch(URL)
    assert len(read) == 11


def test_a_page_in_the_smallest_pieces_takes_no_more_memory_than_its_bytes() -> None:
    size, fetching = 500_000, client(reply(200, content=(bytes(2) for _ in range(250_000))))
    tracemalloc.start()
    try:
        page = fetching.fetch(URL, limits=Limits(max_bytes=size))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(page, Fetched) and len(page.body) == size
    assert most < 4 * size


def test_declared_size_is_believed_before_reading() -> None:
    with pytest.raises(FetchError, match="larger than 10,000 bytes"):
        client(reply(200, headers={"Content-Length": "10001"}, content=b"")).fetch(URL)


def test_page_of_exactly_the_limit_is_taken() -> None:
    found = client(reply(200, content=bytes(LIMITS.max_bytes))).fetch(URL)
    assert isinstance(found, Fetched)
    assert len(found.body) == LIMITS.max_bytes


def kinds_of(error: type[ExchangeError]) -> Iterator[type[ExchangeError]]:
    yield error
    for kind in error.__subclasses__():
        yield from kinds_of(kind)


PLAIN = sorted(
    {kind for kind in kinds_of(ExchangeError) if "__init__" not in vars(kind)}, key=lambda kind: kind.__name__
)


@pytest.mark.parametrize("kind", [kind for kind in PLAIN if not issubclass(kind, AddressError)])
def test_every_error_of_the_network_is_a_sentence(kind: type[ExchangeError]) -> None:
    def answer(request: Request) -> Response:
        raise kind("in its own words")

    with pytest.raises(FetchError) as caught:
        client(answer).fetch(URL)
    told = caught.value
    assert (told.message, told.timed_out, told.status) == (kind.sentence, kind.late, None)
    assert str(told) == f"{URL}: {kind.sentence} (in its own words)"


def test_server_that_refuses_connections_is_told() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    asking = Client(guarded_transport(allow_private=True), "convenor/1", LIMITS)
    with asking, pytest.raises(FetchError, match="the server refuses connections"):
        asking.fetch(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        pytest.param(404, "there is no such page", id="404"),
        pytest.param(418, r"the server gives no page \(418\)", id="another refusal"),
        pytest.param(502, r"the server has a fault \(502\)", id="another fault"),
        pytest.param(204, r"the server gives no page \(204\)", id="no content"),
        pytest.param(206, r"the server gives no page \(206\)", id="a part only"),
    ],
)
def test_status_has_a_sentence(status: int, sentence: str) -> None:
    with pytest.raises(FetchError, match=sentence) as caught:
        client(reply(status, content=bytes(1_000_000))).fetch(URL)
    assert caught.value.status == status


@pytest.mark.parametrize("status", [200, 403, 503])
def test_challenge_is_told_apart(status: int) -> None:
    with pytest.raises(ChallengeError):
        client(reply(status, html="<title>Just a moment...</title>")).fetch(URL)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({}, None, id="none"),
        pytest.param({"retry-after": "120"}, 120, id="seconds"),
        pytest.param({"retry-after": "Wed, 10 Feb 2021 09:00:00 GMT"}, 3600, id="a date"),
        pytest.param(
            {"retry-after": "Wed, 10 Feb 2021 09:00:00 GMT", "date": "Wed, 10 Feb 2021 08:59:00 GMT"},
            60,
            id="a date by the server's own clock",
        ),
        pytest.param({"retry-after": "Wed, 10 Feb 2020 09:00:00 GMT"}, 0, id="a date that is past"),
        pytest.param({"retry-after": "9" * 40}, MAX_RETRY_AFTER_SECONDS, id="for ever"),
        pytest.param({"retry-after": "soon"}, None, id="no date"),
        pytest.param({"retry-after": "-5"}, None, id="negative"),
        pytest.param({"retry-after": "³"}, None, id="no plain digit"),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: int | None) -> None:
    assert retry_after_seconds(headers, NOW) == seconds


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "fec0::1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:db8::1",
        "192.0.2.1",
        "198.18.0.1",
        "not an address",
        "",
    ],
)
def test_private_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "202.96.0.1", "2606:4700::1111", "64:ff9b::5db8:d822"])
def test_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


class Recording:
    """Answers every connection with the next of these answers, and notes which address was connected to."""

    def __init__(self, *answers: bytes) -> None:
        self.connected: list[tuple[str, int]] = []
        self._answers = list(answers)

    def __call__(self, address: str, port: int, timeout_seconds: float) -> Said:
        self.connected.append((address, port))
        if address == "203.0.114.9":
            raise ConnectError("this one is down")
        return Said([self._answers.pop(0)])


ADDRESSES = {
    "public.example": ["93.184.216.34"],
    "inside.example": ["10.0.0.5"],
    "both.example": ["127.0.0.1", "93.184.216.34"],
    "several.example": ["203.0.114.9", "93.184.216.34"],
}
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnews"


def resolve(host: str, port: int) -> list[str]:
    if host not in ADDRESSES:
        raise OSError("Name or service not known")
    return ADDRESSES[host]


def guarded(connect: Recording, *, allow_private: bool = False) -> Client:
    return Client(guarded_transport(allow_private, resolve=resolve, connect=connect), "convenor/1", LIMITS)


def redirect(location: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()


def test_exactly_the_checked_address_is_connected_to() -> None:
    network = Recording(OK)
    guarded(network).fetch("http://public.example/news")
    assert network.connected == [("93.184.216.34", 80)]


def test_private_addresses_of_a_name_are_passed_over() -> None:
    network = Recording(OK)
    guarded(network).fetch("http://both.example/")
    assert network.connected == [("93.184.216.34", 80)]


def test_next_address_is_tried_when_one_is_down() -> None:
    network = Recording(OK)
    guarded(network).fetch("http://several.example/")
    assert [host for host, _ in network.connected] == ["203.0.114.9", "93.184.216.34"]


def test_private_address_is_refused_and_nothing_connected() -> None:
    network = Recording(OK)
    with pytest.raises(FetchError, match=r"inside\.example has a private address \(10\.0\.0\.5\)") as raised:
        guarded(network).fetch("http://inside.example/")
    assert "--allow-private" not in str(raised.value) and "--allow-private" in raised.value.hint
    assert network.connected == []


def test_private_address_is_allowed_when_asked_for() -> None:
    network = Recording(OK)
    assert isinstance(guarded(network, allow_private=True).fetch("http://inside.example:8080/"), Fetched)
    assert network.connected == [("10.0.0.5", 8080)]


@pytest.mark.parametrize("hops", [1, 2, MAX_REDIRECTS])
def test_redirect_to_a_private_address_is_refused_at_every_hop(hops: int) -> None:
    away = [redirect(f"http://public.example/{hop}") for hop in range(hops - 1)]
    network = Recording(*away, redirect("http://inside.example/secret"))
    with pytest.raises(FetchError, match="private address"):
        guarded(network).fetch("http://public.example/")
    assert {host for host, _ in network.connected} == {"93.184.216.34"}


def test_unknown_name_is_told() -> None:
    with pytest.raises(FetchError, match=r"http://nowhere\.example/: the name nowhere\.example is not known \(DNS\)$"):
        guarded(Recording()).fetch("http://nowhere.example/")


class Server(ThreadingHTTPServer):
    """Its answers that never end do so when the test is over."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.stopped = threading.Event()


class Handler(BaseHTTPRequestHandler):
    """The real HTTP path: /news, /packed, /drip (headers that never end), /short (less than declared), /old."""

    def do_GET(self) -> None:
        answer = {"/packed": self._packed, "/drip": self._drip, "/short": self._short, "/old": self._old}
        answer.get(self.path, self._news)()

    def _send(self, body: bytes, *, length: int | None = None, **headers: str) -> None:
        self.send_response(200)
        for name, value in ({"Content-Length": str(length or len(body))} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _news(self) -> None:
        self._send(b"news", ETag='"1"')

    def _packed(self) -> None:
        self._send(gzip.compress(b"news"), Content_Encoding="gzip")

    def _short(self) -> None:
        self._send(b"news", length=400)

    def _old(self) -> None:
        self.send_response(301)
        self.send_header("Location", "/news")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _drip(self) -> None:
        assert isinstance(self.server, Server)
        stopped = self.server.stopped
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not stopped.wait(0.02):
            try:
                self.wfile.write(b"X-Slow: 1\r\n")
            except OSError:
                return

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture(scope="module")
def loopback() -> Iterator[str]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.stopped.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def real() -> Iterator[Client]:
    with Client(guarded_transport(allow_private=True), "convenor/1", Limits(0.3, 0.3, 10_000)) as opened:
        yield opened


@pytest.mark.parametrize("path", ["/news", "/packed", "/old"])
def test_page_comes_over_a_real_connection(loopback: str, real: Client, path: str) -> None:
    found = real.fetch(loopback + path)
    assert isinstance(found, Fetched)
    assert found.body == b"news"


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        pytest.param("/drip", "no complete answer in time", id="headers that never end"),
        pytest.param("/short", "the server broke off", id="less than declared"),
    ],
)
def test_bad_server_is_told_over_a_real_connection(loopback: str, real: Client, path: str, sentence: str) -> None:
    with pytest.raises(FetchError, match=sentence):
        real.fetch(loopback + path)


def test_closed_port_is_told(real: Client) -> None:
    with pytest.raises(FetchError, match="the server refuses connections"):
        real.fetch("http://127.0.0.1:1/")


def test_loopback_is_refused_by_default(loopback: str) -> None:
    with (
        Client(guarded_transport(allow_private=False), "convenor/1", LIMITS) as opened,
        pytest.raises(FetchError, match="private address"),
    ):
        opened.fetch(loopback)
