"""docs/sources.md tells the truth: each block loads, each kind and each option is described."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crawlers.kinds import KINDS, kind_module
from crawlers.sources import CommonOptions, SourceFile, load_sources

TEXT = (Path(__file__).parent.parent / "docs" / "sources.md").read_text("utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> list[SourceFile]:
    paths = [tmp_path_factory.mktemp("blocks") / f"{number}.yaml" for number in range(len(BLOCKS))]
    for path, block in zip(paths, BLOCKS, strict=True):
        path.write_text(block, "utf-8")
    return [load_sources(path) for path in paths]


def test_every_kind_has_a_block_that_loads(loaded: list[SourceFile]) -> None:
    shown = {rung.kind for file in loaded for source in file.sources for rung in source.rungs}
    assert shown == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_own_section(kind: str) -> None:
    assert f"\n## {kind}\n" in TEXT


def test_every_common_option_is_described() -> None:
    assert [name for name in CommonOptions.__struct_fields__ if f"`{name}`" not in TEXT] == []


def test_every_option_in_the_text_exists() -> None:
    known = {name for kind in KINDS for name in kind_module(kind).Options.__struct_fields__}
    table = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| .* \| .* \|$", TEXT, re.MULTILINE)
    named = {name for row in table for name in re.findall(r"`(\w+)`", row)}
    assert named and named <= known


def test_scripts_are_run_in_one_of_the_blocks(loaded: list[SourceFile]) -> None:
    assert any(source.parsed_options().browser for file in loaded for source in file.sources)
