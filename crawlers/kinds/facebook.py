"""Posts of a Facebook page by the Graph API, with the operator's own token; a source without one is switched off.

The token stands in the environment and travels in a header: never in an address, a log or the database.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from msgspec import Meta

from crawlers.kinds import Listing, Page
from crawlers.sources import CommonOptions, Source, Url
from db.errors import ParseError
from db.records import ParsedItem

TELLS_OF_OTHERS = True
_FIELDS = "id,message,created_time,permalink_url,full_picture,attachments{title,type,unshimmed_url}"
_HOSTS = frozenset({"facebook.com", "www.facebook.com", "m.facebook.com"})
_PAGE = re.compile(r"/(?:pages/[^/]+/)?([\w.-]+)/?")


class Options(CommonOptions, frozen=True, kw_only=True):
    """The keys of a Facebook block; its url is that of the page, `https://www.facebook.com/name`."""

    articles: Literal["missing", "all", "none"] = "none"  # the post says it all
    token_variable: Annotated[str, Meta(pattern="^[A-Z][A-Z0-9_]*$")] = "FACEBOOK_TOKEN"  # where the token stands
    per_page: Annotated[int, Meta(ge=1, le=100)] = 50
    api: Url = "https://graph.facebook.com/v25.0"


def recognises(url: str) -> bool:
    """Whether this is a page of Facebook."""
    parts = urlsplit(url)
    return parts.hostname in _HOSTS and _PAGE.fullmatch(parts.path) is not None


def first_url(url: str, options: Options) -> str:
    """Where the newest posts of the page are told."""
    if url.startswith(f"{options.api.rstrip('/')}/"):
        return url
    named = _PAGE.fullmatch(urlsplit(url).path)
    page = quote(named[1] if named else "", safe="")
    query = urlencode({"fields": _FIELDS, "limit": options.per_page})
    return f"{options.api.rstrip('/')}/{page}/published_posts?{query}"


def parse(page: Page, source: Source, options: Options, today: date) -> Listing:
    """The posts of one answer, newest first; ParseError when it is no list of posts."""
    from crawlers.pages.posts import distinct_posts, read_json

    told = read_json(page, "the Graph API")
    posts = told.get("data") if isinstance(told, dict) else None
    if not isinstance(posts, list):
        error = told.get("error") if isinstance(told, dict) else None
        said = error.get("message") if isinstance(error, dict) else None
        raise ParseError(f"this is no list of posts{f': {str(said)[:200]}' if said else ''}", url=page.url)
    items = distinct_posts(_item(post, source) for post in posts if isinstance(post, dict))
    return Listing(items, _older(page.url, told.get("paging")) if posts else None)


def _item(post: Mapping[str, Any], source: Source) -> ParsedItem | None:
    from crawlers.pages.posts import instant_day, post_item

    attached = post.get("attachments")
    listed = attached.get("data") if isinstance(attached, dict) else None
    shared = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    picture = post.get("full_picture")
    return post_item(
        str(post.get("permalink_url") or ""),
        str(post.get("id") or ""),
        str(post.get("message") or ""),
        instant_day(post.get("created_time"), source.country),
        title=next((str(one["title"]) for one in shared if one.get("title")), ""),
        image_url=picture if isinstance(picture, str) else None,
        links=[str(one.get("unshimmed_url") or "") for one in shared],
    )


def _older(url: str, paging: object) -> str | None:
    """The posts before, by their cursor: the address that the service writes itself would hold the token."""
    cursors = paging.get("cursors") if isinstance(paging, dict) and paging.get("next") else None
    after = cursors.get("after") if isinstance(cursors, dict) else None
    if not isinstance(after, str) or not after:
        return None
    parts = urlsplit(url)
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return parts._replace(query=urlencode(asked | {"after": after})).geturl()
