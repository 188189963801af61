"""What posts of social networks have in common: no title, an instant instead of a day, links in the text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crawlers.urls import canonical_url, is_web_address
from db.errors import ParseError
from db.records import NO_DATE, ParsedItem, PublishedDate

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from crawlers.kinds import Page

TITLE_CHARACTERS = 120  # of a first line that stands for a title
_LONGEST_POST = 100_000  # characters looked at
_NAMES = re.compile(r"\b(?:mention|hashtag)\b")
_FINAL_TAGS = re.compile(r"(?:(?:^|\s)[#＃]\w+)+$")
_ADDRESS = re.compile(r"https?://\S+")


def read_json(page: Page, service: str) -> Any:
    """The JSON of an answer; ParseError, with what the service says of its fault, when it is none."""
    from crawlers.pages.charset import decode

    try:
        return json.loads(decode(page.body, page.content_type).text)
    except (ValueError, RecursionError) as error:
        raise ParseError(f"this is not the JSON of {service}; it may be cut off", url=page.url) from error


def first_line(text: str) -> str:
    """The first line that holds words, without addresses and final hashtags, cut at a word where it is long.

    '' when there is none.
    """
    from crawlers.pages.plain import one_line

    lines = (_FINAL_TAGS.sub("", one_line(_ADDRESS.sub(" ", line))) for line in text.splitlines())
    line = next((line for line in lines if re.search(r"[^\W_]", line)), "")
    if len(line) <= TITLE_CHARACTERS:
        return line
    cut = line[: TITLE_CHARACTERS - 1]
    return (cut.rpartition(" ")[0] if cut.rfind(" ") > TITLE_CHARACTERS // 2 else cut).rstrip() + "…"


def post_tree(markup: str) -> HtmlElement | None:
    """The markup of a post as a tree; None when there is nothing in it."""
    from crawlers.pages.tree import markup_tree

    return markup_tree(f"<div>{markup[:_LONGEST_POST]}</div>")


def lines_of(post: HtmlElement | None) -> str:
    """The text of a post, a line for each that a reader sees."""
    from crawlers.pages.tree import text_blocks

    return "" if post is None else "\n".join(text_blocks(post))


def links_of(post: HtmlElement | None) -> tuple[str, ...]:
    """The addresses that a post links, without mentions of people and hashtags."""
    links = [] if post is None else list(post.iter("a"))
    # Telegram's pages escape addresses twice.
    found = [unescape(link.get("href") or "") for link in links if not _NAMES.search(link.get("class") or "")]
    return tuple(dict.fromkeys(url for url in found if is_web_address(url)))


def instant_day(printed: object, country: str, *, not_after: object = None) -> PublishedDate:
    """The local day of an instant as services print it (RFC 3339, or seconds since 1970).

    With `not_after`, an instant that the service itself gives, a later one is not believed: clients may claim any.
    """
    from crawlers.pages.local_days import local_day

    found, limit = _instant(printed), _instant(not_after)
    if found is not None and limit is not None:
        found = min(found, limit)
    if found is None or found.year < 1990:
        return NO_DATE
    return PublishedDate(local_day(found, country).isoformat(), "day", "feed", str(printed)[:80])


def _instant(printed: object) -> datetime | None:
    try:
        if isinstance(printed, int):
            return datetime.fromtimestamp(printed, UTC)
        found = datetime.fromisoformat(printed) if isinstance(printed, str) else None
    except (ValueError, OverflowError, OSError):
        return None
    return found if found is None or found.tzinfo else found.replace(tzinfo=UTC)


def post_item(
    url: str,
    post_id: str,
    text: str,
    published: PublishedDate,
    *,
    title: str = "",
    language: str | None = None,
    image_url: str | None = None,
    links: Iterable[str] = (),
) -> ParsedItem | None:
    """The post as an item: titled by its first line, else by `title`; None when it says nothing or has no address."""
    from crawlers.pages.plain import SUMMARY_CHARACTERS, one_line

    named = first_line(text) or one_line(title, TITLE_CHARACTERS)
    if not named or not is_web_address(url):
        return None
    return ParsedItem(
        url=url,
        canonical_url=canonical_url(url),
        title=named,
        source_item_id=one_line(post_id)[:1000] or None,
        summary=one_line(text, SUMMARY_CHARACTERS),
        published=published,
        language=language,
        image_url=image_url if image_url and is_web_address(image_url) else None,
        links=tuple(dict.fromkeys(canonical_url(link) for link in links if is_article_address(link))),
    )


def distinct_posts(posts: Iterable[ParsedItem | None]) -> tuple[ParsedItem, ...]:
    """The posts that say something, each address once, in their order."""
    kept: dict[str, ParsedItem] = {}
    for post in posts:
        if post is not None:
            kept.setdefault(post.canonical_url, post)
    return tuple(kept.values())


def is_article_address(url: str) -> bool:
    """Whether the address may be that of one article: a front page is linked by many posts and tells none apart."""
    return is_web_address(url) and (urlsplit(url).path.strip("/") != "" or urlsplit(url).query != "")
