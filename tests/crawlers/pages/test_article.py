"""What an article page says of itself, by metadata, near its title, or not at all."""

from __future__ import annotations

from datetime import date

import pytest

from crawlers.kinds import Page
from crawlers.pages.article import TEXT_CHARACTERS, read_article
from crawlers.sources import CommonOptions, Source
from db.errors import ParseError
from db.records import NO_DATE, Article

TODAY = date(2021, 2, 10)
SENTENCES = (
    "The library opened a new reading room for readers of all ages, with many books and a quiet garden beside it.",
    "Visitors came from all parts of the country to see the rare maps, and librarians answered their questions.",
    "The director thanked the staff, and announced that the room will stay open every day of the coming year.",
)
TEXT = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)


def read(
    body: str, url: str = "https://www.example.org/news/1.html", *, country: str = "INT", language: str = "en"
) -> Article:
    source = Source(
        id="s",
        name="S",
        institution="S",
        country=country,
        sub_region="x",
        language=language,
        kind="feed",
        url="https://www.example.org/",
    )
    return read_article(Page(url, body.encode()), source, CommonOptions(), TODAY)


def page(main: str, head: str = "", lang: str = "") -> str:
    menu = "<nav>" + "".join(f'<a href="/{n}">Entry {n}</a> ' for n in range(9)) + "</nav>"
    foot = "<footer>© 2019-01-01</footer>"
    return f"<html{lang}><head>{head}</head><body>{menu}<div class='c'>{main}</div>{foot}</body></html>"


def test_article_page_is_read_whole() -> None:
    head = (
        '<title>A new room | Library</title><meta property="og:title" content="A new room">'
        '<meta property="article:published_time" content="2020-12-11T20:00:00Z">'
        '<meta property="og:image" content="/i.jpg">'
    )
    article = read(page(f"<h1>A new room</h1>{TEXT}", head, ' lang="mn"'), country="MN")
    assert article.title == "A new room"
    assert article.text == "\n\n".join(SENTENCES)
    assert (article.published.on, article.published.source) == ("2020-12-12", "meta")
    assert (article.language, article.image_url) == ("mn", "https://www.example.org/i.jpg")


@pytest.mark.parametrize(
    ("head", "main", "title"),
    [
        pytest.param("<title>A new room - National Library</title>", "<h2>A new room</h2>", "A new room", id="heading"),
        pytest.param(
            "<title>A new room - National Library</title>",
            "<h1>National Library</h1><h2>A new room</h2>",
            "A new room",
            id="site name as first heading",
        ),
        pytest.param(
            '<title>A new room | Library</title><meta property="og:title" content="Library">',
            "<h3>A new room</h3>",
            "A new room",
            id="og:title is the site",
        ),
        pytest.param(
            '<meta property="og:title" content="A new room - Library"><meta property="og:site_name" content="Library">',
            "",
            "A new room",
            id="site name behind",
        ),
        pytest.param(
            "<title>A new room｜National Diet Library</title>",
            "<h1>2021-1-28 A new room</h1>",
            "A new room",
            id="date in front",
        ),
        pytest.param(
            '<script type="application/ld+json">{"@graph": [{"headline": "A new room"}]}</script>',
            "",
            "A new room",
            id="linked data",
        ),
        pytest.param(
            "<title>图书馆举办展览_中国图书馆学会</title>", "<h1>图书馆举办展览</h1>", "图书馆举办展览", id="chinese"
        ),
        pytest.param(
            "<title>News--Society of Maps</title>",
            "<h3>Home - News</h3><h5>A new reading room</h5><p>发布时间：2021-01-18 来源：学会</p>",
            "A new reading room",
            id="heading above the dated line",
        ),
        pytest.param(
            "<title>图书馆阅览室管理办法-某某大学纪检监察</title>",
            "<td><span>图书馆阅览室管理办法</span></td>",
            "图书馆阅览室管理办法",
            id="line of the page",
        ),
        pytest.param(
            "<title>Library - A new reading room for maps</title>",
            "<h3>A new reading room for maps</h3>",
            "A new reading room for maps",
            id="site in front",
        ),
        pytest.param("<title>A new room</title>", "", "A new room", id="window title alone"),
        pytest.param("", "", "", id="none"),
    ],
)
def test_title(head: str, main: str, title: str) -> None:
    assert read(page(f"{main}{TEXT}", head)).title == title


