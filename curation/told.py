"""Sentences that other rooms made, in the language of the reader.

Crawling and reports speak English, at the terminal and in what is stored. The desk knows their sentences by the form
they are made in, and says them as its own; what is in no form here stays English, and says so by its `lang`. Pure.
"""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Mapping
from functools import cache

from msgspec import Struct

from curation.languages import ENGLISH, gettext, language, marked
from curation.tags import VOCABULARIES
from curation.wording import month_words

REPORT = (  # what a draft lacks
    marked(
        "No activity is picked yet: mark items as impactful at the desk, pick them for this report,"
        " then draft it again."
    ),
    marked("The convenor's name is missing."),
    marked("The date of submission is missing."),
    marked("Section I.{letter} is empty."),
    marked("“{title}” is picked but not marked impactful: it is left out."),
    marked("{country}: no activity."),
    marked("{country}: 1 activity; the form asks for {asked}."),
    marked("{country}: {number} activities; the form asks for {asked}."),
    marked("{country}: not a country of {region}; it stands at the end of the table."),
    marked("{place}: no title."),
    marked("{place}: no text below the title."),
    marked("{place}: no link."),
    marked("{place}: no tag of the {strategy}, so that Impact is blank."),
    marked("{place}: no date, neither in the title nor of its publication."),
    marked("{place}: the title does not name the date."),
    marked("{place}: the title names a date without its year ({date})."),
    marked("{place}: the date ({date}) lies outside the period {period}."),
    marked("{place}: the date ({date}) lies partly outside the period {period}."),
    marked("{place}: the date ({date}) lies after the submission: is it told as planned?"),
    marked("{place}: the publication ({date}) lies outside the period {period}."),
    marked("{place}: the publication ({date}) lies partly outside the period {period}."),
    marked("{place}: links to the same page as {other}."),
)
FORM = (  # what the form of the report asks
    marked(
        "Promotion of IFLA and IFLA-RSCAO and its programs and activities in the sub-region (Please provide details):"
    ),
    marked(
        "Encourage professional colleagues in the sub-region to join IFLA and its activities (Please provide details):"
    ),
    marked(
        "Work closely with the Regional Office and organizers, if a country in the sub-region has been selected to host"
        " the mid-term meeting (Please provide details):"
    ),
    marked(
        "Arrange and upload photos and short write ups of activities for the RSCAO Facebook page"
        " (Please Provide details):"
    ),
    marked("Other activities, if any (Please provide details):"),
)
HEALTH = (  # how a source does, and why
    marked("ok"),
    marked("quiet"),
    marked("late"),
    marked("empty"),
    marked("layout changed"),
    marked("challenged"),
    marked("unreachable"),
    marked("gone"),
    marked("never polled yet"),
    marked("{why}; it is still tried every four weeks"),
    marked("the list has no entries; on {day} that was said to be right"),
    marked("the page was read, but it never listed anything"),
    marked("the list has no entries, where it always had some ({number} items so far)"),
    marked("the list has no entries; it was empty before, for up to {time}"),
    marked("the page answers; nothing has been published yet"),
    marked("answers, but has no news for {days} days: {newest}"),
    marked("no news for {days} days: {newest}"),
    marked("{newest}; other sources had all of it first"),
    marked("newest of {day}, usually every day"),
    marked("newest of {day}, usually every {number} days"),
    marked("newest of {day}"),
    marked("{number} items are held aside because {why}"),
    marked(
        "{new} of {seen} items were new at once, where 1 at most is usual,"
        " and most of them do not come from the days since the last poll"
    ),
    marked(
        "{new} of {seen} items were new at once, where {usual} at most are usual,"
        " and most of them do not come from the days since the last poll"
    ),
    marked("repaired by {who} on {day}; the next poll reads it so"),
    marked("repaired by {who} on {day}"),
    marked("the operator"),
    marked("reads {number} items, {known} of them known already, {dated} with a date"),  # of a repair that is proposed
    marked("{read}; older ones are at {address}"),
    marked("{read}; the days of the others stand on their article pages"),
    marked("is where the old address sends us for good, as at least {number} polls in a row found"),
)
WEB = (  # why a page could not be had
    marked("the server asks for a password (401)"),
    marked("the server refuses us (403)"),
    marked("there is no such page (404)"),
    marked("the page is gone for good (410)"),
    marked("the server asks us to come less often (429)"),
    marked("the server is busy or under repair (503)"),
    marked("the server has a fault ({status})"),
    marked("the server gives no page ({status})"),
    marked("the server asks for proof of a person"),
    marked("the server refuses connections"),
    marked("no connection to the server"),
    marked("no connection in time"),
    marked("no complete answer in time"),
    marked("the connection broke during the answer"),
    marked("the name {host} is not known (DNS)"),
    marked("robots.txt asks us not to fetch this page"),
    marked("robots.txt cannot be read now, so nothing else is asked: {why}"),
    marked("{host} has a private address ({addresses}); such addresses are not asked"),
    marked("more than {number} redirects"),
    marked("the page is larger than {number} bytes"),
    marked("the answer is cut off"),
    marked("the secure connection failed: {why}"),
    marked("its certificate has expired"),
    marked("its certificate is for another name"),
    marked("its certificate is signed by an authority that nobody knows, or the one between is missing"),
    marked("this is a web page, not a feed"),
    marked("no list: there are no three links of one form with words or dates beside them"),
    marked("the page lists nothing, where it had {number} items"),
    marked("only {number} items, where there were at least {usual}"),
    marked("only {share} of the items have a date, where {before} had one"),
)
DONE = (  # what the other rooms did for the desk
    marked("{number} activities are published."),
    marked("The repair of {source} is taken over; its next poll reads the page so."),
    marked("No other way to read {source} was found."),
    marked("A repair of {source} was found; look at it and take it over."),
    marked("{source} is believed as its page is now, from its next poll on."),
    marked("{source} is read by its block in sources.yaml again, from its next poll on."),
    marked("{source} stands in {file}; the next pass polls it."),
)
REFUSED = (  # what they could not do
    marked("This is not a full http or https address."),
    marked("Look at the address first; this one is no longer remembered."),
    marked("No news is listed at {url}. Tried: {tried}"),
    marked("The page could not be read: {why}."),
    marked("Nothing can be read in this page: type its title and day."),
    marked("“{text}” is no day: write 2021-02-09, or 2021-02 where only the month is known."),
)
FORMS = (*FORM, *REPORT, *HEALTH, *WEB, *DONE, *REFUSED, *VOCABULARIES)  # of two that fit, the first counts
IMPORTED = marked("From the report {period}.")  # the note on an activity that a report of former years told of
_MONTHS = {name: number for number, name in enumerate(month_name) if name}
_MONTH = re.compile(rf"({'|'.join(_MONTHS)}) ([0-9]{{4}})")
_PERIOD = re.compile(rf"{_MONTH.pattern} – {_MONTH.pattern}")
_WITH_ADDRESS = re.compile(r"(https?://\S+): (.+)", re.DOTALL)
_NEXT_ADDRESS = re.compile(r"; (?=https?://\S+: )")  # several ways to read a source failed, each told


