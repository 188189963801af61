"""Printed dates brought into one spelling: digits of every script as 0-9, one kind of dash, number words as numbers.

The folded text is only for reading dates: it is not shown to anybody.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_WEEKDAY = re.compile(
    r"\s?[(\[](?:[月火水木金土日](?:曜日?)?(?:[・･、,/]\s?[^()\[\]\d]{1,4})?|[월화수목금토일](?:요일)?|周.|星期.|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*"
    r"\.?)[)\]]",
    re.IGNORECASE,
)
_SPELLINGS = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("،﹐、", ","),
        "؍": "/",
        # Arabic and Persian keyboards write the same letters with different characters.
        "ي": "ی",
        "ى": "ی",
        "ك": "ک",
        **dict.fromkeys("أإٱ", "ا"),
    }
)
# Marks of direction and joining, Arabic vowel signs, the stretched line.
_UNSEEN = re.compile("[\u0640\u064b-\u0652\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_OTHER_DIGIT = re.compile(r"[^\D0-9]")
_HAN_NUMBER = re.compile(
    r"[〇零○一二三四五六七八九十廿卅百][〇零○一二三四五六七八九十廿卅百0oO]{0,5}(?=\s?[年月日号號])"
)
_HAN = {
    **dict.fromkeys("〇零○0oO", 0),
    **{digit: value for value, digit in enumerate("一二三四五六七八九", start=1)},
}
_ONES = {"": 0, **_HAN}
_MONGOLIAN_MONTH = re.compile(
    r"(?<!\w)(арван\s?)?(нэг|хоёр|гурав|дөрөв|тав|зургаа?|долоо|найм|ес|арав)(?:дугаар|дүгээр)(?=\s?сар)", re.IGNORECASE
)
_MONGOLIAN = {
    word: value
    for value, word in enumerate(
        ("нэг", "хоёр", "гурав", "дөрөв", "тав", "зургаа", "долоо", "найм", "ес", "арав"), start=1
    )
} | {"зурга": 6}
_VIETNAMESE = {
    word: value
    for value, word in enumerate(
        ("một", "hai", "ba", "tư", "năm", "sáu", "bảy", "tám", "chín", "mười", "mười một", "mười hai"), start=1
    )
}
_VIETNAMESE_MONTH = re.compile(
    rf"(?<=tháng )(?:{'|'.join(sorted(_VIETNAMESE, key=len, reverse=True))})(?!\w)", re.IGNORECASE
)
# One year told in two ways: 令和3(2021)年, 2021年(令和3年).
_ERA_AND_YEAR = re.compile(r"(?:令和|平成|昭和)\s?(?:\d{1,2}|元)\s?年?\s?\(\s?((?:19|20)\d\d)\s?年?\s?\)\s?年?")
_YEAR_AND_ERA = re.compile(r"((?:19|20)\d\d)\s?年?\s?\((?:令和|平成|昭和|民國|R|H)\s?(?:\d{1,3}|元)\s?年?\s?\)\s?年?")


@lru_cache(maxsize=1024)  # a line is asked whether it has a label, for its day, and whether that had a year
def fold(text: str) -> str:
    """The text with every script's digits as 0-9, full width and number words folded, no weekday in brackets."""
    if not text.isascii():
        text = fold_letters(text)
        text = _number_words("".join(map(_digit, text)) if _OTHER_DIGIT.search(text) else text)
    text = " ".join(text.split())
    if "(" not in text and "[" not in text:
        return text
    text = _WEEKDAY.sub("", text)
    return text if text.isascii() else _YEAR_AND_ERA.sub(r"\1年", _ERA_AND_YEAR.sub(r"\1年", text))


def fold_letters(text: str) -> str:
    """The text with one spelling for what is written in several ways; the part of `fold` that patterns go through."""
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text).translate(_SPELLINGS))


def _digit(character: str) -> str:
    value = unicodedata.decimal(character, -1) if character > "\x7f" else -1
    return character if value < 0 else str(value)


def _number_words(text: str) -> str:
    text = _HAN_NUMBER.sub(lambda match: _han_number(match[0]), text)
    if "сар" in text:
        text = _MONGOLIAN_MONTH.sub(lambda match: str((10 if match[1] else 0) + _MONGOLIAN[match[2].lower()]), text)
    if "háng " in text:
        text = _VIETNAMESE_MONTH.sub(lambda match: str(_VIETNAMESE[match[0].lower()]), text)
    return text


def _han_number(digits: str) -> str:
    """The number written in Han digits, place by place or with tens and hundreds; the text itself where it is none."""
    digits = digits.replace("廿", "二十").replace("卅", "三十")
    if not set(digits) & set("十百"):
        return "".join(str(_HAN[digit]) for digit in digits)
    hundreds, hundred, rest = digits.rpartition("百")
    rest = rest.lstrip("零〇○") if hundred else rest
    tens, ten, ones = rest.rpartition("十")
    if not ten:
        tens, ones = "", rest
    if any(part not in _ONES for part in (hundreds, tens, ones)):
        return digits
    tens_value = (_ONES[tens] or 1) * 10 if ten else 0
    return str(((_ONES[hundreds] or 1) * 100 if hundred else 0) + tens_value + _ONES[ones])
