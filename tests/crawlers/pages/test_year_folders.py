"""From the newest news to the page of a year, and from year to year."""

from __future__ import annotations

import pytest
from lxml.html import document_fromstring

from crawlers.pages.year_folders import older_year

NEWS = "https://library.example/en/news/"


def nav(*addresses: str) -> str:
    return "".join(f'<a href="{address}">x</a>' for address in addresses)


@pytest.mark.parametrize(
    ("here", "links", "wanted"),
    [
        pytest.param("index.html", ["fy2021/index.html", "fy2020/index.html"], "fy2021/index.html", id="newest year"),
        pytest.param(
            "fy2021/index.html", ["../fy2021/index.html", "../fy2020/index.html"], "fy2020/index.html", id="next"
        ),
        pytest.param("fy2020/", ["../fy2021/", "../fy2020/", "../fy2018/", "../fy2019/"], "fy2019/", id="any order"),
        pytest.param("fy2018/", ["../fy2021/", "../fy2020/", "../fy2019/"], None, id="oldest"),
        pytest.param("2020.html", ["2021.html", "2019.html", "/2019.html"], "2019.html", id="files of years"),
        pytest.param("?year=2020&c=1", ["?year=2019&c=2", "?year=2019&c=1"], "?year=2019&c=1", id="parameter"),
        pytest.param("index.html", ["2021/"], None, id="one year is no navigation"),
        pytest.param("index.html", ["/about/2020/", "/about/2019/"], None, id="years of something else"),
        pytest.param("index.html", ["2021/02/", "2021/01/"], None, id="months"),
        pytest.param("index.html", ["2021/02/03/story.html", "2020/02/03/story.html"], None, id="articles"),
        pytest.param("2020/", ["https://evil.example/en/news/2019/"], None, id="another host"),
    ],
)
def test_way_leads_to_the_year_before(here: str, links: list[str], wanted: str | None) -> None:
    found = older_year(document_fromstring(f"<body><p>News</p>{nav(*links)}</body>"), NEWS + here)
    assert found == (None if wanted is None else NEWS + wanted)


def test_pinned_links_need_not_be_several() -> None:
    root = document_fromstring(f"<body><p>News</p>{nav('fy2020/index.html')}</body>")
    assert older_year(root, NEWS, "a[href*=fy]") == f"{NEWS}fy2020/index.html"
