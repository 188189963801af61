"""A place to work in: its files, its database, and how the rooms are put together there.

Only this module and convenor.py know all the rooms. It decides nothing; it opens, connects and starts.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from crawlers.sources import SourceFile, load_sources, shipped_sources
from db.connect import open_database, refusals
from db.errors import AccessError, NewsError
from db.records import Role, User

if TYPE_CHECKING:
    import httpx

    from crawlers.crawl import CrawlRequest
    from terminal import CrawlPrinter

MIN_SECRET_CHARACTERS = 32


@dataclass(frozen=True, slots=True)
class Files:
    """Where the parts of a place to work in lie."""

    sources: Path
    database: Path

    @property
    def secret(self) -> Path:
        """The key that signs sessions: beside the database, readable by its owner alone."""
        return self.database.with_name("convenor.secret")

    @property
    def public(self) -> Path:
        """The public database that the desk's publish button builds."""
        return self.database.with_name("public.db")


def open_working(database: Path, loaded: SourceFile, *, create: bool = False) -> sqlite3.Connection:
    """The working database with these sources and sub-regions, and the vocabularies of today, in it."""
    from db.sources import register_sources
    from db.vocabularies import register_vocabularies, shipped_vocabularies

    conn = open_database(database, create=create)
    with refusals(database):
        register_sources(conn, (source.row() for source in loaded.sources), loaded.regions())
        register_vocabularies(conn, shipped_vocabularies())
    return conn


def make_place(folder: Path) -> Files:
    """A folder with a sources.yaml to edit and an empty database; NewsError when there is one already."""
    files = Files(folder / "sources.yaml", folder / "convenor.db")
    for path in (files.sources, files.database):
        if path.exists():
            raise NewsError(f"{path} exists already; choose another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(shipped_sources(), files.sources)
    except OSError as error:
        raise NewsError(f"cannot make a place to work in at {folder}") from error
    open_working(files.database, load_sources(files.sources), create=True).close()
    return files


def add_person(
    conn: sqlite3.Connection, name: str, password: str, *, role: Role, sub_regions: tuple[str, ...], now: datetime
) -> User:
    """A new person who may sign in at the desk; AccessError when name, password or sub-region will not do."""
    from curation.passwords import hash_password
    from db.users import add_user

    if role == "convenor" and not sub_regions:
        raise AccessError("a convenor needs at least one sub-region")
    return add_user(conn, name, hash_password(password), role=role, sub_regions=sub_regions, now=now)


def session_secret(files: Files) -> str:
    """The key that signs sessions: $CONVENOR_SECRET, else the file beside the database, made when first needed."""
    given = os.environ.get("CONVENOR_SECRET", "")
    if given:
        return _long_enough(given, "CONVENOR_SECRET")
    try:
        descriptor = os.open(files.secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _long_enough(files.secret.read_text(encoding="utf-8").strip(), str(files.secret))
    except OSError as error:
        raise NewsError(f"cannot write {files.secret}; set CONVENOR_SECRET instead") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        secret = secrets.token_urlsafe(48)
        file.write(secret + "\n")
    return secret


def _long_enough(secret: str, where: str) -> str:
    if len(secret) < MIN_SECRET_CHARACTERS:
        raise NewsError(f"{where} is too short to be safe: {MIN_SECRET_CHARACTERS} characters or more are needed")
    return secret


def check_port(host: str, port: int) -> None:
    """NewsError when the port cannot be listened on, before anything else is started."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise NewsError(f"port {port} is in use or not allowed; choose another with --port") from error


def crawl_web(
    conn: sqlite3.Connection,
    loaded: SourceFile,
    request: CrawlRequest,
    printer: CrawlPrinter,
    *,
    transport: httpx.BaseTransport,
) -> None:
    """A pass has been made and shown; article pages included."""
    from crawlers.crawl import crawl
    from crawlers.politeness import system_clock

    printer.summary(crawl(conn, loaded, request, transport=transport, clock=system_clock(), on_event=printer.event))


def serve_desk(files: Files, *, host: str, port: int, now: Callable[[], datetime]) -> None:
    """The desk is served until the process is told to stop."""
    from curation.serve import serve
    from publishing.public import publish
    from publishing.report.drafting import draft_report, report_warnings
    from publishing.report.form import section_prompts

    open_working(files.database, load_sources(files.sources)).close()
    raise NotImplementedError


def draft_to_file(
    conn: sqlite3.Connection, names: tuple[str, str], output: Path, *, format_: str | None, now: datetime
) -> tuple[str, ...]:
    """The report of a sub-region and period stands in the file; what it still lacks comes back in sentences."""
    from publishing.report.drafting import draft_report, find_report_by_names

    chosen = format_ or {".html": "html", ".htm": "html", ".md": "md"}.get(output.suffix.lower(), "docx")
    drafted = draft_report(conn, find_report_by_names(conn, *names).id, format=chosen, now=now)
    try:
        output.write_bytes(drafted.body)
    except OSError as error:
        raise NewsError(f"cannot write {output}") from error
    return drafted.warnings
