"""The addresses of the site at which programs read: feeds and citations."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from db.public_feeds import (
    Added,
    added_in_language,
    added_to_all,
    added_to_country,
    added_to_search,
    added_to_tag,
    built_at,
)
from db.public_pages import public_activity
from db.search.activities import FIELDS
from db.search.query import MAX_CHARACTERS, parse
from publishing import wording
from publishing.reuse.answers import answer
from publishing.reuse.citing import CSL_JSON, RIS, csl_json, ris
from publishing.reuse.feeds import ATOM, JSON_FEED, Feed, atom, json_feed
from publishing.site_routes import Route, activity, not_found, read
from publishing.site_settings import PLUGIN, TITLE

_Form = tuple[Callable[[Feed], bytes], str]
_CITATIONS: Mapping[str, _Form] = {
    "csl.json": (csl_json, f"{CSL_JSON}; charset=utf-8"),
    "ris": (ris, f"{RIS}; charset=utf-8"),
}
_FORMS: Mapping[str, _Form] = {
    "atom": (atom, f"{ATOM}; charset=utf-8"),
    "json": (json_feed, f"{JSON_FEED}; charset=utf-8"),
    **_CITATIONS,
}


def address_of(datasette: Any) -> str:
    """The address by which others know the site."""
    return str(datasette.plugin_config(PLUGIN)["address"])


async def feed(datasette: Any, request: Any) -> Any:
    """`/feed.atom`, `/feed.json`: what was added last."""
    return await _feed(datasette, request, added_to_all, page="/", path="/feed")


async def country_feed(datasette: Any, request: Any) -> Any:
    """`/country/JP.atom`."""
    code = request.url_vars["code"]
    path = wording.country_path(code)
    return await _feed(datasette, request, lambda conn: added_to_country(conn, code), page=path, path=path)


async def tag_feed(datasette: Any, request: Any) -> Any:
    """`/tag/IFLA-2019-2024/SD1.atom`."""
    vocabulary, code = request.url_vars["vocabulary"], request.url_vars["code"]
    path = wording.tag_path(vocabulary, code)
    return await _feed(datasette, request, lambda conn: added_to_tag(conn, vocabulary, code), page=path, path=path)


async def language_feed(datasette: Any, request: Any) -> Any:
    """`/language/ja.atom`: what is in this language at its source; empty as long as nothing is."""
    language = request.url_vars["language"]
    page = f"/public/activities?{urlencode({'language': language})}"
    path = wording.language_path(language)

    def load(conn: sqlite3.Connection) -> Added | None:
        found = added_in_language(conn, language)
        return found if found and (found.activities or wording.is_language(language)) else None

    return await _feed(datasette, request, load, page=page, path=path)


async def search_feed(datasette: Any, request: Any) -> Any:
    """`/search.atom?q=`: what the search finds, the last added first."""
    typed = (request.args.get("q") or "").strip()[:MAX_CHARACTERS]
    if not typed:
        return await not_found(datasette, request)
    query, asked = parse(typed, fields=FIELDS), urlencode({"q": typed}, errors="replace")
    return await _feed(
        datasette,
        request,
        lambda conn: added_to_search(conn, query),
        page=f"/search?{asked}",
        path="/search",
        query=asked,
        words=typed,
    )


async def _feed(
    datasette: Any,
    request: Any,
    load: Callable[[sqlite3.Connection], Added | None],
    *,
    page: str,
    path: str,
    query: str = "",
    words: str = "",
) -> Any:
    added, built = await read(datasette, lambda conn: (load(conn), built_at(conn)))
    if added is None:
        return await not_found(datasette, request)
    name = wording.language_words(added.title) if path.startswith("/language/") else added.title or words
    told = Feed(
        address=address_of(datasette),
        title=f"{wording.plain(name)} – {TITLE}" if name else TITLE,
        page=page,
        path=path,
        query=query,
        updated_at=built,
        activities=added.activities,
        tags=added.tags,
    )
    write, content_type = _FORMS[request.url_vars["form"]]
    return answer(request, write(told), content_type)


async def citation(datasette: Any, request: Any) -> Any:
    """`/a/1234.ris`, `/a/1234.csl.json`: how the original of an activity is cited."""
    id_, form = int(request.url_vars["id"]), request.url_vars["form"]
    found, built = await read(datasette, lambda conn: (public_activity(conn, id_), built_at(conn)))
    if found is None:
        return await activity(datasette, request)
    told = Feed(
        address=address_of(datasette),
        title="",
        page=wording.activity_path(id_),
        path=wording.activity_path(id_),
        query="",
        updated_at=built,
        activities=(found.row,),
        tags={id_: found.tags},
    )
    write, content_type = _CITATIONS[form]
    return answer(request, write(told), content_type, name=f"activity-{id_}.{form}")


_FORM = r"\.(?P<form>atom|json|csl\.json|ris)$"
ROUTES: tuple[Route, ...] = (
    (rf"/feed{_FORM}", feed),
    (rf"/search{_FORM}", search_feed),
    (rf"/country/(?P<code>[A-Z]{{2,3}}){_FORM}", country_feed),
    (rf"/language/(?P<language>[A-Za-z0-9-]{{2,35}}){_FORM}", language_feed),
    (rf"/tag/(?P<vocabulary>[A-Za-z0-9.-]{{1,60}})/(?P<code>[A-Za-z0-9.-]{{1,30}}?){_FORM}", tag_feed),
    (r"/a/(?P<id>[1-9]\d{0,15})\.(?P<form>csl\.json|ris)$", citation),
)
