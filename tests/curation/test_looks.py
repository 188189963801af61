"""Every page of the desk in every language, in light and dark, wide and narrow.

axe-core finds nothing of WCAG 2.2 level A or AA, no text is cut or covered, and the tabulator leads to every control.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from curation.card_links import card_token
from curation.languages import LANGUAGES
from curation.plugin import ROUTES
from db.nominations import suggest_links
from tests.curation.furnished import furnished_desk
from tests.curation.test_add_page import PAGE
from tests.desks import PASSWORD, SECRET, DrivenDesk
from tests.looks import misfits, out_of_reach, violations

pytestmark = pytest.mark.browser
WIDE, NARROW = {"width": 1200, "height": 900}, {"width": 360, "height": 900}
QUEUE = "/?country=MN&until=2019-03-20"  # three cards: all are alike, and axe-core takes long for each
COUNTRIES = ["CN", "CN", "JP", "KR", "MN"]  # in which a little is decided, for each language
PAGES = [
    QUEUE,
    f"{QUEUE}&order=likely",
    "/?state=dismissed&language=zh&since=2019-01-01",
    "/?country=XX",
    "/?q=图书馆",
    "/-/search",
    "/-/search?q=図書館",
    "/-/item/1",
    "/-/item/40",
    "/-/item/999",
    "/-/kept/2",
    "/-/keys",
    "/-/tags",
    "/-/coverage",
    "/-/compare?report=1&country=JP",
    "/-/you",
    "/-/history",
    "/-/history?item=40&since=2021-01-01&until=2999-12-31",
    "/-/report",
    "/-/report?sub_region=nea&period=2020-11..2021-02",
    "/-/sources",
    "/-/sources/page?source=ndl",
    "/-/sources/paste",
    "/-/add",
    f"/-/add?url={PAGE}",
    "/-/openid/back",
    "/-/nowhere",
]
# A phone whose letters are twice as large: nothing lies beside the page, and what is hidden stays out of it.
TOO_WIDE_IN_LARGE_LETTERS = """() => {
  const { style } = document.documentElement;
  style.fontSize = "200%";
  const width = document.documentElement.scrollWidth;
  const seen = document.querySelector(".skip").getBoundingClientRect().right > 0;
  style.fontSize = "";
  const found = { [`page is ${width} wide in large letters`]: width > innerWidth, "skip link is seen": seen };
  return Object.keys(found).filter((fault) => found[fault]);
}"""
NO_PAGES = {
    "/-/history.csv",
    "/-/report/download",
    "/-/health",
    "/-/metrics",
    "/-/openid",
    "/-/login",
    "/-/picture/1/0123456789abcdef",
}  # or seen before


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DrivenDesk]:
    with furnished_desk(tmp_path_factory.mktemp("looks") / "convenor.db") as running:
        yield running


def test_every_page_of_the_desk_has_a_row() -> None:
    looked_at = [page.partition("?")[0] for page in PAGES] + ["/-/suggest/token-of-a-link", "/-/card/" + "token" * 9]
    patterns = [route.pattern for route in ROUTES if route.get and "desk-static" not in route.pattern]
    first_to_match = {next(p for p in patterns if re.fullmatch(p, page)) for page in [*looked_at, *NO_PAGES]}
    assert set(patterns) - first_to_match == set()


@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_page_looks_well_in_every_language(desk: DrivenDesk, browser: Browser, tag: str) -> None:
    context = browser.new_context(locale=tag, viewport=WIDE)  # type: ignore[arg-type]
    page = context.new_page()
    found = {}
    token = suggest_links(desk.conn, ["nea"])["nea"].token
    for path in (f"/-/suggest/{token}", f"/-/card/{card_token(SECRET, 2, 1, datetime.now(UTC))}", "/-/login"):
        page.goto(desk.address.rstrip("/") + path)
        found[path] = faults(page, tag)
    sign_in(page)
    assert page.locator("html").get_attribute("lang") == tag
    if tag == "en":
        found["whole queue"] = faults(page, tag)
    page.goto(f"{desk.address}?country={COUNTRIES[list(LANGUAGES).index(tag)]}")
    decide_a_little(page)
    found["queue at work"] = faults(page, tag)
    page.evaluate("document.querySelector('dialog').showModal()")
    found["keys dialog"] = faults(page, tag, within="dialog[open]")
    for path in PAGES:
        page.goto(desk.address.rstrip("/") + path)
        assert not path.startswith(QUEUE) or page.locator("[data-cards] > .card").count() == 3
        found[path] = faults(page, tag)
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
    assert {place: problems for place, problems in found.items() if problems} == {}


def test_tabulator_leads_to_every_control_of_every_page(desk: DrivenDesk, browser: Browser) -> None:
    context = browser.new_context(locale="en", viewport=WIDE)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{desk.address}-/login")
    found = {"sign in": out_of_reach(page)}
    sign_in(page)
    for path in [QUEUE, *PAGES[5:]]:
        page.goto(desk.address.rstrip("/") + path)
        found[path] = out_of_reach(page)
    context.close()
    assert {place: problems for place, problems in found.items() if problems} == {}


def sign_in(page: Page) -> None:
    page.locator("[name=name]").fill("bat")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button.main").click()
    expect(page.locator("[data-cards]")).to_be_visible()


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
    expect(page.locator("#line")).not_to_be_empty()


def faults(page: Page, tag: str, within: str = "html") -> list[str]:
    """What is wrong at either width and in either scheme: English in all four looks, the others in two of them."""
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="dark")
    found = misfits(page) + violations(page, only_colours=tag != "en", within=within)
    page.emulate_media(color_scheme="light")
    if tag == "en":
        found += violations(page, only_colours=True, within=within)
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    found += misfits(page) + violations(page, within=within)
    if tag == "en":
        page.emulate_media(color_scheme="dark")
        found += violations(page, only_colours=True, within=within)
    if tag == "mn":  # the longest words
        found += page.evaluate(TOO_WIDE_IN_LARGE_LETTERS)
    page.context.set_offline(False)
    return found
