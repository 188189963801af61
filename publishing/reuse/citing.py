"""How an activity is cited and described to programs: CSL-JSON, RIS, COinS, Dublin Core and schema.org. Pure.

A citation cites the original: its institution, its title, its date, its address; where this set says more of it stands
in the note. A description is of the page of this site.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup

from db.public_pages import PublicActivity, TagLabel
from db.text_language import language_of
from publishing import wording
from publishing.reuse.addresses import lasting_name, whole
from publishing.reuse.feeds import Feed
from publishing.site_settings import LICENCE, LICENCE_URL, MAKERS, TITLE

CSL_JSON, RIS = "application/vnd.citationstyles.csl+json", "application/x-research-info-systems"
Row = Mapping[str, Any]


def institution(row: Row) -> str:
    """Who published the original."""
    return wording.plain(row["source"].partition(" – ")[0])


def _undivided(row: Row) -> str:
    """The institution as reference managers keep it whole that take each author for a person.

    Zotero (cleanAuthor) takes the last word for the family name, except of a name with a comma: there it is all before
    the comma.
    """
    name = institution(row)
    return f"{name}," if " " in name else name


def _place(row: Row) -> str:
    """The name of the news page or feed it stood in."""
    return wording.plain(row["source"].partition(" – ")[2])


def date_as_known(row: Row) -> str:
    """The date of the original as exactly as it is known, such as 2020-12; empty when it is not."""
    digits = {"day": 10, "month": 7, "year": 4}.get(row["date_precision"], 0)
    return (row["published_on"] or "")[:digits]


def csl_json(feed: Feed) -> bytes:
    """The activities of a list as CSL-JSON (citationstyles.org, 1.0.2)."""
    told = [csl_item(feed.address, row, feed.tags.get(row["id"], ())) for row in feed.activities]
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def csl_item(address: str, row: Row, tags: Sequence[TagLabel]) -> dict[str, object]:
    """One item of CSL-JSON."""
    path = wording.activity_path(row["id"])
    item = {
        "id": lasting_name(address, path),
        "type": "webpage",
        "title": wording.plain(row["original_title"]),
        "author": [{"literal": institution(row)}],
        "container-title": _place(row),
        "issued": _parts(date_as_known(row)),
        "accessed": _parts(row["found_on"]),
        "URL": wording.outward(row["url"]),
        "archive_location": wording.outward(row["archived_url"]),
        "language": row["language"],
        "abstract": _abstract(row),
        "keyword": ", ".join(_keywords(row, tags)),
        "source": TITLE,
        "note": _note(address, row),
    }
    return {key: value for key, value in item.items() if value}


def _parts(day: str) -> dict[str, object]:
    return {"date-parts": [[int(part) for part in day.split("-")]]} if day else {}


def _abstract(row: Row) -> str:
    return wording.plain(row["summary"])


def _keywords(row: Row, tags: Sequence[TagLabel]) -> tuple[str, ...]:
    return (row["country_name"], *(f"{tag.code} {tag.label}" for tag in tags))


def _note(address: str, row: Row) -> str:
    title = wording.plain(row["title"])
    called = f"In the set: {title}. " if row["title"] != row["original_title"] else ""
    return f"{called}{whole(address, wording.activity_path(row['id']))}"


def ris(feed: Feed) -> bytes:
    """The activities of a list in RIS, as reference managers read it."""
    entries = (_ris_entry(feed.address, row, feed.tags.get(row["id"], ())) for row in feed.activities)
    return "".join(
        f"{tag}  - {value}\r\n" for entry in entries for tag, value in entry if value or tag == "ER"
    ).encode()


def _ris_entry(address: str, row: Row, tags: Sequence[TagLabel]) -> Iterator[tuple[str, str]]:
    known = date_as_known(row)
    title, original = wording.plain(row["title"]), wording.plain(row["original_title"])
    yield "TY", "ELEC"
    yield "TI", original
    yield "TT", title if title != original else ""
    yield "AU", institution(row)
    yield "T2", _place(row)
    yield "PY", known[:4]
    yield "DA", f"{known.replace('-', '/')}/" if known else ""
    yield "Y2", row["found_on"].replace("-", "/")
    yield "LA", row["language"]
    yield "UR", wording.outward(row["url"])
    yield "LK", wording.outward(row["archived_url"])
    yield "AB", _abstract(row)
    yield from (("KW", wording.plain(word)) for word in _keywords(row, tags))
    yield "DB", TITLE
    yield "N1", whole(address, wording.activity_path(row["id"]))
    yield "ER", ""


def coins(row: Row) -> str:
    """The title of a COinS span (OpenURL in HTML), by which reference managers read lists."""
    pairs = {
        "ctx_ver": "Z39.88-2004",
        "rft_val_fmt": "info:ofi/fmt:kev:mtx:dc",
        "rft.type": "webpage",
        "rft.title": wording.plain(row["original_title"]),
        "rft.creator": _undivided(row),
        "rft.source": _place(row),
        "rft.date": date_as_known(row),
        "rft.identifier": wording.outward(row["url"]),
        "rft.language": row["language"],
    }
    return urlencode({key: value for key, value in pairs.items() if value})


def described(address: str, activity: PublicActivity, strategies: Mapping[str, str]) -> Markup:
    """What the head of an activity's page tells programs: Dublin Core, Highwire's tags, and schema.org."""
    row = activity.row
    metas = Markup("").join(
        Markup('<meta name="{}" content="{}"{}>\n').format(
            name, value, Markup(' lang="{}"').format(lang) if lang else ""
        )
        for name, value, lang in _metas(address, activity)
        if value
    )
    links = Markup(
        '<meta property="og:type" content="website">\n'  # else Zotero takes what has a citation_title for a journal's
        '<link rel="schema.DC" href="http://purl.org/dc/elements/1.1/">\n'
        '<link rel="schema.DCTERMS" href="http://purl.org/dc/terms/">\n'
        '<link rel="license" href="{}">\n<link rel="alternate" type="{}" href="{}">\n'
        '<link rel="alternate" type="{}" href="{}">\n'
    ).format(LICENCE_URL, CSL_JSON, citation_path(row["id"], "csl.json"), RIS, citation_path(row["id"], "ris"))
    return links + metas + script(article(address, activity, strategies))


def citation_path(id_: int, form: str) -> str:
    """Where an activity's citation stands."""
    return f"{wording.activity_path(id_)}.{form}"


