"""The links of a page that are alike in one thing, and what they say before anything around them is looked at."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct, field

from crawlers.pages.address_forms import Address, address_of, has_id
from crawlers.pages.list_boxes import Link
from crawlers.pages.list_weights import ENOUGH_BESIDE, WEIGHTS, less, named, share
from crawlers.pages.list_words import is_number, names_file, says_nothing
from crawlers.pages.plain import weight
from crawlers.pages.survey import Survey

_SAMPLED = 16  # records of a group that are looked at
_FEWEST = 3  # records of what is a list without doubt
_FEWEST_LABELS = 6  # links of a group from which a label that repeats is none of a title


def forms_of(page: Survey, links: Sequence[Link], host: str) -> list[Form]:
    """The links of a page by what they are alike in: where they stand, what that is called, address or label."""
    seen = _Seen(
        links,
        [page.text(link.element) for link in links],
        [page.weight(link.element) for link in links],
        [address_of(link.url) for link in links],
        host.removeprefix("www."),
    )
    return [_form_of(seen, places) for places in _alike(page, seen)]


class _Seen(Struct, frozen=True):
    """The links of a page, what they say, and the forms of their addresses."""

    links: Sequence[Link]
    labels: Sequence[str]
    weights: Sequence[int]  # of the labels
    addresses: Sequence[Address]
    host: str
    told: dict[int, _Told] = field(default_factory=dict)  # of the links that were looked at

    def tells(self, place: int) -> _Told:
        """What a link by itself says."""
        if place not in self.told:
            self.told[place] = self._told(place)
        return self.told[place]

    def _told(self, place: int) -> _Told:
        link, label, address = self.links[place], self.labels[place].strip(), self.addresses[place]
        title = link.element.get("title") or ""
        titled = weight(title) if title and not says_nothing(title) else None
        says = bool(label) and not says_nothing(label)
        return _Told(
            says,
            self.weights[place] if says and not is_number(label) else titled,
            address.is_open or has_id(link.url),
            address.host != self.host,
            names_file(label),
            not label and not title,
        )


class _Told(NamedTuple):
    """What a link by itself says."""

    says: bool  # its words say something
    words: int | None  # how much they say or, where they do not, its title; None where neither does
    numbered: bool
    foreign: bool
    file: bool
    silent: bool


def _alike(page: Survey, seen: _Seen) -> Iterator[Sequence[int]]:
    """Links that are alike in one thing: where they stand, what that is called, their address or their label."""
    alike: dict[tuple[str, str, tuple[str | None, str | None, str | None]], list[int]] = defaultdict(list)
    labelled: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, link in enumerate(seen.links):
        here = page.number[link.element]
        above = page.parent[here]
        names = (page.names[here], page.names[above], page.names[page.parent[above]])
        nesting = page.nesting(here)
        alike[nesting, seen.addresses[place].shape, names].append(place)
        labelled[nesting, seen.labels[place].strip()].append(place)
    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for (nesting, shape, names), places in alike.items():
        groups["address", nesting, shape] += places
        groups["place", nesting, seen.addresses[places[0]].coarse] += places
        groups["names", nesting, names] += places
        groups["form", shape] += places
        groups["tags", nesting] += places
    kept = [
        places
        for (kind, *_), places in groups.items()
        if kind != "tags" or len({seen.labels[place] for place in places}) == len(places)
    ]
    kept += [places for places in labelled.values() if len(places) >= _FEWEST]
    for group in dict.fromkeys(tuple(sorted(places)) for places in kept):
        yield from _by_words(seen.labels, group)


def _by_words(labels: Sequence[str], group: Sequence[int]) -> Iterator[Sequence[int]]:
    """The group, and what is left of it without labels that stand at many of its links ("Summary" beside each case)."""
    yield group
    often = len(group) / _FEWEST_LABELS
    told = [labels[place] for place in group]
    if often >= 1 and _any_twice(told):
        counted = Counter(told)
        own = [place for place in group if counted[labels[place]] < often]
        if 2 < len(own) < len(group):
            yield own


def _any_twice(labels: Sequence[str]) -> bool:
    return len(set(labels)) < len(labels)


class Form(Struct, frozen=True):
    """Links of one form, those of them that are looked at, and what they say without what stands around them."""

    links: tuple[Link, ...]
    places: tuple[int, ...]  # of those that are looked at among the links
    count: int  # of addresses
    wording: tuple[int | None, ...]  # how much the words of each link say, None for those that say nothing
    numbered: float
    nameless: float  # share of the links that leave the name of their record to the words beside them
    worth: float  # what a list of such links can score, if what names its records says enough
    hope: float  # the most that these can score, whatever stands around them


def _form_of(seen: _Seen, members: Sequence[int]) -> Form:
    links = tuple(seen.links[member] for member in members)
    first: dict[str, int] = {}
    for place, link in enumerate(links):
        first.setdefault(link.key, place)
    chosen, count = tuple(first.values()), len(first)
    # Both ends whole, because what repeats within a record would be hidden by steps.
    half = _SAMPLED // 2
    places = chosen if count <= _SAMPLED else chosen[:half] + chosen[-half:]
    labels = [seen.labels[members[place]] for place in places]
    says, words, numbered, foreign, files, silent = zip(*[seen.tells(members[place]) for place in places], strict=True)
    often = {label for label, times in Counter(labels).items() if times >= _FEWEST} if _any_twice(labels) else ()
    repeats = [label in often for label in labels]
    wording = tuple(None if one and again else own for one, again, own in zip(says, repeats, words, strict=True))
    nameless = share([not one or again for one, again in zip(says, repeats, strict=True)])
    worth = (
        less(1 - share(numbered), WEIGHTS.static_address)
        * less(share(foreign), WEIGHTS.foreign)
        * less(nameless, WEIGHTS.nameless)
        * less(share(files), WEIGHTS.file)
        * less(share(silent), WEIGHTS.silent)
        * min(count, WEIGHTS.counted) ** 0.5
        * (1 if count >= _FEWEST else WEIGHTS.few)
    )
    hope = worth * named([ENOUGH_BESIDE if own is None else own for own in wording])
    return Form(links, places, count, wording, share(numbered), nameless, worth, hope)
