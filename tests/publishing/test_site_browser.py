"""The public site in a real browser: narrow and wide, light and dark, in five scripts, on paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from db.records import Curation
from publishing.public import publish
from publishing.site import make_site
from tests.browser import ARGUMENTS, chromium
from tests.publishing.conftest import NOW, SD1, SD3, new_desk
from tests.publishing.test_site import served

pytestmark = pytest.mark.browser

LONG = "https://www.nl.go.kr/" + "a" * 300
PAGES = (
    *("/", "/public", "/public/terms", "/public/activities", "/public/activities?_tag=SD1&country_name=China"),
    *("/public/activities/1", "/public/activities/2", "/public/activities/3", "/public/activities/4", "/nowhere"),
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("browser")
    with new_desk(folder) as desk:
        said = Curation("impactful", (SD1, SD3), impact="Two *million* readers.")
        desk.mark(desk.find("国家图书馆举办古籍修复线上展览面向全国读者开放" * 3, source="nlc-news"), said)
        desk.activity("국립중앙도서관, 코로나19 시대의 도서관 서비스 변화에 관한 국제 세미나", source="nlk-news")
        desk.activity("Монгол Улсын Үндэсний номын сангийн “Уншигч хүүхэд” арга хэмжээ", source="num-news")
        item = desk.find("国立国会図書館デジタルコレクション", summary="W" * 400)
        desk.mark(item, Curation("impactful", (SD1,), url=LONG))
        publish(desk.conn, folder / "public.db", now=NOW)
    with served(make_site(folder / "public.db")) as client:
        yield str(client.base_url)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1100])
def test_no_page_scrolls_sideways_or_complains(browser: Browser, address: str, width: int, scheme: str) -> None:
    dark = scheme == "dark"
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light")
    page, troubles = context.new_page(), list[str]()
    page.on("console", lambda message: troubles.append(message.text) if "404" not in message.text else None)
    page.on("request", lambda request: None if request.url.startswith(address) else troubles.append(request.url))
    for path in PAGES:
        page.goto(f"{address.rstrip('/')}{path}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, ground[4:-1].split(","))) < 384) is dark
    assert troubles == []
    context.close()


def test_reader_narrows_the_list_by_keyboard(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 1100, "height": 800})
    page.goto(address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.get_by_role("link", name="SD3 Connect and empower the field").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".activity")).to_have_count(1)
    page.get_by_role("link", name="Remove: Strategy tag: SD3").click()
    expect(page.locator(".activity")).to_have_count(4)
    page.get_by_role("complementary").get_by_role("link", name="Mongolia", exact=True).click()
    expect(page.locator(".activity h2")).to_contain_text("Монгол")
    page.locator(".activity h2 a").click()
    expect(page.locator("h1")).to_have_attribute("lang", "mn")
    page.close()


def test_printed_activity_shows_its_address(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address.rstrip('/')}/public/activities/1")
    page.emulate_media(media="print")
    assert not page.locator(".top nav").is_visible()
    assert page.locator(".impact").is_visible()
    assert "<https://" in page.locator(".original a").evaluate("e => getComputedStyle(e, '::after').content")
    page.close()
