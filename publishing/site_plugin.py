"""The hooks by which the public Datasette differs from a plain one; they leave every other Datasette alone.

Only hooks that Datasette 0.65 and the 1.0 alphas share are used. Plugins belong to the process, not to one Datasette,
so each hook asks first whose it is.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode
from weakref import WeakKeyDictionary

from datasette import Response
from datasette.database import QueryInterrupted
from datasette.filters import FilterArguments
from datasette.utils.asgi import AsgiFileDownload
from markupsafe import Markup
from pluggy import HookimplMarker

from db.errors import StoreError
from db.public_counts import COUNTED, Chosen, counts_sql, narrowed_by, selected_by
from db.public_pages import (
    FrontPage,
    PublicActivity,
    TagLabel,
    country_names,
    front_page,
    public_activity,
    strategy_titles,
    tag_labels,
    tagged_sql,
    tags_of,
)
from db.search.activities import activities_expression
from publishing import wording
from publishing.pictures.routes import ROUTES as PICTURE_ROUTES
from publishing.reuse.addresses import whole
from publishing.reuse.citing import citation_path, coins, described, script, whole_set
from publishing.reuse.export_routes import ROUTES as EXPORT_ROUTES
from publishing.reuse.feeds import feed_path, feeds_of_page
from publishing.reuse.routes import ROUTES as REUSE_ROUTES
from publishing.reuse.routes import address_of
from publishing.site_routes import ROUTES, read
from publishing.site_settings import DATABASE, DOWNLOAD, ERRORS, FACETS, PLUGIN, TABLES, TITLE

hookimpl = HookimplMarker("datasette")  # Datasette's own, with types

# Built once for each Datasette: its file never changes.
_front_pages: WeakKeyDictionary[Any, FrontPage] = WeakKeyDictionary()
_connections: WeakKeyDictionary[Any, list[sqlite3.Connection]] = WeakKeyDictionary()

SEARCH_FUNCTION = "escape_fts"  # by which Datasette hands what was typed to the index
LARGEST_VALUE_BYTES = 5_000_000
_NARROW_NOTHING = ("_facet_size", "_size", "_sort", "_sort_desc", "_shape", "_extra", "_nocount")


def _is_ours(datasette: Any) -> bool:
    return bool(datasette.plugin_config(PLUGIN))


def connections_of(datasette: Any) -> Sequence[sqlite3.Connection]:
    """Every connection that this Datasette opened so far."""
    return _connections.get(datasette, [])


@hookimpl(trylast=True)  # after Datasette's own, whose function is replaced
def prepare_connection(conn: sqlite3.Connection, datasette: Any) -> None:
    """No single value of an answer can grow beyond what the site needs, and Datasette's search is ours."""
    if _is_ours(datasette):
        conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_VALUE_BYTES)
        conn.create_function(SEARCH_FUNCTION, 1, activities_expression, deterministic=True)
        _connections.setdefault(datasette, []).append(conn)


async def check_search(datasette: Any) -> None:
    """Datasette's own search box finds what the index holds; StoreError when it does not.

    It asks through a function of its own, which no promise keeps: a new Datasette might ask otherwise.
    """
    everything = await read(datasette, lambda conn: front_page(conn).activities)
    for typed, count in (("tag:no-such-tag", 0), ("-tag:no-such-tag", everything)):
        path = f"/{DATABASE}/activities.json?{urlencode({'_search': typed, '_size': 1, '_extra': 'count'})}"
        answer = (await datasette.client.get(path)).json()
        if answer.get("filtered_table_rows_count", answer.get("count")) != count:
            raise StoreError("the search of this Datasette does not work; install the version that convenor asks for")


async def page_of_each_kind(datasette: Any) -> list[tuple[str, str]]:
    """Path and query of pages by which everything that a build makes once is made."""
    page = await read(datasette, front_page)
    kinds = [
        ("/", ""),
        (f"/{DATABASE}/activities", ""),
        ("/search", "q=library"),
        ("/pictures", ""),
        ("/feed.atom", ""),
    ]
    for country in page.countries[:1]:
        kinds += [(wording.country_path(country.code), ""), (wording.activity_path(country.newest[0].id), "")]
    return kinds


@hookimpl
def prepare_jinja2_environment(env: Any, datasette: Any) -> None:
    """Templates know the site's wording."""
    if _is_ours(datasette):
        # Globals, because Datasette renders its error pages without the variables of a page.
        env.globals.update(
            site_title=TITLE, download=DOWNLOAD, facet_titles=FACETS, errors=ERRORS, tables_described=TABLES
        )
        for function in (
            wording.marked,
            wording.activity_path,
            wording.country_path,
            wording.period_path,
            wording.paragraphs,
            wording.inline,
            wording.plain,
            wording.language_attribute,
            wording.date_words,
            wording.period_words,
            wording.language_words,
            wording.outward,
            wording.host,
            wording.first_page,
            wording.next_page,
            coins,
        ):
            env.filters[function.__name__] = function


