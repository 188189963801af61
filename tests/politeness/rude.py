"""What rude clients would have done: for each check the evidence changed by one bad habit, so that it must fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace

from db.hosts import HostDay
from tests.politeness.checks import HOUR
from tests.politeness.pages import DAY
from tests.politeness.scripted_web import Logged
from tests.politeness.world import Evidence

Habit = Callable[[Evidence], Evidence]
_CONDITIONS = frozenset({"if-none-match", "if-modified-since"})


def _each(change: Callable[[Logged], Logged], address: str = "") -> Habit:
    """Every request for this page, or of this host, is made in another way."""

    def habit(evidence: Evidence) -> Evidence:
        log = (change(line) if address in ("", line.address, line.host) else line for line in evidence.log)
        return _with_log(evidence, log)

    return habit


def _again(address: str, after: float, *, times: int = 1, on_day: float = 0.0, status: int = 0) -> Habit:
    """A page is asked again so many seconds after it was asked, the first time since that day or with that status."""

    def habit(evidence: Evidence) -> Evidence:
        lines = [line for line in evidence.of(address) if line.began >= on_day * DAY and status in (0, line.status)]
        first = lines[0]
        more = [_moved(first, first.began + after * (number + 1)) for number in range(times)]
        return _with_log(evidence, [*evidence.log, *more])

    return habit


def _never(wanted: Callable[[Logged], bool]) -> Habit:
    """Such requests are not made."""
    return lambda evidence: _with_log(evidence, (line for line in evidence.log if not wanted(line)))


def _with_log(evidence: Evidence, log: Iterable[Logged]) -> Evidence:
    return replace(evidence, log=tuple(sorted(log, key=lambda line: line.began)))


def _moved(line: Logged, began: float) -> Logged:
    return replace(line, began=began, ended=began + line.ended - line.began)


def _without(line: Logged, names: frozenset[str]) -> Logged:
    return replace(line, headers=tuple((name, value) for name, value in line.headers if name.lower() not in names))


def _unconditional(line: Logged) -> Logged:
    return _without(line, _CONDITIONS)


def _sending(name: str, value: str) -> Callable[[Logged], Logged]:
    def change(line: Logged) -> Logged:
        kept = _without(line, frozenset({name.lower()}))
        return replace(kept, headers=(*kept.headers, (name, value)))

    return change


def _unquoted(line: Logged) -> Logged:
    plain = ((name, value.removeprefix("W/").strip('"')) for name, value in line.headers)
    return replace(line, headers=tuple(plain))


def _in_step(evidence: Evidence) -> Evidence:
    """Everyone is asked twice a day on the hour."""
    log = [line for line in evidence.log if line.path != "/feed"]
    for address in {line.address for line in evidence.log if line.path == "/feed"}:
        log += [_moved(line, number * 12 * HOUR) for number, line in enumerate(evidence.of(address))]
    return _with_log(evidence, log)


def _hurried(host: str, pause: float) -> Habit:
    """Each request to a host follows the one before so soon, where they were close."""

    def habit(evidence: Evidence) -> Evidence:
        lines, log = evidence.of(host), [line for line in evidence.log if line.host != host]
        hurried = lines[:1]
        for line in lines[1:]:
            close = line.began - hurried[-1].ended < 60
            hurried.append(_moved(line, hurried[-1].ended + pause) if close else line)
        return _with_log(evidence, log + hurried)

    return habit


def _asking(address: str, at: float) -> Habit:
    """One more request, for a page that is not to be asked then."""

    def habit(evidence: Evidence) -> Evidence:
        host, _, path = address.partition("/")
        line = replace(evidence.log[0], host=host, path=f"/{path}", began=at, ended=at + 1)
        return _with_log(evidence, [*evidence.log, line])

    return habit


def _state(name: str, **changed: Any) -> Habit:
    def habit(evidence: Evidence) -> Evidence:
        state = replace(evidence.states[name], **changed)
        return replace(evidence, states={**evidence.states, name: state})

    return habit


def _failing(name: str) -> Callable[[Logged], bool]:
    return lambda line: line.host == f"{name}.example" and line.status >= 500


HABITS: dict[str, Habit] = {
    "one_whole_request": _each(_unconditional, "strong.example/feed"),
    "truth_is_checked": _each(_sending("If-None-Match", '"v0"'), "steady.example/feed"),
    "liar_is_caught": _state("liar", lied_at=None),
    "liar_is_compared_by_its_bytes": lambda evidence: replace(evidence, outcomes={}),
    "byte_for_byte": _each(_unquoted, "weak.example/feed"),
    "both_validators": _each(lambda line: _without(line, frozenset({"if-modified-since"})), "strong.example/feed"),
    "dropped_validators": _each(_sending("If-None-Match", '"2"'), "dropping.example/feed"),
    "kept_over_a_304": _each(_unconditional, "omitting.example/feed"),
    "kept_over_restarts": _each(_unconditional),
    "never_too_soon": _again("weak.example/feed", 11.9 * HOUR, on_day=2.3),
    "no_burst": _again("crowd.example/feed1", 1.5, times=40),
    "few_hosts_at_once": _each(lambda line: replace(line, hosts_at_once=5), "weak.example/feed"),
    "spread_by_jitter": _in_step,
    "spread_from_the_second_round": lambda evidence: replace(
        evidence, first_due=dict.fromkeys(evidence.first_due, 12 * HOUR)
    ),
    "one_request_for_twins": _again("twin.example/feed", 5.0),
    "max_age_lengthens": _again("maxage.example/feed", 47 * HOUR),
    "expires_lengthens": _again("expires.example/feed", 35 * HOUR),
    "short_age_does_not_shorten": _again("shortage.example/feed", 60.0),
    "retry_after_seconds": _again("busy.example/feed", 71 * HOUR, status=429),
    "retry_after_date": _again("repair.example/feed", 5.9 * DAY, status=503),
    "retry_after_a_month": _again("month.example/feed", 30.9 * DAY, status=503),
    "hold_is_for_that_host_alone": _never(lambda line: line.host == "busy.example/2" and line.began > DAY),
    "429_slows_down": _again("slowdown.example/feed", 23.9 * HOUR, status=429),
    "permanent_redirect_is_followed_and_proposed": _never(lambda line: line.address == "moved.example/new"),
    "proposed_after_three_polls": lambda evidence: replace(evidence, proposed_after={"moved": 1, "chain": 3}),
    "temporary_redirect_is_never_stored": _never(lambda line: line.address == "temporary.example/feed"),
    "gone_is_confirmed_and_still_tried": lambda evidence: replace(evidence, gone=frozenset()),
    "failures_slow_down_but_never_disable": _never(lambda line: line.host == "down.example" and line.began > 9 * DAY),
    "soft_failures_weigh_less": _never(_failing("choking")),
    "one_at_a_time": _each(lambda line: replace(line, at_once=2), "crowd.example"),
    "one_connection_at_a_time": lambda evidence: replace(evidence, connections={"crowd.example": 2}),
    "pause": _hurried("slow.example", 2.0),
    "crawl_delay": _hurried("crowd.example", 9.0),
    "robots_first": _never(lambda line: line.address == "weak.example/robots.txt"),
    "robots_forbids": _asking("forbidding.example/private/feed", 5 * DAY),
    "robots_4xx_allows": lambda evidence: replace(evidence, items={**evidence.items, "secret-robots": 0}),
    "robots_5xx_waits": _asking("brokenrobots.example/feed", 60.0),
    "robots_about_once_a_day": _again("weak.example/robots.txt", 12 * HOUR, on_day=1.0),
    "robots_conditional": _each(_unconditional, "weak.example/robots.txt"),
    "no_cookies_no_referrer": _each(_sending("Cookie", "visit=1"), "weak.example/feed"),
    "no_invented_addresses": _asking("weak.example/wp-login.php", 5 * DAY),
    "user_agent": _each(_sending("User-Agent", "Mozilla/5.0"), "weak.example/feed"),
    "packed_answers": _each(_sending("Accept-Encoding", "gzip, deflate"), "weak.example/feed"),
    "ledger_equals_the_log": lambda evidence: replace(evidence, ledger={}),
    "ledger_stays_small": lambda evidence: replace(
        evidence, ledger={("weak.example", str(number)): HostDay() for number in range(1000)}
    ),
    "own_pace": _state("weak", every=""),
    "nothing_is_damaged": lambda evidence: replace(evidence, damage=("row 1 missing from index",)),
}
