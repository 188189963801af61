"""The names of the months, as regular expressions, by script and language. They match folded text (`date_text`).

A script tells its languages apart well enough to know them all at once; Latin letters do not, so there a language
brings its own names, and English is always known.
"""

from __future__ import annotations

import re
from functools import lru_cache

from crawlers.pages.date_text import fold_letters

Months = tuple[str, ...]  # twelve patterns

_LATIN = {
    "en": (
        "jan(?:uary)? feb(?:ruary)? mar(?:ch)? apr(?:il)? may june? july? aug(?:ust)? sept?(?:ember)? oct(?:ober)? "
        "nov(?:ember)? dec(?:ember)?"
    ),
    "id": (
        "jan(?:uari)? [fp]eb(?:ruari)? mar(?:et)? apr(?:il)? mei juni? juli? (?:agustus|agu|agt|ags) sept?(?:ember)? "
        "okt(?:ober)? nop?v?(?:ember)? des(?:ember)?"
    ),
    "ms": (
        "jan(?:uari)? feb(?:ruari)? mac apr(?:il)? mei jun julai (?:ogos|ogo) sept?(?:ember)? okt(?:ober)? "
        "nov(?:ember)? dis(?:ember)?"
    ),
    "uz": "yanvar fevral mart aprel may iyun iyul avgust sent(?:ya|a)br okt(?:ya|a)br noya?br dekabr",
    "fil": "enero [fp]ebrero marso abril mayo hunyo hulyo agosto setyembre oktubre n[ou]byembre disyembre",
}
_LATIN |= {"tl": _LATIN["fil"]}
_OTHER = {
    # Russian, Uzbek, Kyrgyz and Tajik decline the same names; the second names are Kazakh.
    "cyrillic": (
        r"(?:январ\w{0,3}|янв|қаңтар\w{0,3}|қаң) (?:феврал\w{0,3}|февр?|ақпан\w{0,3}|ақп) "
        r"(?:март[аеыи]?|мар|наурыз\w{0,3}|нау) (?:апрел\w{0,3}|апр|сәуір\w{0,3}|сәу) "
        r"(?:ма[йяеи]|майы|мамыр\w{0,3}|мам) (?:июн\w{0,2}|маусым\w{0,3}|мау) (?:июл\w{0,2}|шілде\w{0,3}|шіл) "
        r"(?:август\w{0,2}|авг|тамыз\w{0,3}|там) (?:сентябр\w{0,2}|сент?|қыркүйек\w{0,3}|қыр) "
        r"(?:октябр\w{0,2}|окт|қазан\w{0,3}|қаз) (?:ноябр\w{0,2}|нояб?|қараша\w{0,3}|қар) "
        r"(?:декабр\w{0,2}|дек|желтоқсан\w{0,3}|жел)"
    ),
    # Egyptian, Levantine, Persian and Urdu names of the Gregorian months.
    "arabic": (
        r"(?:يناير|كانون\s?الثاني|ژانویه|جنوری) (?:فبراير|شباط|فوریه|فروری) (?:مارس|آذار|مارچ) "
        r"(?:أبريل|ابريل|إبريل|نيسان|آوریل|آپریل|اپریل) (?:مايو|أيار|مه|مئی|می) (?:يونيو|يونيه|حزيران|ژوئن|جون) "
        r"(?:يوليو|يوليه|تموز|ژوئیه|جولای|جولائی) (?:أغسطس|آب|اوت|آگوست|اگست) "
        r"(?:سبتمبر|أيلول|سپتامبر|ستمبر) (?:أكتوبر|تشرين\s?الأول|اکتبر|اکتوبر) "
        r"(?:نوفمبر|تشرين\s?الثاني|نوامبر|نومبر) (?:ديسمبر|كانون\s?الأول|دسامبر|دسمبر)"
    ),
    "devanagari": (
        "(?:जनवरी|जन) (?:फ़रवरी|फरवरी|फ़र|फर|फेब्रुअरी) (?:मार्च|मार्च) (?:अप्रैल|अप्रिल) (?:मई|मे) (?:जून|जुन) (?:जुलाई) "
        "(?:अगस्त|अग) (?:सितंबर|सितम्बर|सितं|सेप्टेम्बर) (?:अक्तूबर|अक्टूबर|अक्टू|अक्टोबर) "
        "(?:नवंबर|नवम्बर|नवं|नोभेम्बर) (?:दिसंबर|दिसम्बर|दिसं|डिसेम्बर)"
    ),
    "bengali": (
        "(?:জানুয়ারি|জানুয়ারী) (?:ফেব্রুয়ারি|ফেব্রুয়ারী) মার্চ এপ্রিল মে জুন জুলাই (?:আগস্ট|অগাস্ট) "
        "(?:সেপ্টেম্বর) (?:অক্টোবর) (?:নভেম্বর) (?:ডিসেম্বর)"
    ),
    "thai": (
        r"(?:มกราคม|ม\.?ค\.) (?:กุมภาพันธ์|ก\.?พ\.) (?:มีนาคม|มี\.?ค\.) (?:เมษายน|เม\.?ย\.) (?:พฤษภาคม|พ\.?ค\.) "
        r"(?:มิถุนายน|มิ\.?ย\.) (?:กรกฎาคม|ก\.?ค\.) (?:สิงหาคม|ส\.?ค\.) (?:กันยายน|ก\.?ย\.) (?:ตุลาคม|ต\.?ค\.) "
        r"(?:พฤศจิกายน|พ\.?ย\.) (?:ธันวาคม|ธ\.?ค\.)"
    ),
    "khmer": "មករា កុម្ភៈ មីនា មេសា ឧសភា មិថុនា កក្កដា សីហា កញ្ញា តុលា វិច្ឆិកា ធ្នូ",
    "lao": (
        "(?:ມັງກອນ|ມກ) (?:ກຸມພາ|ກພ) (?:ມີນາ|ມນ) (?:ເມສາ|ມສ) (?:ພຶດສະພາ|ພພ) (?:ມິຖຸນາ|ມຖ) (?:ກໍລະກົດ|ກລ) (?:ສິງຫາ|ສຫ) "
        "(?:ກັນຍາ|ກຍ) (?:ຕຸລາ|ຕລ) (?:ພະຈິກ|ພຈ) (?:ທັນວາ|ທວ)"
    ),
    "myanmar": (
        "(?:ဇန်နဝါရီ) (?:ဖေဖော်ဝါရီ) (?:မတ်) (?:ဧပြီ) (?:မေ) (?:ဇွန်) (?:ဇူလိုင်) (?:ဩဂုတ်|သြဂုတ်) (?:စက်တင်ဘာ) (?:အောက်တိုဘာ) "
        "(?:နိုဝင်ဘာ) (?:ဒီဇင်ဘာ)"
    ),
    "sinhala": "ජනවාරි පෙබරවාරි මාර්තු අප්රේල් මැයි ජූනි ජූලි අගෝස්තු සැප්තැම්බර් ඔක්තෝබර් නොවැම්බර් දෙසැම්බර්",
}
# Names that stand for months of the solar Hijri calendar alone: Iran's, and Afghanistan's.
_SOLAR = (
    "(?:فروردین|حمل) (?:اردیبهشت|ثور) (?:خرداد|جوزا) (?:تیر|سرطان) (?:مرداد|امرداد|اسد) (?:شهریور|سنبله) (?:مهر|میزان) "
    "(?:آبان|عقرب) (?:آذر|قوس) (?:دی|جدی) (?:بهمن|دلو) (?:اسفند|حوت)"
)
_SCRIPTS = {
    "cyrillic": "\u0400-\u052f",
    "arabic": "\u0600-\u06ff",
    "devanagari": "\u0900-\u097f",
    "bengali": "\u0980-\u09ff",
    "sinhala": "\u0d80-\u0dff",
    "thai": "\u0e00-\u0e7f",
    "lao": "\u0e80-\u0eff",
    "tibetan": "\u0f00-\u0fff",
    "myanmar": "\u1000-\u109f",
    "khmer": "\u1780-\u17ff",
}
_SCRIPT = re.compile("|".join(f"(?P<{script}>[{letters}])" for script, letters in _SCRIPTS.items()))
_ANY_SCRIPT = re.compile(f"[{''.join(_SCRIPTS.values())}]")
_LETTER = r"[^\W\d_]"
LATIN = "latin"


