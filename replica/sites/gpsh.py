"""Grand People's Study House: plain http on port 8080, no list, years of the Juche calendar; a HEAD request fails."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from html import escape

from msgspec.structs import replace

from replica.samples import Sample, by_path, samples
from replica.site import Document, Frame, Site, paragraphs

_JUCHE = 1911  # Juche 1 is 1912

_FRAME = Frame(
    "en",
    "Grand People's Study House",
    (
        ("Great Leadership", "/index.php/en/intro/index/leadership"),
        ("About", "/index.php/en/intro/index/serial"),
        ("Lectures", "/index.php/en/lecture/index"),
        ("Service", "/index.php/en/service/index"),
        ("Exchange", "/index.php/en/exchange/index/visit"),
    ),
)
_HOME = ("/index.php/en", "/index.php/en/")
_EXCHANGE = ("/index.php/en/exchange/index", "/index.php/en/exchange/index/visit")


def _render(path: str, query: Mapping[str, str]) -> Document | None:
    if path in _HOME:
        return _page("home", "Lectures and notices")
    if path in _EXCHANGE:
        return _page("exchange", "Exchange")
    sample = by_path("gpsh").get(path)
    return _article(sample) if sample else None


def _in_juche(on: str) -> str:
    year = int(on[:4])
    if len(on) == 4:
        return f"Juche{year - _JUCHE}({year})"
    day = date.fromisoformat(on)
    if day.day % 2:
        return f"JUCHE{year - _JUCHE}({year}). {day.month}. {day.day}"
    return f"{day:%B} {day.day}, Juche{year - _JUCHE}({year})"


def _page(name: str, heading: str) -> Document:
    shown = [sample for sample in samples("gpsh") if sample.page == name]
    links = "\n".join(
        f'<li><a href="{escape(_link(sample))}">{escape(sample.title)}</a> <span>{_in_juche(sample.on)}</span></li>'
        for sample in shown
        if sample.address
    )
    texts = "\n".join(f"<p>{_in_juche(sample.on)} {escape(sample.title)}</p>" for sample in shown if not sample.address)
    main = (
        f'<div id="content"><h2>{heading}</h2>\n<ul class="lectures">\n{links}\n</ul>\n'
        f'<div class="reports">\n{texts}\n</div></div>'
    )
    return replace(_FRAME.document("Grand People's Study House", main), etag=False)


def _link(sample: Sample) -> str:
    return sample.address.removeprefix("http://www.gpsh.edu.kp:8080")


def _article(sample: Sample) -> Document:
    anchor = sample.address.partition("#")[2] or "text"
    main = (
        f'<div id="content"><h2 id="{anchor}">{escape(sample.title)}</h2>\n{paragraphs(sample.paragraphs)}\n'
        f'<p class="date">{_in_juche(sample.on)}</p></div>'
    )
    return replace(_FRAME.document("Grand People's Study House", main), etag=False)


SITE = Site(
    host="www.gpsh.edu.kp:8080",
    language="en",
    render=_render,
    home="/index.php/en",
    schemes=("http",),
    robots="User-agent: *\nDisallow: /index.php/admin/\n",
    not_found="The page you requested was not found.",
    answers_head=False,
)
