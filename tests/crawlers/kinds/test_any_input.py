"""Whatever a server sends, a parser gives items or a ParseError; and what it gives can be stored and compared."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawlers.kinds import KINDS, Listing, Page, kind_module
from crawlers.mail.mailbox import packed
from crawlers.pages.article import read_article
from crawlers.sources import CommonOptions, Source
from crawlers.urls import is_web_address
from db.errors import ParseError
from db.records import ParsedItem
from tests.crawlers.mail.post import newsletters
from tests.crawlers.social.services import Bluesky, Mastodon, Naver, Post, Service, Telegram, YouTube

TODAY = date(2021, 2, 10)
URL = "https://www.example.org/news/?page=2"

LIST = """<html lang="zh"><head><base href="/b/"><title>News</title></head><body><div id="content"><h3>2021-2-1</h3><ul>
<li><a href="/n/1" title="The first notice of the library">The first notice…</a><b>02</b><i>2021-02</i></li>
<li><a href="#none" onclick="fn_goView('3')">The second notice of the library<em>NEW</em></a>
<time datetime="2021-01-31">x</time></li>
<li><a href="/n/3"><img src="/3.jpg"><h4>The third notice</h4></a>
<p>A summary of it, long enough to be one.</p>[01-30]</li>
<li><a href="/n/4#a">The fourth notice of the library</a> JUCHE110(2021). 1. 5</li></ul>
<p>January 4, Juche110(2021) A lecture was given to many readers.</p>
<dl><dt>2021年1月3日</dt><dd><a href="/n/5">お知らせ</a></dd></dl>
<a href="?page=3" rel="next">下一页</a></div></body></html>"""
ARTICLE = """<html lang="zh"><head><title>A title - Site</title><meta property="og:title" content="A title">
<meta name="pubdate" content="2021-01-05">
<script type="application/ld+json">{"@graph": [{"datePublished": ["2021-01-05"]}]}</script>
</head><body><h1>2021-1-5 A title</h1><div>发布时间：2021-01-05 浏览次数：7</div>
<p>A paragraph of the article, which is long
enough for everybody who wants to extract it, and then some more.</p><p>Another one &amp; more.</p></body></html>"""
RSS = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>T</title>
<item><title>One &amp;amp; more</title>
<link>/n/1</link><guid>1</guid><pubDate>Fri, 01 Jan 2021 10:00:00 +0000</pubDate>
<description><![CDATA[<p>Text</p>]]></description>
</item><item><title>Two</title><link>http://[::1</link></item><item><title>Three</title><link>/n/3</link></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/x/"><title>T</title><link rel="next" href="?p=2"/>
<entry xml:lang="mn">
<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">One</div></title><link href="1"/>
<updated>2021-01-01T00:00:00Z</updated>
<content type="html">&lt;img src="/1.jpg"&gt; Text</content></entry></feed>"""
JSON_FEED = json.dumps(
    {"version": "https://jsonfeed.org/version/1", "items": [{"id": 1, "url": "/1", "title": "One", "image": "/i"}]}
)
POSTS = json.dumps(
    [
        {
            "id": 1,
            "link": "/?p=1",
            "title": {"rendered": "One"},
            "excerpt": {"rendered": "<p>Text</p>"},
            "date": "2021-01-01T10:00:00",
            "_embedded": {"wp:featuredmedia": [{"source_url": "/1.jpg"}]},
        }
    ]
)
SITEMAP = """<?xml version="1.0"?><urlset><url><loc>https://a.example/n/one-story</loc><lastmod>2021-01-05</lastmod>
<news:news><news:title>One &amp; more</news:title><news:publication_date>2021-01-05T10:00Z</news:publication_date>
<news:language>mn</news:language></news:news></url><url><loc>http://[::1</loc></url></urlset>"""


def told_by(kind: type[Service], path: str, **query: str) -> str:
    posts = [Post(1, "One\nText"), Post(2, "Two", link="https://a.example/n/2?a=1", link_title="Two")]
    return kind(posts=posts, address="https://social.example").answer(path, query, {}).body


