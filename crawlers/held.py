"""Whether a poll is held aside for one look by the operator: most of a source that is settled is new at once. Pure.

What appeared since the last poll is news. Entries with older days, or none, that nobody met before are what a site
shows of stories that could not be recognised; so are many entries of one and the same day. Nothing is lost by holding a
poll: its items are kept, and known from then on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from db.held import PollHistory
from db.records import ParsedItem

FEWEST = 5  # fewer new items are no harm to a queue
_FEWEST_POLLS = 3  # that worked; before that nobody knows what is usual
_FEWEST_KNOWN = 10  # items
_TIMES_USUAL = 3
_LONG_PAUSE = timedelta(days=14)
_LATE = timedelta(days=3)  # a story may be listed some days after its own


def why_held(history: PollHistory, new: Sequence[ParsedItem], seen: int, now: datetime) -> str | None:
    """Why the new items of a poll that saw so many should wait; None: they are news."""
    last = history.last_good_at
    if len(new) < FEWEST or last is None or now - last > _LONG_PAUSE:
        return None
    if history.good_polls < _FEWEST_POLLS or history.items < _FEWEST_KNOWN:
        return None
    usual = max(history.usual_new, 1)
    strange = len(new) - len(_explained(new, (last - _LATE).date().isoformat(), usual))
    if strange < FEWEST or 2 * strange < seen or strange <= _TIMES_USUAL * usual:
        return None
    return (
        f"{len(new)} of {seen} items were new at once, where {usual} at most {'is' if usual == 1 else 'are'} usual,"
        " and most of them do not come from the days since the last poll"
    )


def _explained(new: Sequence[ParsedItem], since: str, usual: int) -> list[ParsedItem]:
    """The items that appeared since that day, unless too many of them have one day."""
    days = Counter(item.published.on for item in new)
    lump = max(_TIMES_USUAL * usual, FEWEST)
    return [
        item
        for item in new
        if item.published.precision == "day" and str(item.published.on) >= since and days[item.published.on] <= lump
    ]
