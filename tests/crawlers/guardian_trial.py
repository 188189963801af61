"""The guardian on trial: how many breakages it notices and repairs, and how often it cries for nothing."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib import import_module
from itertools import islice, pairwise
from pathlib import Path
from random import Random
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from crawlers.answers import Reading, Visit
from crawlers.enrich import ArticleVisit, read_article_page
from crawlers.fetch import Client, Fetched, Limits
from crawlers.guardian import Look, Memory, judge, memory_to_json, remember
from crawlers.health import health_of
from crawlers.kinds import Listing, Page
from crawlers.politeness import PoliteWeb
from crawlers.poll import read_first_page, read_older_page
from crawlers.remedies import Case, remedy
from crawlers.repair import overridden, override_of, read_so
from crawlers.sources import Politeness, Rung, Source, load_sources, shipped_sources
from crawlers.titles import folded
from db.errors import FetchError
from db.health import MAX_DAYS, Proposal, SourceFacts
from db.records import Article, ParsedItem, PollState, UnreadArticle
from replica.samples import Sample, samples
from replica.web import HOSTS, ReplicaWeb, UnknownHost
from tests.crawlers.broken_pages import Broken
from tests.crawlers.broken_sites import SITES, Site, Standing, frozen
from tests.crawlers.small_web import SimulatedTime

PAGES = Path(__file__).parent.parent / "pages"
TODAY = date(2021, 4, 2)
FROZEN = "frozen"
DAYS = 365


class Subject(Struct, frozen=True):
    """A source with its page as it is when all is well."""

    name: str
    source: Source
    rung: Rung
    page: Page
    today: date
    look: Look
    memory: Memory

    @property
    def standing(self) -> Standing:
        rows = tuple((item.title, item.url, item.on or "") for item in self.look.items)
        broken = Broken(self.page, rows)
        return Standing(broken, self.page.url, self.look.next_url, self.source.language, self.name)


@dataclass
class Tally:
    """What came of one kind of breakage over all subjects."""

    tried: int = 0
    harmless: int = 0  # read as before, or moved so that identity follows it: there is nothing to notice
    noticed: int = 0
    read_on: int = (
        0  # of the noticed: every story is read on at its new address, so only the way to older pages is lost
    )
    repairable: int = 0  # of the noticed: all the news can still be had on the site in some form
    repaired: int = 0
    wrong: int = 0  # proposals that do not bring all the news back
    missed: list[str] = field(default_factory=list)
    unrepaired: list[str] = field(default_factory=list)
    wrongly: list[str] = field(default_factory=list)


def subjects() -> Iterator[Subject]:
    """The shipped sources on their sample pages, then each list page of the page set that can be read."""
    for source in load_sources(shipped_sources()).sources:
        if subject := replica_subject(source, ReplicaWeb()):
            yield subject
    for folder in sorted(PAGES.glob("*/page.html")):
        if subject := page_subject(folder.parent):
            yield subject


def replica_subject(source: Source, web: ReplicaWeb, today: date = TODAY) -> Subject | None:
    """The source on the first rung that reads something there."""
    for rung in source.rungs:
        try:
            answer = web.answer("GET", rung.url)
        except UnknownHost:
            continue
        if answer.status == 200:
            page = Page(rung.url, answer.body, answer.headers["Content-Type"])
            if subject := subject_of(source.id, source, rung, page, today):
                return subject
    return None


def page_subject(folder: Path) -> Subject | None:
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    source = Source(
        id=re.sub("[^a-z0-9-]", "-", folder.name.lower())[:60],
        name=folder.name,
        institution="Library",
        country=expected["country"],
        sub_region="any",
        language=expected["language"],
        kind="list_page",
        url=expected["url"],
    )
    page = Page(expected["url"], (folder / "page.html").read_bytes(), "")
    return subject_of(folder.name, source, source.rungs[0], page, date.fromisoformat(expected["today"]))


def subject_of(name: str, source: Source, rung: Rung, page: Page, today: date) -> Subject | None:
    look = read_so(source, rung, page, today)
    if look is None or len(look.items) < 4:
        return None
    memory: Memory | None = None
    for _ in range(3):
        memory = remember(memory, look, rung.fingerprint)
    assert memory is not None
    return Subject(name, source, rung, page, today, look, memory)


def break_all(subject: Subject, tallies: Mapping[str, Tally], *, browser: bool) -> None:
    """Each breakage is tried on this subject and counted."""
    for name, breakage in SITES.items():
        _count(subject, breakage(subject.standing), tallies[name], browser=browser, paging=name == "paging changed")
    tally = tallies[FROZEN]
    tally.tried += 1
    if not _frozen_is_noticed(subject):
        tally.missed.append(subject.name)
        return
    tally.noticed += 1
    thawed = subject.today + timedelta(days=800)
    _mend(replace(subject, today=thawed), frozen(subject.standing, thawed), tally, browser=browser, stale=True)


def _count(subject: Subject, site: Site, tally: Tally, *, browser: bool, paging: bool) -> None:
    tally.tried += 1
    with _web(site, browser=browser) as web:
        look = _polled(subject, web)
    if look is not None and (_reads_the_same(look, subject.look) or _is_followed(look, subject)):
        tally.harmless += 1
    elif look is not None and judge(subject.memory, look) is None:
        tally.missed.append(f"{subject.name} ({site.variant})")
    elif look is not None and not paging and _is_read_on(look, subject):
        tally.noticed += 1
        tally.read_on += 1
    else:
        tally.noticed += 1
        _mend(subject, site, tally, browser=browser, paging=paging)


def _is_followed(look: Look, subject: Subject) -> bool:
    """Whether nothing is lost and nothing to be noticed: the stories are known by title and day."""
    paged = look.followed == subject.look.followed
    return _has_all_stories(look, subject) and paged and judge(subject.memory, look) is None


def _is_read_on(look: Look, subject: Subject) -> bool:
    """Whether the next poll goes on with every story, though the operator is told that older pages are lost."""
    doubt = judge(subject.memory, look)
    return doubt is not None and not doubt.grave and _has_all_stories(look, subject)


def _has_all_stories(look: Look, subject: Subject) -> bool:
    """Whether it is all there, each story with its day at an address of its own."""
    now, then = look.items, subject.look.items
    same = [(folded(item.title), item.on) for item in now] == [(folded(item.title), item.on) for item in then]
    return same and len({item.url for item in now}) == len(now) and all(item.on for item in now)


def _polled(subject: Subject, web: PoliteWeb) -> Look | None:
    """What the page is read as at the next poll; None: it cannot be had or read, which everybody notices."""
    try:
        answer = web.get(subject.page.url, Limits())
    except FetchError:
        return None
    assert isinstance(answer, Fetched)
    page = Page(answer.url, answer.body, answer.content_type)
    return read_so(subject.source, subject.rung, page, subject.today)


def _mend(
    subject: Subject, site: Site, tally: Tally, *, browser: bool, stale: bool = False, paging: bool = False
) -> None:
    """A repair is looked for, taken over and polled; it counts when nine of ten items come with their days."""
    tally.repairable += site.repairable
    state = PollState(
        subject.source.id,
        settled=subject.source.rungs.index(subject.rung),
        settled_url=subject.page.url,
        settled_for=subject.rung.fingerprint,
    )
    visit = Visit(subject.source, state, Politeness(), subject.today, memory=memory_to_json(subject.memory))
    with _web(site, browser=browser) as web:
        proposal = remedy(Case(visit, subject.memory, web, stale))
        rows = [(title, on) for title, _, on in subject.standing.newer(subject.today)] if stale else None
        right = proposal is not None and _restored(visit, subject, proposal, web, rows, paging=paging)
    name = f"{subject.name} ({site.variant})"
    tally.repaired += right and site.repairable
    if proposal is not None and not right:
        tally.wrong += 1
        tally.wrongly.append(name)
    if right and not site.repairable:
        tally.wrongly.append(f"{name}: repaired against expectation")
    if site.repairable and not right:
        tally.unrepaired.append(name)


def _restored(
    visit: Visit,
    subject: Subject,
    proposal: Proposal,
    web: PoliteWeb,
    rows: Sequence[tuple[str, str]] | None,
    *,
    paging: bool,
) -> bool:
    """Whether the next poll of the proposal reads the wanted rows, and finds older pages where only those were lost."""
    taken = override_of(subject.source, proposal, now=morning_of(subject.today), by="trial")
    source = overridden(subject.source, taken)
    fresh = replace(visit, source=source, state=PollState(source.id), memory=None)
    answer = read_first_page(fresh, web)
    if not isinstance(answer, Reading) or answer.rung != 0:
        return False
    now = {folded(item.title): _day_of(item, fresh, web) for item in answer.listing.items}
    wanted = rows or [(item.title, item.on or "") for item in subject.look.items]
    found = sum(_found(folded(title), on or None, now) for title, on in wanted)
    if paging and not isinstance(read_older_page(fresh, web, 0, answer.listing.next_url or ""), Listing):
        return False
    return found >= 0.9 * len(wanted) and len(now) <= 1.3 * max(len(wanted), len(subject.look.items))


def _day_of(item: ParsedItem, visit: Visit, web: PoliteWeb) -> str | None:
    """The day of an item as it stands after the poll: the list's, else that of its article page."""
    if item.published.on is not None:
        return item.published.on
    options = visit.source.parsed_options()
    article = UnreadArticle(0, visit.source.id, item.url, 0)
    read = read_article_page(ArticleVisit(visit.source, options, article, Limits(), visit.today), web)
    return read.published.on if isinstance(read, Article) else None


