"""How the desk says things: dates with how sure they are, states, actions, countries. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale

from db.records import Action, EventDays, ItemState, PublishedDate, SubRegion

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
ORIGINS = {
    "feed": "from the feed",
    "meta": "from the data of the page",
    "list": "from the list page",
    "url": "from the address",
    "text": "from the text of the page",
    "hand": "entered by hand",
}
STATES: dict[ItemState, str] = {
    "new": "Waiting",
    "later": "Later",
    "impactful": "Impactful",
    "dismissed": "Dismissed",
}
DONE: dict[Action, str] = {
    "impactful": "marked impactful",
    "later": "put off for later",
    "dismiss": "dismissed",
    "edit": "edited",
    "fold": "folded into another card",
    "unfold": "given a card of its own",
    "undo": "undone",
}


def date_words(date: PublishedDate) -> str:
    """The date as far as it is known: `16 December 2020`, `December 2020`, `2020` or `no date found`."""
    if date.on is None:
        return "no date found"
    year, month, day = date.on.split("-")
    words = {"year": year, "month": f"{MONTHS[int(month) - 1]} {year}"}
    return words.get(date.precision, f"{int(day)} {MONTHS[int(month) - 1]} {year}")


def event_words(event: EventDays | None) -> str:
    """The days of an event, each part once: `8–10 December 2020`, `28 February – 2 March 2021`; empty without one."""
    if event is None:
        return ""
    first, last = (date_words(PublishedDate(day, "day", "text")) for day in (event.start_on, event.end_on))
    if first == last:
        return first
    one, other = first.split(" "), last.split(" ")
    shared = 0 if one[2] != other[2] else 1 if one[1] != other[1] else 2
    kept = " ".join(one[: len(one) - shared])
    return f"{kept}–{last}" if shared == 2 else f"{kept} – {last}"


def date_machine(date: PublishedDate) -> str:
    """The same for machines (HTML's `datetime`): `2020-12-16`, `2020-12`, `2020` or empty."""
    return (date.on or "")[: {"year": 4, "month": 7, "day": 10, "none": 0}[date.precision]]


def origin_words(date: PublishedDate) -> str:
    """Where the date was read; empty when there is none."""
    return "" if date.source is None else ORIGINS[date.source]


def month_words(month: str) -> str:
    """`2020-11` as `November 2020`."""
    year, number = month.split("-")
    return f"{MONTHS[int(number) - 1]} {year}"


def country_names(regions: Iterable[SubRegion]) -> dict[str, str]:
    """Code → name as the report prints it, of all sub-regions."""
    return {code: name for region in regions for code, name in region.countries.items()}


@cache
def language_name(code: str) -> str:
    """The language in English; the code itself where CLDR has no name for it."""
    try:
        return str(Locale("en").languages.get(code, code))
    except ValueError:
        return code


def number_words(number: int, at_most: int) -> str:
    """The number with its thousands parted; `1,000+` where counting stopped."""
    return f"{at_most:,}+" if number > at_most else f"{number:,}"


def zone_of(name: str) -> tzinfo:
    """The time zone of this IANA name; UTC where there is none."""
    try:
        return ZoneInfo(name) if re.fullmatch(r"[A-Za-z][\w+-]*(/[A-Za-z][\w+-]*){1,2}", name, re.ASCII) else UTC
    except (ValueError, OSError):  # no such zone, or a folder of zones
        return UTC


def shortened(text: str, length: int = 80) -> str:
    """The text, cut with an ellipsis where it is longer."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
