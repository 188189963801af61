"""What of Datasette the public may ask for, and the headers of every answer: pure.

Everything is refused that is not listed, so that a page which a new Datasette or another plugin brings is closed until
somebody opens it here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode

from db.published import PUBLIC_COLUMNS
from publishing.site_settings import DATABASE, DOWNLOAD

Headers = list[tuple[bytes, bytes]]

_TABLES = "|".join(PUBLIC_COLUMNS)
_ALLOWED = re.compile(
    rf"/|{re.escape(DOWNLOAD)}|/(feed|search|language/[A-Za-z0-9-]+|country/[A-Z]+)\.(atom|json|csl\.json|ris)|/search|/a/[0-9]+(\.ris|\.csl\.json)?|/country/[A-Z]+|/tag/[\w.-]+/[\w.-]+|/period/[\w.-]+"
    rf"|/datapackage\.json|/data/({_TABLES})\.(csv|json)|/events\.ics|/country/[A-Z]+\.ics"
    r"|/sitemap(-[0-9]+)?\.xml|/sources\.opml|/reuse|/pictures"
    rf"|/-/assets/[a-z]+\.[a-z]+|/{DATABASE}(\.json)?"
    rf"|/{DATABASE}/({_TABLES})(\.json|\.csv)?|/{DATABASE}/({_TABLES})/[^/.]+(\.json)?"
)
_COUNTED = ("sub_region", "country", "date_precision", "published_on")  # when asked; FACETS are counted always
_INSIDE = ("_trace", "_context", "_timelimit", "sql", "_searchmode", "_fts_table", "_fts_pk", "_where", "_through")
METHODS = ("GET", "HEAD")
NOWHERE = "/nowhere"

_ROBOTS = "User-agent: *\nDisallow: /*?\nDisallow: /public/*.csv\nDisallow: /public/*.json\nDisallow: /data/\n"

_CONTENT_POLICY = (
    b"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ADDED: Headers = [
    (b"content-security-policy", _CONTENT_POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
_REMOVED = (b"set-cookie", b"vary", *(name for name, _ in _ADDED))
_NEVER_ASKED = (b"cookie", b"authorization")


def robots(address: str) -> bytes:
    """What robots are asked, and where the site at this address has its map."""
    return f"{_ROBOTS}\nSitemap: {address}/sitemap.xml\n".encode()


def path_to_ask(raw_path: str) -> str:
    """The path that Datasette is asked for: this one, or one that it does not have when this one is not public."""
    if _ALLOWED.fullmatch(raw_path):
        return raw_path
    return f"{NOWHERE}.json" if raw_path.endswith(".json") else NOWHERE


def query_to_ask(query: bytes) -> bytes:
    """The query without what Datasette would stumble over or show its inside for."""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    kept = [pair for pair in pairs if _makes_sense(*pair)]
    return query if kept == pairs else urlencode(kept, encoding="latin-1").encode("latin-1")


def _makes_sense(key: str, value: str) -> bool:
    if key in ("_facet", "_facet_date"):
        return value in _COUNTED
    return key not in _INSIDE and (not key.startswith("_facet") or key == "_facet_size")


def request_headers(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The headers without whatever could make two readers see different pages."""
    return [(name, value) for name, value in headers if name.lower() not in _NEVER_ASKED]


def answer_headers(headers: Iterable[tuple[bytes, bytes]], *, max_age_seconds: int) -> Headers:
    """The headers of an answer: nothing personal, our rules for browsers, and how long it may be kept."""
    kept = [(name.lower(), value) for name, value in headers if name.lower() not in _REMOVED]
    if all(name != b"cache-control" for name, _ in kept):
        kept.append((b"cache-control", b"max-age=%d" % max_age_seconds))
    return [*kept, *_ADDED]
