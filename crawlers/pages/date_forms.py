"""How a day is written in five scripts: a table of forms, each a pattern and how to read what it matched.

The patterns see folded text (`fold`). A form that can be misread is bound to the language or country that uses it, or
must be the whole text. Which of several dates is meant, and whether it is plausible, is not decided here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from crawlers.pages.local_days import local_day

DateOrder = Literal["YMD", "DMY", "MDY"]
Numbers = tuple[int, int | None, int | None]  # year, month, day, as far as printed


@dataclass(frozen=True, slots=True)
class DateRules:
    """What a printed date can mean depends on who printed it, and when it was read."""

    language: str
    country: str
    today: date
    date_order: DateOrder = "YMD"


@dataclass(frozen=True, slots=True)
class Match:
    """A date found at a place of the folded text."""

    start: int
    end: int
    year: int
    month: int | None
    day: int | None


_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_ERAS = {
    "令和": 2018,
    "平成": 1988,
    "昭和": 1925,
    "大正": 1911,
    "明治": 1867,
    "R": 2018,
    "H": 1988,
    "S": 1925,
    "T": 1911,
}
_ROC = 1911  # also the year before Juche 1
_SHORT_ERA_COUNTRY, _ROC_COUNTRY = "JP", "TW"

_YEAR = (
    r"(?:(?:juche|주체|主体|主體)\s?(?P<juche>\d{2,3})(?:\s?\(\s?(?P<gregorian>\d{4})\s?\))?"
    r"|(?P<era>令和|平成|昭和|大正|明治)\s?(?P<era_year>\d{1,2}|元)"
    r"|(?:中華)?民[國国]\s?(?P<roc>\d{1,3}|元)"
    r"|(?<!\d)(?<!fy)(?P<year>(?:19|20)\d{2}))"
)
_M, _D = r"(?P<month>\d{1,2})", r"(?P<day>\d{1,2})"
_NAME = (
    r"(?<![a-z])(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![a-z])\.?"
)
_TH = r"(?:st|nd|rd|th)?"
_ALONE = r"(?<![\d./-])"
_INSTANT = r"(?P<iso>(?<!\d)\d{4}-\d\d-\d\d[t ]\d\d:\d\d(?::\d\d)?(?:\.\d{1,9})?\s?(?:z|[+-]\d\d:?\d\d))(?![\d:])"
_RFC822 = (
    r"(?P<rfc>(?<!\d)\d{1,2}\s[a-z]{3,9}\s(?:\d{4}|\d{2})\s\d{1,2}:\d\d(?::\d\d)?"
    r"\s?(?:[+-]\d{4}|gmt|ut|utc|z|[ecmp][sd]t|jst|kst|\b))(?!\d)"
)


def _numbers(match: re.Match[str], rules: DateRules) -> Numbers | None:
    found = match.groupdict()
    year = _year(found)
    name = found.get("name")
    month = _MONTHS[name[:3].lower()] if name else _int(found.get("month"))
    return None if year is None else (year, month, _int(found.get("day")))


def _year(found: dict[str, str | None]) -> int | None:
    for key, offset in (("year", 0), ("gregorian", 0), ("juche", _ROC), ("roc", _ROC), ("short", 2000)):
        if value := found.get(key):
            return (1 if value == "元" else int(value)) + offset
    era, era_year = found.get("era"), found.get("era_year")
    if not era or not era_year:
        return None
    return _ERAS[era.upper()] + (1 if era_year == "元" else int(era_year))


def _int(digits: str | None) -> int | None:
    return int(digits) if digits else None


def _by_order(match: re.Match[str], rules: DateRules) -> Numbers | None:
    """02/03/2021 by the source's order; without one only what can be read in one way."""
    first, second, year = int(match["first"]), int(match["second"]), int(match["year"])
    pair = month_and_day(first, second, rules.date_order)
    return (year, *pair) if pair else None


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
    printed = match["iso"].upper()
    try:
        day = local_day(datetime.fromisoformat(f"{printed[:10]}T{printed[11:].replace(' ', '')}"), rules.country)
    except ValueError:
        return None
    return day.year, day.month, day.day


def _mail_instant(match: re.Match[str], rules: DateRules) -> Numbers | None:
    try:
        day = local_day(parsedate_to_datetime(match["rfc"]), rules.country)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return day.year, day.month, day.day


