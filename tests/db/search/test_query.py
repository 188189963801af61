"""What a person typed, understood; and that nothing she types is an error."""

from __future__ import annotations

import json
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.search.names import FILE
from db.search.query import MAX_TERMS, Narrowing, expression, parse, relaxed, span_of
from db.search.words import index_text

PIECES = [
    *(
        '"',
        "-",
        "図",
        "図書館",
        "номын",
        "a",
        "NLC",
        "(",
        ")",
        "*",
        "AND",
        "NOT",
        "NEAR(",
        "OR",
        "^",
        ":",
        "'",
        "{",
        "}",
        "+",
    ),
    *("country:JP", "tag:", "date:2020..", "-tag:SD1", "title:", "source:ndl", "state:x", "「", "」", "\\", "e-book"),
    *("\u3000", "\x00"),
]
TYPED = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(PIECES), max_size=20).map(" ".join),
    st.lists(st.sampled_from(['"', "-", "図", "a", "*", ":", " ", "(", "\x00", "tag:x"]), max_size=20).map("".join),
)


def index() -> sqlite3.Connection:
    conn = sqlite3.connect(":memory:")
    conn.execute("CREATE VIRTUAL TABLE words USING fts5 (text, content = '', tokenize = 'ascii')")
    return conn


@given(TYPED)
def test_no_query_is_an_error(typed: str) -> None:
    conn = index()
    for query in (parse(typed), relaxed(parse(typed))):
        if asked := expression(query.wanted, query.unwanted):
            conn.execute("SELECT count(*) FROM words WHERE words MATCH ?", (asked,)).fetchone()
    conn.close()


@given(st.text(st.characters(exclude_categories=("Cs", "Cn", "Co")), min_size=1, max_size=30))
def test_text_is_found_by_itself(text: str) -> None:
    if any(letter in '"“”„«»「」『』＂' for letter in text) or ":" in text or "：" in text or "-" in text:
        return
    query = parse(text)
    if not query.wanted:
        return
    conn = index()
    conn.execute("INSERT INTO words (rowid, text) VALUES (1, ?)", (index_text(text),))
    asked = expression(query.wanted)
    assert conn.execute("SELECT count(*) FROM words WHERE words MATCH ?", (asked,)).fetchone()[0] == 1
    conn.close()


@pytest.mark.parametrize(
    ("typed", "narrowings"),
    [
        ("country:JP", [Narrowing("country", "JP")]),
        ("Country：ＪＰ", [Narrowing("country", "ＪＰ")]),
        ("-tag:SD2 図書", [Narrowing("tag", "SD2", excluded=True)]),
        ('country:"Korea, Republic of"', [Narrowing("country", "Korea, Republic of")]),
        ("tag:IFLA-2019-2024:SD2", [Narrowing("tag", "IFLA-2019-2024:SD2")]),
        ("date:2020-11..2021-02", [Narrowing("date", "2020-11..2021-02")]),
        ("date:someday", []),
        ("country:", []),
        ("planet:mars", []),
        ("http://x.example/?tag=1", []),
    ],
)
def test_fields_are_told_from_words(typed: str, narrowings: list[Narrowing]) -> None:
    assert list(parse(typed).narrowings) == narrowings


def test_unknown_field_is_looked_for_as_words() -> None:
    assert parse("state:later", fields=("country",)).terms[0].parts[0].text == "state"
    assert parse("date:someday").wanted


@pytest.mark.parametrize(
    ("value", "span"),
    [
        ("2020", ("2020-01-01", "2020-12-31")),
        ("2020-11", ("2020-11-01", "2020-11-31")),
        ("2020-11-05", ("2020-11-05", "2020-11-05")),
        ("2020-11..2021-02", ("2020-11-01", "2021-02-31")),
        ("2020-11..", ("2020-11-01", "2999-12-31")),
        ("..2020", ("1000-01-01", "2020-12-31")),
        ("2020年11月", ("2020-11-01", "2020-11-31")),
        ("２０２０", ("2020-01-01", "2020-12-31")),
        ("..", None),
        ("2020-13", None),
        ("2020..soon", None),
        ("yesterday", None),
    ],
)
def test_spans_of_days(value: str, span: tuple[str, str] | None) -> None:
    assert span_of(value) == span


@pytest.mark.parametrize("typed", ["", " ", '"', "-", "***", "（）", "\x00", "\ud800", "- -", '""', "🙂"])
def test_nothing_to_look_for_is_an_empty_query(typed: str) -> None:
    assert not parse(typed)


def test_long_question_is_cut() -> None:
    assert len(parse("a b " * 10_000).terms) <= MAX_TERMS


def test_table_of_institutions_is_data_in_good_order() -> None:
    institutions = json.loads(FILE.read_text(encoding="utf-8"))
    assert len(institutions) >= 40
    assert len({one["id"] for one in institutions}) == len(institutions)
    for one in institutions:
        assert set(one) == {"id", "country", "names"}
        assert len(one["names"]) == len(set(one["names"])) >= 1
        assert all(name == name.strip() for name in one["names"])
