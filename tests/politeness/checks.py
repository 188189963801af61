"""What we promise to those who run the servers, each as a check of the evidence that can fail.

A check counts what it looked at and names every fault; a promise is kept when it looked at something and found none.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from crawlers.politeness import PAUSE_FACTOR
from tests.politeness.pages import DAY
from tests.politeness.scripted_web import Logged
from tests.politeness.world import CONTACT, Evidence

HOUR = 3600.0
PAUSE = 2.0  # seconds, the default
MONTH = 30.9 * DAY
REDIRECTS = frozenset({301, 302, 307, 308})
VALIDATORS = (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified"))
Faults = Iterator[str | None]  # for each thing looked at: None, or what is wrong with it


@dataclass(frozen=True, slots=True)
class Check:
    """A promise, and how it is judged."""

    point: int
    promise: str
    judge: Callable[[Evidence], Faults]

    @property
    def name(self) -> str:
        return self.judge.__name__.removeprefix("_")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found."""

    check: Check
    looked_at: int
    faults: tuple[str, ...]

    @property
    def kept(self) -> bool:
        return self.looked_at > 0 and not self.faults


def verdict(check: Check, evidence: Evidence) -> Verdict:
    """What this check says of the evidence."""
    found = list(check.judge(evidence))
    return Verdict(check, len(found), tuple(fault for fault in found if fault is not None))


def pages_asked(evidence: Evidence) -> dict[str, list[Logged]]:
    """The requests for each page, robots.txt left out, oldest first."""
    asked: dict[str, list[Logged]] = defaultdict(list)
    for line in evidence.log:
        if line.path != "/robots.txt":
            asked[line.address].append(line)
    return asked


def hosts_asked(evidence: Evidence) -> dict[str, list[Logged]]:
    """The requests to each host, oldest first."""
    asked: dict[str, list[Logged]] = defaultdict(list)
    for line in evidence.log:
        asked[line.host].append(line)
    return asked


def _at(line: Logged) -> str:
    return f"{line.address} on day {line.began / DAY:.2f}"


def _gaps(lines: Sequence[Logged]) -> list[tuple[Logged, float]]:
    """Each request but the first, with the seconds since the one before."""
    return [(later, later.began - earlier.began) for earlier, later in pairwise(lines)]


# 1. What did not change is not sent again.


def _one_whole_request(evidence: Evidence) -> Faults:
    for address, lines in pages_asked(evidence).items():
        if address.startswith("liar."):
            continue
        checks: list[float] = []
        for line, expected in _with_expected(lines):
            if not any(expected.values()):
                continue
            if line.conditional:
                yield None
                continue
            checks.append(line.began)
            too_soon = len(checks) > 1 and checks[-1] - checks[-2] < MONTH
            early = line.began - lines[0].began < MONTH
            yield f"{_at(line)} was asked whole although it gave validators" if too_soon or early else None


