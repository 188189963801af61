"""Days of the Hijri calendar, of Nepal's Bikram Sambat and of the Bangla calendar, where it is sure which it is.

Asked only where a text tells no Gregorian day. A Hijri month begins when its moon is seen: outside the countries that
go by the calculated calendar of Umm al-Qura a day may lie two off, so that only its month or year is told. India counts
Bangla months and the years of Vikrama in other ways: both are read for Bangladesh and Nepal alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import lru_cache

from crawlers.pages.calendars import bangla_day, common_part, hijri_day, sambat_day
from crawlers.pages.date_forms import DateRules, Match
from crawlers.pages.date_text import fold_letters
from crawlers.pages.month_names import Months, month_of, named, script_of

_CALCULATED = frozenset(("SA", "QA", "BH"))  # days of the state go by Umm al-Qura
_BARE = "SA"  # where a year of four digits below 1500 needs no mark
_UNSURE = timedelta(days=2)  # by which a month may begin earlier or later elsewhere
_HIJRI = (
    r"محرم صفر ربيع\s?(?:الأول|اول) ربيع\s?(?:الآخر|ال?ثاني) جمادى\s?(?:الأولى?|اول[ىي]) "
    r"جمادى\s?(?:الآخرة?|الثانية?|ثاني) رجب شعبان رمضان شوال ذ[وي]\s?القعد[ةه] ذ[وي]\s?الحج[ةه]"
)
_SAMBAT = (
    "(?:बैशाख|वैशाख) (?:जेठ|जेष्ठ|ज्येष्ठ) (?:असार|आषाढ) (?:साउन|श्रावण) (?:भदौ|भाद्र) (?:असोज|आश्विन) (?:कार्तिक|कात्तिक) "
    "(?:मंसिर|मङ्सिर|मार्ग) (?:पुस|पुष|पौष) माघ (?:फागुन|फाल्गुन) (?:चैत|चैत्र)"
)
_BANGLA = "বৈশাখ (?:জ্যৈষ্ঠ|জ্যেষ্ঠ) আষাঢ় শ্রাবণ ভাদ্র আশ্বিন কার্তিক অগ্রহায়ণ পৌষ মাঘ (?:ফাল্গুন|ফালগুন) চৈত্র"
_D, _M = r"(?<![\d./-])(?P<day>\d{1,2})", r"(?P<month>\d{1,2})"
_HIJRI_YEAR = r"(?P<year>1[34]\d\d)(?!\d)"
_HIJRI_MARK = r"\s?ه(?![^\W\d_])(?!\W{0,2}ش)"  # of the moon: ه.ش is of the sun
_SAMBAT_YEAR = r"(?<!\d)(?P<year>20[4-9]\d)(?!\d)"
_SEP = r"\s?(?P<sep>[-./])\s?"

Convert = Callable[[int, int, int], date | None]


@lru_cache(maxsize=1)
def _hijri() -> Months:
    return tuple(fold_letters(_HIJRI).split())


@lru_cache(maxsize=1)
def _sambat() -> Months:
    return tuple(fold_letters(_SAMBAT).split())


@lru_cache(maxsize=1)
def _bangla() -> Months:
    return tuple(fold_letters(_BANGLA).split())


def other_calendar_dates(folded: str, rules: DateRules) -> list[Match]:
    """Every day of another calendar in the folded text, as far as its Gregorian one is sure."""
    for forms, months, convert in _calendars(folded, rules.country):
        found = [match for form in forms(rules.country) for match in form.finditer(folded)]
        dates = [dated for match in found if (dated := _dated(match, months(), convert, rules.country))]
        if dates:
            return sorted(dates, key=lambda match: match.start)
    return []


_Calendar = tuple[Callable[[str], tuple[re.Pattern[str], ...]], Callable[[], Months], Convert]


def _calendars(folded: str, country: str) -> Iterator[_Calendar]:
    if country == "NP":
        yield _sambat_forms, _sambat, sambat_day
    elif country == "BD":
        yield _bangla_forms, _bangla, bangla_day
    if country == _BARE or script_of(folded) == "arabic":
        yield _hijri_forms, _hijri, hijri_day


@lru_cache(maxsize=64)
def _hijri_forms(country: str) -> tuple[re.Pattern[str], ...]:
    marked = r"(?![\d./-])" if country == _BARE else _HIJRI_MARK
    return (
        re.compile(rf"{_D}\s?(?:من\s)?{named(_hijri())}\s?,?\s?(?:(?:سنة|عام|لعام)\s)?{_HIJRI_YEAR}"),
        re.compile(rf"(?<!\d){_HIJRI_YEAR}{_SEP}{_M}(?P=sep)\s?(?P<day>\d{{1,2}})(?!\d){marked}"),
        re.compile(rf"{_D}{_SEP}{_M}(?P=sep)\s?{_HIJRI_YEAR}{marked}"),
    )


@lru_cache(maxsize=1)
def _sambat_forms(country: str) -> tuple[re.Pattern[str], ...]:
    name = named(_sambat())
    return (
        re.compile(rf"{_SAMBAT_YEAR},?\s?(?:साल\s)?{name}\s?(?P<day>\d{{1,2}})(?!\d)"),
        re.compile(rf"{_D}\s?(?:गते\s)?{name}\s?,?\s?{_SAMBAT_YEAR}"),
        re.compile(rf"{name}\s?(?P<day>\d{{1,2}})\s?(?:गते)?\s?,?\s?{_SAMBAT_YEAR}"),
        re.compile(rf"{_SAMBAT_YEAR}{_SEP}{_M}(?P=sep)\s?(?P<day>\d{{1,2}})(?!\d)"),
    )


@lru_cache(maxsize=1)
def _bangla_forms(country: str) -> tuple[re.Pattern[str], ...]:
    return (re.compile(rf"{_D}\s?(?:লা|রা|ঠা|ই|শে)?\s?{named(_bangla())}\s?,?\s?(?P<year>1[34]\d\d)(?!\d)"),)


def _dated(match: re.Match[str], months: Months, convert: Convert, country: str) -> Match | None:
    found = match.groupdict()
    month = month_of(found["name"], months) if found.get("name") else int(found["month"])
    day = convert(int(found["year"]), month, int(found["day"])) if month else None
    if day is None:
        return None
    if convert is hijri_day and country not in _CALCULATED:
        part = common_part(day - _UNSURE, day + _UNSURE)
        return None if part is None else Match(match.start(), match.end(), part[0], part[1], None)
    return Match(match.start(), match.end(), day.year, day.month, day.day)
