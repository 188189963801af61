"""How politely the web is asked: forty simulated days over a loopback server's log, judged promise by promise.

python bench/politeness.py [--days 40]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.politeness.score import scored, table
from tests.politeness.world import DAYS, World


def main() -> None:
    """The score as one table, and every fault by name; exit code 1 when a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=float, default=DAYS, help="the promises of a month need 40")
    days = parser.parse_args().days
    with tempfile.TemporaryDirectory() as folder:
        evidence = World(Path(folder)).live(days)
    verdicts = scored(evidence)
    for line in table(evidence, verdicts):
        print(line)
    for found in verdicts:
        for fault in found.faults:
            print(f"{found.check.name}: {fault}")
    sys.exit(not all(found.kept for found in verdicts))


if __name__ == "__main__":
    main()
