from __future__ import annotations

import io
import json

import pytest
from msgspec.structs import replace

from crawlers.tally import CrawlEvent, CrawlSummary
from terminal import CrawlPrinter, Waiting, poll_line

SUMMARY = CrawlSummary({"new": 1, "failed": 1}, ("lsc",), 0, None, 2, 3, 0, 0, 7, 4.2)


POLL = CrawlEvent("poll", "ndl-en", seconds=1.26)


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (replace(POLL, outcome="new", items_seen=31, items_new=2), "ndl-en: 2 new of 31 items (1.3 s)"),
        (replace(POLL, outcome="unchanged", items_seen=31), "ndl-en: nothing new among 31 items (1.3 s)"),
        (replace(POLL, outcome="not_modified"), "ndl-en: not modified (1.3 s)"),
        (replace(POLL, outcome="empty"), "ndl-en: the page says that it has no news (1.3 s)"),
        (replace(POLL, outcome="failed", error="timed out"), "ndl-en: failed (1.3 s) — timed out"),
        (
            replace(POLL, outcome="new", items_seen=9, items_new=9, note="half"),
            "ndl-en: 9 new of 9 items (1.3 s) — half",
        ),
    ],
)
def test_failed_empty_and_quiet_never_read_alike(event: CrawlEvent, line: str) -> None:
    assert poll_line(event) == line


def test_progress_is_overwritten_and_leaves_only_results() -> None:
    said, screen = list[str](), io.StringIO()
    printer = CrawlPrinter(said.append, screen)
    printer.begin()
    printer.event(CrawlEvent("article", "ndl-en", url="https://ndl.example/1", done=1, total=2))
    printer.event(replace(POLL, outcome="not_modified"))
    printer.summary(SUMMARY)
    assert said[0] == "ndl-en: not modified (1.3 s)"
    assert said[1] == (
        "2 sources polled in 4.2 s; 2 new items; 3 article pages read; 7 article pages wait (--articles reads them);"
        " not working: lsc."
    )
    assert "article page 1 of 2" in screen.getvalue() and "\n" not in screen.getvalue()


def test_machine_without_a_way_to_the_web_is_asked_about() -> None:
    said = list[str]()
    CrawlPrinter(said.append).summary(replace(SUMMARY, outcomes={"failed": 2}, failed=("lsc", "num"), unanswered=2))
    assert said[0].endswith(
        "; not working: lsc, num; no server answered: perhaps this machine is not connected to the web."
    )


def test_no_progress_where_there_is_no_terminal() -> None:
    said = list[str]()
    printer = CrawlPrinter(said.append)
    printer.begin()
    printer.event(CrawlEvent("article", "ndl-en", url="https://ndl.example/1", done=1, total=2))
    assert said == []


def test_programs_get_one_object_a_line() -> None:
    said = list[str]()
    printer = CrawlPrinter(said.append, as_json=True)
    printer.event(replace(POLL, outcome="new", items_seen=31, items_new=2))
    printer.summary(SUMMARY)
    first, last = map(json.loads, said)
    assert (first["event"], first["source_id"], first["items_new"]) == ("poll", "ndl-en", 2)
    assert (last["event"], last["failed"], last["items_new"]) == ("summary", ["lsc"], 2)


def test_what_is_waited_for_stands_on_a_terminal_only_meanwhile() -> None:
    shown = io.StringIO()
    with Waiting(shown).on("asking https://library.example/"):
        assert shown.getvalue() == "\r  asking https://library.example/ …\r"
    assert shown.getvalue().endswith("\r" + " " * len("  asking https://library.example/ …") + "\r")
    with Waiting(None).on("nothing where there is no terminal"):
        pass
