"""What holds for the whole suite: no test reaches anything but loopback, and none is timed."""

from __future__ import annotations

import ipaddress
import signal
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

settings.register_profile("convenor", deadline=None)  # a busy machine is no failure; figures live in bench/
settings.load_profile("convenor")

# A shell that runs the suite in the background lets it ignore Ctrl-C; the processes that tests end so would not end.
signal.signal(signal.SIGINT, signal.default_int_handler)

_connect = socket.socket.connect
_getaddrinfo = socket.getaddrinfo


def _is_loopback(host: object) -> bool:
    if not isinstance(host, str) or host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _guarded_connect(self: socket.socket, address: Any) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
        raise RuntimeError(f"a test tried to reach {address[0]}")
    _connect(self, address)


def _guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
    name = host.decode() if isinstance(host, bytes) else host
    try:
        ipaddress.ip_address(name or "127.0.0.1")
    except ValueError:
        if not _is_loopback(name):
            raise socket.gaierror(socket.EAI_NONAME, f"a test tried to look up {name}") from None
    return _getaddrinfo(host, *args, **kwargs)


@pytest.fixture(autouse=True, scope="session")
def only_loopback() -> Any:
    """Sockets and name look-ups work for loopback alone."""
    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", _guarded_connect)
    patch.setattr(socket, "getaddrinfo", _guarded_getaddrinfo)
    yield
    patch.undo()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Browsers come first where processes work side by side: the longest files, drawn last, would be waited for."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: item.get_closest_marker("browser") is None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium for the tests of one module; Playwright's loop would be in the way of other modules' own."""
    from playwright.sync_api import sync_playwright

    from tests.browser import launched

    with sync_playwright() as playwright:
        running = launched(playwright)
        yield running
        running.close()
