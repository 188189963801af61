"""Ways in which a page of news breaks, each a function from a page to a page."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zlib import crc32

from lxml import html as lxml_html
from lxml.html import HtmlElement

from crawlers.kinds import Page
from crawlers.pages.charset import decode

Breakage = Callable[["Broken"], Page]
_CARD = "<div class='c'><h4><a href='{url}'>{title}</a></h4><div class='m'>{on}</div></div>"
_MENU = (
    "About the library",
    "Opening hours and holidays",
    "How to find us",
    "Digital collections",
    "Contact the library",
)


@dataclass(frozen=True)
class Broken:
    """A page that is about to break, with what stands on it and the page as it was when it was last polled."""

    page: Page
    rows: Sequence[tuple[str, str, str]]  # title, address, day ('' where there is none)

    @property
    def text(self) -> str:
        return decode(self.page.body, self.page.content_type).text

    @property
    def is_feed(self) -> bool:
        return b"<html" not in self.page.body[:3000].lower()


def as_html(url: str, title: str, main: str, menu: Sequence[str] = _MENU) -> Page:
    links = "".join(f"<li><a href='/{n}/'>{label}</a></li>" for n, label in enumerate(menu))
    body = f"<html><head><title>{title}</title></head><body><ul class='gnb'>{links}</ul>{main}</body></html>"
    return Page(url, body.encode(), "text/html; charset=utf-8")


def changed(broken: Broken, change: Callable[[str], str]) -> Page:
    return Page(broken.page.url, change(broken.text).encode(), _utf8(broken.page.content_type))


def _utf8(content_type: str) -> str:
    return f"{content_type.partition(';')[0] or 'text/html'}; charset=utf-8"


def renamed_classes(broken: Broken) -> Page:
    """A new stylesheet: every class and id has another name. A feed has none."""
    if broken.is_feed:
        return broken.page
    return changed(
        broken,
        lambda text: re.sub(
            r"\b(class|id)=([\"'])(.*?)\2", lambda m: f"{m[1]}={m[2]}z{crc32(m[3].encode()):x}{m[2]}", text
        ),
    )


def moved_list(broken: Broken) -> Page:
    """The list went to another address; the old one answers with the home page."""
    news = "<p>Welcome to our library.</p><p><a href='/new/place/'>Our news have a new place</a></p>"
    return as_html(broken.page.url, "Home", news)


def list_in_script(broken: Broken) -> Page:
    data = ",".join(f"['{title}','{on}']" for title, _, on in broken.rows)
    return as_html(broken.page.url, "News", f"<div id='app'></div><script>render([{data}])</script>")


def login_wall(broken: Broken) -> Page:
    form = (
        "<form action='/login'><input name='user'><input name='password' type='password'><button>Log in</button></form>"
    )
    return as_html(broken.page.url, "Log in", form)


def challenge_page(broken: Broken) -> Page:
    script = "<title>Just a moment...</title><script>window._cf_chl_opt={}</script><p>Checking your browser</p>"
    return Page(broken.page.url, f"<html><head>{script}</head></html>".encode(), "text/html; charset=utf-8")


def soft_404(broken: Broken) -> Page:
    return as_html(
        broken.page.url, "Not found", "<h1>Sorry</h1><p>The page that you look for has moved or is gone.</p>"
    )


def dates_gone(broken: Broken) -> Page:
    forms = r"(?:19|20)\d\d\s?[-./年년]\s?\d\d?\s?[-./月월]\s?\d\d?\s?[日일]?|JUCHE\s?\d+\s?\(\d{4}\)\.?[ \d.]*"
    words = r"|\d{4} оны \d+ (?:дүгээр )?сарын \d+|[A-Z][a-z]+ \d{1,2}, (?:20\d\d|Juche\d+\(\d{4}\))"
    words += r"|\d{1,2} [A-Z][a-z]+,? 20\d\d"
    named = r"<(pubDate|dc:date|published|updated)>.*?</\1>|datetime=[\"'][^\"']*[\"']"
    return changed(broken, lambda text: re.sub(f"{forms}{words}|{named}", "", text, flags=re.DOTALL))


def link_form_changed(broken: Broken) -> Page:
    """Every item got another address."""
    text = broken.text
    for number, (_, url, _) in enumerate(broken.rows):
        path = re.sub(r"^https?://[^/]+", "", url)
        new = f"/portal/board/view?seq={41_000 + number}"
        for form in {url, path, url.replace("&", "&amp;"), path.replace("&", "&amp;"), path.rpartition("/")[2]} - {""}:
            text = re.sub(
                rf"(href=[\"']|<link>|<guid[^>]*>)(?:\./|\.\./)*{re.escape(form)}(?=[\"'<])", rf"\g<1>{new}", text
            )
        text = re.sub(r"onclick=\"fn_goView\('\w+'\)\"", lambda m: m[0].replace("fn_goView", "goDetail"), text)
    return changed(broken, lambda _: text)


def paging_changed(broken: Broken) -> Page:
    """The pages are turned by a script from now on."""
    paging = r"<(div|ul|nav|p)[^>]*class=[\"'][^\"']*(?:pag|page)[^\"']*[\"'][^>]*>.*?</\1>"
    paging += r"|<link[^>]*rel=[\"']next[\"'][^>]*>"
    more = "<div class='more'><button onclick='more()'>+</button></div>"
    return changed(broken, lambda text: re.sub(paging, more, text, flags=re.DOTALL | re.IGNORECASE))


def wrong_charset(broken: Broken) -> Page:
    """The page is written in one character set and declares another."""
    text = re.sub(r"charset=[\"']?[\w-]+", "charset=euc-kr", broken.text)
    text = re.sub(r"encoding=[\"'][\w-]+[\"']", 'encoding="euc-kr"', text)
    kind = broken.page.content_type.partition(";")[0] or "text/html"
    return Page(broken.page.url, text.encode("gb18030"), f"{kind}; charset=euc-kr")


def only_navigation(broken: Broken) -> Page:
    """The list's place is taken by the links that stand in the menu."""
    tree = lxml_html.document_fromstring(broken.text.encode(), parser=lxml_html.HTMLParser(encoding="utf-8"))
    labels = [link.text_content() for link in tree.iter("a") if len(link.text_content()) > 3]
    menu = [label for label in labels if label not in {title for title, _, _ in broken.rows}] or list(_MENU)
    entries = "".join(f"<li><a href='/section/{n}/index.html'>{label}</a></li>" for n, label in enumerate(menu * 3))
    return as_html(broken.page.url, "News", f"<ul class='list'>{entries}</ul>", menu)


