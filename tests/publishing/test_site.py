"""The public site over loopback: what it shows, what it refuses, and how it takes over a new build."""

from __future__ import annotations

import hashlib
import logging
import re
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from db.errors import StoreError
from db.records import Curation, Tag
from publishing.public import publish
from publishing.site import SwappingSite, make_site
from tests.publishing.conftest import NOW, SD1, SD3, Desk, new_desk
from workplace import listen

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
PAGES = ("/", "/public", "/public/activities", "/public/activities?_tag=SD1", "/public/terms", "/public/countries")


@contextmanager
def served(site: SwappingSite) -> Iterator[httpx.Client]:
    """The site answers on loopback, served as `convenor site` does."""
    server = uvicorn.Server(uvicorn.Config(site, log_level="warning", lifespan="on", ws="none"))
    listener = listen("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=30) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the sites of this test keep their private copies."""
    folder = tmp_path / "copies"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def copies_in(folder: Path) -> list[Path]:
    return list(folder.glob("convenor-site-*"))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A public database with activities in four languages, one of them hostile."""
    folder = tmp_path_factory.mktemp("filled")
    with new_desk(folder) as desk:
        item = desk.find(
            "国家图书馆举办展览", source="nlc-news", day="2020-12-05", summary="介绍*古籍*修复。\n\n第二段。"
        )
        desk.mark(item, Curation("impactful", (SD1, SD3), impact="Reached <b>many</b>."))
        desk.activity("국립중앙도서관 세미나", source="nlk-news", tags=(SD3,), day="2021-01-20")
        desk.activity("Номын сангийн өдөр", source="num-news", tags=(Tag("UN-SDG", "SDG4"),), day=None)
        desk.mark(desk.find(HOSTILE, summary=HOSTILE), Curation("impactful", impact=HOSTILE))
        publish(desk.conn, folder / "public.db", now=NOW)
    return folder / "public.db"


@pytest.fixture(scope="module")
def client(filled: Path) -> Iterator[httpx.Client]:
    with served(make_site(filled)) as client:
        yield client


class Page(HTMLParser):
    """The tags of a page with their attributes, and its visible words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def links(self) -> list[str]:
        return [attrs["href"] or "" for tag, attrs in self.tags if tag in ("a", "link")]


def facet(answer: Any, name: str) -> dict[str, int]:
    """Value → count. Datasette 1.0 wraps the facets once more than 0.65."""
    facets = answer["facet_results"].get("results", answer["facet_results"])
    return {value["value"]: value["count"] for value in facets[name]["results"]}


def test_lists_are_counted_by_country_tag_period_source_and_language(client: httpx.Client) -> None:
    answer = client.get("/public/activities.json?_extra=facet_results").json()
    assert facet(answer, "country_name") == {"China": 1, "Japan": 1, "Korea, Republic of": 1, "Mongolia": 1}
    assert facet(answer, "tags") == {"IFLA-2019-2024:SD3": 2, "IFLA-2019-2024:SD1": 1, "UN-SDG:SDG4": 1}
    assert facet(answer, "period") == {"2020 H2": 2, "2021 H1": 1}
    assert set(facet(answer, "language")) == {"zh-Hans", "ko", "mn", "en"}
    words = Page(client.get("/public/activities").text).words
    assert "SD3 Connect and empower the field" in words and "Chinese (Simplified)" in words
    assert "July – December 2020" in words


@pytest.mark.parametrize(
    ("query", "count"),
    [
        pytest.param("_tag=SD3", 2, id="code of any strategy"),
        pytest.param("_tag=IFLA-2019-2024:SD3", 2, id="code of one strategy"),
        pytest.param("_tag=IFLA-2016-2021:SD3", 0, id="same code of another strategy"),
        pytest.param("_tag=SD3&_tag=SD1", 1, id="two tags"),
        pytest.param("_tag=SD3&country_name=Korea,+Republic+of", 1, id="tag and country"),
        pytest.param("_tag=%27)--", 0, id="no such tag"),
        pytest.param("title__contains=세미나", 1, id="words of a title"),
    ],
)
def test_list_can_be_narrowed(client: httpx.Client, query: str, count: int) -> None:
    assert len(client.get(f"/public/activities.json?_shape=array&{query}").json()) == count
    words = Page(client.get(f"/public/activities?{query}").text).words
    assert re.findall(r"(\d+)\s+activit(?:y|ies), newest", words) == [str(count)]


def test_tag_counts_follow_what_is_chosen(client: httpx.Client) -> None:
    answer = client.get("/public/activities.json?country_name=China&_extra=facet_results").json()
    assert facet(answer, "tags") == {"IFLA-2019-2024:SD1": 1, "IFLA-2019-2024:SD3": 1}


@pytest.mark.parametrize(
    "query",
    ["", "country_name=China", "_tag=SD3", "_tag=IFLA-2019-2024:SD3&_tag=SD1", "_tag=SD3&period=2020+H2", "language=xx",
     "country_name=China&country_name=Japan", "source=", "_facet_size=max&_size=1", "_search=図書館+OR+세미나",
     "_search=展览&_tag=SD3&country_name=China", "_search=-country:JP", "_search=%22", "_search="],
)  # fmt: skip
def test_counts_kept_with_the_file_are_those_of_its_rows(client: httpx.Client, query: str) -> None:
    """Where nothing else narrows a list no row is read for its counts; a condition that is always met has them read."""
    path = f"/public/activities.json?_extra=facet_results&{query}"
    kept, read = (client.get(f"{path}{more}").json() for more in ("", "&title__not=no+such+title"))
    for name in ("country_name", "tags", "period", "source", "language"):
        assert facet(kept, name) == facet(read, name)


def test_chosen_facet_can_be_taken_back(client: httpx.Client) -> None:
    page = Page(client.get("/public/activities?_tag=IFLA-2019-2024:SD3&country_name=China").text)
    removed = [attrs["href"] for tag, attrs in page.tags if (attrs.get("aria-label") or "").startswith("Remove")]
    assert removed == ["?_tag=IFLA-2019-2024%3ASD3", "?country_name=China"]


def test_data_is_given_as_json_and_csv(client: httpx.Client) -> None:
    rows = client.get("/public/activities.json?_shape=array").json()
    assert [row["title"] for row in rows][:2] == ["국립중앙도서관 세미나", "国家图书馆举办展览"]
    lines = client.get("/public/activities.csv?_stream=1").text.splitlines()
    assert lines[0].startswith("id,title,country_name,published_on")
    assert client.get("/public/terms/IFLA-2019-2024,SD1.json?_shape=array").json()[0]["code"] == "SD1"


def test_whole_file_is_offered(client: httpx.Client, filled: Path) -> None:
    answer = client.get("/activities.db")
    assert hashlib.sha256(answer.content).digest() == hashlib.sha256(filled.read_bytes()).digest()
    assert 'filename="library-activities-asia-oceania-2021-02-10.db"' in answer.headers["content-disposition"]


def test_activity_page_reads_well(client: httpx.Client) -> None:
    html = client.get("/public/activities/1").text
    assert '<h1 lang="zh-Hans"><bdi>国家图书馆举办展览</bdi></h1>' in html
    assert '<p lang="zh">介绍<em>古籍</em>修复。</p>' in html
    assert "Reached &lt;b&gt;many&lt;/b&gt;." in html
    words = " ".join(Page(html).words.split())
    assert "5 December 2020" in words and "SD1 Strengthen the global voice of libraries" in words
    assert "National Library of China – NLC news (国图新闻)" in words
    out = [attrs for tag, attrs in Page(html).tags if attrs.get("href") == "https://nlc-news.example/1"]
    assert out and all("noopener" in (attrs["rel"] or "") for attrs in out)


def test_hostile_text_stays_text(client: httpx.Client) -> None:
    for path in (*PAGES, "/public/activities/4", f"/public/activities?title__contains={HOSTILE}"):
        page = Page(client.get(path).text)
        tags = {tag for tag, named in page.tags if named.get("type") != "application/ld+json"}  # data, never run
        assert not {"script", "img", "iframe", "b"} & {tag for tag in tags if tag != "b" or HOSTILE in path}
        assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]
        assert all(re.match(r"https?://|/|#|\?", link) for link in page.links()), path


