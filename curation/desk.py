"""The desk itself: the private handle on the working database, the clock, and what is lent to it from above."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from contextvars import copy_context
from datetime import datetime
from typing import Any, TypeVar

from msgspec import Struct, field

from curation.by_hand import ByHandServices
from curation.in_work import InWork
from curation.openid_services import OpenIdServices
from curation.source_lines import SourceServices
from db.connect import transaction

Result = TypeVar("Result")


class DeskServices(Struct, frozen=True):
    """What the desk can start but does not know how to do. What is None is not offered."""

    publish: Callable[[], str] | None = None  # rebuilds the public site; a sentence for the person who asked
    draft_report: Callable[[sqlite3.Connection, int, str], tuple[bytes, str, str]] | None = None
    # (connection, report id, format) → content, file name, content type
    report_warnings: Callable[[sqlite3.Connection, int], tuple[str, ...]] | None = None  # what is still missing
    section_prompts: Mapping[str, str] = field(default_factory=dict)  # letter A to E → the form's wording
    sources: SourceServices | None = None  # the operator's pages
    by_hand: ByHandServices | None = None  # candidates that people bring
    metrics_token: str | None = None  # opens the counters to a program
    openid: OpenIdServices | None = None  # signing in through the institution


class Desk(Struct, frozen=True):
    """One running desk. `datasette` serves it; `database` is never attached there, so that it has no table pages."""

    datasette: Any
    database: Any
    now: Callable[[], datetime]
    services: DeskServices
    in_work: InWork = field(default_factory=InWork)
    # A password check takes a core for a moment and 64 MB: a flood of tries must not take the whole machine.
    password_checks: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))

    async def read(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """What `work` finds, run on one of the reading threads."""
        found: Result = await self.database.execute_fn(_here(work))
        return found

    async def write(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """What `work` returns once its changes are committed; when it raises, nothing has changed."""

        def in_transaction(conn: sqlite3.Connection) -> Result:
            with transaction(conn):
                return work(conn)

        done: Result = await self.database.execute_write_fn(_here(in_transaction))
        return done

    def path(self, address: str) -> str:
        """The address as a browser must ask for it, below the base address of this desk."""
        return str(self.datasette.urls.path(address))


def _here(work: Callable[[sqlite3.Connection], Result]) -> Callable[[sqlite3.Connection], Result]:
    """The work as it would be done in this context: on another thread it still speaks the visitor's language."""
    context = copy_context()
    return lambda conn: context.run(work, conn)
