"""Where decisions and undoings arrive: the posted form in, the cards as they are now out."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from datasette import Response
from msgspec import Struct

from curation.cards import Around, Card, Known, card_of, load_around, load_known
from curation.deciding import Done, Sending, Work, decision_work, decisions_work, undo_work
from curation.recent import recent_entries
from curation.web import Form, Visit, local_path, redirect, signed_in_as_another
from curation.wording import DONE, shortened
from db.desk import find_item
from db.errors import DecisionError
from db.records import DeskItem


async def post_decision(visit: Visit) -> Any:
    """The decision of the posted form is made; the script gets the item as it is now, a browser goes back."""
    return await _answer(visit, decision_work)


async def post_decisions(visit: Visit) -> Any:
    """The same decision is made on all items that were chosen."""
    return await _answer(visit, decisions_work)


async def post_undo(visit: Visit) -> Any:
    """The named decision, or all that one sending came to, is taken back."""
    return await _answer(visit, undo_work)


async def _answer(visit: Visit, work_of: Callable[[Sending], Work]) -> Any:
    form = await visit.posted()
    if form.text("person") not in ("", visit.person.name):
        return signed_in_as_another(visit, form.text("person"))
    sending = Sending(form, visit.person, visit.desk.now())
    try:
        done = await visit.desk.write(work_of(sending))
    except DecisionError as error:
        if visit.wants_json and error.conflict and error.item_id is not None:
            return await _conflict(visit, form, error)
        raise
    if not visit.wants_json:
        visit.say(done.sentence)
        return redirect(local_path(form.text("back"), visit.desk.path("/")))
    return Response.json(await _made(visit, form, done))


async def _made(visit: Visit, form: Form, done: Done) -> dict[str, Any]:
    entries = recent_entries(row for row in done.rows if row.action != "undo")
    recent = [
        await visit.fragment("desk_recent.html", {"entry": entry, "done": DONE, "shortened": shortened})
        for entry in entries
    ]
    refused = [one.item_id for one in done.refused]
    return {
        "ok": True,
        "message": done.sentence,
        "items": await _touched(visit, form, done),
        "recent": "".join(recent),
        "refused": [
            {**card, "error": one.sentence}
            for one, card in zip(done.refused, await _cards(visit, form, refused), strict=True)
        ],
    }


async def _touched(visit: Visit, form: Form, done: Done) -> list[dict[str, Any]]:
    """The items whose cards look different now: those decided on, and those that show or showed them.

    Of an item that leaves the list which the page shows no card is drawn: that is most of them.
    """
    shown = form.text("list")
    left = [item for item in done.items if shown not in ("", item.curation.state)]
    stay = [item.id for item in done.items if item not in left]
    leads = [lead for row in done.rows for lead in (row.before.duplicate_of, row.after.duplicate_of)]
    ids = list(dict.fromkeys([*stay, *(lead for lead in leads if lead is not None)]))
    return [_state(item) for item in left if item.id not in ids] + (await _cards(visit, form, ids) if ids else [])


async def _conflict(visit: Visit, form: Form, error: DecisionError) -> Any:
    """What the other person made of the item, so that the card can show it."""
    [card] = await _cards(visit, form, [error.item_id or 0])
    return Response.json({"ok": False, "error": str(error), **card}, status=409)


class _Present(Struct, frozen=True):
    """An item as it is now, with where else it was met."""

    item: DeskItem | None
    around: Around


async def _cards(visit: Visit, form: Form, item_ids: list[int]) -> list[dict[str, Any]]:
    """Each item as the script needs it: state, version, and the card as it is to be shown now."""

    def load(conn: sqlite3.Connection) -> tuple[Known, list[_Present]]:
        around = load_around(conn, item_ids)
        return load_known(conn), [_Present(find_item(conn, one), around[one]) for one in item_ids]

    known, found = await visit.desk.read(load)
    return [
        {"item": item_id, "card": ""}
        if present.item is None
        else {
            **_state(present.item),
            "card": await _card(
                visit, form, card_of(present.item, known, visit.person, form.text("strategy"), present.around)
            ),
        }
        for item_id, present in zip(item_ids, found, strict=True)
    ]


def _state(item: DeskItem) -> dict[str, Any]:
    """The item as the script needs it where it shows no card of it."""
    folded = item.curation.duplicate_of is not None
    return {"item": item.id, "state": item.curation.state, "version": item.version, "folded": folded}


async def _card(visit: Visit, form: Form, card: Card) -> str:
    back = local_path(form.text("back"), visit.desk.path("/"))
    return await visit.fragment("desk_card.html", {"card": card, "strategy": form.text("strategy"), "back": back})
