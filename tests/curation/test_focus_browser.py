"""The focus after every action of every page: never lost to the top of the page, always where a person would go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.curation.furnished import furnished_desk
from tests.curation.test_add_page import PAGE
from tests.desks import PASSWORD, DrivenDesk

pytestmark = pytest.mark.browser
REPORT = "-/report?sub_region=nea&period=2020-11..2021-02"
CARD, HEADING, ALERT = "[data-cards] > .card.current", "main h1", "main [role=alert]"
Act = Callable[[Page], None]


def keys(*pressed: str) -> Act:
    """These keys, one after the other, and what they caused is saved."""

    def act(page: Page) -> None:
        for key in pressed:
            page.keyboard.press(key)
        expect(page.locator("[data-cards]")).to_have_attribute("aria-busy", "false")

    return act


def click(selector: str, *, first: str = "") -> Act:
    """A press on this control, by keyboard as by pointer; before it a control that makes it appear."""

    def act(page: Page) -> None:
        if first:
            page.locator(first).first.click()
        page.locator(selector).first.click()

    return act


def loads(selector: str, *, first: str = "", typed: str = "") -> Act:
    """The same, where a page is loaded by it."""

    def act(page: Page) -> None:
        if first:
            page.locator(first).first.click()
        if typed:
            page.locator("main [name=url]").first.fill(typed)
        with page.expect_navigation():
            page.locator(selector).first.click()

    return act


def button(name: str, value: str) -> str:
    return f"button[name={name}][value='{value}']"


def button_of(words: str) -> str:
    return f"main button:text('{words}')"


def edited(page: Page) -> None:
    page.locator("#edit-title").fill("Another title")
    loads("#edit " + button("action", "edit"))(page)


def source_added(page: Page) -> None:
    loads("main button", typed="https://new.example/")(page)
    loads("main button.main")(page)


def note(page: Page) -> None:
    page.keyboard.press("n")
    page.keyboard.type("A note.")
    page.keyboard.press("Escape")


def two_are_one(page: Page) -> None:
    keys("x", "j", "x")(page)
    page.locator(button("action", "fold")).click()
    expect(page.locator("[data-cards]")).to_have_attribute("aria-busy", "false")


def in_work_meanwhile(page: Page) -> None:
    """Somebody else takes the card up while its tag is ticked."""
    page.keyboard.press("n")
    other = page.context.browser.new_context()  # type: ignore[union-attr]
    theirs = other.new_page()
    theirs.goto(page.url)
    sign_in(theirs, "ying")
    with theirs.expect_response("**/-/in-work"):
        theirs.keyboard.press("j")
        theirs.keyboard.press("k")
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.locator(".card.current [data-others]")).to_have_text("ying has this card in work.")
    other.close()


# Page, what is done there, what has the focus then.
QUEUE: dict[str, tuple[str, Act, str]] = {
    "another story after all": ("?country=KR", click("[data-unfold] button", first=".sightings summary"), CARD),
    "a decision by key": ("", keys("d"), CARD),
    "an impactful one with its tag": ("", keys("1", "i"), CARD),
    "undo by key": ("", keys("l", "z"), CARD),
    "undo in the strip": ("", click("[data-recent] button", first=".card .dismiss"), CARD),
    "a decision by button": ("", click(".card .later"), CARD),
    "a tag by key": ("", keys("j", "1"), CARD),
    "a tag by pointer": ("", click(".card [name=tag]"), ".card [name=tag]"),
    "a note": ("", note, CARD),
    "many at once": ("", click(button("action", "dismiss") + ":visible >> nth=-1", first=".card [name=pick]"), CARD),
    "one story of two cards": ("", two_are_one, CARD),
    "next and previous": ("", keys("j", "j", "k"), CARD),
    "a card taken up by another": ("?country=MN", in_work_meanwhile, f"{CARD} [name=note]"),
    "the list of keys opened": ("", keys("?"), "#keys-title"),
    "the list of keys": ("", keys("j", "?", "Escape"), CARD),
    "filters": ("", loads("[data-filters] button"), HEADING),
    "the next page": ("", loads("[data-next]"), HEADING),
    "an item opened": ("", loads(".card h2 a"), HEADING),
    "another language": ("", loads("footer [value=en]"), "footer [value=en]"),
    "looking for words": ("", loads(".seek button"), HEADING),
}
PAGES: dict[str, tuple[str, Act, str]] = {
    "back from an item": ("-/item/20?back=/%3Fcountry%3DMN", loads(".back a"), "#item-20"),
    "a decision on its page": ("-/item/20?back=/%3Fcountry%3DMN", loads("#edit .later"), HEADING),
    "an edit on its page": ("-/item/12?back=/%3Fcountry%3DMN", edited, "#item-12"),
    "an impactful one without a tag": ("-/item/11", click("#edit .impactful"), "#edit .impactful"),
    "a sentence not quoted": (
        "-/item/11",
        click("#sentences button[value='']", first="[data-quote-into=need]"),
        "[data-quote-into=need]",
    ),
    "a sentence quoted": (
        "-/item/43",
        click("#sentences button[value=quote]", first="[data-quote-into=need]"),
        "#story-need",
    ),
    "undo in the history": ("-/history", loads(".undo button"), HEADING),
    "the history of a person": ("-/history", loads("[data-filters] button"), HEADING),
    "a country of the coverage": ("-/coverage", loads("th a"), HEADING),
    "the report of a period": ("-/report", loads(".reports a"), HEADING),
    "a report begun": ("-/report?sub_region=nea&period=2020-01..2020-02", loads("main button.main"), HEADING),
    "a pick moved up": (REPORT, click("[data-move=up] >> nth=1"), "[data-move=up]"),
    "a pick moved down": (REPORT, click("[data-move=down]"), "[data-move=down]"),
    "a report saved": (REPORT, loads("[data-report] button.main"), "[data-report] button.main"),
    "what was chosen published": (REPORT, loads("form[action$=publish] button"), "form[action$=publish] button"),
    "one of two": ("-/compare?report=1&country=JP", loads("[data-compare] button"), "[data-compare] button"),
    "an answer taken back": ("-/compare?report=1&country=JP", loads(button_of("Take back")), "[data-compare] button"),
    "an order taken": ("-/compare?report=1&country=JP", loads(button_of("Pick the first")), HEADING),
    "a repair looked for": ("-/sources", loads(button("do", "look")), button("do", "look")),
    "a page believed": ("-/sources", loads(button("do", "as-it-is")), button("do", "as-it-is")),
    "a repair taken over": ("-/sources", loads(button("do", "take-over")), button("do", "take-over")),
    "a repair dropped": ("-/sources", loads(button("do", "drop")), button("do", "drop")),
    "an address looked at": ("-/sources/paste", loads("main button", typed="https://new.example/"), "main h2"),
    "an address with nothing": ("-/sources/paste", loads("main button", typed="https://nothing.example/"), ALERT),
    "a source added": ("-/sources/paste", source_added, HEADING),
    "a link looked at": ("-/add", loads("main button", typed=PAGE), "main h2"),
    "a link that is none": ("-/add", loads("main button", typed="ftp://library.example/"), ALERT),
    "a suggest link renewed": ("-/add", loads(button("do", "new")), button("do", "new")),
    "a suggest link switched off": ("-/add", loads(button("do", "off")), button("do", "new")),
    "keys saved": ("-/keys", loads("main button.main"), "main button.main"),
    "no weekly letter": ("-/you", loads("form[action$=letters] button"), "form[action$=letters] button"),
    "one session ended": ("-/you", loads(button_of("End this session")), "#sessions-title"),
    "those of somebody ended": ("-/you", loads("main button[aria-label$=ying]"), "#people-title"),
    "signing out": ("-/tags", loads(".who form button"), "[name=name]"),
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DrivenDesk]:
    with furnished_desk(tmp_path_factory.mktemp("focus") / "convenor.db") as running:
        yield running


@pytest.mark.parametrize("actions", [QUEUE, PAGES], ids=["the queue", "other pages"])
def test_focus_is_where_one_goes_on(
    desk: DrivenDesk, browser: Browser, actions: dict[str, tuple[str, Act, str]]
) -> None:
    page = browser.new_context(locale="en", viewport={"width": 1200, "height": 900}).new_page()
    elsewhere = [browser.new_context(locale="en").new_page() for _ in range(2)]
    for name, window in (("ying", elsewhere[0]), ("bat", elsewhere[1]), ("bat", page)):
        window.goto(f"{desk.address}-/login")
        sign_in(window, name)
    assert focused(page, HEADING) is None
    found = {}
    for name, (path, act, wanted) in actions.items():
        page.goto(desk.address + path)
        try:
            act(page)
            found[name] = focused(page, wanted)
        except PlaywrightTimeout as error:
            found[name] = str(error)
    for window in (page, *elsewhere):
        window.context.close()
    assert {name: node for name, node in found.items() if node is not None} == {}


def focused(page: Page, wanted: str) -> str | None:
    """What has the focus instead of what should; None where that has it."""
    try:
        page.wait_for_function("wanted => document.activeElement?.matches(wanted)", arg=wanted)
    except PlaywrightTimeout:
        return str(page.evaluate("document.activeElement?.outerHTML.slice(0, 100)"))
    return None


def sign_in(page: Page, name: str) -> None:
    page.locator("[name=name]").fill(name)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button.main").click()
    expect(page.locator("[data-cards]")).to_be_visible()
