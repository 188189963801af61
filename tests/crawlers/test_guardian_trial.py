"""The guardian on trial, as counted by `bench/guardian.py`."""

from __future__ import annotations

import pytest

from crawlers.sources import Source, load_sources, shipped_sources
from tests.crawlers.guardian_trial import Tally, noticed_share, repaired_share, replayed_year, trial

SOURCES = load_sources(shipped_sources()).sources


@pytest.fixture(scope="module")
def tallies() -> dict[str, Tally]:
    return trial(at_most=30)


def test_nearly_every_breakage_is_noticed_at_the_next_poll(tallies: dict[str, Tally]) -> None:
    assert noticed_share(tallies) >= 0.95, {name: tally.missed for name, tally in tallies.items()}


def test_most_of_what_can_be_repaired_is_repaired_by_the_proposal(tallies: dict[str, Tally]) -> None:
    assert repaired_share(tallies) >= 0.8, {name: tally.unrepaired for name, tally in tallies.items()}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)
def test_a_year_of_ordinary_changes_raises_no_alarm(source: Source) -> None:
    year = replayed_year(source, every=2)
    assert year.polls > 60 and year.alarms == []
