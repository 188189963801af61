"""Putting things in order by asking which of two is the better one, as seldom as can be. Pure.

Only the first places matter, so it is a knock-out: of those that nothing has beaten yet, the two that have beaten
fewest are asked about, until one is left for the place; then the same for the next place. What follows from answers is
not asked again. A newer answer counts more than an older one that contradicts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct


class Order(Struct, frozen=True):
    """All things in order; the first `settled` places follow from answers. `ask` are the two to ask about next."""

    things: tuple[int, ...]
    settled: int
    ask: tuple[int, int] | None  # None: every place that was wanted is settled


def order_of(things: Sequence[int], answers: Iterable[tuple[int, int]], places: int) -> Order:
    """The order by these answers: each names the better one first, the oldest comes first."""
    below = _below(things, answers)
    left = list(things)
    placed: list[int] = []
    while left:
        best = _unbeaten(left, below)
        if len(best) > 1 and len(placed) < places:
            one, other = sorted(sorted(best, key=lambda thing: len(below[thing] & set(left)))[:2], key=things.index)
            return Order((*placed, *_rest(left, below)), len(placed), (one, other))
        placed.append(_first(best, below))
        left.remove(placed[-1])
    return Order(tuple(placed), min(len(things), places), None)


def _unbeaten(left: Sequence[int], below: dict[int, set[int]]) -> list[int]:
    return [thing for thing in left if not any(thing in below[other] for other in left)]


def _first(best: Sequence[int], below: dict[int, set[int]]) -> int:
    """The one that beats most; of equal ones the first."""
    return max(best, key=lambda thing: len(below[thing]))


def _rest(left: Sequence[int], below: dict[int, set[int]]) -> list[int]:
    """Those without a settled place: what was beaten stands behind what beat it."""
    rest, placed = list(left), []
    while rest:
        placed.append(_first(_unbeaten(rest, below), below))
        rest.remove(placed[-1])
    return placed


def _below(things: Sequence[int], answers: Iterable[tuple[int, int]]) -> dict[int, set[int]]:
    """Thing → everything that it beats, directly or over others; an answer that newer ones contradict is left out."""
    below: dict[int, set[int]] = {thing: set() for thing in things}
    for better, other in reversed(list(answers)):
        if better in below and other in below and better != other and better not in below[other]:
            above = [thing for thing in things if thing == better or better in below[thing]]
            for thing in above:
                below[thing] |= {other, *below[other]}
    return below
