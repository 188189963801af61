"""Lists found by structure alone, beside all that stands around a list on real pages."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawlers.kinds import Listing, Page
from crawlers.kinds.list_page import Options, parse
from crawlers.sources import Source
from db.errors import ParseError

URL = "https://www.library.example/news/list.do"
SOURCE = Source(
    id="s", name="S", institution="S", country="KR", sub_region="x", language="ko", kind="list_page", url=URL
)
MENU = (
    "<div class='gnb'><ul>"
    + "".join(f'<li><a href="/menu/{n}">Library menu {n}</a></li>' for n in range(12))
    + "</ul></div>"
)
POPULAR = (
    "<div class='most-read'><ol>"
    + "".join(f'<li><a href="/news/{n}">An old story that many have read {n}</a></li>' for n in range(90, 99))
    + "</ol></div>"
)
CALENDAR = (
    "<table class='calendar'><tr>"
    + "".join(f'<td><a href="/day/{n}">{n}</a></td>' for n in range(1, 29))
    + "</tr></table>"
)
SLIDER = (
    "<div class='slider'>"
    + "".join(f'<a href="/event/{n}"><img src="/b{n}.jpg" alt="Banner {n}"></a>' for n in range(5))
    + "</div>"
)


def read(main: str, **options: object) -> Listing:
    body = (
        f"<html><head><title>T</title></head><body>"
        f"{MENU}{SLIDER}<div id='main'>{main}</div>{POPULAR}{CALENDAR}</body></html>"
    )
    return parse(Page(URL, body.encode()), SOURCE, Options.checked(options), date(2021, 2, 15))


def told(listing: Listing) -> list[tuple[str, str, str | None]]:
    return [(item.title, item.url.rpartition("/")[2], item.published.on) for item in listing.items]


WANTED = [(f"Notice of the library number {n}", f"{n}", f"2021-01-0{n}") for n in range(1, 6)]
FORMS = {
    "list items": '<li><a href="/news/{n}">{title}</a><span>2021-01-0{n}</span></li>',
    "date before the link": '<li><span class="date">2021.01.0{n}</span><a href="/news/{n}">{title}</a></li>',
    "table rows": "<tr><td>{n}</td><td><a href='/news/{n}'>{title}</a></td><td>staff</td><td>2021-01-0{n}</td></tr>",
    "cards": '<div class="card"><a href="/news/{n}"><img src="/{n}.jpg"></a><h3><a '
    'href="/news/{n}">{title}</a></h3><time datetime="2021-01-0{n}">x</time></div>',
    "title not linked": '<div class="c"><h3>{title}</h3><p>2021-01-0{n}</p><a href="/news/{n}">Read more</a></div>',
    "headings and siblings": '<h3><a href="/news/{n}">{title}</a></h3><p>2021-01-0{n}</p>',
    "dated headings": '<h3>2021-01-0{n}</h3><p><a href="/news/{n}">{title}</a></p>',
    "definition list": '<dt>2021-01-0{n}</dt><dd><a href="/news/{n}">{title}</a></dd>',
    "line breaks": '<a href="/news/{n}">{title}</a> 2021-01-0{n}<br>',
    "split date": '<li><p class="d"><b>0{n}</b><i>2021-01</i></p><a href="/news/{n}">{title}</a></li>',
    "two rows each": "<tr><td><a href='/news/{n}'>{title}</a></td></tr><tr><td>2021-01-0{n} staff</td></tr>",
    "a table each": "<table><tr><td><a href='/news/{n}'>{title}</a></td></tr><tr><td>2021-01-0{n}</td></tr></table>",
    "category and writer": '<li><a href="/c/one">News</a> <a href="/news/{n}">'
    '{title}</a> <a href="/by/ann">Ann</a> 2021-01-0{n}</li>',
    "title and file": "<tr><td><a href='/news/{n}'>{title}</a></td><td><a "
    "href='/f/{n}.pdf'>Download</a></td><td>2021-01-0{n}</td></tr>",
    "a whole card is the link": '<a class="c" href="/news/{n}"><div class="i">'
    "</div><p>{title}</p><span>2021-01-0{n}</span></a>",
    "files alone are linked": '<li><strong>0{n} Jan 2021</strong>: {title} [<a href="/news/{n}">PDF 1{n}0KB</a>]'
    ' [<a href="/f/{n}.docx">DOCX</a>]</li>',
    "number, name and opinion": '<p>SC2017{n} {title} <a href="/news/{n}">Opinion (PDF)</a> <i>2021-01-0{n}</i></p>',
    "day and views behind icons": '<li><a href="/news/{n}">{title}</a><div><b>staff</b><i class="clock"></i> 01-0{n} '
    '<i class="eye"></i> 3{n}</div></li>',
    "badge": '<li><a href="/news/{n}"><em>NEW</em>{title}<span class="blind">새글</span></a> 2021-01-0{n}</li>',
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_records_of_every_form_are_found(form: str) -> None:
    rows = "".join(form.format(n=n, title=f"Notice of the library number {n}") for n in range(1, 6))
    inside = {"<tr": f"<table>{rows}</table>", "<dt": f"<dl>{rows}</dl>", "<li": f"<ul>{rows}</ul>"}
    assert told(read(inside.get(form[:3], rows))) == WANTED


def test_list_without_dates_is_known_by_its_titles_and_addresses() -> None:
    rows = "".join(
        f'<li><a href="/story/{n}-a-long-name">A story without a day, number {n} of them</a></li>' for n in range(8)
    )
    assert len(read(f"<ul>{rows}</ul>").items) == 8


def test_two_dated_entries_are_a_list_whatever_their_addresses() -> None:
    form = '<li><a href="/notes/{}.html">A note of the library</a><span>2021-01-0{}</span></li>'
    listing = read("<ul>" + form.format("first", 1) + form.format("second", 2) + "</ul>")
    assert [item.url.rpartition("/")[2] for item in listing.items] == ["first.html", "second.html"]


def test_parts_of_one_list_are_read_together() -> None:
    months = "".join(
        f"<h4>2021-0{month}</h4><ul>"
        + "".join(f'<li><a href="/n/{month}{n}">A notice with number {n}</a> 0{month}-1{n}</li>' for n in range(3))
        + "</ul>"
        for month in (2, 1)
    )
    assert [item.published.on for item in read(months).items][::3] == ["2021-02-10", "2021-01-10"]


def test_entry_that_leads_elsewhere_belongs_to_the_list() -> None:
    rows = [
        f'<li><a href="/news/{n}">Notice of the library number {n}</a><i>2021-01-0{n}</i></li>' for n in range(1, 6)
    ]
    rows.insert(2, '<li><a href="https://other.example/x">A notice of somebody else</a><i>2021-01-03</i></li>')
    assert read(f"<ul>{''.join(rows)}</ul>").items[2].url == "https://other.example/x"


def test_pinned_row_and_mobile_twin_appear_once() -> None:
    row = "<tr><td>{}</td><td><a href='/news/{n}'>Notice of the library {n}</a></td><td>2021-01-0{n}</td></tr>"
    rows = row.format("공지", n=3) + "".join(row.format(n, n=n) for n in range(1, 6))
    twin = "".join(f"<li><a href='/news/{n}'>Notice of the library {n}</a></li>" for n in range(1, 6))
    assert len(read(f"<table>{rows}</table><ul id='only_mobile'>{twin}</ul>").items) == 5


def test_cell_that_spans_rows_dates_them() -> None:
    rows = "<tr><td rowspan=2>2021-01-05</td><td><a href='/n/11'>The first notice of the day</a></td></tr>"
    rows += "<tr><td><a href='/n/12'>The second notice of the day</a></td></tr>"
    rows += "<tr><td>2021-01-04</td><td><a href='/n/13'>The notice of another day</a></td></tr>"
    assert [item.published.on for item in read(f"<table>{rows}</table>").items] == [
        "2021-01-05",
        "2021-01-05",
        "2021-01-04",
    ]


def test_column_of_publication_goes_before_a_period() -> None:
    head = "<tr><th>title</th><th>접수기간</th><th>등록일</th></tr>"
    rows = "".join(
        f"<tr><td><a href='/n/1{n}'>A call for papers, {n}</a></td><td>2021-01-2{n}</td><td>2021-01-0{n}</td></tr>"
        for n in (1, 2, 3)
    )
    assert next(item.published.on for item in read(f"<table>{head}{rows}</table>").items) == "2021-01-01"


@pytest.mark.parametrize(
    "main",
    [
        pytest.param("<form><input name='id'><input type='password' name='pw'></form>", id="login"),
        pytest.param("<h1>404 Not Found</h1><p>The page is not here.</p>", id="not found"),
        pytest.param(
            "<h1>A title</h1>" + "<p>A long paragraph of a single article that says much of the matter.</p>" * 30,
            id="article",
        ),
        pytest.param(
            "".join(
                f"<a href=\"javascript:__doPostBack('g','{n}')\">A notice nobody can link {n}</a>" for n in range(9)
            ),
            id="postback",
        ),
        pytest.param(
            "<form><input name='name'><textarea name='text'></textarea></form><ul>"
            + "".join(f"<li><a href='/shelf/10{n}'>Everything of our shelf with number {n}</a></li>" for n in range(9))
            + "</ul>",
            id="page to be filled in, with a menu",
        ),
        pytest.param(
            "<ul>" + "".join(f"<li><a href='/shelf/10{n}'>Gifts and games {n}</a></li>" for n in range(30)) + "</ul>",
            id="menu of short names",
        ),
    ],
)
def test_page_without_a_list_is_no_list(main: str) -> None:
    body = f"<html><body>{MENU}<div id='main'>{main}</div></body></html>"
    with pytest.raises(ParseError, match="no list"):
        parse(Page(URL, body.encode()), SOURCE, Options(), date(2021, 2, 15))


@pytest.mark.parametrize(
    "text", ["등록된 게시물이 없습니다.", "暂无数据", "ไม่พบข้อมูล", "Belum ada berita.", "موردی یافت نشد"]
)
def test_empty_list_among_menus_is_empty(text: str) -> None:
    body = f"<html><body>{MENU}<table><tr><td>{text}</td></tr></table></body></html>"
    assert parse(Page(URL, body.encode()), SOURCE, Options(), date(2021, 2, 15)) == Listing(())


def test_selectors_that_find_nothing_beside_a_good_list_tell_of_a_new_layout() -> None:
    rows = "".join(FORMS["list items"].format(n=n, title=f"Notice of the library number {n}") for n in range(1, 6))
    with pytest.raises(ParseError, match=r"the layout changed.*5 entries"):
        read(f"<ul>{rows}</ul>", item="tr.row")


CUTS = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.integers(0, 400),
        st.sampled_from(["", "\0", "<div>" * 3000, "</table>", "<tr>", "'", '"', "<a href=", "<script>"]),
    ),
    max_size=5,
)


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(CUTS, st.sampled_from(sorted(FORMS)), st.booleans())
def test_mutated_page_gives_items_or_a_parse_error(cuts: list[tuple[float, int, str]], form: str, twice: bool) -> None:
    text = MENU + "".join(FORMS[form].format(n=n, title=f"Notice number {n} of all") for n in range(1, 9)) + POPULAR
    for place, length, piece in cuts:
        start = int(place * len(text))
        text = (
            text[:start]
            + piece
            + text[start + (0 if twice else length) :]
            + (text[start : start + length] if twice else "")
        )
    try:
        items = parse(Page(URL, text.encode()), SOURCE, Options(), date(2021, 2, 15)).items
    except ParseError:
        return
    assert len({item.canonical_url for item in items}) == len(items) and all(item.title for item in items)


def front(boxes: int) -> str:
    """A page with ten dated stories, and boxes of eight others each."""

    def story(part: str, number: int) -> str:
        return f'<a href="/{part}/a-story-of-it/{number}.html">A story of the town, number {number}</a>'

    newest = "".join(f"<li>{story('town', 1000 + n)} 2021-01-0{n + 1}</li>" for n in range(9))
    others = "".join(
        f'<div class="{part}"><h3>Part</h3>'
        + "".join(f"<h4>{story(part, start + n)}</h4>" for n in range(8))
        + "</div>"
        for start, part in ((2000, "sport"), (2100, "harbour"), (2200, "culture"))[:boxes]
    )
    beside = "".join(f"<p>{story('more', number)}</p>" for number in (3000, 3001))
    return f"<ul>{newest}</ul>{others}{beside}"


def test_front_page_of_a_portal_is_read_with_all_its_stories() -> None:
    assert len(read(front(3)).items) == 35


def test_a_few_stories_beside_a_list_are_none_of_it() -> None:
    assert len(read(front(0)).items) == 9


def test_front_page_that_names_its_stories_with_and_without_www_is_one_host() -> None:
    page = front(3).replace('href="/sport', 'href="https://library.example/sport')
    assert len(read(page).items) == 35


def test_undated_stories_in_a_block_of_their_own_are_none_of_a_dated_list() -> None:
    newest = "".join(
        f'<li><a href="/news-{n}0.html">Notice of the library {n}</a><i>2021-01-0{n}</i></li>' for n in range(1, 7)
    )
    known = "".join(f'<li><a href="/talk-{n}0.html">A story that is often read {n}</a></li>' for n in range(1, 4))
    assert len(read(f"<div><ul>{newest}</ul></div><div class='r'><h3>Known</h3><ul>{known}</ul></div>").items) == 6


def test_revision_named_beside_an_entry_is_none_and_does_not_date_it() -> None:
    rows = "".join(
        f'<tr><td>{n}</td><td>2021-01-0{n}</td><td><a href="/pdf/19-{n}0_a.pdf">Notice of the library number {n}</a>'
        + ("&nbsp;<a href='/pdf/19-30_b.pdf'>Revisions: 2021-01-19</a>" if n == 3 else "")
        + "</td></tr>"
        for n in range(1, 8)
    )
    listed = [(item.title[-1:], item.published.on) for item in read(f"<table>{rows}</table>").items]
    assert listed == [(f"{n}", f"2021-01-0{n}") for n in range(1, 8)]


def test_entries_that_are_forms_with_a_button_are_links() -> None:
    rows = "".join(
        f'<li><form method="post" action="/bbs/selectArticle.do"><input type="hidden" name="bbsId" value="B_01"><input '
        f'type="hidden" name="nttId" value="{n}"><input type="hidden" name="pageIndex" value="1"><input type="hidden" '
        f'name="searchWrd" value=""><input type="submit" value="Notice of the library number {n}"></form>'
        f"<span>2021-01-0{n}</span></li>"
        for n in range(1, 6)
    )
    listing = read(
        f'<form action="/search.do"><input name="q"><input type="submit" value="Search"></form><ul>{rows}</ul>'
    )
    assert [(item.title, item.published.on) for item in listing.items] == [(title, day) for title, _, day in WANTED]
    assert listing.items[0].url == "https://www.library.example/bbs/selectArticle.do?bbsId=B_01&nttId=1"


def test_leading_story_of_each_part_of_a_front_page_belongs_to_it() -> None:
    parts = "".join(
        f"<section><h2><a href='/{part}'>{part}</a></h2><article class='lead'><h2><a href='/{part}/2021/01/09/the-one-"
        f"that-leads/'>The story that leads all others of {part}</a></h2></article>"
        + "".join(
            f"<article class='small'><h3><a href='/{part}/2021/01/0{n}/a-smaller-story/'>A smaller story of {part}, "
            f"number {n}</a></h3></article>"
            for n in range(1, 6)
        )
        + "</section>"
        for part in ("world", "culture", "sport")
    )
    assert len(read(parts).items) == 18


def test_entries_whose_links_nobody_can_resolve_have_the_address_of_their_place() -> None:
    rows = "".join(
        f"<li><a href='javascript:void(0)' data-seq='{n}'>Notice of the library number {n}</a><i>2021-01-0{n}</i></li>"
        for n in range(1, 6)
    )
    items = read(f"<ul>{rows}</ul>").items
    assert [item.published.on for item in items] == [f"2021-01-0{n}" for n in range(1, 6)]
    assert items[0].url == items[0].canonical_url == f"{URL}#:~:text=Notice%20of%20the%20library%20number%201"


def test_line_above_a_list_dates_all_of_it_unless_it_tells_of_a_change() -> None:
    rows = "".join(f'<li><a href="/op/SC1{n}.pdf">SC189{n}</a> - Miller v. State Board {n}</li>' for n in range(1, 6))
    for line, day in (("Published on 5 January 2021:", "2021-01-05"), ("Last updated 5 January 2021", None)):
        items = read(f"<p><b>{line}</b></p><ul>{rows}</ul>").items
        assert {item.published.on for item in items} == {day}, line
        assert items[0].title == "Miller v. State Board 1"


def test_blank_lines_end_the_records_of_a_preformatted_page() -> None:
    rows = "".join(
        f'Filed 2021-01-0{n}, No. 20-10{n}<br><a href="/op/10{n}.pdf">Miller v. State Board {n}</a><br>District<br><br>'
        for n in range(1, 6)
    )
    assert told(read(f"<div>{rows}</div>"))[1][0::2] == ("Miller v. State Board 2", "2021-01-02")


def test_row_with_two_documents_among_rows_with_one_is_one_entry() -> None:
    row = (
        "<tr><td>2021-01-0{n}</td><td>Civil Action No. 2013-10{n}<br>Miller v. State Board {n}</td><td>{docs}</td></tr>"
    )
    doc = 'No. <a href="/doc?{}">{}</a> (order)<br>'
    docs = {n: doc.format(f"cv13{n}-36", 36) for n in range(1, 7)}
    docs[1] += doc.format("cv131-38", 38)
    head = "<tr><th>Filed</th><th>Case</th><th>Opinion</th></tr>"
    items = read(f"<table>{head}{''.join(row.format(n=n, docs=docs[n]) for n in docs)}</table>").items
    assert [item.title for item in items] == [f"Miller v. State Board {n}" for n in range(1, 7)]


def test_first_page_of_a_site_is_read_with_the_stories_of_all_its_blocks_but_the_most_read() -> None:
    story = "<a href='/story/{n}-a-story-of-many-words'>A story of the day with number {n}</a>"
    news = "".join(f"<li>{story.format(n=n)} 2021-02-01</li>" for n in range(100, 106))
    culture = "".join(f"<p>{story.format(n=n)}</p>" for n in range(120, 123))
    most_read = "".join(f"<li><em>{n - 130}</em>{story.format(n=n)}</li>" for n in range(131, 136))
    blocks = f"<ul>{news}</ul><section>{culture}</section><section><ul>{most_read}</ul></section>"
    body = f"<html><body>{MENU}{blocks}</body></html>".encode()
    for path, found in (("", 9), ("news/list.do", 6)):
        page = Page(f"https://www.library.example/{path}", body)
        assert len(parse(page, SOURCE, Options(), date(2021, 2, 15)).items) == found


def test_links_of_one_record_to_one_address_are_one_entry_however_deep_they_stand() -> None:
    card = (
        '<div class="panel"><div class="in"><h3><a href="/2021/1{n}">A story of the day with number {n}</a></h3>'
        '<p>What it tells. <a href="https://share.example/?u=/2021/1{n}">Share</a></p></div>'
        '<a href="/2021/1{n}">Open it</a> 2021-01-0{n}</div>'
    )
    cards = "".join(card.format(n=n) for n in range(1, 6))
    assert [title for title, _, _ in told(read(cards))] == [f"A story of the day with number {n}" for n in range(1, 6)]


def section(name: str, start: int, *, day: str = "<span>2021-01-{n:02}</span>", kind: str = "li") -> str:
    """A list of five dated entries that lead to a part of the site of their own."""
    rows = "".join(
        f'<{kind}><a href="/{name}/{start + n}">What is told in {name}, number {n}</a>{day.format(n=n)}</{kind}>'
        for n in range(1, 6)
    )
    return f"<div id='{name}'><h3>{name}</h3><ul>{rows}</ul></div>"


def at_root(main: str, url: str = "https://www.library.example/") -> Listing:
    return parse(Page(url, f"<html><body>{MENU}{main}</body></html>".encode()), SOURCE, Options(), date(2021, 2, 15))


def test_first_page_of_a_site_gives_each_of_its_dated_lists_however_it_is_made() -> None:
    notices = section("notices", 100).replace("/notices/", "https://notices.library.example/")
    lists = f"{section('news', 200)}<section>{notices}</section>{section('popularPosts', 300)}"
    lists += f"<aside>{section('pictures', 400, day=', March 19{n}5')}</aside>"
    for first in ("", "index.html", "en/", "zh-hant"):
        assert len(at_root(lists, f"https://www.library.example/{first}").items) == 10


def test_dated_list_in_a_side_column_goes_before_an_undated_slider() -> None:
    slides = "".join(
        f'<div class="slide"><a href="/show/{n}-many-words-on-it">What we show to everybody {n}</a></div>'
        for n in range(1, 5)
    )
    found = at_root(f"<div>{slides}</div><div class='sidebar'>{section('news', 200)}</div>")
    assert [item.url.rpartition("/")[2] for item in found.items] == [f"{n}" for n in range(201, 206)]


def test_day_in_a_data_attribute_is_read() -> None:
    dated = section("news", 200, day='<span data-date="2021-01-{n:02} 09:51:00"></span>')
    assert [item.published.on for item in read(dated).items] == [f"2021-01-0{n}" for n in range(1, 6)]


@pytest.mark.parametrize(
    ("printed", "address", "day"),
    [
        pytest.param("03/16", "/zh/201803/t20180316_4927{n}.html", "2018-03-16", id="the day of the file"),
        pytest.param(
            "12/31", "/zh/201901/t20190101_4927{n}.html", "2018-12-31", id="printed before the turn of a year"
        ),
        pytest.param("01/02", "/2018/12/30/story-number-{n}/", "2019-01-02", id="printed behind it"),
        pytest.param("02/10", "/zh/story-4927{n}.html", "2021-02-10", id="an address that tells nothing"),
    ],
)
def test_day_without_a_year_has_that_of_its_address(printed: str, address: str, day: str) -> None:
    rows = "".join(
        f'<li><a href="{address.format(n=n)}">本馆关于开放时间的通知 {n}</a><span>{printed}</span></li>'
        for n in range(3)
    )
    source = SOURCE.changed(country="CN", language="zh-Hans")
    listed = parse(Page(URL, f"<meta charset=utf-8><ul>{rows}</ul>".encode()), source, Options(), date(2021, 2, 15))
    assert {item.published.on for item in listed.items} == {day}


def test_dated_entries_alike_by_their_tags_alone_go_before_those_above_a_dated_heading() -> None:
    topics = "".join(f'<li><a href="/topic/{n}.pdf">What everybody should know {n}</a></li>' for n in range(1, 8))
    reports = "".join(f'<li><a href="/report/{n}.pdf">Report on what befell us {n}</a></li>' for n in range(1, 3))
    news = "".join(
        f'<dl><dt>2021-01-0{n}</dt><dd class="{part}"><a href="/{part}{n}0.{part}">It is new, number {n}</a></dd></dl>'
        for n, part in enumerate(("html", "pdf", "php", "do", "aspx"), start=1)
    )
    page = f"<section><ul>{topics}</ul></section><section>{news}</section><h4>2021-02-01</h4><ul>{reports}</ul>"
    assert [item.title for item in at_root(page, URL).items] == [f"It is new, number {n}" for n in range(1, 6)]


@pytest.mark.parametrize(
    "most_read",
    [
        pytest.param("<section><h2>Most read this week</h2>{}</section>", id="below a heading"),
        pytest.param("<section><div class='box-title'><b>가장 많이 본 뉴스</b></div>{}</section>", id="below a title"),
        pytest.param("<ul><li><a href='#t2'>الأكثر قراءة</a></li></ul><div id='t2'>{}</div>", id="in a tab"),
    ],
)
def test_block_that_says_that_it_holds_what_is_often_read_is_no_news(most_read: str) -> None:
    story = "<li><a href='/story/{n}-a-story-of-many-words'>A story of the day with number {n}</a> 2021-02-01</li>"
    news, known = ("".join(story.format(n=n) for n in range(start, start + 6)) for start in (100, 200))
    page = f"<section><h2>Newest</h2><ul>{news}</ul></section>{most_read.format(f'<ul>{known}</ul>')}"
    for where in ("https://www.library.example/", URL):
        found = at_root(f"{page}<section><h2>Newest</h2><p>To be told</p></section>", where).items
        assert [item.url.rpartition("/")[2][:1] for item in found] == ["1"] * 6


def test_stories_of_a_part_of_a_part_belong_to_a_front_page() -> None:
    parts = ("town/schools", "town", "sport/rowing", "sport")
    stories = "".join(
        f'<div class="{part}"><h4><a href="/{part}/202102/a-story-of-many-words-{n}{place}0/">A story of the town, '
        f"number {n}{place}</a></h4></div>"
        for place, part in enumerate(parts)
        for n in range(1, 4)
    )
    newest = "".join(
        f'<li><a href="/town/202102/another-story-of-it-{n}55/">What is new in the town {n}</a></li>'
        for n in range(1, 5)
    )
    assert len(at_root(f"<ul>{newest}</ul>{stories}").items) == 16


def test_attachments_of_a_notice_are_no_list_though_a_day_stands_above_them() -> None:
    files = "".join(
        f'<p><img src="/i/xls.gif"><a href="/file/202101051026{n}.xls">List of all who take part {n}.xls</a><br></p>'
        for n in range(10, 15)
    )
    with pytest.raises(ParseError):
        at_root(f"<p>To all who asked for it.</p><p>5 January 2021</p>{files}", URL)


@pytest.mark.parametrize(
    ("record", "title"),
    [
        pytest.param(
            '<p>Ann Other; <span style="font-weight: bold;">{title}</span>… <a href="/a{n}.pdf">1{n}</a></p>',
            "What the law says of trees {n}",
            id="in bold type by its style, behind its writer",
        ),
        pytest.param(
            "<tr><td>2021/01/0{n}</td><td><a href='/a{n}.pdf'>20-10{n}P.01A</a></td>"
            "<td>{title}<br><span>District of the North, Concord {n}</span></td></tr>",
            "A v. B{n}",
            id="short, above the court",
        ),
        pytest.param(
            "<tr><td>0{n}/01/2021</td><td><a href='/a{n}.mp3'>20-10{n}</a></td><td>{title}</td><td>Judges One, Another "
            "and a third, and whoever spoke for the parties in the case {n}</td></tr>",
            "What the harbour asks of the city {n}",
            id="under its header, though the number stands under one that says case",
        ),
        pytest.param(
            "<li><a href='/a{n}.pdf'>20-10{n}</a> {title} (filed January {n}, 2021)</li>",
            "What the harbour asks of the city {n}",
            id="before a day in brackets",
        ),
        pytest.param(
            "<div class='i'><h3>{title}</h3>2021-01-0{n}<p><a href='/a{n}10'>All our readers are told that from the "
            "first of March much will be new in the house {n}.</a></p></div>",
            "What is new in the house {n}",
            id="above the sentence that is linked",
        ),
        pytest.param(
            '<a href="/a{n}10"><div>0{n} Jan 2021</div><div>{title}</div><div>All are told that from the first of '
            "March much will be new in the house {n}.</div></a>",
            "What is new in the house {n}",
            id="between the day and the sentence of a card",
        ),
    ],
)
def test_title_beside_the_number_that_is_linked_is_whole_and_alone(record: str, title: str) -> None:
    rows = "".join(record.format(n=n, title=title.format(n=n)) for n in range(1, 6))
    head = "<tr><th>Date</th><th>Case</th><th>Title</th><th>Counsel</th></tr>" if "Judges" in record else ""
    found = at_root(f"<table>{head}{rows}</table>" if rows.startswith("<tr") else f"<div>{rows}</div>", URL).items
    assert [item.title for item in found] == [title.format(n=n) for n in range(1, 6)]


def test_first_row_is_no_header_of_the_others_and_a_day_behind_the_last_mark_is_read() -> None:
    row = (
        "<tr><td>0{n}/01/2564</td><td><a href='/news/10{n}'>แนะนำหนังสือใหม่ประจำเดือน {n}</a></td>"
        "<td>ถึงวันที่ 1{n} มีนาคม 2564</td></tr>"
    )
    source = SOURCE.changed(country="TH", language="th")
    body = f"<meta charset=utf-8><table>{''.join(row.format(n=n) for n in range(1, 6))}</table>".encode()
    listed = parse(Page(URL, body), source, Options(), date(2021, 5, 15)).items
    assert [item.published.on for item in listed] == [f"2021-01-0{n}" for n in range(1, 6)]
    rows = "".join(f"<li><a href='/a{n}.pdf'>20-10{n}</a> A v. B{n} | January {n}, 2021</li>" for n in range(1, 6))
    assert [item.published.on for item in read(f"<ul>{rows}</ul>").items] == [f"2021-01-0{n}" for n in range(1, 6)]
