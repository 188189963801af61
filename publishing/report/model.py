"""A drafted report: everything that is printed, in order, before anything is known of a file format.

Pure: the database's records come in, a draft goes out. Nothing is added that nobody wrote; what is not known is blank.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlsplit

from msgspec import Struct

from db.errors import ReportError
from db.records import Curation, DeskItem, Pick, PublishedDate, Report, SubRegion, Vocabulary
from db.text_language import language_of
from publishing.report.dates import Span, day_label, month_label, period_span
from publishing.report.form import Form, directions, listed_label, table_label
from publishing.report.text import Paragraph, Run, bold_runs, clean, italic_runs, one_line, paragraphs

_NUMBERED = re.compile(r"(\d{1,2})\s*(?:[、．）)\\]|\.(?!\d))\s*")  # 1. 1) 1、 1\ and their wide forms, but not 1.5


class Material(Struct, frozen=True):
    """What a report is drafted from."""

    report: Report
    regions: Sequence[SubRegion]
    vocabularies: Sequence[Vocabulary]
    picked: Sequence[tuple[Pick, DeskItem]]
    left_out: Sequence[DeskItem] = ()  # picked, not marked impactful


class Section(Struct, frozen=True):
    """A lettered part with the convenor's answer; no items: not answered yet."""

    letter: str
    prompt: str
    items: tuple[Paragraph, ...]


class Activity(Struct, frozen=True):
    """One row of the table."""

    number: int  # from 1 in each country
    title: Paragraph
    body: tuple[Paragraph, ...]
    link: str  # an http or https address as the convenor or the page gives it; empty: none
    impact: tuple[str, ...]
    published: PublishedDate


class Country(Struct, frozen=True):
    """A country that has activities."""

    number: int
    name: str
    activities: tuple[Activity, ...]
    asked: bool = True  # False: not one of the sub-region's own


class ReportDraft(Struct, frozen=True):
    """The whole report, line by line, and what the checks need to know of it."""

    form: Form
    title_lines: tuple[str, ...]
    sub_region: str
    convenor: str
    submitted_on: str | None  # ISO day
    period: Span
    period_label: str
    sections: tuple[Section, ...]
    strategy: str
    directions: tuple[str, ...]
    countries: tuple[Country, ...]
    silent_countries: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def identity_fields(self) -> tuple[str, str]:
        """The two fields of the line below the title."""
        return (
            self.form.sub_region_field.format(sub_region=self.sub_region).rstrip(),
            self.form.convenor_field.format(convenor=self.convenor).rstrip(),
        )

    @property
    def submission_line(self) -> str:
        """The day of submission, blank behind its label when not known."""
        return self.form.submission_line.format(date=day_label(self.submitted_on)).rstrip()

    @property
    def title(self) -> str:
        """One line that names this report, for places outside the page."""
        return f"{self.title_lines[-2]}: {self.sub_region}, {self.period_label}"

    @property
    def impact_prompt(self) -> tuple[Run, ...]:
        """The prompt of section III for the strategy of this report."""
        return bold_runs(self.form.impact_prompt.format(strategy=self.strategy))

    def heading(self, activity: Activity) -> tuple[Run, ...]:
        """The first paragraph of a row: number and title."""
        return (Run(self.form.activity_label.format(number=activity.number)), *activity.title.runs)

    def country_cell(self, country: Country) -> str:
        """The country as its first row prints it."""
        return self.form.country_label.format(number=country.number, name=country.name)


def draft(material: Material, form: Form) -> ReportDraft:
    """The report as the form prints it; ReportError when its sub-region, vocabulary or months are not known."""
    report = material.report
    region = next((region for region in material.regions if region.id == report.sub_region), None)
    vocabulary = next((entry for entry in material.vocabularies if entry.id == report.vocabulary), None)
    if region is None or vocabulary is None:
        unknown = f"the sub-region {report.sub_region}" if region is None else f"the vocabulary {report.vocabulary}"
        raise ReportError(f"{unknown} of this report is not in the database")
    months = {"start": month_label(report.period_start), "end": month_label(report.period_end)}
    countries = _countries(material, region, vocabulary, form)
    present = {pick.country for pick, _ in material.picked}
    return ReportDraft(
        form=form,
        title_lines=(*form.title_lines, form.period_line.format(**months)),
        sub_region=one_line(region.name),
        convenor=one_line(report.convenor),
        submitted_on=report.submitted_on,
        period=period_span(report.period_start, report.period_end),
        period_label="{start} – {end}".format(**months),
        sections=tuple(_section(letter, prompt, report.sections) for letter, prompt in form.sections.items()),
        strategy=one_line(vocabulary.title),
        directions=tuple(one_line(listed_label(term, form)) for term in directions(vocabulary)),
        countries=countries,
        silent_countries=tuple(one_line(name) for code, name in region.countries.items() if code not in present),
        left_out=tuple(_title(item).text for item in material.left_out),
    )


