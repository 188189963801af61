"""The links of a page that most look like its list of news, by structure alone.

Links that stand in the same nesting of elements and have addresses of the same form are a cluster. Dates beside them
and titles of a sentence's length speak for a cluster, places like navigation and footer against it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import islice, takewhile
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from lxml.html import HtmlElement

from crawlers.pages.plain import weight
from crawlers.pages.tree import visible_text
from crawlers.urls import host_of

if TYPE_CHECKING:
    from crawlers.pages.list_items import Link

_FEWEST = 3
_TITLE_WEIGHT = range(8, 401)
_AROUND = 3  # levels above a link in which its date is looked for
_ASIDE_TAGS = frozenset(("nav", "footer", "aside", "header", "select"))
_ASIDE_NAMES = re.compile(
    r"(?:^|[\s_-])(?:nav|gnb|lnb|snb|menu|foot(?:er)?|header|side(?:bar)?|breadcrumbs?|location|paging|pag(?:er|ination)|banner"
    r"|quick|sns|share|tags?|related|popular|ranking|calendar|sitemap|family|language|lang|login|skip)(?:$|[\s_-])",
    re.IGNORECASE,
)
_DATE_LIKE = re.compile(
    r"(?:19|20)\d\d\s?[-./年년]\s?\d|\d{1,2}\s?[月월]\s?\d|(?<!\d)\d{1,2}[-/.]\d{1,2}(?!\d)"
    r"|\d\s?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|(?:19|20)\d{6}",
    re.IGNORECASE,
)


def best_cluster(links: Sequence[Link]) -> list[Link]:
    """The links of the likeliest list; [] when nothing on the page looks like one."""
    clusters: dict[tuple[str, str], list[Link]] = defaultdict(list)
    for link in links:
        clusters[_nesting(link.element), _shape(link.url)].append(link)
    large = [cluster for cluster in clusters.values() if len({link.key for link in cluster}) >= _FEWEST]
    best = max(large, key=_score, default=[])
    return best if best and _score(best) > 0 else []


def _nesting(element: HtmlElement) -> str:
    return "/".join(str(node.tag) for node in (element, *element.iterancestors()))


def _shape(url: str) -> str:
    """The form of an address: its digits folded, a last part that reads like an article's name left open."""
    parts = urlsplit(url)
    folder, _, name = re.sub(r"\d+", "0", parts.path).rpartition("/")
    ending = name.rpartition(".")[2] if "." in name else ""
    opened = "*" if "0" in name or "-" in name or len(name) > 15 else name.removesuffix(f".{ending}")
    names = sorted({key for key, _ in parse_qsl(parts.query, keep_blank_values=True)})
    return f"{host_of(url)}{folder}/{opened}.{ending}?{'&'.join(names)}"


def _score(cluster: Sequence[Link]) -> float:
    labels = [visible_text(link.element) or link.element.get("title") or "" for link in cluster]
    weights = [weight(label) for label in labels]
    below = keys_below(cluster)
    dated = sum(_is_dated(link, below) for link in cluster) / len(cluster)
    worded = sum(value in _TITLE_WEIGHT for value in weights) / len(cluster)
    if worded < 0.5 or (dated < 0.3 and sum(weights) / len(weights) < 20):
        return 0.0
    count = min(len({link.key for link in cluster}), 30)
    return float(count**0.5 * worded * (0.3 + dated) * (0.1 if _is_aside(cluster[0].element) else 1.0))


def keys_below(links: Sequence[Link]) -> dict[HtmlElement, set[str]]:
    """For each element with a link in it the items that are linked there."""
    below: dict[HtmlElement, set[str]] = defaultdict(set)
    for link in links:
        for element in (link.element, *link.element.iterancestors()):
            below[element].add(link.key)
    return below


def _is_dated(link: Link, below: dict[HtmlElement, set[str]]) -> bool:
    if _DATE_LIKE.search(link.url):
        return True
    around = [link.element, *islice(link.element.iterancestors(), _AROUND)]
    own = takewhile(lambda element: len(below[element]) == 1, around)
    return any(_DATE_LIKE.search(visible_text(element)) for element in own)


def _is_aside(element: HtmlElement) -> bool:
    return any(
        node.tag in _ASIDE_TAGS or _ASIDE_NAMES.search(f"{node.get('class') or ''} {node.get('id') or ''}")
        for node in element.iterancestors()
        if node.tag not in ("body", "html")
    )
