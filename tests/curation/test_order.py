"""Putting things in order by asking which of two is better."""

from __future__ import annotations

from math import ceil, log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.order import Order, order_of

things = st.permutations(range(9)).flatmap(lambda whole: st.integers(0, 9).map(lambda size: list(whole[:size])))


def asked(shown: list[int], places: int, truth: list[int]) -> tuple[Order, int]:
    """The order once every question was answered by the truth (the best first), and how many there were."""
    answers: list[tuple[int, int]] = []
    while (order := order_of(shown, answers, places)).ask:
        one, other = order.ask
        assert not {(one, other), (other, one)} & set(answers), "asked twice"
        answers.append((one, other) if truth.index(one) < truth.index(other) else (other, one))
    return order, len(answers)


@given(things, st.integers(1, 4), st.randoms())
def test_first_places_are_the_true_ones_after_few_questions(shown: list[int], places: int, chance: object) -> None:
    truth = sorted(shown)
    chance.shuffle(truth)  # type: ignore[attr-defined]
    order, questions = asked(shown, places, truth)
    wanted = min(places, len(shown))
    assert list(order.things[:wanted]) == truth[:wanted] and order.settled == wanted
    assert sorted(order.things) == sorted(shown)
    if len(shown) > 1:
        assert questions <= len(shown) - 1 + (wanted - 1) * ceil(log2(len(shown)))


pairs = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=25)


@given(things, pairs, st.integers(0, 4))
def test_any_answers_give_an_order_of_all_things(shown: list[int], answers: list[tuple[int, int]], places: int) -> None:
    order = order_of(shown, answers, places)
    assert sorted(order.things) == sorted(shown) and 0 <= order.settled <= min(places, len(shown))
    assert order.ask is None or (order.ask[0] != order.ask[1] and set(order.ask) <= set(shown))


@given(things, pairs)
def test_newest_answer_always_counts(shown: list[int], answers: list[tuple[int, int]]) -> None:
    order = order_of(shown, answers, len(shown)).things
    if answers and set(answers[-1]) <= set(shown) and answers[-1][0] != answers[-1][1]:
        assert order.index(answers[-1][0]) < order.index(answers[-1][1])


@pytest.mark.parametrize(
    ("shown", "answers", "places", "order"),
    [
        pytest.param([], [], 2, Order((), 0, None), id="nothing"),
        pytest.param([7], [], 2, Order((7,), 1, None), id="one"),
        pytest.param([7, 8], [], 2, Order((7, 8), 0, (7, 8)), id="two, not asked yet"),
        pytest.param([7, 8], [(8, 7)], 2, Order((8, 7), 2, None), id="two, asked"),
        pytest.param([1, 2, 3, 4], [(2, 1), (4, 3)], 1, Order((2, 4, 1, 3), 0, (2, 4)), id="winners meet"),
        pytest.param([1, 2, 3], [(1, 2), (2, 3)], 2, Order((1, 2, 3), 2, None), id="what follows is not asked"),
        pytest.param(
            [1, 2, 3], [(1, 2), (2, 3), (3, 1)], 2, Order((2, 3, 1), 2, None), id="a circle: the oldest gives way"
        ),
    ],
)
def test_order_is(shown: list[int], answers: list[tuple[int, int]], places: int, order: Order) -> None:
    assert order_of(shown, answers, places) == order