class _NoBrowser(PoliteWeb):
    """The web of a machine on which no browser is installed."""

    def rendered(self, url: str, limits: Limits) -> Fetched:
        raise FetchError("no browser here", url=url)


@contextmanager
def _web(site: Site, *, browser: bool) -> Iterator[PoliteWeb]:
    with Client(site.transport, "convenor/0", Limits()) as client:
        kind = PoliteWeb if browser else _NoBrowser
        yield kind(client, SimulatedTime().clock, pause_seconds=0)


def _reads_the_same(look: Look, then: Look) -> bool:
    same = [(item.url, folded(item.title), item.on) for item in look.items]
    return same == [(item.url, folded(item.title), item.on) for item in then.items] and look.followed == then.followed


def _found(title: str, on: str | None, now: Mapping[str, str | None]) -> bool:
    return any(title == other or (title in other and len(title) > 6) for other, day in now.items() if on in (None, day))


def _frozen_is_noticed(subject: Subject) -> bool:
    """Whether a source that has said the same for four times its longest pause, or half a year, is called late."""
    days = sorted({item.on for item in subject.look.items if item.on})
    facts = facts_of(subject, days[::-1])
    gaps = [(date.fromisoformat(b) - date.fromisoformat(a)).days for a, b in pairwise(days)]
    silence = timedelta(days=max(4 * max(gaps, default=0), 180 if len(gaps) >= 4 else 401))
    newest = date.fromisoformat(days[-1]) if days else subject.today - timedelta(days=401)
    return (
        health_of(facts if days else replace(facts, days=(newest.isoformat(),)), morning_of(newest + silence)).word
        == "late"
    )


