"""How the desk says things: dates with how sure they are, states, actions, countries. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from datetime import UTC, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_interval, format_skeleton
from msgspec.structs import replace

from curation.languages import ENGLISH, gettext, language, locale_name, marked
from db.records import Action, DeskItem, EventDays, ItemState, PublishedDate, Role, SubRegion
from db.text_language import language_of
from db.users import DESK

ORIGINS = {
    "feed": marked("from the feed"),
    "meta": marked("from the data of the page"),
    "list": marked("from the list page"),
    "url": marked("from the address"),
    "text": marked("from the text of the page"),
    "hand": marked("entered by hand"),
}
STATES: dict[ItemState, str] = {
    "new": marked("Waiting"),
    "later": marked("Later"),
    "impactful": marked("Impactful"),
    "dismissed": marked("Dismissed"),
}
ROLES: dict[Role, str] = {
    "reader": marked("reader"),
    "nominator": marked("nominator"),
    "convenor": marked("convenor"),
    "operator": marked("operator"),
}
DONE: dict[Action, str] = {
    "impactful": marked("marked impactful"),
    "later": marked("put off for later"),
    "dismiss": marked("dismissed"),
    "edit": marked("edited"),
    "fold": marked("folded into another card"),
    "unfold": marked("given a card of its own"),
    "undo": marked("undone"),
}
DID: dict[Action, str] = DONE | {  # behind the name of who did it
    "unfold": marked("gave a card of its own"),
    "undo": marked("took a decision back"),
}


NAMELESS = {DESK: marked("the desk"), "the operator": marked("the operator")}
BY_HAND = marked("Added by hand")  # what the source of such items is called in the database
REGIONS = (
    marked("North East Asia"),
    marked("South East Asia"),
    marked("South Asia"),
    marked("Central Asia"),
    marked("West Asia"),
    marked("Oceania"),
    marked("Oceania and Pacific"),
    marked("International"),
)


def regions_named(regions: Iterable[SubRegion]) -> tuple[SubRegion, ...]:
    """The sub-regions with their names in the language spoken, where these are IFLA's own."""
    return tuple(replace(region, name=gettext(region.name)) for region in regions)


def date_words(date: PublishedDate) -> str:
    """The date as far as it is known: `16 December 2020`, `December 2020`, `2020` or `no date found`."""
    if date.on is None:
        return gettext("no date found")
    day = dt.date.fromisoformat(date.on)
    if date.precision == "month":
        return _month(day, language())
    return str(day.year) if date.precision == "year" else _day(day, language())


def event_words(event: EventDays | None) -> str:
    """The days of an event, each part once: `8–10 December 2020`, `28 February – 2 March 2021`; empty without one."""
    if event is None:
        return ""
    first, last = dt.date.fromisoformat(event.start_on), dt.date.fromisoformat(event.end_on)
    if first == last:
        return _day(first, language())
    if language() in ("en", "mn"):  # CLDR shortens the month: `8–10 Dec`, `XII/08 – 10`
        return _interval(_day(first, language()), _day(last, language()))
    return str(format_interval(first, last, "yMMMd", locale=locale_name(language())))


def _interval(first: str, last: str) -> str:
    one, other = first.split(" "), last.split(" ")
    if language() != "en" or one[2] != other[2]:
        return f"{first} – {last}"
    return f"{one[0]}–{last}" if one[1] == other[1] else f"{one[0]} {one[1]} – {last}"


def date_machine(date: PublishedDate) -> str:
    """The same for machines (HTML's `datetime`): `2020-12-16`, `2020-12`, `2020` or empty."""
    return (date.on or "")[: {"year": 4, "month": 7, "day": 10, "none": 0}[date.precision]]


def origin_words(date: PublishedDate) -> str:
    """Where the date was read; empty when there is none."""
    return "" if date.source is None else gettext(ORIGINS[date.source])


def month_words(month: str) -> str:
    """`2020-11` as `November 2020`."""
    return _month(dt.date.fromisoformat(f"{month}-01"), language())


@lru_cache(maxsize=4_096)
def _day(day: dt.date, tag: str) -> str:
    # Mongolian writes long dates in words: its medium form is the one people read.
    return str(format_date(day, "medium" if tag == "mn" else "long", locale=locale_name(tag)))


@lru_cache(maxsize=512)
def _month(day: dt.date, tag: str) -> str:
    return str(format_skeleton("yMMM" if tag == "mn" else "yMMMM", day, locale=locale_name(tag)))


def actor_name(actor: str) -> str:
    """Who decided or nominated: a person's own name; the desk and whoever works at the terminal in words."""
    return gettext(NAMELESS[actor]) if actor in NAMELESS else actor


def language_told(text: str, hint: str | None) -> str:
    """The language of a text by its script and that of its source, for `lang`: empty where nothing tells it."""
    return language_of(text, hint) or ""


def in_a_row(names: Iterable[str]) -> str:
    """The names, parted as the language spoken parts what it lists."""
    return ("、" if language().partition("-")[0] in ("ja", "zh") else ", ").join(names)


def source_name(name: str) -> str:
    """What the source is called; that of pages which no source listed in the language spoken."""
    return gettext(BY_HAND) if name == BY_HAND else name


def source_and_institution(item: DeskItem) -> str:
    """Where the item stood and whose news it is: `News, National Library`."""
    return ", ".join(dict.fromkeys(filter(None, (source_name(item.source_name), item.institution))))


def country_names(regions: Iterable[SubRegion]) -> dict[str, str]:
    """Code → name, of all sub-regions: in English as the report prints it, else as CLDR has it."""
    return {code: country_name(code, name) for region in regions for code, name in region.countries.items()}


def country_name(code: str, printed: str) -> str:
    """The country in the language spoken; in English the name that the report prints."""
    return printed if language() == ENGLISH else _territory(code, language()) or gettext(printed)


def language_name(code: str) -> str:
    """The language's name in the language spoken; the code itself where CLDR has no name for it."""
    return _language(code, language())


@lru_cache(maxsize=1_024)
def _territory(code: str, tag: str) -> str | None:
    return Locale.parse(locale_name(tag)).territories.get(code)


@lru_cache(maxsize=1_024)
def _language(code: str, tag: str) -> str:
    try:
        return str(Locale.parse(locale_name(tag)).languages.get(code, code))
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
