"""The public site asked by somebody who means no good: nothing fails, nothing private is said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.published import PUBLIC_COLUMNS
from publishing.public import publish
from publishing.site import make_site
from tests.publishing.conftest import NOW, new_desk, plant_private_words
from tests.publishing.test_site import Page, served

SECONDS = 30  # of the client's patience: whatever takes longer is a failed test


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, Path]]:
    """A site over a database whose every private column holds a word with "zq"."""
    folder: Path = tmp_path_factory.mktemp("zq-folder")
    with new_desk(folder) as desk:
        plant_private_words(desk)
        gone = desk.activity("zq-withdrawn")
        publish(desk.conn, folder / "public.db", now=NOW)
        desk.conn.execute("UPDATE items SET state = 'dismissed' WHERE id = ?", (gone,))
        publish(desk.conn, folder / "public.db", now=NOW)
    with served(make_site(folder / "public.db")) as client:
        client.timeout = httpx.Timeout(SECONDS)
        yield client, folder


def get(client: httpx.Client, raw: str) -> httpx.Response:
    return client.get(client.base_url.copy_with(raw_path=raw.encode("ascii", "replace")), follow_redirects=False)


PATHS = (
    *(
        "/",
        "/search",
        "/a/1",
        "/a/3",
        "/country/JP",
        "/tag/IFLA-2019-2024/SD1",
        "/period/2020-H2",
        "/public",
        "/public.json",
    ),
    *("/feed.atom", "/feed.json", "/search.atom", "/search.json", "/country/JP.atom", "/language/en.json"),
    *("/tag/IFLA-2019-2024/SD1.atom", "/a/1.ris", "/a/1.csl.json", "/feed.ris", "/search.csl.json"),
    *(
        "/datapackage.json",
        "/data/activities.csv",
        "/data/sources.json",
        "/events.ics",
        "/country/JP.ics",
        "/reuse",
        "/pictures",
    ),
    *("/sitemap.xml", "/sitemap-0.xml", "/sitemap-1.xml", "/sitemap-999999.xml", "/sources.opml"),
    *("/public/activities", "/public/activities.json", "/public/activities.csv", "/public/activities/1", "/robots.txt"),
    *(
        "/public/sightings.json",
        "/public/withdrawn",
        "/public/terms.csv",
        "/public/activities_fts",
        "/activities.db",
        "/nowhere",
    ),
)
KEYS = (
    *(
        "q",
        "page",
        "_search",
        "_search_title",
        "_search_marks",
        "_searchmode",
        "_fts_table",
        "_fts_pk",
        "_sort",
        "_next",
    ),
    *(
        "_size",
        "_shape",
        "_facet",
        "_facet_array",
        "_facet_size",
        "_col",
        "_nocol",
        "_where",
        "_through",
        "_json",
        "_extra",
    ),
    *(
        "_tag",
        "_labels",
        "_stream",
        "_dl",
        "_header",
        "_nl",
        "_trace",
        "_timelimit",
        "_nocount",
        "_ttl",
        "sql",
        "id",
        "title",
    ),
    *(
        "title__contains",
        "title__like",
        "id__gt",
        "id__in",
        "published_on__date",
        "tags__arraycontains",
        "country__not",
    ),
)
VALUES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "",
            "0",
            "-1",
            "99999999999999999999",
            "1e308",
            "NaN",
            "max",
            "raw",
            "'",
            '"',
            "';--",
            "1=1",
            "select zq from users",
            "activities_fts",
            "users",
            "../../etc/passwd",
            "{}",
            "[",
            '{"table":"sqlite_master","column":"name","value":"x"}',
            "%00",
            "\x00",
            "図" * 300,
            "a " * 400,
            "(" * 200,
            '"' * 301,
            "*" * 99,
            "NEAR(a b)",
            "title:zq",
            "-",
            "date:1000..2999",
            "objects",
            "on",
        ]
    ),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(PATHS), st.lists(st.tuples(st.sampled_from(KEYS), VALUES), max_size=4))
def test_no_question_makes_the_site_fail(
    asked: tuple[httpx.Client, Path], path: str, pairs: list[tuple[str, str]]
) -> None:
    query = "&".join(f"{key}={quote(value.encode('utf-8', 'replace'))}" for key, value in pairs)
    answer = get(asked[0], f"{path}?{query}")
    assert answer.status_code < 500
    assert_nothing_private(answer.text, asked[1], typed=[value for _, value in pairs])


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(
            [
                "/",
                "..",
                "%2e%2e",
                "%2f",
                "a",
                "1",
                "public",
                "activities",
                "users",
                "items",
                "-",
                "-/",
                "%00",
                "~2F",
                ".json",
                ".db",
                "search",
                "country",
                "JP",
                "tag",
                "period",
                "\\",
                "%5c",
                "convenor",
                "_internal",
                "%c0%ae",
                "//",
                ";",
                "%zz",
                "+",
            ]
        ),
        max_size=8,
    )
)
def test_no_path_leads_out_of_the_site(asked: tuple[httpx.Client, Path], parts: list[str]) -> None:
    answer = get(asked[0], "/" + "".join(parts))
    assert answer.status_code < 500
    assert_nothing_private(answer.text, asked[1], typed=parts)


def assert_nothing_private(text: str, folder: Path, typed: list[str]) -> None:
    if not any("zq" in value for value in typed):
        assert "zq" not in text
    assert "tuya" not in text
    assert not re.search(r"/tmp/|/home/|site-packages|[Tt]raceback|convenor-site-|sqlite3\.", text)
    assert folder.name not in text


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/-/versions.json",
            "/-/databases.json",
            "/-/plugins.json",
            "/-/settings.json",
            "/-/config.json",
            "/-/metadata.json",
        ),
        *(
            "/-/threads.json",
            "/-/actor.json",
            "/-/messages",
            "/-/permissions",
            "/-/allow-debug",
            "/-/patterns",
            "/-/logout",
        ),
        *(
            "/-/auth-token",
            "/-/tables.json",
            "/-/schema.json",
            "/-/jump.json",
            "/-/create-token",
            "/-/internal",
            "/.json",
        ),
        *(
            "/_internal",
            "/_internal.json",
            "/_memory",
            "/_memory.json?sql=select+1",
            "/public/-/query.json?sql=select+1",
        ),
        *(
            "/public.db",
            "/public/users",
            "/public/items.json",
            "/public/activities_fts.json",
            "/public/activities_fts_data.json",
        ),
        *("/public/activities_fts_docsize", "/public/activities_fts_idx.csv", "/public/sqlite_master.json"),
        *(
            "/public/activities/1/-/update",
            "/public/activities/-/drop",
            "/public/-/create",
            "/convenor.db",
            "/public/activities.blob",
        ),
        *("/public/activities/1.blob?_blob_column=title", "/-/static/app.css", "/-/static-plugins/x/y", "/public.yaml"),
    ],
)
def test_introspection_is_closed(asked: tuple[httpx.Client, Path], path: str) -> None:
    answer = get(asked[0], path)
    assert answer.status_code in (403, 404), path
    assert_nothing_private(answer.text, asked[1], typed=[])


EXTRAS = (
    "count,facet_results,columns,column_details,query,debug,metadata,render_cell,request,private,extras,database,"
    "table_definition"
)


def links_of(path: str, answer: httpx.Response) -> set[str]:
    """The addresses of this site that a page leads to, those with several questions at once left out."""
    if "html" not in answer.headers.get("content-type", ""):
        return set()
    here = httpx.URL(f"http://here{path}")
    links = {str(here.join(link).copy_with(fragment=None)) for link in Page(answer.text).links()}
    return {link.removeprefix("http://here") for link in links if link.startswith("http://here/") and "&" not in link}


def test_no_page_that_can_be_reached_says_anything_private(asked: tuple[httpx.Client, Path]) -> None:
    client, folder = asked
    tables = [f"/public/{table}.json?_shape=objects&_extra={EXTRAS}" for table in PUBLIC_COLUMNS]
    seen, waiting = set[str](), {"/", "/search?q=public", "/search?q=zz", "/sitemap.xml", "/sitemap-1.xml", *tables}
    while waiting:
        path = waiting.pop()
        seen.add(path)
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert_nothing_private(answer.content.decode("utf-8", "replace"), folder, typed=[])
        assert_nothing_private(str(answer.headers), folder, typed=[])
        waiting |= links_of(path, answer) - seen
    assert {
        "/a/1",
        "/country/JP",
        "/tag/IFLA-2019-2024/SD1",
        "/period/2020-11..2021-02",
        "/activities.db",
        "/search",
        "/feed.atom",
        "/search.json?q=public",
        "/country/JP.atom",
        "/a/1.ris",
        "/a/1.csl.json",
        "/datapackage.json",
        "/data/activities.csv",
        "/events.ics",
        "/sources.opml",
        "/pictures",
    } <= seen


def test_other_ways_to_ask_are_refused(asked: tuple[httpx.Client, Path]) -> None:
    client, _ = asked
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        for path in ("/", "/search", "/a/1", "/public/activities"):
            assert client.request(method, path).status_code == 405
    strange = {
        "x-forwarded-host": "evil.example",
        "host": "evil.example",
        "accept-language": "x" * 5000,
        "range": "bytes=0-1",
    }
    answer = client.get("/a/1", headers=strange)
    assert answer.status_code == 200 and "evil.example" not in answer.text
