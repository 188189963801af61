"""How a day is written: a table of forms, each a pattern and how to read what it matched.

The patterns see folded text (`fold`). A form that can be misread is bound to the language or country that uses it, or
must be the whole text. Which of several dates is meant, and whether it is plausible, is not decided here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from crawlers.pages.calendars import BUDDHIST, ERAS, ROC, common_part, solar_hijri_day, solar_hijri_month
from crawlers.pages.date_text import fold
from crawlers.pages.local_days import local_day
from crawlers.pages.mail_dates import mail_instant
from crawlers.pages.month_names import LATIN, may_name, month_of, months_of, named, script_of, solar_months

__all__ = ["DateOrder", "DateRules", "Match", "day_matches", "fold", "month_and_day", "partial_matches", "yearless"]

DateOrder = Literal["YMD", "DMY", "MDY"]
Numbers = tuple[int, int | None, int | None]  # year, month, day, as far as printed


class DateRules(Struct, frozen=True):
    """What a printed date can mean depends on who printed it, and when it was read."""

    language: str
    country: str
    today: date
    date_order: DateOrder = "YMD"


class Match(Struct, frozen=True):
    """A date found at a place of the folded text."""

    start: int
    end: int
    year: int
    month: int | None
    day: int | None


SOLAR_COUNTRIES = frozenset(("IR", "AF"))
# Where a month and a day in numbers need not be those of the Gregorian calendar.
_OTHER_MONTHS = SOLAR_COUNTRIES | {"NP"}
_ROC_COUNTRY, _BUDDHIST_COUNTRY = "TW", "TH"
# Countries that write the day first and nothing else; the others must say so (`date_order`).
_DAY_FIRST = frozenset(
    re.findall(
        "..",
        "AUNZHKMOSGMYBNTHVNKHLAMMIDTLINLKNPBDPKBTMVUZKZKGTJTMQAAESAKWBHOMYEIQSYLBJOPSTRGEAMAZFJPGSBVUNCWSTOKITVNRCK",
    )
)
_YEAR_FIRST_LANGUAGES = ("zh", "ja", "ko", "mn")

_M, _D = r"(?P<month>\d{1,2})", r"(?P<day>\d{1,2})"
_TH = r"(?:st|nd|rd|th)?"
_ALONE = r"(?<![\d./-])"
_AD = r"(?P<year>(?:19|20)\d{2})"
_ERA = r"(?P<era>令和|平成|昭和|大正|明治)\s?(?P<era_year>\d{1,2}|元)"
_OF_AN_ERA = re.compile("[jJ주主令平昭大明民]")  # what a year that is counted otherwise begins with
_INSTANT = r"(?P<iso>(?<!\d)\d{4}-\d\d-\d\d[t ]\d\d:\d\d(?::\d\d)?(?:\.\d{1,9})?\s?(?:z|[+-]\d\d:?\d\d))(?![\d:])"
_RFC822 = (
    r"(?P<rfc>(?<!\d)\d{1,2}\s[a-z]{3,9}\s(?:\d{4}|\d{2})\s\d{1,2}:\d\d(?::\d\d)?"
    r"\s?(?:[+-]\d{4}|gmt|utc|ut|z|[ecmp][sd]t|jst|kst|\b))(?!\d)"
)


def _year_pattern(country: str, eras: bool) -> str:
    """A year as a country counts it, and those of eras, for which it takes several times longer to look."""
    years = r"(?<!\d)(?<!fy)(?<!fy )(?P<year>(?:19|20)\d{2})"
    if country == _BUDDHIST_COUNTRY:
        years += r"|(?<!\d)(?:พ\.?ศ\.?\s?)?(?P<buddhist>2[45]\d\d)"
    if country in SOLAR_COUNTRIES:
        years += r"|(?<!\d)(?P<solar>1[34]\d\d)"
    if not eras:
        return rf"(?:{years})"
    return (
        r"(?:(?:juche|주체|主体|主體)\s?(?P<juche>\d{2,3})(?:\s?\(\s?(?P<gregorian>\d{4})\s?\))?"
        rf"|{_ERA}|(?:中華)?民[國国]\s?(?P<roc>\d{{1,3}}|元)|{years})"
    )


Reader = Callable[[re.Match[str], DateRules], Numbers | None]


def _numbers(match: re.Match[str], rules: DateRules) -> Numbers | None:
    found = match.groupdict()
    month = _month(found, rules)
    day = _int(found.get("day"))
    if solar := found.get("solar"):
        return _solar(int(solar), month, day)
    year = _year(found, rules)
    return None if year is None else (year, month, day)


def _month(found: dict[str, str | None], rules: DateRules) -> int | None:
    if name := found.get("solar_name"):
        return month_of(name, solar_months())
    if name := found.get("name"):
        return month_of(name, months_of(_base(rules.language), script_of(name)))
    return _int(found.get("month"))


def _year(found: dict[str, str | None], rules: DateRules) -> int | None:
    offsets = (("year", 0), ("gregorian", 0), ("juche", ROC), ("roc", ROC), ("buddhist", -BUDDHIST), ("short", 2000))
    for key, offset in offsets:
        if value := found.get(key):
            return _of_era(value, offset)
    if short := found.get("short_buddhist"):
        return int(short) + 2500 - BUDDHIST
    era, era_year = found.get("era"), found.get("era_year")
    return _of_era(era_year, ERAS[era.upper()]) if era and era_year else None


def _of_era(printed: str, offset: int) -> int | None:
    """The year of an era; an era has no year nought."""
    number = 1 if printed == "元" else int(printed)
    return number + offset if number else None


def _solar(year: int, month: int | None, day: int | None) -> Numbers | None:
    """A day of the solar Hijri calendar; of its month, which lies in two Gregorian ones, only what both share."""
    if month is None:
        return None
    if day is None:
        span = solar_hijri_month(year, month)
        return common_part(*span) if span else None
    found = solar_hijri_day(year, month, day)
    return (found.year, found.month, found.day) if found else None


def _short_solar(match: re.Match[str], rules: DateRules) -> Numbers | None:
    """'99 is 1399 and '02 is 1402: the century that has come and is not long past."""
    short = int(match["short_solar"])
    found = match.groupdict()
    return _solar(short + (1300 if short >= 69 else 1400), _month(found, rules), _int(found.get("day")))


def _int(digits: str | None) -> int | None:
    return int(digits) if digits else None


def _base(language: str) -> str:
    return language.partition("-")[0].lower()


def _by_order(match: re.Match[str], rules: DateRules) -> Numbers | None:
    """02/03/2021 by the source's order; without one only what can be read in one way."""
    found = match.groupdict()
    pair = month_and_day(int(match["first"]), int(match["second"]), order_of(rules))
    if not pair:
        return None
    if solar := found.get("solar"):
        return _solar(int(solar), *pair)
    year = _year(found, rules)
    return (year, *pair) if year else None


