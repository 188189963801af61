"""Looking after sources: adding one from its address, and what the desk offers its operators.

Like workplace.py it knows the rooms and decides nothing; the command line and the desk both come through here.
"""

from __future__ import annotations

import os
import shlex
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawlers.sources import CommonOptions, Politeness, SourceFile, load_sources
from db.connect import opened
from db.errors import FetchError, NewsError, ParseError
from workplace import Place, sources_file_of, sources_of

if TYPE_CHECKING:
    import httpx

    from crawlers.discover import Found
    from crawlers.fetch import Limits
    from crawlers.kinds import Page
    from crawlers.networks import Ask
    from crawlers.politeness import PoliteWeb
    from crawlers.preview import Preview
    from curation.source_lines import KeptText, NewBlock, PastedAddress, SourceLine, SourceServices
    from db.health import Override, SourceFacts

MOST_ALTERNATIVES = 3
_REMEMBERED = 20  # pasted addresses that wait for "looks right"
FIELDS = ("id", "name", "institution", "country", "sub_region", "language")  # that a person may correct


@contextmanager
def polite_web(
    politeness: Politeness,
    transport: httpx.BaseTransport,
    database: Path | None = None,
    *,
    old_tls: frozenset[str] = frozenset(),
) -> Iterator[PoliteWeb]:
    """The web for a few questions outside of a pass, as polite as in one; hosts of `old_tls` may be asked over one.

    With a database that is there, what it knows of servers is heeded, and what they are asked stands in the ledger.
    """
    from crawlers.access import Access
    from crawlers.fetch import Client, user_agent
    from crawlers.hosts import Hosts
    from crawlers.politeness import PoliteWeb, system_clock
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


def first_page(url: str, ask: Ask) -> Page:
    """The page behind an address; an empty one where a network shows nothing there, but answers elsewhere."""
    from crawlers.kinds import Page
    from crawlers.networks import profile_at

    profile = profile_at(url)
    return Page(url, b"") if profile is not None and profile.sure else ask(url)


def taken_way(
    page: Page,
    search: Any,
    choose: Callable[[Iterator[Found]], Found | None],
    loaded: SourceFile,
) -> tuple[Found, tuple[Found, ...]] | None:
    """The way that was chosen, and up to three further ones that give the same news; None when none was."""
    from crawlers.source_blocks import check_is_new

    ways = search.ways(page)
    found = choose(ways)
    if found is None:
        return None
    check_is_new(loaded, found.url, found.options)
    others = (other for other in ways if other.gives(found))
    return found, tuple(other for other, _ in zip(others, range(MOST_ALTERNATIVES), strict=False))


def new_source(
    found: Found, others: tuple[Found, ...], page: Page, loaded: SourceFile, given: Mapping[str, Any]
) -> dict[str, Any]:
    """The block of sources.yaml for what was found: what was given, and for the rest the best guess."""
    from crawlers.discover import names_of
    from crawlers.source_blocks import free_id, sub_region_of
    from crawlers.urls import host_of

    names, country = names_of(page), given.get("country") or found.seen.country
    host = host_of(found.url).removeprefix("www.")
    name, whose = found.names.page or names.page, found.names.site or names.site
    taken = {source.id for source in loaded.sources}
    return {
        "id": given.get("id") or free_id(found.url, taken, within=found.names.site),
        "name": given.get("name") or name or host,
        "institution": given.get("institution") or whose or name or host,
        "country": country,
        "sub_region": given.get("sub_region") or sub_region_of(loaded, country),
        "language": given.get("language") or found.seen.language,
        **found.as_rung(),
        "alternatives": [other.as_rung() for other in others],
    }


def comment_of(found: Found, now: datetime) -> str:
    """What stands above a new block."""
    return f"{found.how}; added on {now:%Y-%m-%d}, {len(found.seen.items)} items were seen."


def sources_named() -> Path | None:
    """The list of sources that the environment names."""
    named = os.environ.get("CONVENOR_SOURCES")
    return Path(named) if named else None


def source_lines(conn: sqlite3.Connection, now: datetime) -> tuple[SourceLine, ...]:
    """How each source does, with the repair that waits for it."""
    from crawlers.health import health_of
    from curation.source_lines import SourceLine
    from db.health import kept_page, overrides, source_facts, waiting_proposal
    from db.held import held_polls
    from db.tasks import open_tasks

    taken, held, tasks, found = overrides(conn), held_polls(conn), open_tasks(conn), []
    for facts in source_facts(conn):
        health, source, override = health_of(facts, now), facts.source, taken.get(facts.source.id)
        found.append(
            SourceLine(
                source.id,
                source.name,
                source.institution,
                source.url,
                health.word,
                health.why,
                health.broken,
                f"{health.since:%Y-%m-%d}" if health.since else "",
                f"{facts.polled_at:%Y-%m-%d %H:%M}" if facts.polled_at else "",
                _repaired(facts, override) if override else "",
                waiting_proposal(conn, source.id),
                kept_page(conn, source.id) is not None,
                tuple(poll for poll in held if poll.source_id == source.id),
                "; ".join(task.sentence for task in tasks if task.source_id == source.id),
            )
        )
    return tuple(found)


def _repaired(facts: SourceFacts, override: Override) -> str:
    said = f"repaired by {override.taken_by} on {override.taken_at:%Y-%m-%d}"
    tried = facts.polled_at is not None and facts.polled_at > override.taken_at
    return said if tried else f"{said}; the next poll reads it so"


