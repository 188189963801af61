"""A connection as bytes in and out, each step in time: part of `fetch`, which alone uses it."""

from __future__ import annotations

import errno
import select
import socket
import ssl
from typing import Protocol

from crawlers.messages import (
    ConnectError,
    ConnectTimeoutError,
    ExchangeError,
    NoRouteError,
    ReadError,
    ReadTimeoutError,
    RefusedError,
    TlsError,
    WriteError,
    WriteTimeoutError,
)
from crawlers.tls import explain_tls

_NO_ROUTE = frozenset({errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTUNREACH})


class Stream(Protocol):
    """One connection; every step raises an ExchangeError when it fails or takes longer than it may."""

    def read(self, max_bytes: int, timeout_seconds: float) -> bytes:
        """The next bytes; none when the other side has closed."""

    def write(self, data: bytes, timeout_seconds: float) -> None:
        """All of it is sent."""

    def start_tls(self, context: ssl.SSLContext, name: str, timeout_seconds: float) -> Stream:
        """The same connection, secure from now on."""

    def is_readable(self) -> bool:
        """Whether something came that was not read yet, be it the end."""

    def close(self) -> None:
        """The connection is over."""


class SocketStream:
    """A connection over a socket."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._step_seconds = float("inf")  # which the socket is told that a step may take
        self._waiting = select.poll()
        self._waiting.register(connected, select.POLLIN)

    def read(self, max_bytes: int, timeout_seconds: float) -> bytes:
        try:
            self._limit(timeout_seconds)
            return self._socket.recv(max_bytes)
        except OSError as error:
            raise _named(error, ReadTimeoutError, ReadError) from error

    def write(self, data: bytes, timeout_seconds: float) -> None:
        try:
            self._limit(timeout_seconds)
            self._socket.sendall(data)
        except OSError as error:
            raise _named(error, WriteTimeoutError, WriteError) from error

    def start_tls(self, context: ssl.SSLContext, name: str, timeout_seconds: float) -> SocketStream:
        try:
            self._socket.settimeout(timeout_seconds)
            return SocketStream(context.wrap_socket(self._socket, server_hostname=name))
        except (OSError, ValueError) as error:  # the second for a name that no certificate can be for
            raise _named(error, ConnectTimeoutError, ConnectError) from error

    def is_readable(self) -> bool:
        return bool(self._waiting.poll(0))

    def _limit(self, seconds: float) -> None:
        """The next steps may take so long, or a hundredth more or less: each change is a call of the system."""
        if abs(self._step_seconds - seconds) > seconds / 100:
            self._socket.settimeout(seconds)
            self._step_seconds = seconds

    def close(self) -> None:
        self._socket.close()


def connected(address: str, port: int, timeout_seconds: float) -> Stream:
    """A connection to this address, which is no name."""
    try:
        opened = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        try:
            opened.settimeout(timeout_seconds)
            opened.connect((address, port))
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except BaseException:
            opened.close()
            raise
    except OSError as error:
        raise _named(error, ConnectTimeoutError, ConnectError) from error
    return SocketStream(opened)


def _named(error: Exception, late: type[ExchangeError], usual: type[ExchangeError]) -> ExchangeError:
    if isinstance(error, TimeoutError):
        return late(str(error))
    if isinstance(error, ssl.SSLError):
        return TlsError(explain_tls(error), str(error))
    if isinstance(error, OSError) and error.errno in _NO_ROUTE:
        return NoRouteError(str(error))
    return (RefusedError if isinstance(error, ConnectionRefusedError) else usual)(str(error))
