"""A newsletter: letters of a mailbox (IMAP), a Maildir, an mbox or files; each letter and its articles are items.

The mailbox is read by `crawlers.mail.mailbox`; what comes here are the letters that were new. The password stands in
the environment, never in sources.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import quote

from msgspec import Meta
from msgspec.structs import replace

from crawlers.kinds import Listing, Page
from crawlers.sources import CommonOptions, Source
from crawlers.urls import canonical_url
from db.records import NO_DATE, NOWHERE, ParsedItem, PublishedDate

if TYPE_CHECKING:
    from crawlers.mail.letters import Letter

TELLS_OF_OTHERS = True
SCHEMES = ("imaps", "imap", "file")


class Options(CommonOptions, frozen=True, kw_only=True):
    """The keys of a newsletter's block; its url is `imaps://host/folder`, or the `file:///…` of a Maildir or mbox."""

    articles: Literal["missing", "all", "none"] = "missing"
    list_id: str = ""  # of the newsletter, as its letters say (List-Id); sorts one mailbox into several sources
    sender: str = ""  # instead: an address, or a domain such as "@library.example"
    user_variable: Annotated[str, Meta(pattern="^[A-Z][A-Z0-9_]*$")] = "NEWSLETTER_USER"
    password_variable: Annotated[str, Meta(pattern="^[A-Z][A-Z0-9_]*$")] = "NEWSLETTER_PASSWORD"
    since_days: Annotated[int, Meta(ge=1, le=3660)] = 120  # how far back the first poll reads
    letters: bool = True  # whether a letter itself is an item, besides its articles
    mark_seen: bool = False  # leave a mark on letters that were read; without it the mailbox is only read


def parse(page: Page, source: Source, options: Options, today: date) -> Listing:
    """The letters, oldest first, each followed by its articles; tasks where one asks to confirm a subscription."""
    from crawlers.mail.letters import read_letter
    from crawlers.mail.mailbox import unpacked

    items: dict[str, ParsedItem] = {}
    tasks: list[str] = []
    for letter in map(read_letter, unpacked(page.body)):
        if letter.asks_to_confirm:
            tasks.append(f"“{letter.subject or 'a letter'}” from {letter.sender or 'nobody'} asks to be confirmed")
            continue
        for item in _items(letter, source, options, today):
            items.setdefault(item.canonical_url, item)
    return Listing(tuple(items.values()), tasks=tuple(dict.fromkeys(tasks)), partial=True)


def tracked(listing: Listing) -> tuple[str, ...]:
    """The addresses that only count a reading and do not tell openly where they lead."""
    from crawlers.mail.articles import is_tracked

    return tuple(dict.fromkeys(item.url for item in listing.items if not item.source_item_id and is_tracked(item.url)))


def led_on(listing: Listing, targets: Mapping[str, str]) -> Listing:
    """The listing with what tracking addresses lead to; what turns out to be no article is left out, twins are one."""
    from crawlers.mail.articles import is_article
    from crawlers.pages.plain import weight

    items: dict[str, ParsedItem] = {}
    for item in listing.items:
        url = targets.get(item.url)
        if url is not None:
            if not is_article(url):
                continue
            item = replace(item, url=url, canonical_url=canonical_url(url))
        before = items.get(item.canonical_url)
        if before is None or weight(before.title) < weight(item.title):
            items[item.canonical_url] = item if before is None else replace(before, title=item.title)
    return replace(listing, items=tuple(items.values()))


def _items(letter: Letter, source: Source, options: Options, today: date) -> Iterator[ParsedItem]:
    from crawlers.mail.articles import is_tracked, linked_articles, target_inside

    linked = linked_articles(letter.html, letter.text)
    published = _published(letter, source.country, today)
    if options.letters or not linked.articles:
        yield _as_item(letter, letter.archived_at or linked.web_version, published)
    for article in linked.articles:
        url = (target_inside(article.url) or article.url) if is_tracked(article.url) else article.url
        yield ParsedItem(url, canonical_url(url), article.title, published=published)


def _as_item(letter: Letter, address: str, published: PublishedDate) -> ParsedItem:
    from crawlers.pages.plain import SUMMARY_CHARACTERS, first_sentence, one_line
    from crawlers.pages.posts import lines_of
    from crawlers.pages.tree import markup_tree

    text = lines_of(markup_tree(letter.html)) if letter.html.strip() else letter.text.strip()
    url = address or f"https://{NOWHERE}/{quote(letter.message_id, safe='@')}"
    return ParsedItem(
        url=url,
        canonical_url=canonical_url(url),
        title=letter.subject or first_sentence(text) or letter.sender or letter.message_id,
        source_item_id=letter.message_id,
        summary=one_line(text, SUMMARY_CHARACTERS),
        published=published,
        text=text or letter.subject,
    )


def _published(letter: Letter, country: str, today: date) -> PublishedDate:
    """The local day of the Date header; none where it is missing or lies in the future."""
    from crawlers.pages.posts import instant_day

    if letter.sent_at is None:
        return NO_DATE
    found = instant_day(letter.sent_at.isoformat(), country)
    plausible = found.on is not None and found.on <= (today + timedelta(days=2)).isoformat()
    return replace(found, text=f"{letter.sent_at:%Y-%m-%d %H:%M} UTC") if plausible else NO_DATE
