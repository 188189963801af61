"""Which strategy of IFLA belongs to a day, and to a period by its last month."""

from __future__ import annotations

import pytest

from db.strategies import first_month, strategy_in_force
from db.vocabularies import shipped_vocabularies

ALL = shipped_vocabularies()


@pytest.mark.parametrize(
    ("day", "strategy"),
    [
        pytest.param("2015-11-30", None, id="the day before the first one"),
        pytest.param("2015-11", None, id="the month before the first one"),
        pytest.param("2015-12", "IFLA-2016-2021", id="the first month"),
        pytest.param("2018-05-01", "IFLA-2016-2021", id="in the years of the first"),
        pytest.param("2019-08-25", "IFLA-2016-2021", id="its last day"),
        pytest.param("2019-08-26", "IFLA-2019-2024", id="the day of the change"),
        pytest.param("2019-08", "IFLA-2019-2024", id="a month counts by its end"),
        pytest.param("2020-11", "IFLA-2019-2024", id="the month of the real report"),
        pytest.param("2024-07", "IFLA-2019-2024", id="the month before the second change"),
        pytest.param("2024-08-01", "IFLA-2024-2029", id="both in force: the newer"),
        pytest.param("2026-11-22", "IFLA-2024-2029", id="the one in force to this day"),
    ],
)
def test_strategy_is_that_of_the_day(day: str, strategy: str | None) -> None:
    found = strategy_in_force(ALL, day)
    assert (found.id if found else None) == strategy


def test_first_strategy_began_in_december_2015() -> None:
    assert first_month(ALL) == "2015-12"
    assert first_month([one for one in ALL if one.id == "UN-SDG"]) is None
