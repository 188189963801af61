"""Years and days of other calendars as Gregorian ones.

Two are known by tables alone, and come from libraries that are imported when first needed: the Hijri calendar of Umm
al-Qura, and Nepal's Bikram Sambat, whose months are announced year by year.
"""

from __future__ import annotations

from calendar import isleap
from datetime import date, timedelta

# The year before the first of each era.
ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867}
ERAS |= {letter: ERAS[era] for letter, era in zip("RHSTM", ("令和", "平成", "昭和", "大正", "明治"), strict=True)}
ERAS |= {"令": ERAS["令和"], "平": ERAS["平成"], "昭": ERAS["昭和"]}
ROC = 1911  # also the year before Juche 1
BUDDHIST = 543  # a Thai year is ahead by this
_NOWRUZ_1400 = date(2021, 3, 21)
_SOLAR_YEARS = range(1300, 1500)
_BANGLA_REFORM = 1426
_BANGLA_YEARS = range(1394, 1500)  # its months were fixed in 1987


def solar_hijri_day(year: int, month: int, day: int) -> date | None:
    """The Gregorian day of a day in the calendar of Iran and Afghanistan; None when there is no such day."""
    if year not in _SOLAR_YEARS or not 1 <= month <= 12 or not 1 <= day <= _month_days(year, month):
        return None
    years = range(1400, year) if year >= 1400 else range(year, 1400)
    days = sum(365 + _is_leap(number) for number in years) * (1 if year >= 1400 else -1)
    return _NOWRUZ_1400 + timedelta(days=days + sum(_month_days(year, number) for number in range(1, month)) + day - 1)


def solar_hijri_month(year: int, month: int) -> tuple[date, date] | None:
    """The first and the last Gregorian day of such a month."""
    first = solar_hijri_day(year, month, 1)
    return None if first is None else (first, first + timedelta(days=_month_days(year, month) - 1))


def hijri_day(year: int, month: int, day: int) -> date | None:
    """The Gregorian day of one in the calendar of Umm al-Qura; None when there is no such day, or no table for it."""
    from hijridate import Hijri

    try:
        return date(*Hijri(year, month, day).to_gregorian().datetuple())
    except (ValueError, OverflowError):
        return None


def sambat_day(year: int, month: int, day: int) -> date | None:
    """The Gregorian day of one in Nepal's calendar; None when there is no such day, or no table for it."""
    from nepali_datetime import date as nepali_date

    try:
        found = nepali_date(year, month, day).to_datetime_date()
    except ValueError:
        return None
    return date(found.year, found.month, found.day)


def bangla_day(year: int, month: int, day: int) -> date | None:
    """The Gregorian day of one in the calendar of Bangladesh, which begins every year on 14 April.

    Since 1426 six months have 31 days, before that five.
    """
    long = 6 if year >= _BANGLA_REFORM else 5
    lengths = [31] * long + [30] * (12 - long)
    lengths[10] = 35 - long + isleap(year + 594)
    if not (year in _BANGLA_YEARS and 1 <= month <= 12 and 1 <= day <= lengths[month - 1]):
        return None
    return date(year + 593, 4, 14) + timedelta(days=sum(lengths[: month - 1]) + day - 1)


def _month_days(year: int, month: int) -> int:
    return 31 if month <= 6 else 30 if month < 12 or _is_leap(year) else 29


def _is_leap(year: int) -> bool:
    """By the cycle of 33 years, which agrees with the astronomical rule from 1178 to 1633."""
    return (25 * year + 11) % 33 < 8


def common_part(first: date, last: date) -> tuple[int, int | None, int | None] | None:
    """Year, month and day as far as both days share them: what is sure of a day between the two."""
    if first == last:
        return first.year, first.month, first.day
    if first.year != last.year:
        return None
    return first.year, first.month if first.month == last.month else None, None