def _section(letter: str, prompt: str, texts: Mapping[str, str]) -> Section:
    """Each line that the convenor wrote is an item; a number in front of it is kept as its number."""
    lines = map(one_line, clean(texts.get(letter, "")).split("\n"))
    return Section(letter, prompt, tuple(_section_item(line) for line in lines if line))


def _section_item(line: str) -> Paragraph:
    match = _NUMBERED.match(line)
    text = line[match.end() :] if match else line
    return Paragraph(italic_runs(text), language_of(text), int(match[1]) if match else None)


def _countries(material: Material, region: SubRegion, vocabulary: Vocabulary, form: Form) -> tuple[Country, ...]:
    """The countries that have activities, in the sub-region's own order; others follow, so that no pick is lost."""
    by_code: dict[str, list[tuple[Pick, DeskItem]]] = {}
    for pick, item in sorted(material.picked, key=lambda entry: (entry[0].rank, entry[0].item_id)):
        by_code.setdefault(pick.country, []).append((pick, item))
    known = {code: name for other in material.regions for code, name in other.countries.items()}
    strangers = sorted(set(by_code) - set(region.countries))
    codes = [code for code in region.countries if code in by_code] + strangers
    return tuple(
        Country(
            number,
            one_line(region.countries.get(code) or known.get(code, code)),
            tuple(_activity(place, item, vocabulary, form) for place, (_, item) in enumerate(by_code[code], 1)),
            asked=code in region.countries,
        )
        for number, code in enumerate(codes, 1)
    )


def _activity(number: int, item: DeskItem, vocabulary: Vocabulary, form: Form) -> Activity:
    return Activity(
        number=number,
        title=_title(item),
        body=_body(item),
        link=_web_address(item.curation.url or item.url),
        impact=_impact(item.curation, vocabulary, form),
        published=item.published,
    )


def _title(item: DeskItem) -> Paragraph:
    return _edited(item.curation.title, item) or _found(one_line(item.title), item)


def _body(item: DeskItem) -> tuple[Paragraph, ...]:
    """The convenor's text, else the summary as found; then the impact note, as one paragraph.

    The form has no column for the note: its Impact cell holds the directions alone.
    """
    note = " ".join(paragraphs(item.curation.impact or ""))
    if item.curation.summary is None:
        found = tuple(_found(text, item) for text in paragraphs(item.summary))
        written = [_edited(note, item)]
    else:
        found = ()
        written = [_edited(text, item) for text in (*paragraphs(item.curation.summary), note)]
    return (*found, *(paragraph for paragraph in written if paragraph is not None))


def _edited(text: str | None, item: DeskItem) -> Paragraph | None:
    """What a convenor wrote, with italics: English where the letters are Latin, as the report is; None for nothing."""
    line = one_line(text or "")
    if not line:
        return None
    return Paragraph(italic_runs(line), "en" if language_of(line) == "en" else language_of(line, item.language))


def _found(line: str, item: DeskItem) -> Paragraph:
    """What a page says, to the letter: its stars are stars."""
    return Paragraph((Run(line),) if line else (), language_of(line, item.language))


def _impact(curation: Curation, vocabulary: Vocabulary, form: Form) -> tuple[str, ...]:
    """The directions that the tags name, in the vocabulary's order; a Key Initiative stands for its direction."""
    parents = {term.code: term.parent for term in vocabulary.terms}
    codes = {tag.code for tag in curation.tags if tag.vocabulary == vocabulary.id}
    codes |= {parent for code in codes if (parent := parents.get(code)) is not None}
    return tuple(one_line(table_label(term, form)) for term in directions(vocabulary) if term.code in codes)


def _web_address(url: str) -> str:
    line = one_line(url)
    return line if link_target(line) else ""


def link_target(url: str) -> str | None:
    """The address as a document may link to it, whatever characters it was written with; None: not a web address."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return None
    return quote(url, safe="%/:=&?~#+!$,;'@()*") if usable else None
