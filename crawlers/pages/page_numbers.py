"""The usual forms of the addresses of older pages, for a list whose page no longer says where they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urljoin, urlsplit

from msgspec import Struct

from crawlers.urls import host_of

_NAMES = ("page", "paged", "pageIndex", "p")


class NumberedAddress(Struct, frozen=True):
    """A form of addresses: as the keys `next_template` and `first_page` of a block say it, and its second page."""

    template: str  # absolute, with {n} where the number stands
    first_page: int  # the number of the page whose address carries none
    second: str


def numbered_addresses(url: str, known: str = "") -> tuple[NumberedAddress, ...]:
    """Forms that may lead to the second page of this list: that of the address known before, then the usual ones."""
    found = {form.second: form for form in (*_like(url, known), *_usual(url))}
    return tuple(found.values())


def _like(url: str, known: str) -> Iterator[NumberedAddress]:
    """The form of an address that led to the second page; none where it counts in steps larger than one."""
    if not known or host_of(known) != host_of(url):
        return
    told = dict(parse_qsl(urlsplit(url).query))
    for match in reversed(list(re.finditer(r"(?<![0-9])[0-9]{1,2}(?![0-9])", known))):
        number, name = int(match[0]), re.search(r"[?&]([^=&]+)=$", known[: match.start()])
        if number in (1, 2) and not (name and told.get(name[1]) == match[0]):
            yield NumberedAddress(f"{known[: match.start()]}{{n}}{known[match.end() :]}", number - 1, known)
            return


def _usual(url: str) -> Iterator[NumberedAddress]:
    plain = url.partition("#")[0]
    parts = urlsplit(plain)
    for name in _NAMES:
        if re.search(rf"[?&]{name}=", plain):
            template = re.sub(rf"([?&]{name}=)[^&]*", r"\g<1>{n}", plain)
        else:
            template = f"{plain}{'&' if parts.query else '?'}{name}={{n}}"
        yield _second(template, 1)
    folder = urljoin(plain, parts.path if parts.path.endswith("/") else f"{parts.path}/")
    yield _second(f"{folder}page/{{n}}/", 1)
    if match := re.search(r"/(?:index|list)?([.]s?html?)?$", parts.path):
        yield _second(urljoin(plain, f"index_{{n}}{match[1] or '.html'}"), 0)


def _second(template: str, first_page: int) -> NumberedAddress:
    return NumberedAddress(template, first_page, template.replace("{n}", str(first_page + 1)))
