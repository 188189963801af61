"""How the site answers programs that come back: with what they ask for, or that they have it already."""

from __future__ import annotations

import hashlib
from typing import Any

from datasette import Response

KEPT_SECONDS = 300  # by whoever stands between the site and its readers


def answer(request: Any, body: bytes, content_type: str, *, name: str = "") -> Any:
    """The body under a validator of its own, 304 where the reader holds it (RFC 9110, 13.1.2).

    `name` is what a browser saves it as; without one it is shown.
    """
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": f"max-age={KEPT_SECONDS}", "access-control-allow-origin": "*"}
    if held(request.headers.get("if-none-match") or "", tag):
        return Response("", status=304, headers=headers, content_type=content_type)
    if name:
        headers["content-disposition"] = f'attachment; filename="{name}"'
    return Response(body, headers=headers, content_type=content_type)


def held(told: str, tag: str) -> bool:
    """Whether a reader's If-None-Match names the tag. A proxy that packs an answer calls its tag weak."""
    return told.strip() == "*" or tag in (one.strip().removeprefix("W/") for one in told.split(","))
