"""Secure connections: what is wrong with one in a sentence, and those to servers that speak only an old protocol.

A certificate is always checked. `legacy_tls` in a source's block allows its own host older protocols and weaker ciphers
(TLS 1.0 and 1.1, renegotiation of before 2010), which still keep the name of the server honest.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from crawlers.messages import Request, Response, Transport
from crawlers.urls import host_of

if TYPE_CHECKING:
    from crawlers.sources import Source

_OLD_RENEGOTIATION = 0x4  # SSL_OP_LEGACY_SERVER_CONNECT, which Python names only from 3.12 on

_CERTIFICATES = {  # by OpenSSL's number
    10: "its certificate has expired",
    9: "its certificate is not valid yet",
    18: "its certificate is signed by itself alone",
    19: "its certificate is signed by an authority that nobody knows",
    20: "its certificate is signed by an authority that nobody knows, or the one between is missing",
    62: "its certificate is for another name",
    64: "its certificate is for another address",
}
_TOO_OLD = (
    "UNSUPPORTED_PROTOCOL",
    "ALERT_PROTOCOL_VERSION",
    "UNSAFE_LEGACY_RENEGOTIATION_DISABLED",
    "KEY_TOO_SMALL",
    "MD_TOO_WEAK",
    "WRONG_SIGNATURE_TYPE",
    "NO_PROTOCOLS_AVAILABLE",
    "HANDSHAKE_FAILURE",
    "NO_SHARED_CIPHER",
)


def secure_context(*, legacy: bool = False) -> ssl.SSLContext:
    """A context that checks certificates; a legacy one also accepts the protocols of twenty years ago.

    Who is believed is told by `$SSL_CERT_FILE` or `$SSL_CERT_DIR`, else by the list of Mozilla.
    """
    import certifi

    if file := os.environ.get("SSL_CERT_FILE"):
        context = ssl.create_default_context(cafile=file)
    elif folder := os.environ.get("SSL_CERT_DIR"):
        context = ssl.create_default_context(capath=folder)
    else:
        context = ssl.create_default_context(cafile=certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    if legacy:
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.options |= _OLD_RENEGOTIATION
    return context


def explain_tls(error: ssl.SSLError) -> str:
    """Why there is no secure connection, in a sentence."""
    if isinstance(error, ssl.SSLCertVerificationError):
        why = _CERTIFICATES.get(getattr(error, "verify_code", 0), "its certificate is not acceptable")
        return f"the secure connection failed: {why}"
    reason = error.reason or str(error)
    if any(words in reason for words in _TOO_OLD):
        return (
            "the secure connection failed: the server speaks only an old protocol or cipher"
            " (`legacy_tls: true` in the options of its block allows that)"
        )
    return "the secure connection failed: the server does not speak TLS as it should"


def legacy_hosts(sources: Iterable[Source]) -> frozenset[str]:
    """The hosts that may be asked over an old protocol: those of the sources that say so."""
    rungs = (rung for source in sources for rung in source.rungs)
    return frozenset(host_of(rung.url) for rung in rungs if rung.parsed_options().legacy_tls)


def with_legacy_hosts(transport: Transport, hosts: frozenset[str]) -> Transport:
    """The transport, told which hosts may be asked over an old protocol."""
    return _Marking(transport, hosts) if hosts else transport


class _Marking:
    def __init__(self, inner: Transport, hosts: frozenset[str]) -> None:
        self._inner = inner
        self._hosts = hosts

    def send(self, request: Request) -> Response:
        return self._inner.send(replace(request, legacy_tls=host_of(request.url) in self._hosts))

    def close(self) -> None:
        self._inner.close()
