"""National Diet Library: static pages by fiscal year; headings carry unpadded dates ("2021-1-28 A new …"). No feed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from html import escape
from itertools import groupby

from msgspec.structs import replace

from replica.samples import Sample, by_path, samples
from replica.site import Document, Frame, Site, meta, paragraphs

_NEWEST = 15  # items on the first page; the page of the fiscal year has them all

_FRAME = Frame(
    "en",
    "National Diet Library, Japan",
    (
        ("Home", "/en/index.html"),
        ("About us", "/en/aboutus/index.html"),
        ("Services", "/en/service/index.html"),
        ("What's New", "/en/news/index.html"),
        ("Japanese", "/jp/index.html"),
    ),
    footer="<address>1-10-1 Nagata-cho, Chiyoda-ku, Tokyo</address>",
)


def _render(path: str, query: Mapping[str, str]) -> Document | None:
    if path in ("/en/news/", "/en/news/index.html"):
        return _list("News", samples("ndl-en")[:_NEWEST], '<a href="fy2020/index.html">News in FY2020</a>')
    if path in ("/en/news/fy2020/", "/en/news/fy2020/index.html"):
        return _list("News in FY2020", samples("ndl-en"), '<a href="../index.html">Latest news</a>')
    sample = by_path("ndl-en").get(path)
    return _article(sample) if sample else None


def _unpadded(on: str) -> str:
    day = date.fromisoformat(on)
    return f"{day.year}-{day.month}-{day.day}"


def _list(title: str, items: tuple[Sample, ...], years: str) -> Document:
    blocks = []
    for on, group in groupby(items, key=lambda sample: sample.on):
        links = "".join(f'<li><a href="{sample.path}">{escape(sample.title)}</a></li>' for sample in group)
        blocks.append(f"<h3>{_unpadded(on)}</h3>\n<ul>{links}</ul>")
    main = (
        f'<div class="breadcrumb"><a href="/en/index.html">Home</a> &gt; What\'s New &gt; {title}</div>\n'
        f'<div id="main"><h1>{title}</h1>\n' + "\n".join(blocks) + f'\n<p class="years">{years}</p></div>\n'
        '<div id="calendar"><h2>Opening days</h2><table><tr><td>1</td><td>2</td><td>3</td></tr></table>'
        '<ul><li><a href="/en/tokyo/index.html">Tokyo Main Library</a></li><li>'
        '<a href="/en/kansai/index.html">Kansai-kan</a></li></ul></div>'
    )
    return replace(_FRAME.document(f"{title}｜National Diet Library", main), modified_on=items[0].on)


def _article(sample: Sample) -> Document:
    main = (
        '<div class="breadcrumb">'
        '<a href="/en/index.html">Home</a> &gt; What\'s New &gt; <a href="/en/news/index.html">News</a>'
        f" &gt; {escape(sample.title)}</div>\n"
        f'<div id="main"><h1>{_unpadded(sample.on)} {escape(sample.title)}'
        f"</h1>\n{paragraphs(sample.paragraphs)}\n</div>"
    )
    head = meta(viewport="width=device-width", og__image=f"https://www.ndl.go.jp/en/common/img/{sample.number:08x}.jpg")
    return replace(_FRAME.document(f"{sample.title}｜National Diet Library", main, head), modified_on=sample.on)


SITE = Site(
    host="www.ndl.go.jp",
    language="en",
    render=_render,
    home="/en/news/index.html",
    robots="User-agent: *\nDisallow: /en/search/\n",
    not_found="404 Not Found: the page may have been moved",
)