def _by_order_shortly(match: re.Match[str], rules: DateRules) -> Numbers | None:
    """7/29/14 where the month, or the day, stands first; else only what no other order can mean."""
    first, second, short = int(match["first"]), int(match["second"]), int(match["short"])
    order = order_of(rules)
    if order == "YMD":
        order = "MDY" if second > 12 >= first else "YMD"
    month, day = (first, second) if order == "MDY" else (second, first)
    if order == "YMD" or _base(rules.language) in _YEAR_FIRST_LANGUAGES or not 0 < month <= 12:
        return None
    return short + (1900 if short >= 70 else 2000), month, day


def order_of(rules: DateRules) -> DateOrder:
    """The order in which a day is written in numbers: as the source says, else as its country does."""
    return "DMY" if rules.date_order == "YMD" and rules.country in _DAY_FIRST else rules.date_order


def month_and_day(first: int, second: int, order: DateOrder) -> tuple[int, int] | None:
    """Month and day of two numbers before a year, or None where both readings are possible and no order is set."""
    if order == "MDY" or first == second:
        return (first, second) if first <= 12 else (second, first)
    if order == "DMY":
        return (second, first) if second <= 12 else (first, second)
    if (first > 12) == (second > 12):
        return None
    return (second, first) if first > 12 else (first, second)


