from __future__ import annotations

import json
import re
from urllib.parse import urljoin, urlsplit

import feedparser
import pytest
from bs4 import BeautifulSoup
from bs4.element import Tag

from replica.samples import LANGUAGES, Sample, samples
from replica.site import NOTES
from replica.web import HOSTS, ReplicaWeb, site_of

_NLC, _LSC = "https://www.nlc.cn/web/dsb_zx", "https://www.lsc.org.cn/cns/html_pass"
_NLK = "https://www.nl.go.kr/EN/contents/EN1070000000.do"
_LISTS = {
    "nlc-news": [f"{_NLC}/gtxw/index.shtml", f"{_NLC}/gtxw/index_2.shtml"],
    "nlc-notices": [f"{_NLC}/zxgg/index.shtml", f"{_NLC}/zxgg/index_2.shtml"],
    "nlc-en": [f"http://www.nlc.cn/newen/nlcnews/index{page}.htm" for page in ("", "_1")],
    "lsc": [f"{_LSC}/categoryList?id=1127&siteGroup=1{page}" for page in ("", "&page=2", "&page=3")],
    "ndl-en": ["https://www.ndl.go.jp/en/news/index.html", "https://www.ndl.go.jp/en/news/fy2020/index.html"],
    "ndl-car": [f"https://current.ndl.go.jp/taxonomy/term/5{page}" for page in ("", "?page=1", "?page=2")],
    "nlk-en": [f"{_NLK}?schM=list&schOpt5=NLNE&page={page}&viewCount=9" for page in (1, 2, 3)],
    "num": [f"https://library.num.edu.mn/{page}" for page in ("", "?paged=2", "?paged=3")],
    "gpsh": [
        "http://www.gpsh.edu.kp:8080/index.php/en",
        "http://www.gpsh.edu.kp:8080/index.php/en/exchange/index/visit",
    ],
    "ifla": [f"https://www.ifla.org/news/{page}" for page in ("", "page/2/", "page/3/")],
}
_FEEDS = {
    "num": [f"https://library.num.edu.mn/?feed=rss2&paged={page}" for page in (1, 2, 3)],
    "ifla": [f"https://www.ifla.org/news/feed/?paged={page}" for page in (1, 2, 3)],
}
_DECLARED = {"gb2312": "gb18030"}


def _read(web: ReplicaWeb, url: str) -> str:
    """The page, decoded without mercy as it declares itself."""
    answer = web.answer("GET", url)
    assert answer.status == 200, url
    declared = re.search(rb"charset=([\w-]+)", answer.body)
    assert declared is not None
    name = declared[1].decode()
    return answer.body.decode(_DECLARED.get(name, name), "strict")


def _links(page: str) -> list[Tag]:
    return [link for link in BeautifulSoup(page, "lxml").find_all("a") if isinstance(link, Tag)]


def _address(link: Tag, url: str) -> str:
    if call := re.fullmatch(r"fn_goView\('(\d+)'\)", str(link.get("onclick", ""))):
        return f"{_NLK}?schM=view&id={call[1]}"
    return urljoin(url, str(link.get("href", "")))


def _every_sample() -> list[Sample]:
    return [sample for source_id in LANGUAGES for sample in samples(source_id) if sample.address]


@pytest.mark.parametrize("source_id", LANGUAGES)
def test_the_list_pages_name_every_item(source_id: str, web: ReplicaWeb) -> None:
    pages = [(url, _read(web, url)) for url in _LISTS[source_id]]
    assert len(pages) >= 2
    links = [(url, link) for url, page in pages for link in _links(page)]
    shown = {_address(link, url): str(link.get("title") or link.get_text()) for url, link in links}
    for sample in samples(source_id):
        if sample.address:
            assert sample.title in shown[sample.address]
        else:
            assert any(sample.title in BeautifulSoup(page, "lxml").get_text() for _, page in pages)


@pytest.mark.parametrize("source_id", [key for key in _LISTS if key not in ("gpsh", "nlk-en")])
def test_each_list_page_links_to_the_next(source_id: str, web: ReplicaWeb) -> None:
    for here, following in zip(_LISTS[source_id], _LISTS[source_id][1:], strict=False):
        assert following in {_address(link, here) for link in _links(_read(web, here))}


def test_the_gallery_is_paged_by_script_alone(web: ReplicaWeb) -> None:
    page = _read(web, _LISTS["nlk-en"][0])
    assert 'href="#none" onclick="fn_egov_link_page(2)"' in page
    assert "function fn_goView(id, notice)" in page
    assert "There is no data." in _read(web, f"{_NLK}?schM=list&page=9")


