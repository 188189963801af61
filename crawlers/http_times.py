"""What a server says of time: how long to stay away, and how long its answer holds. Pure.

A date counts from the server's own `Date`, so that a clock of theirs or ours that is wrong does no harm.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from crawlers.pages.mail_dates import mail_instant

MAX_RETRY_AFTER_SECONDS = 31 * 86_400
MAX_FRESH_SECONDS = 7 * 86_400  # an answer that is said to hold for a year would hide a year of news
_AN_EPOCH = 1_000_000_000  # more seconds than that count from 1970
_REGAIN = re.compile(r'"estimated_time_to_regain_access"\s*:\s*(\d{1,6})')
_MAX_AGE = re.compile(r'(?:^|,)\s*max-age\s*=\s*"?(\d{1,12})', re.IGNORECASE)
_NOT_KEPT = re.compile(r"(?:^|,)\s*(no-cache|no-store)\s*(?:,|$)", re.IGNORECASE)


def retry_after_seconds(headers: Mapping[str, str], now: datetime) -> int | None:
    """How long the server asks us to stay away, at most a month; a date counts from the server's own `Date`."""
    value = headers.get("retry-after", "").strip()
    seconds = _seconds(value)
    if seconds is None:
        seconds = _seconds_until(value, headers, now)
    return None if seconds is None else int(min(max(seconds, 0), MAX_RETRY_AFTER_SECONDS))


def rate_limit_seconds(headers: Mapping[str, str], now: datetime) -> int | None:
    """How long nothing more may be asked, where the server says that what it allows is used up; None when it is not.

    As Mastodon and Bluesky write it (`X-RateLimit-Reset` as a date, `RateLimit-Reset` in seconds from 1970 or now),
    and as the Graph API does (minutes in `X-Business-Use-Case-Usage`).
    """
    if (told := headers.get("x-business-use-case-usage")) and (minutes := _facebook_minutes(told)) > 0:
        return min(minutes * 60, MAX_RETRY_AFTER_SECONDS)
    for prefix in ("ratelimit", "x-ratelimit"):
        if headers.get(f"{prefix}-remaining", "").strip() != "0":
            continue
        seconds = _until_reset(headers.get(f"{prefix}-reset", "").strip(), headers, now)
        if seconds is not None and seconds > 0:
            return int(min(seconds, MAX_RETRY_AFTER_SECONDS))
    return None


def _until_reset(reset: str, headers: Mapping[str, str], now: datetime) -> float | None:
    seconds = _seconds(reset)
    here = http_date(headers.get("date", "")) or now
    if seconds is not None:
        return seconds - here.timestamp() if seconds > _AN_EPOCH else seconds
    try:
        until = datetime.fromisoformat(reset)
    except ValueError:
        return None
    return ((until if until.tzinfo else until.replace(tzinfo=UTC)) - here).total_seconds()


def _facebook_minutes(told: str) -> int:
    return max((int(minutes) for minutes in _REGAIN.findall(told)), default=0)


def fresh_seconds(headers: Mapping[str, str], now: datetime) -> int | None:
    """How long the answer holds from now on (RFC 9111, 4.2), at most a week; None when the server does not say."""
    control = headers.get("cache-control", "")
    if control and _NOT_KEPT.search(control):
        return 0
    if control and (found := _MAX_AGE.search(control)):
        seconds = float(found[1])
    elif (until := _seconds_until(headers.get("expires", ""), headers, now)) is not None:
        seconds = until
    else:
        return None
    age = _seconds(headers.get("age", "").strip()) or 0.0
    return int(min(max(seconds - age, 0), MAX_FRESH_SECONDS))


def _seconds(text: str) -> float | None:
    return float(text[:12]) if text.isdecimal() and text.isascii() else None


def _seconds_until(text: str, headers: Mapping[str, str], now: datetime) -> float | None:
    until = http_date(text)
    return None if until is None else (until - (http_date(headers.get("date", "")) or now)).total_seconds()


def http_date(text: str) -> datetime | None:
    """The instant of a date as HTTP writes it; None for what is none."""
    if not text:
        return None
    try:
        found = mail_instant(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
