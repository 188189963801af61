"""Serving the public database with Datasette, and taking over each new build while requests run.

Datasette keeps a file open for ever. So the application that the server knows holds one Datasette over a private copy
of the file; when another file stands at the path, a second Datasette over a second copy is made ready, asked for its
pages, and only then put in the first one's place. Requests that run finish on the build they began with, so none
mixes two.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct

from db.connect import integrity, refusals
from db.errors import StoreError
from db.public_file import is_earlier_build, is_public, open_public
from db.public_pages import file_facts
from publishing.reuse.addresses import site_address
from publishing.site_guard import METHODS, answer_headers, path_to_ask, query_to_ask, request_headers, robots
from publishing.site_settings import DATABASE, METADATA, PLUGIN, SETTINGS

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
T = TypeVar("T")
Identity = tuple[int, int, int]  # inode, time of change, size: another file, or the same one written to

LOG = logging.getLogger("convenor.site")
LOOK_EVERY_SECONDS = 0.5
ADDRESS = "http://127.0.0.1:8002"
MAX_AGE_SECONDS = 2  # of pages that say nothing themselves
_COPIES = "convenor-site-"
_HERE = Path(__file__).parent


def identity_of(path: Path) -> Identity | None:
    """What tells one build from the next; None when there is no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


class Copy(Struct, frozen=True):
    """A private copy of one build, which nobody else writes to or replaces."""

    file: Path
    identity: Identity  # of the file that was copied
    lock: int  # held while the copy is in use; the system lets go of it when the process ends

    def remove(self) -> None:
        """The copy is gone."""
        shutil.rmtree(self.file.parent, ignore_errors=True)
        os.close(self.lock)