def _truth_is_checked(evidence: Evidence) -> Faults:
    lines = evidence.of("steady.example/feed")
    whole = [line for line in lines[1:] if not line.conditional]
    yield None if len(whole) == int(evidence.days // 31) else f"steady was asked whole {len(whole)} times"


def _liar_is_caught(evidence: Evidence) -> Faults:
    lines = evidence.of("liar.example/feed")
    state = evidence.states["liar"]
    yield None if state.lied_at is not None else "the lying server is not marked"
    told = [line for line in lines if line.began > 32 * DAY]
    yield None if told and not any(line.conditional for line in told) else "it is still believed"
    yield None if evidence.items.get("liar", 0) >= 16 else "its news were not found"
    marked = [name for name, other in evidence.states.items() if other.lied_at is not None and name != "liar"]
    yield f"honest servers are marked: {marked}" if marked else None


def _liar_is_compared_by_its_bytes(evidence: Evidence) -> Faults:
    told = [line for line in evidence.of("liar.example/feed") if line.began > 32 * DAY]
    unread = evidence.outcomes.get(("liar", "unchanged"), 0)
    yield None if unread >= len(told) / 2 else f"{unread} of {len(told)} whole pages were known by their bytes"


# 2. Validators are sent back as they came.


def _with_expected(lines: Sequence[Logged]) -> Iterator[tuple[Logged, dict[str, str | None]]]:
    """Each request for a page, with what should have been sent of what the server gave before."""
    known: dict[str, str | None] = {sent: None for sent, _ in VALIDATORS}
    for line in lines:
        yield line, known
        known = _given(line, known)


def _given(line: Logged, known: dict[str, str | None]) -> dict[str, str | None]:
    """What is known of a page after this answer."""
    if line.status == 200:
        return {sent: line.given(given) for sent, given in VALIDATORS}
    if line.status == 304:
        return {sent: line.given(given) or known[sent] for sent, given in VALIDATORS}
    return known


def _byte_for_byte(evidence: Evidence) -> Faults:
    for lines in pages_asked(evidence).values():
        known: dict[str, str | None] = {sent: None for sent, _ in VALIDATORS}
        lost = known  # what was known before an answer of a killed process, which may not have been saved
        for line in lines:
            if line.conditional and line.status not in REDIRECTS:  # what leads elsewhere is sent what is known there
                for sent, _ in VALIDATORS:
                    wrong = line.header(sent) not in (known[sent], lost[sent])
                    yield f"{_at(line)}: {sent} {line.header(sent)!r}, given {known[sent]!r}" if wrong else None
            before, known = known, _given(line, known)
            lost = before if line.run in evidence.killed_runs else known


def _both_validators(evidence: Evidence) -> Faults:
    for line in _later(evidence, "strong.example/feed"):
        both = all(line.header(sent) is not None for sent, _ in VALIDATORS)
        yield None if both else f"{_at(line)} was not asked with both"


def _dropped_validators(evidence: Evidence) -> Faults:
    lines = [line for line in evidence.of("dropping.example/feed") if line.run not in evidence.killed_runs]
    for earlier, later in pairwise(lines):
        if earlier.status == 200 and earlier.given("ETag") is None:
            yield f"{_at(later)}: an ETag was sent that the server had dropped" if later.conditional else None


def _kept_over_a_304(evidence: Evidence) -> Faults:
    lines = evidence.of("omitting.example/feed")
    for earlier, later in pairwise(lines):
        if earlier.status == 304:
            yield None if later.conditional else f"{_at(later)}: forgotten after a 304 without them"


def _kept_over_restarts(evidence: Evidence) -> Faults:
    for lines in pages_asked(evidence).values():
        for start in evidence.starts[1:]:
            before = [line for line in lines if line.began < start]
            after = next((line for line in lines if line.began >= start), None)
            saved = before and before[-1].status == 304 and before[-1].run not in evidence.killed_runs
            if saved and after is not None and after.began < 30 * DAY:
                yield None if after.conditional else f"{_at(after)}: forgotten over a restart"


def _later(evidence: Evidence, address: str) -> list[Logged]:
    return [line for line in evidence.of(address)[1:] if line.began < 30 * DAY]


# 3. Never too soon, never all at once.


def _never_too_soon(evidence: Evidence) -> Faults:
    least: dict[str, float] = {}
    for source in evidence.sources:
        least[source.address] = max(least.get(source.address, 0.0), source.every_hours * HOUR)
    for address, seconds in least.items():
        for line, gap in _gaps(evidence.of(address)):
            yield f"{_at(line)}: {gap / HOUR:.2f} hours after the last" if gap < seconds else None


def _no_burst(evidence: Evidence) -> Faults:
    """In the first minute after every start, and in every other, no host has more requests than the pause allows."""
    for lines in hosts_asked(evidence).values():
        for number, line in enumerate(lines):
            within = sum(later.began - line.began < 60 for later in lines[number:])
            yield f"{_at(line)}: {within} requests in a minute" if within > 60 / PAUSE + 1 else None


def _few_hosts_at_once(evidence: Evidence) -> Faults:
    for line in evidence.log:
        yield f"{_at(line)}: {line.hosts_at_once} hosts at once" if line.hosts_at_once > 4 else None


def _spread_by_jitter(evidence: Evidence) -> Faults:
    """From their fourth poll on, no more than half of those that began in the same hour are asked within an hour.

    They begin together when the first process starts, and when one starts after days on which nobody polled. A clock
    that is set back makes everybody wait anew: what comes after that has no common beginning.
    """
    for beginning, end in _beginnings(evidence):
        feeds = {line.address for line in evidence.log if line.path == "/feed" and 0 <= line.began - beginning < HOUR}
        asked = [[line.began for line in evidence.of(feed) if beginning <= line.began < end] for feed in feeds]
        for number in range(3, 30):
            times = [polls[number] for polls in asked if len(polls) > number]
            if len(times) <= len(feeds) / 2:
                break
            crowd = max(sum(0 <= later - at < HOUR for later in times) for at in times)
            yield f"{crowd} of {len(times)} within an hour in round {number}" if crowd > len(times) / 2 else None


def _beginnings(evidence: Evidence) -> Iterator[tuple[float, float]]:
    """When requests began after a day without any, and when the clock was next changed."""
    times = [line.began for line in evidence.log]
    for before, at in pairwise([-DAY, *times]):
        if at - before >= DAY:
            yield at, min((change for change in evidence.clock_changes if change > at), default=evidence.days * DAY)


def _spread_from_the_second_round(evidence: Evidence) -> Faults:
    """No quarter of those that began together is due within the same five minutes."""
    usual = {known.id for known in evidence.sources if known.every_hours == 12.0}
    due = sorted(at for name, at in evidence.first_due.items() if name in usual and at < 14 * HOUR)
    for number, at in enumerate(due):
        crowd = sum(later - at < 300 for later in due[number:])
        yield f"{crowd} of {len(due)} are due within five minutes" if crowd > len(due) / 4 else None


def _one_request_for_twins(evidence: Evidence) -> Faults:
    for line, gap in _gaps(evidence.of("twin.example/feed")):
        yield f"{_at(line)}: asked again after {gap:.0f} seconds" if gap < 24 * HOUR else None
    polled = all(evidence.states[name].begun is not None for name in ("twin-one", "twin-two"))
    yield None if polled else "one of the twins was not served"


# 4. What the server says of time is heeded.


def _max_age_lengthens(evidence: Evidence) -> Faults:
    for line, gap in _heard_gaps(evidence, "maxage.example/feed"):
        yield f"{_at(line)}: {gap / HOUR:.1f} hours later, 48 were asked for" if gap < 48 * HOUR else None


def _expires_lengthens(evidence: Evidence) -> Faults:
    for line, gap in _heard_gaps(evidence, "expires.example/feed"):
        yield f"{_at(line)}: {gap / HOUR:.1f} hours later, 36 were asked for" if gap < 36 * HOUR else None


def _heard_gaps(evidence: Evidence, address: str) -> list[tuple[Logged, float]]:
    """The gaps after answers that a process lived to keep: our own minimum holds after the others, too."""
    lines = evidence.of(address)
    return [
        (later, gap)
        for earlier, (later, gap) in zip(lines, _gaps(lines), strict=False)
        if earlier.run not in evidence.killed_runs
    ]


def _short_age_does_not_shorten(evidence: Evidence) -> Faults:
    for line, gap in _gaps(evidence.of("shortage.example/feed")):
        yield f"{_at(line)}: {gap / HOUR:.1f} hours later" if gap < 12 * HOUR else None


def _retry_after_seconds(evidence: Evidence) -> Faults:
    yield from _left_alone(evidence, "busy.example", 429, 3 * DAY)


def _retry_after_date(evidence: Evidence) -> Faults:
    yield from _left_alone(evidence, "repair.example", 503, 6 * DAY)


def _retry_after_a_month(evidence: Evidence) -> Faults:
    """Somebody asks for 400 days: a month is believed, and then it is asked again."""
    yield from _left_alone(evidence, "month.example", 503, 31 * DAY)
    asked = [line for line in evidence.of("month.example/feed") if line.began > 36.5 * DAY]
    yield None if asked else "it was never asked again"


def _left_alone(evidence: Evidence, host: str, status: int, seconds: float) -> Faults:
    lines = evidence.of(host)
    told = next(line for line in lines if line.status == status)
    early = [line for line in lines if told.ended < line.began < told.ended + seconds]
    yield f"{_at(early[0])}: it had asked to be left alone" if early else None


def _hold_is_for_that_host_alone(evidence: Evidence) -> Faults:
    told = next(line for line in evidence.of("busy.example") if line.status == 429)
    for address in ("busy.example/2/feed", "steady.example/feed", "weak.example/feed"):
        meanwhile = [line for line in evidence.of(address) if told.ended < line.began < told.ended + 3 * DAY]
        yield None if meanwhile else f"{address} was not asked either"


def _429_slows_down(evidence: Evidence) -> Faults:
    lines = evidence.of("slowdown.example/feed")
    for earlier, later in pairwise(lines):
        if earlier.status == 429:
            gap = later.began - earlier.began
            yield f"{_at(later)}: {gap / HOUR:.1f} hours after a 429" if gap < 24 * HOUR else None


# 5. Pages that move, vanish or fail.


def _permanent_redirect_is_followed_and_proposed(evidence: Evidence) -> Faults:
    for start, end in (("moved.example/old", "moved.example/new"), ("chain.example/first", "moved.example/second")):
        for line in evidence.of(start):
            followed = any(0 <= other.began - line.began < HOUR for other in evidence.of(end))
            followed |= line.run in evidence.killed_runs  # perhaps it died in between
            yield None if followed else f"{_at(line)} was not followed"
    for name, path in (("moved", "/new"), ("chain", "/second")):
        state = evidence.states[name]
        known = state.moved_polls >= 3 and (state.moved_to or "").endswith(path)
        yield None if known and name in evidence.proposed else f"{name}: no new address is proposed"


def _proposed_after_three_polls(evidence: Evidence) -> Faults:
    for name in ("moved", "chain"):
        polls = evidence.proposed_after.get(name)
        yield None if polls == 3 else f"{name}: proposed after {polls} polls"


def _temporary_redirect_is_never_stored(evidence: Evidence) -> Faults:
    for earlier, later in pairwise(evidence.of("temporary.example")):
        if later.path == "/today":
            yield None if earlier.path == "/feed" else f"{_at(later)} was asked directly"
    yield None if evidence.states["temporary"].moved_to is None else "a temporary address was stored"
    yield "it is proposed" if "temporary" in evidence.proposed else None


def _gone_is_confirmed_and_still_tried(evidence: Evidence) -> Faults:
    for name, status, least in (("gone", 410, 2), ("missing", 404, 5)):
        told = [line for line in evidence.of(f"{name}.example/feed") if line.status == status]
        yield None if len(told) > least else f"{name}: not tried any more"
        yield None if name in evidence.gone else f"{name}: not marked"
        late = [
            later.began - earlier.began for earlier, later in pairwise(told[least - 1 :]) if earlier.began > 15 * DAY
        ]
        yield f"{name}: tried every {min(late) / DAY:.0f} days" if late and min(late) < 27 * DAY else None
    others = evidence.gone - {"gone", "missing"}
    yield f"marked without reason: {sorted(others)}" if others else None


def _failures_slow_down_but_never_disable(evidence: Evidence) -> Faults:
    for address in ("down.example/feed", "choking.example/feed"):
        lines = evidence.of(address)
        failing = [gap for earlier, (line, gap) in zip(lines, _gaps(lines), strict=False) if earlier.status >= 500]
        slower = all(later >= earlier * 0.7 for earlier, later in pairwise(failing))
        yield None if slower and failing[-1] > failing[0] * 2 else f"{address}: no slower: {failing}"
        yield None if max(failing) < 8.5 * DAY else f"{address}: given up for {max(failing) / DAY:.0f} days"
        back = [gap for line, gap in _gaps(lines) if line.began > 30 * DAY]
        yield None if back and min(back) < 14 * HOUR else f"{address}: not polled as before once it was well again"


def _soft_failures_weigh_less(evidence: Evidence) -> Faults:
    soft, hard = (
        sum(line.status >= 500 for line in evidence.of(f"{name}.example/feed")) for name in ("choking", "down")
    )
    yield None if soft > hard else f"{soft} tries after soft failures, {hard} after hard ones"


# 6. One at a time, with a pause, and by robots.txt.


def _one_at_a_time(evidence: Evidence) -> Faults:
    for line in evidence.log:
        yield f"{_at(line)}: {line.at_once} requests at once" if line.at_once > 1 else None


def _one_connection_at_a_time(evidence: Evidence) -> Faults:
    for host, number in evidence.connections.items():
        yield f"{host}: {number} connections at once" if number > 1 else None


def _pause(evidence: Evidence) -> Faults:
    for lines in hosts_asked(evidence).values():
        for earlier, later in pairwise(lines):
            least = max(PAUSE, PAUSE_FACTOR * (earlier.ended - earlier.began))
            gap = later.began - earlier.ended
            yield f"{_at(later)}: a pause of {gap:.2f} seconds" if gap < least - 1e-6 else None


def _crawl_delay(evidence: Evidence) -> Faults:
    for host, seconds in (("crowd.example", 10.0), ("elsewhere.example", 3.0)):
        pages = [line for line in evidence.of(host) if line.path != "/robots.txt"]
        for earlier, later in pairwise(evidence.of(host)):
            if later in pages:
                gap = later.began - earlier.ended
                yield f"{_at(later)}: a pause of {gap:.1f} seconds" if gap < seconds else None


def _robots_first(evidence: Evidence) -> Faults:
    for lines in hosts_asked(evidence).values():
        yield None if lines[0].path == "/robots.txt" else f"{_at(lines[0])} came first"


def _robots_forbids(evidence: Evidence) -> Faults:
    asked = evidence.of("forbidding.example/private/feed")
    yield f"{_at(asked[0])} though it is forbidden" if asked else None
    yield None if evidence.of("forbidding.example/feed") else "what is allowed was not asked"


def _robots_4xx_allows(evidence: Evidence) -> Faults:
    yield None if evidence.items.get("secret-robots") else "403 for robots.txt was taken for a refusal"


def _robots_5xx_waits(evidence: Evidence) -> Faults:
    lines = evidence.of("brokenrobots.example")
    broken = [line for line in lines if line.path == "/robots.txt" and line.status == 500]
    pages = [line for line in lines if line.path != "/robots.txt"]
    yield "robots.txt never failed" if not broken else None
    early = [line for line in pages if line.began <= broken[-1].began]
    yield f"{_at(early[0])} while robots.txt failed" if early else None
    yield None if pages else "the page was never asked"


def _robots_about_once_a_day(evidence: Evidence) -> Faults:
    for lines in hosts_asked(evidence).values():
        asked = [line for line in lines if line.path == "/robots.txt"]
        pages = [line for line in lines if not line.path.endswith("robots.txt")]
        for earlier, later in pairwise(asked):
            # A clock that was set hides how old it is, and a killed process had no time to note it.
            hidden = any(earlier.began < change <= later.began for change in evidence.clock_changes)
            excused = hidden or earlier.status >= 500 or earlier.run in evidence.killed_runs
            soon = later.began - earlier.began < 22 * HOUR and not excused
            yield f"{_at(later)}: asked again after {(later.began - earlier.began) / HOUR:.1f} hours" if soon else None
        for page in pages:
            old = not any(page.began - 26 * HOUR < line.began <= page.began for line in asked)
            yield f"{_at(page)}: its robots.txt is old" if old else None


def _robots_conditional(evidence: Evidence) -> Faults:
    for lines in hosts_asked(evidence).values():
        asked = [line for line in lines if line.path == "/robots.txt" and line.run not in evidence.killed_runs]
        for earlier, later in pairwise(asked):
            if earlier.status in (200, 304) and earlier.given("ETag"):
                same = later.header("If-None-Match") == earlier.given("ETag")
                yield None if same else f"{_at(later)}: asked without its ETag"


# 7. Nothing that we need not send.


def _no_cookies_no_referrer(evidence: Evidence) -> Faults:
    for line in evidence.log:
        sent = [name for name in ("Cookie", "Referer", "Authorization", "From") if line.header(name) is not None]
        yield f"{_at(line)}: sent {sent}" if sent else None


def _no_invented_addresses(evidence: Evidence) -> Faults:
    """Named are the source's own, what pages lead to, and once, when its page is no longer there, its site's home."""
    given = {source.address for source in evidence.sources} | evidence.named
    for host, lines in hosts_asked(evidence).items():
        if sum(line.path == "/" for line in lines) == 1:
            given.add(f"{host}/")
    for line in evidence.log:
        yield None if line.path.endswith("robots.txt") or line.address in given else f"{_at(line)} was named by nobody"


def _user_agent(evidence: Evidence) -> Faults:
    agents = {line.header("User-Agent") for line in evidence.log}
    for agent in agents:
        told = re.fullmatch(rf"convenor/\S+ \(\+{re.escape(CONTACT)}\)", agent or "")
        yield None if told and len(agents) == 1 else f"{agent!r} does not say who we are, or is not the only one"


def _packed_answers(evidence: Evidence) -> Faults:
    for line in evidence.log:
        offered = {word.strip() for word in (line.header("Accept-Encoding") or "").split(",")}
        yield None if offered == {"gzip", "br"} else f"{_at(line)}: offered {sorted(offered)}"
    for name in ("brotli", "gzip"):
        yield None if evidence.items.get(name) else f"nothing was read from a page packed with {name}"


# 8. The books are right.


def _ledger_equals_the_log(evidence: Evidence) -> Faults:
    """What it says of all days is what the server's own log says, but for what was lost with a killed process."""
    for host, lines in hosts_asked(evidence).items():
        days = [sums for (name, _), sums in evidence.ledger.items() if name == host]
        lost = sum(line.run in evidence.killed_runs for line in lines)
        written, asked = sum(day.requests for day in days), len(lines)
        yield None if asked - lost <= written <= asked else f"{host}: {written} requests written, {asked} made"
        if lost == 0:
            told = (sum(day.not_modified for day in days), sum(day.bytes for day in days))
            seen = (sum(line.status == 304 for line in lines), sum(line.sent_bytes for line in lines))
            yield None if told == seen else f"{host}: 304s and bytes {told} written, {seen} sent"
            refused = sum(line.status in (401, 403, 429, 503) for line in lines)
            yield None if sum(day.refused for day in days) == refused else f"{host}: refusals differ"


def _ledger_stays_small(evidence: Evidence) -> Faults:
    rows, hosts = len(evidence.ledger), len({host for host, _ in evidence.ledger})
    yield None if rows <= hosts * (evidence.days + 4) else f"{rows} rows for {hosts} hosts"


# Besides: each at its own pace.


def _own_pace(evidence: Evidence) -> Faults:
    rare, usual = ([gap for _, gap in _gaps(evidence.of(f"{name}.example/feed"))] for name in ("rare", "weak"))
    yield None if min(rare) > 48 * HOUR else "a source with news once a month is asked as often as others"
    yield None if max(rare) < 6.5 * DAY else "a source with news once a month is hardly asked"
    yield None if min(usual) < 14 * HOUR else "a source with news twice a week is hardly asked"
    for name, state in evidence.states.items():
        yield None if "polled every" in state.every else f"{name}: no sentence says how often it is polled"


def _nothing_is_damaged(evidence: Evidence) -> Faults:
    yield "; ".join(evidence.damage) or None


CHECKS = (
    Check(1, "What gave validators is asked whole once, and then once a month at most", _one_whole_request),
    Check(1, "Once a month the whole page is asked, to see whether “not modified” is true", _truth_is_checked),
    Check(1, "A server that lies is marked, and its page compared byte by byte from then on", _liar_is_caught),
    Check(1, "and not read again while it is the same", _liar_is_compared_by_its_bytes),
    Check(2, "Validators are sent back byte for byte, those of the newest answer", _byte_for_byte),
    Check(2, "Both are sent when both are known", _both_validators),
    Check(2, "What the server drops is dropped", _dropped_validators),
    Check(2, "They are kept over a 304 that omits them", _kept_over_a_304),
    Check(2, "They are kept over restarts", _kept_over_restarts),
    Check(3, "No source is asked before its minimum, after crashes, upgrades and clock changes too", _never_too_soon),
    Check(3, "There is no burst, at the start neither", _no_burst),
    Check(3, "No more hosts are asked at once than are set", _few_hosts_at_once),
    Check(3, "Sources that began together do not stay together", _spread_by_jitter),
    Check(3, "and are not due together the second time either", _spread_from_the_second_round),
    Check(3, "Two sources with one address cause one request", _one_request_for_twins),
    Check(4, "Cache-Control: max-age lengthens the wait, on a 304 too", _max_age_lengthens),
    Check(4, "Expires lengthens it, by the server's own clock", _expires_lengthens),
    Check(4, "Neither makes us come sooner than our minimum", _short_age_does_not_shorten),
    Check(4, "Retry-After in seconds is obeyed for the whole host, over restarts", _retry_after_seconds),
    Check(4, "Retry-After as a date is obeyed, by the server's own clock", _retry_after_date),
    Check(4, "It is obeyed up to a month", _retry_after_a_month),
    Check(4, "It holds for no other host or port", _hold_is_for_that_host_alone),
    Check(4, "429 without Retry-After slows us down", _429_slows_down),
    Check(5, "301 and 308 are followed and proposed as a new address", _permanent_redirect_is_followed_and_proposed),
    Check(5, "That is after three polls, not sooner", _proposed_after_three_polls),
    Check(5, "302 and 307 are never stored", _temporary_redirect_is_never_stored),
    Check(5, "What is gone is confirmed, marked, and still tried now and then", _gone_is_confirmed_and_still_tried),
    Check(5, "Failures slow us down and never disable a source", _failures_slow_down_but_never_disable),
    Check(5, "A busy server is no broken one", _soft_failures_weigh_less),
    Check(6, "A host has one request at a time", _one_at_a_time),
    Check(6, "and one connection at a time", _one_connection_at_a_time),
    Check(6, "The pause is kept, longer after a slow answer, over restarts too", _pause),
    Check(6, "Crawl-delay is obeyed", _crawl_delay),
    Check(6, "robots.txt comes first", _robots_first),
    Check(6, "What robots.txt forbids is not asked", _robots_forbids),
    Check(6, "4xx for robots.txt allows", _robots_4xx_allows),
    Check(6, "5xx for robots.txt makes us wait", _robots_5xx_waits),
    Check(6, "robots.txt is asked about once a day", _robots_about_once_a_day),
    Check(6, "and conditionally", _robots_conditional),
    Check(7, "No cookies, no referrer, no passwords", _no_cookies_no_referrer),
    Check(7, "Only addresses that a person or a page named", _no_invented_addresses),
    Check(7, "One User-Agent with product and contact", _user_agent),
    Check(7, "gzip and brotli are offered and read", _packed_answers),
    Check(8, "The ledger says what the server's own log says", _ledger_equals_the_log),
    Check(8, "and has one row for a host and day", _ledger_stays_small),
    Check(9, "Each source is polled at its own pace, within bounds, with a sentence that says why", _own_pace),
    Check(9, "The database is sound in the end", _nothing_is_damaged),
)