OPTIONS: dict[str, tuple[dict[str, object], ...]] = {
    "list_page": (
        {},
        {"link_pattern": r"/n/\d", "date_heading": "h3"},
        {"item": "li", "title": "a, h4", "day": "b", "month": "i", "summary": "p", "image": "img", "next": "a"},
        {"onclick": {"fn_goView": "?id={0}"}, "next_template": "p{n}.htm", "title_strip": "^."},
    ),
    "feed": ({"paged": True},),
    "wordpress": ({"per_page": 1},),
    "page_watch": ({}, {"link_pattern": r"/n/\d", "content": "#content"}),
    "sitemap": ({}, {"link_pattern": "n", "lastmod_is_published": True}),
    "mastodon": ({}, {"boosts": True, "replies": True}),
    "bluesky": ({}, {"reposts": True, "replies": True}),
    "telegram": ({}, {"forwards": True}),
    "youtube": ({},),
    "naver": ({},),
    "facebook": ({},),
    "newsletter": ({}, {"letters": False}),
}
SAMPLES = {
    "list_page": (LIST,),
    "feed": (RSS, ATOM, JSON_FEED),
    "wordpress": (POSTS,),
    "page_watch": (LIST, ARTICLE),
    "sitemap": (SITEMAP,),
    "mastodon": (told_by(Mastodon, "/api/v1/accounts/109/statuses"),),
    "bluesky": (
        told_by(Bluesky, "/xrpc/app.bsky.feed.getAuthorFeed", actor="library.example", filter="all", limit="9"),
    ),
    "telegram": (told_by(Telegram, "/s/library_mn"),),
    "youtube": (told_by(YouTube, "/feeds/videos.xml", channel_id=YouTube.channel),),
    "naver": (told_by(Naver, "/dibrary1004.xml"),),
    "facebook": (
        json.dumps(
            {"data": [{"id": "1_2", "message": "One\n\nText", "permalink_url": "https://www.facebook.com/1/2"}]}
        ),
    ),
    "newsletter": (packed([newsletters()[0].raw]).decode("latin-1"),),
}
PIECES = st.sampled_from(
    [
        "<",
        ">",
        '"',
        "'",
        "&",
        "&#xD800;",
        "&#0;",
        "&nbsp;",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "</a>",
        "<a href='http://[x'>",
        "<table><tr>",
        "</div>",
        "<div>" * 60,
        "<base href='http://[x'>",
        "\x00",
        "\x08",
        "\ufffe",
        "\u202e",
        "\ud800",
        "é",
        "99999",
        "0",
        "-",
        "{",
        "}",
        "[",
        "]",
        "null",
        "1e999",
        "q:r='s' ",
        "<svg:a xml:lang='x'>",
        "javascript:",
        "#",
        "暂无数据",
        "</li>",
        "2021",
        " ",
        "\n",
        "x" * 700,
    ]
)
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), PIECES), max_size=6)
TYPES = st.sampled_from(["", "", "text/html; charset=gb2312", "application/xml", "text/html; charset=utf-16"])
MANY = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


def mangled(sample: str, edits: list[tuple[float, int, str]]) -> bytes:
    """The sample with pieces cut out of it and others put in their place."""
    for place, length, piece in edits:
        start = int(place * len(sample))
        sample = sample[:start] + piece + sample[start + length :]
    return sample.encode("utf-8", "surrogatepass")


def bodies(samples: tuple[str, ...]) -> st.SearchStrategy[bytes]:
    return st.one_of(st.builds(mangled, st.sampled_from(samples), EDITS), st.binary(max_size=100))


def source(kind: str) -> Source:
    url = "imaps://mail.example/INBOX" if kind == "newsletter" else URL
    return Source(id="s", name="S", institution="S", country="CN", sub_region="x", language="zh", kind=kind, url=url)


def storable(item: ParsedItem) -> bool:
    texts = [item.url, item.canonical_url, item.title, item.summary, item.source_item_id or "", item.published.text]
    "".join(texts).encode("utf-8")
    controls = [character for character in item.title + item.summary if ord(character) < 32 or character == "\u202e"]
    return is_web_address(item.url) and 0 < len(item.title) <= 500 and len(item.summary) <= 300 and not controls


@pytest.mark.parametrize(
    ("kind", "options"), [(kind, options) for kind, several in OPTIONS.items() for options in several]
)
@MANY
@given(data=st.data(), content_type=TYPES)
def test_any_body_gives_items_or_a_parse_error(
    kind: str, options: dict[str, object], data: st.DataObject, content_type: str
) -> None:
    module = kind_module(kind)
    body = data.draw(bodies(SAMPLES[kind]))
    try:
        listing = module.parse(Page(URL, body, content_type), source(kind), module.Options.checked(options), TODAY)
    except ParseError:
        return
    assert isinstance(listing, Listing)
    assert all(map(storable, listing.items))
    assert len({item.canonical_url for item in listing.items}) == len(listing.items)
    assert listing.next_url is None or (is_web_address(listing.next_url) and listing.next_url != URL)


@pytest.mark.parametrize(
    ("kind", "options"), [(kind, options) for kind, several in OPTIONS.items() for options in several]
)
def test_the_samples_as_they_are_give_items(kind: str, options: dict[str, object]) -> None:
    module = kind_module(kind)
    for sample in SAMPLES[kind][:1]:
        assert module.parse(Page(URL, sample.encode()), source(kind), module.Options.checked(options), TODAY).items


@MANY
@given(body=bodies((ARTICLE, LIST)), content_type=TYPES)
def test_any_body_gives_an_article_or_a_parse_error(body: bytes, content_type: str) -> None:
    try:
        article = read_article(Page(URL, body, content_type), source("feed"), CommonOptions(), TODAY)
    except ParseError:
        return
    assert f"{article.title}{article.text}{article.published.text}{article.language}{article.image_url}".encode()


def test_every_kind_offers_options_and_parse() -> None:
    for kind in KINDS:
        module = kind_module(kind)
        assert issubclass(module.Options, CommonOptions) and callable(module.parse)


def test_checking_options_loads_no_parser() -> None:
    code = (
        "import sys, crawlers.kinds as k; [k.kind_module(kind).Options() for kind in k.KINDS];"
        "print([name for name in ('lxml', 'feedparser', 'trafilatura', 'bs4', 'babel') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