def test_no_page_needs_another_host(client: httpx.Client) -> None:
    for path in PAGES:
        for tag, attrs in Page(client.get(path).text).tags:
            source = attrs.get("src") or (attrs.get("href") if attrs.get("rel") in ("stylesheet", "icon") else None)
            assert source is None or source.startswith("/-/assets/"), (path, tag)


@pytest.mark.parametrize(
    "path",
    [
        *("/-/versions", "/-/databases.json", "/-/threads.json", "/-/settings.json", "/-/plugins.json?all=1"),
        *("/-/metadata.json", "/-/config.json", "/-/actor.json", "/_memory", "/_internal/databases.json", "/.json"),
        *("/public/sqlite_master.json", "/public/sqlite_stat1.json", "/public.db", "/-/static/table.js"),
        *("/public/nothing", "/public/-/query?sql=select+1", "/public/activities/-/insert", "/%2e%2e/x"),
        *("/public/activities/999999", "/public/activities/999999.json", "//evil.example/"),
    ],
)
def test_what_is_not_for_the_public_is_refused_without_a_word_of_the_machine(client: httpx.Client, path: str) -> None:
    answer = client.get(client.base_url.copy_with(raw_path=path.encode()))
    assert answer.status_code in (403, 404)
    assert not re.search(r"/tmp|/home|\.py|[Tt]raceback|sqlite|convenor-site", answer.text)


