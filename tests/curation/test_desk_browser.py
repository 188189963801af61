"""The desk in a real Chromium: nothing decided is lost, whatever happens to the line, the session and the server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from db.reports import ReportKey, find_or_add_report
from db.users import end_sessions
from tests.desks import PASSWORD, DrivenDesk, News, desk_in_thread, killable_desk, make_database, plain_news

pytestmark = pytest.mark.browser
SIXTY = tuple(News(f"news {n + 1}", text="First.\n\nSecond.") for n in range(60))
HOSTILE = '<script>document.title="hit"</script><img src=x onerror="document.title=\'hit\'">'


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DrivenDesk]:
    """Sixty items, `news 60` first."""
    make_database(tmp_path / "convenor.db", SIXTY)
    with desk_in_thread(tmp_path / "convenor.db") as running:
        yield running


Open = Callable[..., Page]


@pytest.fixture
def window(browser: Browser) -> Iterator[Open]:
    """Opens signed-in windows, each with a browser of its own; any script error or foreign host fails the test."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def open_window(desk: DrivenDesk, name: str = "ying", **options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda request: troubles.append(request.url) if "//127.0.0.1:" not in request.url else None)
        page.goto(desk.address)
        sign_in(page, name)
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert troubles == []


def sign_in(page: Page, name: str = "ying") -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Queue")


def all_is_sent(page: Page) -> None:
    expect(page.locator("[data-cards]")).to_have_attribute("aria-busy", "false")


def focus_is_somewhere(page: Page) -> None:
    page.wait_for_function("document.activeElement !== document.body")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
        focus_is_somewhere(page)


def current(page: Page) -> str:
    return page.locator(".card.current h2").inner_text()


def test_line_that_drops_costs_no_decision(desk: DrivenDesk, window: Open) -> None:
    page = window(desk)
    press(page, "d")
    all_is_sent(page)
    page.context.set_offline(True)
    press(page, "1", "i", "l", "d", "z", "d")
    expect(page.locator("#line")).to_contain_text("The desk cannot be reached. 5 decisions wait in this browser")
    expect(page.locator("[data-recent] .waits")).to_have_count(3)
    assert len(desk.decisions()) == 1
    page.context.set_offline(False)
    all_is_sent(page)
    expect(page.locator("#line")).to_be_empty()
    expect(page.locator("#status")).to_have_text("Everything is sent.")
    assert [(action, title) for _, action, title in desk.decisions()] == [
        ("dismiss", "news 60"),
        ("impactful", "news 59"),
        ("later", "news 58"),
        ("dismiss", "news 57"),
        ("undo", "news 57"),
        ("dismiss", "news 57"),
    ]
    expect(page.locator("[data-count]")).to_have_text("56")
    expect(page.locator("[name=state] option:checked")).to_have_text(re.compile(r"\(56\)$"))


def test_killed_server_and_reload_cost_no_decision(tmp_path: Path, window: Open) -> None:
    make_database(tmp_path / "convenor.db", SIXTY)
    with killable_desk(tmp_path / "convenor.db") as desk:
        page = window(desk)
        desk.kill()
        press(page, "d", "l")
        expect(page.locator("#line")).to_contain_text("2 decisions wait")
        desk.start()
        page.reload()
        all_is_sent(page)
        assert [(action, title) for _, action, title in desk.decisions()] == [
            ("dismiss", "news 60"),
            ("later", "news 59"),
        ]
        expect(page.locator("[data-count]")).to_have_text("58")
        press(page, "z")
        all_is_sent(page)
        assert current(page) == "news 59"


def test_lost_answer_is_no_second_decision(desk: DrivenDesk, window: Open) -> None:
    page = window(desk)
    sent: list[Route] = []

    def lose_first(route: Route) -> None:
        sent.append(route)  # before it is answered: the page may give up waiting and send again
        if len(sent) > 1:
            route.continue_()
        else:
            assert route.fetch(timeout=0).ok
            route.abort()

    page.route("**/-/decide", lose_first)
    press(page, "d", "d")
    all_is_sent(page)
    assert len(sent) > 2
    assert [title for _, _, title in desk.decisions()] == ["news 60", "news 59"]


