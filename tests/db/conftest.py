"""A working database with one source, built by the real migrations."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from db.records import SourceRow, SubRegion
from db.sources import register_sources
from db.vocabularies import register_vocabularies, shipped_vocabularies
from tests.databases import new_database

NOW = datetime(2021, 2, 10, 8, 0, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "convenor.db"


@pytest.fixture
def conn(path: Path) -> Iterator[sqlite3.Connection]:
    """A fresh database that knows one sub-region, one source and the shipped vocabularies."""
    connection = new_database(path)
    regions = [SubRegion("nea", "North East Asia", {"CN": "China", "JP": "Japan"})]
    source = SourceRow(
        "ndl-en", "News", "National Diet Library", "JP", "nea", "en", "list_page", "https://ndl.example/"
    )
    register_sources(connection, [source], regions)
    register_vocabularies(connection, shipped_vocabularies())
    yield connection
    connection.close()
