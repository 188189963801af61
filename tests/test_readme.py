"""What README.md tells people to do works as it stands there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from click import Context
from click.testing import CliRunner

from convenor import main
from crawlers.sources import load_sources

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def commands() -> Iterator[list[str]]:
    for line in "\n".join(blocks("sh")).splitlines():
        words = shlex.split(line)
        if words and words[0] in ("convenor", "cd"):
            yield words


def served(words: list[str]) -> str:
    """The front page of what the command serves, on a free port instead of the usual one."""
    program = [sys.executable, "-m", "convenor", *words[1:], "--port", "0", "--until-eof"]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin and server.stdout
        address = re.search(r"http://\S+", server.stdout.readline())
        assert address is not None
        with urllib.request.urlopen(address.group(), timeout=20) as answer:
            page: str = answer.read().decode()
        server.stdin.close()
        server.wait(timeout=20)
    return page


def test_every_command_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    ran = []
    for words in commands():
        if words[0] == "cd":
            monkeypatch.chdir(words[1])
        elif words[1] in ("desk", "run", "site"):
            assert "<h1" in served(words), words
        elif words[1] != "demo":
            done = CliRunner().invoke(
                main, words[1:], input="Boss\na long password\n" if "init" in words else "a long password\n"
            )
            expected = 1 if words[1:] == ["sources", "check"] else 0  # there is no network here: every source failed
            assert done.exit_code == expected, f"{shlex.join(words)}: {done.output}"
        ran.append(words[1])
    assert {"init", "crawl", "run", "desk", "site", "users", "publish", "report", "sources", "doctor", "backup"} <= set(
        ran
    )


def test_sources_in_the_readme_are_well_formed(tmp_path: Path) -> None:
    for number, block in enumerate(blocks("yaml")):
        path = tmp_path / f"{number}.yaml"
        path.write_text(block, "utf-8")
        assert load_sources(path).sources, yaml.safe_load(block)


def test_every_command_is_described() -> None:
    hidden = {"demo"} - {word for words in commands() for word in words}
    named = {words[1] for words in commands() if words[0] == "convenor"} | {"demo"}
    assert set(main.list_commands(Context(main))) - named - hidden == set()


def test_make_targets_of_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)`", README)) | set(re.findall(r"^make ([a-z-]+)$", README, re.M)) <= targets


def test_pictures_and_files_of_the_readme_exist() -> None:
    linked = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert linked
    assert [name for name in linked if not (ROOT / name).exists()] == []


def test_every_document_is_listed_for_somebody() -> None:
    listed = set(re.findall(r"\]\(([a-z]+\.md)\)", (ROOT / "docs" / "README.md").read_text("utf-8")))
    assert listed == {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
