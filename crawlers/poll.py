"""One visit to one source: what its first page says, and what an older one does.

The functions depend on their arguments alone and touch no database, so that a pass may run them in any thread.

    poll ─→ climb ─→ asking ─→ politeness, kinds     the way that worked before, else the first that works now
      └──────────────↗            answers, ways      records, and which way is which
"""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace

from crawlers.answers import EMPTY, Answer, Came, Failure, Reading, Same, UnreadableError, Visit, as_failure
from crawlers.asking import listing_of, page_at, read_settled
from crawlers.climb import climb
from crawlers.guardian import Memory, judge, memory_from_json
from crawlers.kinds import Listing, Page
from crawlers.listings import body_hash
from crawlers.politeness import PoliteWeb
from crawlers.repair import Patient, propose
from crawlers.ways import settled_rung, settled_url
from db.errors import FetchError, ParseError
from db.health import Proposal

GONE = frozenset({404, 410})
_MAX_PAGES_KNOWN = 16  # of one source, beside the settled one


def read_or_search(visit: Visit, web: PoliteWeb) -> Answer:
    """What the newest page says; with another way to read it, looked for once where it is not what it was, or is gone.

    A list that says it is empty, where it had entries, may have moved without a word, so that it is looked for too.
    """
    answer = read_first_page(visit, web)
    if isinstance(answer, Same) or answer.proposal is not None or visit.state.failures:
        return answer
    if isinstance(answer, Reading):
        amiss = not answer.listing.items and not answer.listing.partial and visit.state.verdict is None
    else:
        amiss = answer.doubt is not None or answer.status in GONE
    if not amiss:
        return answer
    from crawlers.remedies import with_remedy  # much to import for what most passes never need

    return with_remedy(visit, web, answer)


def read_first_page(visit: Visit, web: PoliteWeb) -> Answer:
    """What the newest page of the source says, read the way that worked before or else the first that works now.

    A page that is not what the source's pages were is a Failure that says why, with another way to read it if any.
    """
    visit = replace(visit, notes={})
    answer = _first_page(visit, web)
    return replace(answer, pages=dict(list(visit.notes.items())[:_MAX_PAGES_KNOWN])) if visit.notes else answer


def _first_page(visit: Visit, web: PoliteWeb) -> Answer:
    rung = settled_rung(visit.source, visit.state)
    if rung is None:
        return climb(visit, web)
    url = settled_url(visit.source, visit.state, rung)
    try:
        answer = read_settled(visit, web, rung, url)
    except UnreadableError as error:
        failure = replace(as_failure([error]), doubt=error.message, came=error.came)
        return replace(failure, page=error.page, proposal=_proposal(visit, web, rung, error.page))
    except (FetchError, ParseError) as error:
        return as_failure([error])
    return _judged(visit, web, answer) if isinstance(answer, Reading) else _as_before(visit, answer)


def _as_before(visit: Visit, answer: Same) -> Same | Failure:
    """A page that did not change is what it was: read, empty, or not readable."""
    verdict = answer.verdict or visit.state.verdict
    if verdict in (None, EMPTY):
        return replace(answer, verdict=verdict)
    came = Came(answer.validators, visit.state.body_hash or "", answer.fresh_seconds, answer.moved_to)
    return Failure("failed", verdict, answer.status, doubt=verdict, came=came)


def _judged(visit: Visit, web: PoliteWeb, reading: Reading) -> Reading | Failure:
    memory = memory_for(visit, reading.rung)
    doubt = None if memory is None or reading.listing.partial else judge(memory, reading.look)
    if doubt is None:
        return reading
    proposal = _proposal(visit, web, reading.rung, reading.page)
    if not doubt.grave:
        return replace(reading, doubt=doubt.why, proposal=proposal)
    came = Came(reading.validators, reading.body_hash, reading.fresh_seconds, reading.moved_to)
    return Failure(
        "failed", doubt.why, reading.status, doubt=doubt.why, page=reading.page, proposal=proposal, came=came
    )


def memory_for(visit: Visit, rung: int) -> Memory | None:
    """What good pages looked like when they were read by this rung as it is now."""
    memory = None if visit.memory is None else memory_from_json(visit.memory)
    return memory if memory is not None and memory.of == visit.source.rungs[rung].fingerprint else None


def _proposal(visit: Visit, web: PoliteWeb, rung: int, page: Page) -> Proposal | None:
    memory = memory_for(visit, rung)
    if memory is None:
        return None
    way = visit.source.rungs[rung]
    patient = Patient(visit.source, way, memory, visit.today)
    found = web.parse(partial(propose, patient, page))
    assert found is None or isinstance(found, Proposal)
    return found


def read_older_page(visit: Visit, web: PoliteWeb, rung: int, url: str, first: str | None = None) -> Listing | Failure:
    """What an older page of the list says: nothing where it is the first one again, known by this digest."""
    try:
        page = page_at(visit, web, rung, url)
        return Listing(()) if body_hash(page.body) == first else listing_of(visit, web, rung, page)
    except (FetchError, ParseError) as error:
        return as_failure([error])
