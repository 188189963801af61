"""Adding a block to a file that people edit."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawlers.source_blocks import add_block, check_is_new, free_id, sub_region_of, with_block
from crawlers.sources import load_sources, shipped_sources
from db.errors import NewsError, SourceError

BLOCK = {
    "id": "new",
    "name": "Новости: # 1",
    "institution": "国家图书馆",
    "country": "NO",
    "sub_region": "asia",
    "language": "mn",
    "kind": "feed",
    "url": "https://library.example/feed?a=1&b=2",
    "options": {"paged": True},
}
HEAD = "sub_regions:\n  asia: {name: Asia, countries: [MN]}\n"
OLD = (
    "{id: old, name: Old, institution: L, country: MN, sub_region: asia, language: mn, kind: feed, url: 'http://a.mn/'}"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sources.yaml"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"# mine\n{HEAD}sources:  # all of them\n  # the first\n  - {OLD}  # good\n", id="list"),
        pytest.param(f"{HEAD}sources:\n- {OLD}\n", id="no indentation"),
        pytest.param(f"{HEAD}sources:\n      - {OLD}\n\n\n# the end\n", id="comment at the end"),
        pytest.param(f"sources:\n  - {OLD}\n\n# where\n{HEAD}", id="another key below"),
        pytest.param(f"{HEAD}sources:\n  - {OLD}", id="no last line break"),
        pytest.param(f"{HEAD}sources: []  # none yet\n", id="empty list"),
        pytest.param(f"{HEAD}sources:\n  - {OLD}\n".replace("\n", "\r\n"), id="line ends of Windows"),
        pytest.param(f"---\n{HEAD}sources:\n  - {OLD}\n...\n", id="end of the document"),
    ],
)
def test_block_is_added_and_nothing_else_changes(path: Path, text: str) -> None:
    path.write_bytes(text.encode())
    before = load_sources(path).sources
    add_block(path, BLOCK, "Found at\nthe usual place.")
    after = load_sources(path).sources
    assert after[:-1] == before
    added = after[-1]
    assert {key: getattr(added, key) for key in BLOCK} == BLOCK
    written = path.read_bytes().decode()
    assert "# Found at the usual place." in written
    kept = [line for line in text.splitlines() if line.strip() and "[]" not in line]
    assert [line for line in written.splitlines() if line in kept] == kept
    assert ("\r\n" in text) == ("\r\n" in written) and written.count("\n") - written.count("\r\n") in (
        0,
        written.count("\n"),
    )


def test_shipped_file_takes_a_block(path: Path) -> None:
    text = shipped_sources().read_text("utf-8")
    path.write_text(text, "utf-8")
    add_block(path, BLOCK | {"sub_region": "south-asia"}, "one more")
    assert path.read_text("utf-8").startswith(text.rstrip("\n"))


@pytest.mark.parametrize(
    ("block", "said"),
    [
        pytest.param(BLOCK | {"id": "old"}, "used twice", id="id twice"),
        pytest.param(BLOCK | {"sub_region": "mars"}, "not one of the sub_regions", id="unknown sub-region"),
        pytest.param(BLOCK | {"country": "Norway"}, "two-letter", id="bad country"),
        pytest.param(BLOCK | {"options": {"pages": 3}}, "no such key", id="unknown option"),
        pytest.param(BLOCK | {"id": "Not An Id"}, "source Not An Id", id="bad id"),
    ],
)
def test_block_that_does_not_load_changes_nothing(path: Path, block: dict[str, object], said: str) -> None:
    path.write_text(f"{HEAD}sources:\n  - {OLD}\n")
    with pytest.raises(SourceError, match=said):
        add_block(path, block, "x")
    assert path.read_text() == f"{HEAD}sources:\n  - {OLD}\n"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("text", [f"{HEAD}sources: [{OLD}]\n", f"{{sub_regions: {{}}, sources: [{OLD}]}}"])
def test_list_on_one_line_is_left_to_its_owner(text: str) -> None:
    with pytest.raises(SourceError, match="by hand"):
        with_block(text, BLOCK, "x")


def test_permissions_and_links_are_kept(path: Path) -> None:
    real = path.with_name("real.yaml")
    real.write_text(f"{HEAD}sources:\n  - {OLD}\n")
    real.chmod(0o640)
    path.symlink_to(real)
    add_block(path, BLOCK, "x")
    assert path.is_symlink() and len(load_sources(real).sources) == 2
    assert real.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("url", "taken", "name"),
    [
        pytest.param("https://www.nl.go.kr/x", set(), "nl-go-kr", id="host"),
        pytest.param("https://www.nl.go.kr/x", {"nl-go-kr", "nl-go-kr-2"}, "nl-go-kr-3", id="taken"),
        pytest.param("http://图书馆.example:8080/", set(), "xn-1jq52s681d-example-8080", id="other letters"),
    ],
)
def test_id_is_made_of_the_host(url: str, taken: set[str], name: str) -> None:
    assert free_id(url, taken) == name


def test_sub_region_is_that_of_the_country() -> None:
    loaded = load_sources(shipped_sources())
    assert (sub_region_of(loaded, "MN"), sub_region_of(loaded, "FR")) == ("north-east-asia", None)


def test_a_file_of_included_lists_alone_gets_its_own_list(path: Path) -> None:
    (path.parent / "more.yaml").write_text(f"sources:\n  - {OLD}\n")
    path.write_text(f"# sources: all of them are included\ninclude: [more.yaml]\n{HEAD}")
    add_block(path, BLOCK, "found")
    assert [source.id for source in load_sources(path).sources] == ["old", "new"]
    assert path.read_text().startswith("# sources: all of them are included\n")


def test_a_file_that_somebody_else_changes_meanwhile_is_left(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text(f"{HEAD}sources:\n  - {OLD}\n")
    changed = path.read_text() + "# theirs\n"

    def check(*_: object) -> None:
        path.write_text(changed)

    monkeypatch.setattr("crawlers.source_blocks._check", check)
    with pytest.raises(SourceError, match="changed by somebody else"):
        add_block(path, BLOCK, "found")
    assert path.read_text() == changed


@pytest.mark.parametrize(
    ("url", "options", "known"),
    [
        pytest.param("http://a.mn/", None, True, id="the same"),
        pytest.param("https://www.a.mn#news", None, True, id="another spelling"),
        pytest.param("http://a.mn/news", None, False, id="another page"),
        pytest.param("http://a.mn/", {"link_pattern": "/x/"}, False, id="another list of the page"),
    ],
)
def test_an_address_that_is_read_already_is_told(
    path: Path, url: str, options: dict[str, object] | None, known: bool
) -> None:
    path.write_text(f"{HEAD}sources:\n  - {OLD}\n")
    if known:
        with pytest.raises(NewsError, match="belongs to the source old"):
            check_is_new(load_sources(path), url, options)
    else:
        check_is_new(load_sources(path), url, options)
