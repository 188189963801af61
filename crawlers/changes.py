"""What a poll adds to what is known. Pure: no network, no database.

Identity comes before content: an item is known by the id that its source gives, else by its canonical address. Only
then does a hash of what it says tell changed from unchanged.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from hashlib import blake2b

from crawlers.urls import is_web_address
from db.records import NO_DATE, Changes, ItemChange, ParsedItem, StoredItem

_ISO_DAY = re.compile(r"[12]\d{3}-[01]\d-[0-3]\d")
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")


def content_hash(item: ParsedItem) -> str:
    """A digest of what the list says of an item: title, summary, day. Spacing and pictures do not count."""
    parts = (item.title, item.summary, item.published.on or "")
    text = "\n".join(" ".join(unicodedata.normalize("NFC", part).split()) for part in parts)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def compare(source_id: str, stored: Iterable[StoredItem], parsed: Iterable[ParsedItem]) -> Changes:
    """Which of the parsed items are new, which read differently now, and which known ones were met again.

    `stored` holds at least every item that a parsed one could be. An item that belongs to another source is met, never
    changed. What stands twice among the parsed counts once.
    """
    known = list(stored)
    by_id = {item.source_item_id: item for item in known if item.source_item_id and item.source_id == source_id}
    by_url = {item.canonical_url: item for item in known}
    new, changed, met = [], [], {}
    for item in distinct(parsed):
        match = by_id.get(item.source_item_id or "") or by_url.get(item.canonical_url)
        digest = content_hash(item)
        if match is None:
            new.append((item, digest))
        elif match.id not in met:
            met[match.id] = item
            if match.source_id == source_id and match.content_hash != digest:
                changed.append(ItemChange(match.id, item, digest))
    return Changes(tuple(new), tuple(changed), tuple(met))


def distinct(parsed: Iterable[ParsedItem]) -> tuple[ParsedItem, ...]:
    """The items that can be kept, each address and each id once, the first of them winning.

    An id that stands at different addresses tells nothing apart, so it is dropped and the addresses count.
    """
    items = [_storable(item) for item in parsed if is_web_address(item.url) and item.title.strip()]
    by_url: dict[str, ParsedItem] = {}
    for item in items:
        by_url.setdefault(item.canonical_url, item)
    kept = tuple(by_url.values())
    uses = Counter(item.source_item_id for item in kept)
    return tuple(replace(item, source_item_id=None) if uses[item.source_item_id] > 1 else item for item in kept)


def _storable(item: ParsedItem) -> ParsedItem:
    """The item without what no database takes: half characters, and days that are none."""
    date = item.published
    return replace(
        item,
        url=_clean(item.url),
        canonical_url=_clean(item.canonical_url),
        title=_clean(item.title),
        source_item_id=item.source_item_id and _clean(item.source_item_id),
        summary=_clean(item.summary),
        published=replace(date, text=_clean(date.text)) if date.on is None or _ISO_DAY.fullmatch(date.on) else NO_DATE,
        language=item.language and _clean(item.language),
        image_url=item.image_url and _clean(item.image_url),
    )


def _clean(text: str) -> str:
    return _NOT_TEXT.sub("\ufffd", text)
