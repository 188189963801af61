"""How stored values read on the site: hostile ones as harmless text, dates no more exact than known."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publishing import wording


class Tags(HTMLParser):
    """The tags and attributes of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[tuple[str, tuple[str, ...]]] = set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add((tag, tuple(name for name, _ in attrs)))


@given(st.text() | st.text(alphabet="<>&\"'*/= \nabp图の"))
def test_text_makes_no_markup_but_paragraphs_and_italics(value: str) -> None:
    assert Tags(wording.paragraphs(value)).found <= {("p", ("lang",)), ("p", ()), ("em", ())}
    assert Tags(wording.inline(value)).found <= {("em", ())}


@pytest.mark.parametrize(
    ("value", "html"),
    [
        pytest.param("One.\n\nTwo.", '<p lang="en">One.</p>\n<p lang="en">Two.</p>', id="paragraphs"),
        pytest.param("A *book* of 古籍", '<p lang="en">A <em>book</em> of 古籍</p>', id="italics"),
        pytest.param("介绍*古籍*展", '<p lang="zh">介绍<em>古籍</em>展</p>', id="italics inside Chinese"),
        pytest.param("2 * 3 * 4", '<p lang="en">2 * 3 * 4</p>', id="stars that mark nothing"),
        pytest.param("<b>&", '<p lang="en">&lt;b&gt;&amp;</p>', id="markup stays text"),
        pytest.param(None, "", id="nothing"),
    ],
)
def test_paragraphs(value: str | None, html: str) -> None:
    assert wording.paragraphs(value) == html


def test_marks_that_turn_the_line_are_taken_out() -> None:
    assert wording.inline("safe \u202etxt.exe") == "safe txt.exe"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        pytest.param("https://www.nlc.cn/a?b=1", True, id="https"),
        pytest.param("http://例え.jp/図書", True, id="other scripts"),
        pytest.param("javascript:alert(1)", False, id="script"),
        pytest.param("JaVaScRiPt://x.example/%0aalert(1)", False, id="script with a host"),
        pytest.param("data:text/html,x", False, id="data"),
        pytest.param("//evil.example/", False, id="no scheme"),
        pytest.param("https://", False, id="no host"),
        pytest.param("https://[::1", False, id="broken"),
        pytest.param("https://a.example/\nx", False, id="line feed"),
        pytest.param("https://a.example\\@b.example", False, id="backslash"),
        pytest.param("", False, id="empty"),
        pytest.param(None, False, id="none"),
    ],
)
def test_only_web_addresses_lead_out(url: str | None, kept: bool) -> None:
    assert wording.outward(url) == (url if kept else "")


@pytest.mark.parametrize(
    ("on", "precision", "words"),
    [
        pytest.param("2020-12-05", "day", "5 December 2020", id="day"),
        pytest.param("2020-12-01", "month", "December 2020", id="month"),
        pytest.param("2020-01-01", "year", "2020", id="year"),
        pytest.param(None, "none", "date not known", id="none"),
    ],
)
def test_date_is_as_exact_as_known(on: str | None, precision: str, words: str) -> None:
    assert wording.date_words(on, precision) == words


@pytest.mark.parametrize(
    ("period", "words"),
    [
        pytest.param("2020-11..2021-02", "November 2020 – February 2021", id="over new year"),
        pytest.param("2021-01..2021-06", "January – June 2021", id="within a year"),
        pytest.param("2020 H1", "January – June 2020", id="first half"),
        pytest.param("2020 H2", "July – December 2020", id="second half"),
        pytest.param("2020", "2020", id="year"),
        pytest.param(None, "", id="none"),
    ],
)
def test_period(period: str | None, words: str) -> None:
    assert wording.period_words(period) == words


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        pytest.param("zh-Hans", "Chinese (Simplified)", id="with script"),
        pytest.param("mn", "Mongolian", id="plain"),
        pytest.param("fj", "Fijian", id="in which no programs speak"),
        pytest.param("en-GB", "English (United Kingdom)", id="with region"),
        pytest.param("KO", "KO", id="in capitals"),
        pytest.param("", "", id="empty"),
        pytest.param("<x>", "<x>", id="no language"),
        pytest.param("qq", "qq", id="unknown"),
    ],
)
def test_language(tag: str, words: str) -> None:
    assert wording.language_words(tag) == words


def test_pages_keep_what_narrows_the_list() -> None:
    url = "http://evil.example/public/activities?country_name=Korea%2C+Republic+of&_next=2020,5"
    assert wording.next_page(url) == "/public/activities?country_name=Korea%2C+Republic+of&_next=2020%2C5&_nofacet=1"
    assert wording.first_page(wording.next_page(url)) == "/public/activities?country_name=Korea%2C+Republic+of"
    assert wording.without("a=1&a=2&_next=3", ("a", "1")) == "?a=2"
