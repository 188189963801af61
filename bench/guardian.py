"""What the guardian notices and repairs of sixteen kinds of breakage, and its false alarms in two replayed years.

The first year is that of the shipped sources, on which the thresholds were set; the second, of sixty sources of the
page set with other rhythms and other changes, was made afterwards.

python bench/guardian.py [--names]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from crawlers.sources import load_sources, shipped_sources
from tests.crawlers.guardian_trial import replayed_year, table, trial
from tests.crawlers.second_year import second_years


def main() -> None:
    """The counts as one table; with --names also what was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", action="store_true", help="name what was missed, not repaired, or a false alarm")
    names = parser.parse_args().names
    tallies = trial()
    years = [replayed_year(source) for source in load_sources(shipped_sources()).sources]
    second = list(second_years())
    print(table(tallies, years))
    alarms, polls = sum(len(year.alarms) for year in second), sum(year.polls for year in second)
    print(f"second year: {len(second)} sources, {polls} changed pages, {alarms} false alarms")
    if names:
        for name, tally in tallies.items():
            print(f"{name}: missed {tally.missed}; not repaired {tally.unrepaired}; wrong {tally.wrongly}")
        for year in (*years, *second):
            print(f"{year.name}: {year.alarms}")


if __name__ == "__main__":
    main()
