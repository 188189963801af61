"""What holds for every answer of the desk, whatever made it: headers, same-site posting, a bound on what is sent.

Datasette 0.65 asks for a token with each POST, the 1.0 line looks at the browser's headers instead; here both lines
refuse a POST that a page of another site could have caused.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from curation.assets import PREFIX as STATIC
from curation.picture_file import PREFIX as PICTURES

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY_BYTES = 1_000_000
FOR_EVER = {  # below these paths an address changes with what stands there
    STATIC: "public, max-age=31536000, immutable",
    PICTURES: "private, max-age=31536000, immutable",
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS = {
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
    " object-src 'none'",
    # With no-referrer browsers would hide the Origin of our own forms too; other sites get nothing either way.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow",
    "cross-origin-opener-policy": "same-origin",
}


def guarded(app: App) -> App:
    """The application behind the guard."""

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message = {**message, "headers": _with_ours(message.get("headers", []), _caching(scope, message))}
            await send(message)

        if refused := _refusal(scope):
            await _send_text(send_with_headers, *refused)
            return
        try:
            await app(scope, receive, send_with_headers)
        except Exception:
            logging.getLogger(__name__).exception("the desk failed on %s", scope["path"])
            if started:
                raise
            await _send_text(send_with_headers, 500, "Something went wrong. What happened is in the server's log.")

    return guard


def _refusal(scope: Scope) -> tuple[int, str] | None:
    """Status and sentence when the request is not even looked at."""
    if scope["method"] in SAFE_METHODS:
        return None
    headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}
    if not is_same_origin(headers):
        return 403, "This form was sent from another site, so nothing was done. Open the desk itself and try again."
    length = headers.get("content-length", "")
    if not (length.isascii() and length.isdigit()):
        return 411, "The request does not say how long it is."
    if int(length) > MAX_BODY_BYTES:
        return 413, "That is more text than a form of the desk takes."
    return None


def is_same_origin(headers: Mapping[str, str]) -> bool:
    """Whether a browser says that a page of this very site sends this; False when it says nothing."""
    if site := headers.get("sec-fetch-site"):
        return site == "same-origin"
    try:
        origin = urlsplit(headers.get("origin", ""))
    except ValueError:
        return False
    return origin.scheme in ("http", "https") and origin.netloc == headers.get("host")


def _caching(scope: Scope, message: Message) -> str:
    found = (rule for path, rule in FOR_EVER.items() if message["status"] == 200 and path in scope["path"])
    return next(found, "private, no-store")


def _with_ours(theirs: list[tuple[bytes, bytes]], caching: str) -> list[tuple[bytes, bytes]]:
    ours = {**HEADERS, "cache-control": caching}
    kept = [(key, value) for key, value in theirs if key.decode("latin-1").lower() not in ours]
    return kept + [(key.encode(), value.encode()) for key, value in ours.items()]


async def _send_text(send: Send, status: int, sentence: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": sentence.encode()})
