"""National Library of Korea: a gallery with links onclick="fn_goView('ID')"; the charset stands late in the page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from html import escape
from urllib.parse import parse_qs, urlsplit

from msgspec.structs import replace

from replica.samples import Sample, page_count, page_of, samples
from replica.site import Document, Frame, Site, meta, paragraphs

_SIZE = 9
_PATH = "/EN/contents/EN1070000000.do"

_SCRIPT = """<script>
/* list and view of the board */
var params = new URLSearchParams(location.search);
function fn_goView(id, notice) {
  params.set("schM", "view");
  params.set("id", id);
  location.href = "?" + params.toString();
}
function fn_egov_link_page(page) {
  params.set("page", page);
  location.href = "?" + params.toString();
}
function fn_search() {
  document.getElementById("frm").submit();
}
</script>
"""
_RULES = "\n".join(f".gallery_list li:nth-child({n}) {{ width: 33%; float: left; }}" for n in range(1, 25))
_STYLE = f"<style>\n{_RULES}\n</style>\n"  # the declaration of the charset comes after it, beyond the first 1024 bytes

_FRAME = Frame(
    "en",
    "National Library of Korea",
    (
        ("About", "/EN/contents/EN10100000000.do"),
        ("Services", "/EN/contents/EN10300000000.do"),
        ("News", f"{_PATH}?schM=list&schOpt5=NLNE"),
        ("한국어", "/NL/main/index.do"),
    ),
    charset_in_header=False,
    before_charset=_STYLE + _SCRIPT,
    semantic=False,
    footer="<p>201, Banpo-daero, Seocho-gu, Seoul</p>",
)


def _render(path: str, query: Mapping[str, str]) -> Document | None:
    if path != _PATH:
        return None
    if query.get("schM", "list") == "view":
        sample = _by_id().get(query.get("id", ""))
        return _article(sample) if sample else None
    page = query.get("page", "1")
    return _list(int(page)) if page.isdecimal() and int(page) else None


@cache
def _by_id() -> Mapping[str, Sample]:
    return {_id(sample): sample for sample in samples("nlk-en")}


def _id(sample: Sample) -> str:
    return parse_qs(urlsplit(sample.address).query)["id"][0]


def _list(number: int) -> Document:
    cards = "\n".join(
        f'<li><a href="#none" onclick="fn_goView(\'{_id(sample)}\')"><span class="thumb">'
        f'<img src="{_thumbnail(sample)}" alt=""></span>'
        f'<strong class="gallery_tit">{escape(sample.title)}</strong><span class="date">{sample.on}</span></a></li>'
        for sample in page_of("nlk-en", number, _SIZE)
    )
    last = page_count("nlk-en", _SIZE)
    links = "".join(
        f"<strong>{to}</strong>" if to == number else f'<a href="#none" onclick="fn_egov_link_page({to})">{to}</a>'
        for to in range(1, last + 1)
    )
    arrow = f'<a href="#none" class="next" onclick="fn_egov_link_page({number + 1})">Next</a>' if number < last else ""
    cards = cards or '<li id="noData">There is no data.</li>'
    main = (
        '<div id="sub_content"><div class="content_wrap"><div class="sub_content"><h2>NLK News</h2>\n'
        '<form id="frm" action="#"><input name="schStr" title="Search word">'
        '<a href="#none" onclick="fn_search()">Search</a></form>\n'
        f'<p class="total_list_number">Total <strong>{len(samples("nlk-en"))}</strong></p>\n'
        f'<ul class="gallery_list">\n{cards}\n</ul>\n<div class="paging">{links}{arrow}</div>\n</div></div></div>'
    )
    return _document("NLK News", main)


def _thumbnail(sample: Sample) -> str:
    return f"/upload/EN/{_id(sample)}/{sample.number:08x}.jpg"


def _article(sample: Sample) -> Document:
    main = (
        '<div id="sub_content"><div class="content_wrap"><div class="sub_content">'
        f'<h3 class="view_tit">{escape(sample.title)}</h3>\n'
        f'<ul class="view_info"><li>Department International Cooperation</li><li>Registration Date {sample.on}</li>'
        f'<li>views {sample.number % 700}</li></ul>\n<div class="view_cont">\n<p>'
        f'<img src="{_thumbnail(sample)}" alt=""></p>\n'
        f'{paragraphs(sample.paragraphs)}\n</div>\n<a href="?schM=list&amp;schOpt5=NLNE" class="btn_list">List</a>'
        "</div></div></div>"
    )
    return _document(sample.title, main)


def _document(title: str, main: str) -> Document:
    document = _FRAME.document(f"{title} | {_FRAME.name}", main, meta(robots="INDEX,FOLLOW"))
    return replace(document, etag=False)


SITE = Site(
    host="www.nl.go.kr",
    language="en",
    render=_render,
    home=f"{_PATH}?schM=list&schOpt5=NLNE",
    robots="User-agent: *\nDisallow: /common/\nDisallow: /login/\n",
    not_found="The requested page does not exist.",
)
