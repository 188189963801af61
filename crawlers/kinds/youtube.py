"""Videos of a YouTube channel or playlist by their Atom feed, which gives the fifteen newest.

The feeds are known to answer 404 and 500 for days while the channel lives on (January 2024, March 2026).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Literal
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from crawlers.kinds import Listing, Page, feed
from crawlers.sources import CommonOptions, Source

OUTAGES = frozenset({404, 500})  # never taken for a channel that is gone
_CHANNEL = re.compile(r"/channel/UC([\w-]{22})(?:/.*)?")
_USER = re.compile(r"/user/([\w-]+)(?:/.*)?")
_IN_PAGE = re.compile(rb'"(?:rssUrl|externalId)"\s*:\s*"([^"]{1,200})"')
# The playlists that YouTube keeps of each channel begin with these letters.
_ONLY = {"videos": "UULF", "shorts": "UUSH", "live": "UULV"}
_HOSTS = frozenset({"youtube.com", "www.youtube.com", "m.youtube.com"})


class Options(CommonOptions, frozen=True, kw_only=True):
    """The keys of a YouTube block; its url is that of the channel or playlist."""

    articles: Literal["missing", "all", "none"] = "none"  # the post says it all
    only: Literal["videos", "shorts", "live"] | None = None  # of a channel; None: all it publishes
    autodiscover: bool = False  # the address is a page such as `/@name`, which tells the number of its channel


def recognises(url: str) -> bool:
    """Whether this is a channel or a playlist."""
    parts = urlsplit(url)
    known = _CHANNEL.fullmatch(parts.path) or _USER.fullmatch(parts.path) or re.match("/(?:@|c/)", parts.path)
    return parts.hostname in _HOSTS and (known is not None or "list" in parse_qs(parts.query))


def needs_discovery(url: str) -> bool:
    """Whether only the page tells the number of its channel."""
    return urlsplit(url).path.startswith(("/@", "/c/"))


def first_url(url: str, options: Options) -> str:
    """The feed of the channel or playlist."""
    parts = urlsplit(url)
    query = _named(parts.path, {name: values[-1] for name, values in parse_qs(parts.query).items()}, options)
    return urljoin(url, f"/feeds/videos.xml?{urlencode(query)}") if query else url


def _named(path: str, asked: Mapping[str, str], options: Options) -> Mapping[str, str]:
    channel, user = _CHANNEL.fullmatch(path), _USER.fullmatch(path)
    number = channel[1] if channel else asked.get("channel_id", "").removeprefix("UC")
    if number:
        return {"playlist_id": _ONLY[options.only] + number} if options.only else {"channel_id": f"UC{number}"}
    if user:
        return {"user": user[1]}
    playlist = asked.get("list") or asked.get("playlist_id")
    return {"playlist_id": playlist} if playlist else {}


def parse(page: Page, source: Source, options: Options, today: date) -> Listing:
    """The videos of the feed, newest first; ParseError as for every feed."""
    return feed.parse(page, source, feed.Options(keep_params=("v",)), today)


def discovered_feeds(page: Page) -> tuple[str, ...]:
    """The feed of the channel whose page this is."""
    found = [url for url in feed.discovered_feeds(page) if "/feeds/videos.xml" in url]
    for told in _IN_PAGE.findall(page.body):
        name = told.decode("ascii", "replace")
        if re.fullmatch(r"UC[\w-]{22}", name):
            found.append(urljoin(page.url, f"/feeds/videos.xml?channel_id={name}"))
    return tuple(dict.fromkeys(found))


def well_known_feeds(url: str) -> tuple[str, ...]:
    """None: a page that does not tell its channel has no feed that could be guessed."""
    return ()
