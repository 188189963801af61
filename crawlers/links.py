"""Whether the originals of activities are still where and what they were."""

from __future__ import annotations

from datetime import date
from typing import Literal
from urllib.parse import urlsplit

from msgspec import Struct

from crawlers.by_hand import proposed
from crawlers.fetch import Fetched, Limits
from crawlers.kinds import Page
from crawlers.politeness import PoliteWeb
from crawlers.robots import RobotsError
from crawlers.urls import canonical_url
from db.errors import FetchError
from db.evidence import Link

Verdict = Literal["ok", "moved", "changed", "gone", "no answer", "not asked"]
SAME_SHARE = 0.5  # of what was read once; a page with less of it is another one
_COMPARED = 20_000  # characters


class Checked(Struct, frozen=True):
    """A link and what became of it."""

    link: Link
    verdict: Verdict
    why: str = ""
    now_at: str = ""  # where it moved to


def check_link(link: Link, web: PoliteWeb, limits: Limits, today: date) -> Checked:
    """The link, visited now."""
    try:
        answer = web.get(link.url, limits)
    except RobotsError as error:
        return Checked(link, "not asked", error.message)
    except FetchError as error:
        gone = error.status in (404, 410)
        return Checked(link, "gone" if gone else "no answer", f"{error.status}" if gone else error.message)
    assert isinstance(answer, Fetched)  # nothing conditional was asked
    return judged(link, answer, today)


def judged(link: Link, answer: Fetched, today: date) -> Checked:
    """What the answer says of the link: gone to the front page, another page, moved, or as it was. Pure."""
    asked, told = urlsplit(link.url), urlsplit(answer.url)
    if told.path in ("", "/") and not told.query and asked.path not in ("", "/"):
        return Checked(link, "gone", "it leads to the front page", answer.url)
    if not answer.body.strip():
        return Checked(link, "no answer", "the page is empty")
    share = share_left(link, answer, today)
    now_at = answer.url if canonical_url(answer.url) != canonical_url(link.url) else ""
    if share < SAME_SHARE:
        return Checked(link, "changed", f"{share:.0%} of what stood there is left", now_at)
    if now_at and answer.moved_to:
        return Checked(link, "moved", "for good", now_at)
    return Checked(link, "ok")


def share_left(link: Link, answer: Fetched, today: date) -> float:
    """How much of the title and text that were read once is in the page now, from 0 to 1. Pure.

    1 for what is no page to read, such as a PDF: nothing is known of its words.
    """
    found = proposed(Page(answer.url, answer.body, answer.content_type), today=today, country=link.country)
    if found.problem:
        return 1.0
    now = _pairs(f"{found.title} {found.text}")
    return max((_share(_pairs(before), now) for before in (link.title, f"{link.title} {link.text}") if before.strip()),
               default=1.0)  # fmt: skip


def _pairs(text: str) -> set[str]:
    """The pairs of neighbouring letters, by which texts of every script are compared."""
    letters = "".join(character for character in text.casefold()[:_COMPARED] if character.isalnum())
    return {letters[place : place + 2] for place in range(max(1, len(letters) - 1))} - {""}


def _share(before: set[str], now: set[str]) -> float:
    return len(before & now) / len(before) if before else 1.0
