"""An article with related stories beside it is no list; a list with an introduction is one."""

from __future__ import annotations

from datetime import date

import pytest

from crawlers.kinds import Page
from crawlers.preview import preview
from db.errors import ParseError

SENTENCE = "The library opened its new reading room, and its director spoke of the years of work behind it. "
STORIES = [
    f"<li><a href='/story/2021/200{n}.html'>Another story of the day {n}</a> 2021-01-0{n}</li>" for n in range(9)
]


def number_of_items(text: str, *, path: str = "list.do", head: str = "") -> int:
    head, main = f"<head><title>T</title>{head}</head>", f"<h1>Heading</h1><div>{text}</div>"
    body = f"<html>{head}<body>{main}<div><ul>{''.join(STORIES)}</ul></div></body></html>"
    return len(preview(Page(f"https://www.library.example/{path}", body.encode()), today=date(2021, 2, 1)).items)


ARTICLE = f"<p>{SENTENCE * 4}</p>" * 4


@pytest.mark.parametrize(
    ("text", "page"),
    [
        pytest.param(ARTICLE, {}, id="much text in one place"),
        pytest.param((SENTENCE * 4 + "<br><br>") * 4, {}, id="lines apart by breaks"),
        pytest.param(f"<p>{SENTENCE * 5}</p>", {"path": "story/2021/1000.html"}, id="address like those of the list"),
        pytest.param(
            f"<p>{SENTENCE * 5}</p>", {"head": "<meta property='og:type' content='article'>"}, id="called an article"
        ),
    ],
)
def test_article_beside_others_is_no_list(text: str, page: dict[str, str]) -> None:
    with pytest.raises(ParseError, match="the page is an article"):
        number_of_items(text, **page)


@pytest.mark.parametrize(
    ("text", "page"),
    [
        pytest.param(f"<p>{SENTENCE * 5}</p>", {}, id="introduction"),
        pytest.param(f"<p>{SENTENCE}</p>", {"path": "story/2021/1000.html"}, id="address like those of the list"),
        pytest.param("".join(f"<div><p>{SENTENCE * 3}</p></div>" for _ in range(9)), {}, id="texts in many places"),
    ],
)
def test_list_with_text_before_it_is_a_list(text: str, page: dict[str, str]) -> None:
    assert number_of_items(text, **page) == 9
