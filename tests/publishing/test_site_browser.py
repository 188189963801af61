"""The public site in a real browser: narrow and wide, light and dark, in five scripts, on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from db.records import Curation
from publishing.public import publish
from publishing.site import make_site
from tests.looks import misfits, out_of_reach, violations
from tests.publishing.conftest import NOW, SD1, SD3, new_desk
from tests.publishing.test_site import served

pytestmark = pytest.mark.browser

LONG = "https://www.nl.go.kr/" + "a" * 300
PAGES = (  # every kind, with activities in each of the five languages
    *("/", "/public/activities", "/public/activities?_tag=SD1&country_name=China", "/public/activities?_search=номын"),
    *("/a/1", "/a/2", "/a/3", "/a/4", "/a/5", "/public/activities/4", "/tag/IFLA-2019-2024/SD1", "/period/2020-H2"),
    *("/country/CN", "/country/JP", "/country/KR", "/country/MN", "/country/INT", "/country/AU"),
    *("/search", "/search?q=図書館", "/search?q=номын", "/search?q=도서관", "/search?q=zzz", "/search?q=libary"),
    *("/pictures", "/reuse", "/public", "/public/terms", "/public/sightings", "/public/withdrawn"),
    *("/a/6", "/nowhere", "/public/activities?_sort=nothing"),  # 410, 404, 400
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
        desk.activity("Libraries of the islands: reading day", source="ifla")
        gone = desk.activity("gone")
        publish(desk.conn, folder / "public.db", now=NOW)
        desk.mark(gone, Curation(state="dismissed"))
        publish(desk.conn, folder / "public.db", now=NOW)
    with served(make_site(folder / "public.db")) as client:
        yield str(client.base_url)


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (360, "dark"), (1100, "light"), (1100, "dark")])
def test_no_page_scrolls_sideways_or_complains(
    browser: Browser, address: str, width: int, scheme: str, script: bool
) -> None:
    dark = scheme == "dark"
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if dark else "light",
        java_script_enabled=script,
    )
    page, troubles = context.new_page(), list[str]()
    page.on(
        "console", lambda message: None if re.search("status of 4", message.text) else troubles.append(message.text)
    )
    page.on("request", lambda request: None if request.url.startswith(address) else troubles.append(request.url))
    for path in PAGES:
        page.goto(f"{address.rstrip('/')}{path}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        expect(page.locator("h1")).to_be_visible()
        if script and dark == (width > 360):  # in one scheme at each width
            assert (misfits(page), violations(page, only_colours=dark)) == ([], []), path
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
    expect(page.get_by_role("heading", level=1)).to_have_text("SD3 Connect and empower the field")
    expect(page.locator(".activity")).to_have_count(1)
    page.get_by_role("link", name="The one activity").click()
    page.get_by_role("link", name="Remove: Strategy tag: SD3").click()
    expect(page.locator(".activity")).to_have_count(5)
    page.get_by_role("complementary").get_by_role("link", name="Mongolia", exact=True).click()
    expect(page.locator(".activity .title")).to_contain_text("Монгол")
    page.locator(".activity .title a").click()
    expect(page.locator("h1")).to_have_attribute("lang", "mn")
    page.close()


@pytest.mark.parametrize(
    ("typed", "title", "marks"),
    [
        ("图书馆 数字化 OR", None, 0),
        ("圖書館 デジタル", "国立国会図書館デジタルコレクション", 1),
        ("도서관 세미나", "국립중앙도서관, 코로나19", 3),
        ("НОМЫН", "Монгол Улсын Үндэсний", 1),
        ("library", "Libraries of the islands", 1),
        ("古籍修復", "国家图书馆举办古籍修复", 3),
    ],
)
@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_reader_searches_in_her_language(
    browser: Browser, address: str, typed: str, title: str | None, marks: int, script: bool
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 700}, java_script_enabled=script)
    page = context.new_page()
    page.goto(address)
    page.get_by_label("Search in any language").fill(typed)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Search")
    if title is None:
        expect(page.locator(".empty")).to_contain_text("No activity matches")
    else:
        expect(page.locator(".activity .title").first).to_contain_text(title)
        assert page.locator("mark").count() >= marks
        page.locator(".activity .title a").first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(title)
        assert re.search(r"/a/\d+$", page.url)
    context.close()


def test_hints_open_without_script(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address.rstrip('/')}/search")
    expect(page.get_by_text("country:JP", exact=True)).to_be_visible()
    page.goto(f"{address.rstrip('/')}/search?q=zzz")
    page.get_by_text("What can be typed").click()
    expect(page.get_by_text("country:JP", exact=True)).to_be_visible()
    context.close()


def test_every_page_can_be_printed(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 680, "height": 900})  # of the paper between its margins
    page.emulate_media(media="print")
    for path in PAGES:
        page.goto(f"{address.rstrip('/')}{path}")
        for left_out in (".top nav", ".find", ".facets", ".hints"):
            assert not page.locator(left_out).first.is_visible(), path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert page.pdf(format="A4").startswith(b"%PDF"), path
    page.close()


def test_keyboard_reaches_everything(browser: Browser, address: str) -> None:
    page = browser.new_page()
    for path in ("/", "/public/activities", "/a/1", "/country/JP", "/search?q=図書館", "/pictures"):
        page.goto(f"{address.rstrip('/')}{path}")
        assert out_of_reach(page) == [], path
    page.close()


def test_printed_activity_shows_its_address(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address.rstrip('/')}/a/1")
    page.emulate_media(media="print")
    assert not page.locator(".top nav").is_visible()
    assert page.locator(".impact").is_visible()
    assert "<https://" in page.locator(".original a").evaluate("e => getComputedStyle(e, '::after').content")
    page.close()
