"""Library of the National University of Mongolia: WordPress with plain permalinks (?p=N, ?feed=rss2, ?rest_route=)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from html import escape
from urllib.parse import parse_qs, urlsplit

from msgspec.structs import replace

from replica.samples import Sample, page_count, page_of, samples
from replica.site import Document, Frame, Site, meta, paragraphs
from replica.sites.wordpress import FEED_SIZE, Blog, excerpt, feed, page_number, posts

_HOME = "https://library.num.edu.mn/"
_ALTERNATE = f'<link rel="alternate" type="application/rss+xml" title="Feed" href="{_HOME}?feed=rss2">\n'
_REST = f'<link rel="https://api.w.org/" href="{_HOME}index.php?rest_route=/">\n'

_FRAME = Frame(
    "mn",
    "МУИС-ийн Номын сан",
    (
        ("Нүүр", _HOME),
        ("Бидний тухай", f"{_HOME}?page_id=2"),
        ("Цахим каталог", f"{_HOME}?page_id=14"),
        ("Холбоо барих", f"{_HOME}?page_id=21"),
    ),
    footer="<p>Улаанбаатар хот, Их сургуулийн гудамж</p>",
)


def _post_id(sample: Sample) -> int:
    return int(parse_qs(urlsplit(sample.address).query)["p"][0])


_BLOG = Blog("num", "МУИС-ийн Номын сан", _HOME, f"{_HOME}?feed=rss2", "mn", _post_id, utc_offset_hours=8)


@cache
def _by_id() -> Mapping[str, Sample]:
    return {str(_post_id(sample)): sample for sample in samples("num")}


def _render(path: str, query: Mapping[str, str]) -> Document | None:
    if path not in ("/", "/index.php"):
        return None
    if "rest_route" in query:
        return posts(_BLOG, query) if query["rest_route"].rstrip("/") == "/wp/v2/posts" else None
    if query.get("feed") == "rss2":
        return feed(_BLOG, query)
    if "p" in query:
        sample = _by_id().get(query["p"])
        return _article(sample) if sample else None
    number = page_number(query, "paged")
    if "page_id" in query or not number or not page_of("num", number, FEED_SIZE):
        return None
    return _list(number)


def _in_mongolian(on: str) -> str:
    year, month, day = on.split("-")
    return f"{year} оны {int(month)} сарын {int(day)}"


def _list(number: int) -> Document:
    items = page_of("num", number, FEED_SIZE)
    rows = "\n".join(
        '<article class="post"><h2 class="entry-title">'
        f'<a href="{sample.address}" rel="bookmark">{escape(sample.title)}</a></h2>'
        '<div class="entry-meta">'
        f'<time class="entry-date published" datetime="{sample.on}T10:00:00+08:00">{_in_mongolian(sample.on)}'
        "</time></div>"
        f'<div class="entry-summary"><p>{escape(excerpt(sample))}</p></div></article>'
        for sample in items
    )
    last = page_count("num", FEED_SIZE)
    older = f'<a class="next page-numbers" href="{_HOME}?paged={number + 1}">Дараах</a>' if number < last else ""
    newer = f'<a class="prev page-numbers" href="{_HOME}?paged={number - 1}">Өмнөх</a>' if number > 1 else ""
    main = (
        f'<main class="site-main">\n{rows}\n<div class="nav-links">{newer}{older}</div></main>\n'
        '<aside class="widget"><h2>Хуанли</h2><table id="wp-calendar"><tr><td>1</td><td>2</td><td>3</td></tr>'
        "</table></aside>"
    )
    document = _FRAME.document("МУИС-ийн Номын сан", main, _ALTERNATE + _REST + meta(generator="WordPress 5.6"))
    link = f'<{_HOME}index.php?rest_route=/>; rel="https://api.w.org/"'
    return replace(document, headers={"Link": link}, modified_on=items[0].on)


def _article(sample: Sample) -> Document:
    picture = f"{_HOME}wp-content/uploads/{sample.on[:4]}/{sample.on[5:7]}/{sample.number:08x}.jpg"
    main = (
        f'<main class="site-main"><article class="post"><h1 class="entry-title">{escape(sample.title)}</h1>\n'
        f'<div class="entry-meta">{_in_mongolian(sample.on)}</div>\n<div class="entry-content">\n'
        f'<figure><img src="{picture}" alt=""></figure>\n{paragraphs(sample.paragraphs)}\n</div></article></main>'
    )
    head = _ALTERNATE + _REST + meta(article__published_time=f"{sample.on}T10:00:00+08:00", og__image=picture)
    head += f'<link rel="shortlink" href="{sample.address}">\n'
    document = _FRAME.document(f"{sample.title} – {_FRAME.name}", main, head, sample.language)
    return replace(document, modified_on=sample.on)


SITE = Site(
    host="library.num.edu.mn",
    language="mn",
    render=_render,
    robots="User-agent: *\nDisallow: /wp-admin/\nAllow: /wp-admin/admin-ajax.php\n",
    not_found="Хуудас олдсонгүй",
)