def _instant(match: re.Match[str], rules: DateRules) -> Numbers | None:
    return _numbers_of(_iso_day(match["iso"], rules))


def _mail_instant(match: re.Match[str], rules: DateRules) -> Numbers | None:
    return _numbers_of(_mail_day(match["rfc"], rules))


def _numbers_of(day: date | None) -> Numbers | None:
    return (day.year, day.month, day.day) if day else None


def _iso_day(printed: str, rules: DateRules) -> date | None:
    try:
        return local_day(
            datetime.fromisoformat(f"{printed[:10]}T{printed[11:].upper().replace(' ', '')}"), rules.country
        )
    except ValueError:
        return None


def _mail_day(printed: str, rules: DateRules) -> date | None:
    try:
        return local_day(mail_instant(printed), rules.country)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


_WHOLE_INSTANT = re.compile(rf"(?:[a-z]{{3}}, )?(?:{_INSTANT}|{_RFC822})".replace(r"\s", " "), re.IGNORECASE | re.ASCII)


def whole_instant(text: str, rules: DateRules) -> tuple[date, str] | None:
    """The day of a text that is one instant and nothing else, as software writes it, and the text without the weekday.

    None for all other texts.
    """
    match = _WHOLE_INSTANT.fullmatch(text)
    if match is None:
        return None
    iso, mail = match.groups()
    day = _iso_day(iso, rules) if iso else _mail_day(mail, rules)
    return (day, iso or mail) if day else None


def _roc(match: re.Match[str], rules: DateRules) -> Numbers | None:
    numbers = _numbers(match, rules)
    return numbers if numbers and 80 <= numbers[0] - ROC <= 150 else None


# A pattern, how to read what it matched, and the signs of which one stands in whatever it can match; none: any number.
Form = tuple[str, Reader, str | frozenset[str]]
Forms = tuple[tuple[re.Pattern[str], Reader, frozenset[str]], ...]
_SIGNS = re.compile("[-./:'’年년áÁаАjJ주主rhstRHST令平昭]")
_NAMED = frozenset(("the name of a month",))  # the one sign that is no character
_SEPARATORS = "-./"


def _table(*forms: Form) -> Forms:
    return tuple((re.compile(pattern, re.IGNORECASE), reader, frozenset(marks)) for pattern, reader, marks in forms)


# Years and their suffixes between the year and the rest: 2021 оны, 2021 жылғы, 2021-yil, 2021 г., พ.ศ. is a prefix.
_OF_YEAR = r"[\s-]?(?:жыл\w{0,3}|ж\.|йил\w{0,3}|yil\w{0,3}|год[а]?|г\.)"
_GAP = r"[\s,./-]{1,3}"
_TIGHT = r"[\s,./-]{0,3}"
# Words between the day, the month and the year in languages that put some there.
_BEFORE_MONTH = r"(?:(?:of|ng|de|ខែ|เดือน|ເດືອນ)\s?)?"
_BEFORE_YEAR = r"(?:(?:ปี|พ\.?ศ\.?|ค\.?ศ\.?|ឆ្នាំ|ປີ|соли|ساڵی|عام|سال)\s?)*"


