"""A place to work in: its files, its database, and how the rooms are put together there.

Only the modules at the top level and commands/ know all the rooms. This one decides nothing; it opens, connects and
starts.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from errno import EACCES, EADDRINUSE
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from crawlers.sources import SourceFile, load_sources, shipped_sources
from crawlers.stopping import Stop
from db.connect import file_of, open_database, opened, refusals, transaction
from db.errors import NewsError
from db.locks import HeldError, passing_alone

if TYPE_CHECKING:
    import socket

    from crawlers.access import Access
    from crawlers.batches import Workers
    from crawlers.crawl import CrawlRequest
    from crawlers.messages import Transport
    from crawlers.reading import Readers
    from curation.desk import DeskServices
    from curation.openid_services import OpenIdServices
    from db.reports import ReportKey
    from terminal import CrawlPrinter

MIN_SECRET_CHARACTERS = 32
_BYTES_OF_A_SOURCE = 200  # in a list of them
PATIENCE_SECONDS = 900.0  # with a pass that is under way, before another one gives up


class Place(Struct, frozen=True):
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
    def evidence(self) -> Path:
        """The folder of the pages that are kept as evidence."""
        return self.database.with_name("evidence")

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


def sources_named() -> Path | None:
    """The list of sources that the environment names."""
    named = os.environ.get("CONVENOR_SOURCES")
    return Path(named) if named else None


def sources_file_of(place: Place, given: Path | None) -> Path:
    """The file of sources that may be changed; NewsError where there is none but the shipped one."""
    path = given or place.sources
    if not path.exists():
        raise NewsError(f"there is no {path}; make a place with `convenor init DIR` or name a file with --sources")
    return path


def open_working(database: Path, loaded: SourceFile | None = None, *, create: bool = False) -> sqlite3.Connection:
    """The working database with the vocabularies of today and all items in its index, and these sources where given."""
    from db.progress import waiting_for_index
    from db.sources import register_sources
    from db.vocabularies import register_vocabularies, shipped_vocabularies

    conn = open_database(database, create=create)
    with refusals(database):
        if loaded is not None:
            register_sources(conn, (source.row() for source in loaded.sources), loaded.regions())
        register_vocabularies(conn, shipped_vocabularies())
        if waiting_for_index(conn):
            from db.search.items import index_everything  # its tables of letters take longer to load than many a pass

            index_everything(conn)
    return conn


@contextmanager
def readers_for(
    place: Place, sources: Path | None, only: Sequence[str], cluster: str | None
) -> Iterator[Readers | None]:
    """Those who read the pages of a pass where nothing is known of any.

    They begin before the list of sources is read and the database made: how long the list is, its size tells.
    """
    path = sources_path(place, sources)
    if cluster is not None or only or place.database.exists() or not path.is_file():
        yield None
        return
    from crawlers.reading import Readers

    with closing(Readers()) as readers:
        readers.expect(path.stat().st_size // _BYTES_OF_A_SOURCE)
        yield readers


def free_place(folder: Path) -> Place:
    """Where a place can be made; NewsError when there is one already."""
    place = Place(folder / "convenor.db")
    for path in (place.sources, place.database):
        if path.exists():
            raise NewsError(f"{path} exists already; choose another folder")
    return place


def make_place(folder: Path) -> Place:
    """A folder with a sources.yaml to edit and an empty database; NewsError when there is one already."""
    place = free_place(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        place.sources.write_bytes(shipped_sources().read_bytes())
    except OSError as error:
        raise NewsError(f"cannot make a place to work in at {folder}") from error
    open_working(place.database, load_sources(place.sources), create=True).close()
    return place


def list_sources_in(database: Path, path: Path) -> None:
    """`sources list` has what the file names, not only from its first poll on; nothing where there is no database."""
    if database.exists():
        open_working(database, load_sources(path)).close()


def session_secret(place: Place) -> str:
    """The key that signs sessions: $CONVENOR_SECRET, else the file beside the database, made when first needed."""
    given = os.environ.get("CONVENOR_SECRET", "")
    if given:
        return _long_enough(given, "CONVENOR_SECRET")
    try:
        return _long_enough(_kept_secret(place.secret), str(place.secret))
    except OSError as error:
        raise NewsError(f"cannot use {place.secret}; set CONVENOR_SECRET instead") from error


def _kept_secret(path: Path) -> str:
    """What the file holds; made anew, readable by its owner alone, where there is none."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    import secrets

    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        secret = secrets.token_urlsafe(48)
        file.write(secret + "\n")
    return secret


