"""Feeds read quickly give what feedparser gives, in every field that is kept; what may differ is left to feedparser."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.pages.feed_xml import quick_entries

URL = "https://www.example.org/news/feed?page=2"
NAMESPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom"'
    ' xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:wfw="http://wellformedweb.org/CommentAPI/"'
    ' xmlns:dcterms="http://purl.org/dc/terms/" xmlns:thr="http://purl.org/syndication/thread/1.0"'
    ' xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
    ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:own="https://www.example.org/ns"'
)


def rss(item: str, *, channel: str = "", version: str = "2.0", root: str = "") -> str:
    return (
        f'<rss version="{version}" {NAMESPACES} {root}><channel><title>T</title><link>https://www.example.org/</link>'
        f"<image><url>/i.png</url><title>I</title><link>/i</link></image>{channel}"
        f"<item>{item}</item><item><title>Last</title><link>/last</link></item></channel></rss>"
    )


def atom(entry: str, *, feed: str = "", root: str = "", namespace: str = "http://www.w3.org/2005/Atom") -> str:
    spaces = NAMESPACES.replace(' xmlns:atom="http://www.w3.org/2005/Atom"', "")
    return (
        f'<feed xmlns="{namespace}" {spaces} {root}><title>T</title><id>tag:x</id><link href="/"/>{feed}'
        f'<entry>{entry}</entry><entry><title>Last</title><link href="/last"/><id>z</id></entry></feed>'
    )


def rdf(item: str, channel: str = "") -> str:
    return (
        f'<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        f" {NAMESPACES}>"
        f'<channel rdf:about="https://www.example.org/"><title>T</title>{channel}<items><rdf:Seq>'
        f'<rdf:li rdf:resource="/1"/></rdf:Seq></items></channel><item rdf:about="https://www.example.org/1">{item}</item>'
        f"</rdf:RDF>"
    )


def reference(body: bytes, url: str = URL) -> tuple[list[dict[str, Any]], str | None]:
    """What feedparser reads, with the options by which feeds are read."""
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    found = feedparser.parse(BytesIO(body), response_headers=headers, resolve_relative_uris=False, sanitize_html=False)
    assert found["version"]
    links = found["feed"].get("links", [])
    following = next((link.get("href") for link in links if link.get("rel") == "next"), None)
    return [kept(entry) for entry in found["entries"]], following


def kept(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an entry that become part of an item."""
    links = [
        {"href": link.get("href"), "type": link.get("type")}
        for link in dict(entry).get("links", [])
        if link["rel"] == "enclosure"
    ]
    files = dict(entry).get("enclosures", links)
    plain = dict(entry)
    return {
        **{name: plain.get(name) or "" for name in ("title", "link", "id", "summary", "language")},
        **{name: plain.get(name) or "" for name in ("published", "updated", "created")},
        "image": plain.get("image") if isinstance(plain.get("image"), str) else "",
        "content": [part.get("value") for part in plain.get("content") or []],
        "title_language": (plain.get("title_detail") or {}).get("language"),
        "thumbnails": [media.get("url") or "" for media in plain.get("media_thumbnail") or []],
        "media": [
            tuple(one.get(key) or "" for key in ("url", "medium", "type")) for one in plain.get("media_content") or []
        ],
        "files": [(file.get("href") or "", file.get("type") or "") for file in files],
    }


def quick(body: bytes, url: str = URL) -> tuple[list[dict[str, Any]], str | None] | None:
    found = quick_entries(body, url)
    return None if found is None else ([kept(entry) for entry in found[0]], found[1])


