"""What the desk is lent to add candidates by hand, made by the room that knows how pages are read."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from msgspec import Struct

from db.nominations import Candidate, Nomination


class Typed(Struct, frozen=True):
    """What a person made of a page: what was proposed, corrected where it was wrong."""

    url: str
    title: str
    on: str = ""  # 2021-02-09, 2021-02, 2021; empty where it is not known
    language: str = ""
    country: str = ""


class ByHandServices(Struct, frozen=True):
    """What goes wrong is a NewsError with a sentence."""

    known: Callable[[sqlite3.Connection, str], int | None]  # address → the item that is known there
    look: Callable[[str], Candidate]  # address → what its page tells; asks the web, so it takes its time
    keep: Callable[[sqlite3.Connection, Typed, Nomination, str], tuple[int, bool]]  # → item, and whether it was new