@pytest.mark.parametrize("source_id", _FEEDS)
def test_the_feeds_hold_every_item(source_id: str, web: ReplicaWeb) -> None:
    parsed = [feedparser.parse(web.answer("GET", url).body) for url in _FEEDS[source_id]]
    assert not any(feed.bozo for feed in parsed)
    entries = [entry for feed in parsed for entry in feed.entries]
    assert [entry.link for entry in entries] == [sample.address for sample in samples(source_id)]
    assert [entry.title.replace("’", "'") for entry in entries] == [sample.title for sample in samples(source_id)]


def test_an_item_of_unknown_day_has_no_date_in_the_feed(web: ReplicaWeb) -> None:
    entries = [entry for url in _FEEDS["ifla"] for entry in feedparser.parse(web.answer("GET", url).body).entries]
    assert [entry.title for entry in entries if "published" not in entry] == ["Message from IFLA RSCAO Chair"]


def test_the_rest_address_pages_until_it_refuses(web: ReplicaWeb) -> None:
    url = "https://library.num.edu.mn/?rest_route=/wp/v2/posts&per_page=20&page="
    first, last = web.answer("GET", url + "1"), web.answer("GET", url + "2")
    assert first.headers["X-WP-TotalPages"] == "2"
    rows = json.loads(first.body) + json.loads(last.body)
    assert [row["link"] for row in rows] == [sample.address for sample in samples("num")]
    beyond = web.answer("GET", url + "3")
    assert (beyond.status, json.loads(beyond.body)["code"]) == (400, "rest_post_invalid_page_number")


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://library.num.edu.mn/feed/", id="plain permalinks have no feed folder"),
        pytest.param("https://library.num.edu.mn/wp-json/wp/v2/posts", id="nor a wp-json folder"),
        pytest.param("https://library.num.edu.mn/?feed=rss2&paged=4", id="feed beyond the end"),
        pytest.param("https://library.num.edu.mn/?p=1", id="unknown post"),
        pytest.param("https://www.ndl.go.jp/en/news/index.rss", id="feed that nobody saw"),
        pytest.param("https://www.nlc.cn/enweb/index.shtml", id="new english tree"),
        pytest.param("https://www.nlc.cn/web/dsb_zx/gtxw/index_3.shtml", id="list beyond the end"),
        pytest.param(f"{_NLK}?schM=view&id=1", id="unknown id"),
        pytest.param("https://www.lsc.org.cn/cns/html_pass/categoryList?id=1127&page=x", id="nonsense page"),
        pytest.param("https://www.ifla.org/news/page/x/", id="nonsense page in the path"),
    ],
)
def test_what_a_site_lacks_is_its_own_404_page(url: str, web: ReplicaWeb) -> None:
    answer = web.answer("GET", url)
    assert answer.status == 404
    assert b"replica-note" in answer.body


@pytest.mark.parametrize("sample", [pytest.param(sample, id=sample.address) for sample in _every_sample()])
def test_each_item_has_its_page(sample: Sample, web: ReplicaWeb) -> None:
    page = BeautifulSoup(_read(web, sample.address), "lxml")
    text = page.get_text()
    assert any(sample.title in heading.get_text() for heading in page.find_all(["h1", "h2", "h3"]))
    assert all(paragraph in text for paragraph in sample.paragraphs)
    assert any(note in text for note in NOTES.values())


