"""Where else the news of a source may be read when its own page no longer gives them.

Tried are, in this order: the source's other ways, what its page announces (feeds, REST interfaces, data of scripts),
the links that speak of news, the same on the home page of its site, the page with its scripts run, the usual places of
feeds. Each way is read as a poll would read it, and proposed only when it agrees with what is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from itertools import islice
from urllib.parse import urljoin

from msgspec import Struct
from msgspec.structs import replace

from crawlers.answers import Answer, Failure, Reading, Visit
from crawlers.challenge import ChallengeError
from crawlers.enrich import ArticleVisit, read_article_page
from crawlers.fetch import Fetched, limits_for
from crawlers.guardian import Look, Memory, familiar, url_shape
from crawlers.kinds import Page, feed, wordpress
from crawlers.politeness import PoliteWeb
from crawlers.poll import memory_for, read_first_page, read_older_page
from crawlers.repair import BETTER, Patient, agreement, declared, floor_of, proposal_of, propose, read_so
from crawlers.robots import RobotsError
from crawlers.sources import CommonOptions, Rung
from crawlers.urls import host_of
from crawlers.ways import settled_rung
from db.errors import FetchError, ParseError
from db.health import Proposal
from db.records import Article, Glimpse, ParsedItem, PollState, UnreadArticle

MOST_WAYS = 24  # are tried for one source when somebody asks for it
_FIRST_WAYS = 10  # by a poll that finds the page broken
_ARTICLES = 3  # pages that are asked for their day
_CERTAIN = 0.9  # share of known items from which no better way is looked for
_REFUSALS = frozenset({401, 403, 429, 451})
_SCRIPT = re.compile(rb"<script", re.IGNORECASE)


class Case(Struct, frozen=True):
    """A source that is to be repaired: how it was read, what its good pages looked like, and the web to ask."""

    visit: Visit
    memory: Memory
    web: PoliteWeb
    stale: bool = False  # its page reads well but has said nothing new for too long
    guessing: bool = True  # usual places are asked for that nobody named; a poll does so never by itself

    @property
    def way(self) -> Rung:
        """How the source is read now."""
        return self.visit.source.rungs[settled_rung(self.visit.source, self.visit.state) or 0]

    @property
    def address(self) -> str:
        """What is asked for now."""
        return self.visit.state.settled_url or self.way.url


def with_remedy(visit: Visit, web: PoliteWeb, answer: Reading | Failure) -> Answer:
    """The answer of a source whose list emptied, or whose page is not what it was or gone, with another way to read it.

    None is looked for where nothing is known of what its good pages looked like.
    """
    memory = _memory_of(visit)
    if memory is None:
        return answer
    case = Case(visit, memory, web, guessing=False)
    if isinstance(answer, Reading):
        return replace(answer, proposal=elsewhere(case, answer.page, most=_FIRST_WAYS))
    page = None if answer.doubt is None else answer.page  # what a server shows for a page that is gone leads nowhere
    found = _with_article_days(case, page) if page else None
    return replace(answer, proposal=found or elsewhere(case, page, most=_FIRST_WAYS))


def _memory_of(visit: Visit) -> Memory | None:
    """What good pages looked like that were read as the source is read now."""
    rung = settled_rung(visit.source, visit.state)
    return None if rung is None else memory_for(visit, rung)


def remedy(case: Case) -> Proposal | None:
    """The best way found to read the source again: from its page as it is now, else from another place; None: none."""
    try:
        page = _ask(case, case.address, case.way.parsed_options())
    except FetchError as error:
        refused = isinstance(error, ChallengeError | RobotsError) or error.status in _REFUSALS or error.status is None
        return elsewhere(case, None, spare=host_of(case.address) if refused else "")
    return (None if case.stale else _on_page(case, page)) or elsewhere(case, page)


def _on_page(case: Case, page: Page) -> Proposal | None:
    patient = Patient(case.visit.source, case.way, case.memory, case.visit.today)
    found = case.web.parse(partial(propose, patient, page))
    return found or _turning_pages(case, page) or _with_article_days(case, page)


def elsewhere(case: Case, page: Page | None, *, spare: str = "", most: int = MOST_WAYS) -> Proposal | None:
    """What the best of the other ways reads; the host `spare` refuses us or is silent, and is not asked again."""
    best: tuple[float, Rung, Look] | None = None
    floor = _present(case, page)
    for rung in islice(_ways(case, page, spare), most):
        if host_of(rung.url) == spare:
            continue
        read = _read(case, rung, page)
        if read is None or (agreed := _agreed(case, read[1])) is None:
            continue
        if agreed > floor and (best is None or agreed > best[0]):
            best = agreed, *read
        if best is not None and (case.stale or _is_certain(case.memory, best[2])):
            break
    return None if best is None else proposal_of(case.memory, best[1], best[2])


def _present(case: Case, page: Page | None) -> float:
    """How well the page agrees as it is read now; a repair must read more than that."""
    look = None if page is None else read_so(case.visit.source, case.way, page, case.visit.today)
    if look is None:
        return 0.0
    return BETTER if case.stale else floor_of(case.memory, look)


def _is_certain(memory: Memory, look: Look) -> bool:
    full = len(look.items) >= _CERTAIN * (memory.counts[-1] if memory.counts else 0)
    return full and familiar(memory, look.items) >= _CERTAIN


def _agreed(case: Case, look: Look) -> float | None:
    return _newer(case.memory, look) if case.stale else agreement(case.memory, look)


def _newer(memory: Memory, look: Look) -> float | None:
    """How much news a reading has that came after all that is known; None when it has none or too few days."""
    newest = max((item.on for item in memory.items if item.on), default="")
    days = [item.on for item in look.items if item.on]
    if len(days) < max(len(look.items) / 2, 2) or max(days) <= newest:
        return None
    return sum(day > newest for day in days) / len(look.items) + familiar(memory, look.items)


def _read(case: Case, rung: Rung, page: Page | None) -> tuple[Rung, Look] | None:
    """The way as it would stand in the block, and what it reads; a page that is here is not asked for again."""
    source = case.visit.source
    if page is not None and rung.url == page.url and not rung.options:
        look = read_so(source, rung, page, case.visit.today)
        return (rung, look) if look is not None and look.items else None
    alone = source.changed(kind=rung.kind, url=rung.url, options=rung.options, alternatives=())
    answer = read_first_page(replace(case.visit, source=alone, state=PollState(alone.id), memory=None), case.web)
    if not isinstance(answer, Reading) or not answer.listing.items:
        return None
    options = {key: value for key, value in rung.options.items() if key != "autodiscover"}
    return Rung(kind=rung.kind, url=answer.asked_url, options=options), answer.look


def _ways(case: Case, page: Page | None, spare: str) -> Iterator[Rung]:
    """Each other way once; what a page names is asked for only when it is reached."""
    tried: set[str] = set()
    for rung in _all_ways(case, page, spare):
        if (name := rung.fingerprint) not in tried:
            tried.add(name)
            yield rung


def _all_ways(case: Case, page: Page | None, spare: str) -> Iterator[Rung]:
    source = case.visit.source
    yield from (rung for rung in source.rungs if rung.fingerprint != case.memory.of)
    if page is not None:
        yield from _named_by(page)
        if case.way.kind != "list_page":
            yield Rung(kind="list_page", url=page.url)
    home = urljoin(case.address, "/")
    if host_of(home) != spare and home not in (case.address, page.url if page else ""):
        yield from _at_home(case, home)
    if page is not None and _SCRIPT.search(page.body) and not case.way.parsed_options().browser:
        yield Rung(kind="list_page", url=page.url, options={"browser": True})
    if case.guessing:
        yield from (Rung(kind="feed", url=url) for url in feed.well_known_feeds(case.address))


def _at_home(case: Case, home: str) -> Iterator[Rung]:
    try:
        page = _ask(case, home, CommonOptions())
    except FetchError:
        return
    yield from _named_by(page)


def _named_by(page: Page) -> Iterator[Rung]:
    """What a page announces, what its scripts ask for, and where its links speak of news."""
    from crawlers.pages.data_links import data_links
    from crawlers.pages.news_links import news_links

    yield from (Rung(kind="feed", url=url) for url in feed.discovered_feeds(page))
    yield from (Rung(kind="wordpress", url=url) for url in wordpress.discovered_feeds(page))
    try:
        told = (*data_links(page), *news_links(page))
    except ParseError:
        return
    yield from (Rung(kind="list_page", url=url) for url in told)


def _turning_pages(case: Case, page: Page) -> Proposal | None:
    """The same list with the address of its older pages, where only that is lost and a usual form of it still works."""
    from crawlers.pages.page_numbers import numbered_addresses

    way, memory = case.way, case.memory
    look = read_so(case.visit.source, way, page, case.visit.today)
    if way.kind != "list_page" or look is None or look.followed or not any(memory.followed):
        return None
    if agreement(memory, look) is None:
        return None
    for form in numbered_addresses(page.url, memory.next_url):
        older = read_older_page(case.visit, case.web, case.visit.source.rungs.index(way), form.second)
        if hasattr(older, "items") and _is_older(look, older.items):
            kept = {key: value for key, value in way.options.items() if key != "next"}
            options = {**kept, "next_template": form.template, "first_page": form.first_page}
            rung = Rung(kind="list_page", url=way.url, options=options)
            return proposal_of(memory, rung, look, also=f"; older ones are at {form.second}")
    return None


def _is_older(look: Look, items: tuple[ParsedItem, ...]) -> bool:
    """Whether these are items that follow those of the first page, and not that page once more."""
    known, shapes = {item.url for item in look.items}, {url_shape(item.url) for item in look.items}
    new = [item for item in items if item.canonical_url not in known]
    fitting = sum(url_shape(item.canonical_url) in shapes for item in new)
    days, own = [item.published.on for item in new if item.published.on], [item.on for item in look.items if item.on]
    older = not days or not own or sorted(days)[len(days) // 2] <= sorted(own)[len(own) // 2]
    return len(new) >= max(len(items) * 0.6, 1) and fitting >= len(new) / 2 and older


def _with_article_days(case: Case, page: Page) -> Proposal | None:
    """The same list with its days taken from the article pages, where the list lost them and those state them."""
    way, memory = case.way, case.memory
    look = read_so(case.visit.source, way, page, case.visit.today)
    if look is None or agreement(replace(memory, dated=0.0), look) is None or not _lost_days(memory, look):
        return None
    days = {item.url: on for item in look.items[:_ARTICLES] if (on := _article_day(case, item)) is not None}
    if not days or len(days) < min(_ARTICLES, len(look.items)) - 1:
        return None
    shown = replace(look, items=tuple(replace(item, on=item.on or days.get(item.url)) for item in look.items))
    articles = "missing" if way.parsed_options().articles == "none" else way.parsed_options().articles
    rung = way.changed(options={**way.options, "articles": articles})
    return proposal_of(memory, rung, shown, also="; the days of the others stand on their article pages")


def _lost_days(memory: Memory, look: Look) -> bool:
    return sum(item.on is not None for item in look.items) < memory.dated / 2 * len(look.items)


def _article_day(case: Case, item: Glimpse) -> str | None:
    options = case.way.parsed_options()
    visit = ArticleVisit(
        case.visit.source,
        options,
        UnreadArticle(0, case.visit.source.id, item.url, 0),
        limits_for(options, case.visit.politeness),
        case.visit.today,
    )
    found = read_article_page(visit, case.web)
    return found.published.on if isinstance(found, Article) else None


def _ask(case: Case, url: str, options: CommonOptions) -> Page:
    limits = limits_for(options, case.visit.politeness)
    answer = case.web.rendered(url, limits) if options.browser else case.web.get(url, limits)
    assert isinstance(answer, Fetched)  # nothing conditional was asked
    return Page(answer.url, answer.body, declared(answer.content_type, options.encoding))
