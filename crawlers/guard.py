"""What may be connected to, and for how long: part of `fetch`, which alone uses it.

A name is resolved once, its addresses are checked, and exactly a checked one is connected to, so that a name that
changes between check and use gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

from crawlers.http1 import Transport

Resolve = Callable[[str, int], Sequence[str]]
SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # how networks without IPv4 reach its addresses (RFC 6052)
_deadline: ContextVar[float] = ContextVar("deadline")


class AddressError(httpcore.ConnectError):
    """A name without address, or with none that may be asked."""


class InsideError(AddressError):
    """A name whose addresses all lie inside some network."""


@contextmanager
def time_limit(seconds: float) -> Iterator[float]:
    """Every read and write of this thread ends in time, also when a server drips its answer; the end as `monotonic`."""
    end = time.monotonic() + seconds
    token = _deadline.set(end)
    try:
        yield end
    finally:
        _deadline.reset(token)


def guarded_transport(
    allow_private: bool, *, resolve: Resolve | None = None, backend: httpcore.NetworkBackend | None = None
) -> httpx.BaseTransport:
    """The real network: public addresses alone, unless `allow_private`; proxies of the environment are not used."""
    return Transport(_GuardedBackend(allow_private, resolve or resolve_name, backend or httpcore.SyncBackend()))


def resolve_name(host: str, port: int) -> list[str]:
    """The addresses of a host, in the order in which they should be tried; OSError when there are none."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def is_public(address: str) -> bool:
    """Whether this is an address of the open internet, also when it is wrapped in another one."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        # No web server is reached by a wrapped one; site-local ones are old names for those of a network (RFC 3879).
        if ip.ipv4_mapped or ip.sixtofour or ip.teredo or ip.is_site_local:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


class _GuardedBackend(httpcore.NetworkBackend):
    def __init__(self, allow_private: bool, resolve: Resolve, inner: httpcore.NetworkBackend) -> None:
        self._allow_private = allow_private
        self._resolve = resolve
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._checked(host, port)
        share = None if timeout is None else timeout / len(addresses)
        failure: Exception | None = None
        for address in addresses:
            try:
                stream = self._inner.connect_tcp(address, port, _at_most(share), local_address, socket_options)
                return _TimedStream(stream)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        assert failure is not None
        raise failure

    def _checked(self, host: str, port: int) -> list[str]:
        try:
            found = list(dict.fromkeys(self._resolve(host, port)))
        except (OSError, UnicodeError) as error:
            raise AddressError(f"the name {host} is not known (DNS)") from error
        allowed = [address for address in found if self._allow_private or is_public(address)]
        if not allowed:
            listed = ", ".join(found)
            raise InsideError(f"{host} has a private address ({listed}); such addresses are not asked")
        return allowed[:4]


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every step ends before the limit of the thread that uses it."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _at_most(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _at_most(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, _at_most(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _at_most(timeout: float | None) -> float | None:
    end = _deadline.get(None)
    if end is None:
        return timeout
    left = end - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the whole answer took too long")
    return left if timeout is None else min(left, timeout)
