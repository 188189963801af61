"""Whether the page of a source still is what it was, judged by what its good pages looked like. Pure.

A page is doubted for what ordinary news cannot explain: known items under other titles or addresses, days that are
gone, half a list, labels of the menu in place of titles. News alone never is: a burst in which nothing is known, a
yearly list that begins anew, one entry without a day.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from statistics import median
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from crawlers.kinds import Listing, Page
from crawlers.titles import alike, folded, is_distinctive, same_title
from crawlers.urls import address_key, canonical_url, host_of, path_and_query, tail_of
from db.errors import ParseError
from db.records import Glimpse

if TYPE_CHECKING:
    from lxml.html import HtmlElement

UNREADABLE = 0.005  # share of replaced characters from which a page is in the wrong character set
# What no spelling of an address changes, so that two with different ones need not be resolved to be told apart.
_PAGE_NAME = re.compile(r"(?:[^?#;]*/)?([\w~-][\w.~-]*)(?:[?#;].*)?", re.ASCII | re.DOTALL)
_NUMBER = re.compile(r"\d+")
_POLLS = 10  # good pages whose counts are remembered
_ITEMS = 100
_LABELS = 150
_SHAPES = 12
_STABLE = 4  # a source with more forms of addresses links to anywhere
_FEW = 3  # less says nothing
_SHRUNK = 0.6


class Look(Struct, frozen=True):
    """What a page was read as; the addresses in `items` are those by which items are compared."""

    items: tuple[Glimpse, ...]
    next_url: str = ""  # the older page that it names
    encoding: str = ""
    unreadable: float = 0.0  # share of the characters that could not be read
    labels: tuple[str, ...] = ()  # what the links say that lead to no item: menus, footers
    place: str = ""  # where in the page the items are linked: names of elements and classes
    says_empty: bool = False  # it says that its list has no entries: in so many words, or by being a feed of none

    @property
    def followed(self) -> bool:
        """Whether it names an older page."""
        return bool(self.next_url)


class Memory(Struct, frozen=True):
    """What the good pages of a source looked like."""

    of: str  # the way of reading that it is true for
    counts: tuple[int, ...]  # of items, oldest first
    followed: tuple[bool, ...]
    dated: float  # share of items with a day
    distinct: float  # share of titles that stand once
    title_length: float
    shapes: tuple[str, ...]  # of addresses, newest first
    items: tuple[Glimpse, ...]  # newest page first
    encoding: str = ""
    labels: tuple[str, ...] = ()
    place: str = ""
    next_url: str = ""  # the older page that was named last


class Doubt(Struct, frozen=True):
    """Why a page is not believed. `grave`: its items are not to be trusted either."""

    why: str
    grave: bool = True


def look_at(page: Page, listing: Listing, kind: str, at_home: Callable[[str], str] = str) -> Look:
    """What the page was read as, with what else on it helps to judge that; `at_home` knows other names of its host."""
    from crawlers.pages.charset import decode

    decoded = decode(page.body, page.content_type)
    items = tuple(Glimpse(item.title, at_home(item.canonical_url), item.published.on) for item in listing.items)
    titles = "".join(item.title for item in items)
    garbled = sum("\ufffd" in item.title for item in items)
    unreadable = max(
        decoded.replaced / max(len(decoded.text), 1), titles.count("\ufffd") / max(len(titles), 1) * (garbled > 1)
    )
    labels, place = ((), "") if kind in ("feed", "wordpress", "sitemap") else _surroundings(page, listing)
    empty = not items and kind in ("list_page", "feed", "wordpress")
    return Look(items, listing.next_url or "", decoded.encoding, unreadable, labels, place, empty)


def _surroundings(page: Page, listing: Listing) -> tuple[tuple[str, ...], str]:
    from crawlers.pages.links import absolute, clickable
    from crawlers.pages.tree import read_tree, words_in

    try:
        root = read_tree(page)
    except ParseError:
        return (), ""
    words = words_in(root)
    addresses = {part for item in listing.items for part in (item.url, item.canonical_url)}
    names = {name[1] for address in addresses if (name := _PAGE_NAME.fullmatch(address))}
    titles = {folded(item.title) for item in listing.items}
    labels: dict[str, None] = {}
    places: dict[str, int] = {}
    above: dict[HtmlElement | None, str] = {}
    for link in clickable(root):
        if link.tag != "a":
            continue
        href = link.get("href") or ""
        name = _PAGE_NAME.fullmatch(href)
        address = None if name and name[1] not in names else absolute(href, page.url)
        if address and (address in addresses or canonical_url(address) in addresses):
            place = _place(link, above)
            places[place] = places.get(place, 0) + 1
        elif len(labels) < _LABELS and (label := folded(words[link])) and label not in titles:
            labels[label] = None
    return tuple(labels), max(places, key=lambda place: places[place], default="")


def _place(link: HtmlElement, known: dict[HtmlElement | None, str]) -> str:
    """What a link and the three elements around it are called; `known` are the outer two, which the entries share."""
    entry = link.getparent()
    above = entry.getparent()
    if above not in known:
        around = [] if above is None else [above, *islice(above.iterancestors(), 1)]
        known[above] = "".join([f"{_name(node.tag, node.get('class'))} " for node in reversed(around)])
    return f"{known[above]}{_name(entry.tag, entry.get('class'))} {_name(link.tag, link.get('class'))}"


@lru_cache(maxsize=256)  # the entries of a list stand in elements of the same names
def _name(tag: str, classes: str | None) -> str:
    return ".".join([tag, *(classes or "").split()[:1]])


def judge(memory: Memory, look: Look) -> Doubt | None:
    """Why this page is not what the source's pages were; None when ordinary news explains all."""
    if look.unreadable > UNREADABLE:
        return Doubt(
            f"{look.unreadable:.1%} of the characters cannot be read as {look.encoding}"
            + (f"; the page was {memory.encoding}" if memory.encoding != look.encoding else "")
        )
    look = _followed(memory, look)
    if not look.items:
        return None if look.says_empty else Doubt(f"the page lists nothing, where it had {usual_count(memory)} items")
    for rule in (_rewritten, _repeated, _moved, _menu, _strangers, _undated, _fewer, _older):
        if why := rule(memory, look):
            return Doubt(why)
    if _lost_its_way(memory, look):
        return Doubt("the link to older pages is no longer found; the items of the first page are read", grave=False)
    return None