@lru_cache(maxsize=256)
def _day_forms(language: str, country: str, script: str, eras: bool) -> Forms:
    year = _year_pattern(country, eras)
    last = year.replace(r"(?<!fy)(?<!fy )", "")
    forms: list[Form] = [
        (rf"{year}\s?(?P<sep>[-./])\s?{_M}\s?(?P=sep)\s?{_D}(?!\d)", _numbers, _SEPARATORS),  # 2024. 9. 13.
        (_INSTANT, _instant, ":"),
        (_RFC822, _mail_instant, ":"),
        (
            r"(?<![\d./_-])(?P<year>(?:19|20)\d\d)(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])"
            r"(?:[0-2]\d[0-5]\d[0-5]\d)?(?!\d)",
            _numbers,
            "",
        ),
        (
            rf"{_ALONE}(?P<first>\d{{1,2}})(?P<sep>[-./])\s?(?P<second>\d{{1,2}})(?P=sep)\s?{last}(?!\d)",
            _by_order,
            _SEPARATORS,
        ),
        (rf"{_ALONE}(?P<first>\d{{1,2}})\s/\s?(?P<second>\d{{1,2}})\s?/\s?{last}(?!\d)", _by_order, "/"),  # 11 /20/2019
        (rf"{_ALONE}(?P<first>\d{{1,2}})/(?P<second>\d{{1,2}})/(?P<short>\d\d)(?![\d/-])", _by_order_shortly, "/"),
        (
            r"\A\W?(?P<first>\d{1,2})(?P<sep>[-.])(?P<second>\d{1,2})(?P=sep)(?P<short>\d\d)\W?\Z",
            _by_order_shortly,
            "-.",
        ),
        (rf"['’](?P<short>\d\d)\.\s?{_M}\.\s?{_D}(?!\d)", _numbers, "'’"),  # '26.09.04
        (rf"{year}\s?[年년]\s?{_M}\s?[月월]\s?{_D}\s?[日号號일]", _numbers, "年년"),
        # A day block joined with its month block: 02 2021-02.
        (rf"\A{_D}\s{year}\s?[-./年]\s?{_M}月?\Z", _numbers, _SEPARATORS + "年"),
        *_named_day_forms(language, country, script, year, last),
        *_country_day_forms(language, country, script),
    ]
    if script == LATIN:
        forms.append((rf"{_ALONE}{_D}\stháng\s{_M}(?:\snăm\s|\s?[-/]\s?|,?\s){year}(?!\d)", _numbers, "áÁ"))
    return _table(*forms)


def _named_day_forms(language: str, country: str, script: str, year: str, last: str) -> Iterator[Form]:
    gap = _GAP if script == LATIN else _TIGHT
    name = named(months_of(language, script))
    if script in ("khmer", "lao", "thai", "myanmar"):  # no spaces between words
        name = f"(?P<name>{'|'.join(f'(?:{month})' for month in months_of(language, script))})"
    yield (
        rf"{_ALONE}{_D}{_TH}{gap}{_BEFORE_MONTH}{name}{_TIGHT}{_BEFORE_YEAR}{last}(?!\d)",
        _numbers,
        _NAMED,
    )  # 16 December 2020
    yield rf"{name}(?:\s?|-){_D}{_TH}(?:\s?,\s?|\s|-){last}(?!\d)", _numbers, _NAMED  # December 16, 2020
    yield rf"{year}(?:{_OF_YEAR})?[\s,.-]{{1,3}}{name}[\s.-]{{0,2}}{_D}{_TH}(?!\d)", _numbers, _NAMED  # 2021 Feb 2
    if script == LATIN:
        yield rf"\A\W?{_D}[\s.-]{{0,2}}{name}[\s.-]{{0,2}}['’]?(?P<short>\d\d)\W?\Z", _numbers, _NAMED  # 22Jul14
    if script in (LATIN, "cyrillic"):
        yield rf"{year}{_OF_YEAR}\s?{_D}[\s-]{{1,2}}{name}", _numbers, _NAMED  # 2021 жылғы 2 ақпан
    if script == "arabic":
        both = rf"{name}\s?[/-]\s?{named(months_of(language, script), 'again')}"
        yield rf"{_ALONE}{_D}\s?{both}\s?,?\s?{last}(?!\d)", _numbers, _NAMED  # 2 شباط/فبراير 2021
        yield from _solar_day_forms(country)
    if script == "cyrillic":
        yield rf"{year}\s?он\w{{0,5}}\D{{0,4}}{_M}\D{{0,12}}?сар\w{{0,5}}\D{{0,3}}{_D}(?!\d)", _numbers, ""
        yield rf"{_ALONE}{_M}\D{{0,3}}\s?сар\w{{0,5}}\s{_D}\s?,\s?{last}(?!\d)", _numbers, ""  # 6 сарын 23, 2026
    if script == "tibetan":
        yield rf"{year}\D{{0,10}}?(?<!བོད་)ཟླ་\D{{0,3}}{_M}\D{{0,6}}ཚེས་\D{{0,3}}{_D}(?!\d)", _numbers, ""
    if script == "myanmar":
        yield rf"{year}\D{{0,10}}{name}လ?\s?{_D}(?!\d)", _numbers, _NAMED  # 2021 ခုနှစ် ဖေဖော်ဝါရီလ 2 ရက်


