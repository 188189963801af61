"""What country and language a page seems to be of, for settings that nobody has given yet. Guesses, shown as such."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

# Endings that are sold to everybody, so that they tell no country.
_EVERYBODYS = frozenset(("ai", "cc", "co", "eu", "fm", "gg", "im", "io", "ly", "me", "sh", "to", "tv", "ws"))
_LANGUAGE_OF = {
    "AE": "ar", "AF": "fa", "BD": "bn", "CN": "zh-Hans", "HK": "zh-Hant", "ID": "id", "IL": "he", "IN": "en",
    "IR": "fa", "JP": "ja", "KH": "km", "KP": "ko", "KR": "ko", "KZ": "kk", "LA": "lo", "MM": "my", "MN": "mn",
    "MO": "zh-Hant", "MY": "ms", "NP": "ne", "QA": "ar", "SA": "ar", "SG": "en", "TH": "th", "TR": "tr",
    "TW": "zh-Hant", "UZ": "uz", "VN": "vi",
}  # fmt: skip
_COUNTRY_OF = {
    "fa": "IR", "id": "ID", "ja": "JP", "kk": "KZ", "km": "KH", "ko": "KR", "lo": "LA", "mn": "MN", "ms": "MY",
    "my": "MM", "ne": "NP", "th": "TH", "tr": "TR", "uz": "UZ", "vi": "VN", "zh": "CN", "zh-Hans": "CN",
    "zh-Hant": "TW",
}  # fmt: skip
_SCRIPTS = (
    ("ko", re.compile("[가-힣]")),
    ("ja", re.compile("[ぁ-ゖァ-ヺ]")),
    ("th", re.compile("[ก-๛]")),
    ("lo", re.compile("[ກ-ໟ]")),
    ("km", re.compile("[ក-៿]")),
    ("my", re.compile("[က-႟]")),
    ("zh", re.compile("[一-鿿]")),
)
_SHARE = 0.15  # of the letters; menus of other languages stand in many pages
_LETTER = re.compile(r"[^\W\d_]")
_LANG = re.compile(r"<html\b[^>]{0,300}?\blang\s*=\s*[\"']?([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*)", re.IGNORECASE)
_MARKUP = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_LOOKED_AT = 200_000  # characters
_DAY_FIRST = (
    "AE AF AU BD BH BN BT CK CY FJ GB HK ID IL IN IQ JO KH KI KW KZ LA LB LK MM MO MV MY NC NP NR NU NZ OM PF PG PK QA"
    " SA SB SG SY TH TJ TK TL TM TO TR TV UZ VN VU WF WS YE KG GE AM AZ PS"
)
_MONTH_FIRST = "AS FM GU MH MP PH PW US"


def country_of(url: str, language: str = "") -> str:
    """The two-letter country of the address's ending, else of a language of one country, else INT."""
    ending = (urlsplit(url).hostname or "").rpartition(".")[2].upper()
    if ending == "UK":
        return "GB"
    if re.fullmatch("[A-Z]{2}", ending) and ending.lower() not in _EVERYBODYS:
        return ending
    region = re.search(r"-([A-Z]{2})$", language)
    return region[1] if region else _COUNTRY_OF.get(language, _COUNTRY_OF.get(language.partition("-")[0], "INT"))


def language_of(text: str, country: str) -> str:
    """The language of a page: its script where that tells, else what the page says, else that of the country."""
    named = _LANG.search(text[:20_000])
    said = _tidy(named[1]) if named else ""
    script = _script_of(_MARKUP.sub(" ", text[:_LOOKED_AT]))
    if script == "zh":
        return said if said.startswith("zh") else _LANGUAGE_OF[country] if country in ("TW", "HK", "MO") else "zh-Hans"
    return script or said or _LANGUAGE_OF.get(country, "en")


def date_order_of(country: str) -> Literal["YMD", "DMY", "MDY"]:
    """How 02/03/2021 is usually meant in a country."""
    return "DMY" if country in _DAY_FIRST else "MDY" if country in _MONTH_FIRST else "YMD"


def _script_of(text: str) -> str:
    letters = len(_LETTER.findall(text)) or 1
    return next((name for name, script in _SCRIPTS if len(script.findall(text)) >= _SHARE * letters), "")


def _tidy(tag: str) -> str:
    """A language tag in its usual spelling: zh-CN and the like name the script here."""
    first, *rest = tag.replace("_", "-").split("-")
    if first.lower() == "zh":
        traditional = {"tw", "hk", "mo", "hant"} & {part.lower() for part in rest}
        return "zh-Hant" if traditional else "zh-Hans"
    return "-".join([first.lower(), *(part.upper() if len(part) == 2 else part for part in rest)])
