"""What a crawl of the embedded sample web costs, as whole processes: first pass, second pass, and `convenor --help`.

python bench/crawl.py [--rounds 3]
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Run:
    """One process: how long it took, and the most memory it held."""

    seconds: float
    peak_mb: float


def run(*words: str) -> Run:
    """The command, run once to its end."""
    program = (
        "import resource, sys, runpy\n"
        "sys.argv = ['convenor', *sys.argv[1:]]\n"
        "try:\n    runpy.run_module('convenor', run_name='__main__')\n"
        "finally:\n    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)\n"
    )
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", program, *words], cwd=ROOT, capture_output=True, text=True, check=True)
    return Run(time.perf_counter() - began, int(done.stderr.split()[-1]) / 1024)


def rounds(count: int) -> dict[str, list[Run]]:
    """Each kind of run, `count` times; a first pass always starts without a database."""
    runs: dict[str, list[Run]] = {}
    for _ in range(count):
        with tempfile.TemporaryDirectory() as folder:
            database = str(Path(folder) / "convenor.db")
            runs.setdefault("bare interpreter", []).append(bare())
            runs.setdefault("convenor --help", []).append(run("--help"))
            runs.setdefault("demo crawl, first pass", []).append(run("demo", "--once", "--db", database))
            runs.setdefault("demo crawl, second pass", []).append(run("demo", "--once", "--db", database))
    return runs


def bare() -> Run:
    """Starting Python and doing nothing, to compare with."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return Run(time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    runs = rounds(parser.parse_args().rounds)
    base = statistics.median(run.seconds for run in runs["bare interpreter"])
    print(f"| {'whole process':26} | {'seconds':>7} | {'× bare':>7} | {'peak MB':>7} |")
    print(f"| {'-' * 26} | {'-' * 6}: | {'-' * 6}: | {'-' * 6}: |")
    for name, several in runs.items():
        seconds = statistics.median(run.seconds for run in several)
        peak = max(run.peak_mb for run in several)
        print(f"| {name:26} | {seconds:7.2f} | {seconds / base:7.1f} | {peak:7.0f} |")


if __name__ == "__main__":
    main()
