"""Every page of the desk as axe-core sees it, in light and dark, wide and narrow: nothing of WCAG 2.2 level A or AA."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from curation.card_links import card_token
from curation.stories import fold_sightings
from db.connect import transaction
from db.reports import ReportKey, find_or_add_report
from tests.browser import ARGUMENTS, chromium
from tests.desks import NOW, PASSWORD, SECRET, DrivenDesk, News, add_news, desk_in_thread, make_database, plain_news

pytestmark = pytest.mark.browser
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PAGES = [
    "",
    "?order=likely",
    "?state=dismissed&language=zh&since=2019-01-01",
    "?country=XX",
    "?q=图书馆",
    "-/search",
    "-/search?q=図書館",
    "-/item/1",
    "-/item/40",
    "-/item/999",
    "-/kept/2",
    "-/keys",
    "-/tags",
    "-/coverage",
    "-/compare?report=1&country=JP",
    "-/you",
    "-/openid/back",
    "-/history",
    "-/history?item=40&since=2021-01-01&until=2999-12-31",
    "-/report",
    "-/report?sub_region=nea&period=2020-11..2021-02",
    "-/sources",
    "-/sources/paste",
]
LOOKS = [
    pytest.param("light", 1200, id="light, wide"),
    pytest.param("dark", 1200, id="dark, wide"),
    pytest.param("light", 360, id="light, narrow"),
    pytest.param("dark", 360, id="dark, narrow"),
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DrivenDesk]:
    """Something of everything: sightings, a report, decisions of all kinds."""
    path = tmp_path_factory.mktemp("looks") / "convenor.db"
    make_database(path, plain_news(40))
    with desk_in_thread(path) as running:
        with transaction(running.conn):
            twins = [News("One story of two sources", "Told.", source=n, language="ko") for n in (2, 6)]
            add_news(running.conn, twins, start=100)
            running.conn.execute("UPDATE users SET role = 'operator' WHERE name = 'bat'")
        fold_sightings(running.conn, now=NOW)
        find_or_add_report(running.conn, ReportKey("nea", "2020-11", "2021-02"), vocabulary="IFLA-2019-2024")
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        yield running
        running.close()


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_axe_finds_nothing_on_any_page(desk: DrivenDesk, browser: Browser, scheme: str, width: int) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})  # type: ignore[arg-type]
    context.set_default_timeout(10_000)
    page = context.new_page()
    found = {}
    page.goto(desk.address)
    found["sign in"] = violations(page)
    page.goto(f"{desk.address}-/card/{card_token(SECRET, 2, 1, datetime.now(UTC))}")
    found["card behind the link of a letter"] = violations(page)
    page.goto(desk.address)
    page.get_by_label("Name").fill("bat")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Queue")
    decide_a_little(page)
    found["queue at work"] = violations(page)
    page.get_by_role("button", name="Keys").click() if width > 400 else None
    found["keys dialog"] = violations(page)
    for path in PAGES:
        page.goto(desk.address + path)
        page.evaluate("for (const folded of document.querySelectorAll('details')) folded.open = true")
        found[path] = violations(page)
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
    assert {place: problems for place, problems in found.items() if problems} == {}


def decide_a_little(page: Page) -> None:
    """Some decisions in the strip, one refusal, a selection, one decision that waits."""
    page.keyboard.press("i")
    page.keyboard.press("l")
    page.keyboard.press("d")
    expect(page.locator("[data-cards]")).to_have_attribute("aria-busy", "false")
    page.context.set_offline(True)
    page.keyboard.press("d")
    page.keyboard.press("i")
    page.keyboard.press("x")
    expect(page.locator("#line")).to_contain_text("cannot be reached")


def violations(page: Page) -> list[str]:
    """What axe finds: rule, and the first element that breaks it."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE)
    options = {"runOnly": {"type": "tag", "values": LEVELS}, "resultTypes": ["violations"]}
    # What lies half behind a bar that stays in view is scrolled out of it; axe would call it too small.
    page.evaluate("for (const bar of document.querySelectorAll('.many, .side, .sticky')) bar.style.position = 'static'")
    found = page.evaluate("options => axe.run(document, options)", options)["violations"]
    page.context.set_offline(False)
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]} ({len(one['nodes'])})" for one in found]
