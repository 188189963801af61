"""A page as it stands after its scripts have run, for lists that are made by script. Needs the extra `browser`.

Chromium itself reaches no network: each of its requests is answered by `fetch_part`, which has the guard, the limits
and the User-Agent of every other request, or is refused. Each page has a fresh profile, which is thrown away.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crawlers.fetch import NO_VALIDATORS, Fetched, Limits
from crawlers.urls import host_of
from db.errors import FetchError

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, Playwright, Request, Route

MAX_PARTS = 100  # scripts and data that one page may ask for
SETTLE_MILLISECONDS = 5_000  # how long a page may go on asking after it has loaded
_STARTING_SECONDS = 20.0
_WANTED = frozenset({"script", "xhr", "fetch", "stylesheet"})  # pictures and letters make no list
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ARGUMENTS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
)
_NOWHERE = (
    "http://127.0.0.1:9"  # a proxy that nobody is: what goes round the interception, such as a socket, ends there
)
FetchPart = Callable[[str], Fetched]


def render(page: Fetched, fetch_part: FetchPart, limits: Limits) -> Fetched:
    """The fetched page with its scripts run; FetchError without a browser, or when time or size run out."""
    try:
        from playwright.async_api import Error
    except ImportError as error:
        raise FetchError(
            "this source needs a browser: install convenor with the extra `browser`, or take `browser: true` out",
            url=page.url,
        ) from error
    try:
        markup = asyncio.run(_within(limits.timeout_seconds, _Rendering(page, fetch_part, limits)))
    except TimeoutError as error:
        raise FetchError("the scripts of the page did not come to an end in time", url=page.url) from error
    except Error as error:
        raise FetchError(f"the browser cannot show this page: {_first_line(error)}", url=page.url) from None
    body = markup.encode("utf-8", "replace")
    if len(body) > limits.max_bytes:
        raise FetchError(f"the page is larger than {limits.max_bytes:,} bytes once its scripts have run", url=page.url)
    return Fetched(page.url, page.status, body, "text/html; charset=utf-8", NO_VALIDATORS)


def same_site(url: str, page_url: str) -> bool:
    """Whether an address is of the page's own host, `www.` or not, or of one below it."""
    host, site = host_of(url), host_of(page_url).removeprefix("www.")
    return bool(site) and (host == site or host.endswith(f".{site}"))


async def _within(seconds: float, rendering: _Rendering) -> str:
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        async with asyncio.timeout(_STARTING_SECONDS):
            browser = await _launched(playwright)
        try:
            async with asyncio.timeout(seconds):
                return await rendering.markup(browser)
        finally:
            await browser.close()


async def _launched(playwright: Playwright) -> Browser:
    return await playwright.chromium.launch(
        executable_path=os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None),
        args=list(_ARGUMENTS),
        chromium_sandbox=hasattr(os, "geteuid") and os.geteuid() != 0,  # Chromium refuses its sandbox to root
        proxy={"server": _NOWHERE, "bypass": "<-loopback>"},
    )


@dataclass  # no slots: Playwright hangs notes on the methods that it calls
class _Rendering:
    """One page being shown."""

    page: Fetched
    fetch_part: FetchPart
    limits: Limits
    parts: int = 0
    bytes_left: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)  # one request at a time, as everywhere

    async def markup(self, browser: Browser) -> str:
        self.bytes_left = 4 * self.limits.max_bytes
        context = await browser.new_context(service_workers="block", accept_downloads=False)
        await context.route("**/*", self._answer)
        shown = await context.new_page()
        await shown.goto(self.page.url, wait_until="load", timeout=self.limits.timeout_seconds * 1000)
        await _settled(shown)
        return await shown.content()

    async def _answer(self, route: Route, request: Request) -> None:
        page = await self._part(request)
        if page is None:
            await route.abort("blockedbyclient")
        else:
            await route.fulfill(status=200, body=page.body, headers={"content-type": page.content_type or "text/html"})

    async def _part(self, request: Request) -> Fetched | None:
        """The page itself, or a part of it that the same site gives; None for everything else."""
        if request.method != "GET":
            return None
        if request.resource_type == "document":
            return self.page if request.url.partition("#")[0] == self.page.url.partition("#")[0] else None
        if request.resource_type not in _WANTED or not same_site(request.url, self.page.url):
            return None
        async with self.turn:
            self.parts += 1
            if self.parts > MAX_PARTS or self.bytes_left <= 0:
                return None
            try:
                part = await asyncio.to_thread(self.fetch_part, request.url)
            except FetchError:
                return None  # the page does without, as it would in any browser
            self.bytes_left -= len(part.body)
            return part


async def _settled(shown: Page) -> None:
    """The page asks for nothing more, or was given time enough."""
    from playwright.async_api import TimeoutError as NotQuiet

    try:
        await shown.wait_for_load_state("networkidle", timeout=SETTLE_MILLISECONDS)
    except NotQuiet:
        return


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]
