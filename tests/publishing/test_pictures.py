"""Pictures: what they say is what the tables say, and they can be read in every way."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from crawlers.sources import load_sources, shipped_sources
from publishing.pictures.drawing import STEPS, Line, Place, field, map_of_tiles, spans, step
from publishing.pictures.tiles import TILES
from publishing.public import publish
from publishing.site import make_site
from tests.publishing.conftest import NOW, SD1, SD3, new_desk
from tests.publishing.test_site import served


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[etree._Element]:
    folder: Path = tmp_path_factory.mktemp("pictures")
    with new_desk(folder) as desk:
        for number in range(5):
            desk.activity(f"one {number}", source="nlc-news", tags=(SD1, SD3), day=f"2020-1{number % 3}-05")
        desk.activity("old", source="nlk-news", day="2015-03-01")
        desk.activity("undated", source="num-news", day=None)
        publish(desk.conn, folder / "public.db", now=NOW)
    with served(make_site(folder / "public.db")) as client:
        yield etree.HTML(client.get("/pictures").content)


def table(page: etree._Element, number: int) -> dict[str, list[str]]:
    rows = page.findall(".//table")[number].iterfind(".//tr")
    return {"".join(row[0].itertext()): ["".join(cell.itertext()) for cell in row[1:]] for row in rows}


def test_map_tells_active_quiet_and_silent_countries(page: etree._Element) -> None:
    shown = {rect[0].text: rect.get("class") for rect in page.iterfind(".//svg[1]//rect") if len(rect)}
    assert shown["China: 5"] == "s4 active"
    assert shown["Korea, Republic of: 1"].endswith(" quiet") and shown["New Zealand: 0"] == "s0 silent"
    assert table(page, 0) == {"Country": ["Activities", "In the last year"], "China": ["5", "5"], "Japan": ["0", "0"],
                              "Korea, Republic of": ["1", "0"], "Mongolia": ["1", "0"], "Australia": ["0", "0"],
                              "New Zealand": ["0", "0"]}  # fmt: skip
    assert "The last year is the one up to the newest activity, of 5 December 2020." in "".join(page.itertext())
    assert "Silent so far: Japan; Australia; New Zealand." in "".join(page.itertext())
    told = page.find(".//svg[1]/desc").text
    assert told.startswith("6 countries: 1 with an activity in the last year, 2 only before, 3 silent. Most: China 5;")


def test_fields_show_what_their_tables_say(page: etree._Element) -> None:
    assert table(page, 1) == {
        "Country": ["2015 H1", "2020 H2", "no date"],
        "China": ["0", "5", "0"],
        "Korea, Republic of": ["1", "0", "0"],
        "Mongolia": ["0", "0", "1"],
    }
    assert table(page, 2) == {
        "Strategy tag": ["2015", "2020", "no date"],
        "SD1 Strengthen the global voice of libraries": ["1", "5", "1"],
        "SD3 Connect and empower the field": ["0", "5", "0"],
    }
    for svg, number in zip(page.findall(".//svg")[1:], (1, 2), strict=True):
        cells = [text.text for text in svg.iterfind("text") if text.get("class", "").startswith("on")]
        rows = list(table(page, number).values())[1:]
        assert [cell.replace("·", "0") for cell in cells] == [cell for row in rows for cell in row]


def test_every_picture_has_a_title_and_a_description(page: etree._Element) -> None:
    ids = [element.get("id") for element in page.iterfind(".//*[@id]")]
    assert len(ids) == len(set(ids))
    for svg in page.iterfind(".//svg"):
        assert svg.get("role") == "img" and svg.find("title").text and svg.find("desc").text
        assert svg.get("aria-labelledby") == f"{svg.find('title').get('id')} {svg.find('desc').get('id')}"
        assert not [element for element in svg.iter() if element.get("style")]


def test_every_country_of_the_shipped_sub_regions_has_a_tile_of_its_own() -> None:
    countries = {code for region in load_sources(shipped_sources()).regions() for code in region.countries} - {"INT"}
    assert countries <= TILES.keys()
    assert len(set(TILES.values())) == len(TILES)
    assert all(0 <= column < 22 and 0 <= row < 11 for column, row in TILES.values())


@given(st.integers(1, 200_000))
def test_steps_cover_every_number_once(largest: int) -> None:
    bounds = spans(largest)
    assert bounds[0][1] == 1 and bounds[-1][2] == largest
    assert all(later[1] == earlier[2] + 1 for earlier, later in pairwise(bounds))
    for colour, first, last in bounds:
        assert step(first, largest) == step(last, largest) == colour
    assert bounds[-1][0] == STEPS and step(0, largest) == 0


@given(st.text(max_size=50), st.text(min_size=1, max_size=5), st.integers(0, 10**6))
def test_any_name_stays_text(name: str, code: str, number: int) -> None:
    drawn = field("f", name, name, [name], [Line(name, (number,))])
    map_ = map_of_tiles("m", name, name, [Place(code, name, number, 0), Place("XX", name, 0, 0)])
    for picture in (drawn, map_):
        kinds = {element.tag for element in etree.HTML(str(picture)).iter() if isinstance(element.tag, str)}
        assert kinds <= {"html", "body", "svg", "title", "desc", "text", "rect"}


def test_empty_set_has_a_map_of_silent_countries(tmp_path: Path) -> None:
    with new_desk(tmp_path) as desk:
        publish(desk.conn, tmp_path / "public.db", now=NOW)
    with served(make_site(tmp_path / "public.db")) as client:
        answer: httpx.Response = client.get("/pictures")
    assert answer.status_code == 200 and answer.text.count("<svg") == 1
