"""Coverage of the running period: each country of a sub-region against the two activities that the form asks for."""

from __future__ import annotations

import sqlite3
from calendar import monthrange
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace

from curation.access import visible_regions
from curation.cards import Known, load_known
from curation.report_page import ASKED_PER_COUNTRY, key_of
from curation.source_lines import SourceLine
from curation.web import Form, Visit
from curation.wording import country_name, date_words, month_words
from db.coverage import CountryFacts, country_facts
from db.errors import ReportError
from db.records import PublishedDate, Report, SubRegion
from db.reports import ReportKey, picked_items
from db.sources import list_sources

STILL_WRITTEN_MONTHS = 2  # so long after its end a report is still the one at work
PERIODS_OFFERED = 6


class CountryCoverage(Struct, frozen=True):
    """A country in the period."""

    code: str
    name: str
    facts: CountryFacts
    picked: int  # for the report, where one was begun
    silent: bool  # nothing of the period was published
    newest: str  # the day of the last news in words; empty: none was ever found
    sources: int
    broken: tuple[str, ...]  # names of its sources that somebody must look at


class RegionCoverage(Struct, frozen=True):
    """A sub-region in its running period."""

    region: SubRegion
    key: ReportKey
    report: Report | None
    countries: tuple[CountryCoverage, ...]

    @property
    def report_query(self) -> str:
        """The query that names the report of this period."""
        return urlencode(
            {"sub_region": self.key.sub_region, "period": f"{self.key.period_start}..{self.key.period_end}"}
        )

    @property
    def covered(self) -> int:
        """How many countries have as many chosen as the form asks for."""
        return sum(country.facts.chosen >= ASKED_PER_COUNTRY for country in self.countries)


class Coverage(Struct, frozen=True):
    """The page: every sub-region that the person sees, and the periods of their reports, the newest first."""

    regions: tuple[RegionCoverage, ...]
    periods: tuple[tuple[str, str], ...]


async def coverage_view(visit: Visit) -> Any:
    """The countries of every sub-region that the person sees; the address may name another period."""
    user, lines_of = visit.person, visit.desk.services.sources
    today, asked, problem = visit.desk.now().date().isoformat(), _asked(visit.asked), ""
    try:
        wanted = key_of("", "..".join(asked)) if any(asked) else None
    except ReportError as error:
        wanted, problem = None, str(error)

    def load(conn: sqlite3.Connection) -> Coverage:
        known = load_known(conn)
        lines = lines_of.lines(conn) if lines_of else ()
        visible = visible_regions(user, known.region_ids)
        keys = {
            region: replace(wanted, sub_region=region) if wanted else running_period(known, region, today)
            for region in visible
        }
        seen = [report for report in known.reports if report.sub_region in keys]
        periods = dict.fromkeys((report.period_start, report.period_end) for report in seen)
        return Coverage(
            tuple(_region(conn, known, one, keys[one.id], lines, today) for one in known.regions if one.id in keys),
            tuple(periods)[:PERIODS_OFFERED],
        )

    context = {
        "coverage": await visit.desk.read(load),
        "asked": asked,
        "problem": problem,
        "asked_count": ASKED_PER_COUNTRY,
        "health_known": lines_of is not None,
        "month": month_words,
        "here": "coverage",
    }
    return await visit.page("desk_coverage.html", context, status=400 if problem else 200)


def _asked(form: Form) -> tuple[str, str]:
    """The first and the last month that were asked for, as they were typed; both empty when none was."""
    first, _, last = form.text("period").partition("..")
    return form.text("period_start") or first, form.text("period_end") or last


def running_period(known: Known, sub_region: str, today: str) -> ReportKey:
    """The period of the report that is at work: of this month, else one that just ended; else this half of the year."""
    month = today[:7]
    begun = [report for report in known.reports if report.sub_region == sub_region]  # newest first
    running = [report for report in begun if report.period_start <= month <= report.period_end]
    ended = [report for report in begun if report.period_end < month <= months_after(report.period_end)]
    for report in (*running, *ended):
        return ReportKey(sub_region, report.period_start, report.period_end)
    year, first = month[:4], month[5:] <= "06"
    return ReportKey(sub_region, f"{year}-{'01' if first else '07'}", f"{year}-{'06' if first else '12'}")


def months_after(month: str) -> str:
    """The last month in which a report that ended in this one is still written."""
    number = int(month[:4]) * 12 + int(month[5:]) - 1 + STILL_WRITTEN_MONTHS
    return f"{number // 12:04}-{number % 12 + 1:02}"


def last_day_of(month: str) -> str:
    """The last day of `2021-02`: `2021-02-28`."""
    return f"{month}-{monthrange(int(month[:4]), int(month[5:]))[1]:02}"


def _region(
    conn: sqlite3.Connection, known: Known, region: SubRegion, key: ReportKey, lines: Sequence[SourceLine], today: str
) -> RegionCoverage:
    first, last = f"{key.period_start}-01", last_day_of(key.period_end)
    facts = country_facts(conn, region.id, first_day=first, last_day=last, today=today)
    report = next((one for one in known.reports if _is(one, key)), None)
    picks = [pick.country for pick, _ in picked_items(conn, report.id)] if report else []
    sources = [source for source in list_sources(conn, [region.id]) if source.enabled]
    broken = {line.id: line.name for line in lines if line.broken}
    return RegionCoverage(
        region,
        key,
        report,
        tuple(
            CountryCoverage(
                code=code,
                name=country_name(code, name),
                facts=(found := facts.get(code, CountryFacts())),
                picked=picks.count(code),
                silent=found.newest_on < first,
                newest=date_words(PublishedDate(found.newest_on, "day", "list")) if found.newest_on else "",
                sources=sum(source.country == code for source in sources),
                broken=tuple(broken[source.id] for source in sources if source.country == code and source.id in broken),
            )
            for code, name in region.countries.items()
        ),
    )


def _is(report: Report, key: ReportKey) -> bool:
    return (report.sub_region, report.period_start, report.period_end) == (
        key.sub_region,
        key.period_start,
        key.period_end,
    )
