"""Feeds as they are: RSS, Atom, RDF, JSON; cut, mislabelled, mixed up with web pages."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from crawlers.kinds import Listing, Page
from crawlers.kinds.feed import discovered_feeds, well_known_feeds
from db.errors import ParseError

Read = Callable[..., Listing]

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>T</title><link>https://www.example.org/</link>
<language>en-US</language>
<item><title>Readers &amp;amp; librarians &#8217;21</title><link>/news/?p=5235&amp;utm_source=rss</link>
<guid isPermaLink="false">https://www.example.org/?p=5235</guid><pubDate>Fri, 11 Dec 2020 16:30:00 +0000</pubDate>
<description><![CDATA[<p>First &amp; second.</p><script>x()</script><p>Third <b>one</b>.</p>]]></description>
<media:thumbnail url="/img/1.jpg"/></item>
<item><title></title><link>https://www.example.org/?p=2</link>
<description>No title here. Second sentence.</description></item>
<item><title>No link at all</title></item>
</channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://www.example.org/blog/"><title>T</title>
<link rel="next" href="?start=2"/>
<entry xml:lang="mn"><title type="html">&lt;b&gt;Мэдээ&lt;/b&gt; &amp;amp; зар</title><link href="posts/1"/>
<id>tag:example.org,2020:1</id>
<updated>2020-12-11T10:00:00+08:00</updated><summary>Товч</summary></entry></feed>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://www.example.org/"><title>T</title></channel>
<item rdf:about="https://www.example.org/1"><title>お知らせ</title><link>https://www.example.org/1</link>
<dc:date>2021-01-28T23:30:00Z</dc:date></item></rdf:RDF>"""

JSON_FEED = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "T",
        "items": [
            {
                "id": 7,
                "url": "https://www.example.org/7",
                "title": "Seven &amp; more",
                "content_html": "<p>Text</p>",
                "date_published": "2021-01-28T23:30:00Z",
                "language": "ko",
                "image": "https://www.example.org/7.png",
            },
            "nonsense",
        ],
    }
)


def test_rss_entry(read: Read) -> None:
    item = read("feed", RSS, country="MN", language="mn").items[0]
    assert item.title == "Readers & librarians ’21"
    assert item.url == "https://www.example.org/news/?p=5235&utm_source=rss"
    assert item.canonical_url == "https://www.example.org/news/?p=5235"
    assert item.source_item_id == "https://www.example.org/?p=5235"
    assert item.summary == "First & second. Third one."
    assert (item.published.on, item.published.source) == ("2020-12-12", "feed")
    assert (item.language, item.image_url) == (None, "https://www.example.org/img/1.jpg")


def test_entry_without_title_is_called_by_its_first_sentence(read: Read) -> None:
    listing = read("feed", RSS)
    assert [item.title for item in listing.items] == ["Readers & librarians ’21", "No title here."]


def test_atom_entry_with_its_own_base_and_language(read: Read) -> None:
    listing = read("feed", ATOM, "https://www.example.org/blog/feed", country="MN")
    item = listing.items[0]
    assert (item.title, item.url) == ("Мэдээ & зар", "https://www.example.org/blog/posts/1")
    assert (item.language, item.published.on, item.source_item_id) == ("mn", "2020-12-11", "tag:example.org,2020:1")
    assert listing.next_url == "https://www.example.org/blog/?start=2"


def test_rdf_day_is_that_of_the_country(read: Read) -> None:
    assert read("feed", RDF, country="JP").items[0].published.on == "2021-01-29"


