"""A letter with what was added to the public set, as HTML and as text. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup
from msgspec import Struct

from db.public_pages import TagLabel
from publishing import wording
from publishing.reuse.addresses import whole
from publishing.site_settings import LICENCE, LICENCE_URL, TITLE

EXCERPT = 400  # characters of a text
Row = Mapping[str, Any]


class Digest(Struct, frozen=True):
    """What a letter tells."""

    address: str  # of the site
    since_on: str
    until_on: str
    activities: Sequence[Row]
    tags: Mapping[int, Sequence[TagLabel]]
    more: int  # that do not stand in the letter

    @property
    def subject(self) -> str:
        """What the letter is about, in a line."""
        total = len(self.activities) + self.more
        return f"{total} librar{'y activity' if total == 1 else 'y activities'} added, {self._days}"

    @property
    def _days(self) -> str:
        first, last = (wording.date_words(day, "day") for day in (self.since_on, self.until_on))
        return first if first == last else f"{first} – {last}"

    @property
    def by_country(self) -> Iterator[tuple[str, tuple[Row, ...]]]:
        """The activities under the name of their country, countries by name."""
        rows = sorted(self.activities, key=lambda row: str(row["country_name"]))
        return ((name, tuple(group)) for name, group in groupby(rows, key=lambda row: str(row["country_name"])))


def excerpt(row: Row) -> str:
    """The beginning of the text, in one line."""
    text = wording.plain(row["summary"])
    return text if len(text) <= EXCERPT else text[:EXCERPT].rstrip() + " …"


def _facts(digest: Digest, row: Row) -> str:
    codes = ", ".join(tag.code for tag in digest.tags.get(row["id"], ()))
    date = wording.date_words(row["published_on"], row["date_precision"])
    return " · ".join(part for part in (date, wording.plain(row["source"]), codes) if part)


def as_text(digest: Digest) -> str:
    """The letter as text."""
    lines = [TITLE, digest.subject, ""]
    for country, rows in digest.by_country:
        lines += [country.upper(), ""]
        for row in rows:
            lines += [f"* {wording.plain(row['title'])}"]
            if row["title"] != row["original_title"]:
                lines += [f"  {wording.plain(row['original_title'])}"]
            lines += [f"  {_facts(digest, row)}"]
            lines += [f"  {text}" for text in (excerpt(row),) if text]
            lines += [f"  {whole(digest.address, wording.activity_path(row['id']))}", ""]
    lines += [line for line in (_more(digest),) if line]
    lines += [f"All activities: {whole(digest.address, '/')}", f"{LICENCE}: {LICENCE_URL}", ""]
    return "\n".join(lines)


def _more(digest: Digest) -> str:
    return f"And {digest.more} more." if digest.more else ""


def as_html(digest: Digest) -> str:
    """The letter as HTML: no picture, no script, nothing that is fetched."""
    head = '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{0}</title></head>\n<body><h1>{0}</h1>'
    parts = [Markup(head).format(digest.subject)]
    for country, rows in digest.by_country:
        parts.append(Markup("<h2>{}</h2>").format(country))
        parts += [_html_of(digest, row) for row in rows]
    if digest.more:
        parts.append(Markup("<p>{}</p>").format(_more(digest)))
    parts.append(
        Markup('<hr><p><a href="{}">{}</a>. <a href="{}" rel="license">{}</a>.</p>\n</body></html>\n').format(
            whole(digest.address, "/"), TITLE, LICENCE_URL, LICENCE
        )
    )
    return str(Markup("\n").join(parts))


def _html_of(digest: Digest, row: Row) -> Markup:
    page = whole(digest.address, wording.activity_path(row["id"]))
    language = wording.language_attribute(row["title"], row["language"])
    parts = [Markup('<h3{}><a href="{}">{}</a></h3>').format(language, page, wording.inline(row["title"]))]
    if row["title"] != row["original_title"]:
        own = wording.language_attribute(row["original_title"], row["language"])
        parts.append(Markup("<p{}>{}</p>").format(own, wording.inline(row["original_title"])))
    parts.append(Markup("<p><small>{}</small></p>").format(_facts(digest, row)))
    if text := excerpt(row):
        parts.append(Markup("<p{}>{}</p>").format(wording.language_attribute(text), text))
    return Markup("\n").join(parts)


def letter(digest: Digest, *, sender: str, to: str, now: datetime) -> EmailMessage:
    """The letter to one address, both forms in it (RFC 2046, 5.1.4)."""
    message = EmailMessage()
    message["Subject"] = digest.subject
    message["From"], message["To"] = sender, to
    message["Date"] = format_datetime(now)
    domain = parseaddr(sender)[1].rpartition("@")[2] or urlsplit(digest.address).hostname
    message["Message-ID"] = make_msgid(domain=domain)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's machine answers it
    message.set_content(as_text(digest))
    message.add_alternative(as_html(digest), subtype="html")
    return message
