"""Where the next older page of a list is."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from crawlers.pages.links import base_url, clickable, link_target
from crawlers.pages.selectors import select
from crawlers.pages.tree import visible_text
from crawlers.urls import canonical_url, host_of

_WORDS = re.compile(
    r"[\s\[(]*(?:下一[页頁]|下[页頁]|后一页|次(?:へ|の\s?\d*\s?(?:件|ページ)|ページ)?|다음(?:\s?페이지|\s?목록)?"
    r"|дараа(?:х|гийн)(?:\s\w+)?"
    r"|next(?:\spage)?|older(?:\s(?:posts|entries|news))?|selanjutnya|berikutnya|ถัดไป|trang sau)"
    r"[\s\])]*[›»>→]{0,2}[\s\])]*"
    r"|[›>→]",  # » alone often leads to the last page
    re.IGNORECASE,
)


def next_link(root: HtmlElement, page_url: str, css: str | None = None) -> str | None:
    """The address of the next page by its selector, `rel=next` or the words on the link; never the page itself."""
    base = base_url(root, page_url)
    here = canonical_url(page_url)
    marked = select([root], css) or root.xpath("//link[@rel='next'] | //a[contains(concat(' ', @rel, ' '), ' next ')]")
    for element in marked or filter(_says_next, clickable(root)):
        url = link_target(element, base)
        if url and canonical_url(url) != here and host_of(url) == host_of(page_url):
            return url
    return None


def _says_next(element: HtmlElement) -> bool:
    label = visible_text(element) or element.get("title") or element.get("aria-label") or ""
    return bool(label) and len(label) <= 30 and _WORDS.fullmatch(label) is not None
