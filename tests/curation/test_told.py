"""Sentences of other rooms in the reader's language: every form that these rooms make is known to the desk."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawlers.fetch import _STATUS_SENTENCES
from curation.languages import speaking
from curation.told import FORMS, Told, noted, told
from publishing.report.form import section_prompts

ROOT = Path(__file__).parent.parent.parent
COUNTRIES = {"Mongolia": "Монгол"}


@pytest.mark.parametrize(
    ("tag", "sentence", "shown"),
    [
        ("mn", "The convenor's name is missing.", "Зохицуулагчийн нэр алга."),
        ("mn", "Mongolia: no activity.", "Монгол: үйл ажиллагаа алга."),
        ("mn", "Mongolia #2 “A: no link.”: no link.", "Монгол #2 “A: no link.”: холбоос алга."),
        ("ja", "no news for 20 days: newest of 2021-02-01", "20日間新着なし：最新は2021-02-01"),
        ("ko", "https://a.example/: there is no such page (404)", "https://a.example/: 그런 페이지가 없습니다(404)"),
        (
            "ko",
            "https://a.example/robots.txt: robots.txt cannot be read now, so nothing else is asked: the name a.example"
            " is not known (DNS); https://b.example/: the answer is cut off",
            "https://a.example/robots.txt: 지금 robots.txt를 읽을 수 없어 다른 것은 요청하지 않습니다: a.example"
            "라는 이름을 찾을 수 없습니다(DNS); https://b.example/: 응답이 중간에 끊겼습니다",
        ),
        ("ja", "https://a.example/: the answer is cut off; https://b.example/: no moon", None),
        ("ko", "repaired by the operator on 2021-02-10", "복구: 운영자, 2021-02-10"),
        ("ko", "newest of 2021-02-01, usually every 3 days", "최신 2021-02-01, 보통 3일마다"),
        (
            "ja",
            "Japan #1: the date (March 2, 2021) lies outside the period November 2020 – February 2021.",
            "Japan #1：日付（March 2, 2021）が期間2020年11月 – 2021年2月の外です。",
        ),
        (
            "zh-Hans",
            "reads 12 items, 9 of them known already, 12 with a date; older ones are at https://a.example/2",
            "读到 12 条，其中 9 条已知，12 条有日期；更早的在 https://a.example/2",
        ),
        ("zh-Hans", "no connection in time; it is still tried every four weeks", "连接超时；仍每四周尝试一次"),
    ],
)  # fmt: skip
def test_known_sentence_is_said_in_the_readers_language(tag: str, sentence: str, shown: str | None) -> None:
    with speaking(tag):
        assert told(sentence, COUNTRIES) == (Told(shown) if shown else Told(sentence, "en"))


def test_unknown_sentence_stays_english_and_says_so() -> None:
    with speaking("ja"):
        assert told("the moon is full") == Told("the moon is full", "en")
        assert told("") == Told("")
    assert told("the moon is full") == Told("the moon is full")


@pytest.mark.parametrize(
    ("tag", "note", "shown"),
    [
        ("zh-Hans", "From the report January 2017 – June 2017.", "来自 2017年1月 – 2017年6月 的报告。"),
        (
            "mn",
            "From the report November 2020 – February 2021.",
            "Тайлангаас авсан: 2020\u202fоны 11-р сар – 2021\u202fоны 2-р сар.",
        ),
        ("en", "From the report November 2020 – February 2021.", "From the report November 2020 – February 2021."),
        ("ko", "From the report of last year.", "From the report of last year."),
        ("ja", "gone", "gone"),  # a person's word, though sources are said to be so
    ],
)
def test_note_of_an_import_is_in_the_readers_language(tag: str, note: str, shown: str) -> None:
    with speaking(tag):
        assert noted(note) == shown


@pytest.mark.parametrize("form", FORMS)
def test_words_that_are_filled_in_go_through_unchanged(form: str) -> None:
    sentence = form.replace("{", "<b>").replace("}", "</b>")
    with speaking("mn"):
        said = told(sentence)
    assert not said.language
    assert all(part in said.text for part in {f"<b>{name.split('</b>')[0]}</b>" for name in sentence.split("<b>")[1:]})


def sentences(path: str, *functions: str) -> Iterator[str]:
    """What these functions yield, return or give to a record, with a word for each value that is filled in."""
    for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name in functions:
            inner = {id(part) for each in ast.walk(node) if isinstance(each, ast.JoinedStr) for part in ast.walk(each)}
            for part in ast.walk(node):
                whole = isinstance(part, ast.JoinedStr) or (isinstance(part, ast.Constant) and id(part) not in inner)
                text = _text(part) if whole else ""
                if " " in text and text != (ast.get_docstring(node, clean=False) or ""):
                    yield text


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return _text(node.value.orelse) if isinstance(node.value, ast.IfExp) else "X"
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


REMARKS = ("_lacking", "_date_remarks")  # of an activity, whose name stands before them
PARTS = {"lies partly outside", "lies outside", "the date (X)", "the publication (X)", "X activities", ", usually X"}


@pytest.mark.parametrize(
    ("path", "functions"),
    [
        ("publishing/report/checks.py", ("_missing", "_country_remarks", *REMARKS, "_shared_pages")),
        ("crawlers/repair.py", ("proposal_of",)),
        ("crawlers/moved.py", ("moved_proposal",)),
        ("crawlers/health.py", ("health_of", "_failing", "_empty", "_publishing", "_every")),
        ("tending.py", ("_repaired", "take_over", "look_for_repair", "believe", "drop", "add")),
    ],
)
def test_every_sentence_that_a_room_makes_is_known(path: str, functions: tuple[str, ...]) -> None:
    found = set(sentences(path, *functions)) - PARTS
    assert found
    with speaking("mn"):
        unknown = {text for text in found if told(text).language and told(f"X: {text}").language}
    assert unknown <= KNOWN_TO_BE_PARTS


# Put together with another part, or a refusal that names no form.
KNOWN_TO_BE_PARTS = {
    "X X the period X.",
    "X lies after the submission: is it told as planned?",
    "reads X items, X of them known already, X with a dateX",
    "X; the next poll reads it so",
    "every X days",
    "every day",
}


def test_what_servers_answer_and_what_the_form_asks_is_known() -> None:
    with speaking("ko"):
        assert [
            text for text in (*_STATUS_SENTENCES.values(), *section_prompts().values()) if told(text).language
        ] == []
