"""What WordPress makes of a list of posts on any site: RSS by page, REST by page."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone
from email.utils import format_datetime
from html import escape

from replica.samples import Sample, page_count, page_of, samples
from replica.site import Document, paragraphs

FEED_SIZE = 10


@dataclass(frozen=True, slots=True)
class Blog:
    """One WordPress site."""

    source_id: str
    title: str
    address: str
    feed_address: str
    language: str
    post_id: Callable[[Sample], int]
    utc_offset_hours: int = 0
    full_text: bool = False  # whether the feed carries the text or only how it begins


def published_at(sample: Sample, blog: Blog) -> datetime | None:
    """Ten in the morning of the day, local time; None where the day is not known."""
    if len(sample.on) < 10:
        return None
    zone = timezone(timedelta(hours=blog.utc_offset_hours))
    return datetime.combine(datetime.fromisoformat(sample.on), time(10), zone)


def excerpt(sample: Sample) -> str:
    """How the text begins, as WordPress cuts it."""
    words = " ".join(sample.paragraphs).split()
    return " ".join(words[:55]) + (" […]" if len(words) > 55 else "")


def page_number(query: Mapping[str, str], key: str) -> int | None:
    """The page asked for, 1 when none is named; None for nonsense."""
    text = query.get(key, "1")
    return int(text) if text.isdecimal() and int(text) else None


def feed(blog: Blog, query: Mapping[str, str]) -> Document | None:
    """The RSS feed, ten posts a page (`paged=N`); None beyond the end."""
    number = page_number(query, "paged")
    items = page_of(blog.source_id, number, FEED_SIZE) if number else ()
    if not items:
        return None
    entries = "".join(_entry(sample, blog) for sample in items)
    newest = next(filter(None, (published_at(sample, blog) for sample in items)), None)
    built = f"<lastBuildDate>{format_datetime(newest.astimezone(UTC))}</lastBuildDate>" if newest else ""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:atom="http://www.w3.org/2005/Atom">\n<channel>\n'
        f"<title>{escape(blog.title)}</title>"
        f'<atom:link href="{escape(blog.feed_address)}" rel="self" type="application/rss+xml" />'
        f"<link>{blog.address}</link><description>Sample feed of the convenor replica</description>{built}"
        f"<language>{blog.language}</language><generator>https://wordpress.org/?v=5.6</generator>\n{entries}"
        "</channel>\n</rss>\n"
    )
    return Document(body.encode(), "application/rss+xml; charset=UTF-8", modified_on=items[0].on)


def _entry(sample: Sample, blog: Blog) -> str:
    published = published_at(sample, blog)
    date_line = f"<pubDate>{format_datetime(published.astimezone(UTC))}</pubDate>" if published else ""
    full = ""
    if blog.full_text:
        picture = f'<figure><img src="{blog.address}wp-content/uploads/{sample.number:08x}.jpg" alt=""></figure>'
        full = f"<content:encoded><![CDATA[{picture}\n{paragraphs(sample.paragraphs)}]]></content:encoded>"
    return (
        f"<item><title>{_entities(sample.title)}</title><link>{escape(sample.address)}</link>{date_line}"
        f'<guid isPermaLink="false">{blog.address}?p={blog.post_id(sample)}</guid>'
        f"<description><![CDATA[<p>{escape(excerpt(sample))}</p>]]></description>{full}</item>\n"
    )


def _entities(title: str) -> str:
    # WordPress writes quotes as numbered references, in feeds and in REST alike.
    return escape(title, quote=False).replace("'", "&#8217;").replace("“", "&#8220;").replace("”", "&#8221;")


def posts(blog: Blog, query: Mapping[str, str]) -> Document:
    """The posts by REST; a page beyond the end is an error with a JSON body, as WordPress has it."""
    number, size = page_number(query, "page"), page_number({"size": query.get("per_page", "10")}, "size")
    if not number or not size or size > 100:
        return _refusal("rest_invalid_param", "Invalid parameter(s): page, per_page")
    pages = page_count(blog.source_id, size)
    if number > pages:
        message = "The page number requested is larger than the number of pages available."
        return _refusal("rest_post_invalid_page_number", message)
    total = len(samples(blog.source_id))
    rows = [_post(sample, blog) for sample in page_of(blog.source_id, number, size)]
    return _json(rows, headers={"X-WP-Total": str(total), "X-WP-TotalPages": str(pages)})


def _post(sample: Sample, blog: Blog) -> Mapping[str, object]:
    published = published_at(sample, blog)
    number = blog.post_id(sample)
    return {
        "id": number,
        "date": published.replace(tzinfo=None).isoformat() if published else None,
        "date_gmt": published.astimezone(UTC).replace(tzinfo=None).isoformat() if published else None,
        "guid": {"rendered": f"{blog.address}?p={number}"},
        "link": sample.address,
        "title": {"rendered": _entities(sample.title)},
        "excerpt": {"rendered": f"<p>{escape(excerpt(sample))}</p>\n", "protected": False},
        "content": {"rendered": paragraphs(sample.paragraphs), "protected": False},
    }


def _refusal(code: str, message: str) -> Document:
    return _json({"code": code, "message": message, "data": {"status": 400}}, 400)


def _json(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Document:
    body = json.dumps(value).encode()
    return Document(body, "application/json; charset=UTF-8", status, headers=headers or {}, etag=status == 200)
