"""The posts of a WordPress site by its REST interface: `/wp-json/wp/v2/posts`, or `?rest_route=/wp/v2/posts`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from msgspec import Meta

from crawlers.kinds import Listing, Page
from crawlers.sources import CommonOptions, Source
from crawlers.urls import canonical_url
from db.errors import ParseError
from db.records import ParsedItem, PublishedDate

_API = "https://api.w.org/"
_BEYOND_THE_END = "rest_post_invalid_page_number"


class Options(CommonOptions, frozen=True, kw_only=True):
    """The keys of a WordPress block."""

    autodiscover: bool = False  # the address is a page that names its REST interface
    per_page: Annotated[int, Meta(ge=1, le=100)] = 50  # posts of one answer; WordPress gives no more than 100


def first_url(url: str, options: Options) -> str:
    """The address of the newest posts."""
    return _with(url, {"per_page": str(options.per_page)})


def parse(page: Page, source: Source, options: Options, today: date) -> Listing:
    """The posts of one answer, newest first; ParseError when it is not a list of posts."""
    from crawlers.pages.charset import decode
    from crawlers.pages.dates import DateRules

    rules = DateRules(source.language, source.country, today, options.date_order)
    posts = _posts(decode(page.body, page.content_type).text, page.url)
    items = [item for post in posts if (item := _item(post, page.url, options, rules))]
    if posts and not items:
        raise ParseError("this JSON is a list, but not of posts: no link and title", url=page.url)
    unique = tuple({item.canonical_url: item for item in reversed(items)}.values())[::-1]
    return Listing(unique, _next_url(page.url, len(posts), options))


def _posts(text: str, url: str) -> list[Mapping[str, Any]]:
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ParseError("this is not the JSON of a WordPress site", url=url) from error
    if isinstance(loaded, dict) and loaded.get("code") == _BEYOND_THE_END:
        return []
    if not isinstance(loaded, list):
        said = loaded.get("message") or loaded.get("code") if isinstance(loaded, dict) else ""
        raise ParseError(f"this is not a list of posts{f': {str(said)[:200]}' if said else ''}", url=url)
    return [post for post in loaded if isinstance(post, dict)]


def _item(post: Mapping[str, Any], base: str, options: Options, rules: Any) -> ParsedItem | None:
    from crawlers.pages.links import absolute
    from crawlers.pages.markup import markup_text
    from crawlers.pages.plain import SUMMARY_CHARACTERS, item_title, one_line

    url = absolute(str(post.get("link") or ""), base)
    summary = markup_text(_rendered(post, "excerpt"))
    title = item_title(markup_text(_rendered(post, "title")), summary)
    if not url or not title:
        return None
    number = post.get("id")
    return ParsedItem(
        url=url,
        canonical_url=canonical_url(url, keep_params=options.keep_params, drop_params=options.drop_params),
        title=title,
        source_item_id=str(number) if isinstance(number, int) else None,
        summary=one_line(summary, SUMMARY_CHARACTERS),
        published=_published(post, rules),
        image_url=absolute(_picture(post), base),
    )


def _rendered(post: Mapping[str, Any], name: str) -> str:
    value = post.get(name)
    return str(value.get("rendered") or "") if isinstance(value, dict) else str(value or "")


def _published(post: Mapping[str, Any], rules: Any) -> PublishedDate:
    """The day of `date`, which is local already; of `date_gmt`, made local, where that is missing."""
    from crawlers.pages.dates import read_date

    local = read_date(str(post.get("date") or ""), "feed", rules)
    return local if local.on or not post.get("date_gmt") else read_date(f"{post['date_gmt']}Z", "feed", rules)


def _picture(post: Mapping[str, Any]) -> str:
    embedded = post.get("_embedded")
    media = embedded.get("wp:featuredmedia") if isinstance(embedded, dict) else None
    if isinstance(media, list) and media and isinstance(media[0], dict):
        return str(media[0].get("source_url") or "")
    return str(post.get("jetpack_featured_media_url") or "")


def _next_url(url: str, count: int, options: Options) -> str | None:
    """The next page while this one is full: a page beyond the end is an error of status 400."""
    asked = dict(parse_qsl(urlsplit(url).query))
    size, number = (asked.get(name, "") for name in ("per_page", "page"))
    full = int(size) if re.fullmatch("[0-9]{1,3}", size) else options.per_page
    if count < max(full, 1):
        return None
    return _with(url, {"page": str(int(number) + 1 if re.fullmatch("[0-9]{1,9}", number) else 2)})


def _with(url: str, wanted: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    kept = [pair for pair in parts.query.split("&") if pair and pair.partition("=")[0] not in wanted]
    return parts._replace(query="&".join([*kept, urlencode(wanted)])).geturl()


def discovered_feeds(page: Page) -> tuple[str, ...]:
    """Where the REST interface that a web page names gives its posts; () when it names none."""
    from crawlers.pages.links import absolute, base_url
    from crawlers.pages.tree import read_tree

    try:
        root = read_tree(page)
    except ParseError:
        return ()
    base = base_url(root, page.url)
    named = [link for link in root.iter("link") if _API in (link.get("rel") or "").split()]
    return tuple(dict.fromkeys(_posts_of(url) for link in named if (url := absolute(link.get("href") or "", base))))


def well_known_feeds(url: str) -> tuple[str, ...]:
    """Where the posts of a WordPress site are when no page tells: with and without pretty addresses."""
    return urljoin(url, "/wp-json/wp/v2/posts"), urljoin(url, "/?rest_route=/wp/v2/posts")


def _posts_of(api: str) -> str:
    """The address of the posts below that of the interface, which stands in the query of sites without pretty ones."""
    parts = urlsplit(api)
    if "rest_route=" in parts.query:
        return parts._replace(query=re.sub(r"(rest_route=)[^&]*", r"\1/wp/v2/posts", parts.query)).geturl()
    return parts._replace(path=f"{parts.path.rstrip('/')}/wp/v2/posts", query="", fragment="").geturl()
