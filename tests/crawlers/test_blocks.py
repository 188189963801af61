"""Records that a file describes: what fits is taken, what does not is named by its place, in words for people."""

from __future__ import annotations

from typing import Annotated, ClassVar

import pytest
from msgspec import Meta

from crawlers.blocks import Block, BlockError, Check


def _even(value: int) -> None:
    if value % 2:
        raise ValueError("must be even")


class Part(Block, frozen=True, kw_only=True):
    number: Annotated[int, Check(_even)] = 0
    other: Annotated[int, Check(_even)] | None = None


class Whole(Block, frozen=True, kw_only=True):
    words: ClassVar = {"size": "must be a size"}

    name: str
    size: Annotated[float, Meta(gt=0, le=9)] = 1.0
    parts: tuple[Part, ...] = ()


def test_text_has_no_spaces_around_it_and_a_whole_number_may_stand_for_a_broken_one() -> None:
    assert Whole.checked({"name": " a b ", "size": 2}) == Whole(name="a b", size=2.0)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        pytest.param([], "must be a dictionary: keys and values", id="no dictionary"),
        pytest.param({}, "name: is required", id="missing"),
        pytest.param({"name": "a", "nam": 1}, "nam: is not permitted: there is no such key here", id="unknown"),
        pytest.param({"name": 1}, "name: must be text; put it in quotes", id="no text"),
        pytest.param({"name": "a", "size": 10}, "size: must be a size", id="words of its own"),
        pytest.param({"name": "a", "parts": {}}, "parts: must be a list", id="no list"),
        pytest.param({"name": "a", "parts": [{}, {"number": "2"}]}, "parts.1.number: must be a number", id="within"),
        pytest.param({"name": "a", "parts": [{"number": 3}]}, "parts.0.number: must be even", id="a check"),
        pytest.param({"name": "a", "parts": [{"other": 3}]}, "parts.0.other: must be even", id="where it may be none"),
    ],
)
def test_what_does_not_fit_is_named(raw: object, told: str) -> None:
    with pytest.raises(BlockError) as caught:
        Whole.checked(raw)
    assert str(caught.value) == told


def test_changed_block_is_checked_too() -> None:
    assert Part().changed(number=4) == Part(number=4)
    with pytest.raises(ValueError, match="must be even"):
        Part().changed(number=3)
