"""A place to work in: its files, its database, and how the rooms are put together there.

Only this module and convenor.py know all the rooms. It decides nothing; it opens, connects and starts.
"""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
import socket
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawlers.sources import Politeness, SourceFile, load_sources, shipped_sources
from crawlers.stopping import Stop
from db.connect import file_of, open_database, opened, refusals
from db.errors import NewsError
from db.locks import HeldError, passing_alone

if TYPE_CHECKING:
    import httpx

    from crawlers.crawl import CrawlRequest
    from crawlers.discover import Found
    from crawlers.kinds import Page
    from crawlers.politeness import PoliteWeb
    from curation.desk import DeskServices
    from curation.source_lines import PastedAddress, SourceLine
    from terminal import CrawlPrinter

MIN_SECRET_CHARACTERS = 32
PATIENCE_SECONDS = 900.0  # with a pass that is under way, before another one gives up


@dataclass(frozen=True, slots=True)
class Place:
    """Where the parts of a place to work in lie: all of them beside the database."""

    database: Path

    @property
    def sources(self) -> Path:
        """The list of sources that is edited here."""
        return self.database.with_name("sources.yaml")

    @property
    def secret(self) -> Path:
        """The key that signs sessions: beside the database, readable by its owner alone."""
        return self.database.with_name("convenor.secret")

    @property
    def public(self) -> Path:
        """The public database that the desk's publish button builds."""
        return self.database.with_name("public.db")


def sources_of(place: Place, given: Path | None) -> SourceFile:
    """The sources of the file that was named, else of the one beside the database, else of the shipped one."""
    return load_sources(sources_path(place, given))


def sources_path(place: Place, given: Path | None) -> Path:
    """The file that the sources come from."""
    return given or (place.sources if place.sources.exists() else shipped_sources())


def sources_file_of(place: Place, given: Path | None) -> Path:
    """The file of sources that may be changed; NewsError where there is none but the shipped one."""
    path = given or place.sources
    if not path.exists():
        raise NewsError(f"there is no {path}; make a place with `convenor init DIR` or name a file with --sources")
    return path


def open_working(database: Path, loaded: SourceFile | None = None, *, create: bool = False) -> sqlite3.Connection:
    """The working database with the vocabularies of today and all items in its index, and these sources where given."""
    from db.search.items import index_everything
    from db.sources import register_sources
    from db.vocabularies import register_vocabularies, shipped_vocabularies

    conn = open_database(database, create=create)
    with refusals(database):
        if loaded is not None:
            register_sources(conn, (source.row() for source in loaded.sources), loaded.regions())
        register_vocabularies(conn, shipped_vocabularies())
        index_everything(conn)
    return conn


