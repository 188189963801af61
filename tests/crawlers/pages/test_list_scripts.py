"""Addresses out of a page's own functions and forms, lists out of its scripts, and the next page of every pager."""

from __future__ import annotations

import re
from datetime import date

import pytest

from crawlers.kinds import Page
from crawlers.kinds.list_page import Options
from crawlers.pages.dates import DateRules
from crawlers.pages.links import clickable, link_target
from crawlers.pages.list_items import read_items
from crawlers.pages.next_page import next_link
from crawlers.pages.page_scripts import learned_calls
from crawlers.pages.script_lists import script_items
from crawlers.pages.tree import read_tree

BASE = "https://lib.example/board/list.do?menu=3"
RULES = DateRules("ko", "KR", date(2021, 2, 15))
FORM = (
    "<form name='f' id='f' action='/board/list.do'><input type='hidden' name='bbsId' value='B1'>"
    "<input type='hidden' name='pageIndex' value='1'><input type='hidden' name='id' value=''></form>"
)


@pytest.mark.parametrize(
    ("script", "link", "url"),
    [
        pytest.param("function go(n){ location.href='/v.do?id='+n; }", "go('7')", "/v.do?id=7", id="location"),
        pytest.param("function go(a,b){ window.open(b + '?id=' + a); }", "go(7,'/v')", "/v?id=7", id="open"),
        pytest.param(
            "var go = function(n){ var u='/v?x=1'; u += '&id='+n; location.replace(u); }",
            "go(7)",
            "/v?x=1&id=7",
            id="variable",
        ),
        pytest.param("const go = (n) => { location.href = `/v/${n}.html`; }", "go(7)", "/v/7.html", id="template"),
        pytest.param(
            "function go(n){ document.f.id.value=n; document.f.action='/v.do'; document.f.submit(); }",
            "go(7)",
            "/v.do?bbsId=B1&id=7",
            id="form",
        ),
        pytest.param(
            "function go(n){ $('#id').val(n); $('#f').attr('action','/v.do').submit(); }",
            "go(7)",
            "/v.do?bbsId=B1&id=7",
            id="jquery",
        ),
        pytest.param(
            "function go(n){ run(n); } function run(m){ location.href='/v?id='+m; }", "go(7)", "/v?id=7", id="passed on"
        ),
        pytest.param("function go(n){ location.href = other() + n; }", "go(7)", None, id="unknown parts"),
        pytest.param("function go(n){ alert(n); }", "go(7)", None, id="leads nowhere"),
    ],
)
def test_functions_of_the_page_give_addresses(script: str, link: str, url: str | None) -> None:
    body = (
        f"<html><head><script>{script}</script></head><body>{FORM}<a "
        f"href='#' onclick=\"{link}; return false\">x</a></body></html>"
    )
    root = read_tree(Page(BASE, body.encode()))
    assert link_target(clickable(root)[0], BASE, learned_calls(root)) == (url and "https://lib.example" + url)


def test_handler_bound_to_a_class_reads_the_attribute() -> None:
    script = "$(document).on('click', '.info', function(){ location.href = 'view.do?no=' + $(this).data('id'); });"
    root = read_tree(
        Page(BASE, f"<html><script>{script}</script><a class='b info' data-id='9' href='#'>x</a></html>".encode())
    )
    assert link_target(clickable(root)[0], BASE, learned_calls(root)) == "https://lib.example/board/view.do?no=9"


def test_configured_function_goes_before_what_the_script_says() -> None:
    rows = "".join(
        f"<tr><td><a href='#' onclick=\"go('{n}')\">Notice number {n}</a></td><td>2021-01-0{n}</td></tr>"
        for n in (1, 2, 3)
    )
    page = Page(BASE, f"<script>function go(n){{ location.href='/a?x='+n }}</script><table>{rows}</table>".encode())
    items = read_items(page, read_tree(page), Options(onclick={"go": "/b?id={0}"}), RULES)
    assert [item.url for item in items] == [f"https://lib.example/b?id={n}" for n in (1, 2, 3)]


