"""What of Datasette may be asked for, and the headers of every answer."""

from __future__ import annotations

import pytest

from db.published import PUBLIC_COLUMNS
from publishing.site_guard import answer_headers, path_to_ask, query_to_ask, request_headers
from publishing.site_settings import TABLES


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/activities.db",
        "/-/assets/style.css",
        "/public",
        "/public.json",
        *(f"/public/{table}{ending}" for table in PUBLIC_COLUMNS for ending in ("", ".json", ".csv")),
        "/public/activities/12",
        "/public/activities/12.json",
        "/public/terms/IFLA-2019-2024,SD1",
    ],
)
def test_public_pages_are_asked_for(path: str) -> None:
    assert path_to_ask(path) == path


@pytest.mark.parametrize(
    "path",
    [
        *(f"/-/{name}" for name in ("versions", "databases", "threads", "settings", "plugins", "metadata", "config")),
        *(f"/-/{name}.json" for name in ("versions", "databases", "threads", "settings", "plugins", "metadata")),
        *("/-/actor", "/-/auth-token", "/-/logout", "/-/messages", "/-/permissions", "/-/patterns", "/-/allow-debug"),
        *("/_memory", "/_internal", "/_internal/databases.json", "/:memory:", "/.json", "/public.db", "/convenor"),
        *("/public/sqlite_stat1", "/public/sqlite_stat1.json", "/public/sqlite_master", "/public/ACTIVITIES"),
        *("/-/static/app.css", "/-/static-plugins/x/y", "/-/assets/../site.py", "/-/assets/%2e%2e%2fsite.py"),
        *("//evil.example/", "/public/", "/public//", "/public/activities/1/2", "/%70ublic", "/public\n", ""),
    ],
)
def test_everything_else_is_nowhere(path: str) -> None:
    assert path_to_ask(path) in ("/nowhere", "/nowhere.json")


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        pytest.param(b"country_name=Korea,+Republic+of&_tag=SD1", None, id="filters stay as written"),
        pytest.param("title__contains=図書".encode(), None, id="other scripts"),
        pytest.param(b"_facet=sub_region&_facet_size=max", None, id="a facet"),
        pytest.param("a=図&_trace=1".encode(), b"a=%E5%9B%B3", id="no look inside"),
        pytest.param(b"_facet={&_facet=title&_facet_array=title&_facet_m2m=x&a=%2B", b"a=%2B", id="no such facet"),
    ],
)
def test_query_asks_only_for_what_there_is(query: bytes, asked: bytes | None) -> None:
    assert query_to_ask(query) == (query if asked is None else asked)


def test_nothing_personal_goes_in_or_out() -> None:
    assert request_headers([(b"Cookie", b"ds_actor=1"), (b"AUTHORIZATION", b"x"), (b"host", b"h")]) == [(b"host", b"h")]
    found = dict(answer_headers([(b"Set-Cookie", b"a"), (b"Vary", b"Cookie"), (b"etag", b"e")], max_age_seconds=2))
    assert (b"set-cookie" in found, b"vary" in found) == (False, False)
    assert (found[b"etag"], found[b"cache-control"]) == (b"e", b"max-age=2")
    assert b"script-src" not in found[b"content-security-policy"]
    assert found[b"content-security-policy"].startswith(b"default-src 'none'")


def test_header_of_ours_replaces_datasettes() -> None:
    names = [name for name, _ in answer_headers([(b"Referrer-Policy", b"unsafe-url")], max_age_seconds=2)]
    assert names.count(b"referrer-policy") == 1


def test_every_public_column_is_described() -> None:
    assert {name: tuple(sorted(table["columns"])) for name, table in TABLES.items()} == {
        name: tuple(sorted(columns)) for name, columns in PUBLIC_COLUMNS.items()
    }
