"""The tables as CSV and JSON, and what describes them (Data Package, specs.frictionlessdata.io). Pure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from db.public_exports import Column, Table
from publishing.reuse.addresses import whole
from publishing.site_settings import LICENCE, LICENCE_URL, MAKERS, TABLES, TITLE

Row = Sequence[Any]


def csv_lines(rows: Sequence[Row]) -> bytes:
    """Lines of CSV (RFC 4180): values exactly as they are, so that what comes back is what went out."""
    text = io.StringIO()
    csv.writer(text).writerows(["" if value is None else value for value in row] for row in rows)
    return text.getvalue().encode()


def csv_heading(table: Table) -> bytes:
    """The first line."""
    return csv_lines([[column.name for column in table.columns]])


def json_rows(table: Table, rows: Sequence[Row], *, first: bool) -> bytes:
    """The rows as members of an array that is open; the `first` ones begin it."""
    names = [column.name for column in table.columns]
    told = (json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) for row in rows)
    return "".join(f"{'' if first and not place else ','}\n{text}" for place, text in enumerate(told)).encode()


def data_package(address: str, tables: Sequence[Table], built_at: str, fingerprint: str) -> bytes:
    """The description of the whole set: its licence, its tables, the type and meaning of each column."""
    told = {
        "profile": "tabular-data-package",
        "name": "library-activities-asia-oceania",
        "id": whole(address, "/public"),
        "title": TITLE,
        "description": f"What libraries of the region did and published, chosen by {MAKERS}.",
        "homepage": whole(address, "/"),
        "version": fingerprint,
        "created": built_at,
        "licenses": [{"name": "CC-BY-4.0", "title": LICENCE, "path": LICENCE_URL}],
        "contributors": [{"title": MAKERS, "path": whole(address, "/"), "role": "author"}],
        "sources": [{"title": "News pages and feeds of the institutions named with each activity"}],
        "resources": [_resource(table) for table in tables],
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def _resource(table: Table) -> dict[str, object]:
    words: Mapping[str, Any] = TABLES[table.name]
    schema: dict[str, object] = {
        "fields": [_field(column, words["columns"][column.name]) for column in table.columns],
        "missingValues": [""],
    }
    if table.key:
        schema["primaryKey"] = list(table.key)
    keys = [
        {"fields": list(own), "reference": {"resource": to, "fields": list(other)}}
        for own, to, other in table.references
        if to != table.name
    ]
    if keys:
        schema["foreignKeys"] = keys
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "title": words["title"],
        "description": words["description"],
        "path": f"data/{table.name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": schema,
    }


def _field(column: Column, meaning: str) -> dict[str, object]:
    constraints = {"constraints": {"required": True}} if column.required and column.type == "INTEGER" else {}
    return {
        "name": column.name,
        "title": column.name.replace("_", " "),
        "description": meaning,
        **_type(column),
        **constraints,
    }


def _type(column: Column) -> dict[str, str]:
    if column.type == "INTEGER":
        return {"type": "integer"}
    if column.name.endswith("_at") and column.name != "now_at":
        return {"type": "datetime"}
    if column.name.endswith("_on"):
        return {"type": "date"}
    return {"type": "string"}
