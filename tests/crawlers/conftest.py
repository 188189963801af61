"""A working database and an empty web."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.connect import integrity, open_database
from tests.crawlers.small_web import SimulatedTime, SmallWeb


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    opened = open_database(tmp_path / "convenor.db", create=True)
    yield opened
    assert integrity(opened) == ()
    opened.close()


@pytest.fixture
def web() -> SmallWeb:
    return SmallWeb()


@pytest.fixture
def time() -> SimulatedTime:
    return SimulatedTime()
