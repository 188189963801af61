"""One HTTP exchange: an address in, a page out. The only module that opens a socket.

It knows limits, redirects and what may be connected to; it knows no robots.txt and no pause between requests, which
come in as `enter`. Every exception of the HTTP library leaves as FetchError with a sentence.
"""

from __future__ import annotations

import ssl
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import PackageNotFoundError, version

import httpx

from crawlers.challenge import EXAMINED_BYTES, ChallengeError, is_challenge
from crawlers.guard import AddressError, time_limit
from crawlers.urls import is_web_address
from db.errors import FetchError
from db.records import Validators

PRODUCT = "convenor"  # the word by which a robots.txt may address us
MAX_REDIRECTS = 5
MAX_RETRY_AFTER_SECONDS = 31 * 86_400
NO_VALIDATORS = Validators()
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

_STATUS_SENTENCES = {
    401: "the server asks for a password (401)",
    403: "the server refuses us (403)",
    404: "there is no such page (404)",
    410: "the page is gone for good (410)",
    429: "the server asks us to come less often (429)",
    503: "the server is busy or under repair (503)",
}

EXCEPTION_SENTENCES: Mapping[type[Exception], str] = {
    httpx.ConnectTimeout: "no connection in time",
    httpx.ReadTimeout: "no complete answer in time",
    httpx.WriteTimeout: "the request could not be sent in time",
    httpx.PoolTimeout: "no free connection in time",
    httpx.TimeoutException: "no answer in time",
    httpx.ConnectError: "no connection to the server",
    httpx.ReadError: "the connection broke during the answer",
    httpx.WriteError: "the connection broke during the request",
    httpx.CloseError: "the connection could not be closed",
    httpx.NetworkError: "the connection broke",
    httpx.LocalProtocolError: "the address or a stored header cannot be sent",
    httpx.RemoteProtocolError: "the server broke off or answered against the rules of HTTP",
    httpx.ProtocolError: "the server does not speak HTTP",
    httpx.ProxyError: "the proxy refused",
    httpx.UnsupportedProtocol: "not an http or https address",
    httpx.TransportError: "the connection failed",
    httpx.DecodingError: "the answer is compressed wrongly",
    httpx.TooManyRedirects: "too many redirects",
    httpx.RequestError: "the request failed",
    httpx.HTTPStatusError: "the server answered with an error",
    httpx.HTTPError: "the exchange failed",
    httpx.InvalidURL: "not an address that can be asked for",
    httpx.CookieConflict: "the server's cookies contradict each other",
    httpx.StreamConsumed: "the answer was read twice",
    httpx.StreamClosed: "the answer was closed too early",
    httpx.ResponseNotRead: "the answer was not read",
    httpx.RequestNotRead: "the request was not read",
    httpx.StreamError: "the answer could not be read",
}

Enter = Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer may cost; each hop of a redirect has its own."""

    connect_timeout_seconds: float = 30.0
    timeout_seconds: float = 60.0  # for the whole answer
    max_bytes: int = 5_000_000  # decompressed


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page, with what the server gave to recognise it by."""

    url: str  # the address that answered, after redirects
    status: int
    body: bytes
    content_type: str = ""
    validators: Validators = NO_VALIDATORS


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server says that nothing changed. `validators` are those to send next time."""

    url: str
    validators: Validators


@dataclass(frozen=True, slots=True)
class _Redirect:
    url: str


class Client:
    """One HTTP client for a whole pass, safe to share between threads: no cookies, no referrer, no stored answers."""

    def __init__(self, transport: httpx.BaseTransport, user_agent: str, limits: Limits) -> None:
        self.user_agent = user_agent
        self.limits = limits
        self._http = httpx.Client(
            transport=transport,
            headers={"User-Agent": user_agent, "Accept": "*/*", "Accept-Encoding": "gzip"},
            cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
            trust_env=False,
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._http.close()

    def fetch(
        self,
        url: str,
        validators: Validators = NO_VALIDATORS,
        *,
        limits: Limits | None = None,
        enter: Enter = lambda url: nullcontext(),
    ) -> Fetched | NotModified:
        """The page behind the address and its redirects, or NotModified; FetchError in every other case.

        `enter(url)` is held during each request, redirects included; it may wait or refuse by a FetchError.
        """
        start = url
        for _ in range(MAX_REDIRECTS + 1):
            if not is_web_address(url):
                raise FetchError("leads to something that is not an http or https address", url=start)
            with enter(url):
                answer = self._exchange(url, validators, limits or self.limits)
            if not isinstance(answer, _Redirect):
                return answer
            url = answer.url
        raise FetchError(f"more than {MAX_REDIRECTS} redirects", url=start)

    def _exchange(self, url: str, validators: Validators, limits: Limits) -> Fetched | NotModified | _Redirect:
        with _translated(url), time_limit(limits.timeout_seconds) as deadline:
            request = self._request(url, validators, limits)
            response = self._http.send(request, auth=None, stream=True, follow_redirects=False)
            try:
                return _read(response, url, validators, limits, deadline)
            finally:
                response.close()

    def _request(self, url: str, validators: Validators, limits: Limits) -> httpx.Request:
        headers = [
            (name, value.encode("latin-1"))
            for name, value in ((b"If-None-Match", validators.etag), (b"If-Modified-Since", validators.last_modified))
            if value is not None
        ]
        timeout = httpx.Timeout(limits.timeout_seconds, connect=limits.connect_timeout_seconds)
        address = httpx.URL(url).copy_with(userinfo=b"", fragment=None)
        return self._http.build_request("GET", address, headers=headers, timeout=timeout)


def user_agent(contact: str) -> str:
    """Who we are and where to complain, the same words for every request."""
    try:
        number = version(PRODUCT)
    except PackageNotFoundError:
        number = "0"
    return f"{PRODUCT}/{number} (+{contact})"


def explain(error: Exception) -> str:
    """The sentence for an exception of the HTTP library."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, AddressError):
            return str(cause)
        if isinstance(cause, ssl.SSLError):
            return "the secure connection failed: its certificate or protocol is not acceptable"
        if isinstance(cause, ConnectionRefusedError):
            return "the server refuses connections"
    return next(EXCEPTION_SENTENCES[kind] for kind in type(error).__mro__ if kind in EXCEPTION_SENTENCES)


