"""Years and days of other calendars as Gregorian ones. Only calendars that can be converted without doubt are here.

A day of these is not converted, because it would be a guess: a Hijri month begins when its moon is seen, which differs
from country to country, and few pages say that they follow the calculated one of Umm al-Qura; the lengths of Nepal's
months are announced year by year; Bengali months are counted in one way in Bangladesh and in another in India.
"""

from __future__ import annotations

from datetime import date, timedelta

# The year before the first of each era.
ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867}
ERAS |= {letter: ERAS[era] for letter, era in zip("RHSTM", ("令和", "平成", "昭和", "大正", "明治"), strict=True)}
ERAS |= {"令": ERAS["令和"], "平": ERAS["平成"], "昭": ERAS["昭和"]}
ROC = 1911  # also the year before Juche 1
BUDDHIST = 543  # a Thai year is ahead by this
_NOWRUZ_1400 = date(2021, 3, 21)
_SOLAR_YEARS = range(1300, 1500)


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
