"""The two messages of an HTTP exchange, who carries them, and how that fails: what `fetch` and the network share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct, field

from crawlers.urls import Place

Field = tuple[bytes, bytes]


class Headers(Mapping[str, str]):
    """Header fields by name, in any case; those of one name follow each other, separated by commas."""

    __slots__ = ("_named", "raw")

    def __init__(self, raw: Iterable[Field] = ()) -> None:
        self.raw = tuple(raw)  # as sent or received, byte for byte
        self._named: dict[bytes, list[bytes]] | None = None

    def __getitem__(self, name: str) -> str:
        return _text(self._by_name()[name.lower().encode()])

    def __iter__(self) -> Iterator[str]:
        return (name.decode("latin-1") for name in self._by_name())

    def __len__(self) -> int:
        return len(self._by_name())

    def get(self, name: str, default: Any = None) -> Any:
        """The value; without one the default. As every mapping does it, for a third of the time."""
        values = self.each(name)
        return _text(values) if values else default

    def each(self, name: str) -> Sequence[bytes]:
        """The values of the fields of this name, byte for byte."""
        return (self._named or self._by_name()).get(name.lower().encode(), ())

    def _by_name(self) -> dict[bytes, list[bytes]]:
        if self._named is None:
            self._named = named = dict[bytes, list[bytes]]()
            for name, value in self.raw:
                named.setdefault(name.lower(), []).append(value)
        return self._named


def _text(values: Sequence[bytes]) -> str:
    return _decoded(values[0]) if len(values) == 1 else ", ".join(map(_decoded, values))


def _decoded(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


class Request(Struct, frozen=True):
    """What is asked, and by when the whole answer must be there."""

    place: Place
    headers: Headers = field(default_factory=Headers)
    deadline: float = float("inf")  # by `time.monotonic`
    connect_timeout_seconds: float = 30.0
    method: str = "GET"
    body: bytes = b""
    legacy_tls: bool = False  # its server may speak the protocols of twenty years ago

    @property
    def url(self) -> str:
        """The address that is asked for, as it is sent."""
        return str(self.place)


def _nothing() -> None:
    return


class Response(Struct, frozen=True):
    """What is answered; the body is read piece by piece, and `close` says that no more of it is wanted."""

    status: int
    headers: Headers = field(default_factory=Headers)
    body: Iterable[bytes] = ()
    close: Callable[[], None] = _nothing


class Transport(Protocol):
    """Carries requests to servers; shared by threads."""

    def send(self, request: Request) -> Response:
        """The answer with its body still to be read; ExchangeError when there is none."""

    def close(self) -> None:
        """No connection is open any more."""


class ExchangeError(Exception):
    """An exchange that failed: `sentence` tells a person so, the exception's own words what happened exactly."""

    sentence = "the connection failed"
    late = False  # it took too long
    nowhere = False  # there was no way to any server, as where this machine is not connected


class ConnectError(ExchangeError):
    """There is no connection."""

    sentence = "no connection to the server"


class ConnectTimeoutError(ConnectError):
    sentence = "no connection in time"
    late = True


class NoRouteError(ConnectError):
    """No network leads there."""

    nowhere = True


class RefusedError(ConnectError):
    sentence = "the server refuses connections"


class TlsError(ConnectError):
    """The connection is not secure; why, is the sentence."""

    def __init__(self, sentence: str, words: str) -> None:
        super().__init__(words)
        self.sentence = sentence


class AddressError(ConnectError):
    """A name without address, or with none that may be asked; why, is the sentence."""

    nowhere = True

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self.sentence = sentence


class InsideError(AddressError):
    """A name whose addresses all lie inside some network."""

    nowhere = False


class ReadError(ExchangeError):
    sentence = "the connection broke during the answer"


class ReadTimeoutError(ReadError):
    sentence = "no complete answer in time"
    late = True


class WriteError(ExchangeError):
    sentence = "the connection broke during the request"


class WriteTimeoutError(WriteError):
    sentence = "the request could not be sent in time"
    late = True


class UnsendableError(ExchangeError):
    sentence = "the address or a stored header cannot be sent"


class ProtocolError(ExchangeError):
    sentence = "the server broke off or answered against the rules of HTTP"


class PackingError(ExchangeError):
    sentence = "the answer is compressed wrongly"