def metrics_token() -> str | None:
    """What opens the desk's counters to a program: $CONVENOR_METRICS_TOKEN; without it only operators see them."""
    given = os.environ.get("CONVENOR_METRICS_TOKEN", "")
    return _long_enough(given, "CONVENOR_METRICS_TOKEN") if given else None


def openid_services(now: Callable[[], datetime]) -> OpenIdServices | None:
    """Signing in through the provider that $CONVENOR_OIDC_ISSUER and its fellows name; None where they name none."""
    issuer, client = (os.environ.get(f"CONVENOR_OIDC_{name}", "") for name in ("ISSUER", "CLIENT_ID"))
    if not issuer:
        return None
    if not client:
        raise NewsError("CONVENOR_OIDC_CLIENT_ID says under which name the provider knows this desk; it is not set")
    from curation.openid import Provider

    secret, name = (os.environ.get(f"CONVENOR_OIDC_{name}", "") for name in ("CLIENT_SECRET", "NAME"))
    return Provider(issuer, client, now, secret, name).services()


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
    connect: Callable[[], Transport],
    access: Access | None = None,
    stop: Stop | None = None,
    workers: Workers | None = None,
    readers: Readers | None = None,
) -> None:
    """A pass has been made and shown, article pages included; it first waited for one that was under way."""
    from crawlers.clock import system_clock
    from crawlers.crawl import crawl
    from curation.stories import fold_sightings
    from curation.suggestions import suggest_tags

    stop = stop or Stop()
    with own_turn(file_of(conn), stop, printer.note):
        printer.begin()
        summary = crawl(
            conn,
            loaded,
            request,
            connect=connect,
            clock=system_clock(),
            on_event=printer.event,
            on_progress=printer.progressed,
            stop=stop,
            workers=workers,
            access=access,
            readers=readers,
        )
        fold_sightings(conn, now=datetime.now(UTC))
        suggest_tags(conn, now=datetime.now(UTC))
        gloss_waiting_titles(conn, printer.note)
        if request.articles:
            picture_waiting_items(conn, loaded, connect(), stop)
        printer.summary(summary)


def picture_waiting_items(conn: sqlite3.Connection, loaded: SourceFile, transport: Transport, stop: Stop) -> None:
    """A few more of the newest waiting items have a picture on their card."""
    from concurrent.futures import ThreadPoolExecutor

    from crawlers.lanes import Lanes
    from crawlers.pictures import Pictures
    from pasting import polite_web

    at_once = loaded.politeness.max_hosts_at_once
    executor = ThreadPoolExecutor(at_once, thread_name_prefix="pictures")
    try:
        with polite_web(loaded.politeness, transport, file_of(conn)) as web:
            lanes = Lanes(executor, at_once, stop=stop)
            Pictures(conn, web, lanes, lambda: datetime.now(UTC)).keep(loaded.sources)
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def gloss_waiting_titles(conn: sqlite3.Connection, tell: Callable[[str], None]) -> None:
    """The newest waiting titles are glossed where a translator was named; one that fails is told of, no more."""
    from translating import TranslatorError, translator

    named = translator()
    if named is None:
        return
    from curation.glosses import gloss_titles

    try:
        gloss_titles(conn, named.translate, now=datetime.now(UTC))
    except TranslatorError as error:
        tell(f"no titles were translated: {error}")


def web(allow_private: bool) -> Transport:
    """The way to the web, which is loaded where there is somebody to ask."""
    from crawlers.guard import guarded_transport

    return guarded_transport(allow_private)