def facts_of(subject: Subject, days: Sequence[str]) -> SourceFacts:
    return SourceFacts(
        subject.source.row(), morning_of(subject.today), "unchanged", 200, items=len(days), days=tuple(days)
    )


def morning_of(day: date) -> datetime:
    """When the sources are polled on this day."""
    return datetime(day.year, day.month, day.day, 8, tzinfo=UTC)


def trial(every: int = 1, *, browser: bool = True) -> dict[str, Tally]:
    """The tallies of every breakage over all subjects, or `every` so many of them."""
    tallies = {name: Tally() for name in (*SITES, FROZEN)}
    for subject in islice(subjects(), 0, None, every):
        break_all(subject, tallies, browser=browser)
    return tallies


@dataclass
class Year:
    """A year of one source in which nothing broke."""

    name: str
    polls: int = 0
    alarms: list[str] = field(default_factory=list)


def replayed_year(source: Source, every: int = 1) -> Year:
    """A year of polls, `every` so many days, with ordinary changes only; an alarm that lasts counts once."""
    news, year, memory = History(source.id), Year(source.id), None
    rung: Rung | None = None
    alarmed, late, last = False, False, b""
    for day in range(0, DAYS, every):
        today = date(2021, 1, 4) + timedelta(days=day)
        with news.shown_on(day):
            subject = replica_subject(source, ReplicaWeb(), today)
            page = subject.page if subject else _page_of(source, rung)
        rung = rung or (subject.rung if subject else None)
        word = health_of(news.facts(source, day), morning_of(today)).word
        year.alarms += [f"day {day}: {word}"] if word not in ("ok", "quiet") and not late else []
        late = word not in ("ok", "quiet")
        if rung is None or page is None:
            continue
        page = ordinary(page, day)
        if page.body == last:
            continue
        last = page.body
        year.polls += 1
        look = read_so(source, rung, page, today)
        doubt = "cannot be read" if look is None else (judge(memory, look) if memory and memory.of else None)
        if doubt is None and look is not None:
            memory = remember(memory, look, rung.fingerprint)
        elif not alarmed:
            year.alarms.append(f"day {day}: {doubt}")
        alarmed = doubt is not None
    return year


