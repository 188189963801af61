"""Takes the pictures of README.md: the desk, a drafted report and the public site, from a fresh demo.

python docs/pictures.py        (or: make pictures)
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.browser import launched
from tests.driving import ACTIVITIES, ROOT, Demo, fill_report, mark_impactful, open_waiting_item, running_demo, sign_in

PICTURES = Path(__file__).parent / "pictures"


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_demo(Path(folder)) as demo,
        sync_playwright() as playwright,
    ):
        browser = launched(playwright)
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        curate(page, demo)
        page.goto(demo.desk)
        take(page, "desk")
        report = window(browser, draft(demo))
        report.locator("table").evaluate("table => scrollTo(0, table.offsetTop - 120)")
        take(report, "report")
        phone = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme="dark").new_page()
        sign_in(phone, demo)
        take(phone, "desk-phone")
        take(window(browser, demo.site), "site")
        browser.close()


def curate(page: Page, demo: Demo) -> None:
    """All that the real report of February 2021 held is marked, picked and published."""
    sign_in(page, demo)
    for activity in ACTIVITIES:
        open_waiting_item(page, demo, activity["country_iso2"], activity["title_as_printed"])
        mark_impactful(page, activity)
        expect(page.get_by_role("heading", level=1)).to_contain_text("Queue")  # it is saved
    fill_report(page, demo)
    page.get_by_role("button", name="Publish now").click()
    expect(page.get_by_text("activities are published")).to_be_visible()
    page.wait_for_timeout(3_000)  # the running site takes the new build over


def draft(demo: Demo) -> str:
    """The address of the report, drafted as HTML."""
    output = demo.folder / "report.html"
    words = ["report", "draft", "--sub-region", "north-east-asia", "--period", "2020-11..2021-02", "-o", str(output)]
    command = [sys.executable, "-m", "convenor", *words, "--db", str(demo.folder / "demo.db")]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return output.as_uri()


def window(browser: Browser, address: str) -> Page:
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    page.goto(address)
    return page


def take(page: Page, name: str) -> None:
    page.screenshot(path=PICTURES / f"{name}.png")
    print(f"docs/pictures/{name}.png")


if __name__ == "__main__":
    main()