@hookimpl
def extra_template_vars(datasette: Any, request: Any) -> dict[str, object]:
    """What every page of the site knows, and the front page's lists where they are needed."""
    if not _is_ours(datasette):
        return {}

    async def front() -> FrontPage:
        if datasette not in _front_pages:
            _front_pages[datasette] = await read(datasette, front_page)
        return _front_pages[datasette]

    async def activity(id_: str) -> PublicActivity | None:
        return await read(datasette, lambda conn: public_activity(conn, int(id_)))

    async def tags(ids: Sequence[str]) -> Mapping[int, tuple[TagLabel, ...]]:
        return await read(datasette, lambda conn: tags_of(conn, [int(number) for number in ids]))

    async def chosen(filters: Any) -> list[tuple[str, str]]:
        labels = await read(datasette, tag_labels)
        return _chosen(request, list(filters.selections()), labels)

    async def described_activity(activity: PublicActivity) -> Markup:
        titles = await read(datasette, strategy_titles)
        return described(address_of(datasette), activity, titles)

    def described_set(page: FrontPage) -> Markup:
        return script(whole_set(address_of(datasette), page.built_on, page.activities))

    return {
        "front": front,
        "activity_of": activity,
        "tags_of": tags,
        "chosen": chosen,
        "strategies": lambda: read(datasette, strategy_titles),
        "tag_path": wording.tag_path,
        "value_words": value_words,
        "activities_where": activities_where,
        "feeds": feeds_of_page(request.path, request.query_string) if request else (),
        "feed_path": feed_path,
        "whole_address": lambda path: whole(address_of(datasette), path),
        "described": described_activity,
        "described_set": described_set,
        "labels_of_tags": lambda: read(datasette, tag_labels),
        "names_of_countries": lambda: read(datasette, country_names),
        "citation_path": citation_path,
    }


def activities_where(**values: str) -> str:
    """The address of the list of activities with these values."""
    return f"/{DATABASE}/activities?{urlencode(values)}"


def value_words(column: str, value: object) -> str:
    """A value of a facet as a reader is shown it."""
    words: Mapping[str, Callable[[str], str]] = {
        "period": wording.period_words,
        "language": wording.language_words,
    }
    return words.get(column, str)(str(value))


def _chosen(
    request: Any, selections: Sequence[tuple[str, str, Any]], labels: Mapping[tuple[str, str], str]
) -> list[tuple[str, str]]:
    """What narrows the list now, in words, each with the address of the list without it."""
    query = request.query_string
    found = []
    for column, lookup, value in selections:
        key = column if lookup == "exact" else f"{column}__{lookup}"
        heading = FACETS.get(column, column.replace("_", " "))
        relation = "" if lookup == "exact" else f" ({lookup})"
        found.append((f"{heading}{relation}: {value_words(column, value)}", wording.without(query, (key, str(value)))))
    for raw in request.args.getlist("_tag"):
        vocabulary, code = split_tag(raw)
        label = labels.get((vocabulary, code), "")
        found.append((f"{FACETS['tags']}: {code} {label}".strip(), wording.without(query, ("_tag", raw))))
    return found


def split_tag(raw: str) -> tuple[str, str]:
    """Vocabulary and code of a `_tag` value; the vocabulary is empty when only a code was given."""
    vocabulary, _, code = raw.rpartition(":")
    return vocabulary, code


@hookimpl
def filters_from_request(request: Any, table: str, datasette: Any) -> Any:
    """`?_tag=IFLA-2019-2024:SD1`, or `?_tag=SD1` for any strategy, keeps the activities that carry the tag."""
    raws = request.args.getlist("_tag") if table == "activities" and _is_ours(datasette) else []
    if not raws:
        return None
    clauses, params = [], {}
    for number, raw in enumerate(raws):
        vocabulary, code = split_tag(raw)
        params[f"tag{number}"] = code
        if vocabulary:
            params[f"vocabulary{number}"] = vocabulary
        clauses.append(tagged_sql(f"tag{number}", f"vocabulary{number}" if vocabulary else None))
    words = [f"tagged {', '.join(raws)}"]
    return FilterArguments(where_clauses=clauses, params=params, human_descriptions=words)


