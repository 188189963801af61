"""The single keys of the desk: which command each one gives, and what a person may change about it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from curation.languages import gettext, marked
from db.errors import DecisionError
from db.records import User

# Command → its key, and what it does. Digits tick tags, so they are not free.
COMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "impactful": ("i", marked("impactful")),
        "later": ("l", marked("later")),
        "dismiss": ("d", marked("dismiss")),
        "note": ("n", marked("write a note")),
        "edit": ("e", marked("edit: all tags, title, text, link, country, impact")),
        "open": ("o", marked("open the original in a new tab")),
        "kept": ("c", marked("open the kept copy in a new tab")),
        "next": ("j", marked("next item (also ↓)")),
        "previous": ("k", marked("item before (also ↑)")),
        "select": ("x", marked("select or unselect, to decide on many at once")),
        "undo": ("z", marked("undo your last decision")),
        "search": ("/", marked("search all items")),
        "help": ("?", marked("this list")),
    }
)
DEFAULTS: Mapping[str, str] = MappingProxyType({command: key for command, (key, _) in COMMANDS.items()})


def keys_of(user: User | None) -> dict[str, str]:
    """Command → key, as this person has them."""
    chosen = user.keys if user else {}
    return {command: chosen.get(command, key) for command, key in DEFAULTS.items()}


def chosen_keys(typed: Mapping[str, str]) -> dict[str, str]:
    """What differs from the defaults in the keys as typed; an empty one means the default.

    DecisionError when a key is none, is a digit, or would give two commands.
    """
    keys = {command: _key(command, typed.get(command, "")) for command in DEFAULTS}
    for key in keys.values():
        same = [other for other in keys if keys[other] == key]
        if len(same) > 1:
            both = gettext(", ").join(gettext(COMMANDS[command][1]) for command in same)
            sentence = gettext("The key {key} would mean two things: {commands}.")
            raise DecisionError(sentence.format(key=key, commands=both))
    return {command: key for command, key in keys.items() if key != DEFAULTS[command]}


def _key(command: str, typed: str) -> str:
    key = typed.strip().lower() or DEFAULTS[command]
    if len(key) != 1 or not ("!" <= key <= "~"):
        sentence = gettext("The key for “{command}” must be one letter or sign of a Latin keyboard.")
        raise DecisionError(sentence.format(command=gettext(COMMANDS[command][1])))
    if key.isdigit():
        sentence = gettext("Digits tick tags, so {key} cannot mean “{command}”.")
        raise DecisionError(sentence.format(key=key, command=gettext(COMMANDS[command][1])))
    return key
