"""Which known item an entry of a poll is, if any. Pure: what is stored comes in as an argument.

The rule, strongest first. An entry is the known item

1. at its address, in any spelling and at any alias of the host, where any source ever listed it there;
2. with its id, where this source ever gave it that id;
3. with its title and day, where this source or another one of the same institution ever named it so;
4. at an address that it links, where another source listed it there: a post that tells of an article is a sighting;
5. linking its address, where somebody decided on it already: the article of a post that was decided on is a sighting.

Against false merges: two entries that stand side by side in one poll at different addresses are different items, unless
title, day and the tail of the address agree (the same story in two sections). So a name never leads to an item that the
poll has at another place. A name counts by itself only if its title is long enough to be the name of one thing and its
day is known; a short title ("Notice"), a day that is known by its month only, one day more or less, and no day at all
count only in a poll whose other entries show that the whole list moved. Addresses in two tongues are never one item by
name.

Ids and addresses that a site gave out anew are found out by the poll itself: where more of them lead to items with
quite other titles than to items with their own, while title and day lead elsewhere, they are not believed in this poll.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from enum import IntEnum
from functools import lru_cache
from itertools import islice

from msgspec import Struct, field

from crawlers.titles import alike, folded, is_cut, is_distinctive, same_title, stem_of
from crawlers.urls import address_key, at_host, key_host, tail_of, tongue_of
from db.records import Marks, Name, NamedItem, ParsedItem, PublishedDate, StoredItem

_LOOKED_AT = 10  # items of one name
_DATED = {"day": 10, "month": 7, "year": 4, "none": 0}  # letters of an ISO day that are known


class Reader(Struct, frozen=True):
    """The source that is polled, as far as it matters for recognising."""

    source_id: str
    language: str
    hosts: frozenset[str] = frozenset()  # names of one and the same site, without www.
    kind: str = ""  # '': nothing is polled, a person brings what is read


class Known(Struct, frozen=True):
    """What is stored under the marks of a poll."""

    at: Mapping[str, StoredItem] = field(default_factory=dict)  # by address key
    with_id: Mapping[str, StoredItem] = field(default_factory=dict)
    named: Sequence[NamedItem] = ()
    told: Mapping[str, StoredItem] = field(default_factory=dict)  # by address key: what points there


class Grade(IntEnum):
    """How well a name fits."""

    LOOSE = 1  # the same title, and days that do not contradict
    SHORT = 2  # the same title and day, but a title that many things have
    SURE = 3


def marks_of(item: ParsedItem) -> Marks:
    """What the entry gives to be recognised by."""
    links = tuple(dict.fromkeys(map(address_key, item.links)))
    name = name_of(item.title, item.published)
    return Marks(address_key(item.canonical_url), item.url, item.source_item_id, name, links)


def name_of(title: str, published: PublishedDate) -> Name:
    """Title and day as they are compared."""
    fold = folded(title)
    return Name(stem_of(fold), fold, (published.on or "")[: _DATED[published.precision]], is_cut(title))


def spellings(address: str, hosts: Collection[str]) -> tuple[str, ...]:
    """The address key, then the ones that it has at the other names of its host."""
    if not hosts:
        return (address,)
    host = key_host(address)
    return (address, *(at_host(address, other) for other in hosts if other != host)) if host in hosts else (address,)


def spans_of(name: Name) -> Iterator[tuple[str, str, str]]:
    """Beginning of the title, first and last day of the stored names that this one could be, besides undated ones."""
    if len(name.on) == 10:
        yield (name.stem, *_days_around(name.on))
        yield name.stem, name.on[:7], name.on[:7]
        yield name.stem, name.on[:4], name.on[:4]
    elif name.on:
        yield name.stem, name.on, f"{name.on}-99"
        yield name.stem, name.on[:4], name.on[:4]


@lru_cache(maxsize=1024)
def _days_around(day: str) -> tuple[str, str]:
    middle = date.fromisoformat(day)
    try:
        return str(middle - timedelta(days=1)), str(middle + timedelta(days=1))
    except OverflowError:
        return day, day


def needs_name(item: ParsedItem, mark: Marks, reader: Reader, known: Known) -> bool:
    """Whether address and id do not settle what the entry is."""
    found = _at(mark, reader, known) or known.with_id.get(mark.source_item_id or "")
    return found is None or not same_title(item.title, found.title)


def _at(mark: Marks, reader: Reader, known: Known) -> StoredItem | None:
    return _first(known.at, mark, reader)


def _first(items: Mapping[str, StoredItem], mark: Marks, reader: Reader) -> StoredItem | None:
    if not reader.hosts or not items:
        return items.get(mark.address)
    return next((items[key] for key in spellings(mark.address, reader.hosts) if key in items), None)


def _linked(mark: Marks, reader: Reader, known: Known) -> StoredItem | None:
    """The first item of another source that the entry links."""
    if not mark.links:
        return None
    found = map(known.at.get, mark.links)
    return next((stored for stored in found if stored is not None and stored.source_id != reader.source_id), None)


def matches(
    reader: Reader, parsed: Sequence[ParsedItem], marks: Sequence[Marks], known: Known
) -> tuple[StoredItem | None, ...]:
    """The known item that each entry is, None for a new one; see the rule above."""
    if not (known.at or known.with_id or known.named or known.told):
        return (None,) * len(parsed)
    return _Matching(reader, parsed, marks, known).result()


class _Matching:
    """One poll beside what is known. `found` fills up, the surest evidence first."""

    def __init__(self, reader: Reader, parsed: Sequence[ParsedItem], marks: Sequence[Marks], known: Known) -> None:
        self.reader, self.parsed, self.marks = reader, parsed, marks
        self.names = _Names(known.named, reader)
        self.at = [_at(mark, reader, known) for mark in marks]
        self.linked = [_linked(mark, reader, known) for mark in marks]
        self.told = [_first(known.told, mark, reader) for mark in marks]
        self.with_id = [known.with_id.get(mark.source_item_id or "") for mark in marks]
        self.found: list[StoredItem | None] = [None] * len(parsed)
        self.taken: set[int] = set()  # ids of the known items that this poll has
        self.sections: dict[tuple[str, str, str], StoredItem] = {}  # the same by title, day and tail of the address

    def result(self) -> tuple[StoredItem | None, ...]:
        self._by_address()
        self._by_id()
        self._by_name()
        self._by_link()
        return tuple(self.found)

    def _take(self, number: int, item: StoredItem) -> None:
        self.found[number] = item
        self.taken.add(item.id)
        if section := self._section(number):
            self.sections.setdefault(section, item)

    def _section(self, number: int) -> tuple[str, str, str] | None:
        name, tail = self.marks[number].name, tail_of(self.parsed[number].url)
        return (name.title, name.on, tail) if name is not None and tail else None

    def _left(self) -> list[int]:
        return [number for number, found in enumerate(self.found) if found is None]

    def _by_address(self) -> None:
        believed, _ = self._belief(self.at, [None] * len(self.at))
        for number, item in enumerate(self.at):
            if item is not None and (believed or self._says(number, item)):
                self._take(number, item)

    def _by_id(self) -> None:
        believed, confirmed = self._belief(self.with_id, self.found)
        for number in self._left():
            item = self.with_id[number]
            if item is None or item.id in self.taken:
                continue
            if self._says(number, item) or (believed and (confirmed or self._likely(number, item))):
                self._take(number, item)

    def _belief(self, evidence: Sequence[StoredItem | None], surer: Sequence[StoredItem | None]) -> tuple[bool, bool]:
        """Whether this kind of evidence is believed in this poll, and whether anything speaks for it."""
        agree = disagree = 0
        for number, item in enumerate(evidence):
            if item is None:
                continue
            other = surer[number] or self.names.surely(self.marks[number].name)
            if other is not None and other.id != item.id:
                disagree += 1
            elif other is not None or self._says(number, item):
                agree += 1
        return agree >= disagree if disagree < 2 else agree > disagree, agree > 0

    def _says(self, number: int, item: StoredItem) -> bool:
        return same_title(self.parsed[number].title, item.title)

    def _likely(self, number: int, item: StoredItem) -> bool:
        """Whether the entry may be the item under another title: it has a similar one, or no other day."""
        own, stored = self.parsed[number], item.published
        other_day = own.published.precision == stored.precision == "day" and own.published.on != stored.on
        return not other_day or alike(folded(own.title), folded(item.title))

    def _by_name(self) -> None:
        left = self._left()
        if not left or not self.names:
            return
        sure = [number for number in left if self._take_named(number, Grade.SURE)]
        weak = {number: item for number in self._left() if (item := self._only_named(number)) is not None}
        moved = len(sure) >= 2 and 2 * len(sure) >= len(left)
        followed = len(sure) + len(weak)
        if moved or (followed >= 3 and 2 * followed >= len(left) and self._other_forms(sure, weak)):
            for number in self._left():
                if not self._take_named(number, Grade.SHORT) and (item := self._only_named(number)) is not None:
                    self._take(number, item)

    def _by_link(self) -> None:
        for number in self._left():
            told = self.told[number]
            if self.linked[number] is not None:
                self.found[number] = self.linked[number]
            elif told is not None and told.id not in self.taken:
                self._take(number, told)

    def _take_named(self, number: int, grade: Grade) -> bool:
        """The first item of this name and at least this grade that the poll does not have elsewhere is taken.

        One that it has is taken too if it is the same story in another section.
        """
        section = self._section(number)
        item = self.sections.get(section) if section is not None else None
        if item is None:
            item = next(
                (named.item for named, how in self._candidates(number) if self._counts(named, how, grade)), None
            )
        if item is None:
            return False
        self._take(number, item)
        return True

    def _counts(self, named: NamedItem, how: Grade, grade: Grade) -> bool:
        return how == Grade.SURE or (how >= grade and named.source_id == self.reader.source_id)

    def _only_named(self, number: int) -> StoredItem | None:
        """The one item of this source whose name fits, however loosely; None where several do."""
        own = [named.item for named, _ in self._candidates(number) if named.source_id == self.reader.source_id]
        return own[0] if len({item.id for item in own}) == 1 else None

    def _candidates(self, number: int) -> list[tuple[NamedItem, Grade]]:
        """What fits by its name and is not elsewhere in the poll, the best first."""
        url, fitting = self.parsed[number].url, self.names.fitting(self.marks[number].name, self.taken)
        return [(named, how) for named, how in fitting if self._one_tongue(url, named)]

    def _one_tongue(self, url: str, named: NamedItem) -> bool:
        own, other = tongue_of(url), tongue_of(named.item.url)
        if named.source_id != self.reader.source_id:
            return own == other and named.language == self.reader.language
        return own == other or not own or not other

    def _other_forms(self, sure: Sequence[int], weak: Mapping[int, StoredItem]) -> bool:
        """Whether the addresses that are not known have another form than those of the items that they would be."""
        from crawlers.guardian import url_shape

        now = {url_shape(self.parsed[number].url) for number in (*sure, *weak)}
        then = {url_shape(item.url) for item in weak.values()}
        return not now & then


class _Names:
    """The names that are stored, by title and day, so that one of them is found without looking at the others."""

    def __init__(self, named: Sequence[NamedItem], reader: Reader) -> None:
        own_first = sorted(named, key=lambda one: one.source_id != reader.source_id)
        self._own = reader.source_id
        self._named: dict[tuple[str, str], deque[NamedItem]] = {}
        self._days: dict[tuple[str, str], dict[str, None]] = {}  # title, and month or year → the days that have names
        self._cut_lengths: dict[str, set[int]] = {}
        for one in own_first:
            name = one.name
            self._named.setdefault((name.title, name.on), deque()).append(one)
            for part in {name.on[:7], name.on[:4]}:
                self._days.setdefault((name.title, part), {})[name.on] = None
            if name.cut:
                self._cut_lengths.setdefault(name.stem, set()).add(len(name.title))
        self._titles = sorted({title for title, _ in self._named})
        self._cut = {one.name.title for one in own_first if one.name.cut}
        self._alone = {key: ones[0].item for key, ones in self._named.items() if self._is_alone(ones)}

    def _is_alone(self, ones: Sequence[NamedItem]) -> bool:
        own = ones[0].source_id == self._own and (len(ones) == 1 or ones[1].source_id != self._own)
        return own and grade_of(ones[0].name, ones[0].name) == Grade.SURE

    def __bool__(self) -> bool:
        return bool(self._titles)

    def surely(self, name: Name | None) -> StoredItem | None:
        """The item of this source that alone has this very name, or the one that a title that is cut begins."""
        if name is None:
            return None
        if (found := self._alone.get((name.title, name.on))) or not (name.cut or self._cut):
            return found
        begun = [one for one, how in self.fitting(name, ()) if how == Grade.SURE]
        return begun[0].item if len(begun) == 1 and begun[0].source_id == self._own else None

    def fitting(self, name: Name | None, taken: Collection[int]) -> list[tuple[NamedItem, Grade]]:
        """What has this name and is not taken, the best first; a title that is cut only where one alone begins so."""
        if name is None:
            return []
        found = self._with_title(name.title, name, taken)
        if found:
            return found
        longer = [one for title in self._cuts(name) for one in self._with_title(title, name, taken)]
        return longer if len({one.item.id for one, _ in longer}) == 1 else []

    def _with_title(self, title: str, name: Name, taken: Collection[int]) -> list[tuple[NamedItem, Grade]]:
        days = [
            day for day in (name.on, *_days_near(name.on), name.on[:7], name.on[:4], "") if (title, day) in self._named
        ]
        if 0 < len(name.on) < 10:
            days += self._days.get((title, name.on), ())
        fitting = [
            (one, grade_of(name, one.name)) for day in dict.fromkeys(days) for one in self._free((title, day), taken)
        ]
        return sorted(((one, how) for one, how in fitting if how is not None), key=lambda pair: -pair[1])

    def _free(self, key: tuple[str, str], taken: Collection[int]) -> list[NamedItem]:
        """The first that are not taken: a taken one is never free again in this poll."""
        ones = self._named[key]
        while ones and ones[0].item.id in taken:
            ones.popleft()
        return [one for one in islice(ones, _LOOKED_AT) if one.item.id not in taken]

    def _cuts(self, name: Name) -> list[str]:
        """The stored titles that begin as this one does, where either is cut."""
        lengths = self._cut_lengths.get(name.stem, ())
        titles = {name.title[:length] for length in lengths if length <= len(name.title)}
        found = [title for title in titles if title in self._cut]
        if name.cut:
            place = bisect_left(self._titles, name.title)
            found += [title for title in self._titles[place : place + 2] if title.startswith(name.title)]
        return found


def _days_near(on: str) -> tuple[str, ...]:
    return _days_around(on) if len(on) == 10 else ()


def grade_of(name: Name | None, stored: Name) -> Grade | None:
    """How well two names with one title fit by their days; None when they contradict each other."""
    if name is None:
        return None
    if name.on == stored.on and len(name.on) == 10:
        return Grade.SURE if is_distinctive(min(name.title, stored.title, key=len)) else Grade.SHORT
    near = len(name.on) == len(stored.on) == 10 and stored.on in _days_around(name.on)
    part = name.on.startswith(stored.on) or stored.on.startswith(name.on)
    return Grade.LOOSE if near or part else None