BASIC = "<title>One</title><link>https://www.example.org/1</link>"
WORDPRESS = (
    "<title>Readers &amp;amp; librarians &#8217;21</title><link>https://www.example.org/?p=1&amp;utm_source=rss</link>"
    "<comments>https://www.example.org/?p=1#comments</comments><dc:creator><![CDATA[admin]]></dc:creator>"
    "<pubDate>Fri, 11 Dec 2020 16:30:00 +0000</pubDate><category><![CDATA[News]]></category>"
    '<guid isPermaLink="false">https://www.example.org/?p=1</guid><description><![CDATA[<p>One &amp; two</p>]]>'
    "</description><content:encoded><![CDATA[<p>One <img src='/1.jpg'></p>]]></content:encoded>"
    "<wfw:commentRss>https://www.example.org/?feed=rss2</wfw:commentRss><slash:comments>0</slash:comments>"
    '<media:thumbnail url="/t.jpg"/><media:content url="/c.jpg" medium="image">'
    '<media:title type="html">admin</media:title></media:content>'
)
BLOGGER = (
    "<id>tag:blogger.com,1999:blog-1.post-2</id><published>2021-01-28T23:30:00.001+08:00</published>"
    "<updated>2021-01-29T00:00:00.000+08:00</updated><title type='text'>Нэг</title>"
    "<content type='html'>&lt;p&gt;Text&lt;/p&gt;</content>"
    "<link rel='replies' type='application/atom+xml' href='https://www.example.org/feeds/2' title='Comments'/>"
    "<link rel='edit' type='application/atom+xml' href='https://www.blogger.com/2'/>"
    "<link rel='alternate' type='text/html' href='https://www.example.org/2.html' title='Нэг'/>"
    "<author><name>X</name><uri>https://www.blogger.com/x</uri><email>a@example.org</email></author>"
    "<media:thumbnail url='https://www.example.org/t.jpg' height='72' width='72'/><thr:total>0</thr:total>"
)
QUICK = {
    "RSS 2.0": rss(BASIC),
    "RSS 0.91": rss(BASIC + "<description>Text</description>", version="0.91"),
    "RSS 0.92": rss(BASIC, version="0.92"),
    "RSS without a version": rss(BASIC, version=""),
    "WordPress": rss(WORDPRESS, root='xml:lang="ko"'),
    "Blogger": atom(BLOGGER, feed="<link rel='next' type='application/atom+xml' href='/feed?start=26'/>"),
    "RSS 1.0": rdf(
        "<title>お知らせ</title><link>/1</link><description>本文</description><dc:date>2021-01-28</dc:date>"
    ),
    "empty": rss(BASIC).replace("<item>", "<!--").replace("</item>", "-->"),
    "no title": rss("<link>/1</link><description>First.</description>"),
    "empty elements": rss("<title/><link></link><guid/><description></description><pubDate/>"),
    "comments and instructions": rss("<!-- a --><title>On<!-- b -->e</title><?x y?><link>/1<?x?>2</link>"),
    "CDATA beside text": rss("<title>a <![CDATA[<b>]]> c</title><link><![CDATA[ /1?a=1&b=2 ]]></link>"),
    "references": rss("<title>&#x4e00;&#20108; &lt;b&gt; &quot;</title><link>/1?a=1&amp;b=2&amp;copy=3</link>"),
    "twice escaped": rss("<title>A &amp;amp; B</title><link>/1?a=1&amp;amp;b=2&amp;amp;c;=3</link>"),
    "relative link": rss("<title>a</title><link>../1#x</link><guid>./2</guid>"),
    "link with spaces": rss("<title>a</title><link>\n  https://www.example.org/a b \n</link>"),
    "too many slashes": rss("<title>a</title><link>https:////www.example.org//1</link>"),
    "no address": rss("<title>a</title><link>http://[::1</link><guid>http://[</guid>"),
    "link twice": rss("<title>a</title><link>/1</link><link>/2</link>"),
    "link and then an empty one": rss("<title>a</title><link>/1</link><link/>"),
    "guid as link": rss("<title>a</title><guid>/1</guid>"),
    "guid that is no link": rss('<title>a</title><guid isPermaLink="false">/1</guid>'),
    "guid said oddly": rss('<title>a</title><guid isPermaLink="TRUE">/1</guid>'),
    "guid before link": rss("<title>a</title><guid>/1</guid><link>/2</link>"),
    "empty link before guid": rss("<title>a</title><link/><guid>/1</guid>"),
    "description behind content": rss(
        f"{BASIC}<content:encoded>Long</content:encoded><description>Short</description>"
    ),
    "content alone": rss(f"{BASIC}<content:encoded>Long</content:encoded><content:encoded>More</content:encoded>"),
    "empty description before content": rss(f"{BASIC}<description/><content:encoded>Long</content:encoded>"),
    "dates": rss(f"{BASIC}<pubDate> Fri, 11 Dec 2020 16:30:00 GMT </pubDate><dc:date>2020-12-12T00:00:00Z</dc:date>"),
    "dates twice": rss(f"{BASIC}<pubDate>2020-12-11</pubDate><pubDate>2020-12-12</pubDate>"),
    "dates of Dublin Core": rss(
        f"{BASIC}<dcterms:created>2020-01-01</dcterms:created><dcterms:issued>2020-01-02</dcterms:issued>"
        "<dcterms:modified>2020-01-03</dcterms:modified>"
    ),
    "dates that nobody knows": rss(f"{BASIC}<pubDate>поза вчора</pubDate><dc:date>2020/13/45</dc:date>"),
    "enclosures": rss(f'{BASIC}<enclosure url="/1.jpg" type="Image/JPEG" length="1"/><enclosure url="/2.pdf"/>'),
    "Atom link in RSS": rss("<title>a</title><atom:link href='/1'/>", channel='<atom:link rel="next" href="?page=3"/>'),
    "languages": rss(f"{BASIC}<dc:language>mn</dc:language>", root='xml:lang="en_US"'),
    "language of an entry": atom('<title xml:lang="zh">一</title><link href="/1"/><id>1</id>', root='xml:lang="en"'),
    "language taken back": atom('<title xml:lang="">一</title><link href="/1"/><id>1</id>', root='xml:lang="en"'),
    "people": rss(f"{BASIC}<author>a@example.org (A)</author>"),
    "source of RSS": rss(f'{BASIC}<source url="/s">S</source><dc:subject>x</dc:subject>'),
    "FeedBurner": rss(f"{BASIC}<feedburner:origLink>/o</feedburner:origLink>"),
    "links of Atom": atom(
        '<title>a</title><link rel="self" href="/self"/><link rel="alternate" type="text/plain" href="/p"/>'
        '<link rel="Alternate" href="1?a=1&amp;b=2"/><link rel="enclosure" type="image/png" href="e.png"/><id>i</id>'
    ),
    "Atom without a link": atom("<title>a</title><id>https://www.example.org/1</id>"),
    "Atom summary and content": atom(
        '<title type="html">&lt;b&gt;a&lt;/b&gt;</title><id>1</id><link href="/1"/><content type="html">C</content>'
        '<summary type="text">S &amp; s</summary>'
    ),
    "namespace of Atom in other letters": atom(BASIC + "<id>1</id>", namespace="http://www.w3.org/2005/atom"),
    "base of what is not read": rss(
        f'{BASIC}<author xml:base="/x/">a</author><category base="/y/">b</category>',
        channel='<ttl xml:BASE="/z/">1</ttl>',
    ),
    "base in markup": rss(f"{BASIC}<description>&lt;base href='/x/'&gt;</description>"),
    "Latin letters": rss("<title>Café über Ñandú</title><link>/é</link>"),
    "white space of Unicode": rss("<title>\u3000 一 \u00a0</title><link>/1</link>"),
}
DOUBTFUL = {
    "DOCTYPE": '<!DOCTYPE rss [<!ENTITY x "y">]>' + rss("<title>&x;</title>"),
    "not well-formed": rss("<title>a & b</title><link>/1</link>"),
    "unknown prefix": rss("<title>a</title><x:y>1</x:y>"),
    "base": rss(f'{BASIC}<description xml:base="/x/">y</description>'),
    "base of all": atom("<title>a</title><link href='1'/>", root='xml:base="/b/"'),
    "base in large letters": atom("<title>a</title><link href='1'/>", root='xml:BASE="/b/"'),
    "base of the next page": atom(BASIC, feed="<link rel='next' href='2' xml:base='/b/'/>"),
    "two titles": rss(f"{BASIC}<title>Two</title>"),
    "title of Dublin Core": rss(f"{BASIC}<dc:title>Two</dc:title>"),
    "title of a picture first": rss(
        '<media:content url="/1"><media:title>P</media:title></media:content><title>T</title>'
    ),
    "two descriptions": rss(f"{BASIC}<description>1</description><description>2</description>"),
    "markup in a title": rss("<title>a <b>b</b></title><link>/1</link>"),
    "XHTML": atom(
        '<title>a</title><id>1</id><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>T</p></div></content>'
    ),
    "content elsewhere": atom('<title>a</title><id>1</id><content type="text/html" src="/c"/>'),
    "base64": atom('<title>a</title><id>1</id><content type="application/octet-stream">YQ==</content>'),
    "old mode": atom('<title mode="base64">YQ==</title><id>1</id>'),
    "source of Atom": atom("<title>a</title><id>1</id><source><title>S</title><id>2</id></source>"),
    "podcast": rss(f"{BASIC}<itunes:summary>S</itunes:summary>"),
    "unknown elements": rss(f"{BASIC}<own:title>o</own:title>"),
    "unknown plain elements": rss(f"{BASIC}<Title>o</Title>"),
    "image in an item": rss(f"<image><url>/1.png</url><link>/i</link></image>{BASIC}"),
    "item outside": rss(BASIC).replace("</channel>", "</channel><item><title>Out</title></item>"),
    "item inside": rss(f"{BASIC}<own:group><item><title>In</title></item></own:group>"),
    "old Atom": atom(BASIC, namespace="http://purl.org/atom/ns#"),
    "twice encoded": rss("<title>CafÃ©</title><link>/1</link>"),
    "twice encoded by references": rss("<title>Caf&#xC3;&#xA9;</title><link>/1</link>"),
    "letter of Windows by its number": rss("<title>1 &#150; 2</title><link>/1</link>"),
    "letters of Windows": rss("<title>It\u0092s &#150; new</title><link>/1</link>"),
    "attributes of a link": rss('<title>a</title><link url="/1"/>'),
    "attributes of an item": rss(BASIC).replace("<item>", '<item lastmod="2020-01-01" href="/h">', 1),
    "title in an enclosure": rss("<enclosure><title>a</title></enclosure>"),
    "cut off": rss(BASIC)[:-20],
    "two channels": rss(BASIC).replace("</rss>", "<channel><item><title>Two</title></item></channel></rss>"),
}


