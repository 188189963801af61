"""What may be connected to: part of `fetch`, which alone uses it.

A name is resolved once, its addresses are checked, and exactly a checked one is connected to, so that a name that
changes between check and use gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from functools import partial

from crawlers.http1 import Http1
from crawlers.messages import AddressError, ConnectError, InsideError, Transport
from crawlers.sockets import Stream, connected

Resolve = Callable[[str, int], Sequence[str]]
Connect = Callable[[str, int, float], Stream]  # to an address, a port, in so many seconds

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # how networks without IPv4 reach its addresses (RFC 6052)


def guarded_transport(
    allow_private: bool, *, resolve: Resolve | None = None, connect: Connect = connected
) -> Transport:
    """The real network: public addresses alone, unless `allow_private`; proxies of the environment are not used."""
    return Http1(partial(_connected, allow_private, resolve or resolve_name, connect))


def resolve_name(host: str, port: int) -> list[str]:
    """The addresses of a host, in the order in which they should be tried; OSError when there are none."""
    name = host.encode("ascii")  # a text would be encoded once more, by tables that take a while to load
    return [str(info[4][0]) for info in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)]


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


def _connected(
    allow_private: bool, resolve: Resolve, connect: Connect, host: str, port: int, timeout_seconds: float
) -> Stream:
    """A connection to the first address of the host that answers; each has its share of the time."""
    addresses = _checked(allow_private, resolve, host, port)
    failure: ConnectError | None = None
    for address in addresses:
        try:
            return connect(address, port, timeout_seconds / len(addresses))
        except ConnectError as error:
            failure = error
    assert failure is not None
    raise failure


def _checked(allow_private: bool, resolve: Resolve, host: str, port: int) -> list[str]:
    try:
        found = list(dict.fromkeys(resolve(host, port)))
    except (OSError, UnicodeError) as error:
        raise AddressError(f"the name {host} is not known (DNS)") from error
    allowed = [address for address in found if allow_private or is_public(address)]
    if not allowed:
        listed = ", ".join(found)
        raise InsideError(f"{host} has a private address ({listed}); such addresses are not asked")
    return allowed[:4]
