"""Messages of a public Telegram channel, as its preview page shows them (`https://t.me/s/name`)."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from typing import TYPE_CHECKING, Literal
from urllib.parse import urljoin, urlsplit

from crawlers.kinds import Listing, Page
from crawlers.sources import CommonOptions, Source
from db.errors import ParseError
from db.records import ParsedItem

if TYPE_CHECKING:
    from lxml.html import HtmlElement

TELLS_OF_OTHERS = True
_CHANNEL = re.compile(r"/(?:s/)?(\w{4,64})/?", re.ASCII)
_PICTURE = re.compile(r"background-image:\s*url\(['\"]?([^'\")]+)")
_FORWARDED = ".tgme_widget_message_forwarded_from"
_MESSAGE = ".tgme_widget_message[data-post]"


class Options(CommonOptions, frozen=True, kw_only=True):
    """The keys of a Telegram block; its url is that of the channel, `https://t.me/name`."""

    articles: Literal["missing", "all", "none"] = "none"  # the post says it all
    forwards: bool = False  # messages of others that the channel passes on


def recognises(url: str) -> bool:
    """Whether this is a channel."""
    parts = urlsplit(url)
    return parts.hostname in ("t.me", "telegram.me") and _CHANNEL.fullmatch(parts.path) is not None


def first_url(url: str, options: Options) -> str:
    """The preview of the channel's newest messages."""
    parts = urlsplit(url)
    named = _CHANNEL.fullmatch(parts.path)
    return parts._replace(path=f"/s/{named[1]}", fragment="").geturl() if named else url


def parse(page: Page, source: Source, options: Options, today: date) -> Listing:
    """The messages of the page, newest first; ParseError for a channel that shows no preview."""
    from crawlers.pages.posts import distinct_posts
    from crawlers.pages.selectors import select
    from crawlers.pages.tree import read_tree

    root = read_tree(page)
    if not select([root], ".tgme_channel_history, .tgme_channel_info"):
        raise ParseError("this channel shows no public preview", url=page.url)
    messages = select([root], _MESSAGE)
    wanted = [message for message in messages if options.forwards or _one(message, _FORWARDED) is None]
    items = distinct_posts(_item(message, page.url, source) for message in reversed(wanted))
    older = _one(root, "link[rel=prev], a.tme_messages_more[data-before]")
    return Listing(items, _older(page.url, older) if messages else None)


def _one(element: HtmlElement, selector: str) -> HtmlElement | None:
    from crawlers.pages.selectors import select

    return next(iter(select([element], selector)), None)


def _item(message: HtmlElement, base: str, source: Source) -> ParsedItem | None:
    from crawlers.pages.posts import instant_day, lines_of, links_of, post_item

    number = message.get("data-post") or ""
    text, time = (
        _one(message, ".js-message_text, .tgme_widget_message_text"),
        _one(message, ".tgme_widget_message_date time"),
    )
    preview = _one(message, "a.tgme_widget_message_link_preview")
    title = _one(message, ".link_preview_title")
    return post_item(
        urljoin(base, f"/{number}"),
        number,
        lines_of(text),
        instant_day(time.get("datetime") if time is not None else None, source.country),
        title=title.text_content() if title is not None else "",
        image_url=_picture(message),
        links=[*([unescape(preview.get("href") or "")] if preview is not None else []), *links_of(text)],
    )


def _picture(message: HtmlElement) -> str | None:
    shown = _one(message, ".tgme_widget_message_photo_wrap, .link_preview_image, .tgme_widget_message_video_thumb")
    found = _PICTURE.search(shown.get("style") or "") if shown is not None else None
    return found[1] if found else None


def _older(url: str, link: HtmlElement | None) -> str | None:
    from crawlers.pages.links import absolute

    return None if link is None else absolute(link.get("href") or "", url)
