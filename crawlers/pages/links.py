"""Where a link leads, in all the forms that library pages write one: href, scripts in it, onclick, data attributes.

Only http and https addresses come back. A script is never run: a known function name gives an address template, and an
address in quotes is read as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from urllib.parse import quote, urldefrag

from lxml import etree
from lxml.html import HtmlElement

from crawlers.pages.tree import once_for_a_tree
from crawlers.urls import is_bare, is_web_address, joined, split_address

_NOWHERE = re.compile(r"(?:#(?:none|self|link|void|this|n|a|top|)?|javascript:.*)", re.IGNORECASE | re.DOTALL)
_CALL = re.compile(r"(?<![\w$.])\.?([A-Za-z_$][\w$.]*+)\s*\(([^()]*)\)")
_ARGUMENT = re.compile(r"'([^']*)'|\"([^\"]*)\"|([^\s,'\"]+)")
_ASSIGNED = re.compile(
    r"(?:location(?:\.href)?\s*=|location\.(?:assign|replace)\s*\(|window\.open\s*\()\s*(['\"])(.+?)\1"
)
_QUOTED = re.compile(
    r"['\"]((?:https?:)?//?[^'\"\s]+|\./[^'\"\s]+|[^'\"\s?]+\.(?:s?html?|do|php|jsp|aspx?)(?:\?[^'\"\s]*)?)['\"]"
)
_UNTIDY = re.compile(r"[\s\\]")
_SCRIPTED = ("onclick", "href", "data-onclick")
_LONGEST_SCRIPT = 2000  # characters looked at
_LONGEST_ADDRESS = 4000
_DATA = ("data-href", "data-url", "data-link")
_LINKS = ("a", "area")
_LEADING = etree.XPath(" | ".join(f"descendant::*/@{name}" for name in ("onclick", *_DATA)))
_QUOTED_CHARACTERS = 80  # of a text in the address of its place


def base_url(root: HtmlElement, page_url: str) -> str:
    """The address that relative links of this page are resolved against."""
    for base in root.iter("base"):
        if href := absolute(base.get("href") or "", page_url):
            return href
    return page_url


@lru_cache(maxsize=4096)  # the list, its pager and its years ask for the same links
def absolute(address: str, base: str) -> str | None:
    """The address resolved against its base, or None when that is no http or https address."""
    if address.startswith("http") and len(address) <= _LONGEST_ADDRESS and is_bare(address):
        return address
    # As browsers do: white space around is dropped, line breaks and tabs inside too, and a backslash is a slash.
    if _UNTIDY.search(address):
        address = re.sub(r"[\t\r\n]", "", address).strip()
        address = re.sub(r"^[^?#]*", lambda path: path[0].replace("\\", "/"), address)
    if not address or len(address) > _LONGEST_ADDRESS:
        return None
    try:
        url = joined(base, address)
    except ValueError:
        return None
    return url if url.startswith(_site_of(base)) or is_web_address(url) else None


@lru_cache(maxsize=64)  # the few pages whose links are followed
def _site_of(base: str) -> str:
    """How all addresses begin at the host of this one; what none begins with where it is no web address."""
    parts = split_address(base)
    return f"{parts.scheme}://{parts.netloc}/" if parts else "\0"


def link_target(element: HtmlElement, base: str, onclick: Mapping[str, str] | None = None) -> str | None:
    """The address an element leads to, or None.

    `onclick` gives for a function name, or for the `.class` or `#id` of what is clicked, the address with {0}, {1} for
    its arguments and {data-id} for attributes of the element.
    """
    href, templates = element.get("href"), onclick or {}
    if href and not _leads_nowhere(href.strip()):
        # A browser does not follow the address when the script ends with "return false".
        stopped = (script for script in _scripts(element) if re.search(r"return\s+false", script)) if templates else ()
        instead = next(iter(stopped), "")
        return absolute((instead and _called(instead, templates)) or href, base)
    scripts = _scripts(element)
    if any("__doPostBack" in script for script in scripts):
        return None
    targets = [_called(script, templates) for script in scripts] + [_assigned(script) for script in scripts]
    targets += [element.get(name) for name in _DATA] + [_quoted(script) for script in scripts]
    targets += [_clicked(element, templates)] if templates else []
    return next((url for target in targets if target and (url := absolute(target, base))), None)


def _leads_nowhere(href: str) -> bool:
    return href[:1] in "#jJ" and _NOWHERE.fullmatch(href) is not None


def _called(script: str, templates: Mapping[str, str]) -> str | None:
    for name, listed in _CALL.findall(script):
        if template := templates.get(name) or templates.get(name.rpartition(".")[2]):
            return _filled(template, ["".join(groups) for groups in _ARGUMENT.findall(listed)])
    return None


def _clicked(element: HtmlElement, templates: Mapping[str, str]) -> str | None:
    """The address that a handler bound to the class or id of the element leads to, filled from its attributes."""
    marks = [f".{name}" for name in (element.get("class") or "").split()] + [f"#{element.get('id')}"]
    template = next((templates[mark] for mark in marks if mark in templates), None)
    wanted = re.findall(r"\{(data-[\w-]+)\}", template or "")
    if not template or not wanted or not all(element.get(name) for name in wanted):
        return None
    return re.sub(r"\{(data-[\w-]+)\}", lambda match: _escaped(element.get(match[1]) or ""), template)


def _filled(template: str, arguments: list[str]) -> str | None:
    wanted = [int(number) for number in re.findall(r"\{(\d)\}", template)]
    if any(number >= len(arguments) for number in wanted):
        return None
    # What an address begins with is no part of one, and stays as it is.
    return re.sub(
        r"\{(\d)\}",
        lambda match: _escaped(arguments[int(match[1])]) if match.start() else arguments[int(match[1])],
        template,
    )


def _escaped(text: str) -> str:
    return quote(text, safe="", errors="replace")


def _assigned(script: str) -> str | None:
    match = _ASSIGNED.search(script)
    return match[2] if match else None


def _quoted(script: str) -> str | None:
    match = _QUOTED.search(script)
    return match[1] if match else None


def text_address(page_url: str, text: str) -> str:
    """The address of the place of a page at which a text stands; browsers scroll to it."""
    start = text if len(text) <= _QUOTED_CHARACTERS else text[:_QUOTED_CHARACTERS].rpartition(" ")[0]
    # A dash is a word of the language of text fragments, so it is escaped although addresses need not.
    quoted = quote(start or text[:_QUOTED_CHARACTERS], safe="", errors="replace").replace("-", "%2D")
    return f"{urldefrag(page_url)[0]}#:~:text={quoted}"


def calls(element: HtmlElement, names: Collection[str]) -> bool:
    """Whether a script of this element calls one of these functions."""
    return bool(names) and any(name in names for script in _scripts(element) for name, _ in _CALL.findall(script))


def _scripts(element: HtmlElement) -> list[str]:
    return [script[:_LONGEST_SCRIPT] for name in _SCRIPTED if (script := element.get(name))]


@once_for_a_tree
def clickable(root: HtmlElement) -> Sequence[HtmlElement]:
    """The elements below that may lead somewhere, in the order of the page."""
    leading = {told.getparent() for told in _LEADING(root)}
    if all(element.tag in _LINKS for element in leading):  # as on most pages; to look at each element is slow
        return list(root.iterdescendants(*_LINKS))
    return [element for element in root.iterdescendants("*") if element.tag in _LINKS or element in leading]
