"""What a poll adds to what is known. Pure: no network, no database.

Identity comes before content: `identity.matches` says which known item each entry is. Only then is looked at whether it
reads otherwise now.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import blake2b

from crawlers.identity import Known, Reader, matches
from crawlers.kinds import tells_of_others
from crawlers.titles import is_cut, same_title, says
from crawlers.urls import address_key, host_of, is_web_address, tail_of
from db.records import (
    NO_DATE,
    Changes,
    ItemChange,
    Marks,
    ParsedItem,
    PublishedDate,
    Revision,
    StoredItem,
)

_ISO_DAY = re.compile(r"[12]\d{3}-[01]\d-[0-3]\d")
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
_LISTED = (None, "feed", "list", "url")  # where a day comes from that a list may change


def content_hash(item: ParsedItem) -> str:
    """A digest of what the list says of an item: title, summary, day. Spacing and pictures do not count."""
    text = f"{_squeezed(item.title)}\n{_squeezed(item.summary)}\n{_squeezed(item.published.on or '')}"
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _squeezed(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    plain = text.isprintable() and "  " not in text and text == text.strip()  # as most texts are; splitting is slow
    return text if plain else " ".join(text.split())


def compare(reader: Reader, parsed: Sequence[ParsedItem], marks: Sequence[Marks], known: Known) -> Changes:
    """Which of these distinct items are new, which read differently now, and which known ones were met again.

    `known` is what is stored under the `marks` of these items. An item of another source is met, never changed.
    """
    return _Comparison(reader, parsed, marks, known).changes()


class _Comparison:
    """The entries of one poll, sorted into what they are."""

    def __init__(self, reader: Reader, parsed: Sequence[ParsedItem], marks: Sequence[Marks], known: Known) -> None:
        self.reader = reader
        self.parsed = parsed
        self.marks = marks
        self.known = known
        self.new: list[tuple[ParsedItem, str]] = []
        self.new_marks: list[tuple[Marks, ...]] = []
        self.names = Counter(mark.name and (mark.name.title, mark.name.on) for mark in marks)
        self.sections: dict[tuple[str, str, str, str], int] = {}  # of new stories: where they stand in `new`
        self.changed: list[ItemChange] = []
        self.met: list[tuple[int, Marks]] = []

    def changes(self) -> Changes:
        found = matches(self.reader, self.parsed, self.marks, self.known)
        here = {match.id for mark, match in zip(self.marks, found, strict=True) if match and self._is_at(mark, match)}
        seen: dict[int, bool] = {}
        for item, mark, match in zip(self.parsed, self.marks, found, strict=True):
            if match is None:
                self._add(item, mark)
            else:
                self._meet(item, mark, match, first=match.id not in seen, moved=match.id not in here)
                seen[match.id] = match.source_id == self.reader.source_id
        return Changes(
            tuple(self.new),
            tuple(self.new_marks),
            tuple(self.changed),
            tuple(seen),
            tuple(self.met),
            any(seen.values()),
        )

    def _add(self, item: ParsedItem, mark: Marks) -> None:
        if section := self._section(item, mark):
            if (place := self.sections.get(section)) is not None:
                self.new_marks[place] += (mark.nameless(),)
                return
            self.sections[section] = len(self.new)
        digest = content_hash(item)
        if mark.address in self.known.at:  # the address was that of another item, which keeps it
            item = replace(item, canonical_url=f"{item.canonical_url}#{digest[:8]}")
        self.new.append((item, digest))
        self.new_marks.append((mark,))

    def _section(self, item: ParsedItem, mark: Marks) -> tuple[str, str, str, str] | None:
        """By which the same story in another section is known, where another entry has its name."""
        name = mark.name
        if name is None or self.names[name.title, name.on] < 2 or not (tail := tail_of(item.url)):
            return None
        return name.title, item.published.on or "", tail, host_of(item.url)

    def _is_at(self, mark: Marks, match: StoredItem) -> bool:
        there = self.known.at.get(mark.address)
        return there is not None and there.id == match.id

    def _meet(self, item: ParsedItem, mark: Marks, match: StoredItem, *, first: bool, moved: bool) -> None:
        digest = content_hash(item)
        own = match.source_id == self.reader.source_id
        settled = own and digest == match.content_hash and not moved
        self.met.append((match.id, mark.nameless() if settled else mark))
        if first and not own and self._is_at(mark, match) and _is_told_of(match, self.reader):
            self.changed.append(taken_over(match, item, digest))
        elif own and first and not (settled and item.url == match.url):
            change = changed(match, item, digest, moved=moved)
            if change is not None:
                self.changed.append(change)


def _is_told_of(stored: StoredItem, reader: Reader) -> bool:
    """Whether others only told of the item so far, and this source publishes it."""
    publishes = bool(reader.kind) and not tells_of_others(reader.kind)
    return publishes and stored.untouched and tells_of_others(stored.kind)


def taken_over(stored: StoredItem, item: ParsedItem, digest: str) -> ItemChange:
    """The item as its own source has it; a day that the source does not tell stays as it was told."""
    published = item.published if item.published.on is not None else stored.published
    revisions = () if same_title(stored.title, item.title) else (Revision("title", stored.title, item.title),)
    return ItemChange(
        stored.id, item.title, item.summary, published, digest, item.image_url, item.url, revisions, entry=item
    )


def changed(stored: StoredItem, item: ParsedItem, digest: str, *, moved: bool = False) -> ItemChange | None:
    """What is to stand of the item now that its source lists it so; None when nothing that counts is different.

    Only other words make a revision: no spelling, no counter of visits, no "today", nothing that was cut shorter. A day
    that is known is not given up for a month, nor one that was read on the article's page for what the list says.
    """
    title, summary = _title(stored.title, item.title), _summary(stored.summary, item.summary)
    published = _published(stored.published, item.published)
    url = _url(stored.url, item.url, moved=moved)
    if (title, summary, published, url) == (stored.title, stored.summary, stored.published, None):
        return None
    revisions = []
    if not same_title(title, stored.title) or (is_cut(stored.title) and not is_cut(title)):
        revisions.append(Revision("title", stored.title, title))
    if summary != stored.summary and stored.summary:
        revisions.append(Revision("summary", stored.summary, summary))
    return ItemChange(stored.id, title, summary, published, digest, item.image_url, url, tuple(revisions))


def _title(then: str, now: str) -> str:
    if not same_title(then, now):
        return now
    completed = is_cut(then) and not is_cut(now)
    repaired = html.unescape(then) != then and html.unescape(now) == now
    return now if completed or repaired else then


def _summary(then: str, now: str) -> str:
    said, says_now = says(then), says(now)
    if not says_now or says_now == said or (is_cut(now) and said.startswith(says_now)):
        return then
    return now


def _published(then: PublishedDate, now: PublishedDate) -> PublishedDate:
    if now.on is None or now.on == then.on or then.source not in _LISTED:
        return then
    vaguer = now.precision in ("month", "year") and then.precision == "day"
    return (
        then
        if vaguer and then.on is not None and then.on.startswith(now.on[: 4 if now.precision == "year" else 7])
        else now
    )


def _url(then: str, now: str, *, moved: bool) -> str | None:
    if moved:
        return now if now != then else None
    safer = then.startswith("http://") and now.startswith("https://")
    return now if safer and address_key(then) == address_key(now) else None


def distinct(parsed: Iterable[ParsedItem]) -> tuple[ParsedItem, ...]:
    """The items that can be kept, each address and each id once, the first of them winning.

    What the first lacks, such as the day of a pinned entry, its twin further down gives. An id that stands at different
    addresses tells nothing apart, so it is dropped and the addresses count.
    """
    items = [_storable(item) for item in parsed if is_web_address(item.url) and item.title.strip()]
    by_address: dict[str, ParsedItem] = {}
    for item in items:
        key = address_key(item.canonical_url)
        by_address[key] = _completed(by_address[key], item) if key in by_address else item
    kept = tuple(by_address.values())
    uses = Counter(item.source_item_id for item in kept)
    return tuple(replace(item, source_item_id=None) if uses[item.source_item_id] > 1 else item for item in kept)


def _completed(item: ParsedItem, twin: ParsedItem) -> ParsedItem:
    if not same_title(item.title, twin.title):
        return item
    return replace(
        item,
        published=item.published if item.published.on else twin.published,
        summary=item.summary or twin.summary,
        image_url=item.image_url or twin.image_url,
    )


def _storable(item: ParsedItem) -> ParsedItem:
    """The item without what no database takes: half characters, and days that are none."""
    date = item.published
    texts = (item.url, item.canonical_url, item.title, item.source_item_id, item.summary, item.language, item.image_url)
    day_is_one = date.on is None or _ISO_DAY.fullmatch(date.on) is not None
    if day_is_one and not _NOT_TEXT.search("".join([date.text, *filter(None, texts)])):
        return item
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
