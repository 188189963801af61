"""What a person typed, understood; and the same as a question to the index. Pure; no text is ever an error.

Words side by side must all occur; "quoted words" in this order and no longer than typed; -word must not occur;
`country:JP`, `tag:SD2`, `date:2020-11..2021-02`, `source:ndl`, `lang:ja`, `state:later` narrow. A word also finds
longer ones that begin with it, and the name of an institution its names in other languages (db.search.names).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from db.search.fold import fold
from db.search.names import LONGEST_NAME, Name, other_names
from db.search.words import Run, phrase, runs

MAX_CHARACTERS = 400  # of what is typed; what follows is not read
MAX_TERMS = 24
FIELDS = ("country", "tag", "date", "source", "lang", "state")

_OPENING = '"“”„«»「」『』＂'
_TOKEN = re.compile(
    rf"""(?P<minus>(?<!\S)[-－−])?(?:
        (?P<field>{"|".join(FIELDS)})[:：]\s*(?:[{_OPENING}](?P<quoted_value>[^{_OPENING}]*)[{_OPENING}]|(?P<value>[^\s{_OPENING}]+))
        |[{_OPENING}](?P<quoted>[^{_OPENING}]*)[{_OPENING}]
        |(?P<word>[^\s{_OPENING}]+)
    )""",
    re.VERBOSE | re.IGNORECASE,
)


_KOREAN = re.compile("[\uac00-\ud7a3]{3,12}")
_NUMBERS = (  # an ending, and what stands in its place in the other number
    (re.compile("ies$"), ("y",)),
    (re.compile("(?<=[^aeiou])y$"), ("ies",)),
    (re.compile("(?<=[^sui])s$"), ("",)),
)


class Term(Struct, frozen=True):
    """A word, or several in their order."""

    parts: tuple[Run, ...]
    exact: bool = False  # as typed; otherwise longer words that begin so are meant, too
    unless: tuple[tuple[Run, ...], ...] = ()  # it does not count in a text that has one of these

    @property
    def open_ended(self) -> bool:
        """Whether its last word may go on. One Latin letter alone is a word: too much begins with it."""
        last = self.parts[-1]
        return not self.exact and not last.joined and (len(last.text) > 1 or not last.text.isascii())

    @property
    def forms(self) -> tuple[tuple[Run, ...], ...]:
        """The term, and with its last word in the other number where that looks English: library, libraries."""
        *before, last = self.parts
        if not self.open_ended or len(last.text) < 4 or not last.text.isascii():
            return (self.parts,)
        for ending, others in _NUMBERS:
            if found := ending.search(last.text):
                words = (last.text, *(last.text[: found.start()] + other for other in others))
                return tuple((*before, Run(word, joined=False)) for word in words)
        return (self.parts,)


class Wanted(Struct, frozen=True):
    """One thing that must occur, in any of its forms: each form is terms that must all occur."""

    forms: tuple[tuple[Term, ...], ...]


class Narrowing(Struct, frozen=True):
    """A field that must have a value, or must not."""

    field: str
    value: str
    excluded: bool = False


class Query(Struct, frozen=True):
    """What is looked for. Empty when nothing was typed that letters or digits are in."""

    wanted: tuple[Wanted, ...] = ()
    unwanted: tuple[Term, ...] = ()
    narrowings: tuple[Narrowing, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.wanted or self.unwanted or self.narrowings)

    @property
    def terms(self) -> tuple[Term, ...]:
        """Every term that is looked for, in every form."""
        return tuple(term for thing in self.wanted for form in thing.forms for term in form)


NOTHING = Query()


def parse(typed: str, *, fields: Sequence[str] = FIELDS) -> Query:
    """What the person means. A field that is not among `fields`, or whose value makes no sense, is read as words."""
    wanted: list[tuple[Term, ...] | Term] = []  # neighbouring words stand together: names have several
    unwanted: list[Term] = []
    narrowings: list[Narrowing] = []
    for match in list(_TOKEN.finditer(typed[:MAX_CHARACTERS]))[:MAX_TERMS]:
        excluded = match["minus"] is not None
        if narrowing := _narrowing(match, fields):
            narrowings.append(narrowing)
            continue
        term = _term(match)
        if term is None:
            continue
        if excluded:
            unwanted.append(term)
        elif term.exact or not wanted or isinstance(wanted[-1], Term):
            wanted.append(term if term.exact else (term,))
        else:
            wanted[-1] = (*wanted[-1], term)
    things = [Wanted(((part,),)) for part in wanted if isinstance(part, Term)]
    things += [thing for part in wanted if isinstance(part, tuple) for thing in _with_other_names(part)]
    return Query(tuple(things), tuple(unwanted), tuple(narrowings))


def _narrowing(match: re.Match[str], fields: Sequence[str]) -> Narrowing | None:
    field = (match["field"] or "").lower()
    value = (match["quoted_value"] or match["value"] or "").strip()
    if field not in fields or not runs(fold(value)) or (field == "date" and span_of(value) is None):
        return None
    return Narrowing(field, value, match["minus"] is not None)


def _term(match: re.Match[str]) -> Term | None:
    text = match["quoted"] if match["quoted"] is not None else match["word"] or match[0].lstrip("-－−")
    parts = runs(fold(text))
    return Term(parts, exact=match["quoted"] is not None) if parts else None


def _with_other_names(terms: tuple[Term, ...]) -> Iterator[Wanted]:
    """The terms one by one; those that together name an institution as one thing, in all its names."""
    place = 0
    while place < len(terms):
        for length in range(min(LONGEST_NAME, len(terms) - place), 0, -1):
            together = terms[place : place + length]
            if names := other_names(run.text for term in together for run in term.parts):
                # An abbreviation is a word of its own; a longer name may carry an ending.
                yield Wanted((together, *((_term_of(name),) for name in names)))
                place += length
                break
        else:
            yield Wanted(((terms[place],),))
            place += 1


def _term_of(name: Name) -> Term:
    return Term(name.words, exact=len(name.words) == 1, unless=name.others)


def relaxed(query: Query) -> Query:
    """The query for when nothing was found as it was typed: each longer word of an alphabet cut to its beginning, for a
    letter that is wrong or missing stands mostly in the later part of a word; and a Korean one with a space somewhere,
    for as many write it apart as in one. The same query when no word is long.
    """
    return Query(
        tuple(
            Wanted((*(tuple(map(_beginning, form)) for form in thing.forms), *_apart(thing))) for thing in query.wanted
        ),
        query.unwanted,
        query.narrowings,
    )


def _beginning(term: Term) -> Term:
    last = term.parts[-1]
    if term.exact or last.joined or len(last.text) < 6 or last.text.isdigit():
        return term
    return Term((*term.parts[:-1], Run(last.text[: max(4, len(last.text) * 3 // 5)], joined=False)))


def _apart(thing: Wanted) -> Iterator[tuple[Term, ...]]:
    """The one Korean word that was typed, with a space between any two of its letters."""
    match thing.forms:
        case ((Term(parts=(Run(text=word),), exact=False),),) if _KOREAN.fullmatch(word):
            for place in range(1, len(word)):
                yield (Term((Run(word[:place], joined=True), Run(word[place:], joined=True))),)


def expression(wanted: Iterable[Wanted], unwanted: Iterable[Term] = (), *, column: str = "") -> str:
    """The question to FTS5, of one column or all; empty when nothing is wanted. What is unwanted is so in any column,
    and needs something wanted beside it."""
    positive, negative = " AND ".join(f"({_any(thing)})" for thing in wanted), either(unwanted)
    if positive and column:
        positive = f"{column} : ({positive})"
    return f"({positive}) NOT ({negative})" if positive and negative else positive


def best_first(wanted: tuple[Wanted, ...]) -> Iterator[tuple[tuple[Wanted, ...], str]]:
    """What to ask one after the other, and in which column, so that the best is found first: the words as they are
    typed in a title, words that begin so or mean the same in a title, anything anywhere."""
    terms = [term for thing in wanted for form in thing.forms for term in form]
    if any(term.open_ended for term in terms) and all(len(thing.forms) == 1 for thing in wanted):
        yield tuple(Wanted(tuple(tuple(map(_as_typed, form)) for form in thing.forms)) for thing in wanted), "title"
    yield wanted, "title"
    yield wanted, ""


def _as_typed(term: Term) -> Term:
    return replace(term, exact=True)


def either(terms: Iterable[Term]) -> str:
    """The question to FTS5 for texts with any of these terms."""
    return " OR ".join(map(_one, terms))


def _any(thing: Wanted) -> str:
    return " OR ".join(dict.fromkeys(f"({' AND '.join(map(_one, form))})" for form in thing.forms))


def _one(term: Term) -> str:
    """The term for FTS5."""
    if not term.unless:
        return _found(term)
    others = " OR ".join(f'"{phrase(parts)}"' for parts in term.unless)
    return f"({_found(term)} NOT ({others}))"


def _found(term: Term) -> str:
    last = term.parts[-1]
    if last.joined:
        return f'"{phrase(term.parts)}"' + (" *" if len(last.text) == 1 else "")
    if not term.open_ended:
        return f'"{phrase(term.parts)}"'
    texts = [f'"{phrase(parts)}"' for parts in term.forms]
    return f"({' OR '.join(f'{text} *' for text in texts)})"


_DAY = re.compile(r"([12]\d{3})(?:[-./年](\d{1,2})(?:[-./月](\d{1,2})日?|月)?|年)?")


def span_of(value: str) -> tuple[str, str] | None:
    """The first and last day of `2020`, `2020-11`, `2020-11-05` or a span of them (`2020-11..2021-02`, `2021..`)."""
    first, dots, last = fold(value).partition("..")
    start = _bounds(first)[0] if first else "1000-01-01"
    end = _bounds(last or first)[1] if last or not dots else "2999-12-31"
    return (start, end) if start and end and (first or last) else None


def _bounds(text: str) -> tuple[str, str]:
    """The first and last day of a year, month or day; empty when it is none."""
    match = _DAY.fullmatch(text.strip())
    if match is None:
        return "", ""
    year, month, day = match[1], int(match[2] or 0), int(match[3] or 0)
    if month > 12 or day > 31 or (match[2] and not month) or (match[3] and not day):
        return "", ""
    start = f"{year}-{month or 1:02}-{day or 1:02}"
    return start, f"{year}-{month or 12:02}-{day or 31:02}"