@pytest.mark.parametrize("name", QUICK)
def test_usual_feeds_are_read_quickly_and_as_feedparser_reads_them(name: str) -> None:
    body = QUICK[name].encode()
    assert quick(body) == reference(body)


@pytest.mark.parametrize("name", DOUBTFUL)
def test_doubtful_feeds_are_left_to_feedparser(name: str) -> None:
    assert quick(DOUBTFUL[name].encode()) is None


WORDS = st.text(st.sampled_from("ab 一ñ\u00a0\u0093&<>;#é\n'\"Ã©/?=:."), max_size=12)
ADDRESSES = st.one_of(
    WORDS, st.sampled_from(["/1", "https://a.example/x?y=1&z=2", "//b.example", "mailto:a@b", "tag:x", "#", "?p=1", ""])
)
NAMES = [
    *("title", "link", "guid", "id", "description", "summary", "content", "content:encoded", "pubDate", "published"),
    *("updated", "dc:date", "dc:language", "enclosure", "media:thumbnail", "media:content", "media:title", "dc:title"),
    *("category", "author", "comments", "source", "dc:creator", "slash:comments", "itunes:image", "own:x", "image"),
    *("dcterms:issued", "atom:link", "atom:id", "atom:content", "language", "media:group", "thr:total", "own:link"),
    *("thr:item", "slash:item", "base"),
]
ATTRIBUTES = st.dictionaries(
    st.sampled_from(
        ["href", "rel", "type", "url", "isPermaLink", "xml:lang", "lang", "medium", "src", "mode", "term", "xml:base"]
    ),
    st.one_of(
        st.sampled_from(["html", "text", "xhtml", "alternate", "next", "enclosure", "false", "en_US"]), ADDRESSES
    ),
    max_size=2,
)


