"""`convenor sources ledger` and what `sources list --why` says of how a source is polled."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commands.ledger import manner
from convenor import main
from db.connect import open_database
from db.hosts import Hold, HostDay, HostMemory, HostNews, RobotsFile, save_host_news
from db.records import Moment, PollState
from tests.databases import new_database

HOST = "a.example:8080"
DUE = datetime(2026, 3, 4, 7, 12, tzinfo=UTC)
BEGUN = Moment(DUE - timedelta(days=2, hours=2))  # of the newest poll


@pytest.fixture
def now() -> datetime:
    """The command reads the clock itself, so the test begins where it is."""
    return datetime.now(UTC)


@pytest.fixture
def database(tmp_path: Path, now: datetime) -> Path:
    path = tmp_path / "convenor.db"
    conn = new_database(path)
    hold = Hold(Moment(now), 7_200, "answered 429")
    memory = HostMemory(Moment(now), "convenor/1 (+https://desk.example)", hold)
    days = {(HOST, "2026-03-02"): HostDay(10, 1, 8, 6, 12_345, 1), (HOST, "2026-03-03"): HostDay(10, 1, 9, 9, 99)}
    robots = {
        f"http://{HOST}/robots.txt": RobotsFile(now, "rules", b"User-agent: convenor\nDisallow: /\nCrawl-delay: 7")
    }
    save_host_news(conn, HostNews({HOST: memory}, days, robots))
    conn.close()
    return path


def ledger(database: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["sources", "ledger", *words, "--db", str(database)])


@pytest.mark.parametrize("name", [HOST, f"http://{HOST}/news?page=2", HOST.upper()])
def test_days_of_a_server_are_shown(database: Path, now: datetime, name: str) -> None:
    printed = ledger(database, name)
    assert printed.exit_code == 0
    for part in (
        f"What convenor asked of {HOST}",
        "User-Agent: convenor/1 (+https://desk.example)",
        f"http://{HOST}/robots.txt: it was read, and is obeyed: the front page must not be asked for, with pauses of 7",
        f"The server answered 429 and is left alone until {now + timedelta(hours=2):%Y-%m-%d %H:%M} UTC",
        "18 requests for pages on 2 days; 75% of all answers were “not modified”",
    ):
        assert part in printed.output
    rows = [line.split() for line in printed.output.splitlines()]
    assert ["2026-03-02", "10", "1", "8", "6", "12,345", "1", "0", "0"] in rows
    assert ["all", "20", "2", "17", "15", "12,444", "1", "0", "0"] in rows


def test_ledger_is_given_to_programs(database: Path) -> None:
    first, *days = map(json.loads, ledger(database, HOST, "--json").output.splitlines())
    assert (first["host"], first["robots"]) == (HOST, {f"http://{HOST}/robots.txt": "rules"})
    assert 7_100 < first["held_seconds"] <= 7_200
    assert [(day["day"], day["requests"], day["not_modified"]) for day in days] == [
        ("2026-03-02", 10, 6),
        ("2026-03-03", 10, 9),
    ]


def test_server_that_was_never_asked_is_told_apart(database: Path) -> None:
    printed = ledger(database, "b.example")
    assert printed.exit_code == 1
    assert printed.output == f"Error: 'b.example' was never asked; what was: {HOST}\n"


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        pytest.param(PollState("a"), "polled for the first time", id="never polled"),
        pytest.param(
            PollState("a", every="about 3 items a week; polled every 12 hours", next_poll_at=DUE),
            "about 3 items a week; polled every 12 hours; next on 2026-03-04 07:12 UTC",
            id="as usual",
        ),
        pytest.param(
            PollState("a", every="polled hourly", lied_at=DUE),
            "polled hourly; its “not modified” was untrue on 2026-03-04, so the whole page is compared",
            id="caught lying",
        ),
        pytest.param(
            PollState("a", every="polled hourly", moved_to="https://b.example/", moved_polls=3, strikes=2),
            "polled hourly; slowed down while it fails; its address led to https://b.example/ at the last 3 polls",
            id="moved and failing",
        ),
        pytest.param(PollState("a", every="polled hourly", failures=1, strikes=1), "polled hourly", id="failed once"),
        pytest.param(
            PollState("a", every="polled hourly", failures=1),
            "polled hourly; no server at all was reached at the last poll, so that it is tried again sooner",
            id="without a network",
        ),
        pytest.param(
            PollState("a", every="polled hourly", begun=Moment(DUE), next_poll_at=DUE - timedelta(minutes=1)),
            "polled hourly; a poll that began on 2026-03-04 07:12 UTC has not come to its end",
            id="under way or broken off",
        ),
        pytest.param(
            PollState("a", begun=Moment(DUE)),
            "a poll that began on 2026-03-04 07:12 UTC has not come to its end",
            id="under way or broken off for the first time",
        ),
        pytest.param(
            PollState("a", every="polled hourly", fresh_seconds=172_800, begun=BEGUN, next_poll_at=DUE),
            "polled hourly; its server says that its answer holds for 2 days; next on 2026-03-04 07:12 UTC",
            id="told to wait",
        ),
        pytest.param(
            PollState("a", every="polled every 2 days", fresh_seconds=3_600, begun=BEGUN, next_poll_at=DUE),
            "polled every 2 days; next on 2026-03-04 07:12 UTC",
            id="told to wait for less than it waits",
        ),
    ],
)
def test_manner_is_told_in_one_sentence(state: PollState, sentence: str) -> None:
    assert manner(state) == sentence


def test_hold_that_is_over_is_not_told(database: Path, now: datetime) -> None:
    conn = open_database(database)
    hold = Hold(Moment(now - timedelta(days=1)), 7_200, "answered 429")
    save_host_news(conn, HostNews({HOST: HostMemory(Moment(now), "convenor/1", hold)}))
    conn.close()
    assert "left alone" not in ledger(database, HOST).output
