"""Lists of sources as OPML 2.0, which feed readers exchange: out with all that a block says, in with what is there.

Outlines stand below their country, countries below their sub-region. Programs that know only feeds find `xmlUrl`; what
a block says beyond that travels in attributes of our own namespace, so that a list comes back as it went out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct, to_builtins

from crawlers.kinds import kind_module
from crawlers.networks import profile_at
from crawlers.pages.guess import country_of, language_of
from crawlers.source_blocks import free_id, sub_region_of
from crawlers.sources import Source, SourceFile
from crawlers.urls import host_of, is_web_address
from db.errors import NewsError

if TYPE_CHECKING:
    from lxml import etree

NAMESPACE = "https://github.com/ifla-asia-oceania/convenor/opml"
MAX_BYTES = 5_000_000
MAX_OUTLINES = 2_000
_FEEDS = frozenset({"feed", "youtube", "naver"})  # kinds whose address, made complete, any feed reader can poll
# Options that name a secret, say to whom it is sent, or weaken a connection.
_GIVEN_BY_HAND = ("token_variable", "user_variable", "password_variable", "api", "legacy_tls")
_COUNTRY = re.compile("[A-Z]{2}|INT")


class Outlined(Struct, frozen=True):
    """One outline of a list: the block it gives, or why it gives none."""

    url: str
    block: Mapping[str, Any] | None = None
    refused: str = ""


def to_opml(loaded: SourceFile, now: datetime) -> bytes:
    """The sources as an OPML document, by sub-region and country in the order of the file."""
    from lxml import etree

    root = etree.Element("opml", version="2.0", nsmap={"convenor": NAMESPACE})
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = "Sources of convenor"
    etree.SubElement(head, "dateCreated").text = format_datetime(now)
    body = etree.SubElement(root, "body")
    for region in loaded.regions():
        told = [source for source in loaded.sources if source.sub_region == region.id]
        if not told:
            continue
        branch = etree.SubElement(body, "outline", {"text": region.name, _own("sub_region"): region.id})
        for country in dict.fromkeys(source.country for source in told):
            name = region.countries.get(country, country)
            leaf = etree.SubElement(branch, "outline", {"text": name, _own("country"): country})
            for source in told:
                if source.country == country:
                    etree.SubElement(leaf, "outline", _attributes(source))
    document: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return document


def _attributes(source: Source) -> dict[str, str]:
    told = {"text": source.name, "title": f"{source.institution}: {source.name}", "language": source.language}
    told["category"] = f"/{source.sub_region}/{source.country}"
    first_url = getattr(kind_module(source.kind), "first_url", None)
    feed = str(first_url(source.url, source.parsed_options())) if first_url else source.url
    if source.kind in _FEEDS and not getattr(source.parsed_options(), "autodiscover", False):
        told |= {"type": "rss", "xmlUrl": feed, "htmlUrl": source.url}
    else:
        told |= {"type": "link", "url": source.url}
    own = {"id": source.id, "kind": source.kind, "url": source.url, "institution": source.institution}
    own |= {"options": _json(source.options), "note": source.note, "enabled": "" if source.enabled else "false"}
    own |= {"role": "" if source.role == "official" else source.role}
    own["alternatives"] = _json([to_builtins(rung) for rung in source.alternatives])
    return told | {_own(name): value for name, value in own.items() if value}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if value else ""


def _own(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def from_opml(
    body: bytes, loaded: SourceFile, *, country: str | None = None, sub_region: str | None = None
) -> tuple[Outlined, ...]:
    """What each outline with an address gives as a block of sources.yaml, in the order of the list.

    Country and sub-region are those that the outline or one above it names, else those given, else the country of the
    address's ending and the sub-region that has it. NewsError when the body is no OPML.
    """
    taken, addresses = {source.id for source in loaded.sources}, {source.url for source in loaded.sources}
    found = []
    for outline in _outlines(body):
        outlined = _outlined(outline, loaded, taken, addresses, country=country, sub_region=sub_region)
        if outlined.block is not None:
            taken.add(str(outlined.block["id"]))
            addresses.add(outlined.url)
        found.append(outlined)
    return tuple(found)


def _outlines(body: bytes) -> list[etree._Element]:
    from lxml import etree

    if len(body) > MAX_BYTES:
        raise NewsError(f"the list is larger than {MAX_BYTES:,} bytes")
    # Neither entities nor anything from outside: a list comes from a stranger.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise NewsError("this is no OPML: its XML cannot be read") from error
    if root.tag != "opml" or root.find("body") is None:
        raise NewsError("this is no OPML: there is no opml with a body")
    listed = [outline for outline in root.find("body").iter("outline") if _address(outline)]
    if len(listed) > MAX_OUTLINES:
        raise NewsError(f"the list has more than {MAX_OUTLINES:,} entries")
    return listed


def _address(outline: etree._Element) -> str:
    """What the block polls: our own address, else that of the feed, else that of the page."""
    named = (outline.get(name) for name in (_own("url"), "xmlUrl", "xmlurl", "url", "htmlUrl"))
    return next((url.strip() for url in named if url and url.strip()), "")


def _outlined(
    outline: etree._Element,
    loaded: SourceFile,
    taken: set[str],
    addresses: set[str],
    *,
    country: str | None,
    sub_region: str | None,
) -> Outlined:
    url = _address(outline)
    if not is_web_address(url):
        return Outlined(url[:200], refused="not an http or https address")
    if url in addresses:
        return Outlined(url, refused="is a source already")
    told = _country(outline, loaded) or country
    if told is None and country_of(url) == "INT":
        return Outlined(url, refused="its country is not told; give one with --country")
    whose = told or country_of(url)
    region = _sub_region(outline, loaded) or sub_region or sub_region_of(loaded, whose)
    if region not in loaded.sub_regions:
        return Outlined(url, refused=f"no sub-region has the country {whose}; give one with --sub-region")
    block = _block(outline, url, whose) | {"sub_region": region}
    given = outline.get(_own("id")) or ""
    block["id"] = given if given and given not in taken else free_id(url, taken)
    try:
        source = Source.checked(block)
        for rung in source.rungs:
            rung.parsed_options()
    except ValueError as error:
        return Outlined(url, refused=f"its block is not well formed: {str(error).splitlines()[0]}")
    if wanted := _wants_of_this_machine(source):
        return Outlined(url, refused=f"it wants {wanted} of this machine; if you trust it, write its block by hand")
    return Outlined(url, block)


def _wants_of_this_machine(source: Source) -> str:
    """What the block would take that only the operator can give: a list comes from a stranger. '' for nothing."""
    for rung in source.rungs:
        if not is_web_address(rung.url):
            return "a mailbox or a file"
        if found := next((name for name in _GIVEN_BY_HAND if name in rung.options), ""):
            return f"the option {found}"
    return ""


def _block(outline: etree._Element, url: str, country: str) -> dict[str, Any]:
    kind, options = _way(url, outline)
    name = outline.get("text") or outline.get("title") or host_of(url)
    name, told = " ".join(name.split()), outline.get("language") or ""
    language = told if re.fullmatch("[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", told) else language_of("", country)
    block: dict[str, Any] = {
        "id": "",
        "name": name,
        "institution": outline.get(_own("institution")) or host_of(url).removeprefix("www."),
        "country": country,
        "sub_region": "",
        "language": language,
        "kind": kind,
        "url": url,
        "options": options,
    }
    for key in ("options", "alternatives"):
        try:
            block |= {key: json.loads(told)} if (told := outline.get(_own(key))) else {}
        except (ValueError, RecursionError):
            continue
    if outline.get(_own("enabled")) == "false":
        block["enabled"] = False
    if role := outline.get(_own("role")):
        block["role"] = role
    return block | ({"note": note} if (note := outline.get(_own("note"))) else {})


def _way(url: str, outline: etree._Element) -> tuple[str, Mapping[str, object]]:
    """The kind of an outline, and what its block needs; of a stranger's: a feed, a network that is recognised, a list.

    A profile of which only asking can tell is taken for a list.
    """
    if kind := outline.get(_own("kind")):
        return kind, {}
    if url == (outline.get("xmlUrl") or outline.get("xmlurl") or "").strip():
        return "feed", {}
    profile = profile_at(url)
    return (profile.kind, profile.options) if profile is not None and profile.sure else ("list_page", {})


def _country(outline: etree._Element, loaded: SourceFile) -> str | None:
    names = {name.casefold(): code for region in loaded.regions() for code, name in region.countries.items()}
    for told in _told(outline, "country"):
        if _COUNTRY.fullmatch(told):
            return told
        if found := names.get(told.casefold()):
            return found
    return None


def _sub_region(outline: etree._Element, loaded: SourceFile) -> str | None:
    names = {region.name.casefold(): region.id for region in loaded.regions()}
    return next(
        (
            told if told in loaded.sub_regions else names[told.casefold()]
            for told in _told(outline, "sub_region")
            if told in loaded.sub_regions or told.casefold() in names
        ),
        None,
    )


def _told(outline: etree._Element, name: str) -> Iterator[str]:
    """What the outline and those above it say, nearest first: our attribute, the parts of a category, the text."""
    for element in (outline, *outline.iterancestors("outline")):
        if own := element.get(_own(name)):
            yield own
        for category in (element.get("category") or "").split(","):
            yield from (part.strip() for part in reversed(category.split("/")) if part.strip())
        if element is not outline and (text := element.get("text")):
            yield " ".join(text.split())