def test_session_that_ends_keeps_decisions_until_signed_in_again(desk: DrivenDesk, window: Open) -> None:
    page = window(desk)
    end_sessions(desk.conn, "ying")
    press(page, "d", "l")
    expect(page.locator("#line")).to_contain_text("Your session has ended. 2 decisions wait in this browser")
    with page.context.expect_page() as opened:
        page.locator("#line").get_by_role("link", name="Sign in again").click()
    sign_in(opened.value)
    all_is_sent(opened.value)
    opened.value.close()
    all_is_sent(page)
    expect(page.locator("#line")).to_be_empty()
    assert [action for _, action, _ in desk.decisions()] == ["dismiss", "later"]


def test_decisions_of_one_person_are_never_sent_as_another(desk: DrivenDesk, window: Open) -> None:
    page = window(desk)
    end_sessions(desk.conn, "ying")
    press(page, "d")
    expect(page.locator("#line")).to_contain_text("Your session has ended")
    other = page.context.new_page()
    other.goto(desk.address)
    sign_in(other, "bat")
    all_is_sent(other)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("#line")).to_contain_text("bat is signed in in this browser now")
    assert desk.decisions() == []
    other.get_by_role("button", name="Sign out").click()
    sign_in(other)
    all_is_sent(other)
    assert [(who, action) for who, action, _ in desk.decisions()] == [("ying", "dismiss")]


def test_session_that_ends_while_typing_costs_no_word(desk: DrivenDesk, window: Open) -> None:
    page = window(desk)
    page.keyboard.press("e")
    page.get_by_role("checkbox", name=re.compile(r"\bSD1\b")).check()
    page.get_by_role("textbox", name="Result and evidence").fill("Every school has a library now.")
    end_sessions(desk.conn, "ying")
    page.get_by_role("button", name="Impactful").click()
    expect(page.locator("#edit [data-problem]")).to_contain_text("What you typed is kept here")
    page.reload()  # asks to sign in, then shows the item again
    sign_in_and_return(page)
    expect(page.get_by_role("textbox", name="Result and evidence")).to_have_value("Every school has a library now.")
    expect(page.locator("#status")).to_contain_text("here again")
    page.get_by_role("button", name="Impactful").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Queue")
    assert [action for _, action, _ in desk.decisions()] == ["impactful"]
    assert desk.conn.execute("SELECT impact FROM items WHERE state = 'impactful'").fetchone()[0].startswith("Every")


def sign_in_and_return(page: Page) -> None:
    page.get_by_label("Name").fill("ying")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_report_that_is_typed_outlives_the_session(desk: DrivenDesk, window: Open) -> None:
    find_or_add_report(desk.conn, ReportKey("nea", "2020-11", "2021-02"), vocabulary="IFLA-2019-2024")
    page = window(desk)
    page.goto(f"{desk.address}-/report?sub_region=nea&period=2020-11..2021-02")
    words = "First line.\n\n第二段：图书馆。"
    page.locator("textarea[name=section_A]").fill(words)
    end_sessions(desk.conn, "ying")
    page.get_by_role("button", name="Save report").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    sign_in_and_return(page)
    expect(page.locator("textarea[name=section_A]")).to_have_value(words)
    expect(page.locator("#status")).to_contain_text("here again")
    page.get_by_role("button", name="Save report").click()
    expect(page.locator("#status")).to_have_text("The report is saved.")
    page.reload()
    expect(page.locator("textarea[name=section_A]")).to_have_value(words)
    expect(page.locator("#status")).to_be_empty()