def retry_after_seconds(headers: Mapping[str, str], now: datetime) -> int | None:
    """How long the server asks us to stay away, at most a month; a date counts from the server's own `Date`."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal() and value.isascii():
        seconds = float(value[:12])
    elif (until := _http_date(value)) is not None:
        seconds = (until - (_http_date(headers.get("date", "")) or now)).total_seconds()
    else:
        return None
    return int(min(max(seconds, 0), MAX_RETRY_AFTER_SECONDS))


@contextmanager
def _translated(url: str) -> Iterator[None]:
    try:
        yield
    except (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError) as error:
        sentence = explain(error)
        raise FetchError(sentence, url=url) from (None if sentence == str(error) else error)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _read(
    response: httpx.Response, url: str, sent: Validators, limits: Limits, deadline: float
) -> Fetched | NotModified | _Redirect:
    status = response.status_code
    if status in _REDIRECTS and "location" in response.headers:
        return _Redirect(str(httpx.URL(url).join(response.headers["location"])))
    if status == 304 and sent != NO_VALIDATORS:
        given = _validators(response)
        return NotModified(url, Validators(given.etag or sent.etag, given.last_modified or sent.last_modified))
    if status not in (200, 203):
        raise _status_error(response, url, deadline)
    body = _whole_body(response, url, limits, deadline)
    if is_challenge(status, response.headers, body):
        raise ChallengeError("the server asks for proof of a person", url=url, status=status)
    return Fetched(url, status, body, response.headers.get("content-type", ""), _validators(response))


def _validators(response: httpx.Response) -> Validators:
    """As received, byte for byte: latin-1 is the one encoding that gives every byte back."""
    raw = {name.lower(): value.decode("latin-1") for name, value in reversed(response.headers.raw)}
    return Validators(raw.get(b"etag"), raw.get(b"last-modified"))


def _status_error(response: httpx.Response, url: str, deadline: float) -> FetchError:
    status = response.status_code
    start = b"".join(_decoded(response, url, EXAMINED_BYTES, deadline))
    challenged = is_challenge(status, response.headers, start)
    sentence = "the server asks for proof of a person" if challenged else _STATUS_SENTENCES.get(status)
    kind = ChallengeError if challenged else FetchError
    if sentence is None:
        sentence = f"the server has a fault ({status})" if status >= 500 else f"the server gives no page ({status})"
    wait = retry_after_seconds(response.headers, datetime.now(UTC))
    return kind(sentence, url=url, status=status, retry_after_seconds=wait)


def _whole_body(response: httpx.Response, url: str, limits: Limits, deadline: float) -> bytes:
    declared = response.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:15]) > limits.max_bytes:
        raise _too_large(url, limits.max_bytes)
    body = b"".join(_decoded(response, url, limits.max_bytes + 1, deadline))
    if len(body) > limits.max_bytes:
        raise _too_large(url, limits.max_bytes)
    return body


def _too_large(url: str, max_bytes: int) -> FetchError:
    return FetchError(f"the page is larger than {max_bytes:,} bytes", url=url)


def _decoded(response: httpx.Response, url: str, room: int, deadline: float) -> Iterator[bytes]:
    """The body decompressed, cut off at `room` bytes: a bomb is never unpacked further than that."""
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise FetchError(f"the answer is packed in a way we did not ask for ({encoding[:20]})", url=url)
    unpack = _Gunzip() if "gzip" in encoding else None
    assert isinstance(response.stream, httpx.SyncByteStream)
    for chunk in response.stream:
        if time.monotonic() > deadline:
            raise httpx.ReadTimeout("the whole answer took too long")
        part = unpack.feed(chunk, room) if unpack else chunk[:room]
        room -= len(part)
        yield part
        if room <= 0:
            return
    if unpack and not unpack.complete:
        raise FetchError("the answer is cut off", url=url)


class _Gunzip:
    """Unpacks gzip no further than asked; members may follow each other (RFC 1952, 2.2)."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._empty = True

    @property
    def complete(self) -> bool:
        return self._empty or self._member.eof

    def feed(self, data: bytes, room: int) -> bytes:
        unpacked = b""
        while data and len(unpacked) < room:
            if self._member.eof:
                if not data.startswith(b"\x1f"):
                    break  # padding after the last member
                self._member = zlib.decompressobj(16 + zlib.MAX_WBITS)
            self._empty = False
            try:
                unpacked += self._member.decompress(data, room - len(unpacked))
            except zlib.error as error:
                raise httpx.DecodingError(str(error)) from error
            data = self._member.unused_data
        return unpacked


def _http_date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