def _scripted(entries: str) -> str:
    """The entries with names without quotes and texts in single ones."""
    return re.sub(r'"(\w+)":', r"\1: ", entries).replace('"', "'")


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(
            '<script type="application/ld+json">{"@type":"ItemList","itemListElement":[ITEMS]}</script>', id="json-ld"
        ),
        pytest.param(
            '<script id="__NEXT_DATA__" type="application/json">{"props":{"posts":[ITEMS]}}</script>', id="next"
        ),
        pytest.param('<script>window.__STATE__ = {"list":[ITEMS]};</script>', id="state"),
        pytest.param(
            '<script>self.__next_f.push([1,"2:[\\"$\\",\\"ul\\",null,{\\"li\\":["])</script>'
            '<script>self.__next_f.push([1,"QUOTED]}]\\n"])</script>',
            id="streamed in pieces",
        ),
        pytest.param("<script>var news = {list: [SCRIPTED,],};</script>", id="a script's own notation"),
    ],
)
def test_lists_in_scripts_are_read(script: str) -> None:
    entries = ",".join(
        f'{{"title":"Notice number {n}","url":"/n/{n}","datePublished":"2021-01-0{n}T09:00:00+09:00"}}'
        for n in (1, 2, 3)
    )
    forms = {"ITEMS": entries, "QUOTED": entries.replace('"', '\\"'), "SCRIPTED": _scripted(entries)}
    for name, written in forms.items():
        script = script.replace(name, written)
    items = script_items(read_tree(Page(BASE, f"<html>{script}</html>".encode())), BASE, Options(), RULES)
    assert next((item.title, item.url, item.published.on) for item in items) == (
        "Notice number 1",
        "https://lib.example/n/1",
        "2021-01-01",
    )
    assert len(items) == 3


def test_records_of_a_datastore_are_read_as_markup() -> None:
    records = "".join(
        f"<record><![CDATA[<li><a href='/art/{n}.html'>第{n}号公告的标题文字</a><b>2021-01-0{n}</b></li>]]></record>"
        for n in (1, 2, 3)
    )
    page = Page(BASE, f'<script type="text/xml"><datastore>{records}</datastore></script>'.encode())
    items = read_items(page, read_tree(page), Options(), DateRules("zh", "CN", date(2021, 2, 15)))
    assert [item.published.on for item in items] == ["2021-01-01", "2021-01-02", "2021-01-03"]


@pytest.mark.parametrize(
    ("url", "pager", "following"),
    [
        pytest.param(
            "/n",
            "<strong>1</strong><a href='?page=2'>2</a><a href='?page=11'>다음</a>",
            "/n?page=2",
            id="number before words",
        ),
        pytest.param(
            "/n?page=1", "<a href='?page=0'>1</a><b>2</b><a href='?page=2'>3</a>", "/n?page=2", id="counted from nought"
        ),
        pytest.param(
            "/n",
            "<span class='on'>1</span><a href='#' "
            "onclick='fn_link_page(2)'>2</a>"
            "<input type='hidden' name='pageIndex'>",
            "/n?pageIndex=2",
            id="script without words",
        ),
        pytest.param(
            "/n/index.html",
            "<script>createPageHTML(9, 0, 'index', 'html');</script>",
            "/n/index_1.html",
            id="written by a script",
        ),
        pytest.param("/n", "<a href='?start=10'>« Older posts</a>", "/n?start=10", id="older"),
        pytest.param("/n", "<a class='next' href='/n/page/2/'><i></i></a>", "/n/page/2/", id="class"),
        pytest.param("/n", "<a href='?before=88'>Load more</a>", "/n?before=88", id="cursor"),
        pytest.param("/n", "<a href='/about/1'>More</a>", None, id="more about something"),
        pytest.param(
            "/n",
            "<table>" + "<tr>" + "".join(f"<td><a href='?d={n}'>{n}</a></td>" for n in range(1, 30)) + "</tr></table>",
            None,
            id="calendar",
        ),
    ],
)
def test_next_page_of_every_pager(url: str, pager: str, following: str | None) -> None:
    here = f"https://lib.example{url}"
    root = read_tree(Page(here, f"<html><body><p>text</p><div class='p'>{pager}</div></body></html>".encode()))
    assert next_link(root, here) == (following and f"https://lib.example{following}")