def _solar_day_forms(country: str) -> Iterator[Form]:
    name = named(solar_months(), "solar_name")
    yield rf"{_ALONE}{_D}\s?(?:ام\s?)?{name}\s?,?\s?(?:ماه\s?)?(?:سال\s?)?(?P<solar>1[34]\d\d)(?!\d)", _numbers, ""
    if country in SOLAR_COUNTRIES:
        yield rf"{_ALONE}{_D}\s?{name}\s?(?:ماه\s?)?['’]?(?P<short_solar>\d\d)(?![\d:/.-])", _short_solar, ""


def _country_day_forms(language: str, country: str, script: str) -> Iterator[Form]:
    if country == _ROC_COUNTRY:
        yield (
            rf"{_ALONE}(?P<roc>\d{{2,3}})(?P<sep>[-./])\s?{_M}(?P=sep)\s?{_D}(?![\d./-])",
            _roc,
            _SEPARATORS,
        )  # 110/02/02
        yield rf"{_ALONE}(?P<roc>\d{{2,3}})\s?年\s?{_M}\s?月\s?{_D}\s?日", _roc, "年"
        yield r"\A(?P<roc>1\d\d)(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])\Z", _roc, ""  # 1100202
    elif language in ("ko", "zh", "ja"):  # 21.02.02, and with the time behind it wherever it stands
        numbers = r"(?P<short>\d\d)(?P<sep>[-./])(?P<month>\d\d)(?P=sep)(?P<day>\d\d)"
        yield rf"{_ALONE}{numbers}\s\d\d:\d\d(?!\d)", _numbers, ":"
        alone = r"(?P<short>\d\d)(?P<sep>[-./])\s?(?P<month>\d\d)(?P=sep)\s?(?P<day>\d\d)"
        yield rf"\A\W?{alone}\.?\W?\Z", _numbers, _SEPARATORS
    if country == "JP" or language == "ja":
        era = r"(?<![a-z\d])(?P<era>[rhst令平昭])\.?(?P<era_year>\d{1,2}|元)"
        yield rf"{era}\s?[-./年]\s?{_M}\s?[-./月]\s?{_D}(?!\d)", _numbers, "rhstRHST令平昭"
    if country == _BUDDHIST_COUNTRY or script == "thai":
        short = r"(?P<short_buddhist>\d\d)(?![\d:./-])"
        thai = f"(?P<name>{'|'.join(f'(?:{month})' for month in months_of(language, 'thai'))})"
        whole = rf"{_TIGHT}{_BEFORE_YEAR}(?P<buddhist>2[45]\d\d)"
        yield rf"{_ALONE}{_D}{_TIGHT}{_BEFORE_MONTH}{thai}{whole}(?!\d)", _numbers, ""
        yield rf"{_ALONE}{_D}{_TIGHT}{thai}\s?{short}", _numbers, ""  # 2 ก.พ. 64
        numbers = rf"{_D}(?P<sep>[-./])\s?{_M}(?P=sep)\s?(?P<short_buddhist>[4-9]\d)"
        yield rf"\A\W?{numbers}\W?\Z", _numbers, _SEPARATORS  # 02/02/64
    if country in SOLAR_COUNTRIES:
        yield rf"{_ALONE}(?P<short_solar>[7-9]\d)(?P<sep>[-./]){_M}(?P=sep){_D}(?![\d./-])", _short_solar, _SEPARATORS