@pytest.mark.parametrize(
    ("main", "head", "on", "source"),
    [
        pytest.param("<h1>T room</h1>", '<meta name="PubDate" content="2020-12-16">', "2020-12-16", "meta", id="meta"),
        pytest.param(
            "<h1>T room</h1>",
            '<script type="application/ld+json">[{"datePublished": "2020-12-16T01:00:00+08:00"}]</script>',
            "2020-12-16",
            "meta",
            id="linked data",
        ),
        pytest.param(
            '<h1>T room</h1><time class="entry-date published" datetime="2020-12-16">x</time>',
            "",
            "2020-12-16",
            "meta",
            id="time element",
        ),
        pytest.param(
            "<h1>T room</h1><div>发布时间：2020-12-16 来源：本馆 浏览次数：77</div>",
            "",
            "2020-12-16",
            "text",
            id="zh label",
        ),
        pytest.param(
            "<h3>T room</h3><ul><li>Department Office</li><li>Registration Date 2020-11-27</li><li>views 141</li></ul>",
            "",
            "2020-11-27",
            "text",
            id="registration date",
        ),
        pytest.param("<h3>T room</h3><p>등록일 2020.11.27.</p>", "", "2020-11-27", "text", id="ko label"),
        pytest.param("<h1>2021-1-28 T room</h1>", "", "2021-01-28", "text", id="in the heading"),
        pytest.param("<h1>T room</h1><p>16 December 2020</p>", "", "2020-12-16", "text", id="line near the title"),
        pytest.param("<h1>T room</h1><p>Juche109(2020)</p>", "", "2020-01-01", "text", id="year of Juche"),
        pytest.param(f"<h1>T room</h1>{TEXT}<p>Posted 2020年11月5日</p>", "", "2020-11-05", "text", id="posted below"),
        pytest.param(
            "<h1>T room</h1><p>The conference takes place on 16 December 2020 in the hall of the library.</p>",
            "",
            None,
            None,
            id="day of an event",
        ),
        pytest.param(
            "<h1>T room</h1>",
            '<script type="application/ld+json">{"title": "T room", "pubDate": "2020-09-11T02:46:57"}</script>',
            "2020-09-11",
            "meta",
            id="short name in linked data",
        ),
        pytest.param("<h1>T room</h1>", "", None, None, id="none but the footer's"),
    ],
)
def test_publication_day(main: str, head: str, on: str | None, source: str | None) -> None:
    published = read(page(f"{main}{TEXT * 3}", f"<title>T room</title>{head}")).published
    assert (published.on, published.source) == (on, source)


def test_day_in_the_address_is_the_last_resort() -> None:
    url = "https://www.nlc.cn/newen/nlcnews/202102/t20210202_199415.htm"
    assert read(page(f"<h1>T</h1>{TEXT}"), url).published.source == "url"
    assert read(page(f"<h1>T</h1><p>2021-02-03</p>{TEXT}"), url).published.on == "2021-02-03"


def test_counter_and_title_are_no_text() -> None:
    main = f"<h1>A new room for maps</h1><p>Registration Date 2020-11-27 views 141</p><p>浏览次数：77次</p>{TEXT}"
    assert read(page(main, "<title>A new room for maps</title>")).text.split("\n\n")[-3:] == list(SENTENCES)
    assert "141" not in read(page(main)).text and "77" not in read(page(main)).text


def test_menus_and_tables_are_no_text() -> None:
    text = read(page(f"<h1>T</h1>{TEXT}<table><tr><td>Calendar</td></tr></table>")).text
    assert "Entry 1" not in text and "Calendar" not in text


def test_text_is_bounded_and_clean() -> None:
    main = "".join(
        f"<p>Paragraph {n}\u202e\u0085 of a very long text about libraries and their many readers.</p>"
        for n in range(900)
    )
    text = read(page(main)).text
    assert 10_000 < len(text) <= TEXT_CHARACTERS
    assert not {"\u202e", "\u0085"} & set(text)


def test_page_that_tells_nothing_gives_an_empty_article() -> None:
    assert read("<p></p>") == Article("", "", NO_DATE, None, None)


@pytest.mark.parametrize("body", ["", "%PDF-1.7 <a", "words"])
def test_what_is_not_a_page_is_refused(body: str) -> None:
    with pytest.raises(ParseError):
        read(body)


