"""Records that a file describes: checked by their types, what does not fit named by its place and in plain words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Annotated, Any, ClassVar, Self, get_args, get_origin, get_type_hints

import msgspec

# msgspec's own words are for programmers.
_ABOUT_KEYS = (
    (r"Object missing required field `(.+)`", "is required"),
    (r"Object contains unknown field `(.+)`", "is not permitted: there is no such key here"),
)
_ABOUT_VALUES = (
    (r"Expected `array.*?`, got .*", "must be a list"),
    (r"Expected `object.*?`, got .*", "must be a dictionary: keys and values"),
    (r"Expected `str.*?`, got .*", "must be text; put it in quotes"),
    (r"Expected `(?:bool).*?`, got .*", "must be true or false"),
    (r"Expected `(?:int|float).*?`, got .*", "must be a number"),
    (r"Expected `(?:int|float)` >= (.*)", "must be at least {}"),
    (r"Expected `(?:int|float)` > (.*)", "must be more than {}"),
    (r"Expected `(?:int|float)` <= (.*)", "must be at most {}"),
    (r"Expected `str` matching regex (.*)", "must match the pattern {}"),
    (r"Invalid enum value (.*)", "cannot be {}"),
)
_TOLD = re.compile(r"(.*?)(?: - at (?:`key` in )?`\$(.*)`)?", re.DOTALL)
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")


class BlockError(ValueError):
    """What the file says does not fit."""

    def __init__(self, sentence: str, where: tuple[str, ...] = ()) -> None:
        super().__init__(f"{'.'.join(where)}: {sentence}" if where else sentence)
        self.sentence = sentence
        self.where = where  # the keys that lead there, numbers of a list among them


class Check:
    """Marks the type of a field whose value this function looks at; it raises a ValueError with a sentence."""

    def __init__(self, look: Callable[[Any], None]) -> None:
        self.look = look


class Block(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """A part of a file; text has no spaces around it."""

    words: ClassVar[Mapping[str, str]] = {}  # what is said of a key, whatever is wrong with what it holds

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if type(value) is str and value != value.strip():
                msgspec.structs.force_setattr(self, name, value.strip())
        for name, look in _checks(type(self)):
            value = getattr(self, name)
            try:
                if value is not None:
                    look(value)
            except ValueError as error:
                raise ValueError(f"`{name}` {error}") from error

    @classmethod
    def checked(cls, raw: object) -> Self:
        """What the file says, as a record; BlockError names the first thing that does not fit."""
        try:
            return msgspec.convert(raw, cls)
        except msgspec.ValidationError as error:
            raise _block_error(str(error), cls.words) from None

    def changed(self, **fields: Any) -> Self:
        """The same with these fields."""
        return msgspec.structs.replace(self, **fields)


@cache
def _checks(kind: type[Block]) -> tuple[tuple[str, Callable[[Any], None]], ...]:
    hints = get_type_hints(kind, include_extras=True)
    return tuple((name, look) for name in kind.__struct_fields__ for look in _looks(hints[name]))


def _looks(hint: Any) -> Iterator[Callable[[Any], None]]:
    """The checks of a type, or of what it may be besides None."""
    if get_origin(hint) is Annotated:
        yield from (mark.look for mark in hint.__metadata__ if isinstance(mark, Check))
    else:
        for part in get_args(hint):
            if get_origin(part) is Annotated and type(None) in get_args(hint):
                yield from _looks(part)


def _block_error(text: str, words: Mapping[str, str]) -> BlockError:
    told = _TOLD.fullmatch(text)
    assert told is not None  # everything matches
    where = tuple(name or number for name, number in _STEP.findall(told[2] or ""))
    if own := re.fullmatch(r"`(\w+)` (.*)", told[1], re.DOTALL):
        return BlockError(own[2], (*where, own[1]))
    for pattern, sentence in _ABOUT_KEYS:
        if match := re.fullmatch(pattern, told[1]):
            return BlockError(sentence, (*where, match[1]))
    if own_words := next((words[key] for key in reversed(where) if key in words), None):
        return BlockError(own_words, where)
    for pattern, sentence in _ABOUT_VALUES:
        if match := re.fullmatch(pattern, told[1], re.DOTALL):
            return BlockError(sentence.format(*match.groups()), where)
    return BlockError(told[1], where)
