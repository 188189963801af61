"""Sixty items decided by keyboard alone in a real Chromium: how many keys, how long until the next card is there.

    python bench/keys.py [waiting items]

Twice: on the demo, served as people have it, and on a desk with so many waiting items (10,000). The time is from the
event of the key to the first frame that shows the next card as the one at work.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.browser import launched
from tests.desks import PASSWORD, desk_in_thread, make_database, plain_news
from tests.driving import running_demo

SIXTY = 60
WAITING = 10_000
DECIDED_BY = (("1", "i"), ("l",), ("d",), ("d",))  # one in four is impactful, with its tag
WATCH = """() => {
  window.waited = [];
  const atWork = () => document.querySelector(".card.current")?.id ?? "";
  document.addEventListener("keydown", (event) => {
    if (!"ild".includes(event.key)) return;
    const before = atWork();
    const look = () => requestAnimationFrame(() => {
      if (atWork() === before) return look();
      const painted = new MessageChannel();
      painted.port1.onmessage = () => window.waited.push(performance.now() - event.timeStamp);
      painted.port2.postMessage("");
    });
    look();
  }, { capture: true });
}"""


@contextmanager
def demo_desk() -> Iterator[tuple[str, str, str]]:
    """The demo: address, name and password."""
    with tempfile.TemporaryDirectory() as folder, running_demo(Path(folder)) as demo:
        yield demo.desk, demo.user, demo.password


@contextmanager
def full_desk(items: int) -> Iterator[tuple[str, str, str]]:
    """A desk with so many waiting items."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "convenor.db"
        make_database(path, plain_news(items))
        with desk_in_thread(path) as desk:
            yield desk.address, "ying", PASSWORD


def decide_sixty(page: Page, address: str, name: str, password: str) -> tuple[int, list[float]]:
    """How many keys were pressed, and the milliseconds until each next card."""
    page.goto(address)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".card.current")).to_be_visible()
    page.evaluate(WATCH)
    pressed = 0
    for number in range(SIXTY):
        for key in DECIDED_BY[number % len(DECIDED_BY)]:
            page.keyboard.press(key)
            pressed += 1
        page.wait_for_function("many => window.waited.length === many", arg=number + 1)
    expect(page.locator("[data-cards]")).to_have_attribute("aria-busy", "false")
    waited: list[float] = page.evaluate("window.waited")
    return pressed, waited


def main() -> None:
    """The table, printed."""
    items = int(sys.argv[1]) if len(sys.argv) > 1 else WAITING
    print(f"{SIXTY} items by keyboard alone; ms from the key to the next card on the screen")
    print(f"{'':24} {'keystrokes':>10} {'median':>8} {'p95':>8} {'longest':>8}")
    with sync_playwright() as playwright:
        browser = launched(playwright)
        for name, desk in (("the demo", demo_desk()), (f"{items:,} waiting items", full_desk(items))):
            with desk as opened:
                page = browser.new_page(viewport={"width": 1200, "height": 900}, locale="en")
                pressed, waited = decide_sixty(page, *opened)
                p95 = statistics.quantiles(waited, n=20)[18]
                print(f"{name:24} {pressed:10} {statistics.median(waited):8.0f} {p95:8.0f} {max(waited):8.0f}")
                page.context.close()
        browser.close()


if __name__ == "__main__":
    main()
