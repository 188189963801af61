"""The language in which the desk speaks: gettext catalogues, and which of them a request gets.

The catalogues are the `.po` files below `locale/`, read as they are: nothing is compiled. English is in the code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

from markupsafe import Markup

LANGUAGES: Mapping[str, str] = MappingProxyType(  # BCP 47 tag → the language's own name
    {"en": "English", "zh-Hans": "简体中文", "ja": "日本語", "ko": "한국어", "mn": "Монгол"}
)
ENGLISH = "en"
FOLDER = Path(__file__).parent / "locale"
COOKIE = "desk_language"
MAX_HEADER_CHARACTERS = 500

_spoken: ContextVar[str] = ContextVar("language of the desk", default=ENGLISH)


def language() -> str:
    """The language spoken in this context, as a BCP 47 tag; English where nothing else was said."""
    return _spoken.get()


@contextmanager
def speaking(tag: str) -> Iterator[None]:
    """Inside, `gettext` and `ngettext` answer in this language."""
    token = _spoken.set(tag if tag in LANGUAGES else ENGLISH)
    try:
        yield
    finally:
        _spoken.reset(token)


def speak(tag: str) -> None:
    """From here to the end of the innermost `speaking`, the language is this one."""
    _spoken.set(tag if tag in LANGUAGES else ENGLISH)


def gettext(message: str) -> str:
    """The message in the language spoken; the English one where the catalogue has none."""
    return _translations(language()).gettext(message)


def in_page(message: str, **values: object) -> Markup:
    """The message as a page shows it, with these values in it; a value that is no markup is escaped."""
    shown = _markup(language(), message)
    return shown % values if values else shown


@lru_cache(maxsize=4_096)
def _markup(tag: str, message: str) -> Markup:
    return Markup(_translations(tag).gettext(message))


def ngettext(one: str, many: str, number: int) -> str:
    """The form of the message that goes with the number, in the language spoken."""
    return _translations(language()).ngettext(one, many, number)


def marked(message: str) -> str:
    """The message itself: it enters the catalogues here and is said with `gettext` where it is shown."""
    return message


def chosen_language(wanted: str | None, accepted: str) -> str:
    """The language that was chosen before, else the best of `Accept-Language` (RFC 9110, 12.5.4), else English."""
    if wanted in LANGUAGES:
        return str(wanted)
    ranked = sorted((-quality, place, tag) for place, (tag, quality) in enumerate(_ranges(accepted)) if quality > 0)
    return next((known for _, _, tag in ranked if (known := _known(tag))), ENGLISH)


def locale_name(tag: str) -> str:
    """The name that CLDR gives the language: `zh_Hans`; English is that of Britain, whose dates begin with the day."""
    return "en_GB" if tag == ENGLISH else tag.replace("-", "_")


@cache
def script_messages(tag: str) -> Mapping[str, str | tuple[str, ...]]:
    """English → translated, of the messages that the desk's scripts say; a tuple of forms where a number decides."""
    if tag == ENGLISH:
        return {}
    found: dict[str, str | tuple[str, ...]] = {}
    for message in _catalogue(tag):
        if message.id and message.string and any(name.endswith(".js") for name, _ in message.locations):
            key = message.id if isinstance(message.id, str) else message.id[0]
            found[key] = message.string if isinstance(message.string, str) else tuple(message.string)
    return found


def _ranges(accepted: str) -> Iterator[tuple[str, float]]:
    for part in accepted[:MAX_HEADER_CHARACTERS].split(","):
        tag, _, weight = part.partition(";")
        try:
            yield tag.strip(), float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue


def _known(tag: str) -> str | None:
    # Simplified Chinese also for readers of the traditional script: nearer to them than English.
    primary = tag.lower().partition("-")[0]
    return next((known for known in LANGUAGES if known.partition("-")[0] == primary), None)


@cache
def _translations(tag: str) -> NullTranslations:
    if tag == ENGLISH:
        return NullTranslations()
    from babel.messages.mofile import write_mo

    compiled = BytesIO()
    write_mo(compiled, _catalogue(tag))
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def _catalogue(tag: str) -> Catalog:
    from babel.messages.pofile import read_po

    with (FOLDER / locale_name(tag) / "LC_MESSAGES" / "desk.po").open("rb") as file:
        return read_po(file, locale=locale_name(tag))
