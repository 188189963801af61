"""An item as a card or a form shows it: everything in words, ready for a template."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from msgspec import Struct, field

from curation.access import may_decide, may_nominate
from curation.languages import gettext, language
from curation.tags import (
    Suggested,
    TagGroup,
    card_group,
    full_group,
    suggested_of,
    tag_value,
)
from curation.wording import (
    STATES,
    country_names,
    date_machine,
    date_words,
    event_words,
    origin_words,
    regions_named,
)
from db.desk import also_listed, sightings
from db.glosses import glosses
from db.nominations import Nomination, nominations
from db.pictures import Picture, pictures
from db.records import DeskItem, Report, SubRegion, Suggestion, Tag, User, Vocabulary
from db.reports import list_reports, strategies_picked_by
from db.search.marks import Piece, excerpt, holds, marked
from db.search.query import NOTHING, Query
from db.sources import list_sub_regions
from db.strategies import is_strategy, strategies, strategy_in_force
from db.suggestions import suggestions
from db.vocabularies import list_vocabularies

EXCERPT = 280  # characters of a text around the words that were looked for


class Known(Struct, frozen=True):
    """What every page refers to."""

    vocabularies: tuple[Vocabulary, ...]
    regions: tuple[SubRegion, ...]
    countries: dict[str, str]  # code → name as the report prints it
    reports: tuple[Report, ...] = ()
    language: str = "en"  # in which labels are shown, where they are known in it
    groups: dict[tuple[str, tuple[Tag, ...]], TagGroup] = field(default_factory=dict)  # made so far, for many cards

    def card_group(self, vocabulary: Vocabulary, chosen: tuple[Tag, ...]) -> TagGroup:
        """The tags that a card offers."""
        key = (vocabulary.id, chosen)
        if key not in self.groups:
            self.groups[key] = card_group(vocabulary, chosen, self.language)
        return self.groups[key]

    @property
    def region_ids(self) -> tuple[str, ...]:
        """The sub-regions, in the order of sources.yaml."""
        return tuple(region.id for region in self.regions)

    @property
    def strategies(self) -> tuple[Vocabulary, ...]:
        """IFLA's strategies, in the order shown."""
        return strategies(self.vocabularies)


def load_known(conn: sqlite3.Connection) -> Known:
    """Vocabularies, sub-regions and countries as the database has them now."""
    regions = regions_named(list_sub_regions(conn))
    reports = list_reports(conn, [region.id for region in regions])
    return Known(list_vocabularies(conn), regions, country_names(regions), reports, language())


class Around(Struct, frozen=True):
    """What is known of an item besides itself."""

    folded: tuple[DeskItem, ...] = ()  # items of their own, shown by this one
    also_listed: tuple[str, ...] = ()  # other sources that listed the very same page
    nominations: tuple[Nomination, ...] = ()  # who brought it, and why
    suggested: tuple[Suggestion, ...] = ()  # the tags that its words speak for
    gloss: str = ""  # the title as a machine translated it, in the person's language
    picture: Picture | None = None
    strategy: str = ""  # of the report that picks it


ALONE = Around()


def load_around(conn: sqlite3.Connection, item_ids: Sequence[int]) -> dict[int, Around]:
    """Item id → where else it was met, and what its words speak for."""
    folded, listed, brought = sightings(conn, item_ids), also_listed(conn, item_ids), nominations(conn, item_ids)
    suggested, glossed = suggestions(conn, item_ids), glosses(conn, item_ids, language())
    pictured, picked = pictures(conn, item_ids), strategies_picked_by(conn, item_ids)
    return {
        one: Around(
            folded.get(one, ()),
            listed.get(one, ()),
            brought.get(one, ()),
            suggested.get(one, ()),
            glossed.get(one, ""),
            pictured.get(one),
            picked.get(one, ""),
        )
        for one in item_ids
    }


