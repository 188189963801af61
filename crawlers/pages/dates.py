"""Publication days as pages print them; a day that cannot be read for sure is no day.

Day, precision, origin and printed text travel together in a PublishedDate. `today` is an argument: it bounds what is
plausible, and gives its year to a day that was printed without one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache, partial
from itertools import pairwise

from msgspec.structs import replace

from crawlers.pages.date_forms import (
    DateOrder,
    DateRules,
    Match,
    day_matches,
    month_number,
    partial_matches,
    same_months,
    yearless,
)
from crawlers.pages.date_places import CHANGED, PUBLISHED, REFUSED, rank
from crawlers.pages.date_text import fold
from crawlers.pages.foreign_dates import foreign_day
from crawlers.pages.instants import EARLIEST, latest_day, read_instant
from crawlers.pages.local_days import local_day
from crawlers.pages.month_names import names_a_month
from crawlers.pages.other_calendars import other_calendar_dates
from crawlers.pages.plain import weight
from crawlers.pages.relative_days import is_relative, relative_day
from db.records import NO_DATE, DatePrecision, DateSource, PublishedDate

__all__ = [
    "DateRules",
    "better_date",
    "bracketed_day",
    "date_from_parts",
    "date_from_url",
    "date_of_line",
    "find_date",
    "labelled_date",
    "local_day",
    "read_date",
    "repair_years",
    "split_title_date",
    "year_is_inferred",
]

_DIGIT = re.compile("[0-9元]")
_SEARCHED = 2000  # characters
_PRINTED = 80  # characters kept of the printed form
# Lists are ordered, but not strictly: a notice is pinned, another posted late.
_DISORDER = timedelta(days=20)
_PLAIN_DAY = re.compile(r"((?:19|20)[0-9]{2})([-./])([0-9]{1,2})\2([0-9]{1,2})")  # it can mean but one thing
_NO_SHORT_DAY = re.compile(r"\d{3}|元")  # what a day without a year has not: no number of it has three digits
_NUMERIC = re.compile(r"[\d\s./-]{6,}")
_FEW_WORDS = 24  # as `weight` counts
_TITLE_PREFIX = re.compile(
    r"\s*[\[(【]?((?:19|20)\d\d\s?[-./年]\s?\d{1,2}\s?[-./月]\s?\d{1,2}日?)[\])】]?[\s:　]+(?=\S)"
)
_TITLE_SUFFIX = re.compile(r"(?<=\S)\s*[\[(（【]([^\[\](){}（）【】]{6,20})[\])）】]\s*\Z")
_CLOSING = ("]", ")", "）", "】")
_URL_FORMS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<![\da-zA-Z])t?(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)_\d+",  # NLC: 20250520_2645084.shtml
        r"/(?P<short>\d\d)(?P<month>\d\d)(?P<day>\d\d)_\d\d\.html?",  # NDL: 210128_01.html
        r"/(?P<year>(?:19|20)\d\d)/(?P<month>\d{1,2})/(?P<day>\d{1,2})(?=/|$)",
        r"/(?P<year>(?:19|20)\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)",
        r"[/_-](?P<year>(?:19|20)\d\d)(?P<month>0[1-9]|1[0-2])(?P<day>\d\d)(?=[/._-]|$)",
        r"/(?P<year>(?:19|20)\d\d)[/-]?(?P<month>0[1-9]|1[0-2])/",
    )
)


def find_date(
    text: str, *, source: DateSource, language: str, country: str, today: date, date_order: DateOrder = "YMD"
) -> PublishedDate:
    """The publication day printed in the text: the labelled one, else the first; NO_DATE when there is none.

    Refused are days before 1990, more than two days ahead, of the lunar calendar, of an event or a deadline by their
    label, and with two possible readings. A day without a year, and one told from today, count only when they are the
    whole text.
    """
    return read_date(text, source, DateRules(language, country, today, date_order))


@lru_cache(maxsize=1024)  # a list, its titles and its summaries are asked for the same days
def read_date(text: str, source: DateSource, rules: DateRules) -> PublishedDate:
    """What `find_date` finds, by rules that are already put together."""
    if plain := _PLAIN_DAY.fullmatch(text):
        year, month, day = int(plain[1]), int(plain[3]), int(plain[4])
        if _plausible(year, month, day, rules.today):
            return PublishedDate(date(year, month, day).isoformat(), "day", source, text)
    return _date_in(text, source, rules)


def _date_in(text: str, source: DateSource, rules: DateRules) -> PublishedDate:
    original = " ".join(text[:_SEARCHED].split())
    if instant := read_instant(original, source, rules):
        return instant
    folded = fold(original)
    if days := _days(folded, rules):
        return _published(days[0], source, _printed(original, folded, days[0]))
    told = relative_day(folded, rules.language, rules.today)
    if told or not _DIGIT.search(folded):
        return _published(Match(0, len(folded), *told), source, original[:_PRINTED]) if told else NO_DATE
    if pair := yearless(folded, rules):
        return _without_year(*pair, original[:_PRINTED], source, rules.today)
    if months := _months(folded, rules):
        return _published(months[0], source, _printed(original, folded, months[0]))
    foreign = foreign_day(folded, rules.language)
    if foreign and _plausible(*foreign, rules.today):
        return _published(Match(0, len(folded), *foreign), source, original[:_PRINTED])
    return NO_DATE


def labelled_date(text: str, source: DateSource, rules: DateRules, *, changed: bool = True) -> PublishedDate:
    """The day or month behind words like "Posted", "Registration Date" or 发布时间; NO_DATE when there is none.

    A day of the last change ("Updated") counts unless `changed` is false.
    """
    original = " ".join(text[:_SEARCHED].split())
    folded = fold(original)
    found = _days(folded, rules) or _months(folded, rules)
    best = next((match for match in found if rank(match, folded) <= (CHANGED if changed else PUBLISHED)), None)
    return _published(best, source, _printed(original, folded, best)) if best else NO_DATE


def date_of_line(text: str, source: DateSource, rules: DateRules) -> PublishedDate:
    """The date of a line that is there to date something; NO_DATE for a sentence, whose days are those of events.

    Beside its date such a line has a label or only few words, or the date stands in plain numbers at one of its ends.
    """
    if not _PLAIN_DAY.fullmatch(text) and (labelled := labelled_date(text, source, rules)).on:
        return labelled
    found = read_date(text, source, rules)
    line = " ".join(text.split())
    numeric = _NUMERIC.fullmatch(found.text) and (line.startswith(found.text) or line.endswith(found.text))
    few_words = weight(line) - weight(found.text) < _FEW_WORDS
    return found if found.on and (few_words or numeric) else NO_DATE


@lru_cache(maxsize=1024)  # a line is asked whether it has a label, and then for its day
def _days(folded: str, rules: DateRules) -> Sequence[Match]:
    """The days that can be meant, the one that is most surely of publication first, else in the order of the text."""
    if not _DIGIT.search(folded):
        return []
    usable = partial(_is_plausible, rules.today)
    found = _ranked(day_matches(folded, rules, usable), folded)
    return found or _ranked(filter(usable, other_calendar_dates(folded, rules)), folded)


def _months(folded: str, rules: DateRules) -> Sequence[Match]:
    if not _DIGIT.search(folded):
        return []
    return _ranked(partial_matches(folded, rules, partial(_is_plausible, rules.today)), folded)


def _ranked(matches: Iterable[Match], folded: str) -> list[Match]:
    ranked = [(rank(match, folded), match) for match in matches]
    kept = [pair for pair in ranked if pair[0] < REFUSED]
    return [match for _, match in sorted(kept, key=lambda pair: pair[0])]


def _is_plausible(today: date, match: Match) -> bool:
    return _plausible(match.year, match.month, match.day, today)


def _plausible(year: int, month: int | None, day: int | None, today: date) -> bool:
    try:
        return EARLIEST <= date(year, 1 if month is None else month, 1 if day is None else day) <= latest_day(today)
    except (ValueError, OverflowError):
        return False


def _printed(original: str, folded: str, match: Match) -> str:
    if len(original) == len(folded):
        return original[match.start : match.end].strip(" :：")[:_PRINTED]
    return (original if len(original) <= _PRINTED else folded[match.start : match.end])[:_PRINTED]


def _published(match: Match, source: DateSource, printed: str) -> PublishedDate:
    precision: DatePrecision = "day" if match.day else "month" if match.month else "year"
    return PublishedDate(date(match.year, match.month or 1, match.day or 1).isoformat(), precision, source, printed)


def _without_year(month: int, day: int, printed: str, source: DateSource, latest: date) -> PublishedDate:
    """The day in the latest year in which it is not after tomorrow."""
    for year in (latest.year + 1, latest.year, latest.year - 1):
        try:
            if (on := date(year, month, day)) <= latest + timedelta(days=1):
                return PublishedDate(on.isoformat(), "day", source, printed)
        except ValueError:
            if (month, day) != (2, 29):
                break
    return NO_DATE


def date_from_parts(day: str, month: str, source: DateSource, rules: DateRules) -> PublishedDate:
    """The day of a split block: a day in one element, the month, with or without its year, in another."""
    printed = " ".join(f"{day} {month}".split())[:_PRINTED]
    day, month = fold(day), fold(month)
    if whole := _days(f"{day} {month}", rules):
        return _published(whole[0], source, printed)
    numbers = [int(digits) for digits in re.findall(r"\d{1,9}", f"{month} {day}")]
    years = [number for number in numbers if number >= 1000]
    small = [number for number in numbers if number < 1000]
    if name := month_number(f"{month} {day}", rules):
        small.insert(0, name)
    if len(small) != 2 or len(years) > 1 or not (name or same_months(rules)):
        return NO_DATE
    if not years:
        return _without_year(small[0], small[1], printed, source, rules.today)
    if not _plausible(years[0], small[0], small[1], rules.today) or 0 in small:
        return NO_DATE
    return PublishedDate(date(years[0], small[0], small[1]).isoformat(), "day", source, printed)


def date_from_url(url: str, today: date) -> PublishedDate:
    """The day (or month) that a file name or folder of the address carries; it can be a day off what the page says."""
    path = url.partition("?")[0].partition("#")[0]
    for pattern in _URL_FORMS:
        for match in pattern.finditer(path):
            found = {key: int(value) for key, value in match.groupdict().items()}
            year = found.get("year") or found["short"] + 2000
            if _plausible(year, found["month"], found.get("day"), today) and found["month"] and found.get("day", 1):
                place = Match(0, 0, year, found["month"], found.get("day"))
                return _published(place, "url", match[0].strip("/_-"))
    return NO_DATE


def split_title_date(title: str, source: DateSource, rules: DateRules) -> tuple[str, PublishedDate]:
    """The title without a day in front ("2021-1-28 …") or in brackets behind ("… (2022/12/12)"), and that day."""
    for match in (_TITLE_PREFIX.match(title), _in_last_brackets(title)):
        found = read_date(match[1], source, rules) if match else NO_DATE
        if match and found.precision == "day" and not year_is_inferred(found) and _is_bare(match[1]):
            return (title[: match.start()] + title[match.end() :]).strip(), found
    return title, NO_DATE


def bracketed_day(title: str, source: DateSource, rules: DateRules) -> PublishedDate:
    """The day that brackets behind a title consist of ("Ngo v Lim [2024] FCA 240 (15 March 2024)"), else NO_DATE."""
    match = _in_last_brackets(title)
    found = read_date(match[1], source, rules) if match else NO_DATE
    whole = match is not None and found.text == match[1].strip() and not year_is_inferred(found)
    return found if whole and found.precision == "day" else NO_DATE


def _in_last_brackets(title: str) -> re.Match[str] | None:
    return _TITLE_SUFFIX.search(title) if title.rstrip().endswith(_CLOSING) else None


def _is_bare(text: str) -> bool:
    """Whether a text is a day in numbers and nothing else."""
    return re.fullmatch(r"[\d\s\-./年月日년월일]+", fold(text)) is not None


def year_is_inferred(published: PublishedDate) -> bool:
    """Whether the day was printed without a year, so that the year was taken from the time of reading."""
    if published.precision != "day" or published.source == "url" or _NO_SHORT_DAY.search(published.text):
        return False
    folded = fold(published.text)
    numbers = re.findall(r"\d+", folded)
    if len(numbers) not in (1, 2) or max(map(len, numbers)) > 2:
        return False
    return len(numbers) + names_a_month(folded) == 2 and not is_relative(published.text)


def repair_years(dates: Sequence[PublishedDate], today: date) -> list[PublishedDate]:
    """The days of a list with the years of those printed without one following their neighbours.

    A list goes back in time, unless most of its days without a year come later than the one before.
    """
    inferred = [published for published in dates if year_is_inferred(published)]
    if not inferred:
        return list(dates)
    if _goes_on([int(str(published.on)[5:7]) for published in inferred]):
        return _repaired_back(dates[::-1], today)[::-1]
    return _repaired_back(dates, today)


def _goes_on(months: Sequence[int]) -> bool:
    """Whether months mostly follow each other; December comes before January, not ten months behind it."""
    steps = [(second - first) % 12 for first, second in pairwise(months)]
    return sum(0 < step < 6 for step in steps) > sum(step > 6 for step in steps)


def _repaired_back(dates: Sequence[PublishedDate], today: date) -> list[PublishedDate]:
    """The same for a list that begins with the newest."""
    repaired, latest = [], today
    for published in dates:
        if year_is_inferred(published):
            printed = date.fromisoformat(str(published.on))
            moved = _without_year(printed.month, printed.day, published.text, published.source or "list", latest)
            published = replace(moved, source=published.source) if moved.on else published
        if published.on and published.precision == "day":
            latest = min(today, date.fromisoformat(published.on) + _DISORDER)
        repaired.append(published)
    return repaired


def better_date(listed: PublishedDate, read: PublishedDate) -> PublishedDate:
    """Of two days told of one item, by its list and by its own page, the one to believe."""
    return read if _trust(read) > _trust(listed) else listed


def _trust(published: PublishedDate) -> tuple[int, int]:
    precision = {"none": 0, "year": 1, "month": 2, "day": 3}[published.precision]
    place = {"hand": 5, "feed": 4, "meta": 4, "list": 3, "text": 2, "url": 1}.get(published.source or "", 0)
    guessed = year_is_inferred(published) or is_relative(published.text)
    return precision, 0 if guessed else place
