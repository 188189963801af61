from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from crawlers.sources import SourceFile, load_sources, shipped_sources
from db.errors import SourceError
from replica.samples import LANGUAGES
from replica.web import HOSTS, ReplicaWeb, UnknownHost

_BLOCK: Mapping[str, Any] = {
    "id": "example",
    "name": "Example news",
    "institution": "Example Library",
    "country": "JP",
    "sub_region": "north-east-asia",
    "language": "en",
    "kind": "list_page",
    "url": "https://library.example/news",
}
_REGIONS = {"north-east-asia": {"name": "North East Asia", "countries": {"JP": "Japan"}}}
_MISSING = object()


def _file(folder: Path, sources: object, **others: object) -> Path:
    path = folder / "sources.yaml"
    path.write_text(yaml.safe_dump({"sub_regions": _REGIONS, "sources": sources, **others}), encoding="utf-8")
    return path


def _block(**changed: object) -> dict[str, object]:
    return {key: value for key, value in {**_BLOCK, **changed}.items() if value is not _MISSING}


@pytest.fixture(scope="module")
def shipped() -> SourceFile:
    return load_sources(shipped_sources())


def test_the_shipped_file_has_the_ten_sources(shipped: SourceFile) -> None:
    assert {source.id: source.language for source in shipped.sources} == LANGUAGES


def test_the_sub_region_of_the_report_keeps_its_order(shipped: SourceFile) -> None:
    region = shipped.regions()[0]
    assert region.name == "North East Asia"
    assert list(region.countries.items()) == [
        ("CN", "China"),
        ("JP", "Japan"),
        ("KP", "Korea, Democratic People's Republic of"),
        ("KR", "Korea, Republic of"),
        ("MN", "Mongolia"),
    ]


def test_countries_are_alphabetic_by_their_printed_names(shipped: SourceFile) -> None:
    for region in shipped.regions():
        names = list(region.countries.values())
        assert names == sorted(names), region.id


def test_no_country_is_in_two_sub_regions(shipped: SourceFile) -> None:
    codes = [code for region in shipped.regions() for code in region.countries]
    assert len(codes) == len(set(codes))


def test_each_source_stands_in_a_sub_region_of_its_country(shipped: SourceFile) -> None:
    regions = {region.id: region.countries for region in shipped.regions()}
    assert all(source.country in regions[source.sub_region] for source in shipped.sources)


def test_the_house_of_the_north_is_asked_once_a_day(shipped: SourceFile) -> None:
    source = next(source for source in shipped.sources if source.id == "gpsh")
    assert source.url.startswith("http://www.gpsh.edu.kp:8080/")
    for rung in source.rungs:
        options = rung.parsed_options()
        assert (options.connect_timeout_seconds, options.timeout_seconds, options.every_hours) == (30, 90, 24)


@pytest.mark.parametrize("source_id", LANGUAGES)
def test_some_rung_of_each_source_is_in_the_replica(source_id: str, shipped: SourceFile, web: ReplicaWeb) -> None:
    source = next(source for source in shipped.sources if source.id == source_id)
    assert any(_status(web, rung.url) == 200 for rung in source.rungs)


def _status(web: ReplicaWeb, url: str) -> int | None:
    try:
        return web.answer("GET", url).status
    except UnknownHost:
        return None


def test_every_site_of_the_replica_is_a_shipped_source(shipped: SourceFile) -> None:
    assert set(HOSTS) <= {rung.url.split("/")[2] for source in shipped.sources for rung in source.rungs}


def test_a_good_block_loads(tmp_path: Path) -> None:
    loaded = load_sources(_file(tmp_path, [_block()]))
    assert loaded.sources[0].row().url == "https://library.example/news"


@pytest.mark.parametrize(
    ("changed", "key", "says"),
    [
        pytest.param({"colour": "red"}, "colour", "not permitted", id="unknown key"),
        pytest.param({"kind": "telepathy"}, "kind", "'telepathy' is not known", id="unknown kind"),
        pytest.param({"url": _MISSING}, "url", "required", id="missing url"),
        pytest.param({"url": "news.html"}, "url", "full http or https address", id="relative url"),
        pytest.param({"url": "file:///etc/passwd"}, "url", "must begin with http or https", id="file url"),
        pytest.param({"country": False}, "country", "two-letter country code", id="Norway read as false"),
        pytest.param({"country": "Japan"}, "country", "two-letter country code", id="country in words"),
        pytest.param({"sub_region": "atlantis"}, "sub_region", "not one of the sub_regions", id="unknown sub-region"),
        pytest.param({"language": "japanisch!"}, "language", "pattern", id="no language code"),
        pytest.param({"options": {"colour": 1}}, "options.colour", "not permitted", id="unknown option"),
        pytest.param({"options": {"max_pages": 0}}, "options.max_pages", "must be at least 1", id="bad option"),
        pytest.param({"options": "none"}, "options", "dictionary", id="options that are no mapping"),
        pytest.param(
            {"alternatives": [{"kind": "list_page"}]}, "alternatives.0.url", "required", id="rung without url"
        ),
        pytest.param(
            {"alternatives": [{"kind": "x", "url": "https://a.example/"}]},
            "alternatives.0.kind",
            "is not known",
            id="rung of unknown kind",
        ),
        pytest.param(
            {"alternatives": [{"kind": "list_page", "url": "https://a.example/", "options": {"x": 1}}]},
            "alternatives.0.options.x",
            "not permitted",
            id="bad option of a rung",
        ),
    ],
)
def test_a_wrong_block_is_named_with_its_key(
    changed: Mapping[str, object], key: str, says: str, tmp_path: Path
) -> None:
    with pytest.raises(SourceError, match=says) as caught:
        load_sources(_file(tmp_path, [_block(id="first"), _block(**changed)]))
    assert caught.value.source_id == "example"
    assert caught.value.key == key
    assert str(caught.value).startswith(f"source example key {key}:")


def test_an_id_used_twice_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="used twice") as caught:
        load_sources(_file(tmp_path, [_block(), _block()]))
    assert (caught.value.source_id, caught.value.key) == ("example", "id")


def test_a_block_without_id_is_named_by_its_place(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        load_sources(_file(tmp_path, [_block(), _block(id=_MISSING)]))
    assert (caught.value.source_id, caught.value.key) == ("number 2", "id")


def test_a_bare_no_in_the_countries_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text("sub_regions: {nordic: {name: Nordic, countries: {NO: Norway}}}\nsources: []\n", encoding="utf-8")
    with pytest.raises(SourceError, match="two-letter country code") as caught:
        load_sources(path)
    assert caught.value.key is not None
    assert caught.value.key.startswith("sub_regions.nordic.countries")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("sources: [", "not valid YAML", id="broken YAML"),
        pytest.param("- a\n- b\n", "holds no sources", id="a list"),
        pytest.param("", "holds no sources", id="empty file"),
        pytest.param("sub_regions: {}\n", "required", id="no sources key"),
        pytest.param("sub_regions: {}\nsources: []\nsecrets: 1\n", "not permitted", id="unknown key of the file"),
        pytest.param(
            "sub_regions: {}\nsources: []\npoliteness: {pause_seconds: -1}", "must be at least 0", id="negative pause"
        ),
    ],
)
def test_a_wrong_file_is_refused(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=says):
        load_sources(path)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"], ids=["no file", "not text"])
def test_a_file_that_cannot_be_read_is_named(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError, match="cannot read"):
        load_sources(path)
