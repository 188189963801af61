"""Pages made so that a careless pattern searches them for hours, and addresses that no library takes apart.

There is no limit of time here: what is read in the time of its length ends, what is not never does.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest

from crawlers.discover import Search
from crawlers.kinds import Page
from crawlers.mail.articles import linked_articles
from crawlers.mail.letters import read_letter
from crawlers.pages.article import read_article
from crawlers.preview import preview, sample_source
from crawlers.sources import CommonOptions
from db.errors import FetchError, ParseError

TODAY = date(2021, 2, 10)
URL = "https://library.example/news/"
SOURCE = sample_source("list_page", URL, country="NZ", language="en", date_order="DMY")
ROWS = "".join(f"<li><a href='/n/{n}'>The story number {n} of the library</a> 2021-02-0{n}</li>" for n in range(1, 6))
LIST = f"<html><body><ul>{ROWS}</ul>{{}}</body></html>"
MANY = 40_000
FEED = "<rss><channel><item {}><title>One</title><link>/n/1</link><description>{}</description></item></channel></rss>"
ATTRIBUTES = " ".join(f"a{n}" for n in range(200_000))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("<!---->" * MANY + "x", id="comments"),
        pytest.param("<?a?>" * MANY + "x", id="instructions"),
        pytest.param("<!DOCTYPE a [" + "]>" * MANY, id="declarations"),
        pytest.param("<" * MANY, id="tags without end"),
        pytest.param("<script " * MANY, id="scripts without end"),
        pytest.param(LIST.format(f"<script>location.href='/';{'a' * MANY * 5}</script>"), id="a word in a script"),
        pytest.param(LIST.format(f"<script>location.href='/';a={' ' * MANY * 5}</script>"), id="spaces in a script"),
        pytest.param(
            LIST.format("<script>" + f"function f(a){{location.href={' ' * 3900}}}\n" * 50 + "</script>"),
            id="spaces in functions",
        ),
        pytest.param(
            f"<html><title>{'_' * 1_000_000}</title><body><h1>The story</h1><p>_</p></body></html>",
            id="a title of separators",
        ),
        pytest.param(
            f"<html><script type='application/ld+json'>[{'1,' * 1_500_000}1]</script><h1>The story</h1></html>",
            id="linked data of many values",
        ),
        pytest.param(LIST.format(f"<div {ATTRIBUTES}>"), id="attributes"),
        pytest.param(LIST.format("<div " + ATTRIBUTES.replace(" ", "='>' ") + ">"), id="attributes that end no tag"),
        pytest.param(FEED.format(ATTRIBUTES.replace(" ", "='' ") + "=''", ""), id="attributes of a feed"),
        pytest.param(FEED.format("", f"<![CDATA[<p {ATTRIBUTES}>x < y]]>"), id="attributes in a feed"),
    ],
)
def test_reading_ends(body: str) -> None:
    page = Page(URL, body.encode())
    with suppress(ParseError):
        preview(page, today=TODAY)
    with suppress(ParseError):
        read_article(page, SOURCE, SOURCE.parsed_options(), TODAY)


def test_a_tag_without_end_takes_nothing_from_the_page() -> None:
    found = preview(Page(URL, LIST.format(f"<div {ATTRIBUTES}>").encode()), today=TODAY)
    assert len(found.items) == 5


@pytest.mark.parametrize(
    "part",
    [
        pytest.param('<div data-next-url="http://[/x">', id="the next page of a button"),
        pytest.param('<a rel="next" href="http://[/">2</a>', id="the next page"),
        pytest.param('<base href="http://[/">', id="base"),
        pytest.param("<a onclick=\"location.href='http://['\">more</a>", id="script"),
        pytest.param('<script>createPageHTML(9, 0, "http://[", "html")</script>', id="pager of a script"),
    ],
)
def test_an_address_that_is_none_is_no_address(part: str) -> None:
    found = preview(Page(URL, LIST.format(part).encode()), today=TODAY)
    assert (len(found.items), found.next_url) == (5, None)


def test_a_sitemap_at_no_address_is_passed_over() -> None:
    asked = []

    def get(url: str, options: CommonOptions | None = None) -> Page:
        asked.append(url)
        if url.endswith("/robots.txt"):
            return Page(url, b"Sitemap: http://[bad\nSitemap: /news.xml")
        raise FetchError("there is no such page", url=url)

    ways = list(Search(get, TODAY).ways(Page(URL, LIST.format("").encode())))
    assert [way.kind for way in ways] == ["list_page"] and "https://library.example/news.xml" in asked


def test_reading_a_letter_ends() -> None:
    letter = read_letter(b"Subject: s\nContent-Type: text/html\nArchived-At: <http://[x>\n\n" + b"<" * MANY * 5)
    assert not letter.asks_to_confirm and letter.archived_at == ""


@pytest.mark.parametrize("header", ["Subject", "From", "Date", "List-Id", "Message-ID", "Archived-At", "Content-Type"])
@pytest.mark.parametrize("told", ["(", '{"a":', "http://a ", "=?utf-8?q?", "a@"])
def test_a_header_of_a_letter_without_end_is_no_header(header: str, told: str) -> None:
    letter = read_letter(f"{header}: {told * 20_000}\nX: y\n\nhello".encode())
    assert letter.sent_at is None and letter.message_id


def test_a_letter_may_link_what_is_no_address() -> None:
    told = "A story of the library https://library.example/n/1 and another one http://[n/2"
    assert [link.url for link in linked_articles("", told).articles] == ["https://library.example/n/1"]
    markup = '<a href="http://[n/2">Another story</a><a href="https://library.example/n/1">A story of the library</a>'
    assert [link.url for link in linked_articles(markup).articles] == ["https://library.example/n/1"]
