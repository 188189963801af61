"""Profiles of social networks: which address is one, told by the address alone, and what its newest posts are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Protocol
from urllib.parse import urlsplit

from msgspec import Struct, field

from crawlers.kinds import Listing, Page, kind_module
from crawlers.pages.guess import country_of, language_of
from crawlers.preview import Preview, sample_source
from crawlers.sources import CommonOptions, Source
from db.errors import ParseError

# Mastodon is last: any server may be one, and others write names as it does.
_NETWORKS = {
    "bluesky": "Bluesky",
    "facebook": "Facebook",
    "naver": "Naver blog",
    "telegram": "Telegram",
    "youtube": "YouTube",
    "mastodon": "Mastodon",
}


class Ask(Protocol):
    """How the page behind an address is asked for; FetchError when there is none."""

    def __call__(self, url: str, options: CommonOptions | None = None) -> Page: ...


class Profile(Struct, frozen=True):
    """What an address says of the profile behind it."""

    kind: str
    network: str  # as people call it
    handle: str
    sure: bool = True  # False: only asking can tell
    options: Mapping[str, object] = field(default_factory=dict)  # what its block needs


def profile_at(url: str) -> Profile | None:
    """The profile that this is the address of, None when it looks like none."""
    kind = next((kind for kind in _NETWORKS if kind_module(kind).recognises(url)), None)
    if kind is None:
        return None
    needs_discovery = getattr(kind_module(kind), "needs_discovery", None)
    options = {"autodiscover": True} if needs_discovery is not None and needs_discovery(url) else {}
    handle = urlsplit(url).path.rstrip("/").rpartition("/")[2].lstrip("@")
    return Profile(kind, _NETWORKS[kind], handle, kind != "mastodon", options)


def read_profile(
    url: str, profile: Profile, ask: Ask, *, today: date, country: str | None = None, language: str | None = None
) -> Preview:
    """The newest posts of the profile; FetchError or ParseError, with what the network says, when there are none."""
    guessed = country or country_of(url, language or "")
    source = sample_source(profile.kind, url, country=guessed, language=language or "en", date_order="YMD")
    source = source.changed(options=dict(profile.options))
    page = _first_page(url, source, ask)
    listing = kind_module(profile.kind).parse(page, source, source.parsed_options(), today)
    assert isinstance(listing, Listing)
    language = language or _language_of(listing, source.country)
    country = country or country_of(url, language)
    return Preview(profile.kind, "utf-8", country, language, "YMD", listing.items, listing.next_url)


def _first_page(url: str, source: Source, ask: Ask) -> Page:
    kind, options = kind_module(source.kind), source.parsed_options()
    if not getattr(options, "autodiscover", False):
        return ask(kind.first_url(url, options), options)
    told = ask(kind.discovery_url(url) if hasattr(kind, "discovery_url") else url)
    feeds = kind.discovered_feeds(told)
    if not feeds:
        raise ParseError("no account is told here", url=told.url)
    return ask(kind.first_url(feeds[0], options), options)


def _language_of(listing: Listing, country: str) -> str:
    """The language that most posts name, else the one of their letters."""
    named = Counter(item.language for item in listing.items if item.language not in (None, "zh"))
    if named:
        return str(named.most_common(1)[0][0])
    return language_of("\n".join(f"{item.title} {item.summary}" for item in listing.items), country)
