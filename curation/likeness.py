"""Whether two items tell the same story. Pure: knows no database.

Compared are items of different sources alone: what one source publishes twice is two things until a person says
otherwise (a notice of closing days reads the same every month). Two items tell the same story when title and day are
the same, or when their texts are nearly the same and their days are near. Texts are compared by the pieces of four
characters that they share, which needs no words and so works in every script.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from zlib import crc32

from msgspec import Struct

from db.records import DeskItem
from db.search.fold import fold
from db.stories import StoryText

PIECE = 4  # characters
TEXT_READ = 3_000  # characters of a text that are compared
MIN_PIECES = 150  # a shorter text says too little to be recognised by
ALIKE = 0.8  # of all pieces of both texts, the part that both have
NEAR_DAYS = 7
MIN_TITLE = 6  # characters; `Notice` and お知らせ are titles of many stories
BANDS, ROWS = 8, 4  # of two texts that share 0.8 of their pieces, 98 in 100 share a key; of those that share 0.5, 40
_SLOTS = BANDS * ROWS
_SIGNS = re.compile(r"[\W_]+")


class Likeness(Struct, frozen=True):
    """What is compared of an item. Items without a common key are not the same story."""

    title: str  # letters and digits alone, folded
    day: str  # ISO; empty when the day is not known exactly
    pieces: frozenset[int]
    keys: tuple[int, ...]


def likeness_of(item: DeskItem | StoryText) -> Likeness:
    """What is compared of this item."""
    title = bare(item.title)
    day = item.published.on or "" if item.published.precision == "day" else ""
    pieces = pieces_of(item.text)
    keys = list(_band_keys(pieces)) if len(pieces) >= MIN_PIECES else []
    if day and len(title) >= MIN_TITLE:
        keys.append(_hash(f"{title}|{day}"))
    return Likeness(title, day, pieces, tuple(keys))


def same_story(one: Likeness, other: Likeness) -> bool:
    """Whether these two, of different sources, tell the same story."""
    if one.title == other.title and one.day and one.day == other.day and len(one.title) >= MIN_TITLE:
        return True
    long_enough = min(len(one.pieces), len(other.pieces)) >= MIN_PIECES
    return long_enough and _days_are_near(one.day, other.day) and alike(one.pieces, other.pieces) >= ALIKE


def may_share_a_card(one: DeskItem, other: DeskItem) -> bool:
    """Whether a card may stand for both: of one sub-region and country, so that nobody misses what is hers to decide.

    Who tells what others published may be anywhere in the sub-region.
    """
    same_country = (one.curation.country or one.country) == (other.curation.country or other.country)
    aggregated = "aggregator" in (one.role, other.role)
    return one.source_id != other.source_id and one.sub_region == other.sub_region and (same_country or aggregated)


def leads(one: DeskItem, other: DeskItem) -> bool:
    """Whether the first of two sightings is the one whose card is shown: the official one, else the older one."""
    return (one.role != "official", one.id) < (other.role != "official", other.id)


def bare(text: str) -> str:
    """The letters and digits of a text, folded: spaces, signs, width and case make no difference."""
    return _SIGNS.sub("", fold(text))


def pieces_of(text: str) -> frozenset[int]:
    """The pieces of four characters in the beginning of a text, as numbers."""
    if not text:  # as of most items
        return frozenset()
    read = bare(text[:TEXT_READ]).encode("utf-32-le")
    return frozenset(crc32(read[start : start + 4 * PIECE]) for start in range(0, len(read) - 4 * PIECE + 1, 4))


def alike(one: frozenset[int], other: frozenset[int]) -> float:
    """The part of all pieces of both that both have, from 0 to 1 (Jaccard)."""
    return len(one & other) / (len(one | other) or 1)


def _band_keys(pieces: Iterable[int]) -> tuple[int, ...]:
    """Keys of which nearly equal sets share at least one (one-permutation MinHash; Li, Owen, Zhang 2012)."""
    smallest = [-1] * _SLOTS
    for piece in pieces:
        mixed = piece * 0x9E3779B1 & 0xFFFFFFFF
        slot = mixed % _SLOTS
        if smallest[slot] < 0 or mixed < smallest[slot]:
            smallest[slot] = mixed
    return tuple(_hash(f"{band}:{smallest[band * ROWS : (band + 1) * ROWS]}") for band in range(BANDS))


def _hash(text: str) -> int:
    data = text.encode("utf-8", "surrogatepass")
    return crc32(data) << 31 | crc32(data[::-1]) >> 1


def _days_are_near(one: str, other: str) -> bool:
    if not one or not other:
        return True
    return abs((date.fromisoformat(one) - date.fromisoformat(other)).days) <= NEAR_DAYS
