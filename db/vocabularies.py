"""The strategies and their terms: shipped as data, kept in the database, referred to by every tag."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from db.connect import transaction
from db.records import Term, Vocabulary

Row = tuple[Any, ...]
SHIPPED = Path(__file__).parent / "data" / "vocabularies.json"


def shipped_vocabularies() -> tuple[Vocabulary, ...]:
    """The vocabularies that come with the project, terms in printed order, each parent before its children."""
    raw = json.loads(SHIPPED.read_text(encoding="utf-8"))
    return tuple(
        Vocabulary(
            id=block["id"],
            title=block["title"],
            level1_name=block["level1_name"],
            level2_name=block["level2_name"],
            valid_from=block["valid_from"],
            valid_to=block["valid_to"],
            terms=tuple(_terms(block["id"], block["terms"])),
        )
        for block in raw
    )


def _terms(vocabulary: str, raw: list[dict[str, Any]]) -> Iterator[Term]:
    flat = [(None, term) for term in raw]
    flat += [(term["code"], child) for term in raw for child in term.get("children", ())]
    for position, (parent, term) in enumerate(flat):
        yield Term(
            vocabulary,
            term["code"],
            parent,
            term["label"],
            term.get("labels") or _other_labels(term),
            position,
            term.get("definition", ""),
            term["certainty"].startswith("A"),
        )


_TRADITIONAL = frozenset("強圖書館話語權專業實踐發連並壯們優組織")  # none of them is written so in simplified Chinese


def _other_labels(term: dict[str, Any]) -> dict[str, str]:
    """The first label known in Chinese, traditional or simplified told from its characters."""
    labels: dict[str, str] = {}
    for label in term.get("other_labels", ()):
        if any("\u4e00" <= letter <= "\u9fff" for letter in label):
            labels.setdefault("zh-Hans" if _TRADITIONAL.isdisjoint(label) else "zh-Hant", label)
    return labels


def register_vocabularies(conn: sqlite3.Connection, vocabularies: tuple[Vocabulary, ...]) -> None:
    """These vocabularies and terms are known; wording is brought up to date, nothing is removed."""
    ids = {vocabulary.id for vocabulary in vocabularies}
    if tuple(known for known in list_vocabularies(conn) if known.id in ids) == vocabularies:
        return  # as nearly always: a database that is only opened is not written
    with transaction(conn):
        for position, vocabulary in enumerate(vocabularies):
            conn.execute(
                "INSERT INTO vocabularies (id, title, level1_name, level2_name, valid_from, valid_to, position)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET title = excluded.title,"
                " valid_to = excluded.valid_to, position = excluded.position",
                (
                    vocabulary.id,
                    vocabulary.title,
                    vocabulary.level1_name,
                    vocabulary.level2_name,
                    vocabulary.valid_from,
                    vocabulary.valid_to,
                    position,
                ),
            )
            conn.executemany(
                "INSERT INTO terms (vocabulary, code, parent, label, labels, position, definition, certain)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (vocabulary, code) DO UPDATE SET label = excluded.label, labels = excluded.labels,"
                " position = excluded.position, definition = excluded.definition, certain = excluded.certain",
                [_term_values(term) for term in vocabulary.terms],
            )


def _term_values(term: Term) -> tuple[object, ...]:
    labels = json.dumps(dict(term.labels), ensure_ascii=False)
    return (
        term.vocabulary,
        term.code,
        term.parent,
        term.label,
        labels,
        term.position,
        term.definition,
        int(term.certain),
    )


def list_vocabularies(conn: sqlite3.Connection) -> tuple[Vocabulary, ...]:
    """The vocabularies with their terms, in the order they are shown."""
    terms = conn.execute(
        "SELECT vocabulary, code, parent, label, labels, position, definition, certain FROM terms"
        " ORDER BY vocabulary, position"
    )
    rows = conn.execute(
        "SELECT id, title, level1_name, level2_name, valid_from, valid_to FROM vocabularies ORDER BY position, id"
    )
    return _vocabularies(tuple(map(tuple, rows)), tuple(map(tuple, terms)))


@lru_cache(maxsize=4)  # every page needs them, and they hardly ever change
def _vocabularies(rows: tuple[Row, ...], terms: tuple[Row, ...]) -> tuple[Vocabulary, ...]:
    listed: dict[str, list[Term]] = {}
    for vocabulary, code, parent, label, labels, position, definition, certain in terms:
        term = Term(vocabulary, code, parent, label, json.loads(labels), position, definition, bool(certain))
        listed.setdefault(vocabulary, []).append(term)
    return tuple(
        Vocabulary(id_, title, level1, level2, valid_from, valid_to, tuple(listed.get(id_, ())))
        for id_, title, level1, level2, valid_from, valid_to in rows
    )
