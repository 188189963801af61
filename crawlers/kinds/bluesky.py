"""Posts of a Bluesky account by the public view of the network (`app.bsky.feed.getAuthorFeed`).

Where a post shows the card of an article, that article's address is the item's: the post only tells of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs, urlencode, urlsplit

from msgspec import Meta

from crawlers.kinds import Listing, Page
from crawlers.sources import CommonOptions, Source, Url
from db.errors import ParseError
from db.records import ParsedItem

TELLS_OF_OTHERS = True
_PROFILE = re.compile(r"/profile/([\w.:%-]+)/?")
_POST = re.compile(r"at://([\w.:%-]+)/app\.bsky\.feed\.post/([\w.~-]+)")
_METHOD = "/xrpc/app.bsky.feed.getAuthorFeed"


class Options(CommonOptions, frozen=True, kw_only=True):
    """The keys of a Bluesky block; its url is that of the profile, `https://bsky.app/profile/name`."""

    articles: Literal["missing", "all", "none"] = "none"  # the post says it all
    reposts: bool = False  # posts of others that the account passes on
    replies: bool = False
    per_page: Annotated[int, Meta(ge=1, le=100)] = 50
    api: Url = "https://public.api.bsky.app"


def recognises(url: str) -> bool:
    """Whether this is a profile of Bluesky."""
    parts = urlsplit(url)
    return parts.hostname == "bsky.app" and _PROFILE.fullmatch(parts.path) is not None


def first_url(url: str, options: Options) -> str:
    """Where the newest posts of the profile are told."""
    parts = urlsplit(url)
    if parts.path.endswith(_METHOD):
        return url
    named = _PROFILE.fullmatch(parts.path)
    wanted = "posts_with_replies" if options.replies else "posts_no_replies"
    query = {"actor": named[1] if named else parts.path.strip("/"), "filter": wanted, "limit": options.per_page}
    return f"{options.api.rstrip('/')}{_METHOD}?{urlencode(query)}"


def parse(page: Page, source: Source, options: Options, today: date) -> Listing:
    """The posts of one answer, newest first; ParseError when it is no author's feed."""
    from crawlers.pages.posts import distinct_posts, read_json

    told = read_json(page, "Bluesky")
    entries = told.get("feed") if isinstance(told, dict) else None
    if not isinstance(entries, list):
        said = told.get("message") or told.get("error") if isinstance(told, dict) else None
        raise ParseError(f"this is no author's feed{f': {str(said)[:200]}' if said else ''}", url=page.url)
    posts = list(_posts(entries, options))
    # An address that several posts show tells none of them apart.
    cards = Counter(_card(post).get("uri") for post in posts)
    items = distinct_posts(_item(post, source, alone=cards[_card(post).get("uri")] == 1) for post in posts)
    return Listing(items, _older(page.url, told.get("cursor"), entries))


def _posts(entries: list[Any], options: Options) -> Iterator[Mapping[str, Any]]:
    for entry in entries:
        post = entry.get("post") if isinstance(entry, dict) else None
        if not isinstance(post, dict) or not isinstance(post.get("record"), dict):
            continue
        repost = "Repost" in str((entry.get("reason") or {}).get("$type")) if entry.get("reason") else False
        if (options.reposts or not repost) and (options.replies or not post["record"].get("reply")):
            yield post


def _item(post: Mapping[str, Any], source: Source, *, alone: bool) -> ParsedItem | None:
    from crawlers.pages.posts import instant_day, is_article_address, post_item

    record, card, at_address = post["record"], _card(post), str(post.get("uri") or "")
    article = str(card.get("uri") or "")
    languages = record.get("langs")
    return post_item(
        article if alone and is_article_address(article) else _address(at_address),
        at_address,
        str(record.get("text") or ""),
        instant_day(record.get("createdAt"), source.country, not_after=post.get("indexedAt")),
        title=str(card.get("title") or ""),
        language=languages[0]
        if isinstance(languages, list) and len(languages) == 1 and _is_tag(languages[0])
        else None,
        image_url=_picture(post, card),
        links=[article, *_linked(record)],
    )


def _address(at_address: str) -> str:
    """Where a person reads the post."""
    named = _POST.fullmatch(at_address)
    return f"https://bsky.app/profile/{named[1]}/post/{named[2]}" if named else ""


def _is_tag(told: object) -> bool:
    return isinstance(told, str) and re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", told) is not None


def _embed(post: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the post shows below its text; of a quotation with media, the media."""
    embed = post.get("embed")
    media = embed.get("media") if isinstance(embed, dict) else None
    found = media if isinstance(media, dict) else embed
    return found if isinstance(found, dict) else {}


def _card(post: Mapping[str, Any]) -> Mapping[str, Any]:
    card = _embed(post).get("external")
    return card if isinstance(card, dict) and isinstance(card.get("uri"), str) else {}


def _picture(post: Mapping[str, Any], card: Mapping[str, Any]) -> str | None:
    embed = _embed(post)
    images = embed.get("images")
    first = images[0] if isinstance(images, list) and images and isinstance(images[0], dict) else {}
    found = (first.get("thumb"), card.get("thumb"), embed.get("thumbnail"))
    return next((url for url in found if isinstance(url, str) and url), None)


def _linked(record: Mapping[str, Any]) -> Iterator[str]:
    """The addresses behind words of the text."""
    facets = record.get("facets")
    for facet in facets if isinstance(facets, list) else []:
        features = facet.get("features") if isinstance(facet, dict) else None
        for feature in features if isinstance(features, list) else []:
            if isinstance(feature, dict) and isinstance(feature.get("uri"), str):
                yield feature["uri"]


def _older(url: str, cursor: object, entries: list[Any]) -> str | None:
    if not isinstance(cursor, str) or not cursor or not entries:
        return None
    parts = urlsplit(url)
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return parts._replace(query=urlencode(asked | {"cursor": cursor})).geturl()
