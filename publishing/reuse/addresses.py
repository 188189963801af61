"""The whole addresses of the site, as feeds and citations carry them away, and names that outlive an address. Pure."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from db.errors import NewsError
from publishing.wording import outward

MINTED = "2026"  # RFC 4151, 2.1: a year in which the host was ours


def site_address(told: str) -> str:
    """The address without a slash at its end; NewsError when it is not one that others can open."""
    parts = urlsplit(told) if outward(told) else None
    if parts is None or parts.query or parts.fragment or "@" in parts.netloc or parts.path not in ("", "/"):
        raise NewsError(f"{told!r} is not the address of a site; it looks like https://activities.example.org")
    return f"{parts.scheme}://{parts.netloc}"


def whole(address: str, path: str, **query: str) -> str:
    """The whole address of a path of the site."""
    return f"{address}{path}" + (f"?{urlencode(query)}" if query else "")


def lasting_name(address: str, path: str) -> str:
    """The name (RFC 4151) of what stands at the path: the same when the site moves to https or to another port."""
    return f"tag:{urlsplit(address).hostname},{MINTED}:{path}"