def _roc(match: re.Match[str], rules: DateRules) -> Numbers | None:
    numbers = _numbers(match, rules) if rules.country == _ROC_COUNTRY else None
    return numbers if numbers and 80 <= numbers[0] - _ROC <= 150 else None


def _short_era(match: re.Match[str], rules: DateRules) -> Numbers | None:
    return _numbers(match, rules) if rules.country == _SHORT_ERA_COUNTRY or rules.language.startswith("ja") else None


Reader = Callable[[re.Match[str], DateRules], Numbers | None]


def _table(*forms: tuple[str, Reader]) -> tuple[tuple[re.Pattern[str], Reader], ...]:
    return tuple((re.compile(pattern, re.IGNORECASE), reader) for pattern, reader in forms)


_DAY_FORMS = _table(
    (_INSTANT, _instant),
    (_RFC822, _mail_instant),
    (rf"{_YEAR}\s?(?P<sep>[-./])\s?{_M}\s?(?P=sep)\s?{_D}(?!\d)", _numbers),  # 2024. 9. 13.
    (rf"{_YEAR}\s?[年년]\s?{_M}\s?[月월]\s?{_D}\s?[日号號일]", _numbers),
    (
        r"(?<![\d./_-])(?P<year>(?:19|20)\d\d)(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])"
        r"(?:[0-2]\d[0-5]\d[0-5]\d)?(?!\d)",
        _numbers,
    ),
    (rf"{_YEAR}\s?он\w{{0,5}}\D{{0,4}}{_M}\D{{0,12}}?сар\w{{0,5}}\D{{0,3}}{_D}(?!\d)", _numbers),
    (rf"{_ALONE}{_D}{_TH}[\s,./-]{{1,3}}(?:of\s)?{_NAME}[\s,./-]{{0,3}}{_YEAR}(?!\d)", _numbers),  # 16 December 2020
    (rf"{_NAME}\s?{_D}{_TH}(?:\s?,\s?|\s){_YEAR}(?!\d)", _numbers),  # December 16, 2020
    (rf"{_YEAR}[\s,.-]{{1,3}}{_NAME}[\s.-]{{0,2}}{_D}{_TH}(?!\d)", _numbers),  # 2021 Feb 2
    (rf"ngày\s{_D}\s(?:tháng\s)?{_M}\snăm\s{_YEAR}(?!\d)", _numbers),
    (
        rf"{_ALONE}(?P<first>\d{{1,2}})(?P<sep>[-./])\s?(?P<second>\d{{1,2}})(?P=sep)\s?(?P<year>(?:19|20)\d\d)(?!\d)",
        _by_order,
    ),
    (rf"(?<![a-z\d])(?P<era>[rhst])(?P<era_year>\d{{1,2}}|元)\s?[-./年]\s?{_M}\s?[-./月]\s?{_D}(?!\d)", _short_era),
    (rf"{_ALONE}(?P<roc>\d{{2,3}})(?P<sep>[-./])\s?{_M}(?P=sep)\s?{_D}(?![\d./-])", _roc),  # 110/02/02
    (rf"{_ALONE}(?P<roc>\d{{2,3}})\s?年\s?{_M}\s?月\s?{_D}\s?日", _roc),
    (rf"['’](?P<short>\d\d)\.\s?{_M}\.\s?{_D}(?!\d)", _numbers),  # '26.09.04
    (rf"\A{_D}\s{_YEAR}\s?[-./年]\s?{_M}月?\Z", _numbers),  # a day block joined with its month block: 02 2021-02
)
_PARTIAL_FORMS = _table(
    (rf"{_YEAR}\s?[年년]\s?{_M}\s?[月월](?!\s?\d)", _numbers),
    (rf"{_NAME}\s?,?\s?{_YEAR}(?!\d)", _numbers),  # No. 103, February 2024
    (rf"{_YEAR}\s?он\w{{0,5}}\D{{0,4}}{_M}\D{{0,12}}?сар(?!\w{{0,5}}\D{{0,3}}\d)", _numbers),
    (rf"\A{_YEAR}\s?[-./]\s?{_M}\.?\Z", _numbers),
    (rf":\s?{_YEAR}[-./]{_M}(?=\s|\Z)", _numbers),  # behind a label
    (rf"\A{_YEAR}\s?[年년]\Z", _numbers),
    (r"(?:juche|주체|主体|主體)\s?(?P<juche>\d{2,3})(?:\s?\(\s?(?P<gregorian>\d{4})\s?\))?(?!\d)", _numbers),
)
_YEARLESS = re.compile(
    rf"\A(?:{_NAME}\s?(?P<day1>\d{{1,2}}){_TH}|(?P<day2>\d{{1,2}}){_TH}\s{_NAME.replace('<name>', '<name2>')}"
    r"|(?P<month3>\d{1,2})\s?[月월]\s?(?P<day3>\d{1,2})\s?[日号號일]"
    r"|(?P<month4>\d{1,2})\D{0,12}?сар\w{0,5}\s?(?P<day4>\d{1,2})\D{0,5}"
    r"|(?P<first>\d{1,2})\s?[-/]\s?(?P<second>\d{1,2})|(?P<first5>\d\d)\.(?P<second5>\d\d)\.?)\Z",
    re.IGNORECASE,
)
_MONTH_FIRST_LANGUAGES = ("zh", "ja", "ko", "mn")
_WEEKDAY = re.compile(
    r"\s?[(\[](?:[月火水木金土日월화수목금토일]|周.|星期.|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*)[)\]]", re.IGNORECASE
)
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
_HAN_NUMBER = re.compile(r"[〇零○一二三四五六七八九十]{1,4}(?=\s?[年月日])")
_HAN = {"〇": 0, "零": 0, "○": 0, **{digit: value for value, digit in enumerate("一二三四五六七八九", start=1)}}


