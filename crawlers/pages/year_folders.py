"""Lists that are kept in one page for each year: news/fy2020/index.html, archive/2019.html, news?year=2018."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urldefrag, urljoin

from lxml.html import HtmlElement
from msgspec import Struct

from crawlers.pages.links import base_url, clickable, link_target
from crawlers.pages.selectors import select
from crawlers.urls import canonical_url, host_of

_FOLDER = re.compile(r"^([^?#]*/[A-Za-z]{0,6})((?:19|20)\d\d)((?:/(?:index\.\w{2,5})?|\.s?html?)?)$")
_PARAMETER = re.compile(r"^([^#]*[?&](?:year|yyyy|y|fy|nendo)=)((?:19|20)\d\d)(&[^#]*)?$", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d")
_FEWEST_YEARS = 2  # of one form, where nobody said that these links are the way


class _YearPage(Struct, frozen=True):
    url: str
    form: str  # the address without its year
    year: int


def older_year(root: HtmlElement, page_url: str, css: str | None = None) -> str | None:
    """The page of the year before, of those that the page links to (or that match `css`); None when there is none.

    From a page that is of no year, such as the newest news, the way leads to the newest year.
    """
    here = _year_page(page_url)
    base, host = base_url(root, page_url), host_of(page_url)
    elements = select([root], css) if css else clickable(root)
    if not _YEAR.search(base):  # so that only what has a year in it leads to one
        elements = [element for element in elements if _YEAR.search(" ".join(element.values()))]
    targets = (link_target(element, base) for element in elements)
    linked = [page for url in targets if url and host_of(url) == host and (page := _year_page(url))]
    if here is not None:
        linked = [page for page in linked if page.form == here.form and page.year < here.year]
    elif css is None:
        linked = _navigation(linked, page_url)
    return max(linked, key=lambda page: page.year).url if linked else None


def _year_page(url: str) -> _YearPage | None:
    address = urldefrag(url)[0]
    match = _FOLDER.match(address) or _PARAMETER.match(address)
    return _YearPage(address, canonical_url(f"{match[1]}0{match[3] or ''}"), int(match[2])) if match else None


def _navigation(linked: Iterable[_YearPage], page_url: str) -> list[_YearPage]:
    """The years of one form, below the folder of the page, if there are several."""
    folder = canonical_url(urljoin(page_url, "."))
    below = [page for page in linked if page.form.startswith(folder)]
    forms = {page.form: {other.year for other in below if other.form == page.form} for page in below}
    chosen = next((form for form, years in forms.items() if len(years) >= _FEWEST_YEARS), None)
    return [page for page in below if page.form == chosen]
