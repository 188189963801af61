"""The addresses that scripts ask for their data, and a list that is nothing but such data."""

from __future__ import annotations

import json
from datetime import date

import pytest

from crawlers.kinds import Page
from crawlers.pages.data_links import data_links
from crawlers.preview import preview

URL = "https://library.example/news/"


def told(body: str) -> list[str]:
    found = data_links(Page(URL, f"<html><body>{body}</body></html>".encode(), "text/html"))
    return [url.removeprefix("https://library.example") for url in found]


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        pytest.param("<script>fetch('/api/board/list?size=20')</script>", ["/api/board/list?size=20"], id="fetch"),
        pytest.param('<script>axios.get("./list.json").then(f)</script>', ["/news/list.json"], id="relative"),
        pytest.param("<div data-url='/ajax/notice/list'></div>", ["/ajax/notice/list"], id="data attribute"),
        pytest.param(
            "<script>a='/api/menu'; b='/api/news'</script>", ["/api/news", "/api/menu"], id="news before the rest"
        ),
        pytest.param("<script>fetch('https://elsewhere.example/api/news')</script>", [], id="another host"),
        pytest.param("<script src='/api/app.js'></script><script>x='/data/app.css'</script>", [], id="scripts, styles"),
        pytest.param('<script type=\'application/json\'>{"a": "/api/news"}</script>', [], id="data, not a script"),
        pytest.param("<script>x = 'no address at all'</script>", [], id="words"),
        pytest.param(f"<script>{'fetch(`/api/news/' * 3}</script>", [], id="quotes that never end"),
    ],
)
def test_addresses_of_data_are_found_in_scripts(body: str, wanted: list[str]) -> None:
    assert told(body) == wanted


def test_no_more_than_a_few_are_named() -> None:
    assert len(told("".join(f"<script>fetch('/api/list/{n}')</script>" for n in range(50)))) == 6


def test_a_page_that_is_json_is_read_as_a_list() -> None:
    rows = [
        {"title": f"第{n}回 <b>読書会</b> のお知らせ </script>", "url": f"/news/{n}.html", "regDate": f"2021-02-{n:02}"}
        for n in range(1, 6)
    ]
    body = b"\xef\xbb\xbf " + json.dumps({"data": {"list": rows}}, ensure_ascii=False).encode()
    found = preview(Page("https://library.example/api/list", body, "application/json"), today=date(2021, 3, 1))
    assert found.kind == "list_page" and len(found.items) == 5
    first = found.items[0]
    assert (first.url, first.published.on) == ("https://library.example/news/1.html", "2021-02-01")
    assert first.title == "第1回 読書会 のお知らせ"
