"""The report in the making: the convenor's texts, the picks by country, what is missing, the drafts to take away."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any

from msgspec import Struct

from curation.access import check_may_see, may_decide, may_publish, visible_regions
from curation.cards import Card, Known, card_of, load_known
from curation.languages import gettext, marked
from curation.told import Told, told
from curation.web import Form, MissingError, Visit
from curation.wording import month_words
from db.errors import ReportError
from db.records import Pick, Report, SubRegion, User
from db.reports import ReportKey, find_report, impactful_items, list_picks, list_reports, picked_elsewhere, report_by_id
from db.strategies import first_month, strategy_in_force

LETTERS = ("A", "B", "C", "D", "E")
FORMATS = {"docx": marked("Word (.docx)"), "html": marked("Web page (.html)"), "md": marked("Plain text (.md)")}
MAX_TEXT = 20_000
ASKED_PER_COUNTRY = 2
_PERIOD = re.compile(r"([12]\d{3}-(?:0[1-9]|1[0-2]))\.\.([12]\d{3}-(?:0[1-9]|1[0-2]))")


class Candidate(Struct, frozen=True):
    """An impactful item that the report may pick."""

    card: Card
    picked: bool
    rank: int
    in_period: bool  # dated inside the period; or not dated, and told of by no other report


class CountryChoice(Struct, frozen=True):
    """A country of the sub-region with what may be picked for it, the picks first."""

    code: str
    name: str
    candidates: tuple[Candidate, ...]

    @property
    def picked(self) -> int:
        """How many are picked."""
        return sum(candidate.picked for candidate in self.candidates)

    @property
    def comparable(self) -> int:
        """How many are of the period, or picked all the same."""
        return sum(candidate.picked or candidate.in_period for candidate in self.candidates)


class ReportTexts(Struct, frozen=True):
    """What the convenor typed."""

    convenor: str
    submitted_on: str
    sections: dict[str, str]


class ReportPage(Struct, frozen=True):
    """A report ready to be shown and edited."""

    report: Report
    region: SubRegion
    texts: ReportTexts
    countries: tuple[CountryChoice, ...]
    warnings: tuple[Told, ...]
    seen: str  # a mark of what is stored: another one on saving means that somebody else saved
    editable: bool


def key_of(sub_region: str, period: str) -> ReportKey:
    """The report that an address names, `2020-11..2021-02`; ReportError when that is no period."""
    match = _PERIOD.fullmatch(period)
    if match is None:
        raise ReportError(gettext("A period is written by its first and last month, as in 2020-11..2021-02."))
    if match[1] > match[2]:
        raise ReportError(gettext("The period ends before it begins."))
    return ReportKey(sub_region, match[1], match[2])


async def report_view(visit: Visit) -> Any:
    """The report that the address names; without one, the choice of reports."""
    asked, user = visit.asked, visit.person
    if not asked.text("sub_region"):
        return await _choose(visit)
    key = key_of(asked.text("sub_region"), asked.text("period"))

    def load(conn: sqlite3.Connection) -> ReportPage | None:
        known = load_known(conn)
        region = _region(known, key.sub_region)
        check_may_see(user, region.id)
        found = find_report(conn, key)
        return None if found is None else load_report(conn, found, known, visit)

    page = await visit.desk.read(load)
    return await _choose(visit, key) if page is None else await show(visit, page)


async def show(visit: Visit, page: ReportPage, *, problem: str = "", status: int = 200) -> Any:
    """The report's page; `problem` says why it was not saved."""
    services = visit.desk.services
    context = {
        "page": page,
        "problem": problem,
        "letters": LETTERS,
        "prompts": services.section_prompts,
        "formats": FORMATS if services.draft_report else {},
        "publishable": services.publish is not None and may_publish(visit.person),
        "asked_count": ASKED_PER_COUNTRY,
        "month": month_words,
        "max_text": MAX_TEXT,
        "here": "report",
    }
    return await visit.page("desk_report.html", context, status=status)


async def _choose(visit: Visit, key: ReportKey | None = None) -> Any:
    user = visit.person

    def load(conn: sqlite3.Connection) -> tuple[tuple[SubRegion, ...], tuple[Report, ...]]:
        known = load_known(conn)
        visible = visible_regions(user, known.region_ids)
        return tuple(r for r in known.regions if r.id in visible), list_reports(conn, visible)

    regions, reports = await visit.desk.read(load)
    startable = tuple(region for region in regions if may_decide(user, region.id))
    context = {
        "key": key,
        "regions": startable,
        "names": {region.id: region.name for region in regions},
        "reports": reports,
        "month": month_words,
        "here": "report",
    }
    return await visit.page("desk_reports.html", context)


