"""Adding a candidate by its link: the convenors' page, and the page behind a suggest link, which anybody may use.

The page behind the link is fetched by the crawler's own guarded client: no private address, no other scheme, no huge
body, at no hop.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from curation.access import check_may_decide, check_may_nominate, may_decide, may_nominate, visible_regions
from curation.by_hand import ByHandServices, Typed
from curation.cards import load_known
from curation.languages import gettext, marked
from curation.told import told
from curation.web import MissingError, Visit, redirect
from curation.wording import regions_named
from db.errors import AccessError, DecisionError, NewsError
from db.nominations import (
    Candidate,
    Nomination,
    SuggestLink,
    count_try,
    renew_suggest_link,
    sub_region_of_token,
    suggest_links,
    switch_off_suggest_link,
)
from db.records import SubRegion, User
from db.sources import list_sub_regions

_LONGEST_ADDRESS, _LONGEST_TITLE, _LONGEST_FIELD, _LONGEST_WHY = 2_000, 500, 60, 1_000


def _services(visit: Visit) -> ByHandServices:
    if visit.desk.services.by_hand is None:
        raise MissingError(gettext("This desk adds nothing by hand."))
    return visit.desk.services.by_hand


async def add_view(visit: Visit) -> Any:
    """The field for a link; with one in the address, as the bookmarklet gives it, what its page tells."""
    url = visit.asked.text("url").strip()[:_LONGEST_ADDRESS]
    if url:
        return await _looked(visit, url, visit.asked.text("title"))
    return await _page(visit, {})


async def look(visit: Visit) -> Any:
    """What the page behind the link tells; an item that is known already is shown instead."""
    form = await visit.posted()
    return await _looked(visit, form.text("url").strip()[:_LONGEST_ADDRESS], "")


async def _looked(visit: Visit, url: str, title: str) -> Any:
    services = _services(visit)
    _own_regions(await visit.desk.read(_regions), visit.person)
    if (known := await visit.desk.read(lambda conn: services.known(conn, url))) is not None:
        return _known(visit, known)
    try:
        found = await asyncio.to_thread(services.look, url)
    except NewsError as error:
        return await _page(visit, {"url": url}, problem=told(str(error)).text)
    if (known := await visit.desk.read(lambda conn: services.known(conn, found.url))) is not None:
        return _known(visit, known)
    return await _page(visit, {"url": url, "found": found, "entry": _typed(found, title)})


def _known(visit: Visit, item_id: int) -> Any:
    visit.say(gettext("This page is known already; here it is."))
    return redirect(visit.desk.path(f"/-/item/{item_id}"))


def _typed(found: Candidate, title: str) -> Typed:
    """What the form begins with; the browser's own title where the page could not be read."""
    known = {"day": 10, "month": 7, "year": 4, "none": 0}[found.published.precision]
    title = title.strip()[:_LONGEST_TITLE] if found.problem and title.strip() else found.title
    return Typed(found.url, title, (found.published.on or "")[:known], found.language, found.country)


async def keep_added(visit: Visit) -> Any:
    """The candidate is in the queue, nominated by the person who typed it; else the form once more."""
    services, form, person = _services(visit), await visit.posted(), visit.person
    region, typed = form.text("sub_region")[:_LONGEST_FIELD], _posted(form.text)
    check_may_nominate(person, region)
    nomination = Nomination(person.name, form.text("why").strip()[:_LONGEST_WHY], "desk")
    try:
        item_id, new = await visit.desk.write(lambda conn: services.keep(conn, typed, nomination, region))
    except DecisionError as error:
        kept = {"url": typed.url, "entry": typed, "why": nomination.why, "region": region}
        return await _page(visit, kept, problem=told(str(error)).text)
    visit.say(
        gettext("It is in the queue.") if new else gettext("This page was known already; your note is kept with it.")
    )
    return redirect(visit.desk.path(f"/-/item/{item_id}"))


def _posted(text: Callable[[str], str]) -> Typed:
    country, language = text("country").strip().upper(), text("language").strip()
    return Typed(
        text("url").strip()[:_LONGEST_ADDRESS],
        text("title").strip()[:_LONGEST_TITLE],
        text("on").strip()[:_LONGEST_FIELD],
        language if re.fullmatch("[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", language) else "",
        country if re.fullmatch("[A-Z]{2}|INT", country) else "",
    )