def remember(memory: Memory | None, look: Look, of: str) -> Memory | None:
    """The memory with one more good page in it; a page without items teaches nothing."""
    if not look.items:
        return memory
    if memory is None or memory.of != of:
        memory = Memory(of, (), (), _dated(look.items), _distinct(look.items), 0.0, (), ())
    addresses = {item.url for item in look.items}
    shapes = dict.fromkeys([*map(url_shape, (item.url for item in look.items)), *memory.shapes])
    return replace(
        memory,
        counts=(*memory.counts, len(look.items))[-_POLLS:],
        followed=(*memory.followed, look.followed)[-_POLLS:],
        dated=round(0.7 * memory.dated + 0.3 * _dated(look.items), 3),
        distinct=round(0.7 * memory.distinct + 0.3 * _distinct(look.items), 3),
        title_length=median(len(item.title) for item in look.items),
        shapes=tuple(shapes)[:_SHAPES],
        items=(*look.items, *(item for item in memory.items if item.url not in addresses))[:_ITEMS],
        encoding=look.encoding,
        labels=look.labels,
        place=look.place,
        next_url=look.next_url or memory.next_url,
    )


def with_page(kept: str | None, look: Look, of: str) -> str | None:
    """The memory as it is kept, with one more good page in it; None: there was none, and the page teaches nothing."""
    memory = remember(None if kept is None else memory_from_json(kept), look, of)
    return None if memory is None else memory_to_json(memory)


