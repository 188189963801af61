"""Lists as library pages write them: boards, cards, definition lists, split dates, no markup worth a name."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crawlers.blocks import BlockError
from crawlers.kinds import Listing
from crawlers.kinds.list_page import Options
from db.errors import ParseError

Read = Callable[..., Listing]
NAV = "<nav><ul>" + "".join(f'<li><a href="/menu/{n}">Menu entry {n}</a></li>' for n in range(9)) + "</ul></nav>"
FOOT = (
    '<div class="footer"><a href="/policy/1">Privacy policy of this site</a><a href="/policy/2">Terms of use</a></div>'
)

BOARD = """<table class="board-list"><tbody>
<tr class="noti"><td class="num">공지</td>
<td class="subject"><a href="#none" onclick="fn_goView('9')">휴관 안내</a></td>
<td class="writer">관리자</td><td class="data">2021-01-01</td><td class="hit">512</td></tr>
<tr><td class="num">12</td>
<td class="subject"><a href="#none" onclick="fn_goView('37660')">협력세미나 개최<em class="new">N</em></a></td>
<td class="writer">관리자</td><td class="data">2020-11-26</td><td class="hit">141</td></tr>
<tr><td class="num">11</td><td class="subject"><a href="#none" onclick="fn_goView('37596')">[공지] LOD 컨퍼런스</a></td>
<td class="writer">관리자</td><td class="data">2020-11-12</td><td class="hit">97</td></tr>
</tbody></table>
<table id="only_mobile"><tr><td><a href="#none" onclick="fn_goView('37660')">협력세미나 개최</a></td></tr></table>"""


def page(main: str) -> str:
    return f"<html><head><title>News</title></head><body>{NAV}<div id='main'>{main}</div>{FOOT}</body></html>"


def told(listing: Listing) -> list[tuple[str, str | None]]:
    return [(item.title, item.published.on) for item in listing.items]


def test_board_with_pinned_rows_badges_and_scripted_links(read: Read) -> None:
    listing = read(
        "list_page", page(BOARD), "https://www.nl.go.kr/b.do?schM=list", onclick={"fn_goView": "?schM=view&id={0}"}
    )
    assert told(listing) == [
        ("휴관 안내", "2021-01-01"),
        ("협력세미나 개최", "2020-11-26"),
        ("LOD 컨퍼런스", "2020-11-12"),
    ]
    assert listing.items[1].url == "https://www.nl.go.kr/b.do?schM=view&id=37660"
    assert [item.summary for item in listing.items] == ["", "", ""]


def test_cut_title_is_taken_from_its_attribute(read: Read) -> None:
    rows = "".join(
        f'<li><a href="2020121{n}_19950{n}.shtml" title="国家图书馆举办第{n}届古籍保护展览开幕式">'
        f"国家图书馆举办第{n}届…</a>"
        f"<span>2020-12-1{n}</span></li>"
        for n in range(4)
    )
    listing = read(
        "list_page", page(f"<ul>{rows}</ul>"), country="CN", language="zh", link_pattern=r"/20\d{6}_\d+\.shtml$"
    )
    assert told(listing)[2] == ("国家图书馆举办第2届古籍保护展览开幕式", "2020-12-12")


def test_foreign_title_attribute_is_not_taken(read: Read) -> None:
    rows = "".join(
        f'<li><a href="/n/{n}" title="새창열림 외부 사이트로 이동합니다">소식 {n}번째</a></li>' for n in range(3)
    )
    assert read("list_page", page(rows), link_pattern=r"/n/\d").items[0].title == "소식 0번째"


def test_split_date_block_by_selectors(read: Read) -> None:
    item = (
        '<div class="otherLi"><span class="liDay">{}</span><span class="liMonth">{}</span>'
        '<a class="rightTitle" href="./show?id={}">研讨班在南昌举办</a><div class="rightMsg">二百余人参加。</div></div>'
    )
    options = {
        "item": ".otherLi",
        "title": ".rightTitle",
        "link": ".rightTitle",
        "summary": ".rightMsg",
        "day": ".liDay",
        "month": ".liMonth",
        "keep_params": ["id"],
    }
    listing = read(
        "list_page",
        page(item.format("08", "2020-12", 1) + item.format("05", "01", 2)),
        "https://www.lsc.org.cn/cns/html_pass/categoryList?id=1127",
        country="CN",
        language="zh",
        **options,
    )
    assert [(item.published.on, item.published.text) for item in listing.items] == [
        ("2020-12-08", "08 2020-12"),
        ("2020-01-05", "05 01"),
    ]
    assert listing.items[0].url == "https://www.lsc.org.cn/cns/html_pass/show?id=1"
    assert listing.items[0].summary == "二百余人参加。"


def test_split_date_block_without_selectors(read: Read) -> None:
    item = '<li><div class="d"><b>{}</b><i>2020-12</i></div><a href="/show/{}">研讨班在南昌举办了</a></li>'
    listing = read("list_page", page(item.format("08", 1) + item.format("05", 2)), link_pattern=r"/show/\d")
    assert [item.published.on for item in listing.items] == ["2020-12-08", "2020-12-05"]


def test_card_gives_title_day_summary_and_picture(read: Read) -> None:
    card = (
        '<div class="card"><a href="/news/story-{0}"><img src="/img/{0}.jpg" alt="">'
        "<h3>Story number {0} of the library</h3>"
        "<p>The library opened a new room for readers of all ages, number {0}.</p>"
        '<time datetime="2021-01-0{0}">x</time></a></div>'
    )
    listing = read("list_page", page("".join(card.format(n) for n in range(1, 5))), country="INT", language="en")
    first = listing.items[0]
    assert (first.title, first.published.on) == ("Story number 1 of the library", "2021-01-01")
    assert first.summary == "The library opened a new room for readers of all ages, number 1."
    assert first.image_url == "https://www.example.org/img/1.jpg"
    assert len(listing.items) == 4


def test_picture_link_title_link_and_more_link_are_one_item(read: Read) -> None:
    card = (
        '<div><a href="/n/{0}"><img src="/i{0}.jpg" alt="photo"></a><h4><a href="/n/{0}">A title {0}</a></h4>'
        '<a href="/n/{0}">Read more</a><p>2021-01-0{0}</p></div>'
    )
    listing = read("list_page", page("".join(card.format(n) for n in (1, 2, 3))), link_pattern=r"/n/\d")
    assert told(listing) == [("A title 1", "2021-01-01"), ("A title 2", "2021-01-02"), ("A title 3", "2021-01-03")]


def test_definition_list_dates_its_entries(read: Read) -> None:
    rows = "".join(
        f'<dt>2021年1月{n}日</dt><dd><a href="/jp/news/{n}.html">お知らせの題名{n}です</a></dd>' for n in (3, 2, 1)
    )
    listing = read("list_page", page(f"<dl>{rows}</dl>"), country="JP", language="ja", link_pattern=r"/jp/news/\d")
    assert [item.published.on for item in listing.items] == ["2021-01-03", "2021-01-02", "2021-01-01"]


def test_heading_dates_the_items_below(read: Read) -> None:
    body = (
        '<h3>2021-1-4</h3><ul><li><a href="/a/1">First</a></li><li><a href="/a/2">Second</a></li></ul>'
        '<h3>2020-12-28</h3><ul><li><a href="/a/3">Third</a></li></ul>'
    )
    listing = read("list_page", page(body), link_pattern=r"/a/\d", date_heading="h3")
    assert told(listing) == [("First", "2021-01-04"), ("Second", "2021-01-04"), ("Third", "2020-12-28")]


def test_heading_without_a_block_owns_what_follows(read: Read) -> None:
    body = "".join(f'<h2><a href="/a/{n}">Entry {n}</a></h2><p>2021-01-0{n}</p><p>text</p>' for n in (2, 1))
    assert told(read("list_page", page(body), link_pattern=r"/a/\d")) == [
        ("Entry 2", "2021-01-02"),
        ("Entry 1", "2021-01-01"),
    ]


def test_day_of_an_event_in_the_summary_is_not_the_day_of_the_news(read: Read) -> None:
    row = (
        '<li><a href="/car/{0}">シンポジウムを開催 その{0}</a><p>2021年2月</p>'
        "<p>2021年2月4日にアジア太平洋地域の図書館員が"
        "参加するシンポジウムがオンラインで開催されました。</p></li>"
    )
    item = read(
        "list_page", page(row.format(1) + row.format(2)), country="JP", language="ja", link_pattern=r"/car/\d"
    ).items[0]
    assert (item.published.on, item.published.precision) == ("2021-02-01", "month")


def test_date_in_the_address_is_the_last_resort(read: Read) -> None:
    rows = "".join(f'<li><a href="/en/news/fy2020/2101{n}_01.html">Notice number {n}</a></li>' for n in (28, 27))
    found = read("list_page", page(rows), link_pattern=r"/fy\d{4}/").items[0].published
    assert (found.on, found.source) == ("2021-01-28", "url")


def test_title_is_stripped_of_date_and_pattern(read: Read) -> None:
    rows = '<li><a href="/a/1">2021-1-4 News: Greetings</a></li><li><a href="/a/2">News: Other (2020/12/12)</a></li>'
    listing = read("list_page", page(rows), link_pattern=r"/a/\d", title_strip="^News: ")
    assert told(listing) == [("Greetings", "2021-01-04"), ("Other", "2020-12-12")]


def test_years_of_a_list_without_years_follow_each_other(read: Read) -> None:
    rows = "".join(
        f'<li><a href="/a/{n}">开馆公告第{n}号</a><span>[{day}]</span></li>'
        for n, day in enumerate(("02-02", "12-30", "11-02"))
    )
    listing = read("list_page", page(rows), country="CN", language="zh", link_pattern=r"/a/\d")
    assert [item.published.on for item in listing.items] == ["2021-02-02", "2020-12-30", "2020-11-02"]


def test_structure_alone_finds_the_dated_list(read: Read) -> None:
    popular = (
        "<div class='side'>"
        + "".join(f'<a href="/hot/{n}">A popular story of last year {n}</a>' for n in range(9))
        + "</div>"
    )
    rows = "".join(
        f'<tr><td>{n}</td><td><a href="view.do?no={n}">A notice of the library {n}</a></td><td>2021.01.0{n}</td></tr>'
        for n in range(1, 7)
    )
    listing = read("list_page", page(f"{popular}<table>{rows}</table>"))
    assert told(listing)[0] == ("A notice of the library 1", "2021-01-01")
    assert len(listing.items) == 6


def test_item_language_comes_from_its_own_markup(read: Read) -> None:
    rows = '<li><a lang="en" href="/a/1">In English</a></li><li><a href="/a/2">한국어로</a></li>'
    assert [item.language for item in read("list_page", page(rows), link_pattern=r"/a/\d").items] == ["en", None]


def test_volatile_parameters_do_not_make_two_items(read: Read) -> None:
    rows = '<li><a href="?id=1&page=1">One and the same</a></li><li><a href="?id=1&page=2">One and the same</a></li>'
    listing = read("list_page", page(rows), link_pattern=r"id=\d", keep_params=["id"])
    assert [item.canonical_url for item in listing.items] == ["https://www.example.org/news/?id=1"]


def test_hostile_title_is_cleaned(read: Read) -> None:
    rows = '<li><a href="/a/1">\u202eevil\u0007 &lt;b&gt;title&lt;/b&gt;  e\u0301</a></li>'
    assert read("list_page", page(rows), link_pattern=r"/a/\d").items[0].title == "evil <b>title</b> é"


@pytest.mark.parametrize(
    "text",
    [
        "게시물이 없습니다.",
        "등록된 게시물이 없습니다",
        "검색결과가 없습니다.",
        "暂无数据",
        "查無資料",
        "No results",
        "There is no data.",
        "No posts found",
        "お知らせはありません。",
    ],
)
def test_list_that_says_it_is_empty_is_empty(read: Read, text: str) -> None:
    assert read("list_page", page(f"<table><tr><td>{text}</td></tr></table>"), item="tr.row") == Listing(())


def test_empty_list_known_by_its_marker(read: Read) -> None:
    assert read("list_page", page('<ul><li id="noData">-</li></ul>'), link_pattern="/a/") == Listing(())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param({"item": "li.news"}, "item selector 'li.news'", id="selector"),
        pytest.param({"link_pattern": r"/n/\d+$"}, "link_pattern", id="pattern"),
        pytest.param({"item": "li.news", "link_pattern": r"/n/\d+$"}, "link_pattern", id="both"),
        pytest.param({}, "no three links", id="structure"),
    ],
)
def test_page_without_a_list_says_what_is_missing(read: Read, options: dict[str, str], said: str) -> None:
    with pytest.raises(ParseError, match="no list") as caught:
        read("list_page", page("<p>Welcome to the library.</p>"), **options)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("body", "content_type", "said"),
    [
        pytest.param("", "text/html", "empty", id="nothing"),
        pytest.param(" \n ", "text/html", "empty", id="white space"),
        pytest.param("%PDF-1.4 <a", "", "not a web page", id="pdf"),
        pytest.param("<html>", "application/pdf", "not a web page but application/pdf", id="pdf by its header"),
        pytest.param('{"a": 1}', "", "no list", id="json without a list"),
        pytest.param('{"a": ', "", "no HTML", id="half of a json"),
        pytest.param("Just words.", "text/plain", "no HTML", id="words"),
    ],
)
def test_what_is_not_a_page_is_refused(read: Read, body: str, content_type: str, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        read("list_page", body, content_type=content_type)


ROWS = "".join(f'<li><a href="/a/{n}">Notice number {n}</a></li>' for n in range(3))


@pytest.mark.parametrize(
    ("pager", "options", "following"),
    [
        pytest.param('<a href="?page=3">下一页</a>', {}, "?page=3", id="zh"),
        pytest.param(
            '<a href="?page=1">上一页</a><a href="?page=3">下一頁 »</a>', {}, "?page=3", id="zh after previous"
        ),
        pytest.param('<a href="?page=3">次へ</a>', {}, "?page=3", id="ja"),
        pytest.param('<a href="?page=3">次の10件</a>', {}, "?page=3", id="ja count"),
        pytest.param('<a href="?page=3"><span>다음</span></a>', {}, "?page=3", id="ko"),
        pytest.param('<a href="?page=3">Дараах</a>', {}, "?page=3", id="mn"),
        pytest.param('<a href="?page=3">Next ›</a>', {}, "?page=3", id="en"),
        pytest.param('<a href="?page=9">»</a><a href="?page=3">›</a>', {}, "?page=3", id="sign, not the last page"),
        pytest.param('<a href="?page=3" rel="nofollow next">3</a>', {}, "?page=3", id="rel on a link"),
        pytest.param('<a class="n" href="?page=3">more</a>', {"next": "a.n"}, "?page=3", id="selector"),
        pytest.param('<a href="?page=2">Next</a>', {}, None, id="never the page itself"),
        pytest.param('<a href="https://other.example/?page=3">Next</a>', {}, None, id="never another host"),
        pytest.param('<a href="/next">What happens next in our library</a>', {}, None, id="words in a sentence"),
        pytest.param("", {"next_template": "?page={n}"}, "?page=3", id="template"),
        pytest.param("", {}, None, id="last page"),
    ],
)
def test_next_page(read: Read, pager: str, options: dict[str, str], following: str | None) -> None:
    url = "https://www.example.org/news/"
    listing = read("list_page", page(ROWS + pager), f"{url}?page=2", link_pattern=r"/a/\d", **options)
    assert listing.next_url == (following and url + following)


@pytest.mark.parametrize(
    ("url", "template", "first", "following"),
    [
        pytest.param(
            "https://a.example/n/index.shtml", "index_{n}.shtml", 1, "https://a.example/n/index_2.shtml", id="first"
        ),
        pytest.param(
            "https://a.example/n/index_4.shtml", "index_{n}.shtml", 1, "https://a.example/n/index_5.shtml", id="fourth"
        ),
        pytest.param(
            "https://a.example/n/index.htm", "index_{n}.htm", 0, "https://a.example/n/index_1.htm", id="from nought"
        ),
        pytest.param("https://a.example/n?page=x", "?page={n}", 1, "https://a.example/n?page=2", id="nonsense"),
    ],
)
def test_template_counts_on_from_the_present_address(
    read: Read, url: str, template: str, first: int, following: str
) -> None:
    listing = read("list_page", page(ROWS), url, link_pattern=r"/a/\d", next_template=template, first_page=first)
    assert listing.next_url == following


@pytest.mark.parametrize(
    "options",
    [
        {"item": "li..x"},
        {"next": "a[href"},
        {"link_pattern": "("},
        {"title_strip": "*"},
        {"next_template": "?page=2"},
        {"unknown": 1},
    ],
    ids=["selector", "next", "pattern", "title_strip", "template", "key"],
)
def test_wrong_options_are_refused_before_the_run(options: dict[str, object]) -> None:
    with pytest.raises(BlockError):
        Options.checked(options)
