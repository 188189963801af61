"""The addresses at which programs take the set away whole: tables and their description, events, site map, sources."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Any

from datasette import Response
from datasette.utils.asgi import AsgiStream

from db.public_exports import (
    Table,
    address_parts,
    addresses,
    announced,
    country_name,
    parts,
    public_sources,
    rows_after,
    tables,
)
from db.public_feeds import built_at
from db.public_pages import file_facts
from publishing import wording
from publishing.reuse.answers import answer, held
from publishing.reuse.calendar import ICALENDAR, calendar
from publishing.reuse.routes import address_of
from publishing.reuse.sitemap import opml, site_map_index, site_map_of_activities, site_map_of_pages
from publishing.reuse.tables import csv_heading, csv_lines, data_package, json_rows
from publishing.site_routes import Route, not_found, page, read
from publishing.site_settings import TITLE

JSON, XML = "application/json; charset=utf-8", "application/xml; charset=utf-8"
TABLE_FORMS = {"csv": "text/csv; charset=utf-8; header=present", "json": JSON}


async def description(datasette: Any, request: Any) -> Any:
    """`/datapackage.json`: the whole set, its licence, and the meaning of each column."""
    found, built, facts = await read(datasette, lambda conn: (tables(conn), built_at(conn), file_facts(conn)))
    return answer(request, data_package(address_of(datasette), found, built, facts[0]), JSON)


async def whole_table(datasette: Any, request: Any) -> Any:
    """`/data/activities.csv`, `.json`: every row of a table, a few thousand in memory at a time."""
    name, form = request.url_vars["table"], request.url_vars["form"]
    found, built, facts = await read(datasette, lambda conn: (tables(conn), built_at(conn), file_facts(conn)))
    table = next((one for one in found if one.name == name), None)
    if table is None:
        return await not_found(datasette, request)
    tag = f'"{hashlib.sha256(f"{built} {facts[0]} {name} {form}".encode()).hexdigest()[:32]}"'
    headers = {"etag": tag, "access-control-allow-origin": "*"}
    if held(request.headers.get("if-none-match") or "", tag):
        return Response("", status=304, headers=headers, content_type=TABLE_FORMS[form])

    async def write(out: Any) -> None:
        await _write_table(datasette, table, form, out)

    return AsgiStream(write, headers=headers, content_type=TABLE_FORMS[form])


async def _write_table(datasette: Any, table: Table, form: str, out: Any) -> None:
    last: tuple[Any, ...] | None = None
    await out.write(csv_heading(table).decode() if form == "csv" else "[")
    while rows := await read(datasette, partial(rows_after, table=table, last=last)):
        body = csv_lines(rows) if form == "csv" else json_rows(table, rows, first=last is None)
        await out.write(body.decode())
        last = rows[-1]
    await out.write("" if form == "csv" else "\n]\n")


async def events(datasette: Any, request: Any) -> Any:
    """`/events.ics`, `/country/JP.ics`: the events that activities announce."""
    code = request.url_vars.get("code")
    found, name = await read(datasette, lambda conn: (announced(conn, code), country_name(conn, code) if code else ""))
    if name is None:
        return await not_found(datasette, request)
    title = f"{name} – {TITLE}" if name else TITLE
    return answer(request, calendar(address_of(datasette), title, found), f"{ICALENDAR}; charset=utf-8")


async def site_map(datasette: Any, request: Any) -> Any:
    """`/sitemap.xml`: the list of its parts."""
    count, built = await read(datasette, lambda conn: (address_parts(conn), built_at(conn)))
    return answer(request, site_map_index(address_of(datasette), range(count + 1), built), XML)


async def site_map_part(datasette: Any, request: Any) -> Any:
    """`/sitemap-0.xml`: the pages; from 1 on: the activities."""
    number, address = int(request.url_vars["number"]), address_of(datasette)
    if number == 0:
        found, built = await read(datasette, lambda conn: (parts(conn), built_at(conn)))
        return answer(request, site_map_of_pages(address, found, built), XML)
    changed = await read(datasette, lambda conn: addresses(conn, number))
    if not changed:
        return await not_found(datasette, request)
    return answer(request, site_map_of_activities(address, changed), XML)


async def sources(datasette: Any, request: Any) -> Any:
    """`/sources.opml`: where the activities come from."""
    found, built = await read(datasette, lambda conn: (public_sources(conn), built_at(conn)))
    return answer(request, opml(found, built), "text/x-opml; charset=utf-8", name="sources.opml")


async def reuse(datasette: Any, request: Any) -> Any:
    """`/reuse`: all of these addresses for people."""
    found = await read(datasette, parts)
    return await page(datasette, request, "reuse.html", {"parts": found, "language_path": wording.language_path})


ROUTES: tuple[Route, ...] = (
    (r"/datapackage\.json$", description),
    (r"/data/(?P<table>[a-z_]{1,30})\.(?P<form>csv|json)$", whole_table),
    (r"/events\.ics$", events),
    (r"/country/(?P<code>[A-Z]{2,3})\.ics$", events),
    (r"/sitemap\.xml$", site_map),
    (r"/sitemap-(?P<number>0|[1-9]\d{0,5})\.xml$", site_map_part),
    (r"/sources\.opml$", sources),
    (r"/reuse$", reuse),
)