def memory_to_json(memory: Memory) -> str:
    """The memory as it is kept."""
    return msgspec.json.encode(memory).decode()


@lru_cache(maxsize=8)  # the few whose pages are looked at just now
def memory_from_json(text: str) -> Memory:
    """The memory that was kept."""
    return msgspec.json.decode(text, type=Memory)


def usual_count(memory: Memory) -> int:
    """How many items a page of the source had of late, at least."""
    return min(memory.counts[-5:], default=0)


def familiar(memory: Memory, items: Sequence[Glimpse]) -> float:
    """Share of these items that were met before, by address or by title."""
    addresses = {item.url for item in memory.items}
    titles = [folded(item.title) for item in memory.items]
    met = sum(item.url in addresses or _stands_in(item.title, titles) for item in items)
    return met / max(len(items), 1)


def url_shape(url: str) -> str:
    """The form of an address: digits folded, and a last part that reads like an article's name left open."""
    path, query = path_and_query(url)
    folder, _, name = _NUMBER.sub("0", path).rpartition("/")
    ending = name.rpartition(".")[2] if "." in name else ""
    opened = "*" if "0" in name or "-" in name or "%" in name or len(name) > 15 else name
    names = sorted({key for key, _ in parse_qsl(query, keep_blank_values=True)}) if query else ()
    return f"{host_of(url)}{folder}/{opened}.{ending}?{'&'.join(names)}"


def _rewritten(memory: Memory, look: Look) -> str | None:
    """Known addresses under titles that have nothing in common with the known ones, nor are they those of others."""
    known = {item.url: folded(item.title) for item in memory.items}
    others = {(folded(item.title), item.on) for item in memory.items if item.on}
    met = [item for item in look.items if item.url in known]
    changed = sum(
        not alike(title, known[item.url]) and (title, item.on) not in others
        for item in met
        for title in [folded(item.title)]
    )
    if changed < 2 or changed <= len(met) / 2:
        return None
    return f"{changed} of {len(met)} known items have other titles now: the letters or the place of the title changed"


def _repeated(memory: Memory, look: Look) -> str | None:
    share = _distinct(look.items)
    if len(look.items) <= _FEW or memory.distinct < 0.8 or share > 0.5:
        return None
    return f"the same title stands again and again: {look.items[0].title[:60]!r}"


def _moved(memory: Memory, look: Look) -> str | None:
    """Known titles at addresses that are not known."""
    titles, known = {folded(item.title) for item in memory.items}, {item.url for item in memory.items}
    moved = sum(folded(item.title) in titles and item.url not in known for item in look.items)
    if moved < 2 or moved < len(look.items) / 2 or memory.distinct < 0.8:
        return None
    return f"{moved} of {len(look.items)} known titles lead to other addresses: the form of the links changed"


def _followed(memory: Memory, look: Look) -> Look:
    """The page as if its stories stood where they stood before, where they moved and are known all the same."""
    places = {address_key(item.url): item.url for item in memory.items}
    items = [replace(item, url=places.get(address_key(item.url), item.url)) for item in look.items]
    then = {title: item for item in reversed(memory.items) if (title := folded(item.title))}
    known = {item.url for item in memory.items}
    moves = [(n, old) for n, item in enumerate(items) if item.url not in known and (old := _known_as(item.title, then))]
    if len(moves) >= 2 and _can_be_followed([(old, items[n]) for n, old in moves]):
        for n, old in moves:
            items[n] = replace(items[n], url=old.url)
    return replace(look, items=tuple(items))


def _known_as(title: str, then: Mapping[str, Glimpse]) -> Glimpse | None:
    """The item that had this title, or that alone had it in full where one of the two is cut."""
    fold = folded(title)
    if fold in then:
        return then[fold]
    whole = [item for item in then.values() if is_distinctive(fold) and same_title(title, item.title)]
    return whole[0] if len(whole) == 1 else None