async def set_link(visit: Visit) -> Any:
    """The suggest link of a sub-region is made anew, or switched off."""
    form, person = await visit.posted(), visit.person
    region, off = form.text("sub_region")[:_LONGEST_FIELD], form.text("do") == "off"
    check_may_decide(person, region)
    await visit.desk.write(lambda conn: (switch_off_suggest_link if off else renew_suggest_link)(conn, region))
    visit.say(
        gettext("The suggest link is off.")
        if off
        else gettext("There is a new suggest link; an older one works no more.")
    )
    return redirect(visit.desk.path("/-/add"))


def _regions(conn: sqlite3.Connection) -> tuple[SubRegion, ...]:
    return regions_named(list_sub_regions(conn))


def _own_regions(regions: tuple[SubRegion, ...], person: User) -> tuple[SubRegion, ...]:
    """The sub-regions for which the person may bring something; AccessError when there is none."""
    own = visible_regions(person, [region.id for region in regions])
    found = tuple(region for region in regions if region.id in own and may_nominate(person, region.id))
    if not found and person.role == "reader":
        raise AccessError(
            gettext("Your role is reader: nominators and convenors add links. An operator can change your role.")
        )
    if not found:
        raise AccessError(gettext("No sub-region is yours yet. An operator can add one to your account."))
    return found


async def _page(visit: Visit, context: Mapping[str, Any], *, problem: str = "") -> Any:
    _services(visit)

    def load(conn: sqlite3.Connection) -> tuple[tuple[SubRegion, ...], dict[str, SuggestLink], Mapping[str, str]]:
        regions = _own_regions(_regions(conn), visit.person)
        return regions, suggest_links(conn, [region.id for region in regions]), load_known(conn).countries

    regions, links, countries = await visit.desk.read(load)
    found: Candidate | None = context.get("found")
    shown = {
        "url": "",
        "entry": None,
        "why": "",
        "region": next((one.id for one in regions if found and found.country in one.countries), regions[0].id),
        **context,
        "regions": regions,
        "links": links,
        "decided": [one for one in regions if may_decide(visit.person, one.id)],
        "countries": countries,
        "base": visit.base,
        "problem": problem,
        "here": "add",
    }
    return await visit.page("desk_add.html", shown, status=400 if problem else 200)


async def suggest_view(visit: Visit) -> Any:
    """The form behind a suggest link, for anybody who has it."""
    return await _suggest_page(visit, await _region_of(visit), {})


async def suggest(visit: Visit) -> Any:
    """The page is in the queue with who suggested it and why; else the form once more, with what is wrong."""
    services, region = _services(visit), await _region_of(visit)
    form = await visit.posted()
    typed, who = _posted(form.text), form.text("who").strip()[:_LONGEST_FIELD]
    given = {"url": typed.url, "title": typed.title, "who": who, "why": form.text("why").strip()[:_LONGEST_WHY]}
    if not who:
        return await _suggest_page(
            visit, region, given, problem=gettext("Say who you are, so that a convenor can ask back.")
        )
    now = visit.desk.now()
    if not await visit.desk.write(lambda conn: count_try(conn, region.id, now=now)):
        return await _suggest_page(visit, region, given, problem=gettext(BUSY_LINK), status=429)
    try:
        found = await asyncio.to_thread(services.look, typed.url)
    except NewsError as error:
        return await _suggest_page(visit, region, given, problem=told(str(error)).text)
    if found.problem and not typed.title:
        # Why not is told to convenors alone: a stranger must not learn what our own network answers.
        problem = gettext("The page tells nothing that we can read. Type its title, then send it once more.")
        return await _suggest_page(visit, region, given, problem=problem)
    seen, nomination = _typed(found, typed.title), Nomination(who, given["why"], "link")
    await visit.desk.write(lambda conn: services.keep(conn, seen, nomination, region.id))
    return await _suggest_page(visit, region, {}, thanks=seen.title)


BUSY_LINK = marked("Too many links came in this hour. Nothing was lost but this one: try again in an hour.")


async def _region_of(visit: Visit) -> SubRegion:
    token = str(visit.request.url_vars["token"])

    def load(conn: sqlite3.Connection) -> SubRegion | None:
        wanted = sub_region_of_token(conn, token)
        return next((region for region in _regions(conn) if region.id == wanted), None)

    region = await visit.desk.read(load)
    if region is None:
        raise MissingError(gettext("This suggest link does not work (any more). Ask the convenor for a new one."))
    return region


async def _suggest_page(
    visit: Visit, region: SubRegion, given: Mapping[str, str], *, problem: str = "", thanks: str = "", status: int = 400
) -> Any:
    _services(visit)
    shown = {"region": region, "given": given, "problem": problem, "thanks": thanks, "here": "", "why": _LONGEST_WHY}
    return await visit.page("desk_suggest.html", shown, status=status if problem else 200)