def test_json_feed(read: Read) -> None:
    item = read("feed", JSON_FEED, country="KR", content_type="application/feed+json").items[0]
    assert (item.title, item.summary, item.source_item_id) == ("Seven & more", "Text", "7")
    assert (item.published.on, item.language, item.image_url) == ("2021-01-29", "ko", "https://www.example.org/7.png")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(
            RSS.replace("UTF-8", "euc-kr").replace("No link at all", "공지 똠").encode("cp949", "xmlcharrefreplace"),
            "text/xml",
            id="own encoding",
        ),
        pytest.param(RSS.replace("UTF-8", "gb2312").encode(), "text/xml; charset=us-ascii", id="declared wrongly"),
        pytest.param("\ufeff" + RSS, "text/html", id="called a web page"),
        pytest.param("\n  " + RSS, "", id="white space in front"),
        pytest.param(RSS.replace("First", "First\x08"), "", id="character that XML forbids"),
        pytest.param(
            RSS.replace("Third", "<br>&nbsp;Third").replace("<![CDATA[", "").replace("]]>", ""), "", id="loose markup"
        ),
        pytest.param(RSS + "<!-- cached in 0.1 s -->\n", "", id="comment behind"),
    ],
)
def test_feed_with_small_faults_is_read(read: Read, body: str | bytes, content_type: str) -> None:
    assert len(read("feed", body, content_type=content_type).items) == 2


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7, 0.9, 0.99])
def test_feed_cut_in_the_middle_is_an_error(read: Read, share: float) -> None:
    for body in (RSS, ATOM, RDF, JSON_FEED):
        with pytest.raises(ParseError):
            read("feed", body[: int(len(body) * share)])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param("<!DOCTYPE html><html><body>x</body></html>", "web page", id="html"),
        pytest.param(
            '<?xml version="1.0"?>\n<!-- c --><html xmlns="http://www.w3.org/1999/xhtml"></html>',
            "web page",
            id="xhtml",
        ),
        pytest.param("<opml><body/></opml>", "not a feed", id="other xml"),
        pytest.param("plain words", "not a feed", id="words"),
        pytest.param("", "empty", id="nothing"),
        pytest.param('{"items": []}', "not a JSON Feed", id="other json"),
        pytest.param("{" * 100_000, "JSON", id="deep json"),
        pytest.param(
            '<rss version="2.0"><channel><item><guid>x</guid></item></channel></rss>', "neither", id="useless entries"
        ),
    ],
)
def test_what_is_not_a_feed_is_refused(read: Read, body: str, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        read("feed", body)


def test_feed_without_entries_is_empty(read: Read) -> None:
    assert read("feed", '<rss version="2.0"><channel><title>T</title></channel></rss>', paged=True) == Listing(())


def test_entities_of_a_bomb_are_not_expanded(read: Read) -> None:
    bomb = (
        '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
        + RSS.split("?>")[1]
    )
    listing = read("feed", bomb.replace("First", "&c;First"))
    assert len(listing.items[0].summary) < 100


@pytest.mark.parametrize(
    ("url", "following"),
    [
        pytest.param("https://a.example/feed/", "https://a.example/feed/?paged=2", id="first"),
        pytest.param("https://a.example/?feed=rss2&paged=2", "https://a.example/?feed=rss2&paged=3", id="second"),
        pytest.param("https://a.example/feed/?paged=x", "https://a.example/feed/?paged=2", id="nonsense"),
    ],
)
def test_older_entries_are_on_the_next_page(read: Read, url: str, following: str) -> None:
    assert read("feed", RSS, url, paged=True).next_url == following
    assert read("feed", RSS, url).next_url is None


def test_page_names_its_feeds() -> None:
    head = """<html><head><base href="https://www.example.org/x/">
    <link rel="alternate" type="application/rss+xml" title="Comments Feed" href="/comments/feed/">
    <link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/2">
    <link rel="alternate" type="text/html" hreflang="en" href="/en/">
    <link rel="Alternate" type="application/atom+xml; charset=utf-8" href="atom.xml">
    <link rel="alternate" type="application/rss+xml" href="javascript:x"></head><body>x</body></html>"""
    found = discovered_feeds(Page("https://www.example.org/", head.encode()))
    assert found == ("https://www.example.org/x/atom.xml", "https://www.example.org/comments/feed/")


@pytest.mark.parametrize("body", [b"", b"words", RSS.encode(), b"<html></html>"])
def test_page_without_feeds_names_none(body: bytes) -> None:
    assert discovered_feeds(Page("https://www.example.org/", body)) == ()


def test_well_known_feeds_are_beside_the_page_and_at_the_root() -> None:
    found = well_known_feeds("https://www.ndl.go.jp/en/news/index.html")
    assert found[0] == "https://www.ndl.go.jp/en/news/feed/"
    assert {"https://www.ndl.go.jp/en/news/index.rss", "https://www.ndl.go.jp/?feed=rss2"} <= set(found)
    assert len(set(found)) == len(found)