@lru_cache(maxsize=256)
def _partial_forms(language: str, country: str, script: str, eras: bool) -> Forms:
    year = _year_pattern(country, eras)
    name = named(months_of(language, script))
    forms: list[Form] = [
        (rf"{year}\s?[年년]\s?{_M}\s?[月월](?!\s?\d)", _numbers, "年년"),
        (
            rf"{name}{_TIGHT}{_BEFORE_YEAR}{year.replace('(?<!fy)(?<!fy )', '')}(?!\d)",
            _numbers,
            _NAMED,
        ),  # February 2024
        (rf"{year}(?:{_OF_YEAR})?\s{name}(?![\s.-]{{0,2}}\d)", _numbers, _NAMED),
        (rf"{year}\s?он\w{{0,5}}\D{{0,4}}{_M}\D{{0,12}}?сар(?!\w{{0,5}}\D{{0,3}}\d)", _numbers, "аА"),
        (rf"tháng\s{_M}(?:\snăm\s|\s?[-/]\s?|,?\s){year}(?!\d)", _numbers, "áÁ"),
        (rf"\A{year}\s?[-./]\s?{_M}\.?\Z", _numbers, _SEPARATORS),
        (rf"\A{_M}\s?/\s?{_AD}\Z", _numbers, "/"),  # 02/2021
        (rf":\s?{year}[-./]{_M}(?=\s|\Z)", _numbers, ":"),  # behind a label
        (rf"\A(?:năm\s)?{year}\s?(?:[年년]|он|жыл|йил|yil|год|г\.)\Z", _numbers, ""),
        (r"\A(?:năm|ปี|พ\.ศ\.|ค\.ศ\.|ឆ្នាំ)\s?(?:(?P<year>(?:19|20)\d\d)|(?P<buddhist>2[45]\d\d))\Z", _numbers, ""),
        (
            r"(?:juche|주체|主体|主體)\s?(?P<juche>\d{2,3})(?:\s?\(\s?(?P<gregorian>\d{4})\s?\))?(?!\d)",
            _numbers,
            "jJ주主",
        ),
    ]
    if country == _ROC_COUNTRY:
        forms.append((rf"{_ALONE}(?P<roc>\d{{2,3}})\s?年\s?{_M}\s?月(?!\s?\d)", _roc, "年"))
        forms.append((rf"\A(?P<roc>1\d\d)\s?[-./]\s?{_M}\Z", _roc, _SEPARATORS))
    if script == "arabic":
        forms.append((rf"{named(solar_months(), 'solar_name')}\s?(?:ماه\s?)?(?P<solar>1[34]\d\d)(?!\d)", _numbers, ""))
    if country == _BUDDHIST_COUNTRY or script == "thai":
        thai = f"(?P<name>{'|'.join(f'(?:{month})' for month in months_of(language, 'thai'))})"
        forms.append((rf"{thai}{_TIGHT}{_BEFORE_YEAR}(?:(?P<buddhist>2[45]\d\d)|{_AD})(?!\d)", _numbers, ""))
    return _table(*forms)


Usable = Callable[[Match], bool]


def day_matches(folded: str, rules: DateRules, usable: Usable) -> list[Match]:
    """The usable days printed in the text, in its order; where two forms begin at one place the longer one.

    Where one is the whole text, none that another form might find in it is looked for.
    """
    language, script = _base(rules.language), script_of(folded)
    forms = _day_forms(language, rules.country, script, _OF_AN_ERA.search(folded) is not None)
    signs = _signs(folded, language, script)
    return sorted(_matches(forms, signs, folded, rules, usable), key=lambda match: (match.start, -match.end))