@pytest.mark.parametrize(
    ("main", "picture"),
    [
        pytest.param('<img src="/room.jpg">', "/room.jpg", id="first of the body"),
        pytest.param('<img src="/blank.gif" data-src="/room.jpg">', "/room.jpg", id="loaded late"),
        pytest.param('<img data-original="/room.jpg" src="/loading.png">', "/room.jpg", id="loaded late, other name"),
        pytest.param('<img srcset="/room-800.jpg 800w, /room-400.jpg 400w">', "/room-800.jpg", id="set of sources"),
        pytest.param('<img src="/i/icon_new.png"><img src="/room.jpg">', "/room.jpg", id="no icon"),
        pytest.param('<img src="/t.jpg" width="1" height="1"><img src="/room.jpg">', "/room.jpg", id="no pixel"),
        pytest.param('<img src="/t.jpg" style="width: 20px"><img src="/room.jpg">', "/room.jpg", id="no small one"),
        pytest.param('<img src="data:image/png;base64,AAAA">', None, id="no data"),
        pytest.param('<a href="/news/2.html"><img src="/other.jpg"></a>', None, id="no preview of another page"),
        pytest.param('<a href="/big.jpg"><img src="/room.jpg"></a>', "/room.jpg", id="its own large form"),
        pytest.param('<div class="related"><img src="/other.jpg"></div>', None, id="no related page's"),
        pytest.param('<img src="javascript:alert(1)">', None, id="no script"),
        pytest.param("", None, id="none"),
    ],
)
def test_picture_of_the_text(main: str, picture: str | None) -> None:
    top = '<div><img src="/top.jpg"></div>'
    found = read(page(f"{top}<h1>A new room</h1>{main}{TEXT}", "<title>A new room</title>")).image_url
    assert found == (picture and f"https://www.example.org{picture}")


def test_stated_picture_comes_before_that_of_the_text() -> None:
    head = '<title>A new room</title><meta property="og:image" content="/stated.jpg">'
    assert str(read(page(f'<h1>A new room</h1><img src="/room.jpg">{TEXT}', head)).image_url).endswith("/stated.jpg")


@pytest.mark.parametrize(
    ("main", "on", "precision"),
    [
        pytest.param(
            "<p>February 2021</p><p>Lecture: 8 January 2021</p>", "2021-02-01", "month", id="month before event"
        ),
        pytest.param("<p>Lecture: 8 January 2021</p><p>2021年2月</p>", "2021-02-01", "month", id="month after event"),
        pytest.param("<p>2020-12-01</p><p>February 2021</p>", "2020-12-01", "day", id="the first of two"),
        pytest.param("<p>Date: 8 January 2021</p><p>No. 7, May 2020</p>", "2021-01-08", "day", id="day among words"),
        pytest.param("<p>日時：2021年1月8日</p>", None, "none", id="day of an event by its label"),
        pytest.param(
            "<p>今天是2021年2月10日 星期三</p><p>2021-02-03</p>", "2021-02-03", "day", id="greeting in Chinese"
        ),
        pytest.param("<p>Today is Wednesday, 10 February 2021</p>", None, "none", id="greeting in English"),
        pytest.param("<p>오늘</p><p>어제</p><p>전체</p>", None, "none", id="words of a counter"),
        pytest.param("<p>Updated: 2021-02-03</p><p>2021-01-05</p>", "2021-01-05", "day", id="published, then updated"),
        pytest.param(f"{TEXT * 3}<p>最終更新日：2021年2月3日</p>", "2021-02-03", "day", id="only updated"),
        pytest.param(f"<p>2021-01-05</p>{TEXT}<p>掲載日：2021年1月4日</p>", "2021-01-04", "day", id="label below"),
    ],
)
def test_publication_is_told_from_other_days(main: str, on: str | None, precision: str) -> None:
    published = read(page(f"<h1>A new room</h1>{main}{TEXT}", "<title>A new room</title>")).published
    assert (published.on, published.precision) == (on, precision)


@pytest.mark.parametrize(
    "line",
    [
        "浏览次数：77次",
        "點閱數：77",
        "조회수 77",
        "77 views",
        "Lượt xem: 77",
        "Dilihat: 77 kali",
        "ผู้เข้าชม 77 ครั้ง",
        "Просмотров: 77",
        "今天是2077年2月10日",
        "Today is Wednesday, 10 February 2077",
    ],
)
def test_text_is_the_same_at_every_visit(line: str) -> None:
    before = read(page(f"<h1>A new room</h1><p>{line}</p>{TEXT}"))
    after = read(page(f"<h1>A new room</h1><p>{line.replace('77', '78')}</p>{TEXT}"))
    assert before == after
    assert "77" not in before.text
