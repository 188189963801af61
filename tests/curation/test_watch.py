"""/-/health says one word to everybody and names to operators; /-/metrics is read by a Prometheus server."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families

from curation.desk import DeskServices
from curation.overview import OUTCOMES, WORDS, metrics, overview_of
from curation.source_lines import SourceLine
from db.figures import OVERDUE, Counters, Polling, polling
from db.held import HeldPoll
from tests.curation.conftest import NOW, MakeRoom, Room
from tests.curation.test_sources_page import LINES, Tended

pytestmark = pytest.mark.anyio
TOKEN = "a token of thirty-two characters or more"
WELL = SourceLine("nlc", "NLC", "NLC", "https://nlc.example/", "ok", "newest of 2021-02-01", False, "", "", "")


@pytest.fixture
def room(make_room: MakeRoom) -> Room:
    return make_room(DeskServices(sources=Tended().services(), metrics_token=TOKEN))


def values(text: str) -> dict[tuple[str, ...], float]:
    """Each number by its name and labels, as the library of Prometheus reads them."""
    families = list(text_string_to_metric_families(text))
    assert all(family.documentation and family.type != "unknown" for family in families)
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


async def test_health_is_one_word_and_counts_for_everybody(room: Room) -> None:
    found = (await room.browser().client.get("/-/health")).json()
    assert (found["status"], found["sources"], found["broken"], found["stalled"]) == ("trouble", 3, 2, False)
    assert found["health"] == {**dict.fromkeys(WORDS, 0), "ok": 1, "layout_changed": 1, "unreachable": 1}
    assert not {line.id for line in LINES} & set(str(found).split("'"))


async def test_health_names_the_sources_to_an_operator_alone(room: Room) -> None:
    for name, told in (("olga", True), ("ying", False)):
        found = (await (await room.signed_in(name)).client.get("/-/health")).json()
        assert ("by_source" in found) is told
    operator = (await (await room.signed_in("olga")).client.get("/-/health")).json()
    assert operator["by_source"]["ndl"] == {"health": "layout_changed", "since": "2021-02-01", "why": "no list"}
    assert operator["why"] == "2 of 3 sources are broken"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 401, id="nothing"),
        pytest.param({"authorization": "Bearer wrong"}, 403, id="a wrong token"),
        pytest.param({"authorization": f"Basic {TOKEN}"}, 401, id="the token in another way"),
        pytest.param({"authorization": "Bearer \xfc"}, 403, id="a token that is no text"),
        pytest.param({"authorization": f"Bearer {TOKEN}"}, 200, id="the token"),
        pytest.param({"authorization": f"bearer  {TOKEN} "}, 200, id="the token with room around it"),
    ],
)
async def test_metrics_want_the_token(room: Room, headers: dict[str, str], status: int) -> None:
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    answer = await room.browser().client.get("/-/metrics", headers=encoded)
    assert (answer.status_code, "convenor_polls_total" in answer.text) == (status, status == 200)


@pytest.mark.parametrize(("name", "status"), [("olga", 200), ("ying", 403)])
async def test_metrics_are_shown_to_operators(room: Room, name: str, status: int) -> None:
    assert (await (await room.signed_in(name)).client.get("/-/metrics")).status_code == status


async def test_no_token_is_set_and_none_opens(make_room: MakeRoom) -> None:
    browser = make_room(DeskServices(sources=Tended().services())).browser()
    for given in ("Bearer ", "Bearer None"):
        assert (await browser.client.get("/-/metrics", headers={"authorization": given})).status_code == 401


async def test_metrics_count_what_was_done(room: Room) -> None:
    for title in ("One", "Two"):
        room.add(title)
    answer = await room.browser().client.get("/-/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = values(answer.text)
    assert found["convenor_polls_total", "new"] == 2 and found["convenor_polls_total", "failed"] == 0
    assert found["convenor_items_new_total",] == 2
    assert (
        found["convenor_queue_items",]
        == room.conn.execute("SELECT count(*) FROM items WHERE state = 'new'").fetchone()[0]
    )
    assert found["convenor_sources", "unreachable"] == 1 and found["convenor_sources_broken",] == 2
    assert found["convenor_poll_duration_seconds_count",] == 2
    assert found["convenor_last_successful_poll_timestamp_seconds",] == NOW.timestamp()
    assert found["convenor_database_bytes",] > 10_000


def test_every_word_and_outcome_has_its_number_from_the_beginning() -> None:
    nothing = overview_of((), Polling(None, None, 0), NOW)
    found = values(metrics(nothing, Counters({}, 0, 0.0, 0, 0)))
    assert {key[1] for key in found if key[0] == "convenor_polls_total"} == set(OUTCOMES)
    assert {key[1] for key in found if key[0] == "convenor_sources"} == set(WORDS)
    assert set(found.values()) == {0}


@pytest.mark.parametrize(
    ("found", "status"),
    [
        pytest.param(Polling(NOW, NOW, 0), "ok", id="all polled"),
        pytest.param(Polling(None, None, 0), "ok", id="nothing due yet"),
        pytest.param(Polling(NOW - timedelta(hours=1), NOW, 4), "ok", id="a long pass"),
        pytest.param(Polling(NOW - timedelta(days=3), NOW, 0), "ok", id="everything rests"),
        pytest.param(Polling(NOW - timedelta(days=3), NOW, 4), "trouble", id="nothing crawls any more"),
    ],
)
def test_crawling_that_stopped_is_trouble(found: Polling, status: str) -> None:
    overview = overview_of([WELL], found, NOW)
    assert (overview.status, "does nothing crawl?" in overview.why) == (status, status == "trouble")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["ok", "ok"], "every source is well"),
        (["ok", "late", "quiet", "late"], "no source is broken, 2 late and 1 quiet"),
        (["ok", "unreachable"], "1 of 2 sources is broken"),
        (
            ["unreachable", "unreachable"],
            "2 of 2 sources are broken: none can be reached; perhaps this machine is not connected to the web",
        ),
    ],
)
def test_sentence_says_how_the_sources_do_as_a_whole(words: list[str], sentence: str) -> None:
    lines = [replace(WELL, word=word, broken=word == "unreachable") for word in words]
    assert overview_of(lines, Polling(NOW, NOW, 0), NOW).why == sentence


def test_what_waits_for_a_look_is_told_and_counted() -> None:
    held = HeldPoll(1, WELL.id, NOW, "all is new", 12, ("One", "Two"))
    overview = overview_of([replace(WELL, held=(held,))], Polling(NOW, NOW, 0), NOW)
    assert overview.status == "ok" and "what 1 of them brought waits for a look" in overview.why
    assert values(metrics(overview, Counters({}, 0, 0.0, 0, 0)))["convenor_sources_held",] == 1


async def test_sources_that_wait_too_long_are_counted(room: Room) -> None:
    room.add("One")
    assert polling(room.conn, NOW) == Polling(NOW, NOW, 0)
    room.conn.execute("INSERT OR IGNORE INTO poll_states (source_id, next_poll_at) VALUES ('ndl', NULL)")
    room.conn.execute("UPDATE poll_states SET next_poll_at = '2021-02-10T00:00:00Z' WHERE source_id = 'ndl'")
    later = NOW.replace(year=2022) + OVERDUE
    assert polling(room.conn, later).overdue == 1 and polling(room.conn, later).stalled(later)
