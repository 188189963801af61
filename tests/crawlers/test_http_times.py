"""How long to stay away, and how long an answer holds, as servers say it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.http_times import MAX_FRESH_SECONDS, MAX_RETRY_AFTER_SECONDS, fresh_seconds, retry_after_seconds

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


_TEXTS = st.text(max_size=40) | st.from_regex(r"(public, )?max-age=\d{1,20}", fullmatch=True) | st.datetimes().map(str)


@given(st.dictionaries(st.sampled_from(["cache-control", "expires", "date", "age", "retry-after"]), _TEXTS))
def test_whatever_is_said_the_wait_is_bounded(headers: dict[str, str]) -> None:
    assert 0 <= (fresh_seconds(headers, NOW) or 0) <= MAX_FRESH_SECONDS
    assert 0 <= (retry_after_seconds(headers, NOW) or 0) <= MAX_RETRY_AFTER_SECONDS
