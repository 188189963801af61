"""The single keys of the desk: which command each one gives, and what a person may change about it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from db.errors import DecisionError
from db.records import User

# Command → its key, and what it does. Digits tick tags, so they are not free.
COMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "impactful": ("i", "impactful"),
        "later": ("l", "later"),
        "dismiss": ("d", "dismiss"),
        "note": ("n", "write a note"),
        "edit": ("e", "edit: all tags, title, text, link, country, impact"),
        "open": ("o", "open the original in a new tab"),
        "kept": ("c", "open the kept copy in a new tab"),
        "next": ("j", "next item (also ↓)"),
        "previous": ("k", "item before (also ↑)"),
        "select": ("x", "select or unselect, to decide on many at once"),
        "undo": ("z", "undo your last decision"),
        "search": ("/", "search all items"),
        "help": ("?", "this list"),
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
            raise DecisionError(f"The key {key} would mean two things: {' and '.join(same)}.")
    return {command: key for command, key in keys.items() if key != DEFAULTS[command]}


def _key(command: str, typed: str) -> str:
    key = typed.strip().lower() or DEFAULTS[command]
    if len(key) != 1 or not ("!" <= key <= "~"):
        raise DecisionError(f"The key for “{command}” must be one letter or sign of a Latin keyboard.")
    if key.isdigit():
        raise DecisionError(f"Digits tick tags, so {key} cannot mean “{command}”.")
    return key
