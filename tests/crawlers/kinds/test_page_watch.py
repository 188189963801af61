"""A page without a list: links and dated paragraphs are what is new on it."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

import pytest

from crawlers.kinds import Listing
from crawlers.urls import canonical_url
from db.errors import ParseError

Read = Callable[..., Listing]
HOME = "http://www.gpsh.edu.kp:8080/index.php/en"
MENU = '<div id="menu"><a href="/index.php/en/intro/index/leadership">Great Leadership of the library</a></div>'


def watched(read: Read, content: str, **options: object) -> Listing:
    nav = '<nav><a href="/n">Navigation of this site</a></nav>'
    body = f'<html><body>{nav}{MENU}<div id="content">{content}</div></body></html>'
    return read("page_watch", body, HOME, country="KP", language="en", **options)


LECTURE = (
    '<ul><li><a href="/thismonth.lecture!2#lecture-schedule">The House active in organizing lectures</a>'
    " <span>JUCHE109(2020). 12. 5</span></li></ul>"
)


def test_linked_lecture_keeps_its_address_byte_for_byte(read: Read) -> None:
    item = watched(read, LECTURE).items[0]
    assert item.url == "http://www.gpsh.edu.kp:8080/thismonth.lecture!2#lecture-schedule"
    assert item.canonical_url == canonical_url(item.url) == "http://www.gpsh.edu.kp:8080/thismonth.lecture!2"
    assert (item.title, item.published.on) == ("The House active in organizing lectures", "2020-12-05")


def test_anchors_of_one_document_are_told_apart_where_there_are_several(read: Read) -> None:
    links = "".join(
        f'<li><a href="/lectures#{name}">Lecture about {name} and more</a></li>' for name in ("maps", "law")
    )
    keys = [item.canonical_url for item in watched(read, f"<ul>{links}</ul>").items]
    assert keys == ["http://www.gpsh.edu.kp:8080/lectures#maps", "http://www.gpsh.edu.kp:8080/lectures#law"]


def test_dated_paragraph_is_an_item_with_a_text_fragment(read: Read) -> None:
    text = "April 1, Juche109(2020) A re-opened reading room, for maps & atlases. It holds 2,000 of them."
    item = watched(read, f"<p>{text}</p>").items[0]
    address, fragment = item.url.split("#:~:text=")
    assert address == HOME and text.startswith(unquote(fragment)) and "-" not in fragment and "," not in fragment
    assert (item.title, item.published.on) == ("A re-opened reading room, for maps & atlases.", "2020-04-01")
    assert (item.published.source, item.summary) == ("text", text)


def test_two_paragraphs_are_two_items(read: Read) -> None:
    texts = "".join(f"<p>JUCHE109(2020). 5. {day} A lecture was given to many readers.</p>" for day in (1, 2))
    assert len({item.canonical_url for item in watched(read, texts).items}) == 2


@pytest.mark.parametrize(
    ("content", "options"),
    [
        pytest.param("<p>A paragraph of some length without any day in it.</p>", {}, id="no date"),
        pytest.param("<p>2020-05-01</p>", {}, id="no words"),
        pytest.param(
            "<p>2020-05-01 A lecture was given to many readers.</p>", {"paragraphs": False}, id="not asked for"
        ),
        pytest.param('<a href="/x">More</a>', {}, id="link without words"),
        pytest.param(f'<a href="{HOME}#top">Back to the top of this page</a>', {}, id="link to the page itself"),
        pytest.param(
            '<a href="/other/9">A link of another form altogether</a>', {"link_pattern": r"lecture!\d"}, id="other form"
        ),
        pytest.param('<div class="menu"><a href="/y">A menu inside of the content</a></div>', {}, id="menu"),
    ],
)
def test_what_is_no_news_is_left_out(read: Read, content: str, options: dict[str, object]) -> None:
    assert watched(read, f"<h2>Heading</h2>{content}", **options) == Listing(())


def test_content_can_be_pinned(read: Read) -> None:
    body = '<div class="a"><a href="/1">A link out of it</a></div><div class="b"><a href="/2">A link inside</a></div>'
    assert [item.title for item in read("page_watch", body, HOME, content=".b").items] == ["A link inside"]


def test_missing_content_is_an_error(read: Read) -> None:
    with pytest.raises(ParseError, match=r"content selector '\.c'"):
        read("page_watch", "<p>Text</p>", HOME, content=".c")


def test_page_without_text_is_an_error(read: Read) -> None:
    with pytest.raises(ParseError, match="no text"):
        read("page_watch", "<html><body><script>x()</script></body></html>", HOME)
