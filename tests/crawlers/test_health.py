"""How a source does, from its polls and its own rhythm: broken and quiet are never confused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from crawlers.health import Health, health_of, rhythm_of
from db.health import SourceFacts
from db.records import SourceRow

NOW = datetime(2021, 2, 10, 8, 0, tzinfo=UTC)
SOURCE = SourceRow("num", "News", "Library", "MN", "nea", "mn", "list_page", "https://library.example/")


def days(newest: str, every: int, count: int = 10) -> tuple[str, ...]:
    return tuple((date.fromisoformat(newest) - timedelta(days=every * n)).isoformat() for n in range(count))


def facts(**known: Any) -> SourceFacts:
    usual: dict[str, Any] = {"polled_at": NOW, "outcome": "unchanged", "http_status": 200, "items": 10}
    return SourceFacts(SOURCE, **{**usual, **known})


def absent(status: int, polls: int, *, days: int) -> dict[str, Any]:
    since = NOW - timedelta(days=days)
    failed = {"outcome": "failed", "error": "?", "http_status": status}
    return {**failed, "absent_polls": polls, "absent_since": since}


def emptied(*, days: int, before: int = 0) -> dict[str, Any]:
    return {"outcome": "empty", "trouble_since": NOW - timedelta(days=days), "empty_before": timedelta(days=before)}


@pytest.mark.parametrize(
    ("known", "word", "broken"),
    [
        pytest.param({"polled_at": None}, "ok", False, id="never polled"),
        pytest.param({"days": days("2021-02-08", 2)}, "ok", False, id="news two days ago"),
        pytest.param({"days": days("2021-01-20", 2)}, "quiet", False, id="three weeks without, usually two days"),
        pytest.param({"days": days("2020-12-20", 2)}, "late", False, id="seven weeks without, usually two days"),
        pytest.param({"days": days("2020-12-20", 30)}, "ok", False, id="seven weeks without, usually a month"),
        pytest.param({"days": ("2020-10-01",)}, "quiet", False, id="rhythm not known"),
        pytest.param({"outcome": "challenged", "error": "?"}, "challenged", True, id="challenge"),
        pytest.param({"outcome": "failed", "error": "?", "http_status": 404}, "unreachable", True, id="404"),
        pytest.param(absent(404, 9, days=60), "gone", True, id="404 for weeks"),
        pytest.param(absent(410, 1, days=0), "unreachable", True, id="410 once"),
        pytest.param(absent(410, 2, days=1), "gone", True, id="410 confirmed"),
        pytest.param({"outcome": "failed", "error": "?", "http_status": 503}, "unreachable", True, id="503"),
        pytest.param({"outcome": "failed", "error": "?", "http_status": None}, "unreachable", True, id="no answer"),
        pytest.param({"outcome": "refused", "error": "robots"}, "unreachable", True, id="robots.txt"),
        pytest.param({"outcome": "failed", "error": "?", "doubt": "fewer"}, "layout_changed", True, id="doubt"),
        pytest.param({"outcome": "new", "doubt": "no next page"}, "layout_changed", True, id="doubt of a good poll"),
        pytest.param({"outcome": "empty", "trouble_since": NOW}, "empty", True, id="empty, where it never was"),
        pytest.param(emptied(days=19, before=10), "empty", False, id="empty for less than twice as long as before"),
        pytest.param(emptied(days=21, before=10), "empty", True, id="empty for longer than that"),
        pytest.param(
            {**emptied(days=90), "believed_at": NOW - timedelta(days=89)},
            "empty",
            False,
            id="empty, and a person says it is right",
        ),
        pytest.param({"outcome": "empty", "items": 0}, "empty", True, id="never listed anything"),
        pytest.param({"items": 0, "days": days("2021-02-08", 2), "others": 10}, "ok", False, id="news that others had"),
    ],
)
def test_word(known: dict[str, Any], word: str, broken: bool) -> None:
    found = health_of(facts(**known), NOW)
    assert (found.word, found.broken) == (word, broken) and found.why


def test_what_other_sources_had_first_is_told() -> None:
    published = health_of(facts(items=0, others=10, days=days("2021-02-08", 2)), NOW)
    assert published.why == "newest of 2021-02-08, usually every 2 days; other sources had all of it first"
    emptied = health_of(facts(outcome="empty", items=0, others=10), NOW)
    assert "always had some (10 items so far)" in emptied.why


def test_late_says_for_how_long_and_what_is_usual() -> None:
    found = health_of(facts(days=days("2020-12-20", 2)), NOW)
    assert found == Health(
        "late",
        "answers, but has no news for 52 days: newest of 2020-12-20, usually every 2 days",
        datetime(2020, 12, 20, tzinfo=UTC),
    )


def test_a_source_with_long_pauses_is_given_longer_ones() -> None:
    assert rhythm_of(days("2021-02-01", 40)).late_after > rhythm_of(days("2021-02-01", 4)).late_after


def test_one_long_pause_in_the_past_excuses_another() -> None:
    known = (*days("2021-02-01", 3), *days("2020-10-01", 3))
    assert rhythm_of(known).late_after >= 2 * 90
