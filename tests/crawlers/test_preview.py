"""Kinds are known by content, countries and languages are guessed, and nothing crashes."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.kinds import Page
from crawlers.pages.guess import country_of, date_order_of, language_of
from crawlers.preview import preview
from db.errors import ParseError
from tests.crawlers.small_web import feed

TODAY = date(2021, 2, 10)
ROWS = "".join(
    f"<li><a href='/n/{n}'>The story number {n} of the library</a> <b>2021-02-0{n}</b></li>" for n in range(1, 6)
)
LIST = f"<html lang='en-NZ'><body><ul>{ROWS}</ul></body></html>"
JSON_FEED = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": [{"url": "/1", "title": "One"}]})
POSTS = json.dumps([{"id": 1, "link": "/1", "title": {"rendered": "One"}, "date": "2021-02-01T10:00:00"}])
SITEMAP = "<urlset><url><loc>https://a.example/one-story</loc></url></urlset>"
RDF = (
    '<?xml version="1.0"?><!-- made by hand --><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    ' xmlns="http://purl.org/rss/1.0/"><item rdf:about="https://a.example/1"><title>One</title>'
    "<link>https://a.example/1</link></item></rdf:RDF>"
)


def shown(body: str | bytes, url: str = "https://www.lib.example/news") -> tuple[str, int]:
    found = preview(Page(url, body.encode() if isinstance(body, str) else body), today=TODAY)
    return found.kind, len(found.items)


@pytest.mark.parametrize(
    ("body", "kind", "items"),
    [
        pytest.param(LIST, "list_page", 5, id="list"),
        pytest.param(feed("One", "Two"), "feed", 2, id="RSS"),
        pytest.param("\ufeff\n" + feed("One"), "feed", 1, id="RSS behind a mark"),
        pytest.param(feed("One").encode("utf-16"), "feed", 1, id="RSS in UTF-16"),
        pytest.param(RDF, "feed", 1, id="RDF behind a comment"),
        pytest.param(JSON_FEED, "feed", 1, id="JSON Feed"),
        pytest.param(POSTS, "wordpress", 1, id="posts"),
        pytest.param(SITEMAP, "sitemap", 1, id="sitemap"),
        pytest.param(
            LIST.replace("<body>", "<body><pre>&lt;rss</pre><!-- <rss> -->"), "list_page", 5, id="talk of RSS"
        ),
    ],
)
def test_kind_is_known_by_content(body: str | bytes, kind: str, items: int) -> None:
    assert shown(body) == (kind, items)


def test_empty_list_is_empty() -> None:
    assert shown("<html><body><div class='list'><p>게시물이 없습니다.</p></div></body></html>") == ("list_page", 0)


@pytest.mark.parametrize("body", ["", "<p>Welcome</p>", "%PDF-1.4", "[]x", "{}", "\x00\x01", "<urlset", "<rss>"])
def test_page_without_a_list_is_a_parse_error(body: str) -> None:
    with pytest.raises(ParseError):
        shown(body)


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace"))))
def test_any_bytes_give_items_or_a_parse_error(body: bytes) -> None:
    try:
        found = preview(Page("https://a.example/", body), today=TODAY)
    except ParseError:
        return
    assert json.dumps(found.as_record(), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("url", "language", "country"),
    [
        pytest.param("https://www.nl.go.kr/x", "", "KR", id="ending"),
        pytest.param("https://www.bl.uk/", "en", "GB", id="uk"),
        pytest.param("https://www.loc.gov/", "", "US", id="gov"),
        pytest.param("https://library.example.io/", "ja", "JP", id="everybody's ending"),
        pytest.param("https://library.example.org/", "en-AU", "AU", id="region of the language"),
        pytest.param("https://library.example.org/", "zh-Hant", "TW", id="script of the language"),
        pytest.param("https://library.example.org/", "en", "INT", id="nothing known"),
        pytest.param("http://127.0.0.1:8000/", "", "INT", id="number"),
    ],
)
def test_country_is_guessed(url: str, language: str, country: str) -> None:
    assert country_of(url, language) == country


@pytest.mark.parametrize(
    ("text", "country", "language"),
    [
        pytest.param("<html lang=en><p>도서관 소식과 공지사항 News</p>", "KR", "ko", id="letters beat the template"),
        pytest.param("<p>図書館からのお知らせ</p>", "JP", "ja", id="kana"),
        pytest.param('<html lang="zh-CN"><p>国家图书馆新闻</p>', "CN", "zh-Hans", id="zh-CN"),
        pytest.param('<html lang="zh_TW"><p>國家圖書館新聞</p>', "TW", "zh-Hant", id="zh_TW"),
        pytest.param("<p>國家圖書館新聞</p>", "HK", "zh-Hant", id="Han without a word"),
        pytest.param('<html class="x" lang="mn-MN"><p>Номын сан</p>', "MN", "mn-MN", id="said"),
        pytest.param("<p>Номын сан</p>", "MN", "mn", id="of the country"),
        pytest.param(
            '<html lang="zh-CN"><p>國家圖書館讀者服務</p>', "INT", "zh-Hant", id="Han letters beat the template"
        ),
        pytest.param("<p>اخبار کتابخانه و گزارش‌های چاپی پژوهشگران</p>", "INT", "fa", id="Persian letters"),
        pytest.param("<p>أخبار المكتبة الوطنية</p>", "INT", "ar", id="Arabic letters"),
        pytest.param('<html lang="ar"><p>أخبار المكتبة چ پ گ</p>', "INT", "ar", id="Arabic is said"),
        pytest.param("<p>Номын өдөр, өрөө, үзэсгэлэн</p>", "INT", "mn", id="Mongolian letters"),
        pytest.param("<p>Кітапхана жаңалықтары: қазақ әдебиеті</p>", "INT", "kk", id="Kazakh letters"),
        pytest.param("<p>Tin tức thư viện: bạn đọc đến với buổi tọa đàm</p>", "INT", "vi", id="Vietnamese letters"),
        pytest.param('<html lang="en"><p>Berita dan agenda untuk pemustaka</p>', "INT", "id", id="Indonesian words"),
        pytest.param("<p>Berita dan aktiviti untuk pembaca</p>", "MY", "ms", id="Malay words"),
        pytest.param("<p>News</p>", "INT", "en", id="nothing known"),
    ],
)
def test_language_is_guessed(text: str, country: str, language: str) -> None:
    assert language_of(text, country) == language


@pytest.mark.parametrize(
    ("country", "text", "order"),
    [
        pytest.param("NZ", "", "DMY", id="of the country"),
        pytest.param("PH", "", "MDY", id="month first"),
        pytest.param("KR", "", "YMD", id="year first"),
        pytest.param("INT", "01/02/2021 and 25/02/2021", "DMY", id="a day beyond twelve in front"),
        pytest.param("NZ", "01/02/2021 and 02-25-2021", "MDY", id="a day beyond twelve behind"),
        pytest.param("INT", "7/9/14 and 7/29/14", "MDY", id="short years"),
        pytest.param("INT", "25/02/14 and 21/02/03", "YMD", id="a short year that may stand first"),
        pytest.param("INT", "25/02/2021 and 02/25/2021", "YMD", id="contradiction"),
        pytest.param("INT", "2021/02/25 192.13.2021.1", "YMD", id="no such dates"),
    ],
)
def test_order_of_numbers_is_guessed(country: str, text: str, order: str) -> None:
    assert date_order_of(country, text) == order
