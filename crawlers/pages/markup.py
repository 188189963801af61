"""The text of a piece of markup, as feeds and interfaces carry it: the words that a reader would see, on one line.

Markup that is tidy (tags that HTML knows, each closed where it may be) is read as it stands, at a tenth of what a tree
costs. Whatever a parser might put in order first is left to the parser.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from html.entities import name2codepoint

from lxml import etree

from crawlers.pages.plain import clean, one_line, tidy_line
from crawlers.pages.tree import BLOCKS, UNSEEN, markup_tree, visible_text, without_endless_tags

_MARKUP = re.compile(r"<[a-zA-Z!/?]|&[#\w]{1,32};")
_TAG = re.compile("<([^>]*)>")
_WRITTEN = re.compile(
    r"(/?[a-zA-Z][a-zA-Z1-6]*+)(?:\s++[a-zA-Z][\w:-]*+(?:=(?:\"[^\"]*+\"|'[^']*+'|[\w./:%#-]++))?+)*+\s*+(/?)"
)
_REFERENCE = re.compile(r"&(?:#(\d{2,5})|#x([0-9a-fA-F]{2,4})|([a-zA-Z]{2,8}));|&")
_VOID = frozenset(("br", "hr", "img"))
_INLINE = frozenset(("a", "abbr", "b", "big", "em", "font", "i", "s", "small", "span", "strong", "sub", "sup", "u"))
_LINES = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6"))  # hold words and what stands among words
_HOLDERS = frozenset(("div", "blockquote", "li", "figure", "figcaption"))  # hold other blocks, too
_LISTS = frozenset(("ul", "ol"))
_KNOWN = _VOID | _INLINE | _LINES | _HOLDERS | _LISTS
_DEEPEST = 20
_SHORT = 1000  # characters; of longer markup nothing is kept in mind
_NO_END = "\u0338"  # the one letter that makes another one of the end of a tag (NFC)


def markup_text(markup: str, enough: int | None = None) -> str:
    """The text of an HTML fragment on one line, entities read once, scripts and styles left out.

    Of a long one perhaps not all is read, but more than `enough` characters.
    """
    if not _MARKUP.search(markup):
        return one_line(markup)
    tidy = None
    if enough is None or len(markup) <= 2 * enough:
        tidy = _tidy_text(markup)
    else:
        begun = _tidy_text(markup[: max(markup.rfind("<", 0, 2 * enough), 0)], whole=False)
        if begun is not None:  # else the whole cannot be tidy either
            tidy = begun if len(begun) > enough else _tidy_text(markup)
    return _parsed_text(markup) if tidy is None else tidy


class _DoubtError(Exception):
    """A parser might read this otherwise."""


def _tidy_text(markup: str, *, whole: bool = True) -> str | None:
    """What a parser would give, without one; None where that is not beyond doubt."""
    text = _words(markup, whole=whole)
    line = None if text is None else tidy_line(text)
    # What needs no cleaning without its tags needed none with them, but for an end that is another letter.
    if line is not None and _NO_END not in line:
        return line
    if text is None and tidy_line(markup) is not None:
        return None
    text = _words(one_line(markup), whole=whole)
    return None if text is None else one_line(text)


def _words(markup: str, *, whole: bool) -> str | None:
    try:
        return _without_tags(markup, whole=whole)
    except _DoubtError:
        return None


def _without_tags(markup: str, *, whole: bool) -> str:
    """The words between the tags, apart where a block begins or ends and where two numbers would become one.

    Only what is not `whole` may end while something is open.
    """
    first, *rest = _TAG.split(markup)
    short = len(markup) <= _SHORT
    tags = tuple(map(_tag if short else _tag.__wrapped__, rest[::2]))
    blocks = (_are_blocks if short else _are_blocks.__wrapped__)(tags, whole)
    told, apart = [first], False
    for is_block, words in zip(blocks, rest[1::2], strict=True):
        if is_block:
            apart = True
        if words:
            if apart or (words[0].isdigit() and told[-1][-1:].isdigit()):
                told.append(" ")
            told.append(words)
            apart = False
    text = "".join(told)
    if "<" in text:
        raise _DoubtError
    return _REFERENCE.sub(_character, text) if "&" in text else text


@lru_cache(maxsize=1024)  # what one template wrote has the same tags again and again
def _tag(written: str) -> str:
    """A tag without its attributes, in small letters."""
    found = _WRITTEN.fullmatch(written)
    if not found or "<" in written:
        raise _DoubtError
    tag, void = found[1].lower(), found[2]
    if void and tag not in _VOID and not tag.startswith("/"):  # only what never has content closes itself
        raise _DoubtError
    return tag


@lru_cache(maxsize=256)
def _are_blocks(tags: tuple[str, ...], whole: bool) -> Sequence[bool]:
    """Which of the tags begin or end a block."""
    open_: list[str] = []
    for tag in tags:
        if tag.startswith("/"):
            if not open_ or open_.pop() != tag[1:]:
                raise _DoubtError
        elif not _may_stand(tag, open_):
            raise _DoubtError
        elif tag not in _VOID:
            open_.append(tag)
    if open_ and whole:
        raise _DoubtError
    return [tag.removeprefix("/") in BLOCKS for tag in tags]


def _may_stand(name: str, around: list[str]) -> bool:
    """Whether a tag may begin there without closing another one."""
    if name not in _KNOWN or len(around) > _DEEPEST:
        return False
    above = around[-1] if around else "div"
    if above in _LISTS:
        return name == "li"
    if name in _INLINE:
        return name == "span" or name not in around
    if name in _VOID:
        return name != "hr" or above in _HOLDERS
    return above in _HOLDERS and (name != "li")


def _character(reference: re.Match[str]) -> str:
    decimal, hexadecimal, name = reference.groups()
    if name:
        code = name2codepoint.get(name, 0)
    elif decimal or hexadecimal:
        code = int(decimal) if decimal else int(hexadecimal, 16)
    else:
        after = reference.string[reference.end() : reference.end() + 1]
        code = 0 if after.strip() else ord("&")
    if not (0x20 <= code < 0x7F or 0xA0 <= code < 0xD800) or chr(code).isdigit():
        raise _DoubtError
    return chr(code)


def _parsed_text(markup: str) -> str:
    fragment = f"<div>{clean(markup)}</div>"
    body = without_endless_tags(fragment.replace("\x00", "").encode("utf-8", "replace"))
    try:
        # Without the classes that lxml.html gives to elements: they cost more than reading does.
        root = etree.fromstring(body, etree.HTMLParser(encoding="utf-8"))
    except (etree.LxmlError, ValueError):
        root = None
    if root is None:
        return one_line(re.sub(r"<[^<>]*>", " ", markup))
    try:
        return _taken_text(root)
    except ValueError:  # a control character, which a tree may hold but is not given again
        tree = markup_tree(fragment)
        return "" if tree is None else visible_text(tree)


def _taken_text(root: etree._Element) -> str:
    """What `visible_text` gives, at a third of its cost; the tree is used up."""
    for node in list(root.iter()):
        if node.tag in BLOCKS:
            node.text = f" {node.text or ''}"
            node.tail = f" {node.tail or ''}"
        elif not isinstance(node.tag, str):
            node.text = ""
        if node.tag in UNSEEN:
            node.clear(keep_tail=True)
    pieces, before = [], ""
    for piece in root.itertext():
        if before.isdigit() and piece[0].isdigit():
            pieces.append(" ")
        pieces.append(piece)
        before = piece[-1]
    return one_line("".join(pieces))
