"""Links brought by hand in a real Chromium: pasted, clicked as a bookmarklet, suggested by strangers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from adding import Adding
from crawlers.known import mark_all
from curation.desk import DeskServices
from db.instants import to_text
from db.nominations import TRIES_AN_HOUR
from tending import Tending
from tests.browser import launched
from tests.desks import PASSWORD, DrivenDesk, News, desk_in_thread, make_database
from tests.looks import violations
from tests.paste_web import EN, JA, KO, MN, ZH, PasteWeb, paste_web
from workplace import Place

pytestmark = pytest.mark.browser
SOURCES = """
politeness: {pause_seconds: 0, timeout_seconds: 1}
sub_regions:
  nea: {name: North East Asia, countries: {CN: China, JP: Japan, KR: Korea, MN: Mongolia}}
sources: []
"""


@dataclass
class Pasting:
    """The desk, the web beyond it, and the browser of a convenor who is signed in."""

    desk: DrivenDesk
    web: PasteWeb
    browser: Browser
    page: Page
    troubles: list[str]

    def paste(self, url: str, path: str = "-/add") -> None:
        if self.page.url != self.desk.address + path:
            self.page.goto(self.desk.address + path)
        self.page.locator("main input[name=url]").first.fill(url)
        self.page.get_by_role("button", name="Look", exact=True).click()

    def proposed(self) -> tuple[str, str, str]:
        """Title, day and country in the form."""
        return (
            self.page.get_by_label("Title").input_value(),
            self.page.get_by_label("Published on").input_value(),
            self.page.get_by_label("Country").input_value(),
        )

    def stranger(self) -> Page:
        """Another browser, of somebody without an account."""
        page = self.browser.new_context().new_page()
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        return page


def sign_in(page: Page) -> None:
    page.get_by_label("Name").fill("bat")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@pytest.fixture(scope="module")
def pasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pasting]:
    place = Place(tmp_path_factory.mktemp("paste") / "convenor.db")
    place.sources.write_text(SOURCES, "utf-8")
    make_database(place.database, [News(EN[0], url="http://library.example/known")])
    with paste_web() as web:

        def clock() -> datetime:
            return datetime.now(UTC)

        tending = Tending(place, clock, web.transport).services()
        services = DeskServices(sources=tending, by_hand=Adding(place, clock, web.transport).services())
        rules = f"--host-resolver-rules=MAP *.example:80 127.0.0.1:{web.port}"
        with desk_in_thread(place.database, services) as desk, sync_playwright() as playwright:
            mark_all(desk.conn)
            desk.conn.execute("UPDATE users SET role = 'operator' WHERE name = 'bat'")
            browser = launched(playwright, rules)
            page, troubles = browser.new_page(), list[str]()
            page.on("pageerror", lambda error: troubles.append(str(error)))
            page.goto(desk.address)
            sign_in(page)
            expect(page.get_by_role("heading", level=1)).to_contain_text("Queue")
            yield Pasting(desk, web, browser, page, troubles)
            browser.close()
            assert troubles == []


READ = [
    pytest.param("http://library.example/ja", (JA[0], "2021-02-01", "JP"), id="article"),
    pytest.param("  http://library.example/ja?utm_source=x#top ", (JA[0], "2021-02-01", "JP"), id="with tracking"),
    pytest.param("http://library.example/moved", (JA[0], "2021-02-01", "JP"), id="redirect"),
    pytest.param("http://short.example/a", (JA[0], "2021-02-01", "JP"), id="shortened, two redirects"),
    pytest.param("http://library.example/sjis", (JA[0], "2021-02-01", "JP"), id="Shift_JIS"),
    pytest.param("http://library.example/euc", (KO[0], "2021-02-03", "KR"), id="EUC-KR"),
    pytest.param("http://library.example/gb", (ZH[0], "2021-02-04", "CN"), id="GB18030, not declared"),
    pytest.param("http://library.mn/medee/1", (MN[0], "2021-02-05", "MN"), id="Mongolian"),
    pytest.param("http://mp.weixin.qq.com/s?__biz=MzA&mid=1&sn=a", ("读书会通知", "2021-02-01", "CN"), id="WeChat"),
    pytest.param("http://library.example/undated", (EN[0], "", "INT"), id="without a day"),
]


@pytest.mark.parametrize(("url", "expected"), READ)
def test_pasted_page_is_proposed(pasting: Pasting, url: str, expected: tuple[str, str, str]) -> None:
    pasting.paste(url)
    expect(pasting.page.get_by_role("heading", name="Looks right?")).to_be_visible()
    assert pasting.proposed() == expected
    expect(pasting.page.get_by_role("alert")).to_have_count(0)
    expect(pasting.page.get_by_label("Search all items")).to_have_value("")


UNREAD = [
    pytest.param("http://library.example/report.pdf", "This is a PDF", id="PDF"),
    pytest.param("http://library.example/disguised", "This is a PDF", id="PDF that says it is a page"),
    pytest.param("http://library.example/poster.png", "This is a picture", id="picture"),
    pytest.param("http://library.example/film", "no web page", id="film"),
    pytest.param("http://library.example/annual-report.docx", "a packed document", id="document"),
    pytest.param("http://library.example/empty", "Nothing can be read", id="empty page"),
    pytest.param("http://library.example/huge", "larger than 5,000,000 bytes", id="huge"),
    pytest.param("http://library.example/nowhere", "no such page (404)", id="404"),
    pytest.param("http://library.example/refused", "refuses us (403)", id="403"),
    pytest.param("http://library.example/busy", "busy or under repair (503)", id="503"),
    pytest.param("http://library.example/slow", "no complete answer in time", id="slow"),
    pytest.param("http://closed.example/page", "robots.txt asks us not to", id="robots.txt"),
    pytest.param("http://inside.example/", "private address (10.0.0.5)", id="private address"),
    pytest.param("http://127.0.0.1:8001/", "private address (127.0.0.1)", id="loopback"),
    pytest.param("http://metadata.example/latest/", "private address (169.254.169.254)", id="metadata of a cloud"),
    pytest.param("http://short.example/inside", "private address (10.0.0.5)", id="redirect to a private address"),
    pytest.param("http://short.example/file", "not an http or https address", id="redirect to a file"),
    pytest.param("http://short.example/loop", "redirects", id="redirects in a circle"),
    pytest.param("http://no-such-name.example/", "is not known (DNS)", id="no such name"),
]


@pytest.mark.parametrize(("url", "said"), UNREAD)
def test_page_that_cannot_be_read_is_told_and_typed(pasting: Pasting, url: str, said: str) -> None:
    pasting.paste(url)
    expect(pasting.page.get_by_role("alert")).to_contain_text(said)
    expect(pasting.page.locator("main")).not_to_contain_text("--")  # no word of the command line
    title, on, _ = pasting.proposed()
    assert on == "" and "://" not in title


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://library.example/a", "data:text/html,x"])
def test_other_schemes_are_refused(pasting: Pasting, url: str) -> None:
    pasting.paste(url)
    expect(pasting.page.get_by_role("alert")).to_contain_text("not a full http or https address")
    expect(pasting.page.get_by_role("heading", name="Looks right?")).to_have_count(0)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://library.example/known", id="the same"),
        pytest.param("https://www.library.example/known/?utm_source=x", id="in another spelling"),
        pytest.param("http://short.example/known", id="through a shortener"),
    ],
)
def test_known_item_is_shown_instead(pasting: Pasting, url: str) -> None:
    pasting.paste(url)
    expect(pasting.page).to_have_url(f"{pasting.desk.address}-/item/1")
    expect(pasting.page.get_by_role("status").first).to_contain_text("known already")


def test_hostile_page_is_only_words(pasting: Pasting) -> None:
    pasting.paste("http://library.example/hostile")
    assert "<script>" in pasting.proposed()[0]
    assert pasting.page.title() != "hit"


def test_what_was_typed_enters_the_queue_with_who_and_why(pasting: Pasting) -> None:
    page = pasting.page
    pasting.paste("http://library.example/annual-report.docx")
    page.get_by_label("Title").fill("Жилийн тайлан")
    page.get_by_label("Published on").fill("2021-13")
    page.get_by_label("Why it matters").fill("The first one in the new form")
    page.get_by_role("button", name="Keep it as a candidate").click()
    expect(page.get_by_role("alert")).to_contain_text("“2021-13” is no day")
    assert page.get_by_label("Title").input_value() == "Жилийн тайлан"
    page.get_by_label("Published on").fill("2021-01")
    page.get_by_label("Country").select_option("Mongolia")
    assert page.get_by_label("Why it matters").input_value() == "The first one in the new form"
    page.get_by_role("button", name="Keep it as a candidate").click()
    expect(page.get_by_role("status").first).to_contain_text("It is in the queue")
    row = pasting.desk.conn.execute("SELECT * FROM items WHERE title = 'Жилийн тайлан'").fetchone()
    assert (row["published_on"], row["date_precision"], row["date_source"]) == ("2021-01-01", "month", "hand")
    page.goto(pasting.desk.address + "?nominated=1")
    card = page.locator("article", has_text="Жилийн тайлан")
    expect(card).to_contain_text("Nominated by bat: The first one in the new form")
    expect(page.get_by_label("Only what people nominated")).to_be_checked()
    expect(page.locator("article", has_text=EN[0])).to_have_count(0)
    pasting.paste("http://library.example/annual-report.docx")
    expect(page.get_by_role("status").first).to_contain_text("known already")


def test_bookmarklet_brings_the_page_that_is_open(pasting: Pasting) -> None:
    page = pasting.page
    page.goto(pasting.desk.address + "-/add")
    script = page.get_by_role("link", name="Add to the desk").get_attribute("href")
    assert script is not None
    for path, title, said in (("ja", JA[0], ""), ("wall", "Behind a wall", "refuses us (403)")):
        page.goto(f"http://library.example/{path}")
        page.evaluate(script.removeprefix("javascript:"))
        page.wait_for_url("**/-/add?url=**")
        assert pasting.proposed()[0] == title
        expect(page.get_by_role("alert")).to_contain_text([said] if said else [])
    other = pasting.stranger()
    other.goto("http://library.example/ja")
    other.evaluate(script.removeprefix("javascript:"))
    sign_in(other)
    expect(other.get_by_label("Title")).to_have_value(JA[0])


def test_anybody_with_the_suggest_link_nominates_until_it_is_off(pasting: Pasting) -> None:
    page, other = pasting.page, pasting.stranger()
    page.goto(pasting.desk.address + "-/add")
    page.get_by_role("button", name="Make one").click()
    link = page.locator("a[href*='/-/suggest/']").get_attribute("href")
    address = f"{pasting.desk.address.rstrip('/')}{link}"
    other.goto(address)
    expect(other.get_by_role("heading", level=1)).to_have_text("Suggest a page")
    assert violations(other) == []
    other.get_by_label("Link of the page").fill("http://library.example/euc")
    other.get_by_label("Who you are").fill("<b>Aya</b>")
    other.get_by_label("Why it matters").fill("독서 문화")
    other.get_by_role("button", name="Suggest it").click()
    expect(other.locator("main")).to_contain_text(f"Thank you. “{KO[0]}”")
    page.goto(pasting.desk.address + "?nominated=1")
    nominated = page.locator("article", has_text=KO[0])
    expect(nominated).to_contain_text("Nominated by <b>Aya</b> (over the suggest link): 독서 문화")
    tries = [("nea", to_text(datetime.now(UTC)))] * TRIES_AN_HOUR
    pasting.desk.conn.executemany("INSERT INTO suggest_tries (sub_region, tried_at) VALUES (?, ?)", tries)
    other.get_by_label("Link of the page").fill("http://library.mn/medee/1")
    other.get_by_label("Who you are").fill("Aya")
    other.get_by_role("button", name="Suggest it").click()
    expect(other.get_by_role("alert")).to_contain_text("try again in an hour")
    assert other.get_by_label("Link of the page").input_value() == "http://library.mn/medee/1"
    page.goto(pasting.desk.address + "-/add")
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_role("status").first).to_contain_text("The suggest link is off")
    assert (answer := other.goto(address)) is not None and answer.status == 404
    expect(other.locator("main")).to_contain_text("does not work (any more)")


def test_profile_of_a_network_is_proposed_on_the_sources_page(pasting: Pasting) -> None:
    page = pasting.page
    pasting.paste("http://social.example/@library", "-/sources/paste")
    expect(page.locator("caption")).to_contain_text("the posts of a profile of Mastodon")
    expect(page.locator("table.pasted")).to_contain_text("Шинэ мэдээ 3")
    page.get_by_label("Institution").fill("National Library")
    page.get_by_role("button", name="Looks right: add it").click()
    expect(page.get_by_role("status").first).to_contain_text("library-social-example stands in sources.yaml")
    assert "kind: mastodon" in Place(pasting.desk.database).sources.read_text("utf-8")


@pytest.mark.parametrize("width", [360, 1200])
@pytest.mark.parametrize("path", ["-/add", "-/sources/paste"])
def test_nothing_touches_and_nothing_overflows(pasting: Pasting, path: str, width: int) -> None:
    page = pasting.page
    page.set_viewport_size({"width": width, "height": 900})
    url = "http://library.example/ja" if path == "-/add" else "http://social.example/@nobody"
    pasting.paste(url, path)
    field, button = page.locator("main input[name=url]").first, page.get_by_role("button", name="Look", exact=True)
    boxes = [box for box in (field.bounding_box(), button.bounding_box()) if box is not None]
    assert boxes[1]["y"] - boxes[0]["y"] - boxes[0]["height"] >= 8
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == []
    page.set_viewport_size({"width": 1200, "height": 900})