def test_two_convenors_see_what_the_other_has_in_work(tmp_path: Path, window: Open) -> None:
    passed = timedelta()
    make_database(tmp_path / "convenor.db", SIXTY)
    with desk_in_thread(tmp_path / "convenor.db", now=lambda: datetime.now(UTC) + passed) as desk:
        ying = window(desk, "ying")
        with ying.expect_response("**/-/in-work"):
            press(ying, "j")
        bat = window(desk, "bat")
        card = bat.locator("#item-59")
        expect(card).to_contain_text("ying has this card in work.")
        with bat.expect_response("**/-/in-work"):
            press(bat, "j")
        ying.evaluate("window.dispatchEvent(new Event('focus'))")
        expect(ying.locator("#item-59 [data-others]")).to_have_text("bat has this card in work.")
        expect(ying.locator("#status")).to_have_text("bat has this card in work.")
        press(bat, "l")  # it is no lock
        all_is_sent(bat)
        press(ying, "d")
        expect(ying.locator("#item-59 [data-problem]")).to_contain_text("bat decided on this item in the meantime")
        assert [(who, action) for who, action, _ in desk.decisions()] == [("bat", "later")]
        with ying.expect_response("**/-/in-work"):
            press(ying, "j")
        bat.evaluate("window.dispatchEvent(new Event('focus'))")
        expect(bat.locator("#item-58 [data-others]")).to_have_text("ying has this card in work.")
        ying.close()
        passed = timedelta(minutes=1)
        bat.evaluate("window.dispatchEvent(new Event('focus'))")
        expect(bat.locator("#item-58 [data-others]")).to_be_hidden()


def test_of_two_convenors_at_once_one_is_refused_and_sees_both(desk: DrivenDesk, window: Open) -> None:
    ying, bat = window(desk, "ying"), window(desk, "bat")
    press(ying, "d")
    all_is_sent(ying)
    bat.keyboard.press("n")
    bat.keyboard.type("for the report")
    bat.keyboard.press("Escape")
    press(bat, "l")
    card = bat.locator(".card.current")
    expect(card.locator("[data-problem]")).to_contain_text("ying decided on this item in the meantime: dismissed")
    expect(card.locator("[data-problem]")).to_contain_text("Yours was: put off for later.")
    expect(card.get_by_label("Note on this decision")).to_have_value("for the report")
    focus_is_somewhere(bat)
    assert [(who, action) for who, action, _ in desk.decisions()] == [("ying", "dismiss")]
    press(bat, "l")  # now that both are seen, she may decide anew
    all_is_sent(bat)
    assert [(who, action) for who, action, _ in desk.decisions()] == [("ying", "dismiss"), ("bat", "later")]


def test_what_builds_on_a_refused_decision_is_dropped(desk: DrivenDesk, window: Open) -> None:
    ying, bat = window(desk, "ying"), window(desk, "bat")
    bat.context.set_offline(True)
    press(bat, "d", "z", "l", "d")
    press(ying, "1", "i")
    all_is_sent(ying)
    bat.context.set_offline(False)
    all_is_sent(bat)
    expect(bat.locator("#item-60 [data-problem]")).to_contain_text("marked impactful")
    assert [(who, action, title) for who, action, title in desk.decisions()] == [
        ("ying", "impactful", "news 60"),
        ("bat", "dismiss", "news 59"),
    ]


def test_back_button_shows_the_queue_as_it_is_now(desk: DrivenDesk, window: Open) -> None:
    page = window(desk)
    page.get_by_role("link", name="news 60").click()
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Queue")
    page.go_back()
    page.go_back()
    expect(page.locator(".card").first.locator("h2")).to_have_text("news 59")


def test_many_are_selected_and_dismissed_with_one_undo(desk: DrivenDesk, window: Open) -> None:
    page = window(desk)
    press(page, "x", "j", "x", "j", "j", "x")
    expect(page.locator("[data-selected]")).to_have_text("3 selected")
    page.get_by_role("button", name="Dismiss all").click()
    focus_is_somewhere(page)
    expect(page.locator("[data-count]")).to_have_text("57")
    all_is_sent(page)
    assert [title for _, _, title in desk.decisions()] == ["news 60", "news 59", "news 57"]
    page.reload()
    expect(page.locator("[data-recent] li")).to_have_count(1)
    press(page, "z")
    all_is_sent(page)
    expect(page.locator("[data-count]")).to_have_text("60")
    assert desk.states() == {"new": 60}


