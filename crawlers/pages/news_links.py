"""Where on its site a page says that news are: the links that speak of news."""

from __future__ import annotations

import re

from crawlers.kinds import Page
from crawlers.pages.links import base_url, clickable, link_target
from crawlers.pages.tree import read_tree, visible_text
from crawlers.urls import canonical_url, host_of

MAX_LINKS = 8
_NEWS = re.compile(
    r"news|notice|announce|press|new/|新闻|新聞|消息|公告|通知|动态|動態|お知らせ|新着|ニュース|소식|공지|알림|보도"
    r"|мэдээ|зарлал|berita|pengumuman|tin tức|thông báo|ข่าว|ประกาศ|اخبار|أخبار|xinwen|gonggao|oshirase",
    re.IGNORECASE,
)


def news_links(page: Page) -> tuple[str, ...]:
    """Up to eight pages of the same site that this one links to as news, in its order; ParseError if it is no page."""
    root = read_tree(page)
    base, here = base_url(root, page.url), canonical_url(page.url)
    found: dict[str, str] = {}
    for element in clickable(root):
        url = link_target(element, base)
        if not url or host_of(url) != host_of(page.url) or canonical_url(url) == here:
            continue
        if _NEWS.search(f"{url} {visible_text(element)}"):
            found.setdefault(canonical_url(url), url)
    return tuple(found.values())[:MAX_LINKS]
