"""The words of a page that nothing else could be made of, for a person to look at."""

from __future__ import annotations

from crawlers.kinds import Page
from crawlers.pages.charset import decode
from crawlers.pages.plain import clean
from crawlers.pages.tree import read_tree, text_blocks
from db.errors import ParseError

CHARACTERS = 20_000


def readable_text(page: Page) -> str:
    """What a reader would see of a web page, a line for each block; of anything else its beginning as text."""
    try:
        text = "\n".join(text_blocks(read_tree(page)))
    except ParseError:
        text = "" if b"\0" in page.body[:1000] else decode(page.body, page.content_type).text
    return clean(text[:CHARACTERS]).strip() or "(nothing that could be read)"
