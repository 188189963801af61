"""What the address of the queue says: filters, order, and where the page begins. Pure."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import asdict, replace

from curation.web import Form
from curation.wording import STATES
from db.records import ItemState
from db.search.query import MAX_CHARACTERS

Order = Literal["newest", "likely"]
NAMED_STATES: dict[str, ItemState] = {state: state for state in STATES}


class QueueAddress(Struct, frozen=True):
    """The filters as they stand in the address; an empty one does not narrow."""

    state: ItemState = "new"
    order: Order = "newest"
    q: str = ""  # words and fields, as typed
    country: str = ""
    source: str = ""
    language: str = ""
    since: str = ""  # ISO days
    until: str = ""
    nominated: str = ""  # `1`: only what people brought
    suggested: str = ""  # `1`: only what a tag is suggested for
    mine: str = ""  # `1`: only what I decided on
    strategy: str = ""
    after: str = ""  # the last item of the page before: `2021-01-28_17`, by likelihood `3_2021-01-28_17`

    @property
    def key(self) -> tuple[str, int] | None:
        """Where the page begins when the newest come first; None for the first page."""
        match = re.fullmatch(r"(|\d{4}-\d\d-\d\d)_(\d{1,15})", self.after, re.ASCII)
        return (match[1], int(match[2])) if match else None

    @property
    def rank(self) -> tuple[int, str, int] | None:
        """Where the page begins when the likeliest come first; None for the first page."""
        match = re.fullmatch(r"(-?\d{1,4})_(|\d{4}-\d\d-\d\d)_(\d{1,15})", self.after, re.ASCII)
        return (int(match[1]), match[2], int(match[3])) if match else None

    def at(self, after: str) -> QueueAddress:
        """The page that begins after this item."""
        return replace(self, after=after)

    @property
    def first(self) -> str:
        """The query of the first page with these filters."""
        return self.at("").query

    @property
    def query(self) -> str:
        """The filters as an address carries them, without those that say nothing."""
        plain = asdict(QueueAddress())
        chosen = {name: value for name, value in asdict(self).items() if value != plain[name]}
        return f"?{urlencode(chosen)}" if chosen else ""

    @property
    def narrowed(self) -> int:
        """How many of the filters that are folded away narrow the list."""
        return sum(
            map(bool, (self.language, self.since, self.until, self.nominated, self.suggested, self.mine, self.strategy))
        )


def address_of(form: Form) -> QueueAddress:
    """The filters of an address; what cannot be meant reads as not given."""
    return QueueAddress(
        state=NAMED_STATES.get(form.text("state"), "new"),
        order="likely" if form.text("order") == "likely" else "newest",
        q=form.text("q").strip()[:MAX_CHARACTERS],
        country=form.text("country")[:3],
        source=form.text("source")[:100],
        language=form.text("language")[:20],
        since=_day(form.text("since")),
        until=_day(form.text("until")),
        nominated="1" if form.text("nominated") else "",
        suggested="1" if form.text("suggested") else "",
        mine="1" if form.text("mine") else "",
        strategy=form.text("strategy")[:100],
        after=form.text("after")[:40],
    )


def _day(text: str) -> str:
    return text if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else ""
