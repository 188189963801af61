"""Forms of dates are passed over where none of their signs stands: no form may match a text without one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.pages import date_forms
from crawlers.pages.date_text import fold
from crawlers.pages.month_names import _SCRIPTS as OTHER_SCRIPTS
from crawlers.pages.month_names import LATIN, months_of, named

# Each place and each script has forms of its own; a year of an era is one more way to write any year.
PLACES = (("en", "INT"), ("zh", "TW"), ("ja", "JP"), ("ko", "KR"), ("th", "TH"), ("fa", "IR"))
LANGUAGES = ("en", "id", "ms", "uz", "fil", "vi")
SCRIPTS = (LATIN, *OTHER_SCRIPTS)
NAMED = "the name of a month"


@cache
def forms_with_signs() -> dict[str, frozenset[str]]:
    """Every pattern that is passed over for want of a sign, and its signs."""
    settings = [*((*place, LATIN) for place in PLACES), *(("en", "INT", script) for script in SCRIPTS)]
    return {
        pattern.pattern: signs
        for table in (date_forms._day_forms, date_forms._partial_forms)
        for language, country, script in [*settings, ("th", "TH", "thai"), ("fa", "IR", "arabic")]
        for pattern, _, signs in table(language, country, script, eras=True)
        if signs
    }


def without_a_sign(pattern: str, signs: frozenset[str]) -> bool:
    """Whether the pattern can match a text in which none of the signs stands."""
    parsed = import_module("re._parser").parse(pattern, re.IGNORECASE)
    names = {number for name, number in parsed.state.groupdict.items() if name == "name"}
    return not _needs(parsed, signs, names)


def _needs(parts: Any, signs: frozenset[str], names: set[int]) -> bool:
    """Whether one part of the sequence cannot match without a sign."""
    for kind, value in parts:
        match str(kind), value:
            case "SUBPATTERN", (group, _, _, inside):
                found = (group in names and NAMED in signs) or _needs(inside, signs, names)
            case "BRANCH", (_, branches):
                found = all(_needs(branch, signs, names) for branch in branches)
            case "MAX_REPEAT" | "MIN_REPEAT", (least, _, inside):
                found = least > 0 and _needs(inside, signs, names)
            case "LITERAL" | "IN", _:
                found = signs.issuperset(_letters(kind, value))
            case _:
                found = False
        if found:
            return True
    return False


def _letters(kind: object, value: Any) -> Iterator[str]:
    """The characters of a literal or a class in both cases; something that is no sign for classes of any other kind."""
    for member, code in [(kind, value)] if str(kind) == "LITERAL" else value:
        yield from (chr(code).lower(), chr(code).upper()) if str(member) == "LITERAL" else ("any",)


def test_no_form_matches_without_one_of_its_signs() -> None:
    forms = forms_with_signs()
    assert len(forms) > 100
    assert [pattern for pattern, signs in forms.items() if without_a_sign(pattern, signs)] == []


def test_every_sign_is_looked_for() -> None:
    signs = frozenset().union(*forms_with_signs().values()) - {NAMED}
    assert {sign for sign in signs if sign not in date_forms._signs(sign, "en", LATIN)} == set()


@pytest.mark.parametrize(
    ("pattern", "signs"),
    [
        pytest.param(r"\d{4}(?P<sep>[-./])\d\d", "-.", id="one of the separators is no sign"),
        pytest.param(r"\d{4}[-./]?\d\d", "-./", id="the separator may be left out"),
        pytest.param(r"\d{4}(?:年|\s)\d\d", "年", id="one of the branches has none"),
        pytest.param(r"\d{4}j\d\d", "j", id="the capital is no sign"),
        pytest.param(r"\d{4}(?=-)", "-", id="not in what is matched"),
        pytest.param(r"\d{4}[^-]\d\d", "-", id="all but the sign"),
    ],
)
def test_wrong_signs_are_noticed(pattern: str, signs: str) -> None:
    assert without_a_sign(pattern, frozenset(signs))


@given(st.sampled_from(LANGUAGES), st.sampled_from(SCRIPTS), st.data())
def test_name_of_a_month_is_its_sign(language: str, script: str, data: st.DataObject) -> None:
    months = months_of(language, script)
    month = re.compile(data.draw(st.sampled_from(months)), re.IGNORECASE)
    text = fold(f"2 {data.draw(st.from_regex(month, fullmatch=True))} 2021")
    if re.search(named(months), text, re.IGNORECASE):
        assert NAMED in date_forms._signs(text, language, script)
