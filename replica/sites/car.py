"""Current Awareness Portal: a Drupal list with ?page=N from 0; dates in Japanese, some of the month alone."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from msgspec.structs import replace

from replica.samples import Sample, by_path, page_count, page_of
from replica.site import Document, Frame, Site, meta, paragraphs

_SIZE = 10

_FRAME = Frame(
    "ja",
    "カレントアウェアネス・ポータル",
    (("トップ", "/"), ("CA-R", "/taxonomy/term/5"), ("CA-E", "/archive/book"), ("このサイトについて", "/about")),
    semantic=False,
    footer="<p>国立国会図書館関西館 図書館協力課</p>",
)


def _render(path: str, query: Mapping[str, str]) -> Document | None:
    if path in ("/taxonomy/term/5", "/car"):
        page = query.get("page", "0")
        return _list(path, int(page)) if page.isdecimal() and page_of("ndl-car", int(page) + 1, _SIZE) else None
    sample = by_path("ndl-car").get(path.replace("/node/", "/car/"))
    return _article(sample) if sample else None


def _in_japanese(on: str) -> str:
    return "".join(f"{int(part)}{unit}" for part, unit in zip(on.split("-"), "年月日", strict=False))


def _list(path: str, number: int) -> Document:
    items = page_of("ndl-car", number + 1, _SIZE)
    rows = "\n".join(
        f'<div class="views-row"><h2><a href="{sample.path}">{escape(sample.title)}</a></h2>'
        f'<div class="submitted">{_in_japanese(sample.on)}</div><p>{escape(sample.paragraphs[0])}</p>'
        "</div>"
        for sample in items
    )
    pager = "".join(
        f'<li class="pager-{name}"><a href="{path}?page={to}">{label}</a></li>'
        for to, name, label in ((number - 1, "previous", "‹ 前"), (number + 1, "next", "次 ›"))
        if 0 <= to < page_count("ndl-car", _SIZE)
    )
    keywords = ((27, "中国"), (33, "韓国"), (140, "IFLA"))
    tags = "".join(f'<li><a href="/taxonomy/term/{term}">{name}</a></li>' for term, name in keywords)
    main = (
        f'<div id="content"><h1>カレントアウェアネス-R</h1>\n<div class="view-content">\n{rows}\n</div>\n'
        f'<ul class="pager">{pager}</ul></div>\n<aside><h3>キーワード</h3><ul>{tags}</ul></aside>'
    )
    return replace(_FRAME.document(f"カレントアウェアネス-R | {_FRAME.name}", main), modified_on=items[0].on)


def _article(sample: Sample) -> Document:
    reference = ""
    if sample.reference:
        name, address = sample.reference
        link = f'<a href="{escape(address)}">{escape(address)}</a>'
        reference = f"<p>参考：<br>{escape(sample.title)} （{escape(name)}）<br>{link}</p>\n"
    main = (
        f'<div id="content"><h1 class="title">{escape(sample.title)}'
        f'</h1>\n<div class="node-content">\n{paragraphs(sample.paragraphs)}\n'
        f'{reference}</div>\n<div class="posted">Posted {_in_japanese(sample.on)}</div></div>'
    )
    document = _FRAME.document(
        f"{sample.title} | カレントアウェアネス・ポータル", main, meta(Generator="Drupal 7 (http://drupal.org)")
    )
    return replace(document, modified_on=sample.on if len(sample.on) == 10 else None)


SITE = Site(
    host="current.ndl.go.jp",
    language="ja",
    render=_render,
    home="/taxonomy/term/5",
    robots="User-agent: *\nDisallow: /search/\nDisallow: /user/\n",
    not_found="ページが見つかりません",
)
