"""Which Chromium the tests drive. Run as a program, it tells whether there is one: exit code 0 or 1."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


def launched(playwright: Playwright, *more: str) -> Browser:
    """A Chromium that runs; what is expected of its pages may take half a minute, for a busy machine is no failure."""
    from playwright.sync_api import expect

    expect.set_options(timeout=30_000)
    return playwright.chromium.launch(executable_path=chromium(), args=[*ARGUMENTS, *more])


def chromium() -> str | None:
    """The path of a Chromium: $CHROMIUM, else one on the PATH, else Playwright's own; None when there is none."""
    wanted = os.environ.get("CHROMIUM")
    found = wanted or next(filter(None, map(shutil.which, NAMES)), None)
    return found or _playwrights_own()


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


if __name__ == "__main__":
    path = chromium()
    print(f"Chromium for the tests: {path or 'none yet'}")
    sys.exit(path is None)