class Told(Struct, frozen=True):
    """A sentence as it is shown; `language` is empty where it is the reader's own."""

    text: str
    language: str = ""


def told(sentence: str, names: Mapping[str, str] | None = None) -> Told:
    """The sentence in the reader's language; `names` are what countries are called in English → in that language."""
    if language() == ENGLISH or not sentence:
        return Told(sentence)
    said = _said(sentence, names or {})
    return Told(sentence, ENGLISH) if said is None else Told(said)


def noted(note: str) -> str:
    """What a person wrote, as it is; in the reader's language what the import of a report wrote in her name."""
    match = _pattern(IMPORTED).fullmatch(note)
    if match is None or not _PERIOD.fullmatch(match["period"]):
        return note
    return gettext(IMPORTED).format(period=_period(match["period"]))


def _said(sentence: str, names: Mapping[str, str]) -> str | None:
    parts = _NEXT_ADDRESS.split(sentence)
    if len(parts) > 1:
        all_said = [_said(part, names) for part in parts]
        return "; ".join(filter(None, all_said)) if all(all_said) else None
    if (found := _WITH_ADDRESS.fullmatch(sentence)) and (said := _said(found[2], names)):
        return f"{found[1]}: {said}"
    for form in FORMS:
        if match := _pattern(form).fullmatch(sentence):
            values = {name: _said(value, names) or _named(value, names) for name, value in match.groupdict().items()}
            return gettext(form).format(**values)
    return None


def _period(label: str) -> str:
    return _MONTH.sub(lambda month: month_words(f"{month[2]}-{_MONTHS[month[1]]:02}"), label)


def _named(value: str, names: Mapping[str, str]) -> str:
    """The value, the period that it is or the country that it is or begins with in the reader's language."""
    if _PERIOD.fullmatch(value):
        return _period(value)
    name, mark, rest = value.partition(" #")
    return names.get(name, name) + mark + rest


@cache
def _pattern(form: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(form)), re.DOTALL)
