"""Another way to read a page that its source's own way no longer reads, proposed with before and after. Pure.

Ways are tried from the nearest to the furthest: the same without its selectors or its form of links, the form of the
links under known titles, other character sets. One that brings known items back, with their days, is proposed.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from hashlib import blake2b
from typing import Any
from urllib.parse import urljoin, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from crawlers.blocks import BlockError
from crawlers.guardian import UNREADABLE, Look, Memory, familiar, judge, look_at, url_shape, usual_count
from crawlers.kinds import Page, kind_module
from crawlers.sources import CommonOptions, Rung, Source
from crawlers.titles import folded
from db.errors import ParseError
from db.health import Override, Proposal

SHOWN = 10  # items of each side of a proposal
_SELECTORS = (
    "item",
    "title",
    "link",
    "date",
    "day",
    "month",
    "summary",
    "image",
    "date_heading",
    "title_strip",
    "next",
)
_PAGING = ("next", "next_template", "first_page")
_ENCODINGS = ("utf-8", "gb18030", "euc-kr", "shift_jis", "euc-jp", "big5", "windows-1251", "tis-620", "windows-1256")
_ENOUGH = 0.4  # share of items that must be known again
BETTER = 0.05  # how much more a repair agrees than what is read without it


class Patient(Struct, frozen=True):
    """A source whose page is doubted, with what its good pages looked like and all that its pages are read by."""

    source: Source
    rung: Rung
    memory: Memory
    today: date


def propose(patient: Patient, page: Page) -> Proposal | None:
    """The way to read this page that agrees best with what is known; None when the present one agrees as much."""
    best: tuple[float, Rung, Look] | None = None
    present = read_so(patient.source, patient.rung, page, patient.today)
    floor = 0.0 if present is None else floor_of(patient.memory, present)
    for rung in _ways(patient, page):
        look = read_so(patient.source, rung, page, patient.today)
        if look is None or (agreed := agreement(patient.memory, look)) is None:
            continue
        if agreed > floor and (best is None or agreed > best[0] + 0.01):
            best = agreed, rung, look
    return None if best is None else proposal_of(patient.memory, best[1], best[2])


def read_so(source: Source, rung: Rung, page: Page, today: date) -> Look | None:
    """The page as this way reads it; None when it cannot."""
    try:
        options = rung.parsed_options()
        page = replace(page, content_type=declared(page.content_type, options.encoding))
        listing = kind_module(rung.kind).parse(page, source, options, today)
        return look_at(page, listing, rung.kind, source.at_own_host)
    except (ParseError, BlockError):
        return None


def declared(content_type: str, encoding: str | None) -> str:
    """The header of a page, saying the character set that the source's block names, where it names one."""
    return content_type if encoding is None else f"{content_type.partition(';')[0] or 'text/html'}; charset={encoding}"


def agreement(memory: Memory, look: Look) -> float | None:
    """How well a reading agrees with what is known, None when not enough to believe it."""
    if not look.items or look.unreadable > UNREADABLE:
        return None
    met, dated = familiar(memory, look.items), sum(item.on is not None for item in look.items) / len(look.items)
    doubt = judge(memory, look)
    if met < _ENOUGH and not (doubt is None and any(url_shape(item.url) in memory.shapes for item in look.items)):
        return None
    count = min(len(look.items) / max(usual_count(memory), 1), 1.0)
    if dated < memory.dated / 2 or count < 0.5 or _titles_lost(memory, look):
        return None
    paging = any(memory.followed) and look.followed
    surplus = max(len(look.items) / max(usual_count(memory), 1) - 1.5, 0.0)
    return met + min(dated, memory.dated) + count + 0.3 * paging + 0.2 * _same_days(memory, look) - 0.3 * surplus


def floor_of(memory: Memory, present: Look) -> float:
    """How much a repair must agree to be better than what is read without it.

    Nothing, where all items are there under other addresses: then the repair is to read the page as it is now.
    """
    doubt = judge(memory, present)
    whole = len(present.items) >= 0.9 * usual_count(memory)
    if doubt is not None and doubt.grave and whole:
        return 0.0
    return (agreement(memory, present) or 0.0) + BETTER


def _titles_lost(memory: Memory, look: Look) -> bool:
    """Whether known addresses have got titles that are none of theirs, or all titles are the same."""
    known = {item.url: folded(item.title) for item in memory.items}
    met = [(folded(item.title), known[item.url]) for item in look.items if item.url in known]
    wrong = sum(now not in then and then not in now for now, then in met)
    one = len(look.items) > 2 and len({item.title for item in look.items}) == 1
    return one or wrong > len(met) / 2


def _same_days(memory: Memory, look: Look) -> float:
    known = {folded(item.title): item.on for item in memory.items}
    met = [item.on == known[folded(item.title)] for item in look.items if folded(item.title) in known]
    return sum(met) / len(met) if met else 0.0


