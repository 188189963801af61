"""Building the public database: beside the old file, checked, then swapped in whole.

It knows which period and sub-region an activity belongs to; which columns are public is db.published's list. A crash at
any moment leaves the old file as it was; what a dead run left behind goes with the next build.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from db import public_file, published
from db.connect import integrity, refusals, transaction
from db.errors import StoreError
from db.instants import to_text
from db.public_counts import fill_tallies
from db.public_file import Counts
from db.publications import Standing, Withdrawn, published_in, remember, since_when, standings, withdrawn
from db.published import Activity, Curated, ReportSpan
from db.records import SubRegion
from db.search.activities import fill_index
from db.sources import list_sub_regions

KEPT = 3  # earlier builds


class Published(Struct, frozen=True):
    """A public database that now stands at `path`."""

    path: Path
    activities: int
    countries: int  # with at least one activity
    built_at: datetime
    fingerprint: str  # the same for the same content
    bytes: int


def publish(working: sqlite3.Connection, out: Path, *, now: datetime) -> Published:
    """The curated activities of `working` stand at `out`, whole; StoreError leaves the old file as it was.

    Reads the working database in one snapshot, so that it may run while others write, and notes there what is public
    now. Two runs on one `out` wait for each other. KEPT earlier builds stay beside it: `public.db.1` and so on.
    """
    with refusals(out), _only_publisher(out.parent):
        _refuse_to_overwrite(out)
        _clear_unfinished(out)
        unfinished = _new_file_beside(out)
        try:
            with closing(sqlite3.connect(unfinished, isolation_level=None)) as public:
                built = _build(working, public, published_in(out), now)
                counts = public_file.public_counts(public)
            size = _settle(unfinished)
            remember(working, built.standings, built.withdrawn, today=now.date().isoformat())
            keep_earlier(out, built.fingerprint)
            os.replace(unfinished, out)
        finally:
            unfinished.unlink(missing_ok=True)
        _sync(out.parent)
    return Published(out, counts.activities, counts.countries, now, built.fingerprint, size)


class _Built(Struct, frozen=True):
    """What a new file holds."""

    expected: Counts
    fingerprint: str
    standings: Mapping[int, Standing]  # of every activity
    withdrawn: tuple[Withdrawn, ...]


def _build(working: sqlite3.Connection, public: sqlite3.Connection, earlier: Iterable[int], now: datetime) -> _Built:
    """The public file holds one snapshot of the curated set and has passed every check."""
    published.create_public(public)
    with transaction(public):
        with published.snapshot(working):
            built = _copy(working, public, earlier, now)
        published.insert_about(public, to_text(now), built.fingerprint)
        fill_tallies(public)
        fill_index(public)
    published.finish_public(public)
    _check(public, built.expected)
    return built


def _copy(working: sqlite3.Connection, public: sqlite3.Connection, earlier: Iterable[int], now: datetime) -> _Built:
    regions = list_sub_regions(working)
    tags, sightings = list(published.curated_tags(working)), list(published.curated_sightings(working))
    sources = published.curated_sources(working)
    activities = list(_activities(working, regions, _codes(tags)))
    contents = {one.id: _fingerprint([published.read_of(one)]) for one in activities}
    known = standings(working, contents, now=to_text(now))
    rows = [published.values_of(one) + since_when(known[one.id]) for one in activities]
    countries = {one.country for one in activities}
    places = countries | {str(source[3]) for source in sources}
    gone = withdrawn(working, earlier, known.keys(), today=now.date().isoformat())
    published.insert_countries(public, regions, places)
    published.copy_vocabularies(working, public)
    published.insert_activities(public, rows)
    published.insert_tags(public, tags)
    published.insert_sightings(public, sightings)
    published.insert_sources(public, sources)
    published.insert_withdrawn(public, ((one.id, one.withdrawn_on, one.now_at) for one in gone))
    expected = Counts(len(rows), len(countries), len(tags), len(sightings), len(gone), len(rows), len(rows))
    fingerprint = _fingerprint([*rows, (tags, sightings, sources, gone)])
    return _Built(expected, fingerprint, known, gone)


def _fingerprint(values: Iterable[object]) -> str:
    content = hashlib.sha256()
    for value in values:
        content.update(repr(value).encode())
    return content.hexdigest()


def _codes(tags: Iterable[tuple[int, str, str]]) -> dict[int, str]:
    codes: dict[int, str] = {}
    for item_id, _, code in tags:
        codes[item_id] = f"{codes[item_id]}, {code}" if item_id in codes else code
    return codes


def _activities(
    working: sqlite3.Connection, regions: Sequence[SubRegion], codes: Mapping[int, str]
) -> Iterator[Activity]:
    spans, picks = published.report_spans(working), published.picked_in(working)
    for item in published.curated_items(working):
        region = sub_region_of(item, regions)
        period = period_of(item, region.id if region else item.sub_region, spans, picks.get(item.id, set()))
        yield Activity(
            id=item.id,
            title=item.title,
            country_name=_country_name(item.country, region, regions),
            published_on=item.published_on,
            date_precision=item.date_precision,
            source=f"{item.institution} – {item.source_name}",
            tags=codes.get(item.id, ""),
            period=period,
            language=item.language,
            summary=item.summary,
            impact=item.impact,
            original_title=item.original_title,
            url=item.url,
            archived_url=item.archived_url,
            fetched_on=item.fetched_on,
            fetched_sha256=item.fetched_sha256,
            country=item.country,
            sub_region=region.name if region else item.sub_region,
            found_on=item.found_on,
            chosen_on=item.chosen_on,
            event_start_on=item.event_start_on,
            event_end_on=item.event_end_on,
        )


def sub_region_of(item: Curated, regions: Sequence[SubRegion]) -> SubRegion | None:
    """The source's sub-region if it lists the activity's country, else the first that does, else the source's.

    None when the source's sub-region is no longer known.
    """
    own = next((region for region in regions if region.id == item.sub_region), None)
    if own is not None and item.country in own.countries:
        return own
    return next((region for region in regions if item.country in region.countries), own)


def _country_name(code: str, region: SubRegion | None, regions: Sequence[SubRegion]) -> str:
    places = (region, *regions) if region else regions
    return next((place.countries[code] for place in places if code in place.countries), code)


def period_of(item: Curated, sub_region: str, spans: Sequence[ReportSpan], picked: set[int]) -> str | None:
    """The period of the report that picks the item, else of its sub-region's report that covers its date.

    Without such a report the half-year ("2020 H2"), or the year where only that is known; None without a date.
    """
    covering = (s for s in spans if s.sub_region == sub_region and _covers(s, item))
    picking = sorted((s for s in spans if s.report_id in picked), key=lambda s: s.sub_region != sub_region)
    span = next(iter(picking), None) or next(covering, None)
    if span is not None:
        return f"{span.start}..{span.end}"
    if item.published_on is None:
        return None
    year, month = item.published_on[:4], int(item.published_on[5:7])
    return year if item.date_precision == "year" else f"{year} H{1 if month <= 6 else 2}"


def _covers(span: ReportSpan, item: Curated) -> bool:
    known = item.published_on is not None and item.date_precision in ("day", "month")
    return known and span.start <= (item.published_on or "")[:7] <= span.end


def _check(public: sqlite3.Connection, expected: Counts) -> None:
    """Nothing is wrong with the new file; StoreError otherwise."""
    problems = [*integrity(public), *public_file.departures(public)]
    if (found := public_file.public_counts(public)) != expected:
        problems.append(f"it holds {found} where {expected} were chosen")
    if problems:
        raise StoreError(f"the new public database is not sound and was thrown away: {problems[0]}")


@contextmanager
def _only_publisher(folder: Path) -> Iterator[None]:
    """No other run publishes into the folder meanwhile. The lock is the system's: it ends with the process."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _refuse_to_overwrite(out: Path) -> None:
    """An earlier build may be replaced, the working database or a stranger's file never."""
    if out.exists() and not public_file.is_earlier_build(out):
        raise StoreError(f"{out} exists and is not a public database; remove it or name another file with --out")


