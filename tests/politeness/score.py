"""The promises with what came of them, as lines of a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.politeness.checks import CHECKS, Verdict, verdict
from tests.politeness.world import Evidence


def scored(evidence: Evidence) -> tuple[Verdict, ...]:
    """What each check says, in the order of the promises."""
    return tuple(verdict(check, evidence) for check in CHECKS)


def table(evidence: Evidence, verdicts: Sequence[Verdict]) -> Iterator[str]:
    """The score as a Markdown table, with what was simulated below it."""
    kept = sum(found.kept for found in verdicts)
    yield f"| | what we promise | looked at | faults | {kept} of {len(verdicts)} |"
    yield "| -: | --- | -: | -: | --- |"
    for found in verdicts:
        word = "PASS" if found.kept else "FAIL"
        point = found.check.point if found.check.point <= 8 else ""
        yield f"| {point} | {found.check.promise} | {found.looked_at:,} | {len(found.faults):,} | {word} |"
    yield ""
    hosts = len({line.host for line in evidence.log})
    yield (
        f"{evidence.days:g} simulated days: {len(evidence.sources)} sources on {hosts} hosts, {len(evidence.log):,}"
        f" requests, {len(evidence.starts)} starts, {len(evidence.killed_runs)} kills,"
        f" {len(evidence.clock_changes)} clock changes."
    )
