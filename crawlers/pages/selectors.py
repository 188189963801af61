"""CSS selectors and regular expressions as sources.yaml writes them: checked when it is read, compiled once.

Checking must stay cheap, so lxml is imported by `select` alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any

from crawlers.blocks import Check

if TYPE_CHECKING:
    from lxml.html import HtmlElement


def _checked_css(css: str) -> None:
    from cssselect import HTMLTranslator, SelectorError

    try:
        HTMLTranslator().css_to_xpath(css)
    except SelectorError as error:
        raise ValueError(f"is not a CSS selector: {error}") from error


def _checked_pattern(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"is not a regular expression: {error}") from error


Css = Annotated[str, Check(_checked_css)]
Pattern = Annotated[str, Check(_checked_pattern)]


@lru_cache(maxsize=512)
def _compiled(css: str) -> Any:
    from lxml.cssselect import CSSSelector

    return CSSSelector(css, translator="html")


def select(roots: Iterable[HtmlElement], css: str | None) -> list[HtmlElement]:
    """The elements that match below the roots, the roots themselves among them; none without a selector."""
    return [found for root in roots for found in _compiled(css)(root)] if css else []
