"""The frozen records that cross rooms. Instants are aware UTC datetimes; days are ISO strings; None means not known.

Those of which every page has many are left out by the collector of cycles (`gc=False`), in which none can stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct, field

DatePrecision = Literal["day", "month", "year", "none"]
DateSource = Literal["feed", "meta", "list", "url", "text", "hand"]
PollOutcome = Literal["new", "unchanged", "not_modified", "empty", "failed", "challenged", "refused"]
ItemState = Literal["new", "impactful", "dismissed", "later"]
Action = Literal["impactful", "later", "dismiss", "edit", "fold", "unfold", "undo"]
Role = Literal["reader", "nominator", "convenor", "operator"]
SuggestionSource = Literal["rules", "desk"]  # the shipped trigger words, or what the desk decided before
SourceRole = Literal["official", "aggregator"]  # the publisher itself, or one who tells what others published


NOWHERE = "letter.invalid"  # RFC 2606: never a host; it stands in the address of a letter that is not on the web


class PublishedDate(Struct, frozen=True, gc=False):
    """A publication day with how sure it is and where it was read; never invented."""

    on: str | None = None  # ISO day; the first of the month or year where only that is known; None: no date found
    precision: DatePrecision = "none"
    source: DateSource | None = None
    text: str = ""  # as printed on the page, for the person who doubts it


NO_DATE = PublishedDate()


class EventDays(Struct, frozen=True):
    """When an event takes place that a title speaks of: local days, the same for one of a single day."""

    start_on: str
    end_on: str


class ParsedItem(Struct, frozen=True, gc=False):
    """One entry of a list, feed or watched page, as read; not yet compared with what is known."""

    url: str  # as found, made absolute
    canonical_url: str  # the one form by which items are compared
    title: str
    source_item_id: str | None = None  # the id the source itself gives (feed guid, post id)
    summary: str = ""  # plain text
    published: PublishedDate = NO_DATE
    language: str | None = None  # BCP 47; None: the source's language
    image_url: str | None = None
    text: str = ""  # of the whole, where the list itself gives it (a letter); no page of it is read then
    links: tuple[str, ...] = ()  # canonical addresses of articles that a post points to; one may be known already
    event: EventDays | None = None  # what the title speaks of


class Glimpse(Struct, frozen=True, gc=False):
    """The little of an item that shows whether a list is read well."""

    title: str
    url: str
    on: str | None = None


class Article(Struct, frozen=True):
    """What an article page says of itself; empty or None where it says nothing."""

    title: str = ""
    text: str = ""  # plain text, paragraphs separated by one empty line
    published: PublishedDate = NO_DATE
    language: str | None = None
    image_url: str | None = None


class Validators(Struct, frozen=True):
    """What a server gave to recognise its answer by; sent back byte for byte (RFC 9110, 13.1)."""

    etag: str | None = None
    last_modified: str | None = None


class Moment(Struct, frozen=True):
    """An instant, told by the clock of the day and by the one that runs from the start of the machine.

    Nobody can set the second one, so it alone says how much time passed between two moments of one `boot`.
    """

    at: datetime
    uptime: float = 0.0  # seconds
    boot: str = ""  # which start of the machine; "": not known, so that only `at` can be compared


class PageMemory(Struct, frozen=True):
    """What is remembered of a page beside the settled one: of a ladder that is being climbed, or below an index."""

    validators: Validators = Validators()
    body_hash: str | None = None
    verdict: str | None = None  # as in PollState
    leads_to: tuple[str, str | None] | None = None  # the page to read that it names, and the older one after it


class SourceRow(Struct, frozen=True):
    """A source as the database keeps it."""

    id: str
    name: str
    institution: str
    country: str
    sub_region: str
    language: str
    kind: str
    url: str
    enabled: bool = True
    role: SourceRole = "official"


class PollState(Struct, frozen=True):
    """What must be remembered of a source between two polls."""

    source_id: str
    validators: Validators = Validators()
    body_hash: str | None = None
    settled: int | None = None  # which rung of the source's ladder answered with items; None: not settled yet
    settled_url: str | None = None  # the address that answered, where the rung had to discover it
    settled_for: str | None = None  # what that rung said then: an edited block is settled anew
    next_poll_at: datetime | None = None  # None: never polled, due now
    failures: int = 0  # consecutive failed polls
    begun: Moment | None = None  # the newest poll, noted before it asked anything; it may never have come to an end
    strikes: float = 0.0  # the failures by their weight
    fresh_seconds: int | None = None  # how long the server says that its newest answer holds
    whole_at: datetime | None = None  # the newest answer that was more than "not modified"
    lied_at: datetime | None = None  # when its validators were caught lying; they are not sent since
    verdict: str | None = None  # 'empty', or why the page that the validators stand for is not read; None: it is
    moved_to: str | None = None  # where permanent redirects led
    moved_polls: int = 0  # consecutive ones that led there
    absent_since: datetime | None = None  # the first of the consecutive answers that there is no such page
    absent_polls: int = 0
    pages: Mapping[str, PageMemory] = field(default_factory=dict)  # by address
    every: str = ""  # why it is polled as often as it is, in words


class Name(Struct, frozen=True, gc=False):
    """The title and day under which a list names an item, as they are compared."""

    stem: str  # the first letters of the title
    title: str  # folded
    on: str  # 2021-02-17, 2021-02, 2021 or '', as precise as it is known
    cut: bool = False  # the title goes on elsewhere


class Marks(Struct, frozen=True, gc=False):
    """What a list gives to recognise an item by."""

    address: str  # the key that all spellings of its address share
    url: str  # as found
    source_item_id: str | None = None
    name: Name | None = None  # None: already kept
    links: tuple[str, ...] = ()  # the keys of what it points to

    def nameless(self) -> Marks:
        """The others of them, where the name is kept already."""
        return Marks(self.address, self.url, self.source_item_id, None, self.links)


# Of title, summary and text, as the index of the search takes them, in UTF-8: many go from process to process.
Words = tuple[bytes, bytes, bytes]


class Entry(Struct, frozen=True, gc=False):
    """An item of a list with what it is recognised, compared and found by; not yet compared with what is known."""

    item: ParsedItem
    marks: Marks
    content_hash: str  # of what the list says, to tell changed from unchanged
    words: Words | None = None  # None: they are cut when the item is indexed


class StoredItem(Struct, frozen=True):
    """The part of a known item that a new poll is compared with."""

    id: int
    source_id: str
    url: str
    title: str
    summary: str
    published: PublishedDate
    content_hash: str
    kind: str = ""  # of its source
    untouched: bool = False  # nobody decided on it, nor did the desk


class NamedItem(Struct, frozen=True):
    """A known item with a name that a list gave it."""

    name: Name
    item: StoredItem
    language: str  # of the source that named it
    source_id: str


class Revision(Struct, frozen=True):
    """A text that the source changed."""

    field: Literal["title", "summary"]
    before: str
    after: str


class ItemChange(Struct, frozen=True):
    """A known item that the source words or dates otherwise now, with what is to stand."""

    item_id: int
    title: str
    summary: str
    published: PublishedDate
    content_hash: str
    image_url: str | None = None  # None: keep the picture that is known
    url: str | None = None  # None: it is where it was
    revisions: tuple[Revision, ...] = ()
    event: EventDays | None = None  # what the title speaks of
    entry: ParsedItem | None = (
        None  # the article itself, where the item was only told of so far: it is its source's now
    )


class Changes(Struct, frozen=True):
    """The result of comparing one poll with what is known."""

    new: tuple[tuple[ParsedItem, str], ...] = ()  # item and content hash, in the order of the page
    marks: tuple[tuple[Marks, ...], ...] = ()  # of each new item, in the same order; missing ones are made later
    words: tuple[Words | None, ...] = ()  # likewise
    changed: tuple[ItemChange, ...] = ()
    seen: tuple[int, ...] = ()  # ids of known items met again, changed ones included
    met: tuple[tuple[int, Marks], ...] = ()  # what the poll gave of these to recognise them by
    own_met: bool = False  # whether one of these is the source's own


class Poll(Struct, frozen=True):
    """One visit to one source; every visit leaves one, also a failed one."""

    source_id: str
    started_at: datetime
    outcome: PollOutcome
    duration_ms: int
    next_poll_at: datetime
    http_status: int | None = None
    items_seen: int = 0
    items_new: int = 0
    error: str | None = None
    state: PollState | None = None  # what to remember from now on; None: keep what is known but for next_poll_at
    doubt: str | None = None  # why the page is not believed, or not in all
    held: str | None = None  # why its new items wait for a look before they come to the queue


class UnreadArticle(Struct, frozen=True):
    """An item whose article page has still to be read."""

    item_id: int
    source_id: str
    url: str
    attempts: int
    listed: PublishedDate = NO_DATE  # the day that the list gave


class Tag(Struct, frozen=True):
    """A term of a vocabulary. A bare code is ambiguous between strategies, so both parts identify it."""

    vocabulary: str
    code: str


class Term(Struct, frozen=True):
    """A term with its wording."""

    vocabulary: str
    code: str
    parent: str | None
    label: str
    labels: Mapping[str, str]  # language → label, where known
    position: int
    definition: str = ""  # what is meant, in English; empty where the vocabulary says no more than the label
    certain: bool = True  # False: the English wording was read in a translation only


class Vocabulary(Struct, frozen=True):
    """A versioned list of terms."""

    id: str
    title: str
    level1_name: str
    level2_name: str | None
    valid_from: str
    valid_to: str | None
    terms: tuple[Term, ...] = ()


class ItemWords(Struct, frozen=True):
    """What an item is suggested tags by, as it was found."""

    item_id: int
    title: str
    summary: str = ""
    text: str = ""


class Suggestion(Struct, frozen=True):
    """A tag that an item's words speak for."""

    tag: Tag
    words: tuple[str, ...]  # which caused it
    source: SuggestionSource = "rules"


