"""The stylesheet, the script and the icon of the desk, each at an address that changes with its content."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
CONTENT_TYPES = {
    "desk.css": "text/css; charset=utf-8",
    "desk.js": "text/javascript; charset=utf-8",
    "desk.svg": "image/svg+xml",
}
PREFIX = "/-/desk-static/"


@cache
def static_content(name: str) -> bytes:
    """The file's bytes; KeyError for anything but the files of the desk."""
    CONTENT_TYPES[name]
    return (FOLDER / name).read_bytes()


@cache
def static_version(name: str) -> str:
    """A short mark of the content: another content has another mark."""
    return blake2b(static_content(name), digest_size=6).hexdigest()


def static_address(name: str) -> str:
    """Where the file is served; may be kept by a browser for ever."""
    return f"{PREFIX}{static_version(name)}/{name}"
