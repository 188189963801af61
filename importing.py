"""A report that was handed in becomes items, decisions and picks of the desk, or nothing does.

Like workplace.py it knows the rooms and decides nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from msgspec import Struct, field

from crawlers.by_hand import keep, known_at
from crawlers.urls import is_web_address
from curation.access import check_may_decide
from curation.reported import decide_as_reported
from curation.rules import Decision, Edits
from db.connect import transaction
from db.errors import AccessError, DecisionError, NewsError, ReportError
from db.nominations import Candidate, Nomination
from db.records import DeskItem, Pick, Report, SubRegion, Tag, User, Vocabulary
from db.reports import ReportKey, list_picks, save_picks, save_report_texts
from db.sources import list_sub_regions
from db.text_language import language_of
from db.users import find_user
from db.vocabularies import list_vocabularies
from publishing.report.dates import month_label
from publishing.report.drafting import find_or_begin_report
from publishing.report.read import (
    MAX_UNPACKED_BYTES,
    ReadActivity,
    ReadTexts,
    country_code,
    named_strategy,
    plain_text,
    read_activities,
    read_lines,
    read_texts,
)


class Imported(Struct, frozen=True):
    """What became of one activity of the report."""

    activity: ReadActivity
    came_to: Literal["impactful", "later", "known", "left out"]
    item: DeskItem | None = None  # as it is now; None where there is none
    remarks: tuple[str, ...] = ()  # sentences for the convenor


def read_package(path: Path) -> bytes:
    """The file, as far as a report can be long; NewsError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_UNPACKED_BYTES + 1)
    except OSError as error:
        raise NewsError(f"cannot read {path}") from error


def import_report(
    conn: sqlite3.Connection,
    package: bytes,
    key: ReportKey,
    *,
    user_name: str,
    now: datetime,
    rehearsal: bool = False,
) -> tuple[Imported, ...]:
    """What the Word file tells for this sub-region and period is at the desk, and what became of each activity.

    What was decided or written before stays as it is, so that importing again changes nothing. A rehearsal saves
    nothing. NewsError for a file that is no report, and for a person who may not decide there.
    """
    lines = read_lines(package)  # the file is read before anybody has to wait for us
    named = _strategy_named(lines, list_vocabularies(conn), key)
    with transaction(conn, keep=False):
        strategy = named or _strategy_of(conn, find_or_begin_report(conn, key))
    activities, texts = read_activities(package, strategy), read_texts(lines)
    with transaction(conn, keep=not rehearsal):
        report = find_or_begin_report(conn, key, strategy=strategy)
        user = find_user(conn, user_name)
        if user is None or user.disabled:
            raise AccessError(f"there is no user {user_name!r} who may sign in")
        check_may_decide(user, report.sub_region)
        desk = _Desk(conn, report, user, strategy, list_sub_regions(conn), now)
        imported = tuple(map(desk.take, activities))
        desk.pick(imported)
        desk.fill(texts)
    return imported


def _strategy_named(lines: Sequence[str], known: Sequence[Vocabulary], key: ReportKey) -> Vocabulary | None:
    """The strategy that the file names; ReportError for one that began after the period, which is another one then."""
    named = named_strategy(lines, known)
    if named is not None and named.valid_from[:7] > key.period_end:
        raise ReportError(
            f"the file names the {named.title}, which began after {month_label(key.period_end)}: is the period right?"
        )
    return named


def _strategy_of(conn: sqlite3.Connection, report: Report) -> Vocabulary:
    return next(entry for entry in list_vocabularies(conn) if entry.id == report.vocabulary)


class _Desk(Struct, frozen=True):
    """Where the activities of one report are brought to."""

    conn: sqlite3.Connection
    report: Report
    user: User
    strategy: Vocabulary
    regions: Sequence[SubRegion]
    now: datetime
    seen: dict[int, str] = field(default_factory=dict)  # item → the activity of this report that it is

    def take(self, activity: ReadActivity) -> Imported:
        """The activity is an item that is decided on, unless something is missing or known already."""
        remarks = []
        country = country_code(activity.country, self.regions)
        link = next(filter(is_web_address, activity.links), None)
        if country is None:
            remarks.append(f"no sub-region has a country “{activity.country}”: write it as sources.yaml does")
        if link is None:
            remarks.append("it has no web address, by which it would be known again")
        if not plain_text(activity.title).strip():
            remarks.append("it has no title")
        if country is None or link is None or remarks:
            return Imported(activity, "left out", None, tuple(remarks))
        try:
            return self._keep(activity, country, link)
        except DecisionError as error:
            raise ReportError(f"{name_of(activity)}: {error}") from error

    def _keep(self, activity: ReadActivity, country: str, link: str) -> Imported:
        text = "\n\n".join((*activity.body, *(other for other in activity.links if other != link)))
        note = f"From the report {month_label(self.report.period_start)} – {month_label(self.report.period_end)}."
        item_id = known_at(self.conn, link)
        if item_id is None:
            title = plain_text(activity.title)
            found = Candidate(link, title, language=language_of(title) or "", country=country, summary=plain_text(text))
            brought = Nomination(self.user.name, note, "command")
            item_id, _ = keep(self.conn, found, brought, sub_region=self.report.sub_region, now=self.now)
        tags = tuple(Tag(self.strategy.id, code) for code in activity.directions)
        marked: Literal["impactful", "later"] = "impactful" if tags else "later"
        decision = Decision(marked, tags, Edits(activity.title, text, link, country), note)
        item, decided = decide_as_reported(self.conn, self.user, item_id, decision, now=self.now)
        if item_id in self.seen:
            remark = f"its link leads to the page of {self.seen[item_id]}: give it one of its own, then import again"
            return Imported(activity, "left out", item, (remark,))
        self.seen[item_id] = name_of(activity)
        if not decided:
            return Imported(activity, "known", item, (f"it is {item.curation.state}, and left as it is",))
        return Imported(activity, marked, item, tuple(self._about_tags(activity)))

    def _about_tags(self, activity: ReadActivity) -> Iterator[str]:
        for number in activity.unknown:
            yield f"Impact names {number}, which is no direction of the {self.strategy.title}"
        if not activity.directions:
            yield f"Impact names no direction of the {self.strategy.title}: tag it at the desk"

    def pick(self, imported: Sequence[Imported]) -> None:
        """What is impactful or lacks tags is picked behind what was; where nothing was, also what was so before."""
        picks = list(list_picks(self.conn, self.report.id))
        wanted = {"impactful", "later"} if picks else {"impactful", "later", "known"}
        for one in imported:
            if one.item is not None and one.came_to in wanted and one.item.curation.state in ("impactful", "later"):
                country = one.item.curation.country or one.item.country
                rank = 1 + max((pick.rank for pick in picks if pick.country == country), default=0)
                picks.append(Pick(one.item.id, country, rank))
        save_picks(self.conn, self.report.id, picks)

    def fill(self, texts: ReadTexts) -> None:
        """The report has these texts where it had none."""
        report = self.report
        save_report_texts(
            self.conn,
            report.id,
            convenor=report.convenor or texts.convenor,
            submitted_on=report.submitted_on or texts.submitted_on,
            sections={**texts.sections, **{letter: text for letter, text in report.sections.items() if text}},
        )


def name_of(activity: ReadActivity) -> str:
    """The activity as its table names it."""
    return f"{activity.country} #{activity.number}"
