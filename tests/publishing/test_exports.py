"""What programs take away whole: read back by the libraries that others read it with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import frictionless
import httpx
import pytest
from extruct import extract
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from lxml import etree

from crawlers.opml import from_opml
from crawlers.sources import load_sources, shipped_sources
from db import public_exports
from db.published import PUBLIC_COLUMNS
from db.records import Curation, Tag
from publishing.public import publish
from publishing.reuse.calendar import calendar
from publishing.site import make_site
from tests.publishing.conftest import NOW, SD1, SD3, new_desk
from tests.publishing.test_feeds import SITE
from tests.publishing.test_site import HOSTILE, served

SITE_MAP = etree.RelaxNG.from_rnc_string((Path(__file__).with_name("schemas") / "sitemap.rnc").read_text("utf-8"))
EVENT = "UPDATE items SET event_start_on = ?, event_end_on = ? WHERE id = ?"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder: Path = tmp_path_factory.mktemp("exports")
    with new_desk(folder) as desk:
        several = desk.activity(
            "国家图书馆, “古籍”\n修复; 展览" * 4, source="nlc-news", tags=(SD1, Tag("UN-SDG", "SDG4"))
        )
        one = desk.activity("국립중앙도서관 세미나", source="nlk-news", tags=(SD3,))
        desk.activity("Номын сангийн өдөр", source="num-news")
        desk.mark(desk.find(HOSTILE, day=None, summary="=1+1\r\n\r\n-2"), Curation("impactful", impact='@x, "y"'))
        desk.conn.execute(EVENT, ("2020-12-08", "2020-12-10", several))
        desk.conn.execute(EVENT, ("2020-12-31", "2020-12-31", one))
        desk.conn.execute("UPDATE sources SET url = 'https://www.nl.example/?token=x' WHERE id = 'nlk-news'")
        gone = desk.activity("gone")
        publish(desk.conn, folder / "public.db", now=NOW)
        desk.mark(gone, Curation(state="dismissed"))
        publish(desk.conn, folder / "public.db", now=NOW)
    with served(make_site(folder / "public.db", address=SITE)) as client:
        yield client


def test_data_package_is_valid_and_so_are_its_tables(client: httpx.Client, tmp_path: Path) -> None:
    described = client.get("/datapackage.json")
    (tmp_path / "data").mkdir()
    (tmp_path / "datapackage.json").write_bytes(described.content)
    for resource in described.json()["resources"]:
        (tmp_path / resource["path"]).write_bytes(client.get(f"/{resource['path']}").content)
    report = frictionless.validate(str(tmp_path / "datapackage.json"))
    assert report.valid, report.flatten(["title", "rowNumber", "fieldName", "type", "message"])
    package = frictionless.Package(str(tmp_path / "datapackage.json"))
    assert {resource.name for resource in package.resources} == set(PUBLIC_COLUMNS)
    assert described.json()["licenses"][0]["name"] == "CC-BY-4.0"
    rows = {row["id"]: row for row in package.get_resource("activities").read_rows()}
    assert rows[1]["event_end_on"] == date(2020, 12, 10) and rows[4]["published_on"] is None
    assert rows[4]["original_title"] == HOSTILE


@pytest.mark.parametrize("table", PUBLIC_COLUMNS)
def test_every_table_is_given_whole_as_csv_and_json(
    client: httpx.Client, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_exports, "ROWS", 2)  # so that it is read in several steps
    told = client.get(f"/data/{table}.json")
    shown = client.get(f"/public/{table}.json?_shape=array&_size=max").json()
    shown = [{name: row[name] for name in PUBLIC_COLUMNS[table]} for row in shown]  # some come with a rowid
    assert sorted(map(str, told.json())) == sorted(map(str, shown))
    lines = client.get(f"/data/{table}.csv")
    assert lines.text.splitlines()[0].split(",") == list(PUBLIC_COLUMNS[table])
    again = client.get(f"/data/{table}.csv", headers={"if-none-match": lines.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_catalogues_find_the_whole_set(client: httpx.Client) -> None:
    (told,) = extract(client.get("/").text, syntaxes=["json-ld"])["json-ld"]
    assert (told["@type"], told["license"]) == ("Dataset", "https://creativecommons.org/licenses/by/4.0/")
    for download in told["distribution"]:
        answer = client.get(download["contentUrl"].removeprefix(SITE))
        assert answer.status_code == 200


def events(answer: httpx.Response) -> dict[str, Any]:
    told = Calendar.from_ical(answer.content)
    assert told["version"] == "2.0" and told["prodid"]
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))  # RFC 5545, 3.1: octets
    return {str(event["uid"]): event for event in told.walk("VEVENT")}


def test_calendar_program_reads_the_events(client: httpx.Client) -> None:
    found = events(client.get("/events.ics"))
    assert list(found) == ["tag:activities.example.org,2026:/a/1", "tag:activities.example.org,2026:/a/2"]
    first = found["tag:activities.example.org,2026:/a/1"]
    assert (first.decoded("dtstart"), first.decoded("dtend")) == (date(2020, 12, 8), date(2020, 12, 11))
    assert first["summary"].startswith("国家图书馆, “古籍” 修复; 展览")
    assert (first["summary"].params["LANGUAGE"], str(first["url"])) == ("zh-Hans", f"{SITE}/a/1")
    assert first.decoded("dtstamp") == NOW
    assert set(events(client.get("/country/KR.ics"))) == {"tag:activities.example.org,2026:/a/2"}
    assert events(client.get("/country/NZ.ics")) == {}
    assert client.get("/country/XX.ics").status_code == 404


@given(st.text(max_size=80), st.sampled_from(["2020-12-08", "9999-12-31", "0001-01-01", "2020-02-30", "", "x"]))
def test_any_text_gives_a_calendar(text: str, day: str) -> None:
    row = {"id": 7, "title": text, "summary": text, "source": text, "tags": text, "country_name": "Japan",
           "language": "ja", "url": "https://a.example/", "updated_at": "2021-01-01T00:00:00Z",
           "event_start_on": day, "event_end_on": day}  # fmt: skip
    assert len(Calendar.from_ical(calendar(SITE, text or "x", [row])).walk("VEVENT")) <= 1


def test_site_map_names_every_page_that_is_there(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_exports, "ADDRESSES", 3)
    index = etree.fromstring(client.get("/sitemap.xml").content)
    assert SITE_MAP.validate(index), SITE_MAP.error_log
    pages = set()
    for part in index.iterfind(".//{*}loc"):
        document = etree.fromstring(client.get(part.text.removeprefix(SITE)).content)
        assert SITE_MAP.validate(document), SITE_MAP.error_log
        pages |= {location.text for location in document.iterfind(".//{*}loc")}
    assert {f"{SITE}/a/{id_}" for id_ in (1, 2, 3, 4)} < pages and f"{SITE}/a/5" not in pages
    for address in pages:
        assert client.get(address.removeprefix(SITE)).status_code == 200, address
    assert client.get("/sitemap-9.xml").status_code == 404
    assert f"Sitemap: {SITE}/sitemap.xml" in client.get("/robots.txt").text


def test_sources_go_out_as_opml_and_come_back(client: httpx.Client) -> None:
    answer = client.get("/sources.opml")
    told = {outline.url: outline.block for outline in from_opml(answer.content, load_sources(shipped_sources()))}
    assert told["https://www.ndl.example/rss"] is not None
    assert (
        told["https://www.ndl.example/rss"]["kind"] == "feed" and told["https://www.ndl.example/rss"]["country"] == "JP"
    )
    assert set(told) == {
        "https://www.ndl.example/rss",
        "https://www.nlc.example/news",
        "https://nationallibrary.example/",
    }
    assert "NLK 소식" in answer.text and "token" not in answer.text  # it is named, its address is not for everybody


def test_page_of_all_addresses_leads_to_them(client: httpx.Client) -> None:
    document = etree.HTML(client.get("/reuse").content)
    links = [link.get("href") for link in document.iterfind(".//main//a") if link.get("href").startswith("/")]
    assert {"/feed.atom", "/country/KR.ics", "/events.ics", "/datapackage.json", "/sources.opml"} <= set(links)
    for link in links:
        assert client.get(link).status_code == 200, link


def test_address_of_a_source_with_a_login_is_kept(client: httpx.Client) -> None:
    rows = json.loads(client.get("/data/sources.json").content)
    assert {row["name"]: row["url"] is None for row in rows} == {
        "NDL news": False, "NLC news (国图新闻)": False, "NLK 소식": True, "Мэдээ": False}  # fmt: skip
