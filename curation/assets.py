"""The stylesheet, the icon and the scripts of the desk, below an address that changes with the content of any of them.

The scripts are modules that import each other by name, so they share one version.
"""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
CONTENT_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
PREFIX = "/-/desk-static/"


@cache
def static_files() -> frozenset[str]:
    """The names of all files that are served."""
    return frozenset(path.name for path in FOLDER.iterdir() if path.suffix in CONTENT_TYPES)


@cache
def static_content(name: str) -> bytes:
    """The bytes of one of the files."""
    return (FOLDER / name).read_bytes()


def content_type(name: str) -> str:
    """What a browser is told about one of the files."""
    return CONTENT_TYPES[Path(name).suffix]


@cache
def static_version() -> str:
    """A short mark of all content: when any file changes, so does the mark."""
    mark = blake2b(digest_size=6)
    for name in sorted(static_files()):
        mark.update(name.encode() + b"\0" + static_content(name))
    return mark.hexdigest()


def static_address(name: str) -> str:
    """Where the file is served; may be kept by a browser for ever."""
    return f"{PREFIX}{static_version()}/{name}"
