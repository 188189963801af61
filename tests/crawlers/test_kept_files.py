"""What sources.yaml says is read again only when it says something else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from msgspec import json

from crawlers.kept_files import KeptFiles
from crawlers.sources import load_sources, shipped_sources
from db.errors import SourceError


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    path = tmp_path / "sources.yaml"
    path.write_bytes(shipped_sources().read_bytes() + b"include: [asia-oceania]\n")
    return path


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "convenor.db-sources.json"


def names(path: Path, kept: Path) -> set[str]:
    return {source.name for source in load_sources(path, kept=kept).sources}


def renamed(kept: Path) -> None:
    kept.write_bytes(kept.read_bytes().replace(b'"name":"', b'"name":"As it was kept '))


def test_sources_are_the_same_read_from_yaml_and_from_what_was_kept(sources: Path, kept: Path) -> None:
    first = load_sources(sources, kept=kept)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert load_sources(sources, kept=kept) == first == load_sources(sources)


def test_file_that_is_as_it_was_is_not_read_again_and_an_edited_one_is(sources: Path, kept: Path) -> None:
    sources.write_bytes(shipped_sources().read_bytes())
    before = names(sources, kept)
    renamed(kept)
    assert any("As it was kept" in name for name in names(sources, kept))
    sources.write_bytes(sources.read_bytes() + b"# edited\n")
    assert names(sources, kept) == before
    assert b"As it was kept" not in kept.read_bytes()


def test_wrong_list_is_refused_and_not_kept(sources: Path, kept: Path) -> None:
    sources.write_text(sources.read_text("utf-8").replace("kind: list_page", "kind: lost_page"), "utf-8")
    for _ in range(2):
        with pytest.raises(SourceError, match="lost_page"):
            load_sources(sources, kept=kept)
    assert not kept.exists()


@pytest.mark.parametrize("broken", [b"", b"[]", b"{", b'"text"', b"\xff", b"{}"])
def test_broken_keep_does_no_harm(broken: bytes, sources: Path, kept: Path) -> None:
    kept.write_bytes(broken)
    assert load_sources(sources, kept=kept) == load_sources(sources)
    assert len(json.decode(kept.read_bytes())) == 2  # the list and the one that it includes


def test_folder_that_may_not_be_written_does_no_harm(sources: Path, tmp_path: Path) -> None:
    assert load_sources(sources, kept=tmp_path / "nowhere" / "kept.json") == load_sources(sources)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"day": date(2020, 2, 3)}, id="a day"),
        pytest.param({1: "one"}, id="a number as key"),
        pytest.param({"body": b"bytes"}, id="bytes"),
        pytest.param({"some": {"a", "b"}}, id="a set"),
        pytest.param({"none": float("nan")}, id="no number"),
    ],
)
def test_what_json_cannot_say_is_read_each_time(value: object, kept: Path) -> None:
    reads: list[str] = []

    def read(text: str) -> object:
        reads.append(text)
        return value

    for _ in range(2):
        files = KeptFiles(kept)
        assert files.said("text", read) is value
        files.keep()
    assert reads == ["text", "text"]