def _metas(address: str, activity: PublicActivity) -> Iterator[tuple[str, str, str | None]]:
    row = activity.row
    title, page = wording.plain(row["title"]), whole(address, wording.activity_path(row["id"]))
    told = language_of(row["title"], row["language"])
    yield "DC.title", title, told
    if row["title"] != row["original_title"]:
        yield "DCTERMS.alternative", wording.plain(row["original_title"]), row["language"]
    yield "DC.creator", institution(row), None
    yield "DC.date", date_as_known(row), None
    yield "DC.language", row["language"], None
    yield "DC.description", _abstract(row)[:1000], language_of(row["summary"])
    yield "DC.identifier", page, None
    yield "DC.source", wording.outward(row["url"]), None
    yield "DC.publisher", TITLE, None
    yield "DC.rights", LICENCE_URL, None
    yield "DC.type", "Text", None
    for word in _keywords(row, activity.tags):
        yield "DC.subject", word, None
    yield "description", _abstract(row)[:300], language_of(row["summary"])
    yield "citation_title", title, told
    yield "citation_author", _undivided(row), None
    yield "citation_publication_date", date_as_known(row).replace("-", "/"), None
    yield "citation_language", row["language"], None
    yield "citation_public_url", page, None


def article(address: str, activity: PublicActivity, strategies: Mapping[str, str]) -> dict[str, object]:
    """The activity in the words of schema.org."""
    row = activity.row
    original = {
        "@type": "WebPage",
        "@id": wording.outward(row["url"]),
        "name": wording.plain(row["original_title"]),
        "inLanguage": row["language"],
        "datePublished": date_as_known(row),
        "publisher": {"@type": "Organization", "name": institution(row)},
        "archivedAt": wording.outward(row["archived_url"]),
    }
    told = {
        "@context": "https://schema.org",
        "@type": "Article",
        "@id": whole(address, wording.activity_path(row["id"])),
        "identifier": lasting_name(address, wording.activity_path(row["id"])),
        "headline": wording.plain(row["title"]),
        "abstract": _abstract(row),
        "datePublished": row["added_at"],
        "dateModified": row["updated_at"],
        "author": {"@type": "Organization", "name": MAKERS, "url": whole(address, "/")},
        "license": LICENCE_URL,
        "isBasedOn": {key: value for key, value in original.items() if value},
        "isPartOf": {"@type": "Dataset", "@id": whole(address, "/public"), "name": TITLE},
        "spatialCoverage": {"@type": "Country", "name": row["country_name"], "identifier": row["country"]},
        "keywords": [_defined(address, tag, strategies) for tag in activity.tags],
        "about": _event(row),
    }
    return {key: value for key, value in told.items() if value}


def _defined(address: str, tag: TagLabel, strategies: Mapping[str, str]) -> dict[str, object]:
    return {
        "@type": "DefinedTerm",
        "@id": whole(address, wording.tag_path(tag.vocabulary, tag.code)),
        "termCode": tag.code,
        "name": tag.label,
        "inDefinedTermSet": {"@type": "DefinedTermSet", "name": strategies.get(tag.vocabulary, tag.vocabulary)},
    }


def _event(row: Row) -> dict[str, object]:
    if not row["event_start_on"]:
        return {}
    name = wording.plain(row["title"])
    return {"@type": "Event", "name": name, "startDate": row["event_start_on"], "endDate": row["event_end_on"]}


def script(told: Mapping[str, object]) -> Markup:
    """JSON-LD as a block of data in a page: nothing in it can end the block."""
    text = json.dumps(told, ensure_ascii=False).replace("<", "\\u003c").replace("&", "\\u0026")
    return Markup('<script type="application/ld+json">{}</script>').format(Markup(text))


def whole_set(address: str, built_on: str, activities: int) -> dict[str, object]:
    """The set in the words of schema.org, as catalogues of data sets read it."""
    forms = {"text/csv": "/data/activities.csv", "application/json": "/data/activities.json"}
    downloads = {**forms, "application/vnd.sqlite3": "/activities.db", "application/ld+json": "/datapackage.json"}
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "@id": whole(address, "/public"),
        "url": whole(address, "/"),
        "name": TITLE,
        "description": f"What libraries of the region did and published: {activities} activities, chosen by {MAKERS}.",
        "license": LICENCE_URL,
        "creator": {"@type": "Organization", "name": MAKERS},
        "dateModified": built_on,
        "isAccessibleForFree": True,
        "keywords": ["libraries", "Asia", "Oceania", "IFLA", LICENCE],
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": form, "contentUrl": whole(address, path)}
            for form, path in downloads.items()
        ],
    }
