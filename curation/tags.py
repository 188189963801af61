"""The tags that a form offers, and those that come back with it. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

from msgspec import Struct

from curation.languages import ENGLISH, gettext, marked
from db.errors import DecisionError
from db.records import ShownSuggestion, Suggestion, Tag, Term, Vocabulary


class Said(Struct, frozen=True):
    """A label with its language; `language` is empty for English, in which every label is known."""

    label: str
    language: str = ""


class Tip(Struct, frozen=True):
    """What a term means, as its tip and the page of tags say it."""

    id: str
    code: str
    label: str  # in English, as reports print it
    others: tuple[Said, ...]
    definition: str  # empty where the vocabulary says no more than the label
    parts: tuple[Tip, ...]  # the terms beneath, which say what a direction means
    certain: bool


class TagChoice(Struct, frozen=True):
    """One checkbox. `value` is what the form sends; `key` the digit that toggles it on a card, if any."""

    value: str
    code: str
    said: Said  # the label in the person's language, where one is known
    tip: str  # the id of the tip that says what is meant
    checked: bool
    key: str
    children: tuple[TagChoice, ...] = ()


class TagGroup(Struct, frozen=True):
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


class Suggested(Struct, frozen=True):
    """A suggested tag as it is shown, with the words that caused it."""

    value: str
    code: str
    words: tuple[str, ...]
    learned: bool  # from what the desk decided, not by the rules


def suggested_of(found: Iterable[Suggestion], offered: Container[str]) -> tuple[Suggested, ...]:
    """The suggestions among the tags that a form offers, the strongest first."""
    return tuple(
        Suggested(value, one.tag.code, one.words, one.source == "desk")
        for one in found
        if (value := tag_value(one.tag)) in offered
    )


def shown_suggestions(
    known: Iterable[Suggestion], shown: Container[str], before: Container[Tag], after: Container[Tag]
) -> tuple[ShownSuggestion, ...]:
    """What of the known suggestions stood on the page, and whether its tag was taken with this decision."""
    return tuple(
        ShownSuggestion(one.tag, one.words, one.source, one.tag in after and one.tag not in before)
        for one in known
        if tag_value(one.tag) in shown
    )


def card_group(vocabulary: Vocabulary, chosen: Sequence[Tag], language: str = "en") -> TagGroup:
    """The first-level terms, with a digit for each of the first nine."""
    top = enumerate(_top(vocabulary), start=1)
    return _group(vocabulary, [_choice(term, chosen, language, _digit(place)) for place, term in top])


def full_group(vocabulary: Vocabulary, chosen: Sequence[Tag], *, keys: bool, language: str = "en") -> TagGroup:
    """Every term, each under its parent; with `keys`, digits as on the card."""
    choices = []
    for place, term in enumerate(_top(vocabulary), start=1):
        children = tuple(_choice(child, chosen, language) for child in vocabulary.terms if child.parent == term.code)
        choices.append(_choice(term, chosen, language, _digit(place) if keys else "", children))
    return _group(vocabulary, choices)


def tips(vocabularies: Iterable[Vocabulary]) -> tuple[Tip, ...]:
    """What each term of these vocabularies means, in printed order."""
    return tuple(_tip(term, vocabulary) for vocabulary in vocabularies for term in vocabulary.terms)


def first_level_tips(vocabularies: Iterable[Vocabulary]) -> tuple[Tip, ...]:
    """The same, of the terms that a card offers."""
    return tuple(_tip(term, vocabulary) for vocabulary in vocabularies for term in _top(vocabulary))


# Said in the desk's own words where no label is known in a language; those of IFLA and the United Nations are data.
OWN_WORDS = (
    marked("Strengthen the global voice of libraries"),
    marked("Inspire and enhance professional practice"),
    marked("Connect and empower the field"),
    marked("Optimise our organisation"),
    marked("Libraries are connected and energised through vibrant, global professional communities"),
    marked("Libraries are recognised, represented and valued as partners"),
    marked("Libraries are enabled to deliver meaningful change at all levels"),
    marked("Libraries in Society"),
    marked("Information and Knowledge"),
    marked("Cultural Heritage"),
    marked("Capacity Building"),
    marked("No Poverty"),
    marked("Zero Hunger"),
    marked("Good Health and Well-being"),
    marked("Quality Education"),
    marked("Gender Equality"),
    marked("Clean Water and Sanitation"),
    marked("Affordable and Clean Energy"),
    marked("Decent Work and Economic Growth"),
    marked("Industry, Innovation and Infrastructure"),
    marked("Reduced Inequalities"),
    marked("Sustainable Cities and Communities"),
    marked("Responsible Consumption and Production"),
    marked("Climate Action"),
    marked("Life Below Water"),
    marked("Life on Land"),
    marked("Peace, Justice and Strong Institutions"),
    marked("Partnerships for the Goals"),
)


def said(term: Term, language: str) -> Said:
    """The label in this language (BCP 47), else in one of the same name in another script, else in the desk's words.

    In English where there are none, which is said where the page is in another language.
    """
    if language in term.labels:
        return Said(term.labels[language], language)
    same = [known for known in term.labels if known.partition("-")[0] == language.partition("-")[0]]
    if same:
        return Said(term.labels[same[0]], same[0])
    own = gettext(term.label)
    if own != term.label:
        return Said(own, language)
    return Said(own, "" if language == ENGLISH else ENGLISH)


VOCABULARIES = (
    marked("IFLA Strategic Plan 2016-2021"),
    marked("IFLA Strategy 2019-2024"),
    marked("IFLA Strategy 2024-2029"),
    marked("UN Sustainable Development Goals"),
)


def vocabulary_title(vocabulary: Vocabulary) -> str:
    """What the vocabulary is called in the language spoken, where it is one of those that come with the project."""
    return gettext(vocabulary.title) if vocabulary.title in VOCABULARIES else vocabulary.title


def _top(vocabulary: Vocabulary) -> list[Term]:
    return [term for term in vocabulary.terms if term.parent is None]


def _digit(place: int) -> str:
    return str(place) if place < 10 else ""


def _tip(term: Term, vocabulary: Vocabulary) -> Tip:
    return Tip(
        id=_tip_id(term),
        code=term.code,
        label=term.label,
        others=tuple(Said(label, language) for language, label in term.labels.items()),
        definition=term.definition,
        parts=tuple(_tip(child, vocabulary) for child in vocabulary.terms if child.parent == term.code),
        certain=term.certain,
    )


def _tip_id(term: Term) -> str:
    return f"tip-{term.vocabulary}-{term.code}"


def _group(vocabulary: Vocabulary, choices: Iterable[TagChoice]) -> TagGroup:
    return TagGroup(vocabulary.id, vocabulary_title(vocabulary), f"{vocabulary.level2_name or ''}s", tuple(choices))


def _choice(
    term: Term, chosen: Sequence[Tag], language: str, key: str = "", children: tuple[TagChoice, ...] = ()
) -> TagChoice:
    tag = Tag(term.vocabulary, term.code)
    return TagChoice(tag_value(tag), term.code, said(term, language), _tip_id(term), tag in chosen, key, children)


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
        raise DecisionError(gettext("There is no tag “{tag}”.").format(tag=unknown[0][:60]))
    wanted |= {tag_value(tag) for tag in before} - set(offered)
    return tuple(tag for value, tag in known.items() if value in wanted)
