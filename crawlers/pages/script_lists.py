"""Lists that stand in a page's scripts: JSON-LD, the state of a framework, or records of markup in a datastore."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from lxml.html import HtmlElement
from msgspec import Struct

from crawlers.kinds import Page
from crawlers.pages.charset import decode
from crawlers.pages.dates import DateRules, date_from_url, local_day, read_date
from crawlers.pages.links import absolute
from crawlers.pages.list_words import is_date_like
from crawlers.pages.markup import markup_text
from crawlers.pages.plain import SUMMARY_CHARACTERS, item_title, one_line, weight
from crawlers.pages.tree import markup_tree
from crawlers.urls import canonical_url
from db.records import NO_DATE, ParsedItem, PublishedDate

if TYPE_CHECKING:
    from crawlers.kinds.list_page import Options

_LINKED = re.compile(r"<a\s[^>]{0,400}href", re.IGNORECASE)
_FEWEST = 2
_LONGEST = 3_000_000  # characters of one script
_MOST_NODES = 60_000
_DEEPEST = 40
_ASSIGNED = re.compile(
    r"(?:(?:window|self|globalThis)(?:\.[\w$]+|\[['\"][\w$]+['\"]\])|(?:var|let|const)\s+[\w$]+)\s*=\s*(?=[\[{])"
    r"|JSON\.parse\(\s*(?=['\"])"
)
_PUSHED = re.compile(r"__next_f\.push\(\[1,\s*(?=\")")
_MOST_PIECES = 500
# Data as scripts write it: names without quotes, single quotes, a comma behind the last entry.
_SCRIPTED = re.compile(
    r"""(?P<double>"(?:[^"\\]|\\.)*")|'(?P<single>(?:[^'\\]|\\.)*)'|(?P<before>[{,]\s*)(?P<key>[A-Za-z_$][\w$]*)\s*:"""
    r"|,(?=\s*[}\]])",
    re.DOTALL,
)
_NAMED = re.compile(r"\b(?:title|headline|subject|name)['\"]?\s*:", re.IGNORECASE)
_NEAR = 2000  # characters in which a list names its first entry
_LONGEST_SCRIPTED = 300_000
_TITLES = tuple(
    [
        "headline",
        "title",
        "name",
        "subject",
        "subj",
        "nttsj",
        "tit",
        "newstitle",
        "articletitle",
        "post_title",
        "label",
        "text",
    ]
)
_ADDRESSES = tuple(
    [
        "url",
        "link",
        "href",
        "permalink",
        "@id",
        "path",
        "uri",
        "detailurl",
        "linkurl",
        "articleurl",
        "canonicalurl",
        "fullurl",
        "slug",
    ]
)
_DAYS = tuple(
    [
        "datepublished",
        "publishedat",
        "published_at",
        "publishdate",
        "publish_date",
        "pubdate",
        "published",
        "publishedon",
        "publishtime",
        "publicationdate",
        "releasedate",
        "releasetime",
        "regdate",
        "regdt",
        "reg_date",
        "date",
        "createdat",
        "created_at",
        "createdate",
        "createtime",
        "created",
        "docreltime",
        "time",
        "day",
        "datecreated",
        "startdate",
        "updatedat",
        "updated_at",
        "datemodified",
    ]
)
_SUMMARIES = tuple(["description", "summary", "excerpt", "abstract", "intro", "digest", "lead", "teaser", "desc"])
_IMAGES = tuple(["image", "thumbnail", "thumbnailurl", "cover", "img", "picture", "imageurl"])
_NO_ITEM = frozenset(
    (
        "BreadcrumbList",
        "SiteNavigationElement",
        "Organization",
        "Person",
        "WebSite",
        "SearchAction",
        "ImageObject",
        "WebPage",
        "ContactPoint",
    )
)
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?")


class _Entry(Struct, frozen=True):
    """One object of a list as the script tells it."""

    title: str
    address: str
    day: str
    summary: str
    image: str


def script_items(root: HtmlElement, base: str, options: Options, rules: DateRules) -> list[ParsedItem]:
    """The items of the best list in the page's scripts; [] when no list has entries with a title and an address."""
    lists = [entries for value in _values(root) for entries in _lists(value)]
    read = [_items(entries, base, options, rules) for entries in lists]
    return max(read, key=_score, default=[])