def _can_be_followed(moves: Sequence[tuple[Glimpse, Glimpse]]) -> bool:
    """Whether each title has an address of its own and its old day or the old name of its page: then the site moved.

    Links to somewhere else, as to share what is read, hold the old address in their parameters.
    """
    own = {now.url for _, now in moves}
    right = sum(_same_place(then, now) or _same_day(then, now) for then, now in moves)
    shared = sum(then.url.partition("://")[2] in unquote(urlsplit(now.url).query) for then, now in moves)
    return len(own) >= 0.9 * len(moves) and right >= 0.8 * len(moves) and 2 * shared < len(moves)


def _same_place(then: Glimpse, now: Glimpse) -> bool:
    return urlsplit(then.url)[2:] == urlsplit(now.url)[2:] or tail_of(then.url) == tail_of(now.url) != ""


def _same_day(then: Glimpse, now: Glimpse) -> bool:
    """The same day, or the month of it where only that is told now."""
    return then.on is not None and now.on in (then.on, f"{then.on[:7]}-01")


def _menu(memory: Memory, look: Look) -> str | None:
    labels = set(memory.labels)
    share = sum(folded(item.title) in labels for item in look.items) / len(look.items)
    return f"{share:.0%} of the titles are those of the page's menus" if share >= 0.5 else None


def _strangers(memory: Memory, look: Look) -> str | None:
    """Nothing that is known, at addresses of a form never seen."""
    if len(memory.shapes) > _STABLE or _known(memory, look):
        return None
    fitting = sum(url_shape(item.url) in memory.shapes for item in look.items) / len(look.items)
    if fitting >= 0.3:
        return None
    return f"none of the {len(look.items)} items is known, and their addresses have another form than before"


def _undated(memory: Memory, look: Look) -> str | None:
    share = _dated(look.items)
    if len(look.items) < _FEW or memory.dated < 0.6 or share > memory.dated / 3:
        return None
    return f"only {share:.0%} of the items have a date, where {memory.dated:.0%} had one"


def _fewer(memory: Memory, look: Look) -> str | None:
    usual = usual_count(memory)
    if usual <= _FEW or len(look.items) > usual * _SHRUNK or _begins_anew(memory, look):
        return None
    return f"only {len(look.items)} items, where there were at least {usual}"


def _begins_anew(memory: Memory, look: Look) -> bool:
    """Whether this is a list by years or months that has begun a new one: what it shows is newer than all that left."""
    known = {item.url for item in memory.items}
    new = [item for item in look.items if item.url not in known]
    here = {item.url for item in look.items}
    left = [item.on for item in memory.items[: memory.counts[-1]] if item.url not in here and item.on]
    if not new:
        return False
    if len(new) == len(look.items):
        return not left or all(item.on is None or item.on >= max(left) for item in new)
    return bool(left) and all(item.on is not None and item.on[:4] > max(left)[:4] for item in new)


def _older(memory: Memory, look: Look) -> str | None:
    """Nothing that is known, and all of it older than what is."""
    days = [item.on for item in memory.items if item.on]
    own = [item.on for item in look.items if item.on]
    if len(own) < _FEW or not days or _known(memory, look) or max(own) >= min(days):
        return None
    return f"only items older than those known, the newest of {max(own)}: this is not the newest page"


def _lost_its_way(memory: Memory, look: Look) -> bool:
    used = memory.followed[-5:]
    return len(used) >= 2 and all(used) and not look.followed and len(look.items) >= usual_count(memory)


def _known(memory: Memory, look: Look) -> bool:
    known = {item.url for item in memory.items}
    return any(item.url in known for item in look.items)


def _stands_in(title: str, titles: Collection[str]) -> bool:
    own = folded(title)
    return any(own == other or (min(len(own), len(other)) >= 8 and (own in other or other in own)) for other in titles)


def _dated(items: Sequence[Glimpse]) -> float:
    return sum(item.on is not None for item in items) / max(len(items), 1)


def _distinct(items: Sequence[Glimpse]) -> float:
    return len({folded(item.title) for item in items}) / max(len(items), 1)
