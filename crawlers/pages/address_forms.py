"""The forms of addresses: what the addresses of the items of one list have in common."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple
from urllib.parse import urlsplit

from crawlers.pages.list_words import is_date_like, names_file
from crawlers.urls import split_address

_DIGIT = re.compile(r"\d")
_NUMBER = re.compile("[0-9]+")
_WITHOUT_PARAMETERS = re.compile(r"https?://([a-z0-9.:-]+)(/[^?#\s]*)")
_ID_IN_PATH = re.compile(r"\d\d|/\d(?:/|$)")
_ID_IN_QUERY = re.compile(r"=[^&]*\d|=[^&]{16}")
_LONG_ID_IN_QUERY = re.compile(r"=[^&]*\d{3}")
_ENDING = re.compile(r"\.[a-z]{2,5}$")


class Address(NamedTuple):
    """The form of an address."""

    host: str
    shape: str  # digits folded, a last part that reads like a name left open
    coarse: str  # only how it ends
    is_open: bool  # whether its last part reads like a name


@lru_cache(maxsize=2048)  # asked again of the links of a group
def address_of(url: str) -> Address:
    """The form of an address."""
    if plain := _WITHOUT_PARAMETERS.fullmatch(url):
        (host, path), query = plain.groups(), ""
    else:
        parts = split_address(url) or urlsplit(url)
        host, path, query = parts.netloc, parts.path, parts.query
    folder, _, name = path.rstrip("/").rpartition("/")
    if _DIGIT.search(name):
        name = "0" + name[name.rindex(".") :] if "." in name else "0"
    names = "&".join(sorted({pair.partition("=")[0] for pair in query.split("&")})) if query else ""
    return _address(host.removeprefix("www."), _NUMBER.sub("0", folder), name, names)


@lru_cache(maxsize=2048)  # most addresses of a site differ in numbers alone
def _address(host: str, folder: str, name: str, names: str) -> Address:
    ending = name.rpartition(".")[2] if "." in name else ""
    opened = is_open(name) or names_file(name)
    shape = f"{host}{folder}/{'*' if opened else name}.{ending}?{names}"
    return Address(host, shape, f"{host} {opened} {ending} {names}", opened)


def has_day(url: str) -> bool:
    """Whether something like a date stands in the path of an address."""
    return is_date_like((split_address(url) or urlsplit(url)).path)


def has_id(url: str) -> bool:
    """Whether an address has an id or a date."""
    parts = split_address(url) or urlsplit(url)
    return bool(_ID_IN_PATH.search(parts.path) or (parts.query and _ID_IN_QUERY.search(parts.query)))


@lru_cache(maxsize=8192)
def story_form(url: str) -> tuple[str, ...]:
    """What the addresses of all stories of a site have in common: each part as a number, a name or a short word.

    Several words in a row count as one, for a part of a site may have parts. () where no part is a number of four
    digits or a name of several words.
    """
    parts = split_address(url) or urlsplit(url)
    names = sorted(pair.partition("=")[0] for pair in parts.query.split("&") if pair) if parts.query else ()
    form = [kind for kind, _ in groupby([_part_form(part) for part in parts.path.split("/") if part])]
    told = any(part[0] in "ns" for part in form) or (parts.query and _LONG_ID_IN_QUERY.search(parts.query))
    return (parts.netloc.removeprefix("www."), *form, *names) if told else ()


@lru_cache(maxsize=2048)  # the folders of a site stand in most of its addresses
def _part_form(part: str) -> str:
    name, dot, ending = part.rpartition(".") if "." in part and _ENDING.search(part) else (part, "", "")
    kind = "w"
    if name.isdecimal():
        kind = "n" if len(name) > 3 else "d"
    elif is_open(name):
        kind = "s"
    return kind + dot + ending


def is_open(name: str) -> bool:
    """Whether the last part of a path reads like an article's: a number, words with dashes, or long."""
    return _DIGIT.search(name) is not None or name.count("-") + name.count("_") > 1 or len(name) > 24 or "%" in name