class ShownSuggestion(Struct, frozen=True):
    """A suggestion that a person had before her when she decided, and whether she took it."""

    tag: Tag
    words: tuple[str, ...]
    source: SuggestionSource
    taken: bool


IMPACT_PARTS = ("need", "done", "result")


class Quote(Struct, frozen=True):
    """Words of the article quoted in a part of the impact note, and where they stand in the kept copy.

    The selectors of the W3C Web Annotation model: `exact`, `prefix` and `suffix` of TextQuoteSelector, `start` and
    `end` of TextPositionSelector, in characters.
    """

    part: str  # one of IMPACT_PARTS
    exact: str
    prefix: str
    suffix: str
    start: int
    end: int


class ImpactNote(Struct, frozen=True):
    """A library impact story in its parts; each may be empty."""

    need: str = ""  # what was missing, and for whom
    done: str = ""  # what was done, and with whom
    result: str = ""  # what changed, and how one knows
    quotes: tuple[Quote, ...] = ()

    @property
    def text(self) -> str:
        """The parts that are written, as paragraphs."""
        return "\n\n".join(part for part in (self.need, self.done, self.result) if part)


NO_STORY = ImpactNote()


class Curation(Struct, frozen=True):
    """What convenors said of an item: its state, tags, and the texts edited for the report (None: as found)."""

    state: ItemState = "new"
    tags: tuple[Tag, ...] = ()
    title: str | None = None
    summary: str | None = None
    url: str | None = None
    country: str | None = None
    impact: str | None = None  # the impact note as one text
    story: ImpactNote = NO_STORY  # the same in its parts; empty where it was written before there were parts
    duplicate_of: int | None = None  # the item that this one is folded into as another sighting of the same story