def _score(items: Sequence[ParsedItem]) -> float:
    """More entries and dated ones speak for a list of news; too few or unnamed ones are none."""
    if len(items) < _FEWEST:
        return 0.0
    dated = sum(item.published.on is not None for item in items) / len(items)
    worded = sum(weight(item.title) >= 8 for item in items) / len(items)
    return float(min(len(items), 40) ** 0.5 * worded * (0.25 + dated))


def _values(root: HtmlElement) -> Iterator[Any]:
    yield from _flight(root)
    for script in root.iter("script"):
        text = (script.text or "").strip()
        if not text or len(text) > _LONGEST:
            continue
        if "json" in (script.get("type") or "") or text[0] in "[{":
            yield from _decoded(re.sub(r"^\s*(?://\s*)?<!\[CDATA\[|(?://\s*)?\]\]>\s*$|^<!--|-->$", "", text).strip())
            continue
        for match in islice(_ASSIGNED.finditer(text), 20):
            yield from _decoded(text, match.end())


def _flight(root: HtmlElement) -> Iterator[Any]:
    """The rows that a page of React streams in pieces: `self.__next_f.push([1, "2:[…]\\n"])`."""
    calls = (call for script in root.iter("script") for call in _PUSHED.finditer(script.text or ""))
    pieces = [piece for call in islice(calls, _MOST_PIECES) if (piece := _piece(call))]
    for row in "".join(pieces)[:_LONGEST].split("\n"):
        told = row.partition(":")[2]
        if told[:1] in ("[", "{"):
            yield from _decoded(told)


def _piece(call: re.Match[str]) -> str:
    try:
        return str(json.JSONDecoder(strict=False).raw_decode(call.string, call.end())[0])
    except ValueError:
        return ""


def _decoded(text: str, start: int = 0) -> Iterator[Any]:
    try:
        value = _value(text, start)
        # JSON inside quotes is read once more.
        yield json.loads(value, strict=False) if isinstance(value, str) and value[:1] in ("[", "{") else value
    except (ValueError, RecursionError):
        return


def _value(text: str, start: int) -> Any:
    """The JSON that begins there; where it is a script's own notation of data, that as JSON."""
    decoder = json.JSONDecoder(strict=False)
    try:
        return decoder.raw_decode(text, start)[0]
    except ValueError:
        if not _NAMED.search(text, start, start + _NEAR):
            raise
        return decoder.raw_decode(_SCRIPTED.sub(_as_json, text[start : start + _LONGEST_SCRIPTED]))[0]


def _as_json(match: re.Match[str]) -> str:
    if match["key"]:
        return f'{match["before"]}"{match["key"]}":'
    if match["single"] is not None:
        return json.dumps(re.sub(r"\\(.)", r"\1", match["single"]))
    return match["double"] or ""


def _lists(value: Any) -> list[list[_Entry]]:
    """Every list of objects in a value that have a title and an address."""
    found: list[list[_Entry]] = []
    waiting: list[tuple[Any, int]] = [(value, 0)]
    for _ in range(_MOST_NODES):
        if not waiting:
            break
        node, depth = waiting.pop()
        children = list(node.values()) if isinstance(node, dict) else node if isinstance(node, list) else []
        if isinstance(node, list) and (entries := [entry for child in node if (entry := _entry(child))]):
            found.append(entries)
        waiting += [(child, depth + 1) for child in children if isinstance(child, dict | list) and depth < _DEEPEST]
    return found


def _entry(node: Any) -> _Entry | None:
    if not isinstance(node, dict) or _types(node) & _NO_ITEM:
        return None
    for inner in ("item", "node", "attributes", "frontmatter", "fields"):
        if isinstance(node.get(inner), dict):
            node = {**node, **node[inner]}
    if _types(node) & _NO_ITEM:
        return None
    low = {str(name).lower(): value for name, value in node.items()}
    title, address = _first(low, _TITLES), _address(low)
    if not title or not address:
        return None
    return _Entry(title, address, _first(low, _DAYS).removeprefix("$D"), _first(low, _SUMMARIES), _first(low, _IMAGES))


def _address(low: Mapping[str, Any]) -> str:
    """The address under a name that is known for it, else under one that ends like it."""
    others = (text for name, value in low.items() if name.endswith(("url", "href", "link")) and (text := _text(value)))
    return _first(low, _ADDRESSES) or next((text for text in others if _is_address(text)), "")


def _types(node: Mapping[str, Any]) -> set[str]:
    kind = node.get("@type")
    return {str(name) for name in (kind if isinstance(kind, list) else [kind])}


def _first(low: Mapping[str, Any], names: Sequence[str]) -> str:
    return next((text for name in names if name in low and (text := _text(low[name]))), "")


