"""What can be known of the entries of a list before anything is asked of the database. Pure.

It is worked out where the list is read, perhaps in another process, so that the one thread that saves need not.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import chain, repeat
from operator import attrgetter

from msgspec.structs import replace

from crawlers.identity import marks_of
from crawlers.titles import same_title
from crawlers.urls import is_web_address
from db.records import NO_DATE, Entry, ParsedItem, Words

_ISO_DAY = re.compile(r"[12]\d{3}-[01]\d-[0-3]\d")
_TEXTS = attrgetter(
    "url", "canonical_url", "title", "source_item_id", "summary", "published.text", "language", "image_url"
)
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")


def entries_of(items: Iterable[ParsedItem], *, with_words: bool = False) -> tuple[Entry, ...]:
    """The items that can be kept, in their order; with the words by which they are found where these are wanted."""
    kept = [item for item in items if is_web_address(item.url) and item.title.strip()]
    return _entries(kept if _are_storable(kept) else list(map(_storable, kept)), with_words)


def _entries(items: Sequence[ParsedItem], with_words: bool) -> tuple[Entry, ...]:
    words: Iterable[Words | None] = repeat(None)
    if with_words:
        from db.search.words import words_of  # its tables of letters take longer to load than many a page to read

        words = words_of((item.title, item.summary, item.text) for item in items)
    return tuple(map(Entry, items, map(marks_of, items), map(content_hash, items), words))


def distinct(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Each address and each id once, the first of them winning.

    What the first lacks, such as the day of a pinned entry, its twin further down gives. An id that stands at different
    addresses tells nothing apart, so it is dropped and the addresses count.
    """
    by_address: dict[str, Entry] = {}
    for entry in entries:
        key = entry.marks.address
        by_address[key] = _completed(by_address[key], entry) if key in by_address else entry
    kept = tuple(by_address.values())
    ids = [entry.item.source_item_id for entry in kept if entry.item.source_item_id is not None]
    if len(ids) == len(set(ids)):
        return kept
    again = {own for own, times in Counter(ids).items() if times > 1}
    return tuple(_without_id(entry) if entry.item.source_item_id in again else entry for entry in kept)


def _completed(entry: Entry, twin: Entry) -> Entry:
    item, other = entry.item, twin.item
    if not same_title(item.title, other.title):
        return entry
    completed = replace(
        item,
        published=item.published if item.published.on else other.published,
        summary=item.summary or other.summary,
        image_url=item.image_url or other.image_url,
    )
    return entry if completed == item else _entries((completed,), entry.words is not None)[0]


def _without_id(entry: Entry) -> Entry:
    item, marks = replace(entry.item, source_item_id=None), replace(entry.marks, source_item_id=None)
    return replace(entry, item=item, marks=marks)


def content_hash(item: ParsedItem) -> str:
    """A digest of what the list says of an item: title, summary, day. Spacing and pictures do not count."""
    text = f"{_squeezed(item.title)}\n{_squeezed(item.summary)}\n{item.published.on or ''}"
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _squeezed(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    plain = text.isprintable() and "  " not in text and text == text.strip()  # as most texts are; splitting is slow
    return text if plain else " ".join(text.split())


def _are_storable(items: Sequence[ParsedItem]) -> bool:
    """Whether a database takes them all as they are: no half characters, and no days that are none."""
    whole = "".join(filter(None, chain.from_iterable(map(_TEXTS, items))))
    days = [item.published.on for item in items if item.published.on is not None]
    return (whole.isprintable() or not _NOT_TEXT.search(whole)) and all(map(_ISO_DAY.fullmatch, days))


def _storable(item: ParsedItem) -> ParsedItem:
    date = item.published
    day_is_one = date.on is None or _ISO_DAY.fullmatch(date.on) is not None
    return replace(
        item,
        url=_clean(item.url),
        canonical_url=_clean(item.canonical_url),
        title=_clean(item.title),
        source_item_id=item.source_item_id and _clean(item.source_item_id),
        summary=_clean(item.summary),
        published=replace(date, text=_clean(date.text)) if day_is_one else NO_DATE,
        language=item.language and _clean(item.language),
        image_url=item.image_url and _clean(item.image_url),
    )


def _clean(text: str) -> str:
    return _NOT_TEXT.sub("\ufffd", text)
