"""The last resort for a printed date: dateparser, for languages whose month names are not known here.

It is asked strictly and not believed beyond what is printed: the year and the day of its answer must stand in the text
as numbers. It is imported when first needed, and never for a text without a year or without words.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

# Languages that have forms of their own: what these refuse is to stay refused.
_KNOWN_HERE = frozenset(
    re.findall(r"\w+", "en zh ja ko mn ru kk ky uz tg th vi id ms fil tl fa ar hi bn km lo my bo ne si und mul")
)
_LONGEST = 60  # characters
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_WORD = re.compile(r"[^\W\d_]{3}")
_NUMBER = re.compile(r"\d+")
_CLOCK = re.compile(r"\d{1,2}:\d\d(?::\d\d)?")


def foreign_day(folded: str, language: str) -> tuple[int, int | None, int | None] | None:
    """Year, month and day, or year and month, of a text that is a date and nothing else; None when it is not sure."""
    base = language.partition("-")[0].lower()
    if base in _KNOWN_HERE or len(folded) > _LONGEST or not _YEAR.search(folded) or not _WORD.search(folded):
        return None
    numbers = [int(number) for number in _NUMBER.findall(_CLOCK.sub("", folded))]
    parts = ("day", "month", "year") if len(numbers) == 2 else ("month", "year") if len(numbers) == 1 else ()
    found = _parsed(folded, base, parts) if parts else None
    if found is None or found.year not in numbers:
        return None
    if "day" not in parts:
        return found.year, found.month, None
    return (found.year, found.month, found.day) if found.day in numbers else None


def _parsed(text: str, language: str, parts: tuple[str, ...]) -> Any:
    try:
        parser = _parser(language, parts)
        return parser.get_date_data(text).date_obj if parser else None
    except Exception:  # a foreign parser on a foreign text: whatever it raises means that it cannot read it
        return None


@lru_cache(maxsize=16)
def _parser(language: str, parts: tuple[str, ...]) -> Any:
    from dateparser.data.languages_info import language_order
    from dateparser.date import DateDataParser

    if language not in language_order:
        return None
    settings = {
        "REQUIRE_PARTS": list(parts),
        "STRICT_PARSING": "day" in parts,  # it would demand a day of a month
        "DATE_ORDER": "DMY",
        "PREFER_DAY_OF_MONTH": "first",
        "PARSERS": ["absolute-time"],
    }
    return DateDataParser(languages=[language], settings=settings)
