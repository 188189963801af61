"""sources.yaml: a wrong block stops the run before it starts, naming source and key."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from crawlers.kinds import KINDS, kind_module
from crawlers.sources import CommonOptions, Politeness, Source, load_sources, shipped_sources
from db.errors import SourceError
from db.records import SourceRow, SubRegion

REGIONS = "sub_regions: {asia: {name: Asia, countries: {MN: Mongolia}}}\n"
BLOCK = (
    "  - {id: num, name: News, institution: Library, country: MN, sub_region: asia, language: mn, kind: feed,"
    " url: 'https://library.example/feed'}\n"
)
GOOD = f"{REGIONS}sources:\n{BLOCK}"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "sources.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_good_file_is_loaded(tmp_path: Path) -> None:
    loaded = load_sources(written(tmp_path, GOOD))
    assert loaded.politeness == Politeness()
    assert loaded.regions() == (SubRegion("asia", "Asia", {"MN": "Mongolia"}),)
    expected = SourceRow("num", "News", "Library", "MN", "asia", "mn", "feed", "https://library.example/feed", True)
    assert [source.row() for source in loaded.sources] == [expected]


def test_block_itself_is_the_first_rung(tmp_path: Path) -> None:
    more = "alternatives: [{kind: wordpress, url: 'https://library.example/wp'}], options: {paged: true}}"
    source = load_sources(written(tmp_path, GOOD.replace("feed'}", f"feed', {more}"))).sources[0]
    assert [(rung.kind, rung.url) for rung in source.rungs] == [
        ("feed", "https://library.example/feed"),
        ("wordpress", "https://library.example/wp"),
    ]
    assert [rung.options for rung in source.rungs] == [{"paged": True}, {}]


def test_countries_without_names_take_the_usual_ones(tmp_path: Path) -> None:
    regions = load_sources(written(tmp_path, GOOD.replace("{MN: Mongolia}", "[MN, JP, INT]"))).regions()
    assert regions[0].countries == {"MN": "Mongolia", "JP": "Japan", "INT": "INT"}


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        pytest.param("kind: feed", "kind: fed", "source num key kind: 'fed' is not known; there are: feed", id="kind"),
        pytest.param("country: MN", "country: NO", "source num key country: must be a two-letter", id="Norway"),
        pytest.param("country: MN", "country: Mongolia", "source num key country: must be a two-letter", id="a name"),
        pytest.param("https://", "ftp://", "source num key url: must be a full http or https address", id="scheme"),
        pytest.param("https://library.example", "http://[::1", "source num key url: Invalid IPv6 URL", id="host"),
        pytest.param("name: News, ", "", "source num key name: is required", id="a missing key"),
        pytest.param("name: News", "name: 2021", "source num key name: must be text; put it in quotes", id="a number"),
        pytest.param("name: News", "nam: x, name: News", "source num key nam: is not permitted", id="a slip"),
        pytest.param("id: num, ", "", "source number 1 key id: is required", id="no id"),
        pytest.param("id: num", "id: Num News", "source Num News key id: ", id="an id with capitals"),
        pytest.param("sub_region: asia", "sub_region: asai", "key sub_region: 'asai' is not one of", id="sub-region"),
        pytest.param(
            "feed'}", "feed', options: {page: 1}}", "source num key options.page: is not permitted", id="option"
        ),
        pytest.param(
            "feed'}", "feed', options: [1]}", "source num key options: must be a dictionary", id="options as a list"
        ),
        pytest.param(
            "feed'}",
            "feed', alternatives: [{kind: feed, url: 'https://a.example', options: {x: 1}}]}",
            "source num key alternatives.0.options.x: is not permitted",
            id="an option of an alternative",
        ),
        pytest.param(
            "feed'}",
            "feed', alternatives: [{kind: feed, url: a}]}",
            "num key alternatives.0.url: must",
            id="alternative",
        ),
        pytest.param(BLOCK, BLOCK * 2, "source num key id: this id is used twice", id="the same id twice"),
        pytest.param(BLOCK, "  - num\n", "source number 1: must be a dictionary", id="a block that is a word"),
        pytest.param(f"\n{BLOCK}", " num\n", "sources.yaml key sources: must be a list", id="sources that are a word"),
        pytest.param("{MN: Mongolia}", "{MNG: x}", "key sub_regions.asia.countries", id="country of a sub-region"),
        pytest.param("sub_regions", "subregions", "sources.yaml key sub_regions: is required", id="no sub-regions"),
    ],
)
def test_wrong_file_names_source_and_key(tmp_path: Path, before: str, after: str, message: str) -> None:
    assert before in GOOD
    with pytest.raises(SourceError) as caught:
        load_sources(written(tmp_path, GOOD.replace(before, after, 1)))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "holds no sources: the keys sub_regions and sources are needed", id="empty"),
        pytest.param("- a\n- b", "holds no sources", id="a list"),
        pytest.param("sources: [", "is not valid YAML: while parsing", id="broken"),
        pytest.param("\x00", "is not valid YAML", id="a null byte"),
        pytest.param("politeness: {contact: 'a b'}\n" + GOOD, "key politeness.contact", id="a contact with a space"),
        pytest.param("politeness: {pause: 1}\n" + GOOD, "key politeness.pause: is not permitted", id="a slip"),
        pytest.param("politeness: {pause_seconds: -1}\n" + GOOD, "key politeness.pause_seconds", id="a negative pause"),
    ],
)
def test_wrong_file_is_told(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        load_sources(written(tmp_path, text))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"cannot read .*sources\.yaml"):
        load_sources(tmp_path / "sources.yaml")


def test_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SourceError, match="cannot read"):
        load_sources(path)


def test_shipped_file_is_good() -> None:
    loaded = load_sources(shipped_sources())
    assert len(loaded.sources) >= 6
    assert loaded.politeness.pause_seconds == 2


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_offers_options_and_parse(kind: str) -> None:
    module = kind_module(kind)
    assert issubclass(module.Options, CommonOptions)
    assert callable(module.parse)
    assert module.__doc__


def test_block_cannot_be_changed_later(tmp_path: Path) -> None:
    source: Source = load_sources(written(tmp_path, GOOD)).sources[0]
    with pytest.raises(ValidationError):
        source.url = "https://other.example/"
