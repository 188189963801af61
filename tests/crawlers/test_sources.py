"""sources.yaml: a wrong block stops the run before it starts, naming source and key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from babel import Locale

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


def test_usual_names_of_countries_are_those_of_cldr(tmp_path: Path) -> None:
    names = {code: name for code, name in Locale("en").territories.items() if len(code) == 2}
    regions = load_sources(written(tmp_path, GOOD.replace("{MN: Mongolia}", json.dumps(list(names))))).regions()
    assert regions[0].countries == names


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        pytest.param("kind: feed", "kind: fed", "key kind: 'fed' is not known; there are: bluesky", id="kind"),
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
        pytest.param("sub_regions", "subregions", "sources.yaml key subregions: is not permitted", id="a slip above"),
        pytest.param(REGIONS, "", "sources.yaml key sub_regions: is required", id="no sub-regions"),
        pytest.param("feed'}", "feed', options: {max_pages: 0}}", "options.max_pages: must be at least 1", id="bound"),
        pytest.param("feed'}", "feed', options: {articles: x}}", "options.articles: cannot be 'x'", id="no such word"),
        pytest.param("feed'}", "feed', options: {paged: 2}}", "options.paged: must be true or false", id="no boolean"),
        pytest.param("name: News", "name: '  '", "source num key name: must not be empty", id="an empty name"),
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
    with pytest.raises(AttributeError):
        source.url = "https://other.example/"  # type: ignore[misc]


MORE = """sub_regions: {asia: {name: Other, countries: [JP]}, oceania: {name: Oceania, countries: [NZ]}}
sources:
  - {id: nz, name: News, institution: L, country: NZ, sub_region: oceania, language: en, kind: feed, url: 'http://nz/'}
  - {id: num, name: Other, institution: L, country: MN, sub_region: asia, language: mn, kind: feed, url: 'http://mn/'}
"""


def test_included_file_adds_its_sources_and_the_own_ones_win(tmp_path: Path) -> None:
    (tmp_path / "more.yaml").write_text(MORE, "utf-8")
    loaded = load_sources(written(tmp_path, f"include: [more.yaml]\n{GOOD}"))
    assert [(source.id, source.name) for source in loaded.sources] == [("nz", "News"), ("num", "News")]
    assert [(region.id, region.name) for region in loaded.regions()] == [("asia", "Asia"), ("oceania", "Oceania")]


def test_shipped_list_is_included_by_its_name(tmp_path: Path) -> None:
    own = shipped_sources().read_text("utf-8")
    loaded = load_sources(written(tmp_path, f"include: [asia-oceania]\n{own}"))
    ids = [source.id for source in loaded.sources]
    assert {"jla", "nldsb", "piala"} <= set(ids) and ids[-1] == "ifla" and len(set(ids)) == len(ids)
    assert {source.sub_region for source in loaded.sources} == {region.id for region in loaded.regions()}


@pytest.mark.parametrize(
    ("included", "more", "message"),
    [
        pytest.param("[nowhere]", MORE, "and no shipped list 'nowhere'; there are: asia-oceania", id="no file"),
        pytest.param("more.yaml", MORE, "key include: must be a list of names", id="no list"),
        pytest.param("[more.yaml]", "include: [x]", "may not hold the key 'include'", id="nested"),
        pytest.param("[more.yaml]", "politeness: {}", "may not hold the key 'politeness'", id="politeness"),
        pytest.param("[more.yaml]", "sources: {}", "key sources: must be a list", id="no blocks"),
        pytest.param("[more.yaml]", "sources: [1]", "source number 1: must be a dictionary", id="no block"),
        pytest.param("[more.yaml]", "- a", "more.yaml holds no sources", id="no keys"),
        pytest.param("[more.yaml]", MORE.replace("kind: feed", "kind: fed"), "source nz key kind: 'fed'", id="a block"),
    ],
)
def test_wrong_include_is_named(tmp_path: Path, included: str, more: str, message: str) -> None:
    (tmp_path / "more.yaml").write_text(more, "utf-8")
    with pytest.raises(SourceError) as raised:
        load_sources(written(tmp_path, f"include: {included}\n{GOOD}"))
    assert message in str(raised.value)
