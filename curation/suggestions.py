"""Keeping the suggested tags up to date: which way suggests is measured, then what came in or changed is looked at."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from curation.suggesting import Rules, as_written, shipped_mark
from db.connect import transaction
from db.records import ItemWords, Suggestion, Vocabulary
from db.suggestions import (
    Figures,
    TaggedItem,
    items_to_suggest,
    list_figures,
    save_figures,
    save_suggestions,
    suggest_again,
    tagged_count,
    tagged_items,
)
from db.vocabularies import list_vocabularies

if TYPE_CHECKING:
    from curation.learning import Learned

ENOUGH_DECIDED = 80  # items; before, the rules alone suggest
MAX_LEARNED = 2_000  # the newest ones
AT_ONCE = 500  # items that one pass looks at, the newest first; more wait for the next one
GROWN = 1.1  # so many times the decisions of the last measure: it is measured anew

Suggest = Callable[[ItemWords], Sequence[Suggestion]]


def suggest_tags(conn: sqlite3.Connection, *, now: datetime) -> int:
    """Every item that came in or changed has its suggestions; how many items were looked at."""
    vocabularies = list_vocabularies(conn)
    ways = [_way_of(conn, vocabulary, now) for vocabulary in vocabularies]
    items = items_to_suggest(conn, limit=AT_ONCE)
    found = {item.item_id: as_written([one for way in ways for one in way(item)], item) for item in items}
    if found:
        with transaction(conn):  # short: the slow part is done
            save_suggestions(conn, found)
    return len(items)


def _way_of(conn: sqlite3.Connection, vocabulary: Vocabulary, now: datetime) -> Suggest:
    """How tags of this vocabulary are suggested now, measured anew where there is reason to."""
    before = list_figures(conn).get(vocabulary.id)
    decided = min(tagged_count(conn, vocabulary.id), MAX_LEARNED)
    mark = shipped_mark()
    old = before is None or before.mark != mark or not before.decided <= decided <= max(before.decided, 9) * GROWN
    if not old and before is not None and before.source == "rules":
        return Rules(vocabulary)
    suggest: Suggest = Rules(vocabulary)
    if decided < ENOUGH_DECIDED:
        figures = Figures(vocabulary.id, decided, None, None, "rules", mark)
    else:
        from curation.learning import learn  # with its tables of words, which the rules do without

        items = tagged_items(conn, vocabulary.id, limit=MAX_LEARNED)
        learned = learn(vocabulary.id, _top_codes(vocabulary), items)
        figures = before if before is not None and not old else _measure(vocabulary, items, learned, decided, mark)
        suggest = learned.suggest if figures.source == "desk" else suggest
    if figures is not before:
        with transaction(conn):
            save_figures(conn, figures, now=now)
            if before is None or (before.source, before.mark) != (figures.source, mark) or figures.source == "desk":
                suggest_again(conn)
    return suggest


def _measure(vocabulary: Vocabulary, items: Sequence[TaggedItem], learned: Learned, decided: int, mark: str) -> Figures:
    from curation.learning import measured, share_first

    top = set(_top_codes(vocabulary))
    rules = Rules(vocabulary)
    by_the_rules = share_first(items, lambda item: [one.tag.code for one in rules(item.words) if one.tag.code in top])
    by_the_desk = measured(learned, items)
    better = by_the_desk > by_the_rules
    return Figures(vocabulary.id, decided, by_the_rules, by_the_desk, "desk" if better else "rules", mark)


def _top_codes(vocabulary: Vocabulary) -> tuple[str, ...]:
    return tuple(term.code for term in vocabulary.terms if term.parent is None)
