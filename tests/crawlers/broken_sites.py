"""The small site behind each broken page: what a client can still get there decides whether it can be repaired.

A site has a home page with a menu, the list, an article page for each item, older pages where the list named some, and
what the breakage leaves of it. Most breakages come in several variants, as they do in the world; which one a source
meets is drawn from its name. `repairable` says beforehand, apart from what the guardian finds, whether all the news can
still be had in some form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from html import escape
from urllib.parse import urljoin
from zlib import crc32

from msgspec.structs import replace

from crawlers.kinds import Page
from crawlers.messages import Request, Response
from crawlers.urls import canonical_url
from tests.crawlers import broken_pages
from tests.crawlers.broken_pages import Broken, as_html
from tests.crawlers.fake_network import FakeTransport, reply

Row = tuple[str, str, str]  # title, address, day ('' where there is none)
NEWS_WORDS = {
    "zh": "新闻动态",
    "ja": "お知らせ",
    "ko": "공지사항",
    "mn": "Мэдээ",
    "th": "ข่าว",
    "vi": "Tin tức",
    "id": "Berita",
}
NEW_PLACE = "/portal/news/"
FEED = "/portal/rss.xml"


@dataclass
class Site:
    """Addresses with what they answer; whatever is not there does not exist."""

    pages: dict[str, Page] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)  # redirects
    repairable: bool = True
    variant: str = ""

    @cached_property
    def _alike(self) -> dict[str, Page]:
        """Servers answer with and without `www.` and https alike."""
        return {canonical_url(url): page for url, page in self.pages.items()}

    @property
    def transport(self) -> FakeTransport:
        return FakeTransport(self._answer)

    def _answer(self, request: Request) -> Response:
        url = request.url
        if url in self.moved:
            return reply(302, headers={"Location": self.moved[url]})
        page = self.pages.get(url) or self._alike.get(canonical_url(url))
        if page is None:
            return reply(404, content=b"<html><body><h1>Not found</h1></body></html>")
        headers = {"Content-Type": page.content_type} if page.content_type else {}
        return reply(200, headers=headers, content=page.body)


@dataclass(frozen=True)
class Standing:
    """A site as it is when all is well."""

    broken: Broken
    asked: str  # the address of the list
    next_url: str
    language: str
    name: str

    @property
    def rows(self) -> Sequence[Row]:
        return self.broken.rows

    def at(self, path: str) -> str:
        return urljoin(self.asked, path)

    def draw(self, breakage: str, among: Sequence[str]) -> str:
        return among[crc32(f"{self.name} {breakage}".encode()) % len(among)]

    def home(self, *links: tuple[str, str], head: str = "") -> Page:
        """The home page, its menu leading to the list unless told otherwise."""
        word = NEWS_WORDS.get(self.language[:2], "News")
        menu = links or ((self.asked, word),)
        entries = "".join(f"<li><a href='{escape(url)}'>{label}</a></li>" for url, label in menu)
        body = f"<nav><ul><li><a href='/about/'>About</a></li>{entries}<li><a href='/visit/'>Visit</a></li></ul></nav>"
        html = (
            f"<html><head><title>Library</title>{head}</head><body>{body}<p>Welcome to the library.</p></body></html>"
        )
        return Page(self.at("/"), html.encode(), "text/html; charset=utf-8")

    def feed(self, rows: Sequence[Row]) -> Page:
        entries = "".join(
            f"<item><title>{escape(title)}</title><link>{escape(url)}</link>"
            + (f"<pubDate>{date.fromisoformat(on):%a, %d %b %Y} 06:00:00 GMT</pubDate>" if on else "")
            + "</item>"
            for title, url, on in rows
        )
        text = f'<rss version="2.0"><channel><title>News</title>{entries}</channel></rss>'
        return Page(self.at(FEED), text.encode(), "application/rss+xml; charset=utf-8")

    def cards(self, path: str, rows: Sequence[Row]) -> Page:
        entries = "".join(
            f"<div class='c'><h4><a href='{escape(url)}'>{escape(title)}</a></h4><div class='m'>{on}</div></div>"
            for title, url, on in rows
        )
        return as_html(self.at(path), "News", f"<main>{entries}</main>")

    def article(self, row: Row, *, dated: bool = True) -> Page:
        title, url, on = row
        stated = f'<meta property="article:published_time" content="{on}T08:00:00">' if on and dated else ""
        head = f"<title>{escape(title)}</title>{stated}"
        text = (
            "<p>The library opens its doors to readers of every age, and tells here what it has done of late.</p>" * 3
        )
        html = f"<html><head>{head}</head><body><article><h1>{escape(title)}</h1>{text}</article></body></html>"
        return Page(url, html.encode(), "text/html; charset=utf-8")

    def older(self) -> list[Row]:
        days = [on for _, _, on in self.rows if on]
        last = date.fromisoformat(min(days)) if days else None
        return [
            (
                f"Reading evening {n} of the friends of the library",
                _renumbered(url),
                str(last - timedelta(days=2 + n)) if last else "",
            )
            for n, (_, url, _) in enumerate(self.rows)
        ]

    def newer(self, today: date) -> list[Row]:
        return [
            (f"{word} of the old maps", self.at(f"/portal/news/{8_000 + n}.html"), str(today - timedelta(days=3 * n)))
            for n, word in enumerate(("Exhibition", "Catalogue", "Auction", "Restoration", "Digital copies", "Study"))
        ]

    def site(self) -> Site:
        site = Site({self.asked: self.broken.page, self.at("/"): self.home()})
        if canonical_url(self.asked) == canonical_url(self.at("/")):
            site.pages[self.at("/")] = self.broken.page
        for row in self.rows:
            site.pages.setdefault(row[1], self.article(row))
        if self.next_url:
            site.pages.setdefault(self.next_url, replace(self.cards(NEW_PLACE, self.older()), url=self.next_url))
        return site


def _renumbered(url: str) -> str:
    """The address of another article of the same form."""
    runs = list(re.finditer(r"\d+", url))
    if not runs:
        return f"{url}-2"
    last = runs[-1]
    number = str(int(last[0]) + 5 if int(last[0]) < 5 else int(last[0]) - 1).zfill(len(last[0]))
    return f"{url[: last.start()]}{number[-len(last[0]) :]}7{url[last.end() :]}"


def _put(standing: Standing, page: Page, *, repairable: bool = True, variant: str = "") -> Site:
    site = standing.site()
    site.pages[standing.asked] = page
    site.repairable, site.variant = repairable, variant
    return site


def _at_new_place(standing: Standing, site: Site, *, told_at_home: bool = True) -> None:
    """The list stands at another address in other markup, its links as they were."""
    rows = standing.rows
    site.pages[standing.at(NEW_PLACE)] = standing.cards(NEW_PLACE, rows)
    if told_at_home and canonical_url(standing.asked) != canonical_url(standing.at("/")):
        word = NEWS_WORDS.get(standing.language[:2], "News")
        site.pages[standing.at("/")] = standing.home((standing.at(NEW_PLACE), word))


def renamed_classes(standing: Standing) -> Site:
    return _put(standing, broken_pages.renamed_classes(standing.broken))


def moved_list(standing: Standing) -> Site:
    variant = standing.draw("moved", ("told there", "sent home", "gone"))
    word = NEWS_WORDS.get(standing.language[:2], "News")
    told = f"<p>Welcome.</p><p><a href='{NEW_PLACE}'>{word}</a></p>"
    site = _put(standing, as_html(standing.asked, "Home", told), variant=variant)
    _at_new_place(standing, site)
    if variant == "sent home" and standing.at("/") != standing.asked:
        site.moved[standing.asked] = standing.at("/")
    elif variant == "gone":
        del site.pages[standing.asked]
        site.repairable = standing.at("/") in site.pages
    return site


def list_in_script(standing: Standing) -> Site:
    variant = standing.draw("script", ("state", "interface", "outside script", "feed", "without addresses"))
    told = [{"title": title, "url": url, "regDate": on} for title, url, on in standing.rows]
    data = json.dumps({"list": told}, ensure_ascii=False)
    app, api = "<div id='app'></div>", "/api/board/list.json?size=20"
    main, head = "", ""
    if variant == "state":
        main = f"{app}<script>window.__STATE__ = {data};</script>"
    elif variant == "interface":
        main = f"{app}<script>fetch('{api}').then(r => r.json()).then(show)</script>"
    elif variant == "outside script":
        main = f"{app}<script src='/static/app.js'></script>"
    elif variant == "feed":
        main, head = app, f"<link rel='alternate' type='application/rss+xml' href='{FEED}'>"
    else:
        rows = ",".join(json.dumps([title, on], ensure_ascii=False) for title, _, on in standing.rows)
        main = f"{app}<script>render([{rows}])</script>"
    page = as_html(standing.asked, "News", main)
    page = replace(page, body=page.body.replace(b"<head>", b"<head>" + head.encode()))
    site = _put(standing, page, repairable=variant != "without addresses", variant=variant)
    if variant in ("interface", "outside script"):
        site.pages[standing.at(api)] = Page(standing.at(api), data.encode(), "application/json")
        site.pages[standing.at("/static/app.js")] = Page("", _APP.replace("API", api).encode(), "text/javascript")
    if variant == "feed":
        site.pages[standing.at(FEED)] = standing.feed(standing.rows)
    return site


_APP = """
fetch('API').then(r => r.json()).then(data => {
  const list = document.createElement('ul');
  for (const row of data.list) {
    const [entry, link, day] = ['li', 'a', 'span'].map(name => document.createElement(name));
    link.href = row.url; link.textContent = row.title; day.textContent = row.regDate;
    entry.append(link, day); list.append(entry);
  }
  document.getElementById('app').append(list);
});
"""


def login_wall(standing: Standing) -> Site:
    return _put(standing, broken_pages.login_wall(standing.broken), repairable=False)


def challenge_page(standing: Standing) -> Site:
    return _put(standing, broken_pages.challenge_page(standing.broken), repairable=False)


def soft_404(standing: Standing) -> Site:
    variant = standing.draw("soft", ("menu there", "menu at home", "feed at home", "no way left"))
    site = _put(standing, broken_pages.soft_404(standing.broken), variant=variant)
    _without_list(standing, site, variant)
    return site


def only_navigation(standing: Standing) -> Site:
    variant = standing.draw("navigation", ("menu there", "menu at home", "feed at home", "no way left"))
    site = _put(standing, broken_pages.only_navigation(standing.broken), variant=variant)
    _without_list(standing, site, variant)
    return site


def _without_list(standing: Standing, site: Site, variant: str) -> None:
    is_home = canonical_url(standing.asked) == canonical_url(standing.at("/"))
    if variant == "menu there" or (is_home and variant == "menu at home"):
        _at_new_place(standing, site)
        link = f"<a href='{NEW_PLACE}'>{NEWS_WORDS.get(standing.language[:2], 'News')}</a></body>"
        page = site.pages[standing.asked]
        site.pages[standing.asked] = replace(page, body=page.body.replace(b"</body>", link.encode()))
    elif variant == "menu at home":
        _at_new_place(standing, site)
    elif variant == "feed at home" and not is_home:
        site.pages[standing.at("/")] = standing.home(
            (standing.asked, "News"), head=f"<link rel='alternate' type='application/rss+xml' href='{FEED}'>"
        )
        site.pages[standing.at(FEED)] = standing.feed(standing.rows)
    else:
        site.repairable = False


def dates_gone(standing: Standing) -> Site:
    variant = standing.draw("dates", ("on the articles", "on the articles too", "nowhere"))
    site = _put(standing, broken_pages.dates_gone(standing.broken), variant=variant)
    if variant == "nowhere":
        site.repairable = False
        for row in standing.rows:
            site.pages[row[1]] = standing.article(row, dated=False)
    return site


def link_form_changed(standing: Standing) -> Site:
    return _put(standing, broken_pages.link_form_changed(standing.broken))


def paging_changed(standing: Standing) -> Site:
    variant = standing.draw("paging", ("old addresses answer", "new addresses answer", "posted forms"))
    site = _put(standing, broken_pages.paging_changed(standing.broken), variant=variant)
    site.repairable = bool(standing.next_url) and variant != "posted forms"
    if variant != "old addresses answer":
        site.pages.pop(standing.next_url, None)
    if variant == "new addresses answer":
        url = f"{standing.asked}{'&' if '?' in standing.asked else '?'}page=2"
        site.pages[url] = replace(standing.cards(NEW_PLACE, standing.older()), url=url)
    return site


def wrong_charset(standing: Standing) -> Site:
    return _put(standing, broken_pages.wrong_charset(standing.broken))


def half_of_the_items(standing: Standing) -> Site:
    variant = standing.draw("half", ("feed", "shorter for good", "shorter for good too"))
    site = _put(
        standing, broken_pages.half_of_the_items(standing.broken), variant=variant, repairable=variant == "feed"
    )
    _feed_at_home(standing, site, variant)
    return site


def all_links_home(standing: Standing) -> Site:
    variant = standing.draw("links", ("feed", "no addresses left"))
    page = broken_pages.all_links_home(standing.broken)
    site = _put(standing, page, variant=variant, repairable=variant == "feed")
    _feed_at_home(standing, site, variant)
    return site


def _feed_at_home(standing: Standing, site: Site, variant: str) -> None:
    if variant == "feed":
        site.pages[standing.at(FEED)] = standing.feed(standing.rows)
        announced = f"<link rel='alternate' type='application/rss+xml' href='{FEED}'>".encode()
        for url in (standing.asked, standing.at("/")):
            page = site.pages[url]
            site.pages[url] = replace(page, body=page.body.replace(b"</head>", announced + b"</head>", 1))
        site.repairable = announced in site.pages[standing.asked].body or announced in site.pages[standing.at("/")].body


def error_page(standing: Standing) -> Site:
    return _put(standing, broken_pages.error_page(standing.broken), repairable=False)


def redesigned(standing: Standing) -> Site:
    return _put(standing, broken_pages.redesigned(standing.broken))


def frozen(standing: Standing, today: date) -> Site:
    """The list says the same for ever; the news go on at another place, or in a feed, or nowhere."""
    variant = standing.draw("frozen", ("new place", "new feed", "silence"))
    site = standing.site()
    site.variant, rows = variant, standing.newer(today)
    is_home = canonical_url(standing.asked) == canonical_url(standing.at("/"))
    site.repairable = variant != "silence" and not is_home and len(rows) > 3
    if variant == "new place" and not is_home:
        site.pages[standing.at(NEW_PLACE)] = standing.cards(NEW_PLACE, rows)
        site.pages[standing.at("/")] = standing.home((standing.asked, "Archive"), (standing.at(NEW_PLACE), "News"))
    elif variant == "new feed" and not is_home:
        site.pages[standing.at(FEED)] = standing.feed(rows)
        site.pages[standing.at("/")] = standing.home(
            head=f"<link rel='alternate' type='application/rss+xml' href='{FEED}'>"
        )
    return site


SITES: dict[str, Callable[[Standing], Site]] = {
    "renamed classes": renamed_classes,
    "moved list": moved_list,
    "list in script": list_in_script,
    "login wall": login_wall,
    "challenge page": challenge_page,
    "soft 404": soft_404,
    "dates gone": dates_gone,
    "link form changed": link_form_changed,
    "paging changed": paging_changed,
    "character set declared wrongly": wrong_charset,
    "list replaced by navigation": only_navigation,
    "half of the items": half_of_the_items,
    "all links to the home page": all_links_home,
    "error page with 200": error_page,
    "redesigned": redesigned,
}
# The sixteenth, a frozen page, changes nothing on it: only time tells.