@pytest.mark.parametrize(
    ("url", "printed"),
    [
        pytest.param(
            next(sample.address for sample in samples("nlc-news") if "希腊" in sample.title),
            "发布时间：2020-12-17",
            id="chinese label",
        ),
        pytest.param("http://www.nlc.cn/newen/nlcnews/202102/t20210202_199415.htm", "Time: 2021-02-02", id="old tree"),
        pytest.param(
            "http://www.lsc.org.cn/contents/1342/15074.html",
            "发布时间：2020-12-14 来源：中国图书馆学会 浏览次数：",
            id="counter",
        ),
        pytest.param("https://www.ndl.go.jp/en/news/fy2020/210128_01.html", "2021-1-28 A new English", id="unpadded"),
        pytest.param("https://current.ndl.go.jp/car/42454", "Posted 2020年11月5日", id="japanese"),
        pytest.param("https://current.ndl.go.jp/node/42419", "Posted 2020年11月\n", id="month alone, old address"),
        pytest.param(
            f"{_NLK}?schopt5=NLNE&schM=view&act=UPDATE&page=1&ordFld=regdt&ordBy=DESC&viewCount=9&id=37660&schBdcode=",
            "Registration Date 2020-11-17",
            id="printed form of the address",
        ),
        pytest.param(f"{_NLK}?schM=view&id=37668", "Registration Date 2020-11-27", id="korean neighbour"),
        pytest.param("https://library.num.edu.mn/?p=5235", "2020 оны 12 сарын 14", id="mongolian"),
        pytest.param(
            "http://www.gpsh.edu.kp:8080/thismonth.lecture!2#lecture-schedule", "Juche109(2020)", id="year alone"
        ),
        pytest.param("http://www.gpsh.edu.kp:8080/index.php/en", "JUCHE109(2020). 12. 5", id="juche in figures"),
        pytest.param("http://www.gpsh.edu.kp:8080/index.php/en", "October 10, Juche109(2020)", id="juche in words"),
        pytest.param(
            "https://www.ifla.org/news/information-sustainability-interview-with-genilson-geraldo-brazil/",
            "20 January 2021",
            id="day month year",
        ),
    ],
)
def test_dates_are_printed_as_the_site_does(url: str, printed: str, web: ReplicaWeb) -> None:
    assert printed in BeautifulSoup(_read(web, url), "lxml").get_text(separator="") + "\n"


def test_the_society_splits_day_and_month(web: ReplicaWeb) -> None:
    page = _read(web, _LISTS["lsc"][1])
    assert '<span class="liDay">14</span><span class="liMonth">2020-12</span>' in page
    assert 'href="./contentInfo?id=' in page


@pytest.mark.parametrize("url", _LISTS["nlc-en"] + [s.address for s in samples("nlc-en")])
def test_old_pages_declare_gb2312_and_hold_more(url: str, web: ReplicaWeb) -> None:
    body = web.answer("GET", url).body
    assert b"charset=gb2312" in body
    with pytest.raises(UnicodeDecodeError):
        body.decode("gb2312")
    assert "李瑄" in body.decode("gbk")


def test_the_korean_charset_stands_late_and_only_in_the_page(web: ReplicaWeb) -> None:
    answer = web.answer("GET", _LISTS["nlk-en"][0])
    assert answer.headers["Content-Type"] == "text/html"
    assert answer.body.index(b"charset=utf-8") > 1024


@pytest.mark.parametrize("host", HOSTS)
def test_robots_txt_forbids_something_the_crawl_does_not_need(host: str, web: ReplicaWeb) -> None:
    answer = web.answer("GET", f"http://{host}/robots.txt")
    forbidden = re.findall(r"^Disallow: (\S+)$", answer.body.decode(), re.MULTILINE)
    ours = [sample.address for sample in _every_sample()] + [url for urls in _LISTS.values() for url in urls]
    assert answer.headers["Content-Type"] == "text/plain"
    assert forbidden
    assert not any(urlsplit(url).path.startswith(tuple(forbidden)) for url in ours if urlsplit(url).netloc == host)
    assert b"Crawl-delay" not in answer.body


@pytest.mark.parametrize("url", [url for urls in (*_LISTS.values(), *_FEEDS.values()) for url in urls])
def test_pages_name_no_host_outside_the_replica(url: str, web: ReplicaWeb) -> None:
    page = web.answer("GET", url).body.decode("gb18030" if "newen" in url else "utf-8")
    named = re.findall(r"""(?:href|src)=["'](https?://[^"'/]+)|<link>(https?://[^</]+)""", page)
    assert {urlsplit(one or other).netloc for one, other in named} <= set(HOSTS)


def test_articles_name_no_host_outside_the_replica(web: ReplicaWeb) -> None:
    for sample in _every_sample():
        page = _read(web, sample.address)
        named = {urlsplit(address).netloc for address in re.findall(r"""(?:href|src)=["'](https?://[^"']+)""", page)}
        assert named <= set(HOSTS), sample.address


@pytest.mark.parametrize("host", HOSTS)
def test_the_front_door_leads_to_a_page(host: str, web: ReplicaWeb) -> None:
    url = f"http://{host}/"
    answer = web.answer("GET", url)
    if answer.status == 302:
        answer = web.answer("GET", urljoin(url, answer.headers["Location"]))
    assert answer.status == 200


def test_each_site_speaks_one_of_the_languages() -> None:
    assert {site_of(host).language for host in HOSTS} == {"zh-Hans", "ja", "mn", "en"}
