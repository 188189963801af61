"""How long to stay away, and how long an answer holds, as servers say it."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.http_times import (
    MAX_FRESH_SECONDS,
    MAX_RETRY_AFTER_SECONDS,
    fresh_seconds,
    http_date,
    rate_limit_seconds,
    retry_after_seconds,
)

NOW = datetime(2021, 2, 10, 8, 0, tzinfo=UTC)
THEIRS = "Wed, 10 Feb 2021 03:00:00 GMT"  # a clock that is five hours slow


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({}, None, id="nothing said"),
        pytest.param({"cache-control": "max-age=600"}, 600, id="max-age"),
        pytest.param({"cache-control": 'public, MAX-AGE="600", must-revalidate'}, 600, id="among others"),
        pytest.param({"cache-control": "max-age=600", "age": "200"}, 400, id="some of it has passed"),
        pytest.param({"cache-control": "max-age=600", "age": "900"}, 0, id="all of it has passed"),
        pytest.param({"cache-control": "s-maxage=600"}, None, id="for shared caches alone"),
        pytest.param({"cache-control": "no-cache, max-age=600"}, 0, id="not to be kept"),
        pytest.param({"cache-control": "max-age=99999999999999999999"}, MAX_FRESH_SECONDS, id="for ever"),
        pytest.param({"cache-control": "max-age=soon"}, None, id="no number"),
        pytest.param({"expires": "Wed, 10 Feb 2021 09:00:00 GMT"}, 3600, id="expires"),
        pytest.param({"expires": "Wed, 10 Feb 2021 04:00:00 GMT", "date": THEIRS}, 3600, id="by their clock"),
        pytest.param({"expires": "0"}, None, id="expires is no date"),
        pytest.param({"expires": "Wed, 10 Feb 2020 09:00:00 GMT"}, 0, id="expired long ago"),
        pytest.param(
            {"expires": "Wed, 10 Feb 2021 09:00:00 GMT", "cache-control": "max-age=60"}, 60, id="max-age goes before"
        ),
    ],
)
def test_how_long_an_answer_holds(headers: dict[str, str], seconds: int | None) -> None:
    assert fresh_seconds(headers, NOW) == seconds


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(THEIRS, id="as HTTP writes it"),
        pytest.param("Xyz, 10 Feb 2021 03:00:00 GMT", id="no day of the week"),
        pytest.param("Wed, 10 feb 2021 03:00:00 gmt", id="small letters"),
        pytest.param("Wed, 10 Feb 2021 12:00:00 +0900", id="another zone"),
        pytest.param("Wed, 10 Feb 2021 03:00:00 -0000", id="no zone"),
        pytest.param("Wednesday, 10-Feb-21 03:00:00 GMT", id="as it was written before 1995"),
        pytest.param("Wed Feb 10 03:00:00 2021", id="as C writes it"),
    ],
)
def test_date_is_read_however_it_is_written(text: str) -> None:
    assert http_date(text) == datetime(2021, 2, 10, 3, tzinfo=UTC)


@given(st.from_regex(r"[A-Z][a-z]{2}, \d{2} (Feb|Apr|Dec|Xyz) \d{4} \d{2}:\d{2}:\d{2} GMT", fullmatch=True))
def test_date_is_what_the_library_of_mail_reads(text: str) -> None:
    try:
        expected = parsedate_to_datetime(text)
    except ValueError:
        assert http_date(text) is None
    else:
        assert http_date(text) == expected


_TEXTS = st.text(max_size=40) | st.from_regex(r"(public, )?max-age=\d{1,20}", fullmatch=True) | st.datetimes().map(str)


@given(st.dictionaries(st.sampled_from(["cache-control", "expires", "date", "age", "retry-after"]), _TEXTS))
def test_whatever_is_said_the_wait_is_bounded(headers: dict[str, str]) -> None:
    assert 0 <= (fresh_seconds(headers, NOW) or 0) <= MAX_FRESH_SECONDS
    assert 0 <= (retry_after_seconds(headers, NOW) or 0) <= MAX_RETRY_AFTER_SECONDS


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param({}, None, id="nothing said"),
        pytest.param(
            {"x-ratelimit-remaining": "12", "x-ratelimit-reset": "2021-02-10T08:05:00Z"}, None, id="some left"
        ),
        pytest.param({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2021-02-10T08:05:00.1Z"}, 300, id="Mastodon"),
        pytest.param({"ratelimit-remaining": "0", "ratelimit-reset": "1612944060"}, 60, id="Bluesky"),
        pytest.param({"ratelimit-remaining": "0", "ratelimit-reset": "90"}, 90, id="seconds from now"),
        pytest.param({"ratelimit-remaining": "0", "ratelimit-reset": "1612944000"}, None, id="over already"),
        pytest.param({"ratelimit-remaining": "0", "ratelimit-reset": "soon"}, None, id="no time"),
        pytest.param(
            {"x-business-use-case-usage": '{"1":[{"estimated_time_to_regain_access": 90}]}'}, 5400, id="Facebook"
        ),
        pytest.param(
            {"x-business-use-case-usage": '{"1":[{"estimated_time_to_regain_access": 0}]}'}, None, id="Facebook, none"
        ),
        pytest.param({"ratelimit-remaining": "0", "ratelimit-reset": "99999999999"}, 31 * 86_400, id="a month at most"),
    ],
)
def test_used_up_limits_are_obeyed(headers: dict[str, str], expected: int | None) -> None:
    assert rate_limit_seconds(headers, NOW) == expected