def script_of(folded: str) -> str:
    """The first script of the text that has names of its own; "latin" where there is none."""
    first = None if folded.isascii() else _ANY_SCRIPT.search(folded)
    found = None if first is None else _SCRIPT.match(folded, first.start())
    return (found and found.lastgroup) or LATIN


@lru_cache(maxsize=256)
def months_of(language: str, script: str) -> Months:
    """Twelve patterns: the names that a text in this script may use, where its source speaks this language."""
    tables = [_LATIN["en"]] + ([_LATIN[language]] if language in _LATIN and language != "en" else [])
    tables += [_OTHER[script]] if script in _OTHER else []
    return tuple("|".join(names) for names in zip(*(_folded(table).split() for table in tables), strict=True))


@lru_cache(maxsize=1)
def solar_months() -> Months:
    """Twelve patterns: the names of the solar Hijri months."""
    return tuple(_folded(_SOLAR).split())


def _folded(table: str) -> str:
    return fold_letters(table)


def named(months: Months, group: str = "name") -> str:
    """A pattern for any of the names, not inside a longer word of letters."""
    return rf"(?<!{_LETTER})(?P<{group}>{'|'.join(f'(?:{month})' for month in months)})(?!{_LETTER})\.?"


def may_name(language: str, script: str, folded: str) -> bool:
    """Whether one of the names of `months_of`, or what looks like one inside a word, stands in the text."""
    # Small letters, because a pattern that minds the case is looked for at its first letters alone.
    small = folded.lower() if folded.isascii() else folded.replace("İ", "i").lower().replace("ı", "i")
    return _any_of(language, script).search(small) is not None


@lru_cache(maxsize=256)
def _any_of(language: str, script: str) -> re.Pattern[str]:
    return re.compile("|".join(months_of(language, script)).lower())


def month_of(name: str, months: Months) -> int | None:
    """The number of a month by its name."""
    return next((number for number, month in enumerate(months, start=1) if _whole(month).fullmatch(name)), None)


@lru_cache(maxsize=2048)
def _whole(month: str) -> re.Pattern[str]:
    return re.compile(month, re.IGNORECASE)


@lru_cache(maxsize=32)
def _any_name(script: str) -> re.Pattern[str]:
    solar = "|".join(solar_months())
    latin = "|".join("|".join(table.split()) for table in _LATIN.values())
    other = "|".join(_folded(_OTHER.get(script, "")).split())
    return re.compile(rf"(?<!{_LETTER})(?:{'|'.join(filter(None, (latin, other, solar)))})", re.IGNORECASE)


def names_a_month(folded: str) -> bool:
    """Whether the name of a month, of whichever language, stands in the text."""
    return _any_name(script_of(folded)).search(folded) is not None
