"""An instant as mail, feeds and HTTP write it: `Wed, 10 Feb 2021 03:00:00 GMT` (RFC 5322 and 9110). Pure."""

from __future__ import annotations

import re
from datetime import datetime

_USUAL = re.compile(
    r"(?:[A-Z][a-z]{2}, )?([0-9]{1,2}) ([A-Z][a-z]{2}) ([1-9][0-9]{3}) ((?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2})"
    r" (?:GMT|((?!-0000)[+-][0-9]{4}))"
)
_MONTHS = {
    name: f"{number:02}" for number, name in enumerate(re.findall("...", "JanFebMarAprMayJunJulAugSepOctNovDec"), 1)
}


def mail_instant(printed: str) -> datetime:
    """What the standard library reads in it, at a fifth of its cost where it is written as usual.

    It raises what the library raises: ValueError, TypeError, IndexError or OverflowError.
    """
    usual = _USUAL.fullmatch(printed)
    month = _MONTHS.get(usual[2]) if usual else None
    if usual and month:
        try:
            return datetime.fromisoformat(f"{usual[3]}-{month}-{usual[1].zfill(2)}T{usual[4]}{usual[5] or 'Z'}")
        except ValueError:  # left to those who say what is wrong
            pass
    from email.utils import parsedate_to_datetime  # it takes longer to load than many a page to read

    return parsedate_to_datetime(printed)
