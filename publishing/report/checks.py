"""What a drafted report lacks or says oddly, in sentences for its convenor. Nothing here blocks or repairs.

Pure: a draft comes in, sentences go out, the report's own first, then country by country.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from publishing.report.dates import Span, day_label, named_date, published_span
from publishing.report.model import Activity, Country, ReportDraft, link_target

TITLE_SHOWN = 60  # characters of a title that are enough to find it by
# Query parameters of board systems that say how a page was reached, not which page it is.
_VOLATILE = re.compile(r"utm_.*|fbclid|gclid|act|page|pageindex|ordfld|ordby|viewcount|hits|schm", re.IGNORECASE)


def warnings(draft: ReportDraft) -> tuple[str, ...]:
    """What the convenor should look at before handing the report in; empty when nothing is missing."""
    return tuple(
        [
            *_missing(draft),
            *_country_remarks(draft),
            *(remark for country in draft.countries for remark in _activity_remarks(country, draft)),
            *_shared_pages(draft),
        ]
    )


def _missing(draft: ReportDraft) -> Iterator[str]:
    if not draft.countries:
        yield (
            "No activity is picked yet: mark items as impactful at the desk, pick them for this report,"
            " then draft it again."
        )
    if not draft.convenor:
        yield "The convenor's name is missing."
    if not day_label(draft.submitted_on):
        yield "The date of submission is missing."
    for section in draft.sections:
        if not section.items:
            yield f"Section I.{section.letter} is empty."
    for title in draft.left_out:
        yield f"“{_short(title)}” is picked but not marked impactful: it is left out."


def _country_remarks(draft: ReportDraft) -> Iterator[str]:
    for name in draft.silent_countries:
        yield f"{name}: no activity."
    asked = draft.form.asked_per_country
    for country in draft.countries:
        count = len(country.activities)
        if not country.asked:
            yield f"{country.name}: not a country of {draft.sub_region}; it stands at the end of the table."
        elif count != asked:
            yield f"{country.name}: {count} {'activity' if count == 1 else 'activities'}; the form asks for {asked}."


def _activity_remarks(country: Country, draft: ReportDraft) -> Iterator[str]:
    for activity in country.activities:
        for remark in (*_lacking(activity, draft), *_date_remarks(activity, draft)):
            yield f"{_name(country, activity)}: {remark}"


def _lacking(activity: Activity, draft: ReportDraft) -> Iterator[str]:
    if not activity.title.text:
        yield "no title."
    if not activity.body:
        yield "no text below the title."
    if not activity.link:
        yield "no link."
    if not activity.impact:
        yield f"no tag of the {draft.strategy}, so that Impact is blank."


def _date_remarks(activity: Activity, draft: ReportDraft) -> Iterator[str]:
    """About the date that the title names; the day of publication stands in where it names none."""
    named = named_date(activity.title.text)
    published = published_span(activity.published)
    if named is None and published is None:
        yield "no date, neither in the title nor of its publication."
    elif named is None:
        yield "the title does not name the date."
    elif named.span is None:
        yield f"the title names a date without its year ({named.text})."
    span = named.span if named is not None else published
    if span is None:
        return
    what = f"the date ({named.text})" if named is not None else f"the publication ({activity.published.on})"
    if not span.inside(draft.period):
        where = "lies partly outside" if _overlap(span, draft.period) else "lies outside"
        yield f"{what} {where} the period {draft.period_label}."
    if named is not None and span.first.isoformat() > (draft.submitted_on or "9999"):
        yield f"{what} lies after the submission: is it told as planned?"


def _overlap(span: Span, other: Span) -> bool:
    return span.first <= other.last and other.first <= span.last


def _shared_pages(draft: ReportDraft) -> Iterator[str]:
    seen: dict[str, str] = {}
    for country in draft.countries:
        for activity in country.activities:
            page, name = page_of(activity.link), _name(country, activity)
            if page and page in seen:
                yield f"{name}: links to the same page as {seen[page]}."
            elif page:
                seen[page] = name


def page_of(url: str) -> str:
    """What two addresses of one page have in common: host, path and the parameters that identify; '' for none."""
    if link_target(url) is None:
        return ""
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query) if value]
    identifying = [pair for pair in query if not _VOLATILE.fullmatch(pair[0])]
    fragment = parts.fragment if parts.fragment[:1] in ("!", "/") else ""  # a route of a page drawn by its script
    host = parts.netloc.lower().rpartition("@")[2].removeprefix("www.")
    return repr((host, parts.path.rstrip("/"), sorted(identifying or query), fragment))


def _name(country: Country, activity: Activity) -> str:
    return f"{country.name} #{activity.number} “{_short(activity.title.text)}”"


def _short(title: str) -> str:
    return title if len(title) <= TITLE_SHOWN else title[: TITLE_SHOWN - 1].rstrip() + "…"
