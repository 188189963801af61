"""Citations and descriptions, read back by the libraries that others read them with."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import extruct
import httpx
import pytest
import rispy
from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
from citeproc.source.json import CiteProcJSON
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, SDO

from db.records import Curation
from publishing.public import publish
from publishing.reuse.citing import csl_item, date_as_known, institution, ris, script
from publishing.reuse.feeds import Feed
from publishing.site import make_site
from tests.publishing.conftest import NOW, SD1, SD3, new_desk
from tests.publishing.test_feeds import SITE
from tests.publishing.test_site import HOSTILE, served

SCHEMA_ORG: Any = SDO  # every term of schema.org, which its type does not say
TITLES = {
    "nlc-news": "国家图书馆举办古籍修复展览",
    "nlk-news": "국립중앙도서관 국제 세미나",
    "num-news": "Номын сангийн өдөр",
    "ndl-en": "国立国会図書館デジタルコレクション",
    "ifla": "Libraries of the islands",
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder: Path = tmp_path_factory.mktemp("citing")
    with new_desk(folder) as desk:
        for source, title in TITLES.items():
            desk.activity(title, source=source, tags=(SD1, SD3))
        desk.mark(1, Curation("impactful", (SD1, SD3), title="An *old* book", impact="Many."))
        desk.conn.execute("UPDATE items SET event_start_on = '2020-12-08', event_end_on = '2020-12-10' WHERE id = 2")
        desk.mark(desk.find(HOSTILE + "</script>", day=None), Curation("impactful", impact=HOSTILE))
        desk.activity("gone")
        publish(desk.conn, folder / "public.db", now=NOW)
        desk.mark(7, Curation(state="dismissed"))
        publish(desk.conn, folder / "public.db", now=NOW)
    with served(make_site(folder / "public.db", address=SITE)) as client:
        yield client


@pytest.mark.parametrize(("id_", "title"), list(enumerate(TITLES.values(), start=1)))
def test_reference_manager_reads_every_language(client: httpx.Client, id_: int, title: str) -> None:
    answer = client.get(f"/a/{id_}.ris")
    (entry,) = rispy.loads(answer.content.decode("utf-8"))
    assert answer.headers["content-type"] == "application/x-research-info-systems; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="activity-{id_}.ris"'
    assert (entry["type_of_reference"], entry["title"], entry["year"]) == ("ELEC", title, "2020")
    (item,) = client.get(f"/a/{id_}.csl.json").json()
    assert (item["title"], item["issued"]) == (title, {"date-parts": [[2020, 12, 1]]})
    assert item["author"] == [{"literal": entry["authors"][0]}]
    assert item["URL"] == entry["urls"][0]


def test_citation_program_words_a_reference_in_every_language(client: httpx.Client) -> None:
    """citeproc, as word processors use it, knows every variable of ours and finds what a reference needs."""
    items = client.get("/feed.csl.json").json()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of a variable or a type that it does not know
        known = CiteProcJSON(items)
    references = CitationStylesBibliography(
        CitationStylesStyle("harvard-cite-them-right", validate=False), known, formatter.plain
    )
    for item in items:
        references.register(Citation([CitationItem(item["id"])]))
    worded = [str(reference) for reference in references.bibliography()]
    for title in TITLES.values():
        (one,) = (reference for reference in worded if title in reference)
        assert "(2020)" in one and "Available at: https://" in one
    assert any(one.startswith("National Library of Korea (2020) ") for one in worded)


def test_citation_is_of_the_original(client: httpx.Client) -> None:
    (entry,) = rispy.loads(client.get("/a/1.ris").text)
    assert entry["authors"] == ["National Library of China"]
    assert (entry["translated_title"], entry["date"], entry["language"]) == ("An old book", "2020/12/01/", "zh-Hans")
    assert entry["keywords"][0] == "China" and entry["notes"] == [f"{SITE}/a/1"]
    (item,) = client.get("/a/1.csl.json").json()
    assert item["note"] == f"In the set: An old book. {SITE}/a/1"
    assert item["container-title"] == "NLC news (国图新闻)"


@pytest.mark.parametrize("path", ["/feed", "/country/JP", "/tag/IFLA-2019-2024/SD1", "/language/mn", "/search"])
def test_lists_are_cited_too(client: httpx.Client, path: str) -> None:
    entries = rispy.loads(client.get(f"{path}.ris?q=tag:SD3").text)
    items = client.get(f"{path}.csl.json?q=tag:SD3").json()
    assert [entry["title"] for entry in entries] == [item["title"] for item in items] != []


def test_withdrawn_activity_is_cited_no_more(client: httpx.Client) -> None:
    assert [client.get(f"/a/{id_}.ris").status_code for id_ in (7, 8)] == [410, 404]


@pytest.mark.parametrize("id_", [1, 2, 3, 4, 5, 6])
def test_page_describes_itself(client: httpx.Client, id_: int) -> None:
    html = client.get(f"/a/{id_}").text
    told = extruct.extract(html, base_url=f"{SITE}/a/{id_}", syntaxes=["json-ld", "dublincore"])
    (article,) = told["json-ld"]
    row = client.get(f"/public/activities/{id_}.json?_shape=objects").json()["rows"][0]
    assert article["@id"] == f"{SITE}/a/{id_}"
    assert article["isBasedOn"]["inLanguage"] == row["language"]
    elements = {one["name"].lower(): one["content"] for one in told["dublincore"][0]["elements"]}
    assert elements["dc.title"] == article["headline"]
    assert elements["dc.source"] == row["url"] and elements["dc.rights"].startswith("https://creativecommons.org/")


def schema(name: str) -> URIRef:
    return URIRef(f"https://schema.org/{name}")


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph")  # by which rdflib itself reads JSON-LD
def test_description_is_linked_data(client: httpx.Client) -> None:
    (article,) = extruct.extract(client.get("/a/2").text, syntaxes=["json-ld"])["json-ld"]
    article["@context"] = {"@vocab": "https://schema.org/"}  # as that address says, which is not reached from here
    graph = Graph().parse(data=json.dumps(article), format="json-ld")
    page = URIRef(f"{SITE}/a/2")
    assert (page, schema("headline"), Literal(TITLES["nlk-news"])) in graph
    event = graph.value(page, schema("about"))
    assert graph.value(event, schema("startDate")) == Literal("2020-12-08")
    assert {str(code) for code in graph.objects(None, schema("termCode"))} == {"SD1", "SD3"}
    assert [name for name in graph.predicates() if name != RDF.type and name not in SCHEMA_ORG] == []
    assert [kind for kind in graph.objects(None, RDF.type) if kind not in SCHEMA_ORG] == []


def test_nothing_in_a_description_ends_its_block(client: httpx.Client) -> None:
    document = etree.HTML(client.get("/a/6").content)
    assert len(document.findall(".//script")) == 1 and document.find(".//main//script") is None
    assert HOSTILE in json.loads(document.find(".//script").text)["headline"]


def test_page_names_what_zotero_reads(client: httpx.Client) -> None:
    document = etree.HTML(client.get("/a/1").content)
    named = {meta.get("name"): meta.get("content") for meta in document.iterfind(".//head/meta[@name]")}
    assert (named["citation_title"], named["citation_author"]) == ("An old book", "National Library of China,")
    assert document.find(".//head/meta[@property='og:type']").get("content") == "website"
    assert (named["citation_publication_date"], named["citation_language"]) == ("2020/12/01", "zh-Hans")
    types = {link.get("type"): link.get("href") for link in document.iterfind(".//head/link[@type]")}
    assert client.get(types["application/x-research-info-systems"]).status_code == 200
    spans = etree.HTML(client.get("/search?q=tag:SD1").content).findall(".//span[@class='Z3988']")
    told = [parse_qs(span.get("title")) for span in spans]
    assert {one["rft.title"][0] for one in told} == set(TITLES.values())
    assert {one["rft_val_fmt"][0] for one in told} == {"info:ofi/fmt:kev:mtx:dc"}
    assert "National Library of Korea," in {one["rft.creator"][0] for one in told}


def row(**changes: Any) -> dict[str, Any]:
    told = {"id": 7, "title": "T", "original_title": "原題", "summary": "S", "impact": None, "url": "https://a.example/",
            "archived_url": None, "country": "JP", "country_name": "Japan", "language": "ja", "source": "A – B – C",
            "published_on": "2020-12-05", "date_precision": "day", "found_on": "2020-12-06"}  # fmt: skip
    return told | changes


@pytest.mark.parametrize(
    ("precision", "day", "known"),
    [("day", "2020-12-05", "2020-12-05"), ("month", "2020-12-01", "2020-12"), ("year", "2020-01-01", "2020"),
     ("none", None, "")],
)  # fmt: skip
def test_date_is_cited_as_exactly_as_it_is_known(precision: str, day: str | None, known: str) -> None:
    told = row(published_on=day, date_precision=precision)
    assert date_as_known(told) == known
    issued = csl_item(SITE, told, ()).get("issued", {"date-parts": [[]]})
    assert "-".join(f"{part:02}" for part in issued["date-parts"][0]) == known  # type: ignore[index]


def test_institution_is_what_stands_before_the_source() -> None:
    assert institution(row()) == "A"
    assert csl_item(SITE, row(), ())["container-title"] == "B – C"


@given(st.text(max_size=60))
def test_any_text_stays_in_its_field(text: str) -> None:
    told = row(title=text, original_title=text, summary=text, source=text)
    feed = Feed(SITE, "", "/", "/a/7", "", "", [told], {})
    (entry,) = rispy.loads(ris(feed).decode("utf-8"))
    assert (entry["urls"], entry["language"]) == (["https://a.example/"], "ja")
    assert "</" not in script({"name": text})[len('<script type="application/ld+json">') : -len("</script>")]