def test_same_story_becomes_one_card_and_two_again(desk: DrivenDesk, window: Open) -> None:
    page = window(desk)
    press(page, "x", "j", "x")
    page.get_by_role("button", name="The same story").click()
    all_is_sent(page)
    focus_is_somewhere(page)
    expect(page.locator("[data-count]")).to_have_text("59")
    page.get_by_text("Also seen at Source 0").click()
    page.get_by_role("button", name="Another story").click()
    all_is_sent(page)
    focus_is_somewhere(page)
    expect(page.locator("[data-count]")).to_have_text("60")
    expect(page.locator("#item-59")).to_be_visible()


def test_undo_goes_back_as_far_as_the_strip_and_the_history(desk: DrivenDesk, window: Open) -> None:
    page = window(desk)
    press(page, *"ddddd")
    press(page, *"zzzzz")
    all_is_sent(page)
    assert current(page) == "news 60" and desk.states() == {"new": 60}
    press(page, "z")
    expect(page.locator("#status")).to_have_text("There is nothing to undo.")


def test_last_decision_of_the_list_leaves_focus_on_the_heading(tmp_path: Path, window: Open) -> None:
    make_database(tmp_path / "convenor.db", [News("only one")])
    with desk_in_thread(tmp_path / "convenor.db") as desk:
        page = window(desk)
        press(page, "d")
        expect(page.locator("#queue-title")).to_be_focused()
        expect(page.locator("[data-empty]")).to_be_visible()
        page.get_by_role("button", name="Undo: only one").click()
        focus_is_somewhere(page)
        all_is_sent(page)
        assert current(page) == "only one"


def test_keys_of_ones_own_and_none_while_composing(desk: DrivenDesk, window: Open) -> None:
    page = window(desk)
    page.goto(f"{desk.address}-/keys")
    expect(page.locator("#seek")).to_have_value("")
    page.get_by_label("Dismiss").fill("l")
    page.get_by_role("button", name="Save keys").click()
    expect(page.get_by_role("alert").filter(has_text="two things")).to_be_visible()
    page.get_by_label("Later").fill("w")
    page.get_by_role("button", name="Save keys").click()
    expect(page.locator("#status")).to_have_text("Your keys are saved.")
    page.goto(desk.address)
    for event in (
        "{key: 'l', code: 'KeyL', isComposing: true}",
        "{key: 'Process', code: 'KeyL', keyCode: 229}",
        "{key: 'l', code: 'KeyL', ctrlKey: true}",
        "{key: 'l', code: 'KeyL', altKey: true}",
        "{key: 'l', code: 'KeyL', metaKey: true}",
        "{key: 'l', code: 'KeyL', repeat: true}",
        "{key: 'd', code: 'KeyD'}",
    ):
        page.evaluate(f"document.body.dispatchEvent(new KeyboardEvent('keydown', {{bubbles: true, ...{event}}}))")
    expect(page.locator("[data-count]")).to_have_text("60")
    page.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, key: 'ㅣ', code: 'KeyL'}))")
    all_is_sent(page)
    assert [action for _, action, _ in desk.decisions()] == ["dismiss"]
    expect(page.locator(".card.current .dismiss kbd")).to_have_text("l")


def test_note_tags_and_edit_by_key_alone(desk: DrivenDesk, window: Open) -> None:
    page = window(desk)
    press(page, "n")
    page.keyboard.type("idlz 1 stay in the note")
    press(page, "Escape", "1", "3", "1", "i")
    all_is_sent(page)
    row = desk.conn.execute("SELECT note, after FROM decisions").fetchone()
    assert row[0] == "idlz 1 stay in the note" and "SD3" in row[1] and "SD1" not in row[1]
    press(page, "?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    expect(page.get_by_role("heading", level=1, name="news 59")).to_be_visible()


def test_swipes_do_what_the_buttons_do(desk: DrivenDesk, window: Open) -> None:
    page = window(desk, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    session = page.context.new_cdp_session(page)
    for title, to in (("news 60", 20), ("news 59", 340), ("news 58", 150)):
        line = page.locator(".card", has=page.get_by_role("heading", name=title)).locator(".meta")
        line.scroll_into_view_if_needed()
        box = line.bounding_box()
        assert box
        y = box["y"] + 8
        session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": 180, "y": y}]})
        for part in range(1, 9):
            x = 180 + (to - 180) * part / 8
            session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y}]})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    all_is_sent(page)
    assert [(action, title) for _, action, title in desk.decisions()] == [("dismiss", "news 60"), ("later", "news 59")]
    page.get_by_role("button", name="Later").first.tap()
    all_is_sent(page)
    assert [title for _, _, title in desk.decisions()] == ["news 60", "news 59", "news 58"]