def keep_earlier(out: Path, fingerprint: str) -> None:
    """The build at `out` has a second name as the newest of the kept ones; the oldest is gone. One that holds the same
    as the new one is not worth keeping."""
    if not out.exists() or public_file.fingerprint_of(out) == fingerprint:
        return
    kept = [out.with_name(f"{out.name}.{number}") for number in range(1, KEPT + 1)]
    if kept[0].exists() and kept[0].samefile(out):  # by a run that was killed before its own build stood here
        return
    for older, newer in zip(reversed(kept), reversed(kept[:-1]), strict=False):
        if newer.exists():
            os.replace(newer, older)
    kept[0].unlink(missing_ok=True)
    os.link(out, kept[0])


def _prefix(out: Path) -> str:
    return f".{out.name}.unfinished-"


def _clear_unfinished(out: Path) -> None:
    """What dead runs left is gone. Only the holder of the lock may call it: no living run has such a file then."""
    for left in out.parent.iterdir():
        if left.name.startswith(_prefix(out)):
            left.unlink(missing_ok=True)


def _new_file_beside(out: Path) -> Path:
    descriptor, name = tempfile.mkstemp(prefix=_prefix(out), dir=out.parent)
    os.close(descriptor)
    return Path(name)


def _settle(path: Path) -> int:
    """The file is on disk for good and nobody writes to it by mistake; its size."""
    path.chmod(0o444)
    _sync(path)
    return path.stat().st_size


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
