"""The whole loop as a convenor goes through it, in a real Chromium: demo, desk, picks, public site, report."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from db.vocabularies import shipped_vocabularies
from publishing.report.read import read_activities, read_lines
from tests.driving import (
    ACTIVITIES,
    REPORT_NAME,
    ROOT,
    SEED,
    Demo,
    fill_report,
    mark_impactful,
    open_waiting_item,
    running_demo,
    sign_in,
    start_demo,
)

pytestmark = pytest.mark.browser
REPORT = ("--sub-region", "north-east-asia", "--period", "2020-11..2021-02")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh browser window that fails the test on any script error and any request to another host."""
    context = browser.new_context()
    opened = context.new_page()
    troubles: list[str] = []
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on("request", lambda request: troubles.append(request.url) if "//127.0.0.1:" not in request.url else None)
    yield opened
    context.close()
    assert troubles == []


def expected_rows() -> list[tuple[Any, ...]]:
    return [
        (a["country"], a["number"], a["title_as_printed"], tuple(a["links"]), tuple(a["sd_codes"])) for a in ACTIVITIES
    ]


def rows_of(package: bytes) -> list[tuple[Any, ...]]:
    found = read_activities(package, shipped_vocabularies()[0])
    return [(a.country, a.number, a.title, a.links, a.directions) for a in found]


def test_the_seed_report_comes_back_through_the_whole_loop(demo: Demo, page: Page, tmp_path: Path) -> None:
    sign_in(page, demo)
    for activity in ACTIVITIES:
        open_waiting_item(page, demo, activity["country_iso2"], activity["title_as_printed"])
        mark_impactful(page, activity)
        expect(page.locator("[data-recent] li").first).to_contain_text(activity["title_as_printed"][:50])
    fill_report(page, demo)
    missing = page.get_by_role("heading", name="Still missing").locator("xpath=..")
    expect(missing).to_contain_text("same page")

    page.get_by_role("button", name="Publish now").click()
    expect(page.get_by_text("11 activities are published")).to_be_visible()
    check_public_site(page, demo)

    page.goto(f"{demo.desk}-/report")
    page.get_by_role("link", name=REPORT_NAME).click()
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("Word")).click()
    assert rows_of(Path(download.value.path()).read_bytes()) == expected_rows()

    output = tmp_path / "report.docx"
    command = [sys.executable, "-m", "convenor", "report", "draft", "--db", str(demo.folder / "demo.db")]
    subprocess.run([*command, *REPORT, "-o", str(output)], cwd=ROOT, check=True, capture_output=True)
    assert rows_of(output.read_bytes()) == expected_rows()
    lines = read_lines(output.read_bytes())
    assert SEED["header"]["reporting_period_as_printed"] in lines
    assert f"Date of submission: {SEED['header']['submission_date_as_printed']}" in lines


def check_public_site(page: Page, demo: Demo) -> None:
    """Within seconds the running site shows what was published, with its facets, and nothing else."""
    title = ACTIVITIES[0]["title_as_printed"]
    page.goto(demo.site)
    expect_after_reload(page, title)
    page.goto(f"{demo.site}public/activities?_facet=country_name")
    expect(page.locator("body")).to_contain_text("Mongolia")
    page.get_by_role("link", name=title).first.click()
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("original", re.I)).first).to_have_attribute(
        "href", ACTIVITIES[0]["links"][0]
    )
    answer = page.request.get(f"{demo.site}public/activities.json?_shape=array&_size=max")
    assert {row["title"] for row in answer.json()} == {a["title_as_printed"] for a in ACTIVITIES}


def expect_after_reload(page: Page, text: str) -> None:
    for _ in range(20):
        if page.get_by_text(text).count():
            return
        page.wait_for_timeout(250)
        page.reload()
    raise AssertionError(f"the public site does not show {text!r}")


def all_is_sent(page: Page) -> None:
    expect(page.locator("[data-cards]")).to_have_attribute("aria-busy", "false")


def test_keys_alone_decide_and_take_back(demo: Demo, page: Page) -> None:
    sign_in(page, demo)
    waiting = page.locator("[data-count]")
    before = int(waiting.inner_text())
    card = page.locator(".card.current")
    title = card.get_by_role("heading").inner_text()
    page.keyboard.press("1")
    page.keyboard.press("i")
    expect(waiting).to_have_text(str(before - 1))
    page.keyboard.press("d")
    expect(waiting).to_have_text(str(before - 2))
    page.keyboard.press("z")
    page.keyboard.press("z")
    expect(waiting).to_have_text(str(before))
    page.keyboard.type("ddzzd")  # faster than any answer comes: an undo never overtakes the decision it means
    all_is_sent(page)
    expect(waiting).to_have_text(str(before - 1))
    expect(page.locator("[data-recent] li").first).to_contain_text("Dismissed")
    page.keyboard.press("z")
    all_is_sent(page)
    expect(waiting).to_have_text(str(before))
    page.reload()
    expect(page.locator("[data-count]")).to_have_text(str(before))
    expect(page.locator(".card").first.get_by_role("heading")).to_have_text(title)


def test_demo_keeps_decisions_and_sessions_over_a_restart(page: Page, tmp_path: Path) -> None:
    with running_demo(tmp_path) as first:
        sign_in(page, first)
        before = int(page.locator("[data-count]").inner_text())
        page.keyboard.press("d")
        all_is_sent(page)
        expect(page.locator("[data-count]")).to_have_text(str(before - 1))
    with running_demo(tmp_path) as again:
        page.goto(again.desk)
        expect(page.locator("[data-count]")).to_have_text(str(before - 1))


def test_servers_end_when_the_demo_is_killed(tmp_path: Path) -> None:
    running = start_demo(tmp_path)
    with running.process:
        running.process.kill()
        assert running.process.stdout
        running.process.stdout.read()  # ends only when no child holds it any more
    for address in (running.desk, running.site):
        port = int(address.rstrip("/").rpartition(":")[2])
        socket.create_server(("127.0.0.1", port)).close()
