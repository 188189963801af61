"""Looking after sources: how each does, and what the desk offers its operators.

Like workplace.py it knows the rooms and decides nothing; the command line and the desk both come through here.
"""

from __future__ import annotations

import shlex
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from crawlers.sources import SourceFile, load_sources
from db.connect import opened
from db.errors import NewsError
from pasting import Pasted, paste
from workplace import Place, sources_file_of, sources_named, sources_of

if TYPE_CHECKING:
    from crawlers.messages import Transport
    from curation.source_lines import KeptText, NewBlock, PastedAddress, SourceLine, SourceServices
    from db.health import Override, SourceFacts

_REMEMBERED = 20  # pasted addresses that wait for "looks right"
FIELDS = ("id", "name", "institution", "country", "sub_region", "language")  # that a person may correct


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
    transport: Callable[[], Transport]
    pasted: dict[str, Pasted] = field(default_factory=dict)

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
        from crawlers.clock import system_clock
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
        from crawlers.urls import is_web_address
        from curation.source_lines import NewBlock, PastedAddress

        if not is_web_address(url):
            raise NewsError("This is not a full http or https address.")
        loaded, tried = self.loaded(), list[str]()
        pasted = paste(
            url,
            loaded,
            lambda page, ways: next(ways, None),
            tried,
            transport=self.transport(),
            database=self.place.database,
            today=self.now().date(),
        )
        if pasted is None:
            raise NewsError(f"No news is listed at {url}. Tried: {'; '.join(tried)}")
        self.pasted[url] = pasted
        while len(self.pasted) > _REMEMBERED:
            self.pasted.pop(next(iter(self.pasted)))
        found, block = pasted.found, pasted.block(loaded, {})
        return PastedAddress(
            url,
            found.kind,
            found.how,
            found.seen.encoding,
            found.seen.items,
            tuple(f"{other.how}: {other.url}" for other in pasted.others),
            NewBlock(**{key: block[key] or "" for key in FIELDS}),
            tuple((region.id, region.name) for region in loaded.regions()),
            f"convenor sources add {shlex.quote(url)}",
        )

    def add(self, conn: sqlite3.Connection, url: str, given: NewBlock) -> str:
        """The address is a source: its block stands in sources.yaml. NewsError, and nothing changed, when it cannot."""
        from crawlers.source_blocks import add_block
        from db.sources import register_sources

        if url not in self.pasted:
            raise NewsError("Look at the address first; this one is no longer remembered.")
        pasted, path = self.pasted[url], sources_file_of(self.place, sources_named())
        block = pasted.block(load_sources(path), {key: getattr(given, key) for key in FIELDS})
        add_block(path, block, pasted.comment(self.now()))
        del self.pasted[url]
        loaded = load_sources(path)
        register_sources(conn, (source.row() for source in loaded.sources), loaded.regions())
        return f"{block['id']} stands in {path.name}; the next pass polls it."