def _text(value: Any) -> str:
    """A value as text: of an object its address or rendered text, of a list its first."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        named = (value.get(name) for name in ("rendered", "url", "@id", "contentUrl", "src", "value", "name"))
        value = next((inner for inner in named if isinstance(inner, str)), "")
    if isinstance(value, bool) or value is None:
        return ""
    return str(value)[:2000] if isinstance(value, str | int | float) else ""


def _items(entries: Sequence[_Entry], base: str, options: Options, rules: DateRules) -> list[ParsedItem]:
    if sum(_is_address(entry.address) for entry in entries) < len(entries) / 2:
        return []
    return [item for entry in entries if _is_address(entry.address) and (item := _item(entry, base, options, rules))]


def _is_address(text: str) -> bool:
    return "/" in text or "?" in text or re.search(r"\.s?html?$|\.php$|\.do$|\.aspx$", text) is not None


def _item(entry: _Entry, base: str, options: Options, rules: DateRules) -> ParsedItem | None:
    url = absolute(entry.address, base)
    summary = one_line(markup_text(entry.summary), SUMMARY_CHARACTERS)
    title = item_title(markup_text(entry.title), summary)
    if not url or not title:
        return None
    day = _day(entry.day, rules)
    return ParsedItem(
        url=url,
        canonical_url=canonical_url(url, keep_params=options.keep_params, drop_params=options.drop_params),
        title=title,
        summary=summary,
        published=day if day.on else date_from_url(url, rules.today),
        image_url=absolute(entry.image, base) if entry.image else None,
    )


def _day(text: str, rules: DateRules) -> PublishedDate:
    if _EPOCH.fullmatch(text):
        on = local_day(datetime.fromtimestamp(int(text[:10]), UTC), rules.country)
        return read_date(on.isoformat(), "list", rules)
    return read_date(text, "list", rules) if is_date_like(text) else NO_DATE


def data_tree(page: Page) -> HtmlElement | None:
    """A page that is nothing but JSON, as a page with that JSON in a script; None for every other page."""
    if page.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"["):
        return None
    text = decode(page.body, page.content_type).text
    try:
        json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    inside = text.replace("</", "<\\/")
    return markup_tree(f'<html><body><script type="application/json">{inside}</script></body></html>')


def stored_markup(root: HtmlElement) -> HtmlElement | None:
    """The markup of the records that a `<datastore>` or a page of nothing but JSON holds, as a tree of its own."""
    boxed = "".join(f"<div>{record}</div>" for record in _datastore(root) or _markup_in_data(root))
    return markup_tree(f"<html><body><div>{boxed}</div></body></html>") if boxed else None


def _datastore(root: HtmlElement) -> list[str]:
    found: list[str] = []
    for script in root.iter("script"):
        text = script.text or ""
        if "<record" in text and len(text) <= _LONGEST:
            # Cut at the ends, because a pattern would search the rest of the page anew for every record.
            records = (part.rpartition("<record>")[2].strip() for part in text.split("</record>")[:-1])
            found += [record.removeprefix("<![CDATA[").removesuffix("]]>") for record in records if "<a" in record]
    return found


def _markup_in_data(root: HtmlElement) -> list[str]:
    """Of a page of nothing but JSON the entries of its longest list of markup, else its longest piece of markup."""
    body = root.find("body")
    if body is None or len(body) != 1 or body[0].get("type") != "application/json":
        return []
    best: list[str] = []
    longest = ""
    stack = list(_decoded(body[0].text or ""))
    while stack:
        node = stack.pop()
        inner = _inner(node)
        rows = [row for entry in node if (row := _row_of_markup(entry))] if isinstance(node, list) else []
        best = max(best, rows, key=len)
        longest = max(longest, *(text for text in inner if isinstance(text, str) and _LINKED.search(text)), "", key=len)
        stack += [value for value in inner if isinstance(value, (dict, list))]
    return best if len(best) >= _FEWEST else [longest] if longest else []


def _inner(node: Any) -> list[Any]:
    return list(node.values()) if isinstance(node, dict) else node if isinstance(node, list) else []


def _row_of_markup(entry: Any) -> str:
    """The texts of an entry of a list side by side, '' where no link is among them."""
    texts = [text for text in [entry, *_inner(entry)] if isinstance(text, str)]
    linked = any(_LINKED.search(text) for text in texts)
    return "".join(f"<div>{text}</div>" for text in texts) if linked else ""
