"""The site's own pages: search, one activity and its address for ever, a country, a tag, a period."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from db.records import Curation, Tag
from publishing.public import publish
from publishing.site import make_site
from tests.publishing.conftest import NOW, SD1, SD3, new_desk
from tests.publishing.test_site import HOSTILE, Page, served

MERGED, GONE, NEVER = 8, 9, 10


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder: Path = tmp_path_factory.mktemp("pages")
    with new_desk(folder) as desk:
        item = desk.find("国家图书馆举办古籍修复展览", source="nlc-news", day="2020-12-05", summary="介绍*古籍*。")
        said = Curation("impactful", (SD1, SD3), title="Exhibition of ancient books", impact="Two *million*.")
        desk.mark(item, said)
        desk.activity("国立国会図書館、デジタルコレクション", day="2020-11-12")
        desk.activity("국립중앙도서관 세미나", source="nlk-news", tags=(SD3,), day="2021-01-20")
        desk.activity("Номын сангийн үзэсгэлэн", source="num-news", tags=(SD3, Tag("UN-SDG", "SDG4")), day=None)
        desk.mark(desk.find(HOSTILE, summary=f"図書館 {HOSTILE}"), Curation("impactful", impact=HOSTILE))
        desk.activity("IFLA trend report", source="ifla", day="2021-02-01")
        desk.mark(desk.find("The NLC at work", summary="Library of libraries"), Curation("impactful", (SD1,)))
        assert [desk.activity("一"), desk.activity("secret"), desk.find("never")] == [MERGED, GONE, NEVER]
        for number in range(25):
            desk.activity(f"Reading day {number}", source="ifla", day=f"2021-01-{number + 1:02}")
        publish(desk.conn, folder / "public.db", now=NOW)
        desk.conn.execute("UPDATE items SET duplicate_of = 2 WHERE id = ?", (MERGED,))
        desk.mark(GONE, Curation(state="dismissed"))
        desk.conn.execute(
            "INSERT INTO item_addresses VALUES ('seen', 'ifla', 2, 'https://ifla.example/seen', '2020-11-13', '')"
        )
        publish(desk.conn, folder / "public.db", now=NOW + timedelta(days=2))
    with served(make_site(folder / "public.db")) as client:
        yield client


def found(client: httpx.Client, typed: str, **more: object) -> list[int]:
    page = Page(client.get("/search", params={"q": typed, **more}).text)  # type: ignore[dict-item]
    return [int(match[1]) for link in page.links() if (match := re.fullmatch(r"/a/(\d+)", link))]


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        pytest.param("図書館", {1, 2, 5}, id="three spellings"),
        pytest.param("圖書館 -国会", {1, 5}, id="minus"),
        pytest.param("도서", {3}, id="two characters"),
        pytest.param("сан", {4}, id="ending"),
        pytest.param("NLC", {1, 7}, id="name of an institution"),
        pytest.param("tag:SD3 country:KR", {3}, id="fields"),
        pytest.param("country:mongolia", {4}, id="name of a country"),
        pytest.param("date:2020-11", {2}, id="date"),
        pytest.param("source:NDL lang:en 図書", {2, 5}, id="source and language"),
        pytest.param('"trend report"', {6}, id="phrase"),
        pytest.param("-tag:SD1 -tag:SD3", {5}, id="only what is not wanted"),
        pytest.param("!!!", set(), id="nothing to look for"),
        pytest.param("exhibiton", {1}, id="mistyped"),
        pytest.param("million", {1}, id="impact"),
        pytest.param("secret", set(), id="withdrawn"),
        pytest.param("state:new", set(), id="no field of the site"),
    ],
)
def test_search_finds(client: httpx.Client, typed: str, ids: set[int]) -> None:
    assert set(found(client, typed)) == ids
    if typed != "exhibiton":
        rows = client.get("/public/activities.json", params={"_search": typed, "_shape": "array"}).json()
        assert {row["id"] for row in rows} == ids


def test_title_counts_more_than_text(client: httpx.Client) -> None:
    assert found(client, "图书馆")[-1] == 5


def test_found_words_are_marked_as_they_are_written(client: httpx.Client) -> None:
    html = client.get("/search", params={"q": "圖書館"}).text
    assert "国立国会<mark>図書館</mark>" in html and "国家<mark>图书馆</mark>" in html
    assert "<script>" not in html and "&lt;script&gt;" in html
    assert "<mark>Exhibition</mark>" in client.get("/search", params={"q": "exhibiton"}).text
    assert "<mark>図書館</mark>" in client.get("/public/activities", params={"_search": "图书馆"}).text


def test_what_is_typed_stays_text(client: httpx.Client) -> None:
    for path in ("/search?q=", "/public/activities?_search="):
        page = Page(client.get(f"{path}{HOSTILE}").text)
        assert not {"script", "img"} & {tag for tag, _ in page.tags}


def test_results_are_turned_page_by_page(client: httpx.Client) -> None:
    pages = [found(client, "reading", page=number) for number in (1, 2)]
    assert [len(page) for page in pages] == [20, 5]
    assert len({*pages[0], *pages[1]}) == 25
    assert found(client, "reading", page=99) == pages[1]
    assert found(client, "reading", page="x") == pages[0]


def test_activity_page_holds_everything(client: httpx.Client) -> None:
    answer = client.get("/a/1")
    words = " ".join(Page(answer.text).words.split())
    for part in (
        "Exhibition of ancient books",
        "国家图书馆举办古籍修复展览",
        "介绍古籍。",
        "Two million.",
        "SD1 Strengthen",
        "China",
        "July – December 2020",
        "First seen at its source on 10 February 2021",
        "marked impactful on 10 February 2021 by a convenor of North East Asia.",
    ):
        assert part in words, part
    assert 'lang="zh-Hans"><bdi>国家图书馆' in answer.text
    assert '<link rel="canonical" href="/a/1">' in answer.text
    assert '<link rel="canonical" href="/a/1">' in client.get("/public/activities/1").text
    assert "IFLA – IFLA news, 13 November 2020" in " ".join(Page(client.get("/a/2").text).words.split())
    assert "tuya" not in answer.text


def test_international_is_named_once(client: httpx.Client) -> None:
    words = " ".join(Page(client.get("/a/6").text).words.split())
    assert "International, International" not in words and "by a convenor. How this is made" in words


def test_withdrawn_address_says_so_for_ever(client: httpx.Client) -> None:
    answer = client.get(f"/a/{GONE}")
    assert answer.status_code == 410
    assert "was withdrawn" in answer.text and "12 February 2021" in answer.text
    assert "secret" not in answer.text


def test_address_of_what_was_folded_leads_on(client: httpx.Client) -> None:
    answer = client.get(f"/a/{MERGED}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (301, "/a/2")


@pytest.mark.parametrize(
    "path",
    [
        *(
            f"/a/{NEVER}",
            "/a/0",
            "/a/01",
            "/a/99999999999999999999",
            "/a/1/",
            "/a/x",
            "/a/-1",
            "/country/XX",
            "/country/jp",
        ),
        *(
            "/country/",
            "/tag/UN-SDG/SD1",
            "/tag/SD1",
            "/period/2020",
            "/period/x",
            "/search/",
        ),
    ],
)
def test_other_addresses_are_not_found(client: httpx.Client, path: str) -> None:
    answer = client.get(client.base_url.copy_with(raw_path=path.encode()))
    assert answer.status_code == 404
    assert "There is no such page" in answer.text


@pytest.mark.parametrize(
    ("path", "title", "parts"),
    [
        (
            "/country/CN",
            "China",
            ["North East Asia", "Exhibition of ancient books", "SD3 Connect", "July – December 2020"],
        ),
        ("/country/AU", "Australia", ["No activity has been chosen yet."]),
        (
            "/tag/IFLA-2019-2024/SD3",
            "SD3 Connect and empower the field",
            ["IFLA Strategy 2019-2024", "Korea", "세미나"],
        ),
        ("/period/2021-H1", "January – June 2021", ["All 27 activities", "International 26", "SD1 Strengthen"]),
    ],
)
def test_country_tag_and_period_have_a_page(client: httpx.Client, path: str, title: str, parts: list[str]) -> None:
    answer = client.get(path)
    words = " ".join(Page(answer.text).words.split())
    assert re.search(rf"<h1>\s*{re.escape(title)}\s*</h1>", answer.text)
    assert [part for part in parts if part not in words] == []


def test_headings_of_a_country_tell_what_belongs_to_what(client: httpx.Client) -> None:
    html = client.get("/country/CN").text
    outline = [
        (level, words.split("<")[0]) for level, words in re.findall(r"<h([1-6])[^>]*>(?:<a[^>]*><bdi>)?(.*?)</h", html)
    ]
    assert outline[0] == ("1", "China") and outline[1] == ("2", "Newest")
    assert {level for level, _ in outline[2:-2]} == {"3"}  # the activities
    assert outline[-2:] == [("2", "Strategy tags"), ("2", "Periods")]


def test_page_of_a_country_is_turned_without_a_gap(client: httpx.Client) -> None:
    for path, count in (("/country/INT", 26), ("/tag/IFLA-2019-2024/SD1", 29), ("/country/MN", 1)):
        seen, address = list[int](), path
        while address:
            page = Page(client.get(address).text)
            seen += [int(match[1]) for link in page.links() if (match := re.fullmatch(r"/a/(\d+)", link))]
            address = next((attrs["href"] or "" for tag, attrs in page.tags if attrs.get("rel") == "next"), "")
        rows = client.get("/public/activities.json?_shape=array&_size=max&_col=id").json()
        order = [row["id"] for row in rows if row["id"] in set(seen)]
        assert len(seen) == count and seen == order


@pytest.mark.parametrize("after", ["x", "2021-01-01", "_", "2021-13-45_1", "9999-12-31_0", "_999999999999999", "'_1"])
def test_any_place_in_a_list_can_be_asked_for(client: httpx.Client, after: str) -> None:
    assert client.get("/country/INT", params={"after": after}).status_code == 200


def test_every_title_says_its_language_with_the_original_beside_it(client: httpx.Client) -> None:
    for path in ("/country/CN", "/tag/IFLA-2019-2024/SD3", "/public/activities?country_name=China", "/search?q=古籍"):
        html = client.get(path).text
        title = re.search(r'<h[23] class="title"><a href="/a/1" lang="en"><bdi>(.*?)</bdi>', html)
        original = re.search(r'class="original-title" lang="zh[-\w]*"><bdi>(.*?)</bdi>', html)
        assert title and title[1] == "Exhibition of ancient books", path
        assert original and "国家图书馆举办" in original[1], path
    assert 'lang="ko"><bdi>국립중앙도서관' in client.get("/").text


def test_lists_of_the_data_lead_to_the_pages_of_countries(client: httpx.Client) -> None:
    assert "/country/CN" in Page(client.get("/public/activities?country_name=China").text).links()


def test_tags_say_what_they_mean_and_what_belongs_to_them(client: httpx.Client) -> None:
    goal = "Ensure inclusive and equitable quality education"
    assert goal in client.get("/tag/UN-SDG/SDG4").text and goal in client.get("/a/4").text
    narrower = client.get("/tag/IFLA-2019-2024/3.1").text
    assert 'Belongs to <a href="/tag/IFLA-2019-2024/SD3">' in narrower
    assert "3.1</b> Provide excellent opportunities" in client.get("/tag/IFLA-2019-2024/SD3").text
    assert client.get("/public/terms/UN-SDG,SDG4.json?_shape=array").json()[0]["definition"].startswith(goal)


@pytest.mark.parametrize(
    ("path", "offered"),
    [
        pytest.param("/search?q=reading", True, id="a search"),
        pytest.param("/search?q=zzz", False, id="a search that finds nothing"),
        pytest.param("/search?q=exhibiton", False, id="a search that finds similar words alone"),
        pytest.param("/country/CN", True, id="a country"),
        pytest.param("/country/IN", False, id="a silent country"),
        pytest.param("/public/activities?language=ko", True, id="a list"),
        pytest.param("/public/activities?language=mi", False, id="an empty list"),
    ],
)
def test_only_what_holds_something_is_cited_and_taken_away(client: httpx.Client, path: str, offered: bool) -> None:
    page = client.get(path).text.split("<main")[1].split("</main>")[0]
    assert ("Cite them" in page) is offered and (offered or ">CSV</a>" not in page)
    assert "Subscribe to what is added here" in page
