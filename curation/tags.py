"""The tags that a form offers, and those that come back with it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from curation.rules import is_strategy
from db.errors import DecisionError
from db.records import Tag, Term, Vocabulary


@dataclass(frozen=True, slots=True)
class TagChoice:
    """One checkbox. `value` is what the form sends; `key` the digit that toggles it on a card, if any."""

    value: str
    code: str
    label: str
    labels: Mapping[str, str]  # language → label
    checked: bool
    key: str
    children: tuple[TagChoice, ...] = ()


@dataclass(frozen=True, slots=True)
class TagGroup:
    """The checkboxes of one vocabulary."""

    vocabulary: str
    title: str
    level2: str  # what the terms beneath are called, `Key Initiatives`
    choices: tuple[TagChoice, ...]

    @property
    def used(self) -> bool:
        """Whether any of its tags is ticked."""
        return any(c.checked for choice in self.choices for c in (choice, *choice.children))

    @property
    def offered(self) -> str:
        """Every tag of this group, as one form field: what is offered and not sent back was unticked."""
        return " ".join(c.value for choice in self.choices for c in (choice, *choice.children))


def strategies(vocabularies: Iterable[Vocabulary]) -> tuple[Vocabulary, ...]:
    """IFLA's strategies among the vocabularies, in the order shown."""
    return tuple(vocabulary for vocabulary in vocabularies if is_strategy(vocabulary.id))


def strategy_for(vocabularies: Sequence[Vocabulary], day: str) -> Vocabulary | None:
    """The newest strategy in force on an ISO day or month; the first known when none was. None without any."""
    known = strategies(vocabularies)
    valid = [v for v in known if v.valid_from <= day and (v.valid_to is None or day <= v.valid_to)]
    return max(valid, key=lambda v: v.valid_from) if valid else next(iter(known), None)


def card_group(vocabulary: Vocabulary, chosen: Sequence[Tag]) -> TagGroup:
    """The first-level terms, with a digit for each of the first nine."""
    top = [term for term in vocabulary.terms if term.parent is None]
    choices = [_choice(term, chosen, str(place) if place < 10 else "") for place, term in enumerate(top, start=1)]
    return _group(vocabulary, choices)


def full_group(vocabulary: Vocabulary, chosen: Sequence[Tag], *, keys: bool) -> TagGroup:
    """Every term, each under its parent; with `keys`, digits as on the card."""
    choices = []
    for place, term in enumerate((term for term in vocabulary.terms if term.parent is None), start=1):
        children = tuple(_choice(child, chosen) for child in vocabulary.terms if child.parent == term.code)
        choices.append(_choice(term, chosen, str(place) if keys and place < 10 else "", children))
    return _group(vocabulary, choices)


def _group(vocabulary: Vocabulary, choices: Iterable[TagChoice]) -> TagGroup:
    return TagGroup(vocabulary.id, vocabulary.title, f"{vocabulary.level2_name or ''}s", tuple(choices))


def _choice(term: Term, chosen: Sequence[Tag], key: str = "", children: tuple[TagChoice, ...] = ()) -> TagChoice:
    tag = Tag(term.vocabulary, term.code)
    return TagChoice(tag_value(tag), term.code, term.label, dict(term.labels), tag in chosen, key, children)


def tag_value(tag: Tag) -> str:
    """The tag as a form sends it."""
    return f"{tag.vocabulary}/{tag.code}"


def tags_after(
    before: Sequence[Tag], offered: Iterable[str], sent: Iterable[str], vocabularies: Sequence[Vocabulary]
) -> tuple[Tag, ...]:
    """The tags once a form came back, in printed order: those it did not offer stay; an unknown one is refused."""
    known = {tag_value(Tag(t.vocabulary, t.code)): Tag(t.vocabulary, t.code) for v in vocabularies for t in v.terms}
    wanted = set(sent)
    if unknown := sorted(wanted - known.keys()):
        raise DecisionError(f"There is no tag {unknown[0][:60]!r}.")
    wanted |= {tag_value(tag) for tag in before} - set(offered)
    return tuple(tag for value, tag in known.items() if value in wanted)
