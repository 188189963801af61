"""National Library of China: the new tree (UTF-8, index_2.shtml) and the old English one (gb2312, index_1.htm)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from msgspec.structs import replace

from replica.samples import Sample, by_path, page_count, page_of
from replica.site import Document, Frame, Site, meta, paragraphs

_SIZE = 15
_SHORT = 24  # characters of a title that the Chinese lists show

_CHINESE = Frame(
    "zh-Hans",
    "国家图书馆",
    (
        ("首页", "/web/index.shtml"),
        ("国图新闻", "/web/dsb_zx/gtxw/index.shtml"),
        ("最新公告", "/web/dsb_zx/zxgg/index.shtml"),
        ("资源服务", "/web/ziyuanfuwu/index.shtml"),
        ("版权声明", "/web/dsb_footer/bqsm/index.shtml"),
    ),
    semantic=False,
    footer="<p>地址：北京市海淀区中关村南大街33号</p>",
)
# The old pages declare gb2312 and use characters that only GBK has, such as 瑄, 镕 and 喆.
_ENGLISH = Frame(
    "en",
    "National Library of China",
    (
        ("Home", "/newen/index.htm"),
        ("News", "/newen/nlcnews/index.htm"),
        ("Visit", "/newen/vu/index.htm"),
        ("中文", "/web/"),
    ),
    semantic=False,
    charset="gb2312",
    charset_in_header=False,
    footer="<p>责任编辑：李瑄 · 摄影：王镕、陈喆</p>",
)


@dataclass(frozen=True, slots=True)
class _Section:
    source_id: str
    folder: str
    name: str


_NEWS = _Section("nlc-news", "/web/dsb_zx/gtxw/", "国图新闻")
_NOTICES = _Section("nlc-notices", "/web/dsb_zx/zxgg/", "最新公告")
_OLD_NEWS = _Section("nlc-en", "/newen/nlcnews/", "News")


def _render(path: str, query: Mapping[str, str]) -> Document | None:
    for section in (_NEWS, _NOTICES, _OLD_NEWS):
        folder, _, name = path.rpartition("/")
        if folder + "/" == section.folder and (number := _page_number(name, section)):
            return _english_list(number) if section is _OLD_NEWS else _chinese_list(section, number)
    if sample := by_path("nlc-en").get(path):
        return _english_article(sample)
    if sample := by_path("nlc-news", "nlc-notices").get(path):
        return _chinese_article(sample)
    return None


def _page_number(name: str, section: _Section) -> int | None:
    old = section is _OLD_NEWS
    ending = ".htm" if old else ".shtml"
    names = {"": 1, f"index{ending}": 1}
    for number in range(2, page_count(section.source_id, _SIZE) + 1):
        names[f"index_{number - 1 if old else number}{ending}"] = number
    return names.get(name)


def _chinese_list(section: _Section, number: int) -> Document:
    items = page_of(section.source_id, number, _SIZE)
    rows = "\n".join(_chinese_row(sample, section.folder) for sample in items)
    popular = "\n".join(f"<li>{_chinese_link(sample, sample.path)}</li>" for sample in items[5:8])
    last = page_count(section.source_id, _SIZE)
    main = (
        f'<div class="position">当前位置：<a href="/web/index.shtml">首页</a> &gt; {section.name}</div>\n'
        f'<div class="main"><ul class="news_list">\n{rows}\n</ul>\n<div class="page">{_chinese_pager(number, last)}'
        "</div></div>\n"
        f'<div class="side"><h3>点击排行</h3><ul>\n{popular}\n</ul></div>'
    )
    return replace(_CHINESE.document(f"{section.name}-国家图书馆", main), modified_on=items[0].on)


def _chinese_row(sample: Sample, folder: str) -> str:
    return f"<li>{_chinese_link(sample, sample.path.removeprefix(folder))}<span>{sample.on}</span></li>"


def _chinese_link(sample: Sample, address: str) -> str:
    return f'<a href="{address}" title="{escape(sample.title)}">{escape(_short(sample.title))}</a>'


def _short(title: str) -> str:
    return title if len(title) <= _SHORT else f"{title[:_SHORT]}…"


def _chinese_pager(number: int, last: int) -> str:
    def link(to: int, label: str) -> str:
        return f'<a href="{"index.shtml" if to == 1 else f"index_{to}.shtml"}">{label}</a>'

    parts = [link(1, "首页")]
    parts += [link(number - 1, "上一页")] if number > 1 else []
    parts += [f"<span>{number}</span>" if to == number else link(to, str(to)) for to in range(1, last + 1)]
    parts += [link(number + 1, "下一页")] if number < last else []
    return " ".join([*parts, link(last, "尾页"), f"共{last}页"])


def _chinese_article(sample: Sample) -> Document:
    picture = (
        ""
        if sample in by_path("nlc-notices").values()
        else (f'<p><img src="/upload/images/{sample.on}/{sample.number:08x}.jpg" alt=""></p>\n')
    )
    main = (
        f'<div class="article"><h1>{escape(sample.title)}'
        f'</h1>\n<div class="info">发布时间：{sample.on}　来源：国家图书馆　'
        f'浏览次数：<span id="hits">{sample.number % 900}</span></div>\n'
        f'<div class="content">\n{picture}{paragraphs(sample.paragraphs)}\n</div></div>'
    )
    head = meta(ArticleTitle=sample.title, PubDate=sample.on, ContentSource="国家图书馆")
    return replace(_CHINESE.document(f"{sample.title}-国家图书馆", main, head), modified_on=sample.on)


def _english_list(number: int) -> Document:
    items = page_of("nlc-en", number, _SIZE)
    last = page_count("nlc-en", _SIZE)
    rows = "\n".join(
        f'<tr><td class="dot">·</td><td><a href="./{sample.path.removeprefix(_OLD_NEWS.folder)}" target="_blank">'
        f'{escape(sample.title)}</a></td><td class="time">[{sample.on}]</td></tr>'
        for sample in items
    )
    newer = f'<a href="{"index.htm" if number == 2 else f"index_{number - 2}.htm"}">Previous</a> ' if number > 1 else ""
    older = f'<a href="index_{number}.htm">Next</a>' if number < last else ""
    main = (
        f'<table class="list">\n{rows}\n</table>\n<div class="pages">{newer}{older}\n'
        f'<script>createPageHTML({last}, {number - 1}, "index", "htm");</script></div>\n'
        '<div class="calendar"><table><tr><th>Mon</th><th>Tue</th><th>Wed</th></tr><tr><td>1</td><td>2</td>'
        "<td>3</td></tr></table></div>"
    )
    return replace(_ENGLISH.document("News - National Library of China", main), modified_on=items[0].on)


def _english_article(sample: Sample) -> Document:
    main = (
        f'<div class="detail"><h2 class="title">{escape(sample.title)}</h2>\n<div class="time">Time: {sample.on}'
        "</div>\n"
        f'<div class="TRS_Editor">\n<p align="center"><img src="./W020{sample.number:010d}.jpg" alt=""></p>\n'
        f"{paragraphs(sample.paragraphs)}\n</div></div>"
    )
    head = meta(PubDate=sample.on, Author="NLC")
    return replace(_ENGLISH.document(f"{sample.title} - National Library of China", main, head), modified_on=sample.on)


SITE = Site(
    host="www.nlc.cn",
    language="zh-Hans",
    render=_render,
    home="/web/dsb_zx/gtxw/index.shtml",
    robots="User-agent: *\nDisallow: /template_resource/\nDisallow: /search/\n",
    not_found="404 页面不存在",
)
