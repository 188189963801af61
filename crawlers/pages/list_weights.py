"""How much a group of links looks like a list of news, in numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

_NAMED = 0.5  # share of the records that words name, in any list
_NAMES = 8  # weight from which words do
_LONG = 120  # weight from which they say no more


class Weights(Struct, frozen=True):
    """What speaks for a list of news, and how much."""

    undated: float = 0.3  # of a record without a date against one with it
    static_address: float = 0.45  # of an address without id against one with it
    aside: float = 0.12  # of a record that stands aside
    dated_aside: float = 0.5  # of one that is dated there
    same_words: float = 0.3  # of a label that another record has too
    crowded: float = 0.5  # of a block with many links in it
    scattered: float = 0.5  # of a block that stands in another kind of place than most
    foreign: float = 0.6  # of an address on another host
    shared: float = 0.5  # of a row that holds another record too
    nameless: float = 0.8  # of a link that leaves its record's name to the words beside it
    file: float = 0.5  # of a label that is the name of a file
    again: float = 0.3  # of rows that lead where another leads: to the body or the kind that both name
    bare: float = 0.9  # of a record that is no more than its link
    silent: float = 0.9  # of a link without any word
    told: float = 0.2  # of a link in the midst of running text
    counted: int = 40  # more records say no more
    good_title: int = 36  # weight from which a title says no more
    few: float = 0.5  # of a list of one or two
    least_undated: float = 0.32  # what a list without dates must reach
    least: float = 0.2  # what any list must reach


WEIGHTS = Weights()
ENOUGH_BESIDE = WEIGHTS.good_title // 2  # weight from which the words beside a link say no more


def named(wording: Sequence[int]) -> float:
    """What the words that name the records are worth; nought where most are named by none."""
    naming = share([words >= _NAMES for words in wording])
    return naming**2 * min(1.0, mean_weight(wording) / WEIGHTS.good_title) ** 0.7 if naming >= _NAMED else 0.0


def mean_weight(wording: Sequence[int]) -> float:
    """How much the words that name a record say on average."""
    return sum(min(words, _LONG) for words in wording) / len(wording)


def less(part: float, factor: float) -> float:
    """1 where the part is nought, the factor where it is whole."""
    return 1.0 - part * (1.0 - factor)


def share(values: Iterable[bool]) -> float:
    """How many of these are true, of all; nought where there are none."""
    found = list(values)
    return sum(found) / len(found) if found else 0.0
