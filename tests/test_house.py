"""The project looks at itself: imports flow one way, SQL stays in one room, one way to write."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = {
    "db": {"db"},
    "crawlers": {"crawlers", "db"},
    "curation": {"curation", "db"},
    "publishing": {"publishing", "db"},
    "replica": {"replica"},
}
OURS = {
    *(*ROOMS, "commands"),
    *("adding", "convenor", "demo", "importing", "mailing", "pasting", "service", "tending", "terminal"),
    *("translating", "workplace"),
}


def modules(room: str) -> Iterator[Path]:
    return (ROOT / room).rglob("*.py")


def imported_rooms(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: name the room instead of a relative import"
            names.add(node.module or "")
    return {name.split(".")[0] for name in names} & OURS


@pytest.mark.parametrize("room", ROOMS)
def test_imports_flow_one_way(room: str) -> None:
    wrong = {str(path): extra for path in modules(room) if (extra := imported_rooms(path) - ROOMS[room])}
    assert wrong == {}


def test_sql_stays_in_the_database_room() -> None:
    statement = re.compile(
        r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+(TABLE|INDEX|VIEW))\b"
    )
    found = []
    for room in ("crawlers", "curation", "publishing", "replica"):
        for path in modules(room):
            strings = (n.value for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Constant))
            found += [f"{path}: {text[:60]}" for text in strings if isinstance(text, str) and statement.search(text)]
    assert found == []


def test_every_write_goes_through_the_one_transaction() -> None:
    own = [
        str(path)
        for room in (*ROOMS, ".")
        for path in (modules(room) if room != "." else ROOT.glob("*.py"))
        if path != ROOT / "db" / "connect.py"
        and re.search(r"\.commit\(|BEGIN (IMMEDIATE|DEFERRED)", path.read_text("utf-8"))
    ]
    assert own == []


def test_version_is_told_once() -> None:
    import tomllib

    from crawlers import VERSION

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == VERSION
    assert f"## {VERSION}" in (ROOT / "CHANGELOG.md").read_text("utf-8")