def _page_of(source: Source, rung: Rung | None) -> Page | None:
    if rung is None:
        return None
    answer = ReplicaWeb().answer("GET", rung.url)
    return Page(rung.url, answer.body, answer.headers.get("Content-Type", ""))


def ordinary(page: Page, day: int) -> Page:
    """The page with what pages go through in a year: a banner, new pictures, an entry without its day."""
    body = page.body
    if 50 <= day < 70:
        banner = b'<div class="popup"><a href="/event/2021/"><img src="/banner.jpg" alt="Reading week"></a></div>'
        body = re.sub(rb"(<body[^>]*>)", lambda m: m[1] + banner, body)
    if day >= 75:
        body = re.sub(rb"\.(jpg|png)(?=\")", rb".\1?v=2", body)
    if 90 <= day < 95:
        body = re.sub(
            rb"<(span|td|time|div|p)( class=\"(?:date|time)[^>]*)>[^<]*20\d\d[^<]*<", rb"<\1\2><", body, count=1
        )
    return replace(page, body=body)


class History:
    """What a source publishes in a year, shown by its own sample site."""

    def __init__(self, source_id: str) -> None:
        self.source_id = source_id
        self._random = Random(source_id)
        self._start = date(2021, 1, 4)
        self._rows = samples(source_id)
        self._kept = self._made()

    def _made(self) -> list[tuple[int, Sample]]:
        """Each item with the day of the year on which it appears, oldest first."""
        made, number = [], 0
        for day in range(-120, DAYS):
            for _ in range(self._how_many(day)):
                number += 1
                made.append((day, self._sample(number, self._start + timedelta(days=day))))
        return made

    def _how_many(self, day: int) -> int:
        if day in (60, 205):
            return 12  # a burst: everything on the page is new
        if 120 <= day < 155 or 330 <= day < 344:
            return 0  # summer, holidays
        return self._random.choice((0, 0, 1, 0, 2, 0))

    def _sample(self, number: int, on: date) -> Sample:
        pattern = [row for row in self._rows if row.page in ("", "home")][number % 20]
        address = re.sub(r"20\d{6}(?=_)", f"{on:%Y%m%d}", pattern.address)
        runs = list(re.finditer(r"(?<=\bid=)\d+", address)) or list(re.finditer(r"\d+", address))
        if runs:
            fresh = str(10 ** (len(runs[-1][0]) - 1) + number)
            address = address[: runs[-1].start()] + fresh + address[runs[-1].end() :]
        elif address:
            address = f"{address.rstrip('/')}-{number}/"
        return replace(pattern, address=address, on=on.isoformat(), title=f"{pattern.title} №{number}")

    def facts(self, source: Source, day: int) -> SourceFacts:
        """What the polls have told of the source until this day."""
        days = sorted({sample.on for at, sample in self._kept if at <= day}, reverse=True)[:MAX_DAYS]
        return SourceFacts(
            source.row(), morning_of(self._start + timedelta(days=day)), "new", 200, items=9, days=tuple(days)
        )

    def window(self, day: int) -> tuple[Sample, ...]:
        """What the site shows on this day, newest first."""
        begun = 250 if day >= 250 else -1000  # then the list of a new year begins
        rows = [sample for at, sample in self._kept if begun <= at <= day]
        rows = rows or [self._sample(900, self._start + timedelta(days=day))]
        if 110 <= day < 115:
            rows[-2:] = [replace(row, title=f"{row.title} (updated)") for row in rows[-2:]]
        if 80 <= day < 100:
            rows.append(rows[-25])  # pinned
        return tuple(reversed(rows[-40:]))

    @contextmanager
    def shown_on(self, day: int) -> Iterator[None]:
        """The sample sites show this day's items; from the half of the year on, two more on each page."""
        shown, more = self.window(day), 2 if day >= 180 else 0
        asked = samples

        def of(source_id: str) -> tuple[Sample, ...]:
            return shown if source_id == self.source_id else asked(source_id)

        names: dict[str, Any] = {
            "samples": of,
            "page_of": lambda i, number, size: of(i)[(number - 1) * size : number * size] if number > 0 else (),
            "page_count": lambda i, size: -(-len(of(i)) // size),
        }
        with _patched(names, more):
            yield


@contextmanager
def _patched(names: Mapping[str, Any], more: int) -> Iterator[None]:
    changed = []
    for module in _modules():
        wanted = {**names, **{key: getattr(module, key, 0) + more for key in ("_SIZE", "FEED_SIZE", "_NEWEST")}}
        for name, value in wanted.items():
            if hasattr(module, name):
                changed.append((module, name, getattr(module, name)))
                setattr(module, name, value)
    try:
        yield
    finally:
        for module, name, value in changed:
            setattr(module, name, value)


@cache
def _modules() -> tuple[Any, ...]:
    names = {*HOSTS.values(), "wordpress"}
    return tuple(import_module(f"replica.sites.{name}") for name in sorted(names))


def table(tallies: Mapping[str, Tally], years: Sequence[Year]) -> str:
    """All counts as one table."""
    lines = [f"{'breakage':<32} tried harmless noticed  missed read on repairable repaired wrong"]
    for name, tally in tallies.items():
        row = f"{name:<32} {tally.tried:>5} {tally.harmless:>8} {tally.noticed:>7} {len(tally.missed):>7}"
        lines.append(f"{row} {tally.read_on:>7} {tally.repairable:>10} {tally.repaired:>8} {tally.wrong:>5}")
    told = f"noticed {noticed_share(tallies):.1%}; repaired {repaired_share(tallies):.1%} of the repairable"
    lines.append(f"{told}, {repaired_of_all(tallies):.1%} of all that was noticed")
    lines.append("")
    lines += [
        f"{year.name:<32} {year.polls:>5} changed pages in a year, {len(year.alarms)} false alarms" for year in years
    ]
    return "\n".join(lines)


def noticed_share(tallies: Mapping[str, Tally]) -> float:
    counted: Counter[str] = Counter()
    for tally in tallies.values():
        counted["noticed"] += tally.noticed
        counted["harmful"] += tally.tried - tally.harmless
    return counted["noticed"] / counted["harmful"]


def repaired_share(tallies: Mapping[str, Tally]) -> float:
    repairable = sum(tally.repairable for tally in tallies.values())
    return sum(tally.repaired for tally in tallies.values()) / repairable


def repaired_of_all(tallies: Mapping[str, Tally]) -> float:
    """The share of all that was noticed, also of what no client can repair."""
    return sum(tally.repaired for tally in tallies.values()) / sum(tally.noticed for tally in tallies.values())
