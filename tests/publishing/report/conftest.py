"""A working database with the real report of February 2021 in it, as a convenor would have brought it about."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from db.decisions import record_decision
from db.desk import find_item
from db.items import save_poll
from db.records import Changes, Curation, ParsedItem, Pick, Poll, PublishedDate, SourceRow, SubRegion, Tag, Vocabulary
from db.reports import ReportKey, find_or_add_report, save_picks, save_report_texts
from db.sources import register_sources
from db.vocabularies import register_vocabularies, shipped_vocabularies
from tests.databases import new_database
from tests.publishing.report.samples import LANGUAGES

SEED = Path(__file__).parents[3] / "replica" / "data" / "seed_report.json"
NOW = datetime(2021, 2, 10, 9, 30, tzinfo=UTC)
STRATEGY = "IFLA-2019-2024"
NORTH_EAST_ASIA = SubRegion(
    "north-east-asia",
    "North East Asia",
    {
        "CN": "China",
        "JP": "Japan",
        "KP": "Korea, Democratic People's Republic of",
        "KR": "Korea, Republic of",
        "MN": "Mongolia",
    },
)
SOUTH_ASIA = SubRegion("south-asia", "South Asia", {"IN": "India", "NP": "Nepal"})


@pytest.fixture(scope="session")
def seed() -> dict[str, Any]:
    """The real report as data."""
    loaded: dict[str, Any] = json.loads(SEED.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture
def vocabulary() -> Vocabulary:
    """The strategy that the real report speaks of."""
    return next(entry for entry in shipped_vocabularies() if entry.id == STRATEGY)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A database that knows its sub-regions, sources and vocabularies, and nothing else."""
    conn = new_database(tmp_path / "convenor.db")
    sources = [
        SourceRow(code.lower(), f"News of {code}", "Library", code, NORTH_EAST_ASIA.id, language, "feed", f"https://{code}.example/")
        for code, language in LANGUAGES.items()
    ]  # fmt: skip
    register_sources(conn, sources, [NORTH_EAST_ASIA, SOUTH_ASIA])
    register_vocabularies(conn, shipped_vocabularies())
    yield conn
    conn.close()


@pytest.fixture
def add_activity(empty: sqlite3.Connection) -> Callable[..., int]:
    """Finds an item by a poll and has it marked impactful; its id comes back."""

    def add(found: ParsedItem, country: str, curation: Curation) -> int:
        poll = Poll(country.lower(), NOW, "new", 5, NOW, items_seen=1, items_new=1)
        save_poll(empty, poll, Changes(new=((found, "hash"),)), language=LANGUAGES[country], country=country)
        item_id = int(empty.execute("SELECT max(id) FROM items").fetchone()[0])
        item = find_item(empty, item_id)
        assert item is not None
        record_decision(
            empty,
            item_id,
            actor="chen",
            action="impactful",
            before=item.curation,
            after=curation,
            version=item.version,
            now=NOW,
        )
        return item_id

    return add


@pytest.fixture
def report_id(empty: sqlite3.Connection, seed: dict[str, Any], add_activity: Callable[..., int]) -> int:
    """The real report of North East Asia, with its eleven activities picked."""
    report = find_or_add_report(empty, ReportKey("north-east-asia", "2020-11", "2021-02"), vocabulary=STRATEGY)
    sections = {key[-1]: section_text(part["items"]) for key, part in seed["section_I"]["subsections"].items()}
    save_report_texts(empty, report.id, convenor="Chen Ying", submitted_on="2021-02-10", sections=sections)
    picks = []
    for activity in seed["activities"]:
        country = activity["country_iso2"]
        item_id = add_activity(found(activity), country, curated(activity))
        picks.append(Pick(item_id, country, activity["number"]))
    save_picks(empty, report.id, picks)
    return report.id


def section_text(items: list[dict[str, Any]]) -> str:
    """The items of a section as a convenor types them, one a line."""
    return "\n".join(f"{item['number']}\\ {item['text']}" if item["number"] else item["text"] for item in items)


def found(activity: dict[str, Any]) -> ParsedItem:
    """What the poll saw: a title in the institution's own words, at an address of its own."""
    address = f"https://example.org/{activity['id']}"
    published = PublishedDate(activity["event_start"], activity["date_precision"], "list")
    return ParsedItem(address, address, f"通知 {activity['id']}", summary="Found text.", published=published)


def curated(activity: dict[str, Any]) -> Curation:
    """What the convenor made of it: title, text, link and tags as printed."""
    return Curation(
        state="impactful",
        tags=tuple(Tag(STRATEGY, code) for code in reversed(activity["sd_codes"])),
        title=with_stars(activity["title_as_printed"], activity["italic_phrases"]),
        summary="\n\n".join(with_stars(text, activity["italic_phrases"]) for text in activity["body"]),
        url=activity["links"][0],
    )


def with_stars(text: str, phrases: list[str]) -> str:
    """The text with each phrase between the stars that mean italics."""
    if not phrases:
        return text
    return re.sub("|".join(map(re.escape, sorted(set(phrases)))), lambda match: f"*{match[0]}*", text)
