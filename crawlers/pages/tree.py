"""A page as a tree of elements, and the text that a reader would see in it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection
from functools import wraps
from typing import TypeVar
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

from lxml import etree
from lxml.html import HtmlComment, HtmlElement, HtmlProcessingInstruction

from crawlers.kinds import Page
from crawlers.pages.charset import decode
from crawlers.pages.plain import one_line
from db.errors import ParseError

BLOCKS = frozenset(
    (
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "caption",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "select",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "title",
        "tr",
        "ul",
    )
)
UNSEEN = frozenset({"script", "style", "noscript", "template", "iframe", "head"})
_BINARY = re.compile(r"\s*(image|audio|video|font)/|\s*application/(?!.*(html|xml|octet-stream))", re.IGNORECASE)
_BREAK = "\0"  # between two blocks; no text has one
_FEWEST_FORMS = 2  # with another name on each button, from which they are entries of a list
_FIELDS = ("input", "select", "textarea", "button")
_PAGE_FIELD = re.compile(r"(?:cur(?:rent)?_?)?page_?(?:index|no|num|number|unit|size)?", re.IGNORECASE)
_MOST_BYTES = 6_000_000
_SIGNATURES = (b"%PDF", b"PK\x03\x04", b"\x89PNG", b"GIF8", b"\xff\xd8\xff")
_TAG = re.compile(r"<[a-zA-Z!]")
_SMALL = 50_000  # bytes; whatever stands in them is read soon
# A tag as parsers see it (https://html.spec.whatwg.org/#tokenization), and its attributes from the 500th on.
_ATTRIBUTE = rb"""[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+)?+)?+"""
_WITH_ATTRIBUTES = re.compile(rb"(<[^\s<>/!?][^\s/>]*+(?:%b){0,499}+)((?:%b)*+)" % (_ATTRIBUTE, _ATTRIBUTE))
# One class for all elements: to ask Python for the class of each takes as long as reading the page.
_CLASSES = etree.ElementDefaultClassLookup(HtmlElement, HtmlComment, HtmlProcessingInstruction)
_trees: WeakKeyDictionary[Page, HtmlElement] = WeakKeyDictionary()

Result = TypeVar("Result")


def once_for_a_tree(work: Callable[[HtmlElement], Result]) -> Callable[[HtmlElement], Result]:
    """The work, done once for a tree that stays as it is, and remembered as long as the tree lives."""
    known: WeakKeyDictionary[HtmlElement, Result] = WeakKeyDictionary()

    @wraps(work)
    def told(root: HtmlElement) -> Result:
        if root not in known:
            known[root] = work(root)
        return known[root]

    return told


def read_tree(page: Page) -> HtmlElement:
    """The root element of an HTML page, to be left as it is; ParseError for an empty page and for what is not HTML.

    The tree lives as long as the page does: it is asked for its items, and then for what stands around them.
    """
    if (root := _trees.get(page)) is None:
        root = _trees[page] = _read_tree(page)
    return root


def _read_tree(page: Page) -> HtmlElement:
    if not page.body.strip():
        raise ParseError("the page is empty", url=page.url)
    if len(page.body) > _MOST_BYTES:
        raise ParseError(f"the page is too large to be read: more than {_MOST_BYTES // 1_000_000} MB", url=page.url)
    if _BINARY.match(page.content_type):
        raise ParseError(f"this is not a web page but {one_line(page.content_type, 80)}", url=page.url)
    text = decode(page.body, page.content_type).text
    if page.body.startswith(_SIGNATURES) or not _TAG.search(text):
        raise ParseError("this is not a web page: there is no HTML in it", url=page.url)
    root = markup_tree(text)
    if root is None:
        raise ParseError("the HTML of this page cannot be read", url=page.url)
    return root


def without_endless_tags(body: bytes) -> bytes:
    """The markup with a tag closed where it has more attributes than any page needs: they are read as text, if at all.

    For each attribute parsers go through those before it, so that a tag of many would keep them busy for hours.
    """
    if len(body) <= _SMALL:
        return body
    return _WITH_ATTRIBUTES.sub(_ended, body)


def _ended(tag: re.Match[bytes]) -> bytes:
    begun, rest = tag.groups()
    if not rest:
        return begun
    return begun if len(rest) > _SMALL else begun + b">" + rest  # a text with "<" may look like a tag, too


def markup_tree(text: str) -> HtmlElement | None:
    """The root element of this markup; None when there is nothing in it."""
    # As bytes, because lxml refuses a str with an encoding declaration.
    body = without_endless_tags(text.replace("\x00", "").encode("utf-8", "replace"))
    try:
        root = etree.fromstring(body, _parser())
    except (etree.LxmlError, ValueError):
        return None
    if root is None:
        return None
    _part_rows(root)
    _open_forms(root)
    return root


def _parser() -> etree.HTMLParser:
    parser = etree.HTMLParser(encoding="utf-8")
    parser.set_element_class_lookup(_CLASSES)
    return parser


def _part_rows(root: HtmlElement) -> None:
    """Rows stand side by side, as in a browser: libxml2 puts a row into one whose inline tags were left open."""
    for row in list(root.iter("tr")):
        outer = next(row.iterancestors("tr", "table"), None)
        if outer is not None and outer.tag == "tr":
            outer.addnext(row)


def _open_forms(root: HtmlElement) -> None:
    """A button that names an entry is a link: boards give each entry a form of hidden fields and nothing else."""
    buttons: dict[str, list[HtmlElement]] = defaultdict(list)
    for form in root.iter("form"):
        shown = [field for field in form.iter(*_FIELDS) if not _is_type(field, "hidden")]
        if form.get("action") and len(shown) == 1 and _is_type(shown[0], "submit") and shown[0].get("value"):
            buttons[form.get("action")].append(shown[0])
    for action, named in buttons.items():
        if len({button.get("value") for button in named}) < _FEWEST_FORMS:
            continue
        for button in named:
            sent = [
                (field.get("name"), field.get("value"))
                for field in next(button.iterancestors("form")).iter("input")
                if field.get("name") and field.get("value") and not _PAGE_FIELD.fullmatch(field.get("name"))
            ]
            button.tag, button.text = "a", button.get("value")
            button.set("href", f"{action}{'&' if '?' in action else '?'}{urlencode(sent)}")


def _is_type(field: HtmlElement, name: str) -> bool:
    return (field.get("type") or "").lower() == name


def text_blocks(root: HtmlElement, skip: Collection[HtmlElement] = ()) -> list[str]:
    """The visible text below `root` without the elements in `skip`: one line for each block, none empty, in order."""
    if not len(root):
        return [line] if (line := visible_text(root, skip)) else []
    return [line for block in _visible(root, skip).split(_BREAK) if block and (line := one_line(block))]


def visible_text(root: HtmlElement, skip: Collection[HtmlElement] = ()) -> str:
    """The visible text below `root` on one line."""
    if not len(root):
        return one_line(root.text or "") if root.tag not in UNSEEN and root not in skip else ""
    return one_line(_visible(root, skip).replace(_BREAK, " "))


def _visible(root: HtmlElement, skip: Collection[HtmlElement]) -> str:
    pieces: list[str] = []
    _read_into(pieces, root, skip)
    return "".join(pieces)


def _read_into(pieces: list[str], node: HtmlElement, skip: Collection[HtmlElement]) -> None:
    """Appends what is seen of an element and of those below: at most 256, for libxml2 builds no deeper trees."""
    tag = node.tag
    if not isinstance(tag, str):  # a comment
        return
    is_block = tag in BLOCKS
    if is_block:
        pieces.append(_BREAK)
    if tag not in UNSEEN and node not in skip:
        if text := node.text:
            _append(pieces, text)
        if len(node):
            for child in node:
                _read_into(pieces, child, skip)
                if tail := child.tail:
                    _append(pieces, tail)
    if is_block:
        pieces.append(_BREAK)


def _append(pieces: list[str], text: str) -> None:
    """Numbers of two neighbouring elements stay two numbers: a day and its month are often written so."""
    apart = pieces and text[0].isdigit() and pieces[-1][-1].isdigit()
    pieces.append(f" {text}" if apart else text)


class _Words(dict[HtmlElement, str]):
    """What elements say, read when it is asked for."""

    def __missing__(self, element: HtmlElement) -> str:
        self[element] = words = visible_text(element)
        return words


@once_for_a_tree
def words_in(_root: HtmlElement) -> dict[HtmlElement, str]:
    """The visible text of every element of the tree, each read once."""
    return _Words()
