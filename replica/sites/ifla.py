"""IFLA news: a WordPress feed by page (/news/feed/?paged=N) and article pages with dates like "21 January 2021"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from html import escape

from msgspec.structs import replace

from replica.samples import Sample, by_path, page_count, page_of
from replica.site import Document, Frame, Site, meta, paragraphs
from replica.sites.wordpress import FEED_SIZE, Blog, excerpt, feed

_HOME = "https://www.ifla.org/"
_ALTERNATE = f'<link rel="alternate" type="application/rss+xml" title="IFLA News Feed" href="{_HOME}news/feed/">\n'

_FRAME = Frame(
    "en",
    "IFLA",
    (("About", "/about/"), ("Units", "/units/"), ("News", "/news/"), ("Events", "/events/")),
    footer="<p>Prins Willem-Alexanderhof 5, The Hague</p>",
)
_BLOG = Blog(
    "ifla",
    "News – IFLA",
    _HOME,
    f"{_HOME}news/feed/",
    "en-US",
    lambda sample: 60000 + sample.number % 30000,
    full_text=True,
)


def _render(path: str, query: Mapping[str, str]) -> Document | None:
    if path.rstrip("/") == "/news/feed":
        return feed(_BLOG, query)
    number = _list_page(path)
    if number and page_of("ifla", number, FEED_SIZE):
        return _list(number)
    sample = by_path("ifla").get(path)
    return _article(sample) if sample else None


def _list_page(path: str) -> int | None:
    if path == "/news/":
        return 1
    text = path.removeprefix("/news/page/").rstrip("/")
    return int(text) if path.startswith("/news/page/") and text.isdecimal() else None


def _in_words(on: str) -> str:
    return f"{date.fromisoformat(on):%d %B %Y}" if len(on) == 10 else on


def _list(number: int) -> Document:
    items = page_of("ifla", number, FEED_SIZE)
    rows = "\n".join(
        f'<article class="card"><h3><a href="{sample.path}">{escape(sample.title)}</a></h3>'
        f'<p class="date">{_in_words(sample.on)}</p><p>{escape(excerpt(sample))}</p></article>'
        for sample in items
    )
    older = f'<a class="next page-numbers" href="/news/page/{number + 1}/">Next</a>'
    older = older if number < page_count("ifla", FEED_SIZE) else ""
    main = f'<main><h1>News</h1>\n{rows}\n<div class="pagination">{older}</div></main>'
    return replace(_FRAME.document("News – IFLA", main, _ALTERNATE), modified_on=items[0].on)


def _article(sample: Sample) -> Document:
    picture = f"{_HOME}wp-content/uploads/{sample.number:08x}.jpg"
    main = (
        f'<main><article><h1>{escape(sample.title)}</h1>\n<p class="date">{_in_words(sample.on)}</p>\n'
        f'<div class="entry-content">\n<figure><img src="{picture}" alt="">'
        f"</figure>\n{paragraphs(sample.paragraphs)}\n</div></article></main>"
    )
    full = len(sample.on) == 10
    head = meta(og__image=picture, og__title=sample.title)
    head += meta(article__published_time=f"{sample.on}T10:00:00+00:00") if full else ""
    document = _FRAME.document(f"{sample.title} – IFLA", main, _ALTERNATE + head)
    return replace(document, modified_on=sample.on if full else None)


SITE = Site(
    host="www.ifla.org",
    language="en",
    render=_render,
    home="/news/",
    robots="User-agent: *\nDisallow: /wp-admin/\n",
    not_found="Page not found",
)