def kept_text(conn: sqlite3.Connection, source_id: str) -> KeptText:
    """The words of the doubtful page that was kept of a source; NewsError when there is none."""
    from crawlers.kinds import Page
    from crawlers.pages.extract import readable_text
    from curation.source_lines import KeptText
    from db.health import kept_page, last_doubt, last_error

    kept = kept_page(conn, source_id)
    if kept is None:
        raise NewsError(f"no doubtful page of {source_id} is kept")
    text = readable_text(Page(kept.url, kept.body, kept.content_type))
    return KeptText(
        source_id, kept.url, last_doubt(conn, source_id) or last_error(conn, source_id) or "it lists nothing", text
    )


@dataclass
class Tending:
    """What the desk of one place offers operators. It remembers what pasted addresses gave until they look right."""

    place: Place
    now: Callable[[], datetime]
    transport: Callable[[], httpx.BaseTransport]
    pasted: dict[str, tuple[Page, Found, tuple[Found, ...]]] = field(default_factory=dict)

    def services(self) -> SourceServices:
        """All of it, as the desk is lent it."""
        from curation.source_lines import SourceServices

        return SourceServices(
            lines=lambda conn: source_lines(conn, self.now()),
            kept=kept_text,
            take_over=self.take_over,
            look_for_repair=self.look_for_repair,
            believe=self.believe,
            drop=self.drop,
            preview=self.preview,
            add=self.add,
        )

    def loaded(self) -> SourceFile:
        """The list of sources of this place."""
        return sources_of(self.place, sources_named())

    def take_over(self, conn: sqlite3.Connection, source_id: str, by: str) -> str:
        """The proposed repair reads the source from now on."""
        from crawlers.rescue import take_over_repair

        take_over_repair(conn, self.loaded(), source_id, by=by, now=self.now())
        return f"The repair of {source_id} is taken over; its next poll reads the page so."

    def look_for_repair(self, source_id: str) -> str:
        """A repair was looked for on the web; whether one waits now, in a sentence."""
        from crawlers.politeness import system_clock
        from crawlers.rescue import repair_for

        with opened(self.place.database) as conn:
            found = repair_for(conn, self.loaded(), source_id, transport=self.transport(), clock=system_clock())
        if found is None:
            return f"No other way to read {source_id} was found."
        return f"A repair of {source_id} was found; look at it and take it over."

    def believe(self, conn: sqlite3.Connection, source_id: str) -> str:
        """The page is right as it is now."""
        from crawlers.rescue import believe_page

        believe_page(conn, self.loaded(), source_id, now=self.now())
        return f"{source_id} is believed as its page is now, from its next poll on."

    def drop(self, conn: sqlite3.Connection, source_id: str) -> str:
        """The source is read by its block again."""
        from crawlers.rescue import drop_repair

        drop_repair(conn, self.loaded(), source_id)
        return f"{source_id} is read by its block in sources.yaml again, from its next poll on."

    def preview(self, url: str) -> PastedAddress:
        """What an address would give, the best way first; NewsError when nothing."""
        from crawlers.discover import Search
        from crawlers.source_blocks import check_is_new
        from crawlers.tls import legacy_hosts
        from crawlers.urls import is_web_address
        from curation.source_lines import PastedAddress

        if not is_web_address(url):
            raise NewsError("This is not a full http or https address.")
        loaded, tried = self.loaded(), list[str]()
        check_is_new(loaded, url)
        old_tls = legacy_hosts(loaded.sources)
        with polite_web(loaded.politeness, self.transport(), self.place.database, old_tls=old_tls) as web:

            def ask(url: str, options: CommonOptions | None = None) -> Page:
                return page_of(web, url, loaded.politeness, options)

            page = first_page(url, ask)
            search = Search(ask, self.now().date(), tell=lambda address, came: tried.append(f"{address}: {came}"))
            taken = taken_way(page, search, lambda ways: next(ways, None), loaded)
        if taken is None:
            raise NewsError(f"No news is listed at {url}. Tried: {'; '.join(tried)}")
        self.pasted[url] = (page, *taken)
        while len(self.pasted) > _REMEMBERED:
            self.pasted.pop(next(iter(self.pasted)))
        found, others = taken
        return PastedAddress(
            url,
            found.kind,
            found.how,
            found.seen.encoding,
            found.seen.items,
            tuple(f"{other.how}: {other.url}" for other in others),
            self._guess(page, found, others, loaded, {}),
            tuple((region.id, region.name) for region in loaded.regions()),
            f"convenor sources add {shlex.quote(url)}",
        )

    def _guess(
        self, page: Page, found: Found, others: tuple[Found, ...], loaded: SourceFile, given: Mapping[str, str]
    ) -> NewBlock:
        from curation.source_lines import NewBlock

        block = new_source(found, others, page, loaded, given)
        return NewBlock(**{key: block[key] or "" for key in FIELDS})

    def add(self, conn: sqlite3.Connection, url: str, given: NewBlock) -> str:
        """The address is a source: its block stands in sources.yaml. NewsError, and nothing changed, when it cannot."""
        from crawlers.source_blocks import add_block
        from db.sources import register_sources

        if url not in self.pasted:
            raise NewsError("Look at the address first; this one is no longer remembered.")
        page, found, others = self.pasted[url]
        path = sources_file_of(self.place, sources_named())
        block = new_source(found, others, page, load_sources(path), {key: getattr(given, key) for key in FIELDS})
        add_block(path, block, comment_of(found, self.now()))
        del self.pasted[url]
        loaded = load_sources(path)
        register_sources(conn, (source.row() for source in loaded.sources), loaded.regions())
        return f"{block['id']} stands in {path.name}; the next pass polls it."