def partial_matches(folded: str, rules: DateRules, usable: Usable) -> list[Match]:
    """The usable months, and years that can only be one, printed in the text; the preciser forms first."""
    language, script = _base(rules.language), script_of(folded)
    forms = _partial_forms(language, rules.country, script, _OF_AN_ERA.search(folded) is not None)
    return list(_matches(forms, _signs(folded, language, script), folded, rules, usable))


def _signs(folded: str, language: str, script: str) -> frozenset[str]:
    """What tells which forms a date of the text can have: some of its characters, and whether a month is named."""
    found = frozenset(_SIGNS.findall(folded))
    return found | _NAMED if may_name(language, script, folded) else found


def _matches(forms: Forms, signs: frozenset[str], folded: str, rules: DateRules, usable: Usable) -> Iterator[Match]:
    for pattern, reader, marks in forms:
        if marks and marks.isdisjoint(signs):
            continue
        for found in pattern.finditer(folded):
            numbers = reader(found, rules)
            if numbers and usable(match := Match(found.start(), found.end(), *numbers)):
                yield match
                if match.end - match.start == len(folded):
                    return


@lru_cache(maxsize=256)
def _yearless_form(language: str, script: str) -> re.Pattern[str]:
    first, second = (named(months_of(language, script), group) for group in ("name", "name2"))
    return re.compile(
        rf"\A(?:{first}\s?(?P<day1>\d{{1,2}}){_TH}|(?P<day2>\d{{1,2}}){_TH}[\s-]?{second}"
        r"|(?P<month3>\d{1,2})\s?[月월]\s?(?P<day3>\d{1,2})\s?[日号號일]"
        r"|(?P<month4>\d{1,2})\D{0,12}?сар\w{0,5}\s?(?P<day4>\d{1,2})\D{0,5}"
        r"|(?:ngày\s)?(?P<day5>\d{1,2})\stháng\s(?P<month5>\d{1,2})"
        r"|(?P<first>\d{1,2})\s?[-/]\s?(?P<second>\d{1,2})|(?P<first6>\d\d)\.(?P<second6>\d\d)\.?)\Z",
        re.IGNORECASE,
    )


# The weekday before a day and the time behind it: "Wed, Mar 6", "03-06 10:20".
_BESIDE_A_DAY = re.compile(
    r"\A(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b[.,]*\s*|[\s,]+\d{1,2}:\d\d(?::\d\d)?\Z",
    re.IGNORECASE,
)


def yearless(folded: str, rules: DateRules) -> tuple[int, int] | None:
    """Month and day when the whole text is a day without its year, such as [02-02] in a Chinese list."""
    language = _base(rules.language)
    told = _BESIDE_A_DAY.sub("", folded.strip(" []()【】"))
    match = _yearless_form(language, script_of(folded)).match(told)
    if match is None:
        return None
    found = {key.rstrip("123456"): value for key, value in match.groupdict().items() if value}
    if "name" in found:
        month = month_of(found["name"], months_of(language, script_of(folded)))
        return None if month is None else (month, int(found["day"]))
    if "month" in found:
        return int(found["month"]), int(found["day"])
    if not same_months(rules):
        return None
    month_first = rules.date_order == "YMD" and language in _YEAR_FIRST_LANGUAGES
    return month_and_day(int(found["first"]), int(found["second"]), "MDY" if month_first else order_of(rules))


def same_months(rules: DateRules) -> bool:
    """Whether a month in numbers can only be a Gregorian one where this is printed."""
    return rules.country not in _OTHER_MONTHS


def month_number(text: str, rules: DateRules) -> int | None:
    """The number of a month whose name is found in the folded text."""
    months = months_of(_base(rules.language), script_of(text))
    match = re.search(named(months), text, re.IGNORECASE)
    return month_of(match["name"], months) if match else None
