"""What country and language a page seems to be of, for settings that nobody has given yet. Guesses, shown as such."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

# Endings that are sold to everybody, so that they tell no country.
_EVERYBODYS = frozenset(("ai", "cc", "co", "eu", "fm", "gg", "im", "io", "ly", "me", "sh", "to", "tv", "ws"))
_OTHERWISE = {"UK": "GB", "GOV": "US", "MIL": "US", "EDU": "US"}
_LANGUAGE_OF = {
    "AE": "ar", "AF": "fa", "BD": "bn", "CN": "zh-Hans", "HK": "zh-Hant", "ID": "id", "IL": "he", "IN": "en",
    "IR": "fa", "JP": "ja", "KH": "km", "KP": "ko", "KR": "ko", "KZ": "kk", "LA": "lo", "MM": "my", "MN": "mn",
    "MO": "zh-Hant", "MY": "ms", "NP": "ne", "QA": "ar", "SA": "ar", "SG": "en", "TH": "th", "TR": "tr",
    "TW": "zh-Hant", "UZ": "uz", "VN": "vi",
}  # fmt: skip
_COUNTRY_OF = {
    "bn": "BD", "fa": "IR", "he": "IL", "hi": "IN", "hy": "AM", "id": "ID", "ja": "JP", "ka": "GE", "kk": "KZ",
    "km": "KH", "ko": "KR", "lo": "LA", "mn": "MN", "ms": "MY", "my": "MM", "ne": "NP", "si": "LK", "th": "TH",
    "tr": "TR", "ur": "PK", "uz": "UZ", "vi": "VN", "zh": "CN", "zh-Hans": "CN", "zh-Hant": "TW",
}  # fmt: skip
# Letters that tell a language apart from the others of its script come before the script's most frequent one.
_SCRIPTS = (
    ("ko", re.compile("[가-힣]"), 0.15),
    ("ja", re.compile("[ぁ-ゖァ-ヺ]"), 0.1),
    ("th", re.compile("[ก-๛]"), 0.15),
    ("lo", re.compile("[ກ-ໟ]"), 0.15),
    ("km", re.compile("[ក-៿]"), 0.15),
    ("my", re.compile("[က-႟]"), 0.15),
    ("si", re.compile("[අ-෴]"), 0.15),
    ("ta", re.compile("[அ-௺]"), 0.15),
    ("bn", re.compile("[অ-৾]"), 0.15),
    ("ka", re.compile("[ა-ჿ]"), 0.15),
    ("hy", re.compile("[ա-և]"), 0.15),
    ("he", re.compile("[א-ת]"), 0.15),
    ("zh", re.compile("[一-鿿]"), 0.15),
    ("vi", re.compile("[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE), 0.08),
)
# Scripts of several languages: what the page says counts first, then these letters, which its neighbours lack.
_SHARED_SCRIPTS = (
    (re.compile("[\u0621-\u06d3]"), (("ur", re.compile("[ٹڈڑےں]")), ("fa", re.compile("[پچژگ]"))), "ar"),
    (
        re.compile("[а-яёөүәғқңұһ]", re.IGNORECASE),
        (("kk", re.compile("[әғқұ]")), ("mn", re.compile("[өү]"))),
        "",
    ),
)
_MALAY = re.compile(r"\b(?:yang|dan|untuk|dengan|perpustakaan|berita|dari)\b", re.IGNORECASE)
_ENGLISH = re.compile(r"\b(?:the|and|of|for|with|library|from)\b", re.IGNORECASE)
_FEW = 0.004  # of the letters: what a language's own letters come to at least
_TRADITIONAL = re.compile("[國學會電書館圖點這個們時來對發開關讀覽與]")
_SIMPLIFIED = re.compile("[国学会电书馆图点这个们时来对发开关读览与]")
_LETTER = re.compile(r"[^\W\d_]")
_LANG = re.compile(r"<html\b[^>]{0,300}?\blang\s*=\s*[\"']?([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*)", re.IGNORECASE)
_MARKUP = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<[^<>]*>", re.IGNORECASE | re.DOTALL)
_SLASHED = re.compile(r"(?<![\d/.-])(\d{1,2}) ?[/.-](\d{1,2})[/.-]((?:19|20)?)\d\d(?![\d/.-]?\d)", re.ASCII)
_LOOKED_AT = 200_000  # characters
_DAY_FIRST = (
    "AE AF AU BD BH BN BT CK CY FJ GB HK ID IL IN IQ JO KH KI KW KZ LA LB LK MM MO MV MY NC NP NR NU NZ OM PF PG PK QA"
    " SA SB SG SY TH TJ TK TL TM TO TR TV UZ VN VU WF WS YE KG GE AM AZ PS"
)
_MONTH_FIRST = "AS FM GU MH MP PH PW US"


def country_of(url: str, language: str = "") -> str:
    """The two-letter country of the address's ending, else of a language of one country, else INT."""
    ending = (urlsplit(url).hostname or "").rpartition(".")[2].upper()
    if ending in _OTHERWISE:
        return _OTHERWISE[ending]
    if re.fullmatch("[A-Z]{2}", ending) and ending.lower() not in _EVERYBODYS:
        return ending
    region = re.search(r"-([A-Z]{2})$", language)
    return region[1] if region else _COUNTRY_OF.get(language, _COUNTRY_OF.get(language.partition("-")[0], "INT"))


