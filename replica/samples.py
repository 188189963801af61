"""The items that the sample pages show, as data: one file for each source in `data/`, newest first.

A row is an activity of the sample report (`seed`, told by seed_report.json alone), a real headline, or `invented`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zlib import crc32

from msgspec import Struct

DATA = Path(__file__).parent / "data"

LANGUAGES = {
    "nlc-news": "zh-Hans",
    "nlc-notices": "zh-Hans",
    "nlc-en": "en",
    "lsc": "zh-Hans",
    "ndl-en": "en",
    "ndl-car": "ja",
    "nlk-en": "en",
    "num": "mn",
    "gpsh": "en",
    "ifla": "en",
}  # source id → language of its site


class Sample(Struct, frozen=True):
    """One item of one source."""

    address: str  # full; empty for a paragraph that has no page of its own
    on: str  # ISO day, or only the month or year that is known
    title: str
    paragraphs: tuple[str, ...]
    language: str
    page: str = ""  # which page of its site shows it, where there is no list
    reference: tuple[str, str] | None = None  # name and address of the page it tells about

    @property
    def number(self) -> int:
        """A number that belongs to this item alone, for view counters and picture names."""
        return crc32((self.address or self.title).encode())

    @property
    def path(self) -> str:
        return urlsplit(self.address).path


@cache
def samples(source_id: str) -> tuple[Sample, ...]:
    """The items of a source, newest first."""
    rows = (DATA / f"{source_id}.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(_sample(json.loads(row), LANGUAGES[source_id]) for row in rows)


@cache
def by_path(*source_ids: str) -> Mapping[str, Sample]:
    """The items of these sources by the path of their address."""
    return {sample.path: sample for source_id in source_ids for sample in samples(source_id) if sample.address}


@cache
def page_of(source_id: str, number: int, size: int) -> tuple[Sample, ...]:
    """The items on one page of a list, counted from 1; empty beyond the end."""
    return samples(source_id)[(number - 1) * size : number * size] if number > 0 else ()


def page_count(source_id: str, size: int) -> int:
    """How many pages the list has."""
    return -(-len(samples(source_id)) // size)


def _sample(row: Mapping[str, Any], language: str) -> Sample:
    language = row.get("language", language)
    if "seed" in row:
        activity = _activities()[row["seed"]]
        title, paragraphs = str(activity["title_as_printed"]), tuple(map(str, activity["body"]))
    else:
        title = str(row["title"])
        paragraphs = _invented_text(title, language) if row.get("invented") else tuple(row["text"])
    reference = tuple(row["reference"]) if "reference" in row else None
    return Sample(row["address"], row["on"], title, paragraphs, language, row.get("page", ""), reference)


@cache
def _activities() -> Mapping[str, Mapping[str, Any]]:
    report = json.loads((DATA / "seed_report.json").read_text(encoding="utf-8"))
    return {activity["id"]: activity for activity in report["activities"]}


@cache
def _wording() -> Mapping[str, Mapping[str, Any]]:
    wording: Mapping[str, Mapping[str, Any]] = json.loads((DATA / "paragraphs.json").read_text(encoding="utf-8"))
    return wording


def _invented_text(title: str, language: str) -> tuple[str, ...]:
    wording = _wording()[language]
    pool: Sequence[str] = wording["pool"]
    subject = title.replace("：", ": ", 1).partition(": ")[2]
    start = crc32(title.encode())
    return (wording["lead"].format(subject=subject), pool[start % len(pool)], pool[(start + 1) % len(pool)])
