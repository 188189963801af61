"""How well lists are read from pages never seen: every folder of the page set, read without options.

    python bench/pages.py [--verbose] [--pages FOLDER] [--f1 0.97] [--dates 0.99]

An item is right when its address and its title are. Fails when item F1 or date accuracy is below its threshold.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from crawlers.kinds import Listing, Page
from crawlers.kinds.list_page import Options, parse
from crawlers.sources import Source
from crawlers.urls import canonical_url
from db.errors import ParseError
from db.records import ParsedItem

PAGES = Path(__file__).parent.parent / "tests" / "pages"
ROUNDS = 5
F1 = 0.97
DATES = 0.99


@dataclass(frozen=True, slots=True)
class SavedPage:
    """One folder of the set: the bytes as saved, and what a person reads on the page."""

    name: str
    body: bytes
    expected: dict[str, Any]

    @property
    def language(self) -> str:
        return str(self.expected["language"])


@dataclass(frozen=True, slots=True)
class Score:
    """What was found on one page or on many; `+` adds the counts."""

    pages: int = 0
    expected: int = 0
    found: int = 0
    right: int = 0  # address and title
    addresses: int = 0
    dates: int = 0  # of the right items, those whose day and precision are as expected
    next_right: int = 0
    state_right: int = 0  # a list, an empty list or no list, as expected
    times: tuple[float, ...] = field(default=(), repr=False)  # ms, one for each page
    misses: tuple[str, ...] = field(default=(), repr=False)

    def __add__(self, other: Score) -> Score:
        return Score(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    @property
    def precision(self) -> float:
        return _share(self.right, self.found)

    @property
    def recall(self) -> float:
        return _share(self.right, self.expected)

    @property
    def f1(self) -> float:
        return _share(2 * self.right, self.found + self.expected)

    @property
    def address_f1(self) -> float:
        return _share(2 * self.addresses, self.found + self.expected)

    @property
    def date_accuracy(self) -> float:
        return _share(self.dates, self.right)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def saved_pages(folder: Path = PAGES) -> list[SavedPage]:
    """Every page of the set, by name."""
    return [
        SavedPage(path.parent.name, path.with_name("page.html").read_bytes(), json.loads(path.read_text("utf-8")))
        for path in sorted(folder.glob("*/expected.json"))
    ]


def read(page: SavedPage) -> Listing | None:
    """What the page lists when it is read as a new source; None when it is said to hold no list."""
    expected = page.expected
    options = {"date_order": expected["date_order"]} if "date_order" in expected else {}
    source = Source(
        id="page-set",
        name=page.name,
        institution=page.name,
        country=expected["country"],
        sub_region="any",
        language=expected["language"],
        kind="list_page",
        url=expected["url"],
        options=options,
    )
    try:
        fetched = Page(expected["url"], page.body)
        return parse(fetched, source, Options.checked(options), date.fromisoformat(expected["today"]))
    except ParseError:
        return None


def score(page: SavedPage, *, rounds: int = 1) -> Score:
    """How far the page was read as expected, and how long one reading took."""
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        listing = read(page)
        times.append((time.perf_counter() - begun) * 1000)
    return compare(page, listing, statistics.median(times))


def compare(page: SavedPage, listing: Listing | None, ms: float = 0.0) -> Score:
    """The counts of one page; every miss is one line."""
    wanted, items = page.expected["items"], listing.items if listing else ()
    pairs, extra = _paired(wanted, items)
    right = [(want, item) for want, item in pairs if folded(want["title"]) == folded(item.title)]
    dated = [(want, item) for want, item in right if _due(want) == _told(item)]
    met = [want for want, _ in pairs]
    misses = [f"+ {item.title[:60]} <{item.url}>" for item in extra]
    misses += [f"- {want['title'][:60]} <{want['url']}>" for want in wanted if want not in met]
    misses += [f"t {want['title']!r} read as {item.title!r}" for want, item in pairs if (want, item) not in right]
    misses += [
        f"d {want['title'][:40]}: {_due(want)} read as {_told(item)} from {item.published.text!r}"
        for want, item in right
        if (want, item) not in dated
    ]
    next_url, due_next = listing.next_url if listing else None, page.expected["next_url"]
    next_right = same_address(next_url) == same_address(due_next)
    misses += [] if next_right else [f"n {due_next} read as {next_url}"]
    state, due_state = _state(listing), _expected_state(page)
    misses += [] if state == due_state else [f"s {due_state} read as {state}"]
    counts = (1, len(wanted), len(items), len(right), len(pairs), len(dated), next_right, state == due_state)
    return Score(*counts, (ms,), tuple(f"{page.name}: {miss}" for miss in misses))


Wanted = dict[str, Any]  # an expected item, as expected.json has it


def _paired(
    wanted: Sequence[Wanted], items: Sequence[ParsedItem]
) -> tuple[list[tuple[Wanted, ParsedItem]], list[ParsedItem]]:
    """Expected and found items of the same address, each once; and the found ones that nobody expects."""
    places = {address: place for place, want in enumerate(wanted) for address in _addresses(want)}
    pairs: dict[int, ParsedItem] = {}
    extra = []
    for item in items:
        place = places.get(same_address(item.url))
        if place is None or place in pairs:
            extra.append(item)
        else:
            pairs[place] = item
    return [(wanted[place], item) for place, item in pairs.items()], extra


def _due(want: Wanted) -> tuple[str | None, str]:
    return want["published_on"], want["date_precision"]


def _told(item: ParsedItem) -> tuple[str | None, str]:
    return item.published.on, item.published.precision


def folded(title: str) -> str:
    """The title with all white space as one space, and each letter in one spelling."""
    return " ".join(unicodedata.normalize("NFC", title).split())


def _addresses(item: Wanted) -> list[str | None]:
    """The addresses by which one item may be told: some pages link to it in two ways."""
    return [same_address(url) for url in (item["url"], *item.get("also", ()))]


def same_address(url: str | None) -> str | None:
    """The address in one form: parameters in alphabetical order, those without a value left out."""
    if url is None:
        return None
    parts = urlsplit(canonical_url(url))
    return parts._replace(query=urlencode(sorted(parse_qsl(parts.query)))).geturl()


def _state(listing: Listing | None) -> str:
    return "no list" if listing is None else "list" if listing.items else "empty"


def _expected_state(page: SavedPage) -> str:
    return "no list" if page.expected["error"] else "empty" if page.expected["empty"] else "list"


COLUMNS: Sequence[tuple[str, Callable[[Score], str]]] = (
    ("pages", lambda s: str(s.pages)),
    ("items", lambda s: str(s.expected)),
    ("found", lambda s: str(s.found)),
    ("precision", lambda s: f"{s.precision:.3f}"),
    ("recall", lambda s: f"{s.recall:.3f}"),
    ("F1", lambda s: f"{s.f1:.3f}"),
    ("URL F1", lambda s: f"{s.address_f1:.3f}"),
    ("dates", lambda s: f"{s.date_accuracy:.3f}"),
    ("next", lambda s: f"{s.next_right}/{s.pages}"),
    ("state", lambda s: f"{s.state_right}/{s.pages}"),
    ("ms", lambda s: f"{statistics.median(s.times):.1f}"),
)


def table(scores: Iterable[tuple[str, Score]]) -> str:
    """One line for each language, and the total."""
    by_language: dict[str, Score] = {}
    for language, one in scores:
        by_language[language] = by_language.get(language, Score()) + one
    total = sum(by_language.values(), Score())
    lines = [f"{'':8}" + "".join(f"{name:>10}" for name, _ in COLUMNS)]
    for name, counted in [*sorted(by_language.items()), ("total", total)]:
        lines.append(f"{name:8}" + "".join(f"{show(counted):>10}" for _, show in COLUMNS))
    return "\n".join(lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Read the page set and compare with what a person reads.")
    parser.add_argument("--pages", type=Path, default=PAGES, help="the folder of the set")
    parser.add_argument("--f1", type=float, default=F1, help="lowest item F1")
    parser.add_argument("--dates", type=float, default=DATES, help="lowest date accuracy")
    parser.add_argument("--verbose", action="store_true", help="print every miss")
    return parser.parse_args()


def main() -> int:
    """The table, printed; 1 when a threshold is missed."""
    arguments = _arguments()
    scores = [(page.language, score(page, rounds=ROUNDS)) for page in saved_pages(arguments.pages)]
    total = sum((one for _, one in scores), Score())
    if arguments.verbose:
        print("+ not expected, - missed, t title, d date, n next page, s state")
        print(
            "\n".join(
                f"  {number:3} × {name}"
                for name, number in Counter(miss.partition(":")[0] for miss in total.misses).most_common()
            )
        )
        print("\n".join(total.misses))
    print(table(scores))
    return 1 if total.f1 < arguments.f1 or total.date_accuracy < arguments.dates else 0


if __name__ == "__main__":
    sys.exit(main())
