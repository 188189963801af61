"""Takes the pictures of docs/desk.md: pages of the desk in light, in dark and on a phone, from a fresh demo.

python docs/desk_pictures.py        (or: make pictures)
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))
from docs.pictures import PICTURES, curate
from tests.browser import launched
from tests.driving import Demo, running_demo, sign_in

Scheme = Literal["light", "dark"]
LOOKS: dict[str, tuple[Scheme, int]] = {"light": ("light", 1100), "dark": ("dark", 1100), "phone": ("light", 390)}
PERIOD = "2020-11..2021-02"
PAGES = {
    "queue": "?country=JP",
    "card": "-/item/1",
    "coverage": f"-/coverage?period={PERIOD}",
    "history": "-/history",
}


def main() -> None:
    folder = PICTURES / "desk"
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as place,
        running_demo(Path(place)) as demo,
        sync_playwright() as playwright,
    ):
        browser = launched(playwright)
        curate(browser.new_page(viewport={"width": 1200, "height": 900}), demo)
        for look, (scheme, width) in LOOKS.items():
            context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 720})
            page = context.new_page()
            sign_in(page, demo)
            for name in PAGES:
                show(page, demo, name)
                page.screenshot(path=folder / f"{name}-{look}.png")
                print(f"docs/pictures/desk/{name}-{look}.png")
            context.close()
        browser.close()


def show(page: Page, demo: Demo, name: str) -> None:
    """The page is there; that of an item shows what is decided of it."""
    page.goto(f"{demo.desk.rstrip('/')}/{PAGES[name]}")
    if name == "card":
        page.locator("[data-story]").scroll_into_view_if_needed()


if __name__ == "__main__":
    main()
