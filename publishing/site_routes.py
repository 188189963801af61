"""The pages of the public site that are not tables: search, one activity, a country, a tag, a period."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

from datasette import Response
from msgspec import Struct

from db.public_pages import TagLabel, activities_of, gone, public_activity, tags_of
from db.public_parts import Part, Place, country_part, part_page, period_part, tag_part
from db.search.activities import FIELDS, find_activities
from db.search.query import MAX_CHARACTERS, parse, relaxed
from publishing import wording
from publishing.site_settings import DATABASE, ERRORS

T = TypeVar("T")
PAGE_SIZE = 20


async def read(datasette: Any, work: Callable[[sqlite3.Connection], T]) -> T:
    """What `work` finds in the public database."""
    answer: T = await datasette.get_database(DATABASE).execute_fn(work)
    return answer


async def front(datasette: Any, request: Any) -> Any:
    """`/`. Datasette's own front page asks for every column and key of every table first."""
    return await page(datasette, request, "front.html", {})


async def activity(datasette: Any, request: Any) -> Any:
    """`/a/1234`: the activity; 410 and a note when it was withdrawn; on to the one that it became part of."""
    id_ = int(request.url_vars["id"])
    found = await read(datasette, lambda conn: public_activity(conn, id_))
    if found is not None:
        return await page(datasette, request, "activity.html", {"activity": found})
    left = await read(datasette, lambda conn: gone(conn, id_))
    if left is None:
        return await not_found(datasette, request)
    if left.now_at is not None:
        return Response.redirect(datasette.urls.path(wording.activity_path(left.now_at)), status=301)
    return await page(datasette, request, "withdrawn.html", {"id": id_, "gone": left}, status=410)


async def country(datasette: Any, request: Any) -> Any:
    """`/country/JP`."""
    code = request.url_vars["code"]
    return await _part_page(datasette, request, ("country", code), lambda conn: country_part(conn, code))


async def tag(datasette: Any, request: Any) -> Any:
    """`/tag/IFLA-2019-2024/SD1`."""
    vocabulary, code = request.url_vars["vocabulary"], request.url_vars["code"]
    return await _part_page(
        datasette, request, ("tag", vocabulary, code), lambda conn: tag_part(conn, vocabulary, code)
    )


async def period(datasette: Any, request: Any) -> Any:
    """`/period/2020-11..2021-02`, `/period/2020-H2`."""
    name = request.url_vars["period"].replace("-H", " H")
    return await _part_page(datasette, request, ("period", name), lambda conn: period_part(conn, name))


async def _part_page(
    datasette: Any, request: Any, key: tuple[str, ...], load: Callable[[sqlite3.Connection], Part | None]
) -> Any:
    part = await read(datasette, load)
    if part is None:
        return await not_found(datasette, request)
    after = _place(request.args.get("after") or "")
    shown = await read(datasette, lambda conn: part_page(conn, part, after))
    kind, values = key[0], {"country": {"country_name": part.title}, "period": {"period": key[-1]}}
    where = values.get(kind) or {"_tag": ":".join(key[1:])}
    context = {"kind": kind, "part": part, "shown": shown, "first": after is None, "where": where, "key": key}
    return await page(datasette, request, "part.html", context)


def _place(text: str) -> Place | None:
    """The place that the address of a page names; None when it names none."""
    match = re.fullmatch(r"(|\d{4}-\d\d-\d\d)_(\d{1,15})", text, re.ASCII)
    return (match[1], int(match[2])) if match else None


class Results(Struct, frozen=True):
    """One page of what a search found."""

    typed: str
    total: int
    rows: tuple[Any, ...]
    tags: Any
    alike: bool  # nothing had the words as typed: these begin like them
    page: int
    pages: int  # that can be turned to

    @property
    def shown(self) -> str:
        """Which of the results are on the page: "21–40"."""
        first = (self.page - 1) * PAGE_SIZE
        return f"{first + 1}–{first + len(self.rows)}"

    def address(self, page: int) -> str:
        """The query of another page."""
        return "?" + urlencode({"q": self.typed, **({"page": page} if page > 1 else {})})


async def search(datasette: Any, request: Any) -> Any:
    """`/search?q=`: the activities that match, the best first."""
    typed = (request.args.get("q") or "").strip()[:MAX_CHARACTERS]
    wanted = request.args.get("page") or ""
    number = max(1, int(wanted)) if wanted.isascii() and wanted.isdigit() and len(wanted) < 6 else 1
    results = await read(datasette, results_of(typed, number)) if typed else None
    return await page(datasette, request, "search.html", {"results": results, "typed": typed})


def results_of(typed: str, page: int) -> Callable[[sqlite3.Connection], Results]:
    """How to find this page of results."""

    def find(conn: sqlite3.Connection) -> Results:
        query = parse(typed, fields=FIELDS)
        found, alike = find_activities(conn, query), False
        if not found.total and (other := relaxed(query)) != query:
            found = find_activities(conn, other)
            alike = bool(found.total)
        pages = max(1, -(-len(found.ids) // PAGE_SIZE))
        shown = min(page, pages)
        ids = found.ids[(shown - 1) * PAGE_SIZE : shown * PAGE_SIZE]
        tags: dict[int, tuple[TagLabel, ...]] = dict(tags_of(conn, ids))
        return Results(typed, found.total, activities_of(conn, ids), tags, alike, shown, pages)

    return find


async def not_found(datasette: Any, request: Any) -> Any:
    """The page of an address that does not exist."""
    return await page(datasette, request, "error.html", {"status": 404, "error": ERRORS[404]}, status=404)


async def page(datasette: Any, request: Any, template: str, context: dict[str, Any], *, status: int = 200) -> Any:
    """One of the site's own pages."""
    return Response.html(await datasette.render_template(template, context, request=request), status=status)


Route = tuple[str, Callable[..., Awaitable[Any]]]
ROUTES: tuple[Route, ...] = (
    (r"/$", front),
    (r"/search$", search),
    (r"/a/(?P<id>[1-9]\d{0,15})$", activity),
    (r"/country/(?P<code>[A-Z]{2,3})$", country),
    (r"/tag/(?P<vocabulary>[A-Za-z0-9.-]{1,60})/(?P<code>[A-Za-z0-9.-]{1,30})$", tag),
    (r"/period/(?P<period>[0-9H.-]{4,20})$", period),
)
