"""Every sentence of the desk goes through the catalogues, and every catalogue has it, whole."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from curation.languages import ENGLISH, LANGUAGES, locale_name
from tests.words import MARKUP, PLACEHOLDER, ROOM, catalogues, forms_of, messages_of_code

CATALOGUES = dict(catalogues())
by_language = pytest.mark.parametrize("tag", [tag for tag in LANGUAGES if tag != ENGLISH])
JINJA = r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}"
TOKENS = re.compile(rf"(?P<jinja>{JINJA})|(?P<tag><(?:{JINJA}|[^<>])*>)|(?P<text>[^<{{]+)|(?P<rest>[<{{])", re.DOTALL)
SEEN_ATTRIBUTES = re.compile(r'\b(?:aria-label|placeholder|title|alt)="([^"]*)"')
WORD = re.compile(r"[A-Za-z]{2}")
LITERAL = {"UTC", "Esc"}  # the same in every language
GUIDE = (ROOM.parent / "docs" / "languages.md").read_text("utf-8")
VALUE = r"(?:%\(\w+\)s|\{\w+\})(?:</\w+>)?[”’»」]?"  # what is filled in, with the mark that closes it
SLIPS = {
    "zh-Hans": r"[一-鿿][,;:?!(]|你",
    "ja": r"[぀-ヿ一-鿿][,;:?!(]|[぀-ヿ一-鿿] [A-Za-z0-9%{]|[A-Za-z0-9)}] [぀-ヿ一-鿿]|あなた|ブラウザ(?!ー)",
    "ko": rf"{VALUE}(?:이|가|은|는|을|를|와|과|로|으로|이\(가\))(?![가-힣])|세요|당신|귀하",
    "mn": rf"{VALUE}-?[а-яөүё]|(?:аарай|ээрэй|оорой|өөрэй)\b",
}
REFUSALS = {"AccessError", "DecisionError", "MissingError", "ReportError"}


@pytest.fixture(scope="module")
def said() -> Catalog:
    return messages_of_code()


@by_language
def test_every_message_is_translated_and_none_is_left_over(tag: str, said: Catalog) -> None:
    catalogue = CATALOGUES[tag]
    known = {message.id: message for message in catalogue if message.id}
    assert known.keys() == {message.id for message in said if message.id}, "run `make words`"
    assert [message.id for message in known.values() if not all(forms_of(message))] == []
    assert [message.id for message in known.values() if message.fuzzy] == []
    assert {len(forms_of(m)) for m in known.values() if m.pluralizable} == {catalogue.num_plurals}


@by_language
def test_translations_keep_what_is_filled_in_and_the_markup(tag: str) -> None:
    wrong = []
    for message in CATALOGUES[tag]:
        original = message.id if isinstance(message.id, str) else message.id[-1]
        for form in forms_of(message) if original else ():
            for kept in (PLACEHOLDER, MARKUP):
                if sorted(set(kept.findall(original))) != sorted(set(kept.findall(form))):
                    wrong.append((original, form))
    assert wrong == []


@by_language
def test_catalogue_is_written_in_the_script_of_its_language(tag: str) -> None:
    scripts = {
        "zh-Hans": "\u4e00-\u9fff",
        "ja": "\u3040-\u30ff\u4e00-\u9fff",
        "ko": "\uac00-\ud7a3",
        "mn": "\u0400-\u04ff",
    }
    own = re.compile(f"[{scripts[tag]}]")
    foreign = [
        message.id
        for message in CATALOGUES[tag]
        if message.id
        and WORD.search(re.sub(r"\W*Word\W.*|Esc", "", str(message.id)))
        and not own.search(forms_of(message)[0])
    ]
    assert foreign == [] and locale_name(tag)


@by_language
def test_catalogue_calls_one_thing_by_one_word(tag: str) -> None:
    words = glossary(tag)
    term = re.compile(rf"\b({'|'.join(sorted(words, key=len, reverse=True))})(?:s|d|ed)?\b")
    wrong = []
    for message in CATALOGUES[tag]:
        original = message.id if isinstance(message.id, str) else message.id[-1]
        bare = re.sub(rf"<kbd>.*?</kbd>|“.*?”|{PLACEHOLDER.pattern}", "", original).lower()
        for named in set(term.findall(bare)):
            if not any(word in form.lower() for form in forms_of(message) for word in words[named]):
                wrong.append((named, words[named], original, forms_of(message)))
    assert words and wrong == []


def glossary(tag: str) -> dict[str, list[str]]:
    """English term → the words, or their stems, that stand for it: the table of docs/languages.md."""
    rows = [[cell.strip() for cell in row.strip("| ").split("|")] for row in GUIDE.splitlines() if row.startswith("| ")]
    column = rows[0].index(LANGUAGES[tag])
    return {
        term.lower(): [word.rstrip("-").lower() for word in row[column].split(", ")]
        for row in rows[2:]
        for term in row[0].split(", ")
    }


@by_language
def test_catalogue_keeps_the_manners_and_marks_of_its_language(tag: str) -> None:
    slip = re.compile(SLIPS[tag])
    assert [form for message in CATALOGUES[tag] if message.id for form in forms_of(message) if slip.search(form)] == []


@pytest.mark.parametrize("path", sorted((ROOM / "templates").glob("*.html")), ids=lambda path: path.stem)
def test_template_has_no_words_outside_the_catalogues(path: Path) -> None:
    assert list(untranslated(path.read_text("utf-8"))) == []


def untranslated(template: str) -> list[str]:
    """The words that a person would see as they stand in the template."""
    found, translated = [], False
    for token in TOKENS.finditer(template):
        text = token.group()
        if text.startswith(("{% trans", "{% endtrans")):
            translated = not text.startswith("{% endtrans")
        elif token["tag"]:
            found += [value for value in SEEN_ATTRIBUTES.findall(re.sub(JINJA, "", text)) if is_sentence(value)]
        elif token["text"] and not translated and is_sentence(text):
            found.append(text.strip())
    return found


def is_sentence(text: str) -> bool:
    return (
        bool(WORD.search(text)) and text.strip(" ·.:…") not in LITERAL and not text.startswith(("http", "javascript:"))
    )


@pytest.mark.parametrize("path", sorted(ROOM.glob("*.py")), ids=lambda path: path.stem)
def test_room_refuses_and_says_nothing_past_the_catalogues(path: Path) -> None:
    calls = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call) and node.args)
    assert [ast.unparse(call) for call in calls if name_of(call) in REFUSALS | {"say"} and is_bare(call.args[0])] == []


def name_of(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def is_bare(argument: ast.expr) -> bool:
    if isinstance(argument, ast.IfExp):
        return is_bare(argument.body) or is_bare(argument.orelse)
    return isinstance(argument, ast.JoinedStr) or (isinstance(argument, ast.Constant) and bool(argument.value))


@pytest.mark.parametrize("path", sorted((ROOM / "static").glob("*.js")), ids=lambda path: path.stem)
def test_script_says_nothing_past_the_catalogues(path: Path) -> None:
    said_bare = re.compile(
        r"""(?:\bsay\(|\bcomplain\([^,()]*,\s*|\.textContent\s*=\s*|"aria-label",\s*)(["`][A-Za-z][^)]*)"""
    )
    assert said_bare.findall(path.read_text("utf-8")) == []
