"""Making the desk: a Datasette without any database attached, the plugin, and the private handle."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from datasette.app import Datasette
from datasette.database import Database
from datasette.plugins import pm

from curation import passwords, plugin
from curation.desk import Desk, DeskServices
from db.connect import connect, open_database

SETTINGS = {"default_allow_sql": False, "allow_download": False, "allow_facet": False, "num_sql_threads": 4}


def make_desk(
    db_path: Path,
    *,
    secret: str,
    now: Callable[[], datetime],
    services: DeskServices | None = None,
    base_url: str = "/",
    force_https: bool = False,
) -> Any:
    """A Datasette that serves the desk and nothing else: `.app()` is the ASGI application, `.convenor_desk` the desk.

    StoreError when there is no database or it cannot be used. Keep `secret` the same over restarts, or every session
    ends with one. Serve it from one process: it has one writing thread.
    """
    open_database(db_path).close()
    passwords.be_ready()
    if not pm.is_registered(plugin):
        pm.register(plugin, name=plugin.NAME)
    datasette = Datasette(
        metadata={"allow": False, "plugins": {plugin.NAME: {"desk": True}}},
        template_dir=str(Path(__file__).parent / "templates"),
        settings={**SETTINGS, "base_url": base_url, "force_https_urls": force_https},
        secret=secret,
    )
    database = Database(datasette, path=str(db_path), is_mutable=True)
    database.name = plugin.DATABASE
    datasette.convenor_desk = Desk(datasette, database, now, services or DeskServices())
    return datasette


def close_desk(datasette: Any) -> None:
    """The desk's connections are closed, and all that it wrote stands in the one file; it can no longer be used."""
    database = datasette.convenor_desk.database
    database.close()
    path = Path(database.path)
    if path.exists():  # most of the desk's may only read, and such a one, closed last, leaves the log
        with suppress(sqlite3.DatabaseError):
            connect(path).close()
