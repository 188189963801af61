"""Decisions and their undoing inside one transaction: who may, what the rules say, and the rows that follow.

What a browser sends carries an id that it made itself. A sending that arrives twice is made once: the second time it is
answered from the rows of the first.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from curation.access import check_may_decide, check_may_undo
from curation.cards import Known, load_known
from curation.languages import gettext, ngettext
from curation.quotes import quotes_after
from curation.rules import ACTIONS, Decision, Edits, check_can_be_published, decide, undo
from curation.tags import shown_suggestions, tags_after
from curation.told import noted
from curation.web import Form, MissingError
from curation.wording import DONE, STATES, date_words, shortened
from db.decisions import Wanted, decisions_of_request, find_decision, history, last_decision, record_decision
from db.desk import find_item, sightings
from db.errors import AccessError, DecisionError, NewsError
from db.records import DecisionRow, DeskItem, ImpactNote, PublishedDate, User
from db.suggestions import suggestions
from db.users import DESK

MAX_REQUEST_CHARACTERS = 64
MAX_AT_ONCE = 200


class Refused(Struct, frozen=True):
    """An item of many on which the decision was not made, and why."""

    item_id: int
    sentence: str


class Done(Struct, frozen=True):
    """What one sending came to."""

    rows: tuple[DecisionRow, ...]
    items: tuple[DeskItem, ...]  # as they are now
    sentence: str
    refused: tuple[Refused, ...] = ()


Work = Callable[[sqlite3.Connection], Done]


class Sending(Struct, frozen=True):
    """Who sends what, when, under which id (None: a form without script, which cannot be sent twice by itself)."""

    form: Form
    user: User
    now: datetime

    @property
    def request(self) -> str | None:
        """The id that the browser made; DecisionError when it cannot be one."""
        text = self.form.text("request")
        if text and not (len(text) <= MAX_REQUEST_CHARACTERS and text.isascii() and text.isprintable()):
            raise DecisionError(gettext("The id of this sending is none."))
        return text or None


def once(sending: Sending, work: Work) -> Work:
    """The work, made only when no row of this sending stands yet."""

    def run(conn: sqlite3.Connection) -> Done:
        made = decisions_of_request(conn, sending.request) if sending.request else ()
        if not made:
            return work(conn)
        if any(row.actor != sending.user.name for row in made):
            raise DecisionError(gettext("The id of this sending belongs to somebody else."))
        return _done(conn, (row.id for row in made))

    return run


def decision_work(sending: Sending) -> Work:
    """How to make the decision of this form on its item."""
    return once(sending, lambda conn: _done(conn, [_decide(conn, sending, *_target(sending.form))]))


def decisions_work(sending: Sending) -> Work:
    """How to make the same decision on every item of this form; those on which it cannot be made are told apart."""

    def work(conn: sqlite3.Connection) -> Done:
        picks = [_pick(text) for text in sending.form.texts("pick")[: MAX_AT_ONCE + 1]]
        if not 0 < len(picks) <= MAX_AT_ONCE:
            raise DecisionError(gettext("Choose between 1 and {most} items.").format(most=MAX_AT_ONCE))
        if sending.form.text("action") != "fold":
            return _each(conn, picks, lambda pick: _decide(conn, sending, *pick))
        if len(picks) < 2:
            raise DecisionError(gettext("Choose the cards that tell the same story: two or more."))
        lead = _lead(conn, picks)
        into = replace(sending, form=Form({**sending.form.fields, "into": [str(lead)]}))
        return _each(conn, [pick for pick in picks if pick[0] != lead], lambda pick: _decide(conn, into, *pick))

    return once(sending, work)


def _lead(conn: sqlite3.Connection, picks: list[tuple[int, int]]) -> int:
    """The item of these that shows the others: the first one of an official source, else the first one."""
    found = [find_item(conn, item_id) for item_id, _ in picks]
    official = [item.id for item in found if item is not None and item.role == "official"]
    return official[0] if official else picks[0][0]


def undo_work(sending: Sending) -> Work:
    """How to take back the decision of that number, or all that one sending came to."""

    def work(conn: sqlite3.Connection) -> Done:
        wanted = _wanted_rows(conn, sending.form)
        if len(wanted) == 1:
            return _done(conn, [_undo(conn, sending, wanted[0])])
        return _each(conn, [(row.item_id, row.id) for row in wanted], lambda each: _undo_row(conn, sending, each[1]))

    return once(sending, work)


def _wanted_rows(conn: sqlite3.Connection, form: Form) -> tuple[DecisionRow, ...]:
    if of := form.text("of"):
        rows = tuple(row for row in decisions_of_request(conn, of) if row.action != "undo")
    else:
        row = find_decision(conn, form.number("decision"))
        rows = (row,) if row else ()
    if not rows:
        raise MissingError(gettext("There is no such decision."))
    return rows


def _each(conn: sqlite3.Connection, chosen: Iterable[tuple[int, int]], make: Callable[[tuple[int, int]], int]) -> Done:
    """What could be made of each (item id, …); the first refusal is raised when nothing could."""
    made: list[int] = []
    refused: list[Refused] = []
    first: NewsError | None = None
    for one in chosen:
        try:
            made.append(make(one))
        except (DecisionError, AccessError, MissingError) as error:
            first = first or error
            refused.append(Refused(one[0], str(error)))
    if first is not None and not made:
        raise first
    return _done(conn, made, tuple(refused))


def _target(form: Form) -> tuple[int, int]:
    return form.number("item"), form.number("version")


def _pick(text: str) -> tuple[int, int]:
    item, _, version = text.partition(":")
    fields = Form({"item": [item], "version": [version]})
    return _target(fields)


def _decide(conn: sqlite3.Connection, sending: Sending, item_id: int, version: int) -> int:
    """The row of the decision on this item, which must still be at this version."""
    form, user = sending.form, sending.user
    item = find_item(conn, item_id)
    if item is None:
        raise MissingError(gettext("There is no such item."))
    check_may_decide(user, item.sub_region)
    if version != item.version:
        raise DecisionError(_what_happened(conn, item, form), item_id=item.id, conflict=True)
    decision = decision_of(form, item, load_known(conn))
    if decision.action == "fold":
        return _fold(conn, sending, item, decision)
    row_id = _record(conn, sending, item, decision)
    _give_unseen_their_cards(conn, sending, item)
    return row_id


def _record(conn: sqlite3.Connection, sending: Sending, item: DeskItem, decision: Decision) -> int:
    after = decide(item.curation, decision)
    check_can_be_published(after, item.url)
    known = suggestions(conn, [item.id]).get(item.id, ())
    return record_decision(
        conn,
        item.id,
        actor=sending.user.name,
        action=decision.action,
        before=item.curation,
        after=after,
        version=item.version,
        now=sending.now,
        note=decision.note,
        request=sending.request,
        suggested=shown_suggestions(known, sending.form.text("suggested").split(), item.curation.tags, after.tags),
    )


def _fold(conn: sqlite3.Connection, sending: Sending, item: DeskItem, decision: Decision) -> int:
    """The item, with all that was folded into it, is shown by the card of another one that waits."""
    lead = find_item(conn, decision.into or 0)
    if lead is None or lead.id == item.id or lead.sub_region != item.sub_region:
        raise DecisionError(gettext("Only items of one sub-region can be put together."), item_id=item.id)
    if lead.curation.duplicate_of is not None or lead.curation.state != "new":
        sentence = gettext("The other item has no card that waits, so nothing is folded into it.")
        raise DecisionError(sentence, item_id=item.id)
    row_id = _record(conn, sending, item, decision)
    for folded in sightings(conn, [item.id]).get(item.id, ()):
        _record(conn, sending, folded, decision)
    return row_id


def _give_unseen_their_cards(conn: sqlite3.Connection, sending: Sending, item: DeskItem) -> None:
    """What was folded into the item after its page was loaded was seen by nobody: it waits on its own."""
    seen = set(sending.form.text("seen").split())
    for folded in sightings(conn, [item.id]).get(item.id, ()):
        if str(folded.id) not in seen and folded.curation.state == "new":
            record_decision(
                conn,
                folded.id,
                actor=DESK,
                action="unfold",
                before=folded.curation,
                after=decide(folded.curation, Decision("unfold")),
                version=folded.version,
                now=sending.now,
                note="It came in after the page was loaded on which the card was decided.",
            )


def _undo_row(conn: sqlite3.Connection, sending: Sending, decision_id: int) -> int:
    row = find_decision(conn, decision_id)
    assert row is not None
    return _undo(conn, sending, row)


def _undo(conn: sqlite3.Connection, sending: Sending, row: DecisionRow) -> int:
    """The row that takes this one back."""
    item = find_item(conn, row.item_id)
    assert item is not None
    check_may_decide(sending.user, item.sub_region)
    check_may_undo(sending.user, row)
    return record_decision(
        conn,
        item.id,
        actor=sending.user.name,
        action="undo",
        before=item.curation,
        after=undo(item.curation, last_decision(conn, item.id), row.id),
        version=item.version,
        now=sending.now,
        undoes=row.id,
        request=sending.request,
    )


def decision_of(form: Form, item: DeskItem, known: Known) -> Decision:
    """The decision that a form asks for; DecisionError when it names an action, tag or country that does not exist."""
    action = ACTIONS.get(form.text("action"))
    if action is None:
        raise DecisionError(gettext("The form does not say what to do: impactful, later, dismiss or edit."))
    offered = form.text("offered").split()
    tags = tags_after(item.curation.tags, offered, form.texts("tag"), known.vocabularies)
    note = form.text("note").replace("\r\n", "\n").strip()
    return Decision(action, tags, _edits(form, item, known), note, form.number("into") or None)


def _edits(form: Form, item: DeskItem, known: Known) -> Edits | None:
    """The texts of the whole form; what reads as it was found is no edit. None when the form has no texts."""
    if "title" not in form:
        return None
    found = {"title": item.title, "summary": item.summary, "url": item.url, "country": item.country}
    typed = {name: form.text(name).replace("\r\n", "\n").strip() for name in found}
    if typed["country"] and typed["country"] != item.country and typed["country"] not in known.countries:
        sentence = gettext("There is no country “{code}” in any sub-region.")
        raise DecisionError(sentence.format(code=typed["country"][:20]))
    same = {name for name in found if typed[name] == found[name].strip()}
    texts = {name: "" if name in same else text for name, text in typed.items()}
    return Edits(**texts, story=_story(form, item))


def _story(form: Form, item: DeskItem) -> ImpactNote:
    """The impact note of the whole form; one that was written before there were parts is its result."""
    quotes = quotes_after(form.texts("quote"), item.curation.story.quotes, item.text)
    return ImpactNote(form.text("need"), form.text("done"), form.text("result"), quotes)


def _what_happened(conn: sqlite3.Connection, item: DeskItem, form: Form) -> str:
    """Who was faster and what she decided, beside what was wanted here."""
    rows = history(conn, (item.sub_region,), limit=1, wanted=Wanted(item_id=item.id))
    if not rows:
        return gettext("This item changed since the page was loaded; load it again.")
    row = rows[0]
    action = ACTIONS.get(form.text("action"))
    day = PublishedDate(f"{row.decided_at:%Y-%m-%d}", "day", "hand")
    sentences = [
        gettext("{who} decided on this item in the meantime: {done}, on {day} at {time} UTC.").format(
            who=row.actor, done=gettext(DONE[row.action]), day=date_words(day), time=f"{row.decided_at:%H:%M}"
        ),
        gettext("With the note: “{note}”.").format(note=shortened(noted(row.note), 200)) if row.note else "",
        gettext("Yours was: {done}.").format(done=gettext(DONE[action])) if action else "",
        gettext("Nothing of yours was saved over it; the item is now: {state}.").format(
            state=gettext(STATES[row.after.state]).lower()
        ),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _done(conn: sqlite3.Connection, row_ids: Iterable[int], refused: tuple[Refused, ...] = ()) -> Done:
    rows = tuple(row for row in (find_decision(conn, row_id) for row_id in row_ids) if row)
    items = tuple(item for item in (find_item(conn, row.item_id) for row in rows) if item)
    return Done(rows, items, _sentence(rows, refused), refused)


def _sentence(rows: tuple[DecisionRow, ...], refused: tuple[Refused, ...]) -> str:
    done, many = gettext(DONE[rows[0].action]).capitalize(), len(rows)
    items = ngettext("{number} item", "{number} items", many).format(number=many)
    sentence = f"{done}: {shortened(rows[0].item_title) if many == 1 else items}"
    if not refused:
        return sentence
    rest = gettext("{number} could not be: {why}").format(number=len(refused), why=refused[0].sentence)
    return f"{sentence}. {rest}"
