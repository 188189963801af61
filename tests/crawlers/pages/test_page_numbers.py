"""Where the second page of a list may be, when the page itself no longer says."""

from __future__ import annotations

import pytest

from crawlers.pages.page_numbers import numbered_addresses

HOST = "https://library.example"


@pytest.mark.parametrize(
    ("url", "known", "template", "first_page", "second"),
    [
        pytest.param("/news", "/news?page=2", "/news?page={n}", 1, "/news?page=2", id="page"),
        pytest.param("/news", "/news?page=1", "/news?page={n}", 0, "/news?page=1", id="counted from zero"),
        pytest.param("/news/", "/news/page/2/", "/news/page/{n}/", 1, "/news/page/2/", id="folder"),
        pytest.param("/a/", "/a/index_1.shtml", "/a/index_{n}.shtml", 0, "/a/index_1.shtml", id="index"),
        pytest.param("/a?id=2", "/a?id=2&p=2", "/a?id=2&p={n}", 1, "/a?id=2&p=2", id="an id that looks like a page"),
        pytest.param("/news", "", "/news?page={n}", 1, "/news?page=2", id="nothing known"),
        pytest.param("/news?page=1", "", "/news?page={n}", 1, "/news?page=2", id="the number stands there already"),
        pytest.param("/b?id=7", "", "/b?id=7&page={n}", 1, "/b?id=7&page=2", id="beside another parameter"),
        pytest.param("/news", "/news?start=20", "/news?page={n}", 1, "/news?page=2", id="steps cannot be told"),
    ],
)
def test_the_likeliest_form_comes_first(url: str, known: str, template: str, first_page: int, second: str) -> None:
    found = numbered_addresses(HOST + url, HOST + known if known else "")[0]
    assert (found.template, found.first_page, found.second) == (HOST + template, first_page, HOST + second)


def test_an_address_of_another_host_teaches_nothing() -> None:
    assert numbered_addresses(HOST + "/news", "https://elsewhere.example/?page=2") == numbered_addresses(HOST + "/news")


def test_every_form_leads_to_its_second_page() -> None:
    for form in numbered_addresses(HOST + "/board/index.html"):
        assert form.second == form.template.replace("{n}", str(form.first_page + 1))
