"""Library Society of China: a list with split day and month blocks, ./relative links, articles of two generations."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from html import escape
from urllib.parse import parse_qs, urlsplit

from msgspec.structs import replace

from replica.samples import Sample, page_count, page_of, samples
from replica.site import Document, Frame, Site, meta, paragraphs

_SIZE = 10
_FOLDER = "https://www.lsc.org.cn/cns/html_pass/"

_FRAME = Frame(
    "zh-Hans",
    "中国图书馆学会",
    (
        ("首页", "/cns/index.html"),
        ("新闻通知", "/cns/html_pass/categoryList?id=1127&siteGroup=1"),
        ("学会概况", "/cns/html_pass/categoryList?id=1101&siteGroup=1"),
        ("会员服务", "/cns/html_pass/categoryList?id=1140&siteGroup=1"),
    ),
    semantic=False,
    footer="<p>联系电话：010-00000000</p>",
)


def _render(path: str, query: Mapping[str, str]) -> Document | None:
    if path == "/cns/html_pass/categoryList" and query.get("id") == "1127":
        page = query.get("page", "1")
        return _list(int(page)) if page.isdecimal() and page_of("lsc", int(page), _SIZE) else None
    if path == "/cns/html_pass/contentInfo":
        return _article(sample) if (sample := _new_articles().get(query.get("id", ""))) else None
    old = next((sample for sample in samples("lsc") if sample.path == path), None)
    return _article(old) if old else None


@cache
def _new_articles() -> Mapping[str, Sample]:
    asked = ((parse_qs(urlsplit(sample.address).query), sample) for sample in samples("lsc"))
    return {query["id"][0]: sample for query, sample in asked if "id" in query}


def _list(number: int) -> Document:
    items = page_of("lsc", number, _SIZE)
    rows = "\n".join(_row(sample) for sample in items)
    pager = " ".join(
        f'<a href="./categoryList?id=1127&amp;siteGroup=1&amp;page={to}">{label}</a>'
        for to, label in ((number - 1, "上一页"), (number + 1, "下一页"))
        if 1 <= to <= page_count("lsc", _SIZE)
    )
    main = (
        '<div class="left"><h3>栏目导航</h3><ul><li><a href="./categoryList?id=1128&amp;siteGroup=1">学术活动</a></li>'
        '<li><a href="./categoryList?id=1129&amp;siteGroup=1">阅读推广</a></li></ul></div>\n'
        f'<div class="listBox">\n{rows}\n</div>\n<div class="pageBox">{pager}</div>'
    )
    return _FRAME.document("新闻通知_中国图书馆学会", main)


def _row(sample: Sample) -> str:
    month, day = sample.on[:7], sample.on[8:]
    day_block = f'<span class="liDay">{day}</span>' if day else ""
    language = f' lang="{sample.language}"' if sample.language != _FRAME.language else ""
    link = sample.address.replace(_FOLDER, "./")
    return (
        f'<div class="otherLi"><div class="liLeft">{day_block}<span class="liMonth">{month}</span></div>'
        '<div class="liRight">'
        f'<a class="rightTitle"{language} href="{escape(link)}">{escape(sample.title)}</a>'
        f'<div class="rightMsg"{language}>{escape(sample.paragraphs[0][:120])}</div></div></div>'
    )


def _article(sample: Sample) -> Document:
    main = (
        f'<div class="detailBox"><h1 class="detailTitle">{escape(sample.title)}</h1>\n'
        f'<div class="detailInfo">发布时间：{sample.on} 来源：中国图书馆学会 浏览次数：{sample.number % 3000}</div>\n'
        f'<div class="detailContent">\n{paragraphs(sample.paragraphs)}\n'
        f'<p><img src="/upload/{sample.on[:7].replace("-", "/")}/{sample.number:08x}.jpg" alt=""></p></div></div>'
    )
    document = _FRAME.document(f"{sample.title}_中国图书馆学会", main, meta(keywords="图书馆,学会"), sample.language)
    return replace(document, modified_on=sample.on if len(sample.on) == 10 else None)


SITE = Site(
    host="www.lsc.org.cn",
    language="zh-Hans",
    render=_render,
    home="/cns/html_pass/categoryList?id=1127&siteGroup=1",
    robots="User-agent: *\nDisallow: /cns/login/\n",
    not_found="404 您访问的页面不存在",
)
