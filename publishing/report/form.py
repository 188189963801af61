"""The form of the report as data: its lines, prompts, columns and the way it prints the terms of a strategy."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from msgspec import Struct, field

from db.records import Term, Vocabulary

SHIPPED = Path(__file__).parent / "form.json"


class LabelStyle(Struct, frozen=True):
    """How the form prints the terms of one vocabulary; `labels` replaces the vocabulary's own wording, by code."""

    listed: str = "{number} – {label}"  # in the list of section III
    in_table: str = "{number}. {label}"  # in the column Impact
    labels: Mapping[str, str] = field(default_factory=dict)


class Form(Struct, frozen=True):
    """The template. `**…**` marks what is printed bold; braces are filled from the report."""

    title_lines: tuple[str, ...]
    period_line: str
    sub_region_field: str
    convenor_field: str
    submission_line: str
    sections_heading: str
    sections: Mapping[str, str]  # letter → prompt
    activities_prompt: str
    asked_per_country: int
    impact_prompt: str
    columns: Mapping[str, int]  # heading → share of the width in percent
    country_label: str
    activity_label: str
    link_label: str
    label_styles: Mapping[str, LabelStyle]  # vocabulary → style


@cache
def shipped_form() -> Form:
    """The form as the Regional Office hands it out."""
    raw = json.loads(SHIPPED.read_text(encoding="utf-8"))
    raw["title_lines"] = tuple(raw["title_lines"])
    raw["label_styles"] = {key: LabelStyle(**style) for key, style in raw["label_styles"].items()}
    return Form(**raw)


def section_prompts() -> Mapping[str, str]:
    """What each lettered section asks for, by letter, in printed order."""
    return dict(shipped_form().sections)


def directions(vocabulary: Vocabulary) -> tuple[Term, ...]:
    """The first level of a vocabulary, in its order: what the report speaks of."""
    first_level = (term for term in vocabulary.terms if term.parent is None)
    return tuple(sorted(first_level, key=lambda term: term.position))


def direction_number(term: Term) -> int:
    """The number that the form prints for a term: SD4 → 4."""
    digits = re.search(r"\d+", term.code)
    return int(digits[0]) if digits else term.position + 1


def listed_label(term: Term, form: Form) -> str:
    """The term as section III lists it: `SD 4 – Optimise our organization`."""
    style = form.label_styles.get(term.vocabulary, LabelStyle())
    return style.listed.format(number=direction_number(term), label=style.labels.get(term.code, term.label))


def table_label(term: Term, form: Form) -> str:
    """The term as the table prints it: `4. Optimise our organization`."""
    style = form.label_styles.get(term.vocabulary, LabelStyle())
    return style.in_table.format(number=direction_number(term), label=style.labels.get(term.code, term.label))
