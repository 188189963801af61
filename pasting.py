"""An address is pasted: the web is asked what it gives, and a block of sources.yaml is made of it.

Like workplace.py it knows the rooms and decides nothing; the command line and the desk both come through here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from crawlers.sources import CommonOptions, Politeness, SourceFile, load_sources
from db.connect import opened
from db.errors import FetchError, ParseError

if TYPE_CHECKING:
    from crawlers.discover import Found
    from crawlers.fetch import Limits
    from crawlers.kinds import Page
    from crawlers.messages import Transport
    from crawlers.politeness import PoliteWeb
    from crawlers.preview import Preview

MOST_ALTERNATIVES = 3

Choose = Callable[["Page", Iterator["Found"]], "Found | None"]


@contextmanager
def polite_web(
    politeness: Politeness,
    transport: Transport,
    database: Path | None = None,
    *,
    old_tls: frozenset[str] = frozenset(),
) -> Iterator[PoliteWeb]:
    """The web for a few questions outside of a pass, as polite as in one; hosts of `old_tls` may be asked over one.

    With a database that is there, what it knows of servers is heeded, and what they are asked stands in the ledger.
    """
    from crawlers.access import Access
    from crawlers.clock import system_clock
    from crawlers.fetch import Client, user_agent
    from crawlers.hosts import Hosts
    from crawlers.politeness import PoliteWeb
    from crawlers.tls import with_legacy_hosts
    from db.hosts import host_memories, robots_files, save_host_news

    transport = with_legacy_hosts(transport, old_tls)
    limits, access = limits_of(politeness), Access(os.environ)
    clock, agent = system_clock(), user_agent(politeness.contact)
    if database is None or not database.exists():
        with Client(transport, agent, limits) as client:
            yield PoliteWeb(client, clock, pause_seconds=politeness.pause_seconds, access=access)
        return
    with opened(database) as conn:
        hosts = Hosts(clock.moment, agent, hosts=host_memories(conn), robots=robots_files(conn))
    try:
        with Client(transport, agent, limits) as client:
            yield PoliteWeb(client, clock, pause_seconds=politeness.pause_seconds, hosts=hosts, access=access)
    finally:
        with opened(database) as conn:
            save_host_news(conn, hosts.take_news())


def previewed(
    url: str,
    sources: Path | None,
    *,
    allow_private: bool,
    legacy_tls: bool,
    today: date,
    country: str | None,
    language: str | None,
) -> Preview:
    """What an address gives, asked for as politely as the list of sources wants it."""
    from crawlers.guard import guarded_transport
    from crawlers.networks import profile_at, read_profile
    from crawlers.preview import preview
    from crawlers.tls import legacy_hosts
    from crawlers.urls import host_of

    loaded = load_sources(sources) if sources else None
    politeness = loaded.politeness if loaded else Politeness()
    old_tls = legacy_hosts(loaded.sources if loaded else ()) | ({host_of(url)} if legacy_tls else set())
    with polite_web(politeness, guarded_transport(allow_private), old_tls=old_tls) as web:

        def ask(url: str, options: CommonOptions | None = None) -> Page:
            return page_of(web, url, politeness, options)

        profile = profile_at(url)
        if profile is not None:
            try:
                return read_profile(url, profile, ask, today=today, country=country, language=language)
            except (FetchError, ParseError):
                if profile.sure:
                    raise
        return preview(ask(url), today=today, country=country, language=language)


def limits_of(politeness: Politeness) -> Limits:
    """What one answer may cost."""
    from crawlers.fetch import Limits

    return Limits(politeness.connect_timeout_seconds, politeness.timeout_seconds, politeness.max_bytes)


def page_of(web: PoliteWeb, url: str, politeness: Politeness, options: CommonOptions | None = None) -> Page:
    """The page behind an address; with the options of a kind that needs a token, asked for with it."""
    from crawlers.fetch import Fetched
    from crawlers.kinds import Page

    token = web.access.token(options) if options is not None else None
    if token is None and (variable := getattr(options, "token_variable", None)):
        raise FetchError(f"it gives posts only for a token of your own, which stands in ${variable}", url=url)
    answer = web.get(url, limits_of(politeness), token=token)
    assert isinstance(answer, Fetched)  # nothing conditional was asked
    return Page(answer.url, answer.body, answer.content_type)


class Pasted(Struct, frozen=True):
    """An address as it was read: its page, the way to read it that was taken, and others that give the same news."""

    page: Page
    found: Found
    others: tuple[Found, ...]
    old_tls: frozenset[str] = frozenset()  # hosts that speak only an old TLS

    def block(self, loaded: SourceFile, given: Mapping[str, Any]) -> dict[str, Any]:
        """The block of sources.yaml: what was given, and for the rest the best guess."""
        from crawlers.discover import names_of
        from crawlers.source_blocks import free_id, sub_region_of
        from crawlers.urls import host_of

        found, names = self.found, names_of(self.page)
        country, host = given.get("country") or found.seen.country, host_of(found.url).removeprefix("www.")
        name, whose = found.names.page or names.page, found.names.site or names.site
        taken = {source.id for source in loaded.sources}
        return {
            "id": given.get("id") or free_id(found.url, taken, within=found.names.site),
            "name": given.get("name") or name or host,
            "institution": given.get("institution") or whose or name or host,
            "country": country,
            "sub_region": given.get("sub_region") or sub_region_of(loaded, country),
            "language": given.get("language") or found.seen.language,
            **self._rung(found),
            "alternatives": [self._rung(other) for other in self.others],
        }

    def _rung(self, found: Found) -> dict[str, Any]:
        from crawlers.urls import host_of

        rung = found.as_rung()
        return rung | {"options": {**found.options, "legacy_tls": True}} if host_of(found.url) in self.old_tls else rung

    def comment(self, now: datetime) -> str:
        """What stands above the block."""
        return f"{self.found.how}; added on {now:%Y-%m-%d}, {len(self.found.seen.items)} items were seen."


def paste(
    url: str,
    loaded: SourceFile,
    choose: Choose,
    tried: list[str],
    *,
    transport: Transport,
    database: Path,
    today: date,
    country: str | None = None,
    language: str | None = None,
    legacy_tls: bool = False,
    asking: Callable[[str], AbstractContextManager[None]] = lambda url: nullcontext(),
) -> Pasted | None:
    """The way to read an address that was chosen, with up to three further ones; None when none was.

    `tried` then holds the addresses that gave nothing, each with the reason. NewsError when the address, or the one
    that it leads to, is read by a source already.
    """
    from crawlers.discover import Search
    from crawlers.source_blocks import check_is_new
    from crawlers.tls import legacy_hosts
    from crawlers.urls import host_of

    check_is_new(loaded, url)
    own = frozenset({host_of(url)} if legacy_tls else ())
    with polite_web(loaded.politeness, transport, database, old_tls=legacy_hosts(loaded.sources) | own) as web:

        def ask(url: str, options: CommonOptions | None = None) -> Page:
            with asking(url):
                return page_of(web, url, loaded.politeness, options)

        def tell(address: str, came: str) -> None:
            tried.append(f"{address}: {came}")

        page = _first_page(url, ask)
        check_is_new(loaded, page.url)
        ways = Search(ask, today, country, language, tell).ways(page)
        if (found := choose(page, ways)) is None:
            return None
        check_is_new(loaded, found.url, found.options)
        others = (other for other in ways if other.gives(found))
        return Pasted(page, found, tuple(islice(others, MOST_ALTERNATIVES)), own)


def _first_page(url: str, ask: Callable[[str], Page]) -> Page:
    """The page behind an address; an empty one where a network shows nothing there, but answers elsewhere."""
    from crawlers.kinds import Page
    from crawlers.networks import profile_at

    profile = profile_at(url)
    return Page(url, b"") if profile is not None and profile.sure else ask(url)
