"""A decision and its undoing, from the posted form to the row in the history."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from datasette import Response

from curation.access import check_may_decide, check_may_undo
from curation.cards import Known, card_of, load_known
from curation.rules import ACTIONS, Decision, Edits, decide, undo
from curation.tags import tags_after
from curation.web import Form, MissingError, Visit, local_path, redirect
from curation.wording import DONE, MONTHS, shortened
from db.decisions import find_decision, history, last_decision, record_decision
from db.desk import find_item
from db.errors import DecisionError
from db.records import DeskItem, User


@dataclass(frozen=True, slots=True)
class Done:
    """What a decision came to."""

    decision_id: int
    item: DeskItem
    known: Known
    sentence: str


async def post_decision(visit: Visit) -> Any:
    """The decision of the posted form is made; the script gets the item as it is now, a browser goes back."""
    form = await visit.posted()
    work = decision_work(form, visit.person, visit.desk.now())
    return await _answer(visit, form, work)


async def post_undo(visit: Visit) -> Any:
    """The named decision is taken back."""
    form = await visit.posted()
    work = undo_work(form.number("decision"), visit.person, visit.desk.now())
    return await _answer(visit, form, work)


async def _answer(visit: Visit, form: Form, work: Callable[[sqlite3.Connection], Done]) -> Any:
    try:
        done = await visit.desk.write(work)
    except DecisionError as error:
        if visit.wants_json and error.conflict and error.item_id is not None:
            return await _conflict(visit, form, error)
        raise
    if not visit.wants_json:
        visit.say(done.sentence)
        return redirect(local_path(form.text("back"), visit.desk.path("/")))
    row = await visit.desk.read(lambda conn: find_decision(conn, done.decision_id))
    return Response.json(
        {
            "ok": True,
            "item": done.item.id,
            "state": done.item.curation.state,
            "message": done.sentence,
            "card": await _card(visit, form, done.item, done.known),
            "recent": ""
            if row is None or row.action == "undo"
            else await visit.fragment("desk_recent.html", {"row": row, "done": DONE, "shortened": shortened}),
        }
    )


async def _conflict(visit: Visit, form: Form, error: DecisionError) -> Any:
    """What the other person made of the item, so that the card can show it."""
    item_id = error.item_id or 0

    def load(conn: sqlite3.Connection) -> tuple[DeskItem | None, Known]:
        return find_item(conn, item_id), load_known(conn)

    item, known = await visit.desk.read(load)
    card = "" if item is None else await _card(visit, form, item, known)
    return Response.json({"ok": False, "error": str(error), "item": item_id, "card": card}, status=409)


async def _card(visit: Visit, form: Form, item: DeskItem, known: Known) -> str:
    card = card_of(item, known, visit.person, strategy=form.text("strategy"))
    back = local_path(form.text("back"), visit.desk.path("/"))
    return await visit.fragment("desk_card.html", {"card": card, "strategy": form.text("strategy"), "back": back})


def decision_work(form: Form, user: User, now: datetime) -> Callable[[sqlite3.Connection], Done]:
    """How to make the decision of this form, inside one transaction."""

    def work(conn: sqlite3.Connection) -> Done:
        item = find_item(conn, form.number("item"))
        if item is None:
            raise MissingError("There is no such item.")
        check_may_decide(user, item.sub_region)
        if form.number("version") != item.version:
            raise DecisionError(_what_happened(conn, item), item_id=item.id, conflict=True)
        known = load_known(conn)
        decision = decision_of(form, item, known)
        after = decide(item.curation, decision)
        decision_id = record_decision(
            conn,
            item.id,
            actor=user.name,
            action=decision.action,
            before=item.curation,
            after=after,
            version=item.version,
            now=now,
            note=decision.note,
        )
        return _done(conn, decision_id, item, known, f"{DONE[decision.action].capitalize()}: {shortened(item.title)}")

    return work


def undo_work(decision_id: int, user: User, now: datetime) -> Callable[[sqlite3.Connection], Done]:
    """How to take a decision back, inside one transaction."""

    def work(conn: sqlite3.Connection) -> Done:
        row = find_decision(conn, decision_id)
        item = find_item(conn, row.item_id) if row else None
        if row is None or item is None:
            raise MissingError("There is no such decision.")
        check_may_decide(user, item.sub_region)
        check_may_undo(user, row)
        after = undo(item.curation, last_decision(conn, item.id), row.id)
        undone = record_decision(
            conn,
            item.id,
            actor=user.name,
            action="undo",
            before=item.curation,
            after=after,
            version=item.version,
            now=now,
            undoes=row.id,
        )
        return _done(conn, undone, item, load_known(conn), f"Undone: {shortened(item.title)}")

    return work


def decision_of(form: Form, item: DeskItem, known: Known) -> Decision:
    """The decision that a form asks for; DecisionError when it names an action, tag or country that does not exist."""
    action = ACTIONS.get(form.text("action"))
    if action is None:
        raise DecisionError("The form does not say what to do: impactful, later, dismiss or edit.")
    offered = form.text("offered").split()
    tags = tags_after(item.curation.tags, offered, form.texts("tag"), known.vocabularies)
    note = form.text("note").replace("\r\n", "\n").strip()
    return Decision(action, tags, _edits(form, item, known), note)


def _edits(form: Form, item: DeskItem, known: Known) -> Edits | None:
    """The texts of the whole form; what reads as it was found is no edit. None when the form has no texts."""
    if "title" not in form:
        return None
    found = {"title": item.title, "summary": item.summary, "url": item.url, "country": item.country, "impact": ""}
    typed = {name: form.text(name).replace("\r\n", "\n").strip() for name in found}
    if typed["country"] and typed["country"] != item.country and typed["country"] not in known.countries:
        raise DecisionError(f"There is no country {typed['country'][:20]!r} in any sub-region.")
    same = {name for name in found if typed[name] == found[name].strip()}
    return Edits(**{name: "" if name in same else text for name, text in typed.items()})


def _what_happened(conn: sqlite3.Connection, item: DeskItem) -> str:
    """Who was faster, and what she decided."""
    rows = history(conn, (item.sub_region,), limit=1, item_id=item.id)
    if not rows:
        return "This item changed since the page was loaded; load it again."
    row = rows[0]
    note = f", with the note “{shortened(row.note, 200)}”" if row.note else ""
    return (
        f"{row.actor} decided on this item in the meantime: {DONE[row.action]} at {row.decided_at:%H:%M} UTC"
        f" on {row.decided_at.day} {MONTHS[row.decided_at.month - 1]} {row.decided_at.year}{note}."
        " Nothing of yours was saved over it."
    )


def _done(conn: sqlite3.Connection, decision_id: int, item: DeskItem, known: Known, sentence: str) -> Done:
    present = find_item(conn, item.id)
    assert present is not None
    return Done(decision_id, present, known, sentence)
