"""Compare two: of a country's impactful items, which is the more impactful one? The answers give the order of picks."""

from __future__ import annotations

import sqlite3
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct

from curation.access import check_may_decide
from curation.cards import Card, load_known
from curation.languages import gettext
from curation.order import Order, order_of
from curation.report_page import ASKED_PER_COUNTRY, CountryChoice, ReportPage, load_report, report_for
from curation.web import Form, MissingError, Visit, redirect
from db.comparisons import list_comparisons, record_comparison, withdraw_comparison
from db.errors import DecisionError
from db.records import Pick
from db.reports import list_picks, save_picks


class Comparing(Struct, frozen=True):
    """A country whose items are being put in order."""

    page: ReportPage
    country: CountryChoice
    order: Order
    answered: int

    @property
    def cards(self) -> dict[int, Card]:
        """Item id → its card, of the items that are compared."""
        return {one.card.item.id: one.card for one in self.country.candidates if one.picked or one.in_period}

    @property
    def ordered(self) -> tuple[Card, ...]:
        """The cards in the order as far as it is known."""
        return tuple(self.cards[item] for item in self.order.things)

    @property
    def pair(self) -> tuple[Card, ...]:
        """The two to compare next; empty when enough is known."""
        return tuple(self.cards[item] for item in self.order.ask or ())

    @property
    def picks(self) -> int:
        """How many of them the report will have: as many as it has now, at least those that the form asks for."""
        return min(max(ASKED_PER_COUNTRY, self.country.picked), len(self.order.things))


async def compare_view(visit: Visit) -> Any:
    """The two items to compare next, and the order so far."""
    asked = visit.asked
    found = await visit.desk.read(lambda conn: _load(conn, visit, asked))
    context = {"comparing": found, "asked_count": ASKED_PER_COUNTRY, "here": "report"}
    return await visit.page("desk_compare.html", context)


async def post_comparison(visit: Visit) -> Any:
    """What the form says is done: an answer kept, the last one taken back, or the order taken over as picks."""
    form, user, now = await visit.posted(), visit.person, visit.desk.now()

    def work(conn: sqlite3.Connection) -> bool:
        found = _load(conn, visit, form)
        items = frozenset(found.cards)
        if form.text("do") == "take":
            _take(conn, found, form)
            return True
        if form.text("do") == "undo":
            withdraw_comparison(conn, found.page.report.id, items, actor=user.name, now=now)
            return False
        better, other = form.number("better"), form.number("other")
        if better == other or not {better, other} <= items:
            raise DecisionError(gettext("These two cannot be compared here; load the page again."))
        record_comparison(conn, found.page.report.id, better=better, other=other, actor=user.name, now=now)
        return False

    taken = await visit.desk.write(work)
    if taken:
        visit.say(gettext("The picks stand in this order now."))
        return redirect(f"{visit.desk.path('/-/report')}?{_report_query(form)}")
    query = urlencode({"report": form.number("report"), "country": form.text("country")[:3]})
    return redirect(f"{visit.desk.path('/-/compare')}?{query}")


def _load(conn: sqlite3.Connection, visit: Visit, form: Form) -> Comparing:
    report = report_for(conn, form.number("report"), visit.person, check_may_decide)
    page = load_report(conn, report, load_known(conn), visit)
    for country in page.countries:
        if country.code == form.text("country"):
            things = [one.card.item.id for one in country.candidates if one.picked or one.in_period]
            answers = [pair for pair in list_comparisons(conn, report.id) if set(pair) <= set(things)]
            places = max(ASKED_PER_COUNTRY, country.picked)
            return Comparing(page, country, order_of(things, answers, places), len(answers))
    raise MissingError(gettext("There is no such country in this report."))


def _take(conn: sqlite3.Connection, found: Comparing, form: Form) -> None:
    if form.text("seen") != found.page.seen:
        raise DecisionError(gettext("Somebody saved this report since the page was loaded; look again."), conflict=True)
    report, code = found.page.report, found.country.code
    others = [pick for pick in list_picks(conn, report.id) if pick.country != code]
    chosen = [Pick(item, code, rank) for rank, item in enumerate(found.order.things[: found.picks], start=1)]
    save_picks(conn, report.id, [*others, *chosen])


def _report_query(form: Form) -> str:
    return urlencode({"sub_region": form.text("sub_region"), "period": form.text("period")})
