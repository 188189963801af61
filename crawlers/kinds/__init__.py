"""One file for each kind of source. Each offers `Options` (the keys of a block) and `parse(page, source) -> Listing`.

The file name is the word used in sources.yaml. Kinds are pure: bytes in, items out, ParseError when the page is not
one they can read. Heavy libraries are imported inside `parse`, so that checking sources.yaml stays cheap.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from msgspec import Struct

from db.records import ParsedItem

KINDS = tuple(sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem != "__init__"))


class Page(Struct, frozen=True, weakref=True):
    """A fetched body with what is needed to read it."""

    url: str  # the address that answered, after redirects
    body: bytes
    content_type: str = ""  # the HTTP header, charset and all; empty when the server sent none


class Listing(Struct, frozen=True):
    """What one page lists: items in its own order, no duplicates, and where the next (older) page is."""

    items: tuple[ParsedItem, ...]
    next_url: str | None = None
    tasks: tuple[str, ...] = ()  # what the operator has to do, a sentence each
    partial: bool = False  # it lists what came since the last poll alone, so that a short one says nothing


@cache
def tells_of_others(kind: str) -> bool:
    """Whether entries of this kind tell of articles that may come from a source of their own."""
    return kind in KINDS and getattr(kind_module(kind), "TELLS_OF_OTHERS", False) is True


@cache
def kind_module(kind: str) -> ModuleType:
    """The module that reads this kind of source; KeyError when there is none."""
    if kind not in KINDS:
        raise KeyError(kind)
    return import_module(f"crawlers.kinds.{kind}")