def load_report(conn: sqlite3.Connection, report: Report, known: Known, visit: Visit) -> ReportPage:
    """The report with what may be picked, country by country in the order of the report."""
    region = _region(known, report.sub_region)
    picks = list_picks(conn, report.id)
    warnings = visit.desk.services.report_warnings
    names = {name: known.countries[code] for each in known.regions for code, name in each.countries.items()}
    return ReportPage(
        report=report,
        region=region,
        texts=ReportTexts(report.convenor, report.submitted_on or "", dict(report.sections)),
        countries=_countries(conn, report, known, picks, visit.person),
        warnings=tuple(told(one, names) for one in warnings(conn, report.id)) if warnings else (),
        seen=mark_of(report, picks),
        editable=may_decide(visit.person, report.sub_region),
    )


def mark_of(report: Report, picks: Sequence[Pick]) -> str:
    """A short mark of everything that can be saved on the page."""
    return blake2b(repr((report, picks)).encode(), digest_size=8).hexdigest()


def _countries(
    conn: sqlite3.Connection, report: Report, known: Known, picks: Sequence[Pick], user: User
) -> tuple[CountryChoice, ...]:
    ranks, elsewhere = {pick.item_id: pick.rank for pick in picks}, picked_elsewhere(conn, report.id)
    found: dict[str, list[Candidate]] = {code: [] for code in _region(known, report.sub_region).countries}
    for item in impactful_items(conn, report.sub_region):
        month = (item.published.on or "")[:7]
        found.setdefault(item.curation.country or item.country, []).append(
            Candidate(
                card=card_of(item, known, user, strategy=report.vocabulary),
                picked=item.id in ranks,
                rank=ranks.get(item.id, 0),
                in_period=report.period_start <= month <= report.period_end if month else item.id not in elsewhere,
            )
        )
    return tuple(
        CountryChoice(code, known.countries.get(code, code), tuple(sorted(candidates, key=_picks_first)))
        for code, candidates in found.items()
    )


def _picks_first(candidate: Candidate) -> tuple[bool, int, bool]:
    return not candidate.picked, candidate.rank, not candidate.in_period


def _region(known: Known, region_id: str) -> SubRegion:
    for region in known.regions:
        if region.id == region_id:
            return region
    raise MissingError(gettext("There is no such sub-region."))


def vocabulary_for(known: Known, key: ReportKey) -> str:
    """The strategy that a report of this period is written by: the one in force when the period ends.

    ReportError for a period before the first one that is known.
    """
    vocabulary = strategy_in_force(known.vocabularies, key.period_end)
    if vocabulary is not None:
        return vocabulary.id
    first = first_month(known.vocabularies)
    if first is None:
        raise ReportError(gettext("The database has no strategy to report by; register the vocabularies first."))
    raise ReportError(
        gettext("A report names a strategy of IFLA, and none is known before {month}.").format(month=month_words(first))
    )


def report_for(conn: sqlite3.Connection, report_id: int, user: User, check: Callable[[User, str], None]) -> Report:
    """The report, once `check` has let this person pass."""
    report = report_by_id(conn, report_id)
    if report is None:
        raise MissingError(gettext("There is no such report."))
    check(user, report.sub_region)
    return report


def texts_of(form: Form) -> ReportTexts:
    """The typed texts; ReportError when one is too long or the date is none."""
    submitted_on = form.text("submitted_on").strip()
    if submitted_on and not re.fullmatch(r"[12]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", submitted_on):
        raise ReportError(gettext("The date of submission is a day such as 2021-02-10."))
    sections = {letter: form.text(f"section_{letter}").replace("\r\n", "\n").strip() for letter in LETTERS}
    for letter, text in sections.items():
        if len(text) > MAX_TEXT:
            raise ReportError(
                gettext("Section I.{letter} is longer than {most} characters; please shorten it.").format(
                    letter=letter, most=MAX_TEXT
                )
            )
    return ReportTexts(form.text("convenor").strip()[:200], submitted_on, sections)


def picks_of(form: Form, countries: Sequence[CountryChoice]) -> tuple[Pick, ...]:
    """The ticked candidates, numbered from 1 in each country by the ranks typed; what is no candidate is left out."""
    ticked = set(form.texts("pick"))
    picks = []
    for country in countries:
        chosen = [c for c in country.candidates if str(c.card.item.id) in ticked]
        chosen.sort(key=lambda candidate: form.number(f"rank_{candidate.card.item.id}") or len(country.candidates) + 1)
        picks += [Pick(candidate.card.item.id, country.code, rank) for rank, candidate in enumerate(chosen, start=1)]
    return tuple(picks)
