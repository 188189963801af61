"""Keeping the page of each activity as it was fetched: asked for as politely as in a pass, and within bounds."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from crawlers.fetch import Fetched, Limits
from crawlers.politeness import PoliteWeb
from crawlers.warc import fingerprint, read_page, write_page
from db.errors import FetchError, NewsError
from db.evidence import Kept, Wanted, kept_bytes, kept_pages, save_evidence, save_failure, without_evidence


class Bounds(Struct, frozen=True):
    """How much is asked for and kept."""

    pages: int  # of one run
    bytes: int  # of all pages together, before they are packed


class Tried(Struct, frozen=True):
    """What came of one page."""

    item_id: int
    url: str
    sha256: str = ""
    problem: str = ""


def keep_pages(
    conn: sqlite3.Connection,
    web: PoliteWeb,
    folder: Path,
    bounds: Bounds,
    *,
    limits: Limits,
    software: str,
    now: Callable[[], datetime],
) -> Iterator[Tried]:
    """Each activity whose page was tried, one after the other; NewsError when the room is used up."""
    for wanted in without_evidence(conn, now=now(), limit=bounds.pages):
        if kept_bytes(conn) >= bounds.bytes:
            raise NewsError(f"the pages that are kept fill {bounds.bytes:,} bytes; allow more with --max-mb")
        yield _keep(conn, web, folder, wanted, limits=limits, software=software, now=now)


def _keep(
    conn: sqlite3.Connection,
    web: PoliteWeb,
    folder: Path,
    wanted: Wanted,
    *,
    limits: Limits,
    software: str,
    now: Callable[[], datetime],
) -> Tried:
    try:
        answer = web.get(wanted.url, limits)
        assert isinstance(answer, Fetched)  # nothing conditional was asked
    except FetchError as error:
        save_failure(conn, wanted, error.message, now=now())
        return Tried(wanted.item_id, wanted.url, problem=error.message)
    at, media_type, sha256 = now(), answer.content_type.split(";")[0].strip()[:100], fingerprint(answer.body)
    name = f"{wanted.item_id // 1000}/{wanted.item_id}-{sha256[:12]}.warc.gz"
    write_page(folder / name, answer.url, answer.body, media_type=media_type, at=at, software=software)
    save_evidence(conn, Kept(wanted.item_id, wanted.url, at, sha256, len(answer.body), media_type, name))
    return Tried(wanted.item_id, wanted.url, sha256)


def damaged(conn: sqlite3.Connection, folder: Path) -> Iterator[str]:
    """A sentence for every page that is not what its fingerprint says."""
    for item_id, name, sha256 in kept_pages(conn):
        try:
            if fingerprint(read_page(folder / name)) != sha256:
                yield f"the page of activity {item_id} ({name}) is not the one that was kept"
        except NewsError as error:
            yield f"the page of activity {item_id} is lost: {error}"
