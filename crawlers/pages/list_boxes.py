"""Which blocks of a page make one record of a list: the largest block around a link in which no other item is linked,

and what stands beside it when the record has no block of its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from lxml.html import HtmlElement
from msgspec import Struct

from crawlers.pages.list_words import is_date_like, is_number

_HIGHEST = 40  # levels above a link that its record may reach
_WHOLE = frozenset(("ul", "ol", "dl", "table", "tbody", "main", "form", "body", "html"))  # hold a list, are no record
_ENTRY = frozenset(("li", "tr", "article", "dd"))
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_WITHOUT_BOX = frozenset(("a", "span", "b", "strong", "em", "dt", "font", *_HEADINGS))
_ENTRY_STARTS = frozenset(("a", "dt", *_HEADINGS))
_SIBLINGS = 4  # blocks beside one that may belong to its record


class Link(Struct, frozen=True):
    """An element that leads to an item, and the one form of its address."""

    element: HtmlElement
    url: str
    key: str


class Record(Struct, frozen=True):
    """One entry of a list as it stands in the page: the blocks it consists of, and its links, all to one address."""

    boxes: tuple[HtmlElement, ...]
    links: tuple[HtmlElement, ...]
    url: str
    key: str  # the one form of that address
    heading: str = ""  # the text of the heading above, where headings give the date
    loose: str = ""  # text beside the link that stands in no element of its own
    unnamed: bool = False  # whether its links say the same as those of most others ("Agenda"), or numbers as they do
    common: frozenset[str] = frozenset()  # what links in most records say, where it is unnamed


def records_around(links: Sequence[Link], boxes: Sequence[HtmlElement] | None = None) -> list[Record]:
    """One record for each block in which items are linked, in the order of the page.

    `boxes` are those of the links, where they are known.
    """
    owner = _owners(links)
    found: dict[HtmlElement, list[Link]] = defaultdict(list)
    for link, box in zip(links, _boxes(links, owner) if boxes is None else boxes, strict=True):
        found[box].append(link)
    beside = _beside(list(found), owner)
    labels = {box: _words(members[0].element) for box, members in found.items()}
    counted = Counter(labels.values())
    most = max(2, len(found) / 2)
    common = _common_labels(beside, most) if any(times > most for times in counted.values()) else frozenset()
    numbers = sum(is_number(label.strip()) for label in labels.values()) > most
    return [
        Record(
            beside[box][0],
            tuple(link.element for link in members if link.key == members[0].key),
            members[0].url,
            members[0].key,
            loose=beside[box][1],
            unnamed=counted[labels[box]] > most or (numbers and is_number(labels[box].strip().partition(" ")[0])),
            common=common,
        )
        for box, members in found.items()
    ]


def _common_labels(beside: Mapping[HtmlElement, tuple[Sequence[HtmlElement], str]], most: float) -> frozenset[str]:
    counted = Counter(
        label
        for boxes, _ in beside.values()
        for label in {link_words(link) for box in boxes for link in box.iter("a", "button")}
    )
    return frozenset(label for label, times in counted.items() if times > most)


def link_words(link: HtmlElement) -> str:
    """What a link says, in one form."""
    return " ".join(_words(link).split())


def boxes_around(links: Sequence[Link]) -> list[HtmlElement]:
    """For each link its record: the largest block in which only it (or another link to the same address) stands."""
    return _boxes(links, _owners(links))


def _boxes(links: Sequence[Link], owner: dict[HtmlElement, str | None]) -> list[HtmlElement]:
    several = len({link.key for link in links}) > 2
    chains = [_chain(link, owner, several) for link in links]
    usual = Counter(len(chain) for chain in chains).most_common(1)
    height = max(usual[0][0], 1) if usual else 1
    # Where two links of one block lead to one address, its record reaches as far as that of the one that stands higher.
    above: dict[tuple[str, HtmlElement], int] = {}
    for link, chain in zip(links, chains, strict=True):
        place = (link.key, chain[-1])
        above[place] = min(above.get(place, len(chain)), max(len(chain) - height, 0))
    return [chain[-1 - above[link.key, chain[-1]]] for link, chain in zip(links, chains, strict=True)]


def has_no_box(element: HtmlElement) -> bool:
    """Whether an element is so small that the words of its record stand beside it."""
    return element.tag in _WITHOUT_BOX


def _owners(links: Iterable[Link]) -> dict[HtmlElement, str | None]:
    """For each element with a link in it the only item that is linked there, or None for several."""
    owner: dict[HtmlElement, str | None] = {}
    for link in links:
        element: HtmlElement | None = link.element
        while element is not None:
            known = owner.get(element, "")
            if known is None or known == link.key:
                break
            owner[element] = None if known else link.key
            element = element.getparent()
    return owner


def _chain(link: Link, owner: dict[HtmlElement, str | None], several: bool) -> list[HtmlElement]:
    chain = [link.element]
    element = link.element.getparent()
    while element is not None:
        ends = not several and (chain[-1].tag in _ENTRY or element.tag in _WHOLE)
        if owner.get(element) is None or element.tag in ("body", "html") or ends or len(chain) == _HIGHEST:
            break
        chain.append(element)
        element = element.getparent()
    return chain


def _beside(
    boxes: Sequence[HtmlElement], owner: dict[HtmlElement, str | None]
) -> dict[HtmlElement, tuple[tuple[HtmlElement, ...], str]]:
    """For each box the blocks of its record in the order of the page, and the loose text beside it."""
    lists: dict[HtmlElement | None, list[HtmlElement]] = defaultdict(list)
    for box in boxes:
        lists[box.getparent()].append(box)
    found: dict[HtmlElement, tuple[tuple[HtmlElement, ...], str]] = {}
    for members in lists.values():
        if _are_whole(members):
            found.update((box, ((box,), "")) for box in members)
            continue
        ends, blank = _ends(members), _apart_by_blank_lines(members)
        # What belongs to a box stands before it where the first has it, and the last has nothing like it behind.
        run = partial(_run, owner=owner, ends=ends, blank=blank)
        above = _has_date(run(members[0], forward=False)) and not _has_date(run(members[-1], forward=True))
        runs = [run(box, forward=not above) for box in members]
        # What stands above most of them only is a heading, and dates those below it too.
        split = _is_split(members, runs) and not (above and not all(siblings or loose for siblings, loose in runs))
        for box, (siblings, loose) in zip(members, runs, strict=True):
            if box.tag in _WITHOUT_BOX and box.getparent() is not None and box.getparent().tag == "pre":
                found[box] = ((box,), loose.strip().partition("\n")[0])
                continue
            together = (box, *siblings) if split else (box,)
            found[box] = (together, loose if box.tag in _WITHOUT_BOX else "")
    return found


_Run = tuple[tuple[HtmlElement, ...], str]  # elements beside a box, and the text between them


def _ends(members: Sequence[HtmlElement]) -> frozenset[str]:
    """The tags that end a record: rules where every record has one, line breaks too where they are all there is."""
    above = members[0].getparent()
    rules = sum(child.tag == "hr" for child in above) if above is not None and len(members) > 2 else 0
    return frozenset(("hr",)) if rules >= len(members) - 1 > 0 else frozenset(("br", "hr"))


def _apart_by_blank_lines(members: Sequence[HtmlElement]) -> bool:
    """Whether each record is several lines, and a blank one comes before the next."""
    above = members[0].getparent()
    blank = 0 if above is None else sum(map(_is_blank_line, above.iterchildren("br")))
    if not 0 < len(members) - 1 <= blank < 2 * len(members):  # first, for what follows looks at the rest of the page
        return False
    return all(any(map(_is_blank_line, box.itersiblings("br"))) for box in members[:-1])


def _is_blank_line(line: HtmlElement) -> bool:
    """Whether a break ends a line, and another the empty one behind it."""
    following = line.getnext()
    return following is not None and following.tag == "br" and not (line.tail or "").strip()


def _run(
    box: HtmlElement, owner: dict[HtmlElement, str | None], ends: frozenset[str], *, forward: bool, blank: bool
) -> _Run:
    """What stands beside a box up to the next one, or to a blank line where these end a record."""
    found: list[HtmlElement] = []
    loose = [box.tail or ""] if forward else []
    for sibling in box.itersiblings(preceding=not forward):
        loose += [] if forward else [sibling.tail or ""]
        if sibling in owner or sibling.tag in _ENTRY_STARTS - {"dt"} or len(found) == _SIBLINGS:
            break
        if sibling.tag == "dt" and forward:
            break
        found += (
            [sibling] if isinstance(sibling.tag, str) and sibling.tag not in ("br", "hr", "script", "style") else []
        )
        loose += [sibling.tail or ""] if forward else []
        if sibling.tag in ends and (not blank or _is_blank_line(sibling)):
            break
    else:
        parent = box.getparent()
        loose += [] if forward or parent is None else [parent.text or ""]
    return tuple(found), " ".join(text for text in loose if text.strip())


def _has_date(run: _Run) -> bool:
    siblings, loose = run
    return is_date_like(loose) or any(is_date_like(_words(sibling)) for sibling in siblings)


def _words(element: HtmlElement) -> str:
    return " ".join(element.itertext() if len(element) else [element.text or ""])[:300]


def _are_whole(members: Sequence[HtmlElement]) -> bool:
    """Whether each box by its tag holds all of its record."""
    return members[0].tag in ("li", "article") and not any(map(has_no_box, members))


def _is_split(members: Sequence[HtmlElement], runs: Sequence[_Run]) -> bool:
    """Whether the blocks between the boxes belong to their records: they come after nearly every box, or it is none."""
    if members[0].tag in _WITHOUT_BOX or members[0].tag == "dd":
        return True
    if members[0].tag in ("li", "article") or len(members) < 2:
        return False
    return sum(bool(siblings) for siblings, _ in runs) >= 0.7 * len(runs)