class Card(Struct, frozen=True):
    """One item, ready to be shown to one person."""

    item: DeskItem
    title: str
    summary: str
    country: str
    state: str
    date: str
    date_machine: str
    origin: str
    group: TagGroup | None  # the tags on the card itself: those of the strategy that its period is reported by, if any
    other_tags: tuple[str, ...]  # codes of further tags, which only the whole form shows
    decidable: bool
    sightings: tuple[Sighting, ...]
    also_listed: tuple[str, ...]
    nominations: tuple[Nomination, ...] = ()
    event: str = ""  # the days of what the title speaks of
    nominable: bool = False  # by this person, who does not decide here
    nominated: bool = False  # by this person, at the desk
    why: tuple[str, ...] = ()  # what speaks for and against it, where the queue is ordered by that
    looked_for: Query = NOTHING  # whose words are marked in what is shown
    suggested: tuple[Suggested, ...] = ()  # of the tags on the card, the strongest first
    gloss: str = ""  # the title as a machine translated it, in the person's language
    picture: Picture | None = None
    undated: bool = False  # brought by hand, so that nobody knows in which period it counts

    @property
    def suggested_values(self) -> str:
        """The suggestions shown, as one form field, so that they can be kept with the decision."""
        return " ".join(one.value for one in self.suggested)

    @property
    def title_pieces(self) -> tuple[Piece, ...]:
        """The title, the words looked for being hits."""
        return marked(self.title, self.looked_for)

    @property
    def summary_pieces(self) -> tuple[Piece, ...]:
        """The summary; of a long one what stands around the words looked for."""
        if not self.looked_for.terms:
            return (Piece(self.summary),)
        return excerpt(self.summary, self.looked_for, EXCERPT)

    @property
    def elsewhere(self) -> tuple[Piece, ...]:
        """Where the words stand when neither title nor summary has one: a line of what was found or of the article."""
        if not self.looked_for.terms or holds(f"{self.title}\n{self.summary}", self.looked_for):
            return ()
        said, item = self.item.curation, self.item
        for text in (item.title, item.summary, said.impact or "", *item.text.splitlines()):
            if holds(text, self.looked_for):
                return excerpt(text, self.looked_for, EXCERPT)
        return ()

    @property
    def seen(self) -> str:
        """The sightings shown, as one form field: another one that comes in meanwhile is not decided on."""
        return " ".join(str(sighting.item.id) for sighting in self.sightings)


class Sighting(Struct, frozen=True):
    """The same story from another source, folded into the card."""

    item: DeskItem
    country: str
    date: str


def card_of(
    item: DeskItem,
    known: Known,
    user: User,
    strategy: str = "",
    around: Around = ALONE,
    why: Sequence[str] = (),
    looked_for: Query = NOTHING,
) -> Card:
    """The item as this person sees it; `strategy` names another one to tag by than that of its reporting period."""
    said = item.curation
    told = _strategies_told(item, around)
    vocabulary = _strategy(item, known, strategy, *told)
    group = known.card_group(vocabulary, said.tags) if vocabulary else None
    on_card = {choice.value for choice in group.choices} if group else set()
    country = said.country or item.country
    return Card(
        item=item,
        title=said.title or item.title,
        summary=said.summary or item.summary or item.text[:600],
        country=known.countries.get(country, country),
        state=gettext(STATES[said.state]),
        date=date_words(item.published),
        date_machine=date_machine(item.published),
        origin=origin_words(item.published),
        group=group,
        other_tags=tuple(tag.code for tag in said.tags if tag_value(tag) not in on_card),
        decidable=may_decide(user, item.sub_region),
        sightings=tuple(_sighting(one, known) for one in around.folded),
        also_listed=around.also_listed,
        nominations=around.nominations,
        event=event_words(item.event),
        nominable=not may_decide(user, item.sub_region) and may_nominate(user, item.sub_region),
        nominated=any(one.who == user.name and one.via == "desk" for one in around.nominations),
        why=tuple(why),
        looked_for=looked_for,
        suggested=suggested_of(around.suggested, on_card),
        gloss=around.gloss,
        picture=around.picture,
        undated=bool(around.nominations) and not (item.published.on or strategy or told),
    )


def _sighting(item: DeskItem, known: Known) -> Sighting:
    country = item.curation.country or item.country
    return Sighting(item, known.countries.get(country, country), date_words(item.published))


def all_groups(item: DeskItem, known: Known, around: Around) -> tuple[TagGroup, ...]:
    """Every vocabulary with the item's tags ticked; a strategy that ended before the item only when it was used."""
    day = item.published.on or ""
    current = _strategy(item, known, *_strategies_told(item, around))
    used = {tag.vocabulary for tag in item.curation.tags} | ({current.id} if current else set())
    shown = [v for v in known.vocabularies if v.valid_to is None or v.valid_to >= day or v.id in used]
    return tuple(full_group(v, item.curation.tags, keys=v == current, language=known.language) for v in shown)


def _strategies_told(item: DeskItem, around: Around) -> list[str]:
    """The strategy of the report that picks the item; without a day also those that it was tagged by."""
    tagged = [] if item.published.on else [tag.vocabulary for tag in item.curation.tags]
    return [told for told in (around.strategy, *tagged) if is_strategy(told)]


def _strategy(item: DeskItem, known: Known, *wanted: str) -> Vocabulary | None:
    """The first strategy that is wanted, else that of the report whose period has the item, else that of its day.

    None where no strategy is known for its day.
    """
    month = _day(item)[:7]
    reported = [
        report.vocabulary
        for report in known.reports
        if report.sub_region == item.sub_region and report.period_start <= month <= report.period_end
    ]
    for vocabulary_id in (*wanted, *reported):
        for vocabulary in known.strategies:
            if vocabulary.id == vocabulary_id:
                return vocabulary
    return strategy_in_force(known.vocabularies, _day(item))


def _day(item: DeskItem) -> str:
    return item.published.on or item.first_seen_at.date().isoformat()