STRANGE = [
    News("x" * 500, "word " * 400),
    News("国" * 500, language="zh-Hans"),
    News("مكتبة قطر الوطنية تفتتح معرضا جديدا " * 8, language="ar"),
    News("👩🏽‍🚀📚🇲🇳 " * 60, language="mn"),
    News(HOSTILE, HOSTILE, HOSTILE, language='"><script>'),
    News("a picture of the text", text=f"{HOSTILE}\n\n{HOSTILE}", url="https://x.example/?a=<script>&b=\"'"),
    News("\u202eright to left override\u202c", language="en"),
]


@pytest.mark.parametrize("width", [360, 1200])
def test_strange_texts_stay_text_and_within_the_page(tmp_path: Path, window: Open, width: int) -> None:
    make_database(tmp_path / "convenor.db", STRANGE)
    with desk_in_thread(tmp_path / "convenor.db") as desk:
        desk.conn.execute("PRAGMA ignore_check_constraints = ON")
        desk.conn.execute("UPDATE items SET url = 'javascript:document.title=\"hit\"' WHERE id = 4")
        page = window(desk, viewport={"width": width, "height": 800})
        for path in ("", *(f"-/item/{n + 1}" for n in range(len(STRANGE))), "-/kept/5", "-/kept/6", "-/history"):
            page.goto(desk.address + path)
            assert page.title() != "hit" and page.locator("script:not([src]), img").count() == 0, path
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            assert page.locator("a[href^='javascript']").count() == 0, path
        page.goto(desk.address)
        press(page, *"dddl", "x")
        all_is_sent(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.title() == "Queue · Convenor desk"


def test_sixty_of_ten_thousand_by_keyboard_alone(tmp_path: Path, window: Open) -> None:
    make_database(tmp_path / "convenor.db", plain_news(10_000))
    with desk_in_thread(tmp_path / "convenor.db") as desk:
        page = window(desk)
        expect(page.locator("[data-count]")).to_have_text("1,000+")
        decided = []
        for number in range(60):
            expect(page.locator(".card.current")).to_be_visible()
            decided.append(current(page))
            press(page, *(("1", "i"), ("l",), ("d",), ("d",))[number % 4])
        all_is_sent(page)
        assert len(set(decided)) == 60
        assert [title for _, _, title in desk.decisions()] == decided
        assert desk.states() == {"new": 9_940, "impactful": 15, "later": 15, "dismissed": 30}


def test_search_by_keyboard_finds_marks_and_leads_back(tmp_path: Path, window: Open) -> None:
    texts = "\n\n".join(["何もない。"] * 30 + ["国立国会図書館の展示。"])
    news = (
        News("国家图书馆新闻", language="zh-Hans"),
        News("ニュース", text=texts, language="ja"),
        News("Reading day"),
    )
    make_database(tmp_path / "convenor.db", news, index=True)
    with desk_in_thread(tmp_path / "convenor.db") as desk:
        page = window(desk, viewport={"width": 360, "height": 740})
        press(page, "/")
        page.keyboard.insert_text("圖書館")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Search")
        expect(page.locator("main mark")).to_have_text(["图书馆", "図書館"])
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.get_by_role("link", name="ニュース").focus()
        page.keyboard.press("Enter")
        expect(page.locator(".text mark")).to_have_text("図書館")
        page.keyboard.press("d")
        expect(page.get_by_role("heading", level=1)).to_have_text("Search")
        expect(page.locator("main .state")).to_have_text(["Waiting", "Dismissed"])
        page.get_by_role("link", name="Only what waits").click()
        expect(page.locator(".card h2 mark")).to_have_text("图书馆")
        expect(page.get_by_label("Words")).to_have_value("圖書館")
        press(page, "j", "l")
        expect(page.locator("[data-empty]")).to_contain_text("No item of this list has these words")
