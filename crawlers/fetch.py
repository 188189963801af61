"""One HTTP exchange: an address in, a page out. The only module that opens a socket.

It knows limits, redirects and what may be connected to; it knows no robots.txt and no pause between requests, which
come in as `enter`. Every exception of the HTTP library leaves as FetchError with a sentence.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from crawlers import VERSION
from crawlers.challenge import EXAMINED_BYTES, ChallengeError, is_challenge
from crawlers.http_times import fresh_seconds, rate_limit_seconds, retry_after_seconds
from crawlers.messages import (
    ExchangeError,
    Field,
    Headers,
    InsideError,
    PackingError,
    ReadTimeoutError,
    Request,
    Response,
    Transport,
    UnsendableError,
)
from crawlers.urls import host_of, is_web_address, joined, place_of, sent_fragment
from db.errors import FetchError
from db.records import Validators

if TYPE_CHECKING:
    from crawlers.sources import CommonOptions, Politeness

PRODUCT = "convenor"  # the word by which a robots.txt may address us
MAX_REDIRECTS = 5
NO_VALIDATORS = Validators()
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_ASKING_TO_WAIT = frozenset({429, 503})

_STATUS_SENTENCES = {
    401: "the server asks for a password (401)",
    403: "the server refuses us (403)",
    404: "there is no such page (404)",
    410: "the page is gone for good (410)",
    429: "the server asks us to come less often (429)",
    503: "the server is busy or under repair (503)",
}

Enter = Callable[[str], AbstractContextManager[None]]


class PrivateAddressError(FetchError):
    """The address lies inside some network, and nothing was asked."""

    hint = "(--allow-private asks them all the same)"


class NowhereError(FetchError):
    """There was no way to any server, as where this machine is not connected, and nothing was asked."""


class Limits(Struct, frozen=True):
    """What one answer may cost; each hop of a redirect has its own."""

    connect_timeout_seconds: float = 30.0
    timeout_seconds: float = 60.0  # for the whole answer
    max_bytes: int = 5_000_000  # as they come, and decompressed


def limits_for(options: CommonOptions, politeness: Politeness) -> Limits:
    """The limits of a source: its own where it names them, else everyone's."""
    return Limits(
        connect_timeout_seconds=options.connect_timeout_seconds or politeness.connect_timeout_seconds,
        timeout_seconds=options.timeout_seconds or politeness.timeout_seconds,
        max_bytes=politeness.max_bytes,
    )


class Fetched(Struct, frozen=True):
    """A page, with what the server gave to recognise it by."""

    url: str  # the address that answered, after redirects
    status: int
    body: bytes
    content_type: str = ""
    validators: Validators = NO_VALIDATORS
    fresh_seconds: int | None = None  # how long the server says that this answer holds; None: it does not say
    moved_to: str | None = None  # where permanent redirects lead from the address that was asked


class NotModified(Struct, frozen=True):
    """The server says that nothing changed. `validators` are those to send next time."""

    url: str
    validators: Validators
    fresh_seconds: int | None = None
    moved_to: str | None = None


class Exchange(Struct, frozen=True):
    """One request and what came of it, as a server's own log would have it."""

    url: str
    status: int | None  # None: no answer
    wire_bytes: int  # of the body, as it came
    conditional: bool
    retry_after_seconds: int | None = None
    nowhere: bool = False  # there was no way to any server


class _Redirect(Struct, frozen=True):
    url: str
    permanent: bool


