"""Posts of a Mastodon account by the public interface of its server.

The account's number is looked up once and kept. Servers that answer only signed requests still give `@name.rss`: name
it as an alternative of kind feed. The newest posts are asked for as they are, because `since_id` would hide those that
were edited since; what came before them and is not known yet, by `max_id` and `since_id` together.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from crawlers.kinds import Listing, Page
from crawlers.sources import CommonOptions, Source
from db.errors import ParseError
from db.records import ParsedItem

TELLS_OF_OTHERS = True
_PAGE_SIZE = 40  # the most that Mastodon gives


class Options(CommonOptions, frozen=True, kw_only=True):
    """The keys of a Mastodon block; its url is that of the profile, `https://server/@name`."""

    articles: Literal["missing", "all", "none"] = "none"  # the post says it all
    boosts: bool = False  # posts of others that the account passes on
    replies: bool = False
    autodiscover: bool = True  # the number of the account is looked up


def recognises(url: str) -> bool:
    """Whether this looks like a profile; other networks write names so too, hence only a lookup can tell."""
    path = urlsplit(url).path.strip("/")
    return path.startswith("@") and "/" not in path and len(path) > 1


def discovery_url(url: str) -> str:
    """Where the server tells the number of an account."""
    parts = urlsplit(url)
    name = parts.path.strip("/").removeprefix("@")
    return f"{parts.scheme}://{parts.netloc}/api/v1/accounts/lookup?acct={quote(name, safe='@')}"


def discovered_feeds(page: Page) -> tuple[str, ...]:
    """Where the posts of the account that was looked up are; () when this is no account."""
    from crawlers.pages.posts import read_json

    try:
        account = read_json(page, "Mastodon")
    except ParseError:
        return ()
    number = account.get("id") if isinstance(account, dict) else None
    if not isinstance(number, str) or not number.isalnum():
        return ()
    parts = urlsplit(page.url)
    return (f"{parts.scheme}://{parts.netloc}/api/v1/accounts/{number}/statuses",)


def well_known_feeds(url: str) -> tuple[str, ...]:
    """None: an account without a number has no posts anywhere."""
    return ()


def first_url(url: str, options: Options) -> str:
    """The newest posts, without those that are not wanted."""
    left_out = {"exclude_reblogs": not options.boosts, "exclude_replies": not options.replies}
    asked = {"limit": str(_PAGE_SIZE)} | {name: "true" for name, wanted in left_out.items() if wanted}
    return _with(url, asked)


def until_known(url: str, newest_id: str) -> str:
    """The older posts at this address that are newer than the one with this id, which is known."""
    return _with(url, {"since_id": newest_id})


def parse(page: Page, source: Source, options: Options, today: date) -> Listing:
    """The public posts of one answer, newest first; ParseError when it is not a list of posts."""
    from crawlers.pages.posts import distinct_posts, read_json

    posts = read_json(page, "Mastodon")
    if not isinstance(posts, list) or not all(isinstance(post, dict) for post in posts):
        said = posts.get("error") if isinstance(posts, dict) else None
        raise ParseError(f"this is not a list of posts{f': {str(said)[:200]}' if said else ''}", url=page.url)
    items = distinct_posts(_item(post, source) for post in posts if _is_wanted(post, options))
    return Listing(items, _older(page.url, posts))


def _is_wanted(post: Mapping[str, Any], options: Options) -> bool:
    own = options.replies or post.get("in_reply_to_id") in (None, "")
    return own and (options.boosts or not post.get("reblog"))


def _item(post: Mapping[str, Any], source: Source) -> ParsedItem | None:
    from crawlers.pages.posts import instant_day, lines_of, links_of, post_item, post_tree

    shown = post["reblog"] if isinstance(post.get("reblog"), dict) else post
    card = shown["card"] if isinstance(shown.get("card"), dict) else {}
    content = post_tree(str(shown.get("content") or ""))
    warning = str(shown.get("spoiler_text") or "")
    return post_item(
        str(shown.get("url") or shown.get("uri") or ""),
        str(shown.get("id") or ""),
        "\n".join(part for part in (warning, lines_of(content)) if part),
        instant_day(shown.get("created_at"), source.country),
        title=str(card.get("title") or ""),
        language=_language(shown.get("language")),
        image_url=_picture(shown, card),
        links=[str(card.get("url") or ""), *links_of(content)],
    )


def _language(told: object) -> str | None:
    return told if isinstance(told, str) and told.isascii() and 2 <= len(told) <= 12 else None


def _picture(post: Mapping[str, Any], card: Mapping[str, Any]) -> str | None:
    attached = post.get("media_attachments")
    media = [one for one in attached if isinstance(one, dict)] if isinstance(attached, list) else []
    found = [str(one.get("preview_url") or "") for one in media] + [str(card.get("image") or "")]
    return next((url for url in found if url), None)


def _older(url: str, posts: list[Any]) -> str | None:
    """The posts before the oldest of this answer; an answer without any is the end."""
    last = str(posts[-1].get("id") or "") if posts else ""
    if not last.isalnum():
        return None
    return _with(url, {"max_id": last})


def _with(url: str, wanted: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return parts._replace(query=urlencode({**asked, **wanted})).geturl()
