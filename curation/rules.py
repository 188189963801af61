"""Which decision may follow which, and what an item is like afterwards. Pure: knows no database, no page and no person.

A dismissed or postponed item keeps its tags and edited texts, so that taking it up again loses no work; while it is
dismissed it is not edited.
"""

from __future__ import annotations

import re
from typing import Literal, get_args
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from curation.languages import gettext, marked, ngettext
from db.errors import DecisionError
from db.records import NO_STORY, NOWHERE, Curation, DecisionRow, ImpactNote, ItemState, Tag
from db.strategies import is_strategy

DeskAction = Literal["impactful", "later", "dismiss", "edit", "fold", "unfold"]
ACTIONS: dict[str, DeskAction] = {name: name for name in get_args(DeskAction)}
STATE_AFTER: dict[DeskAction, ItemState] = {"impactful": "impactful", "later": "later", "dismiss": "dismissed"}

MAX_TAGS = 60
MAX_NOTE = 1_000
LIMITS = {"title": 1_000, "summary": 20_000, "url": 2_000, "country": 3, "need": 2_000, "done": 2_000, "result": 2_000}
WORDS = {
    "title": marked("title"),
    "summary": marked("text"),
    "url": marked("link"),
    "country": marked("country"),
}
PARTS = {
    "need": marked("need"),
    "done": marked("part on what was done"),
    "result": marked("result"),
}  # of the impact note


class Edits(Struct, frozen=True):
    """The texts for the report as typed; an empty one means: as it was found."""

    title: str = ""
    summary: str = ""
    url: str = ""
    country: str = ""
    story: ImpactNote = NO_STORY


class Decision(Struct, frozen=True):
    """What a convenor wants of one item. None leaves tags or texts as they are."""

    action: DeskAction
    tags: tuple[Tag, ...] | None = None
    edits: Edits | None = None
    note: str = ""
    into: int | None = None  # of a fold: the item that shows this one from now on


def decide(before: Curation, decision: Decision) -> Curation:
    """The item's curation after the decision; DecisionError says why it is not allowed."""
    if len(decision.note) > MAX_NOTE:
        raise DecisionError(
            gettext("The note is longer than {most} characters; please shorten it.").format(most=MAX_NOTE)
        )
    after = replace(_placed(before, decision), state=STATE_AFTER.get(decision.action, before.state))
    if decision.tags is not None:
        after = replace(after, tags=_checked_tags(decision.tags))
    if decision.edits is not None:
        after = _edited(after, decision.edits)
    if after.state == "impactful" and not any(is_strategy(tag.vocabulary) for tag in after.tags):
        raise DecisionError(
            gettext("An impactful item needs at least one tag of an IFLA strategy; choose one, then try again.")
        )
    if decision.action == "edit" and before.state == "dismissed" and after != before:
        raise DecisionError(
            gettext("A dismissed item is not edited; mark it impactful or later first."), current=before.state
        )
    if after == before and not decision.note:
        raise DecisionError(gettext("Nothing would change: the item is like that already."), current=before.state)
    return after


def check_can_be_published(after: Curation, found_at: str) -> None:
    """DecisionError when an item would become public at an address that leads nowhere."""
    if after.state == "impactful" and (after.url or found_at).startswith(f"https://{NOWHERE}/"):
        raise DecisionError(
            gettext("This letter stands nowhere on the web: give it a link first, then mark it impactful.")
        )


def _placed(before: Curation, decision: Decision) -> Curation:
    """The item on its own or within the card of another one, as the decision says."""
    if decision.action == "fold":
        if before.state != "new":
            raise DecisionError(gettext("Only an item that waits can be folded into another."), current=before.state)
        return replace(before, duplicate_of=decision.into)
    if decision.action == "unfold" and before.duplicate_of is None:
        raise DecisionError(gettext("This item has a card of its own already."), current=before.state)
    # Whoever decides on a folded item itself means it, and not the story: it gets its own card.
    return replace(before, duplicate_of=None)


def undo(present: Curation, last: DecisionRow | None, wanted: int) -> Curation:
    """The item's curation before decision `wanted`, which must be the last one that still stands."""
    if last is None:
        raise DecisionError(
            gettext("There is nothing to undo: this was undone already."), current=present.state, conflict=True
        )
    if last.id != wanted:
        raise DecisionError(
            gettext("This can no longer be undone: {who} decided on the item since.").format(who=last.actor),
            item_id=last.item_id,
            current=present.state,
            conflict=True,
        )
    return last.before


def changes(before: Curation, after: Curation) -> tuple[str, ...]:
    """What differs between the two, in words, for the history; the state itself is left out."""
    found = []
    if added := [tag.code for tag in after.tags if tag not in before.tags]:
        found.append(gettext("tagged {codes}").format(codes=", ".join(added)))
    if removed := [tag.code for tag in before.tags if tag not in after.tags]:
        found.append(gettext("no longer tagged {codes}").format(codes=", ".join(removed)))
    edited = [gettext(word) for name, word in WORDS.items() if getattr(before, name) != getattr(after, name)]
    found += [gettext("{field} edited").format(field=word) for word in edited]
    if (before.impact, before.story) != (after.impact, after.story):
        number = len(set(after.story.quotes) - set(before.story.quotes))
        quoted = ngettext("{number} sentence quoted", "{number} sentences quoted", number).format(number=number)
        found += [gettext("impact note edited"), *([quoted] if number else [])]
    if before.duplicate_of != after.duplicate_of:
        shown = gettext("shown with item {number}").format(number=after.duplicate_of)
        found.append(gettext("a card of its own") if after.duplicate_of is None else shown)
    return tuple(found)


def _checked_tags(tags: tuple[Tag, ...]) -> tuple[Tag, ...]:
    unique = tuple(dict.fromkeys(tags))
    if len(unique) > MAX_TAGS:
        raise DecisionError(gettext("An item carries at most {most} tags.").format(most=MAX_TAGS))
    return unique


def _edited(curation: Curation, edits: Edits) -> Curation:
    texts = {name: _tidy(getattr(edits, name)) or None for name in WORDS}
    for name, text in texts.items():
        if text is not None and len(text) > LIMITS[name]:
            raise DecisionError(
                gettext("The {field} is longer than {most} characters; please shorten it.").format(
                    field=gettext(WORDS[name]), most=LIMITS[name]
                )
            )
    if texts["title"] is not None:
        texts["title"] = " ".join(texts["title"].split())
    if texts["url"] is not None:
        _check_link(texts["url"])
    story = _checked_story(edits.story)
    return Curation(
        curation.state,
        curation.tags,
        **texts,
        impact=story.text or None,
        story=story,
        duplicate_of=curation.duplicate_of,
    )


def _checked_story(story: ImpactNote) -> ImpactNote:
    """The note tidied; a quotation stays with the part that it was made for while that has any words."""
    parts = {name: _tidy(getattr(story, name)) for name in PARTS}
    for name, text in parts.items():
        if len(text) > LIMITS[name]:
            raise DecisionError(
                gettext("The {field} is longer than {most} characters; please shorten it.").format(
                    field=gettext(PARTS[name]), most=LIMITS[name]
                )
            )
    return ImpactNote(**parts, quotes=tuple(quote for quote in story.quotes if parts[quote.part]))


def _tidy(text: str) -> str:
    """Without stray control characters, one kind of line end, no space at the ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", lines).strip()


def _check_link(url: str) -> None:
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"[\s\x00-\x1f\\]", url)
    except ValueError:
        valid = False
    if not valid:
        raise DecisionError(gettext("The link must be a whole address that begins with http:// or https://."))
