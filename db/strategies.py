"""Which vocabularies are IFLA's strategies, and which of them was in force when. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from db.records import Vocabulary


def is_strategy(vocabulary: str) -> bool:
    """Whether this is one of IFLA's strategies, by which an impactful item must be tagged."""
    return vocabulary.startswith("IFLA-")


def strategies(vocabularies: Iterable[Vocabulary]) -> tuple[Vocabulary, ...]:
    """IFLA's strategies among the vocabularies, in the order shown."""
    return tuple(vocabulary for vocabulary in vocabularies if is_strategy(vocabulary.id))


def strategy_in_force(vocabularies: Iterable[Vocabulary], day: str) -> Vocabulary | None:
    """The newest strategy in force on an ISO day, or at the end of a month YYYY-MM; None when none is known."""
    last = day if len(day) > len("2020-11") else f"{day}-31"  # no later day of that month is written
    known = strategies(vocabularies)
    in_force = [one for one in known if one.valid_from <= last and (one.valid_to is None or last <= one.valid_to)]
    return max(in_force, key=lambda one: one.valid_from, default=None)


def first_month(vocabularies: Iterable[Vocabulary]) -> str | None:
    """The month YYYY-MM in which the first strategy that is known began; None when none is."""
    return min((one.valid_from[:7] for one in strategies(vocabularies)), default=None)