def test_question_in_sql_is_not_heard(client: httpx.Client) -> None:
    for path in ("/public", "/public.json"):
        answer = client.get(f"{path}?sql=select+*+from+sqlite_master")
        assert answer.status_code == 200
        assert "CREATE TABLE" not in answer.text


@pytest.mark.parametrize(
    "query",
    [
        *("_sort=nothing", "_sort=id&_sort_desc=id", "_size=-1", "_size=x", "_size=99999", "_timelimit=x"),
        *("_next=x,y,z,w", "_facet=nothing", "_facet={", "_facet_array=title", "_facet_size=x", "_col=nothing"),
        *("_where=1=1", "nothing=1", "title__nothing=1", "_tag=", "id__in=[", "_nofacet=1&_shape=nothing"),
        *("_through={}", "_search=x", "_labels=x", "title__contains=" + "x" * 5000, "_trace=1", "_context=1"),
    ],
)
def test_strange_addresses_are_answered_without_a_failure(client: httpx.Client, query: str) -> None:
    for path in ("/public/activities", "/public/activities.json", "/public/activities.csv", "/public/activities/1"):
        answer = client.get(f"{path}?{query}")
        assert answer.status_code in (200, 302, 400, 403, 404), path
        assert not re.search(r"/tmp|/home|[Tt]raceback", answer.text)


def test_nobody_is_told_apart(client: httpx.Client) -> None:
    for path in (*PAGES, "/nowhere", "/public/activities.json", "/robots.txt", "/-/assets/style.css"):
        answer = client.get(path, headers={"cookie": "ds_actor=x", "authorization": "Bearer x"})
        assert "set-cookie" not in answer.headers
        assert "private" not in answer.headers["cache-control"]
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.post("/public/activities", data={"a": "b"}).status_code == 405


def test_empty_set_says_on_every_page_what_will_come(desk: Desk, out: Path) -> None:
    publish(desk.conn, out, now=NOW)
    with served(make_site(out)) as client:
        for path in ("/", "/public/activities", "/search?q=library", "/pictures"):
            assert "Nothing is published at present" in client.get(path).text, path
        assert "By country" not in client.get("/reuse").text
        assert [client.get(path).status_code for path in PAGES] == [200] * len(PAGES)


def test_pages_show_every_activity_once(desk: Desk, out: Path) -> None:
    days = [f"2020-12-{1 + number % 7:02}" if number % 5 else None for number in range(45)]
    ids = [desk.activity(f"n{number}", day=day) for number, day in enumerate(days)]
    publish(desk.conn, out, now=NOW)
    seen, path = [], "/public/activities"
    with served(make_site(out)) as client:
        while path:
            page = Page(client.get(path).text)
            seen += [int(found[1]) for link in page.links() if (found := re.fullmatch(r"/a/(\d+)", link))]
            path = next((attrs["href"] or "" for tag, attrs in page.tags if attrs.get("rel") == "next"), "")
    assert sorted(seen) == ids
    assert [days[number - 1] or "" for number in seen] == sorted((day or "" for day in days), reverse=True)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda path: None, id="missing"),
        pytest.param(lambda path: path.write_bytes(b"no database at all" * 100), id="no database"),
        pytest.param(lambda path: path.touch(), id="empty file"),
        pytest.param(
            lambda path: sqlite3.connect(path).execute("CREATE TABLE users (a)").connection.close(), id="other"
        ),
    ],
)
def test_only_a_public_database_is_served(out: Path, copies: Path, make: Any) -> None:
    make(out)
    with pytest.raises(StoreError, match="public database"):
        make_site(out)
    assert copies_in(copies) == []


def test_build_of_another_version_is_told_from_a_damaged_one(desk: Desk, out: Path) -> None:
    publish(desk.conn, out, now=NOW)
    out.chmod(0o644)
    with closing(sqlite3.connect(out)) as conn:
        conn.execute("DROP TABLE tallied")
    with pytest.raises(StoreError, match=r"another version of convenor; make it anew with `convenor publish`"):
        make_site(out)


def rebuild(desk: Desk, out: Path, number: int) -> str:
    """Build `number` holds as many activities, each named after it; its fingerprint."""
    desk.activity("another")
    desk.conn.execute("UPDATE items SET edited_title = ?", (f"build {number}",))
    return publish(desk.conn, out, now=NOW).fingerprint


