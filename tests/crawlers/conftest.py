"""A working database and an empty web."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.connect import integrity
from tests.crawlers.small_web import SimulatedTime, SmallWeb
from tests.databases import new_database


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    opened = new_database(tmp_path / "convenor.db")
    yield opened
    assert integrity(opened) == ()
    opened.close()


@pytest.fixture
def web() -> SmallWeb:
    return SmallWeb()


@pytest.fixture
def time() -> SimulatedTime:
    return SimulatedTime()
