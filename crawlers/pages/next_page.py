"""Where the next older page of a list is: its mark, the number after the present one, the words on a link, or a script.

A pager often leads from page 5 to the next *block* of pages, so the number that follows the present one goes before
words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from lxml import etree
from lxml.html import HtmlElement
from msgspec import Struct

from crawlers.pages.links import absolute, base_url, clickable, link_target
from crawlers.pages.page_scripts import learned_calls
from crawlers.pages.plain import weight
from crawlers.pages.selectors import select
from crawlers.pages.tree import visible_text, words_in
from crawlers.urls import canonical_url, host_of

_WORDS = re.compile(
    r"[\s\[(«‹<←]*(?:(?:previous|older|earlier)\s(?:posts|entries|news|articles|items|stories)|өмнөх\s(?:бичлэг"
    r"|мэдээ|нийтлэл)\w*|хуучин\s\w+"
    r"|цааш(?:\s(?:үзэх|унших))?|(?:pos(?:ting)?|artikel|berita|tulisan) (?:yang )?(?:lebih )?lama"
    r"|(?:các )?bài (?:viết )?(?:cũ hơn|trước)"
    r"|(?:เรื่อง|โพสต์|ข่าว)?เก่ากว่า|(?:古い|過去の|以前の)(?:記事|投稿)(?:へ|一覧)?|(?:较早|更早|較舊)的?(?:文章|日志"
    r"|消息)?"
    r"|(?:نوشته|مطالب|خبر)\S{0,6} (?:پیشین|قدیمی\S{0,3}|قبلی)|(?:المقالات|الأخبار) (?:الأقدم|السابقة)|أقدم"
    r"|下一[页頁]|下[页頁]|后一[页頁]|後一頁|次(?:へ|の\s?\d*\s?(?:件|ページ)(?:へ)?|ページ(?:へ)?"
    r"|を見る)?|過去の(?:お知らせ|記事|一覧).{0,6}"
    r"|다음(?:\s?(?:페이지|목록)(?:로)?(?:\s?(?:이동|가기))?)?|이전\s?글\s?더\s?보기|더\s?보기"
    r"|дараа(?:х|гийн|гийнх)?(?:\s(?:хуудас\w*|\w+))?"
    r"|next(?:\s?page|\s\d{1,4}(?:\s\w{3,9})?)?"
    r"|(?:view |see |load |show )?(?:older|more)(?:\s(?:posts?|entries|news|articles?|items"
    r"|stories|results|announcements))?"
    r"|(?:halaman )?(?:selanjutnya|berikut(?:nya)?)|muat lebih banyak|ถัดไป|หน้าถัดไป|หน้าต่อไป|(?:trang )?(?:sau|kế"
    r"|tiếp(?: theo)?|kế tiếp)|xem thêm"
    r"|(?:صفحه ?[ی‌ٔ]? ?)?(?:بعدی|بعد|قبلی‌تر)|(?:الصفحة )?التالي(?:ة)?|加载更多|載入更多|查看更多|もっと見る"
    r"|さらに表示)"
    r"[\s\])]*[›»>→≫▶]{0,2}[\s\])]*"
    r"|[›>→▶]",  # » alone often leads to the last page
    re.IGNORECASE,
)
_AMBIGUOUS = re.compile(
    r"цааш.*|load more|(?:view |see |load |show )?more|더\s?보기|xem thêm|次|もっと見る"
    r"|查看更多",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"(?:page|p|start|offset|before|cursor|paged|pn)[=/_-]?\w*[=/]?\d|[?&](?:before|cursor|after|max_id"
    r"|until)=",
    re.IGNORECASE,
)
_NAMES_NEXT = re.compile(
    r"(?:^|[\s_-])(?:next|pagination-next|pager-next|btn-?next|page-?next|nextpage|older|nav-previous)(?:$|[\s_-])",
    re.IGNORECASE,
)
_LAST = re.compile(r"last|end|끝|마지막|末|尾|最後|最终|سقف", re.IGNORECASE)
_NUMBER = re.compile(r"[\[(\s]*([0-9]{1,4})[\])\s]*")
_CURRENT = re.compile(
    r"(?:^|[\s_-])(?:on|active|current|cur|selected|sel|now|this|here|thispage|is-active|is-current"
    r"|pagination__link--active)(?:$|[\s_-])",
    re.IGNORECASE,
)
_PAGE_NAMES = re.compile(
    r"p|pg|paged?|page_?(?:no|num|idx|index|id|number)|cur_?page|current_?page|gopage|go_?page|cp|pn|pagenum"
    r"|pageindex|nowpage|cpage",
    re.IGNORECASE,
)
_PAGER_CALL = re.compile(
    r"(?:fn|go|link|move|list|set|get|load|to|search|change)\w*page\w*|fn_?(?:list|search|select|paging)\w*"
    r"|paging\w*|page\w*(?:link|move|go)\w*|goto\w*|list_?go|pagelist",
    re.IGNORECASE,
)
_CALL = re.compile(r"(?<![\w$.])\.?([A-Za-z_$][\w$.]*+)\s*\(\s*['\"]?([0-9]{1,4})['\"]?")
_CREATED = re.compile(
    r"createPage\w*\s*\(\s*(?:['\"]\w*['\"]\s*,\s*)?(\d{1,6})\s*,\s*(\d{1,6})\s*,\s*['\"]([\w./-]{1,80})['\"]\s*,\s*['\"](\w{2,6})['\"]",
    re.IGNORECASE,
)
_NO_ADDRESS = re.compile(r"(?:#\w*|javascript:\s*(?:void\(0\))?;?)?", re.IGNORECASE)
_STORED = [
    etree.XPath(f"//@{name}", smart_strings=False)
    for name in ("data-next-url", "data-next", "data-next-page", "data-load-more-url")
]
_NEAR_THE_ENDS = 600  # links
_LONGEST_LABEL = 30  # characters of what leads to the next page
_LONGEST_PAGER = 160  # characters
_SHORT_WORDS = 18  # weight of what stands on a pager's links
_DAYS = 27  # numbers in a table from which it is a calendar
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९๐๑๒๓๔๕๖๗๘๙", "0123456789" * 4)


class _Pager(Struct, frozen=True):
    """What the links of a page are resolved with."""

    root: HtmlElement
    url: str
    base: str
    calls: Mapping[str, str]
    words: Mapping[HtmlElement, str]

    def label(self, element: HtmlElement) -> str:
        """What an element says that may lead to a further page."""
        return self.words[element] or _told_otherwise(element)

    def target(self, element: HtmlElement) -> str | None:
        """The address of a further page that an element leads to; never the page itself, never another host."""
        url = link_target(element, self.base, self.calls) or _called_page(element, self)
        return (
            url if url and canonical_url(url) != canonical_url(self.url) and host_of(url) == host_of(self.url) else None
        )


def next_link(root: HtmlElement, page_url: str, css: str | None = None) -> str | None:
    """The address of the next page: by its selector, `rel=next`, number, words or script; None on the last."""
    pager = _Pager(root, page_url, base_url(root, page_url), learned_calls(root), words_in(root))
    if css:
        return _first(pager, select([root], css))
    found = clickable(root)
    marked = filter(_is_marked, root.iter("link", "a") if any(map(_is_marked, root.iter("link"))) else found)
    # A pager stands before or behind the list, so the middle of a very long page is not searched.
    near = found if len(found) <= 2 * _NEAR_THE_ENDS else [*found[:_NEAR_THE_ENDS], *found[-_NEAR_THE_ENDS:]]
    if url := _first(pager, marked):
        return url
    labelled = [(element, pager.label(element)) for element in near]
    if url := _numbered(pager, labelled):
        return url
    links = [(element, label) for element, label in labelled if label or len(element) or element.get("class")]
    return (
        _first(pager, (element for element, label in links if _says_next(element, label)))
        or _first(pager, (element for element, label in links if _is_named_next(element, label)))
        or _created(pager)
        or _stored(pager)
    )


def _first(pager: _Pager, elements: Iterable[HtmlElement]) -> str | None:
    return next((url for element in elements if (url := pager.target(element))), None)


def _is_marked(element: HtmlElement) -> bool:
    rel = element.get("rel")
    if rel is None:
        return False
    return rel == "next" if element.tag == "link" else element.tag == "a" and " next " in f" {rel} "


def _told_otherwise(element: HtmlElement) -> str:
    image = next(element.iter("img"), None)
    alternative = image.get("alt") if image is not None else ""
    told = (element.get("aria-label"), element.get("title"), alternative)
    return next((text.strip() for text in told if text and text.strip()), "")


def _says_next(element: HtmlElement, label: str) -> bool:
    for told in (label, element.get("aria-label"), element.get("title")):
        if told and len(told) <= _LONGEST_LABEL and _WORDS.fullmatch(told):
            return _may_page(element, label)
    return False


def _may_page(element: HtmlElement, label: str) -> bool:
    """Whether "more" on this link means older pages: its address differs in a number of the page."""
    if not _AMBIGUOUS.fullmatch(label):
        return True
    told = " ".join(element.get(name) or "" for name in ("href", "onclick", "data-url", "data-href"))
    return _NUMBERED.search(told) is not None


def _is_named_next(element: HtmlElement, label: str) -> bool:
    if len(label) > _LONGEST_LABEL:
        return False
    around, alone = element.getparent(), element.getprevious() is None and element.getnext() is None
    above = (
        around.get("class") if around is not None and alone else ""
    )  # its children are not counted: they may be many
    names = f"{element.get('class') or ''} {element.get('id') or ''} {above or ''}"
    return _NAMES_NEXT.search(names) is not None and not _LAST.search(names)


def _number(text: str) -> int | None:
    if text[:1] not in "[(" and not text[:1].isdigit():
        return None
    match = _NUMBER.fullmatch(text.translate(_DIGITS))
    return int(match[1]) if match else None


def _numbered(pager: _Pager, links: Sequence[tuple[HtmlElement, str]]) -> str | None:
    """The link whose number follows that of the present page, where the numbers stand together."""
    numbers = [(element, number) for element, label in links if (number := _number(label)) is not None]
    known: dict[HtmlElement, _Fit] = {}
    for element, number in numbers:
        box = _pager_box(element, known, pager)
        if box is None:
            continue
        present = _present(box, pager)
        if number == present + 1 and (url := pager.target(element)):
            return url
    return None


_Fit = Literal["pager", "part of one", "none"]


def _pager_box(element: HtmlElement, known: dict[HtmlElement, _Fit], pager: _Pager) -> HtmlElement | None:
    """The largest block close around a number with nothing but numbers and short words in it."""
    box = None
    for above in islice(element.iterancestors(), 4):
        if above not in known:
            known[above] = _fit(above, pager)
        if known[above] == "none":
            break
        box = above if known[above] == "pager" else box
    return box


def _fit(block: HtmlElement, pager: _Pager) -> _Fit:
    """Whether a block may be a pager, a part of one alone, or none."""
    if block.tag in ("body", "html") or _has_titles(block, pager):
        return "none"
    text = pager.words[block]
    if len(text) > _LONGEST_PAGER or re.search(r"\d{5}|\d[-./]\d", text) or _is_calendar(block):
        return "none"
    several = len(block) > 1 or len(re.findall(r"\d+", text.translate(_DIGITS))) > 1
    return "pager" if several else "part of one"


def _is_calendar(element: HtmlElement) -> bool:
    table = next(element.iterancestors("table"), None) if element.tag != "table" else element
    return table is not None and len(re.findall(r"(?<!\d)\d\d?(?!\d)", visible_text(table))) > _DAYS


def _has_titles(block: HtmlElement, pager: _Pager) -> bool:
    return any(weight(pager.words[link]) > _SHORT_WORDS for link in block.iter("a"))


def _present(box: HtmlElement, pager: _Pager) -> int:
    """The number of the present page: what is marked or not linked among the numbers, else what its address says."""
    for part in box.iter():
        if not isinstance(part.tag, str) or (number := _number(pager.words[part])) is None:
            continue
        marked = (
            part.tag in ("strong", "b", "em") or part.get("aria-current") or _CURRENT.search(part.get("class") or "")
        )
        if marked or _is_unlinked(part):
            return number
    return _number_in(pager.url)


def _is_unlinked(part: HtmlElement) -> bool:
    clickables = ("a", "button", "li", "option", "td")
    if part.tag in clickables or len(part):
        return (
            part.tag == "a"
            and not part.get("onclick")
            and part.get("href", "#") in ("", "#", "#none", "javascript:;", "javascript:void(0)", "javascript:void(0);")
        )
    return next(part.iterancestors("a"), None) is None


def _number_in(url: str) -> int:
    for name, value in parse_qsl(urlsplit(url).query):
        if _PAGE_NAMES.fullmatch(name) and re.fullmatch(r"[0-9]{1,6}", value):
            return max(int(value), 1)
    match = re.search(r"(?:/page/|[/_-](?:index|list|page)[_-]?)([0-9]{1,5})(?=/|\.|$)", url, re.IGNORECASE)
    return max(int(match[1]), 1) if match else 1


def _called_page(element: HtmlElement, pager: _Pager) -> str | None:
    """The address for a call like fn_link_page(2) that no script explains: that of the page itself, renumbered."""
    script = f"{element.get('onclick') or ''} {element.get('href') or ''}"
    match = _CALL.search(script)
    if not match or not _PAGER_CALL.fullmatch(match[1].rpartition(".")[2]) or match[1] in pager.calls:
        return None
    name = next(
        (name for name, _ in parse_qsl(urlsplit(pager.url).query) if _PAGE_NAMES.fullmatch(name)), None
    ) or _hidden_number(pager)
    return _with_param(pager.url, name, match[2]) if name else None


def _hidden_number(pager: _Pager) -> str | None:
    named = (
        entry.get("name") or "" for entry in pager.root.iter("input") if (entry.get("type") or "").lower() == "hidden"
    )
    return next((name for name in named if _PAGE_NAMES.fullmatch(name)), None)


def _with_param(url: str, name: str, value: str) -> str:
    parts = urlsplit(url)
    pairs = [(key, told) for key, told in parse_qsl(parts.query, keep_blank_values=True) if key != name]
    return urlunsplit(parts._replace(query=urlencode([*pairs, (name, value)]), fragment=""))


def _created(pager: _Pager) -> str | None:
    """The next page of a pager that a script writes: createPageHTML(pages, present, "index", "shtml")."""
    for script in pager.root.iter("script"):
        if match := _CREATED.search(script.text or ""):
            pages, present, name, ending = int(match[1]), int(match[2]), match[3], match[4]
            return urljoin(pager.url, f"{name}_{present + 1}.{ending}") if present + 1 < pages else None
    return None


def _stored(pager: _Pager) -> str | None:
    """The address that a button keeps in a data attribute for loading more."""
    told = (address for addresses in _STORED for address in addresses(pager.root))
    urls = (absolute(address, pager.url) for address in told if re.search(r"[/?]", address))
    return next((url for url in urls if url and host_of(url) == host_of(pager.url)), None)
