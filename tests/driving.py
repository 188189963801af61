"""Driving the demo as a person does, with Playwright: for the browser tests and for the pictures in the docs."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

ROOT = Path(__file__).parent.parent
SEED = json.loads((ROOT / "replica" / "data" / "seed_report.json").read_text("utf-8"))
ACTIVITIES: list[dict[str, Any]] = SEED["activities"]
REPORT_NAME = "North East Asia, November 2020 – February 2021"


@dataclass(frozen=True, slots=True)
class Demo:
    """A running `convenor demo`, told from what it printed."""

    desk: str
    site: str
    user: str
    password: str
    folder: Path
    process: subprocess.Popen[str]


@contextmanager
def running_demo(folder: Path) -> Iterator[Demo]:
    """A demo that is stopped with Ctrl-C at the end, and then says nothing and exits with 0."""
    running = start_demo(folder)
    with running.process:
        try:
            yield running
        finally:
            running.process.send_signal(signal.SIGINT)
        assert running.process.wait(timeout=20) == 0


def start_demo(folder: Path) -> Demo:
    command = [
        sys.executable,
        "-m",
        "convenor",
        "demo",
        "--port",
        str(free_pair_of_ports()),
        "--db",
        str(folder / "demo.db"),
    ]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout
    printed = ""
    for line in process.stdout:
        printed += line
        if line.startswith("Stop with"):
            break
    addresses = re.findall(r"http://\S+", printed)
    names = re.findall(r"'([^']+)'", printed)
    assert len(addresses) == 2 and len(names) == 2, printed
    return Demo(addresses[0], addresses[1], names[0], names[1], folder, process)


def free_pair_of_ports() -> int:
    for _ in range(50):
        with socket.create_server(("127.0.0.1", 0)) as first:
            port: int = first.getsockname()[1]
            try:
                socket.create_server(("127.0.0.1", port + 1)).close()
            except OSError:
                continue
        return port
    raise AssertionError("no two free ports side by side")


def sign_in(page: Page, demo: Demo) -> None:
    page.goto(demo.desk)
    page.get_by_label("Name").fill(demo.user)
    page.get_by_label("Password").fill(demo.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Queue")


def open_waiting_item(page: Page, demo: Demo, country: str, title: str) -> None:
    """The item's own page, found by turning the pages of its country's queue."""
    page.goto(f"{demo.desk}?country={country}")
    while not (link := page.get_by_role("link", name=title, exact=True)).count():
        page.goto(str(page.locator("[data-next]").evaluate("a => a.href")))
    link.first.click()
    expect(page.get_by_role("heading", level=1, name=title, exact=True)).to_be_visible()


def with_italics(text: str, phrases: list[str]) -> str:
    for phrase in dict.fromkeys(phrases):
        text = text.replace(phrase, f"*{phrase}*")
    return text


def mark_impactful(page: Page, activity: dict[str, Any]) -> None:
    for code in activity["sd_codes"]:
        page.get_by_role("checkbox", name=re.compile(rf"\b{code}\b")).check()
    body = "\n\n".join(activity["body"])
    page.get_by_role("textbox", name="Text for the report").fill(with_italics(body, activity["italic_phrases"]))
    page.get_by_role("textbox", name="Link").fill(activity["links"][0])
    with page.expect_navigation():
        page.get_by_role("button", name="Impactful").click()


def fill_report(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.desk}-/report")
    page.get_by_role("link", name=REPORT_NAME).click()
    page.get_by_label("Convenor").fill(SEED["header"]["convenor"])
    page.get_by_label("Date of submission").fill(SEED["header"]["submission_date"])
    for activity in ACTIVITIES:
        row = page.locator("[data-candidate]").filter(has_text=activity["title_as_printed"])
        if not row.is_visible():
            page.locator("details", has=row).locator("summary").click()
        row.get_by_role("checkbox").check()
        row.get_by_label("Place").fill(str(activity["number"]))
    for name, section in SEED["section_I"]["subsections"].items():
        lines = [f"{item['number']}. {item['text']}" if item["number"] else item["text"] for item in section["items"]]
        page.locator(f"textarea[name=section_{name[-1]}]").fill("\n\n".join(lines))
    page.get_by_role("button", name="Save report").click()
