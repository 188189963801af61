"""The order of what a search found: pure."""

from __future__ import annotations

from collections.abc import Iterable


def best_first(weighed: Iterable[tuple[int, float]]) -> tuple[int, ...]:
    """The ids by weight, the best first; those of about the same weight stay in the order given.

    Weights are FTS5's: the least is the best, and only its ratio to the others says something (where most texts have
    the words, all are next to nothing).
    """
    rows = list(weighed)
    best = min((weight for _, weight in rows), default=0.0) or -1.0
    return tuple(id_ for id_, _ in sorted(rows, key=lambda row: -round(row[1] / best, 2)))
