"""Forty simulated days over the real crawl and a loopback server: every promise is kept, and every check can fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.politeness.checks import CHECKS, Check, verdict
from tests.politeness.rude import HABITS
from tests.politeness.score import scored, table
from tests.politeness.world import DAYS, Evidence, World


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    return World(tmp_path_factory.mktemp("politeness")).live(DAYS)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_promise_is_kept(check: Check, evidence: Evidence) -> None:
    found = verdict(check, evidence)
    assert found.looked_at and found.faults == ()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_rude_client_is_caught(check: Check, evidence: Evidence) -> None:
    assert not verdict(check, HABITS[check.name](evidence)).kept


def test_every_check_knows_a_rude_client() -> None:
    assert list(HABITS) == [check.name for check in CHECKS]


def test_world_has_what_the_promises_speak_of(evidence: Evidence) -> None:
    assert evidence.days >= 14
    assert len(evidence.starts) > 10 and len(evidence.killed_runs) == 3 and len(evidence.clock_changes) == 4
    assert {check.point for check in CHECKS} >= set(range(1, 9))


def test_table_counts_the_promises(evidence: Evidence) -> None:
    lines = list(table(evidence, scored(evidence)))
    assert f"{len(CHECKS)} of {len(CHECKS)}" in lines[0]
    assert sum("| PASS |" in line for line in lines) == len(CHECKS)


def test_documentation_prints_this_score(evidence: Evidence) -> None:
    """How much was looked at depends on how threads took turns; promises and verdicts do not."""
    page = (Path(__file__).parents[2] / "docs" / "politeness.md").read_text("utf-8")
    printed = [line.split("|") for line in page.splitlines() if line.endswith("| PASS |")]
    assert [row[2].strip() for row in printed] == [check.promise for check in CHECKS]