class Client:
    """One HTTP client for a whole pass, safe to share between threads: no cookies, no referrer, no stored answers."""

    def __init__(
        self,
        transport: Transport,
        user_agent: str,
        limits: Limits,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.user_agent = user_agent
        self.limits = limits
        self.on_exchange: Callable[[Exchange], None] = lambda exchange: None  # told of every request, in its thread
        self._now = now
        self._transport = transport
        self._headers: tuple[Field, ...] = (
            (b"User-Agent", user_agent.encode("ascii")),
            (b"Accept", b"*/*"),
            (b"Accept-Encoding", b"gzip, br"),
            (b"Connection", b"keep-alive"),
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._transport.close()

    def fetch(
        self,
        url: str,
        validators: Validators = NO_VALIDATORS,
        *,
        limits: Limits | None = None,
        enter: Enter = lambda url: nullcontext(),
        token: str | None = None,
        body: bool = True,
    ) -> Fetched | NotModified:
        """The page behind the address and its redirects, or NotModified; FetchError in every other case.

        `enter(url)` is held during each request, redirects included; it may wait or refuse by a FetchError. A token
        goes to the host that was asked and to no other, and is taken out of what comes back. Without `body` only where
        redirects end is told, whatever stands there.
        """
        start, moved_to, permanent = url, None, True
        for _ in range(MAX_REDIRECTS + 1):
            if not is_web_address(url):
                raise FetchError("leads to something that is not an http or https address", url=start)
            with enter(url):
                given = token if token is None or host_of(url) == host_of(start) else None
                answer = self._exchange(url, validators, limits or self.limits, token=given, body=body)
            if not isinstance(answer, _Redirect):
                return answer if moved_to is None else replace(answer, moved_to=moved_to)
            if token is not None and token in answer.url:
                raise FetchError("leads to an address that repeats the secret it was asked with", url=start)
            url, permanent = answer.url, permanent and answer.permanent
            moved_to = url if permanent else moved_to
        raise FetchError(f"more than {MAX_REDIRECTS} redirects", url=start)

    def _exchange(
        self, url: str, validators: Validators, limits: Limits, *, token: str | None, body: bool
    ) -> Fetched | NotModified | _Redirect:
        asked = _Asked(url, validators, limits.max_bytes, time.monotonic() + limits.timeout_seconds)
        try:
            answer = self._answer(asked, limits.connect_timeout_seconds, token, body=body)
            if token is not None and isinstance(answer, Fetched):
                return replace(answer, body=_without(token, answer.body))
            return answer
        except FetchError as error:
            error.body, error.content_type = _without(token, bytes(asked.body)), asked.content_type
            asked.nowhere = isinstance(error, NowhereError)
            raise
        finally:
            conditional, wait = validators != NO_VALIDATORS, asked.retry_after_seconds
            self.on_exchange(Exchange(url, asked.status, asked.received, conditional, wait, asked.nowhere))

    def _answer(
        self, asked: _Asked, connect_timeout_seconds: float, token: str | None, *, body: bool
    ) -> Fetched | NotModified | _Redirect:
        try:
            response = self._sent(asked, connect_timeout_seconds, token)
            try:
                now = self._now()
                asked.status, asked.content_type = response.status, response.headers.get("content-type", "")
                asked.retry_after_seconds = _wait(response, now)
                if not body and not _is_redirect(response):
                    return Fetched(asked.url, response.status, b"")
                return _read(response, asked, now)
            finally:
                response.close()
        except ExchangeError as error:
            inside = isinstance(error, InsideError)
            kind = PrivateAddressError if inside else NowhereError if error.nowhere else FetchError
            cause = error if str(error) else None
            raise kind(error.sentence, url=asked.url, timed_out=error.late) from cause

    def _sent(self, asked: _Asked, connect_timeout_seconds: float, token: str | None) -> Response:
        headers, validators = self._headers, asked.sent
        if token is not None:
            headers = (*headers, (b"Authorization", f"Bearer {token}".encode("latin-1")))
        if validators.etag is not None:
            headers = (*headers, (b"If-None-Match", validators.etag.encode("latin-1")))
        if validators.last_modified is not None:
            headers = (*headers, (b"If-Modified-Since", validators.last_modified.encode("latin-1")))
        try:
            place = place_of(asked.url)
        except ValueError as error:
            raise UnsendableError(str(error)) from error
        return self._transport.send(Request(place, Headers(headers), asked.deadline, connect_timeout_seconds))


def _without(token: str | None, body: bytes) -> bytes:
    """The body where a service does not repeat the secret that it was asked with: its faults do, and are kept."""
    return body.replace(token.encode(), b"***") if token is not None else body


def user_agent(contact: str) -> str:
    """Who we are and where to complain, the same words for every request."""
    return f"{PRODUCT}/{VERSION} (+{contact})"


class _Asked(Struct):
    """A request under way, with what came of its answer so far."""

    url: str
    sent: Validators
    max_bytes: int
    deadline: float
    status: int | None = None
    content_type: str = ""
    retry_after_seconds: int | None = None
    nowhere: bool = False
    received: int = 0  # bytes of the body, as they come over the wire
    body: bytearray = field(default_factory=bytearray)  # unpacked


def _wait(response: Response, now: datetime) -> int | None:
    """How long the server wants to be left alone: as it asks, or until it allows something again."""
    asked = retry_after_seconds(response.headers, now) if response.status in _ASKING_TO_WAIT else None
    return asked if asked is not None else rate_limit_seconds(response.headers, now)


def _is_redirect(response: Response) -> bool:
    return response.status in _REDIRECTS and "location" in response.headers


def _read(response: Response, asked: _Asked, now: datetime) -> Fetched | NotModified | _Redirect:
    status, url = response.status, asked.url
    if _is_redirect(response):
        return _Redirect(_led_to(url, response.headers["location"]), status in _PERMANENT)
    fresh = fresh_seconds(response.headers, now)
    if status == 304 and asked.sent != NO_VALIDATORS:
        given, sent = _validators(response.headers), asked.sent
        kept = Validators(given.etag or sent.etag, given.last_modified or sent.last_modified)
        return NotModified(url, kept, fresh)
    if status not in (200, 203):
        raise _status_error(response, asked, now)
    body = _whole_body(response, asked)
    if is_challenge(status, response.headers, body):
        raise ChallengeError("the server asks for proof of a person", url=url, status=status)
    return Fetched(url, status, body, asked.content_type, _validators(response.headers), fresh)


def _led_to(url: str, location: str) -> str:
    """Where a redirect leads; as it was told where that is no web address."""
    try:
        address = joined(url, location)
        return f"{place_of(address)}{sent_fragment(address)}"
    except ValueError:
        return location


def _validators(headers: Headers) -> Validators:
    """As received, byte for byte: latin-1 is the one encoding that gives every byte back."""
    etag, modified = headers.each("etag"), headers.each("last-modified")
    return Validators(*(given[0].decode("latin-1") or None if given else None for given in (etag, modified)))


def _status_error(response: Response, asked: _Asked, now: datetime) -> FetchError:
    status = response.status
    with suppress(FetchError, ExchangeError):  # a page that refuses us may be broken too; its status says enough
        _receive(response, asked, EXAMINED_BYTES)
    challenged = is_challenge(status, response.headers, bytes(asked.body))
    sentence = "the server asks for proof of a person" if challenged else _STATUS_SENTENCES.get(status)
    kind = ChallengeError if challenged else FetchError
    if sentence is None:
        sentence = f"the server has a fault ({status})" if status >= 500 else f"the server gives no page ({status})"
    if asked.retry_after_seconds:
        until = now + timedelta(seconds=asked.retry_after_seconds)
        sentence += f", and wants no request before {until:%Y-%m-%d %H:%M} UTC"
    return kind(sentence, url=asked.url, status=status, retry_after_seconds=asked.retry_after_seconds)


def _whole_body(response: Response, asked: _Asked) -> bytes:
    declared, max_bytes = response.headers.get("content-length", ""), asked.max_bytes
    if declared.isdecimal() and int(declared[:15]) > max_bytes:
        raise _too_large(asked.url, max_bytes)
    _receive(response, asked, max_bytes + 1)
    if len(asked.body) > max_bytes:
        raise _too_large(asked.url, max_bytes)
    return bytes(asked.body)


def _too_large(url: str, max_bytes: int) -> FetchError:
    return FetchError(f"the page is larger than {max_bytes:,} bytes", url=url)


def _receive(response: Response, asked: _Asked, room: int) -> None:
    """The body is there, decompressed, cut off at `room` bytes: a bomb is never unpacked further than that.

    Nor is more received than a page may have, where what comes is packed so that it gives nothing.
    """
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity", *_UNPACKING):
        raise FetchError(f"the answer is packed in a way we did not ask for ({encoding[:20]})", url=asked.url)
    unpack = _UNPACKING[encoding]() if encoding in _UNPACKING else None
    for chunk in response.body:
        asked.received += len(chunk)
        if time.monotonic() > asked.deadline:
            raise ReadTimeoutError("the whole answer took too long")
        part = unpack.feed(chunk, room) if unpack else chunk[:room]
        room -= len(part)
        asked.body += part
        if room <= 0:
            return
        if asked.received > asked.max_bytes:
            raise _too_large(asked.url, asked.max_bytes)
    if unpack and not unpack.complete:
        raise FetchError("the answer is cut off", url=asked.url)


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
                raise PackingError(str(error)) from error
            data = self._member.unused_data
        return unpacked


class _Unbrotli:
    """Unpacks brotli (RFC 7932) no further than asked."""

    def __init__(self) -> None:
        import brotli

        self._error = brotli.error
        self._stream = brotli.Decompressor()
        self._empty = True

    @property
    def complete(self) -> bool:
        return self._empty or bool(self._stream.is_finished())

    def feed(self, data: bytes, room: int) -> bytes:
        self._empty = self._empty and not data
        unpacked = b""
        try:
            while len(unpacked) < room and not self._stream.is_finished():
                part = self._stream.process(data, output_buffer_limit=room - len(unpacked))
                data = b""
                unpacked += part
                if self._stream.can_accept_more_data() and not part:
                    break
        except self._error as error:
            raise PackingError(str(error)) from error
        return unpacked[:room]


_UNPACKING: Mapping[str, Callable[[], _Gunzip | _Unbrotli]] = {
    "gzip": _Gunzip,
    "x-gzip": _Gunzip,
    "br": _Unbrotli,
}
