"""Which picture of an article page belongs to its text, where the page does not say so itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from crawlers.pages.links import absolute
from crawlers.pages.plain import weight
from crawlers.pages.tree import visible_text

# Pages that load pictures late keep the address elsewhere, and a placeholder in `src`.
_SOURCES = ("data-src", "data-original", "data-lazy-src", "data-lazy", "data-actualsrc", "data-echo", "data-url", "src")
_DECORATION = re.compile(
    r"icon|ico[_.-]|btn|button|blank|spacer|bullet|arrow|logo|pixel|avatar|emoji|smil(?:ey|ies)|qr_?code|loading|placeholder"
    r"|1x1|share|sns|banner|\.gif(?:$|\?)|\.svg(?:$|\?)|^data:|^blob:",
    re.IGNORECASE,
)
_AROUND = re.compile(
    r"foot|head(?:er|line)?bar|nav|menu|side|relat|recommend|banner|logo|share|sns|comment", re.IGNORECASE
)
_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|webp|avif)(?:$|\?)", re.IGNORECASE)
_SMALLEST = 80  # pixels of width or height that a page gives to a picture meant to be looked at
_NEAR = 4  # blocks around a picture in which its text may stand
_FEWEST_WORDS = 60  # as `weight` counts
_READ = 500  # characters of one piece of text
_UNSEEN = frozenset(("script", "style", "noscript", "template"))


def first_picture(root: HtmlElement, heading: str, base: str) -> str | None:
    """The address of the first meaningful picture below the title and beside text; None when there is none."""
    title = next((part for part in root.iter("h1", "h2", "h3") if heading and visible_text(part) in heading), None)
    reached = title is None
    for element in root.iter():
        reached = reached or element is title
        if reached and element.tag == "img" and (url := _address(element, base)) and _belongs_to_text(element):
            return url
    return None


def _address(image: HtmlElement, base: str) -> str | None:
    return next((url for source in _sources(image) if (url := absolute(source, base))), None)


def _sources(image: HtmlElement) -> Iterator[str]:
    """Where the picture may be had, the address that is loaded late first."""
    for name in _SOURCES:
        if (source := (image.get(name) or "").strip()) and not _DECORATION.search(source):
            yield source
    for listed in (image.get("data-srcset"), image.get("srcset")):
        if listed and not _DECORATION.search(first := listed.split(",")[0].split()[0] if listed.split() else ""):
            yield first


def _belongs_to_text(image: HtmlElement) -> bool:
    if _is_small(image) or _DECORATION.search(f"{image.get('class') or ''} {image.get('id') or ''}"):
        return False
    around = list(image.iterancestors())
    if any(part.tag in ("footer", "nav", "aside") or _AROUND.search(_named(part)) for part in around):
        return False
    link = next((part for part in around if part.tag == "a"), None)
    if link is not None and not _PICTURE_FILE.search(link.get("href") or ""):
        return False  # a preview of another page
    return any(_has_words(part) for part in around[:_NEAR])


def _has_words(part: HtmlElement) -> bool:
    """Whether there is more text than a caption; read no further than that."""
    words = 0
    for element in part.iter():
        seen = "" if element.tag in _UNSEEN or not isinstance(element.tag, str) else element.text or ""
        words += weight(f"{seen}{element.tail or ''}"[:_READ])
        if words >= _FEWEST_WORDS:
            return True
    return False


def _named(part: HtmlElement) -> str:
    return (
        "" if part.tag in ("html", "body", "article", "main") else f"{part.get('class') or ''} {part.get('id') or ''}"
    )


def _is_small(image: HtmlElement) -> bool:
    told = re.findall(r"(?<![\w-])(?:width|height)\s*:\s*(\d+)px", image.get("style") or "")
    told += [value for name in ("width", "height") if (value := (image.get(name) or "").removesuffix("px")).isdecimal()]
    return any(int(number[:6]) < _SMALLEST for number in told)
