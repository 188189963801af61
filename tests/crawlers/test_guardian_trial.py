"""The guardian on trial, as counted by `bench/guardian.py`."""

from __future__ import annotations

import pytest

from crawlers.sources import Source, load_sources, shipped_sources
from tests.crawlers.guardian_trial import Tally, noticed_share, repaired_share, replayed_year, trial
from tests.crawlers.second_year import second_years

SOURCES = load_sources(shipped_sources()).sources


@pytest.fixture(scope="module")
def tallies() -> dict[str, Tally]:
    return trial(every=14, browser=False)


def test_nearly_every_breakage_is_noticed_at_the_next_poll(tallies: dict[str, Tally]) -> None:
    assert noticed_share(tallies) >= 0.95, {name: tally.missed for name, tally in tallies.items()}


def test_most_of_what_can_be_repaired_is_repaired_by_the_proposal(tallies: dict[str, Tally]) -> None:
    assert repaired_share(tallies) >= 0.8, {name: tally.unrepaired for name, tally in tallies.items()}


def test_a_repair_that_is_none_is_hardly_ever_proposed(tallies: dict[str, Tally]) -> None:
    wrong = {name: tally.wrongly for name, tally in tallies.items() if tally.wrong}
    assert sum(map(len, wrong.values())) <= 0.02 * sum(tally.noticed for tally in tallies.values()), wrong


@pytest.mark.parametrize("name", ["login wall", "challenge page", "error page with 200"])
def test_what_no_client_can_repair_gets_no_proposal(tallies: dict[str, Tally], name: str) -> None:
    assert (tallies[name].repairable, tallies[name].repaired, tallies[name].wrongly) == (0, 0, [])


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)
def test_a_year_of_ordinary_changes_raises_no_alarm(source: Source) -> None:
    year = replayed_year(source, every=2)
    assert year.polls > 60 and year.alarms == []


def test_a_year_made_apart_raises_hardly_any_alarm() -> None:
    years = list(second_years(8, every=5))
    assert len(years) == 8 and all(year.polls > 10 for year in years)
    assert sum(len(year.alarms) for year in years) <= 2, {year.name: year.alarms for year in years}
