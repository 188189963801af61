"""What a pass over N sources costs: half feeds, half list pages, on a loopback farm without pauses.

python bench/passes.py [--sources 100,500] [--rounds 3] [--kind both] [--items 0]

Whole processes, medians; the ratios are taken inside a round, of the seconds on the clock and of those of a processor,
children included: on a machine that others use too only the second ones say much. The peak is that of the largest
process. A pass compares 2,000 stories and suggests 500 items tags at most; what the first one put off is done, untimed,
before the second. The bare fetch asks for the same addresses with the same client and throws the bytes away (lists are
parsed once by lxml). `reader` is the library of that name on the feeds alone, where it is installed, beside
`convenor crawl` on the same feeds. With --items so many other items already stand in the database.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FARM = ROOT / "bench" / "farm"
PASSES = ("first", "unchanged", "10 % changed")
COUNTRIES = {"zh": "CN", "ko": "KR", "ja": "JP", "en": "AU"}
LANGUAGES = ("zh", "zh", "ko", "ja", "en")  # as the farm has them


@dataclass(frozen=True, slots=True)
class Run:
    """One process with its children: how long it took, what of it they worked, and the most memory that one held."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


def run(*command: str) -> Run:
    """The command, run once to its end; SystemExit with what it said when it fails."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen([sys.executable, *command], cwd=ROOT, stdout=said, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            sys.exit(f"{' '.join(command)} failed: {said.read()[-2000:].decode(errors='replace')}")
    return Run(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


@contextmanager
def farm(sources: int) -> Iterator[int]:
    """The port at which so many sources answer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, str(FARM / "server.py"), str(sources), str(port)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        if process.stdout.readline().strip() != "ready":
            sys.exit("the farm did not start")
        yield port
    finally:
        process.communicate()


def address(number: int, port: int) -> str:
    """Where a source of the farm is."""
    return f"http://127.0.1.{number % 50 + 1}:{port}/{number}/{'list' if number % 2 else 'feed'}"


def block(number: int, port: int) -> dict[str, object]:
    """The source as sources.yaml has it."""
    language = LANGUAGES[number // 2 % len(LANGUAGES)]
    kind = "list_page" if number % 2 else "feed"
    names = {"id": f"s{number}", "name": f"Source {number}", "institution": f"Library {number}"}
    place = {"country": COUNTRIES[language], "sub_region": "farm", "language": language}
    return {**names, **place, "kind": kind, "url": address(number, port)}


class Place:
    """A folder with what one system knows, as it was before the pass that is measured."""

    def __init__(self, folder: Path, numbers: Sequence[int], port: int) -> None:
        self.folder = folder
        folder.mkdir()
        regions = {"farm": {"name": "Farm", "countries": {code: code for code in sorted(set(COUNTRIES.values()))}}}
        blocks = [block(number, port) for number in numbers]
        written = {"politeness": {"pause_seconds": 0}, "sub_regions": regions, "sources": blocks}
        (folder / "sources.yaml").write_text(json.dumps(written, indent=1))
        (folder / "addresses").write_text("\n".join(address(number, port) for number in numbers))

    def crawl(self) -> Run:
        files = ("--sources", str(self.folder / "sources.yaml"), "--db", str(self.folder / "convenor.db"))
        return run("-m", "convenor", "crawl", "--all", "--allow-private", *files)

    def settle(self) -> None:
        run(str(FARM / "settle.py"), str(self.folder / "convenor.db"))

    def bare(self) -> Run:
        return run(str(FARM / "bare.py"), str(self.folder / "addresses"), str(self.folder / "validators"))

    def reader(self) -> Run:
        return run(
            str(FARM / "reader_update.py"), "update", str(self.folder / "reader.db"), str(self.folder / "addresses")
        )

    def prepare_reader(self) -> None:
        run(str(FARM / "reader_update.py"), "add", str(self.folder / "reader.db"), str(self.folder / "addresses"))


@dataclass(frozen=True, slots=True)
class Round:
    """One pass, measured once in every way."""

    ours: Run
    bare: Run
    feeds: Run | None = None  # ours on the feeds alone
    reader: Run | None = None


def one_round(numbers: range, folder: Path, *, with_reader: bool, items: int) -> Iterator[tuple[str, Round]]:
    """The three passes, one after the other, each system with a memory of its own."""
    with farm(numbers[-1] + 1) as port:
        everything = Place(folder / "all", numbers, port)
        feeds = Place(folder / "feeds", [n for n in numbers if n % 2 == 0], port) if with_reader else None
        if items:
            fill(everything.folder / "convenor.db", items)
        if feeds is not None:
            feeds.prepare_reader()
        for which in PASSES:
            if which == "10 % changed":
                urllib.request.urlopen(f"http://127.0.0.1:{port}/tick", data=b"").close()
            ours, bare = everything.crawl(), everything.bare()
            yield which, Round(ours, bare, feeds.crawl() if feeds else None, feeds.reader() if feeds else None)
            for place in (everything, feeds):
                if place is not None and which == "first":
                    place.settle()


def fill(database: Path, items: int) -> None:
    """So many items of other sources stand in the database, found and marked as a crawl finds and marks them."""
    run(str(FARM / "fill.py"), str(database), str(items))


def table(sources: int, rounds: Sequence[dict[str, Round]]) -> Iterator[str]:
    """The lines of the table for so many sources."""
    for which in PASSES:
        runs = [found[which] for found in rounds]
        seconds, cpu = median([of.ours.seconds for of in runs]), median([of.ours.cpu_seconds for of in runs])
        ratio = median([of.ours.seconds / of.bare.seconds for of in runs])
        cpu_ratio = median([of.ours.cpu_seconds / of.bare.cpu_seconds for of in runs])
        line = f"| {sources:,} | {which} | {seconds:.2f} | {cpu:.2f} | {1000 * cpu / sources:.1f} |"
        line += f" {ratio:.1f} | {cpu_ratio:.1f} |"
        both = [(of.feeds, of.reader) for of in runs if of.feeds and of.reader]
        if both:
            faster = median([theirs.seconds / own.seconds for own, theirs in both])
            cheaper = median([theirs.cpu_seconds / own.cpu_seconds for own, theirs in both])
            line += f" {faster:.1f} | {cheaper:.1f} |"
        else:
            line += " | |"
        yield f"{line} {median([of.ours.peak_mb for of in runs]):.0f} |"


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def main() -> None:
    """The table is printed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", default="100,500", help="how many; 2000 takes some minutes")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kind", choices=("both", "feed", "list"), default="both")
    parser.add_argument("--items", type=int, default=0, help="items that the database holds before")
    options = parser.parse_args()
    with_reader = options.kind != "list" and all(map(find_spec, ("reader", "sgmllib")))
    if not with_reader and options.kind != "list":
        print("reader is not installed here, so there is nothing to compare with: pip install reader sgmllib3k\n")
    print(
        "| sources | pass | s | CPU s | CPU ms each | × bare | × bare, CPU | reader ÷ ours | reader ÷ ours, CPU |"
        " peak MB |"
    )
    print("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for sources in map(int, options.sources.split(",")):
        rounds = []
        for _ in range(options.rounds):
            folder = Path(tempfile.mkdtemp(prefix="passes-"))
            try:
                numbers = range(sources) if options.kind == "both" else range(options.kind == "list", 2 * sources, 2)
                rounds.append(dict(one_round(numbers, folder, with_reader=with_reader, items=options.items)))
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        for line in table(sources, rounds):
            print(line, flush=True)


if __name__ == "__main__":
    main()
