"""Tags in a real Chromium: what they mean."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import ARGUMENTS, chromium
from tests.desks import PASSWORD, DrivenDesk, desk_in_thread, make_database, plain_news

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DrivenDesk]:
    path = tmp_path_factory.mktemp("tags") / "convenor.db"
    make_database(path, plain_news(12))
    with desk_in_thread(path) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        yield running
        running.close()


@pytest.fixture(scope="module")
def page(browser: Browser, desk: DrivenDesk) -> Iterator[Page]:
    """Signed in; any script error or foreign host fails the tests."""
    troubles: list[str] = []
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    context.set_default_timeout(10_000)
    opened = context.new_page()
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on("request", lambda asked: troubles.append(asked.url) if "//127.0.0.1:" not in asked.url else None)
    opened.goto(desk.address)
    opened.get_by_label("Name").fill("ying")
    opened.get_by_label("Password").fill(PASSWORD)
    opened.get_by_role("button", name="Sign in").click()
    expect(opened.get_by_role("heading", level=1)).to_contain_text("Queue")
    yield opened
    context.close()
    assert troubles == []


def test_meaning_of_a_tag_is_told_to_keyboard_pointer_and_screen_reader(page: Page, desk: DrivenDesk) -> None:
    page.goto(desk.address + "?strategy=IFLA-2019-2024")
    box = page.locator(".card").first.get_by_role("checkbox", name="SD3")
    tip = page.locator("#tip-IFLA-2019-2024-SD3")
    expect(box).to_have_accessible_description(re.compile("Empower the field at the national and regional levels"))
    expect(tip).to_be_hidden()
    page.locator(".card").first.get_by_role("checkbox", name="SD2").focus()
    page.keyboard.press("Tab")
    expect(box).to_be_focused()
    expect(tip).to_be_visible()
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    page.locator(".card").nth(1).locator("[data-tip$=SD1]").hover()
    other = page.locator("#tip-IFLA-2019-2024-SD1")
    expect(other).to_be_visible()
    other.hover()
    expect(other).to_be_visible()
    page.locator("h1").hover()
    expect(other).to_be_hidden()
