"""Tags and impact notes in a real Chromium: what they mean, and what is quoted."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from db.connect import transaction
from db.reports import ReportKey, find_or_add_report, list_picks
from tests.desks import PASSWORD, DrivenDesk, desk_in_thread, make_database, plain_news

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DrivenDesk]:
    path = tmp_path_factory.mktemp("tags") / "convenor.db"
    make_database(path, plain_news(12))
    with desk_in_thread(path) as running:
        yield running


@pytest.fixture(scope="module")
def page(browser: Browser, desk: DrivenDesk) -> Iterator[Page]:
    """Signed in; any script error or foreign host fails the tests."""
    troubles: list[str] = []
    context = browser.new_context(viewport={"width": 1200, "height": 900})
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


ARTICLE = "Readers had no books 😀. The library lent vans.\n\nEvery village has one now. 村村有书。"


def test_sentence_is_quoted_by_keyboard_and_words_by_pointer(page: Page, desk: DrivenDesk) -> None:
    desk.conn.execute("UPDATE items SET text = ? WHERE id = 1", (ARTICLE,))
    page.goto(desk.address + "-/item/1")
    page.get_by_role("button", name="Quote a sentence of the article").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("radio")).to_have_count(4)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    need = page.get_by_label("Need")
    expect(need).to_have_value("“The library lent vans.”")
    expect(need).to_be_focused()
    page.keyboard.type(" and buses")
    page.reload()  # what is not saved yet comes back, with its place
    expect(page.get_by_label("Need")).to_have_value("“The library lent vans.” and buses")
    expect(page.get_by_role("checkbox", name="The library lent vans.")).to_be_checked()
    words = page.locator("[data-start]").nth(1)
    words.evaluate(
        "p => { const r = document.createRange(); r.setStart(p.firstChild, 0); r.setEnd(p.firstChild, 26);"
        " const s = getSelection(); s.removeAllRanges(); s.addRange(r); }"
    )
    page.get_by_role("button", name="Quote into: result").click()
    expect(page.get_by_label("Result and evidence")).to_have_value("“Every village has one now.”")
    page.locator("#edit [data-key='1'] input").check()
    page.get_by_role("button", name="Impactful").click()
    page.wait_for_url(desk.address)
    page.goto(desk.address + "-/kept/1#quote-2")
    expect(page.locator("mark")).to_have_text(["The library lent vans.", "Every village has one now."])
    page.goto(desk.address + "-/item/1")
    page.get_by_role("checkbox", name="The library lent vans.").uncheck()
    page.get_by_role("button", name="Quote a sentence of the article").last.click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Quote a sentence of the article").last).to_be_focused()
    page.get_by_role("button", name="Save, leave").click()
    page.wait_for_url(desk.address)
    page.goto(desk.address + "-/kept/1")
    expect(page.locator("mark")).to_have_text(["Every village has one now."])


def test_coverage_opens_the_queue_of_a_country(page: Page, desk: DrivenDesk) -> None:
    page.get_by_role("link", name="Coverage").click()
    row = page.get_by_role("row", name="Mongolia")
    waiting = row.get_by_role("cell").nth(2).inner_text()
    row.get_by_role("link", name="Mongolia").click()
    expect(page.locator("[data-count]")).to_have_text(waiting)
    expect(page.get_by_label("Country")).to_have_value("MN")
    assert desk.address in page.url


def test_two_are_compared_by_keys_until_the_picks_are_in_order(page: Page, desk: DrivenDesk) -> None:
    key = ReportKey("nea", "2018-01", "2021-12")
    report = find_or_add_report(desk.conn, key, vocabulary="IFLA-2019-2024")
    with transaction(desk.conn):
        desk.conn.execute("UPDATE items SET state = 'impactful' WHERE country = 'JP'")
    page.goto(f"{desk.address}-/report?sub_region=nea&period=2018-01..2021-12")
    page.locator("[data-country=JP]").get_by_role("link", name="Put them in order").click()
    first = page.locator("[data-compare] h2").nth(1).inner_text()
    while page.locator("[data-compare]").count():
        expect(page.get_by_role("button", name="This one").first).to_be_focused()
        right = page.locator("[data-compare] h2").nth(1).inner_text() == first
        with page.expect_navigation():
            page.keyboard.press("ArrowRight" if right else "ArrowLeft")
    page.get_by_role("button", name="Pick the first 2 in this order").click()
    expect(page.locator("#status")).to_have_text("The picks stand in this order now.")
    picked = page.locator("[data-country=JP] [data-candidate]:has([name=pick]:checked)")
    expect(picked).to_have_count(2)
    expect(picked.first).to_contain_text(first)
    assert len(list_picks(desk.conn, report.id)) == 2
