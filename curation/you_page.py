"""A person's own page: what she may do, where she is signed in. An operator also finds everybody else there."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Any

from msgspec import Struct

from curation.access import check_may_look_after_people
from curation.cards import load_known
from curation.languages import gettext, ngettext
from curation.web import MissingError, Visit, redirect
from curation.wording import ROLES
from db.records import Session, User
from db.sessions import end_session, end_sessions_of, sessions_of
from db.users import find_user, list_users, set_letters


class SignedIn(Struct, frozen=True):
    """A person with the browsers in which she is signed in."""

    user: User
    regions: tuple[str, ...]  # names of her sub-regions
    sessions: tuple[Session, ...]

    @property
    def last_seen_at(self) -> datetime | None:
        """When she last did something in one of them; None when there is none."""
        return max((session.seen_at for session in self.sessions), default=None)


class YouPage(Struct, frozen=True):
    """A person's own page, ready to be shown."""

    regions: tuple[str, ...]  # names of her sub-regions
    sessions: tuple[Session, ...]
    everybody: tuple[SignedIn, ...]  # for an operator


async def you_view(visit: Visit) -> Any:
    """The page of the person who is signed in."""
    person, now = visit.person, visit.desk.now()

    def load(conn: sqlite3.Connection) -> YouPage:
        everybody, known = list_users(conn) if person.role == "operator" else (), load_known(conn)

        def regions_of(one: User) -> tuple[str, ...]:
            return tuple(region.name for region in known.regions if region.id in one.sub_regions)

        return YouPage(
            regions_of(person),
            sessions_of(conn, person.id, now),
            tuple(SignedIn(one, regions_of(one), sessions_of(conn, one.id, now)) for one in everybody),
        )

    shown = {
        "page": await visit.desk.read(load),
        "session": visit.session,
        "zone": visit.zone,
        "roles": ROLES,
        "here": "you",
    }
    return await visit.page("desk_you.html", shown)


async def choose_letters(visit: Visit) -> Any:
    """The person gets the weekly letter, or no longer does."""
    wanted, person = (await visit.posted()).text("letters") == "on", visit.person
    await visit.desk.write(lambda conn: set_letters(conn, person.id, wanted))
    on, off = gettext("You get the weekly letter."), gettext("You get no more weekly letters.")
    visit.say(on if wanted else off)
    return redirect(visit.desk.path("/-/you"))


async def end_open_sessions(visit: Visit) -> Any:
    """The named session of the person has ended, or all her other ones; for an operator all of anybody."""
    form, person, session = await visit.posted(), visit.person, visit.session
    name, one = form.text("user"), form.text("session")[:100]
    if name:
        check_may_look_after_people(person)

    def work(conn: sqlite3.Connection) -> int:
        if name:
            user = find_user(conn, name)
            if user is None:
                raise MissingError(gettext("There is nobody of this name."))
            return end_sessions_of(conn, user.id)
        if one:
            return int(end_session(conn, person.id, one))
        return end_sessions_of(conn, person.id, but=session.id if session else "")

    ended = await visit.desk.write(work)
    sentence = ngettext("{number} session has ended.", "{number} sessions have ended.", ended)
    visit.say(sentence.format(number=ended))
    return redirect(visit.desk.path("/-/you"))