def make_place(folder: Path) -> Place:
    """A folder with a sources.yaml to edit and an empty database; NewsError when there is one already."""
    place = Place(folder / "convenor.db")
    for path in (place.sources, place.database):
        if path.exists():
            raise NewsError(f"{path} exists already; choose another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(shipped_sources(), place.sources)
    except OSError as error:
        raise NewsError(f"cannot make a place to work in at {folder}") from error
    open_working(place.database, load_sources(place.sources), create=True).close()
    return place


def session_secret(place: Place) -> str:
    """The key that signs sessions: $CONVENOR_SECRET, else the file beside the database, made when first needed."""
    given = os.environ.get("CONVENOR_SECRET", "")
    if given:
        return _long_enough(given, "CONVENOR_SECRET")
    try:
        descriptor = os.open(place.secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _long_enough(place.secret.read_text(encoding="utf-8").strip(), str(place.secret))
    except OSError as error:
        raise NewsError(f"cannot write {place.secret}; set CONVENOR_SECRET instead") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        secret = secrets.token_urlsafe(48)
        file.write(secret + "\n")
    return secret


def _long_enough(secret: str, where: str) -> str:
    if len(secret) < MIN_SECRET_CHARACTERS:
        raise NewsError(f"{where} is too short to be safe: {MIN_SECRET_CHARACTERS} characters or more are needed")
    return secret


def crawl_web(
    conn: sqlite3.Connection,
    loaded: SourceFile,
    request: CrawlRequest,
    printer: CrawlPrinter,
    *,
    transport: httpx.BaseTransport,
    stop: Stop | None = None,
) -> None:
    """A pass has been made and shown, article pages included; it first waited for one that was under way."""
    from crawlers.crawl import crawl
    from crawlers.politeness import system_clock

    with own_turn(file_of(conn), stop or Stop(), printer.note):
        printer.begin()
        summary = crawl(
            conn,
            loaded,
            request,
            transport=transport,
            clock=system_clock(),
            on_event=printer.event,
            on_progress=printer.progressed,
            stop=stop,
        )
        printer.summary(summary)


@contextmanager
def own_turn(database: Path, stop: Stop, tell: Callable[[str], None]) -> Iterator[None]:
    """No other pass over the sources of this database is under way; HeldError when one does not end in good time."""
    waited = 0.0
    with ExitStack() as turn:
        while True:
            try:
                turn.enter_context(passing_alone(database))
                break
            except HeldError as error:
                if stop.asked or waited >= PATIENCE_SECONDS:
                    raise
                if not waited:
                    tell(f"{error}; this one begins when that one ends")
            stop.wait(1.0)
            waited += 1.0
        yield


@contextmanager
def polite_web(politeness: Politeness, transport: httpx.BaseTransport) -> Iterator[PoliteWeb]:
    """The web for a few questions outside of a pass, as polite as in one."""
    from crawlers.fetch import Client, Limits, user_agent
    from crawlers.politeness import PoliteWeb, system_clock

    limits = Limits(politeness.connect_timeout_seconds, politeness.timeout_seconds, politeness.max_bytes)
    with Client(transport, user_agent(politeness.contact), limits) as client:
        yield PoliteWeb(client, system_clock(), pause_seconds=politeness.pause_seconds)


def fetch_page(url: str, sources: Path | None, *, allow_private: bool) -> Page:
    """The page behind an address, asked for as politely as the list of sources wants it."""
    from crawlers.guard import guarded_transport

    politeness = load_sources(sources).politeness if sources else Politeness()
    with polite_web(politeness, guarded_transport(allow_private)) as web:
        return page_of(web, url, politeness)


def page_of(web: PoliteWeb, url: str, politeness: Politeness) -> Page:
    """The page behind an address."""
    from crawlers.fetch import Fetched, Limits
    from crawlers.kinds import Page

    limits = Limits(politeness.connect_timeout_seconds, politeness.timeout_seconds, politeness.max_bytes)
    answer = web.get(url, limits)
    assert isinstance(answer, Fetched)  # nothing conditional was asked
    return Page(answer.url, answer.body, answer.content_type)


def new_source(found: Found, page: Page, loaded: SourceFile, given: Mapping[str, Any]) -> dict[str, Any]:
    """The block of sources.yaml for what was found: what was given, and for the rest the best guess."""
    from crawlers.discover import names_of
    from crawlers.source_blocks import free_id, sub_region_of
    from crawlers.urls import host_of

    names, country = names_of(page), found.seen.country
    sub_region = given.get("sub_region") or sub_region_of(loaded, country)
    if sub_region is None:
        raise NewsError(f"no sub_region has the country {country}: name one with --sub-region, or another --country")
    host = host_of(found.url).removeprefix("www.")
    return {
        "id": given.get("source_id") or free_id(found.url, {source.id for source in loaded.sources}),
        "name": given.get("name") or names.page or host,
        "institution": given.get("institution") or names.site or names.page or host,
        "country": country,
        "sub_region": sub_region,
        "language": found.seen.language,
        "kind": found.kind,
        "url": found.url,
        "options": dict(found.options),
    }


def desk_application(place: Place, now: Callable[[], datetime]) -> Any:
    """The desk as an ASGI application."""
    from curation.app import make_desk

    open_working(place.database).close()
    return make_desk(place.database, secret=session_secret(place), now=now, services=desk_services(place, now)).app()


def desk_services(place: Place, now: Callable[[], datetime]) -> DeskServices:
    """What the desk can start in the other rooms: publishing, and drafting the report."""
    from curation.desk import DeskServices
    from publishing.public import publish
    from publishing.report.drafting import draft_report, report_warnings
    from publishing.report.form import section_prompts

    def publish_now() -> str:
        with opened(place.database) as conn:
            published = publish(conn, place.public, now=now())
        return f"{published.activities} activities are published."

    def draft(conn: sqlite3.Connection, report_id: int, format_: str) -> tuple[bytes, str, str]:
        drafted = draft_report(conn, report_id, format=format_, now=now())
        return drafted.body, drafted.filename, drafted.content_type

    tending = source_services(place, now)
    return DeskServices(publish_now, draft, report_warnings, section_prompts(), *tending)


def source_services(
    place: Place, now: Callable[[], datetime]
) -> tuple[
    Callable[[sqlite3.Connection], tuple[SourceLine, ...]],
    Callable[[sqlite3.Connection, str, str], str],
    Callable[[str], PastedAddress],
]:
    """How each source does, taking over its repair, and what an address would give."""
    from curation.source_lines import PastedAddress

    def lines(conn: sqlite3.Connection) -> tuple[SourceLine, ...]:
        return source_lines(conn, now())

    def taken(conn: sqlite3.Connection, source_id: str, by: str) -> str:
        from crawlers.rescue import take_over_repair

        take_over_repair(conn, sources_of(place, sources_named()), source_id, by=by, now=now())
        return f"The repair of {source_id} is taken over; its next poll reads the page so."

    def pasted(url: str) -> PastedAddress:
        from crawlers.preview import preview
        from crawlers.urls import is_web_address

        if not is_web_address(url):
            raise NewsError("This is not a full http or https address.")
        found = preview(fetch_page(url, sources_named(), allow_private=False), today=now().date())
        command = f"convenor sources add {shlex.quote(url)}"
        return PastedAddress(url, found.kind, found.encoding, found.items, command)

    return lines, taken, pasted


def sources_named() -> Path | None:
    """The list of sources that the environment names."""
    named = os.environ.get("CONVENOR_SOURCES")
    return Path(named) if named else None


def source_lines(conn: sqlite3.Connection, now: datetime) -> tuple[SourceLine, ...]:
    """How each source does, with the repair that waits for it."""
    from crawlers.health import health_of
    from curation.source_lines import SourceLine
    from db.health import overrides, source_facts, waiting_proposal
    from db.held import held_polls

    taken, held, found = overrides(conn), held_polls(conn), []
    for facts in source_facts(conn):
        health, source, override = health_of(facts, now), facts.source, taken.get(facts.source.id)
        found.append(
            SourceLine(
                source.id,
                source.name,
                source.institution,
                source.url,
                health.word,
                health.why,
                health.broken,
                f"{health.since:%Y-%m-%d}" if health.since else "",
                f"{facts.polled_at:%Y-%m-%d %H:%M}" if facts.polled_at else "",
                f"repaired by {override.taken_by} on {override.taken_at:%Y-%m-%d}" if override else "",
                waiting_proposal(conn, source.id),
                tuple(poll for poll in held if poll.source_id == source.id),
            )
        )
    return tuple(found)


def serve(application: Any, *, host: str, port: int, ready: Callable[[str], None]) -> None:
    """The ASGI application answers at this address until the process is told to stop; NewsError when it is in use."""
    with listen(host, port) as listener:
        ready(f"http://{host}:{listener.getsockname()[1]}/")
        serve_on(listener, application)


def serve_on(listener: socket.socket, application: Any) -> None:
    """The ASGI application answers on this socket until the process is told to stop."""
    import uvicorn

    config = uvicorn.Config(
        application, log_level="warning", lifespan="on", server_header=False, timeout_graceful_shutdown=5
    )
    uvicorn.Server(config).run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; NewsError when the port is in use or not allowed."""
    try:
        listener = socket.create_server((host, port))
    except OSError as error:
        raise NewsError(f"port {port} of {host} cannot be used; choose another with --port") from error
    # asyncio sets this only on sockets it opens itself; without it each answer waits 40 ms for the reader's system.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


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