def fold(text: str) -> str:
    """The text with every script's digits as 0-9, full width and Han numbers folded, no weekday in brackets."""
    text = unicodedata.normalize("NFKC", text).translate(_DASHES)
    if not text.isascii():
        text = "".join(map(_digit, text))
        text = _HAN_NUMBER.sub(lambda match: _han_number(match[0]), text)
    return _WEEKDAY.sub("", " ".join(text.split())) if "(" in text or "[" in text else " ".join(text.split())


def _digit(character: str) -> str:
    value = unicodedata.decimal(character, -1) if character > "\x7f" else -1
    return character if value < 0 else str(value)


def _han_number(digits: str) -> str:
    tens, ten, ones = digits.partition("十")
    if not ten:
        return "".join(str(_HAN[digit]) for digit in digits)
    if "十" in ones or len(tens) > 1 or len(ones) > 1:
        return digits
    return str((_HAN[tens] if tens else 1) * 10 + (_HAN[ones] if ones else 0))


def day_matches(folded: str, rules: DateRules) -> list[Match]:
    """Every day printed in the text, in its order; where two forms begin at one place the longer one."""
    return sorted(_matches(_DAY_FORMS, folded, rules), key=lambda match: (match.start, -match.end))


def partial_matches(folded: str, rules: DateRules) -> list[Match]:
    """Every month, and year that can only be one, printed in the text; the preciser forms first."""
    return list(_matches(_PARTIAL_FORMS, folded, rules))


def _matches(forms: tuple[tuple[re.Pattern[str], Reader], ...], folded: str, rules: DateRules) -> Iterator[Match]:
    for pattern, reader in forms:
        for match in pattern.finditer(folded):
            if numbers := reader(match, rules):
                yield Match(match.start(), match.end(), *numbers)


def yearless(folded: str, rules: DateRules) -> tuple[int, int] | None:
    """Month and day when the whole text is a day without its year, such as [02-02] in a Chinese list."""
    match = _YEARLESS.match(folded.strip(" []()【】"))
    if match is None:
        return None
    found = {key.rstrip("12345"): value for key, value in match.groupdict().items() if value}
    if "name" in found:
        return _MONTHS[found["name"][:3].lower()], int(found["day"])
    if "month" in found:
        return int(found["month"]), int(found["day"])
    month_first = rules.date_order == "YMD" and rules.language[:2] in _MONTH_FIRST_LANGUAGES
    return month_and_day(int(found["first"]), int(found["second"]), "MDY" if month_first else rules.date_order)


def month_number(text: str) -> int | None:
    """The number of an English month name found in the text."""
    match = re.search(_NAME, text, re.IGNORECASE)
    return _MONTHS[match["name"][:3].lower()] if match else None