class DeskItem(Struct, frozen=True):
    """An item as the desk shows it: what was found, and what was decided."""

    id: int
    source_id: str
    source_name: str
    institution: str
    sub_region: str
    url: str
    canonical_url: str
    title: str
    summary: str
    text: str
    language: str
    country: str
    published: PublishedDate
    image_url: str | None
    first_seen_at: datetime
    version: int  # grows with every decision; a stale one is refused
    curation: Curation
    role: SourceRole = "official"  # of its source
    event: EventDays | None = None  # what the title speaks of


class DecisionRow(Struct, frozen=True):
    """One row of the history, which only ever grows."""

    id: int
    item_id: int
    item_title: str
    actor: str
    decided_at: datetime
    action: Action
    note: str
    before: Curation
    after: Curation
    undoes: int | None = None  # the row that this one takes back
    request: str | None = None  # the browser's id of what it sent; rows sent together share it
    url: str = ""  # of the item, as found
    item_language: str = ""
    source_name: str = ""
    country: str = ""
    sub_region: str = ""
    nominated_by: str = ""  # who had nominated the item when this was decided
    suggested: tuple[ShownSuggestion, ...] = ()


class User(Struct, frozen=True):
    """A person who may sign in."""

    id: int
    name: str
    role: Role
    sub_regions: tuple[str, ...]
    disabled: bool = False
    keys: Mapping[str, str] = field(default_factory=dict)  # command of the desk → the key she chose for it
    email: str | None = None  # to which the weekly letter goes
    letters: bool = True  # whether she wants it
    language: str | None = None  # in which she wants the desk, as a BCP 47 tag; None: as her browser asks


class Session(Struct, frozen=True):
    """A browser in which a person is signed in."""

    id: str
    user_id: int
    begun_at: datetime
    seen_at: datetime
    ends_at: datetime
    device: str


class SubRegion(Struct, frozen=True):
    """A sub-region with its countries: code → name as the report prints it, in the order of the report."""

    id: str
    name: str
    countries: Mapping[str, str]


class Report(Struct, frozen=True):
    """A report in the making. `sections` holds the convenor's texts by letter, A to E."""

    id: int
    sub_region: str
    period_start: str  # YYYY-MM
    period_end: str  # YYYY-MM
    convenor: str
    submitted_on: str | None
    vocabulary: str
    sections: Mapping[str, str] = field(default_factory=dict)


class Pick(Struct, frozen=True):
    """An activity chosen for a report."""

    item_id: int
    country: str
    rank: int  # order inside the country, from 1
