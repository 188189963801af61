"""Where links lead, in all the forms that library pages write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import fragment_fromstring

from crawlers.kinds import Page
from crawlers.pages.links import absolute, base_url, calls, link_target
from crawlers.pages.tree import read_tree

BASE = "https://www.nl.go.kr/EN/contents/EN1070000000.do?schM=list&page=2"
TEMPLATES = {"fn_goView": "?schM=view&id={0}", "fn_go_view": "view.do?id={0}&etc1={2}"}


@pytest.mark.parametrize(
    ("markup", "target"),
    [
        pytest.param('<a href="./x.html">', "https://www.nl.go.kr/EN/contents/x.html", id="dot slash"),
        pytest.param('<a href="../x">', "https://www.nl.go.kr/EN/x", id="parent"),
        pytest.param('<a href="//a.example/x">', "https://a.example/x", id="no scheme"),
        pytest.param('<a href=" /x\n/y ">', "https://www.nl.go.kr/x/y", id="white space inside"),
        pytest.param('<a href="..\\docs\\x.pdf">', "https://www.nl.go.kr/EN/docs/x.pdf", id="backslashes"),
        pytest.param('<a href="?id=1">', "https://www.nl.go.kr/EN/contents/EN1070000000.do?id=1", id="query alone"),
        pytest.param('<a href="http://a.example:8080/b!2#c">', "http://a.example:8080/b!2#c", id="byte for byte"),
        pytest.param('<a href="mailto:a@b.example">', None, id="mail"),
        pytest.param('<a href="tel:+82">', None, id="telephone"),
        pytest.param('<a href="ftp://a.example/">', None, id="ftp"),
        pytest.param('<a href="http://[::1">', None, id="broken"),
        pytest.param("<a>", None, id="no address"),
        pytest.param('<a href="#none">', None, id="nowhere"),
        pytest.param('<a href="javascript:void(0)">', None, id="void"),
        pytest.param(
            '<a href="#none" onclick="fn_goView(\'37660\')">',
            "https://www.nl.go.kr/EN/contents/EN1070000000.do?schM=view&id=37660",
            id="known function",
        ),
        pytest.param(
            '<a href="#none" onclick=\'fn_goView("37660", "normal0302"); return false;\'>',
            "https://www.nl.go.kr/EN/contents/EN1070000000.do?schM=view&id=37660",
            id="double quotes",
        ),
        pytest.param(
            '<a href="javascript:fn_goView(297)">',
            "https://www.nl.go.kr/EN/contents/EN1070000000.do?schM=view&id=297",
            id="function in the href",
        ),
        pytest.param(
            "<a href='#' onclick=\"fn_go_view('90378', false, '8901', '')\">",
            "https://www.nl.go.kr/EN/contents/view.do?id=90378&etc1=8901",
            id="third argument",
        ),
        pytest.param("<a href='#' onclick=\"fn_go_view('90378')\">", None, id="missing argument"),
        pytest.param(
            "<a href='#' onclick=\"fn_goView('a&b=/?')\">",
            "https://www.nl.go.kr/EN/contents/EN1070000000.do?schM=view&id=a%26b%3D%2F%3F",
            id="escaped",
        ),
        pytest.param("<a href='#' onclick=\"unknown('1')\">", None, id="unknown function"),
        pytest.param(
            "<td onclick=\"location.href='/sb55.php?md=V&idx=9'\">",
            "https://www.nl.go.kr/sb55.php?md=V&idx=9",
            id="location.href",
        ),
        pytest.param(
            "<a href='#' onclick=\"window.open('https://a.example/x')\">", "https://a.example/x", id="window.open"
        ),
        pytest.param(
            "<a href='#' onclick=\"openOutRes('1','https://a.example/x','1')\">",
            "https://a.example/x",
            id="quoted address among arguments",
        ),
        pytest.param('<div data-href="/x">', "https://www.nl.go.kr/x", id="data-href"),
    ],
)
def test_link_target(markup: str, target: str | None) -> None:
    assert link_target(fragment_fromstring(markup), BASE, TEMPLATES) == target


def test_base_element_moves_relative_links() -> None:
    root = read_tree(Page("https://a.example/x/", b'<html><head><base href="/y/"></head><body>t</body></html>'))
    assert base_url(root, "https://a.example/x/") == "https://a.example/y/"


def test_calls_are_told_by_name() -> None:
    link = fragment_fromstring("<a href='#' onclick=\"fn_goView('1')\">")
    assert calls(link, {"fn_goView"}) and not calls(link, {"fn_go"})


@given(st.text(max_size=60))
def test_only_web_addresses_come_back(text: str) -> None:
    found = absolute(text, BASE)
    assert found is None or found.startswith(("http://", "https://"))
    element = fragment_fromstring("<a>")
    for name in ("href", "onclick", "data-href"):
        element.set(name, "".join(character for character in text if character >= " " and character.isprintable()))
    target = link_target(element, BASE, TEMPLATES)
    assert target is None or target.startswith(("http://", "https://"))
