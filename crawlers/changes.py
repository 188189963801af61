"""What a poll adds to what is known. Pure: no network, no database.

Identity comes before content: `identity.matches` says which known item each entry is. Only then is looked at whether it
reads otherwise now.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Sequence

from msgspec.structs import replace

from crawlers.identity import Known, Reader, matches
from crawlers.kinds import tells_of_others
from crawlers.titles import is_cut, same_title, says
from crawlers.urls import address_key, host_of, tail_of
from db.records import (
    Changes,
    Entry,
    ItemChange,
    Marks,
    ParsedItem,
    PublishedDate,
    Revision,
    StoredItem,
    Words,
)

_LISTED = (None, "feed", "list", "url")  # where a day comes from that a list may change


def compare(reader: Reader, entries: Sequence[Entry], known: Known) -> Changes:
    """Which of these distinct entries are new, which read differently now, and which known items were met again.

    `known` is what is stored under their marks. An item of another source is met, never changed.
    """
    return _Comparison(reader, entries, known).changes()


class _Comparison:
    """The entries of one poll, sorted into what they are."""

    def __init__(self, reader: Reader, entries: Sequence[Entry], known: Known) -> None:
        self.reader = reader
        self.entries = entries
        self.known = known
        self.new: list[tuple[ParsedItem, str]] = []
        self.new_marks: list[tuple[Marks, ...]] = []
        self.new_words: list[Words | None] = []
        names = (entry.marks.name for entry in entries)
        self.names = Counter(name and (name.title, name.on) for name in names)
        self.sections: dict[tuple[str, str, str, str], int] = {}  # of new stories: where they stand in `new`
        self.changed: list[ItemChange] = []
        self.met: list[tuple[int, Marks]] = []

    def changes(self) -> Changes:
        items, marks = [entry.item for entry in self.entries], [entry.marks for entry in self.entries]
        found = matches(self.reader, items, marks, self.known)
        here = {match.id for mark, match in zip(marks, found, strict=True) if match and self._is_at(mark, match)}
        seen: dict[int, bool] = {}
        for entry, match in zip(self.entries, found, strict=True):
            if match is None:
                self._add(entry)
            else:
                self._meet(entry, match, first=match.id not in seen, moved=match.id not in here)
                seen[match.id] = match.source_id == self.reader.source_id
        return Changes(
            tuple(self.new),
            tuple(self.new_marks),
            tuple(self.new_words),
            tuple(self.changed),
            tuple(seen),
            tuple(self.met),
            any(seen.values()),
        )

    def _add(self, entry: Entry) -> None:
        item, mark, digest = entry.item, entry.marks, entry.content_hash
        if section := self._section(item, mark):
            if (place := self.sections.get(section)) is not None:
                self.new_marks[place] += (mark.nameless(),)
                return
            self.sections[section] = len(self.new)
        if mark.address in self.known.at:  # the address was that of another item, which keeps it
            item = replace(item, canonical_url=f"{item.canonical_url}#{digest[:8]}")
        self.new.append((item, digest))
        self.new_marks.append((mark,))
        self.new_words.append(entry.words)

    def _section(self, item: ParsedItem, mark: Marks) -> tuple[str, str, str, str] | None:
        """By which the same story in another section is known, where another entry has its name."""
        name = mark.name
        if name is None or self.names[name.title, name.on] < 2 or not (tail := tail_of(item.url)):
            return None
        return name.title, item.published.on or "", tail, host_of(item.url)

    def _is_at(self, mark: Marks, match: StoredItem) -> bool:
        there = self.known.at.get(mark.address)
        return there is not None and there.id == match.id

    def _meet(self, entry: Entry, match: StoredItem, *, first: bool, moved: bool) -> None:
        item, mark, digest = entry.item, entry.marks, entry.content_hash
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
