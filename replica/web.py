"""The sample pages as answers to HTTP requests: validators, redirects, errors. It opens nothing and keeps no clock.

web = ReplicaWeb()
web.answer("GET", "https://www.ndl.go.jp/en/news/index.html", {}).status  # 200
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import cache
from hashlib import sha256
from html import escape
from importlib import import_module
from io import BytesIO
from random import Random
from urllib.parse import parse_qsl, unquote, urlsplit

from replica.site import NOTES, Document, Site

HOSTS: Mapping[str, str] = {
    "www.nlc.cn": "nlc",
    "www.lsc.org.cn": "lsc",
    "www.ndl.go.jp": "ndl",
    "current.ndl.go.jp": "car",
    "www.nl.go.kr": "nlk",
    "library.num.edu.mn": "num",
    "www.gpsh.edu.kp:8080": "gpsh",
    "www.ifla.org": "ifla",
}  # host, with its port where that is unusual → module in sites/
_USUAL_PORTS = {"http": 80, "https": 443}
_KEPT_PAGES = 2000


class UnknownHost(LookupError):
    """No site of the replica has this scheme, host and port."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server sends back."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(slots=True)
class ReplicaWeb:
    """The whole web. Pages are made at the first request and kept; it may be used by several threads."""

    _made: dict[tuple[str, str], Answer] = field(default_factory=dict, init=False)

    def answer(self, method: str, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer to one request; UnknownHost when no such server exists."""
        site, target = _locate(url)
        if method not in ("GET", "HEAD"):
            return Answer(405, {"Allow": "GET, HEAD", "Content-Length": "0"})
        if method == "HEAD" and not site.answers_head:
            return Answer(502, {"Content-Length": "0"})
        key = (site.host, target)
        found = self._made.get(key)
        if found is None:
            found = _made_answer(site, target)
            if len(self._made) < _KEPT_PAGES:
                self._made[key] = found
        asked = {name.lower(): value for name, value in (headers or {}).items()}
        if found.status == 200 and _is_known(found.headers, asked):
            kept = {name: value for name, value in found.headers.items() if name in ("ETag", "Last-Modified")}
            return Answer(304, kept)
        return Answer(found.status, found.headers) if method == "HEAD" else found


@cache
def site_of(host: str) -> Site:
    """The site behind a host of HOSTS."""
    site: Site = import_module(f"replica.sites.{HOSTS[host]}").SITE
    return site


def _locate(url: str) -> tuple[Site, str]:
    parts = urlsplit(url)
    port = "" if parts.port in (None, _USUAL_PORTS.get(parts.scheme)) else f":{parts.port}"
    host = f"{(parts.hostname or '').rstrip('.')}{port}"
    if host not in HOSTS or parts.scheme not in site_of(host).schemes:
        raise UnknownHost(f"the replica has no server at {parts.scheme}://{host}")
    return site_of(host), f"{parts.path or '/'}?{parts.query}"


def _made_answer(site: Site, target: str) -> Answer:
    path, _, query = target.partition("?")
    document = _document(site, unquote(path), dict(parse_qsl(query, keep_blank_values=True)))
    headers = {"Content-Type": document.content_type, "Content-Length": str(len(document.body)), **document.headers}
    if document.status == 200 and document.etag:
        headers["ETag"] = f'"{sha256(document.body).hexdigest()[:20]}"'
    if document.modified_on:
        moment = datetime.fromisoformat((document.modified_on + "-01-01")[:10]).replace(hour=9, tzinfo=UTC)
        headers["Last-Modified"] = format_datetime(moment, usegmt=True)
    return Answer(document.status, headers, document.body)


def _document(site: Site, path: str, query: Mapping[str, str]) -> Document:
    if path == "/robots.txt":
        return Document(site.robots.encode(), "text/plain")
    if path.endswith(".jpg"):
        return Document(_picture(path), "image/jpeg")
    if path == "/" and site.home != "/":
        return Document(b"", "text/html", 302, headers={"Location": site.home})
    return site.render(path, query) or _not_found(site)


def _not_found(site: Site) -> Document:
    text = escape(site.not_found)
    page = (
        f'<!DOCTYPE html><html lang="{site.language}"><head><meta charset="utf-8"><title>{text}</title></head>'
        f'<body><h1>{text}</h1><footer><p class="replica-note">{NOTES[site.language]}</p></footer></body></html>'
    )
    return Document(page.encode(), "text/html; charset=utf-8", 404)


def _picture(path: str) -> bytes:
    """A shelf of books as JPEG, another one for each address."""
    from PIL import Image, ImageDraw

    width, height, chance = 480, 360, Random(path)
    paper = chance.choice(("#e9e2d4", "#dfe6e8", "#e6e3ea"))
    shelf = Image.new("RGB", (width, height), paper)
    pen, left = ImageDraw.Draw(shelf), 24
    while left < width - 40:
        thick, tall = chance.randrange(18, 46), chance.randrange(150, 290)
        colour = chance.choice(("#8a3b2f", "#31556b", "#4d6b3c", "#8a6a2f", "#5b4370", "#3b3b3b"))
        pen.rectangle((left, height - 40 - tall, left + thick, height - 40), fill=colour)
        pen.rectangle((left + 4, height - 60 - tall // 2, left + thick - 4, height - 48 - tall // 2), fill=paper)
        left += thick + chance.randrange(2, 8)
    pen.rectangle((0, height - 40, width, height - 28), fill="#6b5233")
    written = BytesIO()
    shelf.save(written, "JPEG", quality=80)
    return written.getvalue()


def _is_known(ours: Mapping[str, str], theirs: Mapping[str, str]) -> bool:
    """Whether the client already has this page; an ETag decides alone where both sides have one (RFC 9110, 13.2.2)."""
    if "if-none-match" in theirs:
        return ours.get("ETag") in [tag.strip().removeprefix("W/") for tag in theirs["if-none-match"].split(",")]
    if "if-modified-since" in theirs and "Last-Modified" in ours:
        try:
            since = parsedate_to_datetime(theirs["if-modified-since"])
        except ValueError:
            return False
        return parsedate_to_datetime(ours["Last-Modified"]) <= since.replace(tzinfo=since.tzinfo or UTC)
    return False