def language_of(text: str, country: str) -> str:
    """The language of a page: its letters where they tell, else what the page says, else that of the country."""
    named = _LANG.search(text[:20_000])
    said = _tidy(named[1]) if named else ""
    words = _MARKUP.sub(" ", text[:_LOOKED_AT])
    letters = len(_LETTER.findall(words)) or 1
    sure = next((name for name, script, share in _SCRIPTS if len(script.findall(words)) >= share * letters), "")
    if sure == "zh":
        return _chinese(words, said, country)
    sure = sure or _of_shared_script(words, letters, said)
    if not sure and len(_MALAY.findall(words)) > 2 * len(_ENGLISH.findall(words)):
        sure = "ms" if country in ("MY", "BN", "SG") or said.startswith("ms") else "id"
    return sure or said or _LANGUAGE_OF.get(country, "en")


def _chinese(words: str, said: str, country: str) -> str:
    traditional, simplified = len(_TRADITIONAL.findall(words)), len(_SIMPLIFIED.findall(words))
    if traditional != simplified:
        return "zh-Hant" if traditional > simplified else "zh-Hans"
    return said if said.startswith("zh") else _LANGUAGE_OF[country] if country in ("TW", "HK", "MO") else "zh-Hans"


def _of_shared_script(words: str, letters: int, said: str) -> str:
    """The language of a page in Arabic or Cyrillic letters, '' where they do not tell."""
    for script, languages, usual in _SHARED_SCRIPTS:
        if len(script.findall(words)) >= 0.15 * letters:
            likely = next((name for name, own in languages if len(own.findall(words)) >= _FEW * letters), usual)
            return likely if said.partition("-")[0] in ("", "en") else said
    return ""


def date_order_of(country: str, text: str = "") -> Literal["YMD", "DMY", "MDY"]:
    """How 02/03/2021 is meant: as other dates of the page tell by a number that is no month, else as in the country."""
    first = second = 0
    for match in _SLASHED.finditer(text[:_LOOKED_AT]):
        # Before two digits of a year the year itself may stand first.
        first, second = max(first, int(match[1]) if match[3] else 0), max(second, int(match[2]))
    if 12 < first <= 31 and second <= 12:
        return "DMY"
    if 12 < second <= 31 and first <= 12:
        return "MDY"
    return "DMY" if country in _DAY_FIRST else "MDY" if country in _MONTH_FIRST else "YMD"


def _tidy(tag: str) -> str:
    """A language tag in its usual spelling: zh-CN and the like name the script here."""
    first, *rest = tag.replace("_", "-").split("-")
    if first.lower() == "zh":
        traditional = {"tw", "hk", "mo", "hant"} & {part.lower() for part in rest}
        return "zh-Hant" if traditional else "zh-Hans"
    return "-".join([first.lower(), *(part.upper() if len(part) == 2 else part for part in rest)])