def inconsistency(path: str, answer: httpx.Response) -> str:
    """What is wrong with an answer that should show one build; empty when nothing is."""
    if answer.status_code != 200:
        return f"{path} answered {answer.status_code}"
    builds = {int(number) for number in re.findall(r"build (\d+)", answer.text)}
    if len(builds) != 1:
        return f"{path} mixed {builds}"
    if "facet_results" in path:
        counted = sum(facet(answer.json(), "country_name").values())
        return "" if builds == {counted} else f"{path} counts {counted} in build {builds}"
    counts = re.search(r"(\d+)\s+activit", answer.text)
    shown = int(counts[1]) if counts else answer.text.count('"title": ') or min(builds)
    return "" if builds == {shown} else f"{path} counts {shown} in build {builds}"


def test_new_builds_are_taken_over_without_a_failed_or_mixed_answer(desk: Desk, out: Path, copies: Path) -> None:
    rebuild(desk, out, 1)
    done, asked, wrong = threading.Event(), [0], list[str]()
    pages = (
        *("/", "/public/activities", "/public/activities.json?_shape=array", "/public/activities/1", "/a/1"),
        *(
            "/search?q=another",
            "/search?q=tag:SD1",
            "/public/activities?_search=another",
            "/country/JP",
            "/period/2020-H2",
        ),
        *("/public/activities.json?_shape=array&_search=another", "/tag/IFLA-2019-2024/SD1", "/feed.atom"),
        "/public/activities.json?_shape=objects&_extra=facet_results",
    )

    def ask(client: httpx.Client) -> None:
        while not done.is_set():
            for path in pages:
                if found := inconsistency(path, client.get(path)):
                    wrong.append(found)
                asked[0] += 1

    with served(make_site(out, look_every_seconds=0.02)) as client:
        threads = [threading.Thread(target=ask, args=(client,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            for number in range(2, 12):
                fingerprint = rebuild(desk, out, number)
                while fingerprint not in client.get("/public/about.json").text and not wrong:
                    assert len(copies_in(copies)) <= 4
        finally:
            done.set()
            for thread in threads:
                thread.join()
    assert wrong == []
    assert asked[0] > 20
    assert copies_in(copies) == []


def test_old_builds_leave_no_thread_behind(desk: Desk, out: Path) -> None:
    rebuild(desk, out, 1)
    with served(make_site(out, look_every_seconds=0.01)) as client:
        counts = []
        for number in range(2, 6):
            fingerprint = rebuild(desk, out, number)
            while fingerprint not in client.get("/public/about.json").text:
                pass
            counts.append(threading.active_count())
    assert max(counts[1:]) <= counts[0] + 5  # the newest one's own threads come as requests do


def test_broken_or_missing_build_keeps_the_old_one(desk: Desk, out: Path, caplog: pytest.LogCaptureFixture) -> None:
    rebuild(desk, out, 1)
    sound = out.read_bytes()
    with served(make_site(out, look_every_seconds=0.01)) as client, caplog.at_level(logging.WARNING):
        for content in (sound[:6000], b"no database", None):
            out.unlink()
            if content is not None:
                out.write_bytes(content)
            known = len(caplog.records)
            while len(caplog.records) == known:
                assert "build 1" in client.get("/").text
        again = len(caplog.records)
        for _ in range(20):
            assert "build 1" in client.get("/public/activities").text
        assert len(caplog.records) == again
        fingerprint = rebuild(desk, out, 2)
        while fingerprint not in client.get("/public/about.json").text:
            pass
        assert "build 2" in client.get("/").text


def test_copies_of_dead_processes_are_cleared(filled: Path, copies: Path) -> None:
    left = copies / "convenor-site-left"
    left.mkdir()
    (left / "public.db").write_bytes(b"x")
    with served(make_site(filled)):
        assert len(copies_in(copies)) == 1
        with served(make_site(filled)) as second:
            assert len(copies_in(copies)) == 2
            assert second.get("/").status_code == 200


def test_download_that_began_before_the_swap_is_whole(desk: Desk, out: Path) -> None:
    rebuild(desk, out, 1)
    first = out.read_bytes()
    with served(make_site(out, look_every_seconds=0.01)) as client, client.stream("GET", "/activities.db") as answer:
        fingerprint = rebuild(desk, out, 2)
        while fingerprint not in client.get("/public/about.json").text:
            pass
        assert answer.read() == first


def test_another_datasette_in_the_process_stays_as_it_is(filled: Path) -> None:
    import asyncio

    from datasette.app import Datasette

    async def ask(path: str) -> httpx.Response:
        answer: httpx.Response = await Datasette([str(filled)]).client.get(path)
        return answer

    with served(make_site(filled)) as client:
        assert client.get("/activities.db").status_code == 200
    assert asyncio.run(ask("/activities.db")).status_code == 404
    assert "IFLA-2019-2024:SD3" not in asyncio.run(ask("/public/activities.json?_extra=facet_results")).text
