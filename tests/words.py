"""The messages of the desk: taken from the code, compared with the catalogues, brought into them by `make words`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from curation.languages import ENGLISH, FOLDER, LANGUAGES, locale_name

ROOM = FOLDER.parent
KEYWORDS = {"_": None, "gettext": None, "marked": None, "ngettext": (1, 2)}
METHODS = [("templates/**.html", "jinja2"), ("static/**.js", "javascript"), ("**.py", "python")]
OPTIONS = {"templates/**.html": {"trimmed": "true", "silent": "false", "newstyle_gettext": "true"}}
HEADER = """\
msgid ""
msgstr ""
"Project-Id-Version: convenor\\n"
"Language: {tag}\\n"
"Plural-Forms: {forms}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")
MARKUP = re.compile(r"<[^>]+>")


def messages_of_code() -> Catalog:
    """Every message that the desk can say, with the files in which it stands."""
    found = Catalog(fuzzy=False)
    for name, _, message, comments, context in extract_from_dir(ROOM, METHODS, OPTIONS, KEYWORDS, ("Translators:",)):
        found.add(message, None, [(name, 0)], auto_comments=comments, context=context)
    return found


def catalogues() -> Iterator[tuple[str, Catalog]]:
    """Language and catalogue, of all languages but English."""
    for tag in LANGUAGES:
        if tag != ENGLISH:
            with path_of(tag).open("rb") as file:
                yield tag, read_po(file, locale=locale_name(tag))


def path_of(tag: str) -> Path:
    """Where the catalogue of a language is kept."""
    return FOLDER / locale_name(tag) / "LC_MESSAGES" / "desk.po"


def forms_of(message: Message) -> tuple[str, ...]:
    """The translations of a message, one for each form of its number."""
    return (message.string or "",) if isinstance(message.string, str | None) else tuple(message.string)


def bring_in() -> None:
    """Each catalogue holds the messages of the code and no others; a translation that stands is left as it is."""
    wanted = messages_of_code()
    for tag, catalogue in catalogues():
        catalogue.update(wanted, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        with path_of(tag).open("wb") as file:
            file.write(HEADER.format(tag=tag, forms=catalogue.plural_forms).encode())
            write_po(file, catalogue, width=110, sort_output=True, omit_header=True, include_lineno=False)
        missing = sum(not all(forms_of(message)) for message in catalogue if message.id)
        print(f"{tag}: {len(catalogue)} messages, {missing} wait for a translation")


if __name__ == "__main__":
    bring_in()
