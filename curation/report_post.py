"""What is done to a report: begun, saved, taken away as a draft; and the public site rebuilt."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Any
from urllib.parse import quote, urlencode

from datasette import Response
from msgspec.structs import replace

from curation.access import check_may_decide, check_may_publish, check_may_see
from curation.cards import load_known
from curation.languages import gettext, marked
from curation.report_page import (
    FORMATS,
    ReportPage,
    key_of,
    load_report,
    picks_of,
    report_for,
    show,
    texts_of,
    vocabulary_for,
)
from curation.told import told
from curation.web import MissingError, Visit, redirect
from db.records import Report
from db.reports import find_or_add_report, save_picks, save_report_texts

CHANGED = marked(
    "Somebody saved this report since you opened it, so yours was not saved over it. Your texts are still in the form,"
    " and what is ticked is as stored now: compare, then save again."
)


async def begin_report(visit: Visit) -> Any:
    """The report of this sub-region and period exists, empty when it did not before."""
    form, user = await visit.posted(), visit.person
    key = key_of(form.text("sub_region"), f"{form.text('period_start').strip()}..{form.text('period_end').strip()}")

    def work(conn: sqlite3.Connection) -> Report:
        known = load_known(conn)
        if key.sub_region not in known.region_ids:
            raise MissingError(gettext("There is no such sub-region."))
        check_may_decide(user, key.sub_region)
        return find_or_add_report(conn, key, vocabulary=vocabulary_for(known, key), convenor=user.name)

    return redirect(_address(visit, await visit.desk.write(work)))


async def save_report(visit: Visit) -> Any:
    """Texts and picks are as posted, unless somebody else saved in the meantime."""
    form, user = await visit.posted(), visit.person
    texts = texts_of(form)

    def work(conn: sqlite3.Connection) -> tuple[Report, ReportPage | None]:
        report = report_for(conn, form.number("report"), user, check_may_decide)
        page = load_report(conn, report, load_known(conn), visit)
        if form.text("seen") != page.seen:
            return report, replace(page, texts=texts)
        save_report_texts(
            conn, report.id, convenor=texts.convenor, submitted_on=texts.submitted_on or None, sections=texts.sections
        )
        save_picks(conn, report.id, picks_of(form, page.countries))
        return report, None

    report, refused = await visit.desk.write(work)
    if refused is not None:
        return await show(visit, refused, problem=gettext(CHANGED), status=409)
    visit.say(gettext("The report is saved."))
    return redirect(_address(visit, report))


async def download_report(visit: Visit) -> Any:
    """The draft as a file."""
    draft = visit.desk.services.draft_report
    wanted, report_id, user = visit.asked.text("format"), visit.asked.number("report"), visit.person
    if draft is None or wanted not in FORMATS:
        raise MissingError(gettext("There is no such draft."))

    def work(conn: sqlite3.Connection) -> tuple[bytes, str, str]:
        report_for(conn, report_id, user, check_may_see)
        return draft(conn, report_id, wanted)

    content, name, content_type = await visit.desk.read(work)
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in name)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, headers={"Content-Disposition": disposition}, content_type=content_type)


async def publish(visit: Visit) -> Any:
    """The public site shows what is impactful now."""
    check_may_publish(visit.person)
    rebuild = visit.desk.services.publish
    if rebuild is None:
        raise MissingError(gettext("This desk does not publish."))
    form = await visit.posted()
    report = await visit.desk.read(lambda conn: report_for(conn, form.number("report"), visit.person, check_may_see))
    visit.say(told(await asyncio.to_thread(rebuild)).text)
    return redirect(_address(visit, report))


def _address(visit: Visit, report: Report) -> str:
    chosen = {"sub_region": report.sub_region, "period": f"{report.period_start}..{report.period_end}"}
    return f"{visit.desk.path('/-/report')}?{urlencode(chosen)}"