@contextmanager
def workers_of(cluster: str | None, *, allow_private: bool) -> Iterator[Workers | None]:
    """The cluster behind this address, ready to ask the web; None where no cluster was named."""
    if cluster is None:
        yield None
        return
    from crawlers.batches import Workers
    from crawlers.cluster import cluster_at
    from crawlers.guard import guarded_transport

    with cluster_at(cluster) as (executor, at_once):
        yield Workers(executor, at_once, partial(guarded_transport, allow_private))


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
def desk_application(place: Place, now: Callable[[], datetime]) -> Iterator[Any]:
    """The desk as an ASGI application. In the end its database is closed, and what stood beside it is within it."""
    from curation.app import close_desk, make_desk

    open_working(place.database).close()
    desk = make_desk(place.database, secret=session_secret(place), now=now, services=desk_services(place, now))
    try:
        yield desk.app()
    finally:
        close_desk(desk)


def desk_services(place: Place, now: Callable[[], datetime]) -> DeskServices:
    """What the desk can start in the other rooms: publishing, drafting the report, looking after sources."""
    from adding import Adding
    from crawlers.guard import guarded_transport
    from curation.desk import DeskServices
    from publishing.public import publish
    from publishing.report.drafting import draft_report, report_warnings
    from publishing.report.form import section_prompts
    from tending import Tending

    def publish_now() -> str:
        with opened(place.database) as conn:
            published = publish(conn, place.public, now=now())
        return f"{published.activities} activities are published."

    def draft(conn: sqlite3.Connection, report_id: int, format_: str) -> tuple[bytes, str, str]:
        drafted = draft_report(conn, report_id, format=format_, now=now())
        return drafted.body, drafted.filename, drafted.content_type

    tending = Tending(place, now, partial(guarded_transport, False))
    return DeskServices(
        publish_now,
        draft,
        report_warnings,
        section_prompts(),
        tending.services(),
        Adding(place, now, partial(guarded_transport, False)).services(),
        metrics_token(),
        openid_services(now),
    )


def serve(application: Any, *, host: str, port: int, ready: Callable[[str], None]) -> None:
    """The ASGI application answers at this address until the process is told to stop; NewsError when it is in use."""
    with listen(host, port) as listener:
        ready(f"http://{host}:{listener.getsockname()[1]}/")
        serve_on(listener, application)


def serve_on(listener: socket.socket, application: Any) -> None:
    """The ASGI application answered on this socket until Ctrl-C or SIGTERM: what comes after it still happens."""
    import signal

    import uvicorn

    config = uvicorn.Config(
        application, log_level="warning", lifespan="on", server_header=False, timeout_graceful_shutdown=5
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # uvicorn raises again what it ended for
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; NewsError when the port is in use or not allowed."""
    import socket

    try:
        listener = socket.create_server((host, port))
    except OSError as error:
        why = OSError(error.errno, str(error.strerror).partition(" (while")[0])  # the rest names host and port again
        if error.errno in (EADDRINUSE, EACCES):
            raise NewsError(f"port {port} of {host} cannot be used; choose another with --port") from why
        raise NewsError(f"{host} is no address of this machine; choose another with --host") from why
    # asyncio sets this only on sockets it opens itself; without it each answer waits 40 ms for the reader's system.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def draft_to_file(
    conn: sqlite3.Connection, key: ReportKey, output: Path, *, format_: str, now: datetime
) -> tuple[str, ...]:
    """The report of a sub-region and period stands in the file; what it still lacks comes back in sentences.

    Nothing is saved: a report that nobody began, such as one of a mistyped period, is drafted empty and not begun.
    """
    from publishing.report.drafting import draft_report, find_or_begin_report

    with transaction(conn, keep=False):
        drafted = draft_report(conn, find_or_begin_report(conn, key).id, format=format_, now=now)
    write_file(output, drafted.body)
    return drafted.warnings


def read_file(path: Path) -> bytes:
    """What stands in the file; NewsError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise NewsError(f"cannot read {path}") from error


def write_file(path: Path, content: bytes) -> None:
    """The content stands in the file; NewsError where it cannot, and then a file that was there is as it was."""
    target = path.resolve()
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        if path.exists() and not path.is_file():  # such as /dev/stdout, which nothing may stand in the place of
            path.write_bytes(content)
            return
        unfinished.write_bytes(content)
        unfinished.replace(target)
    except OSError as error:
        raise NewsError(f"cannot write {path}") from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