def proposal_of(memory: Memory, rung: Rung, look: Look, *, also: str = "") -> Proposal:
    """The proposal, with what was read last and what is read now side by side; `also` ends its sentence."""
    before = memory.items[: min(SHOWN, memory.counts[-1] if memory.counts else SHOWN)]
    known = round(familiar(memory, look.items) * len(look.items))
    dated = sum(item.on is not None for item in look.items)
    why = f"reads {len(look.items)} items, {known} of them known already, {dated} with a date{also}"
    return Proposal(rung.kind, rung.url, rung.options, why, before, look.items[:SHOWN])


def _ways(patient: Patient, page: Page) -> Iterator[Rung]:
    rung = patient.rung
    if rung.kind == "list_page":
        for options in _list_options(patient, page):
            yield rung.changed(options=options)
    elif rung.kind == "page_watch":
        yield rung.changed(options=_without(rung.options, "link_pattern"))
    if rung.kind != "list_page" and _is_html(page):
        kept = {key: rung.options[key] for key in CommonOptions.__struct_fields__ if key in rung.options}
        yield Rung(kind="list_page", url=page.url, options=kept)
    for encoding in _ENCODINGS:
        yield rung.changed(options={**rung.options, "encoding": encoding})


def _list_options(patient: Patient, page: Page) -> Iterator[Mapping[str, Any]]:
    """Other options for a list page, those that change least first."""
    own = patient.rung.options
    structural = _without(own, "link_pattern", *_SELECTORS)
    yield _without(own, *_PAGING)
    yield _without(own, "date", "day", "month", "date_heading")
    yield _without(own, *_SELECTORS)
    for pattern in familiar_patterns(patient.memory, page):
        for base in (structural, _without(structural, "keep_params")):
            yield {**base, "link_pattern": pattern}
            yield {**_without(base, *_PAGING), "link_pattern": pattern}
    yield _without(own, "link_pattern")
    yield structural
    yield _without(structural, "keep_params", *_PAGING)


def _without(options: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in options.items() if key not in keys}


def _is_html(page: Page) -> bool:
    return b"<html" in page.body[:2000].lower()


def familiar_patterns(memory: Memory, page: Page) -> tuple[str, ...]:
    """The forms of the addresses that known titles lead to on this page, the commonest first, as link_pattern."""
    from crawlers.pages.links import base_url, link_target
    from crawlers.pages.tree import read_tree, visible_text

    try:
        root = read_tree(page)
    except ParseError:
        return ()
    titles = [title for item in memory.items if len(title := folded(item.title)) >= 4]
    base, found = base_url(root, page.url), []
    for link in root.iter("a"):
        label = folded(f"{visible_text(link)} {link.get('title') or ''}")
        if label and any(title in label for title in titles) and (url := link_target(link, base)):
            found.append(url)
    shapes = Counter(map(url_shape, found))
    return tuple(
        pattern_of(next(url for url in found if url_shape(url) == shape)) for shape, _ in shapes.most_common(2)
    )


def pattern_of(url: str) -> str:
    """A link_pattern for addresses of the same form as this one."""
    parts = urlsplit(urljoin(url, ""))
    folder, _, name = parts.path.rpartition("/")
    opened = _digits(name) if re.search(r"\d", name) else r"[^/?#]+"
    names = re.findall(r"([^&=]+)=", parts.query)
    query = rf"\?\S*{re.escape(names[-1])}=" if names else ""
    if names and not re.search(r"\d", name):
        opened = re.escape(name)
    return f"{re.escape(f'//{parts.netloc}')}{_digits(folder)}/{opened}{query}" + ("" if query else "$")


def _digits(text: str) -> str:
    return re.sub(r"\d+", r"\\d+", re.escape(text))


def block_of(source: Source) -> str:
    """What a block says of how to read its source, short: it differs as soon as the block is edited."""
    ways = json.dumps([[rung.kind, rung.url, rung.options] for rung in source.rungs], sort_keys=True, default=str)
    return blake2b(ways.encode(), digest_size=8).hexdigest()


def override_of(source: Source, proposal: Proposal, *, now: datetime, by: str) -> Override:
    """The proposal as what is read from now on in place of the source's block."""
    return Override(source.id, proposal.kind, proposal.url, proposal.options, block_of(source), now, by)


def overridden(source: Source, override: Override | None) -> Source:
    """The source read the way that was taken over, its own ways kept as further ones; an edited block counts again."""
    if override is None or override.replaces != block_of(source):
        return source
    way = {"kind": override.kind, "url": override.url, "options": dict(override.options)}
    return source.changed(**way, alternatives=source.rungs)


def as_block(proposal: Proposal | Override) -> str:
    """The lines that make a repair permanent, as they are written into the source's block in sources.yaml."""
    import yaml

    block = {"kind": proposal.kind, "url": proposal.url, "options": dict(proposal.options)}
    return str(yaml.safe_dump(block, allow_unicode=True, sort_keys=False))