def written(name: str, attributes: Mapping[str, str], inner: str) -> str:
    told = "".join(f' {key}="{escaped(value)}"' for key, value in attributes.items())
    return f"<{name}{told}>{inner}</{name}>"


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


TEXTS = st.one_of(
    WORDS.map(escaped), ADDRESSES.map(escaped), WORDS.map(lambda text: f"<![CDATA[{text.replace(']]>', '')}]]>")
)
LEAVES = st.builds(written, st.sampled_from(NAMES), ATTRIBUTES, TEXTS)
ELEMENTS = st.one_of(
    LEAVES,
    LEAVES,
    st.builds(written, st.sampled_from(NAMES), st.just({}), LEAVES),
    st.just("<title>Title</title>"),
    st.just("<link>/link</link>"),
)
FEEDS = st.one_of(
    st.builds(
        rss, st.lists(ELEMENTS, max_size=7).map("".join), channel=LEAVES, version=st.sampled_from(["2.0", "0.9"])
    ),
    st.builds(
        atom, st.lists(ELEMENTS, max_size=7).map("".join).map(lambda text: re.sub("atom:", "", text)), feed=LEAVES
    ).map(lambda text: re.sub("</?atom:", lambda match: match[0].removesuffix("atom:"), text)),
    st.builds(rdf, st.lists(ELEMENTS, max_size=7).map("".join), LEAVES),
)


@settings(max_examples=400, deadline=None)
@given(FEEDS)
def test_whatever_is_read_quickly_is_what_feedparser_reads(feed: str) -> None:
    body = feed.encode()
    found = quick(body)
    assert found is None or found == reference(body)
