"""What it costs to ask and to read, apart from saving: milliseconds of the processor for each source of the farm.

python bench/reading.py [--sources 100] [--rounds 5]

Feeds and list pages of 30 items, in five character sets, are read whole: from the bytes to the items and what the
guardian looks at, no page twice; beside it what lxml alone takes to parse the same bytes. An unchanged source is asked
as a poll asks it, robots.txt and politeness included; beside it the same request by the same client alone. The best
round counts: what others do on the machine only adds to it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from lxml import etree
from lxml.html import document_fromstring

from bench.farm.server import TONGUES, _page
from bench.passes import COUNTRIES, address, farm
from crawlers.answers import Visit
from crawlers.clock import system_clock
from crawlers.comeback import next_state
from crawlers.fetch import Client, Limits
from crawlers.guard import guarded_transport
from crawlers.kinds import Page
from crawlers.listings import PageToRead
from crawlers.politeness import PoliteWeb
from crawlers.poll import read_or_search
from crawlers.sources import Politeness, Source
from db.records import PollState

PORT = 8750
TODAY = date(2026, 11, 28)
KINDS = ("feed", "list_page")


def source(number: int, port: int = PORT) -> Source:
    """The source of the farm that has this number: feeds are even, list pages odd."""
    language = TONGUES[number // 2 % len(TONGUES)][0]
    return Source(
        id=f"s{number}",
        name=f"Source {number}",
        institution=f"Library {number}",
        country=COUNTRIES[language],
        sub_region="farm",
        language=language,
        kind=KINDS[number % 2],
        url=address(number, port),
        options={"articles": "none"},
    )


def page(number: int) -> Page:
    """What that source sends."""
    head, body = _page(number, 0, PORT)
    fields = dict(line.split(": ", 1) for line in head.decode().splitlines())
    return Page(address(number, PORT), body, fields["Content-Type"])


def best_ms(rounds: Sequence[Sequence[Callable[[], object]]]) -> float:
    """The processor's milliseconds for each work, in the best of the rounds."""
    found = []
    for works in rounds:
        began = time.process_time()
        for work in works:
            work()
        found.append((time.process_time() - began) / len(works) * 1000)
    return min(found)


def reading(kind: str, sources: int, rounds: int) -> tuple[float, float]:
    """What reading a page of this kind takes, and lxml alone."""
    numbers = range(KINDS.index(kind), 2 * sources * rounds, 2)
    pages, of = [page(number) for number in numbers], [source(number) for number in numbers]
    pairs = zip(pages, of, strict=True)
    whole = [PageToRead(found, one, 0, TODAY).read for found, one in pairs]
    parse = etree.fromstring if kind == "feed" else document_fromstring
    alone = [partial(parse, found.body) for found in pages]
    parts = [slice(start, start + sources) for start in range(0, len(pages), sources)]
    return best_ms([whole[part] for part in parts]), best_ms([alone[part] for part in parts])


def asking(sources: int, rounds: int) -> tuple[float, float]:
    """What it takes to ask an unchanged source as a poll does, and by the client alone."""
    clock = system_clock()
    with farm(2 * sources) as port, Client(guarded_transport(True), "bench/1 (+http://127.0.0.1)", Limits()) as client:
        web = PoliteWeb(client, clock, pause_seconds=0)
        visits = list(_settled((source(number, port) for number in range(0, 2 * sources, 2)), web))
        asked = [partial(read_or_search, visit, web) for visit in visits]
        bare = [partial(client.fetch, visit.source.url, visit.state.validators) for visit in visits]
        return best_ms([asked] * rounds), best_ms([bare] * rounds)


def _settled(sources: Iterator[Source], web: PoliteWeb) -> Iterator[Visit]:
    """The sources as they are to be polled again: each was polled once."""
    for one in sources:
        visit = Visit(one, PollState(one.id), Politeness(), TODAY)
        state = next_state(visit, read_or_search(visit, web), None)
        yield Visit(one, state, Politeness(), TODAY)


def main() -> None:
    """The table is printed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=int, default=100, help="of each kind")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print("| | ms | bare ms | ratio |\n| --- | ---: | ---: | ---: |")
    for name, (ours, bare) in {
        "a feed of 30 items, read; lxml alone": reading("feed", options.sources, options.rounds),
        "a list of 30 items, read; lxml alone": reading("list_page", options.sources, options.rounds),
        "an unchanged source, asked; the client alone": asking(options.sources, options.rounds),
    }.items():
        print(f"| {name} | {ours:.2f} | {bare:.2f} | {ours / bare:.1f} |")


if __name__ == "__main__":
    main()
