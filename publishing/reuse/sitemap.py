"""What search engines and feed readers are given to find their way: the site map (sitemaps.org) and an OPML list of
sources (opml.org/spec2). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from email.utils import format_datetime
from itertools import groupby
from typing import TYPE_CHECKING

from db.instants import from_text
from db.public_exports import Parts, PublicSource
from publishing import wording
from publishing.report.text import clean, one_line
from publishing.reuse.addresses import whole
from publishing.site_settings import TITLE

if TYPE_CHECKING:
    from lxml import etree

_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def site_map_index(address: str, numbers: Iterable[int], built_at: str) -> bytes:
    """The list of the parts of the site map: 0 holds the pages, the others the activities."""
    return _document("sitemapindex", "sitemap", ((whole(address, f"/sitemap-{n}.xml"), built_at) for n in numbers))


def site_map_of_pages(address: str, parts: Parts, built_at: str) -> bytes:
    """The pages that change with every build."""
    paths = [
        *("/", "/public", "/pictures", "/reuse"),
        *map(wording.country_path, parts.countries),
        *(wording.tag_path(*tag) for tag in parts.tags),
        *map(wording.period_path, parts.periods),
    ]
    return _document("urlset", "url", ((whole(address, path), built_at) for path in paths))


def site_map_of_activities(address: str, changed: Iterable[tuple[int, str]]) -> bytes:
    """The pages of these activities, with their last change."""
    pages = ((whole(address, wording.activity_path(id_)), at) for id_, at in changed)
    return _document("urlset", "url", pages)


def _document(root_name: str, name: str, pages: Iterable[tuple[str, str]]) -> bytes:
    from lxml import etree

    root = etree.Element(f"{{{_NAMESPACE}}}{root_name}", nsmap={None: _NAMESPACE})
    for location, changed in pages:
        entry = etree.SubElement(root, f"{{{_NAMESPACE}}}{name}")
        etree.SubElement(entry, f"{{{_NAMESPACE}}}loc").text = location
        etree.SubElement(entry, f"{{{_NAMESPACE}}}lastmod").text = changed
    return _bytes(root)


def opml(sources: Sequence[PublicSource], built_at: str) -> bytes:
    """The sources of the activities by sub-region and country; those with a feed can be polled by any reader."""
    from lxml import etree

    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = f"Sources – {TITLE}"
    etree.SubElement(head, "dateCreated").text = format_datetime(from_text(built_at))
    body = etree.SubElement(root, "body")
    for region, of_region in groupby(sources, key=lambda source: source.sub_region):
        branch = etree.SubElement(body, "outline", text=one_line(region) or "Elsewhere")
        for country, of_country in groupby(of_region, key=lambda source: source.country_name):
            leaf = etree.SubElement(branch, "outline", text=one_line(country))
            for source in of_country:
                etree.SubElement(leaf, "outline", _outline(source))
    return _bytes(root)


def _outline(source: PublicSource) -> dict[str, str]:
    told = {"text": f"{source.institution}: {source.name}", "language": source.language}
    page, feed = wording.outward(source.url), wording.outward(source.feed_url)
    if feed:
        told |= {"type": "rss", "xmlUrl": feed} | ({"htmlUrl": page} if page else {})
    elif page:
        told |= {"type": "link", "url": page}
    return {name: clean(value) for name, value in told.items()}


def _bytes(root: etree._Element) -> bytes:
    from lxml import etree

    document: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return document