class ActivityFacets:
    """Counts the activities of a list by FACETS; built by Datasette like its own facets."""

    type = "activities"

    def __init__(
        self,
        ds: Any,
        request: Any,
        database: str,
        sql: str = "",
        table: str | None = None,
        params: Mapping[str, object] | None = None,
        **_: object,
    ) -> None:
        self.ds, self.request, self.database = ds, request, database
        self.sql, self.table, self.params = sql, table, params or {}
        self.pairs = parse_qsl(request.query_string, keep_blank_values=True)

    async def suggest(self) -> list[object]:
        """Nothing: these facets are always there."""
        return []

    async def facet_results(self) -> tuple[list[dict[str, object]], list[str]]:
        """The facets with their values, and the names of those that took too long."""
        if self.table != "activities" or not _is_ours(self.ds):
            return [], []
        chosen = self._chosen()
        limit = self.ds.setting("facet_time_limit_ms")
        try:
            rows = await self.ds.execute(
                self.database, counts_sql(chosen), chosen.params, truncate=False, custom_time_limit=limit
            )
        except QueryInterrupted:
            return [], list(FACETS)
        labels = {":".join(tag): label for tag, label in (await read(self.ds, tag_labels)).items()}
        size = self._size()
        found: dict[str, list[dict[str, object]]] = {name: [] for name in FACETS}
        for name, value, count in rows:
            found[name].append(self._value(name, value, count, labels))
        return [
            {"name": name, "type": "tags" if name == "tags" else "column", "hideable": False, "toggle_url": "",
             "results": values[:size], "truncated": len(values) > size}
            for name, values in found.items()
        ], []  # fmt: skip

    def _chosen(self) -> Chosen:
        """The activities of the list; without reading them where it is narrowed by nothing but what is counted, and by
        one search."""
        keys = [key for key, _ in self.pairs if key not in _NARROW_NOTHING]
        if any(key not in (*COUNTED, "_tag", "_search") for key in keys) or keys.count("_search") > 1:
            return selected_by(self.sql, self.params)
        values = [pair for pair in self.pairs if pair[0] in COUNTED]
        tags = [split_tag(value) for key, value in self.pairs if key == "_tag"]
        typed = next((value for key, value in self.pairs if key == "_search"), None)
        return narrowed_by(values, tags, None if typed is None else activities_expression(typed))

    def _size(self) -> int:
        wanted = self.request.args.get("_facet_size") or ""
        largest: int = self.ds.setting("max_returned_rows")
        return largest if wanted == "max" else int(self.ds.setting("default_facet_size"))

    def _value(self, name: str, value: str, count: int, labels: Mapping[str, str]) -> dict[str, object]:
        pair = ("_tag" if name == "tags" else name, value)
        others = [other for other in self.pairs if other != pair]
        query = urlencode(others if pair in self.pairs else [*self.pairs, pair])
        return {
            "value": value,
            "label": f"{split_tag(value)[1]} {labels[value]}" if name == "tags" else value,
            "count": count,
            "toggle_url": self.ds.absolute_url(self.request, f"{self.request.path}?{query}"),
            "selected": pair in self.pairs,
        }


@hookimpl
def register_facet_classes() -> list[type[ActivityFacets]]:
    """Lists of activities are counted by FACETS."""
    return [ActivityFacets]


@hookimpl
def register_routes(datasette: Any) -> list[tuple[str, Callable[..., Awaitable[object]]]]:
    """The site's own pages, and the whole file under a name that says what it is."""
    return (
        [*REUSE_ROUTES, *EXPORT_ROUTES, *PICTURE_ROUTES, *ROUTES, (f"{re.escape(DOWNLOAD)}$", _download)]
        if _is_ours(datasette)
        else []
    )


async def _download(datasette: Any) -> object:
    database = datasette.get_database(DATABASE)
    built_on = (await read(datasette, front_page)).built_on
    name = f"library-activities-asia-oceania-{built_on}.db"
    return AsgiFileDownload(database.path, filename=name, content_type="application/vnd.sqlite3")


@hookimpl
def handle_exception(datasette: Any, request: Any, exception: Exception) -> Callable[[], Awaitable[object]] | None:
    """What Datasette calls a failure of the server is mostly an address that makes no sense: it is answered so."""
    if not _is_ours(datasette) or getattr(exception, "status", 500) < 500:
        return None

    async def answer() -> object:
        status = 400 if request.query_string else 500
        if request.path.endswith(".json"):
            return Response.json({"ok": False, "error": ERRORS[status], "status": status}, status=status)
        page = await datasette.render_template("error.html", {"status": status}, request=request)
        return Response.html(page, status=status)

    return answer