def take_copy(path: Path) -> Copy:
    """A checked copy of the public database at `path`; StoreError when there is none, or none that may be shown."""
    identity = identity_of(path)
    if identity is None:
        raise StoreError(f"there is no public database at {path}; make one with `convenor publish`")
    with refusals(path):
        _clear_copies()
        folder = Path(tempfile.mkdtemp(prefix=_COPIES))
        lock = os.open(folder, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        copy = Copy(folder / f"{DATABASE}.db", identity, lock)
        try:
            shutil.copyfile(path, copy.file)
            _check(copy, path)
        except BaseException:
            copy.remove()
            raise
    return copy


def _check(copy: Copy, path: Path) -> None:
    if identity_of(path) != copy.identity:
        raise StoreError(f"{path} was replaced while it was read")
    if is_earlier_build(copy.file) and not is_public(copy.file):
        raise StoreError(f"{path} was made by another version of convenor; make it anew with `convenor publish`")
    if not is_public(copy.file):
        raise StoreError(f"{path} is damaged or is not a public database; make one with `convenor publish`")
    with closing(open_public(copy.file)) as conn:
        if problems := integrity(conn):
            raise StoreError(f"{path} is damaged: {problems[0]}")


def _clear_copies() -> None:
    """The copies of processes that died are gone; those in use are locked."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_COPIES}*"):
        with suppress(OSError):
            lock = os.open(folder, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)


@dataclass(slots=True)
class Serving:
    """One build being served: a Datasette over its own copy, and how many requests still run on it."""

    copy: Copy
    datasette: Any
    ask: Application
    running: int = 0
    retired: bool = False


def _facts_of(copy: Copy) -> dict[str, object]:
    """What Datasette need not find out itself."""
    with closing(open_public(copy.file)) as conn:
        fingerprint, counts = file_facts(conn)
    return {"hash": fingerprint, "size": copy.identity[2], "file": copy.file.name,
            "tables": {table: {"count": count} for table, count in counts.items()}}  # fmt: skip


def _datasette_over(copy: Copy, facts: dict[str, object], address: str) -> Any:
    from datasette.app import Datasette
    from datasette.plugins import pm

    from publishing import site_plugin

    if not pm.is_registered(site_plugin):
        pm.register(site_plugin)
    datasette = Datasette(
        [],
        immutables=[str(copy.file)],
        inspect_data={DATABASE: facts},
        metadata={**METADATA, "plugins": {PLUGIN: {"address": address}}},
        settings=SETTINGS,
        template_dir=str(_HERE / "site_pages"),
        static_mounts=[("-/assets", str(_HERE / "site_assets"))],
        cors=True,
    )
    if not hasattr(datasette, "close"):
        _write_without_thread(datasette)
    return datasette


async def _make_ready(copy: Copy, address: str) -> Serving:
    """The build has answered a page of each kind, so that no reader waits for what is made once; StoreError when it
    does not."""
    from publishing.site_plugin import check_search, page_of_each_kind

    datasette = _datasette_over(copy, await asyncio.to_thread(_facts_of, copy), address)
    serving = Serving(copy, datasette, datasette.app())
    try:
        for path, query in await page_of_each_kind(datasette):
            if (status := await _status_of(serving.ask, path, query)) != 200:
                raise StoreError(f"the new public database cannot be shown: {path} answers {status}")
        await check_search(datasette)
    except BaseException:
        await _close(serving)
        raise
    return serving


async def _status_of(ask: Application, path: str, query: str) -> int:
    status = 0

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)

    await ask(
        {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(b"host", b"localhost")],
            "server": ("localhost", 80),
        },
        receive,
        send,
    )
    return status


async def _close(serving: Serving) -> None:
    """The Datasette has no thread, connection or file any more."""
    from publishing.site_plugin import connections_of

    if hasattr(serving.datasette, "close"):  # Datasette 1.0
        await asyncio.to_thread(serving.datasette.close)
    else:
        await asyncio.to_thread(serving.datasette.executor.shutdown)
        for conn in connections_of(serving.datasette):
            conn.close()
    serving.copy.remove()


def _write_without_thread(datasette: Any) -> None:
    """Datasette 0.65 gives its internal database a thread that ends only with the process; its few writes run here."""
    for database in datasette.databases.values():
        if database.is_memory:
            conn = database.connect(write=True)
            datasette._prepare_connection(conn, database.name)
            database.execute_write_fn = partial(_write, conn)


async def _write(conn: sqlite3.Connection, change: Callable[[sqlite3.Connection], T], block: bool = True) -> T:
    return change(conn)


class SwappingSite:
    """The public site as an ASGI application. Made over a file that must exist; follows it from then on."""

    def __init__(self, path: Path, address: str, look_every_seconds: float) -> None:
        self._path, self._address = path, address
        self._look_every_seconds = look_every_seconds
        self._first: Copy | None = take_copy(path)
        self._serving: Serving | None = None
        self._known: Identity | None = self._first.identity  # the file last taken over, or refused
        self._changing = asyncio.Lock()
        self._watcher: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def start(self) -> None:
        """The first build is ready; nothing more when it was already."""
        async with self._changing:
            if self._serving is None and self._first is not None:
                self._serving, self._first = await _make_ready(self._first, self._address), None

    async def stop(self) -> None:
        """Nothing of the site is left in memory or on disk."""
        if self._watcher is not None:
            self._watcher.cancel()
            with suppress(asyncio.CancelledError):
                await self._watcher
        if self._first is not None:
            self._first.remove()
            self._first = None
        if self._serving is not None:
            await _close(self._serving)
            self._serving = None

    async def refresh(self) -> bool:
        """Whether another build was taken over. One that is missing or not sound is left alone, and said once."""
        await self.start()
        async with self._changing:
            identity = identity_of(self._path)
            if self._serving is None or identity == self._known:
                return False
            self._known = identity
            try:
                new = await _make_ready(await asyncio.to_thread(take_copy, self._path), self._address)
            except StoreError as error:
                LOG.warning("the site stays on the build it has: %s", error)
                return False
            old, self._serving = self._serving, new
            old.retired = True
            if not old.running:
                await _close(old)
            return True

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.start()
                self._watcher = asyncio.create_task(self._watch())
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._look_every_seconds)
            try:
                await self.refresh()
            except Exception:  # a bug in taking over must not end the watching: the next build may be a good one
                LOG.exception("the site stays on the build it has")

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in METHODS:
            return await _say(send, 405, b"Only GET and HEAD are answered here.\n")
        if scope["path"] == "/robots.txt":
            return await _say(send, 200, robots(self._address))
        if self._serving is None:
            await self.start()
        serving = self._serving
        assert serving is not None
        serving.running += 1
        try:
            await serving.ask(_cleared(scope), receive, _guarded(send))
        finally:
            serving.running -= 1
            if serving.retired and not serving.running:
                await _close(serving)


def _cleared(scope: Scope) -> Scope:
    """The request without what is nobody's business here."""
    path = path_to_ask(scope.get("raw_path", scope["path"].encode()).decode("latin-1").partition("?")[0])
    headers = request_headers(scope["headers"])
    query = query_to_ask(scope["query_string"])
    return {**scope, "path": path, "raw_path": path.encode("latin-1"), "query_string": query, "headers": headers}


def _guarded(send: Send) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = answer_headers(map(tuple, message.get("headers", [])), max_age_seconds=MAX_AGE_SECONDS)
            message = {**message, "headers": headers}
        await send(message)

    return guarded


async def _say(send: Send, status: int, text: bytes) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(text))]
    start = {"type": "http.response.start", "status": status, "headers": headers}
    await _guarded(send)(start)
    await send({"type": "http.response.body", "body": text})


def make_site(path: Path, *, address: str = ADDRESS, look_every_seconds: float = LOOK_EVERY_SECONDS) -> SwappingSite:
    """The public site over the file at `path`, which others know by `address`; NewsError when either is not fit."""
    return SwappingSite(path, site_address(address), look_every_seconds)