def half_of_the_items(broken: Broken) -> Page:
    """Every second record is no longer on the page."""
    if broken.is_feed:
        pieces = re.split(r"(?=<item\b|<entry\b)", broken.text)
        return changed(broken, lambda _: pieces[0] + "".join(pieces[1::2]) + _feed_end(pieces[-1]))
    tree = lxml_html.document_fromstring(broken.text.encode(), parser=lxml_html.HTMLParser(encoding="utf-8"))
    for title, _, _ in list(broken.rows)[1::2]:
        for record in records_of(tree, title):
            if record.getparent() is not None:
                record.drop_tree()
    return Page(broken.page.url, lxml_html.tostring(tree, encoding="utf-8"), "text/html; charset=utf-8")


def _feed_end(last: str) -> str:
    match = re.search(r"</(item|entry)>(.*)$", last, re.DOTALL)
    return match[2] if match and not last.startswith(" ") and "</channel>" in match[2] else ""


def records_of(tree: HtmlElement, title: str) -> list[HtmlElement]:
    found = [node for node in tree.iter("a", "p", "strong", "h3") if _same(node.text_content(), title)]
    records = []
    for node in found:
        while (
            node.getparent() is not None
            and node.getparent().tag not in ("ul", "ol", "tbody", "table", "body", "main", "section", "dl")
            and len(node.getparent().xpath(".//a[@href]")) <= 3
        ):
            node = node.getparent()
        records.append(node)
    return [record for record in records if record.tag not in ("body", "html")]


def _same(text: str, title: str) -> bool:
    return "".join(title.split()) in "".join(text.split())


def all_links_home(broken: Broken) -> Page:
    if broken.is_feed:
        return changed(broken, lambda text: re.sub(r"<(link|guid)([^>]*)>[^<]+</\1>", r"<\1\2>/</\1>", text))
    return changed(broken, lambda text: re.sub(r"href=([\"']).*?\1|onclick=([\"']).*?\2", "href='/'", text))


def error_page(broken: Broken) -> Page:
    return Page(
        broken.page.url, b"<html><body><h1>Error establishing a database connection</h1></body></html>", "text/html"
    )


def redesigned(broken: Broken) -> Page:
    """Another system, other markup, the same news at addresses of its own."""
    cards = "".join(
        _CARD.format(url=f"/article/{7_000 + n}-news-of-the-library", title=title, on=on)
        for n, (title, _, on) in enumerate(broken.rows)
    )
    return as_html(broken.page.url, "News", f"<main>{cards}</main>")
